// What is done element by element or row by row: GELU, dropout, and dropout + residual + LayerNorm in one pass.
#pragma once
#include "numbers.hpp"

template <typename T> void gelu(T *output, const T *input, int64_t size) {
    using C = wide<T>;
#pragma omp simd
    for (int64_t i = 0; i < size; i++) {
        C x = load(input[i]);
        store(output[i], x * C(0.5) * (C(1) + error_function(x * C(0.70710678118654752440))));
    }
}

template <typename T> void gelu_backward(T *gradient, const T *output_gradient, const T *input, int64_t size) {
    using C = wide<T>;
#pragma omp simd
    for (int64_t i = 0; i < size; i++) {
        C x = load(input[i]);
        C below = C(0.5) * (C(1) + error_function(x * C(0.70710678118654752440)));
        C density = C(0.39894228040143267794) * exponential(C(-0.5) * x * x);
        store(gradient[i], load(output_gradient[i]) * (below + x * density));
    }
}

// Its own backward pass, given the output's gradient in place of the input.
template <typename T>
void dropout(T *output, const T *input, int64_t rows, int64_t columns, double rate, uint64_t key) {
    using C = wide<T>;
    const Keeps keeps(key, rate);
    const C scale = C(1 / (1 - rate));
    for (int64_t r = 0; r < rows; r++) {
        const Keeps::Row kept = keeps.row(r);
        const T *in = input + r * columns;
        T *out = output + r * columns;
#pragma omp simd
        for (int64_t c = 0; c < columns; c++) store(out[c], kept[c] ? load(in[c]) * scale : C(0));
    }
}

// output = LayerNorm(dropout(input) + residual); keeps the normalised rows and their scales for the backward pass.
template <typename T>
void residual_norm(T *output, T *normalised, wide<T> *scales, const T *input, const T *residual,
                   const wide<T> *weight, const wide<T> *bias, int64_t rows, int64_t columns, double eps, double rate,
                   uint64_t key, wide<T> *sums) {
    using C = wide<T>;
    const Keeps keeps(key, rate);
    const C scale = C(1 / (1 - rate));
    for (int64_t r = 0; r < rows; r++) {
        const Keeps::Row kept = keeps.row(r);
        const T *in = input + r * columns, *rest = residual + r * columns;
        C total = 0;
        if (rate > 0) {
#pragma omp simd reduction(+ : total)
            for (int64_t c = 0; c < columns; c++) {
                sums[c] = load(rest[c]) + (kept[c] ? load(in[c]) * scale : C(0));
                total += sums[c];
            }
        } else {
#pragma omp simd reduction(+ : total)
            for (int64_t c = 0; c < columns; c++) total += sums[c] = load(rest[c]) + load(in[c]);
        }
        const C mean = total / C(columns);
        C squares = 0;
#pragma omp simd reduction(+ : squares)
        for (int64_t c = 0; c < columns; c++) squares += (sums[c] - mean) * (sums[c] - mean);
        scales[r] = C(1) / std::sqrt(squares / C(columns) + C(eps));
        T *out = output + r * columns, *norm = normalised + r * columns;
        const C factor = scales[r];
#pragma omp simd
        for (int64_t c = 0; c < columns; c++) {
            C value = (sums[c] - mean) * factor;
            store(norm[c], value);
            store(out[c], value * weight[c] + bias[c]);
        }
    }
}

// Gradients of input and residual; those of weight and bias are added up over the rows.
template <typename T>
void residual_norm_backward(T *input_gradient, T *residual_gradient, wide<T> *weight_gradient, wide<T> *bias_gradient,
                            const T *output_gradient, const T *normalised, const wide<T> *scales,
                            const wide<T> *weight, int64_t rows, int64_t columns, double rate, uint64_t key) {
    using C = wide<T>;
    const Keeps keeps(key, rate);
    const C scale = C(1 / (1 - rate));
    for (int64_t r = 0; r < rows; r++) {
        const Keeps::Row kept = keeps.row(r);
        const T *out = output_gradient + r * columns, *norm = normalised + r * columns;
        C total = 0, along = 0;
#pragma omp simd reduction(+ : total, along)
        for (int64_t c = 0; c < columns; c++) {
            C gradient = load(out[c]), value = load(norm[c]);
            weight_gradient[c] += gradient * value;
            bias_gradient[c] += gradient;
            total += gradient * weight[c];
            along += gradient * weight[c] * value;
        }
        const C mean = total / C(columns), slope = along / C(columns), factor = scales[r];
        T *in = input_gradient + r * columns, *rest = residual_gradient + r * columns;
#pragma omp simd
        for (int64_t c = 0; c < columns; c++) {
            C gradient = factor * (load(out[c]) * weight[c] - mean - load(norm[c]) * slope);
            store(rest[c], gradient);
            store(in[c], rate > 0 ? (kept[c] ? gradient * scale : C(0)) : gradient);
        }
    }
}

// Brings `previous` to `now` and returns the squared distance between them, summed in double precision block by block.
template <typename T> double move(T *previous, const T *now, int64_t size) {
    constexpr int64_t block = 4096;
    double whole = 0;
    for (int64_t from = 0; from < size; from += block) {
        const int64_t to = from + block < size ? from + block : size;
        wide<T> squares = 0;
#pragma omp simd reduction(+ : squares)
        for (int64_t i = from; i < to; i++) {
            const wide<T> difference = load(now[i]) - load(previous[i]);
            squares += difference * difference;
            previous[i] = now[i];
        }
        whole += squares;
    }
    return whole;
}

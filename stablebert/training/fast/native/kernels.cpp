// The kernels under plain names, one for every element type; called through ctypes.
#include "attention.hpp"
#include "rows.hpp"

#define KERNELS(T, NAME)                                                                                               \
    extern "C" void gelu_##NAME(T *output, const T *input, int64_t size) { gelu(output, input, size); }                \
    extern "C" void gelu_backward_##NAME(T *gradient, const T *output_gradient, const T *input, int64_t size) {        \
        gelu_backward(gradient, output_gradient, input, size);                                                         \
    }                                                                                                                  \
    extern "C" void dropout_##NAME(T *output, const T *input, int64_t rows, int64_t columns, double rate,              \
                                   uint64_t key) {                                                                     \
        dropout(output, input, rows, columns, rate, key);                                                              \
    }                                                                                                                  \
    extern "C" void move_##NAME(T *previous, const T *now, int64_t size, double *squares) {                            \
        *squares = move(previous, now, size);                                                                          \
    }                                                                                                                  \
    extern "C" void residual_norm_##NAME(T *output, T *normalised, wide<T> *scales, const T *input, const T *residual, \
                                         const wide<T> *weight, const wide<T> *bias, wide<T> *sums, int64_t rows,      \
                                         int64_t columns, double eps, double rate, uint64_t key) {                     \
        residual_norm(output, normalised, scales, input, residual, weight, bias, rows, columns, eps, rate, key, sums); \
    }                                                                                                                  \
    extern "C" void residual_norm_backward_##NAME(                                                                     \
        T *input_gradient, T *residual_gradient, wide<T> *weight_gradient, wide<T> *bias_gradient,                     \
        const T *output_gradient, const T *normalised, const wide<T> *scales, const wide<T> *weight, int64_t rows,     \
        int64_t columns, double rate, uint64_t key) {                                                                  \
        residual_norm_backward(input_gradient, residual_gradient, weight_gradient, bias_gradient, output_gradient,     \
                               normalised, scales, weight, rows, columns, rate, key);                                  \
    }                                                                                                                  \
    extern "C" void attention_##NAME(T *output, wide<T> *log_sums, const T *query, const T *key, const T *value,       \
                                     const int64_t *query_starts, const int64_t *key_starts, int64_t texts,            \
                                     int64_t heads, int64_t size, double rate, uint64_t seed) {                        \
        attention(output, log_sums, query, key, value, {query_starts, key_starts, texts, heads, size}, rate, seed);    \
    }                                                                                                                  \
    extern "C" void attention_backward_##NAME(                                                                         \
        T *query_gradient, T *key_gradient, T *value_gradient, const T *output_gradient, const T *output,              \
        const wide<T> *log_sums, const T *query, const T *key, const T *value, const int64_t *query_starts,            \
        const int64_t *key_starts, int64_t texts, int64_t heads, int64_t size, double rate, uint64_t seed) {           \
        attention_backward(query_gradient, key_gradient, value_gradient, output_gradient, output, log_sums, query,     \
                           key, value, {query_starts, key_starts, texts, heads, size}, rate, seed);                    \
    }

KERNELS(float, float32)
KERNELS(double, float64)
KERNELS(bfloat16, bfloat16)
KERNELS(float16, float16)

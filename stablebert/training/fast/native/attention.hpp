// Attention within every text of a packed row: softmax(q k' / sqrt(size)), dropout, times v; nothing is padded.
#pragma once
#include <limits>
#include <vector>

#include "products.hpp"

// Where things lie: queries and keys of text t are rows [starts[t], starts[t + 1]) of their matrices, of `heads` times
// `size` columns each. The last block asks for the first token of a text alone, so the two may differ.
struct Layout {
    const int64_t *query_starts, *key_starts;
    int64_t texts, heads, size;

    int64_t columns() const { return heads * size; }
    int64_t queries(int64_t text) const { return query_starts[text + 1] - query_starts[text]; }
    int64_t keys(int64_t text) const { return key_starts[text + 1] - key_starts[text]; }
    int64_t longest(const int64_t *starts) const {
        int64_t most = 0;
        for (int64_t t = 0; t < texts; t++) most = starts[t + 1] - starts[t] > most ? starts[t + 1] - starts[t] : most;
        return most;
    }
};

// One head of one text: its number, its first query's row, how many queries and keys it has, and where both begin.
struct Head {
    int64_t number, row, queries, keys, place, home;
};

template <typename Work> void for_every_head(const Layout &layout, Work work) {
    for (int64_t t = 0; t < layout.texts; t++)
        for (int64_t h = 0; h < layout.heads; h++) {
            const int64_t row = layout.query_starts[t], column = h * layout.size;
            work(Head{h, row, layout.queries(t), layout.keys(t), row * layout.columns() + column,
                      layout.key_starts[t] * layout.columns() + column});
        }
}

// Copies one head's rows, as (rows, size padded to whole vectors).
template <typename T> void gather(wide<T> *to, const T *from, int64_t rows, int64_t size, int64_t columns) {
    const int64_t width = padded<wide<T>>(size);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < size; c++) to[r * width + c] = load(from[r * columns + c]);
}

// The same, transposed: (size, rows padded to whole vectors); what is padded is zero.
template <typename T> void gather_transposed(wide<T> *to, const T *from, int64_t rows, int64_t size, int64_t columns) {
    const int64_t width = padded<wide<T>>(rows);
    for (int64_t c = 0; c < size; c++) {
        for (int64_t r = 0; r < rows; r++) to[c * width + r] = load(from[r * columns + c]);
        for (int64_t r = rows; r < width; r++) to[c * width + r] = 0;
    }
}

template <typename T> void scatter(T *to, const wide<T> *from, int64_t rows, int64_t size, int64_t columns) {
    const int64_t width = padded<wide<T>>(size);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < size; c++) store(to[r * columns + c], from[r * width + c]);
}

// Turns a row of scores into probabilities, in whole vectors; returns the logarithm of the sum they were divided by.
template <typename C> C softmax(C *scores, int64_t size, C scale) {
    const int64_t width = padded<C>(size);
    for (int64_t j = size; j < width; j++) scores[j] = -std::numeric_limits<C>::infinity();
    C greatest[lanes<C>], sums[lanes<C>] = {};
    std::copy(scores, scores + lanes<C>, greatest);
    for (int64_t j = lanes<C>; j < width; j += lanes<C>)
        for (int64_t l = 0; l < lanes<C>; l++) greatest[l] = scores[j + l] > greatest[l] ? scores[j + l] : greatest[l];
    const C most = *std::max_element(greatest, greatest + lanes<C>) * scale;
    for (int64_t j = 0; j < width; j += lanes<C>)
        for (int64_t l = 0; l < lanes<C>; l++)
            sums[l] += scores[j + l] = exponential(scores[j + l] * scale - most);
    C total = 0;
    for (int64_t l = 0; l < lanes<C>; l++) total += sums[l];
    const C inverse = C(1) / total;
    for (int64_t j = 0; j < width; j++) scores[j] *= inverse;
    return most + std::log(total);
}

// From a row of scores and the gradients of what dropout keeps of the weights to these weights and the gradients of the
// scores; in whole vectors, since nobody reads what comes out where the row is padded.
template <typename C, typename Factor>
void softmax_backward(C *weights, C *gradients, int64_t width, C scale, C log_sum, C along, Factor factor) {
#pragma omp simd
    for (int64_t j = 0; j < width; j++) {
        const C weight = exponential(weights[j] * scale - log_sum), kept = factor(j);
        gradients[j] = weight * (gradients[j] * kept - along) * scale;
        weights[j] = weight * kept;
    }
}

template <typename T>
void attention(T *output, wide<T> *log_sums, const T *query, const T *key, const T *value, Layout layout, double rate,
               uint64_t seed) {
    using C = wide<T>;
    const Keeps keeps(seed, rate);
    const int64_t size = layout.size, columns = layout.columns(), width = padded<C>(size);
    const int64_t queries = layout.longest(layout.query_starts), keys = layout.longest(layout.key_starts);
    const C scale = C(1) / std::sqrt(C(size)), grown = C(1 / (1 - rate));
    std::vector<C> q(queries * width), kt(size * padded<C>(keys)), v(keys * width), scores(queries * padded<C>(keys)),
        out(queries * width);
    for_every_head(layout, [&](Head head) {
        const int64_t m = head.queries, n = head.keys, wide_n = padded<C>(n), place = head.place, home = head.home;
        gather(q.data(), query + place, m, size, columns);
        gather_transposed(kt.data(), key + home, n, size, columns);
        gather(v.data(), value + home, n, size, columns);
        product<C>(scores.data(), {q.data(), width, 1}, kt.data(), m, wide_n, size);
        for (int64_t i = 0; i < m; i++) {
            C *row = scores.data() + i * wide_n;
            log_sums[(head.row + i) * layout.heads + head.number] = softmax(row, n, scale);
            if (rate > 0) {
                const Keeps::Row kept = keeps.row((head.row + i) * layout.heads + head.number);
#pragma omp simd
                for (int64_t j = 0; j < wide_n; j++) row[j] = kept[j] ? row[j] * grown : C(0);
            }
        }
        product<C>(out.data(), {scores.data(), wide_n, 1}, v.data(), m, width, n);
        scatter(output + place, out.data(), m, size, columns);
    });
}

template <typename T>
void attention_backward(T *query_gradient, T *key_gradient, T *value_gradient, const T *output_gradient,
                        const T *output, const wide<T> *log_sums, const T *query, const T *key, const T *value,
                        Layout layout, double rate, uint64_t seed) {
    using C = wide<T>;
    const Keeps keeps(seed, rate);
    const int64_t size = layout.size, columns = layout.columns(), width = padded<C>(size);
    const int64_t queries = layout.longest(layout.query_starts), keys = layout.longest(layout.key_starts);
    const int64_t square = queries * padded<C>(keys), most = queries > keys ? queries : keys;
    const C scale = C(1) / std::sqrt(C(size)), grown = C(1 / (1 - rate));
    std::vector<C> q(queries * width), k(keys * width), dout(queries * width), kt(size * padded<C>(keys)),
        vt(size * padded<C>(keys)), kept_weights(square), score_gradient(square), found(most * width);
    for_every_head(layout, [&](Head head) {
        const int64_t m = head.queries, n = head.keys, wide_n = padded<C>(n), place = head.place, home = head.home;
        gather(q.data(), query + place, m, size, columns);
        gather(k.data(), key + home, n, size, columns);
        gather(dout.data(), output_gradient + place, m, size, columns);
        gather_transposed(kt.data(), key + home, n, size, columns);
        gather_transposed(vt.data(), value + home, n, size, columns);
        product<C>(kept_weights.data(), {q.data(), width, 1}, kt.data(), m, wide_n, size);
        product<C>(score_gradient.data(), {dout.data(), width, 1}, vt.data(), m, wide_n, size);
        for (int64_t i = 0; i < m; i++) {
            C *weights = kept_weights.data() + i * wide_n, *gradients = score_gradient.data() + i * wide_n;
            const C log_sum = log_sums[(head.row + i) * layout.heads + head.number];
            const T *out = output + place + i * columns, *out_gradient = output_gradient + place + i * columns;
            C along = 0;
            for (int64_t c = 0; c < size; c++) along += load(out[c]) * load(out_gradient[c]);
            const Keeps::Row kept = keeps.row((head.row + i) * layout.heads + head.number);
            if (rate > 0)
                softmax_backward(weights, gradients, wide_n, scale, log_sum, along, [kept, grown](int64_t j) {
                    return kept[j] ? grown : C(0);
                });
            else
                softmax_backward(weights, gradients, wide_n, scale, log_sum, along, [](int64_t) { return C(1); });
        }
        product<C>(found.data(), {score_gradient.data(), wide_n, 1}, k.data(), m, width, n);
        scatter(query_gradient + place, found.data(), m, size, columns);
        product<C>(found.data(), {score_gradient.data(), 1, wide_n}, q.data(), n, width, m);
        scatter(key_gradient + home, found.data(), n, size, columns);
        product<C>(found.data(), {kept_weights.data(), 1, wide_n}, dout.data(), n, width, m);
        scatter(value_gradient + home, found.data(), n, size, columns);
    });
}

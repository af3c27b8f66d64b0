// Products of the small matrices inside attention, in registers.
#pragma once
#include <algorithm>

#include "numbers.hpp"

#ifdef __AVX512F__
constexpr int64_t vector_bytes = 64;
#else
constexpr int64_t vector_bytes = 32;
#endif

template <typename C> struct Vector;
template <> struct Vector<float> { typedef float type __attribute__((vector_size(vector_bytes), aligned(4))); };
template <> struct Vector<double> { typedef double type __attribute__((vector_size(vector_bytes), aligned(8))); };

template <typename C> constexpr int64_t lanes = vector_bytes / sizeof(C);

// A number of columns rounded up to whole vectors.
template <typename C> int64_t padded(int64_t columns) { return (columns + lanes<C> - 1) / lanes<C> * lanes<C>; }

// A matrix by its strides, so that its transpose is the same memory.
template <typename C> struct Strided {
    const C *data;
    int64_t row, column;
};

// A tile of ROWS rows and VECTORS vectors of columns, all in registers.
template <typename C, int ROWS, int VECTORS>
inline void tile(C *to, Strided<C> left, const C *right, int64_t columns, int64_t depth) {
    using V = typename Vector<C>::type;
    V sums[ROWS][VECTORS] = {};
    for (int64_t k = 0; k < depth; k++) {
        V across[VECTORS];
        for (int v = 0; v < VECTORS; v++) across[v] = *(const V *)(right + k * columns + v * lanes<C>);
        for (int r = 0; r < ROWS; r++) {
            const C factor = left.data[r * left.row + k * left.column];
            for (int v = 0; v < VECTORS; v++) sums[r][v] += factor * across[v];
        }
    }
    for (int r = 0; r < ROWS; r++)
        for (int v = 0; v < VECTORS; v++) *(V *)(to + r * columns + v * lanes<C>) = sums[r][v];
}

template <typename C, int ROWS, int VECTORS>
inline int64_t tiles(C *to, Strided<C> left, const C *right, int64_t from, int64_t rows, int64_t columns,
                     int64_t depth) {
    for (; from + ROWS <= rows; from += ROWS)
        tile<C, ROWS, VECTORS>(to + from * columns, {left.data + from * left.row, left.row, left.column}, right,
                               columns, depth);
    return from;
}

// As many rows at a time as the registers hold, and what is left over in smaller tiles.
template <typename C, int VECTORS>
inline void column(C *to, Strided<C> left, const C *right, int64_t rows, int64_t columns, int64_t depth) {
    int64_t done = tiles<C, 6, VECTORS>(to, left, right, 0, rows, columns, depth);
    done = tiles<C, 3, VECTORS>(to, left, right, done, rows, columns, depth);
    tiles<C, 1, VECTORS>(to, left, right, done, rows, columns, depth);
}

// to = left right, with `columns` a number of whole vectors; what is padded in `right` is padded in `to`.
template <typename C>
void product(C *to, Strided<C> left, const C *right, int64_t rows, int64_t columns, int64_t depth) {
    int64_t c = 0;
    for (; c + 2 * lanes<C> <= columns; c += 2 * lanes<C>)
        column<C, 2>(to + c, left, right + c, rows, columns, depth);
    if (c < columns) column<C, 1>(to + c, left, right + c, rows, columns, depth);
}

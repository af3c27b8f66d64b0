// Element types, exp and erf that compilers vectorise, and random keeps that are a function of place alone.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

using float16 = _Float16;

struct bfloat16 {
    uint16_t bits;
};

// What arithmetic on an element type is done in.
template <typename T> struct Wide { using type = float; };
template <> struct Wide<double> { using type = double; };
template <typename T> using wide = typename Wide<T>::type;

inline float load(float value) { return value; }
inline double load(double value) { return value; }
inline float load(float16 value) { return float(value); }
inline float load(bfloat16 value) {
    uint32_t bits = uint32_t(value.bits) << 16;
    float found;
    std::memcpy(&found, &bits, sizeof found);
    return found;
}

inline void store(float &place, float value) { place = value; }
inline void store(double &place, double value) { place = value; }
inline void store(float16 &place, float value) { place = float16(value); }
inline void store(bfloat16 &place, float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    // to nearest, ties to even; what is not a number must not round up to infinity
    uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    place.bits = uint16_t(value != value ? 0x7fc0 : rounded);
}

inline double exponential(double x) { return std::exp(x); }
inline double error_function(double x) { return std::erf(x); }

// Relative error 1e-7; below -87 the result is 0 or next to it, above 88 it is large and finite.
inline float exponential(float x) {
    float bounded = x < -87.0f ? -87.0f : x;
    bounded = bounded > 88.0f ? 88.0f : bounded;
    float whole = std::nearbyint(bounded * 1.44269504088896341f);
    float rest = bounded - whole * 0.693359375f + whole * 2.12194440e-4f;
    float series = 1.9875691500e-4f;
    series = series * rest + 1.3981999507e-3f;
    series = series * rest + 8.3334519073e-3f;
    series = series * rest + 4.1665795894e-2f;
    series = series * rest + 1.6666665459e-1f;
    series = series * rest + 5.0000001201e-1f;
    series = series * rest * rest + rest + 1.0f;
    int32_t bits = (int32_t(whole) + 127) << 23;
    float power;
    std::memcpy(&power, &bits, sizeof power);
    return x < -87.0f ? 0.0f : series * power;
}

// Abramowitz and Stegun, 7.1.26; absolute error 1.5e-7.
inline float error_function(float x) {
    float size = std::fabs(x);
    float t = 1.0f / (1.0f + 0.3275911f * size);
    float series = 1.061405429f;
    series = series * t - 1.453152027f;
    series = series * t + 1.421413741f;
    series = series * t - 0.284496736f;
    series = series * t + 0.254829592f;
    return std::copysign(1.0f - series * t * exponential(-size * size), x);
}

// Which elements dropout keeps: a hash of (key, row, column), so that no mask is stored and the backward pass draws it
// again. The key is one draw from the run's dropout stream.
class Keeps {
  public:
    Keeps(uint64_t key, double rate) : key(key), limit(int32_t(rate * (1 << 24) + 0.5)) {}

    struct Row {
        uint32_t low, high;
        int32_t limit;

        bool operator[](uint32_t column) const {
            uint32_t mixed = column * 0x9e3779b9u + low;
            mixed = (mixed ^ (mixed >> 16)) * 0x7feb352du ^ high;
            mixed = (mixed ^ (mixed >> 15)) * 0x846ca68bu;
            return int32_t((mixed ^ (mixed >> 16)) >> 8) >= limit;
        }
    };

    Row row(uint64_t index) const {
        uint64_t mixed = key + (index + 1) * 0x9e3779b97f4a7c15u;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
        mixed ^= mixed >> 31;
        return {uint32_t(mixed), uint32_t(mixed >> 32), limit};
    }

  private:
    uint64_t key;
    int32_t limit;
};

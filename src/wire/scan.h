/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds where a run of allowed bytes ends, 16 or 32 bytes at a time where the CPU can. Every
 * function has a scalar twin with the same answers, which is also what other CPUs run.
 *
 * All take the start of a buffer, where to begin and where to end in it, and give the offset of
 * the first byte that stops the run, or end. They read only data[0] to data[end - 1], but may read
 * bytes before `at` again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define SCAN_HAS_SIMD 1
#else
#define SCAN_HAS_SIMD 0
#endif

enum scan_level {
    SCAN_SCALAR,
    SCAN_SSE2,
    SCAN_AVX2,
};

/* The best of this CPU; chosen before main() runs. */
enum scan_level scan_best(void);

enum scan_kind {
    SCAN_NAME,   /* stops at what is neither letter, digit nor '-': less than a token may hold */
    SCAN_VALUE,  /* stops at control characters other than HTAB */
    SCAN_TARGET, /* stops at white space, control characters, '#' and bytes above 0x7E */
    SCAN_HOST,   /* stops at what is neither letter, digit nor one of "-._~" */
};

/* The classes of a byte. */
#define SCAN_IS_TOKEN      1
#define SCAN_IS_NAME       2
#define SCAN_IS_VALUE      4
#define SCAN_IS_TARGET     8
#define SCAN_IS_HOST       16
#define SCAN_IS_HEX        32
#define SCAN_IS_DIGIT      64
#define SCAN_IS_WHITESPACE 128

extern const uint8_t scan_classes[256];

static inline bool scan_is(char byte, uint8_t classes)
{
    return (scan_classes[(uint8_t)byte] & classes) != 0;
}

static inline size_t scan_while(const char *data, size_t at, size_t end, uint8_t class_bit)
{
    while (at < end && scan_is(data[at], class_bit))
        at++;
    return at;
}

size_t scan_name_scalar(const char *data, size_t at, size_t end);
size_t scan_value_scalar(const char *data, size_t at, size_t end);
size_t scan_target_scalar(const char *data, size_t at, size_t end);
size_t scan_host_scalar(const char *data, size_t at, size_t end);

#if SCAN_HAS_SIMD

size_t scan_name_sse2(const char *data, size_t at, size_t end);
size_t scan_value_sse2(const char *data, size_t at, size_t end);
size_t scan_target_sse2(const char *data, size_t at, size_t end);
size_t scan_host_sse2(const char *data, size_t at, size_t end);

/* Only where scan_best() is SCAN_AVX2. */
size_t scan_name_avx2(const char *data, size_t at, size_t end);
size_t scan_value_avx2(const char *data, size_t at, size_t end);
size_t scan_target_avx2(const char *data, size_t at, size_t end);
size_t scan_host_avx2(const char *data, size_t at, size_t end);

static inline __attribute__((always_inline)) __m128i scan_alphanumeric_16(__m128i bytes)
{
    __m128i letter = _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    __m128i digit = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));

    return _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter),
                        _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit));
}

/* A bit for each of the 16 bytes that stops the run. */
static inline __attribute__((always_inline)) uint32_t scan_stops_16(__m128i bytes,
                                                                    enum scan_kind kind)
{
    __m128i a, b, c;

    switch (kind) {
    case SCAN_NAME:
        a = scan_alphanumeric_16(bytes);
        b = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
        return ~(uint32_t)_mm_movemask_epi8(_mm_or_si128(a, b)) & 0xffff;
    case SCAN_HOST:
        a = scan_alphanumeric_16(bytes);
        /* '-' and '.' are neighbours. */
        b = _mm_sub_epi8(bytes, _mm_set1_epi8('-'));
        a = _mm_or_si128(a, _mm_cmpeq_epi8(_mm_min_epu8(b, _mm_set1_epi8(1)), b));
        b = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_'));
        c = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('~'));
        return ~(uint32_t)_mm_movemask_epi8(_mm_or_si128(a, _mm_or_si128(b, c))) & 0xffff;
    case SCAN_VALUE:
        a = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
        b = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
        c = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
        return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(b, a), c));
    case SCAN_TARGET:
    default:
        /* The comparison is signed: what is above 0x7F is below zero. */
        a = _mm_cmpgt_epi8(bytes, _mm_set1_epi8(0x20));
        b = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#'));
        c = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
        return ~(uint32_t)_mm_movemask_epi8(_mm_andnot_si128(_mm_or_si128(b, c), a)) & 0xffff;
    }
}

/* The stops among the next 16 bytes or, near the end, among as many as are left, which may be
 * none. The caller knows that end is 16 or more. */
static inline __attribute__((always_inline)) uint32_t scan_stops(const char *data, size_t at,
                                                                 size_t end, enum scan_kind kind)
{
    size_t left = end - at;
    uint32_t stops;

    if (__builtin_expect(left >= 16, 1))
        return scan_stops_16(_mm_loadu_si128((const __m128i *)(const void *)(data + at)), kind);
    /* Looks back rather than past the end. */
    stops = scan_stops_16(_mm_loadu_si128((const __m128i *)(const void *)(data + end - 16)), kind);
    return stops >> (16 - left);
}

#endif

#define SCAN_DISPATCH(kind, level)                                                                 \
    ((kind) == SCAN_NAME    ? scan_name_##level(data, at, end)                                     \
     : (kind) == SCAN_VALUE ? scan_value_##level(data, at, end)                                    \
     : (kind) == SCAN_HOST  ? scan_host_##level(data, at, end)                                     \
                            : scan_target_##level(data, at, end))

/* For callers that know kind and level when they are compiled: inlines the first 32 bytes. At any
 * level but SCAN_SCALAR end must be SCAN_SIZE_MIN or more. */
#define SCAN_SIZE_MIN 16

static inline __attribute__((always_inline)) size_t scan_run(const char *data, size_t at,
                                                             size_t end, enum scan_kind kind,
                                                             enum scan_level level)
{
#if SCAN_HAS_SIMD
    if (level != SCAN_SCALAR) {
        for (int block = 0; block < 2; block++, at += 16) {
            uint32_t stops = scan_stops(data, at, end, kind);

            if (stops != 0)
                return at + (size_t)__builtin_ctz(stops);
            if (end - at <= 16)
                return end;
        }
        return level == SCAN_AVX2 ? SCAN_DISPATCH(kind, avx2) : SCAN_DISPATCH(kind, sse2);
    }
#else
    (void)level;
#endif
    return SCAN_DISPATCH(kind, scalar);
}

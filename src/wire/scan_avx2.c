/* SPDX-License-Identifier: Apache-2.0 */
/* The same as in scan.h, with 32 bytes at a time. Nothing here runs on a CPU without AVX2. */
#include "wire/scan.h"

#if SCAN_HAS_SIMD

#define AVX2 __attribute__((target("avx2,bmi")))

AVX2 static inline __m256i scan_alphanumeric_32(__m256i bytes)
{
    __m256i letter =
        _mm256_sub_epi8(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20)), _mm256_set1_epi8('a'));
    __m256i digit = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0'));

    return _mm256_or_si256(_mm256_cmpeq_epi8(_mm256_min_epu8(letter, _mm256_set1_epi8(25)), letter),
                           _mm256_cmpeq_epi8(_mm256_min_epu8(digit, _mm256_set1_epi8(9)), digit));
}

AVX2 static inline uint32_t scan_stops_32(__m256i bytes, enum scan_kind kind)
{
    __m256i a, b, c;

    switch (kind) {
    case SCAN_NAME:
        a = scan_alphanumeric_32(bytes);
        b = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('-'));
        return ~(uint32_t)_mm256_movemask_epi8(_mm256_or_si256(a, b));
    case SCAN_HOST:
        a = scan_alphanumeric_32(bytes);
        b = _mm256_sub_epi8(bytes, _mm256_set1_epi8('-'));
        a = _mm256_or_si256(a, _mm256_cmpeq_epi8(_mm256_min_epu8(b, _mm256_set1_epi8(1)), b));
        b = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('_'));
        c = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('~'));
        return ~(uint32_t)_mm256_movemask_epi8(_mm256_or_si256(a, _mm256_or_si256(b, c)));
    case SCAN_VALUE:
        a = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
        b = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\t'));
        c = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7f));
        return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(_mm256_andnot_si256(b, a), c));
    case SCAN_TARGET:
    default:
        a = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(0x20));
        b = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('#'));
        c = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7f));
        return ~(uint32_t)_mm256_movemask_epi8(_mm256_andnot_si256(_mm256_or_si256(b, c), a));
    }
}

AVX2 static inline size_t scan_avx2(const char *data, size_t at, size_t end, enum scan_kind kind)
{
    uint32_t stops;

    for (; end - at >= 32; at += 32) {
        stops = scan_stops_32(_mm256_loadu_si256((const __m256i *)(const void *)(data + at)), kind);
        if (stops != 0)
            return at + (size_t)__builtin_ctz(stops);
    }
    if (at == end)
        return end;
    if (end < 32)
        return end < SCAN_SIZE_MIN ? scan_run(data, at, end, kind, SCAN_SCALAR)
                                   : scan_run(data, at, end, kind, SCAN_SSE2);
    /* Looks back rather than past the end. */
    stops =
        scan_stops_32(_mm256_loadu_si256((const __m256i *)(const void *)(data + end - 32)), kind);
    stops >>= 32 - (end - at);
    return stops != 0 ? at + (size_t)__builtin_ctz(stops) : end;
}

AVX2 size_t scan_name_avx2(const char *data, size_t at, size_t end)
{
    return scan_avx2(data, at, end, SCAN_NAME);
}

AVX2 size_t scan_value_avx2(const char *data, size_t at, size_t end)
{
    return scan_avx2(data, at, end, SCAN_VALUE);
}

AVX2 size_t scan_target_avx2(const char *data, size_t at, size_t end)
{
    return scan_avx2(data, at, end, SCAN_TARGET);
}

AVX2 size_t scan_host_avx2(const char *data, size_t at, size_t end)
{
    return scan_avx2(data, at, end, SCAN_HOST);
}

#else

/* A file must hold something. */
typedef int scan_avx2_is_not_for_this_cpu;

#endif

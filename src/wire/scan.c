/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/scan.h"

/* Letters and digits may be in everything. */
#define ALPHANUMERIC (SCAN_IS_TOKEN | SCAN_IS_NAME | SCAN_IS_VALUE | SCAN_IS_TARGET | SCAN_IS_HOST)
#define LETTER       ALPHANUMERIC
#define HEX_LETTER   (ALPHANUMERIC | SCAN_IS_HEX)
#define DIGIT        (ALPHANUMERIC | SCAN_IS_HEX | SCAN_IS_DIGIT)
#define TEXT         (SCAN_IS_VALUE | SCAN_IS_TARGET)
#define TOKEN        (TEXT | SCAN_IS_TOKEN)
#define WHITESPACE   (SCAN_IS_VALUE | SCAN_IS_WHITESPACE)

const uint8_t scan_classes[256] = {
    ['\t'] = WHITESPACE,
    [' '] = WHITESPACE,
    /* clang-format off */
    ['!'] = TOKEN, ['"'] = TEXT, ['#'] = TOKEN & ~SCAN_IS_TARGET, ['$'] = TOKEN, ['%'] = TOKEN,
    ['&'] = TOKEN, ['\''] = TOKEN, ['('] = TEXT, [')'] = TEXT, ['*'] = TOKEN, ['+'] = TOKEN,
    [','] = TEXT, ['-'] = ALPHANUMERIC, ['.'] = TOKEN | SCAN_IS_HOST, ['/'] = TEXT,
    ['0' ... '9'] = DIGIT,
    [':'] = TEXT, [';'] = TEXT, ['<'] = TEXT, ['='] = TEXT, ['>'] = TEXT, ['?'] = TEXT,
    ['@'] = TEXT,
    ['A' ... 'F'] = HEX_LETTER, ['G' ... 'Z'] = LETTER,
    ['['] = TEXT, ['\\'] = TEXT, [']'] = TEXT, ['^'] = TOKEN, ['_'] = TOKEN | SCAN_IS_HOST,
    ['`'] = TOKEN,
    ['a' ... 'f'] = HEX_LETTER, ['g' ... 'z'] = LETTER,
    ['{'] = TEXT, ['|'] = TOKEN, ['}'] = TEXT, ['~'] = TOKEN | SCAN_IS_HOST,
    /* clang-format on */
    [0x80 ... 0xff] = SCAN_IS_VALUE,
};

size_t scan_name_scalar(const char *data, size_t at, size_t end)
{
    return scan_while(data, at, end, SCAN_IS_NAME);
}

size_t scan_value_scalar(const char *data, size_t at, size_t end)
{
    return scan_while(data, at, end, SCAN_IS_VALUE);
}

size_t scan_target_scalar(const char *data, size_t at, size_t end)
{
    return scan_while(data, at, end, SCAN_IS_TARGET);
}

size_t scan_host_scalar(const char *data, size_t at, size_t end)
{
    return scan_while(data, at, end, SCAN_IS_HOST);
}

#if SCAN_HAS_SIMD

static inline __attribute__((always_inline)) size_t scan_sse2(const char *data, size_t at,
                                                              size_t end, enum scan_kind kind)
{
    if (end < SCAN_SIZE_MIN)
        return scan_run(data, at, end, kind, SCAN_SCALAR);
    for (; at < end; at += 16) {
        uint32_t stops = scan_stops(data, at, end, kind);

        if (stops != 0)
            return at + (size_t)__builtin_ctz(stops);
        if (end - at <= 16)
            break;
    }
    return end;
}

size_t scan_name_sse2(const char *data, size_t at, size_t end)
{
    return scan_sse2(data, at, end, SCAN_NAME);
}

size_t scan_value_sse2(const char *data, size_t at, size_t end)
{
    return scan_sse2(data, at, end, SCAN_VALUE);
}

size_t scan_target_sse2(const char *data, size_t at, size_t end)
{
    return scan_sse2(data, at, end, SCAN_TARGET);
}

size_t scan_host_sse2(const char *data, size_t at, size_t end)
{
    return scan_sse2(data, at, end, SCAN_HOST);
}

static enum scan_level scan_level = SCAN_SSE2;

__attribute__((constructor)) static void scan_choose(void)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        scan_level = SCAN_AVX2;
}

enum scan_level scan_best(void)
{
    return scan_level;
}

#else

enum scan_level scan_best(void)
{
    return SCAN_SCALAR;
}

#endif

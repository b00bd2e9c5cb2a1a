/* SPDX-License-Identifier: Apache-2.0 */
/* The scanners against what the standard says of each byte, and against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/scan.h"

#define SIZE_MAX_TESTED 100

typedef size_t scan_function(const char *data, size_t at, size_t end);

struct scanner {
    enum scan_level level;
    const char *fillers; /* that are always passed over */
    bool (*stops)(unsigned byte);
    scan_function *run;
};

static bool is_alphanumeric(unsigned byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

static bool stops_name(unsigned byte)
{
    return !is_alphanumeric(byte) && byte != '-';
}

static bool stops_value(unsigned byte)
{
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

static bool stops_target(unsigned byte)
{
    return byte <= 0x20 || byte >= 0x7f || byte == '#';
}

static bool stops_host(unsigned byte)
{
    return !is_alphanumeric(byte) && (byte == 0 || strchr("-._~", (int)byte) == NULL);
}

#define SCANNERS(level, suffix)                                                                    \
    {level, "a", stops_name, scan_name_##suffix},                                                  \
        {level, "b\xe4", stops_value, scan_value_##suffix},                                        \
        {level, "c/", stops_target, scan_target_##suffix},                                         \
    {                                                                                              \
        level, "d.", stops_host, scan_host_##suffix                                                \
    }

static const struct scanner scanners[] = {
    SCANNERS(SCAN_SCALAR, scalar),
#if SCAN_HAS_SIMD
    SCANNERS(SCAN_SSE2, sse2),
    SCANNERS(SCAN_AVX2, avx2),
#endif
};

#define SCANNER_COUNT (sizeof(scanners) / sizeof(scanners[0]))

static void test_every_byte_at_every_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCANNER_COUNT; i++) {
        char *data = malloc(70);

        assert_non_null(data);
        memset(data, scanners[i].fillers[0], 70);
        for (unsigned byte = 0; byte < 256 && scanners[i].level <= scan_best(); byte++) {
            for (size_t at = 0; at < 70; at++) {
                data[at] = (char)byte;
                assert_int_equal(scanners[i].run(data, 0, 70),
                                 scanners[i].stops(byte) ? at : (size_t)70);
                data[at] = scanners[i].fillers[0];
            }
        }
        free(data);
    }
}

/* In a block of just the size, so that a sanitizer sees what is read outside. */
static void check_length(const struct scanner *scanner, size_t misalignment, size_t size)
{
    char *block = malloc(misalignment + size + (size == 0 && misalignment == 0));
    char *data = block + misalignment;

    assert_non_null(block);
    memset(data, scanner->fillers[0], size);
    for (size_t start = 0; start <= size; start++) {
        assert_int_equal(scanner->run(data, start, size), size);
        if (start > 0)
            data[start - 1] = '\0';
        assert_int_equal(scanner->run(data, start, size), size);
    }
    memset(data, scanner->fillers[0], size);
    for (size_t stop = 0; stop < size; stop++) {
        data[stop] = '\0';
        for (size_t start = stop >= 40 ? stop - 40 : 0; start <= stop; start++)
            assert_int_equal(scanner->run(data, start, size), stop);
        /* Beyond the end is not looked at. */
        assert_int_equal(scanner->run(data, 0, stop), stop);
        data[stop] = scanner->fillers[0];
    }
    free(block);
}

static void test_every_length_and_alignment(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCANNER_COUNT; i++) {
        for (size_t size = 0; size <= SIZE_MAX_TESTED && scanners[i].level <= scan_best(); size++) {
            for (size_t misalignment = 0; misalignment < 32; misalignment += size < 40 ? 1 : 7)
                check_length(&scanners[i], misalignment, size);
        }
    }
}

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void test_levels_agree_on_random_bytes(void **state)
{
    char data[SIZE_MAX_TESTED];

    (void)state;
    for (int round = 0; round < 200000; round++) {
        size_t size = next_random() % (SIZE_MAX_TESTED + 1), start = next_random() % (size + 1);
        size_t noise = next_random() % 5;

        for (size_t i = 0; i < size; i++)
            data[i] = (char)(next_random() % 16 < noise ? next_random() : 'a' + next_random() % 26);
        for (size_t i = 4; i < SCANNER_COUNT && scanners[i].level <= scan_best(); i++)
            assert_int_equal(scanners[i].run(data, start, size),
                             scanners[i % 4].run(data, start, size));
    }
}

static void test_the_inlined_scanner_agrees(void **state)
{
    char data[80];

    (void)state;
    memset(data, 'a', sizeof(data));
    for (size_t stop = 0; stop < sizeof(data); stop++) {
        data[stop] = '\r';
        for (size_t start = 0; start <= stop; start++) {
            assert_int_equal(scan_run(data, start, 80, SCAN_VALUE, SCAN_SCALAR), stop);
#if SCAN_HAS_SIMD
            assert_int_equal(scan_run(data, start, 80, SCAN_VALUE, SCAN_SSE2), stop);
            assert_int_equal(scan_run(data, start, 80, SCAN_TARGET, SCAN_SSE2), stop);
            if (scan_best() == SCAN_AVX2)
                assert_int_equal(scan_run(data, start, 80, SCAN_NAME, SCAN_AVX2), stop);
#endif
        }
        data[stop] = 'a';
    }
}

static void test_token_characters(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        bool is_token =
            is_alphanumeric(byte) || (byte != 0 && strchr("!#$%&'*+-.^_`|~", (int)byte) != NULL);

        assert_int_equal(scan_is((char)byte, SCAN_IS_TOKEN), is_token);
        assert_int_equal(scan_is((char)byte, SCAN_IS_WHITESPACE), byte == ' ' || byte == '\t');
        assert_int_equal(scan_is((char)byte, SCAN_IS_DIGIT), byte >= '0' && byte <= '9');
        assert_int_equal(scan_is((char)byte, SCAN_IS_HEX),
                         byte != 0 && strchr("0123456789abcdefABCDEF", (int)byte) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_at_every_place),
        cmocka_unit_test(test_every_length_and_alignment),
        cmocka_unit_test(test_levels_agree_on_random_bytes),
        cmocka_unit_test(test_the_inlined_scanner_agrees),
        cmocka_unit_test(test_token_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/scalar/byte_size.h"

static bool read_size(const char *text, int64_t *ret_bytes, const char **ret_message)
{
    return byte_size_parse(&fixture_arena, fixture_exact(text), strlen(text), ret_bytes,
                           ret_message);
}

static void reads_sizes_in_powers_of_1024(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } cases[] = {
        {"0", 0},
        {"1024", 1024},
        {"12b", 12},
        {"12B", 12},
        {"12 B", 12},
        {"12 ", 12},
        {"64k", 65536},
        {"64kb", 65536},
        {"64kib", 65536},
        {"64KiB", 65536},
        {"64 KB", 65536},
        {"512m", 536870912},
        {"1.5gb", 1610612736},
        {"2g", 2147483648},
        {"2G", 2147483648},
        {"3t", 3298534883328},
        {"1P", 1125899906842624},
        {".5k", 512},
        {"1.k", 1024},
        {"32.3", 32},
        {"32.3 mb", 33869004},
        {"0.3MB", 314572},
        {"1e3", 1000},
        {"1_000k", 1024000},
        {"+5", 5},
        {"8191p", 9222246136947933184},
        {"9007199254740993", 9007199254740992}, /* a double in between, as in the reference */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL;
        int64_t bytes = -1;

        if (!read_size(cases[i].text, &bytes, &message))
            fail_msg("%s", message);
        if (bytes != cases[i].bytes)
            fail_msg("%s: got %lld", cases[i].text, (long long)bytes);
    }
}

static void refuses_what_is_no_size(void **state)
{
    static const char *const texts[] = {
        "",       "b",    "kb",  "hello", "-1",   "-32m",  " 32", "32  k", "32kk", "32m b", "32bm",
        "32kibb", "32ki", "32e", "32 ib", "1,5g", "1.2.3", "inf", "nan ",  "0x10", "5\tk"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *message = NULL;
        int64_t bytes;

        if (read_size(texts[i], &bytes, &message))
            fail_msg("\"%s\" was read as %lld", texts[i], (long long)bytes);
        fixture_assert_mentions(message, "expected a number with a unit");
    }
}

static void refuses_what_overflows(void **state)
{
    static const char *const texts[] = {"8192p", "9223372036854775808", "1e19", "999999999999g"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *message = NULL;
        int64_t bytes;

        if (read_size(texts[i], &bytes, &message))
            fail_msg("\"%s\" was read as %lld", texts[i], (long long)bytes);
        fixture_assert_mentions(message, "8191p");
    }
}

static void prints_plain_bytes(void **state)
{
    (void)state;
    fixture_assert_text("size", byte_size_print(536870912).text, "536870912");
    fixture_assert_text("size", byte_size_print(-1).text, "-1");
    fixture_assert_text("size", byte_size_print(INT64_MAX).text, "9223372036854775807");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(reads_sizes_in_powers_of_1024),
        FIXTURE_TEST(refuses_what_is_no_size),
        FIXTURE_TEST(refuses_what_overflows),
        FIXTURE_TEST(prints_plain_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

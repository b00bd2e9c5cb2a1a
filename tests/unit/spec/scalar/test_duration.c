/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/scalar/duration.h"

static bool read_duration(const char *text, int64_t *ret_nanoseconds, const char **ret_message)
{
    return duration_parse(&fixture_arena, fixture_exact(text), strlen(text), ret_nanoseconds,
                          ret_message);
}

static void reads_numbers_with_units(void **state)
{
    static const struct {
        const char *text;
        int64_t nanoseconds;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"+0", 0},
        {"0s", 0},
        {"7ns", 7},
        {"3us", 3000},
        {"3\xc2\xb5s", 3000},
        {"3\xce\xbcs", 3000},
        {"250ms", 250000000},
        {"10s", 10000000000},
        {"2m", 120000000000},
        {"1h", 3600000000000},
        {"1d", 86400000000000},
        {"1w", 604800000000000},
        {"1m30s", 90000000000},
        {"1w2d3h4m5.5s", 788645500000000},
        {"1.5h", 5400000000000},
        {".5s", 500000000},
        {"5.s", 5000000000},
        {"0.3s", 300000000},
        {"0.1w", 60480000000000},
        {"1.0000000019s", 1000000001},
        {"0.9999999999s", 999999999},
        {"0.9999999999999999999999999999s",
         1000000000}, /* a double rounds it, as in the reference */
        {"-1m", -60000000000},
        {"+1m", 60000000000},
        {"30s1h", 3630000000000},
        {"9223372036854775807ns", INT64_MAX},
        {"-9223372036854775808ns", INT64_MIN},
        {"2562047h47m16.854775807s", INT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL;
        int64_t nanoseconds = -1;

        if (!read_duration(cases[i].text, &nanoseconds, &message))
            fail_msg("%s", message);
        if (nanoseconds != cases[i].nanoseconds)
            fail_msg("%s: got %lld", cases[i].text, (long long)nanoseconds);
    }
}

static void refuses_what_has_no_unit_or_is_no_number(void **state)
{
    static const char *const texts[] = {"",     "-",   "+",     "10",  "1h0",  "s",     ".s",
                                        "-.s",  "1x",  "1 s",   " 1s", "1s ",  "1h 2m", "1H",
                                        "--1s", "1.5", "1..5s", "1s-", "fast", "1sx",   "1,5s"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *message = NULL;
        int64_t nanoseconds;

        if (read_duration(texts[i], &nanoseconds, &message))
            fail_msg("\"%s\" was read as %lld", texts[i], (long long)nanoseconds);
        fixture_assert_mentions(message, "expected numbers with units");
    }
}

static void refuses_what_overflows(void **state)
{
    static const char *const texts[] = {"9223372036854775808ns",
                                        "-9223372036854775809ns",
                                        "15251w",
                                        "2562047h47m16.854775808s",
                                        "99999999999999999999s",
                                        "9223372036854775807ns1ns",
                                        "9223372036.9s"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *message = NULL;
        int64_t nanoseconds;

        if (read_duration(texts[i], &nanoseconds, &message))
            fail_msg("\"%s\" was read as %lld", texts[i], (long long)nanoseconds);
        fixture_assert_mentions(message, "292 years");
    }
}

static void prints_the_canonical_form(void **state)
{
    static const struct {
        int64_t nanoseconds;
        const char *text;
    } cases[] = {
        {0, "0s"},
        {1, "1ns"},
        {999, "999ns"},
        {1000, "1\xc2\xb5s"},
        {1100, "1.1\xc2\xb5s"},
        {2200000, "2.2ms"},
        {250000000, "250ms"},
        {1000000000, "1s"},
        {1500000000, "1.5s"},
        {1000000001, "1.000000001s"},
        {60000000000, "1m0s"},
        {90000000000, "1m30s"},
        {3600000000000, "1h0m0s"},
        {5400000000000, "1h30m0s"},
        {3600000000001, "1h0m0.000000001s"},
        {604800000000000, "168h0m0s"},
        {-90000000000, "-1m30s"},
        {INT64_MAX, "2562047h47m16.854775807s"},
        {INT64_MIN, "-2562047h47m16.854775808s"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        fixture_assert_text("duration", duration_print(cases[i].nanoseconds).text, cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(reads_numbers_with_units),
        FIXTURE_TEST(refuses_what_has_no_unit_or_is_no_number),
        FIXTURE_TEST(refuses_what_overflows),
        FIXTURE_TEST(prints_the_canonical_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

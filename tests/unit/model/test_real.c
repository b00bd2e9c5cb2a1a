/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/real.h"

static const struct {
    double real;
    const char *plain;
    const char *yaml;
    const char *json;
} cases[] = {
    {0, "0", "0", "0"},
    {-0.0, "-0", "-0", "-0"},
    {1, "1", "1", "1"},
    {1.5, "1.5", "1.5", "1.5"},
    {-2.25, "-2.25", "-2.25", "-2.25"},
    {0.1, "0.1", "0.1", "0.1"},
    {0.1 + 0.2, "0.30000000000000004", "0.30000000000000004", "0.30000000000000004"},
    {100, "100", "100", "100"},
    {999999, "999999", "999999", "999999"},
    {1000000, "1e+06", "1e+06", "1000000"},
    {1234567, "1.234567e+06", "1.234567e+06", "1234567"},
    {123456.789, "123456.789", "123456.789", "123456.789"},
    {1e20, "1e+20", "1e+20", "100000000000000000000"},
    {1e21, "1e+21", "1e+21", "1e+21"},
    {1.5e300, "1.5e+300", "1.5e+300", "1.5e+300"},
    {0.0001, "0.0001", "0.0001", "0.0001"},
    {0.00001, "1e-05", "1e-05", "0.00001"},
    {0.000001, "1e-06", "1e-06", "0.000001"},
    {0.0000001, "1e-07", "1e-07", "1e-7"},
    {1.25e-10, "1.25e-10", "1.25e-10", "1.25e-10"},
    {9007199254740992, "9.007199254740992e+15", "9.007199254740992e+15", "9007199254740992"},
    {DBL_MAX, "1.7976931348623157e+308", "1.7976931348623157e+308", "1.7976931348623157e+308"},
    {DBL_MIN, "2.2250738585072014e-308", "2.2250738585072014e-308", "2.2250738585072014e-308"},
    /* Subnormal: fewer digits mean the number than a normal one needs. */
    {5e-324, "5e-324", "5e-324", "5e-324"},
    /* Powers of two whose nearest text of 16 digits lies on the side where numbers are denser. */
    {0x1p-1017, "7.120236347223045e-307", "7.120236347223045e-307", "7.120236347223045e-307"},
    {NAN, "NaN", ".nan", "null"},
    {INFINITY, "+Inf", ".inf", "null"},
    {-INFINITY, "-Inf", "-.inf", "null"},
};

static void prints_each_notation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(real_text(cases[i].real, REAL_PLAIN).data, cases[i].plain);
        assert_string_equal(real_text(cases[i].real, REAL_YAML).data, cases[i].yaml);
        assert_string_equal(real_text(cases[i].real, REAL_JSON).data, cases[i].json);
    }
}

static void knows_its_length(void **state)
{
    struct real_text text = real_text(-1.25e-10, REAL_YAML);

    (void)state;
    assert_int_equal(text.length, strlen("-1.25e-10"));
    assert_int_equal(real_text(NAN, REAL_JSON).length, 4);
}

/* A fixed walk over bit patterns, so that a failure can be repeated. */
static void every_number_reads_back(void **state)
{
    uint64_t bits = 0x9E3779B97F4A7C15;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct real_text text;
        double real;

        bits = bits * 6364136223846793005 + 1442695040888963407;
        memcpy(&real, &bits, sizeof(real));
        if (!isfinite(real))
            continue;
        text = real_text(real, i % 2 == 0 ? REAL_PLAIN : REAL_JSON);
        assert_true(strtod(text.data, NULL) == real);
        assert_int_equal(text.length, strlen(text.data));
    }
}

static void ignores_the_locale(void **state)
{
    (void)state;
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL) {
        print_message("the locale de_DE.UTF-8 is not there\n");
        skip();
    }
    assert_string_equal(real_text(1.5, REAL_PLAIN).data, "1.5");
    (void)setlocale(LC_NUMERIC, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_each_notation),
        cmocka_unit_test(knows_its_length),
        cmocka_unit_test(every_number_reads_back),
        cmocka_unit_test(ignores_the_locale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

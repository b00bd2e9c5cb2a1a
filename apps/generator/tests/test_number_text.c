/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "number_text.h"

static const struct {
    double number;
    const char *text;
} table[] = {
    {5.3e-05, "5.3e-05"},
    {5e-324, "5e-324"},
    {DBL_MIN, "2.2250738585072014e-308"},
    {DBL_MAX, "1.7976931348623157e+308"},
    {0.1, "0.1"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {42, "42.0"},
    {-42.5, "-42.5"},
    {0, "0.0"},
    {-0.0, "0.0"},
    {100000, "100000.0"},
    {0.0001, "0.0001"},
    {0.00001, "1e-05"},
    {1e15, "1000000000000000.0"},
    {9007199254740991, "9007199254740991.0"},
    {1e16, "1e+16"},
    {1e23, "1e+23"},
};

static void test_the_fewest_digits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char text[NUMBER_TEXT_SIZE];

        number_text(table[i].number, text);
        assert_string_equal(text, table[i].text);
    }
}

static uint64_t next_bits(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Every bit pattern is as likely as any other. */
static void test_any_number_survives_the_trip(void **state)
{
    uint64_t random = 0x9e3779b97f4a7c15;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_bits(&random);
        char text[NUMBER_TEXT_SIZE];
        json_t *json;
        double number;

        memcpy(&number, &bits, sizeof(number));
        if (!isfinite(number))
            continue;
        number_text(number, text);
        assert_true(strlen(text) < NUMBER_TEXT_SIZE - 1);
        assert_true(strtod(text, NULL) == number);
        json = json_loads(text, JSON_DECODE_ANY, NULL);
        assert_true(json_is_real(json));
        assert_true(json_real_value(json) == number);
        json_decref(json);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_fewest_digits),
        cmocka_unit_test(test_any_number_survives_the_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

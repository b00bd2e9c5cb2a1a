/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "spec/scalar/number.h"

static struct number resolve(const char *text)
{
    return number_resolve(fixture_exact(text), strlen(text));
}

static void assert_kind(const char *text, enum value_kind kind)
{
    enum value_kind actual = resolve(text).kind;

    if (actual != kind)
        fail_msg("\"%s\": got kind %d, expected %d", text, actual, kind);
}

static void finds_null_and_booleans(void **state)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const trues[] = {"true", "True", "TRUE"};
    static const char *const falses[] = {"false", "False", "FALSE"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(nulls); i++)
        assert_kind(nulls[i], VALUE_NULL);
    for (size_t i = 0; i < COUNT_OF(trues); i++) {
        assert_kind(trues[i], VALUE_BOOL);
        assert_true(resolve(trues[i]).boolean);
        assert_kind(falses[i], VALUE_BOOL);
        assert_false(resolve(falses[i]).boolean);
    }
}

static void leaves_everything_else_a_string(void **state)
{
    static const char *const texts[] = {
        "yes",   "no",         "on",
        "off",   "y",          "n",
        "nULL",  "tRUE",       "~~",
        "nullx", "truetrue",   "22:22",
        "1:2:3", "2001-12-14", "2001-12-14T21:59:43Z",
        "1.2.3", "-",          "+",
        "--1",   "0x",         "0xg",
        "0o8",   "0b2",        "0b",
        "12k",   "1e",         "1e+",
        "e5",    ".",          "..",
        ".e5",   "._5",        ".5_",
        ".5__5", "_1",         "+-1",
        "inf",   "nan",        "-.nan",
        "+.nan", ".Nan",       ".iNF",
        "1e400", "-1e400",     "1 2",
        " 1",    "1 ",         "<<",
        "0x1p3", "Infinity",   "0xffffffffffffffffff",
        "1,000", "=",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_kind(texts[i], VALUE_STRING);
        assert_false(resolve(texts[i]).is_large);
    }
}

static void reads_integers_in_every_base(void **state)
{
    static const struct {
        const char *text;
        int64_t integer;
    } cases[] = {
        {"0", 0},
        {"+0", 0},
        {"7", 7},
        {"-7", -7},
        {"+7", 7},
        {"8080", 8080},
        {"1_000_000", 1000000},
        {"1__0_", 10},
        {"0x1F", 31},
        {"0X1f", 31},
        {"-0x10", -16},
        {"0x_ff", 255},
        {"0o755", 493},
        {"0O17", 15},
        {"-0o17", -15},
        {"0b101", 5},
        {"-0b11", -3},
        {"0755", 493},
        {"-0755", -493},
        {"0_7", 7},
        {"00", 0},
        {"999999999999999999", 999999999999999999},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"0x7fffffffffffffff", INT64_MAX},
        {"0000000000000000000000000000012", 10},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_kind(cases[i].text, VALUE_INTEGER);
        if (resolve(cases[i].text).integer != cases[i].integer)
            fail_msg("%s: got %lld", cases[i].text, (long long)resolve(cases[i].text).integer);
    }
}

static void keeps_integers_without_sign_up_to_64_bits(void **state)
{
    static const struct {
        const char *text;
        uint64_t large;
    } cases[] = {
        {"9223372036854775808", UINT64_C(1) << 63},
        {"18446744073709551615", UINT64_MAX},
        {"0xffffffffffffffff", UINT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_kind(cases[i].text, VALUE_STRING);
        assert_true(resolve(cases[i].text).is_large);
        assert_true(resolve(cases[i].text).large == cases[i].large);
    }
}

static void reads_reals(void **state)
{
    static const struct {
        const char *text;
        double real;
    } cases[] = {
        {"1.", 1},
        {"0.5", 0.5},
        {".5", 0.5},
        {"-.5", -0.5},
        {"+.5", 0.5},
        {".5_5", 0.55},
        {"1_0.5_", 10.5},
        {"012.5", 12.5},
        {"08", 8},
        {"1e3", 1000},
        {"1E-3", 0.001},
        {"1.5e+3", 1500},
        {"-0.0", -0.0},
        {"-0", -0.0},
        {"0e999999999999999999999", 0},
        {"1e-400", 0},
        {"18446744073709551616", 18446744073709551616.0},
        {"-9223372036854775809", -9223372036854775809.0},
        {"+9223372036854775808", 9223372036854775808.0},
        {"1.7976931348623157e308", DBL_MAX},
        {"5e-324", 5e-324},
        {"0.000001", 0.000001},
        {"123456789.987654321", 123456789.987654321},
        {".inf", INFINITY},
        {".Inf", INFINITY},
        {".INF", INFINITY},
        {"+.inf", INFINITY},
        {"-.inf", -INFINITY},
        {"-.INF", -INFINITY},
    };
    static const char *const not_numbers[] = {".nan", ".NaN", ".NAN"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double real;

        assert_kind(cases[i].text, VALUE_REAL);
        real = resolve(cases[i].text).real;
        if (real != cases[i].real || signbit(real) != signbit(cases[i].real))
            fail_msg("%s: got %.17g", cases[i].text, real);
    }
    for (size_t i = 0; i < COUNT_OF(not_numbers); i++) {
        assert_kind(not_numbers[i], VALUE_REAL);
        assert_true(isnan(resolve(not_numbers[i]).real));
    }
}

/* Halfway between two doubles, decided by a digit far behind. */
static void rounds_by_digits_however_far_behind(void **state)
{
    char text[3000] = "9007199254740993.";
    size_t length = strlen(text);

    (void)state;
    memset(text + length, '0', sizeof(text) - length);
    assert_true(number_resolve(text, sizeof(text)).real == 9007199254740992.0);
    text[sizeof(text) - 1] = '1';
    assert_true(number_resolve(text, sizeof(text)).real == 9007199254740994.0);
}

static void reads_numbers_put_in_by_variables(void **state)
{
    static const char *const no_integers[] = {"", "1_0", "0x10", "1.0", "-", "9223372036854775808"};
    static const char *const no_reals[] = {"", "1__0", "0x10", ".inf", "inf", "1e999", "abc"};
    int64_t integer = 0;
    double real = 0;

    (void)state;
    assert_true(number_parse_integer("010", 3, &integer));
    assert_int_equal(integer, 10);
    assert_true(number_parse_integer("-42", 3, &integer));
    assert_int_equal(integer, -42);
    assert_true(number_parse_real("0.25", 4, &real));
    assert_true(real == 0.25);
    for (size_t i = 0; i < COUNT_OF(no_integers); i++) {
        if (number_parse_integer(no_integers[i], strlen(no_integers[i]), &integer))
            fail_msg("\"%s\" was read as %lld", no_integers[i], (long long)integer);
    }
    for (size_t i = 0; i < COUNT_OF(no_reals); i++) {
        if (number_parse_real(no_reals[i], strlen(no_reals[i]), &real))
            fail_msg("\"%s\" was read as %g", no_reals[i], real);
    }
}

static void prints_singles_by_what_a_float_holds(void **state)
{
    static const struct {
        float single;
        const char *plain;
        const char *json;
    } cases[] = {
        {0, "0", "0"},
        {-0.5F, "-0.5", "-0.5"},
        {0.1F, "0.1", "0.1"},
        {1.3F, "1.3", "1.3"},
        {1.0F / 3, "0.33333334", "0.33333334"},
        {16777216.0F, "1.6777216e+07", "16777216"},
        {1e-45F, "1e-45", "1e-45"},
        {FLT_MAX, "3.4028235e+38", "3.4028235e+38"},
        {INFINITY, "+Inf", "null"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fixture_assert_text("plain", number_print_single(cases[i].single, REAL_PLAIN).data,
                            cases[i].plain);
        fixture_assert_text("json", number_print_single(cases[i].single, REAL_JSON).data,
                            cases[i].json);
    }
}

static void printed_reals_read_back(void **state)
{
    uint64_t random = 88172645463325252;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct real_text printed;
        double real, back = 0;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        memcpy(&real, &random, sizeof(real));
        if (!isfinite(real))
            continue;
        printed = real_text(real, i % 2 ? REAL_PLAIN : REAL_JSON);
        if (!number_parse_real(printed.data, printed.length, &back) || back != real)
            fail_msg("%.17g was printed as %s", real, printed.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(finds_null_and_booleans),
        FIXTURE_TEST(leaves_everything_else_a_string),
        FIXTURE_TEST(reads_integers_in_every_base),
        FIXTURE_TEST(keeps_integers_without_sign_up_to_64_bits),
        FIXTURE_TEST(reads_reals),
        FIXTURE_TEST(rounds_by_digits_however_far_behind),
        FIXTURE_TEST(reads_numbers_put_in_by_variables),
        FIXTURE_TEST(prints_singles_by_what_a_float_holds),
        FIXTURE_TEST(printed_reals_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

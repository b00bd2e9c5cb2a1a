/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "draws.h"

/* A source that gives what it is told to, in turn. */
struct told {
    const uint64_t *bits;
    size_t count;
    size_t given;
};

static int give(void *context, uint64_t *ret_bits)
{
    struct told *told = context;

    if (told->given == told->count)
        return -EIO;
    *ret_bits = told->bits[told->given++];
    return 0;
}

static int64_t drawn(uint64_t bits, int64_t low, int64_t high)
{
    struct told told = {&bits, 1, 0};
    int64_t value;

    assert_int_equal(draws_integer(give, &told, low, high, &value), 0);
    return value;
}

static void test_integers_are_within_their_bounds(void **state)
{
    (void)state;
    assert_int_equal(drawn(0, 1, 6), 1);
    assert_int_equal(drawn(5, 1, 6), 6);
    assert_int_equal(drawn(6, 1, 6), 1);
    assert_int_equal(drawn(12345, 7, 7), 7);
    assert_int_equal(drawn(1, -3, 3), -2);
    assert_true(drawn(0, INT64_MIN, INT64_MAX) == INT64_MIN);
    assert_true(drawn(UINT64_MAX, INT64_MIN, INT64_MAX) == INT64_MAX);
}

/* 2^64 is 3 * 6148914691236517205 + 1: the one that is left over would make 0 likelier. */
static void test_what_would_be_unfair_is_drawn_again(void **state)
{
    static const uint64_t bits[] = {UINT64_MAX, UINT64_MAX - 1};
    struct told told = {bits, 2, 0};
    int64_t value;

    (void)state;
    assert_int_equal(draws_integer(give, &told, 0, 2, &value), 0);
    assert_int_equal(value, 2);
    assert_int_equal(told.given, 2);
}

static void test_a_source_that_fails(void **state)
{
    struct draws_range range = {0, 1, 4, 0};
    struct told told = {NULL, 0, 0};
    int64_t integer = 17;
    double number = 17;

    (void)state;
    assert_int_equal(draws_integer(give, &told, 1, 6, &integer), -EIO);
    assert_int_equal(draws_number(give, &told, &range, &number), -EIO);
    assert_int_equal(integer, 17);
    assert_true(number == 17);
}

static double drawn_number(const struct draws_range *range, uint64_t percent, uint64_t fraction)
{
    const uint64_t bits[] = {percent, fraction};
    struct told told = {bits, 2, 0};
    double value;

    assert_int_equal(draws_number(give, &told, range, &value), 0);
    return value;
}

static void test_numbers(void **state)
{
    struct draws_range range = {-2, 10, 3, 0};

    (void)state;
    assert_true(drawn_number(&range, 0, 0) == -2);
    assert_true(drawn_number(&range, 0, UINT64_C(1) << 63) == 4);
    assert_true(drawn_number(&range, 0, UINT64_MAX) == 10); /* 9.999... rounded */
    range = (struct draws_range){0, 1, 3, 0};
    assert_true(drawn_number(&range, 0, UINT64_MAX / 3) == 0.333);
    range = (struct draws_range){-1.7e308, 1.7e308, 17, 0};
    assert_true(drawn_number(&range, 0, UINT64_C(1) << 63) == 0);
    range = (struct draws_range){0.12345, 0.12349, 2, 0};
    assert_true(drawn_number(&range, 0, 0) == 0.12345); /* not 0.12, which is below */
}

static void test_tiny_numbers(void **state)
{
    struct draws_range range = {0, 1, 2, 30};

    (void)state;
    assert_true(drawn_number(&range, 29, 0) == 1e-12);
    assert_true(drawn_number(&range, 29, UINT64_C(1) << 63) == 1e-8);
    assert_true(drawn_number(&range, 30, UINT64_C(1) << 63) == 0.5);
}

static void test_the_kernels(void **state)
{
    struct draws_range range = {0, 1, 4, 50};
    unsigned seen[6] = {0};
    int tiny = 0;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        int64_t integer;
        double number;

        assert_int_equal(draws_integer(draws_kernel, NULL, 0, 5, &integer), 0);
        assert_in_range(integer, 0, 5);
        seen[integer]++;
        assert_int_equal(draws_number(draws_kernel, NULL, &range, &number), 0);
        assert_true(number >= 0 && number <= 1);
        tiny += number < DRAWS_TINY_HIGH;
    }
    /* Once in 10^80 runs it is otherwise. */
    for (size_t i = 0; i < 6; i++)
        assert_in_range(seen[i], 1, 1000);
    assert_in_range(tiny, 500, 1500);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers_are_within_their_bounds),
        cmocka_unit_test(test_what_would_be_unfair_is_drawn_again),
        cmocka_unit_test(test_a_source_that_fails),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_tiny_numbers),
        cmocka_unit_test(test_the_kernels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

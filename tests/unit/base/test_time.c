/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <time.h>

#include "base/time.h"

static void sums_and_products_stop_at_for_ever(void **state)
{
    (void)state;
    assert_true(time_add(TIME_SECOND, 5) == 1000000005);
    assert_true(time_add(TIME_FOREVER - 1, 1) == TIME_FOREVER);
    assert_true(time_add(TIME_FOREVER - 1, TIME_DAY) == TIME_FOREVER);
    assert_true(time_add(TIME_FOREVER, TIME_FOREVER) == TIME_FOREVER);
    assert_true(time_multiply(TIME_MINUTE, 60) == TIME_HOUR);
    assert_true(time_multiply(TIME_DAY, UINT64_MAX) == TIME_FOREVER);
    assert_true(time_multiply(TIME_FOREVER, 0) == 0);
}

static void differences_stop_at_zero_and_for_ever_lasts(void **state)
{
    (void)state;
    assert_true(time_subtract(TIME_SECOND, 1) == 999999999);
    assert_true(time_subtract(1, TIME_SECOND) == 0);
    assert_true(time_subtract(TIME_FOREVER, TIME_DAY) == TIME_FOREVER);
}

static void units_convert_without_overflow(void **state)
{
    (void)state;
    assert_true(time_from_milliseconds(1500) == TIME_SECOND + TIME_SECOND / 2);
    assert_true(time_from_seconds(86400) == TIME_DAY);
    assert_true(time_from_seconds(UINT64_MAX / 2) == TIME_FOREVER);
}

static void a_timeout_never_ends_early(void **state)
{
    (void)state;
    assert_int_equal(time_to_timeout_ms(0), 0);
    assert_int_equal(time_to_timeout_ms(1), 1);
    assert_int_equal(time_to_timeout_ms(TIME_MILLISECOND), 1);
    assert_int_equal(time_to_timeout_ms(TIME_MILLISECOND + 1), 2);
    assert_int_equal(time_to_timeout_ms(TIME_FOREVER - 1), INT_MAX);
    assert_int_equal(time_to_timeout_ms(TIME_FOREVER), -1);
}

static void times_survive_the_way_through_a_timespec(void **state)
{
    struct timespec before_the_epoch = {.tv_sec = -1, .tv_nsec = 5};
    struct timespec timespec = time_to_timespec(3 * TIME_SECOND + 7);

    (void)state;
    assert_int_equal(timespec.tv_sec, 3);
    assert_int_equal(timespec.tv_nsec, 7);
    assert_true(time_from_timespec(&timespec) == 3 * TIME_SECOND + 7);
    assert_true(time_from_timespec(&before_the_epoch) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_products_stop_at_for_ever),
        cmocka_unit_test(differences_stop_at_zero_and_for_ever_lasts),
        cmocka_unit_test(units_convert_without_overflow),
        cmocka_unit_test(a_timeout_never_ends_early),
        cmocka_unit_test(times_survive_the_way_through_a_timespec),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

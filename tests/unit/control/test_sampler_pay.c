/* SPDX-License-Identifier: Apache-2.0 */
/* How much of the time runtimes are asked what instances use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "control/sampler_priv.h"

#define INTERVAL (5 * TIME_SECOND)

/* The part of so many rounds that is spent with asking. */
static double part_of(uint64_t took_ns, unsigned int rounds, bool answers)
{
    int64_t credit_ns = SAMPLER_CREDIT_NS;
    uint64_t since_ns = INTERVAL, all_ns = 0;

    for (unsigned int i = 0; i < rounds; i++) {
        uint64_t least_ns = sampler_pay(&credit_ns, since_ns, took_ns, answers);

        assert_true(credit_ns <= SAMPLER_CREDIT_NS);
        since_ns = least_ns > INTERVAL ? least_ns : INTERVAL;
        all_ns += since_ns;
    }
    return (double)took_ns * rounds / (double)all_ns;
}

static void test_no_more_than_a_fiftieth_in_the_long_run(void **state)
{
    const uint64_t durations[] = {TIME_MILLISECOND, 50 * TIME_MILLISECOND, 150 * TIME_MILLISECOND,
                                  TIME_SECOND,      20 * TIME_SECOND,      TIME_MINUTE};

    (void)state;
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
        assert_true(part_of(durations[i], 1000, true) < 0.0205);
}

static void test_what_is_quick_is_asked_each_time(void **state)
{
    int64_t credit_ns = SAMPLER_CREDIT_NS;

    (void)state;
    for (unsigned int i = 0; i < 1000; i++)
        assert_int_equal(sampler_pay(&credit_ns, INTERVAL, 90 * TIME_MILLISECOND, true), 0);
    assert_int_equal(credit_ns, SAMPLER_CREDIT_NS - (int64_t)(90 * TIME_MILLISECOND));
}

static void test_a_slow_beginning_is_lent(void **state)
{
    int64_t credit_ns = SAMPLER_CREDIT_NS;

    (void)state;
    assert_int_equal(sampler_pay(&credit_ns, INTERVAL, 600 * TIME_MILLISECOND, true), 0);
    assert_int_equal(sampler_pay(&credit_ns, INTERVAL, 20 * TIME_MILLISECOND, true), 0);
    assert_int_equal(sampler_pay(&credit_ns, 0, 580 * TIME_MILLISECOND, true), 5 * TIME_SECOND);
}

static void test_silence_is_not_paid_for(void **state)
{
    int64_t credit_ns = SAMPLER_CREDIT_NS;
    uint64_t least_ns = sampler_pay(&credit_ns, INTERVAL, TIME_MINUTE, false);

    (void)state;
    assert_in_range(least_ns, TIME_MINUTE + TIME_SECOND, 2 * TIME_MINUTE);
    assert_int_equal(sampler_pay(&credit_ns, least_ns, 20 * TIME_MILLISECOND, true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_more_than_a_fiftieth_in_the_long_run),
        cmocka_unit_test(test_what_is_quick_is_asked_each_time),
        cmocka_unit_test(test_a_slow_beginning_is_lent),
        cmocka_unit_test(test_silence_is_not_paid_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

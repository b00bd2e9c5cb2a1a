/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/histogram.h"

/* Each bucket begins where the one before it ends, and holds what lies between. */
static void test_buckets_follow_each_other(void **state)
{
    (void)state;
    assert_int_equal(histogram_bucket_start_us(0), 0);
    for (unsigned int i = 0; i + 1 < HISTOGRAM_BUCKET_COUNT; i++) {
        uint64_t start = histogram_bucket_start_us(i);
        uint64_t end = histogram_bucket_start_us(i + 1);

        assert_true(start < end);
        assert_int_equal(histogram_bucket(start), i);
        assert_int_equal(histogram_bucket(end - 1), i);
        /* No wider than an eighth of where it starts. */
        assert_true((end - start) * 8 <= start || end - start == 1);
    }
}

static void test_what_is_longer_counts_as_the_longest(void **state)
{
    (void)state;
    assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKET_COUNT - 1);
    assert_true(histogram_bucket_start_us(HISTOGRAM_BUCKET_COUNT) > UINT64_C(120) * 1000 * 1000);
}

static void test_quantiles_lie_near_the_values(void **state)
{
    uint64_t counts[HISTOGRAM_BUCKET_COUNT] = {0};

    (void)state;
    assert_int_equal(histogram_quantile_us(counts, 0.5), 0);
    for (uint64_t us = 1; us <= 10000; us++)
        counts[histogram_bucket(us)]++;
    for (int percent = 1; percent <= 99; percent++) {
        uint64_t expected = (uint64_t)percent * 100;
        uint64_t found = histogram_quantile_us(counts, percent / 100.0);

        assert_in_range(found, expected - expected / 16 - 1, expected + expected / 16 + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buckets_follow_each_other),
        cmocka_unit_test(test_what_is_longer_counts_as_the_longest),
        cmocka_unit_test(test_quantiles_lie_near_the_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

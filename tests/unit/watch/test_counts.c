/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch/counts.h"

static void add(struct state_sum *sum, uint64_t duration_us, uint32_t count)
{
    sum->counters.requests += count;
    sum->latency[histogram_bucket(duration_us)] += count;
}

static void test_the_first_look_says_nothing(void **state)
{
    struct counts_base base = {0};
    struct state_sum sum = {.counters = {.active = 3, .open_connections = 4}};
    struct counts counts;

    (void)state;
    add(&sum, 1000, 50);
    counts_take(&base, STATE_KIND_GROUP, &sum, &counts);
    assert_int_equal(counts.requests, 0);
    assert_int_equal(counts.p99_us, 0);
    assert_int_equal(counts.active, 3);
    assert_int_equal(counts.open_connections, 4);
}

static void test_percentiles_are_of_what_was_added(void **state)
{
    struct counts_base base = {0};
    struct state_sum sum = {0};
    struct counts counts;

    (void)state;
    add(&sum, 1000000, 100000); /* slow, and long ago */
    counts_take(&base, STATE_KIND_GROUP, &sum, &counts);
    add(&sum, 1000, 90);
    add(&sum, 20000, 10);
    counts_take(&base, STATE_KIND_GROUP, &sum, &counts);
    assert_int_equal(counts.requests, 100);
    assert_in_range(counts.p50_us, 900, 1100);
    assert_in_range(counts.p95_us, 18000, 22000);
    assert_in_range(counts.p99_us, 18000, 22000);
    counts_take(&base, STATE_KIND_GROUP, &sum, &counts);
    assert_int_equal(counts.requests | counts.p50_us | counts.p99_us, 0);
}

static void test_errors_by_kind(void **state)
{
    struct counts_base listener = {.is_known = true}, target = {.is_known = true};
    struct state_sum sum = {0};
    struct counts counts;

    (void)state;
    sum.counters.responses[5] = 2;
    sum.counters.responses[0] = 3;
    sum.counters.target_responses[5] = 10;
    sum.counters.connection_errors = 20;
    counts_take(&listener, STATE_KIND_LISTENER, &sum, &counts);
    assert_int_equal(counts.errors, 5);
    counts_take(&target, STATE_KIND_TARGET, &sum, &counts);
    assert_int_equal(counts.errors, 30);
}

static void test_buckets_that_went_round(void **state)
{
    struct counts_base base = {0};
    struct state_sum sum = {0};
    struct counts counts;
    unsigned int bucket = histogram_bucket(5000);

    (void)state;
    sum.latency[bucket] = UINT32_MAX - 1;
    counts_take(&base, STATE_KIND_GROUP, &sum, &counts);
    sum.counters.requests = 4;
    sum.latency[bucket] = 2;
    counts_take(&base, STATE_KIND_GROUP, &sum, &counts);
    assert_in_range(counts.p50_us, 4600, 5700);
}

static void test_counters_that_begin_anew(void **state)
{
    struct counts_base base = {0};
    struct state_sum before = {.counters = {.requests = 1000, .sent_bytes = 5000}};
    struct state_sum after = {.counters = {.sent_bytes = 70}};
    struct counts counts;

    (void)state;
    before.latency[histogram_bucket(100)] = 1000;
    add(&after, 100, 7);
    counts_take(&base, STATE_KIND_GROUP, &before, &counts);
    counts_take(&base, STATE_KIND_GROUP, &after, &counts);
    assert_int_equal(counts.requests, 7);
    assert_int_equal(counts.sent_bytes, 70);
    assert_in_range(counts.p50_us, 90, 115);
}

static void test_rates(void **state)
{
    (void)state;
    assert_true(counts_rate(10, 2000000000) == 5);
    assert_true(counts_rate(10, 0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_look_says_nothing),
        cmocka_unit_test(test_percentiles_are_of_what_was_added),
        cmocka_unit_test(test_errors_by_kind),
        cmocka_unit_test(test_buckets_that_went_round),
        cmocka_unit_test(test_counters_that_begin_anew),
        cmocka_unit_test(test_rates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

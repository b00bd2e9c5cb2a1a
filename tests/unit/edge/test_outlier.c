/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "edge/balance.h"
#include "edge/outlier.h"
#include "group_fixture.h"

static const uint64_t now_ns = 1000 * TIME_SECOND;
static struct group_fixture *fixture;

static void begin(uint32_t target_count)
{
    fixture = group_fixture_new(target_count, ROUTE_ALGORITHM_ROUND_ROBIN);
    fixture->config.ejection =
        (struct snapshot_ejection){.failures = 5, .duration_ms = 30000, .percent_max = 50};
}

static int end(void **state)
{
    (void)state;
    if (fixture != NULL)
        group_fixture_free(fixture);
    fixture = NULL;
    return 0;
}

static bool fail_times(uint32_t position, uint32_t times, uint64_t at_ns)
{
    bool is_out = false;

    for (uint32_t i = 0; i < times; i++)
        is_out = outlier_record(&fixture->view, fixture->targets[position], true, at_ns);
    return is_out;
}

static uint64_t until(uint32_t position)
{
    return atomic_load(&fixture->targets[position]->state->ejected_until_ns);
}

static void test_failures_in_a_row_eject(void **state)
{
    uint32_t version;

    (void)state;
    begin(4);
    version = atomic_load(&fixture->group.version);
    assert_false(fail_times(1, 4, now_ns));
    (void)outlier_record(&fixture->view, fixture->targets[1], false, now_ns);
    assert_false(fail_times(1, 4, now_ns));
    assert_int_equal(atomic_load(&fixture->group.version), version);
    assert_true(fail_times(1, 1, now_ns));
    assert_true(until(1) == now_ns + 30 * TIME_SECOND);
    assert_int_equal(atomic_load(&fixture->group.ejected), 1);
    assert_int_not_equal(atomic_load(&fixture->group.version), version);
    /* What was under way does not count twice. */
    assert_false(fail_times(1, 20, now_ns));
    assert_true(until(1) == now_ns + 30 * TIME_SECOND);
}

static void test_without_a_number_nobody_is_ejected(void **state)
{
    (void)state;
    begin(4);
    fixture->config.ejection.failures = 0;
    assert_false(fail_times(0, 100, now_ns));
    assert_int_equal(until(0), 0);
}

static void test_no_more_than_the_share_but_one(void **state)
{
    (void)state;
    begin(4);
    assert_true(fail_times(0, 5, now_ns));
    assert_true(fail_times(1, 5, now_ns));
    assert_false(fail_times(2, 100, now_ns));
    assert_int_equal(atomic_load(&fixture->group.ejected), 2);
    (void)end(NULL);
    begin(4);
    fixture->config.ejection.percent_max = 1;
    assert_true(fail_times(0, 5, now_ns));
    assert_false(fail_times(1, 100, now_ns));
}

static void test_nobody_where_no_other_can_take_over(void **state)
{
    (void)state;
    begin(1);
    fixture->config.ejection.percent_max = 100;
    assert_false(fail_times(0, 100, now_ns));
    (void)end(NULL);
    begin(2);
    fixture->config.ejection.percent_max = 100;
    group_fixture_set_health(fixture, 1, STATE_HEALTH_UNHEALTHY);
    assert_false(fail_times(0, 100, now_ns));
    group_fixture_set_health(fixture, 1, STATE_HEALTH_HEALTHY);
    assert_true(fail_times(0, 5, now_ns));
    assert_false(fail_times(1, 100, now_ns));
}

static void test_it_takes_longer_each_time_up_to_a_limit(void **state)
{
    uint64_t at_ns = now_ns;

    (void)state;
    begin(4);
    for (uint64_t times = 1; times <= 12; times++) {
        uint64_t expected_ns = 30 * TIME_SECOND * times;

        if (expected_ns > 5 * TIME_MINUTE)
            expected_ns = 5 * TIME_MINUTE;
        assert_true(fail_times(0, 5, at_ns));
        assert_true(until(0) == at_ns + expected_ns);
        at_ns = until(0);
        outlier_expire(&fixture->view, at_ns - 1, at_ns);
        assert_int_equal(until(0), 0);
        assert_int_equal(atomic_load(&fixture->group.ejected), 0);
    }
}

static void test_time_that_it_is_in_is_forgiving(void **state)
{
    const uint64_t once_ns = 30 * TIME_SECOND;
    uint64_t at_ns = now_ns;

    (void)state;
    begin(4);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(fail_times(0, 5, at_ns));
        at_ns = until(0);
        outlier_expire(&fixture->view, at_ns, at_ns);
    }
    assert_int_equal(atomic_load(&fixture->targets[0]->state->ejection_count), 3);
    for (uint32_t i = 0; i < 60; i++, at_ns += TIME_SECOND)
        outlier_expire(&fixture->view, at_ns, at_ns + TIME_SECOND);
    assert_int_equal(atomic_load(&fixture->targets[0]->state->ejection_count), 1);
    assert_true(fail_times(0, 5, at_ns));
    assert_true(until(0) == at_ns + 2 * once_ns);
}

static void test_it_comes_back_through_slow_start(void **state)
{
    struct balance balance;

    (void)state;
    begin(2);
    fixture->config.slow_start_ms = 10000;
    balance_init(&balance);
    assert_true(fail_times(0, 5, now_ns));
    assert_int_equal(balance_refresh(&balance, &fixture->view, now_ns), 0);
    assert_int_equal(balance.count, 1);
    /* Even before anybody lets it in. */
    assert_int_equal(balance_refresh(&balance, &fixture->view, now_ns + 30 * TIME_SECOND), 0);
    assert_int_equal(balance.count, 2);
    assert_true(balance.entries[0].weight < balance.entries[1].weight / 10);
    outlier_expire(&fixture->view, now_ns, now_ns + 30 * TIME_SECOND);
    assert_int_equal(balance_refresh(&balance, &fixture->view, now_ns + 35 * TIME_SECOND), 0);
    assert_in_range(balance.entries[0].weight, balance.entries[1].weight * 4 / 10,
                    balance.entries[1].weight * 6 / 10);
    balance_deinit(&balance);
}

static void *fail_all(void *argument)
{
    uintptr_t *ejections = argument;

    for (uint32_t i = 0; i < 4000; i++)
        *ejections += outlier_record(&fixture->view, fixture->targets[i % 8], true, now_ns);
    return NULL;
}

static void test_threads_eject_no_more_than_the_share_together(void **state)
{
    pthread_t threads[4];
    uintptr_t ejections[4] = {0};
    uint32_t out = 0;

    (void)state;
    begin(8);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, fail_all, &ejections[i]), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (uint32_t i = 0; i < 8; i++)
        out += until(i) != 0;
    assert_int_equal(out, 4);
    assert_int_equal(ejections[0] + ejections[1] + ejections[2] + ejections[3], 4);
    assert_int_equal(atomic_load(&fixture->group.ejected), 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, end)
    const struct CMUnitTest tests[] = {
        TEST(failures_in_a_row_eject),
        TEST(without_a_number_nobody_is_ejected),
        TEST(no_more_than_the_share_but_one),
        TEST(nobody_where_no_other_can_take_over),
        TEST(it_takes_longer_each_time_up_to_a_limit),
        TEST(time_that_it_is_in_is_forgiving),
        TEST(it_comes_back_through_slow_start),
        TEST(threads_eject_no_more_than_the_share_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

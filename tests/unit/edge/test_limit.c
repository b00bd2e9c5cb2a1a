/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "edge/limit.h"

enum {
    CAPACITY = 16384 * 7
};

static const uint64_t now_ns = 1000 * TIME_SECOND;
static struct limits *limits;

static int begin(void **state)
{
    (void)state;
    limits = limits_new();
    return limits == NULL;
}

static int end(void **state)
{
    (void)state;
    limits = limits_free(limits);
    return 0;
}

static bool allow(uint64_t key, const struct limit_rate *rate, uint64_t at_ns,
                  uint64_t *ret_retry_after_ms)
{
    *ret_retry_after_ms = 0;
    return limit_allow_request(limits, key, rate, at_ns, ret_retry_after_ms);
}

static void test_a_burst_and_then_the_rate(void **state)
{
    const struct limit_rate rate = {.requests = 10, .period_ms = 1000, .burst = 5};
    const uint64_t key = limit_key(1, "a", 1);
    uint64_t retry_ms;
    uint32_t allowed = 0;

    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        assert_true(allow(key, &rate, now_ns, &retry_ms));
    assert_false(allow(key, &rate, now_ns, &retry_ms));
    assert_int_equal(retry_ms, 100);
    assert_false(allow(key, &rate, now_ns + 60 * TIME_MILLISECOND + 1, &retry_ms));
    assert_int_equal(retry_ms, 40);
    assert_true(allow(key, &rate, now_ns + 100 * TIME_MILLISECOND, &retry_ms));
    assert_false(allow(key, &rate, now_ns + 100 * TIME_MILLISECOND, &retry_ms));
    /* Whoever goes on asking gets the rate: refusals cost nothing. */
    for (uint32_t i = 1; i <= 1000; i++)
        allowed += allow(key, &rate, now_ns + (100 + 10 * i) * TIME_MILLISECOND, &retry_ms);
    assert_int_equal(allowed, 100);
    /* And after a rest, the burst again. */
    allowed = 0;
    for (uint32_t i = 0; i < 50; i++)
        allowed += allow(key, &rate, now_ns + TIME_MINUTE, &retry_ms);
    assert_int_equal(allowed, 5);
}

static void test_keys_are_counted_apart(void **state)
{
    const struct limit_rate rate = {.requests = 1, .period_ms = 60000, .burst = 1};
    uint64_t retry_ms;

    (void)state;
    assert_true(allow(limit_key(1, "a", 1), &rate, now_ns, &retry_ms));
    assert_false(allow(limit_key(1, "a", 1), &rate, now_ns, &retry_ms));
    assert_int_equal(retry_ms, 60000);
    assert_true(allow(limit_key(1, "b", 1), &rate, now_ns, &retry_ms));
    assert_true(allow(limit_key(2, "a", 1), &rate, now_ns, &retry_ms));
    assert_true(allow(limit_key(2, NULL, 0), &rate, now_ns, &retry_ms));
    assert_int_equal(limit_acquire(limits, limit_key(1, "a", 1), 1), LIMIT_HELD);
}

static void test_ipv6_sources_are_counted_by_their_network(void **state)
{
    struct route_peer one = {.family = ROUTE_FAMILY_IPV6, .bytes = {0x20, 1, 0xd, 0xb8}};
    struct route_peer other = one;
    struct route_peer ipv4 = {.family = ROUTE_FAMILY_IPV4, .bytes = {0x20, 1, 0xd, 0xb8}};

    (void)state;
    other.bytes[8] = 1;
    other.bytes[15] = 1;
    assert_true(limit_source_key(1, &one) == limit_source_key(1, &other));
    other.bytes[7] = 1;
    assert_false(limit_source_key(1, &one) == limit_source_key(1, &other));
    assert_false(limit_source_key(1, &one) == limit_source_key(1, &ipv4));
    other = ipv4;
    other.bytes[3]++;
    assert_false(limit_source_key(1, &other) == limit_source_key(1, &ipv4));
    other = ipv4;
    other.bytes[4]++; /* not part of it */
    assert_true(limit_source_key(1, &other) == limit_source_key(1, &ipv4));
}

static void test_a_limit_that_changes_counts_at_once(void **state)
{
    const struct limit_rate slow = {.requests = 1, .period_ms = 3600000, .burst = 10};
    const struct limit_rate fast = {.requests = 1000, .period_ms = 1000, .burst = 10};
    uint64_t retry_ms;

    (void)state;
    for (uint32_t i = 0; i < 10; i++)
        assert_true(allow(7, &slow, now_ns, &retry_ms));
    assert_false(allow(7, &fast, now_ns, &retry_ms));
    assert_int_equal(retry_ms, 1);
    assert_true(allow(7, &fast, now_ns + TIME_MILLISECOND, &retry_ms));
}

static void test_so_many_at_once(void **state)
{
    (void)state;
    assert_int_equal(limit_acquire(limits, 5, 2), LIMIT_HELD);
    assert_int_equal(limit_acquire(limits, 5, 2), LIMIT_HELD);
    assert_int_equal(limit_acquire(limits, 5, 2), LIMIT_REFUSED);
    limit_release(limits, 5);
    assert_int_equal(limit_acquire(limits, 5, 2), LIMIT_HELD);
    assert_int_equal(limit_acquire(limits, 5, 0), LIMIT_REFUSED);
    limit_release(limits, 5);
    limit_release(limits, 5);
    assert_int_equal(limit_acquire(limits, 5, 1), LIMIT_HELD);
}

static uint64_t key_of(uint64_t number)
{
    return limit_key(3, &number, sizeof(number));
}

static void test_a_full_table_forgets_rates_but_nothing_in_use(void **state)
{
    const struct limit_rate rate = {.requests = 1, .period_ms = 1000, .burst = 1};
    uint64_t retry_ms;

    (void)state;
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(limit_acquire(limits, key_of(i), 1), LIMIT_HELD);
    assert_int_equal(limits_lost_count(limits), 0);
    for (uint64_t i = 0; i < 3 * CAPACITY; i++)
        assert_true(allow(key_of(i), &rate, now_ns, &retry_ms));
    assert_true(limits_lost_count(limits) >= 2 * CAPACITY);
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(limit_acquire(limits, key_of(i), 1), LIMIT_REFUSED);
    for (uint64_t i = 0; i < 1000; i++)
        limit_release(limits, key_of(i));
}

static void test_idle_keys_give_way_without_loss(void **state)
{
    const struct limit_rate rate = {.requests = 1, .period_ms = 1000, .burst = 1};
    const struct limit_rate slow = {.requests = 1, .period_ms = 3600000, .burst = 1};
    const uint64_t later_ns = now_ns + 2 * TIME_SECOND;
    uint64_t retry_ms;

    (void)state;
    for (uint64_t i = 0; i < 100; i++)
        assert_true(allow(key_of(i), &slow, now_ns, &retry_ms));
    for (uint64_t i = 1000; i < 1000 + CAPACITY / 2; i++)
        assert_true(allow(key_of(i), &rate, now_ns, &retry_ms));
    for (uint64_t i = 0; i < CAPACITY; i++)
        assert_true(allow(key_of(i + 10 * CAPACITY), &rate, later_ns + i * 30 * TIME_MILLISECOND,
                          &retry_ms));
    assert_int_equal(limits_lost_count(limits), 0);
    /* Those that are far from idle are still known. */
    for (uint64_t i = 0; i < 100; i++)
        assert_false(allow(key_of(i), &slow, later_ns, &retry_ms));
}

static void test_a_table_full_of_what_is_in_use_lets_through(void **state)
{
    uint64_t held = 0;
    uint64_t uncounted = 0;

    (void)state;
    for (uint64_t i = 0; i < CAPACITY * 5 / 4; i++) {
        enum limit_answer answer = limit_acquire(limits, key_of(i), 1);

        assert_int_not_equal(answer, LIMIT_REFUSED);
        held += answer == LIMIT_HELD;
        uncounted += answer == LIMIT_UNCOUNTED;
        /* Two buckets to choose from: it fills up evenly. */
        if (i < (uint64_t)CAPACITY * 6 / 10)
            assert_int_equal(uncounted, 0);
    }
    assert_true(held <= CAPACITY && held >= CAPACITY * 9ull / 10);
    assert_int_equal(limits_lost_count(limits), uncounted);
}

static void test_what_is_given_back_leaves_its_room(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 2 * CAPACITY; i++) {
        assert_int_equal(limit_acquire(limits, key_of(i), 1), LIMIT_HELD);
        limit_release(limits, key_of(i));
    }
}

static _Atomic uint32_t in_use[4];

static void *use(void *argument)
{
    for (uint64_t i = 0; i < 20000; i++) {
        uint32_t number = (uint32_t)(i % 4);

        if (limit_acquire(limits, key_of(number), 2) != LIMIT_HELD)
            continue;
        if (atomic_fetch_add(&in_use[number], 1) >= 2)
            return argument;
        atomic_fetch_sub(&in_use[number], 1);
        limit_release(limits, key_of(number));
    }
    return NULL;
}

static void test_threads_share_what_is_in_use(void **state)
{
    pthread_t threads[4];
    void *failed;

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use, &threads), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(limit_acquire(limits, key_of(i), 1), LIMIT_HELD);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_burst_and_then_the_rate),
        TEST(keys_are_counted_apart),
        TEST(ipv6_sources_are_counted_by_their_network),
        TEST(a_limit_that_changes_counts_at_once),
        TEST(so_many_at_once),
        TEST(a_full_table_forgets_rates_but_nothing_in_use),
        TEST(idle_keys_give_way_without_loss),
        TEST(a_table_full_of_what_is_in_use_lets_through),
        TEST(what_is_given_back_leaves_its_room),
        TEST(threads_share_what_is_in_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "edge/balance.h"
#include "group_fixture.h"

enum {
    MANY = 20000
};

static const uint64_t now_ns = 1000 * TIME_SECOND;
static uint64_t random_state;

static uint64_t next_random(void)
{
    uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct world {
    struct group_fixture *fixture;
    struct balance balance;
    uint32_t counts[FIXTURE_TARGETS_MAX];
};

static struct world world;

static void begin(uint32_t target_count, uint32_t algorithm)
{
    random_state = 1;
    memset(&world, 0, sizeof(world));
    world.fixture = group_fixture_new(target_count, algorithm);
    balance_init(&world.balance);
}

static void refresh_at(uint64_t at_ns)
{
    assert_int_equal(balance_refresh(&world.balance, &world.fixture->view, at_ns), 0);
}

static int end(void **state)
{
    (void)state;
    if (world.fixture != NULL) {
        balance_deinit(&world.balance);
        group_fixture_free(world.fixture);
    }
    memset(&world, 0, sizeof(world));
    return 0;
}

static uint32_t position_of(const struct target *target)
{
    assert_non_null(target);
    return target->slot - 1;
}

static uint32_t pick_for(struct balance *balance, uint64_t key_hash)
{
    struct balance_request request = {
        .key_hash = key_hash, .has_key = true, .random = next_random()};

    return position_of(balance_pick(balance, &world.fixture->state, &request));
}

static uint32_t pick(struct balance *balance)
{
    struct balance_request request = {.random = next_random()};

    return position_of(balance_pick(balance, &world.fixture->state, &request));
}

static void count_picks(uint32_t picks)
{
    memset(world.counts, 0, sizeof(world.counts));
    for (uint32_t i = 0; i < picks; i++)
        world.counts[pick(&world.balance)]++;
}

static void set_weight(uint32_t position, uint32_t weight)
{
    world.fixture->target_configs[position].weight = weight;
    group_changed(&world.fixture->group);
}

/* Round robin */

static void test_equal_weights_take_strict_turns_over_all_threads(void **state)
{
    struct balance other;
    uint32_t before = UINT32_MAX;

    (void)state;
    begin(5, ROUTE_ALGORITHM_ROUND_ROBIN);
    refresh_at(now_ns);
    balance_init(&other);
    assert_int_equal(balance_refresh(&other, &world.fixture->view, now_ns), 0);
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t position = pick(next_random() & 1 ? &other : &world.balance);

        if (before != UINT32_MAX)
            assert_int_equal(position, (before + 1) % 5);
        before = position;
    }
    balance_deinit(&other);
}

static void test_unequal_weights_are_exact_over_a_period_and_interleaved(void **state)
{
    uint32_t run = 0;

    (void)state;
    begin(3, ROUTE_ALGORITHM_ROUND_ROBIN);
    set_weight(0, 100);
    set_weight(1, 20);
    set_weight(2, 40);
    refresh_at(now_ns);
    count_picks(8 * 10);
    assert_int_equal(world.counts[0], 50);
    assert_int_equal(world.counts[1], 10);
    assert_int_equal(world.counts[2], 20);
    /* 5 of 8, so never more than two in a row but around one of the others. */
    for (uint32_t i = 0; i < 80; i++) {
        run = pick(&world.balance) == 0 ? run + 1 : 0;
        assert_true(run <= 3);
    }
}

static void test_weights_without_a_short_period_are_spread_too(void **state)
{
    static const uint32_t weights[] = {997, 499, 13, 991, 1, 250};
    const uint32_t total = 997 + 499 + 13 + 991 + 1 + 250;
    const uint32_t times = 256; /* of the weights' unit: the whole period */
    uint32_t window[6] = {0};

    (void)state;
    begin(6, ROUTE_ALGORITHM_ROUND_ROBIN);
    for (uint32_t i = 0; i < 6; i++) {
        set_weight(i, weights[i]);
        /* Just begun, so that no divisor is left. */
        world.fixture->config.slow_start_ms = 1000;
        atomic_store(&world.fixture->targets[i]->state->slow_start_from_ns,
                     i == 0 ? now_ns - 900 * TIME_MILLISECOND : 0);
    }
    refresh_at(now_ns);
    assert_int_equal(world.balance.turn_count, 0);
    for (uint32_t i = 0; i < 600; i++) {
        window[pick(&world.balance)]++;
        if ((i + 1) % 100 != 0)
            continue;
        /* Any hundred in a row are within a few of the share. */
        for (uint32_t j = 0; j < 6; j++) {
            double share = 100.0 * world.balance.entries[j].weight / world.balance.weight_total;

            assert_true(window[j] <= share + 4 && window[j] + 4 >= share);
        }
        memset(window, 0, sizeof(window));
    }
    world.fixture->config.slow_start_ms = 0;
    group_changed(&world.fixture->group);
    refresh_at(now_ns);
    count_picks(total * times);
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(world.counts[i], weights[i] * times);
}

static void test_operators_weight_counts_before_the_configured_one(void **state)
{
    (void)state;
    begin(2, ROUTE_ALGORITHM_ROUND_ROBIN);
    atomic_store(&world.fixture->targets[1]->state->weight, 3);
    refresh_at(now_ns);
    count_picks(400);
    assert_int_equal(world.counts[0], 100);
    assert_int_equal(world.counts[1], 300);
}

static void test_excluded_targets_are_avoided_while_there_are_others(void **state)
{
    static const uint32_t algorithms[] = {ROUTE_ALGORITHM_ROUND_ROBIN,
                                          ROUTE_ALGORITHM_LEAST_OUTSTANDING,
                                          ROUTE_ALGORITHM_WEIGHTED_RANDOM, ROUTE_ALGORITHM_HASH};
    uint32_t slots[3];

    (void)state;
    for (uint32_t a = 0; a < 4; a++) {
        begin(3, algorithms[a]);
        for (uint32_t i = 0; i < 3; i++)
            slots[i] = world.fixture->targets[i]->slot;
        refresh_at(now_ns);
        for (uint32_t i = 0; i < 100; i++) {
            struct balance_request request = {
                .random = next_random(), .excluded_slots = slots, .excluded_count = 2};

            assert_int_equal(
                position_of(balance_pick(&world.balance, &world.fixture->state, &request)), 2);
            request.excluded_count = 3;
            assert_non_null(balance_pick(&world.balance, &world.fixture->state, &request));
        }
        (void)end(NULL);
    }
}

/* Who may get a request */

static void test_only_those_that_may_get_requests(void **state)
{
    (void)state;
    begin(8, ROUTE_ALGORITHM_ROUND_ROBIN);
    group_fixture_set_health(world.fixture, 0, STATE_HEALTH_UNHEALTHY);
    group_fixture_set_health(world.fixture, 1, STATE_HEALTH_INITIAL);
    group_fixture_set_health(world.fixture, 2, STATE_HEALTH_UNCHECKED);
    atomic_store(&world.fixture->targets[3]->state->admin, STATE_ADMIN_DRAINING);
    atomic_store(&world.fixture->targets[4]->state->admin, STATE_ADMIN_DISABLED);
    world.fixture->targets[5]->family = ROUTE_FAMILY_NONE;
    set_weight(6, 0);
    refresh_at(now_ns);
    count_picks(100);
    assert_int_equal(world.counts[2], 50);
    assert_int_equal(world.counts[7], 50);
    assert_false(world.balance.is_fail_open);
    assert_true(world.balance.has_initial);
    assert_ptr_equal(balance_find(&world.balance, world.fixture->targets[7]->id),
                     world.fixture->targets[7]);
    assert_null(balance_find(&world.balance, world.fixture->targets[3]->id));
}

static void test_all_failed_means_all_get_requests_but_not_the_unchecked(void **state)
{
    (void)state;
    begin(5, ROUTE_ALGORITHM_ROUND_ROBIN);
    for (uint32_t i = 0; i < 4; i++)
        group_fixture_set_health(world.fixture, i, STATE_HEALTH_UNHEALTHY);
    group_fixture_set_health(world.fixture, 1, STATE_HEALTH_INITIAL);
    atomic_store(&world.fixture->targets[2]->state->admin, STATE_ADMIN_DISABLED);
    atomic_store(&world.fixture->targets[4]->state->ejected_until_ns, now_ns + TIME_SECOND);
    refresh_at(now_ns);
    assert_true(world.balance.is_fail_open);
    count_picks(300);
    assert_int_equal(world.counts[0], 100);
    assert_int_equal(world.counts[1], 0);
    assert_int_equal(world.counts[2], 0);
    assert_int_equal(world.counts[3], 100);
    assert_int_equal(world.counts[4], 100);
}

static void test_new_targets_alone_get_nothing(void **state)
{
    struct balance_request request = {0};

    (void)state;
    begin(3, ROUTE_ALGORITHM_ROUND_ROBIN);
    for (uint32_t i = 0; i < 3; i++)
        group_fixture_set_health(world.fixture, i, STATE_HEALTH_INITIAL);
    refresh_at(now_ns);
    assert_null(balance_pick(&world.balance, &world.fixture->state, &request));
    assert_int_equal(world.balance.count, 0);
    assert_true(world.balance.has_initial);
    assert_false(world.balance.is_fail_open);
}

static void test_a_group_without_targets_has_nobody(void **state)
{
    struct balance_request request = {0};

    (void)state;
    begin(0, ROUTE_ALGORITHM_HASH);
    refresh_at(now_ns);
    assert_null(balance_pick(&world.balance, &world.fixture->state, &request));
    assert_false(world.balance.has_initial);
}

static void test_nothing_is_made_anew_until_the_version_says_so(void **state)
{
    (void)state;
    begin(2, ROUTE_ALGORITHM_ROUND_ROBIN);
    refresh_at(now_ns);
    atomic_store(&world.fixture->targets[0]->state->health, STATE_HEALTH_UNHEALTHY);
    refresh_at(now_ns + TIME_HOUR);
    assert_int_equal(world.balance.count, 2);
    group_changed(&world.fixture->group);
    refresh_at(now_ns);
    assert_int_equal(world.balance.count, 1);
    assert_int_equal(pick(&world.balance), 1);
}

static void test_another_view_takes_the_place_of_the_first(void **state)
{
    struct group_view view;

    (void)state;
    begin(3, ROUTE_ALGORITHM_ROUND_ROBIN);
    refresh_at(now_ns);
    view = world.fixture->view;
    view.count = 2;
    assert_int_equal(balance_refresh(&world.balance, &view, now_ns), 0);
    assert_int_equal(world.balance.count, 2);
}

static void test_the_end_of_an_ejection_is_seen_by_itself(void **state)
{
    (void)state;
    begin(2, ROUTE_ALGORITHM_ROUND_ROBIN);
    atomic_store(&world.fixture->targets[0]->state->ejected_until_ns, now_ns + TIME_SECOND);
    refresh_at(now_ns);
    assert_int_equal(world.balance.count, 1);
    refresh_at(now_ns + TIME_SECOND - 1);
    assert_int_equal(world.balance.count, 1);
    refresh_at(now_ns + TIME_SECOND);
    assert_int_equal(world.balance.count, 2);
}

static void test_slow_start_is_a_straight_line(void **state)
{
    const uint64_t whole_ms = 30000;

    (void)state;
    begin(2, ROUTE_ALGORITHM_ROUND_ROBIN);
    world.fixture->config.slow_start_ms = (uint32_t)whole_ms;
    set_weight(0, 100);
    set_weight(1, 100);
    atomic_store(&world.fixture->targets[1]->state->slow_start_from_ns, now_ns);
    for (uint64_t at_ms = 0; at_ms <= whole_ms + 1000; at_ms += 250) {
        double whole = 100 * BALANCE_WEIGHT_UNIT;
        double expected = at_ms >= whole_ms ? whole : whole * (double)at_ms / (double)whole_ms;
        double step = whole * 100 / (double)whole_ms;

        /* No version: time alone brings it up. */
        refresh_at(now_ns + time_from_milliseconds(at_ms));
        assert_int_equal(world.balance.count, 2);
        assert_true(world.balance.entries[1].weight <= expected + 1);
        assert_true(world.balance.entries[1].weight + step + 1 >= expected);
        assert_true(world.balance.entries[1].weight > 0);
        assert_int_equal(world.balance.entries[0].weight, whole);
    }
    assert_true(world.balance.valid_until_ns == TIME_FOREVER);
    refresh_at(now_ns);
    group_changed(&world.fixture->group);
    refresh_at(now_ns + 10 * TIME_SECOND);
    count_picks(MANY);
    assert_in_range(world.counts[1], MANY / 4 - 5, MANY / 4 + 5);
}

/* Least outstanding */

static void test_the_fewest_in_flight_over_all_lanes(void **state)
{
    (void)state;
    begin(3, ROUTE_ALGORITHM_LEAST_OUTSTANDING);
    *group_fixture_active(world.fixture, 0, 0) = 3;
    *group_fixture_active(world.fixture, 1, 1) = 2;
    *group_fixture_active(world.fixture, 3, 1) = 2;
    *group_fixture_active(world.fixture, 2, 2) = 2;
    refresh_at(now_ns);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(pick(&world.balance), 2);
    *group_fixture_active(world.fixture, 1, 2) = 3;
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(pick(&world.balance), 0);
    /* By weight: 4 of 3 is less than 3 of 1. */
    set_weight(1, 3);
    refresh_at(now_ns);
    assert_int_equal(pick(&world.balance), 1);
}

static void test_equals_take_turns_by_weight(void **state)
{
    (void)state;
    begin(4, ROUTE_ALGORITHM_LEAST_OUTSTANDING);
    *group_fixture_active(world.fixture, 0, 3) = 1;
    set_weight(0, 2);
    refresh_at(now_ns);
    count_picks(5000);
    /* The turns of the busy one go to the next. */
    assert_int_equal(world.counts[3], 0);
    assert_int_equal(world.counts[0], 3000);
    assert_int_equal(world.counts[1], 1000);
    assert_int_equal(world.counts[2], 1000);
}

static void test_a_large_group_is_kept_even(void **state)
{
    uint64_t most = 0;

    (void)state;
    begin(500, ROUTE_ALGORITHM_LEAST_OUTSTANDING);
    refresh_at(now_ns);
    for (uint32_t i = 0; i < 5000; i++)
        (*group_fixture_active(world.fixture, i % FIXTURE_LANES, pick(&world.balance)))++;
    for (uint32_t i = 0; i < 500; i++) {
        uint64_t load = balance_outstanding(&world.fixture->state, world.fixture->targets[i]);

        most = load > most ? load : most;
        assert_true(load >= 5);
    }
    assert_true(most <= 12);
}

/* Random */

static void test_chance_follows_the_weights(void **state)
{
    static const uint32_t weights[] = {100, 50, 25, 5, 20};
    double chi_square = 0;

    (void)state;
    begin(5, ROUTE_ALGORITHM_WEIGHTED_RANDOM);
    for (uint32_t i = 0; i < 5; i++)
        set_weight(i, weights[i]);
    refresh_at(now_ns);
    count_picks(MANY);
    for (uint32_t i = 0; i < 5; i++) {
        double expected = MANY * weights[i] / 200.0;
        double difference = world.counts[i] - expected;

        chi_square += difference * difference / expected;
    }
    assert_true(chi_square < 18.5); /* one in a thousand, by 4 degrees; and the seed is fixed */
}

/* Hash */

static void test_a_key_stays_and_only_the_share_of_who_goes_moves(void **state)
{
    static uint32_t before[MANY];
    uint32_t moved = 0;

    (void)state;
    begin(10, ROUTE_ALGORITHM_HASH);
    refresh_at(now_ns);
    for (uint32_t i = 0; i < MANY; i++) {
        before[i] = pick_for(&world.balance, i);
        world.counts[before[i]]++;
    }
    for (uint32_t i = 0; i < 10; i++)
        assert_in_range(world.counts[i], MANY / 10 * 75 / 100, MANY / 10 * 125 / 100);
    group_fixture_set_health(world.fixture, 4, STATE_HEALTH_UNHEALTHY);
    refresh_at(now_ns);
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t position = pick_for(&world.balance, i);

        if (before[i] == 4)
            assert_int_not_equal(position, 4);
        else
            assert_int_equal(position, before[i]);
    }
    group_fixture_set_health(world.fixture, 4, STATE_HEALTH_HEALTHY);
    refresh_at(now_ns);
    for (uint32_t i = 0; i < MANY; i++)
        moved += pick_for(&world.balance, i) != before[i];
    assert_int_equal(moved, 0);
}

static void test_the_ring_follows_the_weights(void **state)
{
    (void)state;
    begin(4, ROUTE_ALGORITHM_HASH);
    set_weight(0, 300);
    set_weight(1, 100);
    set_weight(2, 100);
    set_weight(3, 100);
    refresh_at(now_ns);
    for (uint32_t i = 0; i < MANY; i++)
        world.counts[pick_for(&world.balance, i)]++;
    assert_in_range(world.counts[0], MANY * 42 / 100, MANY * 58 / 100);
}

static void test_nobody_gets_more_than_the_bound(void **state)
{
    const uint32_t requests = 1000;

    (void)state;
    begin(10, ROUTE_ALGORITHM_HASH);
    refresh_at(now_ns);
    /* One hot key: it spills over to the next on the ring, and to no more than it needs. */
    for (uint32_t i = 0; i < requests; i++) {
        uint32_t position = pick_for(&world.balance, 42);
        uint64_t load;

        (*group_fixture_active(world.fixture, i % FIXTURE_LANES, position))++;
        load = balance_outstanding(&world.fixture->state, world.fixture->targets[position]);
        assert_true((double)load <= 1.25 * (i + 1) / 10 + 1 + 4);
    }
}

static void test_requests_without_a_key_go_anywhere(void **state)
{
    (void)state;
    begin(4, ROUTE_ALGORITHM_HASH);
    refresh_at(now_ns);
    count_picks(1000);
    for (uint32_t i = 0; i < 4; i++)
        assert_true(world.counts[i] > 100);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, end)
    const struct CMUnitTest tests[] = {
        TEST(equal_weights_take_strict_turns_over_all_threads),
        TEST(unequal_weights_are_exact_over_a_period_and_interleaved),
        TEST(weights_without_a_short_period_are_spread_too),
        TEST(operators_weight_counts_before_the_configured_one),
        TEST(excluded_targets_are_avoided_while_there_are_others),
        TEST(only_those_that_may_get_requests),
        TEST(all_failed_means_all_get_requests_but_not_the_unchecked),
        TEST(new_targets_alone_get_nothing),
        TEST(a_group_without_targets_has_nobody),
        TEST(nothing_is_made_anew_until_the_version_says_so),
        TEST(another_view_takes_the_place_of_the_first),
        TEST(the_end_of_an_ejection_is_seen_by_itself),
        TEST(slow_start_is_a_straight_line),
        TEST(the_fewest_in_flight_over_all_lanes),
        TEST(equals_take_turns_by_weight),
        TEST(a_large_group_is_kept_even),
        TEST(chance_follows_the_weights),
        TEST(a_key_stays_and_only_the_share_of_who_goes_moves),
        TEST(the_ring_follows_the_weights),
        TEST(nobody_gets_more_than_the_bound),
        TEST(requests_without_a_key_go_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch/ring.h"

static void put(struct ring *ring, uint64_t step, uint32_t value)
{
    uint32_t *place = ring_put(ring, step);

    assert_non_null(place);
    *place = value;
}

static uint32_t get(const struct ring *ring, uint64_t step)
{
    const uint32_t *place = ring_get(ring, step);

    assert_non_null(place);
    return *place;
}

static void test_nothing_is_known_at_first(void **state)
{
    struct ring ring;

    (void)state;
    assert_int_equal(ring_init(&ring, 4), 0);
    for (uint64_t step = 0; step < 3 * RING_LENGTH; step += 7)
        assert_null(ring_get(&ring, step));
    ring_deinit(&ring);
}

static void test_the_last_round_is_kept(void **state)
{
    struct ring ring;

    (void)state;
    assert_int_equal(ring_init(&ring, 4), 0);
    for (uint64_t step = 1000; step < 1000 + 2 * RING_LENGTH; step++)
        put(&ring, step, (uint32_t)step);
    assert_null(ring_get(&ring, 1000 + RING_LENGTH - 1));
    for (uint64_t step = 1000 + RING_LENGTH; step < 1000 + 2 * RING_LENGTH; step++)
        assert_int_equal(get(&ring, step), step);
    assert_null(ring_get(&ring, 1000 + 2 * RING_LENGTH));
    ring_deinit(&ring);
}

static void test_what_was_left_out_is_unknown(void **state)
{
    struct ring ring;

    (void)state;
    assert_int_equal(ring_init(&ring, 4), 0);
    for (uint64_t step = 0; step < RING_LENGTH; step++)
        put(&ring, step, 1);
    put(&ring, RING_LENGTH + 10, 2);
    for (uint64_t step = RING_LENGTH; step < RING_LENGTH + 10; step++)
        assert_null(ring_get(&ring, step));
    assert_null(ring_get(&ring, 10));
    assert_int_equal(get(&ring, 11), 1);
    assert_int_equal(get(&ring, RING_LENGTH + 10), 2);
    put(&ring, 10 * RING_LENGTH, 3);
    assert_null(ring_get(&ring, RING_LENGTH + 10));
    assert_null(ring_get(&ring, 10 * RING_LENGTH - 1));
    ring_deinit(&ring);
}

static void test_late_samples(void **state)
{
    struct ring ring;

    (void)state;
    assert_int_equal(ring_init(&ring, 4), 0);
    put(&ring, 5000, 1);
    put(&ring, 4990, 2); /* not the newest, and not too old */
    assert_int_equal(get(&ring, 5000), 1);
    assert_int_equal(get(&ring, 4990), 2);
    assert_null(ring_put(&ring, 5000 - RING_LENGTH));
    assert_null(ring_put(&ring, 0));
    assert_non_null(ring_put(&ring, 5001 - RING_LENGTH));
    assert_null(ring_put(&ring, UINT64_MAX));
    assert_int_equal(get(&ring, 5000), 1);
    ring_deinit(&ring);
}

static void test_a_place_is_zeroed_once(void **state)
{
    struct ring ring;

    (void)state;
    assert_int_equal(ring_init(&ring, 4), 0);
    put(&ring, 1, 7);
    assert_int_equal(*(uint32_t *)ring_put(&ring, 1), 7);
    assert_int_equal(*(uint32_t *)ring_put(&ring, 1 + RING_LENGTH), 0);
    ring_deinit(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_known_at_first),
        cmocka_unit_test(test_the_last_round_is_kept),
        cmocka_unit_test(test_what_was_left_out_is_unknown),
        cmocka_unit_test(test_late_samples),
        cmocka_unit_test(test_a_place_is_zeroed_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

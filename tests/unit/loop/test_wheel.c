/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "loop/loop.h"
#include "loop/wheel.h"

#define START_NS (TIME_DAY + 12345)

/* A wheel needs no loop and no clock: the tests move the time. */
static struct wheel wheel;

struct shot {
    struct loop_timer timer;
    unsigned int fired;
    uint64_t fired_at_ns;
};

static void record_shot(struct loop_timer *timer)
{
    struct shot *shot = list_entry(timer, struct shot, timer);

    shot->fired++;
    shot->fired_at_ns = wheel.now_ns;
}

static void shot_init(struct shot *shot)
{
    *shot = (struct shot){0};
    loop_timer_init(&shot->timer, record_shot);
}

static int start(void **state)
{
    (void)state;
    wheel_init(&wheel, START_NS);
    return 0;
}

static void advance_to(uint64_t now_ns)
{
    wheel.now_ns = now_ns;
    wheel_advance(&wheel);
}

/* As a loop does that is never late: from one time at which the wheel wants to be asked to the
 * next. Returns how often it was. */
static size_t run_until(uint64_t end_ns)
{
    size_t count = 0;

    for (;;) {
        uint64_t next_ns = wheel_next_ns(&wheel);

        if (next_ns > end_ns)
            break;
        advance_to(next_ns > wheel.now_ns ? next_ns : wheel.now_ns);
        count++;
    }
    advance_to(end_ns);
    return count;
}

static void a_timer_fires_once_within_a_tick_and_never_early(void **state)
{
    static const uint64_t delays_ns[] = {
        1,
        999999,
        TIME_MILLISECOND,
        1500000,
        63 * TIME_MILLISECOND,
        64 * TIME_MILLISECOND,
        65 * TIME_MILLISECOND + 1,
        4095 * TIME_MILLISECOND,
        4096 * TIME_MILLISECOND,
        TIME_MINUTE,
        5 * TIME_MINUTE + 1,
        7 * TIME_HOUR,
        400 * TIME_DAY,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(delays_ns) / sizeof(delays_ns[0]); i++) {
        uint64_t deadline_ns = wheel.now_ns + delays_ns[i];
        struct shot shot;

        shot_init(&shot);
        wheel_set(&wheel, &shot.timer, deadline_ns);
        assert_true(loop_timer_is_set(&shot.timer));
        (void)run_until(deadline_ns - 1);
        assert_int_equal(shot.fired, 0);
        (void)run_until(deadline_ns + TIME_MILLISECOND - 1);
        assert_int_equal(shot.fired, 1);
        assert_false(loop_timer_is_set(&shot.timer));
        (void)run_until(deadline_ns + TIME_HOUR);
        assert_int_equal(shot.fired, 1);
    }
    assert_true(wheel_next_ns(&wheel) == TIME_FOREVER);
}

static void a_timer_fires_in_time_on_either_side_of_every_boundary(void **state)
{
    (void)state;
    for (unsigned int bits = 6; bits <= 42; bits += 6) {
        for (uint64_t i = 0; i < 25; i++) {
            uint64_t boundary_ns = (UINT64_C(1) << bits) * TIME_MILLISECOND;
            uint64_t deadline_ns = boundary_ns + i / 5 * TIME_MILLISECOND;
            struct shot shot;

            shot_init(&shot);
            wheel_init(&wheel, boundary_ns - (1 + i % 5) * TIME_MILLISECOND);
            wheel_set(&wheel, &shot.timer, deadline_ns);
            (void)run_until(deadline_ns + 10 * TIME_MILLISECOND);
            assert_int_equal(shot.fired, 1);
            assert_true(shot.fired_at_ns == deadline_ns);
        }
    }
}

static void a_deadline_that_has_passed_fires_in_the_next_advance(void **state)
{
    struct shot shots[3];

    (void)state;
    for (size_t i = 0; i < 3; i++)
        shot_init(&shots[i]);
    wheel_set(&wheel, &shots[0].timer, 0);
    wheel_set(&wheel, &shots[1].timer, START_NS);
    wheel_set(&wheel, &shots[2].timer, START_NS + 1);
    assert_true(wheel_next_ns(&wheel) <= START_NS);
    wheel_advance(&wheel);
    assert_int_equal(shots[0].fired, 1);
    assert_int_equal(shots[1].fired, 1);
    assert_int_equal(shots[2].fired, 0);
}

static void set_again_at_once(struct loop_timer *timer)
{
    record_shot(timer);
    wheel_set(&wheel, timer, wheel.now_ns);
}

static void a_timer_that_sets_itself_again_fires_once_an_advance(void **state)
{
    struct shot shot;

    (void)state;
    shot_init(&shot);
    shot.timer.expired = set_again_at_once;
    wheel_set(&wheel, &shot.timer, START_NS);
    for (unsigned int i = 1; i < 10; i++) {
        wheel_advance(&wheel);
        assert_int_equal(shot.fired, i);
    }
}

static void pushing_a_deadline_away_does_no_work_in_the_wheel(void **state)
{
    struct shot shot;
    uint64_t deadline_ns = 0;
    uint64_t stop_ns = START_NS + TIME_HOUR;

    (void)state;
    shot_init(&shot);
    wheel_set(&wheel, &shot.timer, START_NS + TIME_MINUTE);
    for (uint64_t i = 0; i < 100000; i++) {
        wheel.now_ns += 100 * TIME_MICROSECOND;
        deadline_ns = wheel.now_ns + TIME_MINUTE;
        wheel_set(&wheel, &shot.timer, deadline_ns);
    }
    assert_int_equal(wheel.placed_count, 1);

    /* An hour of a request every millisecond, in which the slot comes up now and then. */
    while (wheel.now_ns < stop_ns) {
        deadline_ns = wheel.now_ns + TIME_MINUTE;
        wheel_set(&wheel, &shot.timer, deadline_ns);
        advance_to(wheel.now_ns + TIME_MILLISECOND);
    }
    assert_int_equal(shot.fired, 0);
    assert_true(wheel.placed_count < 200);
    (void)run_until(deadline_ns - 1);
    assert_int_equal(shot.fired, 0);
    (void)run_until(deadline_ns + TIME_MILLISECOND);
    assert_int_equal(shot.fired, 1);
    assert_true(shot.fired_at_ns >= deadline_ns);
}

static void an_earlier_deadline_counts_at_once(void **state)
{
    struct shot shot;
    uint64_t deadline_ns = START_NS + 10 * TIME_MILLISECOND;

    (void)state;
    shot_init(&shot);
    wheel_set(&wheel, &shot.timer, START_NS + TIME_HOUR);
    wheel_set(&wheel, &shot.timer, START_NS + 2 * TIME_HOUR);
    wheel_set(&wheel, &shot.timer, deadline_ns);
    (void)run_until(deadline_ns - 1);
    assert_int_equal(shot.fired, 0);
    (void)run_until(deadline_ns + TIME_MILLISECOND - 1);
    assert_int_equal(shot.fired, 1);
    (void)run_until(START_NS + 3 * TIME_HOUR);
    assert_int_equal(shot.fired, 1);
}

static void a_timer_set_to_forever_never_fires_and_can_be_set_again(void **state)
{
    struct shot shot;

    (void)state;
    shot_init(&shot);
    wheel_set(&wheel, &shot.timer, TIME_FOREVER);
    assert_true(wheel_next_ns(&wheel) == TIME_FOREVER);
    wheel_set(&wheel, &shot.timer, START_NS + TIME_SECOND);
    wheel_set(&wheel, &shot.timer, TIME_FOREVER);
    assert_false(loop_timer_is_set(&shot.timer));
    wheel_set(&wheel, &shot.timer, START_NS + TIME_SECOND);
    assert_int_equal(wheel.placed_count, 1); /* it never left its slot */
    wheel_set(&wheel, &shot.timer, TIME_FOREVER);
    (void)run_until(START_NS + TIME_HOUR);
    assert_int_equal(shot.fired, 0);
    assert_true(wheel_next_ns(&wheel) == TIME_FOREVER);
    wheel_set(&wheel, &shot.timer, TIME_FOREVER - 1);
    wheel_set(&wheel, &shot.timer, wheel.now_ns + TIME_SECOND);
    (void)run_until(wheel.now_ns + 2 * TIME_SECOND);
    assert_int_equal(shot.fired, 1);
}

static void a_cancelled_timer_leaves_nothing_to_wait_for(void **state)
{
    struct shot *shot = malloc(sizeof(*shot));

    (void)state;
    assert_non_null(shot);
    shot_init(shot);
    loop_timer_cancel(&shot->timer);
    wheel_set(&wheel, &shot->timer, START_NS + TIME_SECOND);
    loop_timer_cancel(&shot->timer);
    assert_false(loop_timer_is_set(&shot->timer));
    wheel_set(&wheel, &shot->timer, START_NS);
    loop_timer_cancel(&shot->timer);
    free(shot);
    assert_true(wheel_next_ns(&wheel) == TIME_FOREVER);
    (void)run_until(START_NS + TIME_HOUR);
}

static struct shot *victim;

static void free_victim(struct loop_timer *timer)
{
    record_shot(timer);
    loop_timer_cancel(&victim->timer);
    free(victim);
}

static void a_timer_may_be_freed_by_another_that_comes_up_with_it(void **state)
{
    struct shot shot;

    (void)state;
    victim = malloc(sizeof(*victim));
    assert_non_null(victim);
    shot_init(&shot);
    shot_init(victim);
    shot.timer.expired = free_victim;
    wheel_set(&wheel, &shot.timer, START_NS + TIME_SECOND);
    wheel_set(&wheel, &victim->timer, START_NS + TIME_SECOND);
    (void)run_until(START_NS + 2 * TIME_SECOND);
    assert_int_equal(shot.fired, 1);
    assert_int_equal(wheel.fired_count, 1);
}

static void one_advance_looks_at_so_many_timers_and_the_next_goes_on(void **state)
{
    size_t count = 2 * WHEEL_ADVANCE_MAX + 100;
    struct shot *shots = calloc(count, sizeof(*shots));
    struct shot later;

    (void)state;
    assert_non_null(shots);
    for (size_t i = 0; i < count; i++) {
        shot_init(&shots[i]);
        wheel_set(&wheel, &shots[i].timer, START_NS + TIME_MILLISECOND);
    }
    shot_init(&later);
    wheel_set(&wheel, &later.timer, START_NS + 2 * TIME_MILLISECOND);

    advance_to(START_NS + 4 * TIME_MILLISECOND);
    assert_int_equal(wheel.fired_count, WHEEL_ADVANCE_MAX);
    assert_true(wheel_next_ns(&wheel) <= wheel.now_ns);
    /* Those left over may still be moved, cancelled, or joined by late ones. */
    loop_timer_cancel(&shots[count - 1].timer);
    wheel_set(&wheel, &shots[count - 2].timer, START_NS + TIME_SECOND);
    wheel_set(&wheel, &shots[0].timer, START_NS);
    wheel_advance(&wheel);
    assert_int_equal(wheel.fired_count, 2 * WHEEL_ADVANCE_MAX);
    assert_int_equal(later.fired, 0);
    wheel_advance(&wheel);
    assert_int_equal(wheel.fired_count, count);
    assert_int_equal(later.fired, 1);
    assert_int_equal(shots[0].fired, 2);
    assert_int_equal(shots[count - 1].fired + shots[count - 2].fired, 0);
    (void)run_until(START_NS + 2 * TIME_SECOND);
    assert_int_equal(shots[count - 2].fired, 1);
    free(shots);
}

static void a_million_timers_move_but_a_few_times_each(void **state)
{
    enum {
        MILLION = 1000000
    };
    struct shot *shots = calloc(MILLION, sizeof(*shots));
    uint64_t random = 1;

    (void)state;
    assert_non_null(shots);
    for (size_t i = 0; i < MILLION; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        shot_init(&shots[i]);
        wheel_set(&wheel, &shots[i].timer, START_NS + (random >> 20) % TIME_HOUR);
        wheel_set(&wheel, &shots[i].timer, shots[i].timer.deadline_ns + TIME_SECOND);
        wheel_set(&wheel, &shots[i].timer, shots[i].timer.deadline_ns + TIME_HOUR);
    }
    assert_int_equal(wheel.placed_count, MILLION);
    (void)run_until(START_NS + 3 * TIME_HOUR);
    for (size_t i = 0; i < MILLION; i++) {
        assert_int_equal(shots[i].fired, 1);
        assert_true(shots[i].fired_at_ns >= shots[i].timer.deadline_ns);
        assert_true(shots[i].fired_at_ns < shots[i].timer.deadline_ns + TIME_MILLISECOND);
    }
    assert_true(wheel.placed_count < UINT64_C(6) * MILLION);
    free(shots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_timer_fires_once_within_a_tick_and_never_early, start),
        cmocka_unit_test(a_timer_fires_in_time_on_either_side_of_every_boundary),
        cmocka_unit_test_setup(a_deadline_that_has_passed_fires_in_the_next_advance, start),
        cmocka_unit_test_setup(a_timer_that_sets_itself_again_fires_once_an_advance, start),
        cmocka_unit_test_setup(pushing_a_deadline_away_does_no_work_in_the_wheel, start),
        cmocka_unit_test_setup(an_earlier_deadline_counts_at_once, start),
        cmocka_unit_test_setup(a_timer_set_to_forever_never_fires_and_can_be_set_again, start),
        cmocka_unit_test_setup(a_cancelled_timer_leaves_nothing_to_wait_for, start),
        cmocka_unit_test_setup(a_timer_may_be_freed_by_another_that_comes_up_with_it, start),
        cmocka_unit_test_setup(one_advance_looks_at_so_many_timers_and_the_next_goes_on, start),
        cmocka_unit_test_setup(a_million_timers_move_but_a_few_times_each, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anything that can be done to timers, at random, against a plain list of deadlines. A failure
 * prints the seed that repeats it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loop/loop.h"
#include "loop/wheel.h"

static struct wheel wheel;

enum {
    MODEL_TIMERS = 100,
    MODEL_STEPS = 300,
    MODEL_SEEDS = 200,
};

struct model_timer {
    struct loop_timer timer;
    uint64_t deadline_ns; /* TIME_FOREVER: not set */
    uint64_t set_in;      /* the number of the advance that ran; 0 when none did */
    uint64_t set_at_ns;
    bool was_late;     /* when it was set */
    uint64_t fired_in; /* the number of the advance, and how often again in the same */
    unsigned int fired_again;
};

static struct model {
    uint64_t seed;
    uint64_t random;
    uint64_t advance_number;
    uint64_t last_tick; /* of those that fired in this advance */
    bool is_advancing;
    size_t fired;
    struct model_timer timers[MODEL_TIMERS];
} model;

#define model_check(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error("seed %ju, advance %ju\n", (uintmax_t)model.seed,                          \
                        (uintmax_t)model.advance_number);                                          \
            assert_true(condition);                                                                \
        }                                                                                          \
    } while (0)

static uint64_t model_random(uint64_t limit)
{
    uint64_t mixed = model.random += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return (mixed ^ mixed >> 31) % limit;
}

/* As many short ones as long ones, from nanoseconds to hours, some of them round. */
static uint64_t model_duration_ns(void)
{
    uint64_t duration_ns = model_random(UINT64_C(1) << model_random(45));

    return model_random(3) == 0 ? duration_ns / TIME_MILLISECOND * TIME_MILLISECOND : duration_ns;
}

static uint64_t model_deadline_ns(void)
{
    switch (model_random(8)) {
    case 0:
        return wheel.now_ns;
    case 1:
        return time_subtract(wheel.now_ns, model_duration_ns());
    case 2:
        return TIME_FOREVER;
    case 3: /* exactly on a tick */
        return (wheel.now_ns + model_duration_ns()) / TIME_MILLISECOND * TIME_MILLISECOND;
    default:
        return wheel.now_ns + model_duration_ns();
    }
}

static void model_change(struct model_timer *timer)
{
    if (model_random(5) == 0) {
        loop_timer_cancel(&timer->timer);
        timer->deadline_ns = TIME_FOREVER;
        return;
    }
    timer->deadline_ns = model_deadline_ns();
    timer->was_late = timer->deadline_ns <= wheel.now_ns;
    timer->set_at_ns = wheel.now_ns;
    timer->set_in = model.is_advancing ? model.advance_number : 0;
    wheel_set(&wheel, &timer->timer, timer->deadline_ns);
    model_check(loop_timer_is_set(&timer->timer) == (timer->deadline_ns != TIME_FOREVER));
}

static uint64_t tick_of(uint64_t deadline_ns)
{
    return deadline_ns / TIME_MILLISECOND + (deadline_ns % TIME_MILLISECOND != 0);
}

static void model_expired(struct loop_timer *expired)
{
    struct model_timer *timer = list_entry(expired, struct model_timer, timer);
    uint64_t tick = tick_of(timer->deadline_ns);

    model_check(model.is_advancing);
    model_check(timer->deadline_ns == expired->deadline_ns);
    model_check(timer->deadline_ns <= wheel.now_ns);
    model_check(timer->fired_in != model.advance_number || ++timer->fired_again == 1);
    if (timer->fired_in != model.advance_number)
        timer->fired_again = 0;
    timer->fired_in = model.advance_number;
    if (!timer->was_late) {
        model_check(tick >= model.last_tick);
        model.last_tick = tick;
    }
    timer->deadline_ns = TIME_FOREVER;
    model.fired++;
    for (uint64_t i = model_random(3); i > 0; i--)
        model_change(&model.timers[model_random(MODEL_TIMERS)]);
    if (model_random(2) == 0)
        model_change(timer);
}

static void model_advance(uint64_t now_ns)
{
    model.advance_number++;
    model.last_tick = 0;
    model.is_advancing = true;
    wheel.now_ns = now_ns;
    wheel_advance(&wheel);
    model.is_advancing = false;

    for (size_t i = 0; i < MODEL_TIMERS; i++) {
        struct model_timer *timer = &model.timers[i];
        uint64_t from_ns = timer->was_late ? timer->set_at_ns : timer->deadline_ns;
        uint64_t tick_ns = tick_of(from_ns) * TIME_MILLISECOND;

        if (timer->deadline_ns == TIME_FOREVER)
            continue;
        /* Whoever was set before has fired if its tick is over. */
        if (timer->set_in != model.advance_number)
            model_check(tick_ns > wheel.now_ns);
        /* And whoever asks the wheel when to come back does not come too late. */
        model_check(wheel_next_ns(&wheel) <= tick_ns);
    }
}

static void model_step(void)
{
    uint64_t next_ns = wheel_next_ns(&wheel);

    for (uint64_t i = model_random(8); i > 0; i--)
        model_change(&model.timers[model_random(MODEL_TIMERS)]);
    switch (model_random(4)) {
    case 0:
        model_advance(wheel.now_ns + model_random(2 * TIME_MILLISECOND));
        break;
    case 1:
        model_advance(wheel.now_ns + model_duration_ns());
        break;
    default:
        if (next_ns < wheel.now_ns || next_ns == TIME_FOREVER)
            next_ns = wheel.now_ns;
        model_advance(next_ns);
        break;
    }
}

static void any_use_agrees_with_a_plain_list_of_deadlines(void **state)
{
    size_t fired = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= MODEL_SEEDS; seed++) {
        model = (struct model){.seed = seed, .random = seed};
        wheel_init(&wheel, model_random(UINT64_C(1) << model_random(50)));
        for (size_t i = 0; i < MODEL_TIMERS; i++) {
            loop_timer_init(&model.timers[i].timer, model_expired);
            model.timers[i].deadline_ns = TIME_FOREVER;
        }
        for (size_t step = 0; step < MODEL_STEPS; step++)
            model_step();
        fired += model.fired;
    }
    assert_true(fired > (size_t)MODEL_SEEDS * 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_use_agrees_with_a_plain_list_of_deadlines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

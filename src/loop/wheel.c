/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/wheel.h"

#define WHEEL_SLOT_MASK ((uint64_t)WHEEL_SLOT_COUNT - 1)

/* So late that its tick would not fit: some 584 years. */
#define WHEEL_DEADLINE_MAX (TIME_FOREVER - 2 * WHEEL_TICK_NS)

void wheel_init(struct wheel *wheel, uint64_t now_ns)
{
    *wheel = (struct wheel){.now_ns = now_ns, .tick = now_ns / WHEEL_TICK_NS};
    list_init(&wheel->due);
    list_init(&wheel->firing);
    for (unsigned int level = 0; level < WHEEL_LEVEL_COUNT; level++) {
        for (unsigned int slot = 0; slot < WHEEL_SLOT_COUNT; slot++)
            list_init(&wheel->levels[level].slots[slot]);
    }
}

/* The deadline is later than the current tick. */
static void wheel_put_into_slot(struct wheel *wheel, struct loop_timer *timer)
{
    uint64_t tick = (timer->deadline_ns - 1) / WHEEL_TICK_NS + 1;
    unsigned int highest_bit = 63 - (unsigned int)__builtin_clzll(tick ^ wheel->tick);
    unsigned int level = highest_bit / WHEEL_SLOT_BITS;
    unsigned int shift = level * WHEEL_SLOT_BITS;
    unsigned int slot = (unsigned int)(tick >> shift & WHEEL_SLOT_MASK);

    wheel->placed_count++;
    timer->slot_after_ns = ((tick >> shift << shift) - 1) * WHEEL_TICK_NS;
    list_append(&wheel->levels[level].slots[slot], &timer->link);
    wheel->levels[level].occupied |= UINT64_C(1) << slot;
    wheel->levels_in_use |= UINT32_C(1) << level;
}

void wheel_place(struct wheel *wheel, struct loop_timer *timer)
{
    list_remove(&timer->link);
    timer->slot_after_ns = TIME_FOREVER;
    if (timer->deadline_ns <= wheel->now_ns)
        list_append(&wheel->due, &timer->link);
    else if (timer->deadline_ns <= WHEEL_DEADLINE_MAX)
        wheel_put_into_slot(wheel, timer);
}

/* The slot that comes up next and its tick; NULL where no timer is in a slot. */
static struct list_head *wheel_next_slot(struct wheel *wheel, uint64_t *ret_tick)
{
    while (wheel->levels_in_use != 0) {
        unsigned int number = (unsigned int)__builtin_ctz(wheel->levels_in_use);
        unsigned int shift = number * WHEEL_SLOT_BITS;
        struct wheel_level *level = &wheel->levels[number];

        while (level->occupied != 0) {
            unsigned int slot = (unsigned int)__builtin_ctzll(level->occupied);

            if (!list_is_empty(&level->slots[slot])) {
                uint64_t above = wheel->tick >> shift >> WHEEL_SLOT_BITS << WHEEL_SLOT_BITS;

                *ret_tick = (above | slot) << shift;
                return &level->slots[slot];
            }
            level->occupied &= level->occupied - 1;
        }
        wheel->levels_in_use &= wheel->levels_in_use - 1;
    }
    return NULL;
}

/* Takes the timers out of the next slot that has come up; false when there is none any more. */
static bool wheel_take_slot(struct wheel *wheel)
{
    uint64_t now_tick = wheel->now_ns / WHEEL_TICK_NS;
    uint64_t tick = 0;
    struct list_head *slot = wheel_next_slot(wheel, &tick);

    if (slot == NULL || tick > now_tick) {
        wheel->tick = now_tick;
        return false;
    }
    wheel->tick = tick;
    list_append_all(&wheel->firing, slot);
    return true;
}

/* Those that came up and are not due by the limit were moved since, or come from a wide slot. */
static void wheel_fire(struct wheel *wheel, uint64_t limit_ns, unsigned int *budget)
{
    struct loop_timer *timer;

    while (*budget > 0 && (timer = list_first(&wheel->firing, struct loop_timer, link)) != NULL) {
        --*budget;
        list_remove(&timer->link);
        timer->slot_after_ns = TIME_FOREVER;
        if (timer->deadline_ns <= limit_ns) {
            wheel->fired_count++;
            timer->expired(timer);
        } else if (timer->deadline_ns <= WHEEL_DEADLINE_MAX) {
            wheel_put_into_slot(wheel, timer);
        }
    }
}

void wheel_advance(struct wheel *wheel)
{
    unsigned int budget = WHEEL_ADVANCE_MAX;

    /* What the last call left over stays in front of what comes up now. */
    wheel_fire(wheel, wheel->tick * WHEEL_TICK_NS, &budget);
    if (budget == 0)
        return;
    list_append_all(&wheel->firing, &wheel->due);
    wheel_fire(wheel, wheel->now_ns, &budget);
    while (budget > 0 && wheel_take_slot(wheel))
        wheel_fire(wheel, wheel->tick * WHEEL_TICK_NS, &budget);
}

uint64_t wheel_next_ns(struct wheel *wheel)
{
    uint64_t tick = 0;

    if (!list_is_empty(&wheel->due) || !list_is_empty(&wheel->firing))
        return 0;
    return wheel_next_slot(wheel, &tick) == NULL ? TIME_FOREVER : tick * WHEEL_TICK_NS;
}

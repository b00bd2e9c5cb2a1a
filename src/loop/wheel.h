/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers on a hierarchical wheel, under a clock that the caller moves. A timer is a member of what
 * it times and owns nothing; its owner cancels it before it goes. Setting and cancelling cost the
 * same whatever the number of timers.
 *
 * A timer never fires before its deadline, and fires in the first wheel_advance() after the end of
 * the millisecond (the tick) that its deadline is in, or the present where the deadline has passed
 * when it is set; one that sets itself again and again keeps nobody waiting.
 *
 * Level 0 has a slot for each tick up to the next multiple of 64; level 1 one for each 64 ticks up
 * to the next multiple of 64 * 64, and so on. A timer is in the slot of the highest group of six
 * bits in which its tick differs from the current one. When the clock reaches the slot, its timers
 * come up: they fire, or move down to where they differ now. Two things follow. The next slot to
 * come up is the first of the lowest level that has any. And a deadline pushed past the time at
 * which the timer's slot comes up needs no move: it is looked at then. So a time-out that moves
 * with every request costs one store each time.
 *
 * Users see struct loop_timer and the loop_timer_ functions of loop/loop.h; the rest is for it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/time.h"

#define WHEEL_TICK_NS     TIME_MILLISECOND
#define WHEEL_SLOT_BITS   6
#define WHEEL_SLOT_COUNT  64
#define WHEEL_LEVEL_COUNT 8 /* every tick that 64 bits of nanoseconds can name */

/* How many timers one wheel_advance() looks at: a million that come up together must not keep the
 * descriptors waiting. The rest come up in the next one, in order. */
#define WHEEL_ADVANCE_MAX 4096

struct loop_timer {
    struct list_head link;
    void (*expired)(struct loop_timer *timer);
    uint64_t deadline_ns;
    uint64_t slot_after_ns; /* its slot is early enough for any deadline after this */
};

struct wheel_level {
    uint64_t occupied; /* by slot; a bit may be left behind by a timer that was cancelled */
    struct list_head slots[WHEEL_SLOT_COUNT];
};

struct wheel {
    uint64_t now_ns;
    uint64_t tick;           /* every slot up to here has come up */
    uint32_t levels_in_use;  /* by level, as in occupied */
    struct list_head due;    /* set when it was too late already: for the next wheel_advance() */
    struct list_head firing; /* out of the slot that came up last */
    uint64_t placed_count;   /* how often a timer was put into a slot, and how many fired */
    uint64_t fired_count;
    struct wheel_level levels[WHEEL_LEVEL_COUNT];
};

void wheel_init(struct wheel *wheel, uint64_t now_ns);

/* Moves the timer to where its deadline belongs; with TIME_FOREVER, out of the wheel. */
void wheel_place(struct wheel *wheel, struct loop_timer *timer);

/* Fires what is due at now_ns. */
void wheel_advance(struct wheel *wheel);

/* When wheel_advance() has something to do next, which may be but moving timers; TIME_FOREVER where
 * there are none, and a time that has passed where it left some over. */
uint64_t wheel_next_ns(struct wheel *wheel);

static inline void wheel_set(struct wheel *wheel, struct loop_timer *timer, uint64_t deadline_ns)
{
    timer->deadline_ns = deadline_ns;
    if (deadline_ns <= timer->slot_after_ns)
        wheel_place(wheel, timer);
}

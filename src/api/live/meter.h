/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the edge's counters and the states of targets say from one look to the next. All of it is
 * the loop's; it only reads memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/target_state.h"
#include "watch/counts.h"

struct control;
struct strbuf;

struct meter_item {
    uint64_t id;
    enum state_kind kind;
    uint32_t group, number; /* of a target that is configured */
    bool is_leaving;        /* a target that is not, */
    bool is_shown;          /* and still has something to finish */
    bool was_zero;
    bool has_changed; /* the target's state, this time */
    bool has_gone;    /* it was shown before, and has finished */
    struct counts_base base;
    enum target_state_kind state;
    enum state_reason reason;
    uint32_t weight;
};

struct meter {
    struct meter_item *items;
    size_t count;
    uint64_t generation;
    uint64_t taken_ns; /* monotonic; 0: never */
    bool has_changes;  /* of targets */
};

/* Takes what there is. The rates since the last time go to the text, as "rates" has them; it stays
 * empty the first time. 0 or -ENOMEM. */
int meter_take(struct meter *meter, const struct control *control, uint64_t now_ns,
               struct strbuf *text);
void meter_deinit(struct meter *meter);

/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the prober: prober.c knows when to check what, prober_health.c what the
 * outcome means. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/time.h"
#include "edge/group.h"
#include "edge/probe.h"
#include "loop/loop.h"

/* Between two checks of a target that is new, at most. */
#define PROBER_SOON_NS (500 * TIME_MILLISECOND)

struct prober {
    struct loop *loop;
    void (*changed)(void *context, struct group *group);
    void *context;
    const struct snapshot *snapshot;
    struct check **checks; /* by slot of the state file */
    struct list_head all;
    struct list_head waiting; /* for one that is under way to end */
    uint32_t running_count;
    uint32_t update; /* the number of the last */
    bool has_begun;  /* there was one before: what is new now was not there then */
    uint64_t random;
};

/* A target as it is checked. */
struct check {
    struct list_head link;
    struct list_head waiting;
    struct loop_timer timer; /* until the next */
    struct prober *prober;
    struct probe *probe; /* NULL: none is under way */
    uint64_t id;
    uint32_t slot;
    uint32_t update; /* the last one that had it */
    const struct target *target;
    struct group *group;
    const struct snapshot_health *health;
    uint32_t slow_start_ms;
    bool is_new;
    bool is_checked;
    bool skips_slow_start; /* when it becomes healthy the next time */
    bool is_starting;      /* new, and has not been healthy yet */
    uint8_t later_count;   /* while it is starting: how often the next check came later */
    uint64_t first_ns;     /* when it was checked first since it is new; 0: it was not */
    /* As it was planned last. */
    uint32_t protocol;
    uint32_t interval_ms;
    union os_address address;
    socklen_t address_size;
    uint64_t started_ns;
};

void prober_start_waiting(struct prober *prober);

/* prober_health.c */

/* Counts the outcome and changes the target's health by it. */
void check_apply(struct check *check, const struct probe_outcome *outcome);

/* Begins anew: nothing is known. */
void check_reset(struct check *check);

/* Does nothing where it says that already. */
void check_set_health(struct check *check, enum state_health health, enum state_reason reason);
void check_enter_slow_start(struct check *check);

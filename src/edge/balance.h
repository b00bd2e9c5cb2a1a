/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who of a group gets the next request. Each thread keeps one of these for each group that it
 * forwards to: what it worked out from the group's view and the state file, made anew when the
 * group's version says that something has changed. So choosing asks nobody and allocates nothing;
 * turns alone are shared by all threads, which makes round robin exact over all of them.
 *
 * Who may get a request: targets that are enabled, healthy or not checked, not ejected, of a known
 * address and of a weight above 0. Where there is none, all that have failed, in checks or by
 * ejection, and are enabled, of a known address and of a weight above 0 get them (fail-open). A
 * target whose first checks are not over gets nothing either way. So a group of new targets alone
 * has nobody, and its caller waits a moment or answers 503.
 *
 * Weights are configured or the operator's, from 0 to 999, times BALANCE_WEIGHT_UNIT; in slow start
 * they grow from nearly nothing to the whole in a straight line, in steps of 100 ms.
 *
 * round_robin: strict turns; by unequal weights, turns that are spread as evenly as can be, and
 * exact over a period where weights have a common one of up to 4096 turns.
 *
 * least_outstanding: the fewest requests in flight by weight, of all edges and threads; those that
 * are equal in turns. In groups of more than 64, of 16 taken by chance.
 *
 * weighted_random: by chance.
 *
 * hash: a ring, so that who comes or goes moves only its own share. A target that has more than
 * 1.25 of its share of what is in flight, and four, is passed over for the next on the ring. Slow
 * start counts for that bound, not for the ring. A request without a key goes anywhere.
 *
 * A balance belongs to one thread. It points at the view and its targets, and owns its memory. The
 * view must stay valid until the next refresh with another or balance_deinit(). Whoever puts a view
 * in the place of another must have called group_changed(), and a new group's version must not be
 * one that an earlier group at its place had: count them on over all groups.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge/balance_ring.h"
#include "edge/group.h"

#define BALANCE_WEIGHT_UNIT 256

struct balance_entry {
    struct target *target;
    uint32_t weight; /* never 0 */
    uint64_t end;    /* of its part of all weights; it begins where that of the one before ends */
};

/* All of it is the balance's own but for what is marked. */
struct balance {
    const struct group_view *view;
    uint64_t valid_until_ns;
    uint64_t group_id;
    uint32_t version;
    bool is_fail_open; /* to be read: nobody is healthy, and requests go where they may fail */
    bool has_initial;  /* to be read: there are targets that wait for their first check */
    uint32_t count;    /* to be read: how many may get a request */
    uint32_t capacity;
    uint32_t turn_count; /* of turns; 0: by stride */
    uint32_t total_age;  /* requests since the load was added up */
    uint64_t weight_total;
    uint64_t period; /* after which turns come again, and how far each is from the last */
    uint64_t stride;
    uint64_t load_total;
    struct balance_entry *entries; /* to be read: in the order of the view */
    uint16_t *turns;
    struct balance_ring ring;
};

struct balance_request {
    uint64_t key_hash;              /* for ROUTE_ALGORITHM_HASH */
    uint64_t random;                /* a new one for each choice */
    const uint32_t *excluded_slots; /* of targets that were tried already */
    uint32_t excluded_count;
    bool has_key;
};

void balance_init(struct balance *balance);
void balance_deinit(struct balance *balance);

/* One load and two comparisons where nothing has changed. 0, or -ENOMEM, after which there is
 * nobody to choose and the next refresh tries again. */
int balance_refresh(struct balance *balance, const struct group_view *view, uint64_t now_ns);

/* NULL where nobody may get a request. One that is excluded is chosen only where there is no other.
 * The state is where requests in flight are counted: `active` of all lanes. */
struct target *balance_pick(struct balance *balance, const struct state *state,
                            const struct balance_request *request);

/* The target of that id where it may get a request; NULL otherwise. For stickiness. */
struct target *balance_find(const struct balance *balance, uint64_t target_id);

/* Whether the view's target of that position may get requests while there is no fail-open. From any
 * thread. */
bool balance_may_get(const struct group_view *view, uint32_t position, uint64_t now_ns);

/* Requests in flight to a target, of all edges and threads. */
static inline uint64_t balance_outstanding(const struct state *state, const struct target *target)
{
    uint64_t sum = 0;

    if (target->slot >= STATE_SLOT_COUNT)
        return 0;
    for (uint32_t lane = 0; lane < STATE_BANK_COUNT * state->threads_max; lane++)
        sum += __atomic_load_n(&state_counters_of(state, lane, target->slot)->active,
                               __ATOMIC_RELAXED);
    return sum;
}

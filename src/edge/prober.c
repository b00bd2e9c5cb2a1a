/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/prober.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/time.h"
#include "edge/balance.h"
#include "edge/probe.h"
#include "edge/prober_priv.h"
#include "os/os.h"

enum {
    STARTING_SHARE = 5 /* of the interval, after which a target that never passed is asked again */
};

int prober_new(struct loop *loop, void (*changed)(void *context, struct group *group),
               void *context, struct prober **ret_prober)
{
    struct prober *prober = calloc(1, sizeof(*prober));

    if (prober == NULL)
        return -ENOMEM;
    prober->checks = calloc(STATE_SLOT_COUNT, sizeof(*prober->checks));
    if (prober->checks == NULL) {
        free(prober);
        return -ENOMEM;
    }
    prober->loop = loop;
    prober->changed = changed;
    prober->context = context;
    list_init(&prober->all);
    list_init(&prober->waiting);
    prober->random = os_monotonic_time_ns();
    *ret_prober = prober;
    return 0;
}

/*
 * Turns
 */

/* Numbers that need not be good. */
static uint64_t prober_random_below(struct prober *prober, uint64_t limit)
{
    prober->random = prober->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return limit > 0 ? (prober->random >> 16) % limit : 0;
}

static void check_plan(struct check *check, uint64_t after_ns)
{
    loop_timer_set_after(check->prober->loop, &check->timer, after_ns);
}

/* A target that has never passed is waited for: it is asked again soon, and once it was found
 * unhealthy later each time, until it is asked as often as others. */
static uint64_t check_interval_ns(struct check *check)
{
    const struct state_slot *slot = check->target->state;
    uint64_t interval_ns = time_from_milliseconds(check->health->interval_ms);
    uint64_t soon_ns = interval_ns < PROBER_SOON_NS ? interval_ns : PROBER_SOON_NS;
    uint64_t later_ns;

    if (!check->is_starting)
        return interval_ns;
    if (atomic_load_explicit(&slot->health, memory_order_relaxed) == STATE_HEALTH_INITIAL ||
        atomic_load_explicit(&slot->passes, memory_order_relaxed) > 0)
        return soon_ns;
    later_ns = interval_ns / STARTING_SHARE << check->later_count;
    if (later_ns >= interval_ns)
        return interval_ns;
    check->later_count++;
    return later_ns > soon_ns ? later_ns : soon_ns;
}

/* The next one, at its interval from the beginning of the last. */
static void check_plan_next(struct check *check)
{
    struct prober *prober = check->prober;
    uint64_t interval_ns = check_interval_ns(check);
    uint64_t spread_ns = interval_ns / 10;
    uint64_t next_ns = time_add(check->started_ns, interval_ns - spread_ns / 2 +
                                                       prober_random_below(prober, spread_ns));

    check_plan(check, time_subtract(next_ns, loop_now_ns(prober->loop)));
}

static void check_ended(void *context, const struct probe_outcome *outcome)
{
    struct check *check = context;
    struct prober *prober = check->prober;

    check->probe = NULL;
    prober->running_count--;
    check_apply(check, outcome);
    check_plan_next(check);
    prober_start_waiting(prober);
}

static void check_start(struct check *check)
{
    struct prober *prober = check->prober;
    const struct target *target = check->target;
    struct probe_outcome outcome;
    struct probe_request request = {
        .address = &target->address,
        .address_size = target->address_size,
        .host = target->family == ROUTE_FAMILY_UNIX ? NULL : target->text,
        .path = check->health->protocol == ROUTE_HEALTH_HTTP
                    ? snapshot_text(prober->snapshot, check->health->path)
                    : NULL,
        .timeout_ns = time_from_milliseconds(check->health->timeout_ms),
        .done = check_ended,
        .context = check,
    };

    check->started_ns = loop_now_ns(prober->loop);
    if (check->first_ns == 0)
        check->first_ns = check->started_ns;
    check->probe = probe_start(prober->loop, &request, &outcome);
    if (check->probe != NULL) {
        prober->running_count++;
        return;
    }
    check_apply(check, &outcome);
    check_plan_next(check);
}

void prober_start_waiting(struct prober *prober)
{
    struct check *check;

    while (prober->running_count < PROBER_RUNNING_MAX &&
           (check = list_first(&prober->waiting, struct check, waiting)) != NULL) {
        list_remove(&check->waiting);
        check_start(check);
    }
}

static void check_is_due(struct loop_timer *timer)
{
    struct check *check = list_entry(timer, struct check, timer);

    if (check->prober->running_count < PROBER_RUNNING_MAX)
        check_start(check);
    else
        list_append(&check->prober->waiting, &check->waiting);
}

static void check_stop(struct check *check)
{
    loop_timer_cancel(&check->timer);
    list_remove(&check->waiting);
    if (check->probe != NULL) {
        check->probe = probe_cancel(check->probe);
        check->prober->running_count--;
    }
}

static void check_free(struct check *check)
{
    check_stop(check);
    list_remove(&check->link);
    if (check->prober->checks[check->slot] == check)
        check->prober->checks[check->slot] = NULL;
    free(check);
}

/*
 * Configuration
 */

static struct check *check_new(struct prober *prober, const struct target *target)
{
    struct check *check = calloc(1, sizeof(*check));

    if (check == NULL)
        return NULL;
    check->prober = prober;
    check->id = target->id;
    check->slot = target->slot;
    check->is_new = true;
    list_init(&check->waiting);
    loop_timer_init(&check->timer, check_is_due);
    list_append(&prober->all, &check->link);
    prober->checks[target->slot] = check;
    return check;
}

static bool check_has_address(const struct check *check, const struct target *target)
{
    return check->address_size == target->address_size &&
           memcmp(&check->address, &target->address, target->address_size) == 0;
}

/* What the target's slot shall say before it is checked. Returns whether it is to be taken for
 * new. */
static bool check_take_over(struct check *check)
{
    const struct target *target = check->target;
    struct state_slot *slot = target->state;
    bool was_retired = atomic_exchange_explicit(&slot->retired_at_ns, 0, memory_order_relaxed) != 0;
    uint32_t health = atomic_load_explicit(&slot->health, memory_order_relaxed);
    bool was_unresolved =
        atomic_load_explicit(&slot->reason, memory_order_relaxed) == STATE_REASON_UNRESOLVED;
    bool is_reset = was_retired || was_unresolved || (check->is_new && check->prober->has_begun) ||
                    (!check->is_new && !check_has_address(check, target));

    if (target->family == ROUTE_FAMILY_NONE) {
        check_set_health(check, STATE_HEALTH_UNHEALTHY, STATE_REASON_UNRESOLVED);
        return false;
    }
    if (check->health->protocol == ROUTE_HEALTH_NONE) {
        if (is_reset)
            check_enter_slow_start(check);
        check_set_health(check, STATE_HEALTH_UNCHECKED, STATE_REASON_NO_CHECK);
        return false;
    }
    if (is_reset || health == STATE_HEALTH_INITIAL || health >= STATE_HEALTH_COUNT) {
        check_reset(check);
        return true;
    }
    if (health == STATE_HEALTH_UNCHECKED)
        check_set_health(check, STATE_HEALTH_HEALTHY, STATE_REASON_PASSED);
    return false;
}

/* Lets a check that goes on go on; begins or ends it where it must. */
static void check_schedule(struct check *check, bool is_to_be_checked_now)
{
    const struct target *target = check->target;
    bool is_checked =
        check->health->protocol != ROUTE_HEALTH_NONE && target->family != ROUTE_FAMILY_NONE;
    bool goes_on = is_checked && check->is_checked && check_has_address(check, target) &&
                   check->interval_ms == check->health->interval_ms &&
                   check->protocol == check->health->protocol;

    check->is_checked = is_checked;
    check->protocol = check->health->protocol;
    check->interval_ms = check->health->interval_ms;
    check->address_size = target->address_size;
    memcpy(&check->address, &target->address, target->address_size);
    if (goes_on && !is_to_be_checked_now)
        return;
    check_stop(check);
    if (!is_checked)
        return;
    if (is_to_be_checked_now)
        check_plan(check, 0);
    else
        check_plan(check, prober_random_below(check->prober, check_interval_ns(check)));
}

/* It may get requests, and came from another group, where it may have got none. */
static void check_came_over(struct check *check)
{
    uint32_t health = atomic_load_explicit(&check->target->state->health, memory_order_relaxed);

    if (health == STATE_HEALTH_HEALTHY || health == STATE_HEALTH_UNCHECKED)
        check_enter_slow_start(check);
}

static int prober_take_target(struct prober *prober, const struct group_view *view,
                              uint32_t position, bool group_is_empty)
{
    struct target *target = view->targets[position];
    struct check *check = prober->checks[target->slot];
    bool is_to_be_checked_now;
    bool has_moved;

    if (check != NULL && check->id != target->id) {
        check_free(check);
        check = NULL;
    }
    if (check == NULL)
        check = check_new(prober, target);
    if (check == NULL)
        return -ENOMEM;
    has_moved = check->group != NULL && check->group != view->group;
    check->update = prober->update;
    check->target = target;
    check->group = view->group;
    check->health = &view->config->health;
    check->slow_start_ms = view->config->slow_start_ms;
    /* Of the first into a group that has nobody. */
    if (group_is_empty)
        check->skips_slow_start = true;
    is_to_be_checked_now = check_take_over(check);
    if (has_moved)
        check_came_over(check);
    check_schedule(check, is_to_be_checked_now);
    check->is_new = false;
    return 0;
}

/* Whether what the target's slot says is said of this target, as one of the group. */
static bool prober_knows(const struct prober *prober, const struct target *target,
                         const struct group *group)
{
    const struct check *check = prober->checks[target->slot];

    if (atomic_load_explicit(&target->state->retired_at_ns, memory_order_relaxed) != 0)
        return false;
    return check != NULL ? check->id == target->id && check->group == group : !prober->has_begun;
}

static bool prober_group_is_empty(const struct prober *prober, const struct group_view *view,
                                  uint64_t now_ns)
{
    for (uint32_t i = 0; i < view->count; i++) {
        if (prober_knows(prober, view->targets[i], view->group) && balance_may_get(view, i, now_ns))
            return false;
    }
    return true;
}

int prober_update(struct prober *prober, const struct snapshot *snapshot,
                  const struct group_view *views, uint32_t count)
{
    uint64_t now_ns = loop_now_refresh(prober->loop);
    struct check *check;
    int result = 0;

    prober->snapshot = snapshot;
    prober->update++;
    for (uint32_t i = 0; i < count; i++) {
        bool is_empty = prober_group_is_empty(prober, &views[i], now_ns);

        for (uint32_t j = 0; j < views[i].count; j++) {
            int r = prober_take_target(prober, &views[i], j, is_empty);

            if (r < 0)
                result = r;
        }
    }
    list_for_each_safe (check, &prober->all, link) {
        if (check->update != prober->update)
            check_free(check);
    }
    prober->has_begun = true;
    prober_start_waiting(prober);
    return result;
}

struct prober *prober_free(struct prober *prober)
{
    struct check *check;

    if (prober == NULL)
        return NULL;
    list_for_each_safe (check, &prober->all, link)
        check_free(check);
    free(prober->checks);
    free(prober);
    return NULL;
}

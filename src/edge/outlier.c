/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outlier.h"

#include "base/log.h"
#include "base/time.h"
#include "edge/balance.h"

enum {
    OUTLIER_TIMES_MAX = 10
};

#define OUTLIER_LONGEST_NS (5 * TIME_MINUTE)

static uint64_t outlier_load(const _Atomic uint64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

static uint64_t outlier_duration_ns(const struct group_view *view, uint32_t times)
{
    uint64_t once_ns = time_from_milliseconds(view->config->ejection.duration_ms);
    uint64_t longest_ns = once_ns > OUTLIER_LONGEST_NS ? once_ns : OUTLIER_LONGEST_NS;
    uint64_t duration_ns =
        time_multiply(once_ns, times < OUTLIER_TIMES_MAX ? times : OUTLIER_TIMES_MAX);

    return duration_ns < longest_ns ? duration_ns : longest_ns;
}

static uint32_t outlier_share(const struct group_view *view)
{
    uint64_t share = (uint64_t)view->count * view->config->ejection.percent_max / 100;

    return share > 0 ? (uint32_t)share : 1;
}

/* Whether the group can do without it. Under the lock, as is what depends on the answer. */
static bool outlier_may_eject(const struct group_view *view, const struct target *target,
                              uint64_t now_ns)
{
    uint32_t out = 0;
    bool has_another = false;

    for (uint32_t i = 0; i < view->count; i++) {
        if (outlier_load(&view->targets[i]->state->ejected_until_ns) > now_ns)
            out++;
        else if (view->targets[i] != target && balance_may_get(view, i, now_ns))
            has_another = true;
    }
    atomic_store_explicit(&view->group->ejected, out, memory_order_relaxed);
    return has_another && out < outlier_share(view);
}

static void outlier_put_out(const struct group_view *view, struct target *target, uint64_t now_ns,
                            uint64_t *ret_duration_ns)
{
    struct state_slot *slot = target->state;
    uint32_t times = atomic_fetch_add_explicit(&slot->ejection_count, 1, memory_order_relaxed) + 1;
    uint64_t duration_ns = outlier_duration_ns(view, times);
    uint64_t until_ns = time_add(now_ns, duration_ns);

    /* Slow start begins with its return. */
    if (view->config->slow_start_ms != 0)
        atomic_store_explicit(&slot->slow_start_from_ns, until_ns, memory_order_relaxed);
    atomic_store_explicit(&slot->ejected_until_ns, until_ns, memory_order_relaxed);
    atomic_fetch_add_explicit(&view->group->ejected, 1, memory_order_relaxed);
    *ret_duration_ns = duration_ns;
}

static bool outlier_eject(const struct group_view *view, struct target *target, uint64_t now_ns)
{
    struct state_slot *slot = target->state;
    uint64_t duration_ns = 0;
    uint32_t failures;
    bool is_out = false;

    group_lock(view->group);
    /* Another thread may have been here before. */
    failures = atomic_exchange_explicit(&slot->consecutive_failures, 0, memory_order_relaxed);
    if (failures >= view->config->ejection.failures &&
        outlier_load(&slot->ejected_until_ns) <= now_ns &&
        outlier_may_eject(view, target, now_ns)) {
        outlier_put_out(view, target, now_ns, &duration_ns);
        is_out = true;
    }
    group_unlock(view->group);
    if (is_out) {
        group_changed(view->group);
        log_warning("%s/%s is left out for %.3g s: %u requests in a row failed", view->group->name,
                    target->text, (double)duration_ns / (double)TIME_SECOND, failures);
    }
    return is_out;
}

bool outlier_record(const struct group_view *view, struct target *target, bool failed,
                    uint64_t now_ns)
{
    _Atomic uint32_t *failures = &target->state->consecutive_failures;

    if (view->config->ejection.failures == 0)
        return false;
    if (!failed) {
        if (atomic_load_explicit(failures, memory_order_relaxed) != 0)
            atomic_store_explicit(failures, 0, memory_order_relaxed);
        return false;
    }
    /* What was under way when it was ejected says nothing new. */
    if (outlier_load(&target->state->ejected_until_ns) > now_ns)
        return false;
    if (atomic_fetch_add_explicit(failures, 1, memory_order_relaxed) + 1 <
        view->config->ejection.failures)
        return false;
    return outlier_eject(view, target, now_ns);
}

static bool outlier_is_marked(const struct group_view *view)
{
    for (uint32_t i = 0; i < view->count; i++) {
        if (outlier_load(&view->targets[i]->state->ejected_until_ns) != 0 ||
            atomic_load_explicit(&view->targets[i]->state->ejection_count, memory_order_relaxed) !=
                0)
            return true;
    }
    return false;
}

/* True where it came in. */
static bool outlier_let_in(struct state_slot *slot, uint64_t now_ns)
{
    uint64_t until_ns = outlier_load(&slot->ejected_until_ns);

    return until_ns != 0 && until_ns <= now_ns &&
           atomic_compare_exchange_strong_explicit(&slot->ejected_until_ns, &until_ns, 0,
                                                   memory_order_relaxed, memory_order_relaxed);
}

void outlier_expire(const struct group_view *view, uint64_t before_ns, uint64_t now_ns)
{
    uint64_t once_ns = time_from_milliseconds(view->config->ejection.duration_ms);
    bool forgives = once_ns != 0 && before_ns / once_ns != now_ns / once_ns;
    bool is_changed = false;
    uint32_t out = 0;

    if (!outlier_is_marked(view))
        return;
    group_lock(view->group);
    for (uint32_t i = 0; i < view->count; i++) {
        struct state_slot *slot = view->targets[i]->state;
        bool is_back = outlier_let_in(slot, now_ns);
        uint32_t count = atomic_load_explicit(&slot->ejection_count, memory_order_relaxed);

        is_changed = is_changed || is_back;
        if (outlier_load(&slot->ejected_until_ns) != 0)
            out++;
        else if (forgives && count > 0 && !is_back)
            atomic_store_explicit(&slot->ejection_count, count - 1, memory_order_relaxed);
    }
    atomic_store_explicit(&view->group->ejected, out, memory_order_relaxed);
    group_unlock(view->group);
    if (is_changed) {
        group_changed(view->group);
        log_info("%s: targets that were left out for failed requests are tried again",
                 view->group->name);
    }
}

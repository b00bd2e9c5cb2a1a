/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/time.h"
#include "edge/prober_priv.h"
#include "os/os.h"

static uint32_t check_load(const _Atomic uint32_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

static void check_store(_Atomic uint32_t *value, uint32_t number)
{
    atomic_store_explicit(value, number, memory_order_relaxed);
}

void check_enter_slow_start(struct check *check)
{
    uint64_t from_ns = 0;

    if (check->slow_start_ms != 0 && !check->skips_slow_start)
        from_ns = loop_now_ns(check->prober->loop);
    check->skips_slow_start = false;
    atomic_store_explicit(&check->target->state->slow_start_from_ns, from_ns, memory_order_relaxed);
}

static void check_log(const struct check *check, enum state_health health, enum state_reason reason)
{
    const char *group = check->group->name;
    const char *target = check->target->text;
    uint32_t status = check_load(&check->target->state->last_status);

    if (health == STATE_HEALTH_HEALTHY)
        log_info("%s/%s is healthy: %s", group, target, state_reason_text(reason));
    else if (health == STATE_HEALTH_UNHEALTHY && reason == STATE_REASON_CODE_MISMATCH)
        log_warning("%s/%s is unhealthy: %s: %u", group, target, state_reason_text(reason), status);
    else if (health == STATE_HEALTH_UNHEALTHY)
        log_warning("%s/%s is unhealthy: %s", group, target, state_reason_text(reason));
}

void check_set_health(struct check *check, enum state_health health, enum state_reason reason)
{
    struct state_slot *slot = check->target->state;
    bool is_other = check_load(&slot->health) != health;

    if (!is_other && check_load(&slot->reason) == reason)
        return;
    check_store(&slot->reason, reason);
    if (!is_other)
        return;
    check_store(&slot->health, health);
    if (health == STATE_HEALTH_HEALTHY || health == STATE_HEALTH_UNCHECKED)
        check->is_starting = false;
    atomic_store_explicit(&slot->changed_unix_ns, os_real_time_ns(), memory_order_relaxed);
    if (health == STATE_HEALTH_UNHEALTHY) {
        check->skips_slow_start = false;
        atomic_store_explicit(&slot->slow_start_from_ns, 0, memory_order_relaxed);
    }
    group_changed(check->group);
    check_log(check, health, reason);
    if (check->prober->changed != NULL)
        check->prober->changed(check->prober->context, check->group);
}

void check_reset(struct check *check)
{
    struct state_slot *slot = check->target->state;

    check->is_starting = true;
    check->later_count = 0;
    check->first_ns = 0;
    check_store(&slot->passes, 0);
    check_store(&slot->failures, 0);
    check_store(&slot->last_status, 0);
    check_store(&slot->ejection_count, 0);
    check_store(&slot->consecutive_failures, 0);
    atomic_store_explicit(&slot->ejected_until_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&slot->slow_start_from_ns, 0, memory_order_relaxed);
    check_set_health(check, STATE_HEALTH_INITIAL, STATE_REASON_INITIAL_CHECK);
}

static bool check_status_passes(const struct check *check, uint32_t status)
{
    const struct snapshot_status_range *ranges =
        &check->prober->snapshot->statuses[check->health->statuses.first];

    for (uint32_t i = 0; i < check->health->statuses.count; i++) {
        if (status >= ranges[i].first && status <= ranges[i].last)
            return true;
    }
    return false;
}

static void check_pass(struct check *check)
{
    struct state_slot *slot = check->target->state;
    uint32_t health = check_load(&slot->health);
    uint32_t passes = check_load(&slot->passes);

    if (passes < UINT32_MAX)
        passes++;
    check_store(&slot->failures, 0);
    check_store(&slot->passes, passes);
    if (health == STATE_HEALTH_UNHEALTHY && passes < check->health->healthy)
        return;
    /* Before it may get requests. */
    if (health == STATE_HEALTH_INITIAL || health == STATE_HEALTH_UNHEALTHY)
        check_enter_slow_start(check);
    check_set_health(check, STATE_HEALTH_HEALTHY, STATE_REASON_PASSED);
}

/* A new target is asked more often than others, but has as much time as they have until it counts
 * as unhealthy, and gets requests where nobody else is there. */
static bool check_had_its_time(const struct check *check)
{
    uint64_t times = check->health->unhealthy - 1;
    uint64_t least_ns =
        time_multiply(time_from_milliseconds(check->health->interval_ms) / 10 * 9, times);

    return check_load(&check->target->state->health) != STATE_HEALTH_INITIAL ||
           time_subtract(check->started_ns, check->first_ns) >= least_ns;
}

static void check_fail(struct check *check, enum state_reason reason)
{
    struct state_slot *slot = check->target->state;
    uint32_t failures = check_load(&slot->failures);

    if (failures < UINT32_MAX)
        failures++;
    check_store(&slot->passes, 0);
    check_store(&slot->failures, failures);
    if ((failures >= check->health->unhealthy && check_had_its_time(check)) ||
        check_load(&slot->health) == STATE_HEALTH_UNHEALTHY)
        check_set_health(check, STATE_HEALTH_UNHEALTHY, reason);
}

void check_apply(struct check *check, const struct probe_outcome *outcome)
{
    struct state_slot *slot = check->target->state;

    if (outcome->result == PROBE_UNKNOWN)
        return;
    atomic_store_explicit(&slot->last_check_ns, loop_now_ns(check->prober->loop),
                          memory_order_relaxed);
    check_store(&slot->last_status, outcome->status);
    switch (outcome->result) {
    case PROBE_CONNECTED:
        check_pass(check);
        break;
    case PROBE_ANSWERED:
        if (check_status_passes(check, outcome->status))
            check_pass(check);
        else
            check_fail(check, STATE_REASON_CODE_MISMATCH);
        break;
    case PROBE_FAILED:
    case PROBE_UNKNOWN:
        check_fail(check, outcome->reason);
        break;
    }
}

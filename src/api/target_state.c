/* SPDX-License-Identifier: Apache-2.0 */
#include "api/target_state.h"

#define LOAD(place) atomic_load_explicit((place), memory_order_relaxed)

const char *target_state_name(enum target_state_kind kind)
{
    static const char *const names[] = {
#define X(name, text) [TARGET_STATE_##name] = (text),
        TARGET_STATES(X)
#undef X
    };

    return names[kind];
}

const char *target_state_reason_name(enum state_reason reason)
{
    static const char *const names[] = {
        [STATE_REASON_NONE] = "none",
        [STATE_REASON_REGISTERING] = "registering",
        [STATE_REASON_INITIAL_CHECK] = "initial_check",
        [STATE_REASON_PASSED] = "passed",
        [STATE_REASON_CODE_MISMATCH] = "code_mismatch",
        [STATE_REASON_TIMEOUT] = "timeout",
        [STATE_REASON_REFUSED] = "refused",
        [STATE_REASON_UNREACHABLE] = "unreachable",
        [STATE_REASON_CLOSED] = "closed",
        [STATE_REASON_MALFORMED] = "malformed",
        [STATE_REASON_DENIED] = "denied",
        [STATE_REASON_NO_SOCKET] = "no_socket",
        [STATE_REASON_FAILED] = "failed",
        [STATE_REASON_UNRESOLVED] = "unresolved",
        [STATE_REASON_EJECTED] = "ejected",
        [STATE_REASON_DEREGISTERED] = "deregistered",
        [STATE_REASON_DRAINED_BY_OPERATOR] = "drained_by_operator",
        [STATE_REASON_DISABLED_BY_OPERATOR] = "disabled_by_operator",
        [STATE_REASON_NO_CHECK] = "no_check",
        [STATE_REASON_UNUSED] = "unused",
    };

    _Static_assert(sizeof(names) / sizeof(names[0]) == STATE_REASON_COUNT, "one for each");
    return (unsigned int)reason < STATE_REASON_COUNT ? names[reason] : "none";
}

static void set(struct target_state *result, enum target_state_kind kind, enum state_reason reason)
{
    result->kind = kind;
    result->reason = reason;
}

/* What checks found, with their reason, or the usual one where there is none. */
static void read_health(struct target_state *result, const struct state_slot *slot)
{
    uint32_t reason = LOAD(&slot->reason);
    bool has_reason = reason != STATE_REASON_NONE && reason < STATE_REASON_COUNT;

    switch (LOAD(&slot->health)) {
    case STATE_HEALTH_HEALTHY:
        set(result, TARGET_STATE_HEALTHY, STATE_REASON_PASSED);
        break;
    case STATE_HEALTH_UNHEALTHY:
        set(result, TARGET_STATE_UNHEALTHY, STATE_REASON_FAILED);
        break;
    case STATE_HEALTH_UNCHECKED:
        set(result, TARGET_STATE_UNAVAILABLE, STATE_REASON_NO_CHECK);
        return;
    default:
        set(result, TARGET_STATE_INITIAL, STATE_REASON_INITIAL_CHECK);
    }
    if (has_reason)
        result->reason = (enum state_reason)reason;
}

static void read_slot(struct target_state *result, const struct state_slot *slot,
                      const struct merged_group *origin, uint64_t now_ns)
{
    uint32_t weight = LOAD(&slot->weight);
    uint32_t admin = LOAD(&slot->admin);

    result->since_unix_ns = LOAD(&slot->changed_unix_ns);
    result->last_status = LOAD(&slot->last_status);
    if (weight != STATE_WEIGHT_CONFIGURED) {
        result->weight = weight;
        result->has_own_weight = true;
    }
    if (admin == STATE_ADMIN_DRAINING)
        set(result, TARGET_STATE_DRAINING, STATE_REASON_DRAINED_BY_OPERATOR);
    else if (admin == STATE_ADMIN_DISABLED)
        set(result, TARGET_STATE_UNAVAILABLE, STATE_REASON_DISABLED_BY_OPERATOR);
    else if (!origin->is_used)
        set(result, TARGET_STATE_UNUSED, STATE_REASON_UNUSED);
    else if (LOAD(&slot->ejected_until_ns) > now_ns)
        set(result, TARGET_STATE_UNHEALTHY, STATE_REASON_EJECTED);
    else
        read_health(result, slot);
}

struct target_state target_state_read(const struct state *state, const struct merged_group *origin,
                                      const struct route_target *target, uint64_t now_ns)
{
    struct target_state result = {.weight = target->weight};
    uint32_t slot = state_find(state, target->id);

    if (!origin->is_used)
        set(&result, TARGET_STATE_UNUSED, STATE_REASON_UNUSED);
    else
        set(&result, TARGET_STATE_INITIAL, STATE_REASON_REGISTERING);
    if (slot != UINT32_MAX)
        read_slot(&result, &state->slots[slot], origin, now_ns);
    if (target->address.family == ROUTE_FAMILY_NONE && result.kind != TARGET_STATE_UNUSED)
        set(&result, TARGET_STATE_UNHEALTHY, STATE_REASON_UNRESOLVED);
    return result;
}

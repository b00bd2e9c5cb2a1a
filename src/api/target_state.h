/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a target's state is called, in the words that users of load balancers know:
 *
 *     initial      not checked often enough yet
 *     healthy
 *     unhealthy    checks fail, it was ejected for its errors, or its name has no address
 *     unused       no listener sends anything to its group
 *     draining     taken out by its operator; finishes what it has
 *     unavailable  it has no checks (and gets requests), or its operator has disabled it
 */
#pragma once

#include <stdint.h>

#include "control/merge.h"
#include "ipc/state.h"

#define TARGET_STATES(X)                                                                           \
    X(INITIAL, "initial")                                                                          \
    X(HEALTHY, "healthy")                                                                          \
    X(UNHEALTHY, "unhealthy")                                                                      \
    X(UNUSED, "unused")                                                                            \
    X(DRAINING, "draining")                                                                        \
    X(UNAVAILABLE, "unavailable")

enum target_state_kind {
#define X(name, text) TARGET_STATE_##name,
    TARGET_STATES(X)
#undef X
    TARGET_STATE_COUNT
};

struct target_state {
    enum target_state_kind kind;
    enum state_reason reason;
    uint64_t since_unix_ns; /* 0: not known */
    uint32_t weight;        /* that counts */
    bool has_own_weight;    /* its operator's */
    uint32_t last_status;   /* of HTTP, of the last check; 0: none */
};

const char *target_state_name(enum target_state_kind kind);

/* "code_mismatch": a name that does not change. */
const char *target_state_reason_name(enum state_reason reason);

/* By what the state file says now. */
struct target_state target_state_read(const struct state *state, const struct merged_group *origin,
                                      const struct route_target *target, uint64_t now_ns);

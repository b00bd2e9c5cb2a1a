/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edge's memory file: what is known about each listener, group and target, and what was counted
 * there. The supervisor makes it and holds it; edges write to it; control reads it at any time and
 * asks nobody. It outlives all of them, so a new edge does not start blind.
 *
 * A slot belongs to a stable id and is found by it. Beside the slots there are lanes of counters:
 * each thread of an edge writes to a lane of its own, so that counting costs no coherence traffic,
 * and readers add the lanes up. Two edges can be alive at once, an old one that drains and its
 * successor; each has a bank of lanes. Gauges of a dead edge are cleared by the next user of its
 * bank; what only grows is left as it is.
 *
 * Whatever more than one thread may touch is atomic and is read and written relaxed: each value
 * stands for itself. Times are of the monotonic clock, which all processes share, unless the name
 * says otherwise. The content is trusted no further than the process that can write it: readers
 * check what they use as an index.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"

#define STATE_MAGIC          "slipStat"
#define STATE_LAYOUT_VERSION 1
#define STATE_SLOT_COUNT     65536
#define STATE_BANK_COUNT     2
#define STATE_THREADS_MAX    64

enum state_kind {
    STATE_KIND_NONE,
    STATE_KIND_LISTENER,
    STATE_KIND_GROUP,
    STATE_KIND_TARGET,
};

/* Of a target, as checks see it. */
enum state_health {
    STATE_HEALTH_INITIAL, /* not checked yet: takes nothing, unless nobody else is there */
    STATE_HEALTH_HEALTHY,
    STATE_HEALTH_UNHEALTHY,
    STATE_HEALTH_UNCHECKED, /* its group has no checks: taken for healthy */
    STATE_HEALTH_COUNT,
};

/* Of a target, as its operator wants it. */
enum state_admin {
    STATE_ADMIN_ENABLED,
    STATE_ADMIN_DRAINING, /* takes nothing new; finishes what it has */
    STATE_ADMIN_DISABLED, /* takes nothing, and what it has is cut off */
    STATE_ADMIN_COUNT,
};

/* Why the health is what it is: id, text for people, in the words users know. */
#define STATE_REASONS(X)                                                                           \
    X(NONE, "")                                                                                    \
    X(REGISTERING, "Target registration is in progress")                                           \
    X(INITIAL_CHECK, "Initial health checks in progress")                                          \
    X(PASSED, "Health checks passed")                                                              \
    X(CODE_MISMATCH, "Health checks failed with a status that does not pass")                      \
    X(TIMEOUT, "Health check timed out")                                                           \
    X(REFUSED, "Connection refused")                                                               \
    X(UNREACHABLE, "Host or network unreachable")                                                  \
    X(CLOSED, "Connection closed without an answer")                                               \
    X(MALFORMED, "Health check answered with something that is not HTTP")                          \
    X(DENIED, "No permission to connect")                                                          \
    X(NO_SOCKET, "There is no such socket")                                                        \
    X(FAILED, "Health checks failed")                                                              \
    X(UNRESOLVED, "The name is not resolved")                                                      \
    X(EJECTED, "Taken out for its errors")                                                         \
    X(DEREGISTERED, "Target deregistration is in progress")                                        \
    X(DRAINED_BY_OPERATOR, "Drained by the operator")                                              \
    X(DISABLED_BY_OPERATOR, "Disabled by the operator")                                            \
    X(NO_CHECK, "Not checked: it has no health check")                                             \
    X(UNUSED, "No listener uses the group")

enum state_reason {
#define X(name, text) STATE_REASON_##name,
    STATE_REASONS(X)
#undef X
    STATE_REASON_COUNT
};

/* "" for what is no reason. */
const char *state_reason_text(unsigned int reason);

#define STATE_WEIGHT_CONFIGURED UINT32_MAX

struct state_slot {
    _Atomic uint64_t id; /* 0: never used */
    _Atomic uint32_t kind;
    _Atomic uint32_t is_retired; /* not configured any more; another id may take the slot later */
    _Atomic uint64_t retired_at_ns;

    /* Of a target. */
    _Atomic uint32_t health; /* enum state_health */
    _Atomic uint32_t reason; /* enum state_reason */
    _Atomic uint32_t admin;  /* enum state_admin */
    _Atomic uint32_t weight; /* the operator's, or STATE_WEIGHT_CONFIGURED */
    _Atomic uint32_t passes; /* checks in a row */
    _Atomic uint32_t failures;
    _Atomic uint32_t last_status;          /* of HTTP, of the last check; 0: none */
    _Atomic uint32_t ejection_count;       /* in a row */
    _Atomic uint32_t consecutive_failures; /* of requests, for ejection */
    _Atomic uint32_t reserved;
    _Atomic uint64_t changed_unix_ns;    /* its health, or what its operator says */
    _Atomic uint64_t slow_start_from_ns; /* 0: not in slow start */
    _Atomic uint64_t ejected_until_ns;   /* 0: not ejected */
    _Atomic uint64_t last_check_ns;
    _Atomic uint64_t draining_since_ns; /* 0: not draining */
};

/* Of one slot in one lane. The first part only grows; gauges go up and down. */
struct state_counters {
    uint64_t requests;            /* ended, answered or not */
    uint64_t responses[6];        /* by the first digit of the status the client got; 0: none */
    uint64_t target_responses[6]; /* by that of what the target said */
    uint64_t connections;         /* accepted, or made to the target */
    uint64_t connection_errors;   /* to the target; of a listener: handshakes that failed */
    uint64_t reused;              /* requests on a connection that was kept */
    uint64_t retries;
    uint64_t rejected; /* by a limit */
    uint64_t timeouts;
    uint64_t resets; /* connections that ended in mid-exchange */
    uint64_t received_bytes;
    uint64_t sent_bytes;
    uint64_t ejections;
    uint64_t latency_sum_us;   /* of the histogram */
    uint64_t open_connections; /* gauge */
    uint64_t active;           /* gauge: requests, or streams, in flight */
    uint64_t pending;          /* gauge: requests that wait for a connection */
    uint64_t idle_connections; /* gauge: kept open for the next request */
    uint32_t latency[HISTOGRAM_BUCKET_COUNT];
};

/* One for each lane. */
struct state_lane {
    _Atomic uint64_t pid;     /* of the edge, also after its end; 0: none used it yet */
    _Atomic uint64_t turn_ns; /* when its loop last came round: for a watchdog; 0: no thread */
    uint64_t log_dropped;     /* lines of the access log that found no room */
    uint64_t buffers_bytes;   /* memory of the thread's pools, in all */
    uint64_t reserved[4];
};

struct state_header {
    char magic[8];
    uint32_t layout_version;
    uint32_t lane_count;
    uint32_t threads_max; /* lanes of a bank */
    uint32_t slot_count;
    uint64_t total_size;
    uint64_t created_unix_ns;
    uint64_t secret[2]; /* random: what one edge gave to clients, the next one knows again */
};

struct state {
    struct state_header *header;
    struct state_slot *slots;
    struct state_lane *lanes;
    struct state_counters *counters; /* lane after lane, each of STATE_SLOT_COUNT */
    size_t size;
    uint32_t threads_max; /* as it was checked: the header may change under a hostile writer */
};

/* For that many threads an edge. Returns a descriptor or -errno. */
int state_create(uint32_t threads);

/* -EBADMSG where it is no such file or of another layout; *ret_state is given back by
 * state_unmap(). */
int state_map(int fd, bool writable, struct state *ret_state);
void state_unmap(struct state *state);

/* The slot's number, taken for the id where it has none yet; UINT32_MAX where there is no room.
 * Safe while others do the same. A slot found retired is in use again, with its counters. */
uint32_t state_take(struct state *state, uint64_t id, enum state_kind kind);

/* UINT32_MAX where the id has none. */
uint32_t state_find(const struct state *state, uint64_t id);
void state_retire(struct state *state, uint32_t slot, uint64_t now_ns);

/* Clears the gauges of a bank, for the edge that starts to use it. */
void state_clear_bank(struct state *state, uint32_t bank, uint64_t pid);

/* For what other threads of the same edge read: its own thread alone changes it. */
static inline void state_gauge_up(uint64_t *gauge)
{
    __atomic_store_n(gauge, __atomic_load_n(gauge, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
}

static inline void state_gauge_down(uint64_t *gauge)
{
    __atomic_store_n(gauge, __atomic_load_n(gauge, __ATOMIC_RELAXED) - 1, __ATOMIC_RELAXED);
}

static inline uint32_t state_lane_of(const struct state *state, uint32_t bank, uint32_t thread)
{
    return bank * state->threads_max + thread;
}

static inline struct state_counters *state_counters_of(const struct state *state, uint32_t lane,
                                                       uint32_t slot)
{
    return &state->counters[(size_t)lane * STATE_SLOT_COUNT + slot];
}

/* All lanes together. A histogram's buckets are wider there, so that they cannot overflow. */
struct state_sum {
    struct state_counters counters; /* but for its histogram */
    uint64_t latency[HISTOGRAM_BUCKET_COUNT];
};
void state_sum(const struct state *state, uint32_t slot, struct state_sum *ret_sum);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An hour of what listeners, groups, services and instances did, a sample each 5 s. All memory has
 * a bound: where it is reached, what has ended longest ago goes, and then nothing new is taken.
 * Steps are counted by the monotonic clock, so that setting the other one moves nothing.
 *
 * It has no lock; who shares one holds it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "watch/counts.h"
#include "watch/ring.h"

#define HISTORY_STEP_NS        (5 * TIME_SECOND)
#define HISTORY_BYTES_MAX      ((size_t)6 << 20)
#define HISTORY_FILL_STEPS_MAX 12

enum history_kind {
    HISTORY_LISTENER,
    HISTORY_GROUP,
    HISTORY_SERVICE,
    HISTORY_INSTANCE,
};

/* Of a listener or group. */
struct history_traffic {
    float requests, errors; /* each second */
    uint32_t p50_us, p95_us, p99_us;
};

/* Of an instance, or all of a service. */
struct history_usage {
    float cpu_percent; /* of one CPU */
    uint32_t memory_kib;
};

/* What is sampled; texts may be NULL. The id of a listener or group is its number in 16 hexadecimal
 * digits, that of a service its name. */
struct history_name {
    enum history_kind kind;
    const char *id, *name, *project, *service;
};

struct history_series {
    enum history_kind kind;
    uint64_t hash; /* of kind, project and id */
    char *id, *name, *project, *service;
    struct counts_base base; /* the caller's, of traffic */
    struct ring ring;
};

struct history {
    struct history_series **series;
    size_t count;
    size_t bytes, bytes_max; /* 0: HISTORY_BYTES_MAX */
};

void history_deinit(struct history *history);

static inline uint64_t history_step(uint64_t monotonic_ns)
{
    return monotonic_ns / HISTORY_STEP_NS + RING_LENGTH; /* none is too old to be put */
}

/* The series of that name, made where there is none; NULL where there is no room. The name shown
 * follows. It stays until the next call. */
struct history_series *history_find(struct history *history, const struct history_name *name,
                                    uint64_t step);

void history_put_traffic(struct history_series *series, uint64_t step,
                         const struct history_traffic *sample);

/* A sample that stands for all steps since the last one, but HISTORY_FILL_STEPS_MAX at most. */
void history_put_usage(struct history_series *series, uint64_t step,
                       const struct history_usage *sample);

/* Lets go of what has no sample of the last hour. */
void history_trim(struct history *history, uint64_t step);

/* A copy that stays as it is; 0 or -ENOMEM. */
int history_copy(const struct history *history, struct history *ret);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon has counted at one moment, from the answer to GET /v1/statistics, and the figures
 * of the time between two such moments. All memory is the arena's that is given, so that a program
 * that runs for days can throw each away.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/histogram.h"

enum sample_kind {
    SAMPLE_LISTENER,
    SAMPLE_GROUP,
    SAMPLE_TARGET,
};

struct sample_item {
    enum sample_kind kind;
    const char *id;      /* the same in every sample */
    const char *project; /* "" for listeners */
    const char *group;   /* of a target: the name of its group; else "" */
    const char *name;    /* of the listener or group; a target's address */
    uint64_t requests;
    uint64_t failures; /* answers of 5xx and none; of a target, 5xx and refused connections */
    uint64_t connections;
    uint64_t rejected;
    uint64_t received_bytes;
    uint64_t sent_bytes;
    uint64_t active;
    uint64_t open_connections;
    uint64_t latency[HISTOGRAM_BUCKET_COUNT];
};

struct sample {
    uint64_t time_ns;
    struct sample_item *items; /* listeners, groups, then targets */
    size_t count;
};

/* A second's worth of one item. */
struct sample_rates {
    const struct sample_item *item;
    double requests;
    double failures;
    double connections;
    double rejected;
    double received_bytes;
    double sent_bytes;
    uint64_t p50_us; /* 0 where nothing was answered */
    uint64_t p90_us;
    uint64_t p99_us;
};

/* Texts are made fit for a terminal. What is missing or of the wrong kind counts as 0. */
void sample_read(struct arena *arena, const json_t *document, struct sample *ret);

/* One for each item of the later one, in its order. An item that is new, or whose counters went
 * back, starts from 0. */
struct sample_rates *sample_compare(struct arena *arena, const struct sample *before,
                                    const struct sample *after);

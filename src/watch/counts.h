/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened between two looks at counters that only grow, such as those of the edge's memory:
 * numbers, and percentiles from what the histogram has gained. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"
#include "ipc/state.h"

/* How the counters stood. Zeroed: not known. */
struct counts_base {
    bool is_known;
    uint64_t requests, errors;
    uint64_t received_bytes, sent_bytes;
    uint32_t latency[HISTOGRAM_BUCKET_COUNT];
};

struct counts {
    uint64_t requests;
    uint64_t errors; /* answered 5xx, or not at all */
    uint64_t received_bytes, sent_bytes;
    uint64_t p50_us, p95_us, p99_us; /* 0 where nothing ended */
    uint64_t active, open_connections;
};

/* What was added since the base, which becomes what is. Nothing where the base was not known.
 * Counters that went back began anew: all that they say is new. */
void counts_take(struct counts_base *base, enum state_kind kind, const struct state_sum *sum,
                 struct counts *ret);

/* For each second of a duration that is not 0; to be rounded by who shows it. */
double counts_rate(uint64_t count, uint64_t duration_ns);

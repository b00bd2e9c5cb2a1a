/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A histogram of durations in nanoseconds: 64 buckets for each doubling, so that a percentile is
 * right to within 1.6 %.
 */
#pragma once

#include <stdint.h>

#define LATENCY_SUB_BITS     6
#define LATENCY_BUCKET_COUNT ((64 - LATENCY_SUB_BITS + 1) << LATENCY_SUB_BITS)

struct latency {
    uint64_t count, sum_ns, longest_ns;
    uint64_t buckets[LATENCY_BUCKET_COUNT];
};

void latency_add(struct latency *latency, uint64_t duration_ns);

/* The middle of the bucket that holds this part of all; 0 where nothing was counted. */
double latency_quantile_us(const struct latency *latency, double part);

/* A JSON object of microseconds, to standard output. */
void latency_print(const struct latency *latency);

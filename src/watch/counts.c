/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/counts.h"

#include <string.h>

static uint64_t errors_of(enum state_kind kind, const struct state_counters *counters)
{
    return kind == STATE_KIND_TARGET ? counters->target_responses[5] + counters->connection_errors
                                     : counters->responses[5] + counters->responses[0];
}

/* The counters of one bucket are of 32 bits in each lane and may have gone round, so a difference
 * is right by that many bits. */
static void take_latency(struct counts_base *base, const struct state_sum *sum, struct counts *ret)
{
    uint64_t gained[HISTOGRAM_BUCKET_COUNT];

    for (unsigned int i = 0; i < HISTOGRAM_BUCKET_COUNT; i++)
        gained[i] = (uint32_t)((uint32_t)sum->latency[i] - base->latency[i]);
    ret->p50_us = histogram_quantile_us(gained, 0.5);
    ret->p95_us = histogram_quantile_us(gained, 0.95);
    ret->p99_us = histogram_quantile_us(gained, 0.99);
}

void counts_take(struct counts_base *base, enum state_kind kind, const struct state_sum *sum,
                 struct counts *ret)
{
    const struct state_counters *counters = &sum->counters;
    uint64_t errors = errors_of(kind, counters);
    struct counts result = {.active = counters->active,
                            .open_connections = counters->open_connections};

    if (base->is_known &&
        (counters->requests < base->requests || counters->sent_bytes < base->sent_bytes ||
         counters->received_bytes < base->received_bytes || errors < base->errors))
        *base = (struct counts_base){.is_known = true};
    if (base->is_known) {
        result.requests = counters->requests - base->requests;
        result.errors = errors - base->errors;
        result.received_bytes = counters->received_bytes - base->received_bytes;
        result.sent_bytes = counters->sent_bytes - base->sent_bytes;
        if (result.requests > 0)
            take_latency(base, sum, &result);
    }
    base->is_known = true;
    base->requests = counters->requests;
    base->errors = errors;
    base->received_bytes = counters->received_bytes;
    base->sent_bytes = counters->sent_bytes;
    for (unsigned int i = 0; i < HISTOGRAM_BUCKET_COUNT; i++)
        base->latency[i] = (uint32_t)sum->latency[i];
    *ret = result;
}

double counts_rate(uint64_t count, uint64_t duration_ns)
{
    return duration_ns == 0 ? 0 : (double)count / ((double)duration_ns / 1e9);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "latency.h"

#include <stdio.h>

#define SUB_COUNT (1u << LATENCY_SUB_BITS)

static unsigned int bucket_of(uint64_t value)
{
    unsigned int shift;

    if (value < SUB_COUNT)
        return (unsigned int)value;
    shift = 63u - (unsigned int)__builtin_clzll(value) - LATENCY_SUB_BITS;
    return ((shift + 1) << LATENCY_SUB_BITS) + (unsigned int)((value >> shift) & (SUB_COUNT - 1));
}

static double bucket_middle(unsigned int bucket)
{
    unsigned int shift;

    if (bucket < SUB_COUNT)
        return bucket;
    shift = (bucket >> LATENCY_SUB_BITS) - 1;
    return ((double)(SUB_COUNT + (bucket & (SUB_COUNT - 1))) + 0.5) * (double)(1ull << shift);
}

void latency_add(struct latency *latency, uint64_t duration_ns)
{
    latency->count++;
    latency->sum_ns += duration_ns;
    if (duration_ns > latency->longest_ns)
        latency->longest_ns = duration_ns;
    latency->buckets[bucket_of(duration_ns)]++;
}

double latency_quantile_us(const struct latency *latency, double part)
{
    double wanted = part * (double)latency->count;
    uint64_t seen = 0;

    if (latency->count == 0)
        return 0;
    for (unsigned int i = 0; i < LATENCY_BUCKET_COUNT; i++) {
        seen += latency->buckets[i];
        if (seen > 0 && (double)seen >= wanted)
            return bucket_middle(i) / 1000;
    }
    return (double)latency->longest_ns / 1000;
}

void latency_print(const struct latency *latency)
{
    double mean = latency->count == 0 ? 0 : (double)latency->sum_ns / (double)latency->count / 1000;

    (void)printf("{\"mean\": %.1f, \"p50\": %.1f, \"p90\": %.1f, \"p99\": %.1f, \"p999\": %.1f, "
                 "\"longest\": %.1f}",
                 mean, latency_quantile_us(latency, 0.5), latency_quantile_us(latency, 0.9),
                 latency_quantile_us(latency, 0.99), latency_quantile_us(latency, 0.999),
                 (double)latency->longest_ns / 1000);
}

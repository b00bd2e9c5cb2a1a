/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations, counted in buckets that grow with them: eight for each doubling, so that a percentile
 * is right to within a sixteenth. From one microsecond to more than two minutes; what is longer
 * counts as that. Buckets are plain numbers, so that histograms add up by adding buckets.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_SUB_BITS     3
#define HISTOGRAM_BUCKET_COUNT 208

/* Which bucket a duration belongs to. */
static inline unsigned int histogram_bucket(uint64_t duration_us)
{
    unsigned int top;
    unsigned int bucket;

    if (duration_us < (1u << HISTOGRAM_SUB_BITS))
        return (unsigned int)duration_us;
    top = 63u - (unsigned int)__builtin_clzll(duration_us);
    bucket = ((top - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS) +
             (unsigned int)((duration_us >> (top - HISTOGRAM_SUB_BITS)) &
                            ((1u << HISTOGRAM_SUB_BITS) - 1));
    return bucket < HISTOGRAM_BUCKET_COUNT ? bucket : HISTOGRAM_BUCKET_COUNT - 1;
}

/* The shortest duration of a bucket; of HISTOGRAM_BUCKET_COUNT, where the last one ends. */
uint64_t histogram_bucket_start_us(unsigned int bucket);

/* The duration that this part of all (0.5 for the median) does not exceed, from between the ends of
 * its bucket; 0 where nothing was counted. */
uint64_t histogram_quantile_us(const uint64_t counts[HISTOGRAM_BUCKET_COUNT], double part);

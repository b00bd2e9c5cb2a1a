/* SPDX-License-Identifier: Apache-2.0 */
#include "base/histogram.h"

uint64_t histogram_bucket_start_us(unsigned int bucket)
{
    unsigned int sub_count = 1u << HISTOGRAM_SUB_BITS;

    if (bucket < sub_count)
        return bucket;
    return (uint64_t)(sub_count + bucket % sub_count) << (bucket / sub_count - 1);
}

uint64_t histogram_quantile_us(const uint64_t counts[HISTOGRAM_BUCKET_COUNT], double part)
{
    uint64_t total = 0;
    uint64_t below = 0;
    double wanted;

    for (unsigned int i = 0; i < HISTOGRAM_BUCKET_COUNT; i++)
        total += counts[i];
    if (total == 0)
        return 0;
    wanted = part * (double)total;
    for (unsigned int i = 0; i < HISTOGRAM_BUCKET_COUNT; i++) {
        if (counts[i] != 0 && (double)(below + counts[i]) >= wanted) {
            uint64_t start = histogram_bucket_start_us(i);
            uint64_t end = histogram_bucket_start_us(i + 1);
            double into = (wanted - (double)below) / (double)counts[i];

            return start + (uint64_t)((double)(end - start) * (into > 0 ? into : 0));
        }
        below += counts[i];
    }
    return histogram_bucket_start_us(HISTOGRAM_BUCKET_COUNT);
}

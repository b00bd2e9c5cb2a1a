/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target of the scanners: every level finds what the scalar one finds, from wherever it
 * begins, however the data is aligned, and reads nothing outside.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/scan.h"

/* From this many places at the start and at the end, and from each of 32 alignments. */
#define STARTS_MAX 80

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef size_t scan_function(const char *data, size_t at, size_t end);

static const struct {
    enum scan_level level;
    scan_function *scalar, *simd;
} scanners[] = {
#if SCAN_HAS_SIMD
    {SCAN_SSE2, scan_name_scalar, scan_name_sse2},
    {SCAN_SSE2, scan_value_scalar, scan_value_sse2},
    {SCAN_SSE2, scan_target_scalar, scan_target_sse2},
    {SCAN_SSE2, scan_host_scalar, scan_host_sse2},
    {SCAN_AVX2, scan_name_scalar, scan_name_avx2},
    {SCAN_AVX2, scan_value_scalar, scan_value_avx2},
    {SCAN_AVX2, scan_target_scalar, scan_target_avx2},
    {SCAN_AVX2, scan_host_scalar, scan_host_avx2},
#else
    {SCAN_SCALAR, scan_name_scalar, scan_name_scalar},
#endif
};

static void check(size_t scanner, const char *data, size_t start, size_t end)
{
    size_t expected = scanners[scanner].scalar(data, start, end);
    size_t found = scanners[scanner].simd(data, start, end);

    if (found != expected) {
        (void)fprintf(stderr, "scanner %zu from %zu to %zu: %zu, not %zu\n", scanner, start, end,
                      found, expected);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t misalignment = 0; misalignment < 32; misalignment++) {
        char *block = malloc(misalignment + size + 1), *copy;

        if (block == NULL)
            abort();
        /* Ends with the block, of which the last byte is the data's. */
        copy = block + misalignment + 1;
        memcpy(copy, data, size);
        for (size_t i = 0; i < sizeof(scanners) / sizeof(scanners[0]); i++) {
            if (scanners[i].level > scan_best())
                continue;
            for (size_t start = misalignment; start <= size && start < STARTS_MAX; start += 32)
                check(i, copy, start, size);
            for (size_t end = misalignment; end <= size && end < STARTS_MAX; end += 32)
                check(i, copy, end / 2, end);
            check(i, copy, size - (misalignment < size ? misalignment : size), size);
        }
        free(block);
    }
    return 0;
}

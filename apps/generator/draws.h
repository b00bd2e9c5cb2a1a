/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random values, evenly spread. Where the randomness comes from is an argument, so that tests can
 * choose it; draws_kernel() is the one for use.
 */
#pragma once

#include <stdint.h>

/* Writes 64 random bits; 0, or -errno. */
typedef int draws_source(void *context, uint64_t *ret_bits);

/* Of the kernel, by getrandom(). */
int draws_kernel(void *context, uint64_t *ret_bits);

/* A whole number from low to high, both included; low is not above high. 0, or -errno. */
int draws_integer(draws_source *source, void *context, int64_t low, int64_t high,
                  int64_t *ret_value);

/* What draws_number() draws from. low is below high, and both are finite. */
struct draws_range {
    double low;
    double high;
    int digits;       /* significant ones, 1 to 17; what lies beyond is rounded off */
    int tiny_percent; /* how many in a hundred are from DRAWS_TINY_LOW to DRAWS_TINY_HIGH */
};

/* With tiny_percent above 0, the range holds all of these. Among them, each power of ten is as
 * likely as any other. */
#define DRAWS_TINY_LOW  1e-12
#define DRAWS_TINY_HIGH 1e-4

int draws_number(draws_source *source, void *context, const struct draws_range *range,
                 double *ret_value);

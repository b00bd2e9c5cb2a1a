/* SPDX-License-Identifier: Apache-2.0 */
#include "draws.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define ROUNDED_SIZE 32

int draws_kernel(void *context, uint64_t *ret_bits)
{
    uint64_t bits;

    (void)context;
    for (;;) {
        /* Requests of up to 256 bytes are answered in full or not at all. */
        if (getrandom(&bits, sizeof(bits), 0) == (ssize_t)sizeof(bits)) {
            *ret_bits = bits;
            return 0;
        }
        if (errno != EINTR)
            return -errno;
    }
}

int draws_integer(draws_source *source, void *context, int64_t low, int64_t high,
                  int64_t *ret_value)
{
    uint64_t count = (uint64_t)high - (uint64_t)low + 1; /* 0 stands for all 2^64 */
    uint64_t rest = count == 0 ? 0 : (UINT64_MAX % count + 1) % count;
    uint64_t bits;

    /* The last few of the 2^64 do not fill a whole round: taken, they would favour the low ones. */
    do {
        int r = source(context, &bits);

        if (r < 0)
            return r;
    } while (bits > UINT64_MAX - rest);
    *ret_value = (int64_t)((uint64_t)low + (count == 0 ? bits : bits % count));
    return 0;
}

/* From 0 up to, but not including, 1. */
static int draw_fraction(draws_source *source, void *context, double *ret_fraction)
{
    uint64_t bits;
    int r = source(context, &bits);

    if (r < 0)
        return r;
    *ret_fraction = (double)(bits >> 11) * 0x1p-53;
    return 0;
}

static double rounded(double value, int digits)
{
    char text[ROUNDED_SIZE];

    (void)snprintf(text, sizeof(text), "%.*e", digits - 1, value);
    return strtod(text, NULL);
}

int draws_number(draws_source *source, void *context, const struct draws_range *range,
                 double *ret_value)
{
    int64_t percent;
    double fraction = 0;
    double value;
    int r = draws_integer(source, context, 0, 99, &percent);

    if (r == 0)
        r = draw_fraction(source, context, &fraction);
    if (r < 0)
        return r;
    if (percent < range->tiny_percent)
        value = DRAWS_TINY_LOW * pow(DRAWS_TINY_HIGH / DRAWS_TINY_LOW, fraction);
    else /* not high - low, which can be more than a double holds */
        value = range->low * (1 - fraction) + range->high * fraction;
    *ret_value = fmin(fmax(rounded(value, range->digits), range->low), range->high);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <limits.h>
#include <time.h>

uint64_t time_add(uint64_t a_ns, uint64_t b_ns)
{
    uint64_t sum_ns;

    return __builtin_add_overflow(a_ns, b_ns, &sum_ns) ? TIME_FOREVER : sum_ns;
}

uint64_t time_subtract(uint64_t a_ns, uint64_t b_ns)
{
    if (a_ns == TIME_FOREVER)
        return TIME_FOREVER;
    return a_ns > b_ns ? a_ns - b_ns : 0;
}

uint64_t time_multiply(uint64_t duration_ns, uint64_t factor)
{
    uint64_t product_ns;

    return __builtin_mul_overflow(duration_ns, factor, &product_ns) ? TIME_FOREVER : product_ns;
}

uint64_t time_from_milliseconds(uint64_t duration_ms)
{
    return time_multiply(duration_ms, TIME_MILLISECOND);
}

uint64_t time_from_seconds(uint64_t duration_s)
{
    return time_multiply(duration_s, TIME_SECOND);
}

int time_to_timeout_ms(uint64_t duration_ns)
{
    uint64_t duration_ms;

    if (duration_ns == TIME_FOREVER)
        return -1;
    duration_ms = duration_ns / TIME_MILLISECOND + (duration_ns % TIME_MILLISECOND != 0);
    return duration_ms > INT_MAX ? INT_MAX : (int)duration_ms;
}

uint64_t time_from_timespec(const struct timespec *timespec)
{
    if (timespec->tv_sec < 0)
        return 0;
    return time_add(time_from_seconds((uint64_t)timespec->tv_sec), (uint64_t)timespec->tv_nsec);
}

struct timespec time_to_timespec(uint64_t time_ns)
{
    return (struct timespec){
        .tv_sec = (time_t)(time_ns / TIME_SECOND),
        .tv_nsec = (long)(time_ns % TIME_SECOND),
    };
}

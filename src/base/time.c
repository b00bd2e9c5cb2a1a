/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>
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

struct unit {
    const char *name;
    uint64_t nanoseconds;
};

/* Longer names before those that they begin with. */
static const struct unit *read_unit(const char *text)
{
    static const struct unit units[] = {
        {"ns", 1},        {"us", TIME_MICROSECOND}, {"ms", TIME_MILLISECOND},
        {"h", TIME_HOUR}, {"m", TIME_MINUTE},       {"s", TIME_SECOND}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strncmp(text, units[i].name, strlen(units[i].name)) == 0)
            return &units[i];
    return NULL;
}

/* One number with its unit; NULL where there is none. */
static const char *read_part(const char *text, uint64_t *total_ns)
{
    uint64_t whole = 0, fraction = 0, scale = 1;
    size_t digits = strspn(text, "0123456789");
    const struct unit *unit;

    if (digits == 0 || digits > 18)
        return NULL;
    for (size_t i = 0; i < digits; i++)
        whole = whole * 10 + (uint64_t)(text[i] - '0');
    text += digits;
    if (*text == '.') {
        digits = strspn(++text, "0123456789");
        if (digits == 0 || digits > 9)
            return NULL;
        for (size_t i = 0; i < digits; i++, scale *= 10)
            fraction = fraction * 10 + (uint64_t)(text[i] - '0');
        text += digits;
    }
    unit = read_unit(text);
    if (unit == NULL)
        return NULL;
    *total_ns = time_add(*total_ns, time_multiply(unit->nanoseconds, whole));
    /* Below 2^63: less than 10^9 times at most an hour, so divided in two steps. */
    *total_ns = time_add(*total_ns, fraction * (unit->nanoseconds / scale) +
                                        fraction * (unit->nanoseconds % scale) / scale);
    return text + strlen(unit->name);
}

bool time_parse_duration(const char *text, uint64_t *ret_ns)
{
    uint64_t total_ns = 0;

    if (*text == '\0')
        return false;
    while (text != NULL && *text != '\0')
        text = read_part(text, &total_ns);
    if (text == NULL)
        return false;
    *ret_ns = total_ns;
    return true;
}

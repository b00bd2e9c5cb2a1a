/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points in time and durations, both as unsigned 64-bit nanoseconds. Arithmetic saturates: a sum
 * too large becomes TIME_FOREVER, a difference below zero becomes 0. TIME_FOREVER stays what it is
 * whatever is added or taken away. Reading a clock is in os/os.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TIME_FOREVER     UINT64_MAX
#define TIME_MICROSECOND UINT64_C(1000)
#define TIME_MILLISECOND UINT64_C(1000000)
#define TIME_SECOND      UINT64_C(1000000000)
#define TIME_MINUTE      (60 * TIME_SECOND)
#define TIME_HOUR        (60 * TIME_MINUTE)
#define TIME_DAY         (24 * TIME_HOUR)

struct timespec;

uint64_t time_add(uint64_t a_ns, uint64_t b_ns);
uint64_t time_subtract(uint64_t a_ns, uint64_t b_ns);
uint64_t time_multiply(uint64_t duration_ns, uint64_t factor);

uint64_t time_from_milliseconds(uint64_t duration_ms);
uint64_t time_from_seconds(uint64_t duration_s);

/* For poll() and its like: rounded up, so that a wait never ends early; -1 for TIME_FOREVER. */
int time_to_timeout_ms(uint64_t duration_ns);

/* A duration in the form that src/spec prints: "1h30m0s", "1.5s", "250ms". False for all else; a
 * duration too long becomes TIME_FOREVER. */
bool time_parse_duration(const char *text, uint64_t *ret_ns);

/* A time before the epoch becomes 0. */
uint64_t time_from_timespec(const struct timespec *timespec);
struct timespec time_to_timespec(uint64_t time_ns);

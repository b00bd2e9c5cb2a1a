/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations such as "1m30s", "1.5h" or "1w2d": a sign, then numbers with units. Messages are owned
 * by the arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Units are ns, us (or the micro sign), ms, s, m, h, d and w. Only zero may stand without one.
 * On failure, which includes overflow, *ret_message says what was expected. */
bool duration_parse(struct arena *arena, const char *text, size_t length, int64_t *ret_nanoseconds,
                    const char **ret_message);

struct duration_text {
    char text[32];
};

/* The canonical form: "1h30m0s", "1.5s", "250ms", "0s". Reads back to the same duration. */
struct duration_text duration_print(int64_t nanoseconds);

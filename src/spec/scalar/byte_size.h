/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes such as "512m", "1.5 GB" or "64kib". Units are powers of 1024, and case does not count.
 * Messages are owned by the arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A decimal number that is not negative, at most one space, a unit: none or b, or k, m, g, t or p,
 * alone or followed by b or ib. Fractions of a byte are cut off. On failure, which includes
 * overflow, *ret_message says what was expected. */
bool byte_size_parse(struct arena *arena, const char *text, size_t length, int64_t *ret_bytes,
                     const char **ret_message);

struct byte_size_text {
    char text[24];
};

/* Plain bytes, as the reference prints sizes (in quotes). */
struct byte_size_text byte_size_print(int64_t bytes);

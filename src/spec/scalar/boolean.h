/* SPDX-License-Identifier: Apache-2.0 */
/* Booleans written as strings, where a variable was put in for one: "${DEBUG}". Messages are owned
 * by the arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct boolean {
    bool value;
    bool is_deprecated; /* yes, on, y, no, off or n: YAML 1.1, which callers warn about */
};

/* Case does not count. On failure *ret_message says what was expected. */
bool boolean_parse(struct arena *arena, const char *text, size_t length,
                   struct boolean *ret_boolean, const char **ret_message);

static inline const char *boolean_print(bool value)
{
    return value ? "true" : "false";
}

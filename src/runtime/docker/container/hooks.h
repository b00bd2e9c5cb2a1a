/* SPDX-License-Identifier: Apache-2.0 */
/*
 * post_start and pre_stop, kept in a label of the container: what stops it later may know nothing
 * of the file that it was made from.
 *
 * A line for each thing that is said, its first character tells what: S and T begin a hook after
 * the start and before the stop; c an argument, e a variable, u the user, w the folder, p more
 * rights. Backslashes and newlines are written \\ and \n.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/value.h"

struct arena;

struct hook {
    bool is_after_start;
    bool is_privileged;
    const char *const *arguments;   /* ends in NULL */
    const char *const *environment; /* ends in NULL */
    const char *user, *folder;      /* NULL where not said */
};

/* "" where the service has none. */
const char *hooks_write(struct arena *arena, const struct value *service);

/* How many; what cannot be understood is left out. */
uint32_t hooks_read(struct arena *arena, const char *text, struct hook **ret);

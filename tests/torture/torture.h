/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Projects that together reach every stage of a load, and what there is to say about each attempt
 * at one in which something was made to fail: it ended whole, or it said that it did not. The
 * projects are folders under projects/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct torture_project {
    const char *name;
    const char *files[3]; /* below projects/; ends in NULL */
};

#define TORTURE_PROJECT_COUNT 11

extern const struct torture_project torture_projects[TORTURE_PROJECT_COUNT];

/* What the process is told, for every project. */
extern char *const torture_environment[];

/* The absolute path below projects/. Kept until the next call for the same place. */
const char *torture_path(size_t place, const char *name);

/* Whether a text says that memory ran out. */
bool torture_says_no_memory(const char *text);

/* The number that the next descriptor would get: the same before and after what closes its own. */
int torture_next_descriptor(void);

/* SPDX-License-Identifier: Apache-2.0 */
/* What changes between two publications, in lines for people. */
#pragma once

#include <stddef.h>

struct publication;

#define DIFFERENCE_LINES_MAX 200

struct difference {
    char **lines;
    size_t count;
    size_t left_out; /* beyond the most that are told */
};

/* before may be NULL. Returns 0 or -ENOMEM. */
int difference_find(const struct publication *before, const struct publication *after,
                    struct difference *ret_difference);
void difference_deinit(struct difference *difference);

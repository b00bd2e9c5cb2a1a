/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets that were taken out of the configuration and may still have something to finish, so that
 * they can be shown until they are done. A list of limited length: it is for eyes only.
 */
#pragma once

#include <stdint.h>

struct publication;

#define LEAVING_MAX 1024

struct leaving_target {
    uint64_t id;
    uint64_t until_ns; /* when what it still has is cut off */
    char *project;
    char *group;
    char *address;
};

struct leaving {
    struct leaving_target *targets[LEAVING_MAX];
    unsigned int count;
};

/* One that is zeroed has none. */
void leaving_deinit(struct leaving *leaving);

/* What the second one has no more is added, and what it has again is dropped. before may be
 * NULL. */
void leaving_update(struct leaving *leaving, const struct publication *before,
                    const struct publication *after, uint64_t now_ns);

/* Drops those whose time is over. */
void leaving_expire(struct leaving *leaving, uint64_t now_ns);

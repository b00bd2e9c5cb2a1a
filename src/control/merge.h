/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several projects as one configuration of the node. Listeners belong to the node: those with the
 * same address become one, with the rules of all in the order of the projects' names.
 *
 * What a listener is set to must be said by one project alone, or by several in the same way. Its
 * certificates add up. At most one project says what the default is, unless they say the same.
 * Rules of two projects must not both match a request that has the same host and path: which of
 * them is first would be an accident.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "route/config.h"

struct arena;
struct error;
struct project;

/* A listener or a group, and where it comes from. */
struct merged_listener {
    const char *const *projects; /* by name */
    uint32_t project_count;
};

struct merged_group {
    const char *project;
    bool is_used; /* a listener may send something there; or it is for what is on standby */
    /* Of its targets, by position: the name that was looked up for it, or NULL. See names.h. */
    const char *const *names;
};

struct merged {
    struct route_config config;
    const struct merged_listener *listeners; /* as many as in the config, in its order */
    struct merged_group *groups;
};

/* The result is memory of the arena, and points into the projects', which have to live as long.
 * Projects are in the order of their names. -EEXIST with a message that names both projects where
 * they contradict each other. */
int merge_projects(struct arena *arena, struct project *const *projects, size_t count,
                   struct merged *ret, struct error **reterr);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edge's part of a project: listeners, rules and groups of one revision, with the addresses of
 * the instances that are in rotation, as a project without services (which src/control compiles and
 * publishes as it does any other). Published ports become listeners, unless x-slipway has one of
 * that address; native services get listeners on their loopback addresses.
 *
 * Instances that are on standby are targets of groups named "GROUP@next", which no rule leads to:
 * they are checked as the group's revision says. A target's id comes of project, group (without
 * "@next") and the entry's `target`, so it takes what is known of it along when it comes into
 * rotation.
 */
#pragma once

#include "model/desired.h"
#include "model/observed.h"
#include "plan/plan.h"

struct arena;
struct error;

struct edge_document_input {
    const struct desired *base; /* whose listeners and rules count; NULL: nothing listens yet, but
                                   for native services of the standby */
    const struct desired *standby; /* whose groups check what is on standby; NULL: base */
    const struct observed *observed;
    const struct rotation *rotation;
    uint64_t hold_ns; /* for services in `held` */
    const char *const *held;
    uint32_t held_count;
};

/* Compact JSON in memory of the arena; "$" is written as "$$", as in every project. Instances that
 * are not observed stand where their entry in the rotation says that they were. A service that the
 * base does not have, and the standby has, is in its groups when it serves: others may need it. */
int edge_document_make(struct arena *arena, const struct edge_document_input *input,
                       const char **ret_json, struct error **reterr);

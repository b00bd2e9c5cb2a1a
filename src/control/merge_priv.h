/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of merging: merge.c puts things together, merge_settings.c compares what
 * listeners are set to, merge_overlap.c and merge_pattern.c look for rules that are in each other's
 * way. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "control/merge.h"
#include "control/project.h"

/* The same listener as one project has it. */
struct merge_part {
    const struct project *project;
    const struct route_listener *listener;
    uint32_t group_offset; /* of the project's groups in the whole */
};

/* Adds what the part says to what was said before, by the part that is named in `said_by`. */
int merge_settings(struct route_listener *into, const struct merge_part *parts, size_t count,
                   struct error **reterr);

/* -EEXIST where rules of two parts may match the same request. */
int merge_check_overlap(struct arena *arena, const struct merge_part *parts, size_t count,
                        struct error **reterr);

/* Whether some text matches both patterns; those for hosts compare without regard to case. */
bool merge_patterns_meet(const char *a, const char *b, bool ignores_case);

/* Whether the action of one project is that of another, without regard to names of groups: forwards
 * are never the same. */
bool merge_actions_equal(const struct route_action *a, const struct route_action *b);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service needs of other services: what depends_on says, and what sharing implies (links,
 * volumes_from, and namespaces such as network_mode: service:NAME). One walk for all who ask.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "model/value.h"

struct dependency {
    const char *name; /* of the service that is needed */
    const char *key;  /* where that stands: "depends_on", "links", ... */
    struct mark mark;
    uint32_t span; /* how much of the line names it */
    bool required;
    bool restart; /* whether the one must be restarted with the other */
    bool implied; /* by sharing, not said by depends_on */
};

typedef void (*dependency_function)(void *context, const struct dependency *dependency);

void dependencies_visit(struct arena *arena, const struct value *service, dependency_function visit,
                        void *context);

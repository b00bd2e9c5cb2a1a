/* SPDX-License-Identifier: Apache-2.0 */
/* Puts variables into every string of a tree. Keys are left as they are. */
#pragma once

#include "base/hashmap.h"
#include "spec/diagnostics.h"
#include "spec/env/environment.h"

struct interpolate {
    struct arena *arena;
    struct diagnostics *diagnostics;
    const struct environment *environment;
    struct hashmap *unset; /* variables that were warned about */

    /* Where the walk is, for what the template finds. */
    const struct value *value;
    const struct place *place;
};

/* Changes the tree in place; mistakes are added to diagnostics. */
void interpolate_tree(struct interpolate *interpolate, struct value *value,
                      const struct place *place);

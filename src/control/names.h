/* SPDX-License-Identifier: Apache-2.0 */
/* Targets that were given by name: which names there are, and the targets that their addresses
 * make. */
#pragma once

#include <stddef.h>

#include "control/merge.h"
#include "control/resolver.h"

struct arena;

/* The hosts to look up, each once. */
size_t names_of(struct arena *arena, const struct route_config *config, const char *const **ret);

/* Puts a target for each address of a name in the place of the one with the name, each with its
 * weight and an id of its own. One whose name has no address stays as it is. Of several with the
 * same address in a group the first one stays. */
void names_fill(struct arena *arena, struct merged *merged, struct resolver *resolver);

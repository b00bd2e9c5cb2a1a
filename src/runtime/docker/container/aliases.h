/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that an instance has on its networks while it is joined, as its label keeps them:
 * "shop_default=api,backend;shop_back=api".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct arena;

struct alias_set {
    const char *network;        /* the engine's name of it */
    const char *const *aliases; /* ends in NULL */
};

/* The text with one more network. Aliases that the form cannot say are left out; no DNS name is
 * among those. */
const char *aliases_add(struct arena *arena, const char *text, const char *network,
                        const char *const *aliases);
uint32_t aliases_read(struct arena *arena, const char *text, struct alias_set **ret);

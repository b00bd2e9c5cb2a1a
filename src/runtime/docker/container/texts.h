/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and maps of the canonical tree as those of the engine, in memory of the arena. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "model/value.h"

/* Lists and maps of scalars. NULL and empty where it is no list and no map. */
const char *const *texts_of(struct arena *arena, const struct value *list);
struct engine_pairs pairs_of(struct arena *arena, const struct value *map);
/* More of them, behind what is there. */
const char *const *texts_with(struct arena *arena, const char *const *texts, const char *text);
void pairs_add(struct arena *arena, struct engine_pairs *pairs, const char *name,
               const char *value);
uint32_t texts_count(const char *const *texts); /* 0 for NULL */
bool texts_have(const char *const *texts, const char *text);

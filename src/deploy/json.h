/* SPDX-License-Identifier: Apache-2.0 */
/* Trees from JSON and back, for what deploys keep in the store and tell. All is memory of the
 * arena. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/value.h"

struct arena;
struct error;

/* -EINVAL for what is no JSON, or no map. is_project: "$$" stands for "$", as in canonical
 * projects. */
int json_read(struct arena *arena, const char *text, bool is_project, struct value **ret,
              struct error **reterr);

/* On one line. The arena jumps where memory runs out. */
const char *json_write(struct arena *arena, const struct value *value);

struct value *json_map(struct arena *arena);
struct value *json_list(struct arena *arena);
void json_set_text(struct arena *arena, struct value *map, const char *key, const char *text);
void json_set_number(struct arena *arena, struct value *map, const char *key, uint64_t number);
void json_set_flag(struct arena *arena, struct value *map, const char *key, bool flag);
void json_add_text(struct arena *arena, struct value *list, const char *text);

/* "", 0 and false where there is none. */
const char *json_text(const struct value *map, const char *key);
uint64_t json_number(const struct value *map, const char *key);
bool json_flag(const struct value *map, const char *key);
/* Those of a list that are texts; NULL where there is no list. */
const char *const *json_texts(struct arena *arena, const struct value *map, const char *key,
                              uint32_t *ret_count);

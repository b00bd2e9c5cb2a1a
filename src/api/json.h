/* SPDX-License-Identifier: Apache-2.0 */
/* Building JSON; all is memory of the arena. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/value.h"

struct arena;

struct value *json_new_map(struct arena *arena);
struct value *json_new_list(struct arena *arena);
void json_put(struct arena *arena, struct value *map, const char *key, struct value *value);
void json_put_text(struct arena *arena, struct value *map, const char *key, const char *text);
void json_put_number(struct arena *arena, struct value *map, const char *key, uint64_t number);
void json_put_bool(struct arena *arena, struct value *map, const char *key, bool boolean);
void json_put_id(struct arena *arena, struct value *map, const char *key, uint64_t id);

/* As 2026-11-21T13:44:11Z; null for 0. */
void json_put_time(struct arena *arena, struct value *map, const char *key, int64_t unix_s);
void json_append_text(struct arena *arena, struct value *list, const char *text);

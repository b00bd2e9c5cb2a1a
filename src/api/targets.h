/* SPDX-License-Identifier: Apache-2.0 */
/* Targets as they are listed; all is memory of the arena. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "control/control.h"

struct arena;
struct value;

struct value *targets_value(struct arena *arena, const struct control *control,
                            const struct merged_group *origin, const struct route_group *group,
                            uint32_t number, uint64_t now_ns);

/* "shop/web/127.0.0.1:8000": which target a request's path means; "" where it means none. */
void targets_write_name(const struct merged *merged, const char *path, char *text, size_t size);

/* Those that are not configured any more and have not finished; of one group where it is named. */
void targets_append_leaving(struct arena *arena, struct value *list, const struct control *control,
                            const char *wanted, uint64_t now_ns);

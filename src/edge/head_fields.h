/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of a head on their way through: which go on, and which rules add, replace or remove. */
#pragma once

#include <stdbool.h>

#include "route/snapshot.h"
#include "wire/http1.h"
#include "wire/http1_write.h"

/* Whether an operation of the span replaces or removes fields of that name. */
bool head_field_is_overridden(const struct snapshot *snapshot, struct snapshot_span operations,
                              const char *name, size_t length);

/* Writes what the operations set and add. */
void head_write_operations(const struct snapshot *snapshot, struct snapshot_span operations,
                           struct http1_writer *writer);

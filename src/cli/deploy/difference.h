/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two texts, line by line, in the unified style of diff(1). */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "cli/terminal.h"

/* Appends nothing, and returns false, where both are equal. The names stand at the top. Lines are
 * escaped. Very different texts are shown as one removed and the other added. */
bool difference_write(struct arena *arena, struct strbuf *out, const struct terminal *terminal,
                      const char *old_name, const char *old_text, const char *new_name,
                      const char *new_text);

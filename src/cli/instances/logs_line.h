/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a log as it is printed, without the name in front and the newline behind. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/strbuf.h"

struct logs_style {
    bool is_json;
    bool has_type; /* in JSON: other objects stand beside */
    bool has_times;
    bool is_terminal; /* that must obey nothing of it, but for colours */
};

/* The name is of the instance. */
void logs_line_write(struct strbuf *out, const struct logs_style *style, const char *name,
                     const json_t *object);

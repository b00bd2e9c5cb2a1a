/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One string as a YAML scalar, in the style that yaml.v3 would give it: plain where a reader gets
 * the same string back, a literal block for several lines, else quoted. Lines are never folded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

struct yaml_scalar_place {
    bool single_line;    /* a key: no block */
    bool escape_dollar;  /* each $ is written as $$ */
    size_t block_indent; /* of the lines of a block: two more than what it belongs to */
};

/* Writes no space before and no newline after. Bytes that are no valid UTF-8 become \uFFFD. */
void yaml_scalar_write(struct strbuf *out, const char *text, size_t length,
                       const struct yaml_scalar_place *place);

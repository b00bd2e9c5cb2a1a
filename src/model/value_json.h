/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees as JSON, the way Go's encoding/json prints them without its escaping for HTML. Keys come in
 * the order of the tree. Bytes that are no valid UTF-8 become \ufffd; numbers that JSON cannot say
 * become null. The text does not end in a newline.
 *
 * Whether everything fitted is told by strbuf_failure(); after a failure the rest is not visited.
 * Recursion is as deep as the tree.
 */
#pragma once

#include <stdbool.h>

#include "base/hash.h"
#include "base/strbuf.h"
#include "model/value.h"

struct json_style {
    bool compact;       /* all on one line, without spaces; otherwise indented by two */
    bool escape_dollar; /* each $ in a string is written as $$; keys stay, for they are never
                           expanded */
};

/* style NULL stands for all false; value NULL for null. */
void value_write_json(struct strbuf *out, const struct value *value,
                      const struct json_style *style);

/* What names the content: equal for equal values whose keys stand in the same order. The arena is
 * told where memory for the text runs out. */
struct content_hash value_content_hash(struct arena *arena, const struct value *value);

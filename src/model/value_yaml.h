/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees as block-style YAML, looking the way yaml.v3 prints them with an indentation of two, which
 * is what the users of Compose know. Keys come in the order of the tree. What a YAML reader gets
 * back is the same tree: every string is a string again, to the byte.
 *
 * Departures from yaml.v3, all where it would lose something or help nobody: a block keeps its
 * leading newlines; characters outside the basic plane are written as they are; bytes that are no
 * valid UTF-8 become \uFFFD instead of !!binary; keys of several lines are double-quoted.
 *
 * Whether everything fitted is told by strbuf_failure(); after a failure the rest is not visited.
 * Recursion is as deep as the tree.
 */
#pragma once

#include <stdbool.h>

#include "base/strbuf.h"
#include "model/value.h"

struct yaml_style {
    bool escape_dollar; /* each $ in a string is written as $$; keys stay, for they are never
                           expanded */
};

/* Ends in a newline. style NULL stands for all false; value NULL for null. */
void value_write_yaml(struct strbuf *out, const struct value *value,
                      const struct yaml_style *style);

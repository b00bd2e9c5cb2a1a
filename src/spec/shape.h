/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks one file's tree against the tables and writes its short forms out, in one walk: what comes
 * back has every value in the kind and the form that the tables call canonical. What only makes
 * sense once all files are merged (required keys, references) is not looked at here; a null stands
 * for "nothing said" until then.
 */
#pragma once

#include <stdbool.h>

#include "spec/diagnostics.h"
#include "spec/schema.h"

struct shape {
    struct arena *arena;
    struct diagnostics *diagnostics;
    bool is_resolved;    /* control's own documents may come this way */
    bool templates_stay; /* text with a $ has not been expanded: it may stand for anything */
};

/* Returns the canonical value, which may be the one given. Mistakes are added to diagnostics and
 * the value is left as it was. */
struct value *shape_value(struct shape *shape, struct value *value, const struct schema *schema,
                          const struct place *place);

/* Reports what is left to find in a merged tree: required keys that are missing, and nothing where
 * something is expected. */
void shape_check_complete(struct shape *shape, const struct value *value,
                          const struct schema *schema, const struct place *place);

/* "a list", "true or false", "tcp or udp": what a place takes, for messages and the reference. */
const char *shape_expected_text(struct arena *arena, const struct schema *schema);

/* For the walk itself and for forms.c. */
bool shape_is_template(const struct shape *shape, const struct value *value);
uint32_t shape_span(const struct value *value); /* how much of the line a caret underlines */
void shape_refuse(struct shape *shape, const struct value *value, const struct place *place,
                  const char *message); /* message in the arena, or constant */

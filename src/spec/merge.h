/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts one canonical tree over another, by the rule that the tables give for each place. Nodes that
 * ask to be removed (!reset) stay in the result, so that they also act on what is merged below
 * later; merge_finish() takes them out when all is merged.
 */
#pragma once

#include "spec/diagnostics.h"
#include "spec/schema.h"

struct merge {
    struct arena *arena;
    struct diagnostics *diagnostics;
};

/* base and over may be NULL; both may be changed and shared by the result. */
struct value *merge_values(struct merge *merge, struct value *base, struct value *over,
                           const struct schema *schema, const struct place *place);

/* In one tree: of entries of a list that are the same, the last one stays, in the place of the
 * first. */
void merge_unify(struct merge *merge, struct value *value, const struct schema *schema);

/* Removes what asked to be removed. */
void merge_finish(struct value *value);

/* What a copy from elsewhere asked for does not count where it is copied to. */
void merge_forget_tags(struct value *value);

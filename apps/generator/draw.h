/* SPDX-License-Identifier: Apache-2.0 */
/* A draw: both values, and what came of them. The one that holds it frees its texts. */
#pragma once

#include <stdint.h>
#include <stdio.h>

struct draw {
    int64_t id;
    char *time; /* UTC, "2026-11-21T19:30:00Z" */
    int64_t integer;
    double number;
    double product;
    char *outcome;
    char *rule;
};

struct draws {
    struct draw *items; /* the newest first */
    size_t count;
};

void draw_deinit(struct draw *draw);
void draws_deinit(struct draws *draws);

/* As JSON, with each number as number_text() has it, which jansson cannot do. -errno when memory is
 * out; the caller looks at the stream's own errors. */
int draw_write_json(FILE *stream, const struct draw *draw);

/* What combine adds to the values: "product": ..., "outcome": ..., "rule": ... */
int draw_write_result(FILE *stream, double product, const char *outcome, const char *rule);

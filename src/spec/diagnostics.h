/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that a load found wrong, collected, so that a person sees all of it in one pass:
 * where, what was expected, and the next step. Printing is apart from finding, as text with the
 * line and a caret, or as JSON.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "spec/source.h"

enum severity {
    SEVERITY_ERROR,
    SEVERITY_WARNING,
};

/* The way from the top of the file to a place in it; links live on the stack of the walk. */
struct place {
    const struct place *parent;
    const char *key; /* NULL for an item of a list */
    uint32_t index;
};

struct diagnostic {
    enum severity severity;
    struct mark mark; /* line 0: the file as a whole, or no file where source_named is false */
    bool source_named;
    uint32_t length;  /* how many bytes of the line the caret underlines; 0 counts as 1 */
    const char *path; /* "services.web.ports[0]"; "" at the top */
    const char *message;
    const char *hint; /* what to do; NULL when the message says it all */
};

struct diagnostics {
    struct arena *arena;
    struct sources *sources;
    struct diagnostic *items;
    uint32_t count;
    uint32_t capacity;
    uint32_t errors; /* also those beyond what is kept */
    uint32_t warnings;
    uint32_t kept[2]; /* by enum severity */
    bool muted;       /* nothing is added: what is read now was reported before */
};

void diagnostics_init(struct diagnostics *diagnostics, struct arena *arena,
                      struct sources *sources);

/* Whether another one of that severity would be kept: finding a good hint for one that is only
 * counted is wasted. */
bool diagnostics_wants(const struct diagnostics *diagnostics, enum severity severity);

/* place may be NULL; hint may be NULL and must live as long as the arena. */
void diagnostics_error(struct diagnostics *diagnostics, struct mark mark, uint32_t length,
                       const struct place *place, const char *hint, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
void diagnostics_warning(struct diagnostics *diagnostics, struct mark mark, uint32_t length,
                         const struct place *place, const char *hint, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* An error that belongs to no place in a file: a wrong option, a missing folder. */
void diagnostics_error_outside(struct diagnostics *diagnostics, const char *hint,
                               const char *format, ...) __attribute__((format(printf, 3, 4)));

struct diagnostics_style {
    bool colour;
    const char *strip_prefix; /* taken off file names that begin with it; may be NULL */
};

void diagnostics_print(struct diagnostics *diagnostics, struct strbuf *out,
                       const struct diagnostics_style *style);

/* {"errors": [...], "warnings": [...], "error_count": n, "warning_count": n} */
void diagnostics_print_json(struct diagnostics *diagnostics, struct strbuf *out);

/* "services.web.ports[0]"; "" at the top. */
const char *place_text(struct arena *arena, const struct place *place);

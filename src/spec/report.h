/* SPDX-License-Identifier: Apache-2.0 */
/* What a runtime makes of a project, key by key. */
#pragma once

#include "base/arena.h"
#include "base/strbuf.h"
#include "model/value.h"
#include "spec/diagnostics.h"
#include "spec/schema.h"

struct report_line {
    const char *path; /* "services.web.ports" */
    enum schema_support support;
    const char *note; /* NULL where there is nothing to say */
};

struct report {
    struct report_line *lines;
    uint32_t count;
    uint32_t capacity;
    uint32_t totals[3]; /* by enum schema_support */
};

void report_make(struct arena *arena, const struct value *root, enum runtime_kind runtime,
                 struct report *ret_report);

/* An error for each key of a service that asks for what the service's own runtime refuses: nothing
 * is to run without it unnoticed. */
void report_refuse(struct arena *arena, const struct value *root, struct diagnostics *diagnostics);

/* styles: what begins "honoured", "emulated" and "refused", and what ends them; "" for none. */
void report_print(const struct report *report, enum runtime_kind runtime, struct strbuf *out,
                  const char *const styles[4]);
void report_print_json(struct arena *arena, const struct report *report, enum runtime_kind runtime,
                       struct strbuf *out);

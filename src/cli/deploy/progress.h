/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a deploy's events say, for people: lines that stay, and on a terminal a summary with what is
 * under way or has failed, drawn anew in place. It reads events and writes text; reading the
 * stream, time and the terminal are its caller's. Everything from an event is escaped.
 *
 * Memory is the arena's, and bounded by the number of steps.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "cli/terminal.h"

enum progress_state {
    PROGRESS_PENDING,
    PROGRESS_BEGUN,
    PROGRESS_DONE,
    PROGRESS_FAILED,
    PROGRESS_SKIPPED,
};

enum {
    PROGRESS_TEXT_BYTES = 200
};

struct progress_step {
    const char *id;
    const char *kind;     /* "start" */
    const char *label;    /* "start api-2" */
    const char *subject;  /* "api-2" */
    const char *service;  /* "" where it is about all */
    const char *instance; /* an id, or "" */
    bool is_long;         /* worth a line when it takes long */
    bool is_minor;        /* worth none when it does not */
    bool is_told;         /* that it takes long */
    enum progress_state state;
    uint64_t begun_ns, told_ns;
    uint64_t done, total;             /* of a pull: bytes */
    char detail[PROGRESS_TEXT_BYTES]; /* what it said last */
    char told_detail[PROGRESS_TEXT_BYTES];
};

struct progress {
    struct arena *arena;
    struct strbuf *text; /* to work in */
    const char *project;
    bool is_live;  /* what is under way is drawn, and has no lines of its own */
    bool is_short; /* only changes and notes: there are no services */
    struct progress_step *steps;
    size_t step_count, step_capacity;
    size_t counts[PROGRESS_SKIPPED + 1];
    uint64_t begun_ns;
    char title[PROGRESS_TEXT_BYTES]; /* "up (revision 4)" */
    const char *waiting;             /* for whom, not told yet; NULL */
    uint64_t waiting_ns;             /* since when */
    const char *failed_label;        /* of the step that failed last; NULL */
    size_t changes;                  /* lines written */
    bool is_ended;
    bool is_done;         /* it ended well */
    uint64_t revision;    /* that serves; 0: none */
    struct strbuf reason; /* why it failed, for standard error */
};

void progress_init(struct progress *progress, struct arena *arena, struct strbuf *text,
                   const char *project, uint64_t now_ns);
void progress_deinit(struct progress *progress);

/* Takes an event, and writes the lines that stay. */
void progress_take(struct progress *progress, const json_t *event, uint64_t now_ns,
                   struct strbuf *out, const struct terminal *terminal);

/* Writes whom it waits for, where that takes longer than a moment: one that has just ended is not
 * worth a line. */
void progress_tell_waiting(struct progress *progress, uint64_t now_ns, struct strbuf *out);

/* Writes what has been under way for long, and what it waits for, again where that is another. */
void progress_tell_slow(struct progress *progress, uint64_t now_ns, struct strbuf *out);

/* Writes what is drawn: at most that many rows, none wider than the terminal. */
void progress_write(const struct progress *progress, struct strbuf *out,
                    const struct terminal *terminal, size_t rows, uint64_t now_ns);

/* The last line: "shop: revision 4 serves: ok=5 changed=2 failed=0". On a terminal, where steps
 * leave nothing behind, also one for each service that has changed: "  api: 2 started". */
void progress_write_recap(struct progress *progress, const json_t *result, struct strbuf *out,
                          const struct terminal *terminal, uint64_t now_ns);

/* "api (1f2e3d4c5b6a)": an id is shortened, and says little by itself. */
const char *progress_instance(struct arena *arena, const char *service, const char *id);

/* What a step is about, escaped: "api-2", or what is known of that. */
const char *progress_subject(struct arena *arena, const char *project, const char *service,
                             const char *name, const char *instance, uint64_t number);

/* "12s", "3m 5s"; "0.4s" below ten seconds. */
void progress_write_duration(struct strbuf *out, uint64_t duration_ns);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command has that talks to the daemon: memory, an output, the way to its socket, and the
 * last answer. session_run() owns all of it and gives it back, whatever happens below: the command
 * runs under the arena's recovery point, so what is no arena memory has its place in here.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/daemon/feed.h"
#include "cli/daemon/folders.h"
#include "http/client.h"
#include "spec/spec.h"

struct session {
    const struct cli_arguments *arguments;
    const struct cli_context *context;
    struct arena arena;
    struct strbuf out;  /* printed at the end, when nothing failed */
    struct strbuf text; /* to work in */
    struct folders folders;
    char *current_directory;
    struct spec spec;
    bool refuses_unsupported;      /* what runs of the project must run with all that it asks for */
    struct http_response response; /* the last one */
    json_t *document;              /* of it; valid until the next call */
    struct feed *feeds;            /* that are open: see feed.h */
    char *held;                    /* freed at the end: memory for a moment */
    int held_fd;                   /* closed at the end; -1 */
    struct error *error;
    void *data;            /* the command's own */
    int status;            /* to exit with */
    int status_of_failure; /* what a failure makes of it */
};

int session_run(const struct cli_arguments *arguments, const struct cli_context *context,
                void (*run)(struct session *session), void *data);

/* Says what is wrong, and that the command has failed. */
void session_fail(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Asks the daemon. False when there is no answer, or none that says that it worked: then that has
 * been told and the command has failed. The target is a path that is encoded already. */
bool session_call(struct session *session, const char *method, const char *target,
                  const char *body);

/* The same for a call that may take long. */
bool session_call_within(struct session *session, const char *method, const char *target,
                         const char *body, uint64_t timeout_ms);

/* Says why there is no answer, from the session's error; -errno is what the call returned. */
void session_fail_call(struct session *session, int r);

/* The same for what may be asked twice: once more where the daemon, or a part of it, ended and
 * comes back in between. */
bool session_call_surely(struct session *session, const char *method, const char *target,
                         const char *body);

/* Asks for what a command can do without: false, and nothing is said, where it does not come. */
bool session_call_quietly(struct session *session, const char *target, uint64_t timeout_ms);

/* Asks as well, where the answer is of no interest. */
void session_tell(struct session *session, const char *method, const char *target);

/* Whether a daemon runs here. What is wrong otherwise has been told: look at the status. */
bool session_finds_daemon(struct session *session);

/* The process that runs the daemon here, which writes its number into the folder; 0 for none. */
pid_t session_find_owner(struct session *session);

/* Text from the last answer's document, made fit for a terminal; "" where it is not there. Numbers
 * are 0 then. */
const char *session_text(struct session *session, const json_t *object, const char *key);
uint64_t session_number(const json_t *object, const char *key);

/* The text so that a terminal obeys nothing in it; arena memory. */
const char *session_escaped(struct session *session, const char *text);

/* The document as it came, for programs. */
void session_print_document(struct session *session);

/* Loads the project that the command line names, and says what is wrong with it. */
bool session_load_project(struct session *session);

/* The name of the project that the command line names, or NULL: what is wrong with the rest of its
 * files does not matter, and nothing is said. */
const char *session_find_project(struct session *session);

/* The loaded project as the daemon takes it; arena memory. */
const char *session_project_json(struct session *session);

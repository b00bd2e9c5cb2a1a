/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the handlers have in common that wait: a thread (control/tasks.h), a connection to the
 * store, an arena below its recovery point, the request's body, and the answer. All that a handler
 * holds is in here, so that nothing is lost when the arena jumps.
 */
#pragma once

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"
#include "control/control.h"
#include "control/keepers.h"
#include "control/tasks.h"
#include "store/store.h"

#define WORK_PARAMETER_MAX 1024

struct work {
    struct task *task;
    struct control *control;
    struct keepers *keepers;
    const char *project; /* the path's first name */
    struct arena arena;
    struct store *store;
    json_t *body;   /* an object; NULL where there is none */
    json_t *answer; /* sent where the handler returns 0 and has not answered */
    unsigned int status;
    char *text;               /* to be freed */
    int fd;                   /* to be closed */
    struct runtime_flow flow; /* whose words go to the stream */
    struct error *error;
    int (*handle)(struct work *work);
    int result;
};

/* Runs the handler, and answers for it: its error, or its answer. The body is not read where it is
 * a file. */
void work_run(struct task *task, int (*function)(struct work *work));

/* Of the query: NULL where there is none, or it is malformed. */
const char *work_parameter(struct work *work, const char *name);
bool work_flag(struct work *work, const char *name);
uint64_t work_number(struct work *work, const char *name, uint64_t otherwise);

/* A point in time, "2026-11-21T13:44:11.5Z" or seconds since 1970; 0 for none. */
uint64_t work_when(struct work *work, const char *name);

/* Of the body: NULL, false and otherwise where there is none of that kind. */
const char *work_text(const struct work *work, const char *name);
bool work_bool(const struct work *work, const char *name);

/* Who asks: by a token, its name; else the body's author, or the user that the connection belongs
 * to. */
const char *work_author(struct work *work);

/* A line of a stream; takes the object, which may be NULL. */
int work_line(struct work *work, json_t *line);

json_t *work_time(uint64_t unix_ns);

/* The keeper of the project. -ENOENT */
int work_keeper(struct work *work, struct keeper **ret_keeper);

/* Defines the function `name` of api_priv.h, which has `handler` done by a thread. */
#define API_WORK(name, handler)                                                                    \
    static void run_##handler(struct task *task)                                                   \
    {                                                                                              \
        work_run(task, handler);                                                                   \
    }                                                                                              \
                                                                                                   \
    void name(struct api_call *call)                                                               \
    {                                                                                              \
        api_wait(call, run_##handler);                                                             \
    }

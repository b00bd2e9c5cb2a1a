/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtimes of this machine, each made when it is first needed, and kept. What a runtime reports
 * goes to one function, by a thread of the runtime. From any thread.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "runtime/runtime.h"

#define RUNTIME_KIND_COUNT (DESIRED_SWARM + 1)

struct error;
struct runtimes;

struct runtime_slot {
    struct runtime_watcher watcher;
    struct runtimes *runtimes;
    struct runtime *runtime; /* NULL: not made yet */
    bool is_watched;         /* once it has answered */
};

typedef int runtimes_make_function(enum desired_runtime kind, const char *folder,
                                   struct runtime **ret_runtime, struct error **reterr);

struct runtimes {
    pthread_mutex_t lock;
    const char *folder;
    runtimes_make_function *make;
    void (*changed)(void *context, const char *project, const char *service, const char *instance,
                    const char *what);
    void *context;
    struct runtime_slot slots[RUNTIME_KIND_COUNT];
};

/* The folder is where things are kept; it stays the caller's. */
void runtimes_init(struct runtimes *runtimes, const char *folder, runtimes_make_function *make);

/* Nobody uses one any more. */
void runtimes_deinit(struct runtimes *runtimes);

/* NULL where it cannot be made. What does not answer yet is not watched: it is asked again the next
 * time, so that a machine without an engine has nothing that waits for one. */
struct runtime *runtimes_get(struct runtimes *runtimes, enum desired_runtime kind,
                             struct error **reterr);

/* The same, but NULL also where it has not answered yet: for those who look what there is. */
struct runtime *runtimes_find(struct runtimes *runtimes, enum desired_runtime kind);

/* NULL also where nobody has needed it yet: for those who must not cost anything. */
struct runtime *runtimes_peek(struct runtimes *runtimes, enum desired_runtime kind);

/* The real ones. */
int runtimes_make(enum desired_runtime kind, const char *folder, struct runtime **ret_runtime,
                  struct error **reterr);

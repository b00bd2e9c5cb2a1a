/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keepers of all projects, each a thread that does a project's deploys, one after another, and
 * heals it between them:
 *
 *     restore what was published -> deploys that were under way -> new ones, in order -> heal ...
 *
 * What they do waits, so none of it is done in the loop. When control ends, a deploy stays as it is
 * and is gone on with after the next start.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/list.h"
#include "control/followers.h"
#include "control/keeper_world.h"
#include "control/runtimes.h"
#include "control/specs.h"
#include "loop/mailbox.h"

struct error;
struct loop;

#define KEEPERS_REMOVALS_MAX 64

struct keeper {
    struct list_head link;
    struct keepers *keepers;
    char *name; /* of the project */
    struct keeper_world world;
    pthread_t thread;
    bool has_thread;   /* that is still to be joined; this and the next two under the lock of all */
    bool is_forgotten; /* the project was removed, and nobody has asked for its keeper since */
    bool has_left;     /* the thread ends, and the next who asks for it has another started */
    atomic_bool has_ended;
    atomic_bool is_unknown;  /* the store has no such project (any more) */
    atomic_bool is_down;     /* nothing of it runs, and nothing shall */
    atomic_bool is_clearing; /* all of it is to end: stopped, and removed */
    struct store *store;     /* the thread's */
};

struct keepers_options {
    struct loop *loop;
    const char *folder; /* stays the caller's, as all of these */
    struct publisher *publisher;
    const struct state *state;
    runtimes_make_function *make_runtime; /* NULL: the real ones */
};

struct keepers {
    struct keeper_surroundings around;
    struct loop *loop;
    struct followers followers;
    struct runtimes runtimes;
    struct specs specs;        /* that were sent for builds */
    pthread_mutex_t accepting; /* held while a deploy is added, or a project forgotten */

    pthread_mutex_t lock; /* of what follows */
    struct list_head list;
    char *trouble; /* why there is no store; NULL */
    bool is_stopping;
    char *removals[KEEPERS_REMOVALS_MAX]; /* see keepers_remove_later() */
    unsigned int next_removal;

    pthread_t starter;
    atomic_bool has_started;

    /* The end of a tree in the foreground. */
    struct loop_message cleared;
    void (*on_cleared)(void *context);
    void *on_cleared_context;
    pthread_t clearer;
    bool has_clearer;
    atomic_bool is_cleared;
};

/* Starts a keeper for each project that the store knows, on threads. */
int keepers_new(const struct keepers_options *options, struct keepers **ret_keepers,
                struct error **reterr);

/* They come to their end soon, unless a runtime keeps one of them waiting. */
void keepers_stop(struct keepers *keepers);
bool keepers_have_stopped(struct keepers *keepers);

/* After the publisher has stopped and before it is freed: joins the threads. NULL is fine. The
 * worlds stay until keepers_free(), for what the publisher may say to them. */
void keepers_join(struct keepers *keepers);
struct keepers *keepers_free(struct keepers *keepers);

/* From any thread but the loop's for the second. A keeper stays for as long as they all do, but its
 * thread ends when its project was removed: the second starts it again. */
struct keeper *keepers_find(struct keepers *keepers, const char *name);
int keepers_need(struct keepers *keepers, const char *name, struct keeper **ret_keeper,
                 struct error **reterr);

/* Of its thread: the project was removed from the store. Nobody adds a deploy meanwhile. */
void keepers_forget(struct keeper *keeper);

/* Of its thread: whether it is to end now. Nobody adds a deploy meanwhile, so a look at the store
 * by is_free() is the last word. */
bool keepers_let_go(struct keeper *keeper, bool (*is_free)(struct keeper *keeper));

/* Whether anything runs, or shall. */
bool keepers_are_used(struct keepers *keepers);

/* Why deploys cannot be kept: text to be freed, or NULL where nothing is wrong. */
char *keepers_trouble(struct keepers *keepers);

/* The instance of that id is to go once it has been attached to and has ended; true, once, where
 * that was said of it. */
void keepers_remove_later(struct keepers *keepers, const char *id);
bool keepers_take_removal(struct keepers *keepers, const char *id);

/* Stops and removes every instance of every project, and calls done in the loop. The edge has
 * ended before. */
int keepers_clear(struct keepers *keepers, void (*done)(void *context), void *context);

/* The thread of one; see keeper.c. */
void *keeper_run(void *context);

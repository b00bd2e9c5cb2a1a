/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a project's deploys act on, for real: the runtimes of this machine, the edge by way of the
 * publisher, what the edge says in its shared memory, and the clock. Its operations may be called
 * from several threads, but not from the loop's.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "deploy/world.h"

struct followers;
struct publication;
struct publisher;
struct runtimes;
struct state;
struct store;

/* What all projects have in common. */
struct keeper_surroundings {
    const char *folder;
    struct publisher *publisher;
    const struct state *state;
    struct runtimes *runtimes;
    struct followers *followers;
};

/* A target of the edge that stands for an instance, now or until it has drained. */
struct keeper_target {
    char *instance;
    uint64_t id;
    bool is_current;
    bool is_marked;
    uint64_t marked_requests, marked_errors;
    uint64_t marked_latency[HISTOGRAM_BUCKET_COUNT];
};

struct keeper_world {
    struct world world;
    const struct keeper_surroundings *around;
    const char *project; /* the keeper's */

    int cancel_fd;                /* readable: a deploy that has begun is cancelled; -1 */
    pthread_mutex_t publish_lock; /* held for as long as one takes */
    pthread_mutex_t tell_lock;    /* of the next three */
    struct store *told;
    bool holds_result;
    char *held_result; /* NULL */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    uint64_t change_count;
    uint64_t seen_count;
    uint64_t digest;     /* of what the edge knows of the targets */
    bool is_stopping;    /* control ends: what is under way stays as it is */
    bool is_interrupted; /* the same for what is under way alone */
    bool has_no_edge;    /* it has ended, and nothing is published any more */
    struct keeper_target *targets;
    size_t target_count;

    /* What the publisher was asked for. */
    bool is_done;
    unsigned int status;
    char *error;
    char *changes;
    struct publication *publication;
};

void keeper_world_init(struct keeper_world *world, const struct keeper_surroundings *around,
                       const char *project);

/* After the publisher has gone. */
void keeper_world_deinit(struct keeper_world *world);

/* The thread of its keeper begins, and ends: nothing is kept open between. */
void keeper_world_begin(struct keeper_world *world);
void keeper_world_rest(struct keeper_world *world);

/* Something may have changed. */
void keeper_world_wake(struct keeper_world *world);

/* A deploy that has begun is cancelled: the store says which. */
void keeper_world_cancel(struct keeper_world *world);

/* Another number each time that something has, also what the edge says of the health of targets
 * where that is asked for. */
uint64_t keeper_world_version(struct keeper_world *world, bool with_edge);

/* From now on waiting is -ECANCELED. */
void keeper_world_stop(struct keeper_world *world);
bool keeper_world_is_stopping(struct keeper_world *world);
void keeper_world_interrupt(struct keeper_world *world, bool is_interrupted);

/* Nothing is asked of the edge any more. */
void keeper_world_end_edge(struct keeper_world *world);

/* While a deploy is done: its result is told when it is known everywhere, so that who was told
 * finds things as they were told. The text is the caller's; NULL where there is none. */
void keeper_world_hold_result(struct keeper_world *world);
char *keeper_world_take_result(struct keeper_world *world);

/* As the operation, but for one that has time: health alone counts, and it looks less often. False
 * when it is over. */
bool keeper_world_idle(struct keeper_world *world, uint64_t until_monotonic_ns);

/* Between the parts. keeper_targets.c: what is known of targets; the lock is held. */
int keeper_targets_take(struct keeper_world *world, const struct publication *publication);
void keeper_targets_free(struct keeper_world *world);
void keeper_targets_load(struct keeper_world *world);
void keeper_targets_forget(const struct keeper_world *world); /* in the file */
uint64_t keeper_targets_digest(const struct keeper_world *world, bool with_activity);
int keeper_targets_sum(struct world *world, const char *project, const char *const *instances,
                       uint32_t count, bool is_recent, struct world_target *ret);
int keeper_targets_read(struct world *world, const char *project, const char *instance,
                        struct world_target *ret);
void keeper_targets_mark(struct world *world, const char *project);

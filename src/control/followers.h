/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who follows events: a place to wait for news of the store, and the last few of what is only for
 * those who look at the moment (progress, output) and is not kept. From any thread.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLLOWERS_PASSING_MAX 1024

struct passing {
    uint64_t number;
    char *project;
    uint64_t deploy;
    char *text; /* one JSON object */
};

struct followers {
    pthread_mutex_t lock;
    pthread_cond_t news;
    uint64_t number; /* of the last thing that happened */
    struct passing passing[FOLLOWERS_PASSING_MAX];
    bool is_stopping;
};

void followers_init(struct followers *followers);
void followers_deinit(struct followers *followers);

/* There is something new in the store. */
void followers_tell(struct followers *followers);

/* Something that is not kept. */
void followers_pass(struct followers *followers, const char *project, uint64_t deploy,
                    const char *text);

/* Everybody who waits has to look whether to go on. */
void followers_wake(struct followers *followers);
void followers_stop(struct followers *followers);

uint64_t followers_now(struct followers *followers);

/* Until something has happened after *number, which becomes what has, or is_over is set. False when
 * it is over. */
bool followers_wait(struct followers *followers, uint64_t *number, uint64_t until_monotonic_ns,
                    const atomic_bool *is_over);

/* The first of what passed after number: false where there is none, or no memory for it. Its texts
 * are freed by passing_deinit(). */
bool followers_next(struct followers *followers, uint64_t number, const char *project,
                    uint64_t deploy, struct passing *ret_passing);
void passing_deinit(struct passing *passing);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches what the node does, for the last hour (watch/history.h): the edge's counters each 5 s, by
 * the loop, which only reads memory for it; what instances use each 15 s, or 5 s while somebody
 * looks, by a thread of its own, as runtimes make one wait. The thread never asks them for more
 * than a fiftieth of the time.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "loop/loop.h"
#include "model/desired.h"
#include "watch/history.h"

struct keepers;
struct publication;
struct sampler;
struct state;

/* What an instance uses. Texts end with the call that they are given to. */
struct sampler_usage {
    const char *id;
    double cpu_percent; /* of one CPU */
    uint64_t memory_bytes;
    uint64_t memory_limit_bytes; /* 0: none */
};

/* Who looks; see api/live. */
struct sampler_viewer {
    /* By the sampler's thread. */
    void (*used)(struct sampler_viewer *viewer, const struct sampler_usage *items, size_t count);
    /* At the end of control: its threads shall end soon; whether they have. */
    void (*stop)(struct sampler_viewer *viewer);
    bool (*has_stopped)(struct sampler_viewer *viewer);
    void (*free)(struct sampler_viewer *viewer); /* the server and its requests have gone before */
};

struct sampler_options {
    struct loop *loop;
    const struct state *state;
    struct publication *const *publication; /* the loop's */
    struct keepers *keepers;
};

int sampler_new(const struct sampler_options *options, struct sampler **ret_sampler);

/* The thread comes to its end soon, unless a runtime keeps it waiting. NULL is fine for all. */
void sampler_stop(struct sampler *sampler);
bool sampler_has_stopped(const struct sampler *sampler);

/* Joins the thread; while keepers are still there. */
void sampler_join(struct sampler *sampler);
struct sampler *sampler_free(struct sampler *sampler);

/* Of the loop's thread. One at most, which is the sampler's from then on. */
void sampler_set_viewer(struct sampler *sampler, struct sampler_viewer *viewer);
struct sampler_viewer *sampler_viewer_of(const struct sampler *sampler);

/* Whether somebody looks at the moment; from any thread. */
void sampler_hurry(struct sampler *sampler, bool is_watched);

/* A copy of the hour, with the step that it was made in; from any thread. 0 or -ENOMEM. */
int sampler_history(struct sampler *sampler, struct history *ret, uint64_t *ret_step);

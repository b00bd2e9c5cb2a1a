/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread for all streams: what has to be waited for (the store, runtimes) it looks at while
 * there is a stream, and posts what is new to the loop, in order. A stream that begins is told the
 * whole first, by a delivery of its own, and then gets what everybody gets.
 *
 *     loop: gatherer_open(id, after) ---> thread: looks
 *     loop: deliver(to that stream)  <--- the events it missed, projects, instances
 *     loop: deliver(to all)          <--- changes, events ...
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/live/delivery.h"

struct control;
struct gatherer;
struct loop;
struct publication;

struct gatherer_options {
    struct control *control; /* what of it any thread may use */
    struct loop *loop;
    void (*deliver)(struct loop_message *message); /* of a struct delivery */
    void *context;
};

/* NULL where it cannot be: out of memory, or of threads. */
struct gatherer *gatherer_new(const struct gatherer_options *options);
void gatherer_stop(struct gatherer *gatherer);
bool gatherer_has_stopped(const struct gatherer *gatherer);
struct gatherer *gatherer_free(struct gatherer *gatherer); /* joins */

/* Of the loop. What it knows and the thread does not: a reference to what holds, and what the edge
 * has of projects as JSON (taken over). Both may be NULL. */
void gatherer_set_world(struct gatherer *gatherer, struct publication *publication, char *served);

/* A stream begins, with the number of the last event that it has seen (UINT64_MAX: it wants new
 * ones alone). 0 or -ENOMEM. */
int gatherer_open(struct gatherer *gatherer, uint64_t stream, uint64_t after);

/* There is none any more: what was known is forgotten. */
void gatherer_rest(struct gatherer *gatherer);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to a target. While it is idle any request to the same target may have it; as every
 * target belongs to one group, all settings that shape a connection are those of the target.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "edge/buffer.h"
#include "net/stream.h"

struct exchange;
struct worker;
struct worker_target;

struct upstream {
    struct stream stream;
    struct loop_timer timer;
    struct list_head link; /* in the target's idle or busy ones */
    struct worker *worker;
    struct worker_target *target;
    struct target *own; /* what it is connected to: the entry's target may have become another */
    uint64_t cut_ns;    /* when it is cut off, as its target is gone; 0: it is not */
    struct exchange *exchange; /* NULL while idle */
    struct buffer *in;         /* of the response */
    struct buffer *out;        /* of the request, what was not taken yet */
    uint32_t request_count;
    bool is_connected;
    bool is_reusable; /* nothing is in doubt about it */
};

/* An idle one, or NULL. */
struct upstream *upstream_reuse(struct worker_target *target, bool check);

/* One that is being connected, or connected at once. 0 or -errno. */
int upstream_connect(struct worker_target *target, struct upstream **ret_upstream);

/* Sends the parts; what is not taken is copied to out. Returns 0 or -errno. */
int upstream_send(struct upstream *upstream, const struct iovec *parts, size_t count);
int upstream_flush(struct upstream *upstream);

/* The exchange needs it no more: kept for another one where that is safe, else closed. */
void upstream_release(struct upstream *upstream);
void upstream_close(struct upstream *upstream);
/* With a reset: the target shall not take what it got for whole. */
void upstream_abort(struct upstream *upstream);

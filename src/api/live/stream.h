/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One who follows: frames wait in order until the client takes them. The frames are shared, so a
 * client that is slow costs places in a list and the little that is under way; one that has too
 * much to read is cut off. All of it is the loop's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/live/frame.h"
#include "base/list.h"
#include "http/server.h"
#include "loop/loop.h"

/* How much may wait besides what a stream begins with. */
#define LIVE_WAITING_BYTES_MAX  ((size_t)1 << 20)
#define LIVE_WAITING_FRAMES_MAX 8192

struct live_stream {
    struct list_head link; /* its owner's */
    void *owner;
    void (*gone)(struct live_stream *stream); /* the client is, or has to be; the owner frees it */
    struct loop *loop;
    struct loop_task task; /* goes on when the connection is empty */
    struct http_request *request;
    uint64_t id;
    uint64_t after;   /* events that the client has; UINT64_MAX: it does not say */
    bool sees_values; /* that rules match: its role suffices */
    bool is_welcome;
    bool is_over;

    struct frame **frames; /* a circle */
    size_t capacity, first, count;
    size_t waiting, allowance; /* bytes of frames; of what it began with */
    size_t offset;             /* of the first frame */
    size_t in_flight;          /* written since the connection was empty */
    bool is_writing;
};

/* Begins to answer the request. NULL where memory is out: the request is still to be answered. */
struct live_stream *live_stream_new(struct loop *loop, struct http_request *request);

/* Ends it, as if there were nothing more to come. Returns NULL. */
struct live_stream *live_stream_free(struct live_stream *stream);

/* Without touching the request, which has gone with the server. */
struct live_stream *live_stream_forget(struct live_stream *stream);

/* The stream takes a reference of its own. is_beginning: it counts apart, until all is read. Where
 * there is too much, or no memory, the stream is over. frame NULL: no memory for it. */
void live_stream_put(struct live_stream *stream, struct frame *frame, bool is_beginning);

/* Writes what can be written; gone() may be called, and the stream freed. */
void live_stream_run(struct live_stream *stream);

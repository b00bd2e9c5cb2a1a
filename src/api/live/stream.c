/* SPDX-License-Identifier: Apache-2.0 */
#include "api/live/stream.h"

#include <stdlib.h>

#define IN_FLIGHT_MAX ((size_t)64 << 10)
#define CAPACITY_MIN  64

static void client_gone(struct http_request *request)
{
    struct live_stream *stream = request->user;

    stream->is_over = true;
    if (!stream->is_writing)
        stream->gone(stream);
}

static void client_drained(struct http_request *request)
{
    struct live_stream *stream = request->user;

    stream->in_flight = 0;
    if (!stream->is_writing)
        loop_defer(stream->loop, &stream->task); /* the server is in the midst of something */
}

static void go_on(struct loop_task *task)
{
    live_stream_run(list_entry(task, struct live_stream, task));
}

struct live_stream *live_stream_new(struct loop *loop, struct http_request *request)
{
    struct live_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL)
        return NULL;
    list_init(&stream->link);
    loop_task_init(&stream->task, go_on);
    stream->loop = loop;
    stream->request = request;
    stream->is_writing = true;
    request->user = stream;
    request->closed = client_gone;
    request->drained = client_drained;
    http_stream_begin(request, 200, "text/event-stream");
    stream->is_writing = false;
    return stream;
}

struct live_stream *live_stream_forget(struct live_stream *stream)
{
    list_remove(&stream->link);
    loop_task_cancel(&stream->task);
    for (size_t i = 0; i < stream->count; i++)
        (void)frame_unref(stream->frames[(stream->first + i) % stream->capacity]);
    free(stream->frames);
    free(stream);
    return NULL;
}

struct live_stream *live_stream_free(struct live_stream *stream)
{
    struct http_request *request = stream->request;

    request->closed = NULL;
    request->drained = NULL;
    request->user = NULL;
    http_stream_end(request);
    return live_stream_forget(stream);
}

static bool grow(struct live_stream *stream)
{
    size_t capacity = stream->capacity > 0 ? 2 * stream->capacity : CAPACITY_MIN;
    struct frame **frames = calloc(capacity, sizeof(struct frame *));

    if (frames == NULL)
        return false;
    for (size_t i = 0; i < stream->count; i++)
        frames[i] = stream->frames[(stream->first + i) % stream->capacity];
    free(stream->frames);
    stream->frames = frames;
    stream->capacity = capacity;
    stream->first = 0;
    return true;
}

void live_stream_put(struct live_stream *stream, struct frame *frame, bool is_beginning)
{
    if (stream->is_over)
        return;
    if (frame == NULL || (stream->count == stream->capacity && !grow(stream))) {
        stream->is_over = true;
        return;
    }
    stream->frames[(stream->first + stream->count++) % stream->capacity] = frame_ref(frame);
    stream->waiting += frame->size;
    if (is_beginning)
        stream->allowance += frame->size;
    if (stream->waiting > stream->allowance + LIVE_WAITING_BYTES_MAX ||
        stream->count > LIVE_WAITING_FRAMES_MAX)
        stream->is_over = true;
}

static void drop_first(struct live_stream *stream)
{
    struct frame *frame = stream->frames[stream->first];

    stream->waiting -= frame->size;
    stream->offset = 0;
    stream->first = (stream->first + 1) % stream->capacity;
    stream->count--;
    if (stream->count == 0)
        stream->allowance = 0;
    (void)frame_unref(frame);
}

static void run(struct live_stream *stream)
{
    while (!stream->is_over && stream->count > 0 && stream->in_flight < IN_FLIGHT_MAX) {
        struct frame *frame = stream->frames[stream->first];
        size_t size = frame->size - stream->offset;

        if (size > IN_FLIGHT_MAX)
            size = IN_FLIGHT_MAX;
        stream->in_flight += size;
        if (http_stream_write(stream->request, frame->data + stream->offset, size) < 0)
            stream->is_over = true;
        stream->offset += size;
        if (stream->offset == frame->size)
            drop_first(stream);
    }
}

void live_stream_run(struct live_stream *stream)
{
    stream->is_writing = true;
    run(stream);
    stream->is_writing = false;
    if (stream->is_over)
        stream->gone(stream);
}

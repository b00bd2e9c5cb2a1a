/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes both ways, unread: TCP connections, and HTTP ones after an upgrade. An end of one side is
 * passed on, and the other way goes on until it ends, too. A way that has carried much, and is
 * plain on both sides, goes through a pipe, so that its bytes are not copied.
 */
#include <errno.h>
#include <string.h>

#include "edge/exchange.h"
#include "edge/worker.h"
#include "os/os.h"
#include "os/socket.h"

/* How much a way carries before others get their turn. */
#define TUNNEL_TURN_BYTES (1024 * 1024)

/* From here on a pipe is worth its two system calls more. */
#define TUNNEL_PIPE_FROM_BYTES (256 * 1024)
#define TUNNEL_PIPE_PART       (256 * 1024)

static bool tunnel_take_pipe(struct worker *worker, struct tunnel_way *way)
{
    if (worker->free_pipe_count > 0) {
        worker->free_pipe_count--;
        way->pipe[0] = worker->free_pipes[worker->free_pipe_count][0];
        way->pipe[1] = worker->free_pipes[worker->free_pipe_count][1];
        return true;
    }
    if (worker->pipe_count >= WORKER_PIPES_MAX || os_pipe(way->pipe) < 0)
        return false;
    worker->pipe_count++;
    return true;
}

static void tunnel_give_pipe(struct worker *worker, struct tunnel_way *way)
{
    if (way->pipe[0] < 0)
        return;
    if (way->in_pipe > 0) {
        (void)os_close(way->pipe[0]);
        (void)os_close(way->pipe[1]);
        worker->pipe_count--;
    } else {
        worker->free_pipes[worker->free_pipe_count][0] = way->pipe[0];
        worker->free_pipes[worker->free_pipe_count][1] = way->pipe[1];
        worker->free_pipe_count++;
    }
    way->pipe[0] = -1;
    way->pipe[1] = -1;
}

void tunnel_deinit(struct exchange *exchange)
{
    struct worker *worker = exchange->worker;

    tunnel_give_pipe(worker, &exchange->up);
    tunnel_give_pipe(worker, &exchange->down);
    exchange->up.buffer = buffer_give(&worker->buffers, exchange->up.buffer);
    exchange->down.buffer = buffer_give(&worker->buffers, exchange->down.buffer);
}

/* The steps of a way return 1 when bytes were moved, 0 when there is nothing more to do,
 * -EAGAIN, or -errno. */

static int tunnel_write(struct tunnel_way *way, struct stream *to)
{
    struct buffer *buffer = way->buffer;
    struct iovec part = {buffer->data + buffer->begin, buffer_length(buffer)};
    ssize_t length = stream_write(to, &part, 1, false);

    if (length < 0)
        return (int)length;
    buffer->begin += (uint32_t)length;
    way->moved += (uint64_t)length;
    return 1;
}

static int tunnel_read(struct worker *worker, struct tunnel_way *way, struct stream *from)
{
    struct buffer *buffer = way->buffer;
    ssize_t length;

    if ((from->source.readiness & LOOP_READABLE) == 0) {
        way->buffer = buffer_give(&worker->buffers, buffer);
        return -EAGAIN;
    }
    if (buffer == NULL)
        buffer = buffer_take(&worker->buffers,
                             way->moved > BUFFER_BULK_SIZE ? BUFFER_BULK : BUFFER_PART);
    if (buffer == NULL)
        return -ENOMEM;
    way->buffer = buffer;
    buffer->begin = 0;
    buffer->end = 0;
    length = stream_read(from, buffer->data, buffer->size);
    if (length > 0) {
        buffer->end = (uint32_t)length;
        return 1;
    }
    way->buffer = buffer_give(&worker->buffers, buffer);
    if (length < 0)
        return (int)length;
    way->at_end = true;
    return 1;
}

static int tunnel_splice_in(struct tunnel_way *way, struct stream *from)
{
    ssize_t length;

    if ((from->source.readiness & LOOP_READABLE) == 0)
        return -EAGAIN;
    length = os_splice(from->source.fd, way->pipe[1], TUNNEL_PIPE_PART, false);
    if (length == -EAGAIN)
        loop_source_would_block(&from->source, LOOP_READABLE);
    if (length < 0)
        return (int)length;
    way->in_pipe = (size_t)length;
    way->at_end = length == 0;
    return 1;
}

static int tunnel_splice_out(struct tunnel_way *way, struct stream *to)
{
    ssize_t length;

    if ((to->source.readiness & LOOP_WRITABLE) == 0)
        return -EAGAIN;
    length = os_splice(way->pipe[0], to->source.fd, way->in_pipe, false);
    if (length == -EAGAIN)
        loop_source_would_block(&to->source, LOOP_WRITABLE);
    if (length < 0)
        return (int)length;
    way->in_pipe -= (size_t)length;
    way->moved += (uint64_t)length;
    return 1;
}

static int tunnel_shut(struct tunnel_way *way, struct stream *to)
{
    int r;

    if (way->is_shut)
        return 0;
    r = stream_shutdown(to);
    if (r == -EAGAIN)
        return r;
    way->is_shut = true; /* where it is closed already, that is as good */
    return 0;
}

static int tunnel_step(struct worker *worker, struct tunnel_way *way, struct stream *from,
                       struct stream *to)
{
    if (way->buffer != NULL && buffer_length(way->buffer) > 0)
        return tunnel_write(way, to);
    if (way->in_pipe > 0)
        return tunnel_splice_out(way, to);
    if (way->at_end)
        return tunnel_shut(way, to);
    if (way->pipe[0] < 0 && way->moved >= TUNNEL_PIPE_FROM_BYTES && stream_is_plain(from) &&
        stream_is_plain(to) && tunnel_take_pipe(worker, way))
        way->buffer = buffer_give(&worker->buffers, way->buffer);
    return way->pipe[0] >= 0 ? tunnel_splice_in(way, from) : tunnel_read(worker, way, from);
}

/* 0 when all is done that can be, or -errno. */
static int tunnel_move(struct exchange *exchange, struct tunnel_way *way, struct stream *from,
                       struct stream *to)
{
    uint64_t limit = way->moved + TUNNEL_TURN_BYTES;
    int r;

    do
        r = tunnel_step(exchange->worker, way, from, to);
    while (r == 1 && way->moved < limit);
    if (r == 1)
        loop_source_again(&from->source);
    return r == 1 || r == -EAGAIN ? 0 : r;
}

static void tunnel_finish(struct exchange *exchange, bool is_whole)
{
    struct worker_target *target = exchange->target;
    struct client *client = exchange->client;
    uint64_t duration_us = (worker_now_ns(exchange->worker) - exchange->dispatched_ns) / 1000;

    target->counters->requests++;
    target->counters->received_bytes += exchange->down.moved;
    target->counters->sent_bytes += exchange->up.moved;
    target->counters->latency[histogram_bucket(duration_us)]++;
    target->counters->latency_sum_us += duration_us;
    if (is_whole) {
        struct upstream *upstream = exchange->upstream;

        exchange->upstream = NULL;
        upstream_close(upstream);
        client_close(client);
    } else {
        EXCHANGE_COUNT(exchange, resets);
        client_abort(client);
    }
}

void tunnel_pump(struct exchange *exchange)
{
    struct stream *client = &exchange->client->stream;
    struct stream *upstream = &exchange->upstream->stream;
    uint64_t moved = exchange->up.moved + exchange->down.moved;
    int r = exchange->client->out == NULL ? 0 : client_flush(exchange->client);

    if (r == 0)
        r = tunnel_move(exchange, &exchange->down, upstream, client);
    else if (r == -EAGAIN)
        r = 0;
    if (r == 0)
        r = tunnel_move(exchange, &exchange->up, client, upstream);
    moved = exchange->up.moved + exchange->down.moved - moved;
    exchange->received_bytes = exchange->up.moved;
    exchange->sent_bytes = exchange->down.moved;
    if (r < 0) {
        tunnel_finish(exchange, false);
        return;
    }
    if (exchange->up.is_shut && exchange->down.is_shut) {
        tunnel_finish(exchange, true);
        return;
    }
    if (moved > 0 || !loop_timer_is_set(&exchange->upstream->timer))
        loop_timer_set_after(&exchange->worker->loop, &exchange->upstream->timer,
                             time_from_milliseconds(
                                 exchange->is_tcp ? exchange->listener->limits.idle_timeout_ms
                                                  : exchange->listener->limits.tunnel_timeout_ms));
}

/* What either side said too early goes first. The head of the request stays where the log finds
 * it, so bytes behind it are copied. */
void tunnel_start(struct exchange *exchange)
{
    struct worker *worker = exchange->worker;
    struct buffer *in = exchange->client->in;
    size_t used = (size_t)exchange->head_length + exchange->body_position;

    exchange->state = EXCHANGE_TUNNEL;
    exchange->client->close_after = true;
    loop_timer_set(&worker->loop, &exchange->client->timer, TIME_FOREVER);
    loop_timer_set(&worker->loop, &exchange->upstream->timer, TIME_FOREVER);
    exchange->down.buffer = take_ptr(exchange->upstream->in);
    exchange->up.buffer = take_ptr(exchange->body);
    if (exchange->up.buffer == NULL && in != NULL && buffer_length(in) > used) {
        size_t length = buffer_length(in) - used;

        exchange->up.buffer = buffer_take_for(&worker->buffers, length);
        if (exchange->up.buffer == NULL) {
            exchange_client_gone(exchange);
            return;
        }
        memcpy(exchange->up.buffer->data, in->data + in->begin + used, length);
        exchange->up.buffer->end = (uint32_t)length;
    }
    tunnel_pump(exchange);
}

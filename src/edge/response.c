/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The response on its way to the client.
 *
 *   head: read until it is whole -> 1xx: passed on, and once more
 *                                -> 101: a tunnel, where one was asked for
 *                                -> written anew, and the body follows
 *
 * A body whose length is known goes as it is, straight from the buffer it was read into. One in
 * chunks, or that ends with the connection, is framed anew; to clients of HTTP/1.0 it ends with the
 * connection. What goes wrong after the head was passed on ends in a reset, so that nobody takes a
 * part for the whole.
 */
#include <errno.h>
#include <string.h>

#include "edge/exchange.h"
#include "edge/head_fields.h"
#include "edge/outlier.h"
#include "edge/pieces.h"
#include "edge/stick.h"
#include "edge/trailers.h"

#define RESPONSE_INFORMATIONAL_MAX 8

/* A body of up to this is put behind its head, so that both go in one piece. */
#define RESPONSE_JOINED_MAX 4096

/*
 * Reading
 */

/* More bytes into in: 1, 0 at the end, -EAGAIN or -errno. */
static int response_fill(struct exchange *exchange)
{
    struct upstream *upstream = exchange->upstream;
    struct buffer_pool *pool = &exchange->worker->buffers;
    struct buffer *in = upstream->in;
    ssize_t length;

    if ((upstream->stream.source.readiness & LOOP_READABLE) == 0) {
        if (in != NULL && buffer_length(in) == 0)
            upstream->in = buffer_give(pool, in);
        return -EAGAIN;
    }
    if (in == NULL) {
        bool is_bulk = exchange->response_begun && exchange->response_body.left > BUFFER_PART_SIZE;

        in = buffer_take(pool, is_bulk ? BUFFER_BULK : BUFFER_PART);
    } else if (buffer_length(in) == 0) {
        in->begin = 0;
        in->end = 0;
        if (exchange->response_begun && in->class == BUFFER_PART &&
            exchange->response_body.left > BUFFER_PART_SIZE) {
            upstream->in = buffer_give(pool, in);
            in = buffer_take(pool, BUFFER_BULK);
        }
    } else if (buffer_room(in) == 0) {
        in = in->class < BUFFER_HEAD ? buffer_grow(pool, in, BUFFER_HEAD) : NULL;
    }
    if (in == NULL)
        return -ENOMEM;
    upstream->in = in;
    length = stream_read(&upstream->stream, in->data + in->end, buffer_room(in));
    if (length > 0)
        in->end += (uint32_t)length;
    else if (buffer_length(in) == 0)
        upstream->in = buffer_give(pool, in);
    if (length > 0)
        return 1;
    return length == 0 || length == -EAGAIN ? (int)length : -ECONNRESET;
}

/*
 * The head
 */

static void response_write_fields(struct exchange *exchange, struct http1_writer *writer,
                                  const char *data)
{
    const struct snapshot *snapshot = &exchange->held->generation->snapshot;
    struct snapshot_span operations = exchange->rule->response_headers;
    const struct http1_head *head = &exchange->response.head;

    for (uint32_t i = 0; i < head->field_count; i++) {
        const struct http1_field *field = &head->fields[i];

        if (!http1_field_is_passed(field) && (field->flags & HTTP1_FIELD_HAS_UNDERSCORE) == 0)
            continue;
        if ((field->flags & HTTP1_FIELD_IS_NAMED) != 0)
            continue;
        if (operations.count != 0 &&
            head_field_is_overridden(snapshot, operations, data + field->name.offset,
                                     field->name.length))
            continue;
        http1_write_field_of(writer, field, data);
    }
}

/* Which trailers will come, as far as the target says. */
static void response_write_trailer(struct exchange *exchange, struct http1_writer *writer)
{
    const struct buffer *in = exchange->upstream->in;
    const struct http1_field *field =
        http1_head_find(&exchange->response.head, HTTP1_FIELD_TRAILER);

    if (field != NULL)
        http1_write_field_of(writer, field, in->data + in->begin);
}

static void response_write_framing(struct exchange *exchange, struct http1_writer *writer)
{
    const struct http1_head *head = &exchange->response.head;
    const struct http1_head *request = &exchange->request.head;
    bool has_length = (head->present & UINT64_C(1) << HTTP1_FIELD_CONTENT_LENGTH) != 0;

    if (head->body == HTTP1_BODY_LENGTH ||
        (head->body == HTTP1_BODY_NONE && has_length && head->status != 204))
        http1_write_number_field(writer, "Content-Length", 14, head->content_length);
    else if (exchange->response_chunked)
        HTTP1_WRITE_FIELD(writer, "Transfer-Encoding", "chunked");
    if (head->body == HTTP1_BODY_CHUNKED && exchange->response_chunked && request->te_trailers)
        response_write_trailer(exchange, writer);
    if (exchange->client->close_after)
        HTTP1_WRITE_FIELD(writer, "Connection", "close");
    else if (request->minor_version == 0)
        HTTP1_WRITE_FIELD(writer, "Connection", "keep-alive");
}

/* Whether the body's framing is ours, and whether the connection may stay. */
static void response_decide(struct exchange *exchange)
{
    const struct http1_head *head = &exchange->response.head;
    bool is_framed = head->body == HTTP1_BODY_CHUNKED || head->body == HTTP1_BODY_UNTIL_CLOSE;

    exchange->response_chunked = is_framed && exchange->request.head.minor_version == 1;
    exchange->response_keeps = head->keep_alive && head->body != HTTP1_BODY_UNTIL_CLOSE;
    /* A body that ends with the connection; or a request that the target did not want all of. */
    if ((is_framed && !exchange->response_chunked) || !exchange->request_done ||
        exchange->request_broken || exchange->worker->is_draining ||
        exchange->client->listener->index == UINT32_MAX)
        exchange->client->close_after = true;
}

static size_t response_write_head(struct exchange *exchange)
{
    const char *data = exchange->upstream->in->data + exchange->upstream->in->begin;
    const struct http1_head *head = &exchange->response.head;
    struct http1_writer writer;

    http1_writer_init(&writer, exchange->worker->scratch, BUFFER_HEAD_SIZE);
    http1_write_status_line(&writer, head->status);
    response_write_fields(exchange, &writer, data);
    if ((head->present & UINT64_C(1) << HTTP1_FIELD_DATE) == 0)
        http1_write_field(&writer, "Date", 4, worker_date(exchange->worker), HTTP1_DATE_SIZE);
    head_write_operations(&exchange->held->generation->snapshot, exchange->rule->response_headers,
                          &writer);
    stick_write_cookies(exchange, &writer);
    response_write_framing(exchange, &writer);
    http1_write_head_end(&writer);
    return writer.overflow ? 0 : writer.used;
}

/* A head that is only for information: 1 when it was passed on, 0 for a tunnel, -errno. */
static int response_pass_informational(struct exchange *exchange)
{
    const struct http1_head *head = &exchange->response.head;
    struct upstream *upstream = exchange->upstream;
    const char *data = upstream->in->data + upstream->in->begin;
    struct http1_writer writer;
    struct iovec part;

    if (++exchange->informational_count > RESPONSE_INFORMATIONAL_MAX)
        return -EPROTO;
    http1_writer_init(&writer, exchange->worker->scratch, BUFFER_HEAD_SIZE);
    http1_write_status_line(&writer, head->status);
    response_write_fields(exchange, &writer, data);
    if (head->status == 101) {
        const struct http1_field *upgrade = http1_head_find(head, HTTP1_FIELD_UPGRADE);

        HTTP1_WRITE_FIELD(&writer, "Connection", "upgrade");
        if (upgrade != NULL)
            http1_write_field(&writer, "Upgrade", 7, data + upgrade->value.offset,
                              upgrade->value.length);
    }
    http1_write_head_end(&writer);
    if (writer.overflow)
        return -EPROTO;
    upstream->in->begin += head->length;
    /* A client of HTTP/1.0 knows none of these. */
    if (head->status == 101 || exchange->request.head.minor_version == 1) {
        part = (struct iovec){writer.data, writer.used};
        exchange->sent_bytes += writer.used;
        return client_send(exchange->client, &part, 1) < 0 ? -EPIPE : head->status != 101;
    }
    return 1;
}

/*
 * The body
 */

/* A head, where there is one, and bytes of a body that needs no framing, as many as are taken. */
static int response_send_plain(struct exchange *exchange, size_t head_length)
{
    struct buffer *in = exchange->upstream->in;
    struct http1_body *body = &exchange->response_body;
    size_t available = in == NULL ? 0 : buffer_length(in);
    char *scratch = exchange->worker->scratch;
    struct pieces pieces = {.count = 0};
    size_t length = available;
    ssize_t taken;

    if (body->kind == HTTP1_BODY_NONE)
        length = 0;
    else if (body->kind == HTTP1_BODY_LENGTH && length > body->left)
        length = (size_t)body->left;
    if (head_length > 0 && length <= RESPONSE_JOINED_MAX) {
        if (length > 0)
            memcpy(scratch + head_length, in->data + in->begin, length);
        pieces_add(&pieces, scratch, head_length + length);
    } else {
        if (head_length > 0)
            pieces_add(&pieces, scratch, head_length);
        pieces_add(&pieces, length == 0 ? "" : in->data + in->begin, length);
    }
    taken = stream_write(&exchange->client->stream, pieces.parts, pieces.count, false);
    if (taken < 0 && taken != -EAGAIN)
        return -EPIPE;
    if (taken < 0)
        taken = 0;
    if ((size_t)taken < head_length) {
        struct iovec rest = {scratch + taken, head_length - (size_t)taken};
        int r = client_keep(exchange->client, &rest, 1, 0);

        if (r < 0)
            return r;
        taken = (ssize_t)head_length;
    }
    exchange->sent_bytes += (uint64_t)taken;
    length = (size_t)taken - head_length;
    if (in != NULL)
        in->begin += (uint32_t)length;
    if (body->kind == HTTP1_BODY_LENGTH)
        body->left -= length;
    return (size_t)taken <
                   pieces.parts[0].iov_len + (pieces.count > 1 ? pieces.parts[1].iov_len : 0)
               ? -EAGAIN
               : 0;
}

/* To the client, all of it; -EPIPE where that is gone. */
static int response_give(struct exchange *exchange, const struct iovec *parts, size_t count)
{
    int r = client_send(exchange->client, parts, count);

    return r < 0 && r != -ENOMEM ? -EPIPE : r;
}

/* Of the bytes that were used up, the last ones may be trailers. */
static int response_keep_trailers(struct exchange *exchange, const char *end, size_t size_before)
{
    const struct http1_chunked *chunked = &exchange->response_body.chunked;
    size_t length = chunked->trailers_size - size_before;

    if (length == 0 || chunked->trailer_count == 0 || !trailers_are_wanted(exchange))
        return 0;
    return trailers_keep(exchange, end - length, length);
}

static enum http1_body_result response_take_pieces(struct exchange *exchange, struct pieces *pieces)
{
    struct buffer *in = exchange->upstream->in;
    size_t first = pieces->count;
    enum http1_body_result result = HTTP1_BODY_MORE;

    while (buffer_length(in) > 0 && pieces_have_room(pieces, first)) {
        size_t trailers_size = exchange->response_body.chunked.trailers_size;
        size_t consumed;

        result = pieces_take(pieces, &exchange->response_body, in->data + in->begin,
                             buffer_length(in), &consumed);
        if (result != HTTP1_BODY_REFUSED &&
            response_keep_trailers(exchange, in->data + in->begin + consumed, trailers_size) < 0)
            result = HTTP1_BODY_REFUSED;
        in->begin += (uint32_t)consumed;
        if (result == HTTP1_BODY_DONE || result == HTTP1_BODY_REFUSED)
            break;
    }
    return result;
}

static void response_add_end(struct exchange *exchange, struct pieces *pieces)
{
    const char *text = "0\r\n\r\n";
    size_t length = exchange->trailers == NULL ? 5 : trailers_write(exchange, &text);

    pieces_add(pieces, text, length);
}

/* The same for a body that is framed anew. */
static int response_send_framed(struct exchange *exchange, size_t head_length, bool at_end)
{
    struct pieces pieces = {.count = 0};
    enum http1_body_result result = HTTP1_BODY_MORE;
    size_t total = 0;
    size_t frame;

    if (head_length > 0)
        pieces_add(&pieces, exchange->worker->scratch, head_length);
    frame = pieces.count;
    pieces_add(&pieces, "", 0);
    if (exchange->upstream->in != NULL)
        result = response_take_pieces(exchange, &pieces);
    if (result == HTTP1_BODY_REFUSED)
        return -EBADMSG;
    if (result == HTTP1_BODY_DONE || at_end)
        exchange->response_done = true;
    if (exchange->response_chunked)
        pieces_frame(&pieces, frame);
    if (exchange->response_chunked && exchange->response_done)
        response_add_end(exchange, &pieces);
    for (size_t i = 0; i < pieces.count; i++)
        total += pieces.parts[i].iov_len;
    exchange->sent_bytes += total;
    return total == 0 ? 0 : response_give(exchange, pieces.parts, pieces.count);
}

static bool response_is_framed(const struct exchange *exchange)
{
    return exchange->response_body.kind == HTTP1_BODY_CHUNKED ||
           exchange->response_body.kind == HTTP1_BODY_UNTIL_CLOSE;
}

static int response_send(struct exchange *exchange, size_t head_length)
{
    int r;

    if (response_is_framed(exchange))
        return response_send_framed(exchange, head_length, false);
    r = response_send_plain(exchange, head_length);
    if ((r == 0 || r == -EAGAIN) && exchange->response_body.left == 0)
        exchange->response_done = true;
    return r;
}

/*
 * The end
 */

static void response_finish(struct exchange *exchange)
{
    struct upstream *upstream = exchange->upstream;
    struct worker_target *target = exchange->target;
    uint64_t duration_us = (worker_now_ns(exchange->worker) - exchange->dispatched_ns) / 1000;

    target->counters->requests++;
    target->counters->responses[exchange->status / 100 % 6]++;
    /* From its side: what it answered, and what it was sent. */
    target->counters->received_bytes += exchange->sent_bytes;
    target->counters->sent_bytes += exchange->received_bytes;
    target->counters->latency[histogram_bucket(duration_us)]++;
    target->counters->latency_sum_us += duration_us;
    exchange->upstream = NULL;
    upstream->is_reusable =
        exchange->response_keeps && exchange->request_done && !exchange->request_broken;
    upstream_release(upstream);
    exchange_leave_target(exchange);
    exchange_finish(exchange);
}

/* Nothing more comes from the target. */
static void response_ended(struct exchange *exchange, int r)
{
    struct upstream *upstream = exchange->upstream;

    if (!exchange->response_begun) {
        bool said_something = upstream->in != NULL;

        exchange_target_failed(exchange, 502,
                               said_something ? "the target broke off its answer"
                                              : "the target closed without an answer");
        return;
    }
    if (r == 0 && exchange->response_body.kind == HTTP1_BODY_UNTIL_CLOSE) {
        r = response_send_framed(exchange, 0, true);
        if (r < 0)
            exchange_client_gone(exchange);
        else if (exchange->client->out == NULL)
            response_finish(exchange);
        return;
    }
    EXCHANGE_COUNT(exchange, resets);
    exchange_refuse(exchange, 502, "the target broke off its answer");
}

static void response_head_passed(struct exchange *exchange)
{
    const struct http1_head *head = &exchange->response.head;

    exchange->answered_ns = worker_now_ns(exchange->worker);
    exchange->target_status = head->status;
    exchange->target->counters->target_responses[head->status / 100 % 6]++;
    exchange->group->counters->target_responses[head->status / 100 % 6]++;
    exchange_earn_retry(exchange);
    exchange_record(exchange, exchange->upstream->own, head->status >= 500);
}

/* The head is whole. 1: go on; 0: it is over; -errno. */
static int response_head_done(struct exchange *exchange)
{
    const struct http1_head *head = &exchange->response.head;
    size_t head_length;
    int r;

    if (head->status < 200) {
        if (head->status == 101 && (!exchange->is_upgrade_asked || !exchange->request_done))
            return -EPROTO;
        r = response_pass_informational(exchange);
        if (r == 0) {
            exchange->status = 101;
            response_head_passed(exchange);
            tunnel_start(exchange);
        } else if (r > 0) {
            /* Perhaps what the client waited for, before it sends its body. */
            if (!exchange->request_done && exchange->upstream->out == NULL)
                request_wait(exchange);
            http1_response_init(&exchange->response, exchange->request.head.method);
        }
        return r;
    }
    response_head_passed(exchange);
    response_decide(exchange);
    head_length = response_write_head(exchange);
    if (head_length == 0)
        return -EPROTO;
    exchange->status = head->status;
    exchange->upstream->in->begin += head->length;
    http1_body_init(&exchange->response_body, head);
    exchange->response_begun = true;
    r = response_send(exchange, head_length);
    return r == 0 ? 1 : r;
}

static void response_failed(struct exchange *exchange, int r)
{
    if (r == -EPROTO || r == -EBADMSG) {
        EXCHANGE_COUNT(exchange, resets);
        exchange_record(exchange, exchange->upstream->own, true);
        exchange->client->close_after = true; /* what it meant for whom is in doubt */
        exchange_refuse(exchange, 502, "the target's answer is malformed");
    } else if (r == -ENOMEM) {
        exchange_refuse(exchange, 503, "there is no memory");
    } else {
        exchange_client_gone(exchange);
    }
}

static int response_step_head(struct exchange *exchange)
{
    struct buffer *in = exchange->upstream->in;

    if (in != NULL && buffer_length(in) > 0) {
        switch (
            http1_response_parse(&exchange->response, in->data + in->begin, buffer_length(in))) {
        case HTTP1_DONE:
            return response_head_done(exchange);
        case HTTP1_REFUSED:
            return -EPROTO;
        case HTTP1_MORE:
            break;
        }
    }
    return response_fill(exchange);
}

/* 1: go on, 0: nothing more comes from the target, -EAGAIN, -errno. */
static int response_step_body(struct exchange *exchange)
{
    struct buffer *in = exchange->upstream->in;
    int r;

    if (in == NULL || buffer_length(in) == 0)
        return response_fill(exchange);
    r = response_send(exchange, 0);
    return r == 0 ? 1 : r;
}

/* Whoever is waited for has a time to move in. */
static void response_wait(struct exchange *exchange)
{
    struct loop *loop = &exchange->worker->loop;
    uint64_t idle_ns = time_from_milliseconds(exchange->listener->limits.idle_timeout_ms);

    if ((exchange->client->stream.source.readiness & LOOP_WRITABLE) == 0) {
        exchange_client_stalls(exchange);
        loop_timer_set(loop, &exchange->upstream->timer, TIME_FOREVER);
        return;
    }
    exchange->stalled_ns = 0;
    if (exchange->request_done)
        loop_timer_set(loop, &exchange->client->timer, TIME_FOREVER);
    if (exchange->response_begun)
        loop_timer_set_after(loop, &exchange->upstream->timer, idle_ns);
}

void response_pump(struct exchange *exchange)
{
    uint64_t limit = exchange->sent_bytes + EXCHANGE_TURN_BYTES;

    for (;;) {
        int r = client_flush(exchange->client);

        if (exchange->sent_bytes > limit && !exchange->response_done) {
            loop_source_again(&exchange->upstream->stream.source); /* others have their turn */
            return;
        }

        if (r < 0 && r != -EAGAIN) {
            exchange_client_gone(exchange);
            return;
        }
        if (r == 0 && exchange->response_done) {
            response_finish(exchange);
            return;
        }
        if (r == 0)
            r = exchange->response_begun ? response_step_body(exchange)
                                         : response_step_head(exchange);
        if (r == 1)
            continue;
        if (r == -EAGAIN) {
            response_wait(exchange);
            return;
        }
        if (exchange->client->exchange != exchange || exchange->state != EXCHANGE_EXCHANGING)
            return;
        if (r == 0 || r == -ECONNRESET)
            response_ended(exchange, r);
        else
            response_failed(exchange, r);
        return;
    }
}

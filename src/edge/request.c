/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request on its way to the target: its head is written anew from what was understood of it,
 * its body is framed anew. A fault that is found in the body ends all: the target sees no byte from
 * the fault on, and its connection is closed.
 */
#include <errno.h>
#include <string.h>

#include "edge/exchange.h"
#include "edge/forwarded.h"
#include "edge/head_fields.h"
#include "edge/pieces.h"
#include "route/expand.h"

/*
 * The head
 */

static void request_write_line(struct exchange *exchange, struct http1_writer *writer)
{
    const struct snapshot *snapshot = &exchange->held->generation->snapshot;
    const struct snapshot_rewrite *rewrite = &exchange->rule->rewrite;
    const struct http1_head *head = &exchange->request.head;
    const char *data = exchange_head_data(exchange);
    char path[HTTP1_TARGET_SIZE_MAX];
    size_t length = 0;
    struct expand_values values;
    int r;

    if (rewrite->kind == ROUTE_REWRITE_NONE || head->target_form == HTTP1_TARGET_ASTERISK) {
        http1_write_request_line_of(writer, head, data);
        return;
    }
    exchange_expand_values(exchange, &values);
    r = expand_path(snapshot, rewrite, &values, path, sizeof(path), &length);
    if (r == 0) {
        http1_write_request_line_of(writer, head, data);
        return;
    }
    if (r < 0 || length + head->query.length > sizeof(path)) {
        writer->overflow = true;
        return;
    }
    memcpy(path + length, data + head->query.offset, head->query.length);
    http1_write_request_line(writer, data + head->method_name.offset, head->method_name.length,
                             path, length + head->query.length);
}

static void request_write_fields(struct exchange *exchange, struct http1_writer *writer)
{
    const struct snapshot *snapshot = &exchange->held->generation->snapshot;
    struct snapshot_span operations = exchange->rule->request_headers;
    const struct http1_head *head = &exchange->request.head;
    const char *data = exchange_head_data(exchange);

    for (uint32_t i = 0; i < head->field_count; i++) {
        const struct http1_field *field = &head->fields[i];

        if (!http1_field_is_passed(field) ||
            (http1_field_is_forwarded(field) && !forwarded_is_passed(exchange, field)))
            continue;
        if (operations.count != 0 &&
            head_field_is_overridden(snapshot, operations, data + field->name.offset,
                                     field->name.length))
            continue;
        http1_write_field_of(writer, field, data);
    }
}

static void request_write_host(struct exchange *exchange, struct http1_writer *writer)
{
    const struct http1_head *head = &exchange->request.head;
    struct snapshot_span operations = exchange->rule->request_headers;

    if (operations.count != 0 &&
        head_field_is_overridden(&exchange->held->generation->snapshot, operations, "host", 4))
        return;
    http1_write_field(writer, "Host", 4, exchange_head_data(exchange) + head->host.offset,
                      head->host.length);
}

/* What is about this connection and the message's framing. */
static void request_write_framing(struct exchange *exchange, struct http1_writer *writer)
{
    const struct http1_head *head = &exchange->request.head;
    const char *data = exchange_head_data(exchange);

    if (head->upgrade) {
        const struct http1_field *upgrade = http1_head_find(head, HTTP1_FIELD_UPGRADE);

        HTTP1_WRITE_FIELD(writer, "Connection", "upgrade");
        http1_write_field(writer, "Upgrade", 7, data + upgrade->value.offset,
                          upgrade->value.length);
    }
    if (head->te_trailers && !head->upgrade) {
        HTTP1_WRITE_FIELD(writer, "Connection", "TE");
        HTTP1_WRITE_FIELD(writer, "TE", "trailers");
    }
    if (head->expect_continue)
        HTTP1_WRITE_FIELD(writer, "Expect", "100-continue");
    if (head->body == HTTP1_BODY_LENGTH)
        http1_write_number_field(writer, "Content-Length", 14, head->content_length);
    else if (head->body == HTTP1_BODY_CHUNKED)
        HTTP1_WRITE_FIELD(writer, "Transfer-Encoding", "chunked");
}

static size_t request_write_head(struct exchange *exchange)
{
    struct http1_writer writer;

    http1_writer_init(&writer, exchange->worker->scratch, BUFFER_HEAD_SIZE);
    request_write_line(exchange, &writer);
    request_write_host(exchange, &writer);
    request_write_fields(exchange, &writer);
    forwarded_write(exchange, &writer);
    head_write_operations(&exchange->held->generation->snapshot, exchange->rule->request_headers,
                          &writer);
    request_write_framing(exchange, &writer);
    http1_write_head_end(&writer);
    return writer.overflow ? 0 : writer.used;
}

/*
 * The body
 */

/* Bytes of it that have come and were not looked at. */
static char *request_available(struct exchange *exchange, size_t *ret_length)
{
    struct buffer *in = exchange->client->in;
    size_t behind = buffer_length(in) - exchange->head_length - exchange->body_position;

    if (behind > 0) {
        *ret_length = behind;
        return in->data + in->begin + exchange->head_length + exchange->body_position;
    }
    if (exchange->body != NULL && buffer_length(exchange->body) > 0) {
        *ret_length = buffer_length(exchange->body);
        return exchange->body->data + exchange->body->begin;
    }
    *ret_length = 0;
    return NULL;
}

static void request_consume(struct exchange *exchange, size_t length)
{
    struct buffer *in = exchange->client->in;
    size_t behind = buffer_length(in) - exchange->head_length - exchange->body_position;

    if (behind > 0)
        exchange->body_position += (uint32_t)length;
    else
        exchange->body->begin += (uint32_t)length;
    exchange->received_bytes += length;
}

/* Takes the pieces of the body out of the bytes; they stay where they are. */
static enum http1_body_result request_take_pieces(struct exchange *exchange, const char *data,
                                                  size_t size, struct pieces *pieces,
                                                  size_t *ret_consumed)
{
    enum http1_body_result result = HTTP1_BODY_MORE;
    size_t first = pieces->count;
    size_t total = 0;

    while (total < size && pieces_have_room(pieces, first)) {
        size_t consumed;

        result =
            pieces_take(pieces, &exchange->request_body, data + total, size - total, &consumed);
        total += consumed;
        if (result == HTTP1_BODY_DONE || result == HTTP1_BODY_REFUSED)
            break;
    }
    *ret_consumed = total;
    /* That one of known length is over is said only when it is asked for more. */
    if (result == HTTP1_BODY_DATA && exchange->request_body.kind == HTTP1_BODY_LENGTH &&
        exchange->request_body.left == 0)
        return HTTP1_BODY_DONE;
    return result;
}

/* Writes a head, where there is one, and what there is of the body. 0, or -EBADMSG where the body
 * is at fault, -EFBIG where it is too large, or -errno. */
static int request_send(struct exchange *exchange, size_t head_length)
{
    bool is_chunked = exchange->request_body.kind == HTTP1_BODY_CHUNKED;
    struct pieces pieces = {.count = 0};
    enum http1_body_result result = HTTP1_BODY_MORE;
    size_t available = 0;
    size_t consumed = 0;
    char *data = NULL;
    size_t frame;
    int r;

    if (head_length > 0)
        pieces_add(&pieces, exchange->worker->scratch, head_length);
    frame = pieces.count;
    if (!exchange->request_done)
        data = request_available(exchange, &available);
    if (available > 0) {
        if (is_chunked)
            pieces_add(&pieces, "", 0);
        result = request_take_pieces(exchange, data, available, &pieces, &consumed);
        if (result == HTTP1_BODY_REFUSED)
            return -EBADMSG;
        if (is_chunked)
            pieces_frame(&pieces, frame);
        if (is_chunked && result == HTTP1_BODY_DONE)
            pieces_add(&pieces, "0\r\n\r\n", 5);
    }
    /* A second attempt, whose body is over before it began. */
    if (head_length > 0 && is_chunked && exchange->request_done)
        pieces_add(&pieces, "0\r\n\r\n", 5);
    exchange->body_bytes += pieces.length;
    if (exchange->listener->limits.body_bytes_max != 0 &&
        exchange->body_bytes > exchange->listener->limits.body_bytes_max)
        return -EFBIG;
    r = upstream_send(exchange->upstream, pieces.parts, pieces.count);
    if (consumed > 0)
        request_consume(exchange, consumed);
    if (result == HTTP1_BODY_DONE)
        exchange->request_done = true;
    return r;
}

/* More of the body from the client: 1, 0 at the end, -EAGAIN or -errno. */
static int request_fill(struct exchange *exchange)
{
    struct client *client = exchange->client;
    struct buffer *body = exchange->body;
    ssize_t length;

    if ((client->stream.source.readiness & LOOP_READABLE) == 0) {
        exchange->body = buffer_give(&exchange->worker->buffers, body);
        return -EAGAIN;
    }
    if (body == NULL) {
        body = buffer_take(&exchange->worker->buffers,
                           exchange->body_bytes > BUFFER_PART_SIZE &&
                                   exchange->request_body.kind != HTTP1_BODY_CHUNKED
                               ? BUFFER_BULK
                               : BUFFER_PART);
        if (body == NULL)
            return -ENOMEM;
        exchange->body = body;
    }
    body->begin = 0;
    body->end = 0;
    length = stream_read(&client->stream, body->data, body->size);
    if (length > 0) {
        body->end = (uint32_t)length;
        return 1;
    }
    exchange->body = buffer_give(&exchange->worker->buffers, body);
    return (int)length;
}

void request_wait(struct exchange *exchange)
{
    const struct snapshot_limits *limits = &exchange->listener->limits;
    uint64_t wait_ns = time_from_milliseconds(limits->idle_timeout_ms);

    /* A client that asked whether it may send waits for the target itself. */
    if (exchange->request.head.expect_continue && exchange->body_bytes == 0 &&
        exchange->informational_count == 0)
        return;
    /* The target cannot answer yet. */
    if (!exchange->response_begun)
        loop_timer_set(&exchange->worker->loop, &exchange->upstream->timer, TIME_FOREVER);
    if (exchange->stalled_ns != 0)
        return;
    if (exchange->body_begun_ns == 0) {
        exchange->body_begun_ns = worker_now_ns(exchange->worker);
        exchange->body_moved_ns = exchange->body_begun_ns;
    }
    if (limits->body_rate_min == 0)
        loop_timer_set_after(&exchange->worker->loop, &exchange->client->timer, wait_ns);
    else if (!loop_timer_is_set(&exchange->client->timer))
        loop_timer_set_after(&exchange->worker->loop, &exchange->client->timer,
                             wait_ns < EXCHANGE_RATE_CHECK_NS ? wait_ns : EXCHANGE_RATE_CHECK_NS);
}

/* The target is the slow one: its own timer is set since it last took something. */
static void request_wait_for_target(struct exchange *exchange)
{
    /* That time is not the client's. */
    exchange->body_begun_ns = 0;
    if (exchange->stalled_ns == 0)
        loop_timer_set(&exchange->worker->loop, &exchange->client->timer, TIME_FOREVER);
}

static void request_body_failed(struct exchange *exchange, int r)
{
    if (r == -EBADMSG)
        exchange_refuse(exchange, exchange->request_body.chunked.refusal_status,
                        exchange->request_body.chunked.refusal);
    else if (r == -EFBIG)
        exchange_refuse(exchange, 413, "the body is larger than the listener allows");
    else if (r == -ENOMEM)
        exchange_refuse(exchange, 503, "there is no memory");
    else
        /* The target may have answered before it closed: what it said is read first. */
        exchange->request_broken = true;
}

static int request_begin(struct exchange *exchange)
{
    size_t head_length = request_write_head(exchange);

    if (head_length == 0)
        return -EMSGSIZE;
    exchange->request_sent = true;
    return request_send(exchange, head_length);
}

/* False where there is nothing more to do now, or all is over. */
static bool request_step(struct exchange *exchange)
{
    size_t available;
    int r = upstream_flush(exchange->upstream);

    if (r == -EAGAIN) {
        request_wait_for_target(exchange);
        return false;
    }
    if (r == 0 && !exchange->request_sent) {
        r = request_begin(exchange);
        if (r == -EMSGSIZE) {
            exchange_refuse(exchange, 431, "the head is too large once it is rewritten");
            return false;
        }
    } else if (r == 0) {
        (void)request_available(exchange, &available);
        if (available == 0) {
            r = request_fill(exchange);
            if (r == -EAGAIN) {
                request_wait(exchange);
                return false;
            }
            if (r <= 0) {
                exchange_client_gone(exchange);
                return false;
            }
        }
        r = request_send(exchange, 0);
    }
    if (r < 0) {
        request_body_failed(exchange, r);
        return false;
    }
    loop_timer_set_after(&exchange->worker->loop, &exchange->upstream->timer,
                         time_from_milliseconds(exchange->view->config->response_timeout_ms));
    if (exchange->request_done && exchange->stalled_ns == 0)
        loop_timer_set(&exchange->worker->loop, &exchange->client->timer, TIME_FOREVER);
    return !exchange->request_done;
}

void request_pump(struct exchange *exchange)
{
    uint64_t limit = exchange->received_bytes + EXCHANGE_TURN_BYTES;

    while (!exchange->request_broken && request_step(exchange)) {
        if (exchange->received_bytes > limit) {
            loop_source_again(&exchange->client->stream.source); /* others have their turn */
            return;
        }
    }
}

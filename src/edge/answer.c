/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of the edge's own: what rules say, and refusals. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "edge/exchange.h"
#include "edge/head_fields.h"
#include "route/expand.h"

#define ANSWER_BODY_MAX 64
#define ANSWER_STALL_NS (60 * TIME_SECOND)

struct answer {
    unsigned status;
    const char *location;
    size_t location_length;
    const char *content_type;
    size_t content_type_length;
    const char *body;
    size_t body_length;
    uint64_t retry_after_s;
    bool by_rule;
};

static bool answer_has_body(const struct exchange *exchange, const struct answer *answer)
{
    return exchange->request.head.method != HTTP1_HEAD && answer->status >= 200 &&
           answer->status != 204 && answer->status != 304;
}

static void answer_write(const struct exchange *exchange, const struct answer *answer,
                         struct http1_writer *writer)
{
    http1_write_status_line(writer, answer->status);
    http1_write_field(writer, "Date", 4, worker_date(exchange->worker), HTTP1_DATE_SIZE);
    if (answer->location_length > 0)
        http1_write_field(writer, "Location", 8, answer->location, answer->location_length);
    if (answer->content_type_length > 0 && answer->body_length > 0)
        http1_write_field(writer, "Content-Type", 12, answer->content_type,
                          answer->content_type_length);
    if (answer->retry_after_s > 0)
        http1_write_number_field(writer, "Retry-After", 11, answer->retry_after_s);
    if (answer->status == 405)
        HTTP1_WRITE_FIELD(writer, "Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    if (answer->by_rule)
        head_write_operations(&exchange->held->generation->snapshot,
                              exchange->rule->response_headers, writer);
    if (answer->status != 204 && answer->status != 304)
        http1_write_number_field(writer, "Content-Length", 14, answer->body_length);
    if (exchange->client->close_after)
        HTTP1_WRITE_FIELD(writer, "Connection", "close");
    else if (exchange->request.head.minor_version == 0)
        HTTP1_WRITE_FIELD(writer, "Connection", "keep-alive");
    http1_write_head_end(writer);
}

void answer_pump(struct exchange *exchange)
{
    struct client *client = exchange->client;
    struct iovec *rest = &exchange->answer_rest;
    ssize_t r = client_flush(client);

    while (r == 0 && rest->iov_len > 0) {
        r = stream_write(&client->stream, rest, 1, false);
        if (r > 0) {
            rest->iov_base = (char *)rest->iov_base + r;
            rest->iov_len -= (size_t)r;
            r = 0;
        }
    }
    if (r == 0)
        exchange_finish(exchange);
    else if (r == -EAGAIN)
        loop_timer_set_after(&exchange->worker->loop, &client->timer, ANSWER_STALL_NS);
    else
        exchange_client_gone(exchange);
}

static void answer_send(struct exchange *exchange, const struct answer *answer)
{
    struct client *client = exchange->client;
    struct http1_writer writer;
    struct iovec parts[2];
    size_t count = 1;
    int r;

    exchange->state = EXCHANGE_ANSWERING;
    exchange->status = (uint16_t)answer->status;
    exchange->response_begun = true;
    /* A body that nobody reads makes the connection useless. */
    if (!exchange->request_done || client->worker->is_draining ||
        client->listener->index == UINT32_MAX)
        client->close_after = true;
    http1_writer_init(&writer, exchange->worker->scratch, BUFFER_HEAD_SIZE);
    answer_write(exchange, answer, &writer);
    parts[0] = (struct iovec){writer.data, writer.used};
    if (answer_has_body(exchange, answer) && answer->body_length > 0)
        parts[count++] = (struct iovec){(void *)(uintptr_t)answer->body, answer->body_length};
    for (size_t i = 0; i < count; i++)
        exchange->sent_bytes += parts[i].iov_len;
    /* A large body of a rule is sent from where it is. */
    if (count == 2 && parts[1].iov_len > BUFFER_PART_SIZE) {
        exchange->answer_rest = parts[1];
        count = 1;
    }
    r = writer.overflow ? -ENOBUFS : client_send(client, parts, count);
    if (r < 0)
        exchange_client_gone(exchange);
    else
        answer_pump(exchange);
}

void answer_rule(struct exchange *exchange)
{
    const struct snapshot *snapshot = &exchange->held->generation->snapshot;
    const struct snapshot_action *action = &exchange->rule->action;
    char location[HTTP1_TARGET_SIZE_MAX + 1024];
    struct answer answer = {
        .status = action->status,
        .content_type = snapshot_text(snapshot, action->content_type),
        .content_type_length = action->content_type.length,
        .body = snapshot_text(snapshot, action->body),
        .body_length = action->body.length,
        .by_rule = true,
    };
    struct expand_values values;

    if (action->kind == ROUTE_ACTION_REDIRECT) {
        exchange_expand_values(exchange, &values);
        if (expand_location(snapshot, action, &values, location, sizeof(location),
                            &answer.location_length) < 0) {
            exchange_refuse(exchange, 414, "the location would be too long");
            return;
        }
        answer.location = location;
    }
    if (answer.content_type_length == 0) {
        answer.content_type = "text/plain; charset=utf-8";
        answer.content_type_length = strlen(answer.content_type);
    }
    answer_send(exchange, &answer);
}

void answer_status(struct exchange *exchange, unsigned status, uint64_t retry_after_s)
{
    char body[ANSWER_BODY_MAX];
    int length = snprintf(body, sizeof(body), "%u %s\n", status, http1_status_reason(status));
    struct answer answer = {
        .status = status,
        .content_type = "text/plain; charset=utf-8",
        .content_type_length = strlen("text/plain; charset=utf-8"),
        .body = body,
        .body_length = (size_t)length < sizeof(body) ? (size_t)length : sizeof(body) - 1,
        .retry_after_s = retry_after_s,
    };

    answer_send(exchange, &answer);
}

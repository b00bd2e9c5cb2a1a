/* SPDX-License-Identifier: Apache-2.0 */
/* From a request's head to what is to be done about it. */
#include <string.h>

#include "edge/exchange.h"
#include "edge/exchange_limits.h"
#include "edge/listener.h"
#include "route/expand.h"
#include "route/match.h"

/* Host without its port. */
static struct route_text exchange_host(const struct exchange *exchange)
{
    const struct http1_span *host = &exchange->request.head.host;
    const char *text = exchange_head_data(exchange) + host->offset;
    size_t length = host->length;

    if (length > 0 && text[0] == '[') {
        const char *end = memchr(text, ']', length);

        return (struct route_text){text, end == NULL ? length : (size_t)(end - text) + 1};
    }
    for (size_t i = length; i > 0 && length - i < 6; i--)
        if (text[i - 1] == ':')
            return (struct route_text){text, i - 1};
    return (struct route_text){text, length};
}

static bool exchange_header(const void *context, size_t position, struct route_header *ret)
{
    const struct exchange *exchange = context;
    const struct http1_head *head = &exchange->request.head;
    const char *data = exchange_head_data(exchange);

    if (position >= head->field_count)
        return false;
    ret->name = (struct route_text){data + head->fields[position].name.offset,
                                    head->fields[position].name.length};
    ret->value = (struct route_text){data + head->fields[position].value.offset,
                                     head->fields[position].value.length};
    return true;
}

void exchange_describe(const struct exchange *exchange, struct route_request *ret)
{
    const struct http1_head *head = &exchange->request.head;
    const char *data = exchange_head_data(exchange);

    *ret = (struct route_request){
        .method = {data + head->method_name.offset, head->method_name.length},
        .host = exchange_host(exchange),
        .path = {data + head->path.offset, head->path.length},
        .peer = exchange->client->peer,
        .header = exchange_header,
        .header_context = exchange,
    };
    if (head->path.length == 0)
        ret->path = (struct route_text){"/", 1};
    if (head->query.length > 1)
        ret->query = (struct route_text){data + head->query.offset + 1, head->query.length - 1};
}

void exchange_expand_values(const struct exchange *exchange, struct expand_values *ret)
{
    static const char protocols[][6] = {"http", "https"};
    bool is_https = exchange->listener->protocol == ROUTE_PROTOCOL_HTTPS;
    struct route_request request;

    exchange_describe(exchange, &request);
    *ret = (struct expand_values){
        .protocol = {protocols[is_https], is_https ? 5 : 4},
        .host = request.host,
        .port = {exchange->client->listener->port_text,
                 strlen(exchange->client->listener->port_text)},
        .path = request.path,
        .query = request.query,
    };
}

/* What is refused whatever the rules say. True where it was. */
static bool exchange_is_refused(struct exchange *exchange)
{
    const struct http1_head *head = &exchange->request.head;
    uint64_t body_max = exchange->listener->limits.body_bytes_max;

    if (head->method == HTTP1_TRACE) {
        exchange_refuse(exchange, 405, "TRACE is not passed on");
        return true;
    }
    if (head->expect_other) {
        exchange_refuse(exchange, 417, "an expectation that is not known");
        return true;
    }
    if (body_max != 0 && head->body == HTTP1_BODY_LENGTH && head->content_length > body_max) {
        exchange_refuse(exchange, 413, "the body is larger than the listener allows");
        return true;
    }
    if (listener_host_is_misdirected(exchange->client, exchange_host(exchange))) {
        exchange_refuse(exchange, 421, "the host belongs to another certificate");
        return true;
    }
    return false;
}

static bool exchange_is_limited(struct exchange *exchange, struct snapshot_span limits)
{
    uint64_t retry_after_s = 0;

    if (limits.count == 0 || exchange_limits_pass(exchange, limits, &retry_after_s))
        return false;
    exchange->error = "a limit of requests was reached";
    exchange->client->listener->counters->rejected++;
    if (!exchange->request_done)
        exchange->client->close_after = true;
    answer_status(exchange, 429, retry_after_s);
    return true;
}

static void exchange_act(struct exchange *exchange)
{
    switch ((enum route_action_kind)exchange->rule->action.kind) {
    case ROUTE_ACTION_FORWARD:
        exchange_choose_group(exchange);
        exchange_choose(exchange);
        break;
    case ROUTE_ACTION_REDIRECT:
    case ROUTE_ACTION_RESPOND:
        answer_rule(exchange);
        break;
    case ROUTE_ACTION_NONE:
        exchange_refuse(exchange, 404, "no rule matches");
        break;
    }
}

void exchange_start(struct exchange *exchange)
{
    struct client *client = exchange->client;
    const struct http1_head *head = &exchange->request.head;
    const struct snapshot *snapshot;
    struct route_request request;

    exchange_bind(exchange);
    exchange->head_length = head->length;
    exchange->received_bytes = head->length;
    http1_body_init(&exchange->request_body, head);
    exchange->request_done = head->body == HTTP1_BODY_NONE ||
                             (head->body == HTTP1_BODY_LENGTH && head->content_length == 0);
    exchange->is_websocket_asked = head->upgrade_websocket;
    exchange->is_upgrade_asked = head->upgrade;
    if (!head->keep_alive)
        client->close_after = true;
    if (exchange->listener == NULL) {
        exchange_refuse(exchange, 503, "the listener is gone");
        return;
    }
    snapshot = &exchange->held->generation->snapshot;
    if (exchange_is_refused(exchange) ||
        exchange_is_limited(exchange, exchange->listener->rate_limits))
        return;
    exchange_describe(exchange, &request);
    exchange->rule = route_match(snapshot, client->listener->index, &request);
    if (exchange_is_limited(exchange, exchange->rule->rate_limits))
        return;
    /* It was reset behind its request, which is told once only. */
    if ((client->stream.source.readiness & LOOP_ERROR) != 0)
        exchange_client_gone(exchange);
    else
        exchange_act(exchange);
}

void exchange_start_tunnel(struct exchange *exchange)
{
    struct client *client = exchange->client;
    struct route_request request = {.peer = client->peer};

    exchange_bind(exchange);
    exchange->is_tcp = true;
    exchange->request_done = true;
    client->close_after = true;
    if (exchange->listener == NULL) {
        exchange_client_gone(exchange);
        return;
    }
    exchange->rule =
        route_match(&exchange->held->generation->snapshot, client->listener->index, &request);
    if (exchange->rule->action.kind != ROUTE_ACTION_FORWARD) {
        exchange_client_gone(exchange);
        return;
    }
    exchange_choose_group(exchange);
    exchange_choose(exchange);
}

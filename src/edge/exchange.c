/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/exchange.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "edge/exchange_limits.h"
#include "edge/exchange_log.h"
#include "edge/worker.h"
#include "os/os.h"
#include "os/progress.h"

struct exchange *exchange_new(struct client *client)
{
    struct worker *worker = client->worker;
    struct exchange *exchange = list_first(&worker->free_exchanges, struct exchange, link);

    if (exchange != NULL)
        list_remove(&exchange->link);
    else
        exchange = malloc(sizeof(*exchange));
    if (exchange == NULL)
        return NULL;
    memset(exchange, 0, offsetof(struct exchange, request_body));
    list_init(&exchange->link);
    http1_request_init(&exchange->request);
    exchange->up = (struct tunnel_way){.pipe = {-1, -1}};
    exchange->down = (struct tunnel_way){.pipe = {-1, -1}};
    exchange->client = client;
    exchange->worker = worker;
    exchange->started_ns = worker_now_ns(worker);
    state_gauge_up(&client->listener->counters->active);
    return exchange;
}

void exchange_bind(struct exchange *exchange)
{
    const struct worker_listener *listener = exchange->client->listener;

    if (exchange->held != NULL)
        return;
    exchange->held = worker_generation_hold(exchange->worker);
    if (exchange->held != NULL && listener->index != UINT32_MAX)
        exchange->listener = &exchange->held->generation->snapshot.listeners[listener->index];
}

/*
 * The end
 */

/* What is behind the request in the client's buffers is the next one's. */
static void exchange_keep_rest(struct exchange *exchange)
{
    struct client *client = exchange->client;
    struct worker *worker = exchange->worker;

    if (exchange->body != NULL && buffer_length(exchange->body) > 0) {
        (void)buffer_give(&worker->buffers, client->in);
        client->in = take_ptr(exchange->body);
        return;
    }
    exchange->body = buffer_give(&worker->buffers, exchange->body);
    if (client->in == NULL)
        return;
    client->in->begin += exchange->head_length + exchange->body_position;
    if (buffer_length(client->in) == 0)
        client->in = buffer_give(&worker->buffers, client->in);
}

/* What passes over a TCP connection is nobody's to judge: only one without a target went wrong. */
static void count_response(const struct exchange *exchange, struct state_counters *counters)
{
    if (!exchange->is_tcp || exchange->state != EXCHANGE_TUNNEL)
        counters->responses[exchange->status / 100 % 6]++;
}

static void exchange_count(struct exchange *exchange)
{
    struct state_counters *listener = exchange->client->listener->counters;
    uint64_t duration_us = (worker_now_ns(exchange->worker) - exchange->started_ns) / 1000;

    state_gauge_down(&listener->active);
    if (exchange->status == 0 && exchange->state == EXCHANGE_READING)
        return; /* nothing was asked for yet */
    listener->requests++;
    count_response(exchange, listener);
    listener->received_bytes += exchange->received_bytes;
    listener->sent_bytes += exchange->sent_bytes;
    listener->latency[histogram_bucket(duration_us)]++;
    listener->latency_sum_us += duration_us;
    if (exchange->group == NULL)
        return;
    state_gauge_down(&exchange->group->counters->active);
    exchange->group->counters->requests++;
    count_response(exchange, exchange->group->counters);
    exchange->group->counters->received_bytes += exchange->received_bytes;
    exchange->group->counters->sent_bytes += exchange->sent_bytes;
    exchange->group->counters->latency[histogram_bucket(duration_us)]++;
    exchange->group->counters->latency_sum_us += duration_us;
}

void exchange_free(struct exchange *exchange)
{
    struct worker *worker = exchange->worker;

    exchange_count(exchange);
    exchange_log(exchange);
    exchange_limits_release(exchange);
    if (exchange->upstream != NULL) {
        struct upstream *upstream = exchange->upstream;

        exchange->upstream = NULL;
        upstream_abort(upstream);
    }
    exchange_leave_target(exchange);
    tunnel_deinit(exchange);
    exchange->body = buffer_give(&worker->buffers, exchange->body);
    exchange->trailers = buffer_give(&worker->buffers, exchange->trailers);
    worker_generation_drop(worker, exchange->held);
    list_remove(&exchange->link);
    list_prepend(&worker->free_exchanges, &exchange->link);
}

void exchange_finish(struct exchange *exchange)
{
    struct client *client = exchange->client;

    client->request_count++;
    if (!exchange->request_done)
        client->has_unread = true;
    exchange_log(exchange); /* while the head is there */
    exchange_keep_rest(exchange);
    exchange_free(exchange);
    client_exchange_ended(client);
}

void exchange_client_gone(struct exchange *exchange)
{
    struct client *client = exchange->client;

    if (exchange->error == NULL)
        exchange->error = "the client went away";
    client->listener->counters->resets++;
    client_close(client);
}

/* The response was begun and cannot be ended: the client must not take it for whole. */
static void exchange_cut(struct exchange *exchange, const char *reason)
{
    exchange->error = reason;
    client_abort(exchange->client);
}

void exchange_refuse(struct exchange *exchange, unsigned status, const char *reason)
{
    struct upstream *upstream = exchange->upstream;

    exchange_bind(exchange);
    if (exchange->error == NULL)
        exchange->error = reason;
    if (exchange->response_begun || exchange->is_tcp || exchange->state == EXCHANGE_TUNNEL ||
        exchange->client->out != NULL) {
        exchange_cut(exchange, reason);
        return;
    }
    if (upstream != NULL) {
        exchange->upstream = NULL;
        upstream_abort(upstream);
    }
    exchange_leave_target(exchange);
    /* The rest of the request is not read: nothing behind it can be used. */
    if (!exchange->request_done)
        exchange->client->close_after = true;
    answer_status(exchange, status, 0);
}

/*
 * Events
 */

/* Who sends nothing more may still read the answer. But nobody is held for long who most likely is
 * not there any more: an HTTP client that says so, or a stream's that has said nothing else. */
static bool exchange_client_has_left(const struct exchange *exchange)
{
    const struct loop_source *source = &exchange->client->stream.source;
    char byte;

    if ((source->readiness & LOOP_ERROR) != 0)
        return true;
    if (!exchange->is_held || (source->readiness & LOOP_HANGUP) == 0)
        return false;
    return !exchange->is_tcp || os->recv(source->fd, &byte, 1, MSG_PEEK) <= 0;
}

void exchange_client_ready(struct exchange *exchange)
{
    struct client *client = exchange->client;

    switch ((enum exchange_state)exchange->state) {
    case EXCHANGE_READING:
        break;
    case EXCHANGE_WAITING:
        if (exchange_client_has_left(exchange))
            exchange_client_gone(exchange);
        break;
    case EXCHANGE_CONNECTING:
        if ((client->stream.source.readiness & LOOP_ERROR) != 0)
            exchange_client_gone(exchange);
        break;
    case EXCHANGE_EXCHANGING:
        if ((client->stream.source.readiness & LOOP_ERROR) != 0) {
            exchange_client_gone(exchange);
            return;
        }
        /* Its end may come with the response; then the other pump must not run. */
        if (!exchange->request_done)
            request_pump(exchange);
        if (client->exchange == exchange && exchange->state == EXCHANGE_EXCHANGING &&
            (client->out != NULL || exchange->response_begun))
            response_pump(exchange);
        break;
    case EXCHANGE_TUNNEL:
        tunnel_pump(exchange);
        break;
    case EXCHANGE_ANSWERING:
        answer_pump(exchange);
        break;
    }
}

static void exchange_connected(struct exchange *exchange)
{
    struct upstream *upstream = exchange->upstream;
    int r;

    if ((upstream->stream.source.readiness & (LOOP_WRITABLE | LOOP_ERROR)) == 0)
        return;
    r = os_socket_error(upstream->stream.source.fd);
    if (r < 0) {
        EXCHANGE_COUNT(exchange, connection_errors);
        exchange_target_failed(exchange, 502, "the target refused the connection");
        return;
    }
    upstream->is_connected = true;
    exchange_go(exchange);
}

void exchange_upstream_ready(struct exchange *exchange)
{
    struct client *client = exchange->client;

    switch ((enum exchange_state)exchange->state) {
    case EXCHANGE_CONNECTING:
        exchange_connected(exchange);
        break;
    case EXCHANGE_EXCHANGING:
        if (!exchange->request_done || exchange->upstream->out != NULL)
            request_pump(exchange);
        if (client->exchange == exchange && exchange->state == EXCHANGE_EXCHANGING &&
            exchange->upstream != NULL)
            response_pump(exchange);
        break;
    case EXCHANGE_TUNNEL:
        tunnel_pump(exchange);
        break;
    default:
        break;
    }
}

/* A body of which nothing came for long, or that came slower than it must on the whole, some time
 * for a start not counted. */
static bool exchange_body_is_slow(struct exchange *exchange)
{
    const struct snapshot_limits *limits = &exchange->listener->limits;
    uint64_t now_ns = worker_now_ns(exchange->worker);

    if (exchange->body_bytes != exchange->body_moved_bytes) {
        exchange->body_moved_bytes = exchange->body_bytes;
        exchange->body_moved_ns = now_ns;
    } else if (now_ns - exchange->body_moved_ns >=
               time_from_milliseconds(limits->idle_timeout_ms)) {
        return true;
    }
    return limits->body_rate_min == 0 ||
           now_ns - exchange->body_begun_ns >
               time_add(EXCHANGE_RATE_GRACE_NS,
                        time_multiply(TIME_SECOND / limits->body_rate_min, exchange->body_bytes));
}

void exchange_client_stalls(struct exchange *exchange)
{
    struct client *client = exchange->client;

    if (exchange->stalled_ns != 0)
        return;
    exchange->stalled_ns = worker_now_ns(exchange->worker);
    exchange->stalled_acknowledged = 0;
    (void)os_acknowledged_bytes(client->stream.source.fd, &exchange->stalled_acknowledged);
    loop_timer_set_after(&exchange->worker->loop, &client->timer,
                         time_from_milliseconds(exchange->listener->limits.idle_timeout_ms));
}

/* That the socket takes no more says little: it does again only when much of what it holds is gone.
 * What the client's system has confirmed tells whether it reads. */
static bool exchange_client_reads(struct exchange *exchange)
{
    uint64_t elapsed_ns = worker_now_ns(exchange->worker) - exchange->stalled_ns;
    uint64_t least =
        exchange->listener->limits.body_rate_min * (elapsed_ns / TIME_MILLISECOND) / 1000;
    uint64_t acknowledged;

    if (os_acknowledged_bytes(exchange->client->stream.source.fd, &acknowledged) < 0 ||
        acknowledged - exchange->stalled_acknowledged < (least == 0 ? 1 : least))
        return false;
    exchange->stalled_ns = 0;
    exchange_client_stalls(exchange);
    return true;
}

static void exchange_body_timed_out(struct exchange *exchange)
{
    struct client *client = exchange->client;

    if (!exchange_body_is_slow(exchange)) {
        uint64_t idle_ns = time_from_milliseconds(exchange->listener->limits.idle_timeout_ms);

        loop_timer_set_after(&exchange->worker->loop, &client->timer,
                             idle_ns < EXCHANGE_RATE_CHECK_NS ? idle_ns : EXCHANGE_RATE_CHECK_NS);
        return;
    }
    client->listener->counters->timeouts++;
    exchange_refuse(exchange, 408, "the body did not come in time");
}

void exchange_client_timed_out(struct exchange *exchange)
{
    struct client *client = exchange->client;

    if (exchange->state == EXCHANGE_EXCHANGING && exchange->stalled_ns != 0) {
        if (exchange_client_reads(exchange))
            return;
    } else if (exchange->state == EXCHANGE_EXCHANGING && !exchange->request_done) {
        exchange_body_timed_out(exchange);
        return;
    }
    client->listener->counters->timeouts++;
    if (exchange->state == EXCHANGE_WAITING) {
        exchange_refuse(exchange, 503,
                        exchange->is_held ? "no target came in time"
                                          : "no target became free in time");
        return;
    }
    exchange->error = "nothing moved for too long";
    client_abort(client);
}

void exchange_upstream_timed_out(struct exchange *exchange)
{
    EXCHANGE_COUNT(exchange, timeouts);
    if (exchange->state == EXCHANGE_CONNECTING)
        exchange_target_failed(exchange, 504, "the target did not accept in time");
    else if (exchange->state == EXCHANGE_TUNNEL)
        exchange_client_gone(exchange);
    else
        exchange_target_failed(exchange, 504, "the target did not answer in time");
}

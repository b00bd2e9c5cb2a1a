/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "edge/exchange.h"
#include "edge/listener.h"
#include "edge/outgoing.h"
#include "edge/worker.h"
#include "os/os.h"
#include "os/socket.h"
#include "route/address.h"

/* Reads and heads before others get their turn: for those who pipeline. */
#define CLIENT_STEPS_MAX 32

/* A connection that is kept is not closed while a request may be on its way: the next one within
 * this time is answered, and says that it is the last. */
#define CLIENT_LAST_REQUEST_NS (2 * TIME_SECOND)

#define CLIENT_LINGER_NS        (2 * TIME_SECOND)
#define CLIENT_LINGER_BYTES_MAX (64 * 1024 * 1024)

static const struct snapshot_listener *client_listener(const struct client *client)
{
    const struct worker *worker = client->worker;

    if (worker->current == NULL || client->listener->index == UINT32_MAX)
        return NULL;
    return &worker->current->generation->snapshot.listeners[client->listener->index];
}

static void client_time_out_after(struct client *client, uint64_t duration_ns)
{
    loop_timer_set_after(&client->worker->loop, &client->timer, duration_ns);
}

static uint64_t client_keep_alive_ns(const struct client *client)
{
    const struct snapshot_listener *listener = client_listener(client);

    return time_from_milliseconds(listener == NULL ? 0 : listener->limits.keep_alive_timeout_ms);
}

static uint64_t client_header_timeout_ns(const struct client *client)
{
    const struct snapshot_listener *listener = client_listener(client);

    return time_from_milliseconds(listener == NULL ? ROUTE_HEADER_TIMEOUT_MS
                                                   : listener->limits.header_timeout_ms);
}

/*
 * Closing
 */

static void client_release_buffers(struct client *client)
{
    client->in = buffer_give(&client->worker->buffers, client->in);
    client->out = buffer_give(&client->worker->buffers, client->out);
}

static void client_end(struct client *client, bool with_reset)
{
    struct worker *worker = client->worker;

    if (client->state == CLIENT_CLOSED)
        return;
    client->state = CLIENT_CLOSED;
    if (client->exchange != NULL) {
        struct exchange *exchange = client->exchange;

        client->exchange = NULL;
        exchange_free(exchange);
    }
    client_release_buffers(client);
    loop_timer_cancel(&client->timer);
    if (with_reset)
        stream_abort(&client->stream);
    else
        stream_close(&client->stream);
    worker->client_count--;
    list_remove(&client->link);
    list_append(&worker->dead_clients, &client->link);
    loop_defer(&worker->loop, &worker->bury);
    listener_client_gone(client->listener, client);
}

void client_close(struct client *client)
{
    client_end(client, false);
}

void client_abort(struct client *client)
{
    client_end(client, true);
}

/* Takes what comes and forgets it. */
static void client_linger(struct client *client)
{
    for (;;) {
        ssize_t length = stream_read(&client->stream, client->worker->scratch, WORKER_SCRATCH_SIZE);

        if (length == -EAGAIN) {
            (void)stream_shutdown(&client->stream); /* what of it found no room before */
            return;
        }
        if (length <= 0) {
            client_close(client);
            return;
        }
        client->source_key += (uint64_t)length;
        if (client->source_key > CLIENT_LINGER_BYTES_MAX) {
            client_close(client);
            return;
        }
    }
}

void client_close_gently(struct client *client)
{
    int r;

    if (client->state == CLIENT_CLOSED)
        return;
    r = stream_shutdown(&client->stream);
    if ((r < 0 && r != -EAGAIN) ||
        (client->stream.source.readiness & (LOOP_HANGUP | LOOP_ERROR)) != 0) {
        client_close(client);
        return;
    }
    listener_client_unlimited(client->listener, client);
    client_release_buffers(client);
    client->state = CLIENT_LINGERING;
    client->source_key = 0;
    client_time_out_after(client, CLIENT_LINGER_NS);
    client_linger(client);
}

void client_finish(struct client *client)
{
    client->close_after = true;
    /* Who has asked for nothing yet is about to. */
    if (client->state == CLIENT_IDLE && client->in == NULL && client->request_count > 0 &&
        (client->stream.source.readiness & LOOP_READABLE) == 0)
        client_close(client);
}

/* Sooner, where its time ends sooner. */
static void client_time_out_soon(struct client *client)
{
    uint64_t until_ns = time_add(worker_now_ns(client->worker), CLIENT_LAST_REQUEST_NS);

    if (client->timer.deadline_ns > until_ns)
        loop_timer_set(&client->worker->loop, &client->timer, until_ns);
}

void client_expect_last(struct client *client)
{
    if (client->state == CLIENT_IDLE && client->request_count > 0)
        client_time_out_soon(client);
}

/*
 * Reading heads
 */

static int client_begin_head(struct client *client)
{
    client->exchange = exchange_new(client);
    if (client->exchange == NULL)
        return -ENOMEM;
    client->state = CLIENT_READING;
    client_time_out_after(client, client_header_timeout_ns(client));
    return 0;
}

/* Makes room to read more of a head. */
static int client_make_room(struct client *client)
{
    struct buffer *buffer = client->in;

    if (buffer == NULL) {
        client->in = buffer_take(&client->worker->buffers, BUFFER_SMALL);
        return client->in == NULL ? -ENOMEM : 0;
    }
    if (buffer_room(buffer) > 0)
        return 0;
    if (buffer->begin > 0) {
        buffer_compact(buffer);
        return 0;
    }
    if (buffer->class >= BUFFER_HEAD)
        return -E2BIG;
    buffer = buffer_grow(&client->worker->buffers, buffer, BUFFER_HEAD);
    if (buffer == NULL)
        return -ENOMEM;
    client->in = buffer;
    return 0;
}

/* More bytes into in: 1, 0 at the end, -EAGAIN or -errno. */
static int client_fill(struct client *client)
{
    ssize_t length;
    int r;

    if ((client->stream.source.readiness & LOOP_READABLE) == 0)
        return -EAGAIN;
    r = client_make_room(client);
    if (r < 0)
        return r;
    length =
        stream_read(&client->stream, client->in->data + client->in->end, buffer_room(client->in));
    if (length > 0)
        client->in->end += (uint32_t)length;
    if (buffer_length(client->in) == 0)
        client->in = buffer_give(&client->worker->buffers, client->in);
    return length > 0 ? 1 : (int)length;
}

static void client_head_done(struct client *client, enum http1_result result)
{
    struct exchange *exchange = client->exchange;

    client->state = CLIENT_SERVING;
    loop_timer_set(&client->worker->loop, &client->timer, TIME_FOREVER);
    if (result == HTTP1_REFUSED)
        exchange_refuse(exchange, exchange->request.refusal_status, exchange->request.refusal);
    else
        exchange_start(exchange);
}

/* One step: false when there is nothing more to do now. */
static bool client_step(struct client *client)
{
    enum http1_result result = HTTP1_MORE;
    int r;

    if (client->in != NULL) {
        if (client->exchange == NULL && client_begin_head(client) < 0) {
            client_close(client);
            return false;
        }
        result =
            http1_request_parse(&client->exchange->request, exchange_head_data(client->exchange),
                                buffer_length(client->in));
        if (result != HTTP1_MORE) {
            client_head_done(client, result);
            return true;
        }
    }
    r = client_fill(client);
    if (r == 1)
        return true;
    if (r == -EAGAIN)
        return false;
    if (r == -E2BIG) {
        client->state = CLIENT_SERVING;
        exchange_refuse(client->exchange, 431, "the head is too large");
        return true;
    }
    client_close(client);
    return false;
}

void client_process(struct client *client)
{
    if (client->is_processing)
        return;
    client->is_processing = true;
    for (int i = 0; client->state == CLIENT_IDLE || client->state == CLIENT_READING; i++) {
        if (i == CLIENT_STEPS_MAX)
            loop_source_again(&client->stream.source);
        if (i == CLIENT_STEPS_MAX || !client_step(client))
            break;
    }
    client->is_processing = false;
}

/* One that was not told so in the head of its answer may have sent another request. */
static bool client_is_over(const struct client *client)
{
    const struct worker *worker = client->worker;

    return client->close_after || (worker->is_draining && !worker->has_successor) ||
           client_listener(client) == NULL;
}

void client_exchange_ended(struct client *client)
{
    client->exchange = NULL;
    if (client->state == CLIENT_CLOSED)
        return;
    if (client_is_over(client)) {
        if (client->has_unread || (client->in != NULL && buffer_length(client->in) > 0) ||
            (client->stream.source.readiness & LOOP_READABLE) != 0)
            client_close_gently(client);
        else
            client_close(client);
        return;
    }
    client->state = CLIENT_IDLE;
    if (client->in != NULL && buffer_length(client->in) == 0)
        client->in = buffer_give(&client->worker->buffers, client->in);
    client_time_out_after(client, client_keep_alive_ns(client));
    if (client->worker->is_draining)
        client_time_out_soon(client);
    if (client->is_processing)
        return;
    if (client->in != NULL || (client->stream.source.readiness & LOOP_READABLE) != 0)
        loop_source_again(&client->stream.source);
}

/*
 * Sending
 */

int client_keep(struct client *client, const struct iovec *parts, size_t count, size_t taken)
{
    return outgoing_keep(&client->worker->buffers, parts, count, taken, &client->out);
}

int client_send(struct client *client, const struct iovec *parts, size_t count)
{
    return outgoing_send(&client->stream, &client->worker->buffers, parts, count, &client->out);
}

int client_flush(struct client *client)
{
    return outgoing_flush(&client->stream, &client->worker->buffers, &client->out);
}

/*
 * Events
 */

static void client_begin(struct client *client)
{
    const struct snapshot_listener *listener = client_listener(client);

    if (listener != NULL && listener->protocol == ROUTE_PROTOCOL_TCP) {
        client->state = CLIENT_SERVING;
        client->exchange = exchange_new(client);
        if (client->exchange == NULL)
            client_close(client);
        else
            exchange_start_tunnel(client->exchange);
        return;
    }
    client->state = CLIENT_IDLE;
    client_time_out_after(client, client_header_timeout_ns(client));
    client_process(client);
}

static void client_ready(struct loop_source *source, unsigned int readiness)
{
    struct client *client = list_entry(source, struct client, stream.source);

    switch ((enum client_state)client->state) {
    case CLIENT_HANDSHAKE:
        listener_handshake(client);
        if (client->state == CLIENT_IDLE)
            client_begin(client);
        break;
    case CLIENT_PROXY:
        listener_proxy_header(client);
        if (client->state == CLIENT_HANDSHAKE)
            client_ready(source, readiness);
        else if (client->state == CLIENT_IDLE)
            client_begin(client);
        break;
    case CLIENT_IDLE:
    case CLIENT_READING:
        client_process(client);
        break;
    case CLIENT_SERVING:
        exchange_client_ready(client->exchange);
        break;
    case CLIENT_LINGERING:
        client_linger(client);
        break;
    case CLIENT_CLOSED:
        break;
    }
}

static void client_timed_out(struct loop_timer *timer)
{
    struct client *client = list_entry(timer, struct client, timer);

    if (client->state == CLIENT_SERVING) {
        exchange_client_timed_out(client->exchange);
    } else if (client->state == CLIENT_READING) {
        client->state = CLIENT_SERVING;
        client->listener->counters->timeouts++;
        exchange_refuse(client->exchange, 408, "the head did not come in time");
    } else {
        client_close(client);
    }
}

static uint8_t client_format_ipv4(char *text, const uint8_t bytes[4])
{
    char *at = text;

    for (int i = 0; i < 4; i++) {
        if (i != 0)
            *at++ = '.';
        if (bytes[i] >= 100)
            *at++ = (char)('0' + bytes[i] / 100);
        if (bytes[i] >= 10)
            *at++ = (char)('0' + bytes[i] / 10 % 10);
        *at++ = (char)('0' + bytes[i] % 10);
    }
    return (uint8_t)(at - text);
}

/* Who the peer is, by its address. */
static void client_set_peer(struct client *client, const union os_address *peer)
{
    client->peer.family = ROUTE_FAMILY_NONE;
    client->peer_port = 0;
    client->peer_text_length = 0;
    if (peer->any.sa_family == AF_INET) {
        client->peer.family = ROUTE_FAMILY_IPV4;
        memcpy(client->peer.bytes, &peer->ipv4.sin_addr, 4);
        client->peer_port = ntohs(peer->ipv4.sin_port);
    } else if (peer->any.sa_family == AF_INET6) {
        client->peer.family = ROUTE_FAMILY_IPV6;
        memcpy(client->peer.bytes, &peer->ipv6.sin6_addr, 16);
        client->peer_port = ntohs(peer->ipv6.sin6_port);
        address_unmap(&client->peer.family, client->peer.bytes);
    }
    client_peer_changed(client);
}

void client_peer_changed(struct client *client)
{
    if (client->peer.family == ROUTE_FAMILY_IPV4) {
        client->peer_text_length = client_format_ipv4(client->peer_text, client->peer.bytes);
    } else if (client->peer.family == ROUTE_FAMILY_IPV6 &&
               inet_ntop(AF_INET6, client->peer.bytes, client->peer_text,
                         sizeof(client->peer_text)) != NULL) {
        client->peer_text_length = (uint8_t)strlen(client->peer_text);
    }
}

static struct client *client_take(struct worker *worker)
{
    struct client *client = list_first(&worker->free_clients, struct client, link);

    if (client != NULL)
        list_remove(&client->link);
    else
        client = malloc(sizeof(*client));
    if (client != NULL)
        memset(client, 0, sizeof(*client));
    return client;
}

void client_new(struct worker_listener *listener, int fd, const union os_address *peer)
{
    struct worker *worker = listener->worker;
    struct client *client = client_take(worker);

    if (client == NULL) {
        (void)os_close(fd);
        return;
    }
    stream_init(&client->stream, client_ready);
    loop_timer_init(&client->timer, client_timed_out);
    list_append(&worker->clients, &client->link);
    client->worker = worker;
    client->number = ++worker->accepted_count;
    client->listener = listener;
    client->accepted_ns = worker_now_ns(worker);
    worker->client_count++;
    listener->client_count++;
    listener->counters->connections++;
    state_gauge_up(&listener->counters->open_connections);
    client_set_peer(client, peer);
    /* Most have sent their request before they are accepted. */
    if (loop_source_add(&worker->loop, &client->stream.source, fd, LOOP_WRITABLE | LOOP_READABLE) <
        0) {
        (void)os_close(fd);
        client_close(client);
        return;
    }
    client->state = CLIENT_IDLE;
    client_time_out_after(client, client_header_timeout_ns(client));
    if (listener_admit(listener, client) < 0) {
        client_abort(client);
        return;
    }
    if (client->state == CLIENT_IDLE)
        client_begin(client);
    else
        client_ready(&client->stream.source, 0);
}

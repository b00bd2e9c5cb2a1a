/* SPDX-License-Identifier: Apache-2.0 */
#include "load_http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#define SKIP_FROM 16384 /* bytes of a body that are worth not copying */

const char *const http_failure_names[HTTP_FAILURE_COUNT] = {
    "connect", "closed", "broken", "status", "length", "timeout",
};
uint64_t http_bytes;
uint64_t http_closed;

static const struct http_events *callbacks;
static char request[512];
static struct load_request only = {.bytes = request, .status = "200"};
static char *request_path_digit, *request_host_digits;

void http_prepare(const struct http_events *events)
{
    const char *prefix = load_options->spread > 0 ? "/p0" : "";
    const char *host = load_options->spread > 0 ? "h00000.example.com" : "bench.example.com";
    int size = snprintf(request, sizeof(request),
                        "GET %s%s HTTP/1.1\r\n"
                        "Host: %s\r\n"
                        "User-Agent: load/1\r\n"
                        "Accept: */*\r\n%s\r\n",
                        prefix, load_options->path, host,
                        load_options->closes ? "Connection: close\r\n" : "");

    if (size < 0 || (size_t)size >= sizeof(request))
        die("the path is too long");
    only.size = (size_t)size;
    only.length = load_options->length;
    if (load_options->requests != NULL)
        load_list_read(load_options->requests);
    request_path_digit = request + strlen("GET /p");
    request_host_digits = strstr(request, "Host: ") + strlen("Host: h");
    callbacks = events;
}

/* Ten paths a host, in an order without a pattern. */
static void choose_rule(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15;
    unsigned int rule, host;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    rule = (unsigned int)(state >> 32) % load_options->spread;
    *request_path_digit = (char)('0' + rule % 10);
    host = rule / 10;
    for (int i = 4; i >= 0; i--, host /= 10)
        request_host_digits[i] = (char)('0' + host % 10);
}

static void disconnect(struct http_connection *connection)
{
    transport_close(&connection->transport);
    connection->state = HTTP_CLOSED;
}

static void fail(struct http_connection *connection, enum http_failure failure)
{
    disconnect(connection);
    connection->was_refused = failure == HTTP_FAILED_CONNECT;
    if (connection->has_request) {
        connection->has_request = false;
        callbacks->failed(connection, failure);
    }
    callbacks->free(connection);
}

static void ask(struct http_connection *connection)
{
    ssize_t sent;

    if (load_options->spread > 0)
        choose_rule();
    connection->asked = load_options->requests != NULL ? load_list_next() : &only;
    sent =
        transport_write(&connection->transport, connection->asked->bytes, connection->asked->size);
    if (sent != (ssize_t)connection->asked->size) {
        /* A socket that has no room for so little does not exist: it is closed. */
        fail(connection,
             connection->state == HTTP_OPENING ? HTTP_FAILED_CONNECT : HTTP_FAILED_CLOSED);
        return;
    }
    connection->state = HTTP_WAITING;
    connection->head_used = 0;
}

void http_open(struct http_connection *connection)
{
    connection->state = HTTP_OPENING;
    connection->peer_has_ended = false;
    connection->was_refused = false;
    if (transport_open(&connection->transport, connection) < 0)
        fail(connection, HTTP_FAILED_CONNECT);
}

void http_assign(struct http_connection *connection, uint64_t due_ns)
{
    connection->due_ns = due_ns;
    connection->has_request = true;
    if (connection->state == HTTP_CLOSED)
        http_open(connection);
    else
        ask(connection);
}

static void go_on_opening(struct http_connection *connection)
{
    int result = transport_handshake(&connection->transport);

    if (result < 0)
        fail(connection, HTTP_FAILED_CONNECT);
    else if (result > 0 && connection->has_request)
        ask(connection);
    else if (result > 0) {
        connection->state = HTTP_IDLE;
        callbacks->free(connection);
    }
}

/* Looks at the lines of a head that matter. Returns the length of the body, or SIZE_MAX. */
static size_t read_fields(struct http_connection *connection, const char *end)
{
    size_t length = SIZE_MAX;

    for (const char *line = connection->head; line < end;
         line = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1) {
        if ((*line | 0x20) != 'c')
            continue;
        if (strncasecmp(line, "content-length:", 15) == 0)
            length = strtoul(line + 15, NULL, 10);
        else if (strncasecmp(line, "connection: close", 17) == 0)
            connection->answer_closes = true;
    }
    return length;
}

/* Returns false when it is not complete, or when the connection failed. */
static bool take_head(struct http_connection *connection)
{
    const char *end = memmem(connection->head, connection->head_used, "\r\n\r\n", 4);
    size_t in_head, length;

    if (end == NULL) {
        if (connection->head_used == sizeof(connection->head))
            fail(connection, HTTP_FAILED_LENGTH);
        return false;
    }
    end += 4;
    if (memcmp(connection->head, "HTTP/1.1 ", 9) != 0 ||
        memcmp(connection->head + 9, connection->asked->status, 3) != 0) {
        fail(connection, HTTP_FAILED_STATUS);
        return false;
    }
    connection->answer_closes = load_options->closes;
    in_head = connection->head_used - (size_t)(end - connection->head);
    length = read_fields(connection, end);
    if (length == SIZE_MAX && memcmp(connection->asked->status, "204", 4) == 0)
        length = 0;
    if (length != connection->asked->length || in_head > length) {
        fail(connection, HTTP_FAILED_LENGTH);
        return false;
    }
    connection->body_left = length - in_head;
    connection->state = HTTP_BODY;
    return true;
}

static void complete(struct http_connection *connection)
{
    bool closes = connection->answer_closes || connection->peer_has_ended;

    http_bytes += connection->asked->length;
    connection->has_request = false;
    connection->state = closes ? HTTP_ENDING : HTTP_IDLE;
    callbacks->answered(connection);
    if (!closes)
        callbacks->free(connection);
}

static ssize_t read_some(struct http_connection *connection, size_t *ret_wanted)
{
    struct transport *transport = &connection->transport;

    switch (connection->state) {
    case HTTP_WAITING:
        *ret_wanted = sizeof(connection->head) - connection->head_used;
        return transport_read(transport, connection->head + connection->head_used, *ret_wanted);
    case HTTP_BODY:
        if (connection->body_left >= SKIP_FROM) {
            *ret_wanted = connection->body_left;
            return transport_skip(transport, *ret_wanted);
        }
        break;
    default:
        break;
    }
    *ret_wanted = LOAD_SCRATCH_SIZE;
    return transport_read(transport, load_scratch, *ret_wanted);
}

static void connection_ended(struct http_connection *connection)
{
    switch (connection->state) {
    case HTTP_WAITING:
        fail(connection, connection->head_used == 0 ? HTTP_FAILED_CLOSED : HTTP_FAILED_BROKEN);
        break;
    case HTTP_BODY:
        fail(connection, HTTP_FAILED_BROKEN);
        break;
    default:
        http_closed += connection->state == HTTP_IDLE;
        disconnect(connection);
        callbacks->free(connection);
        break;
    }
}

/* What was read. Returns false when the connection wants no more reading for now. */
static bool take(struct http_connection *connection, size_t got)
{
    switch (connection->state) {
    case HTTP_WAITING:
        connection->head_used += got;
        if (!take_head(connection))
            return connection->state == HTTP_WAITING;
        break;
    case HTTP_BODY:
        if (got > connection->body_left) {
            fail(connection, HTTP_FAILED_LENGTH);
            return false;
        }
        connection->body_left -= got;
        break;
    default: /* nothing was asked */
        fail(connection, HTTP_FAILED_LENGTH);
        return false;
    }
    if (connection->body_left > 0)
        return true;
    complete(connection);
    return connection->state == HTTP_ENDING;
}

void http_handle(struct http_connection *connection, uint32_t events)
{
    if (connection->state == HTTP_CLOSED)
        return;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        connection->peer_has_ended = true;
    if (connection->state == HTTP_OPENING) {
        if (connection->peer_has_ended && connection->transport.tls == NULL) {
            fail(connection, HTTP_FAILED_CONNECT);
            return;
        }
        go_on_opening(connection);
        if (connection->transport.tls == NULL || connection->state != HTTP_WAITING)
            return;
    }
    while (connection->state != HTTP_CLOSED && connection->state != HTTP_OPENING) {
        size_t wanted;
        ssize_t got = read_some(connection, &wanted);

        if (got == -EAGAIN)
            return;
        if (got <= 0) {
            connection_ended(connection);
            return;
        }
        if (!take(connection, (size_t)got))
            return;
        if ((size_t)got < wanted && !connection->peer_has_ended &&
            connection->transport.tls == NULL)
            return; /* drained; what comes next has an event of its own */
    }
}

void http_abandon(struct http_connection *connection)
{
    connection->has_request = false;
    disconnect(connection);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP connection of the load generator and its state:
 *
 *     CLOSED -> OPENING -> IDLE -> WAITING -> BODY -> IDLE
 *                                                 \-> ENDING -> CLOSED
 *
 * A request is given to a connection with http_assign, which opens it where it must be, and is over
 * when exactly one of `answered` and `failed` was called; whenever it has no request any more and
 * can take one (open, or closed), `free` is called.
 */
#pragma once

#include "load.h"
#include "load_list.h"

#define HTTP_HEAD_SIZE 4096

enum http_state {
    HTTP_CLOSED,
    HTTP_OPENING,
    HTTP_IDLE,
    HTTP_WAITING,
    HTTP_BODY,
    HTTP_ENDING,
};

enum http_failure {
    HTTP_FAILED_CONNECT, /* to connect, or the handshake */
    HTTP_FAILED_CLOSED,  /* ended or reset before the answer began: what a browser tries again */
    HTTP_FAILED_BROKEN,  /* in the middle of the answer */
    HTTP_FAILED_STATUS,  /* another than was expected: 200, mostly */
    HTTP_FAILED_LENGTH,  /* another than was expected, or what is no answer at all */
    HTTP_FAILED_TIMEOUT, /* no answer until the end */
    HTTP_FAILURE_COUNT,
};

struct http_connection {
    struct transport transport;
    enum http_state state;
    bool has_request, answer_closes, peer_has_ended, was_refused;
    uint64_t due_ns;
    const struct load_request *asked; /* what was sent last */
    size_t head_used, body_left;
    struct http_connection *next; /* for the owner's lists */
    bool is_listed;
    char head[HTTP_HEAD_SIZE];
};

struct http_events {
    void (*answered)(struct http_connection *connection);
    void (*failed)(struct http_connection *connection, enum http_failure failure);
    void (*free)(struct http_connection *connection);
};

extern const char *const http_failure_names[HTTP_FAILURE_COUNT];
extern uint64_t http_bytes;  /* of bodies */
extern uint64_t http_closed; /* connections that the other side closed while they were idle */

void http_prepare(const struct http_events *events);
/* Opens it without a request. */
void http_open(struct http_connection *connection);
void http_assign(struct http_connection *connection, uint64_t due_ns);
void http_handle(struct http_connection *connection, uint32_t events);
/* Gives up, silently. */
void http_abandon(struct http_connection *connection);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection from a client, for its whole life. Between two requests it holds no buffer and no
 * exchange, so that an idle one costs what is in this struct.
 *
 *            accept
 *              |
 *   HANDSHAKE (tls)     PROXY (a header comes first)
 *              \         /
 *               v       v
 *   IDLE --> READING --> SERVING --> IDLE (kept), CLOSED
 *               |           |
 *               +-----------+--> LINGERING --> CLOSED
 *
 * A connection that is closed with bytes unread would be reset, and the client might never see the
 * last answer: LINGERING takes and forgets what comes, for a short while.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "edge/buffer.h"
#include "net/stream.h"
#include "os/socket.h"
#include "route/match.h"

struct exchange;
struct tls_server;
struct worker;
struct worker_listener;

enum client_state {
    CLIENT_HANDSHAKE,
    CLIENT_PROXY,
    CLIENT_IDLE,
    CLIENT_READING,
    CLIENT_SERVING,
    CLIENT_LINGERING,
    CLIENT_CLOSED,
};

struct client {
    struct stream stream;
    struct loop_timer timer;
    struct list_head link; /* in the worker's clients, free ones or dead ones */
    struct worker *worker;
    struct worker_listener *listener;
    struct tls_server *tls_server; /* its stream has a reference; NULL for plain ones */
    struct exchange *exchange;     /* while READING or SERVING */
    struct buffer *in;             /* begins with the head being read or served */
    struct buffer *out;            /* what the client did not take yet */
    uint64_t accepted_ns;
    struct route_peer peer; /* of the connection, or as a PROXY header says */
    uint16_t peer_port;
    uint8_t state; /* enum client_state */
    uint8_t peer_text_length;
    bool is_processing;    /* client_process() is on the stack */
    bool close_after;      /* the exchange */
    bool has_unread;       /* a part of a request that nobody will read */
    bool has_source_limit; /* counted under its source's address */
    uint32_t request_count;
    uint64_t source_key; /* while has_source_limit; while LINGERING, bytes that came */
    uint64_t number;     /* of this worker's connections */
    char peer_text[46];
};

/* Takes over the descriptor of a connection that was just accepted. */
void client_new(struct worker_listener *listener, int fd, const union os_address *peer);

/* After a PROXY header said who the peer is. */
void client_peer_changed(struct client *client);

/* What can be done now: reads heads and starts exchanges. */
void client_process(struct client *client);

/* The exchange is over and gone. */
void client_exchange_ended(struct client *client);

/* Sends the parts; what is not taken is copied to out. Returns 0 or -errno. */
int client_send(struct client *client, const struct iovec *parts, size_t count);

/* Copies to out what was not taken of the parts; out must be empty. 0 or -ENOMEM. */
int client_keep(struct client *client, const struct iovec *parts, size_t count, size_t taken);

/* Sends what is in out: 0 once it is empty, -EAGAIN or -errno. */
int client_flush(struct client *client);

void client_close(struct client *client);
/* So that the client sees that it did not get all. */
void client_abort(struct client *client);
/* After the answer that is under way has been sent. */
void client_close_gently(struct client *client);
/* Closes one that is idle, as soon as it is. */
void client_finish(struct client *client);
/* Whose next request, where one comes soon, is the last: another edge takes those after it. */
void client_expect_last(struct client *client);

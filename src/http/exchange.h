/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to a server at a unix socket, and its answer as it comes: with bodies of any length
 * both ways, an end to all waiting by a descriptor, and connections that become something else.
 * client.h stands on it, for calls to the daemon. An exchange is one thread's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_TAKEN_BYTES_MAX 65536

struct error;
struct http_exchange;

struct http_exchange_request {
    const char *method;
    const char *target;       /* percent-encoded */
    const char *fields;       /* "Name: value\r\n" and so on, checked by the caller; NULL */
    const char *content_type; /* of the body; NULL: JSON */
    const void *body;         /* NULL: none */
    size_t body_size;
    int body_fd;           /* -1, or sent from where it stands: */
    uint64_t body_fd_size; /* so many bytes; 0: to its end, in chunks */
    const char *upgrade;   /* what the connection shall become; NULL */
    const char *server;    /* for messages: "the Docker Engine" */
    int cancel_fd;         /* -1, or readable: every wait of the exchange ends with -ECANCELED */
    bool is_interruptible; /* a signal ends http_exchange_read() with -EINTR */
};

/* Connects, sends, and waits for the answer's head. *ret_is_connected, unless it is NULL, is
 * written in any case: whether somebody listens there. */
int http_exchange_open(const char *socket_path, const struct http_exchange_request *request,
                       uint64_t timeout_ms, struct http_exchange **ret, bool *ret_is_connected,
                       struct error **reterr);
struct http_exchange *http_exchange_close(struct http_exchange *exchange);
void http_exchange_closep(struct http_exchange **exchange);
#define _cleanup_http_exchange_ __attribute__((cleanup(http_exchange_closep)))

unsigned int http_exchange_status(const struct http_exchange *exchange);

/* A field of the answer's head, its name in any case; "" where there is none. */
const char *http_exchange_field(const struct http_exchange *exchange, const char *name,
                                size_t *ret_length);

/* For poll(), beside others: readable when http_exchange_read() may have something, unless it has
 * that already, of which the descriptor knows nothing. */
int http_exchange_fd(const struct http_exchange *exchange);
bool http_exchange_has_input(const struct http_exchange *exchange);

/* Some bytes of the body, or of what the connection has become: how many, 0 at the end. Waits that
 * long at most (UINT64_MAX: without end), then -ETIMEDOUT; with 0 it is -EAGAIN, and no error is
 * made. */
long http_exchange_read(struct http_exchange *exchange, void *data, size_t size,
                        uint64_t timeout_ms, struct error **reterr);

/* All of the body, with a NUL behind it; -EFBIG where it is more than the limit. The caller frees
 * *ret_data; ret_size may be NULL. */
int http_exchange_read_all(struct http_exchange *exchange, size_t limit_bytes, uint64_t timeout_ms,
                           char **ret_data, size_t *ret_size, struct error **reterr);

/* To what the connection has become, without waiting: how many bytes were taken, or -EAGAIN. */
long http_exchange_write(struct http_exchange *exchange, const void *data, size_t size,
                         struct error **reterr);
int http_exchange_end_writing(struct http_exchange *exchange);

/* The connection itself, for one that has become something else: it is the caller's, who closes the
 * exchange all the same. What was received behind the head, at most HTTP_TAKEN_BYTES_MAX bytes,
 * goes to data; returns how much that is. */
size_t http_exchange_take(struct http_exchange *exchange, int *ret_fd, void *data, size_t size);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small, strict HTTP/1.1 server for the control side: few clients, whole requests in memory, and
 * answers that may come later. It serves unix sockets and loopback TCP, in one loop.
 *
 * A request is handed to the handler when all of it was read. It stays valid until it was answered,
 * which happens exactly once, now or later, by http_respond(), or by http_stream_begin() and
 * http_stream_end(). That the client has gone in the meantime does not matter to who answers. All
 * that a client can make the server hold or wait for has a bound; see the options.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "loop/loop.h"
#include "wire/http1.h"

#define HTTP_BODY_BYTES_MAX ((size_t)64 << 20)

struct http_server;

struct http_request {
    enum http1_method method;
    const char *path;  /* as it was sent, without the query; see http/target.h */
    const char *query; /* without the '?'; "" for none */
    const char *body;  /* ends in NUL; "" for none, and where it went to a file */
    size_t body_size;
    int body_fd;   /* the file, where open_body gave one; else -1. Who keeps it sets it to -1 */
    bool has_peer; /* the client came by a unix socket, and this is who it is: */
    uid_t peer_uid;
    gid_t peer_gid;
    pid_t peer_pid;
    bool wants_upgrade; /* to another protocol */

    /* Of who handles requests, for what belongs to one from its head to its answer: let go of by
     * release, when the request ends. */
    void *attachment;
    void (*release)(void *attachment);
    /* Called once, with the status of the answer, before its first byte; may be NULL. */
    void (*answered)(struct http_request *request, unsigned int status);

    /* The handler's own. closed is called by the loop when a client has gone before its stream
     * ended; http_stream_end() is still due, then or later. drained is called when all that was
     * written to the stream has left, perhaps while it is written. */
    void *user;
    void (*closed)(struct http_request *request);
    void (*drained)(struct http_request *request);
};

/* 0 stands for what is named. */
struct http_server_options {
    void (*handle)(void *context, struct http_request *request);
    void *context;
    /* May be NULL. Called with a request whose head was read, before anything is done for its body:
     * false where it has answered (at once, not with a stream). Where there would be a body, the
     * connection ends then. */
    bool (*admit)(void *context, struct http_request *request);
    /* May be NULL. Called with a request whose head was read: the descriptor of a file for its
     * body, which is the request's from then on, with the most that it may be; -ENOSYS where memory
     * will do, or why there is no place for it. */
    int (*open_body)(void *context, const struct http_request *request, uint64_t *ret_bytes_max);
    size_t body_bytes_max;       /* of one request: 64 MiB */
    size_t bodies_bytes_max;     /* of all that are held at once: 256 MiB */
    size_t stream_bytes_max;     /* that wait for a slow reader of a stream: 1 MiB */
    uint32_t connections_max;    /* 256 */
    uint64_t head_timeout_ns;    /* for a whole head: 10 s */
    uint64_t head_patience_ns;   /* the same where others wait for a place: 1 s */
    uint64_t body_timeout_ns;    /* for a whole body, or without progress to a file: 60 s */
    uint64_t idle_timeout_ns;    /* between requests: 60 s */
    uint64_t write_timeout_ns;   /* without progress: 30 s */
    uint64_t closing_timeout_ns; /* for the client to take the last answer: 2 s */
};

/* NULL where memory is out. */
struct http_server *http_server_new(struct loop *loop, const struct http_server_options *options);

/* Closes everything; requests that were not answered are gone with it. Returns NULL. */
struct http_server *http_server_free(struct http_server *server);

/* Accepts from a listening socket that does not block, which is the server's from then on, also
 * when this fails. A name for it may be given, so that it can be taken away. Returns 0 or -errno.
 */
int http_server_add_listener(struct http_server *server, int fd, const char *name);

/* How many connections listeners of that name may have at once; what is beyond is closed. Who has
 * no limit (or 0) shares those of the server. */
void http_server_limit_listener(struct http_server *server, const char *name, uint32_t max);

/* Fields that every answer has that goes by listeners of that name, also the server's own: a
 * constant, "Name: value\r\n" and so on. For connections that come afterwards. */
void http_server_set_listener_fields(struct http_server *server, const char *name,
                                     const char *fields);

/* Closes the listeners of that name, or all; connections go on. */
void http_server_remove_listener(struct http_server *server, const char *name);
void http_server_remove_listeners(struct http_server *server);

/* Ends the connections that came by listeners of that name: idle ones and streams at once, others
 * with the answer that is due. */
void http_server_end_connections(struct http_server *server, const char *name);

uint32_t http_server_connection_count(const struct http_server *server);

/* The name of the listener that the request came by; "" for none. Valid until it is answered. */
const char *http_request_listener(const struct http_request *request);

/* A field of the request, its name in any case: the first one; NULL where there is none. Valid
 * until it is answered. A request that has Authorization, Origin or Sec-Fetch-Site twice is refused
 * by the server. */
const char *http_request_field(const struct http_request *request, const char *name);

/* The host that the request is for, with its port, as it was sent; "" where it names none. */
const char *http_request_host(const struct http_request *request);

/* A field for the answer that is still to be given. Cache-Control takes the place of the server's
 * own. A name or value that is not printable ASCII is left out, as is what is too much. */
void http_add_field(struct http_request *request, const char *name, const char *value);

/* The connection ends, whatever is under way: a stream is told as if the client had gone; an answer
 * that is still due goes nowhere. The request stays until it was answered. */
void http_request_abort(struct http_request *request);

/* Copies the body. content_type is a constant, or NULL without a body. */
void http_respond(struct http_request *request, unsigned int status, const char *content_type,
                  const void *body, size_t size);

/* The JSON object {"error":{"message":...}}; the message is escaped. */
void http_respond_error(struct http_request *request, unsigned int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An answer in parts, each sent as soon as it is written. Writing returns 0, or -errno once the
 * client has gone or does not read fast enough: nothing is sent any more then. */
void http_stream_begin(struct http_request *request, unsigned int status, const char *content_type);
int http_stream_write(struct http_request *request, const void *data, size_t size);
void http_stream_end(struct http_request *request);

/* Says 101 and hands the connection's descriptor over, which does not block; the request is gone
 * then. -EPIPE where the client is; -EBUSY where it did not ask for it, or did not wait for the
 * answer before it said more: the request is still to be answered. */
int http_request_take_over(struct http_request *request, const char *protocol, int *ret_fd);

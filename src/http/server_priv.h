/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the server: server.c accepts, connection.c reads requests and sends what is
 * to be sent, respond.c says what that is. */
#pragma once

#include "base/list.h"
#include "base/strbuf.h"
#include "http/server.h"
#include "net/stream.h"
#include "wire/http1_body.h"

#define HTTP_LISTENER_NAME_LENGTH 31
#define HTTP_INPUT_SIZE_MIN       16384
#define HTTP_FIELDS_BYTES_MAX     4096

struct http_listener {
    struct list_head link;
    struct loop_source source;
    struct http_server *server;
    int fd;                   /* stays when it is not watched */
    uint32_t connections_max; /* 0: as many as the server may have */
    const char *fields;       /* of every answer; "" */
    char name[HTTP_LISTENER_NAME_LENGTH + 1];
};

struct http_server {
    struct loop *loop;
    struct http_server_options options;
    struct list_head listeners;
    struct list_head connections; /* the one that was last busy longest ago comes first */
    uint32_t connection_count;
    size_t bodies_bytes;
    bool is_paused; /* accepts nothing: full, or out of descriptors */
    struct loop_timer pause;
};

/*
 *   HEAD -> BODY -> HANDLED -> SENDING -> HEAD       kept alive
 *                      |          |
 *                      v          +----> CLOSING     says that it is over, waits for the peer
 *                  STREAMING -> SENDING
 *
 * From any of them to OVER, where nothing more can be done with the connection. A request that is
 * HANDLED or STREAMING belongs to who answers it, so its connection is freed only when that is
 * done.
 */
enum http_state {
    HTTP_STATE_HEAD,
    HTTP_STATE_BODY,
    HTTP_STATE_HANDLED,
    HTTP_STATE_STREAMING,
    HTTP_STATE_SENDING,
    HTTP_STATE_CLOSING,
};

struct http_connection {
    struct list_head link;
    struct http_server *server;
    struct stream stream;
    struct loop_timer timer;
    enum http_state state;
    uint64_t idle_since_ns;
    uint64_t head_since_ns; /* its first byte */
    uint64_t sent_ns;       /* when the answer went on, or was complete */
    bool is_running;        /* somewhere below connection_run() */
    bool is_in_call;        /* of who writes the stream: what fails is told by the result */
    bool is_over;
    bool ends;       /* after this answer */
    bool is_chunked; /* the stream */
    bool awaits_continue;
    bool has_written; /* to the stream, since its writer was told that it has left */
    uint8_t minor_version;
    char listener[HTTP_LISTENER_NAME_LENGTH + 1];
    const char *listener_fields;

    struct http_request request;
    struct http1_parser parser;
    struct http1_body body_reader;
    char *input; /* from the start of a head, or of the rest of a body */
    size_t input_size, input_used;
    char *target;         /* path and query with a NUL each */
    char *head;           /* as it was sent, with a NUL behind each value; see head.c */
    struct strbuf fields; /* for the answer */
    bool has_cache_control;
    struct strbuf body;
    size_t body_counted; /* in bodies_bytes of the server */
    uint64_t body_file_bytes_max;
    struct strbuf output;
    size_t output_sent;
};

/* Takes a connection that was accepted; false, with the descriptor left alone, where it cannot. */
bool http_connection_start(struct http_server *server, const struct http_listener *listener,
                           int fd);

/* Does what can be done; the connection may be freed afterwards. */
void http_connection_run(struct http_connection *connection);
void http_connection_free(struct http_connection *connection);

/* Lets the request and its memory go; the input behind it stays. */
void http_connection_forget_request(struct http_connection *connection);

/* Nothing more is sent or read. */
void http_connection_abandon(struct http_connection *connection);

/* Sends the server's own answer to what is no good request, and closes. */
void http_connection_refuse(struct http_connection *connection, unsigned int status,
                            const char *message);

static inline struct http_connection *http_connection_of(struct http_request *request)
{
    return list_entry(request, struct http_connection, request);
}

/* Keeps the fields of the head that was read; false where memory is out. */
bool http_connection_keep_head(struct http_connection *connection);

/* What is given twice that must not be; NULL. */
const char *http_connection_doubled_field(const struct http_connection *connection);

/* Called when there may be room for a connection again. */
void http_server_resume(struct http_server *server);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small HTTP server (libmicrohttpd, epoll, a thread per CPU) around a table of routes:
 *
 *     static void get_hello(const struct server_request *request, struct server_answer *answer)
 *     {
 *         server_answer_json(answer, 200, json_pack("{s:s}", "hello", request->parameters[0]));
 *     }
 *     static const struct server_route routes[] = {{"GET", "/hello/{name}", get_hello}};
 *
 * It does itself: HEAD (as GET), 404, 405 with Allow, 400 for a bad path, 413 for a body of more
 * than SERVER_BODY_MAX bytes, a log line a request, keep-alive, LISTEN_FDS, and a graceful stop on
 * SIGTERM and SIGINT. Every refusal is {"error": reason}.
 *
 * Handlers run on the server's threads, several at once, and may block for a short time: it holds
 * up one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "common/config.h"

#define SERVER_BODY_MAX       (64 * 1024)
#define SERVER_PARAMETERS_MAX 4

struct server_request {
    const char *method;
    const char *path; /* as sent, percent-encoded, without the query */

    /* What stood in the route's {places}, decoded: valid UTF-8, not empty, without NUL. */
    const char *parameters[SERVER_PARAMETERS_MAX];

    const char *content_type; /* NULL without */
    const char *body;         /* never NULL; a NUL follows it */
    size_t body_length;

    void *context; /* server_options.context */
};

struct server_answer; /* filled by exactly one of the functions below */

/* `body` is taken over. NULL (what a failed json_pack() returns) is answered with 500. */
void server_answer_json(struct server_answer *answer, unsigned status, json_t *body);

/* {"error": reason} */
void server_answer_error(struct server_answer *answer, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* 204, or another status without a body. */
void server_answer_empty(struct server_answer *answer, unsigned status);

/* Any bytes, copied; for a page. */
void server_answer_bytes(struct server_answer *answer, unsigned status, const char *content_type,
                         const void *bytes, size_t length);

/* One more header; names and values are the program's own, never a user's. At most eight. */
void server_answer_header(struct server_answer *answer, const char *name, const char *value);

/*
 * The body as a JSON object: strict (no duplicate keys, nothing behind it, no NUL). NULL, and the
 * answer is filled with 400 or 415. Accepted types: application/json, none at all, and
 * application/x-www-form-urlencoded, as that is what `curl -d '{...}'` sends.
 */
json_t *server_read_object(const struct server_request *request, struct server_answer *answer);

struct server_route {
    const char *method;  /* GET answers HEAD, too */
    const char *pattern; /* "/hello/{username}": a {place} is one whole segment */
    void (*handle)(const struct server_request *request, struct server_answer *answer);
};

struct server_options {
    const struct server_route *routes;
    size_t route_count;
    void *context; /* given to every handler */

    /* From server_configure(). */
    const char *host;
    long port;
    long threads;

    /* On SIGHUP, on the thread that called server_run(), with the context. NULL: SIGHUP stops. */
    void (*on_reload)(void *context);
};

/*
 * HOST (127.0.0.1), PORT (required unless LISTEN_FDS brings a socket; 0 takes a free one, which the
 * log names), THREADS (one per CPU).
 */
void server_configure(struct server_options *options, struct config *config);

/*
 * Serves until SIGTERM or SIGINT; then it stops accepting, finishes what is in flight (25 s at
 * most) and returns 0. -errno, logged, when it cannot listen. Call server_block_signals() first in
 * main(), before anything makes a thread.
 */
void server_block_signals(void);
int server_run(const struct server_options *options);

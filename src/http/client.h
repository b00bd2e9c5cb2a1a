/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client side of the API for programs that may wait, such as the command line: one call is one
 * connection to a unix socket. Messages are for users and say what to do.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/exchange.h"

#define HTTP_RESPONSE_BYTES_MAX  ((size_t)256 << 20)
#define HTTP_CALL_TIMEOUT_MS     60000
#define HTTP_CONTENT_TYPE_LENGTH 63

struct http_response {
    unsigned int status;
    char content_type[HTTP_CONTENT_TYPE_LENGTH + 1]; /* "" where there is none or it is longer */
    char *body;                                      /* ends in NUL; never NULL */
    size_t size;
};

void http_response_deinit(struct http_response *response);
#define _cleanup_http_response_ __attribute__((cleanup(http_response_deinit)))

/* Sends a request, with a body of JSON unless it is NULL, and waits for all of the answer, a minute
 * at most. What the server says is not judged: look at the status. The target is the path with its
 * query, percent-encoded (http/target.h). Returns 0 or -errno:
 *
 *     -ENOENT, -ECONNREFUSED   nobody listens there: no daemon runs
 *     -EACCES                  it may not be used by this user
 *     -ETIMEDOUT               no answer in time
 *     -EPROTO                  the answer is no HTTP
 *     -ECONNRESET              it ends in its midst */
int http_call(const char *socket_path, const char *method, const char *target, const char *body,
              struct http_response *ret_response, struct error **reterr);

/* The same with another limit of time. */
int http_call_within(const char *socket_path, const char *method, const char *target,
                     const char *body, uint64_t timeout_ms, struct http_response *ret_response,
                     struct error **reterr);

/* What a request carries. */
struct http_content {
    const char *type;     /* NULL: no content */
    const char *data;     /* or NULL: it is read from fd */
    uint64_t size;        /* exactly */
    int fd;               /* -1 */
    const char *protocol; /* to upgrade to; NULL. A status of 101 says that the server does. */
};

/* JSON; NULL for none. It points to the text. */
struct http_content http_content_json(const char *text);

/* An answer that is read as it comes, by http_exchange_read(), which a signal ends with -EINTR.
 * Waits for the head of the answer. A connection that ends in its midst is -ECONNRESET. */
int http_open(const char *socket_path, const char *method, const char *target,
              const struct http_content *content, uint64_t timeout_ms, struct http_exchange **ret,
              struct error **reterr);

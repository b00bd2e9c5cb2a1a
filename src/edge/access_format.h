/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of the access log. The fields and their order are those of the load balancer that most
 * users know; in JSON they have the names below, as members of one object a line.
 *
 *    1 type                    http https ws wss tcp tls
 *    2 time                    of the last byte of the answer: 2026-11-21T13:08:49.000001Z
 *    3 listener                its name
 *    4 client                  ADDRESS:PORT
 *    5 target                  as it is configured
 *    6 request_time            seconds until the request was on its way; -1: it never was
 *    7 target_time             seconds from then until the answer began; -1: it never did
 *    8 response_time           seconds from then until the client had all of it; -1
 *    9 status                  that the client got
 *   10 target_status           that the target gave
 *   11 received_bytes          from the client, with heads
 *   12 sent_bytes              to the client, with heads
 *   13 "request"               METHOD URL VERSION
 *   14 "user_agent"
 *   15 tls_cipher
 *   16 tls_protocol
 *   17 group                   its name
 *   18 "trace_id"              X-Request-Id
 *   19 "server_name"           of TLS
 *   20 "certificate"           that was chosen: the first host name in it
 *   21 rule                    its position, from 1; 0: the default action; -1: none was looked for
 *   22 created                 of the request's first byte, as time
 *   23 "actions"               forward, redirect, respond
 *   24 "redirect"              where to
 *   25 "error"                 why the answer is the edge's own
 *   26 "targets"               all that were asked, with spaces between them
 *   27 "target_statuses"       of these
 *   28 "classification"        always empty: what is in doubt is refused
 *   29 "classification_reason"
 *   30 connection_id           the same for all requests of a connection
 *
 * As fields: one space between them; - for what is empty, and for a status of 0; quotes where they
 * are shown. A double quote, a backslash, and what is not a printing character of ASCII are written
 * as \xHH, so is a space where there are no quotes: a client cannot make a field or a line of its
 * own. As JSON: what is empty is null, numbers are numbers, and all of it is ASCII: characters
 * beyond that are \uXXXX, and bytes that are not UTF-8 are \\xHH. Texts are cut at a fixed length
 * and end in "..." then.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "route/config.h"

#define ACCESS_LINE_MAX 16384

/* id, text */
#define ACCESS_TYPES(X)                                                                            \
    X(HTTP, "http")                                                                                \
    X(HTTPS, "https")                                                                              \
    X(WS, "ws")                                                                                    \
    X(WSS, "wss")                                                                                  \
    X(TCP, "tcp")                                                                                  \
    X(TLS, "tls")

enum access_type {
#define X(name, text) ACCESS_##name,
    ACCESS_TYPES(X)
#undef X
    ACCESS_TYPE_COUNT
};

struct access_text {
    const char *data; /* may be NULL where the length is 0 */
    size_t length;
};

#define ACCESS_TIME_NONE UINT64_MAX

/* Zero is "empty" for texts and statuses. The texts are the caller's. */
struct access_record {
    enum access_type type;
    int32_t rule;
    uint64_t ended_unix_ns;
    uint64_t started_unix_ns;
    uint64_t request_time_ns; /* ACCESS_TIME_NONE: -1 */
    uint64_t target_time_ns;
    uint64_t response_time_ns;
    uint64_t received_bytes;
    uint64_t sent_bytes;
    unsigned int status;
    unsigned int target_status;
    uint16_t client_port; /* 0: the address stands alone */
    bool is_https;        /* of the URL */
    struct access_text listener;
    struct access_text client_address; /* IPv6 without brackets */
    struct access_text target;
    struct access_text method; /* empty: there was no request */
    struct access_text host;   /* with the port, where it was given */
    struct access_text path;   /* with the query; or a whole target */
    struct access_text version;
    struct access_text user_agent;
    struct access_text tls_cipher;
    struct access_text tls_protocol;
    struct access_text group;
    struct access_text trace_id;
    struct access_text server_name;
    struct access_text certificate;
    struct access_text actions;
    struct access_text redirect;
    struct access_text error;
    struct access_text targets;         /* empty: the one target */
    struct access_text target_statuses; /* empty: the one status */
    struct access_text connection_id;
};

/* Of a thread, zeroed at first: the last second that was written as a date. */
struct access_clock {
    uint64_t unix_s;
    char text[20]; /* 2026-11-21T13:08:49. */
};

/* Writes the line with its newline, and returns its length: at most ACCESS_LINE_MAX, and 0 where
 * size is not enough. */
size_t access_format(struct access_clock *clock, enum route_log_format format,
                     const struct access_record *record, char *data, size_t size);

static inline struct access_text access_text_of(const char *data, size_t length)
{
    return (struct access_text){data, length};
}

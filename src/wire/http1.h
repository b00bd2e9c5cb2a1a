/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads of HTTP/1.0 and HTTP/1.1 messages, in one strict mode: what is in doubt is refused.
 *
 * A parser reads from the start of the caller's contiguous buffer and is called again with the
 * same bytes and more behind them, until it says other than HTTP1_MORE. The buffer may have moved
 * in between: nothing here keeps a pointer, all places are offsets from the start of the head. A
 * call takes time for what is new to it, not for what was there before, and what is said does not
 * depend on how the bytes were cut.
 *
 * The caller owns the parser and uses it for one head after another; between heads it holds
 * nothing, so that an idle connection needs none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP1_TARGET_SIZE_MAX       8192
#define HTTP1_LINE_SIZE_MAX         16384 /* without its end */
#define HTTP1_HEAD_SIZE_MAX         32768
#define HTTP1_FIELD_COUNT_MAX       100
#define HTTP1_HOST_SIZE_MAX         255 /* without the port */
#define HTTP1_CONNECTION_NAMES_MAX  32
#define HTTP1_CONTENT_LENGTH_MAX    INT64_MAX
#define HTTP1_CONTENT_LENGTH_DIGITS 19

/* name, is it safe, is it idempotent (RFC 9110, 9.2) */
#define HTTP1_METHODS(X)                                                                           \
    X(GET, true, true)                                                                             \
    X(HEAD, true, true)                                                                            \
    X(POST, false, false)                                                                          \
    X(PUT, false, true)                                                                            \
    X(DELETE, false, true)                                                                         \
    X(CONNECT, false, false)                                                                       \
    X(OPTIONS, true, true)                                                                         \
    X(TRACE, true, true)                                                                           \
    X(PATCH, false, false)

enum http1_method {
    HTTP1_METHOD_OTHER,
#define X(name, is_safe, is_idempotent) HTTP1_##name,
    HTTP1_METHODS(X)
#undef X
    HTTP1_METHOD_COUNT
};

/* Names of fields that mean something to a proxy.
 *
 * PASS       nothing special
 * HOP        ends here: about this connection or the message's framing; written anew where needed
 * FORWARDED  passed, but says who the client is: only as trustworthy as the peer
 *
 * The first ones, up to TE, are looked into by the parser itself.
 *
 * Then whether Connection may name it away (FREE) or not (KEPT), and the first and the last but
 * one character of the name, for the perfect hash in http1_names.c: a clash there does not
 * compile. */
#define HTTP1_FIELDS(X)                                                                            \
    X(HOST, "host", HOP, KEPT, 'h', 's')                                                           \
    X(CONTENT_LENGTH, "content-length", HOP, KEPT, 'c', 't')                                       \
    X(TRANSFER_ENCODING, "transfer-encoding", HOP, KEPT, 't', 'n')                                 \
    X(CONNECTION, "connection", HOP, FREE, 'c', 'o')                                               \
    X(UPGRADE, "upgrade", HOP, FREE, 'u', 'd')                                                     \
    X(EXPECT, "expect", HOP, FREE, 'e', 'c')                                                       \
    X(TE, "te", HOP, FREE, 't', 't')                                                               \
    X(TRAILER, "trailer", HOP, FREE, 't', 'e')                                                     \
    X(KEEP_ALIVE, "keep-alive", HOP, FREE, 'k', 'v')                                               \
    X(PROXY_CONNECTION, "proxy-connection", HOP, FREE, 'p', 'o')                                   \
    X(HTTP2_SETTINGS, "http2-settings", HOP, FREE, 'h', 'g')                                       \
    X(X_FORWARDED_FOR, "x-forwarded-for", FORWARDED, KEPT, 'x', 'o')                               \
    X(X_FORWARDED_PROTO, "x-forwarded-proto", FORWARDED, KEPT, 'x', 't')                           \
    X(X_FORWARDED_PORT, "x-forwarded-port", FORWARDED, KEPT, 'x', 'r')                             \
    X(X_FORWARDED_HOST, "x-forwarded-host", FORWARDED, KEPT, 'x', 's')                             \
    X(FORWARDED, "forwarded", FORWARDED, KEPT, 'f', 'e')                                           \
    X(X_REAL_IP, "x-real-ip", FORWARDED, KEPT, 'x', 'i')                                           \
    X(AUTHORIZATION, "authorization", PASS, KEPT, 'a', 'o')                                        \
    X(COOKIE, "cookie", PASS, FREE, 'c', 'i')                                                      \
    X(SET_COOKIE, "set-cookie", PASS, FREE, 's', 'i')                                              \
    X(DATE, "date", PASS, FREE, 'd', 't')                                                          \
    X(SERVER, "server", PASS, FREE, 's', 'e')                                                      \
    X(VIA, "via", PASS, FREE, 'v', 'i')                                                            \
    X(LOCATION, "location", PASS, FREE, 'l', 'o')                                                  \
    X(USER_AGENT, "user-agent", PASS, FREE, 'u', 'n')                                              \
    X(REFERER, "referer", PASS, FREE, 'r', 'e')                                                    \
    X(CONTENT_TYPE, "content-type", PASS, FREE, 'c', 'p')                                          \
    X(CONTENT_ENCODING, "content-encoding", PASS, FREE, 'c', 'n')                                  \
    X(ACCEPT_ENCODING, "accept-encoding", PASS, FREE, 'a', 'n')                                    \
    X(TRACEPARENT, "traceparent", PASS, FREE, 't', 'n')                                            \
    X(X_REQUEST_ID, "x-request-id", PASS, FREE, 'x', 'i')

enum http1_field_id {
    HTTP1_FIELD_OTHER,
#define X(name, ...) HTTP1_FIELD_##name,
    HTTP1_FIELDS(X)
#undef X
    /* X-Forwarded-* that is none of the above. */
    HTTP1_FIELD_X_FORWARDED_OTHER,
    HTTP1_FIELD_ID_COUNT
};

_Static_assert(HTTP1_FIELD_ID_COUNT <= 64, "head.present has a bit for each");

struct http1_span {
    uint16_t offset, length;
};

#define HTTP1_FIELD_HAS_UNDERSCORE 1 /* in its name: taken by some programs for a '-' */
#define HTTP1_FIELD_IS_NAMED       2 /* by Connection, and may be */

struct http1_field {
    struct http1_span name;
    struct http1_span value; /* without white space around it */
    uint8_t id;              /* enum http1_field_id */
    uint8_t flags;
};

enum http1_target_form {
    HTTP1_TARGET_ORIGIN,
    HTTP1_TARGET_ABSOLUTE,
    HTTP1_TARGET_ASTERISK,
};

enum http1_body_kind {
    HTTP1_BODY_NONE,
    HTTP1_BODY_LENGTH, /* content_length may be 0 */
    HTTP1_BODY_CHUNKED,
    HTTP1_BODY_UNTIL_CLOSE,
};

struct http1_head {
    uint64_t present; /* a bit for each id among the fields */
    uint64_t
        content_length;    /* 0 without the field; no body's length where body is NONE: HEAD, 304 */
    uint16_t length;       /* in bytes, with the empty line */
    uint16_t status;       /* of a response */
    uint8_t minor_version; /* of HTTP/1: 0 or 1 */
    uint8_t method;        /* enum http1_method; of a response: what was asked with */
    uint8_t target_form;   /* enum http1_target_form */
    uint8_t body;          /* enum http1_body_kind */
    bool keep_alive;       /* the peer will take another message after this one */
    bool upgrade;          /* Connection: upgrade, with an Upgrade other than h2c */
    bool upgrade_websocket; /* and it is websocket alone */
    bool expect_continue;   /* never without a body to come */
    bool expect_other;
    bool te_trailers;
    bool target_is_https; /* an absolute one: https://... */

    struct http1_span method_name;
    struct http1_span target;
    struct http1_span authority; /* of an absolute target */
    struct http1_span path;      /* without the query; empty: "/", or "*" for OPTIONS */
    struct http1_span query;     /* right behind path, with its '?'; empty: none */
    struct http1_span host;      /* Host or authority, with the port; empty only in HTTP/1.0 */
    struct http1_span reason;    /* of a response */

    uint8_t field_count;
    struct http1_field fields[HTTP1_FIELD_COUNT_MAX]; /* last: a reset leaves it alone */
};

enum http1_result {
    HTTP1_MORE,
    HTTP1_DONE,
    HTTP1_REFUSED, /* close: nothing behind this can be trusted */
};

struct http1_parser {
    uint16_t position;   /* everything before was looked at */
    uint16_t line_start; /* what the state refers to: the target, the version or a line */
    uint16_t name_length;
    uint8_t state;
    uint8_t connection_name_count;
    bool is_response;
    bool saw_close, saw_keep_alive, saw_upgrade; /* in Connection */
    bool saw_other_names;                        /* in Connection: of fields to look for */
    bool saw_h2c;

    uint16_t refusal_status; /* 502 for a response */
    const char *refusal;     /* a constant for logs, once refused */

    struct http1_head head; /* valid once done */
};

/* Either makes the parser ready for another head. What a response means depends on the method it
 * answers. */
void http1_request_init(struct http1_parser *parser);
void http1_response_init(struct http1_parser *parser, enum http1_method request_method);

/* data[0] is the first byte of the head. Done: head.length bytes are the head, what follows is
 * not. */
enum http1_result http1_request_parse(struct http1_parser *parser, const char *data, size_t size);
enum http1_result http1_response_parse(struct http1_parser *parser, const char *data, size_t size);

/* For tests and measurements: any level up to scan_best(), from scan.h. */
enum http1_result http1_parse_at_level(struct http1_parser *parser, const char *data, size_t size,
                                       int level);

/* The first field of that id; NULL where there is none. */
const struct http1_field *http1_head_find(const struct http1_head *head, enum http1_field_id id);

/* Whether a field goes on as it came: neither for this hop, nor named by Connection, nor with an
 * underscore. */
bool http1_field_is_passed(const struct http1_field *field);

/* Whether a field speaks for the client: X-Forwarded-*, Forwarded, X-Real-IP. */
bool http1_field_is_forwarded(const struct http1_field *field);

enum http1_method http1_method_find(const char *name, size_t length);
const char *http1_method_name(enum http1_method method); /* "" for OTHER */
bool http1_method_is_safe(enum http1_method method);
bool http1_method_is_idempotent(enum http1_method method);

enum http1_field_id http1_field_find(const char *name, size_t length);
const char *http1_field_name(enum http1_field_id id); /* in lower case; "" for OTHER */

/* "" where there is none. */
const char *http1_status_reason(unsigned status);

/* A host with an optional port: a name of letters, digits and "-._~" that does not begin with a
 * dot, or an IPv6 address in brackets; a port from 1 to 65535. */
bool http1_authority_is_valid(const char *text, size_t length);

/* Whether two texts are equal but for the case of letters. */
bool http1_text_equal(const char *a, const char *b, size_t length);

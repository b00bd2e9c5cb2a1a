/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of HTTP/1 messages, read without copying: the caller gives bytes as they come, each of
 * them once, and is told where among them the body's own bytes lie. The framing of chunks is
 * checked strictly; their extensions and the trailers are checked, counted and dropped. Who wants
 * trailers looks at trailers_size before and after: what it grew by are the last bytes used up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/http1.h"

#define HTTP1_CHUNK_DIGITS_MAX    16
#define HTTP1_EXTENSIONS_SIZE_MAX 4096 /* of all chunks of a body */
#define HTTP1_TRAILERS_SIZE_MAX   8192 /* with their line ends */
#define HTTP1_TRAILER_COUNT_MAX   HTTP1_FIELD_COUNT_MAX

enum http1_body_result {
    HTTP1_BODY_MORE, /* all bytes are used up, and there is more to come */
    HTTP1_BODY_DATA, /* some of the body's bytes; call again with what follows */
    HTTP1_BODY_DONE, /* what follows belongs to the next message */
    HTTP1_BODY_REFUSED,
};

struct http1_chunked {
    uint64_t left;  /* of this chunk */
    uint64_t total; /* of all chunks that were announced */
    uint16_t extensions_size, trailers_size;
    uint8_t trailer_count;
    uint8_t digit_count;
    uint8_t state;

    uint16_t refusal_status;
    const char *refusal; /* a constant for logs, once refused */
};

void http1_chunked_init(struct http1_chunked *chunked);

/* Of data, *ret_consumed bytes are done with; among them are the *ret_length bytes from *ret_offset
 * on, the last ones, that belong to the body: not 0 for DATA, 0 for all else. */
enum http1_body_result http1_chunked_next(struct http1_chunked *chunked, const char *data,
                                          size_t size, size_t *ret_consumed, size_t *ret_offset,
                                          size_t *ret_length);

/* A body of any kind. */
struct http1_body {
    uint8_t kind;  /* enum http1_body_kind */
    uint64_t left; /* of HTTP1_BODY_LENGTH */
    struct http1_chunked chunked;
};

/* As the head says that was just read. */
void http1_body_init(struct http1_body *body, const struct http1_head *head);

/* The same as http1_chunked_next(), for any kind. One that goes on until close is never done. */
enum http1_body_result http1_body_next(struct http1_body *body, const char *data, size_t size,
                                       size_t *ret_consumed, size_t *ret_offset,
                                       size_t *ret_length);

/* Whether the body is whole if the peer closes now. */
bool http1_body_may_end(const struct http1_body *body);

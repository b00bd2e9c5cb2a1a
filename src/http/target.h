/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a request's target, and putting text into one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct strbuf;

#define HTTP_SEGMENTS_MAX 8

/* A path in its segments, decoded. */
struct http_segments {
    unsigned int count;
    char *items[HTTP_SEGMENTS_MAX]; /* in memory; each ends in NUL and holds no other */
    char *memory;
};

/* "/v1/a%2Fb" is "v1" and "a/b"; "/" has none. 0; -EINVAL for an empty segment, a bad or encoded
 * NUL, and too many; or -ENOMEM. */
int http_segments_parse(const char *path, struct http_segments *ret_segments);
void http_segments_deinit(struct http_segments *segments);
#define _cleanup_http_segments_ __attribute__((cleanup(http_segments_deinit)))

/* The first parameter of that name, decoded ('+' is a space), into memory of the caller's, with a
 * NUL. 1 where there is one, 0 where there is none, -EINVAL where it is malformed or does not fit.
 */
int http_query_find(const char *query, const char *name, char *value, size_t size);

/* Appends the text so that it is one segment of a path or one value of a query. */
void http_encode(struct strbuf *buffer, const char *text);

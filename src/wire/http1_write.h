/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes heads and the framing of bodies into a buffer of the caller's. What does not fit is not
 * written, nor is anything after it: the caller looks at `overflow` once, at the end. The writer
 * adds line ends and colons and checks nothing: texts come from a parsed head or from a checked
 * configuration.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/http1.h"

#define HTTP1_DATE_SIZE       29 /* Sun, 06 Nov 1994 08:49:37 GMT */
#define HTTP1_CHUNK_HEAD_SIZE 18 /* at most */

struct http1_writer {
    char *data;
    size_t size, used;
    bool overflow;
};

static inline void http1_writer_init(struct http1_writer *writer, char *data, size_t size)
{
    *writer = (struct http1_writer){data, size, 0, false};
}

void http1_write_bytes(struct http1_writer *writer, const char *data, size_t length);
void http1_write_decimal(struct http1_writer *writer, uint64_t number);

/* Always as HTTP/1.1. The second writes the method and the target of a request that was parsed, in
 * origin form whatever it came in; data is the buffer of that request. */
void http1_write_request_line(struct http1_writer *writer, const char *method, size_t method_length,
                              const char *target, size_t target_length);
void http1_write_request_line_of(struct http1_writer *writer, const struct http1_head *head,
                                 const char *data);

/* A status without a standard reason goes without any. */
void http1_write_status_line(struct http1_writer *writer, unsigned status);

void http1_write_field(struct http1_writer *writer, const char *name, size_t name_length,
                       const char *value, size_t value_length);
void http1_write_number_field(struct http1_writer *writer, const char *name, size_t name_length,
                              uint64_t number);

/* A field as it was received: name and value are copied, what stands between and behind them is
 * not. */
void http1_write_field_of(struct http1_writer *writer, const struct http1_field *field,
                          const char *data);

/* For names and values that are literals. */
#define HTTP1_WRITE_FIELD(writer, name, value)                                                     \
    http1_write_bytes((writer), name ": " value "\r\n", sizeof(name ": " value "\r\n") - 1)

/* The empty line. */
void http1_write_head_end(struct http1_writer *writer);

/* The size must not be 0, as that would end the body. */
void http1_write_chunk_head(struct http1_writer *writer, uint64_t size);
void http1_write_chunk_end(struct http1_writer *writer);
void http1_write_last_chunk(struct http1_writer *writer);

/* The form of Date, without a NUL. Callers keep it for a second. Times before 1970 and beyond the
 * year 9999 become the nearest of those. */
void http1_format_date(int64_t unix_time_s, char ret_date[HTTP1_DATE_SIZE]);

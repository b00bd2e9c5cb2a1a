/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a stream of messages the way a proxy does, head by head and body by body, from bytes that
 * come in pieces. Every call of a parser sees a fresh copy of just what has arrived, so that a
 * sanitizer sees one that reads further or remembers an address.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "wire/http1.h"

#define STREAM_MORE     0 /* a message is not whole */
#define STREAM_ACCEPTED 1 /* everything belonged to whole messages */

/* The text says what was read: a line for each head, field and body. */
struct stream_outcome {
    unsigned verdict; /* one of the above, or the status of a refusal */
    const char *refusal;
    char *text;
    size_t text_size;
};

struct stream_kind {
    bool is_response;
    enum http1_method method; /* that is answered */
    int level;                /* of scanning; see wire/scan.h */
};

/* Pieces end at the given offsets, in order, and at the end. */
struct stream_outcome stream_read(const struct stream_kind *kind, const char *data, size_t size,
                                  const size_t *cuts, size_t cut_count);
void stream_free(struct stream_outcome *outcome);

struct stream_case {
    const char *name;
    unsigned verdict;
    const char *data;
    size_t size;
};

#define STREAM_CASE(name, verdict, data)                                                           \
    {                                                                                              \
        name, verdict, data, sizeof(data) - 1                                                      \
    }

/* Fails unless the verdict is the expected one and everything is read the same whole, byte by
 * byte, and in two pieces cut anywhere, at every scan level of this CPU. */
void stream_check(const struct stream_kind *kind, const struct stream_case *cases, size_t count);

/* For one that is too long to be cut everywhere: whole, byte by byte, and cut at its last bytes. */
void stream_check_long(const struct stream_kind *kind, const char *name, const char *data,
                       size_t size, unsigned verdict);

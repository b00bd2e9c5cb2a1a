/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of a body on their way from one side to the other: they stay in the buffer that they came
 * in, and are sent from there, with a frame of their own around them where they need one. Both ways
 * are as hot as anything here is, so it is all inline.
 */
#pragma once

#include <sys/uio.h>

#include "wire/http1.h"
#include "wire/http1_body.h"

/* Of a chunked body, sent as one chunk. */
#define PIECES_MAX 32

struct pieces {
    struct iovec parts[PIECES_MAX + 4]; /* with a head, the frame's two ends, and the body's end */
    size_t count;
    size_t length; /* of the body's bytes in them */
    char chunk_head[HTTP1_CHUNK_HEAD_SIZE];
};

static inline void pieces_add(struct pieces *pieces, const void *data, size_t length)
{
    pieces->parts[pieces->count++] = (struct iovec){(void *)(uintptr_t)data, length};
}

/* first: how many there were before those of the body. */
static inline bool pieces_have_room(const struct pieces *pieces, size_t first)
{
    return pieces->count - first < PIECES_MAX;
}

/* The next one of what has come, where there is one. */
static inline enum http1_body_result pieces_take(struct pieces *pieces, struct http1_body *body,
                                                 const char *data, size_t size,
                                                 size_t *ret_consumed)
{
    size_t offset;
    size_t length;
    enum http1_body_result result =
        http1_body_next(body, data, size, ret_consumed, &offset, &length);

    if (length > 0) {
        pieces_add(pieces, data + offset, length);
        pieces->length += length;
    }
    return result;
}

/* Makes one chunk of them. The place before the first was left free for its head. */
static inline void pieces_frame(struct pieces *pieces, size_t place)
{
    struct http1_writer writer;

    if (pieces->length == 0)
        return;
    http1_writer_init(&writer, pieces->chunk_head, sizeof(pieces->chunk_head));
    http1_write_chunk_head(&writer, pieces->length);
    pieces->parts[place] = (struct iovec){pieces->chunk_head, writer.used};
    pieces_add(pieces, "\r\n", 2);
}

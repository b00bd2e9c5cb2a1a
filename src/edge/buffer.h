/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buffers of a few sizes, kept by the thread that uses them. A connection has one only while there
 * are bytes in it; the one given back last is handed out next, as it is still in the cache. Each
 * belongs to whoever took it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum buffer_class {
    BUFFER_SMALL, /* a request as most are */
    BUFFER_PART,  /* a part of a body */
    BUFFER_HEAD,  /* the largest head, and some */
    BUFFER_BULK,  /* of a large body */
    BUFFER_CLASS_COUNT,
};

#define BUFFER_SMALL_SIZE 2048
#define BUFFER_PART_SIZE  16384
#define BUFFER_HEAD_SIZE  36864
#define BUFFER_BULK_SIZE  65536

struct buffer {
    struct buffer *next; /* while nobody has it */
    uint32_t size;
    uint16_t class;
    uint32_t begin, end; /* the bytes that are in it */
    char data[];
};

struct buffer_pool {
    struct buffer *free[BUFFER_CLASS_COUNT];
    uint32_t free_count[BUFFER_CLASS_COUNT];
    uint64_t allocated_bytes; /* in use or kept */
};

/* An empty one, or NULL when memory is out. */
struct buffer *buffer_take(struct buffer_pool *pool, enum buffer_class class);

/* Returns NULL; does nothing to NULL. */
struct buffer *buffer_give(struct buffer_pool *pool, struct buffer *buffer);

/* With room for at least so many bytes at once; NULL where no class is that large, too. */
struct buffer *buffer_take_for(struct buffer_pool *pool, size_t size);

/* Gives memory back that is kept for no use, but for some. */
void buffer_pool_trim(struct buffer_pool *pool);
void buffer_pool_deinit(struct buffer_pool *pool);

static inline size_t buffer_length(const struct buffer *buffer)
{
    return buffer->end - buffer->begin;
}

static inline size_t buffer_room(const struct buffer *buffer)
{
    return buffer->size - buffer->end;
}

/* Moves what is in it to the front, for the most room behind it. */
static inline void buffer_compact(struct buffer *buffer)
{
    if (buffer->begin == 0)
        return;
    memmove(buffer->data, buffer->data + buffer->begin, buffer_length(buffer));
    buffer->end -= buffer->begin;
    buffer->begin = 0;
}

/* The same bytes in a larger buffer; the first one is given back. NULL when memory is out, and then
 * the first one is still there. */
struct buffer *buffer_grow(struct buffer_pool *pool, struct buffer *buffer,
                           enum buffer_class class);

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/buffer.h"

#include <stdlib.h>

static const uint32_t buffer_sizes[BUFFER_CLASS_COUNT] = {
    [BUFFER_SMALL] = BUFFER_SMALL_SIZE,
    [BUFFER_PART] = BUFFER_PART_SIZE,
    [BUFFER_HEAD] = BUFFER_HEAD_SIZE,
    [BUFFER_BULK] = BUFFER_BULK_SIZE,
};

/* How many are kept: about as many as a busy thread has in use within one turn of its loop. */
static const uint32_t buffer_kept_max[BUFFER_CLASS_COUNT] = {
    [BUFFER_SMALL] = 1024,
    [BUFFER_PART] = 128,
    [BUFFER_HEAD] = 16,
    [BUFFER_BULK] = 32,
};

struct buffer *buffer_take(struct buffer_pool *pool, enum buffer_class class)
{
    struct buffer *buffer = pool->free[class];

    if (buffer != NULL) {
        pool->free[class] = buffer->next;
        pool->free_count[class]--;
    } else {
        buffer = malloc(sizeof(*buffer) + buffer_sizes[class]);
        if (buffer == NULL)
            return NULL;
        buffer->size = buffer_sizes[class];
        buffer->class = (uint16_t) class;
        pool->allocated_bytes += sizeof(*buffer) + buffer->size;
    }
    buffer->begin = 0;
    buffer->end = 0;
    return buffer;
}

static void buffer_free(struct buffer_pool *pool, struct buffer *buffer)
{
    pool->allocated_bytes -= sizeof(*buffer) + buffer->size;
    free(buffer);
}

struct buffer *buffer_give(struct buffer_pool *pool, struct buffer *buffer)
{
    if (buffer == NULL)
        return NULL;
    if (pool->free_count[buffer->class] >= buffer_kept_max[buffer->class]) {
        buffer_free(pool, buffer);
        return NULL;
    }
    buffer->next = pool->free[buffer->class];
    pool->free[buffer->class] = buffer;
    pool->free_count[buffer->class]++;
    return NULL;
}

struct buffer *buffer_take_for(struct buffer_pool *pool, size_t size)
{
    for (int class = 0; class < BUFFER_CLASS_COUNT; class ++)
        if (size <= buffer_sizes[class])
            return buffer_take(pool, (enum buffer_class) class);
    return NULL;
}

struct buffer *buffer_grow(struct buffer_pool *pool, struct buffer *buffer, enum buffer_class class)
{
    struct buffer *grown = buffer_take(pool, class);

    if (grown == NULL)
        return NULL;
    grown->end = (uint32_t)buffer_length(buffer);
    memcpy(grown->data, buffer->data + buffer->begin, grown->end);
    (void)buffer_give(pool, buffer);
    return grown;
}

static void buffer_pool_keep(struct buffer_pool *pool, int class, uint32_t count)
{
    while (pool->free_count[class] > count) {
        struct buffer *buffer = pool->free[class];

        pool->free[class] = buffer->next;
        pool->free_count[class]--;
        buffer_free(pool, buffer);
    }
}

void buffer_pool_trim(struct buffer_pool *pool)
{
    for (int class = 0; class < BUFFER_CLASS_COUNT; class ++)
        buffer_pool_keep(pool, class, buffer_kept_max[class] / 8);
}

void buffer_pool_deinit(struct buffer_pool *pool)
{
    for (int class = 0; class < BUFFER_CLASS_COUNT; class ++)
        buffer_pool_keep(pool, class, 0);
}

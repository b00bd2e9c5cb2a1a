/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_BYTES_MIN ((size_t)64 << 10)
#define ARENA_BLOCK_BYTES_MAX ((size_t)1 << 20)
#define ARENA_ALIGNMENT       (_Alignof(max_align_t))

/* Small allocations are cut from the newest block, which stands first in the list. What is large
 * for its block gets a block of its own, kept behind the newest, so that the free part of the
 * newest block is not given up for it. */
struct arena_block {
    struct arena_block *older;
    size_t size; /* of data */
    bool dedicated;
    _Alignas(max_align_t) char data[];
};

bool arena_debug_malloc = false;

void arena_init(struct arena *arena, size_t limit_bytes)
{
    *arena = (struct arena){.limit_bytes = limit_bytes};
}

void arena_deinit(struct arena *arena)
{
    struct arena_block *block = arena->blocks;

    while (block != NULL) {
        struct arena_block *older = block->older;

        free(block);
        block = older;
    }
    *arena = (struct arena){0};
}

void arena_set_recovery(struct arena *arena, jmp_buf *recovery)
{
    arena->recovery = recovery;
}

int arena_failure(const struct arena *arena)
{
    return arena->failure;
}

int arena_protect(struct arena *arena, void (*function)(void *context), void *context)
{
    jmp_buf *outer = arena->recovery;
    jmp_buf recovery;

    if (setjmp(recovery) != 0) {
        arena->recovery = outer;
        return arena->failure;
    }
    arena->recovery = &recovery;
    function(context);
    arena->recovery = outer;
    return 0;
}

_Noreturn void arena_fail(struct arena *arena, int code)
{
    arena->failure = code;
    if (arena->recovery == NULL)
        abort();
    longjmp(*arena->recovery, 1);
}

/* Counts the bytes handed out, not those of the blocks, so that the limit is reached at the same
 * allocation whatever the sizes of the blocks. */
static void arena_charge(struct arena *arena, size_t size)
{
    if (size > arena->limit_bytes - arena->used_bytes)
        arena_fail(arena, -E2BIG);
    arena->used_bytes += size;
}

static struct arena_block *arena_block_new(struct arena *arena, size_t size)
{
    struct arena_block *block;

    if (size > PTRDIFF_MAX - sizeof(*block))
        arena_fail(arena, -E2BIG);
    block = calloc(1, sizeof(*block) + size);
    if (block == NULL)
        arena_fail(arena, -ENOMEM);
    block->size = size;
    return block;
}

static void *arena_alloc_dedicated(struct arena *arena, size_t size)
{
    struct arena_block *block = arena_block_new(arena, size);
    struct arena_block **place = &arena->blocks;

    if (arena->blocks != NULL)
        place = &arena->blocks->older;
    block->dedicated = true;
    block->older = *place;
    *place = block;
    return block->data;
}

static size_t arena_next_block_bytes(const struct arena *arena)
{
    const struct arena_block *newest = arena->blocks;

    if (newest == NULL || newest->dedicated)
        return ARENA_BLOCK_BYTES_MIN;
    return newest->size < ARENA_BLOCK_BYTES_MAX ? newest->size * 2 : ARENA_BLOCK_BYTES_MAX;
}

static void *arena_alloc_from_new_block(struct arena *arena, size_t size)
{
    size_t block_bytes = arena_next_block_bytes(arena);
    struct arena_block *block;

    if (size > block_bytes / 4)
        return arena_alloc_dedicated(arena, size);

    block = arena_block_new(arena, block_bytes);
    block->older = arena->blocks;
    arena->blocks = block;
    arena->next = block->data + size;
    arena->end = block->data + block_bytes;
    return block->data;
}

static void *arena_alloc_aligned(struct arena *arena, size_t size, size_t alignment)
{
    size_t padding = -(uintptr_t)arena->next & (alignment - 1);
    char *allocated;

    if (size == 0)
        size = 1; /* so that every allocation has an address of its own */
    arena_charge(arena, size);
    if (arena_debug_malloc)
        return arena_alloc_dedicated(arena, size);

    if (size > (size_t)(arena->end - arena->next) ||
        padding > (size_t)(arena->end - arena->next) - size)
        return arena_alloc_from_new_block(arena, size);
    allocated = arena->next + padding;
    arena->next = allocated + size;
    return allocated;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return arena_alloc_aligned(arena, size, ARENA_ALIGNMENT);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        arena_fail(arena, -E2BIG);
    return arena_alloc(arena, total);
}

void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size)
{
    char *grown;

    if (old == NULL)
        return arena_alloc(arena, new_size);
    if (new_size <= old_size)
        return old;

    /* A dedicated block never ends at the free part, so this is the last allocation or none. */
    if ((char *)old + old_size == arena->next &&
        new_size - old_size <= (size_t)(arena->end - arena->next)) {
        arena_charge(arena, new_size - old_size);
        arena->next += new_size - old_size;
        return old;
    }

    grown = arena_alloc(arena, new_size);
    memcpy(grown, old, old_size);
    return grown;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy;

    if (length == SIZE_MAX)
        arena_fail(arena, -E2BIG);
    copy = arena_alloc_aligned(arena, length + 1, 1); /* text needs no alignment */
    if (length > 0)
        memcpy(copy, text, length);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    va_list measured;
    char *text;
    int length;

    assert(format != NULL);
    va_copy(measured, arguments);
    length = vsnprintf(NULL, 0, format, measured);
    va_end(measured);
    if (length < 0)
        arena_fail(arena, errno == ENOMEM ? -ENOMEM : -E2BIG);

    text = arena_alloc_aligned(arena, (size_t)length + 1, 1);
    if (vsnprintf(text, (size_t)length + 1, format, arguments) < 0)
        arena_fail(arena, -ENOMEM);
    return text;
}

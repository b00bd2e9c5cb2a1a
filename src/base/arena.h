/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is given back all at once, with a limit.
 *
 * Allocation never returns NULL. When memory or the limit runs out, the arena jumps to its recovery
 * point: arena_protect(), called near the top of a load or a request, which reports the failure.
 * Code below it must therefore keep every resource that is not arena memory (descriptors, library
 * objects) where the caller of arena_protect() finds it.
 *
 *     struct arena arena;
 *
 *     arena_init(&arena, 64 << 20);
 *     r = arena_protect(&arena, load, &context);      0, -ENOMEM or -E2BIG
 *     ...
 *     arena_deinit(&arena);
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks;
    char *next; /* the free part of the newest block */
    char *end;
    size_t used_bytes;
    size_t limit_bytes;
    int failure;
    jmp_buf *recovery;
};

/* When true, each allocation is a malloc of its own, so that a memory checker sees its bounds. */
extern bool arena_debug_malloc;

void arena_init(struct arena *arena, size_t limit_bytes);
void arena_deinit(struct arena *arena);

/* Calls the function with a recovery point. Returns 0 when it came back by itself, -ENOMEM when
 * malloc failed below it, -E2BIG when the limit was reached. Calls may nest; what fails inside goes
 * to the innermost. */
int arena_protect(struct arena *arena, void (*function)(void *context), void *context);

/* For what fails below a recovery point beside the arena: jumps there with the code. */
_Noreturn void arena_fail(struct arena *arena, int code);

/* What arena_protect() is made of, for a caller whose setjmp() must stand in its own frame. */
void arena_set_recovery(struct arena *arena, jmp_buf *recovery);
int arena_failure(const struct arena *arena);

/* Zeroed, aligned for any type. Without a recovery point, failure aborts. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull, malloc));
void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
    __attribute__((returns_nonnull, malloc));

/* A copy of old with room for new_size bytes, the rest zeroed; the last allocation grows in place.
 */
void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size)
    __attribute__((returns_nonnull));

/* Copies end in NUL whether or not the source does. */
char *arena_strdup(struct arena *arena, const char *text) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *arena, const char *text, size_t length)
    __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0), returns_nonnull));

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_new_array(arena, type, count)                                                        \
    ((type *)arena_alloc_array((arena), (count), sizeof(type)))

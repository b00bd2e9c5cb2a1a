/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of scalars share: an arena for each test, and assertions that name the text. */
#pragma once

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct arena fixture_arena;

static int fixture_setup(void **state)
{
    (void)state;
    /* Each allocation by itself, so that a sanitizer sees where it ends. */
    arena_debug_malloc = true;
    arena_init(&fixture_arena, (size_t)64 << 20);
    return 0;
}

static int fixture_teardown(void **state)
{
    (void)state;
    arena_deinit(&fixture_arena);
    return 0;
}

#define FIXTURE_TEST(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

/* The text in a block of just its size, without NUL, so that reading past its end is seen. */
static inline const char *fixture_exact(const char *text)
{
    size_t length = strlen(text);

    return length > 0 ? memcpy(arena_alloc(&fixture_arena, length), text, length) : text;
}

static inline void fixture_assert_text(const char *about, const char *actual, const char *expected)
{
    if (actual == NULL || strcmp(actual, expected) != 0)
        fail_msg("%s: got %s, expected %s", about, actual != NULL ? actual : "NULL", expected);
}

static inline void fixture_assert_mentions(const char *message, const char *part)
{
    if (message == NULL || strstr(message, part) == NULL)
        fail_msg("the message %s does not mention %s", message != NULL ? message : "NULL", part);
}

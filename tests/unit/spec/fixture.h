/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of loading share: for each test an arena, the sources and what was found wrong;
 * YAML text in, compact JSON out.
 */
#pragma once

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "model/value_json.h"
#include "spec/diagnostics.h"
#include "spec/reader.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct arena fixture_arena;
static struct sources fixture_sources;
static struct diagnostics fixture_diagnostics;
static struct reader_library fixture_library;

static int fixture_setup(void **state)
{
    (void)state;
    /* Each allocation by itself, so that a sanitizer sees where it ends. */
    arena_debug_malloc = true;
    arena_init(&fixture_arena, (size_t)1 << 30);
    sources_init(&fixture_sources, &fixture_arena);
    diagnostics_init(&fixture_diagnostics, &fixture_arena, &fixture_sources);
    return 0;
}

static int fixture_teardown(void **state)
{
    (void)state;
    reader_deinit(&fixture_library);
    arena_deinit(&fixture_arena);
    return 0;
}

#define FIXTURE_TEST(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

/* What was found wrong so far is forgotten. */
static inline void fixture_forget(void)
{
    diagnostics_init(&fixture_diagnostics, &fixture_arena, &fixture_sources);
}

static inline uint32_t fixture_source(const char *name, const char *text)
{
    return sources_add(&fixture_sources, name, arena_strdup(&fixture_arena, text), strlen(text));
}

static inline bool fixture_read(const char *text, struct documents *ret_documents)
{
    return reader_read(&fixture_library, &fixture_arena, &fixture_diagnostics,
                       fixture_source("compose.yaml", text), ret_documents);
}

/* The one document of a text without mistakes. */
static inline struct value *fixture_value(const char *text)
{
    struct documents documents;

    if (!fixture_read(text, &documents) || documents.count != 1)
        fail_msg("not one good document: %s", text);
    return documents.items[0];
}

static inline const char *fixture_json(const struct value *value)
{
    struct strbuf out;
    const char *text;

    strbuf_init(&out, (size_t)64 << 20);
    value_write_json(&out, value, &(struct json_style){.compact = true});
    assert_int_equal(strbuf_failure(&out), 0);
    text = arena_strdup(&fixture_arena, strbuf_text(&out));
    strbuf_deinit(&out);
    return text;
}

static inline void fixture_assert_text(const char *about, const char *actual, const char *expected)
{
    if (actual == NULL || strcmp(actual, expected) != 0)
        fail_msg("%s: got %s, expected %s", about, actual != NULL ? actual : "NULL", expected);
}

static inline void fixture_assert_json(const char *about, const struct value *value,
                                       const char *expected)
{
    fixture_assert_text(about, fixture_json(value), expected);
}

static inline void fixture_assert_mentions(const char *about, const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        fail_msg("%s: \"%s\" does not mention \"%s\"", about, text != NULL ? text : "NULL", part);
}

static inline void fixture_assert_nothing_said(const char *about)
{
    if (fixture_diagnostics.errors + fixture_diagnostics.warnings > 0)
        fail_msg("%s: said \"%s\"", about, fixture_diagnostics.items[0].message);
}

/* The only thing said, which mentions the part. */
static inline const struct diagnostic *fixture_only(const char *about, enum severity severity,
                                                    const char *part)
{
    const struct diagnostic *only = fixture_diagnostics.items;

    if (fixture_diagnostics.count != 1)
        fail_msg("%s: %u things were said, not one", about, fixture_diagnostics.count);
    fixture_assert_mentions(about, only->message, part);
    assert_int_equal(only->severity, severity);
    return only;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests against an engine that runs: $SLIPWAY_TEST_ENGINE is its socket; without it everything is
 * skipped. tests/e2e/engine starts one, with the images and registries that are used here:
 *
 *     slipway.test/base           busybox
 *     $SLIPWAY_TEST_REGISTRY      has base:1
 *     $SLIPWAY_TEST_LOCKED        the same, for who has the password ($DOCKER_CONFIG)
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "engine/container.h"
#include "engine/conversation.h"
#include "engine/credentials.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/image.h"
#include "engine/network.h"

#define BASE   "slipway.test/base"
#define UNUSED __attribute__((unused))

static struct engine_place *place;
static struct engine engine;
static struct arena arena;
static struct error *error;
static char mark[32]; /* in the names of all that a test makes */

UNUSED static int start(void **state)
{
    (void)state;
    (void)snprintf(mark, sizeof(mark), "c%d", (int)getpid());
    arena_init(&arena, (size_t)64 << 20);
    if (engine_place_new(getenv("SLIPWAY_TEST_ENGINE"), &place, &error) < 0)
        return -1;
    engine = engine_at(place, -1);
    return 0;
}

UNUSED static int finish(void **state)
{
    (void)state;
    place = engine_place_free(place);
    arena_deinit(&arena);
    error = error_free(error);
    return 0;
}

UNUSED static void needs_engine(void)
{
    if (getenv("SLIPWAY_TEST_ENGINE") == NULL)
        skip();
}

UNUSED static void expect(int r, int wanted)
{
    if (r != wanted)
        fail_msg("%d (%s) in the place of %d", r, error != NULL ? error->message : "no error",
                 wanted);
    error = error_free(error);
}

UNUSED static const char *named(const char *what)
{
    static char names[8][64];
    static unsigned int next;
    char *name = names[next++ % 8];

    (void)snprintf(name, 64, "%s-%s", mark, what);
    return name;
}

UNUSED static const char *create(const char *name, const struct engine_container_config *config)
{
    const char *id = NULL;

    expect(engine_create_container(&engine, &arena, name, NULL, config, &id, NULL, &error), 0);
    return id;
}

UNUSED static const char *run(const char *name, const char *script)
{
    const char *command[] = {"sh", "-c", script, NULL};
    const char *id =
        create(name, &(struct engine_container_config){.image = BASE, .command = command});

    expect(engine_start_container(&engine, id, &error), 0);
    return id;
}

UNUSED static void drop(const char *id)
{
    expect(engine_remove_container(&engine, id, true, true, &error), 0);
}

struct lines {
    struct strbuf text;
    uint64_t latest_ns;
    unsigned int count, stop_after;
};

UNUSED static int take_line(void *context, bool is_errors, uint64_t unix_ns, const char *text,
                            size_t size)
{
    struct lines *lines = context;

    strbuf_append_string(&lines->text, is_errors ? "E:" : "O:");
    strbuf_append(&lines->text, text, size);
    strbuf_append_char(&lines->text, '\n');
    assert_true(unix_ns > 0);
    lines->latest_ns = unix_ns;
    return ++lines->count == lines->stop_after ? 1 : 0;
}

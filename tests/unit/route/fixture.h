/* SPDX-License-Identifier: Apache-2.0 */
/* Building and opening snapshots in tests, and short ways to write configs and requests. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "route/config.h"
#include "route/match.h"
#include "route/snapshot.h"

struct fixture {
    struct arena arena;
    void *image;
    size_t size;
    struct snapshot snapshot;
};

/* For cmocka: *state becomes a struct fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Builds and opens; the test fails where that does. */
void fixture_build(struct fixture *fixture, const struct route_config *config);

/* One http listener with the rules. */
void fixture_build_rules(struct fixture *fixture, const struct route_rule *rules, uint32_t count);

/* The builder refuses the config with -EINVAL and just this message. */
void fixture_assert_refused(const struct route_config *config, const char *message);

struct route_text fixture_text(const char *text);

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))
#define TEXTS(...)                                                                                 \
    {                                                                                              \
        .items = (const char *const[]){__VA_ARGS__},                                               \
        .count = COUNT(((const char *const[]){__VA_ARGS__}))                                       \
    }
#define RESPOND(number)                                                                            \
    {                                                                                              \
        .kind = ROUTE_ACTION_RESPOND, .status = (number)                                           \
    }

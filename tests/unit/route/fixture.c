/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

int fixture_setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){0};
    arena_init(&fixture.arena, (size_t)256 << 20);
    *state = &fixture;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;

    arena_deinit(&fixture->arena);
    return 0;
}

void fixture_build(struct fixture *fixture, const struct route_config *config)
{
    _cleanup_error_ struct error *error = NULL;

    if (snapshot_build(&fixture->arena, config, &fixture->image, &fixture->size, &error) < 0)
        fail_msg("%s", error->message);
    assert_int_equal(snapshot_open(fixture->image, fixture->size, &fixture->snapshot), 0);
}

void fixture_build_rules(struct fixture *fixture, const struct route_rule *rules, uint32_t count)
{
    struct route_listener listener = {.id = 1, .rules = rules, .rule_count = count};

    fixture_build(fixture, &(struct route_config){.listeners = &listener, .listener_count = 1});
}

void fixture_assert_refused(const struct route_config *config, const char *message)
{
    struct error *error = NULL;
    struct arena arena;
    void *image = NULL;
    size_t size = 0;
    int r;

    arena_init(&arena, (size_t)16 << 20);
    r = snapshot_build(&arena, config, &image, &size, &error);
    assert_int_equal(r, -EINVAL);
    assert_null(image);
    assert_int_equal(error->code, EINVAL);
    assert_string_equal(error->message, message);
    error_free(error);
    assert_int_equal(snapshot_build(&arena, config, &image, &size, NULL), -EINVAL);
    arena_deinit(&arena);
}

struct route_text fixture_text(const char *text)
{
    return (struct route_text){text, text != NULL ? strlen(text) : 0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/arena.h"
#include "base/error.h"
#include "fault.h"
#include "full_config.h"
#include "route/match.h"
#include "route/snapshot.h"

struct attempt {
    struct arena arena;
    const struct route_config *config;
    struct error *error;
    void *image;
    size_t size;
    int result;
};

static void build(void *context)
{
    struct attempt *attempt = context;

    attempt->result = snapshot_build(&attempt->arena, attempt->config, &attempt->image,
                                     &attempt->size, &attempt->error);
}

/* Fails each allocation in turn, until there is none left to fail; returns how many there were. */
static size_t fail_each(const struct route_config *config, int result)
{
    for (size_t n = 1;; n++) {
        struct attempt attempt = {.config = config};
        size_t before = fault_outstanding();
        struct snapshot snapshot;
        int r;

        arena_init(&attempt.arena, (size_t)64 << 20);
        fault_fail_allocation(n);
        r = arena_protect(&attempt.arena, build, &attempt);
        fault_reset();
        if (r == 0) {
            /* Where only the message had no memory, there is an error all the same. */
            assert_int_equal(attempt.result, result);
            assert_int_equal(attempt.error != NULL, result < 0);
            if (result == 0)
                assert_int_equal(snapshot_open(attempt.image, attempt.size, &snapshot), 0);
        } else {
            assert_int_equal(r, -ENOMEM);
            assert_null(attempt.image);
        }
        attempt.error = error_free(attempt.error);
        arena_deinit(&attempt.arena);
        assert_int_equal(fault_outstanding(), before);
        if (!fault_allocation_failed())
            return n - 1;
    }
}

static void a_build_without_memory_fails_and_leaks_nothing(void **state)
{
    (void)state;
    arena_debug_malloc = true;
    assert_true(fail_each(&full_config, 0) > 50);
    arena_debug_malloc = false;
    assert_true(fail_each(&full_config, 0) > 0);
}

static void a_refusal_without_memory_fails_and_leaks_nothing(void **state)
{
    const struct route_listener unnumbered = {.name = "web"};
    const struct route_config config = {.listeners = &unnumbered, .listener_count = 1};

    (void)state;
    assert_true(fail_each(&config, -EINVAL) > 1);
}

static void opening_and_matching_take_no_memory(void **state)
{
    struct attempt attempt = {.config = &full_config};
    struct route_request request = {.host = {"shop.example.com", 16}, .path = {"/07", 3}};
    struct snapshot snapshot;
    const struct snapshot_rule *rule;
    int r;

    (void)state;
    arena_init(&attempt.arena, (size_t)64 << 20);
    build(&attempt);
    fault_fail_allocations_from(1);
    r = snapshot_open(attempt.image, attempt.size, &snapshot);
    rule = r == 0 ? route_match(&snapshot, 0, &request) : NULL;
    fault_reset();
    assert_int_equal(r, 0);
    assert_int_equal(snapshot_rule_position(&snapshot, rule), 2);
    assert_int_equal(fault_allocations_made(), 0);
    arena_deinit(&attempt.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_build_without_memory_fails_and_leaks_nothing),
        cmocka_unit_test(a_refusal_without_memory_fails_and_leaks_nothing),
        cmocka_unit_test(opening_and_matching_take_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

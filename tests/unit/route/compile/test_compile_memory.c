/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling when memory runs out: it fails as a whole, says so, and leaks nothing. */
#include "fixture.h"

#include "fault.h"

static const char text[] =
    "services: {api: {image: a}}\n"
    "x-slipway:\n"
    "  metrics: {address: '127.0.0.1:9100'}\n"
    "  target_groups:\n"
    "    g: {targets: ['10.0.0.1:80', 'a:80'], health: {status: '200,204'}, stickiness: {}}\n"
    "  listeners:\n"
    "    web:\n"
    "      address: ':80'\n"
    "      trusted: [10.0.0.0/8]\n"
    "      rules:\n"
    "        - {when: {host: [a, b], header: {x: [c]}}, weights: {g: 1, api: 2}, limits: [{rate: "
    "5/s}], request_headers: {set: {a: b}, remove: [c]}}\n";

struct attempt {
    struct arena arena;
    const struct value *project;
    struct route_config config;
    struct error *error;
    int result;
};

static void compile(void *context)
{
    struct attempt *attempt = context;

    attempt->result = compile_project(&attempt->arena, attempt->project, "shop", &attempt->config,
                                      &attempt->error);
}

/* Fails each allocation in turn, until there is none left to fail; returns how many there were. */
static size_t fail_each(const char *project, int result)
{
    const struct value *tree = fixture_value(project);

    for (size_t n = 1;; n++) {
        struct attempt attempt = {.project = tree};
        size_t before = fault_outstanding();
        int r;

        arena_init(&attempt.arena, (size_t)16 << 20);
        fault_fail_allocation(n);
        r = arena_protect(&attempt.arena, compile, &attempt);
        fault_reset();
        if (r == 0)
            assert_int_equal(attempt.result, result);
        else
            assert_int_equal(r, -ENOMEM);
        if (r == 0 && result == 0)
            assert_int_equal(attempt.config.listener_count, 1);
        else
            assert_int_equal(attempt.config.listener_count, 0);
        attempt.error = error_free(attempt.error);
        arena_deinit(&attempt.arena);
        assert_int_equal(fault_outstanding(), before);
        if (!fault_allocation_failed())
            return n - 1;
    }
}

static void without_memory_nothing_is_leaked(void **state)
{
    (void)state;
    assert_true(fail_each(text, 0) > 20);
}

static void a_refusal_without_memory_leaks_nothing(void **state)
{
    (void)state;
    assert_true(fail_each("x-slipway: {listeners: {web: {address: ':80', rules: [{forward: g}]}}}",
                          -EINVAL) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(without_memory_nothing_is_leaked),
        FIXTURE_TEST(a_refusal_without_memory_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

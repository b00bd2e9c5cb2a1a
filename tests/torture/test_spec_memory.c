/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads each project and prints it in every way, failing one allocation after the other, those of
 * libyaml included, until all have failed once. Each time the load either ends as if nothing had
 * happened or says that memory ran out, and nothing is left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "model/value_json.h"
#include "model/value_yaml.h"
#include "spec/mask.h"
#include "spec/report.h"
#include "spec/spec.h"
#include "torture.h"

enum {
    OUTPUT_BYTES_MAX = 1 << 20
};

/* One load, as a program would do it. */
struct attempt {
    const struct spec_options *options;
    struct arena arena;
    struct spec spec;
    struct strbuf out;
    bool fine;
};

static char expected[OUTPUT_BYTES_MAX + 1];

static void print_project(struct attempt *attempt)
{
    static const char *const styles[] = {"", "", "", ""};
    struct strbuf *out = &attempt->out;
    struct value *root = attempt->spec.root;
    struct report report;

    value_write_json(out, root, &(struct json_style){.escape_dollar = true});
    report_make(&attempt->arena, root, RUNTIME_SWARM, &report);
    report_print(&report, RUNTIME_SWARM, out, styles);
    report_print_json(&attempt->arena, &report, RUNTIME_SWARM, out);
    mask_tree(&attempt->arena, root);
    value_write_yaml(out, root, &(struct yaml_style){.escape_dollar = true});
}

static void load(void *context)
{
    struct attempt *attempt = context;

    attempt->fine = spec_load(&attempt->spec, attempt->options);
    diagnostics_print(&attempt->spec.diagnostics, &attempt->out,
                      &(struct diagnostics_style){.colour = true, .strip_prefix = "/"});
    diagnostics_print_json(&attempt->spec.diagnostics, &attempt->out);
    if (attempt->fine)
        print_project(attempt);
}

/* What came of it: 0 or -ENOMEM. attempt_end() must follow. */
static int attempt_begin(struct attempt *attempt, const struct spec_options *options)
{
    int r;

    *attempt = (struct attempt){.options = options};
    arena_init(&attempt->arena, SPEC_MEMORY_MAX);
    strbuf_init(&attempt->out, OUTPUT_BYTES_MAX);
    spec_init(&attempt->spec, &attempt->arena);
    r = arena_protect(&attempt->arena, load, attempt);
    return r != 0 ? r : strbuf_failure(&attempt->out);
}

static void attempt_end(struct attempt *attempt)
{
    spec_deinit(&attempt->spec);
    strbuf_deinit(&attempt->out);
    arena_deinit(&attempt->arena);
}

static void expect(const struct spec_options *options)
{
    struct attempt attempt;

    assert_int_equal(attempt_begin(&attempt, options), 0);
    memcpy(expected, strbuf_text(&attempt.out), attempt.out.length + 1);
    attempt_end(&attempt);
}

/* True when it ended whole, with the text expected; otherwise it must have said why not. */
static bool ends_whole(const struct spec_options *options)
{
    struct attempt attempt;
    int r = attempt_begin(&attempt, options);
    bool whole = r == 0 && strcmp(strbuf_text(&attempt.out), expected) == 0;

    if (r != 0)
        assert_int_equal(r, -ENOMEM);
    if (r == 0 && !whole) {
        assert_false(attempt.fine);
        assert_true(attempt.spec.diagnostics.errors > 0);
        assert_true(torture_says_no_memory(strbuf_text(&attempt.out)));
    }
    attempt_end(&attempt);
    return whole;
}

/* Fails that allocation, and perhaps all after it. False when there are fewer. */
static bool fail_one(const struct spec_options *options, size_t number, bool repeated)
{
    size_t outstanding = fault_outstanding();
    int descriptor = torture_next_descriptor();
    bool whole;

    if (repeated)
        fault_fail_allocations_from(number);
    else
        fault_fail_allocation(number);
    whole = ends_whole(options);
    fault_reset();
    if (fault_outstanding() != outstanding || torture_next_descriptor() != descriptor)
        fail_msg("after allocation %zu failed, something was not given back", number);
    if (!fault_allocation_failed())
        assert_true(whole);
    return fault_allocation_failed();
}

static const struct torture_project *project_of(void **state)
{
    return *(const struct torture_project *const *)(const void *)state;
}

static void fail_each(const struct torture_project *project, bool repeated, size_t at_least)
{
    static const char *const profiles[] = {"*"};
    const char *files[3];
    struct spec_options options = {
        .files = {.items = files},
        .profiles = {.items = profiles, .count = 1},
        .current_directory = "/",
        .environment = torture_environment,
        .standard_input = STDIN_FILENO,
        .explicit_commands = true,
    };
    size_t count = 1;

    for (; project->files[options.files.count] != NULL; options.files.count++)
        files[options.files.count] =
            torture_path(options.files.count, project->files[options.files.count]);
    expect(&options);
    while (fail_one(&options, count, repeated))
        count++;
    print_message("# %s: %zu allocations\n", project->name, count - 1);
    assert_true(count > at_least);
}

static void each_allocation_fails(void **state)
{
    fail_each(project_of(state), false, 100);
}

/* As when memory stays short: nothing can be said that needs memory. */
static void each_allocation_and_all_after_it_fail(void **state)
{
    fail_each(project_of(state), true, 100);
}

/* Every piece of the arena is an allocation then. */
static void each_piece_of_the_arena_fails(void **state)
{
    arena_debug_malloc = true;
    fail_each(project_of(state), false, 500);
    arena_debug_malloc = false;
}

static int without_faults(void **state)
{
    (void)state;
    fault_reset();
    arena_debug_malloc = false;
    return 0;
}

#define KINDS 3

static void add_test(struct CMUnitTest *test, const char *name, CMUnitTestFunction function,
                     const struct torture_project *project)
{
    *test = (struct CMUnitTest){
        .name = name,
        .test_func = function,
        .teardown_func = without_faults,
        .initial_state = (void *)(uintptr_t)project,
    };
}

int main(void)
{
    static struct CMUnitTest tests[TORTURE_PROJECT_COUNT * KINDS];
    static char names[TORTURE_PROJECT_COUNT * KINDS][80];
    static const struct {
        const char *name;
        CMUnitTestFunction function;
    } kinds[KINDS] = {
        {"each allocation fails", each_allocation_fails},
        {"each allocation and all after it fail", each_allocation_and_all_after_it_fail},
        {"each piece of the arena fails", each_piece_of_the_arena_fails},
    };

    for (size_t i = 0; i < TORTURE_PROJECT_COUNT * KINDS; i++) {
        const struct torture_project *project = &torture_projects[i / KINDS];

        (void)snprintf(names[i], sizeof(names[i]), "%s: %s", project->name, kinds[i % KINDS].name);
        add_test(&tests[i], names[i], kinds[i % KINDS].function, project);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

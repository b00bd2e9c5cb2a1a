/* SPDX-License-Identifier: Apache-2.0 */
/* Through whole loads, of files that exist only here. */
#include "fixture.h"

#include "../../lib/memory_files.h"
#include "os/os.h"
#include "spec/spec.h"

static struct spec spec;

/* Loads the text as the project's file; true when nothing is wrong with it. */
static bool load_with(const char *text, struct spec_options options)
{
    static struct memory_file files[2];
    bool fine;

    files[0] = (struct memory_file){"/project/compose.yaml", text};
    options.current_directory = "/project";
    options.standard_input = -1;
    os_set_ops(memory_files_ops(files));
    spec_init(&spec, &fixture_arena);
    fine = spec_load(&spec, &options);
    spec_deinit(&spec);
    os_set_ops(NULL);
    assert_int_equal(memory_files_open(), 0);
    return fine;
}

static bool load_text(const char *text)
{
    return load_with(text, (struct spec_options){0});
}

static const char *services(const char *list)
{
    return arena_printf(&fixture_arena, "services: {%s}", list);
}

static void assert_fine(const char *list)
{
    if (!load_text(services(list)))
        fail_msg("%s: %s", list, spec.diagnostics.items[0].message);
}

static void assert_circle(const char *list, const char *circle, const char *path)
{
    const struct diagnostic *only = NULL;

    if (load_text(services(list)))
        fail_msg("%s: nothing is wrong", list);
    for (uint32_t i = 0; i < spec.diagnostics.count; i++)
        if (strstr(spec.diagnostics.items[i].message, "circle") != NULL) {
            assert_null(only);
            only = &spec.diagnostics.items[i];
        }
    if (only == NULL)
        fail_msg("%s: no circle is told", list);
    fixture_assert_text(
        list, only->message,
        arena_printf(&fixture_arena, "services wait for each other in a circle: %s", circle));
    fixture_assert_text(list, only->path, path);
}

static void services_that_wait_for_each_other_are_refused(void **state)
{
    (void)state;
    assert_circle("a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [a]}", "a -> b -> a",
                  "services.a.depends_on");
    assert_circle("z: {image: x, depends_on: [b]}, b: {image: x, depends_on: [c]}, c: {image: x, "
                  "depends_on: [d]}, d: {image: x, depends_on: [b]}",
                  "b -> c -> d -> b", "services.b.depends_on");
}

static void a_service_that_waits_for_itself_is_refused(void **state)
{
    (void)state;
    assert_circle("a: {image: x, depends_on: [a]}", "a -> a", "services.a.depends_on");
}

static void what_sharing_implies_closes_circles_too(void **state)
{
    static const char *const needs[] = {"links: [a]",        "network_mode: 'service:a'",
                                        "ipc: 'service:a'",  "pid: 'service:a'",
                                        "volumes_from: [a]", "volumes_from: ['a:ro']"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(needs); i++)
        assert_circle(arena_printf(&fixture_arena,
                                   "a: {image: x, depends_on: [b]}, b: {image: x, %s}", needs[i]),
                      "a -> b -> a", "services.a.depends_on");
}

static void optional_dependencies_close_circles_too(void **state)
{
    (void)state;
    assert_circle("a: {image: x, depends_on: {b: {condition: service_started, required: false}}}, "
                  "b: {image: x, depends_on: [a]}",
                  "a -> b -> a", "services.a.depends_on");
}

static void ways_that_meet_are_no_circle(void **state)
{
    (void)state;
    assert_fine("a: {image: x, depends_on: [b, c]}, b: {image: x, depends_on: [d]}, "
                "c: {image: x, depends_on: [d]}, d: {image: x}");
    assert_fine("a: {image: x, depends_on: [b, c, d]}, b: {image: x, depends_on: [c, d]}, "
                "c: {image: x, depends_on: [d]}, d: {image: x}");
    assert_fine("d: {image: x}, a: {image: x, depends_on: [d], links: [d]}");
}

static void services_that_are_not_enabled_do_not_wait(void **state)
{
    static const char text[] =
        "services: {a: {image: x, depends_on: {b: {condition: service_started, required: false}}}, "
        "b: {image: x, profiles: [p], depends_on: [a]}}";
    static const char *const profiles[] = {"p"};

    (void)state;
    assert_true(load_text(text));
    assert_false(load_with(text, (struct spec_options){.profiles = {profiles, 1}}));
    fixture_assert_mentions("circle", spec.diagnostics.items[0].message, "a -> b -> a");
    assert_false(load_with(text, (struct spec_options){.all_profiles = true}));
}

static void each_circle_is_told(void **state)
{
    (void)state;
    assert_false(load_text(services("a: {image: x, depends_on: [b]}, b: {image: x, depends_on: "
                                    "[a]}, c: {image: x, depends_on: [d]}, d: {image: x, "
                                    "depends_on: [c]}, e: {image: x}")));
    assert_int_equal(spec.diagnostics.errors, 2);
}

/* s0 -> s1 -> ... -> s0, where every service also needs s0 where doubled. */
static const char *long_circle(uint32_t length, bool doubled)
{
    struct strbuf out;
    const char *text;

    strbuf_init(&out, (size_t)16 << 20);
    strbuf_append_string(&out, "services:\n");
    for (uint32_t i = 0; i < length; i++)
        strbuf_printf(&out, "  s%u: {image: x, depends_on: [s%u%s]}\n", i, (i + 1) % length,
                      doubled && i > 0 && i + 1 < length ? ", s0" : "");
    text = arena_strdup(&fixture_arena, strbuf_text(&out));
    strbuf_deinit(&out);
    return text;
}

static void a_long_circle_is_told_in_a_short_text(void **state)
{
    (void)state;
    arena_debug_malloc = false;
    assert_false(load_text(long_circle(3000, false)));
    assert_int_equal(spec.diagnostics.errors, 1);
    assert_true(strlen(spec.diagnostics.items[0].message) < 400);
    fixture_assert_mentions("begin", spec.diagnostics.items[0].message, ": s0 -> s1 -> s2 -> ");
}

static void many_circles_through_one_service_are_bounded(void **state)
{
    (void)state;
    arena_debug_malloc = false;
    assert_false(load_text(long_circle(3000, true)));
    assert_true(spec.diagnostics.count <= 200);
    assert_true(spec.diagnostics.errors >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(services_that_wait_for_each_other_are_refused),
        FIXTURE_TEST(a_service_that_waits_for_itself_is_refused),
        FIXTURE_TEST(what_sharing_implies_closes_circles_too),
        FIXTURE_TEST(optional_dependencies_close_circles_too),
        FIXTURE_TEST(ways_that_meet_are_no_circle),
        FIXTURE_TEST(services_that_are_not_enabled_do_not_wait),
        FIXTURE_TEST(each_circle_is_told),
        FIXTURE_TEST(a_long_circle_is_told_in_a_short_text),
        FIXTURE_TEST(many_circles_through_one_service_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/dependencies.h"
#include "spec/shape.h"

static void note(void *context, const struct dependency *dependency)
{
    struct strbuf *out = context;

    strbuf_printf(out, "%s by %s%s%s%s\n", dependency->name, dependency->key,
                  dependency->required ? "" : ", optional", dependency->restart ? ", restart" : "",
                  dependency->implied ? ", implied" : "");
}

static const char *dependencies_of(const char *service)
{
    struct shape shape = {.arena = &fixture_arena, .diagnostics = &fixture_diagnostics};
    struct strbuf out;
    const char *text;

    strbuf_init(&out, 1 << 20);
    dependencies_visit(&fixture_arena,
                       shape_value(&shape, fixture_value(service), &schema_service, NULL), note,
                       &out);
    text = arena_strdup(&fixture_arena, strbuf_text(&out));
    strbuf_deinit(&out);
    fixture_assert_nothing_said(service);
    return text;
}

static void what_a_service_says_or_shares_is_found(void **state)
{
    static const struct {
        const char *service;
        const char *found;
    } table[] = {
        {"image: x", ""},
        {"depends_on: [a, b]", "a by depends_on\nb by depends_on\n"},
        {"depends_on: {a: {condition: service_healthy, required: false}}",
         "a by depends_on, optional\n"},
        {"depends_on: {a: {condition: service_healthy, required: true}}", "a by depends_on\n"},
        {"links: [a, 'b:alias']", "a by links, restart, implied\nb by links, restart, implied\n"},
        {"network_mode: 'service:a'", "a by network_mode, restart, implied\n"},
        {"network_mode: host", ""},
        {"network_mode: 'container:a'", ""},
        {"ipc: 'service:a'", "a by ipc, restart, implied\n"},
        {"ipc: shareable", ""},
        {"pid: 'service:a'", "a by pid, restart, implied\n"},
        {"uts: 'service:a'", "a by uts, restart, implied\n"},
        {"volumes_from: [a, 'b:ro', 'container:c:rw']",
         "a by volumes_from, implied\nb by volumes_from, implied\n"},
        {"external_links: [a]", ""},
        {"extends: a", ""},
        {"links: [a], depends_on: [b, a], pid: 'service:c'",
         "b by depends_on\na by depends_on\na by links, restart, implied\n"
         "c by pid, restart, implied\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        fixture_assert_text(table[i].service,
                            dependencies_of(arena_printf(&fixture_arena, "{%s}", table[i].service)),
                            table[i].found);
}

static struct dependency last;

static void keep(void *context, const struct dependency *dependency)
{
    (void)context;
    last = *dependency;
}

static void it_is_told_where_the_name_stands(void **state)
{
    static const struct {
        const char *service;
        uint32_t line;
        uint32_t column;
        uint32_t span;
    } table[] = {
        {"depends_on:\n  web:\n    condition: x\n", 2, 3, 3},
        {"links:\n  - 'web:w'\n", 2, 5, 7},
        {"network_mode: service:web\n", 1, 15, 11},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        last = (struct dependency){0};
        dependencies_visit(&fixture_arena, fixture_value(table[i].service), keep, NULL);
        assert_string_equal(last.name, "web");
        assert_int_equal(last.mark.line, table[i].line);
        assert_int_equal(last.mark.column, table[i].column);
        assert_int_equal(last.span, table[i].span);
    }
}

static void what_is_not_as_it_should_be_is_passed_over(void **state)
{
    static const char *const table[] = {"{depends_on: 1}",        "{links: a}",
                                        "{links: [1, [a], ~]}",   "{network_mode: 1}",
                                        "{volumes_from: {a: b}}", "{pid: ~}"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        last = (struct dependency){0};
        dependencies_visit(&fixture_arena, fixture_value(table[i]), keep, NULL);
        assert_null(last.name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_a_service_says_or_shares_is_found),
        FIXTURE_TEST(it_is_told_where_the_name_stands),
        FIXTURE_TEST(what_is_not_as_it_should_be_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

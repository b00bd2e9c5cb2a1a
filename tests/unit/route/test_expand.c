/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "route/expand.h"

static struct expand_values values_of(const char *path, const char *query)
{
    return (struct expand_values){.protocol = fixture_text("https"),
                                  .host = fixture_text("example.com"),
                                  .port = fixture_text("8443"),
                                  .path = fixture_text(path),
                                  .query = fixture_text(query)};
}

static void assert_location(struct fixture *fixture, const char *template, const char *path,
                            const char *query, const char *expected)
{
    struct route_rule rule = {.action = {.kind = ROUTE_ACTION_REDIRECT, .location = template}};
    struct expand_values values = values_of(path, query);
    char buffer[256];
    size_t length;

    fixture_build_rules(fixture, &rule, 1);
    assert_int_equal(expand_location(&fixture->snapshot, &fixture->snapshot.rules[0].action,
                                     &values, buffer, sizeof(buffer), &length),
                     0);
    buffer[length] = '\0';
    assert_string_equal(buffer, expected);
}

static void placeholders_stand_for_the_request(void **state)
{
    assert_location(*state, "#{protocol}://#{host}:#{port}/#{path}?#{query}", "/a/b", "x=1",
                    "https://example.com:8443/a/b?x=1");
    assert_location(*state, "https://#{host}/new", "/old", "", "https://example.com/new");
    assert_location(*state, "/#{path}#{path}", "/a", "", "/aa");
    assert_location(*state, "/plain", "/a", "x", "/plain");
    assert_location(*state, "/# { } $#", "/a", "x", "/# { } $#");
    assert_location(*state, "/#{path}", "/", "", "/");
}

static void a_path_cannot_name_another_host(void **state)
{
    assert_location(*state, "/#{path}", "//evil.example/x", "", "/evil.example/x");
    assert_location(*state, "/#{path}", "////", "", "/");
    assert_location(*state, "https://#{host}/#{path}", "//x", "", "https://example.com//x");
}

static void a_question_mark_without_a_query_goes_away(void **state)
{
    assert_location(*state, "/#{path}?#{query}", "/a", "", "/a");
    assert_location(*state, "/#{path}?#{query}", "/a", "x", "/a?x");
    assert_location(*state, "/?#{query}&y=2", "/a", "", "/?&y=2");
    assert_location(*state, "?#{query}", "/a", "", "");
}

static void a_small_buffer_is_not_overrun(void **state)
{
    struct fixture *fixture = *state;
    struct route_rule rule = {
        .action = {.kind = ROUTE_ACTION_REDIRECT, .location = "/#{path}/#{host}"}};
    struct expand_values values = values_of("/abc", "");
    char buffer[32];
    size_t length = 77;

    fixture_build_rules(fixture, &rule, 1);
    for (size_t size = 0; size < 16; size++) {
        memset(buffer, '#', sizeof(buffer));
        assert_int_equal(expand_location(&fixture->snapshot, &fixture->snapshot.rules[0].action,
                                         &values, buffer, size, &length),
                         -ENOBUFS);
        for (size_t i = size; i < sizeof(buffer); i++)
            assert_int_equal(buffer[i], '#');
        assert_int_equal(length, 77);
    }
    assert_int_equal(expand_location(&fixture->snapshot, &fixture->snapshot.rules[0].action,
                                     &values, buffer, 16, &length),
                     0);
    assert_int_equal(length, 16);
    assert_memory_equal(buffer, "/abc/example.com", 16);
}

static void assert_path(struct fixture *fixture, enum route_rewrite_kind kind, const char *prefix,
                        const char *replacement, const char *path, const char *expected)
{
    struct route_rule rule = {
        .action = RESPOND(200),
        .rewrite = {.kind = kind, .prefix = prefix, .replacement = replacement}};
    struct expand_values values = values_of(path, "q");
    char buffer[256];
    size_t length = 0;
    int r;

    fixture_build_rules(fixture, &rule, 1);
    r = expand_path(&fixture->snapshot, &fixture->snapshot.rules[0].rewrite, &values, buffer,
                    sizeof(buffer), &length);
    assert_int_equal(r, expected != NULL);
    buffer[length] = '\0';
    if (expected != NULL)
        assert_string_equal(buffer, expected);
}

static void a_prefix_is_replaced_where_it_stands(void **state)
{
    assert_path(*state, ROUTE_REWRITE_PREFIX, "/api", "/v2", "/api/users", "/v2/users");
    assert_path(*state, ROUTE_REWRITE_PREFIX, "/api", "/v2", "/api", "/v2");
    assert_path(*state, ROUTE_REWRITE_PREFIX, "/api", "/v2", "/ap", NULL);
    assert_path(*state, ROUTE_REWRITE_PREFIX, "/api", "/v2", "/x/api", NULL);
    assert_path(*state, ROUTE_REWRITE_PREFIX, "/api", "/", "/api/users", "/users");
    assert_path(*state, ROUTE_REWRITE_PREFIX, "/api/", "/", "/api/users", "/users");
    assert_path(*state, ROUTE_REWRITE_PREFIX, NULL, "/v2", "/users", "/v2/users");
    assert_path(*state, ROUTE_REWRITE_PREFIX, NULL, "/v2/", "/users", "/v2/users");
    assert_path(*state, ROUTE_REWRITE_PREFIX, NULL, "/v2", "", NULL);
}

static void a_template_makes_the_whole_path(void **state)
{
    assert_path(*state, ROUTE_REWRITE_TEMPLATE, NULL, "/#{host}/#{path}", "/users",
                "/example.com/users");
    assert_path(*state, ROUTE_REWRITE_TEMPLATE, NULL, "/fixed", "/users", "/fixed");
    assert_path(*state, ROUTE_REWRITE_NONE, NULL, NULL, "/users", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(placeholders_stand_for_the_request, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_path_cannot_name_another_host, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_question_mark_without_a_query_goes_away, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_small_buffer_is_not_overrun, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_prefix_is_replaced_where_it_stands, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_template_makes_the_whole_path, fixture_setup,
                                        fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

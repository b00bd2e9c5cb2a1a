/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/paths.h"
#include "spec/shape.h"

static struct paths paths_here(void)
{
    return (struct paths){.arena = &fixture_arena, .directory = "/project", .home = "/home/me"};
}

static void relative_paths_are_below_the_folder(void **state)
{
    static const struct {
        const char *path;
        const char *absolute;
    } table[] = {
        {"a", "/project/a"},
        {"./a/b", "/project/a/b"},
        {".", "/project"},
        {"../a", "/a"},
        {"../../../a", "/a"},
        {"a//b/./c/../d/", "/project/a/b/d"},
        {"/a", "/a"},
        {"/", "/"},
        {"", ""},
        {"~", "/home/me"},
        {"~/a", "/home/me/a"},
        {"~/../a", "/home/a"},
        {"~you/a", "/project/~you/a"},
        {"a/~", "/project/a/~"},
        {"C:\\a", "C:\\a"},
        {"c:/a", "c:/a"},
        {"\\\\server\\a", "\\\\server\\a"},
        {"c:a", "/project/c:a"},
        {"\\a", "/project/\\a"},
        {"\xc3\xa9 b", "/project/\xc3\xa9 b"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct paths paths = paths_here();

        fixture_assert_text(table[i].path, paths_absolute(&paths, table[i].path),
                            table[i].absolute);
    }
}

static void without_a_home_the_tilde_is_a_name(void **state)
{
    struct paths paths = paths_here();

    (void)state;
    paths.home = NULL;
    assert_string_equal(paths_absolute(&paths, "~/a"), "/project/~/a");
}

static void build_contexts_from_elsewhere_are_known(void **state)
{
    static const char *const remote[] = {
        "https://example.com/a.git",
        "http://a",
        "git://a/b",
        "ssh://git@a/b",
        "github.com/a/b",
        "git@github.com:a/b",
        "oci://a",
        "docker-image://alpine",
    };
    static const char *const local[] = {
        ".",      "a", "./github.com/a", "git", "gitlab.com/a", "https",
        "/git@a", "",  "my-github.com/a"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(remote); i++)
        if (!paths_is_remote(remote[i]))
            fail_msg("%s is taken for a folder", remote[i]);
    for (size_t i = 0; i < COUNT_OF(local); i++)
        if (paths_is_remote(local[i]))
            fail_msg("%s is not taken for a folder", local[i]);
}

static const char *resolved(const char *text)
{
    struct shape shape = {.arena = &fixture_arena, .diagnostics = &fixture_diagnostics};
    struct paths paths = paths_here();
    struct value *value;

    shape.templates_stay = true;
    value = shape_value(&shape, fixture_value(text), &schema_compose_file, NULL);
    paths_resolve(&paths, value, &schema_compose_file);
    fixture_assert_nothing_said(text);
    return fixture_json(value);
}

static void paths_are_resolved_where_one_stands_and_nowhere_else(void **state)
{
    static const struct {
        const char *text; /* of a service */
        const char *json;
    } table[] = {
        {"build: .", "{\"build\":{\"context\":\"/project\"}}"},
        {"build: {context: dir, dockerfile: a/Dockerfile}",
         "{\"build\":{\"context\":\"/project/dir\",\"dockerfile\":\"a/Dockerfile\"}}"},
        {"build: 'https://a/b'", "{\"build\":{\"context\":\"https://a/b\"}}"},
        {"build: {context: 'service:a'}", "{\"build\":{\"context\":\"service:a\"}}"},
        {"build: {additional_contexts: {a: b, c: 'docker-image://d', e: 'service:f'}}",
         "{\"build\":{\"additional_contexts\":{\"a\":\"/project/"
         "b\",\"c\":\"docker-image://d\",\"e\":\"service:f\"}}}"},
        {"build: {ssh: [default, 'a=key', 'b=', 'c=$D', 'e=~/f']}",
         "{\"build\":{\"ssh\":[\"default\",\"a=/project/"
         "key\",\"b=\",\"c=$D\",\"e=/home/me/f\"]}}"},
        {"env_file: [a, '~/b']", "{\"env_file\":[{\"path\":\"/project/a\",\"required\":true},"
                                 "{\"path\":\"/home/me/b\",\"required\":true}]}"},
        {"label_file: a", "{\"label_file\":[\"/project/a\"]}"},
        {"volumes: [{type: bind, source: a, target: b}]",
         "{\"volumes\":[{\"type\":\"bind\",\"source\":\"/project/a\",\"target\":\"b\"}]}"},
        {"volumes: [{type: volume, source: a, target: b}, {type: bind, target: c}]",
         "{\"volumes\":[{\"type\":\"volume\",\"source\":\"a\",\"target\":\"b\"},"
         "{\"type\":\"bind\",\"target\":\"c\"}]}"},
        {"develop: {watch: [{path: a, action: sync, target: b}]}",
         "{\"develop\":{\"watch\":[{\"path\":\"/project/"
         "a\",\"action\":\"sync\",\"target\":\"b\"}]}}"},
        {"working_dir: a, image: ./b, x-a: ./c, tmpfs: d, configs: [./e]",
         "{\"working_dir\":\"a\",\"image\":\"./b\",\"x-a\":\"./c\",\"tmpfs\":[\"d\"],"
         "\"configs\":[{\"source\":\"./e\"}]}"},
        {"x-slipway: {artifact: a}", "{\"x-slipway\":{\"artifact\":\"/project/a\"}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        fixture_assert_text(
            table[i].text,
            resolved(arena_printf(&fixture_arena, "services: {a: {%s}}", table[i].text)),
            arena_printf(&fixture_arena, "{\"services\":{\"a\":%s}}", table[i].json));
}

static void paths_outside_of_services_are_resolved_too(void **state)
{
    (void)state;
    assert_string_equal(resolved("secrets: {a: {file: b}, c: {environment: d}}"),
                        "{\"secrets\":{\"a\":{\"file\":\"/project/"
                        "b\"},\"c\":{\"environment\":\"d\"}}}");
    assert_string_equal(resolved("configs: {a: {file: ../b}}"),
                        "{\"configs\":{\"a\":{\"file\":\"/b\"}}}");
    assert_string_equal(
        resolved("x-slipway: {listeners: {w: {certificates: [{cert: a, key: /b}]}}}"),
        "{\"x-slipway\":{\"listeners\":{\"w\":{\"certificates\":[{\"cert\":\"/project/a\","
        "\"key\":\"/b\"}]}}}}");
}

static void only_local_bind_volumes_name_a_folder(void **state)
{
    (void)state;
    assert_string_equal(
        resolved("volumes: {a: {driver: local, driver_opts: {o: bind, device: d}}}"),
        "{\"volumes\":{\"a\":{\"driver\":\"local\",\"driver_opts\":{\"o\":\"bind\",\"device\":"
        "\"/project/d\"}}}}");
    assert_string_equal(
        resolved("volumes: {a: {driver: nfs, driver_opts: {o: bind, device: d}}}"),
        "{\"volumes\":{\"a\":{\"driver\":\"nfs\",\"driver_opts\":{\"o\":\"bind\",\"device\":"
        "\"d\"}}}}");
    assert_string_equal(
        resolved("volumes: {a: {driver: local, driver_opts: {o: addr=b, device: ':/d'}}, b: }"),
        "{\"volumes\":{\"a\":{\"driver\":\"local\",\"driver_opts\":{\"o\":\"addr=b\","
        "\"device\":\":/d\"}},\"b\":null}}");
}

static void a_path_that_begins_with_a_variable_may_become_absolute(void **state)
{
    (void)state;
    assert_string_equal(resolved("secrets: {a: {file: $HOME/b}, c: {file: ./$D}}"),
                        "{\"secrets\":{\"a\":{\"file\":\"$HOME/b\"},\"c\":{\"file\":\"/project/"
                        "$D\"}}}");
}

static void a_dollar_that_was_put_in_is_a_name(void **state)
{
    struct value *root = fixture_value("secrets: {a: {file: $b}}");
    struct value *file = value_get(value_get(value_get(root, "secrets"), "a"), "file");
    struct paths paths = paths_here();

    (void)state;
    file->filled = true;
    paths_resolve(&paths, root, &schema_compose_file);
    assert_string_equal(file->string.text, "/project/$b");
    assert_int_equal(file->string.length, strlen("/project/$b"));
}

static void resolving_twice_changes_nothing(void **state)
{
    static const char text[] =
        "{services: {a: {build: {context: ., ssh: ['a=b']}, env_file: [c]}}}";
    const char *once = resolved(text);

    (void)state;
    assert_string_equal(resolved(once), once);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(relative_paths_are_below_the_folder),
        FIXTURE_TEST(without_a_home_the_tilde_is_a_name),
        FIXTURE_TEST(build_contexts_from_elsewhere_are_known),
        FIXTURE_TEST(paths_are_resolved_where_one_stands_and_nowhere_else),
        FIXTURE_TEST(paths_outside_of_services_are_resolved_too),
        FIXTURE_TEST(only_local_bind_volumes_name_a_folder),
        FIXTURE_TEST(a_path_that_begins_with_a_variable_may_become_absolute),
        FIXTURE_TEST(a_dollar_that_was_put_in_is_a_name),
        FIXTURE_TEST(resolving_twice_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

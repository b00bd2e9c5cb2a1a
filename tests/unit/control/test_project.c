/* SPDX-License-Identifier: Apache-2.0 */
#include "projects.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "route/snapshot.h"

static void a_project_is_loaded_and_compiled(void **state)
{
    struct project *project = project_of(
        "shop",
        "{'x-slipway': {"
        "'listeners': {'web': {'address': ':8080', 'protocol': 'http',"
        "  'rules': [{'name': 'a', 'when': {'host': ['a.example.com']}, 'forward': 'app'}]}},"
        "'target_groups': {'app': {'targets': ['10.0.0.7:9001', 'db.example.com:80']}}}}");

    (void)state;
    assert_string_equal(project->name, "shop");
    assert_int_equal(project->config.listener_count, 1);
    assert_string_equal(project->config.listeners[0].address, ":8080");
    assert_int_equal(project->config.listeners[0].rule_count, 1);
    assert_int_equal(project->config.group_count, 1);
    assert_int_equal(project->config.groups[0].target_count, 2);
    assert_int_equal(project->config.groups[0].targets[0].address.family, ROUTE_FAMILY_IPV4);
    assert_int_equal(project->config.groups[0].targets[1].address.family, ROUTE_FAMILY_NONE);
    assert_non_null(strstr(project->text, "10.0.0.7:9001"));
    (void)project_unref(project);
}

static void dollars_are_taken_as_the_loader_writes_them(void **state)
{
    struct project *project = project_of(
        "shop", "{'x-slipway': {'listeners': {'web': {'address': ':8080', 'protocol': 'http',"
                "'default': {'respond': {'status': 200, 'body': '$$HOME and $$$$'}}}}}}");

    (void)state;
    assert_string_equal(project->config.listeners[0].default_action.body, "$HOME and $$");
    (void)project_unref(project);
}

static void refused(const char *name, const char *text, const char *message)
{
    struct project *project = NULL;
    _cleanup_error_ struct error *error = NULL;
    char *copy = json(text);

    assert_int_equal(project_new(name, copy, strlen(copy), &project, &error), -EINVAL);
    assert_null(project);
    if (strstr(error->message, message) == NULL)
        fail_msg("\"%s\" is not in: %s", message, error->message);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    refused("shop", "{'x-slipway': {'listeners': {'web': {'address': 'nowhere'}}}}",
            "x-slipway.listeners.web");
    refused("shop", "{'x-slipway': {'listeners': {'web': {'address': ':80', 'colour': 1}}}}",
            "colour");
    refused("shop",
            "{'x-slipway': {'listeners': {'web': {'address': ':80', 'default': {'forward': "
            "'none'}}}}}",
            "none");
    refused("shop", "[1, 2]", "a Compose file is a map");
    refused("shop", "{'x-slipway': ", "");
    refused("shop", "", "");
    refused("shop", "\xff\xfe{}", "");
}

static void names_are_checked(void **state)
{
    static const char *const names[] = {
        "",    "-a",
        "_a",  "A",
        "a/b", "..",
        "a.b", "\xc3\xa4",
        "a b", "0123456789012345678901234567890123456789012345678901234567890123",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        refused(names[i], "{'services': {}}", "is no name of a project");
    assert_true(project_name_is_valid("a-b_0"));
    assert_true(project_name_is_valid("0"));
}

static void what_names_other_files_to_read_is_refused(void **state)
{
    static const char message[] = "the project must be resolved: no other file is read for it";
    struct project *project;

    (void)state;
    /* A file that is there, and would not be a project. */
    refused("shop", "{'include': ['/etc/passwd']}", message);
    refused("shop", "{'include': [{'path': '/etc/passwd', 'env_file': '/etc/passwd'}]}", message);
    refused("shop", "{'include': '/etc/passwd'}", "");
    refused("shop", "{'services': {'a': {'extends': {'file': '/etc/passwd', 'service': 'a'}}}}",
            message);
    refused("shop", "{'services': {'a': {'image': 'x', 'env_file': ['/etc/passwd']}}}", message);
    refused("shop", "{'services': {'a': {'image': 'x', 'env_file': '/nonexistent'}}}", message);
    refused("shop", "{'services': {'a': {'image': 'x', 'label_file': '/etc/passwd'}}}", message);
    refused("shop", "{'services': {'a': {'image': 'x'}}}\n---\n{'include': ['/etc/passwd']}",
            message);

    /* A path that is not for control to read; a service of the same file. */
    project = project_of("shop", "{'services': {'web': {'image': 'x', 'extends': 'base'}, 'base': "
                                 "{'image': 'y'}}, 'secrets': {'s': {'file': '/nonexistent'}}}");
    assert_int_equal(project->config.listener_count, 0);
    (void)project_unref(project);
}

static void no_variable_is_put_in(void **state)
{
    (void)state;
    assert_int_equal(setenv("SLIPWAY_TEST", "seen", 1), 0);
    refused("shop",
            "{'x-slipway': {'listeners': {'web': {'address': ':80', 'default': {'respond': "
            "{'body': '${SLIPWAY_TEST}'}}}}}}",
            "the variable \"SLIPWAY_TEST\" is not put in");
    assert_int_equal(unsetenv("SLIPWAY_TEST"), 0);
}

/* The tree that it was compiled from is gone; a memory checker would see what still points there.
 */
static void nothing_of_the_tree_is_needed(void **state)
{
    struct project *project = project_of(
        "shop",
        "{'services': {'api': {'image': 'a'}}, 'x-slipway': {"
        "'metrics': {'address': '127.0.0.1:9100'},"
        "'target_groups': {'app': {'targets': ['10.0.0.7:9001', 'unix:/run/x.sock', {'address': "
        "'db.example.com:80', 'weight': 3}], 'algorithm': 'hash', 'hash': {'by': 'header', 'name': "
        "'X-A'}, 'health': {'path': '/up', 'status': '200,204'}}, 'other': {'targets': "
        "['10.0.0.8:1'], 'stickiness': {'by': 'application', 'cookie': 'sid'}}},"
        "'listeners': {'web': {'address': ':8080', 'protocol': 'http', 'trusted': ['10.0.0.0/8'],"
        "'access_log': {'path': '/var/log/x', 'format': 'json'},"
        "'default': {'respond': {'status': 404, 'body': 'no', 'content_type': 'text/plain'}},"
        "'rules': [{'name': 'one', 'when': {'host': ['a.example.com'], 'path': ['/x/*'], 'method': "
        "['GET'], 'header': {'x-b': ['c*']}, 'query': {'q': ['1']}, 'source': ['10.0.0.0/8']}, "
        "'weights': {'app': 1, 'other': 2, 'api': 1}, 'stickiness': {'cookie': 'lot'},"
        "'request_headers': {'set': {'a': 'b'}, 'add': {'c': 'd'}, 'remove': ['e']},"
        "'rewrite': {'prefix': '/x', 'replacement': '/y'},"
        "'limits': [{'by': 'header', 'name': 'x-key', 'rate': '5/s'}]},"
        "{'when': {'path': ['/z']}, 'redirect': {'location': 'https://a.example.com/'}}]}}}}");
    struct arena arena;
    void *image;
    size_t size;

    (void)state;
    arena_init(&arena, (size_t)1 << 24);
    assert_int_equal(snapshot_build(&arena, &project->config, &image, &size, NULL), 0);
    assert_true(size > 0);
    arena_deinit(&arena);
    assert_string_equal(project->config.metrics_address, "127.0.0.1:9100");
    assert_string_equal(project->config.listeners[0].access_log.path, "/var/log/x");
    assert_string_equal(project->config.listeners[0].rules[0].name, "one");
    assert_string_equal(project->config.groups[0].targets[2].text, "db.example.com:80");
    (void)project_unref(project);
}

/* Of many rules, as text and as what is held in the end. The tree in between takes far more. */
static void what_is_held_is_small(void **state)
{
    enum {
        RULES = 2000
    };
    static char text[RULES * 128];
    struct project *project = NULL;
    size_t length = 0;

    (void)state;
    length += (size_t)snprintf(text, sizeof(text),
                               "{\"x-slipway\": {\"listeners\": {\"web\": "
                               "{\"address\": \":80\", \"rules\": [");
    for (unsigned int i = 0; i < RULES; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length,
                                   "%s{\"when\": {\"host\": [\"h%u.example.com\"], \"path\": "
                                   "[\"/p%u/*\"]}, \"respond\": {\"status\": 200}}",
                                   i > 0 ? "," : "", i, i);
    length += (size_t)snprintf(text + length, sizeof(text) - length, "]}}}}");
    assert_true(length < sizeof(text));
    assert_int_equal(project_new("big", text, length, &project, NULL), 0);
    assert_int_equal(project->config.listeners[0].rule_count, RULES);
    assert_string_equal(project->config.listeners[0].rules[7].when.hosts.items[0],
                        "h7.example.com");
    if (project->arena.used_bytes > RULES * (sizeof(struct route_rule) + 200))
        fail_msg("%zu bytes are held for %zu bytes of text", project->arena.used_bytes, length);
    (void)project_unref(project);
}

/* What the store keeps is as it came, a '$' doubled, and comes to the same again. */
static void a_canonical_project_stays_the_same(void **state)
{
    static const char text[] = "{\"services\": {\"a\": {\"image\": \"x\", \"command\": [\"echo\", "
                               "\"$$HOME\"], \"deploy\": {\"replicas\": 2}}}}";
    char *first = NULL, *second = NULL;

    (void)state;
    assert_int_equal(project_canonical("shop", text, strlen(text), &first, NULL), 0);
    assert_non_null(strstr(first, "\"$$HOME\""));
    assert_non_null(strstr(first, "\"name\":\"shop\""));
    assert_int_equal(project_canonical("shop", first, strlen(first), &second, NULL), 0);
    assert_string_equal(first, second);
    free(first);
    free(second);
    assert_int_equal(project_canonical("Shop", text, strlen(text), &first, NULL), -EINVAL);
    assert_int_equal(project_canonical("shop", "{\"servces\": {}}", 15, &first, NULL), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_project_is_loaded_and_compiled),
        cmocka_unit_test(dollars_are_taken_as_the_loader_writes_them),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(what_names_other_files_to_read_is_refused),
        cmocka_unit_test(no_variable_is_put_in),
        cmocka_unit_test(nothing_of_the_tree_is_needed),
        cmocka_unit_test(a_canonical_project_stays_the_same),
        cmocka_unit_test(what_is_held_is_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "projects.h"

#include <errno.h>
#include <stdio.h>

#include "base/arena.h"
#include "control/merge.h"
#include "route/snapshot.h"

#define PROJECTS_MAX 4

static struct project *projects[PROJECTS_MAX];
static size_t count;
static struct arena arena;
static struct merged merged;
static struct error *error;
static int result;

static void merge(void *context)
{
    (void)context;
    result = merge_projects(&arena, projects, count, &merged, &error);
}

/* A project of that name with a listener on :8080 that has this inside, and a group "app". */
static void add(const char *listener)
{
    static const char *const names[] = {"alpha", "beta", "gamma", "delta"};
    char text[16384];

    (void)snprintf(text, sizeof(text),
                   "{'x-slipway': {'listeners': {'web': {'address': ':8080'%s%s}},"
                   "'target_groups': {'app': {'targets': ['10.0.0.%zu:80']}}}}",
                   *listener != '\0' ? ", " : "", listener, count + 1);
    projects[count] = project_of(names[count], text);
    count++;
}

static int start(void **state)
{
    (void)state;
    count = 0;
    error = NULL;
    arena_init(&arena, (size_t)64 << 20);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    while (count > 0)
        (void)project_unref(projects[--count]);
    arena_deinit(&arena);
    error = error_free(error);
    return 0;
}

static void merges(void)
{
    void *image;
    size_t size;

    assert_int_equal(arena_protect(&arena, merge, NULL), 0);
    if (result < 0)
        fail_msg("%s", error->message);
    /* What came of it is a configuration. */
    assert_int_equal(snapshot_build(&arena, &merged.config, &image, &size, &error), 0);
}

static void refuses(const char *text)
{
    assert_int_equal(arena_protect(&arena, merge, NULL), 0);
    assert_true(result == -EEXIST);
    if (strstr(error->message, text) == NULL)
        fail_msg("\"%s\" is not in: %s", text, error->message);
    /* Both are named. */
    assert_non_null(strstr(error->message, "\"alpha\""));
    assert_non_null(strstr(error->message, "\"beta\""));
    assert_non_null(strstr(error->message, "listener :8080"));
}

static void rules_follow_each_other_by_project(void **state)
{
    (void)state;
    add("'rules': [{'name': '1', 'when': {'host': ['a.com']}, 'forward': 'app'},"
        "{'name': '2', 'when': {'host': ['b.com']}, 'forward': 'app'}]");
    add("'rules': [{'name': '3', 'when': {'host': ['c.com']}, 'forward': 'app'}],"
        "'default': {'respond': {'status': 404}}");
    merges();
    assert_int_equal(merged.config.listener_count, 1);
    assert_int_equal(merged.config.listeners[0].rule_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        const struct route_rule *rule = &merged.config.listeners[0].rules[i];

        assert_int_equal(rule->name[0], '1' + (int)i);
        assert_int_equal(rule->action.forwards[0].group, i < 2 ? 0 : 1);
    }
    assert_int_equal(merged.config.listeners[0].default_action.status, 404);
    assert_int_equal(merged.config.group_count, 2);
    assert_string_equal(merged.groups[0].project, "alpha");
    assert_string_equal(merged.groups[1].project, "beta");
    assert_true(merged.config.groups[0].id != merged.config.groups[1].id);
    assert_int_equal(merged.listeners[0].project_count, 2);
    assert_string_equal(merged.listeners[0].projects[1], "beta");
}

static void other_addresses_are_other_listeners(void **state)
{
    (void)state;
    add("'default': {'forward': 'app'}");
    projects[count] = project_of("beta", "{'x-slipway': {'listeners': {'web': {'address': "
                                         "'127.0.0.1:8080'}}, 'target_groups': {'app': {'targets': "
                                         "['10.0.0.1:80']}}}}");
    count++;
    merges();
    assert_int_equal(merged.config.listener_count, 2);
    assert_true(merged.groups[0].is_used);
    assert_false(merged.groups[1].is_used);
}

static void settings_may_be_given_by_one(void **state)
{
    (void)state;
    add("'timeouts': {'idle': '20s'}, 'trusted': ['10.0.0.0/8']");
    add("'limits': {'connections': 7}, 'access_log': {'path': '/tmp/a.log'}");
    add("'timeouts': {'idle': '20s'}, 'forwarded': {'mode': 'remove'}");
    merges();
    assert_int_equal(merged.config.listeners[0].limits.idle_timeout_ms, 20000);
    assert_int_equal(merged.config.listeners[0].limits.connections_max, 7);
    assert_int_equal(merged.config.listeners[0].trusted.count, 1);
    assert_string_equal(merged.config.listeners[0].access_log.path, "/tmp/a.log");
    assert_int_equal(merged.config.listeners[0].forwarded, ROUTE_FORWARDED_REMOVE);
}

static void disagree(const char *one, const char *other, const char *what)
{
    char text[100];

    (void)snprintf(text, sizeof(text), "disagree about %s", what);
    add(one);
    add(other);
    refuses(text);
    (void)stop(NULL);
    (void)start(NULL);
}

static void settings_may_not_differ(void **state)
{
    (void)state;
    disagree("'timeouts': {'idle': '20s'}", "'timeouts': {'idle': '30s'}", "timeouts.idle");
    disagree("'limits': {'body': '1m'}", "'limits': {'body': '2m'}", "limits.body");
    disagree("'trusted': ['10.0.0.0/8']", "'trusted': ['10.0.0.0/9']", "trusted");
    disagree("'protocol': 'http'", "'protocol': 'tcp', 'default': {'forward': 'app'}",
             "the protocol");
    disagree("'access_log': {'path': '/a'}", "'access_log': {'path': '/b'}", "access_log");
    disagree("'forwarded': {'mode': 'remove'}", "'forwarded': {'mode': 'preserve'}", "forwarded");
    disagree("'proxy_protocol': true, 'trusted': ['10.0.0.0/8']", "", "proxy_protocol");
    disagree("'limits': {'requests': [{'rate': '10/s'}]}",
             "'limits': {'requests': [{'rate': "
             "'11/s'}]}",
             "limits.requests");
}

static void certificates_add_up(void **state)
{
    static const char *const parts[] = {
        "'protocol': 'https', 'certificates': [{'cert': '/a.pem', 'key': '/a.key'}]",
        "'protocol': 'https', 'certificates': [{'cert': '/b.pem', 'key': '/b.key'},"
        "{'cert': '/a.pem', 'key': '/a.key'}]",
    };

    (void)state;
    add(parts[0]);
    add(parts[1]);
    merges();
    assert_int_equal(merged.config.listeners[0].certificate_count, 2);
    assert_string_equal(merged.config.listeners[0].certificates[0].certificate, "/a.pem");
    assert_string_equal(merged.config.listeners[0].certificates[1].certificate, "/b.pem");
}

static void only_one_has_a_default(void **state)
{
    (void)state;
    add("'default': {'forward': 'app'}");
    add("'default': {'forward': 'app'}");
    refuses("both have a default");
}

static void defaults_may_say_the_same(void **state)
{
    static const char redirect[] =
        "'default': {'redirect': {'location': 'https://#{host}/#{path}', 'status': 301}}";

    (void)state;
    add(redirect);
    add(redirect);
    merges();
    assert_int_equal(merged.config.listeners[0].default_action.kind, ROUTE_ACTION_REDIRECT);
}

/* Hosts and paths of one rule each, in the form of JSON lists. */
static void hosts_meet(const char *one, const char *other, bool do_meet)
{
    char text[2][512];

    (void)snprintf(text[0], sizeof(text[0]), "'rules': [{'when': {%s}, 'forward': 'app'}]", one);
    (void)snprintf(text[1], sizeof(text[1]), "'rules': [{'when': {%s}, 'forward': 'app'}]", other);
    for (int i = 0; i < 2; i++) {
        add(text[i]);
        add(text[1 - i]);
        if (do_meet)
            refuses("overlap");
        else
            merges();
        (void)stop(NULL);
        (void)start(NULL);
    }
}

static void overlaps_are_found(void **state)
{
    (void)state;
    hosts_meet("'host': ['a.com']", "'host': ['a.com']", true);
    hosts_meet("'host': ['a.com']", "'host': ['A.COM']", true);
    hosts_meet("'host': ['b.com', 'a.com']", "'host': ['a.com', 'c.com']", true);
    hosts_meet("'host': ['*.a.com']", "'host': ['x.a.com']", true);
    hosts_meet("'host': ['*.a.com']", "'host': ['x.y.a.com']", true);
    hosts_meet("'host': ['*.a.com']", "'host': ['*.y.a.com']", true);
    hosts_meet("'host': ['*.a.com']", "'host': ['*.A.com']", true);
    hosts_meet("'host': ['w*.a.com']", "'host': ['www.a.com']", true);
    hosts_meet("'host': ['w*.a.com']", "'host': ['*.a.com']", true);
    hosts_meet("'host': ['w*.a.com']", "'host': ['*w.a.com']", true);
    hosts_meet("'path': ['/x']", "'host': ['a.com']", true);
    hosts_meet("'path': ['/x']", "'path': ['/x']", true);
    hosts_meet("'host': ['a.com'], 'path': ['/x/*']", "'host': ['a.com'], 'path': ['/x/y']", true);
    hosts_meet("'host': ['a.com'], 'path': ['/x*']", "'host': ['a.com'], 'path': ['/*/y']", true);
    hosts_meet("'host': ['a.com'], 'path': ['/x/*']", "'host': ['a.com']", true);
    hosts_meet("'host': ['a.com'], 'method': ['GET']", "'host': ['a.com'], 'method': ['PUT']",
               true);
}

static void what_keeps_apart_is_no_overlap(void **state)
{
    (void)state;
    hosts_meet("'host': ['a.com']", "'host': ['b.com']", false);
    hosts_meet("'host': ['a.com']", "'host': ['x.a.com']", false);
    hosts_meet("'host': ['*.a.com']", "'host': ['a.com']", false);
    hosts_meet("'host': ['*.a.com']", "'host': ['*.ba.com']", false);
    hosts_meet("'host': ['*.x.com']", "'host': ['x.com', 'y.com']", false);
    hosts_meet("'host': ['w*.a.com']", "'host': ['x.a.com']", false);
    hosts_meet("'host': ['a?.com']", "'host': ['abc.com']", false);
    hosts_meet("'host': ['a.com'], 'path': ['/x/*']", "'host': ['a.com'], 'path': ['/y/*']", false);
    hosts_meet("'host': ['a.com'], 'path': ['/x']", "'host': ['a.com'], 'path': ['/X']", false);
    hosts_meet("'path': ['/x']", "'host': ['a.com'], 'path': ['/y']", false);
}

static void a_project_may_overlap_with_itself(void **state)
{
    (void)state;
    add("'rules': [{'when': {'host': ['a.com']}, 'forward': 'app'},"
        "{'when': {'host': ['a.com']}, 'respond': {'status': 404}}]");
    add("'rules': [{'when': {'host': ['b.com']}, 'forward': 'app'}]");
    merges();
}

static void metrics_have_one_address(void **state)
{
    (void)state;
    add("");
    projects[count++] = project_of("beta", "{'x-slipway': {'metrics': {'address': "
                                           "'127.0.0.1:9100'}}}");
    merges();
    assert_string_equal(merged.config.metrics_address, "127.0.0.1:9100");
    projects[count++] = project_of("gamma", "{'x-slipway': {'metrics': {'address': "
                                            "'127.0.0.1:9101'}}}");
    assert_int_equal(arena_protect(&arena, merge, NULL), 0);
    assert_int_equal(result, -EEXIST);
    assert_non_null(strstr(error->message, "\"beta\" and \"gamma\" disagree"));
}

static void many_rules_are_compared_in_time(void **state)
{
    /* 4,000 hosts each: comparing all with all would take 16 million steps for each path. */
    enum {
        HOSTS = 2500
    };
    static char text[2][HOSTS * 24 + 200];

    (void)state;
    for (int i = 0; i < 2; i++) {
        size_t used = (size_t)snprintf(text[i], sizeof(text[i]),
                                       "{'x-slipway': {'target_groups': {'app': {'targets': []}},"
                                       "'listeners': {'web': {'address': ':1', 'rules': "
                                       "[{'forward': 'app', 'when': {'host': [");

        for (int j = 0; j < HOSTS; j++)
            used += (size_t)snprintf(text[i] + used, sizeof(text[i]) - used, "%s'%d.%c.com'",
                                     j > 0 ? "," : "", j, 'a' + i);
        (void)snprintf(text[i] + used, sizeof(text[i]) - used, "]}}]}}}}");
        projects[count++] = project_of(i == 0 ? "alpha" : "beta", text[i]);
    }
    merges();
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(rules_follow_each_other_by_project),
        TEST(other_addresses_are_other_listeners),
        TEST(settings_may_be_given_by_one),
        TEST(settings_may_not_differ),
        TEST(certificates_add_up),
        TEST(only_one_has_a_default),
        TEST(defaults_may_say_the_same),
        TEST(overlaps_are_found),
        TEST(what_keeps_apart_is_no_overlap),
        TEST(a_project_may_overlap_with_itself),
        TEST(metrics_have_one_address),
        TEST(many_rules_are_compared_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

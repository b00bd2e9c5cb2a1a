/* SPDX-License-Identifier: Apache-2.0 */
/* Projects come, change and go; what is wrong changes nothing. */
#include "node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PROJECT(address, target)                                                                   \
    "{'x-slipway': {'listeners': {'web': {'address': '" address "', 'protocol': 'http', "          \
    "'default': {'forward': 'app'}}}, 'target_groups': {'app': {'targets': ['" target "']}}}}"

static bool is_kept(const char *name)
{
    char path[200];

    (void)snprintf(path, sizeof(path), "%s/state/projects/%s", node_folder, name);
    return access(path, F_OK) == 0;
}

static void keep(const char *name, const char *text)
{
    char path[200];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/state/projects/%s", node_folder, name);
    file = fopen(path, "we");
    assert_non_null(file);
    for (; *text != '\0'; text++)
        assert_int_not_equal(fputc(*text == '\'' ? '"' : *text, file), EOF);
    assert_int_equal(fclose(file), 0);
}

static void a_node_begins_with_nothing(void **state)
{
    (void)state;
    node_wait_event("READY");
    assert_string_equal(node_supervisor.events[0], "CONFIG 1");
    assert_int_equal(node_supervisor.snapshot.listener_count, 0);
    node_expect(node_call("GET", "/v1/projects", NULL), 200, "{\"projects\":[]}");
    node_expect(node_call("GET", "/v1/version", NULL), 200, "\"generation\":1");
    node_expect(node_call("GET", "/ready", NULL), 503, "the edge does not run");
    node_edge_lives();
    node_expect(node_call("GET", "/ready", NULL), 200, "ready\n");
}

static void a_project_is_published(void **state)
{
    const struct http_response *response;

    (void)state;
    node_wait_ready();
    response = node_call("PUT", "/v1/projects/shop", PROJECT(":8080", "10.0.0.7:9001"));
    node_expect(response, 200, "\"project\":\"shop\",\"generation\":2");
    node_expect(response, 200, "listener :8080 added");
    node_expect(response, 200, "group shop/app: target 10.0.0.7:9001 added");
    assert_string_equal(node_supervisor.events[0], "LISTEN :8080");
    assert_string_equal(node_supervisor.events[1], "CONFIG 2");
    assert_int_equal(node_supervisor.snapshot.listener_count, 1);
    assert_int_equal(node_supervisor.snapshot.target_count, 1);
    assert_true(is_kept("shop.json"));
    assert_false(is_kept("shop.json.next"));
    node_expect(node_call("GET", "/v1/projects", NULL), 200,
                "{\"name\":\"shop\",\"state\":\"served\",\"listeners\":1,\"groups\":1}");
    node_expect(node_call("GET", "/v1/projects/shop", NULL), 200,
                "{\"x-slipway\": {\"listeners\": {\"web\": {\"address\": \":8080\"");
    node_expect(node_call("GET", "/v1/projects/other", NULL), 404, "no project \\\"other\\\"");
}

static void a_change_says_what_changed(void **state)
{
    const struct http_response *response;

    (void)state;
    node_wait_ready();
    node_expect(node_call("PUT", "/v1/projects/shop", PROJECT(":8080", "10.0.0.7:1")), 200, "");
    node_forget_events();
    response = node_call("PUT", "/v1/projects/shop", PROJECT(":8081", "10.0.0.8:1"));
    node_expect(response, 200, "listener :8081 added");
    node_expect(response, 200, "listener :8080 removed");
    node_expect(response, 200, "target 10.0.0.8:1 added");
    node_expect(response, 200, "target 10.0.0.7:1 removed");
    /* The old one is closed once the edge has the new configuration. */
    assert_string_equal(node_supervisor.events[0], "LISTEN :8081");
    assert_string_equal(node_supervisor.events[1], "CONFIG 3");
    assert_string_equal(node_supervisor.events[2], "UNLISTEN :8080");
    response = node_call("PUT", "/v1/projects/shop", PROJECT(":8081", "10.0.0.8:1"));
    node_expect(response, 200, "\"changes\":[]");
}

static void what_is_wrong_changes_nothing(void **state)
{
    (void)state;
    node_wait_ready();
    node_expect(node_call("PUT", "/v1/projects/shop", PROJECT(":8080", "10.0.0.7:1")), 200, "");
    node_forget_events();
    node_expect(node_call("PUT", "/v1/projects/shop", PROJECT("nowhere", "10.0.0.7:1")), 400,
                "x-slipway.listeners.web");
    node_expect(node_call("PUT", "/v1/projects/shop", "{'x-"), 400, "");
    node_expect(node_call("PUT", "/v1/projects/shop", ""), 400, "the project is missing");
    node_expect(node_call("PUT", "/v1/projects/Shop", "{}"), 400, "is no name of a project");
    node_expect(node_call("PUT", "/v1/projects/..%2Fshop", "{}"), 400, "is no name of a project");
    node_expect(node_call("PUT", "/v1/projects/other", PROJECT(":8080", "10.0.0.7:1")), 409,
                "both have a default");
    node_expect(node_call("PUT", "/v1/projects/tls",
                          "{'x-slipway': {'listeners': {'tls': {'address': ':443', 'protocol': "
                          "'https', 'certificates': [{'cert': '/nonexistent/a.pem', 'key': "
                          "'/nonexistent/a.key'}]}}}}"),
                400, "/nonexistent/a.pem");
    node_expect(node_call("PUT", "/v1/projects/log",
                          "{'x-slipway': {'listeners': {'log': {'address': ':81', 'access_log': "
                          "{'path': '/nonexistent/folder/log'}}}}}"),
                400, "/nonexistent/folder/log");
    assert_false(node_has_event("CONFIG 3"));
    /* The log is opened after the listener, which goes again. */
    assert_true(node_has_event("UNLISTEN :81"));
    assert_false(node_has_event("UNLISTEN :8080"));
    assert_false(is_kept("other.json"));
    node_expect(node_call("GET", "/v1/version", NULL), 200, "\"generation\":2");
}

static void a_listener_that_cannot_be_had_is_told(void **state)
{
    (void)state;
    node_wait_ready();
    node_supervisor.refused_address = ":81";
    node_expect(node_call("PUT", "/v1/projects/shop",
                          "{'x-slipway': {'listeners': {'one': {'address': ':80'}, 'two': "
                          "{'address': ':81'}}}}"),
                409, ":81: the address is in use");
    assert_true(node_has_event("UNLISTEN :80"));
    assert_false(node_has_event("CONFIG 2"));
    assert_false(is_kept("shop.json.next"));
}

static void a_listener_of_ours_that_is_in_the_way_is_named(void **state)
{
    (void)state;
    node_wait_ready();
    node_expect(node_call("PUT", "/v1/projects/shop", PROJECT(":8080", "10.0.0.7:1")), 200, "");
    node_supervisor.refused_address = "127.0.0.1:8080";
    node_expect(node_call("PUT", "/v1/projects/shop", PROJECT("127.0.0.1:8080", "10.0.0.7:1")), 409,
                "listener \\\"web\\\" (:8080, which is served now, may be in its way");
}

static void what_the_edge_does_not_take_is_undone(void **state)
{
    (void)state;
    node_wait_ready();
    node_expect(node_call("PUT", "/v1/projects/shop", PROJECT(":8080", "10.0.0.7:1")), 200, "");
    node_forget_events();
    node_supervisor.config_status = -EBADMSG;
    node_expect(node_call("PUT", "/v1/projects/shop", PROJECT(":8081", "10.0.0.8:1")), 500,
                "the edge did not take the configuration: it has no sense");
    assert_true(node_has_event("UNLISTEN :8081"));
    assert_false(node_has_event("UNLISTEN :8080"));
    assert_false(is_kept("shop.json.next"));
    node_expect(node_call("GET", "/v1/projects/shop", NULL), 200, "10.0.0.7:1");
    node_supervisor.config_status = 0;
    node_expect(node_call("PUT", "/v1/projects/shop", PROJECT(":8081", "10.0.0.8:1")), 200, "");
}

static void a_project_is_removed(void **state)
{
    (void)state;
    node_wait_ready();
    node_expect(node_call("PUT", "/v1/projects/shop", PROJECT(":8080", "10.0.0.7:1")), 200, "");
    node_expect(node_call("PUT", "/v1/projects/other", PROJECT(":8081", "10.0.0.7:1")), 200, "");
    node_expect(node_call("DELETE", "/v1/projects/shop", NULL), 200, "listener :8080 removed");
    assert_true(node_has_event("UNLISTEN :8080"));
    assert_false(node_has_event("UNLISTEN :8081"));
    assert_false(is_kept("shop.json"));
    assert_true(is_kept("other.json"));
    node_expect(node_call("DELETE", "/v1/projects/shop", NULL), 404, "there is no project");
}

static void a_removal_that_cannot_be_kept_is_refused(void **state)
{
    char command[200];

    (void)state;
    node_wait_ready();
    node_expect(node_call("PUT", "/v1/projects/shop", PROJECT(":8080", "10.0.0.7:1")), 200, "");
    node_forget_events();
    /* In the way of the file, whoever asks. */
    (void)snprintf(command, sizeof(command), "mkdir %s/state/projects/shop.json.removed",
                   node_folder);
    assert_int_equal(system(command), 0);
    node_expect(node_call("DELETE", "/v1/projects/shop", NULL), 500, "shop.json");
    assert_int_equal(node_supervisor.event_count, 0);
    assert_true(is_kept("shop.json"));
    node_expect(node_call("GET", "/v1/projects/shop", NULL), 200, "10.0.0.7:1");
    (void)snprintf(command, sizeof(command), "rmdir %s/state/projects/shop.json.removed",
                   node_folder);
    assert_int_equal(system(command), 0);

    /* Nor is one that the edge does not take. */
    node_supervisor.config_status = -EBADMSG;
    node_expect(node_call("DELETE", "/v1/projects/shop", NULL), 500, "it has no sense");
    assert_true(is_kept("shop.json"));
    assert_false(is_kept("shop.json.removed"));
    node_supervisor.config_status = 0;
    node_expect(node_call("DELETE", "/v1/projects/shop", NULL), 200, "listener :8080 removed");
    assert_false(is_kept("shop.json"));
    assert_false(is_kept("shop.json.removed"));
}

static void changes_wait_for_each_other(void **state)
{
    struct node_call *first, *second;

    (void)state;
    node_wait_ready();
    node_supervisor.holds_config = true;
    first = node_begin("PUT", "/v1/projects/shop", PROJECT(":8080", "10.0.0.7:1"));
    node_wait_event("CONFIG 2");
    second = node_begin("PUT", "/v1/projects/other", PROJECT(":8081", "10.0.0.7:1"));
    /* Reading goes on meanwhile, and shows what holds. */
    for (int i = 0; i < 3; i++)
        node_expect(node_call("GET", "/v1/projects", NULL), 200, "{\"projects\":[]}");
    assert_false(node_is_done(first));
    assert_false(node_has_event("LISTEN :8081"));
    node_supervisor.holds_config = false;
    node_answer_config(0, "");
    node_expect(node_end(first), 200, "\"generation\":2");
    node_expect(node_end(second), 200, "\"generation\":3");
    assert_int_equal(node_supervisor.snapshot.listener_count, 2);
}

static void a_killed_control_comes_back_as_it_was(void **state)
{
    (void)state;
    node_wait_ready();
    node_expect(node_call("PUT", "/v1/projects/shop", PROJECT(":8080", "10.0.0.7:1")), 200, "");
    node_expect(node_call("PUT", "/v1/projects/other", PROJECT(":8081", "10.0.0.7:1")), 200, "");
    channel_close(&node_supervisor.channel);
    node_kill();
    keep("shop.json.next", "{}");                              /* it was about to */
    keep("gone.json.removed", PROJECT(":8082", "10.0.0.7:1")); /* it had */
    keep("notes.txt", "hello");
    node_revive(3);
    node_wait_event("READY");
    assert_true(node_has_event("CONFIG 4"));
    assert_int_equal(node_supervisor.snapshot.listener_count, 2);
    node_expect(node_call("GET", "/v1/projects/shop", NULL), 200, "10.0.0.7:1");
}

static void listeners_that_nobody_needs_any_more_are_closed(void **state)
{
    struct message_listen held = {.id = 7};

    (void)state;
    node_supervisor.holds_config = true;
    node_wait_event("CONFIG 1");
    message_set_text(held.address, sizeof(held.address), ":7");
    assert_int_equal(channel_send(&node_supervisor.channel, MESSAGE_LISTENER_HELD, 0, &held, NULL),
                     0);
    node_answer_config(0, "");
    node_wait_event("UNLISTEN unknown");
}

static void what_cannot_be_served_is_left_out(void **state)
{
    (void)state;
    node_wait_ready();
    node_expect(node_call("PUT", "/v1/projects/a", PROJECT(":8080", "10.0.0.7:1")), 200, "");
    channel_close(&node_supervisor.channel);
    node_kill();
    keep("b.json", PROJECT("nowhere", "10.0.0.7:1"));
    keep("c.json", PROJECT(":8082", "10.0.0.7:1"));
    node_supervisor.refused_address = ":8082";
    node_revive(0);
    node_wait_event("READY");
    assert_int_equal(node_supervisor.snapshot.listener_count, 1);
    node_expect(node_call("GET", "/v1/projects", NULL), 200,
                "{\"name\":\"a\",\"state\":\"served\"");
    node_expect(node_call("GET", "/v1/projects", NULL), 200,
                "{\"name\":\"b\",\"state\":\"left out\",\"error\":\"x-slipway.listeners.web");
    node_expect(node_call("GET", "/v1/projects/c", NULL), 409, ":8082: the address is in use");

    /* It is tried again. */
    node_supervisor.refused_address = NULL;
    for (int i = 0; node_supervisor.snapshot.listener_count < 2; i++) {
        assert_true(i < 1000);
        node_expect(node_call("GET", "/v1/projects", NULL), 200, "");
    }
    while (strstr(node_call("GET", "/v1/projects", NULL)->body, "\"name\":\"c\",\"state\":\"served"
                                                                "\"") == NULL)
        continue;
    node_expect(node_call("DELETE", "/v1/projects/b", NULL), 200, "");
    assert_false(is_kept("b.json"));
    assert_true(is_kept("c.json"));
}

static void what_the_edge_serves_is_not_touched_by_a_failure(void **state)
{
    (void)state;
    node_wait_ready();
    node_expect(node_call("PUT", "/v1/projects/a", PROJECT(":8080", "10.0.0.7:1")), 200, "");
    node_expect(node_call("PUT", "/v1/projects/b", PROJECT(":8081", "10.0.0.7:1")), 200, "");
    channel_close(&node_supervisor.channel);
    node_kill();
    node_supervisor.refused_address = ":8081";
    node_revive(3);
    node_wait_event("READY");
    assert_false(node_has_event("CONFIG 4"));
    assert_false(node_has_event("UNLISTEN :8080"));
    node_expect(node_call("GET", "/v1/projects", NULL), 200,
                "{\"name\":\"a\",\"state\":\"served as before\",\"error\":\"listener");
    node_expect(node_call("GET", "/ready", NULL), 503, "cannot be published");
    node_edge_lives();
    node_expect(node_call("GET", "/ready", NULL), 200, "ready, as before");
    /* Others cannot be changed without it either. */
    node_expect(node_call("PUT", "/v1/projects/c", PROJECT(":8082", "10.0.0.7:1")), 409, ":8081");
    node_supervisor.refused_address = NULL;
    node_expect(node_call("PUT", "/v1/projects/c", PROJECT(":8082", "10.0.0.7:1")), 200, "");
    assert_int_equal(node_supervisor.snapshot.listener_count, 3);
}

static void without_a_folder_nothing_is_changed(void **state)
{
    char command[200];

    (void)state;
    node_wait_ready();
    channel_close(&node_supervisor.channel);
    node_kill();
    (void)snprintf(command, sizeof(command), "rm -rf %s/state && touch %s/state", node_folder,
                   node_folder);
    assert_int_equal(system(command), 0);
    node_revive(5);
    node_wait_event("READY");
    assert_int_equal(node_supervisor.event_count, 1);
    node_expect(node_call("PUT", "/v1/projects/c", PROJECT(":8082", "10.0.0.7:1")), 500, "/state");
    /* It tries again and again, and takes what it cannot read for nothing. */
    for (int i = 0; i < 100; i++)
        node_expect(node_call("GET", "/ready", NULL), 503, "cannot be published");
    assert_int_equal(node_supervisor.event_count, 1);
    (void)snprintf(command, sizeof(command), "rm %s/state", node_folder);
    assert_int_equal(system(command), 0);
    node_expect(node_call("PUT", "/v1/projects/c", PROJECT(":8082", "10.0.0.7:1")), 200, "");
}

static void a_control_whose_supervisor_is_gone_leaves_it_to_a_service_manager(void **state)
{
    (void)state;
    node_wait_ready();
    assert_int_equal(setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1), 0);
    channel_close(&node_supervisor.channel);
    assert_int_equal(control_run(&node_control), 0);
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
}

static void a_control_stops_when_it_is_told(void **state)
{
    (void)state;
    node_wait_ready();
    assert_int_equal(channel_send_plain(&node_supervisor.channel, MESSAGE_PING, 5), 0);
    node_wait_event("PONG");
    assert_int_equal(channel_send_plain(&node_supervisor.channel, MESSAGE_STOP, 0), 0);
    assert_int_equal(control_run(&node_control), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, node_start, node_stop)
    const struct CMUnitTest tests[] = {
        TEST(a_node_begins_with_nothing),
        TEST(a_project_is_published),
        TEST(a_change_says_what_changed),
        TEST(what_is_wrong_changes_nothing),
        TEST(a_listener_that_cannot_be_had_is_told),
        TEST(a_listener_of_ours_that_is_in_the_way_is_named),
        TEST(what_the_edge_does_not_take_is_undone),
        TEST(a_project_is_removed),
        TEST(a_removal_that_cannot_be_kept_is_refused),
        TEST(changes_wait_for_each_other),
        TEST(a_killed_control_comes_back_as_it_was),
        TEST(listeners_that_nobody_needs_any_more_are_closed),
        TEST(what_cannot_be_served_is_left_out),
        TEST(what_the_edge_serves_is_not_touched_by_a_failure),
        TEST(without_a_folder_nothing_is_changed),
        TEST(a_control_whose_supervisor_is_gone_leaves_it_to_a_service_manager),
        TEST(a_control_stops_when_it_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

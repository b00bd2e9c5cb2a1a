/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of listeners, groups and targets, and what targets are told. */
#include "node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "os/os.h"
#include "route/identity.h"

static const char project[] =
    "{'x-slipway': {'listeners': {'web': {'address': ':8080', 'protocol': 'http', 'rules': ["
    "{'when': {'host': ['a.com']}, 'forward': 'app'}]}},"
    "'target_groups': {'app': {'targets': ['10.0.0.1:80', {'address': 'unix:/run/x.sock', "
    "'weight': 5}], 'health': {'protocol': 'tcp'}}, 'spare': {'targets': ['10.0.0.9:80']}}}}";

static struct state_slot *slot_of(const char *group, const char *address, uint32_t *ret_number)
{
    uint32_t number =
        state_take(&node_state, identity_of_target("shop", group, address), STATE_KIND_TARGET);

    assert_int_not_equal(number, UINT32_MAX);
    if (ret_number != NULL)
        *ret_number = number;
    return &node_state.slots[number];
}

static int start(void **state)
{
    if (node_start(state) < 0)
        return -1;
    node_wait_ready();
    node_expect(node_call("PUT", "/v1/projects/shop", project), 200, "");
    return 0;
}

static void shows(const char *target, const char *text)
{
    char address[64];
    const struct http_response *response = node_call("GET", "/v1/targets", NULL);
    const char *at;
    char *end;

    (void)snprintf(address, sizeof(address), "\"address\":\"%s\"", target);
    node_expect(response, 200, address);
    at = strstr(response->body, address);
    end = strchr(at, '}');
    *end = '\0';
    if (strstr(at, text) == NULL)
        fail_msg("\"%s\" is not in: %s", text, at);
}

static void states_have_the_words_that_users_know(void **state)
{
    struct state_slot *slot = slot_of("app", "10.0.0.1:80", NULL);

    (void)state;
    shows("unix:/run/x.sock", "\"weight\":5,\"state\":\"initial\",\"reason\":\"registering\","
                              "\"description\":\"Target registration is in progress\"");
    shows("10.0.0.9:80", "\"state\":\"unused\",\"reason\":\"unused\"");

    atomic_store(&slot->weight, STATE_WEIGHT_CONFIGURED);
    shows("10.0.0.1:80", "\"state\":\"initial\",\"reason\":\"initial_check\"");
    atomic_store(&slot->health, STATE_HEALTH_HEALTHY);
    atomic_store(&slot->changed_unix_ns, UINT64_C(1700000000) * TIME_SECOND);
    shows("10.0.0.1:80", "\"state\":\"healthy\",\"reason\":\"passed\"");
    shows("10.0.0.1:80", "\"since\":\"2023-11-14T22:13:20Z\"");
    atomic_store(&slot->health, STATE_HEALTH_UNHEALTHY);
    atomic_store(&slot->reason, STATE_REASON_CODE_MISMATCH);
    atomic_store(&slot->last_status, 503);
    shows("10.0.0.1:80", "\"state\":\"unhealthy\",\"reason\":\"code_mismatch\"");
    shows("10.0.0.1:80", "\"last_status\":503");
    atomic_store(&slot->reason, 4711);
    shows("10.0.0.1:80", "\"state\":\"unhealthy\",\"reason\":\"failed\"");
    atomic_store(&slot->health, STATE_HEALTH_UNCHECKED);
    shows("10.0.0.1:80", "\"state\":\"unavailable\",\"reason\":\"no_check\"");
    atomic_store(&slot->ejected_until_ns, os_monotonic_time_ns() + TIME_HOUR);
    shows("10.0.0.1:80", "\"state\":\"unhealthy\",\"reason\":\"ejected\"");
    atomic_store(&slot->ejected_until_ns, 1);
    atomic_store(&slot->admin, STATE_ADMIN_DRAINING);
    shows("10.0.0.1:80", "\"state\":\"draining\",\"reason\":\"drained_by_operator\"");
    atomic_store(&slot->admin, STATE_ADMIN_DISABLED);
    shows("10.0.0.1:80", "\"state\":\"unavailable\",\"reason\":\"disabled_by_operator\"");
    atomic_store(&slot->weight, 3);
    shows("10.0.0.1:80", "\"weight\":3,\"configured_weight\":1");
}

/* Containers reach each other by name: without a listener is not out of use. */
static void who_stands_for_an_instance_says_so(void **state)
{
    (void)state;
    node_expect(node_call("PUT", "/v1/projects/other",
                          "{'x-slipway': {'target_groups': {'db': {'targets': ["
                          "{'address': '10.1.0.1:80', 'instance': 'abc123~7'}]}}}}"),
                200, "");
    shows("10.1.0.1:80", "\"state\":\"unused\",\"reason\":\"unused\"");
    shows("10.1.0.1:80", "\"Not behind a listener; other services reach it by name\"");
    shows("10.1.0.1:80", "\"instance_id\":\"abc123\"");
    shows("10.0.0.9:80", "\"No listener uses the group\"");
}

static void targets_can_be_asked_for_by_group(void **state)
{
    const struct http_response *response = node_call("GET", "/v1/targets?group=spare", NULL);

    (void)state;
    node_expect(response, 200, "10.0.0.9:80");
    assert_null(strstr(response->body, "10.0.0.1:80"));
    node_expect(node_call("GET", "/v1/targets?group=shop%2Fspare", NULL), 200, "10.0.0.9:80");
    node_expect(node_call("GET", "/v1/targets?group=none", NULL), 404, "no group \\\"none\\\"");
    node_expect(node_call("GET", "/v1/targets?group=%zz", NULL), 400, "malformed");
}

static void groups_count_their_targets(void **state)
{
    (void)state;
    atomic_store(&slot_of("app", "10.0.0.1:80", NULL)->health, STATE_HEALTH_HEALTHY);
    node_expect(node_call("GET", "/v1/groups", NULL), 200,
                "\"project\":\"shop\",\"name\":\"app\",\"algorithm\":\"round_robin\","
                "\"health_check\":\"tcp\",\"used\":true,\"targets\":2,\"states\":{\"initial\":1,"
                "\"healthy\":1,\"unhealthy\":0");
}

static void listeners_are_told(void **state)
{
    (void)state;
    node_expect(node_call("GET", "/v1/listeners", NULL), 200,
                "\"name\":\"web\",\"address\":\":8080\",\"protocol\":\"http\","
                "\"projects\":[\"shop\"],\"rules\":1,\"certificates\":[],\"access_log\":null,"
                "\"open_connections\":0");
}

static void an_operator_commands_targets(void **state)
{
    uint64_t id = identity_of_target("shop", "app", "10.0.0.1:80");
    char path[100];

    (void)state;
    node_expect(node_call("POST", "/v1/targets/app/10.0.0.1:80", "{'action': 'drain'}"), 200,
                "{\"target\":\"10.0.0.1:80\",\"action\":\"drain\",\"done\":true}");
    assert_int_equal(node_supervisor.target.command, MESSAGE_TARGET_DRAIN);
    assert_true(node_supervisor.target.group_id == identity_of_group("shop", "app"));
    assert_true(node_supervisor.target.target_id == id);
    node_expect(node_call("POST", "/v1/targets/shop%2Fapp/unix:%2Frun%2Fx.sock",
                          "{'action': 'weight', 'weight': 0}"),
                200, "unix:/run/x.sock");
    assert_int_equal(node_supervisor.target.command, MESSAGE_TARGET_WEIGHT);
    assert_int_equal(node_supervisor.target.weight, 0);
    (void)snprintf(path, sizeof(path), "/v1/targets/app/%016llx", (unsigned long long)id);
    node_expect(node_call("POST", path, "{'action': 'weight'}"), 200, "10.0.0.1:80");
    assert_true(node_supervisor.target.weight == STATE_WEIGHT_CONFIGURED);
    node_expect(node_call("POST", path, "{'action': 'disable'}"), 200, "");
    node_expect(node_call("POST", path, "{'action': 'enable'}"), 200, "");
    assert_int_equal(node_supervisor.target.command, MESSAGE_TARGET_ENABLE);
    node_supervisor.target_status = -ENOENT;
    node_expect(node_call("POST", path, "{'action': 'enable'}"), 400, "there is no such target");
}

static void a_command_does_not_wait_for_an_edge_that_is_gone(void **state)
{
    struct node_call *call;

    (void)state;
    node_supervisor.holds_target = true;
    call = node_begin("POST", "/v1/targets/app/10.0.0.1:80", "{'action': 'drain'}");
    node_wait_event("TARGET 1");
    assert_int_equal(channel_send_plain(&node_supervisor.channel, MESSAGE_EDGE_ENDED, 0), 0);
    node_expect(node_end(call), 503, "the edge ended before it could answer");
}

static void a_supervisor_that_is_gone_answers_nobody(void **state)
{
    struct node_call *call;

    (void)state;
    node_supervisor.holds_target = true;
    call = node_begin("POST", "/v1/targets/app/10.0.0.1:80", "{'action': 'drain'}");
    node_wait_event("TARGET 1");
    channel_close(&node_supervisor.channel);
    node_expect(node_end(call), 503, "the supervisor is gone");
    node_expect(node_call("PUT", "/v1/projects/shop", project), 503, "supervisor");
    node_expect(node_call("POST", "/v1/shutdown", NULL), 503, "the supervisor does not listen");
    node_expect(node_call("GET", "/v1/targets", NULL), 200, "10.0.0.1:80");
}

/* Where others start the next supervisor. */
static void one_that_ends_answers_what_it_was_asked(void **state)
{
    struct node_call *call;

    (void)state;
    assert_int_equal(setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1), 0);
    node_supervisor.holds_target = true;
    call = node_begin("POST", "/v1/targets/app/10.0.0.1:80", "{'action': 'drain'}");
    node_wait_event("TARGET 1");
    channel_close(&node_supervisor.channel);
    node_expect(node_end(call), 503, "the supervisor is gone");
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
}

static void wrong_commands_reach_nobody(void **state)
{
    static const char *const bodies[] = {
        "",
        "{}",
        "[]",
        "{'action': 'explode'}",
        "{'action': 5}",
        "{'action': 'drain'",
        "{'action': 'weight', 'weight': 1000}",
        "{'action': 'weight', 'weight': -1}",
        "{'action': 'weight', 'weight': '5'}",
        "{'action': 'drain', 'action': 'enable'}",
    };

    (void)state;
    node_forget_events();
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        node_expect(node_call("POST", "/v1/targets/app/10.0.0.1:80", bodies[i]), 400, "");
    node_expect(node_call("POST", "/v1/targets/none/10.0.0.1:80", "{'action': 'drain'}"), 404, "");
    node_expect(node_call("POST", "/v1/targets/app/10.0.0.2:80", "{'action': 'drain'}"), 404, "");
    assert_int_equal(node_supervisor.event_count, 0);
}

static void a_group_of_two_projects_must_be_named_with_its_project(void **state)
{
    (void)state;
    node_expect(
        node_call("PUT", "/v1/projects/two",
                  "{'x-slipway': {'target_groups': {'app': {'targets': ['10.0.0.1:80']}}}}"),
        200, "");
    node_expect(node_call("POST", "/v1/targets/app/10.0.0.1:80", "{'action': 'drain'}"), 409,
                "several projects have a group");
    node_expect(node_call("POST", "/v1/targets/two%2Fapp/10.0.0.1:80", "{'action': 'drain'}"), 200,
                "");
    assert_true(node_supervisor.target.target_id ==
                identity_of_target("two", "app", "10.0.0.1:80"));
}

static void wait_generation(const char *text)
{
    int calls = 0;

    while (strstr(node_call("GET", "/v1/version", NULL)->body, text) == NULL)
        assert_true(++calls < 2000);
}

static void names_become_their_addresses(void **state)
{
    (void)state;
    node_addresses = "10.1.0.2 10.1.0.1";
    node_expect(node_call("PUT", "/v1/projects/names",
                          "{'x-slipway': {'listeners': {'n': {'address': ':1', 'default': "
                          "{'forward': 'n'}}}, 'target_groups': {'n': {'targets': "
                          "[{'address': 'db.example.com:5432', 'weight': 7}]}}}}"),
                200, "target 10.1.0.1:5432 added");
    shows("10.1.0.2:5432", "\"name\":\"db.example.com:5432\",\"weight\":7");
    assert_int_equal(node_supervisor.snapshot.target_count, 5);
    node_expect(node_call("POST", "/v1/targets/n/db.example.com:5432", "{'action': 'drain'}"), 409,
                "has 2 addresses");

    /* Other addresses are published unasked. */
    node_forget_events();
    node_addresses = "10.1.0.1 10.1.0.3 10.1.0.4";
    wait_generation("\"generation\":4");
    assert_int_equal(node_supervisor.snapshot.target_count, 6);

    /* What is known stays when the name cannot be looked up any more. */
    node_addresses = NULL;
    for (int i = 0; i < 10; i++)
        node_expect(node_call("GET", "/v1/version", NULL), 200, "\"generation\":4");
    shows("10.1.0.4:5432", "\"name\":\"db.example.com:5432\"");
}

static void a_name_without_addresses_is_shown_as_such(void **state)
{
    (void)state;
    node_expect(node_call("PUT", "/v1/projects/names",
                          "{'x-slipway': {'listeners': {'n': {'address': ':1', 'default': "
                          "{'forward': 'n'}}}, 'target_groups': {'n': {'targets': "
                          "['db.example.com:5432']}}}}"),
                200, "target db.example.com:5432 added");
    shows("db.example.com:5432", "\"state\":\"unhealthy\",\"reason\":\"unresolved\"");
    node_addresses = "10.1.0.2";
    wait_generation("\"generation\":4");
    shows("10.1.0.2:5432", "\"name\":\"db.example.com:5432\"");
}

static void statistics_are_what_was_counted(void **state)
{
    uint32_t slot;
    struct state_counters *counters;

    (void)state;
    (void)slot_of("app", "10.0.0.1:80", &slot);
    node_edge_lives();
    counters = state_counters_of(&node_state, 0, slot);
    counters->requests = 5;
    counters->responses[2] = 4;
    counters->responses[5] = 1;
    counters->latency[10] = 3;
    counters->latency[30] = 2;
    counters->latency_sum_us = 1234;
    node_expect(node_call("GET", "/v1/statistics", NULL), 200,
                "\"group\":\"app\",\"address\":\"10.0.0.1:80\",\"requests\":5,");
    node_expect(node_call("GET", "/v1/statistics", NULL), 200,
                "\"responses\":[0,0,4,0,0,1],\"target_responses\":[0,0,0,0,0,0],"
                "\"latency\":[[10,3],[30,2]]");
    shows("10.0.0.1:80", "\"requests\":5");
}

static void logs_are_opened_and_reopened(void **state)
{
    char body[600], path[100], away[120];
    struct stat before, after;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/access.log", node_folder);
    (void)snprintf(away, sizeof(away), "%s/access.log.1", node_folder);
    (void)snprintf(body, sizeof(body),
                   "{'x-slipway': {'listeners': {'l': {'address': ':1', 'access_log': {'path': "
                   "'%s'}}, 'm': {'address': ':2', 'access_log': {'path': '%s'}}}}}",
                   path, path);
    node_forget_events();
    node_expect(node_call("PUT", "/v1/projects/logs", body), 200, "");
    assert_string_equal(node_supervisor.events[2], "LOG");
    assert_string_equal(node_supervisor.events[3], "CONFIG 3"); /* so it was one log */
    assert_int_equal(fstat(node_supervisor.log_fd, &before), 0);
    /* A change of something else leaves it alone. */
    node_forget_events();
    node_expect(node_call("PUT", "/v1/projects/shop", project), 200, "");
    assert_false(node_has_event("LOG"));
    assert_int_equal(rename(path, away), 0);
    node_forget_events();
    node_expect(node_call("POST", "/v1/logs/reopen", NULL), 200, "{\"done\":true}");
    assert_string_equal(node_supervisor.events[0], "LOG");
    assert_int_equal(fstat(node_supervisor.log_fd, &after), 0);
    assert_true(before.st_ino != after.st_ino);
    node_forget_events();
    assert_int_equal(channel_send_plain(&node_supervisor.channel, MESSAGE_REOPEN_LOGS, 0), 0);
    node_wait_event("LOG");
    node_expect(node_call("DELETE", "/v1/projects/logs", NULL), 200, "");
    assert_true(node_has_event("UNLOG"));
}

static void what_was_taken_out_is_shown_until_it_has_finished(void **state)
{
    static const char without[] =
        "{'x-slipway': {'listeners': {'web': {'address': ':8080'}}, 'target_groups': {'app': "
        "{'targets': ['10.0.0.2:80']}}}}";
    struct state_counters *counters;
    uint32_t slot;

    (void)state;
    (void)slot_of("app", "10.0.0.1:80", &slot);
    node_edge_lives();
    counters = state_counters_of(&node_state, 0, slot);
    counters->active = 1;
    node_expect(node_call("PUT", "/v1/projects/shop", without), 200, "10.0.0.1:80 removed");
    shows("10.0.0.1:80", "\"state\":\"draining\",\"reason\":\"deregistered\"");
    assert_null(strstr(node_call("GET", "/v1/targets", NULL)->body, "10.0.0.9:80"));
    assert_null(strstr(node_call("GET", "/v1/targets?group=spare", NULL)->body, "10.0.0.1:80"));
    counters->active = 0;
    assert_null(strstr(node_call("GET", "/v1/targets", NULL)->body, "10.0.0.1:80"));
    /* It comes back as one that is configured. */
    counters->active = 1;
    node_expect(node_call("PUT", "/v1/projects/shop", project), 200, "");
    shows("10.0.0.1:80", "\"state\":\"initial\"");
    assert_null(strstr(node_call("GET", "/v1/targets", NULL)->body, "deregistered"));
}

static void the_tree_can_be_shut_down(void **state)
{
    (void)state;
    node_expect(node_call("POST", "/v1/shutdown?unless=unused", NULL), 400, "");
    node_expect(node_call("POST", "/v1/shutdown?unless=used", NULL), 409, "there are projects");
    assert_false(node_has_event("SHUTDOWN"));
    node_expect(node_call("POST", "/v1/shutdown", NULL), 202, "{\"done\":true}");
    node_wait_event("SHUTDOWN");
}

static void one_that_is_not_used_can_be_shut_down(void **state)
{
    struct node_call *put;

    (void)state;
    node_expect(node_call("DELETE", "/v1/projects/shop", NULL), 200, "");
    /* A project that is on its way counts. */
    node_supervisor.holds_config = true;
    node_forget_events();
    put = node_begin("PUT", "/v1/projects/shop", project);
    while (node_supervisor.event_count == 0)
        node_expect(node_call("GET", "/v1/version", NULL), 200, "");
    node_expect(node_call("POST", "/v1/shutdown?unless=used", NULL), 409, "there are projects");
    while (!node_has_event("CONFIG 4"))
        node_expect(node_call("GET", "/v1/version", NULL), 200, "");
    node_answer_config(-EBADMSG, "");
    node_expect(node_end(put), 500, "");
    node_expect(node_call("POST", "/v1/shutdown?unless=used", NULL), 202, "");
    node_wait_event("SHUTDOWN");
}

static void what_is_not_there_is_told(void **state)
{
    (void)state;
    node_expect(node_call("GET", "/", NULL), 404, "{\"error\":{\"message\":");
    node_expect(node_call("GET", "/v1", NULL), 404, "");
    node_expect(node_call("GET", "/v1/projects/a/b", NULL), 404, "");
    node_expect(node_call("GET", "/v1/targets/a/b/c", NULL), 404, "");
    node_expect(node_call("GET", "/v2/projects", NULL), 404, "");
    node_expect(node_call("GET", "/v1//projects", NULL), 400, "the path is malformed");
    node_expect(node_call("GET", "/v1/projects/%00", NULL), 400, "the path is malformed");
    node_expect(node_call("POST", "/v1/projects", "{}"), 405, "");
    node_expect(node_call("GET", "/v1/shutdown", NULL), 405, "");
    assert_false(node_has_event("SHUTDOWN"));
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return 1; /* the next supervisor, as control starts it out of its own program */
#define TEST(function) cmocka_unit_test_setup_teardown(function, start, node_stop)
    const struct CMUnitTest tests[] = {
        TEST(states_have_the_words_that_users_know),
        TEST(who_stands_for_an_instance_says_so),
        TEST(targets_can_be_asked_for_by_group),
        TEST(groups_count_their_targets),
        TEST(listeners_are_told),
        TEST(an_operator_commands_targets),
        TEST(a_command_does_not_wait_for_an_edge_that_is_gone),
        TEST(a_supervisor_that_is_gone_answers_nobody),
        TEST(one_that_ends_answers_what_it_was_asked),
        TEST(wrong_commands_reach_nobody),
        TEST(a_group_of_two_projects_must_be_named_with_its_project),
        TEST(names_become_their_addresses),
        TEST(a_name_without_addresses_is_shown_as_such),
        TEST(statistics_are_what_was_counted),
        TEST(logs_are_opened_and_reopened),
        TEST(what_was_taken_out_is_shown_until_it_has_finished),
        TEST(the_tree_can_be_shut_down),
        TEST(one_that_is_not_used_can_be_shut_down),
        TEST(what_is_not_there_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

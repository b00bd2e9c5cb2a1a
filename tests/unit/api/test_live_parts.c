/* SPDX-License-Identifier: Apache-2.0 */
/* What live streams are made of, each for itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/live/differ.h"
#include "api/live/frame.h"
#include "api/live/names.h"
#include "api/live/picture.h"
#include "api/live/services.h"
#include "base/strbuf.h"

/* Frames */

static void assert_frame(struct frame *frame, const char *text)
{
    assert_non_null(frame);
    assert_int_equal(frame->size, strlen(text));
    assert_memory_equal(frame->data, text, frame->size);
    assert_null(frame_unref(frame));
}

static void test_frames(void **state)
{
    (void)state;
    assert_frame(frame_new("rates", 0, "{}", 2), "event: rates\ndata: {}\n\n");
    assert_frame(frame_new("event", 7, "{}", 2), "event: event\nid: 7\ndata: {}\n\n");
    assert_frame(frame_new("x", UINT64_MAX, "", 0),
                 "event: x\nid: 18446744073709551615\ndata: \n\n");
    assert_frame(frame_new_comment(), ":\n\n");
}

static void test_nothing_in_the_data_ends_an_event(void **state)
{
    (void)state;
    assert_frame(frame_new("x", 0, "a\nb", 3), "event: x\ndata: a\ndata: b\n\n");
    assert_frame(frame_new("x", 0, "a\rb\r\nc", 6), "event: x\ndata: a\ndata: b\ndata: c\n\n");
    assert_frame(frame_new("x", 0, "\n\n", 2), "event: x\ndata: \ndata: \ndata: \n\n");
    assert_frame(frame_new("x", 0, "a\r", 2), "event: x\ndata: a\ndata: \n\n");
}

static void test_what_is_no_utf8_is_replaced(void **state)
{
    (void)state;
    assert_frame(frame_new("x", 0, "a\xff\xc3\xa9z", 5),
                 "event: x\ndata: a\xef\xbf\xbd\xc3\xa9z\n\n");
    assert_frame(frame_new("x", 0, "\xe2\x82", 2), "event: x\ndata: \xef\xbf\xbd\xef\xbf\xbd\n\n");
}

static void test_a_huge_frame(void **state)
{
    size_t size = (size_t)8 << 20;
    char *data = malloc(size);
    struct frame *frame;

    (void)state;
    assert_non_null(data);
    memset(data, 'a', size);
    frame = frame_new("x", 0, data, size);
    assert_non_null(frame);
    assert_int_equal(frame->size, size + strlen("event: x\ndata: \n\n"));
    assert_ptr_equal(frame_ref(frame), frame);
    assert_null(frame_unref(frame));
    assert_int_equal(frame->data[100], 'a');
    assert_null(frame_unref(frame));
    free(data);
}

/* Differences */

static void assert_difference(const char *before, const char *after, const char *wanted)
{
    json_t *old = json_loads(before, 0, NULL), *new = json_loads(after, 0, NULL);
    json_t *changed = json_array(), *gone = json_array();
    json_t *both = json_pack("{s:O, s:O}", "changed", changed, "gone", gone);
    char *text;

    differ_compare(old, new, "active", changed, gone);
    text = json_dumps(both, JSON_COMPACT);
    assert_string_equal(text, wanted);
    free(text);
    json_decref(old);
    json_decref(new);
    json_decref(changed);
    json_decref(gone);
    json_decref(both);
}

static void test_differences(void **state)
{
    (void)state;
    assert_difference("[]", "[]", "{\"changed\":[],\"gone\":[]}");
    assert_difference("[]", "[{\"id\":\"a\"}]", "{\"changed\":[{\"id\":\"a\"}],\"gone\":[]}");
    assert_difference("[{\"id\":\"a\"}]", "[]", "{\"changed\":[],\"gone\":[\"a\"]}");
    assert_difference("[{\"id\":\"a\",\"state\":1},{\"id\":\"b\",\"state\":1}]",
                      "[{\"id\":\"b\",\"state\":1},{\"id\":\"a\",\"state\":2}]",
                      "{\"changed\":[{\"id\":\"a\",\"state\":2}],\"gone\":[]}");
    assert_difference("[{\"id\":\"a\",\"active\":1}]", "[{\"id\":\"a\",\"active\":2}]",
                      "{\"changed\":[],\"gone\":[]}");
    assert_difference("[{\"id\":\"a\",\"x\":1}]", "[{\"id\":\"a\",\"y\":1}]",
                      "{\"changed\":[{\"id\":\"a\",\"y\":1}],\"gone\":[]}");
}

static void test_differences_without_lists(void **state)
{
    json_t *list = json_loads("[{\"id\":\"a\"}]", 0, NULL), *found = json_array();

    (void)state;
    differ_compare(NULL, list, "", found, NULL);
    assert_int_equal(json_array_size(found), 1);
    differ_compare(list, NULL, "", NULL, found);
    assert_int_equal(json_array_size(found), 2);
    json_decref(list);
    json_decref(found);
}

/* Services */

static uint32_t status_of(void *context, const char *id)
{
    (void)context;
    (void)id;
    return 500;
}

static void assert_service(struct service_facts facts, const char *instances, const char *state,
                           const char *trouble)
{
    json_t *list = json_loads(instances, 0, NULL);
    struct services_options options = {.instances = list, .last_status = status_of};
    json_t *value;
    const char *found;

    facts.name = (char *)"web";
    facts.image = (char *)"";
    facts.runtime = "process";
    facts.groups = json_array();
    value = service_value(&facts, &options);
    assert_non_null(value);
    assert_string_equal(json_string_value(json_object_get(value, "state")), state);
    found = json_string_value(json_object_get(value, "trouble"));
    if (trouble == NULL)
        assert_null(found);
    else
        assert_string_equal(found, trouble);
    json_decref(value);
    json_decref(list);
    json_decref(facts.groups);
}

#define GOOD                                                                                       \
    "{\"service\":\"web\",\"state\":\"running\",\"health\":\"\",\"edge\":\"serving\","             \
    "\"target_state\":\"passed\"}"
#define BAD                                                                                        \
    "{\"service\":\"web\",\"state\":\"running\",\"edge\":\"serving\",\"target_state\":"            \
    "\"failing\","                                                                                 \
    "\"target_reason\":\"Health checks failed with a status that does not pass\"}"
#define SILENT                                                                                     \
    "{\"service\":\"web\",\"state\":\"running\",\"edge\":\"serving\",\"target_state\":"            \
    "\"failing\","                                                                                 \
    "\"target_reason\":\"Connection refused\"}"
#define SICK                                                                                       \
    "{\"service\":\"web\",\"state\":\"running\",\"edge\":\"none\",\"health\":\"unhealthy\"}"
#define NEW  "{\"service\":\"web\",\"state\":\"running\",\"edge\":\"standby\"}"
#define OLD  "{\"service\":\"web\",\"state\":\"running\",\"edge\":\"draining\"}"
#define DEAD "{\"service\":\"web\",\"state\":\"exited\",\"exit_code\":3}"
#define DONE "{\"service\":\"web\",\"state\":\"exited\",\"exit_code\":0}"
#define LOOP "{\"service\":\"web\",\"state\":\"restarting\",\"exit_code\":1}"
#define MORE "{\"service\":\"other\",\"state\":\"exited\",\"exit_code\":1}"
#define ONCE "{\"service\":\"web\",\"state\":\"exited\",\"exit_code\":1,\"oneoff\":true}"

static void test_services(void **state)
{
    struct service_facts three = {.replicas = 3}, one = {.replicas = 1};

    (void)state;
    assert_service(three, "[" GOOD "," GOOD "," GOOD "]", "ok", NULL);
    assert_service(three, "[" GOOD "," GOOD "," GOOD "," OLD "," MORE "," ONCE "]", "ok", NULL);
    assert_service(three, "[" GOOD "," BAD "," GOOD "]", "degraded",
                   "1 of 3 is unhealthy: status 500");
    assert_service(three, "[" GOOD "," SILENT "," SILENT "]", "degraded",
                   "2 of 3 are unhealthy: connection refused");
    assert_service(three, "[" BAD "," BAD "," BAD "]", "failed", "all 3 are unhealthy: status 500");
    assert_service(one, "[" SICK "]", "failed", "it is unhealthy: its own check fails");
    assert_service(three, "[" GOOD "]", "degraded", "2 of 3 do not run");
    assert_service(three, "[]", "failed", "all 3 do not run");
    assert_service(three, "[" GOOD "," NEW "," NEW "]", "starting", "2 of 3 are starting");
    assert_service(three, "[" GOOD "," DEAD "," GOOD "]", "degraded",
                   "1 of 3 has ended with status 3");
    assert_service(one, "[" LOOP "]", "failed", "it keeps ending with status 1");
}

static void test_services_that_need_not_run(void **state)
{
    struct service_facts none = {0}, stopped = {.replicas = 2, .is_stopped = true};
    struct service_facts job = {.replicas = 1, .is_job = true};
    struct service_facts may_finish = {.replicas = 1, .may_finish = true};
    struct service_facts service = {.replicas = 1};

    (void)state;
    assert_service(none, "[]", "stopped", NULL);
    assert_service(stopped, "[" DONE "]", "stopped", NULL);
    assert_service(job, "[" DONE "]", "ok", NULL);
    assert_service(job, "[" DEAD "]", "failed", "it has ended with status 3");
    assert_service(may_finish, "[" DONE "]", "ok", NULL);
    assert_service(service, "[" DONE "]", "failed", "it has ended with status 0");
}

static void test_services_that_cannot_be_seen(void **state)
{
    struct service_facts facts = {.name = (char *)"web",
                                  .image = (char *)"",
                                  .runtime = "docker",
                                  .replicas = 1,
                                  .groups = json_array()};
    struct services_options options = {.error = "the engine does not answer"};
    json_t *value = service_value(&facts, &options);

    (void)state;
    assert_string_equal(json_string_value(json_object_get(value, "state")), "failed");
    assert_string_equal(json_string_value(json_object_get(value, "trouble")),
                        "the engine does not answer");
    json_decref(value);
    json_decref(facts.groups);
}

/* Names */

static void test_names(void **state)
{
    struct names *names = names_new(), *same = names_new();

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct names *one = i == 0 ? names : same;

        assert_int_equal(names_add_instance(one, "abc", "shop-web-1", "web"), 0);
        assert_int_equal(names_add_group(one, "shop", "front", "web"), 0);
        assert_int_equal(names_add_instance(one, "def", "shop-web-2", NULL), 0);
        names_finish(one);
    }
    assert_int_equal(names->digest, same->digest);
    assert_string_equal(names_instance(names, "abc")->name, "shop-web-1");
    assert_string_equal(names_instance(names, "def~0123")->name, "shop-web-2");
    assert_null(names_instance(names, "ab"));
    assert_null(names_instance(names, "abcd"));
    assert_null(names_instance(NULL, "abc"));
    assert_string_equal(names_service(names, "shop", "front"), "web");
    assert_string_equal(names_service(names, "shop", "front@next"), "web");
    assert_null(names_service(names, "other", "front"));
    assert_null(names_service(names, "shop", "fron"));
    assert_null(names_unref(names));
    assert_null(names_unref(same));
}

/* Rules in words */

static void assert_shown(const struct route_conditions *when, bool shows_values, const char *wanted)
{
    struct strbuf text;

    strbuf_init(&text, 4096);
    picture_conditions(&text, when, shows_values);
    assert_string_equal(strbuf_text(&text), wanted);
    strbuf_deinit(&text);
}

static void assert_conditions(const struct route_conditions *when, const char *wanted)
{
    assert_shown(when, true, wanted);
}

static void test_conditions(void **state)
{
    static const char *const hosts[] = {"a.example", "b.example"}, *const paths[] = {"/v1/*"};
    static const struct route_named_patterns headers[] = {{"X-Kind", {paths, 1}}};
    static const struct route_network networks[] = {
        {.family = ROUTE_FAMILY_IPV4, .prefix_bits = 8, .bytes = {10}},
        {.family = ROUTE_FAMILY_IPV6, .prefix_bits = 128, .bytes = {[15] = 1}}};
    struct route_conditions when = {0};

    (void)state;
    assert_conditions(&when, "");
    when.hosts = (struct route_texts){hosts, 2};
    assert_conditions(&when, "host a.example or b.example");
    when.paths = (struct route_texts){paths, 1};
    when.headers = headers;
    when.header_count = 1;
    when.queries = headers;
    when.query_count = 1;
    when.sources = (struct route_networks){networks, 2};
    assert_conditions(&when, "host a.example or b.example; path /v1/*; header X-Kind: /v1/*; "
                             "query X-Kind=/v1/*; from 10.0.0.0/8 or ::1");
}

static void test_values_may_be_keys(void **state)
{
    static const char *const values[] = {"k3y", "other"}, *const paths[] = {"/v1/*"};
    static const struct route_named_patterns headers[] = {{"X-Preview", {values, 2}},
                                                          {"Cookie", {values, 1}}};
    static const struct route_named_patterns queries[] = {{"preview", {values, 1}}};
    const struct route_conditions when = {.paths = {paths, 1},
                                          .headers = headers,
                                          .header_count = 2,
                                          .queries = queries,
                                          .query_count = 1};

    (void)state;
    assert_shown(&when, true,
                 "path /v1/*; header X-Preview: k3y or other; header Cookie: k3y; "
                 "query preview=k3y");
    assert_shown(&when, false,
                 "path /v1/*; header X-Preview: ********; header Cookie: ********; "
                 "query preview=********");
}

static void assert_action(struct route_action action, enum route_protocol protocol,
                          const char *wanted)
{
    struct strbuf text;

    strbuf_init(&text, 4096);
    picture_action(&text, &action, protocol);
    assert_string_equal(strbuf_text(&text), wanted);
    strbuf_deinit(&text);
}

static void test_actions(void **state)
{
    struct route_action action = {.kind = ROUTE_ACTION_RESPOND};

    (void)state;
    assert_action((struct route_action){0}, ROUTE_PROTOCOL_HTTP, "404");
    assert_action((struct route_action){0}, ROUTE_PROTOCOL_TCP, "closes the connection");
    assert_action(
        (struct route_action){.kind = ROUTE_ACTION_REDIRECT, .location = "https://x.example/"},
        ROUTE_PROTOCOL_HTTP, "302 to https://x.example/");
    assert_action(action, ROUTE_PROTOCOL_HTTP, "200");
    action.status = 503;
    action.body = "closed";
    action.body_length = 6;
    assert_action(action, ROUTE_PROTOCOL_HTTP, "503 closed");
    action.content_type = "image/png";
    assert_action(action, ROUTE_PROTOCOL_HTTP, "503");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_nothing_in_the_data_ends_an_event),
        cmocka_unit_test(test_what_is_no_utf8_is_replaced),
        cmocka_unit_test(test_a_huge_frame),
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_differences_without_lists),
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_services_that_need_not_run),
        cmocka_unit_test(test_services_that_cannot_be_seen),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_values_may_be_keys),
        cmocka_unit_test(test_actions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What was kept and cannot be read, when control starts again. */
#include "node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PROJECT(address, target)                                                                   \
    "{'x-slipway': {'listeners': {'web': {'address': '" address "', 'protocol': 'http', "          \
    "'default': {'forward': 'app'}}}, 'target_groups': {'app': {'targets': ['" target "']}}}}"

static void path_of(const char *name, char path[200])
{
    (void)snprintf(path, 200, "%s/state/projects/%s.json", node_folder, name);
}

/* As control itself would put it there: nobody sees a part. */
static void keep(const char *name, const char *text)
{
    char path[200], temporary[210];
    FILE *file;

    path_of(name, path);
    (void)snprintf(temporary, sizeof(temporary), "%s.tmp", path);
    file = fopen(temporary, "we");
    assert_non_null(file);
    for (; *text != '\0'; text++)
        assert_int_not_equal(fputc(*text == '\'' ? '"' : *text, file), EOF);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(temporary, path), 0);
}

static bool is_kept(const char *name)
{
    char path[200];

    path_of(name, path);
    return access(path, F_OK) == 0;
}

static void make_folder(const char *name)
{
    char path[200];

    path_of(name, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
}

/* Three projects that an edge serves; control is gone. */
static void serve_and_kill(void)
{
    node_wait_ready();
    node_expect(node_call("PUT", "/v1/projects/a", PROJECT(":8080", "10.0.0.7:1")), 200, "");
    node_expect(node_call("PUT", "/v1/projects/b", PROJECT(":8081", "10.0.0.7:1")), 200, "");
    node_expect(node_call("PUT", "/v1/projects/c", PROJECT(":8082", "10.0.0.7:1")), 200, "");
    channel_close(&node_supervisor.channel);
    node_kill();
}

static void assert_untouched(void)
{
    for (unsigned int i = 0; i < node_supervisor.event_count; i++) {
        if (strncmp(node_supervisor.events[i], "CONFIG", 6) == 0 ||
            strncmp(node_supervisor.events[i], "UNLISTEN", 8) == 0)
            fail_msg("%s", node_supervisor.events[i]);
    }
}

/* Looks until the retries of the publisher have come to it. */
static void wait_served(const char *name)
{
    char wanted[100];

    (void)snprintf(wanted, sizeof(wanted), "{\"name\":\"%s\",\"state\":\"served\"", name);
    for (int i = 0; strstr(node_call("GET", "/v1/projects", NULL)->body, wanted) == NULL; i++)
        assert_true(i < 10000);
}

static void what_an_edge_serves_stays_until_all_can_be_read(void **state)
{
    const struct http_response *response;

    (void)state;
    serve_and_kill();
    keep("b", "{broken");
    node_revive(4);
    node_wait_event("READY");
    response = node_call("GET", "/v1/projects", NULL);
    node_expect(response, 200, "{\"name\":\"b\",\"state\":\"served as before\",\"error\":");
    node_expect(response, 200,
                "{\"name\":\"a\",\"state\":\"served as before\",\"error\":\"project \\\"b\\\"");
    node_edge_lives();
    node_expect(node_call("GET", "/ready", NULL), 200, "ready, as before");

    /* Neither what others ask for nor time takes it away. */
    node_expect(node_call("PUT", "/v1/projects/d", PROJECT(":8083", "10.0.0.7:1")), 409,
                "project \\\"b\\\", which was kept, cannot be read");
    node_expect(node_call("DELETE", "/v1/projects/a", NULL), 409, "project \\\"b\\\"");
    for (int i = 0; i < 100; i++)
        node_expect(node_call("GET", "/v1/projects", NULL), 200, "served as before");
    assert_untouched();

    keep("b", PROJECT(":8081", "10.0.0.8:1"));
    wait_served("b");
    assert_int_equal(node_supervisor.snapshot.listener_count, 3);
    assert_true(is_kept("a"));
    node_expect(node_call("GET", "/ready", NULL), 200, "ready\n");
}

static void a_change_of_what_cannot_be_read_ends_it(void **state)
{
    (void)state;
    serve_and_kill();
    keep("b", "{broken");
    node_revive(4);
    node_wait_event("READY");
    node_expect(node_call("PUT", "/v1/projects/b", "{'services': 1}"), 400, "");
    assert_untouched();
    node_expect(node_call("PUT", "/v1/projects/b", PROJECT(":8084", "10.0.0.8:1")), 200, "");
    assert_int_equal(node_supervisor.snapshot.listener_count, 3);
    node_expect(node_call("GET", "/v1/projects/b", NULL), 200, ":8084");
}

static void a_removal_of_what_cannot_be_read_ends_it(void **state)
{
    (void)state;
    serve_and_kill();
    keep("b", "{broken");
    node_revive(4);
    node_wait_event("READY");
    node_supervisor.config_status = -EBADMSG;
    node_expect(node_call("DELETE", "/v1/projects/b", NULL), 500, "it has no sense");
    assert_true(is_kept("b"));
    node_supervisor.config_status = 0;
    node_expect(node_call("DELETE", "/v1/projects/b", NULL), 200, "");
    assert_int_equal(node_supervisor.snapshot.listener_count, 2);
    assert_false(is_kept("b"));
    node_expect(node_call("GET", "/v1/projects/b", NULL), 404, "");
}

static void two_that_cannot_be_read_are_mended_one_by_one(void **state)
{
    (void)state;
    serve_and_kill();
    make_folder("a");
    keep("b", "{broken");
    node_revive(4);
    node_wait_event("READY");
    node_expect(node_call("PUT", "/v1/projects/b", PROJECT(":8081", "10.0.0.8:1")), 409,
                "the project is kept, but not served yet: project \\\"a\\\"");
    assert_untouched();
    node_expect(node_call("DELETE", "/v1/projects/a", NULL), 200, "");
    assert_int_equal(node_supervisor.snapshot.listener_count, 2);
    node_expect(node_call("GET", "/v1/projects/b", NULL), 200, "10.0.0.8:1");
}

static void without_an_edge_the_others_are_served(void **state)
{
    char path[200];

    (void)state;
    serve_and_kill();
    make_folder("b");
    node_revive(0);
    node_wait_event("READY");
    assert_int_equal(node_supervisor.snapshot.listener_count, 2);
    node_expect(node_call("GET", "/v1/projects", NULL), 200,
                "{\"name\":\"b\",\"state\":\"left out\",\"error\":");
    path_of("b", path);
    assert_int_equal(rmdir(path), 0);
    keep("b", PROJECT(":8081", "10.0.0.8:1"));
    wait_served("b");
    assert_int_equal(node_supervisor.snapshot.listener_count, 3);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, node_start, node_stop)
    const struct CMUnitTest tests[] = {
        TEST(what_an_edge_serves_stays_until_all_can_be_read),
        TEST(a_change_of_what_cannot_be_read_ends_it),
        TEST(a_removal_of_what_cannot_be_read_ends_it),
        TEST(two_that_cannot_be_read_are_mended_one_by_one),
        TEST(without_an_edge_the_others_are_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

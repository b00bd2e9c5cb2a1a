/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of a call fails once: the call says so, or does without, and nothing leaks. The
 * engine is in memory, so that nobody else allocates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/conversation.h"
#include "engine/events.h"
#include "engine/image.h"
#include "engine/network.h"
#include "fault.h"
#include "os/os.h"

#define FD      1000
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"

static const char ping[] = "HTTP/1.1 200 OK\r\nApi-Version: 1.48\r\nContent-Length: 2\r\n\r\nOK";
static const char *answer; /* to all but the ping */
static size_t answer_size;
static const char *next;
static size_t left;
static bool has_pinged;

static int give_socket(int domain, int type, int protocol)
{
    (void)domain;
    (void)type;
    (void)protocol;
    return FD;
}

static int take_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    (void)fd;
    (void)address;
    (void)size;
    next = has_pinged ? answer : ping;
    left = has_pinged ? answer_size : sizeof(ping) - 1;
    has_pinged = true;
    return 0;
}

static ssize_t take_send(int fd, const void *data, size_t size, int flags)
{
    (void)fd;
    (void)data;
    (void)flags;
    return (ssize_t)size;
}

static ssize_t give_received(int fd, void *data, size_t size, int flags)
{
    (void)fd;
    (void)flags;
    if (size > left)
        size = left;
    memcpy(data, next, size);
    next += size;
    left -= size;
    return (ssize_t)size;
}

static int take_close(int fd)
{
    return fd == FD ? 0 : os_default_ops.close(fd);
}

struct asked {
    struct engine engine;
    struct arena arena;
    struct error *error;
};

static int create(struct asked *asked)
{
    static const struct engine_pair labels[] = {{"a", "b"}};
    static const struct engine_mount mounts[] = {
        {.type = "volume", .source = "v", .target = "/v", .subpath = "s"}};
    static const struct engine_port_binding bindings[] = {{"80/tcp", "", "8080"}};
    static const struct engine_endpoint endpoints[] = {{.network = "n"}, {.network = "m"}};
    static const char *const command[] = {"sh", "-c", "true", NULL};
    const char *id;

    return engine_create_container(&asked->engine, &asked->arena, "name", NULL,
                                   &(struct engine_container_config){.image = "x",
                                                                     .command = command,
                                                                     .labels = {labels, 1},
                                                                     .mounts = mounts,
                                                                     .mount_count = 1,
                                                                     .port_bindings = bindings,
                                                                     .port_binding_count = 1,
                                                                     .endpoints = endpoints,
                                                                     .endpoint_count = 2},
                                   &id, NULL, &asked->error);
}

static int list(struct asked *asked)
{
    static const struct engine_pair filters[] = {{"label", "a=b"}, {"label", "c"}, {"status", "x"}};
    struct engine_container_summary *summaries;
    uint32_t count;

    return engine_list_containers(&asked->engine, &asked->arena, true,
                                  (struct engine_pairs){filters, 3}, &summaries, &count,
                                  &asked->error);
}

static int inspect(struct asked *asked)
{
    struct engine_container container;

    return engine_inspect_container(&asked->engine, &asked->arena, "c", &container, &asked->error);
}

static int take_line(void *context, bool is_errors, uint64_t unix_ns, const char *text, size_t size)
{
    (void)context;
    (void)is_errors;
    (void)unix_ns;
    (void)text;
    (void)size;
    return 0;
}

static int logs(struct asked *asked)
{
    const struct engine_log_options options = {.has_output = true, .tail = 5};

    return engine_read_logs(&asked->engine, "c", &options, take_line, NULL, &asked->error);
}

static int take_event(void *context, const struct engine_event *event)
{
    (void)context;
    (void)event;
    return 0;
}

static int events(struct asked *asked)
{
    const struct engine_event_options options = {.sink = take_event, .until_unix_ns = 1};

    return engine_follow_events(&asked->engine, &options, &asked->error);
}

static int pull(struct asked *asked)
{
    return engine_pull_image(&asked->engine,
                             &(struct engine_pull){.reference = "a", .credentials = "e30="},
                             &asked->error);
}

static int attach(struct asked *asked)
{
    struct engine_conversation *conversation;
    int r = engine_attach_container(&asked->engine, "c", &(struct engine_attach){0}, &conversation,
                                    &asked->error);

    if (r == 0)
        (void)engine_conversation_close(conversation);
    return r;
}

static const struct {
    int (*ask)(struct asked *asked);
    const char *answer;
    size_t size;
} table[] = {
#define ROW(function, text)                                                                        \
    {                                                                                              \
        function, text, sizeof(text) - 1                                                           \
    }
    ROW(create, OK_HEAD "{\"Id\":\"c\",\"Warnings\":[\"w\"]}"),
    ROW(list, OK_HEAD
        "[{\"Id\":\"a\",\"Names\":[\"/x\"],\"Labels\":{\"a\":\"b\"},\"State\":\"exited\"}]"),
    ROW(inspect, OK_HEAD "{\"Id\":\"a\",\"Config\":{\"Env\":[\"A=1\"]},\"NetworkSettings\":"
                         "{\"Networks\":{\"n\":{\"Aliases\":[\"x\"]}}}}"),
    ROW(inspect, "HTTP/1.1 404 Not Found\r\n\r\n{\"message\":\"none\"}"),
    ROW(logs, OK_HEAD "\x01\0\0\0\0\0\0\x04one\n\x02\0\0\0\0\0\0\x03two"),
    ROW(events, OK_HEAD "{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"Attributes\":"
                        "{\"a\":\"b\"}}}\n"),
    ROW(pull, OK_HEAD "{\"status\":\"Downloading\",\"id\":\"l\"}\r\n{\"errorDetail\":{\"message\":"
                      "\"manifest unknown\"}}\r\n"),
    ROW(attach, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"),
#undef ROW
};

/* Whether one failed: when none did, all were tried. */
static bool try_one(size_t row, size_t number)
{
    size_t before = fault_outstanding();
    struct engine_place *place = NULL;
    struct asked asked = {.error = NULL};
    int r;

    answer = table[row].answer;
    answer_size = table[row].size;
    has_pinged = false;
    arena_init(&asked.arena, (size_t)1 << 24);
    fault_fail_allocation(number);
    r = engine_place_new("/x", &place, &asked.error);
    if (r == 0) {
        asked.engine = engine_at(place, -1);
        r = table[row].ask(&asked);
    }
    fault_reset();
    assert_int_equal(r < 0, asked.error != NULL);
    arena_deinit(&asked.arena);
    (void)engine_place_free(place);
    (void)error_free(asked.error);
    if (fault_outstanding() != before)
        fail_msg("row %zu leaks when allocation %zu fails", row, number);
    return fault_allocation_failed();
}

static void test_every_allocation_fails_once(void **state)
{
    struct os_ops ops = os_default_ops;

    (void)state;
    ops.socket = give_socket;
    ops.connect = take_connect;
    ops.send = take_send;
    ops.recv = give_received;
    ops.close = take_close;
    (void)os_set_ops(&ops);
    for (size_t row = 0; row < sizeof(table) / sizeof(table[0]); row++) {
        size_t number = 1;

        while (try_one(row, number))
            number++;
        assert_true(number > 5);
    }
    (void)os_set_ops(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation_fails_once)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that are cut, broken, too large or slow; streams; refusals. */
#include "fake_engine.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "base/strbuf.h"
#include "base/text.h"
#include "engine/container.h"
#include "engine/conversation.h"
#include "engine/events.h"
#include "engine/frames.h"
#include "engine/image.h"
#include "engine/network.h"

static void answer(const char *data)
{
    fake_add_ping(FAKE_PING("1.43"));
    fake_add(NULL, data);
    fake_start();
}

static void expect(int r, int wanted, const char *message)
{
    if (r != wanted)
        fail_msg("%d (%s) in the place of %d", r, error != NULL ? error->message : "no error",
                 wanted);
    if (message != NULL && strstr(error->message, message) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", message, error->message);
}

static int inspect(struct engine_container *container)
{
    return engine_inspect_container(&engine, &arena, "c", container, &error);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *answer;
        int code;
        const char *message;
    } table[] = {
        {"HTTP/1.1 404 Not Found\r\n\r\n{\"message\":\"No such container: c\\n\"}", -ENOENT,
         "No such container: c"},
        {"HTTP/1.1 400 Bad Request\r\n\r\n{\"message\":\"bad\"}", -EINVAL, "bad"},
        {"HTTP/1.1 401 Unauthorized\r\n\r\n{\"message\":\"who\"}", -EACCES, "who"},
        {"HTTP/1.1 403 Forbidden\r\n\r\n{\"message\":\"endpoint with name x already exists in "
         "network y\"}",
         -EEXIST, "already"},
        {"HTTP/1.1 403 Forbidden\r\n\r\n{\"message\":\"network y has active endpoints\"}", -EBUSY,
         "active"},
        {"HTTP/1.1 409 Conflict\r\n\r\n{\"message\":\"The name is already in use by container z\"}",
         -EEXIST, "name"},
        {"HTTP/1.1 409 Conflict\r\n\r\n{\"message\":\"volume is in use\"}", -EBUSY, "in use"},
        {"HTTP/1.1 500 Error\r\n\r\n{\"message\":\"Bind for 0.0.0.0:80 failed: port is already "
         "allocated\"}",
         -EADDRINUSE, "port is"},
        {"HTTP/1.1 500 Error\r\n\r\n{\"message\":\"write x: no space left on device\"}", -ENOSPC,
         "space"},
        {"HTTP/1.1 500 Error\r\n\r\n{\"message\":\"boom\"}", -EIO, "boom"},
        {"HTTP/1.1 501 Not Implemented\r\n\r\n{\"message\":\"no\"}", -EOPNOTSUPP, "no"},
        {"HTTP/1.1 500 Error\r\n\r\n<html>", -EIO, "status 500"},
        {"HTTP/1.1 500 Error\r\n\r\n", -EIO, "status 500"},
        {"HTTP/1.1 502 Bad Gateway\r\n\r\n{\"message\":5}", -EIO, "status 502"},
        {"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", -EIO, "status 302"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct engine_container container;

        answer(table[i].answer);
        expect(inspect(&container), table[i].code, table[i].message);
        fake_stop();
    }
}

static void test_broken_answers(void **state)
{
    static const struct {
        const char *answer;
        int code;
    } table[] = {
        {FAKE_OK("{\"Id\":"), -EPROTO},
        {FAKE_OK(""), -EPROTO},
        {FAKE_OK("null"), -EPROTO},
        {FAKE_OK("[]"), -EPROTO},
        {FAKE_OK("{}"), -EPROTO},
        {FAKE_OK("{\"Id\":5}"), -EPROTO},
        {FAKE_OK("{\"Id\":\"\"}"), -EPROTO},
        {FAKE_OK("{\"Id\":\"a\\u0000b\"}"), -EPROTO},
        {FAKE_OK("{\"Id\":\"\xff\"}"), -EPROTO},
        {"", -ECONNRESET},
        {"HTTP/1.1 200 OK\r\n", -ECONNRESET},
        {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"Id\":\"a\"}", -ECONNRESET},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"Id\"", -ECONNRESET},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", -EPROTO},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", -EPROTO},
        {"\r\n\r\n\r\n", -EPROTO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct engine_container container;

        answer(table[i].answer);
        expect(inspect(&container), table[i].code, NULL);
        fake_stop();
    }
}

/* Members of another type than they should be are as if they were not there. */
static void test_other_types(void **state)
{
    struct engine_container container;

    (void)state;
    answer(FAKE_OK("{\"Id\":\"a\",\"Name\":[],\"State\":\"x\",\"Config\":{\"Labels\":[1],"
                   "\"Env\":[1,null,\"A=1\"],\"Cmd\":{}},\"Mounts\":{\"a\":1},\"NetworkSettings\":"
                   "{\"Networks\":{\"n\":null,\"m\":[]},\"Ports\":{\"x\":7,\"99999/tcp\":[{}]}},"
                   "\"RestartCount\":1e300,\"Created\":-5}"));
    expect(inspect(&container), 0, NULL);
    assert_string_equal(container.name, "");
    assert_int_equal(container.state, ENGINE_CONTAINER_DEAD);
    assert_int_equal(container.labels.count, 0);
    assert_string_equal(container.environment[0], "A=1");
    assert_null(container.environment[1]);
    assert_int_equal(container.endpoint_count, 2);
    assert_int_equal(container.restart_count, 0);
    assert_int_equal(container.created_unix_ns, 0);
    for (uint32_t i = 0; i < container.port_count; i++)
        assert_int_equal(container.ports[i].port, 0);
    fake_stop();
}

static void test_depth_is_limited(void **state)
{
    struct engine_container container;
    size_t depth = 1000000;
    char *data = malloc(depth + 128);

    (void)state;
    assert_non_null(data);
    (void)snprintf(data, 128, "%s", FAKE_OK("{\"Id\":"));
    memset(data + strlen(data), '[', depth);
    data[strlen(FAKE_OK("{\"Id\":")) + depth] = '\0';
    answer(data);
    expect(inspect(&container), -EPROTO, NULL);
    fake_stop();
    free(data);
}

static void test_size_is_limited(void **state)
{
    struct engine_container container;
    size_t size = ENGINE_ANSWER_MAX + 4096;
    char *data = malloc(size + 1);

    (void)state;
    assert_non_null(data);
    memset(data, ' ', size);
    memcpy(data, FAKE_OK(""), strlen(FAKE_OK("")));
    data[size] = '\0';
    answer(data);
    expect(inspect(&container), -EFBIG, "too large");
    fake_stop();
    free(data);
}

/* The arena's limit is the caller's; the call tells, and does not jump. */
static void test_small_arenas(void **state)
{
    struct engine_network *networks;
    struct arena small;
    uint32_t count;
    size_t size = 100000;
    char *data = malloc(size + 128);

    (void)state;
    assert_non_null(data);
    (void)snprintf(data, 128, "%s", FAKE_OK("[{\"Id\":\"n\",\"Name\":\""));
    memset(data + strlen(data), 'x', size);
    (void)snprintf(data + size, 128, "\"}]");
    answer(data);
    arena_init(&small, 4096);
    expect(
        engine_list_networks(&engine, &small, (struct engine_pairs){0}, &networks, &count, &error),
        -E2BIG, NULL);
    arena_deinit(&small);
    fake_stop();
    free(data);
}

static void test_slow_and_chunked(void **state)
{
    static const char body[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "5;x=y\r\n{\"Id\"\r\n6\r\n:\"abc\"\r\n1\r\n}\r\n0\r\nT: v\r\n\r\n";

    (void)state;
    for (size_t part = 1; part < sizeof(body); part += 3) {
        struct engine_container container;

        answer(body);
        fake_answers[1].part = part;
        expect(inspect(&container), 0, NULL);
        assert_string_equal(container.id, "abc");
        fake_stop();
    }
}

static void test_waiting_can_be_cancelled(void **state)
{
    int fd = eventfd(1, EFD_CLOEXEC);
    struct engine own;
    int64_t code;

    (void)state;
    answer("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
    fake_answers[1].stays = true;
    assert_int_equal(engine_ping(&engine, &error), 0);
    own = engine_at(place, fd);
    expect(engine_wait_container(&own, "c", ENGINE_WAIT_NEXT_EXIT, &code, &error), -ECANCELED,
           "cancelled");
    fake_stop();
    (void)close(fd);
}

/* Streams of JSON */

static int take_event(void *context, const struct engine_event *event)
{
    char *seen = context;
    size_t used = strlen(seen);

    (void)snprintf(seen + used, 256 - used, "%s %s %s %llu;", event->type, event->action, event->id,
                   (unsigned long long)event->unix_ns);
    return text_equal(event->action, "stop here") ? 5 : 0;
}

#define EVENT(action)                                                                              \
    "{\"status\":\"s\",\"Type\":\"container\",\"Action\":\"" action "\",\"Actor\":{\"ID\":\"c1\"," \
    "\"Attributes\":{\"name\":\"web\"}},\"time\":1,\"timeNano\":1000000002}"

static void follow(const char *data, size_t part, int wanted, const char *wanted_seen)
{
    char seen[256] = "";
    struct engine_event_options options = {.sink = take_event, .context = seen};

    answer(data);
    fake_answers[1].part = part;
    expect(engine_follow_events(&engine, &options, &error), wanted, NULL);
    assert_string_equal(seen, wanted_seen);
    fake_stop();
}

static void test_events(void **state)
{
    static const char two[] = FAKE_OK(EVENT("start") "\r\n\n" EVENT("die") "\n");

    (void)state;
    for (size_t part = 1; part < sizeof(two); part += 7)
        follow(two, part, -ECONNRESET,
               "container start c1 1000000002;container die c1 1000000002;");
    follow(FAKE_OK(EVENT("start") "\n" EVENT("stop here") "\n" EVENT("never") "\n"), 0, 5,
           "container start c1 1000000002;container stop here c1 1000000002;");
    follow(FAKE_OK(EVENT("start") "\n{\"Type\":\n"), 0, -EPROTO, "container start c1 1000000002;");
    follow(FAKE_OK("{\"Type\":\"image\"}\n{}\n[]\n"), 0, -ECONNRESET, "image   0;");
}

static void test_event_lines_are_limited(void **state)
{
    size_t size = ENGINE_LINE_MAX + 100000;
    char *data = malloc(size + 1);

    (void)state;
    assert_non_null(data);
    memset(data, '[', size);
    memcpy(data, FAKE_OK(""), strlen(FAKE_OK("")));
    data[size] = '\0';
    follow(data, 0, -EPROTO, "");
    free(data);
}

static void test_event_query(void **state)
{
    static const struct engine_pair filters[] = {
        {"type", "container"}, {"label", "a=b"}, {"label", "c"}};
    char seen[256] = "";
    struct engine_event_options options = {.sink = take_event,
                                           .context = seen,
                                           .filters = {filters, 3},
                                           .since_unix_ns = 1000000002,
                                           .until_unix_ns = 3};

    (void)state;
    answer(FAKE_OK(""));
    fake_answers[1].wants = "GET /v1.43/events?filters=%7B%22type%22:%5B%22container%22%5D%2C"
                            "%22label%22:%5B%22a%3Db%22%2C%22c%22%5D%7D&since=1.000000002&"
                            "until=0.000000003 ";
    expect(engine_follow_events(&engine, &options, &error), 0, NULL);
    fake_stop();
}

static void pull(const char *reference, const char *wants, const char *data, int wanted,
                 const char *message)
{
    struct engine_pull what = {.reference = reference};

    answer(data);
    fake_answers[1].wants = wants;
    expect(engine_pull_image(&engine, &what, &error), wanted, message);
    fake_stop();
}

static void test_pull(void **state)
{
    (void)state;
    pull("nginx", "POST /v1.43/images/create?fromImage=nginx&tag=latest ",
         FAKE_OK("{\"status\":\"x\",\"id\":\"l1\"}\r\n"), 0, NULL);
    pull("h:5000/a/b:1.2", "POST /v1.43/images/create?fromImage=h:5000%2Fa%2Fb&tag=1.2 ",
         FAKE_OK(""), 0, NULL);
    pull("h/a:1@sha256:ab", "POST /v1.43/images/create?fromImage=h%2Fa&tag=sha256:ab ", FAKE_OK(""),
         0, NULL);
    pull("x", NULL,
         FAKE_OK("{\"errorDetail\":{\"message\":\"manifest unknown: manifest unknown\"},"
                 "\"error\":\"old\"}\r\n"),
         -ENOENT, "manifest unknown");
    pull("x", NULL, FAKE_OK("{\"error\":\"unauthorized: no\"}\r\n"), -EACCES, "unauthorized");
    pull("x", NULL,
         FAKE_OK("{\"errorDetail\":{\"message\":\"no matching manifest for linux/s390x in the "
                 "manifest list entries\"}}\r\n"),
         -ENOEXEC, "no matching");
}

/* Output */

static const char log_data[] = "\x01\0\0\0\0\0\0\x23"
                               "2024-02-29T12:00:00.000000001Z one\n"
                               "\x02\0\0\0\0\0\0\x25"
                               "2024-02-29T12:00:00.000000002Z error\n"
                               "\x01\0\0\0\0\0\0\0"
                               "\x01\0\0\0\0\0\0\x20"
                               "2024-02-29T12:00:00.000000003Z \n"
                               "\x01\0\0\0\0\0\0\x22"
                               "2024-02-29T12:00:00.000000004Z cut"
                               "\x01\0\0\0\0\0\0\x23"
                               "2024-02-29T12:00:00.000000005Z end\n";

static int take_line(void *context, bool is_errors, uint64_t unix_ns, const char *text, size_t size)
{
    char *seen = context;
    size_t used = strlen(seen);

    (void)snprintf(seen + used, 256 - used, "%c%d:%.*s;", is_errors ? 'E' : 'O',
                   (int)(unix_ns % 1000), (int)size, text);
    return 0;
}

static void read_logs(const char *body, size_t body_size, size_t part, bool has_terminal,
                      int wanted, const char *wanted_seen)
{
    const struct engine_log_options options = {
        .has_output = true, .has_errors = true, .tail = -1, .has_terminal = has_terminal};
    char data[1024], seen[256] = "";
    size_t head = strlen(FAKE_OK(""));

    assert_true(head + body_size <= sizeof(data));
    memcpy(data, FAKE_OK(""), head);
    memcpy(data + head, body, body_size);
    fake_add_ping(FAKE_PING("1.43"));
    fake_add("GET /v1.43/containers/c/logs?timestamps=1&stdout=1&stderr=1 ", data);
    fake_answers[1].size = head + body_size;
    fake_answers[1].part = part;
    fake_start();
    expect(engine_read_logs(&engine, "c", &options, take_line, seen, &error), wanted, NULL);
    assert_string_equal(seen, wanted_seen);
    fake_stop();
}

static void test_logs(void **state)
{
    static const char raw[] = "2024-02-29T12:00:00.000000001Z one\r\n"
                              "no time\r\n2024-02-29T12:00:00.000000002Z end";
    const char *seen = "O1:one;E2:error;O3:;O4:cut;O5:end;";

    (void)state;
    for (size_t part = 1; part < sizeof(log_data); part += 5)
        read_logs(log_data, sizeof(log_data) - 1, part, false, 0, seen);
    read_logs(log_data, sizeof(log_data) - 1, 0, false, 0, seen);
    read_logs(raw, sizeof(raw) - 1, 3, true, 0, "O1:one;O0:no time;O2:end;");
    read_logs("\x09\0\0\0\0\0\0\1x", 9, 0, false, -EPROTO, "");
    read_logs("\x01\0\0\1\0\0\0\1x", 9, 0, false, -EPROTO, "");
}

/* Cut at every byte, and at every pair of bytes, the frames give the same. */
static void test_frames_do_not_depend_on_cuts(void **state)
{
    char whole[512] = "";

    (void)state;
    for (size_t first = 0; first < sizeof(log_data); first++) {
        for (size_t second = first; second < sizeof(log_data); second++) {
            const size_t cuts[] = {0, first, second, sizeof(log_data) - 1};
            char output[512];
            size_t used = 0;
            struct frames frames;

            frames_init(&frames, false);
            for (int i = 0; i < 3; i++) {
                size_t at = cuts[i];

                while (at < cuts[i + 1]) {
                    size_t consumed, length;

                    assert_true(frames_next(&frames, log_data + at, cuts[i + 1] - at, &consumed,
                                            &length) != FRAMES_REFUSED);
                    at += consumed;
                    memcpy(output + used, log_data + at - length, length);
                    used += length;
                }
            }
            assert_true(frames_may_end(&frames));
            output[used] = '\0';
            if (whole[0] == '\0')
                memcpy(whole, output, used + 1);
            assert_string_equal(output, whole);
        }
    }
    assert_non_null(strstr(whole, "cut2024"));
}

/* Conversations: what is written comes back, in frames that the fake one does not make, so raw. */
static void converse(const char *head)
{
    struct engine_conversation *conversation;
    struct strbuf heard;
    char part[16];
    bool is_errors;
    long length;

    answer(head);
    fake_answers[1].echoes = true;
    fake_answers[1].wants = "POST /v1.43/exec/e1/start ";
    strbuf_init(&heard, 1 << 16);
    expect(engine_start_exec(&engine, "e1", true, &conversation, &error), 0, NULL);
    assert_non_null(strstr(fake_requests[1], "Upgrade: tcp\r\n"));
    assert_int_equal(
        engine_conversation_write(conversation, "hello there, who are you", 24, &error), 24);
    assert_int_equal(engine_conversation_end_input(conversation), 0);
    while ((length = engine_conversation_read(conversation, part, sizeof(part), &is_errors,
                                              &error)) != 0) {
        struct pollfd poll_fd = {.fd = engine_conversation_fd(conversation), .events = POLLIN};

        if (length == -EAGAIN)
            assert_int_equal(poll(&poll_fd, 1, 30000), 1);
        else if (length < 0)
            expect((int)length, 0, NULL);
        else
            strbuf_append(&heard, part, (size_t)length);
    }
    assert_string_equal(strbuf_text(&heard), "first, hello there, who are you");
    strbuf_deinit(&heard);
    (void)engine_conversation_close(conversation);
    fake_stop();
}

static void test_conversations(void **state)
{
    struct engine_conversation *conversation;

    (void)state;
    converse("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
             "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\nfirst, ");
    converse("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nfirst, ");
    answer("HTTP/1.1 409 Conflict\r\n\r\n{\"message\":\"Container c is not running\"}");
    expect(engine_start_exec(&engine, "e1", true, &conversation, &error), -EBUSY, "not running");
    fake_stop();
}

/* Framed output that ends inside a frame was cut off. */
static void test_conversation_that_is_cut(void **state)
{
    static const char data[] =
        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
        "\x02\0\0\0\0\0\0\x05ohh";
    struct engine_conversation *conversation;
    char part[16];
    bool is_errors = false;
    long length;

    (void)state;
    answer(data);
    fake_answers[1].size = sizeof(data) - 1;
    expect(engine_attach_container(&engine, "c", &(struct engine_attach){0}, &conversation, &error),
           0, NULL);
    while ((length = engine_conversation_read(conversation, part, sizeof(part), &is_errors,
                                              &error)) == -EAGAIN) {
        struct pollfd poll_fd = {.fd = engine_conversation_fd(conversation), .events = POLLIN};

        assert_int_equal(poll(&poll_fd, 1, 30000), 1);
    }
    assert_int_equal(length, 3);
    assert_true(is_errors);
    while ((length = engine_conversation_read(conversation, part, sizeof(part), &is_errors,
                                              &error)) == -EAGAIN) {
        struct pollfd poll_fd = {.fd = engine_conversation_fd(conversation), .events = POLLIN};

        assert_int_equal(poll(&poll_fd, 1, 30000), 1);
    }
    assert_int_equal(length, -ECONNRESET);
    (void)engine_conversation_close(conversation);
    fake_stop();
}

static void test_build_that_fails(void **state)
{
    int fds[2];
    struct engine_build build = {0};
    const char *id;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "tar", 3), 3);
    (void)close(fds[1]);
    build.context_fd = fds[0];
    answer(FAKE_OK("{\"stream\":\"Step 1\"}\r\n{\"errorDetail\":{\"code\":9,\"message\":\"The "
                   "command '/bin/sh -c exit 9' returned a non-zero code: 9\"}}\r\n"));
    fake_answers[1].wants = "POST /v1.43/build?version=1&rm=1&forcerm=1 ";
    expect(engine_build_image(&engine, &arena, &build, &id, &error), -EIO, "non-zero code: 9");
    assert_non_null(strstr(fake_requests[1], "3\r\ntar\r\n0\r\n\r\n"));
    fake_stop();
    (void)close(fds[0]);
}

/* A build that is refused while its context is still being sent, by an engine that reads no more of
 * it, and by one that has gone. */
static void test_build_refused_early(void **state)
{
    const char *id;

    (void)state;
    for (int stays = 0; stays < 2; stays++) {
        int fd = memfd_create("context", MFD_CLOEXEC);
        const struct engine_build build = {.context_fd = fd};

        assert_int_equal(ftruncate(fd, 64 << 20), 0);
        answer(
            "HTTP/1.1 400 Bad Request\r\nContent-Length: 22\r\n\r\n{\"message\":\"no way\"}\n\n");
        fake_answers[1].is_early = true;
        fake_answers[1].stays = stays == 1;
        expect(engine_build_image(&engine, &arena, &build, &id, &error), -EINVAL, "no way");
        fake_stop();
        (void)close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_broken_answers),
        cmocka_unit_test(test_other_types),
        cmocka_unit_test(test_depth_is_limited),
        cmocka_unit_test(test_size_is_limited),
        cmocka_unit_test(test_small_arenas),
        cmocka_unit_test(test_slow_and_chunked),
        cmocka_unit_test(test_waiting_can_be_cancelled),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_event_lines_are_limited),
        cmocka_unit_test(test_event_query),
        cmocka_unit_test(test_pull),
        cmocka_unit_test(test_logs),
        cmocka_unit_test(test_frames_do_not_depend_on_cuts),
        cmocka_unit_test(test_conversations),
        cmocka_unit_test(test_conversation_that_is_cut),
        cmocka_unit_test(test_build_that_fails),
        cmocka_unit_test(test_build_refused_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

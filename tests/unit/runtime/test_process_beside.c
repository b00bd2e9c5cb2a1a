/* SPDX-License-Identifier: Apache-2.0 */
/* What runs beside a native instance: healthchecks, hooks, programs run in it; and the socket that
 * it is handed. */
#include "process_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERVICE(rest) "services: {api: {x-slipway: {runtime: process}, " rest "}}"
#define SERVE         "@serve"

/* Health */

static void test_health_follows_the_check(void **state)
{
    const char *id = process_started(arena_printf(
        &fixture_arena,
        SERVICE("working_dir: %s, command: [/bin/sleep, '1000'], healthcheck: {test: [CMD-SHELL, "
                "'test -e good'], interval: 20ms, timeout: 5s, retries: 2}"),
        process_state));
    const char *good = arena_printf(&fixture_arena, "%s/good", process_state);

    (void)state;
    AWAIT(process_status_of(id).health == INSTANCE_HEALTH_UNHEALTHY);
    assert_int_equal(os_make_folder(good, 0700), 0);
    AWAIT(process_status_of(id).health == INSTANCE_HEALTH_HEALTHY);
    assert_int_equal(rmdir(good), 0);
    AWAIT(process_status_of(id).health == INSTANCE_HEALTH_UNHEALTHY);
    assert_int_equal(process_observed().instances[0].health, INSTANCE_HEALTH_UNHEALTHY);
    process_stop_it(id, 0);
    assert_int_equal(process_observed().instances[0].health, INSTANCE_HEALTH_NONE);
}

/* A check that hangs has failed, and is ended. */
static void test_health_times_out(void **state)
{
    const char *id = process_started(
        SERVICE("command: [/bin/sleep, '1000'], healthcheck: {test: [CMD, sleep, '1000'], "
                "interval: 10ms, timeout: 50ms, retries: 2}"));

    (void)state;
    assert_int_equal(process_status_of(id).health, INSTANCE_HEALTH_STARTING);
    AWAIT(process_status_of(id).health == INSTANCE_HEALTH_UNHEALTHY);
}

static void test_health_start_period(void **state)
{
    const char *id = process_started(arena_printf(
        &fixture_arena,
        SERVICE("working_dir: %s, command: [/bin/sleep, '1000'], healthcheck: {test: [CMD-SHELL, "
                "'echo x >> tries; test -e good'], interval: 1h, start_period: 1h, "
                "start_interval: 10ms, retries: 1}"),
        process_state));
    const char *tries = arena_printf(&fixture_arena, "%s/tries", process_state);
    struct stat status = {0};

    (void)state;
    AWAIT(stat(tries, &status) == 0 && status.st_size >= 6);
    assert_int_equal(process_status_of(id).health, INSTANCE_HEALTH_STARTING);
    assert_int_equal(os_make_folder(arena_printf(&fixture_arena, "%s/good", process_state), 0700),
                     0);
    AWAIT(process_status_of(id).health == INSTANCE_HEALTH_HEALTHY);
}

/* Hooks */

static void test_hooks(void **state)
{
    const char *id = process_started(arena_printf(
        &fixture_arena,
        SERVICE("working_dir: %s, command: [/bin/sh, -c, \"trap 'echo term >> seen; exit 0' TERM; "
                "echo on; while :; do sleep 0.02; done\"], "
                "post_start: [{command: [/bin/sh, -c, 'echo first $X >> seen'], environment: {X: "
                "'1'}}, {command: [/bin/sh, -c, 'echo second >> seen']}], "
                "pre_stop: [{command: [/bin/sh, -c, 'echo before >> seen']}]"),
        process_state));
    const char *seen = arena_printf(&fixture_arena, "%s/seen", process_state);
    char text[128] = "";
    struct stat status = {0};
    int fd;

    (void)state;
    AWAIT(stat(seen, &status) == 0 && status.st_size == 15);
    AWAIT(strstr(process_output(id), "on") != NULL);
    process_stop_it(id, DEADLINE_NS);
    fd = open(seen, O_RDONLY);
    assert_true(read(fd, text, sizeof(text) - 1) > 0);
    (void)close(fd);
    assert_string_equal(text, "first 1\nsecond\nbefore\nterm\n");
}

static void test_hanging_hook_does_not_hold_the_stop(void **state)
{
    const char *id = process_started(
        SERVICE("command: [/bin/sleep, '1000'], pre_stop: [{command: [/bin/sleep, '1000']}]"));

    (void)state;
    process_stop_it(id, 100 * TIME_MILLISECOND);
    assert_int_equal(process_status_of(id).exit_code, 128 + SIGTERM);
}

/* Programs run in it */

struct talk {
    const char *id;
    const struct runtime_exec_options *options;
    int fd;
    int result;
    struct error *error;
};

static void *talk_run(void *context)
{
    struct talk *talk = context;

    talk->result = process_runtime->class->exec(process_runtime, PROJECT, talk->id, talk->options,
                                                talk->fd, &talk->error);
    (void)shutdown(talk->fd, SHUT_RDWR);
    return NULL;
}

static void send_frame(int fd, uint8_t type, const void *data, size_t size)
{
    uint8_t head[8] = {type, 0, 0, 0, 0, 0, (uint8_t)(size >> 8), (uint8_t)size};

    assert_int_equal(write(fd, head, sizeof(head)), sizeof(head));
    if (size > 0)
        assert_int_equal(write(fd, data, size), size);
}

static bool read_fully(int fd, void *data, size_t size)
{
    char *next = data;

    while (size > 0) {
        ssize_t length = read(fd, next, size);

        if (length <= 0)
            return false;
        next += length;
        size -= (size_t)length;
    }
    return true;
}

/* All frames up to the end: output into the text, errors behind "!"; the status. */
static int read_frames(int fd, struct strbuf *text)
{
    uint8_t head[8];
    char data[65536];
    int status = -1;

    while (read_fully(fd, head, sizeof(head))) {
        size_t size = (size_t)head[6] << 8 | head[7];

        assert_true(read_fully(fd, data, size));
        if (head[0] == RUNTIME_FRAME_EXIT) {
            status = (uint8_t)data[3];
            break;
        }
        if (head[0] == RUNTIME_FRAME_ERRORS)
            strbuf_append_char(text, '!');
        strbuf_append(text, data, size);
    }
    return status;
}

static int converse(const char *id, const struct runtime_exec_options *options, const char *input,
                    const char **ret_text)
{
    struct talk talk = {.id = id, .options = options};
    struct strbuf text;
    pthread_t thread;
    int ends[2];
    int status;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    talk.fd = ends[1];
    strbuf_init(&text, 1 << 20);
    assert_int_equal(pthread_create(&thread, NULL, talk_run, &talk), 0);
    if (input != NULL) {
        send_frame(ends[0], RUNTIME_FRAME_INPUT, input, strlen(input));
        send_frame(ends[0], RUNTIME_FRAME_INPUT, NULL, 0);
    }
    status = read_frames(ends[0], &text);
    assert_int_equal(pthread_join(thread, NULL), 0);
    if (talk.result < 0)
        strbuf_append_string(&text, talk.error->message);
    (void)error_free(talk.error);
    *ret_text = arena_strdup(&fixture_arena, strbuf_text(&text));
    strbuf_deinit(&text);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return talk.result < 0 ? talk.result : status;
}

static void test_exec(void **state)
{
    static const char *const script[] = {"/bin/sh", "-c",
                                         "cat; echo $WORD $MORE; pwd; echo bad >&2; exit 9", NULL};
    static const char *const more[] = {"MORE=two", NULL};
    static const char *const nothing[] = {"/nowhere/x", NULL};
    struct runtime_exec_options options = {
        .arguments = script, .environment = more, .has_input = true};
    const char *id = process_started(
        SERVICE("working_dir: /usr, environment: {WORD: one}, command: [/bin/sleep, '1000']"));
    const char *text;

    (void)state;
    assert_int_equal(converse(id, &options, "typed\n", &text), 9);
    fixture_assert_mentions("output", text, "typed\n");
    fixture_assert_mentions("output", text, "one two\n/usr\n");
    fixture_assert_mentions("errors", text, "!bad\n");
    options = (struct runtime_exec_options){.arguments = nothing};
    assert_true(converse(id, &options, NULL, &text) < 0);
    fixture_assert_mentions("failure", text, "/nowhere/x");
    process_stop_it(id, 0);
    assert_true(converse(id, &options, NULL, &text) < 0);
    fixture_assert_mentions("failure", text, "does not run");
}

static void test_exec_with_a_terminal(void **state)
{
    static const char *const script[] = {"/bin/sh", "-c", "tty; stty size; read x; echo got $x",
                                         NULL};
    struct runtime_exec_options options = {
        .arguments = script, .has_input = true, .has_terminal = true, .rows = 33, .columns = 77};
    const char *id = process_started(SERVICE("command: [/bin/sleep, '1000']"));
    const char *text;

    (void)state;
    assert_int_equal(converse(id, &options, "typed\n", &text), 0);
    fixture_assert_mentions("terminal", text, "/dev/");
    fixture_assert_mentions("terminal", text, "33 77");
    fixture_assert_mentions("terminal", text, "got typed");
}

/* Who hangs up ends what they ran. */
static void test_exec_ends_with_its_caller(void **state)
{
    static const char *const script[] = {"/bin/sh", "-c", "echo $$; exec sleep 1000", NULL};
    struct runtime_exec_options options = {.arguments = script};
    struct talk talk = {.options = &options};
    uint8_t head[8];
    char data[64] = "";
    pthread_t thread;
    int ends[2];
    int pid;

    (void)state;
    talk.id = process_started(SERVICE("command: [/bin/sleep, '1000']"));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    talk.fd = ends[1];
    assert_int_equal(pthread_create(&thread, NULL, talk_run, &talk), 0);
    assert_true(read_fully(ends[0], head, sizeof(head)));
    assert_true(read_fully(ends[0], data, head[7]));
    pid = (int)strtol(data, NULL, 10);
    assert_true(process_is_alive(pid));
    (void)close(ends[0]);
    assert_int_equal(pthread_join(thread, NULL), 0);
    AWAIT(!process_is_alive(pid));
    assert_int_equal(process_status_of(talk.id).state, INSTANCE_RUNNING);
    (void)close(ends[1]);
}

/* Attaching starts what was only created, and tells how it ended. */
static void test_attach(void **state)
{
    const char *id = process_created(SERVICE("command: [/bin/sh, -c, 'echo hello; exit 6']"));
    struct strbuf text;
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(
        process_runtime->class->attach(process_runtime, PROJECT, id, false, ends[1], NULL), 0);
    strbuf_init(&text, 1 << 16);
    assert_int_equal(read_frames(ends[0], &text), 6);
    assert_string_equal(strbuf_text(&text), "hello\n");
    strbuf_deinit(&text);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* One that is made for it is attached to from its start: with input, or a terminal. */
static void test_attach_with_input(void **state)
{
    static const char *const expected[] = {"got typed\n", "/dev/"};

    (void)state;
    for (int has_terminal = 0; has_terminal < 2; has_terminal++) {
        struct desired *desired = process_desired(
            has_terminal ? SERVICE("command: [/bin/sh, -c, 'tty; exit 4']")
                         : SERVICE("command: [/bin/sh, -c, 'read x; echo got $x; echo err >&2; "
                                   "exit 4']"));
        struct runtime_instance_options options = {.desired = desired,
                                                   .service = &desired->services[0],
                                                   .is_oneoff = true,
                                                   .has_input = true,
                                                   .has_terminal = has_terminal != 0,
                                                   .name = "once"};
        struct observed_instance instance;
        struct strbuf text;
        int ends[2];

        assert_int_equal(process_runtime->class->create(process_runtime, &fixture_arena, &options,
                                                        &instance, NULL),
                         0);
        assert_true(instance.is_oneoff);
        assert_string_equal(instance.name, "once");
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        send_frame(ends[0], RUNTIME_FRAME_INPUT, "typed\n", 6);
        assert_int_equal(process_runtime->class->attach(process_runtime, PROJECT, instance.id,
                                                        has_terminal != 0, ends[1], NULL),
                         0);
        strbuf_init(&text, 1 << 16);
        assert_int_equal(read_frames(ends[0], &text), 4);
        fixture_assert_mentions("output", strbuf_text(&text), expected[has_terminal]);
        strbuf_deinit(&text);
        (void)close(ends[0]);
        (void)close(ends[1]);
        assert_int_equal(process_status_of(instance.id).exit_code, 4);
    }
}

/* Sockets */

/* Answers one connection with its process number, and ends. */
static int serve(void)
{
    const char *count = getenv("LISTEN_FDS");
    const char *pid = getenv("LISTEN_PID");
    char text[32];
    int fd;

    if (count == NULL || strcmp(count, "1") != 0 || pid == NULL ||
        strtol(pid, NULL, 10) != getpid())
        return 2;
    fd = accept(3, NULL, NULL);
    (void)snprintf(text, sizeof(text), "%d\n", (int)getpid());
    return fd >= 0 && write(fd, text, strlen(text)) > 0 ? 0 : 1;
}

static int ask(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char text[32] = "";

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_true(read(fd, text, sizeof(text) - 1) > 0);
    (void)close(fd);
    return (int)strtol(text, NULL, 10);
}

/* Whoever connects while it starts again waits, and is not refused. */
static void test_activated_socket_outlives_restarts(void **state)
{
    char own[4096] = "";
    const char *id;
    struct observed observed;
    uint16_t port;
    int pids[3];

    (void)state;
    assert_true(readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
    id = process_started(
        arena_printf(&fixture_arena,
                     "services: {api: {x-slipway: {runtime: process, listen: activated}, expose: "
                     "['8000'], restart: always, command: ['%s', '" SERVE "']}}",
                     own));
    observed = process_observed();
    port = (uint16_t)strtol(observed.instances[0].ports[0].address + 10, NULL, 10);
    for (int i = 0; i < 3; i++)
        pids[i] = ask(port);
    assert_true(pids[0] > 1 && pids[0] != pids[1] && pids[1] != pids[2]);
    process_stop_it(id, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PROCESS_TEST(test_health_follows_the_check),
        PROCESS_TEST(test_health_times_out),
        PROCESS_TEST(test_health_start_period),
        PROCESS_TEST(test_hooks),
        PROCESS_TEST(test_hanging_hook_does_not_hold_the_stop),
        PROCESS_TEST(test_exec),
        PROCESS_TEST(test_exec_with_a_terminal),
        PROCESS_TEST(test_exec_ends_with_its_caller),
        PROCESS_TEST(test_attach),
        PROCESS_TEST(test_attach_with_input),
        PROCESS_TEST(test_activated_socket_outlives_restarts),
    };

    if (argc == 2 && strcmp(argv[1], SERVE) == 0)
        return serve();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

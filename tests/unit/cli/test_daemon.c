/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that talk to the daemon, against a thread that plays it: it notes each request and
 * answers with what the test has laid ready for its target.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli.h"

enum {
    TEXT_BYTES = 64 << 10,
    WORDS_MAX = 12,
    REQUESTS_MAX = 8
};

struct answer {
    const char *request; /* "GET /v1/targets"; NULL ends them */
    unsigned int status;
    const char *body;
};

static struct {
    char folder[64];
    char runtime[80];
    char file[128];
    int listener;
    pthread_t thread;
    const struct answer *answers;
    char requests[REQUESTS_MAX][TEXT_BYTES];
    size_t count;
} played;

static struct {
    int status;
    char out[TEXT_BYTES];
    char err[TEXT_BYTES];
    struct cli_tree tree; /* that was to be run; its texts are gone */
    char tree_text[TEXT_BYTES];
    bool has_tree;
} outcome;

/* The daemon */

/* Until the body is there as well. */
static void read_request(int fd, char *text)
{
    size_t length = 0;

    for (;;) {
        ssize_t count = recv(fd, text + length, TEXT_BYTES - 1 - length, 0);
        const char *end, *size;

        if (count <= 0)
            return;
        length += (size_t)count;
        text[length] = '\0';
        end = strstr(text, "\r\n\r\n");
        size = strcasestr(text, "\r\ncontent-length:");
        if (end != NULL &&
            (size == NULL || size > end ||
             strlen(end + 4) >= strtoul(size + strlen("\r\ncontent-length:"), NULL, 10)))
            return;
    }
}

static void answer(int fd, const char *request)
{
    static const struct answer nothing = {NULL, 404,
                                          "{\"error\": {\"message\": \"nothing here\"}}"};
    const struct answer *found = played.answers;
    char head[256];
    int length;

    while (found->request != NULL &&
           (strncmp(request, found->request, strlen(found->request)) != 0 ||
            request[strlen(found->request)] != ' '))
        found++;
    if (found->request == NULL)
        found = &nothing;
    length = snprintf(head, sizeof(head),
                      "HTTP/1.1 %u X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                      "Connection: close\r\n\r\n",
                      found->status, strlen(found->body));
    (void)send(fd, head, (size_t)length, MSG_NOSIGNAL);
    (void)send(fd, found->body, strlen(found->body), MSG_NOSIGNAL);
}

static void *play(void *unused)
{
    (void)unused;
    for (;;) {
        int fd = accept(played.listener, NULL, NULL);

        if (fd < 0)
            return NULL;
        if (played.count < REQUESTS_MAX) {
            read_request(fd, played.requests[played.count]);
            answer(fd, played.requests[played.count++]);
        }
        (void)close(fd);
    }
}

static void start(const struct answer *answers)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    assert_true((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock",
                                 played.runtime) < sizeof(address.sun_path));
    played.answers = answers;
    played.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(played.listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(played.listener, 8), 0);
    assert_int_equal(pthread_create(&played.thread, NULL, play, NULL), 0);
}

static int setup(void **state)
{
    (void)state;
    memset(&played, 0, sizeof(played));
    played.listener = -1;
    (void)snprintf(played.folder, sizeof(played.folder), "/tmp/slipway-cli-XXXXXX");
    assert_non_null(mkdtemp(played.folder));
    (void)snprintf(played.runtime, sizeof(played.runtime), "%s/run", played.folder);
    (void)snprintf(played.file, sizeof(played.file), "%s/lb.yaml", played.folder);
    return mkdir(played.runtime, 0700);
}

static int teardown(void **state)
{
    char path[160];

    (void)state;
    if (played.listener >= 0) {
        (void)shutdown(played.listener, SHUT_RDWR);
        (void)pthread_join(played.thread, NULL);
        (void)close(played.listener);
    }
    (void)snprintf(path, sizeof(path), "%s/control.sock", played.runtime);
    (void)unlink(path);
    (void)unlink(played.file);
    (void)rmdir(played.runtime);
    return rmdir(played.folder);
}

/* The command line */

static int run_tree(const struct cli_tree *tree)
{
    int length =
        snprintf(outcome.tree_text, TEXT_BYTES, "%s %s", tree->runtime_dir, tree->state_dir);

    for (char *const *word = tree->loader_arguments; word != NULL && *word != NULL; word++)
        length += snprintf(outcome.tree_text + length, TEXT_BYTES - (size_t)length, " %s", *word);
    outcome.tree = *tree;
    outcome.has_tree = true;
    return 77;
}

static void take(int fd, char text[TEXT_BYTES])
{
    ssize_t length = pread(fd, text, TEXT_BYTES - 1, 0);

    text[length > 0 ? length : 0] = '\0';
    assert_int_equal(close(fd), 0);
}

static void call_words(const char *const *words)
{
    static const struct cli_hooks hooks = {.run_tree = run_tree};
    char runtime[160], state[160];
    char *environment[] = {runtime, state, NULL};
    char *copies[WORDS_MAX] = {(char *)(uintptr_t) "slipway"};
    struct cli_streams streams = {.in = -1, .hooks = &hooks};
    int count = 1;

    (void)snprintf(runtime, sizeof(runtime), "SLIPWAY_RUNTIME_DIR=%s", played.runtime);
    (void)snprintf(state, sizeof(state), "SLIPWAY_STATE_DIR=%s/state", played.folder);
    for (; words[count - 1] != NULL; count++) {
        assert_true(count < WORDS_MAX - 1);
        copies[count] = (char *)(uintptr_t)words[count - 1];
    }
    memset(&outcome, 0, sizeof(outcome));
    streams.out = memfd_create("out", MFD_CLOEXEC);
    streams.err = memfd_create("err", MFD_CLOEXEC);
    outcome.status = cli_main(count, copies, environment, &streams);
    take(streams.out, outcome.out);
    take(streams.err, outcome.err);
}

#define call(...) call_words((const char *const[]){__VA_ARGS__, NULL})

static void write_project(const char *text)
{
    FILE *file = fopen(played.file, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char good_project[] = "name: shop\n"
                                   "x-slipway:\n"
                                   "  listeners: {web: {address: ':80', default: {forward: g}}}\n"
                                   "  target_groups: {g: {targets: ['10.0.0.7:9001']}}\n";

static void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

/* Without a daemon */

static void without_a_daemon_commands_say_so(void **state)
{
    (void)state;
    call("targets");
    assert_int_equal(outcome.status, CLI_EXIT_FAILED);
    assert_says(outcome.err, "no daemon runs here");
    assert_says(outcome.err, "slipway up");
    assert_string_equal(outcome.out, "");
    call("top", "--once");
    assert_int_equal(outcome.status, CLI_EXIT_FAILED);
    assert_says(outcome.err, "no daemon runs here");
    call("listeners", "--json");
    assert_says(outcome.err, "{\"errors\":[{\"message\":\"no daemon runs here");
}

static void without_a_daemon_up_becomes_one(void **state)
{
    char expected[512];

    (void)state;
    write_project(good_project);
    call("up", "-f", played.file, "--drain-timeout", "5s");
    assert_int_equal(outcome.status, 77);
    assert_true(outcome.has_tree);
    assert_true(outcome.tree.is_foreground);
    assert_int_equal(outcome.tree.drain_timeout_ms, 5000);
    (void)snprintf(expected, sizeof(expected), "%s %s/state-%ld slipway --file=%s load",
                   played.runtime, played.runtime, (long)getpid(), played.file);
    assert_string_equal(outcome.tree_text, expected);
    assert_says(outcome.err, "in the foreground");
}

static void up_refuses_a_wrong_project_before_anything_starts(void **state)
{
    (void)state;
    write_project("x-slipway: {listeners: {web: {address: ':80', default: {forward: no}}}}\n");
    call("-f", played.file, "up");
    assert_int_equal(outcome.status, CLI_EXIT_FAILED);
    assert_false(outcome.has_tree);
    assert_says(outcome.err, "no target group");
    write_project("name: shop\nx-slipway: {target_groups: {g: {targets: ['10.0.0.7:9001']}}}\n");
    call("up", "-f", played.file);
    assert_int_equal(outcome.status, CLI_EXIT_FAILED);
    assert_says(outcome.err, "nothing to serve");
}

static void serve_loads_files_only_where_they_are_named(void **state)
{
    char expected[512];

    (void)state;
    call("serve");
    assert_int_equal(outcome.status, 77);
    assert_false(outcome.tree.is_foreground);
    assert_int_equal(outcome.tree.drain_timeout_ms, 30000);
    (void)snprintf(expected, sizeof(expected), "%s %s/state", played.runtime, played.folder);
    assert_string_equal(outcome.tree_text, expected);
    assert_null(outcome.tree.loader_arguments);
    call("serve", "-f", "a.yaml", "-f", "b.yaml", "-p", "shop");
    assert_says(outcome.tree_text, "slipway --file=a.yaml --file=b.yaml --project-name=shop load");
    call("serve", "--drain-timeout", "soon");
    assert_int_equal(outcome.status, CLI_EXIT_USAGE);
    assert_false(outcome.has_tree);
}

/* With one */

#define EVENTS "GET /v1/events?project=shop&deploy=7&after=0&follow=1"

static void up_hands_the_project_over(void **state)
{
    static const struct answer answers[] = {
        {"GET /v1/version", 200, "{\"version\": \"1\"}"},
        {"POST /v1/projects/shop/deploys", 202, "{\"deploy\": 7, \"revision\": 3}"},
        {EVENTS, 200,
         "{\"type\": \"started\", \"kind\": \"up\", \"to\": 3}\n"
         "{\"type\": \"change\", \"text\": \"listener :80 added\"}\n"
         "{\"type\": \"change\", \"text\": \"bad \\u001b[31m\"}\n"
         "{\"type\": \"result\", \"state\": \"done\", \"revision\": 3, \"changed\": 2}\n"},
        {NULL, 0, NULL},
    };

    (void)state;
    start(answers);
    write_project(good_project);
    call("up", "-f", played.file);
    assert_string_equal(outcome.err, "");
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_false(outcome.has_tree);
    assert_string_equal(outcome.out, "shop: listener :80 added\nshop: bad \\x1b[31m\n");
    assert_int_equal(played.count, 3);
    assert_says(played.requests[1], "\"targets\":[{\"address\":\"10.0.0.7:9001\"}]");
    assert_says(played.requests[1], "{\"kind\":\"up\",\"author\":\"");
    call("up", "-f", played.file, "--json");
    assert_string_equal(outcome.out, "{\"project\":\"shop\",\"revision\":3,\"changes\":[\"listener "
                                     ":80 added\",\"bad \\u001b[31m\"]}\n");
}

static void what_the_daemon_refuses_is_told(void **state)
{
    static const struct answer answers[] = {
        {"GET /v1/version", 200, "{}"},
        {"POST /v1/projects/shop/deploys", 202, "{\"deploy\": 7, \"revision\": 3}"},
        {EVENTS, 200,
         "{\"type\": \"result\", \"state\": \"failed\", \"revision\": 2, \"message\": \":80: the "
         "address is in use\"}\n"},
        {"GET /v1/listeners", 500, "<html>"},
        {"GET /v1/targets", 200, "<html>"},
        {NULL, 0, NULL},
    };
    static const struct answer refusing[] = {
        {"POST /v1/projects/shop/deploys", 409, "{\"error\": {\"message\": \"not now\"}}"},
        {"GET /v1/version", 200, "{}"},
        {NULL, 0, NULL},
    };

    (void)state;
    start(answers);
    write_project(good_project);
    call("up", "-f", played.file);
    assert_int_equal(outcome.status, CLI_EXIT_FAILED);
    assert_string_equal(outcome.err, "slipway: :80: the address is in use\n");
    assert_string_equal(outcome.out, "");
    call("listeners");
    assert_says(outcome.err, "status 500");
    call("targets");
    assert_says(outcome.err, "not JSON");
    assert_int_equal(outcome.status, CLI_EXIT_FAILED);
    played.answers = refusing;
    call("up", "-f", played.file);
    assert_string_equal(outcome.err, "slipway: not now\n");
}

static void down_takes_the_project_away(void **state)
{
    static const struct answer answers[] = {
        {"POST /v1/projects/shop/deploys", 202, "{\"deploy\": 7}"},
        {EVENTS, 200, "{\"type\": \"result\", \"state\": \"done\"}\n"},
        {"POST /v1/projects/other/deploys", 404, "{\"error\": {\"message\": \"unknown\"}}"},
        {NULL, 0, NULL},
    };

    (void)state;
    start(answers);
    write_project(good_project);
    call("down", "-f", played.file);
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_string_equal(outcome.out, "shop: nothing has changed\n");
    assert_says(played.requests[0], "{\"kind\":\"down\",");
    call("down", "-v", "-p", "other");
    assert_int_equal(outcome.status, CLI_EXIT_FAILED);
    assert_says(played.requests[2], "POST /v1/projects/other/deploys ");
    assert_says(played.requests[2], "\"options\":{\"remove\":1}");
}

static const char targets_body[] =
    "{\"targets\": [{\"id\": \"00000000000000aa\", \"project\": \"shop\", \"group\": \"web\", "
    "\"address\": \"10.0.0.7:9001\", \"weight\": 1, \"state\": \"healthy\", \"reason\": "
    "\"passed\", "
    "\"description\": \"Health checks passed\", \"since\": null, \"active\": 3},"
    "{\"id\": \"00000000000000bb\", \"project\": \"shop\", \"group\": \"web\", \"address\": "
    "\"unix:/run/x.sock\", \"weight\": 50, \"state\": \"unhealthy\", \"reason\": \"timeout\", "
    "\"description\": \"\\u001b]0;x\", \"since\": \"2001-01-01T00:00:00Z\", \"active\": 0},"
    "{\"id\": \"00000000000000cc\", \"project\": \"shop\", \"group\": \"api\", \"address\": "
    "\"10.0.0.7:9001\", \"weight\": 1, \"state\": \"initial\", \"reason\": \"initial_check\", "
    "\"description\": \"\", \"active\": 0}]}";

static const struct answer target_answers[] = {
    {"GET /v1/targets", 200, targets_body},
    {"GET /v1/targets?group=a%2Fb", 200, "{\"targets\": []}"},
    {"POST /v1/targets/shop%2Fweb/00000000000000bb", 200, "{\"done\": true}"},
    {"POST /v1/targets/shop%2Fapi/00000000000000cc", 200, "{\"done\": true}"},
    {NULL, 0, NULL},
};

static void targets_are_listed(void **state)
{
    (void)state;
    start(target_answers);
    call("targets");
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_says(outcome.out,
                "GROUP  TARGET            STATE        FOR  WEIGHT  ACTIVE  REASON\n"
                "web    10.0.0.7:9001     healthy        -       1       3  Health checks passed\n"
                "web    unix:/run/x.sock  unhealthy  ");
    assert_says(outcome.out, "\\x1b]0;x\n");
    assert_says(outcome.out, "initial_check\n");
    call("targets", "--json");
    assert_says(outcome.out, targets_body);
    call("targets", "a/b");
    assert_says(played.requests[2], "GET /v1/targets?group=a%2Fb ");
}

static void one_target_is_told_what_to_do(void **state)
{
    (void)state;
    start(target_answers);
    call("target", "drain", "unix:/run/x.sock");
    assert_string_equal(outcome.err, "");
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_says(played.requests[1], "POST /v1/targets/shop%2Fweb/00000000000000bb ");
    assert_says(played.requests[1], "{\"action\": \"drain\"}");
    call("target", "weight", "api/10.0.0.7:9001", "7");
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_says(played.requests[3], "{\"action\": \"weight\", \"weight\": 7}");
    call("target", "weight", "shop/api/10.0.0.7:9001", "configured");
    assert_says(played.requests[5], "\"weight\": null");
}

static void a_target_must_be_told_apart(void **state)
{
    (void)state;
    start(target_answers);
    call("target", "disable", "10.0.0.7:9001");
    assert_int_equal(outcome.status, CLI_EXIT_FAILED);
    assert_says(outcome.err, "shop/web/10.0.0.7:9001");
    assert_says(outcome.err, "shop/api/10.0.0.7:9001");
    call("target", "enable", "10.0.0.9:9001");
    assert_says(outcome.err, "there is no target 10.0.0.9:9001");
    assert_int_equal(played.count, 2);
}

static void mistakes_in_commands_for_targets_ask_nobody(void **state)
{
    (void)state;
    start(target_answers);
    call("target", "stop", "a");
    assert_int_equal(outcome.status, CLI_EXIT_USAGE);
    call("target", "weight", "a");
    assert_int_equal(outcome.status, CLI_EXIT_USAGE);
    call("target", "weight", "a", "1000");
    assert_int_equal(outcome.status, CLI_EXIT_USAGE);
    call("target", "drain", "a", "5");
    assert_int_equal(outcome.status, CLI_EXIT_USAGE);
    call("target", "drain");
    assert_int_equal(outcome.status, CLI_EXIT_USAGE);
    assert_int_equal(played.count, 0);
}

static void top_shows_intervals(void **state)
{
    static const struct answer answers[] = {
        {"GET /v1/statistics", 200,
         "{\"time_ns\": 5, \"groups\": [{\"id\": \"1\", \"project\": \"p\", \"name\": \"web\"}]}"},
        {NULL, 0, NULL},
    };

    (void)state;
    start(answers);
    call("top", "-n", "2", "-i", "100ms", "--json");
    assert_string_equal(outcome.err, "");
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_int_equal(played.count, 3);
    assert_says(outcome.out, "\"group\":\"web\"");
    assert_ptr_not_equal(strchr(outcome.out, '\n'), strrchr(outcome.out, '\n'));
    call("top", "-i", "1ms");
    assert_int_equal(outcome.status, CLI_EXIT_USAGE);
    call("top", "-n", "0");
    assert_int_equal(outcome.status, CLI_EXIT_USAGE);
}

static void short_commands_post(void **state)
{
    static const struct answer answers[] = {
        {"POST /v1/logs/reopen", 200, "{\"done\": true}"},
        {"POST /v1/shutdown", 202, "{\"done\": true}"},
        {NULL, 0, NULL},
    };

    (void)state;
    start(answers);
    call("reopen-logs");
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_string_equal(outcome.out, "");
    call("shutdown");
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_int_equal(played.count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_daemon_commands_say_so),
        TEST(without_a_daemon_up_becomes_one),
        TEST(up_refuses_a_wrong_project_before_anything_starts),
        TEST(serve_loads_files_only_where_they_are_named),
        TEST(up_hands_the_project_over),
        TEST(what_the_daemon_refuses_is_told),
        TEST(down_takes_the_project_away),
        TEST(targets_are_listed),
        TEST(one_target_is_told_what_to_do),
        TEST(a_target_must_be_told_apart),
        TEST(mistakes_in_commands_for_targets_ask_nobody),
        TEST(top_shows_intervals),
        TEST(short_commands_post),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

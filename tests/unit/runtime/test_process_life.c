/* SPDX-License-Identifier: Apache-2.0 */
/* The life of native instances: starting, ending, starting again, and being found again. */
#include "process_fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/protocol.h"

#define SERVICE(rest) "services: {api: {x-slipway: {runtime: process}, " rest "}}"
#define SLEEPS        SERVICE("command: [/bin/sleep, '1000']")

static void test_created_started_stopped_removed(void **state)
{
    const char *id = process_created(SLEEPS);
    struct observed observed = process_observed();
    int pid;

    (void)state;
    assert_int_equal(observed.count, 1);
    assert_int_equal(observed.instances[0].state, INSTANCE_CREATED);
    assert_string_equal(observed.instances[0].service, "api");
    assert_string_equal(observed.instances[0].name, "shop-api-1");
    assert_int_equal(observed.instances[0].revision, 7);
    assert_true(observed.instances[0].has_joined);
    process_start_it(id);
    process_start_it(id); /* done already */
    assert_int_equal(process_status_of(id).state, INSTANCE_RUNNING);
    pid = process_status_of(id).pid;
    assert_true(process_is_alive(pid));
    process_stop_it(id, DEADLINE_NS);
    assert_false(process_is_alive(pid));
    assert_int_equal(process_status_of(id).state, INSTANCE_EXITED);
    assert_int_equal(process_status_of(id).exit_code, 128 + SIGTERM);
    process_stop_it(id, 0);
    process_start_it(id);
    assert_int_equal(process_status_of(id).state, INSTANCE_RUNNING);
    assert_int_equal(process_runtime->class->remove(process_runtime, PROJECT, id, false, NULL), 0);
    assert_int_equal(process_observed().count, 0);
    assert_int_equal(process_runtime->class->remove(process_runtime, PROJECT, id, false, NULL), 0);
}

static void test_what_cannot_be_run_is_told(void **state)
{
    struct observed_instance instance;
    struct error *error = NULL;
    const char *id;

    (void)state;
    assert_true(process_try_create(SERVICE("command: [/nowhere/at-all]"), &instance, &error) < 0);
    fixture_assert_mentions("no such program", error->message, "/nowhere/at-all");
    error = error_free(error);
    id = process_created(SERVICE("command: [/bin/sleep, '1'], working_dir: /nowhere"));
    assert_true(process_runtime->class->start(process_runtime, PROJECT, id, &error) < 0);
    fixture_assert_mentions("no such folder", error->message, "/nowhere");
    error = error_free(error);
    assert_int_equal(process_status_of(id).state, INSTANCE_EXITED);
    assert_int_equal(process_status_of(id).exit_code, 127);
}

static void test_wait_gives_the_status(void **state)
{
    const char *id = process_started(SERVICE("command: [/bin/sh, -c, 'exit 7']"));
    int status = -1;

    (void)state;
    assert_int_equal(process_runtime->class->wait(process_runtime, PROJECT, id, -1, &status, NULL),
                     0);
    assert_int_equal(status, 7);
    assert_int_equal(process_status_of(id).restarts, 0);
}

static void test_restart_policies(void **state)
{
    const char *id = process_started(
        SERVICE("restart: 'on-failure:2', command: [/bin/sh, -c, 'echo run; exit 3']"));
    int status = -1;

    (void)state;
    assert_int_equal(process_runtime->class->wait(process_runtime, PROJECT, id, -1, &status, NULL),
                     0);
    assert_int_equal(status, 3);
    assert_int_equal(process_status_of(id).restarts, 2);
    assert_string_equal(process_output(id), "run\nrun\nrun\n");
    id = process_started(SERVICE("restart: on-failure, command: [/bin/sh, -c, 'exit 0']"));
    assert_int_equal(process_runtime->class->wait(process_runtime, PROJECT, id, -1, &status, NULL),
                     0);
    assert_int_equal(process_status_of(id).restarts, 0);
    id = process_started(SERVICE(
        "deploy: {restart_policy: {condition: any, max_attempts: 1}}, command: [/bin/true]"));
    assert_int_equal(process_runtime->class->wait(process_runtime, PROJECT, id, -1, &status, NULL),
                     0);
    assert_int_equal(process_status_of(id).restarts, 1);
}

static void test_always_comes_back_and_stop_ends_it(void **state)
{
    const char *id = process_started(SERVICE("restart: always, command: [/bin/sleep, '1000']"));
    struct process_status before = process_status_of(id);

    (void)state;
    assert_int_equal(kill(before.pid, SIGKILL), 0);
    AWAIT(process_status_of(id).restarts == 1 && process_status_of(id).state == INSTANCE_RUNNING);
    assert_int_not_equal(process_status_of(id).pid, before.pid);
    assert_int_equal(process_status_of(id).shim_pid, before.shim_pid);
    process_stop_it(id, DEADLINE_NS);
    assert_int_equal(process_status_of(id).state, INSTANCE_EXITED);
}

static void test_waits_longer_each_time(void **state)
{
    const char *id = process_started(
        SERVICE("restart: 'on-failure:3', command: [/bin/sh, -c, 'date +%s%N; exit 1']"));
    uint64_t times[4];
    int status;
    const char *next;

    (void)state;
    assert_int_equal(process_runtime->class->wait(process_runtime, PROJECT, id, -1, &status, NULL),
                     0);
    next = process_output(id);
    for (int i = 0; i < 4; i++) {
        times[i] = strtoull(next, NULL, 10);
        next = strchr(next, '\n') + 1;
    }
    /* At least as long as it says, which no load makes shorter. */
    assert_true(times[1] - times[0] >= 90 * TIME_MILLISECOND);
    assert_true(times[2] - times[1] >= 190 * TIME_MILLISECOND);
    assert_true(times[3] - times[2] >= 390 * TIME_MILLISECOND);
}

static void test_grace_then_kill(void **state)
{
    const char *id = process_started(SERVICE(
        "command: [/bin/sh, -c, \"trap 'echo no' TERM; echo on; while :; do sleep 0.05; done\"]"));

    (void)state;
    AWAIT(strstr(process_output(id), "on") != NULL);
    process_stop_it(id, 200 * TIME_MILLISECOND);
    assert_int_equal(process_status_of(id).exit_code, 128 + SIGKILL);
    fixture_assert_mentions("the signal came first", process_output(id), "no");
}

static void test_stop_signal(void **state)
{
    const char *id = process_started(
        SERVICE("stop_signal: SIGUSR1, "
                "command: [/bin/sh, -c, \"trap 'exit 5' USR1; echo on; while :; do sleep 0.05; "
                "done\"]"));

    (void)state;
    AWAIT(strstr(process_output(id), "on") != NULL);
    process_stop_it(id, DEADLINE_NS);
    assert_int_equal(process_status_of(id).exit_code, 5);
}

/* Grandchildren in sessions of their own, whose parents have gone. */
#define HAS_FAMILY                                                                                 \
    "command: [/bin/sh, -c, 'setsid sh -c \"setsid sleep 1000 & echo \\$!; setsid sleep 1000 & "   \
    "echo \\$!\" & wait; echo all; exec sleep 1000']"

static void read_pids(const char *id, int pids[2])
{
    const char *text;

    AWAIT(strstr(process_output(id), "all") != NULL);
    text = process_output(id);
    pids[0] = (int)strtol(text, NULL, 10);
    pids[1] = (int)strtol(strchr(text, '\n') + 1, NULL, 10);
    assert_true(pids[0] > 1 && pids[1] > 1);
    assert_true(process_is_alive(pids[0]) && process_is_alive(pids[1]));
}

static void test_nobody_outlives_the_main_process(void **state)
{
    const char *id = process_started(SERVICE(HAS_FAMILY));
    int pids[2];
    int status;

    (void)state;
    read_pids(id, pids);
    assert_int_equal(kill(process_status_of(id).pid, SIGKILL), 0);
    assert_int_equal(process_runtime->class->wait(process_runtime, PROJECT, id, -1, &status, NULL),
                     0);
    assert_int_equal(status, 128 + SIGKILL);
    assert_false(process_is_alive(pids[0]));
    assert_false(process_is_alive(pids[1]));
}

static void test_killed_shim_leaves_nobody(void **state)
{
    const char *id = process_started(SERVICE("restart: always, " HAS_FAMILY));
    int pids[2];
    struct process_status status;

    (void)state;
    read_pids(id, pids);
    status = process_status_of(id);
    assert_int_equal(kill(status.shim_pid, SIGKILL), 0);
    AWAIT(process_observed().instances[0].state == INSTANCE_EXITED);
    assert_false(process_is_alive(status.pid));
    assert_false(process_is_alive(pids[0]));
    assert_false(process_is_alive(pids[1]));
    assert_int_equal(process_observed().instances[0].exit_code, 137);
    process_start_it(id);
    assert_int_equal(process_status_of(id).state, INSTANCE_RUNNING);
}

/* All else dies, and the next runtime finds the instance as it was. */
static void test_survives_whoever_started_it(void **state)
{
    const char *id = process_created(SLEEPS);
    struct process_status before, after;
    struct error *error = NULL;
    pid_t child;
    int status;

    (void)state;
    child = fork();
    if (child == 0) {
        (void)process_runtime->class->start(process_runtime, PROJECT, id, NULL);
        (void)raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    before = process_status_of(id);
    assert_int_equal(before.state, INSTANCE_RUNNING);
    process_runtime = process_runtime->class->free(process_runtime);
    assert_int_equal(process_runtime_new(process_state, &process_runtime, &error), 0);
    after = process_status_of(id);
    assert_int_equal(after.pid, before.pid);
    assert_true(process_is_alive(after.pid));
    process_stop_it(id, DEADLINE_NS);
    assert_false(process_is_alive(before.pid));
}

static void test_half_made_folder_goes(void **state)
{
    const char *id = process_created(SLEEPS);
    const char *half = process_file("0123456789ab", "tmp");
    struct stat status;

    (void)state;
    assert_int_equal(os_make_folders(half, 0700), 0);
    assert_int_equal(process_observed().count, 1);
    assert_int_equal(stat(half, &status), -1);
    assert_int_equal(unlink(process_file(id, "orders")), 0);
    assert_int_equal(process_observed().count, 0);
    assert_int_equal(stat(process_file(id, "hosts"), &status), -1);
}

/* A folder that was taken from under it: nobody could find it any more. */
static void test_ends_with_its_folder(void **state)
{
    const char *id = process_started(SERVICE("restart: always, command: [/bin/sleep, '1000']"));
    struct process_status status = process_status_of(id);

    (void)state;
    /* Its shim may be writing there. */
    AWAIT(os_remove_tree(process_file(id, "")) == 0);
    AWAIT(!process_is_alive(status.pid) && !process_is_alive(status.shim_pid));
}

/* The kernel has 128 instances of inotify for all programs of a user, who may have more shims. */
static void test_a_shim_takes_no_inotify(void **state)
{
    struct process_status status = process_status_of(process_started(SLEEPS));
    unsigned int count = 0;

    (void)state;
    for (int fd = 0; fd < 256; fd++) {
        char path[64], target[64] = "";

        (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", status.shim_pid, fd);
        count += readlink(path, target, sizeof(target) - 1) > 0;
        assert_null(strstr(target, "inotify"));
    }
    assert_true(count > 3);
}

static void test_kill_reaches_the_main_process(void **state)
{
    const char *id = process_started(
        SERVICE("restart: always, command: [/bin/sh, -c, \"trap 'echo got' USR1; echo on; while "
                ":; do sleep 0.05; done\"]"));

    (void)state;
    AWAIT(strstr(process_output(id), "on") != NULL);
    assert_int_equal(process_runtime->class->kill(process_runtime, PROJECT, id, SIGUSR1, NULL), 0);
    AWAIT(strstr(process_output(id), "got") != NULL);
    assert_int_equal(process_runtime->class->kill(process_runtime, PROJECT, id, SIGKILL, NULL), 0);
    process_await_state(id, INSTANCE_EXITED);
}

static atomic_int refused;

static int count_refused(int fd, const struct sockaddr *address, socklen_t size)
{
    int r = connect(fd, address, size);

    if (r < 0)
        atomic_fetch_add(&refused, 1);
    return r;
}

static void *kill_it(void *context)
{
    static int result;

    result = process_runtime->class->kill(process_runtime, PROJECT, context, SIGUSR1, NULL);
    return &result;
}

/* The test is the shim that was started while the one before was ending: it takes no calls yet. */
static void test_kill_waits_for_the_next_shim(void **state)
{
    struct os_ops ops = os_default_ops;
    const char *id = process_created(SLEEPS);
    int lock = open(process_file(id, SHIM_LOCK_FILE), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), fd;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct shim_reply reply = {.answer = SHIM_ANSWER_DONE};
    struct flock held = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct shim_request request;
    struct pollfd ready = {.fd = listener, .events = POLLIN};
    pthread_t thread;
    void *result;

    (void)state;
    assert_int_equal(fcntl(lock, F_OFD_SETLK, &held), 0);
    ops.connect = count_refused;
    (void)os_set_ops(&ops);
    assert_int_equal(pthread_create(&thread, NULL, kill_it, (void *)id), 0);
    AWAIT(atomic_load(&refused) >= 2);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
                   process_file(id, SHIM_SOCKET_FILE));
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(poll(&ready, 1, 9000), 1);
    fd = accept(listener, NULL, NULL);
    assert_int_equal(recv(fd, &request, sizeof(request), 0), sizeof(request));
    assert_int_equal(request.order, SHIM_ORDER_KILL);
    assert_int_equal(request.signal, SIGUSR1);
    assert_int_equal(send(fd, &reply, sizeof(reply), 0), sizeof(reply));
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_int_equal(*(const int *)result, 0);
    (void)os_set_ops(NULL);
    (void)close(fd);
    (void)close(listener);
    (void)close(lock);
}

struct seen {
    struct runtime_watcher watcher;
    atomic_int starts, deaths;
};

static void changed(struct runtime_watcher *watcher, const char *project, const char *service,
                    const char *instance, const char *what)
{
    struct seen *seen = (struct seen *)(void *)watcher;

    (void)instance;
    if (strcmp(project, PROJECT) != 0 || strcmp(service, "api") != 0)
        return;
    if (strcmp(what, "start") == 0)
        atomic_fetch_add(&seen->starts, 1);
    if (strcmp(what, "die") == 0)
        atomic_fetch_add(&seen->deaths, 1);
}

static void test_watcher_is_told(void **state)
{
    struct seen seen = {.watcher.changed = changed};
    const char *id;

    (void)state;
    process_runtime->class->watch(process_runtime, &seen.watcher);
    id = process_started(SLEEPS);
    AWAIT(atomic_load(&seen.starts) > 0);
    assert_int_equal(atomic_load(&seen.deaths), 0);
    assert_int_equal(kill(process_status_of(id).pid, SIGKILL), 0);
    AWAIT(atomic_load(&seen.deaths) > 0);
    process_await_state(id, INSTANCE_EXITED);
    process_start_it(id);
    AWAIT(atomic_load(&seen.starts) > 1);
    assert_int_equal(kill(process_status_of(id).shim_pid, SIGKILL), 0);
    AWAIT(atomic_load(&seen.deaths) > 1);
    process_runtime->class->watch(process_runtime, NULL);
}

static void test_statistics_count_the_family(void **state)
{
    const char *id = process_started(SERVICE(HAS_FAMILY ", mem_limit: 64m"));
    struct runtime_statistics statistics = {0};
    int pids[2];

    (void)state;
    AWAIT(strstr(process_output(id), "all") != NULL);
    if (strstr(process_output(id), "no control group") != NULL)
        skip();
    read_pids(id, pids);
    assert_int_equal(
        process_runtime->class->statistics(process_runtime, PROJECT, id, &statistics, NULL), 0);
    assert_int_equal(statistics.processes, 3);
    assert_true(statistics.memory_bytes > 100000);
    assert_int_equal(statistics.memory_limit_bytes, 64 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROCESS_TEST(test_created_started_stopped_removed),
        PROCESS_TEST(test_what_cannot_be_run_is_told),
        PROCESS_TEST(test_wait_gives_the_status),
        PROCESS_TEST(test_restart_policies),
        PROCESS_TEST(test_always_comes_back_and_stop_ends_it),
        PROCESS_TEST(test_waits_longer_each_time),
        PROCESS_TEST(test_grace_then_kill),
        PROCESS_TEST(test_stop_signal),
        PROCESS_TEST(test_nobody_outlives_the_main_process),
        PROCESS_TEST(test_killed_shim_leaves_nobody),
        PROCESS_TEST(test_survives_whoever_started_it),
        PROCESS_TEST(test_half_made_folder_goes),
        PROCESS_TEST(test_a_shim_takes_no_inotify),
        PROCESS_TEST(test_ends_with_its_folder),
        PROCESS_TEST(test_kill_reaches_the_main_process),
        PROCESS_TEST(test_kill_waits_for_the_next_shim),
        PROCESS_TEST(test_watcher_is_told),
        PROCESS_TEST(test_statistics_count_the_family),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What native instances write: kept in bounded files, read back in order, followed to the end. */
#include "process_fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVICE(rest) "services: {api: {x-slipway: {runtime: process}, " rest "}}"

static void run_to_end(const char *id)
{
    int status;

    assert_int_equal(process_runtime->class->wait(process_runtime, PROJECT, id, -1, &status, NULL),
                     0);
}

static void test_lines_of_both_streams(void **state)
{
    const char *id =
        process_started(SERVICE("command: [/bin/sh, -c, 'echo one; echo two >&2; printf three']"));

    (void)state;
    run_to_end(id);
    /* The streams are two pipes: only the order within each is certain. */
    fixture_assert_mentions("output", process_output(id), "one\n");
    fixture_assert_mentions("errors", process_output(id), "!two\n");
    fixture_assert_mentions("what has no newline", process_output(id), "three\n");
    assert_int_equal(strlen(process_output(id)), strlen("one\n!two\nthree\n"));
}

static void test_tail_and_streams(void **state)
{
    const char *id = process_started(SERVICE("command: [/bin/sh, -c, 'seq 100; echo no >&2']"));
    struct runtime_log_options options = {.has_stdout = true, .tail = 3, .cancel_fd = -1};
    struct strbuf all;

    (void)state;
    run_to_end(id);
    strbuf_init(&all, 1 << 20);
    assert_int_equal(process_runtime->class->logs(process_runtime, PROJECT, id, &options,
                                                  process_take_line, &all, NULL),
                     0);
    assert_string_equal(strbuf_text(&all), "98\n99\n100\n");
    strbuf_deinit(&all);
    assert_string_equal(process_output_tail(id, 0), "");
}

struct times {
    uint64_t first_ns, last_ns;
    unsigned int count;
};

static int take_time(void *context, bool is_stderr, uint64_t unix_ns, const char *text, size_t size)
{
    struct times *times = context;

    (void)is_stderr;
    (void)text;
    (void)size;
    if (times->count++ == 0)
        times->first_ns = unix_ns;
    times->last_ns = unix_ns;
    return 0;
}

static void test_since_and_until(void **state)
{
    const char *id =
        process_started(SERVICE("command: [/bin/sh, -c, 'echo a; sleep 0.05; echo b']"));
    struct runtime_log_options options = {
        .has_stdout = true, .has_stderr = true, .tail = -1, .cancel_fd = -1};
    struct times all = {0}, some = {0};

    (void)state;
    run_to_end(id);
    (void)process_runtime->class->logs(process_runtime, PROJECT, id, &options, take_time, &all,
                                       NULL);
    assert_int_equal(all.count, 2);
    assert_true(all.first_ns < all.last_ns);
    options.since_unix_ns = all.last_ns;
    (void)process_runtime->class->logs(process_runtime, PROJECT, id, &options, take_time, &some,
                                       NULL);
    assert_int_equal(some.count, 1);
    assert_int_equal(some.first_ns, all.last_ns);
    options.since_unix_ns = 0;
    options.until_unix_ns = all.first_ns;
    some.count = 0;
    (void)process_runtime->class->logs(process_runtime, PROJECT, id, &options, take_time, &some,
                                       NULL);
    assert_int_equal(some.count, 1);
}

/* Files stay within their bounds, and what is left is the newest, without a gap. */
static void test_rotation(void **state)
{
    const char *id = process_started(SERVICE("logging: {options: {max-size: 8k, max-file: '3'}}, "
                                             "command: [/bin/sh, -c, 'seq -f line-%06g 5000']"));
    const char *text;
    struct stat status;
    unsigned long number, previous = 0;
    unsigned int count = 0;

    (void)state;
    run_to_end(id);
    for (int i = 0; i < 3; i++) {
        const char *name = i == 0 ? "log" : arena_printf(&fixture_arena, "log.%d", i);

        assert_int_equal(stat(process_file(id, name), &status), 0);
        assert_true(status.st_size > 0 && status.st_size <= 8192);
    }
    assert_int_equal(stat(process_file(id, "log.3"), &status), -1);
    text = process_output(id);
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        assert_int_equal(strncmp(line, "line-", 5), 0);
        number = strtoul(line + 5, NULL, 10);
        assert_true(previous == 0 || number == previous + 1);
        previous = number;
        count++;
    }
    assert_int_equal(previous, 5000);
    assert_true(count > 200 && count < 1000);
}

static void test_long_lines_come_in_parts(void **state)
{
    const char *id = process_started(SERVICE(
        "command: [/bin/sh, -c, 'head -c 20000 /dev/zero | tr \"\\\\0\" x; echo; echo end']"));
    const char *text;
    size_t count = 0;

    (void)state;
    run_to_end(id);
    text = process_output(id);
    for (const char *next = text; *next != '\0'; next++)
        count += *next == 'x';
    assert_int_equal(count, 20000);
    assert_string_equal(text + strlen(text) - 5, "\nend\n");
}

struct follower {
    const char *id;
    struct strbuf all;
    pthread_mutex_t lock;
    int cancel_fd;
    int result;
};

static int take_followed(void *context, bool is_stderr, uint64_t unix_ns, const char *text,
                         size_t size)
{
    struct follower *follower = context;
    int r;

    (void)pthread_mutex_lock(&follower->lock);
    r = process_take_line(&follower->all, is_stderr, unix_ns, text, size);
    (void)pthread_mutex_unlock(&follower->lock);
    return r;
}

static void *follow(void *context)
{
    struct follower *follower = context;
    struct runtime_log_options options = {.follows = true,
                                          .has_stdout = true,
                                          .has_stderr = true,
                                          .tail = -1,
                                          .cancel_fd = follower->cancel_fd};

    follower->result = process_runtime->class->logs(process_runtime, PROJECT, follower->id,
                                                    &options, take_followed, follower, NULL);
    return NULL;
}

static bool has_followed(struct follower *follower, const char *part)
{
    bool has;

    (void)pthread_mutex_lock(&follower->lock);
    has = strstr(strbuf_text(&follower->all), part) != NULL;
    (void)pthread_mutex_unlock(&follower->lock);
    return has;
}

/* Over rotations, and to the end of the instance. */
static void test_follow(void **state)
{
    struct follower follower = {.cancel_fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
    const char *gate, *next;
    pthread_t thread;

    (void)state;
    gate = arena_printf(&fixture_arena, "%s/gate", process_state);
    follower.id = process_started(arena_printf(
        &fixture_arena,
        "services: {api: {x-slipway: {runtime: process}, working_dir: %s, logging: {options: "
        "{max-size: 16k, max-file: '8'}}, command: [/bin/sh, -c, 'echo begin; while [ ! -e gate ]; "
        "do sleep 0.02; done; for i in 1 2 3 4 5 6 7 8; do seq $((i*100)) $((i*100+99)); sleep "
        "0.02; done']}}",
        process_state));
    strbuf_init(&follower.all, 1 << 24);
    assert_int_equal(pthread_create(&thread, NULL, follow, &follower), 0);
    AWAIT(has_followed(&follower, "begin\n"));
    assert_int_equal(os_make_folder(gate, 0700), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(follower.result, 0);
    next = strbuf_text(&follower.all) + strlen("begin\n");
    for (unsigned long i = 100; i < 900; i++) {
        assert_int_equal(strtoul(next, NULL, 10), i);
        next = strchr(next, '\n') + 1;
    }
    assert_string_equal(next, "");
    strbuf_deinit(&follower.all);
}

static void test_follow_is_cancelled(void **state)
{
    struct follower follower = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread;

    (void)state;
    follower.cancel_fd = os_eventfd();
    follower.id = process_started(SERVICE("command: [/bin/sh, -c, 'echo on; exec sleep 1000']"));
    strbuf_init(&follower.all, 1 << 20);
    assert_int_equal(pthread_create(&thread, NULL, follow, &follower), 0);
    AWAIT(has_followed(&follower, "on"));
    assert_int_equal(os_eventfd_signal(follower.cancel_fd), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(follower.cancel_fd);
    strbuf_deinit(&follower.all);
}

/* A disk without room holds no instance up, and what is lost is counted. */
static void test_full_disk(void **state)
{
    const char *folder = arena_printf(&fixture_arena, "%s/instances", process_state);
    const char *id;
    pid_t child;
    int status;

    (void)state;
    if (geteuid() != 0 || !process_of(process_runtime)->has_mounts)
        skip();
    child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("none", folder, "tmpfs", 0, "size=256k,mode=0700") < 0)
            _exit(77);
        id =
            process_started(SERVICE("command: [/bin/sh, -c, 'seq 100000; echo done >&2; exit 4']"));
        run_to_end(id);
        _exit(process_status_of(id).exit_code == 4 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

/* Marks of terminals and other bytes come as they are; what is no record is passed over. */
static void test_damaged_files(void **state)
{
    static const char junk[] =
        "no record\n12 x bad\n99999999999999999999999 o big\n5 o good\n7 o\n";
    const char *id = process_created(SERVICE("command: [/bin/true]"));
    int fd = open(process_file(id, "log"), O_WRONLY | O_CREAT, 0600);

    (void)state;
    assert_int_equal(write(fd, junk, sizeof(junk) - 1), sizeof(junk) - 1);
    (void)close(fd);
    assert_string_equal(process_output(id), "good\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROCESS_TEST(test_lines_of_both_streams),
        PROCESS_TEST(test_tail_and_streams),
        PROCESS_TEST(test_since_and_until),
        PROCESS_TEST(test_rotation),
        PROCESS_TEST(test_long_lines_come_in_parts),
        PROCESS_TEST(test_follow),
        PROCESS_TEST(test_follow_is_cancelled),
        PROCESS_TEST(test_full_disk),
        PROCESS_TEST(test_damaged_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

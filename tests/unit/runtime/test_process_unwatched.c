/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Native instances where other programs have taken all that the kernel has of inotify: what they
 * write, and what becomes of them, is seen all the same. Stands in for os/inotify.c.
 */
#include "process_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "os/inotify.h"

static int open_failure, add_failure; /* -errno */
static atomic_int warnings;
static char warning[LOG_LINE_MAX + 1];

int os_inotify(void)
{
    return open_failure < 0 ? open_failure : os_eventfd();
}

int os_inotify_add(int fd, const char *path)
{
    (void)fd;
    (void)path;
    return add_failure < 0 ? add_failure : 1;
}

int os_inotify_clear(int fd)
{
    (void)fd;
    return 0;
}

static int count_fds(void)
{
    int count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

struct follower {
    const char *id;
    struct strbuf all;
    atomic_int lines;
    int result;
};

static int take(void *context, bool is_stderr, uint64_t unix_ns, const char *text, size_t size)
{
    struct follower *follower = context;
    int r = process_take_line(&follower->all, is_stderr, unix_ns, text, size);

    atomic_fetch_add(&follower->lines, 1);
    return r;
}

static void *follow(void *context)
{
    struct follower *follower = context;
    struct runtime_log_options options = {
        .follows = true, .has_stdout = true, .has_stderr = true, .tail = -1, .cancel_fd = -1};

    follower->result = process_runtime->class->logs(process_runtime, PROJECT, follower->id,
                                                    &options, take, follower, NULL);
    return NULL;
}

/* One step of the program for each gate that is made. */
static void open_gate(int number)
{
    assert_int_equal(
        os_make_folder(arena_printf(&fixture_arena, "%s/gate%d", process_state, number), 0700), 0);
}

static void follow_to_the_end(void)
{
    struct follower follower = {0};
    int fds_before = count_fds();
    pthread_t thread;

    follower.id = process_started(arena_printf(
        &fixture_arena,
        "services: {api: {x-slipway: {runtime: process}, working_dir: %s, command: [/bin/sh, -c, "
        "'echo begin; for i in 1 2; do while [ ! -e gate$i ]; do sleep 0.02; done; echo step $i; "
        "done']}}",
        process_state));
    strbuf_init(&follower.all, 1 << 20);
    assert_int_equal(pthread_create(&thread, NULL, follow, &follower), 0);
    AWAIT(atomic_load(&follower.lines) == 1);
    open_gate(1);
    AWAIT(atomic_load(&follower.lines) == 2);
    open_gate(2);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(follower.result, 0);
    assert_string_equal(strbuf_text(&follower.all), "begin\nstep 1\nstep 2\n");
    strbuf_deinit(&follower.all);
    assert_int_equal(count_fds(), fds_before);
}

static void test_logs_are_followed_without_an_instance_of_it(void **state)
{
    (void)state;
    open_failure = -EMFILE;
    add_failure = 0;
    follow_to_the_end();
}

static void test_logs_are_followed_without_a_watch(void **state)
{
    (void)state;
    open_failure = 0;
    add_failure = -ENOSPC;
    follow_to_the_end();
}

struct seen {
    struct runtime_watcher watcher;
    atomic_int starts, deaths;
};

static void changed(struct runtime_watcher *watcher, const char *project, const char *service,
                    const char *instance, const char *what)
{
    struct seen *seen = (struct seen *)(void *)watcher;

    (void)project;
    (void)service;
    (void)instance;
    if (strcmp(what, "start") == 0)
        atomic_fetch_add(&seen->starts, 1);
    if (strcmp(what, "die") == 0)
        atomic_fetch_add(&seen->deaths, 1);
}

/* What another runtime starts, it does not tell the one that watches. */
static void start_beside(const char *id)
{
    struct runtime *beside;

    assert_int_equal(process_runtime_new(process_state, &beside, NULL), 0);
    assert_int_equal(beside->class->start(beside, PROJECT, id, NULL), 0);
    (void)beside->class->free(beside);
}

static void watch_to_the_end(void)
{
    struct seen seen = {.watcher.changed = changed};
    const char *id = process_created(
        "services: {api: {x-slipway: {runtime: process}, command: [/bin/sleep, '1000']}}");

    process_runtime->class->watch(process_runtime, &seen.watcher);
    start_beside(id);
    AWAIT(atomic_load(&seen.starts) == 1);
    process_stop_it(id, 0);
    AWAIT(atomic_load(&seen.deaths) == 1);
    process_runtime->class->watch(process_runtime, NULL);
}

static void test_instances_are_watched_without_an_instance_of_it(void **state)
{
    (void)state;
    open_failure = -EMFILE;
    add_failure = 0;
    watch_to_the_end();
}

static void test_instances_are_watched_without_a_watch(void **state)
{
    (void)state;
    open_failure = 0;
    add_failure = -ENOSPC;
    watch_to_the_end();
}

static void take_line(void *context, const char *line, size_t size)
{
    (void)context;
    if (atomic_fetch_add(&warnings, 1) == 0)
        memcpy(warning, line, size);
}

/* After all the others. */
static void test_it_was_said_once(void **state)
{
    (void)state;
    assert_int_equal(atomic_load(&warnings), 1);
    fixture_assert_mentions("the log", warning, "raise fs.inotify.max_user_instances");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROCESS_TEST(test_logs_are_followed_without_an_instance_of_it),
        PROCESS_TEST(test_logs_are_followed_without_a_watch),
        PROCESS_TEST(test_instances_are_watched_without_an_instance_of_it),
        PROCESS_TEST(test_instances_are_watched_without_a_watch),
        cmocka_unit_test(test_it_was_said_once),
    };

    log_set_level(LOG_LEVEL_WARNING);
    log_set_writer(take_line, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

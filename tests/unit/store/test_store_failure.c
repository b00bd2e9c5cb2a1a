/* SPDX-License-Identifier: Apache-2.0 */
/* A store that is killed, shared, damaged, out of room, or from another time. */
#include "store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

static const struct store_revision revision = {
    .author = "a", .note = "up", .spec = "{}", .resolution = "{}", .spec_hash = "h"};

static void path_of(const struct fixture *fixture, char path[128])
{
    (void)snprintf(path, 128, "%s/slipway.db", fixture->folder);
}

static void overwrite(const struct fixture *fixture, off_t offset, const void *data, size_t size)
{
    char path[128];
    int fd;

    path_of(fixture, path);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, data, size, offset), size);
    (void)close(fd);
}

static struct error *expect_open_failure(const struct fixture *fixture, int code)
{
    struct error *error = NULL;
    struct store *store = NULL;

    assert_int_equal(store_open(fixture->folder, &store, &error), -code);
    assert_null(store);
    assert_non_null(strstr(error->message, "slipway.db"));
    return error;
}

/* Each child adds revisions until it is killed, and says which it was told are kept. */
static void add_until_killed(const struct fixture *fixture, int pipe_fd)
{
    struct store *store = NULL;
    uint32_t number;

    if (store_open(fixture->folder, &store, NULL) < 0)
        _exit(1);
    while (store_add_revision(store, "shop", &revision, &number, NULL) == 0) {
        if (write(pipe_fd, &number, sizeof(number)) != sizeof(number))
            break;
    }
    _exit(1);
}

static void what_was_done_survives_a_kill(void **state)
{
    struct fixture *fixture = *state;
    struct store_revision *revisions;
    uint32_t last = 0, count;

    fixture->store = store_close(fixture->store);
    for (int i = 0; i < 5; i++) {
        int fds[2];
        uint32_t number;
        pid_t child;

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
            add_until_killed(fixture, fds[1]);
        (void)close(fds[1]);
        for (int n = 0; n < 3 + i; n++) {
            assert_int_equal(read(fds[0], &number, sizeof(number)), sizeof(number));
            last = number;
        }
        (void)kill(child, SIGKILL);
        while (read(fds[0], &number, sizeof(number)) == sizeof(number))
            last = number;
        (void)close(fds[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
    }
    fixture->store = fixture_open_other(fixture);
    assert_int_equal(store_check(fixture->store, NULL), 0);
    assert_int_equal(
        store_list_revisions(fixture->store, &fixture->arena, "shop", &revisions, &count, NULL), 0);
    assert_true(count >= last); /* one more may be kept than its child lived to tell */
    assert_int_equal(revisions[0].number, count);
}

struct writer {
    pthread_t thread;
    const struct fixture *fixture;
    int failures;
};

static void *write_events(void *context)
{
    struct writer *writer = context;
    struct store_event event = {.project = "shop", .text = "{}"};
    struct store *store = NULL;
    uint64_t sequence;

    if (store_open(writer->fixture->folder, &store, NULL) < 0) {
        writer->failures = 1000;
        return NULL;
    }
    for (int i = 0; i < 40; i++)
        writer->failures += store_add_event(store, &event, &sequence, NULL) < 0;
    (void)store_close(store);
    return NULL;
}

/* Also those that open it, and make it, at the same time. */
static void several_threads_write_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct writer writers[4];
    struct store_event *events;
    char path[128];
    uint32_t count;

    fixture->store = store_close(fixture->store);
    path_of(fixture, path);
    (void)unlink(path);
    for (int i = 0; i < 4; i++) {
        writers[i] = (struct writer){.fixture = fixture};
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_events, &writers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        (void)pthread_join(writers[i].thread, NULL);
        assert_int_equal(writers[i].failures, 0);
    }
    fixture->store = fixture_open_other(fixture);
    assert_int_equal(
        store_list_events(fixture->store, &fixture->arena, NULL, 0, 0, 0, &events, &count, NULL),
        0);
    assert_int_equal(count, 160);
}

/* In a child, so that the limit goes with it. Says by its status what was wrong. */
static int fill_the_disk(const struct fixture *fixture)
{
    static char text[65536];
    struct rlimit limit = {512 * 1024, 512 * 1024};
    _cleanup_error_ struct error *error = NULL;
    struct store *store = NULL;
    struct store_event event = {.project = "shop", .text = text};
    uint64_t sequence = 0;
    int r = 0;

    memset(text, 'x', sizeof(text) - 1);
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0 || store_open(fixture->folder, &store, NULL) < 0)
        return 1;
    for (int i = 0; i < 100 && r == 0; i++)
        r = store_add_event(store, &event, &sequence, &error);
    if (r != -ENOSPC || strstr(error->message, "disk is full") == NULL)
        return 2;
    if (store_check(store, NULL) < 0)
        return 3;
    return sequence > 0 ? 0 : 4;
}

static void a_full_disk_is_said_and_harms_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct store_event event = {.project = "shop", .text = "{}"};
    uint64_t sequence;
    int status;
    pid_t child;

    fixture->store = store_close(fixture->store);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(fill_the_disk(fixture));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    fixture->store = fixture_open_other(fixture);
    assert_int_equal(store_check(fixture->store, NULL), 0);
    assert_int_equal(store_add_event(fixture->store, &event, &sequence, NULL), 0);
}

static void a_newer_format_is_refused(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_error_ struct error *error = NULL;

    fixture->store = store_close(fixture->store);
    fixture_exec(fixture, "PRAGMA user_version = 99");
    error = expect_open_failure(fixture, EPROTO);
    assert_non_null(strstr(error->message, "newer version of Slipway"));
    assert_non_null(strstr(error->message, "99"));
}

static void somebody_elses_database_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_error_ struct error *error = NULL;
    char path[128];

    fixture->store = store_close(fixture->store);
    path_of(fixture, path);
    (void)unlink(path);
    fixture_exec(fixture, "CREATE TABLE theirs (a)");
    error = expect_open_failure(fixture, EUCLEAN);
    assert_non_null(strstr(error->message, "none of Slipway's"));
}

static void what_is_no_database_is_refused(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_error_ struct error *error = NULL;

    fixture->store = store_close(fixture->store);
    overwrite(fixture, 0, "this is a letter to my mother", 30);
    error = expect_open_failure(fixture, EUCLEAN);
    assert_non_null(strstr(error->message, "damaged"));
}

static void what_is_no_file_is_refused(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_error_ struct error *error = NULL;
    char path[128];

    fixture->store = store_close(fixture->store);
    path_of(fixture, path);
    (void)unlink(path);
    assert_int_equal(symlink("elsewhere", path), 0);
    error = expect_open_failure(fixture, EUCLEAN);
    (void)unlink(path);
}

static void a_damaged_page_is_found(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_error_ struct error *error = NULL;
    uint32_t number;
    char path[128];
    char garbage[4000];
    struct stat found;

    for (int i = 0; i < 300; i++)
        (void)store_add_revision(fixture->store, "shop", &revision, &number, NULL);
    fixture->store = store_close(fixture->store); /* moves the journal into the file */
    path_of(fixture, path);
    assert_int_equal(stat(path, &found), 0);
    assert_true(found.st_size > 12 * 4096);
    memset(garbage, 0x5a, sizeof(garbage));
    for (off_t page = 1; page * 4096 < found.st_size; page++)
        overwrite(fixture, page * 4096 + 20, garbage, sizeof(garbage));
    fixture->store = fixture_open_other(fixture);
    assert_int_equal(store_check(fixture->store, &error), -EUCLEAN);
    assert_non_null(strstr(error->message, "damaged"));
}

/* Tables that are ours in name alone. */
static void hostile_rows_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct store_revision got;
    struct store_deploy deploy = {.project = "shop", .kind = "up"};
    struct store_deploy *deploys;
    uint32_t number, count;
    uint64_t id;

    (void)store_add_revision(fixture->store, "shop", &revision, &number, NULL);
    (void)store_add_deploy(fixture->store, &deploy, &id, NULL);
    fixture_exec(fixture, "UPDATE revisions SET state = 77");
    assert_int_equal(store_get_revision(fixture->store, &fixture->arena, "shop", 1, &got, NULL),
                     -EUCLEAN);
    fixture_exec(fixture, "UPDATE deploys SET state = 'x' || id, kind = x'00ff'");
    assert_int_equal(
        store_list_deploys(fixture->store, &fixture->arena, NULL, false, 0, &deploys, &count, NULL),
        0);
    fixture_exec(fixture, "DROP TABLE revisions");
    assert_int_equal(store_add_revision(fixture->store, "shop", &revision, &number, NULL),
                     -EUCLEAN);
    assert_int_equal(store_set_serving(fixture->store, "shop", 1, false, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(what_was_done_survives_a_kill),
        fixture_test(several_threads_write_at_once),
        fixture_test(a_full_disk_is_said_and_harms_nothing),
        fixture_test(a_newer_format_is_refused),
        fixture_test(somebody_elses_database_is_left_alone),
        fixture_test(what_is_no_database_is_refused),
        fixture_test(what_is_no_file_is_refused),
        fixture_test(a_damaged_page_is_found),
        fixture_test(hostile_rows_are_refused),
    };

    return cmocka_run_group_tests_name("store_failure", tests, NULL, NULL);
}

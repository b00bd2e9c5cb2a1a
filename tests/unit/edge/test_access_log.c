/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "edge/access_log.h"
#include "os/os.h"

enum {
    LOG_A = 11,
    LOG_B = 12,
};

static struct access_log *access_log;
static struct access_buffer *buffer;
static struct access_buffer *others; /* freed after the log */
static uint64_t dropped;
static _Atomic uint32_t warning_count;

static void count_warning(void *context, const char *text, size_t size)
{
    (void)context;
    (void)size;
    assert_non_null(strstr(text, "access log"));
    atomic_fetch_add(&warning_count, 1);
}

static _Atomic uint32_t poll_count;

static int count_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    atomic_fetch_add(&poll_count, 1);
    return os_default_ops.poll(fds, count, timeout_ms);
}

static int begin(void **state)
{
    (void)state;
    dropped = 0;
    atomic_store(&warning_count, 0);
    atomic_store(&poll_count, 0);
    log_set_writer(count_warning, NULL);
    if (access_log_new(&access_log) != 0)
        return 1;
    buffer = access_buffer_new(access_log, &dropped);
    return buffer == NULL;
}

/* Writes all that is on its way. */
static void finish(void)
{
    if (buffer != NULL)
        access_log_flush(buffer);
    access_log = access_log_free(access_log);
    if (buffer != NULL)
        access_log_flush(buffer); /* what could not be written is counted */
    buffer = access_buffer_free(buffer);
    others = access_buffer_free(others);
}

static int end(void **state)
{
    (void)state;
    finish();
    log_set_writer(NULL, NULL);
    return 0;
}

/* A file without a name. */
static int new_file(void)
{
    char path[] = "/tmp/slipway-access-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    (void)unlink(path);
    return fd;
}

static int copy_of(int fd)
{
    int copy = dup(fd);

    assert_true(copy >= 0);
    return copy;
}

static void write_numbered(struct access_buffer *to, uint64_t id, uint32_t number)
{
    char text[16];
    int length = snprintf(text, sizeof(text), "n%06u", number);
    struct access_record record = {.connection_id = access_text_of(text, (size_t)length)};

    access_log_write(to, id, ROUTE_LOG_FIELDS, &record);
}

/* How many whole lines there are, whose numbers ascend; no other bytes may be there. */
static uint32_t check_lines(const char *data, size_t size, uint32_t *last)
{
    uint32_t count = 0;

    while (size > 0) {
        const char *newline = memchr(data, '\n', size);
        unsigned int number;

        assert_non_null(newline);
        assert_memory_equal(data, "http ", 5);
        assert_true(newline - data > 8);
        assert_int_equal(sscanf(newline - 7, "n%6u", &number), 1);
        if (last != NULL) {
            assert_true(count == 0 || number > *last);
            *last = number;
        }
        count++;
        size -= (size_t)(newline + 1 - data);
        data = newline + 1;
    }
    return count;
}

static uint32_t check_file(int fd, uint32_t *last)
{
    struct stat status;
    uint32_t count;
    char *data;

    assert_int_equal(fstat(fd, &status), 0);
    data = malloc((size_t)status.st_size + 1);
    assert_non_null(data);
    assert_int_equal(pread(fd, data, (size_t)status.st_size, 0), status.st_size);
    count = check_lines(data, (size_t)status.st_size, last);
    free(data);
    return count;
}

static void test_lines_come_to_their_logs_in_order(void **state)
{
    int a = new_file();
    int b = new_file();
    uint32_t last = 0;

    (void)state;
    assert_int_equal(access_log_set(access_log, LOG_A, copy_of(a)), 0);
    assert_int_equal(access_log_set(access_log, LOG_B, copy_of(b)), 0);
    for (uint32_t i = 0; i < 1000; i++) {
        write_numbered(buffer, LOG_A, i);
        if (i % 3 == 0)
            write_numbered(buffer, LOG_B, i);
    }
    finish();
    assert_int_equal(dropped, 0);
    assert_int_equal(check_file(a, &last), 1000);
    assert_int_equal(last, 999);
    assert_int_equal(check_file(b, &last), 334);
    (void)close(a);
    (void)close(b);
}

static void test_a_log_is_reopened(void **state)
{
    int before = new_file();
    int after = new_file();

    (void)state;
    assert_int_equal(access_log_set(access_log, LOG_A, copy_of(before)), 0);
    for (uint32_t i = 0; i < 10; i++)
        write_numbered(buffer, LOG_A, i);
    access_log_flush(buffer);
    assert_int_equal(access_log_set(access_log, LOG_A, copy_of(after)), 0);
    for (uint32_t i = 0; i < 5; i++)
        write_numbered(buffer, LOG_A, i);
    access_log_flush(buffer);
    assert_int_equal(access_log_set(access_log, LOG_A, -1), 0);
    write_numbered(buffer, LOG_A, 0);
    write_numbered(buffer, LOG_B, 0);
    finish();
    assert_int_equal(check_file(before, NULL), 10);
    assert_int_equal(check_file(after, NULL), 5);
    /* One log was taken away, the other was never there. */
    assert_int_equal(dropped, 2);
    (void)close(before);
    (void)close(after);
}

static void test_a_full_disk_drops_and_is_told_once(void **state)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    if (full < 0)
        skip();
    assert_int_equal(access_log_set(access_log, LOG_A, full), 0);
    for (uint32_t i = 0; i < 100; i++) {
        write_numbered(buffer, LOG_A, i);
        if (i % 20 == 0)
            access_log_flush(buffer);
    }
    finish();
    assert_int_equal(dropped, 100);
    assert_int_equal(atomic_load(&warning_count), 1);
}

static void test_a_reader_that_has_gone_drops(void **state)
{
    int fds[2];

    (void)state;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    (void)close(fds[0]);
    assert_int_equal(access_log_set(access_log, LOG_A, fds[1]), 0);
    write_numbered(buffer, LOG_A, 1);
    finish();
    assert_int_equal(dropped, 1);
}

/* Reads what is there until nothing more comes, and the writer has it all. */
static size_t read_all(int fd, char *data, size_t size)
{
    size_t used = 0;

    for (;;) {
        ssize_t length = read(fd, data + used, size - used);

        if (length <= 0)
            return used;
        used += (size_t)length;
    }
}

/* Until it has tried all that was handed over before. */
static void wait_for_the_writer(void)
{
    static uint64_t count = 0;
    struct access_buffer *other = access_buffer_new(access_log, &count);
    int fds[2];

    assert_non_null(other);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(access_log_set(access_log, LOG_B, fds[1]), 0);
    write_numbered(other, LOG_B, 0);
    access_log_flush(other);
    assert_int_equal(poll(&(struct pollfd){.fd = fds[0], .events = POLLIN}, 1, 10000), 1);
    others = other;
    (void)close(fds[0]);
}

static void test_a_pipe_that_nobody_empties_drops_whole_lines(void **state)
{
    const uint32_t lines = 6000;
    uint32_t count;
    uint32_t last = 0;
    size_t size = 4 << 20;
    char *data = malloc(size);
    size_t used;
    int fds[2];

    (void)state;
    assert_non_null(data);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(access_log_set(access_log, LOG_A, copy_of(fds[1])), 0);
    for (uint32_t i = 0; i < lines; i++) {
        write_numbered(buffer, LOG_A, i);
        /* So that the next chunk does not just fit. */
        if (i == 0)
            access_log_flush(buffer);
    }
    access_log_flush(buffer);
    wait_for_the_writer();
    /* The rest of a torn line comes with the next. */
    used = read_all(fds[0], data, size);
    write_numbered(buffer, LOG_A, 900000);
    finish();
    used += read_all(fds[0], data + used, size - used);
    count = check_lines(data, used, &last);
    assert_true(dropped > 0);
    assert_int_equal(last, 900000);
    assert_int_equal(count + dropped, lines + 1);
    free(data);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void test_a_thread_never_waits_and_counts_what_finds_no_room(void **state)
{
    const uint32_t lines = 20000; /* far more than all chunks hold */
    char *data = malloc(8 << 20);
    uint32_t count;
    int fds[2];

    (void)state;
    assert_non_null(data);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(access_log_set(access_log, LOG_A, copy_of(fds[1])), 0);
    for (uint32_t i = 0; i < lines; i++)
        write_numbered(buffer, LOG_A, i);
    finish();
    assert_true(dropped > lines / 2);
    assert_int_equal(atomic_load(&warning_count), 1);
    /* Nor does the writing thread, but once: it has other logs. */
    assert_int_equal(atomic_load(&poll_count), 1);
    /* What is in the pipe ends anywhere in a line. */
    count = 0;
    for (size_t i = 0, used = read_all(fds[0], data, 8 << 20); i < used; i++)
        count += data[i] == '\n';
    assert_in_range(count + dropped, lines - 1, lines);
    free(data);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

enum {
    THREADS = 4,
    LINES = 3000
};

static void *write_many(void *argument)
{
    struct access_buffer *mine = argument;

    for (uint32_t i = 0; i < LINES; i++)
        write_numbered(mine, LOG_A, i);
    access_log_flush(mine);
    return NULL;
}

static void test_many_threads_write_one_log(void **state)
{
    struct access_buffer *buffers[THREADS];
    uint64_t counts[THREADS] = {0};
    pthread_t threads[THREADS];
    uint64_t sum = 0;
    int file = new_file();

    (void)state;
    assert_int_equal(access_log_set(access_log, LOG_A, copy_of(file)), 0);
    for (int i = 0; i < THREADS; i++) {
        buffers[i] = access_buffer_new(access_log, &counts[i]);
        assert_non_null(buffers[i]);
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, buffers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    access_log = access_log_free(access_log);
    for (int i = 0; i < THREADS; i++) {
        access_log_flush(buffers[i]);
        sum += counts[i];
        (void)access_buffer_free(buffers[i]);
    }
    buffer = access_buffer_free(buffer);
    assert_int_equal(check_file(file, NULL) + sum, THREADS * LINES);
    (void)close(file);
}

static void test_there_are_only_so_many_logs(void **state)
{
    int r = 0;

    (void)state;
    assert_int_equal(access_log_set(access_log, 0, -1), -EINVAL);
    for (uint64_t id = 1; id <= 256; id++)
        assert_int_equal(access_log_set(access_log, id, -1), 0);
    r = access_log_set(access_log, 257, -1);
    assert_int_equal(r, -ENOSPC);
    assert_int_equal(access_log_set(access_log, 1, -1), 0);
    assert_int_equal(access_log_set(access_log, 1, 1 << 20), -EBADF);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(lines_come_to_their_logs_in_order),
        TEST(a_log_is_reopened),
        TEST(a_full_disk_drops_and_is_told_once),
        TEST(a_reader_that_has_gone_drops),
        TEST(a_pipe_that_nobody_empties_drops_whole_lines),
        TEST(a_thread_never_waits_and_counts_what_finds_no_room),
        TEST(many_threads_write_one_log),
        TEST(there_are_only_so_many_logs),
    };

    struct os_ops counting = os_default_ops;

    counting.poll = count_poll;
    (void)os_set_ops(&counting);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

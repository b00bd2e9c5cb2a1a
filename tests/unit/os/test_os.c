/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "os/os.h"

static struct os_ops ops;
static int interruptions;

static int restore(void **state)
{
    (void)state;
    (void)os_set_ops(NULL);
    log_set_writer(NULL, NULL);
    return 0;
}

static int interrupted_once(void)
{
    if (interruptions++ > 0)
        return 0;
    errno = EINTR;
    return -1;
}

static int interrupted_open(const char *path, int flags, mode_t mode)
{
    return interrupted_once() < 0 ? -1 : os_default_ops.open(path, flags, mode);
}

static ssize_t interrupted_read(int fd, void *data, size_t size)
{
    return interrupted_once() < 0 ? -1 : os_default_ops.read(fd, data, size);
}

static ssize_t interrupted_write(int fd, const void *data, size_t size)
{
    return interrupted_once() < 0 ? -1 : os_default_ops.write(fd, data, size);
}

static int interrupted_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    return interrupted_once() < 0 ? -1 : os_default_ops.poll(fds, count, timeout_ms);
}

static int interrupted_close(int fd)
{
    (void)os_default_ops.close(fd);
    return interrupted_once();
}

static void interrupted_calls_are_repeated_except_for_close(void **state)
{
    char data[4] = {0};
    int ends[2];
    int fd;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    ops = os_default_ops;
    ops.open = interrupted_open;
    ops.read = interrupted_read;
    ops.write = interrupted_write;
    ops.poll = interrupted_poll;
    ops.close = interrupted_close;
    (void)os_set_ops(&ops);

    interruptions = 0;
    fd = os_open("/dev/null", O_RDONLY, 0);
    assert_true(fd >= 0);
    interruptions = 0;
    assert_int_equal(os_write(ends[1], "abc", 3), 3);
    interruptions = 0;
    assert_int_equal(os_wait_for_fd(ends[0], POLLIN), 0);
    interruptions = 0;
    assert_int_equal(os_read(ends[0], data, sizeof(data)), 3);
    assert_string_equal(data, "abc");
    interruptions = 0;
    assert_int_equal(os_close(fd), 0);
    assert_int_equal(interruptions, 1);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
}

static void descriptors_close_on_exec(void **state)
{
    int fd = os_open("/dev/null", O_RDONLY, 0);

    (void)state;
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(os_close(fd), 0);
}

static void failures_are_negative_codes(void **state)
{
    char byte;

    (void)state;
    assert_int_equal(os_open("/nonexistent/file", O_RDONLY, 0), -ENOENT);
    assert_int_equal(os_read(-1, &byte, 1), -EBADF);
    assert_int_equal(os_write(-1, "x", 1), -EBADF);
    assert_int_equal(os_close(-1), -EBADF);
}

static ssize_t random_in_pieces(void *data, size_t size, unsigned int flags)
{
    (void)flags;
    if (interrupted_once() < 0)
        return -1;
    size = size < 3 ? size : 3;
    memset(data, 'r', size);
    return (ssize_t)size;
}

static ssize_t no_random(void *data, size_t size, unsigned int flags)
{
    (void)data;
    (void)size;
    (void)flags;
    errno = ENOSYS;
    return -1;
}

static void entropy_fills_the_whole_buffer_or_fails(void **state)
{
    char data[11] = {0};
    uint64_t numbers[2] = {0};

    (void)state;
    ops = os_default_ops;
    ops.getrandom = random_in_pieces;
    (void)os_set_ops(&ops);
    interruptions = 0;
    assert_int_equal(os_random(data, 10), 0);
    assert_string_equal(data, "rrrrrrrrrr");
    ops.getrandom = no_random;
    assert_int_equal(os_random(data, 10), -ENOSYS);
    (void)os_set_ops(NULL);
    assert_int_equal(os_random(numbers, sizeof(numbers)), 0);
    assert_true(numbers[0] != numbers[1]);
}

static int clock_of_test(clockid_t clock, struct timespec *time)
{
    *time = (struct timespec){.tv_sec = clock == CLOCK_MONOTONIC ? 5 : 1000, .tv_nsec = 7};
    return 0;
}

static void each_clock_is_read_in_nanoseconds(void **state)
{
    (void)state;
    ops = os_default_ops;
    ops.clock_gettime = clock_of_test;
    (void)os_set_ops(&ops);
    assert_true(os_monotonic_time_ns() == 5 * TIME_SECOND + 7);
    assert_true(os_real_time_ns() == 1000 * TIME_SECOND + 7);
}

static int window_of_test(int fd, struct winsize *size)
{
    size->ws_col = 132;
    return fd == 1 ? 0 : -1;
}

static int terminal_of_test(int fd)
{
    return fd == 1;
}

static void the_width_of_a_terminal_is_known_only_for_a_terminal(void **state)
{
    (void)state;
    ops = os_default_ops;
    ops.window_size = window_of_test;
    ops.isatty = terminal_of_test;
    (void)os_set_ops(&ops);
    assert_int_equal(os_terminal_width(1), 132);
    assert_int_equal(os_terminal_width(2), 0);
    assert_true(os_is_terminal(1));
    assert_false(os_is_terminal(2));
}

static void replacing_the_table_returns_the_one_before(void **state)
{
    static const struct os_ops first;

    (void)state;
    assert_ptr_equal(os_set_ops(&first), &os_default_ops);
    assert_ptr_equal(os, &first);
    assert_ptr_equal(os_set_ops(NULL), &first);
    assert_ptr_equal(os, &os_default_ops);
}

static void log_lines_go_to_the_descriptor(void **state)
{
    char data[100] = {0};
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    os_log_to(ends[1]);
    log_warning("disk %d%% full", 90);
    assert_int_equal(read(ends[0], data, sizeof(data) - 1), strlen("warning: disk 90% full\n"));
    assert_string_equal(data, "warning: disk 90% full\n");
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(interrupted_calls_are_repeated_except_for_close, restore),
        cmocka_unit_test(descriptors_close_on_exec),
        cmocka_unit_test(failures_are_negative_codes),
        cmocka_unit_test_teardown(entropy_fills_the_whole_buffer_or_fails, restore),
        cmocka_unit_test_teardown(each_clock_is_read_in_nanoseconds, restore),
        cmocka_unit_test_teardown(the_width_of_a_terminal_is_known_only_for_a_terminal, restore),
        cmocka_unit_test_teardown(replacing_the_table_returns_the_one_before, restore),
        cmocka_unit_test_teardown(log_lines_go_to_the_descriptor, restore),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "loop/child.h"

static struct loop loop;

static int start(void **state)
{
    (void)state;
    return loop_init(&loop);
}

static int stop(void **state)
{
    (void)state;
    loop_deinit(&loop);
    return 0;
}

static unsigned int ends;
static int last_status;

static void record_end(struct loop_child *child, int status)
{
    assert_false(loop_source_is_watched(&child->source));
    ends++;
    last_status = status;
    loop_stop(&loop);
}

static pid_t start_child_that_exits(int status)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(status);
    return pid;
}

/* Until its standard input ends, or for ever. */
static pid_t start_child_that_reads(int fd)
{
    pid_t pid = fork();
    char byte;

    assert_true(pid >= 0);
    if (pid == 0) {
        (void)!read(fd, &byte, 1);
        while (fd < 0)
            (void)pause();
        _exit(0);
    }
    return pid;
}

static void the_exit_of_a_child_comes_with_its_status(void **state)
{
    struct loop_child child;
    int status;

    (void)state;
    ends = 0;
    assert_int_equal(loop_child_watch(&child, &loop, start_child_that_exits(7), record_end), 0);
    assert_int_equal(loop_run(&loop), 0);
    assert_int_equal(ends, 1);
    assert_true(WIFEXITED(last_status));
    assert_int_equal(WEXITSTATUS(last_status), 7);
    assert_int_equal(waitpid(child.pid, &status, WNOHANG), -1); /* reaped */
    assert_int_equal(loop_child_signal(&child, SIGKILL), -ESRCH);
    loop_child_forget(&child);
}

static void one_that_has_ended_before_is_reported_too(void **state)
{
    struct loop_child child;
    pid_t pid = start_child_that_exits(3);
    siginfo_t info;

    (void)state;
    ends = 0;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(loop_child_watch(&child, &loop, pid, record_end), 0);
    assert_int_equal(loop_run(&loop), 0);
    assert_int_equal(WEXITSTATUS(last_status), 3);
}

static void a_signal_reaches_the_child_and_its_death_comes_back(void **state)
{
    struct loop_child child;

    (void)state;
    ends = 0;
    assert_int_equal(loop_child_watch(&child, &loop, start_child_that_reads(-1), record_end), 0);
    assert_int_equal(loop_run_once(&loop, 0), 0);
    assert_int_equal(ends, 0);
    assert_int_equal(loop_child_signal(&child, SIGKILL), 0);
    assert_int_equal(loop_run(&loop), 0);
    assert_int_equal(ends, 1);
    assert_true(WIFSIGNALED(last_status));
    assert_int_equal(WTERMSIG(last_status), SIGKILL);
}

static void a_forgotten_child_is_left_alone(void **state)
{
    struct loop_child child;
    int status = 0;
    pid_t pid;

    (void)state;
    ends = 0;
    pid = start_child_that_exits(5);
    assert_int_equal(loop_child_watch(&child, &loop, pid, record_end), 0);
    loop_child_forget(&child);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 5);
    assert_int_equal(loop_run_once(&loop, 0), 0);
    assert_int_equal(ends, 0);
}

static void the_end_of_a_process_that_is_no_child_comes_without_a_status(void **state)
{
    struct loop_child child;
    int input[2];
    int numbers[2];
    int status = 0;
    pid_t grandchild = 0;
    pid_t pid;

    (void)state;
    ends = 0;
    assert_int_equal(pipe2(input, O_CLOEXEC), 0);
    assert_int_equal(pipe2(numbers, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(input[1]);
        grandchild = start_child_that_reads(input[0]);
        _exit(write(numbers[1], &grandchild, sizeof(grandchild)) != sizeof(grandchild));
    }
    assert_int_equal(read(numbers[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(loop_child_watch(&child, &loop, grandchild, record_end), 0);
    (void)close(input[1]);
    assert_int_equal(loop_run(&loop), 0);
    assert_int_equal(ends, 1);
    assert_int_equal(last_status, LOOP_CHILD_STATUS_UNKNOWN);
    (void)close(input[0]);
    (void)close(numbers[0]);
    (void)close(numbers[1]);
}

static void a_process_that_does_not_exist_is_refused(void **state)
{
    struct loop_child child;
    pid_t pid = start_child_that_exits(0);
    int status;

    (void)state;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(loop_child_watch(&child, &loop, pid, record_end), -ESRCH);
    assert_false(loop_source_is_watched(&child.source));
}

#define loop_unit_test(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        loop_unit_test(the_exit_of_a_child_comes_with_its_status),
        loop_unit_test(one_that_has_ended_before_is_reported_too),
        loop_unit_test(a_signal_reaches_the_child_and_its_death_comes_back),
        loop_unit_test(a_forgotten_child_is_left_alone),
        loop_unit_test(the_end_of_a_process_that_is_no_child_comes_without_a_status),
        loop_unit_test(a_process_that_does_not_exist_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

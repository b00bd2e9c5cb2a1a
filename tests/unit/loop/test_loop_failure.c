/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "fault.h"
#include "loop/child.h"
#include "loop/loop.h"
#include "loop/signals.h"
#include "os/os.h"

static struct loop loop;

static size_t count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count;
}

static int init_loop(void)
{
    return loop_init(&loop);
}

static void deinit_loop(void)
{
    loop_deinit(&loop);
}

static struct loop_signals signals;

static int init_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    return loop_signals_init(&signals, &loop, &set, NULL);
}

static void deinit_signals(void)
{
    loop_signals_deinit(&signals);
}

static struct loop_child child;

static int watch_child(void)
{
    return loop_child_watch(&child, &loop, getpid(), NULL);
}

static void forget_child(void)
{
    loop_child_forget(&child);
}

/* Returns how many calls there are to fail. */
static size_t fail_every_call(int (*function)(void), void (*undo)(void))
{
    size_t descriptors = count_descriptors();
    size_t outstanding = fault_outstanding();

    for (size_t n = 1;; n++) {
        int r;

        (void)os_set_ops(fault_os_ops(n, EMFILE));
        r = function();
        (void)os_set_ops(NULL);
        if (r == 0) {
            assert_false(fault_os_call_failed());
            undo();
        } else {
            assert_int_equal(r, -EMFILE);
        }
        assert_int_equal(count_descriptors(), descriptors);
        assert_int_equal(fault_outstanding(), outstanding);
        if (r < 0)
            undo(); /* does no harm */
        if (r == 0)
            return n - 1;
    }
}

static void a_loop_is_made_whole_or_not_at_all(void **state)
{
    (void)state;
    /* epoll_create1, eventfd, epoll_ctl */
    assert_int_equal(fail_every_call(init_loop, deinit_loop), 3);
    fault_fail_allocation(1);
    assert_int_equal(init_loop(), -ENOMEM);
    fault_reset();
    deinit_loop();
}

static void nothing_allocates_after_the_start(void **state)
{
    static struct loop_source source;
    int ends[2];

    (void)state;
    assert_int_equal(init_loop(), 0);
    assert_int_equal(pipe(ends), 0);
    fault_fail_allocations_from(1);
    loop_source_init(&source, NULL);
    assert_int_equal(loop_source_add(&loop, &source, ends[0], 0), 0);
    assert_int_equal(init_signals(), 0);
    assert_int_equal(watch_child(), 0);
    assert_int_equal(loop_run_once(&loop, 0), 0);
    forget_child();
    deinit_signals();
    loop_source_close(&source);
    assert_false(fault_allocation_failed());
    fault_reset();
    (void)close(ends[1]);
    deinit_loop();
}

static void signals_are_watched_or_the_mask_is_as_before(void **state)
{
    sigset_t mask;

    (void)state;
    assert_int_equal(init_loop(), 0);
    /* pthread_sigmask, signalfd, epoll_ctl */
    assert_int_equal(fail_every_call(init_signals, deinit_signals), 3);
    (void)os_set_ops(fault_os_ops(2, EMFILE));
    assert_int_equal(init_signals(), -EMFILE);
    (void)os_set_ops(NULL);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
    assert_int_equal(sigismember(&mask, SIGUSR1), 0);
    deinit_loop();
}

static void a_child_is_watched_or_not(void **state)
{
    (void)state;
    assert_int_equal(init_loop(), 0);
    /* pidfd_open, epoll_ctl */
    assert_int_equal(fail_every_call(watch_child, forget_child), 2);
    deinit_loop();
}

static void waiting_returns_its_failure(void **state)
{
    (void)state;
    assert_int_equal(init_loop(), 0);
    (void)os_set_ops(fault_os_ops(1, EIO));
    assert_int_equal(loop_run(&loop), -EIO);
    (void)os_set_ops(NULL);
    assert_int_equal(loop_run_once(&loop, 0), 0);
    deinit_loop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_is_made_whole_or_not_at_all),
        cmocka_unit_test(nothing_allocates_after_the_start),
        cmocka_unit_test(signals_are_watched_or_the_mask_is_as_before),
        cmocka_unit_test(a_child_is_watched_or_not),
        cmocka_unit_test(waiting_returns_its_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

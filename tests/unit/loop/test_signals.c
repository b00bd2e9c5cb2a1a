/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "loop/signals.h"

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

static void turns(unsigned int count)
{
    while (count-- > 0)
        assert_int_equal(loop_run_once(&loop, 0), 0);
}

static bool is_blocked(int signal)
{
    sigset_t blocked;

    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &blocked), 0);
    return sigismember(&blocked, signal) == 1;
}

static unsigned int seen[NSIG];

static void count_signal(struct loop_signals *signals, const struct signalfd_siginfo *info)
{
    (void)signals;
    assert_true(info->ssi_signo < NSIG);
    assert_int_equal(info->ssi_pid, getpid());
    seen[info->ssi_signo]++;
}

static void each_signal_of_the_set_is_received(void **state)
{
    struct loop_signals signals;
    sigset_t set;

    (void)state;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    (void)sigaddset(&set, SIGTERM);
    assert_int_equal(loop_signals_init(&signals, &loop, &set, count_signal), 0);
    assert_true(is_blocked(SIGUSR1) && is_blocked(SIGTERM));
    turns(3);
    assert_int_equal(seen[SIGUSR1], 0);

    assert_int_equal(kill(getpid(), SIGUSR1), 0);
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    turns(3);
    assert_int_equal(seen[SIGUSR1], 1);
    assert_int_equal(seen[SIGTERM], 1);
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    turns(3);
    assert_int_equal(seen[SIGUSR1], 1);
    assert_int_equal(seen[SIGTERM], 2);

    loop_signals_deinit(&signals);
    assert_false(is_blocked(SIGUSR1) || is_blocked(SIGTERM));
    loop_signals_deinit(&signals);
}

static unsigned int ended;

static void end_signals(struct loop_signals *signals, const struct signalfd_siginfo *info)
{
    /* The other one is pending: dropped here, as it would kill the test. */
    struct timespec zero = {0};
    sigset_t set;

    (void)info;
    ended++;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    (void)sigaddset(&set, SIGUSR2);
    (void)sigtimedwait(&set, NULL, &zero);
    loop_signals_deinit(signals);
    free(signals);
}

static void the_receiver_may_end_it(void **state)
{
    struct loop_signals *signals = malloc(sizeof(*signals));
    sigset_t set;

    (void)state;
    assert_non_null(signals);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    (void)sigaddset(&set, SIGUSR2);
    assert_int_equal(loop_signals_init(signals, &loop, &set, end_signals), 0);
    assert_int_equal(kill(getpid(), SIGUSR1), 0);
    assert_int_equal(kill(getpid(), SIGUSR2), 0);
    turns(3);
    assert_int_equal(ended, 1);
}

#define loop_unit_test(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        loop_unit_test(each_signal_of_the_set_is_received),
        loop_unit_test(the_receiver_may_end_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

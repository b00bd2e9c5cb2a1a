/* SPDX-License-Identifier: Apache-2.0 */
/* Makes every allocation, and every system call of a health check, fail in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/time.h"
#include "edge/access_log.h"
#include "edge/balance.h"
#include "edge/limit.h"
#include "edge/prober.h"
#include "fault.h"
#include "group_fixture.h"
#include "os/os.h"

static struct group_fixture *fixture;

static int end(void **state)
{
    (void)state;
    if (fixture != NULL)
        group_fixture_free(fixture);
    fixture = NULL;
    return 0;
}

/* Calls it with the first, the second ... allocation failing, until none does. Returns how many
 * there were. */
static size_t fail_every_allocation(int (*function)(void), void (*undo)(void))
{
    size_t before = fault_outstanding();

    for (size_t n = 1;; n++) {
        int r;

        fault_fail_allocation(n);
        r = function();
        fault_reset();
        if (!fault_allocation_failed()) {
            assert_int_equal(r, 0);
            undo();
            assert_int_equal(fault_outstanding(), before);
            return n - 1;
        }
        assert_int_equal(r, -ENOMEM);
        undo();
        assert_int_equal(fault_outstanding(), before);
    }
}

static struct balance balance;

static int refresh(void)
{
    struct balance_request request = {0};
    int r;

    balance_init(&balance);
    r = balance_refresh(&balance, &fixture->view, TIME_SECOND);
    /* Nobody, rather than somebody who is not planned for; and the next one tries again. */
    if (r < 0)
        assert_null(balance_pick(&balance, &fixture->state, &request));
    return r;
}

static void forget_balance(void)
{
    struct balance_request request = {0};

    assert_int_equal(balance_refresh(&balance, &fixture->view, TIME_SECOND), 0);
    assert_non_null(balance_pick(&balance, &fixture->state, &request));
    balance_deinit(&balance);
}

static void test_a_balance_without_memory(void **state)
{
    (void)state;
    fixture = group_fixture_new(3, ROUTE_ALGORITHM_HASH);
    fixture->target_configs[0].weight = 2;
    assert_int_equal(fail_every_allocation(refresh, forget_balance), 3);
}

static struct limits *limits;

static int make_limits(void)
{
    limits = limits_new();
    return limits == NULL ? -ENOMEM : 0;
}

static void forget_limits(void)
{
    limits = limits_free(limits);
}

static void test_limits_without_memory(void **state)
{
    (void)state;
    assert_int_equal(fail_every_allocation(make_limits, forget_limits), 1);
}

static struct access_log *access_log;
static struct access_buffer *buffer;
static uint64_t dropped;

/* Without the thread's own allocations, which are the C library's. */
static int use_log(void)
{
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int r;

    assert_true(fd >= 0);
    buffer = access_buffer_new(access_log, &dropped);
    r = buffer == NULL ? -ENOMEM : access_log_set(access_log, 1, fd);
    if (r < 0)
        (void)close(fd);
    return r;
}

static void forget_log(void)
{
    access_log = access_log_free(access_log);
    buffer = access_buffer_free(buffer);
}

static void test_an_access_log_without_memory(void **state)
{
    size_t before = fault_outstanding();

    (void)state;
    for (size_t n = 1;; n++) {
        int r;

        assert_int_equal(access_log_new(&access_log), 0);
        fault_fail_allocation(n);
        r = use_log();
        fault_reset();
        forget_log();
        if (!fault_allocation_failed()) {
            assert_int_equal(r, 0);
            break;
        }
        assert_int_equal(r, -ENOMEM);
    }
    /* What a thread's end leaves to the C library. */
    assert_true(fault_outstanding() <= before + 1);
}

/*
 * Health checks
 */

static struct loop loop;
static struct prober *prober;
static struct snapshot snapshot;

static int make_prober(void)
{
    int r = prober_new(&loop, NULL, NULL, &prober);

    if (r == 0)
        r = prober_update(prober, &snapshot, &fixture->view, 1);
    return r;
}

static void forget_prober(void)
{
    prober = prober_free(prober);
}

/* Whether the target is healthy after so many turns of the loop; errors of the loop's own calls are
 * none of ours. */
static void wait_until_healthy(void)
{
    uint64_t end_ns = os_monotonic_time_ns() + 20 * TIME_SECOND;

    while (atomic_load(&fixture->targets[0]->state->health) != STATE_HEALTH_HEALTHY) {
        assert_true(os_monotonic_time_ns() < end_ns);
        (void)loop_run_once(&loop, 10 * TIME_MILLISECOND);
    }
}

static int listen_for_checks(void)
{
    struct target *target = fixture->targets[0];
    int fd = os_stream_socket(AF_INET);

    assert_true(fd >= 0);
    assert_int_equal(os_bind(fd, &target->address, target->address_size), 0);
    assert_int_equal(os_listen(fd, 128), 0);
    assert_int_equal(os_local_address(fd, &target->address, &target->address_size), 0);
    fixture->config.health = (struct snapshot_health){.protocol = ROUTE_HEALTH_TCP,
                                                      .interval_ms = 5,
                                                      .timeout_ms = 2000,
                                                      .healthy = 1,
                                                      .unhealthy = 100};
    group_fixture_set_health(fixture, 0, STATE_HEALTH_INITIAL);
    return fd;
}

static void test_a_prober_without_memory(void **state)
{
    int fd;

    (void)state;
    fixture = group_fixture_new(1, ROUTE_ALGORITHM_ROUND_ROBIN);
    fd = listen_for_checks();
    assert_int_equal(loop_init(&loop), 0);
    prober = NULL;
    assert_int_equal(fail_every_allocation(make_prober, forget_prober), 3);
    /* A check without memory says nothing about its target. */
    assert_int_equal(make_prober(), 0);
    fault_fail_allocation(1);
    wait_until_healthy();
    fault_reset();
    assert_true(fault_allocation_failed());
    assert_int_equal(atomic_load(&fixture->targets[0]->state->failures), 0);
    forget_prober();
    loop_deinit(&loop);
    (void)os_close(fd);
}

static void test_checks_survive_every_call_that_fails(void **state)
{
    size_t before = fault_outstanding();
    int fd;

    (void)state;
    fixture = group_fixture_new(1, ROUTE_ALGORITHM_ROUND_ROBIN);
    fd = listen_for_checks();
    for (size_t n = 1;; n++) {
        bool has_failed;

        group_fixture_set_health(fixture, 0, STATE_HEALTH_INITIAL);
        assert_int_equal(loop_init(&loop), 0);
        assert_int_equal(make_prober(), 0);
        (void)os_set_ops(fault_os_ops(n, EMFILE));
        wait_until_healthy();
        (void)os_set_ops(NULL);
        has_failed = fault_os_call_failed();
        assert_int_equal(atomic_load(&fixture->targets[0]->state->failures), 0);
        forget_prober();
        loop_deinit(&loop);
        if (!has_failed) {
            assert_true(n > 4); /* socket, connect, register, the error, close */
            break;
        }
    }
    (void)os_close(fd);
    (void)end(NULL);
    assert_int_equal(fault_outstanding(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_balance_without_memory, end),
        cmocka_unit_test(test_limits_without_memory),
        cmocka_unit_test(test_an_access_log_without_memory),
        cmocka_unit_test_teardown(test_a_prober_without_memory, end),
        cmocka_unit_test_teardown(test_checks_survive_every_call_that_fails, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

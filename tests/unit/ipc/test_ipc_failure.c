/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fault.h"
#include "ipc/bundle.h"
#include "ipc/channel.h"
#include "ipc/state.h"
#include "os/memory.h"
#include "os/os.h"
#include "os/socket.h"

static size_t count_descriptors(void)
{
    size_t count = 0;

    for (int fd = 0; fd < 64; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static int make_bundle(void)
{
    struct bundle_pair pair = {"A", 1, "B", 1};
    struct bundle_listener listener = {.id = 1, .pairs = &pair, .pair_count = 1};
    struct bundle_ticket_keys keys = {0};
    struct bundle bundle;
    int fd = bundle_build(&listener, 1, &keys);
    int r;

    if (fd < 0)
        return fd;
    r = bundle_open(fd, &bundle);
    (void)os_close(fd);
    if (r == 0)
        bundle_close(&bundle);
    return r;
}

static int make_state(void)
{
    struct state state;
    int fd = state_create(1);
    int r;

    if (fd < 0)
        return fd;
    r = state_map(fd, true, &state);
    (void)os_close(fd);
    if (r == 0)
        state_unmap(&state);
    return r;
}

static void ignore_message(struct channel *channel, struct channel_message *message)
{
    (void)channel;
    (void)message;
}

static void ignore_end(struct channel *channel, int reason)
{
    (void)channel;
    (void)reason;
}

/* More messages than the socket takes, so that some are queued, then read by the other side. */
static int make_channel(void)
{
    struct loop loop;
    struct channel channels[2];
    struct message_start_control start = {0};
    int fds[2];
    int r = loop_init(&loop);

    if (r < 0)
        return r;
    r = os_socket_pair(SOCK_SEQPACKET, fds);
    channel_init(&channels[0], ignore_message, ignore_end);
    channel_init(&channels[1], ignore_message, ignore_end);
    if (r == 0) {
        r = channel_open(&channels[0], &loop, fds[0]);
        if (r < 0)
            (void)os_close(fds[1]);
    }
    if (r == 0)
        r = channel_open(&channels[1], &loop, fds[1]);
    for (unsigned int i = 0; r == 0 && channels[0].queued_count < 3; i++)
        r = channel_send(&channels[0], MESSAGE_START_CONTROL, i, &start, (int[]){0, 0, 0});
    for (unsigned int i = 0; r == 0 && i < 3; i++)
        r = loop_run_once(&loop, 0);
    channel_close(&channels[0]);
    channel_close(&channels[1]);
    loop_deinit(&loop);
    return r;
}

static void fail_all(int (*function)(void), bool is_failure_seen)
{
    size_t descriptors = count_descriptors();
    size_t outstanding = fault_outstanding();
    size_t n;

    for (n = 1;; n++) {
        int r;

        fault_fail_allocation(n);
        r = function();
        fault_reset();
        assert_int_equal(count_descriptors(), descriptors);
        assert_int_equal(fault_outstanding(), outstanding);
        if (!fault_allocation_failed())
            break;
        assert_int_equal(r, -ENOMEM);
    }
    for (n = 1;; n++) {
        int r;

        (void)os_set_ops(fault_os_ops(n, ENOBUFS));
        r = function();
        (void)os_set_ops(NULL);
        assert_int_equal(count_descriptors(), descriptors);
        assert_int_equal(fault_outstanding(), outstanding);
        if (!fault_os_call_failed())
            break;
        if (is_failure_seen)
            assert_true(r == 0 || r == -ENOBUFS || r == -EBADMSG || r == -EPIPE);
    }
    assert_true(n > 3);
}

static void a_bundle_survives_every_failure(void **state)
{
    (void)state;
    fail_all(make_bundle, true);
}

static void a_state_survives_every_failure(void **state)
{
    (void)state;
    fail_all(make_state, true);
}

static void a_channel_survives_every_failure(void **state)
{
    (void)state;
    fail_all(make_channel, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_survives_every_failure),
        cmocka_unit_test(a_state_survives_every_failure),
        cmocka_unit_test(a_channel_survives_every_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

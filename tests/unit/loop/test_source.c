/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "os/os.h"
#include "watch.h"

static struct loop loop;
static struct os_ops ops;

/* What the loop asked of the system. */
static unsigned int epoll_ctl_calls;
static uint32_t epoll_events;
static unsigned int waits_without_end;
static uint32_t events_withheld;

static int recorded_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    epoll_ctl_calls++;
    if (event != NULL)
        epoll_events = event->events;
    return os_default_ops.epoll_ctl(epoll_fd, operation, fd, event);
}

/* A wait that would block fails the test instead of hanging it. */
static int recorded_epoll_pwait2(int epoll_fd, struct epoll_event *events, int capacity,
                                 const struct timespec *timeout, const sigset_t *mask)
{
    static const struct timespec zero;
    int count;

    if (timeout == NULL || timeout->tv_sec != 0 || timeout->tv_nsec != 0)
        waits_without_end++;
    count = os_default_ops.epoll_pwait2(epoll_fd, events, capacity, &zero, mask);
    for (int i = 0; i < count; i++)
        events[i].events &= ~events_withheld;
    return count;
}

static int start(void **state)
{
    (void)state;
    ops = os_default_ops;
    ops.epoll_ctl = recorded_epoll_ctl;
    ops.epoll_pwait2 = recorded_epoll_pwait2;
    (void)os_set_ops(&ops);
    if (loop_init(&loop) < 0)
        return -1;
    return loop_run_once(&loop, 0); /* the loop's own descriptor reports that it can be written */
}

static int stop(void **state)
{
    (void)state;
    loop_deinit(&loop);
    (void)os_set_ops(NULL);
    return 0;
}

static void turn(void)
{
    assert_int_equal(loop_run_once(&loop, 0), 0);
}

static void each_edge_is_reported_once_and_readiness_remembered(void **state)
{
    struct watch watch;
    int ends[2];

    (void)state;
    open_pipe(ends);
    send_byte(ends[1]);
    send_byte(ends[1]);
    watch_add(&loop, &watch, ends[0]);
    turn();
    assert_int_equal(watch.calls, 1);
    assert_int_equal(watch.readiness, LOOP_READABLE);

    /* One byte is left: nothing new, so no call, but the source knows. */
    read_byte(ends[0]);
    turn();
    assert_int_equal(watch.calls, 1);
    assert_int_equal(watch.source.readiness, LOOP_READABLE);

    read_byte(ends[0]);
    loop_source_would_block(&watch.source, LOOP_READABLE);
    assert_int_equal(watch.source.readiness, 0);
    turn();
    assert_int_equal(watch.calls, 1);

    send_byte(ends[1]);
    turn();
    assert_int_equal(watch.calls, 2);
    assert_int_equal(watch.readiness, LOOP_READABLE);

    loop_source_remove(&watch.source);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_descriptor_is_registered_once_for_its_life(void **state)
{
    struct watch watch;
    int ends[2];

    (void)state;
    open_pair(ends);
    epoll_ctl_calls = 0;
    watch_add(&loop, &watch, ends[0]);
    assert_int_equal(epoll_ctl_calls, 1);
    assert_int_equal(epoll_events, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    for (int i = 0; i < 10; i++) {
        turn();
        loop_source_would_block(&watch.source, LOOP_READABLE | LOOP_WRITABLE);
        loop_source_again(&watch.source);
    }
    assert_int_equal(epoll_ctl_calls, 1);
    loop_source_remove(&watch.source);
    assert_int_equal(epoll_ctl_calls, 2);

    watch_add(&loop, &watch, ends[0]);
    loop_source_close(&watch.source);
    assert_int_equal(epoll_ctl_calls, 3); /* closing takes it out by itself */
    assert_int_equal(fcntl(ends[0], F_GETFD), -1);
    (void)close(ends[1]);
}

static void adding_fails_with_the_code_of_the_system(void **state)
{
    struct watch watch = {0};

    (void)state;
    loop_source_init(&watch.source, record_call);
    assert_int_equal(loop_source_add(&loop, &watch.source, 1 << 20, 0), -EBADF);
    assert_false(loop_source_is_watched(&watch.source));
    loop_source_remove(&watch.source);
    loop_source_again(&watch.source);
    turn();
    assert_int_equal(watch.calls, 0);
}

static void what_is_known_is_kept_when_something_else_is_reported(void **state)
{
    struct watch watch;
    int ends[2];

    (void)state;
    open_pair(ends);
    watch_add(&loop, &watch, ends[0]);
    turn();
    assert_int_equal(watch.readiness, LOOP_WRITABLE);
    send_byte(ends[1]);
    events_withheld = EPOLLOUT;
    turn();
    events_withheld = 0;
    assert_int_equal(watch.calls, 2);
    assert_int_equal(watch.readiness, LOOP_READABLE | LOOP_WRITABLE);
    loop_source_close(&watch.source);
    (void)close(ends[1]);
}

static void a_writer_that_would_block_is_called_when_there_is_room(void **state)
{
    static char block[65536];
    struct watch watch;
    int ends[2];

    (void)state;
    open_pair(ends);
    watch_add(&loop, &watch, ends[0]);
    turn();
    assert_int_equal(watch.readiness, LOOP_WRITABLE);
    while (write(ends[0], block, sizeof(block)) > 0)
        continue;
    assert_int_equal(errno, EAGAIN);
    loop_source_would_block(&watch.source, LOOP_WRITABLE);
    turn();
    assert_int_equal(watch.calls, 1);
    while (read(ends[1], block, sizeof(block)) > 0)
        continue;
    turn();
    assert_int_equal(watch.calls, 2);
    assert_int_equal(watch.readiness, LOOP_WRITABLE);
    loop_source_close(&watch.source);
    (void)close(ends[1]);
}

static void what_is_assumed_at_first_is_known_at_once(void **state)
{
    struct loop_source source;
    int ends[2];

    (void)state;
    open_pair(ends);
    loop_source_init(&source, record_call);
    assert_int_equal(loop_source_add(&loop, &source, ends[0], LOOP_WRITABLE), 0);
    assert_int_equal(source.readiness, LOOP_WRITABLE);
    loop_source_close(&source);
    (void)close(ends[1]);
}

static void again_calls_once_in_the_next_turn_without_waiting(void **state)
{
    struct watch watch;
    int ends[2];

    (void)state;
    open_pipe(ends);
    watch_add(&loop, &watch, ends[0]);
    send_byte(ends[1]);
    turn();
    loop_source_again(&watch.source);
    loop_source_again(&watch.source);
    assert_int_equal(watch.calls, 1);
    waits_without_end = 0;
    assert_int_equal(loop_run_once(&loop, TIME_FOREVER), 0);
    assert_int_equal(waits_without_end, 0);
    assert_int_equal(watch.calls, 2);
    assert_int_equal(watch.readiness, LOOP_READABLE);
    assert_int_equal(loop_run_once(&loop, TIME_FOREVER), 0);
    assert_int_equal(waits_without_end, 1);
    assert_int_equal(watch.calls, 2);

    /* What the system reports in the same turn is the same call. */
    loop_source_again(&watch.source);
    send_byte(ends[1]);
    turn();
    assert_int_equal(watch.calls, 3);
    loop_source_close(&watch.source);
    (void)close(ends[1]);
}

static void call_again(struct loop_source *source, unsigned int readiness)
{
    record_call(source, readiness);
    loop_source_again(source);
}

static void a_source_that_always_has_more_lets_others_run(void **state)
{
    struct watch greedy;
    struct watch other;
    int ends[2];
    int other_ends[2];

    (void)state;
    open_pipe(ends);
    open_pipe(other_ends);
    watch_add(&loop, &greedy, ends[0]);
    greedy.source.ready = call_again;
    watch_add(&loop, &other, other_ends[0]);
    send_byte(ends[1]);
    turn();
    assert_int_equal(greedy.calls, 1);
    send_byte(other_ends[1]);
    turn();
    assert_int_equal(greedy.calls, 2);
    assert_int_equal(other.calls, 1);
    loop_source_close(&greedy.source);
    loop_source_close(&other.source);
    turn();
    assert_int_equal(greedy.calls, 2);
    (void)close(ends[1]);
    (void)close(other_ends[1]);
}

static void a_hangup_keeps_the_end_of_the_stream_readable(void **state)
{
    struct watch watch;
    char data[8];
    int ends[2];

    (void)state;
    open_pair(ends);
    watch_add(&loop, &watch, ends[0]);
    turn();
    send_byte(ends[1]);
    assert_int_equal(shutdown(ends[1], SHUT_WR), 0);
    turn();
    assert_int_equal(watch.readiness, LOOP_READABLE | LOOP_WRITABLE | LOOP_HANGUP);
    assert_int_equal(read(ends[0], data, sizeof(data)), 1);
    loop_source_read_short(&watch.source);
    assert_int_equal(watch.source.readiness & LOOP_READABLE, LOOP_READABLE);
    assert_int_equal(read(ends[0], data, sizeof(data)), 0);

    /* It is half the connection only. */
    send_byte(ends[0]);
    read_byte(ends[1]);
    loop_source_close(&watch.source);
    (void)close(ends[1]);
}

static void a_short_read_saves_the_one_that_would_block(void **state)
{
    struct watch watch;
    char data[8];
    int ends[2];

    (void)state;
    open_pair(ends);
    watch_add(&loop, &watch, ends[0]);
    send_byte(ends[1]);
    turn();
    assert_int_equal(read(ends[0], data, sizeof(data)), 1);
    loop_source_read_short(&watch.source);
    assert_int_equal(watch.source.readiness, LOOP_WRITABLE);
    send_byte(ends[1]);
    turn();
    assert_int_equal(watch.calls, 2);
    assert_int_equal(watch.readiness, LOOP_READABLE | LOOP_WRITABLE);
    loop_source_close(&watch.source);
    (void)close(ends[1]);
}

static void an_error_makes_both_directions_ready(void **state)
{
    struct watch watch;
    int ends[2];

    (void)state;
    open_pipe(ends);
    watch_add(&loop, &watch, ends[1]);
    turn();
    loop_source_would_block(&watch.source, LOOP_WRITABLE);
    (void)close(ends[0]);
    turn();
    assert_int_equal(watch.readiness, LOOP_READABLE | LOOP_WRITABLE | LOOP_ERROR);
    loop_source_close(&watch.source);
}

static int open_listener(struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    /* An abstract name: there is no file to clean up. */
    (void)snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "loop-test-%ld",
                   (long)getpid());
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)address, sizeof(*address)), 0);
    assert_int_equal(listen(fd, 16), 0);
    return fd;
}

static int connect_to(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
    return fd;
}

static void accept_one(struct loop_source *source, unsigned int readiness)
{
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC);

    record_call(source, readiness);
    assert_true(fd >= 0);
    (void)close(fd);
}

static void a_listener_is_called_as_long_as_there_is_something_to_accept(void **state)
{
    struct sockaddr_un address;
    int fd = open_listener(&address);
    int clients[3];

    (void)state;
    for (int exclusive = 0; exclusive <= 1; exclusive++) {
        struct watch watch = {0};

        loop_source_init(&watch.source, accept_one);
        assert_int_equal(loop_source_add_listener(&loop, &watch.source, fd, exclusive == 1), 0);
        assert_int_equal(epoll_events,
                         exclusive == 1 ? EPOLLIN | EPOLLEXCLUSIVE : (uint32_t)EPOLLIN);
        for (int i = 0; i < 3; i++)
            clients[i] = connect_to(&address);
        for (unsigned int i = 1; i <= 3; i++) {
            turn();
            assert_int_equal(watch.calls, i);
            assert_int_equal(watch.readiness, LOOP_READABLE);
        }
        turn();
        assert_int_equal(watch.calls, 3);

        /* Paused, and going on. */
        loop_source_remove(&watch.source);
        for (int i = 0; i < 3; i++)
            (void)close(clients[i]);
        clients[0] = connect_to(&address);
        turn();
        assert_int_equal(watch.calls, 3);
        assert_int_equal(loop_source_add_listener(&loop, &watch.source, fd, exclusive == 1), 0);
        turn();
        assert_int_equal(watch.calls, 4);
        loop_source_remove(&watch.source);
        (void)close(clients[0]);
    }
    (void)close(fd);
}

#define loop_unit_test(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        loop_unit_test(each_edge_is_reported_once_and_readiness_remembered),
        loop_unit_test(a_descriptor_is_registered_once_for_its_life),
        loop_unit_test(adding_fails_with_the_code_of_the_system),
        loop_unit_test(what_is_known_is_kept_when_something_else_is_reported),
        loop_unit_test(a_writer_that_would_block_is_called_when_there_is_room),
        loop_unit_test(what_is_assumed_at_first_is_known_at_once),
        loop_unit_test(again_calls_once_in_the_next_turn_without_waiting),
        loop_unit_test(a_source_that_always_has_more_lets_others_run),
        loop_unit_test(a_hangup_keeps_the_end_of_the_stream_readable),
        loop_unit_test(a_short_read_saves_the_one_that_would_block),
        loop_unit_test(an_error_makes_both_directions_ready),
        loop_unit_test(a_listener_is_called_as_long_as_there_is_something_to_accept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

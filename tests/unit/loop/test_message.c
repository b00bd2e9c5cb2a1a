/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "loop/loop.h"
#include "os/os.h"

static struct loop loop;
static struct os_ops ops;
static atomic_uint wakeups;

static int counted_eventfd_write(int fd, uint64_t value)
{
    atomic_fetch_add(&wakeups, 1);
    return os_default_ops.eventfd_write(fd, value);
}

static int start(void **state)
{
    (void)state;
    atomic_store(&wakeups, 0);
    ops = os_default_ops;
    ops.eventfd_write = counted_eventfd_write;
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

enum {
    THREADS = 4,
    MESSAGES = 20000, /* of each thread */
};

struct numbered_message {
    struct loop_message message;
    unsigned int thread;
    unsigned int number;
};

static unsigned int received[THREADS];
static unsigned int received_in_all;
static unsigned int out_of_order;

static void receive_numbered(struct loop_message *message)
{
    struct numbered_message *numbered = list_entry(message, struct numbered_message, message);

    if (numbered->number != received[numbered->thread])
        out_of_order++;
    received[numbered->thread] = numbered->number + 1;
    if (++received_in_all == THREADS * MESSAGES)
        loop_stop(&loop);
}

static void *post_all(void *context)
{
    struct numbered_message *messages = context;

    for (size_t i = 0; i < MESSAGES; i++)
        loop_post(&loop, &messages[i].message);
    return NULL;
}

static void messages_of_four_threads_all_arrive_in_the_order_of_each(void **state)
{
    struct numbered_message *messages = calloc((size_t)THREADS * MESSAGES, sizeof(*messages));
    pthread_t threads[THREADS];

    (void)state;
    assert_non_null(messages);
    received_in_all = 0;
    out_of_order = 0;
    for (unsigned int i = 0; i < THREADS; i++) {
        received[i] = 0;
        for (unsigned int k = 0; k < MESSAGES; k++)
            messages[i * MESSAGES + k] = (struct numbered_message){
                .message.receive = receive_numbered,
                .thread = i,
                .number = k,
            };
        assert_int_equal(pthread_create(&threads[i], NULL, post_all, &messages[i * MESSAGES]), 0);
    }
    assert_int_equal(loop_run(&loop), 0); /* a lost wake-up would hang here */
    for (unsigned int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(received[i], MESSAGES);
    }
    assert_int_equal(out_of_order, 0);
    assert_int_equal(loop_read_statistics(&loop).messages, THREADS * MESSAGES);
    free(messages);
}

static struct loop other;
static struct loop_message ping; /* received by the other loop, which answers */
static struct loop_message pong;
static struct loop_message end;
static unsigned int rounds;

static void receive_ping(struct loop_message *message)
{
    (void)message;
    loop_post(&loop, &pong);
}

static void receive_end(struct loop_message *message)
{
    (void)message;
    loop_stop(&other);
}

static void receive_pong(struct loop_message *message)
{
    (void)message;
    if (--rounds > 0) {
        loop_post(&other, &ping);
        return;
    }
    loop_post(&other, &end);
    loop_stop(&loop);
}

static void *run_other(void *context)
{
    return loop_run(&other) == 0 ? NULL : context;
}

/* Each sleeps until the other posts, so every single wake-up counts. */
static void two_loops_that_take_turns_wake_each_other_every_time(void **state)
{
    pthread_t thread;
    void *result;

    (void)state;
    ping.receive = receive_ping;
    pong.receive = receive_pong;
    end.receive = receive_end;
    rounds = 5000;
    assert_int_equal(loop_init(&other), 0);
    assert_int_equal(pthread_create(&thread, NULL, run_other, &other), 0);
    loop_post(&other, &ping);
    assert_int_equal(loop_run(&loop), 0);
    assert_int_equal(rounds, 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_null(result);
    loop_deinit(&other);
}

static struct numbered_message burst[3];

/* As other threads do while the loop sleeps. */
static int post_during_wait(int epoll_fd, struct epoll_event *events, int capacity,
                            const struct timespec *timeout, const sigset_t *mask)
{
    if (timeout == NULL) {
        for (size_t i = 0; i < 3; i++)
            loop_post(&loop, &burst[i].message);
    }
    return os_default_ops.epoll_pwait2(epoll_fd, events, capacity, timeout, mask);
}

static void a_burst_wakes_a_sleeping_loop_once_and_one_that_runs_never(void **state)
{
    (void)state;
    received[0] = 0;
    received_in_all = 0;
    out_of_order = 0;
    for (unsigned int i = 0; i < 3; i++) {
        burst[i] = (struct numbered_message){.message.receive = receive_numbered, .number = i};
        loop_post(&loop, &burst[i].message);
    }
    assert_int_equal(loop_run_once(&loop, TIME_FOREVER), 0); /* does not sleep on them */
    assert_int_equal(received[0], 3);
    assert_int_equal(wakeups, 0);

    ops.epoll_pwait2 = post_during_wait;
    for (unsigned int i = 1; i <= 2; i++) {
        received[0] = 0;
        assert_int_equal(loop_run_once(&loop, TIME_FOREVER), 0);
        assert_int_equal(received[0], 3);
        assert_int_equal(wakeups, i);
    }
    assert_int_equal(out_of_order, 0);
}

static void post_itself_again(struct loop_message *message)
{
    received_in_all++;
    loop_post(&loop, message);
}

static void a_message_posted_by_a_receiver_waits_for_the_next_turn(void **state)
{
    struct loop_message message = {.receive = post_itself_again};

    (void)state;
    received_in_all = 0;
    loop_post(&loop, &message);
    for (unsigned int i = 1; i < 5; i++) {
        assert_int_equal(loop_run_once(&loop, TIME_FOREVER), 0);
        assert_int_equal(received_in_all, i);
    }
}

#define loop_unit_test(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        loop_unit_test(messages_of_four_threads_all_arrive_in_the_order_of_each),
        loop_unit_test(two_loops_that_take_turns_wake_each_other_every_time),
        loop_unit_test(a_burst_wakes_a_sleeping_loop_once_and_one_that_runs_never),
        loop_unit_test(a_message_posted_by_a_receiver_waits_for_the_next_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "os/os.h"
#include "watch.h"

#define START_NS (5 * TIME_HOUR + 123)

static struct loop loop;
static struct os_ops ops;

/* The system of the tests: time passes only when the loop waits, or when a test says so. */
static uint64_t clock_ns;
static unsigned int clock_reads;
static unsigned int waits;
static uint64_t waited_ns; /* what the last wait was allowed; TIME_FOREVER without a limit */
static int wait_failure;
static int rounded_timeout_ms;

static int fake_clock_gettime(clockid_t clock, struct timespec *time)
{
    (void)clock;
    clock_reads++;
    *time = time_to_timespec(clock_ns);
    return 0;
}

static int fake_epoll_pwait2(int epoll_fd, struct epoll_event *events, int capacity,
                             const struct timespec *timeout, const sigset_t *mask)
{
    int count;

    (void)mask;
    waits++;
    waited_ns = timeout != NULL ? time_from_timespec(timeout) : TIME_FOREVER;
    if (wait_failure != 0) {
        errno = wait_failure;
        return -1;
    }
    count = os_default_ops.epoll_wait(epoll_fd, events, capacity, 0);
    if (count == 0) {
        assert_true(waited_ns != TIME_FOREVER); /* it would hang */
        clock_ns += waited_ns;
    }
    return count;
}

static int fake_epoll_wait(int epoll_fd, struct epoll_event *events, int capacity, int timeout_ms)
{
    rounded_timeout_ms = timeout_ms;
    return os_default_ops.epoll_wait(epoll_fd, events, capacity, 0);
}

static int start(void **state)
{
    (void)state;
    clock_ns = START_NS;
    wait_failure = 0;
    ops = os_default_ops;
    ops.clock_gettime = fake_clock_gettime;
    ops.epoll_pwait2 = fake_epoll_pwait2;
    ops.epoll_wait = fake_epoll_wait;
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

/* What ran, in order, a letter each. */
static char trace[64];

static void note(char letter)
{
    size_t length = strlen(trace);

    assert_true(length + 1 < sizeof(trace));
    trace[length] = letter;
    trace[length + 1] = '\0';
}

static void forget_trace(void)
{
    trace[0] = '\0';
}

static void turn(void)
{
    assert_int_equal(loop_run_once(&loop, 0), 0);
}

static void note_source(struct loop_source *source, unsigned int readiness)
{
    (void)source;
    (void)readiness;
    note('s');
}

static void note_message(struct loop_message *message)
{
    (void)message;
    note('m');
}

static void note_timer(struct loop_timer *timer)
{
    (void)timer;
    note('t');
}

static void note_task(struct loop_task *task)
{
    (void)task;
    note('d');
}

static void a_turn_runs_sources_then_messages_then_timers_then_tasks(void **state)
{
    struct loop_message message = {.receive = note_message};
    struct loop_source source;
    struct loop_timer timer;
    struct loop_task task;
    int ends[2];

    (void)state;
    forget_trace();
    loop_task_init(&task, note_task);
    loop_defer(&loop, &task);
    loop_timer_init(&timer, note_timer);
    loop_timer_set(&loop, &timer, clock_ns);
    loop_post(&loop, &message);
    open_pipe(ends);
    send_byte(ends[1]);
    loop_source_init(&source, note_source);
    assert_int_equal(loop_source_add(&loop, &source, ends[0], 0), 0);
    turn();
    assert_string_equal(trace, "smtd");
    turn();
    assert_string_equal(trace, "smtd");
    loop_source_close(&source);
    (void)close(ends[1]);
}

struct lettered_task {
    struct loop_task task;
    char letter;
    struct lettered_task *put_off; /* when it runs */
    struct lettered_task *cancelled;
};

static void run_lettered(struct loop_task *task)
{
    struct lettered_task *lettered = list_entry(task, struct lettered_task, task);

    note(lettered->letter);
    if (lettered->put_off != NULL)
        loop_defer(&loop, &lettered->put_off->task);
    if (lettered->cancelled != NULL)
        loop_task_cancel(&lettered->cancelled->task);
}

static void tasks_run_in_order_and_what_they_put_off_in_the_next_turn(void **state)
{
    struct lettered_task tasks[4];

    (void)state;
    forget_trace();
    for (size_t i = 0; i < 4; i++) {
        tasks[i] = (struct lettered_task){.letter = (char)('a' + i)};
        loop_task_init(&tasks[i].task, run_lettered);
    }
    tasks[0].put_off = &tasks[0]; /* itself */
    tasks[1].put_off = &tasks[3];
    tasks[1].cancelled = &tasks[2];
    loop_defer(&loop, &tasks[1].task);
    loop_defer(&loop, &tasks[0].task);
    loop_defer(&loop, &tasks[1].task); /* still once, and first */
    loop_defer(&loop, &tasks[2].task);
    loop_task_cancel(&tasks[2].task);
    loop_defer(&loop, &tasks[2].task);
    assert_int_equal(loop_run_once(&loop, TIME_FOREVER), 0); /* and does not wait */
    assert_string_equal(trace, "ba");
    assert_int_equal(loop_run_once(&loop, TIME_FOREVER), 0);
    assert_string_equal(trace, "bada");
    loop_task_cancel(&tasks[0].task);
    turn();
    assert_string_equal(trace, "bada");
    assert_int_equal(loop_read_statistics(&loop).tasks, 4);
}

static uint64_t seen_ns[3];

static void look_at_the_clock(struct loop_task *task)
{
    (void)task;
    seen_ns[0] = loop_now_ns(&loop);
    clock_ns += 7 * TIME_MILLISECOND;
    seen_ns[1] = loop_now_ns(&loop);
    seen_ns[2] = loop_now_refresh(&loop);
}

static void the_clock_is_read_once_a_turn(void **state)
{
    struct loop_task task;

    (void)state;
    clock_ns += 5;
    clock_reads = 0;
    turn();
    assert_int_equal(clock_reads, 1);
    assert_true(loop_now_ns(&loop) == START_NS + 5);

    loop_task_init(&task, look_at_the_clock);
    loop_defer(&loop, &task);
    turn();
    assert_true(seen_ns[0] == START_NS + 5);
    assert_true(seen_ns[1] == START_NS + 5);
    assert_true(seen_ns[2] == START_NS + 5 + 7 * TIME_MILLISECOND);
    assert_true(loop_now_ns(&loop) == seen_ns[2]);

    clock_ns -= TIME_SECOND; /* no system does that; timers rely on it */
    turn();
    assert_true(loop_now_ns(&loop) == seen_ns[2]);
}

static struct loop_timer stopping_timer;
static uint64_t stopped_at_ns;

static void stop_loop(struct loop_timer *timer)
{
    (void)timer;
    stopped_at_ns = loop_now_ns(&loop);
    loop_stop(&loop);
}

static void the_loop_sleeps_until_the_tick_of_a_timer_and_no_longer(void **state)
{
    (void)state;
    for (uint64_t delay_ns = 1; delay_ns < TIME_HOUR; delay_ns = delay_ns * 7 / 2 + 1) {
        uint64_t deadline_ns = clock_ns + delay_ns;

        loop_timer_init(&stopping_timer, stop_loop);
        loop_timer_set_after(&loop, &stopping_timer, delay_ns);
        waits = 0;
        assert_int_equal(loop_run(&loop), 0);
        assert_true(stopped_at_ns >= deadline_ns);
        assert_true(stopped_at_ns < deadline_ns + TIME_MILLISECOND);
        assert_true(waits <= 5); /* one, and one for each level that it moves down */
    }
}

static void dawdle(struct loop_task *task)
{
    (void)task;
    clock_ns += 3 * TIME_MILLISECOND;
}

static void a_long_turn_shortens_the_wait_for_the_next_timer(void **state)
{
    struct loop_task task;

    (void)state;
    loop_timer_init(&stopping_timer, stop_loop);
    loop_timer_set(&loop, &stopping_timer, START_NS - 123 + 10 * TIME_MILLISECOND);
    loop_task_init(&task, dawdle);
    loop_defer(&loop, &task);
    assert_int_equal(loop_run(&loop), 0);
    assert_true(waited_ns == 7 * TIME_MILLISECOND - 123);
    assert_true(stopped_at_ns == START_NS - 123 + 10 * TIME_MILLISECOND);
}

static void the_limit_of_a_single_turn_holds(void **state)
{
    struct loop_timer timer;

    (void)state;
    loop_timer_init(&timer, note_timer);
    loop_timer_set_after(&loop, &timer, TIME_HOUR);
    assert_int_equal(loop_run_once(&loop, 12345), 0);
    assert_true(waited_ns == 12345);
    loop_timer_cancel(&timer);
}

static void an_old_kernel_is_asked_in_milliseconds_rounded_up(void **state)
{
    struct loop_timer timer;

    (void)state;
    loop_timer_init(&timer, note_timer);
    loop_timer_set(&loop, &timer, START_NS - 123 + 10 * TIME_MILLISECOND);
    wait_failure = ENOSYS;
    waits = 0;
    assert_int_equal(loop_run_once(&loop, TIME_FOREVER), 0);
    assert_int_equal(rounded_timeout_ms, 10); /* 123 ns less than that */
    loop_timer_cancel(&timer);
    assert_int_equal(loop_run_once(&loop, TIME_FOREVER), 0);
    assert_int_equal(rounded_timeout_ms, -1);
    assert_int_equal(waits, 1); /* tried once, never again */
}

static void a_wait_that_a_signal_ends_is_a_turn_without_events(void **state)
{
    uint64_t turns = loop_read_statistics(&loop).turns;

    (void)state;
    wait_failure = EINTR;
    assert_int_equal(loop_run_once(&loop, TIME_FOREVER), 0);
    assert_int_equal(loop_read_statistics(&loop).turns, turns + 1);
}

static void running_ends_with_the_failure_of_a_wait(void **state)
{
    (void)state;
    wait_failure = EINVAL;
    assert_int_equal(loop_run(&loop), -EINVAL);
}

static void stopping_ends_the_turn_first_and_counts_once(void **state)
{
    struct loop_task task;

    (void)state;
    forget_trace();
    loop_task_init(&task, note_task);
    loop_timer_init(&stopping_timer, stop_loop);
    loop_timer_set(&loop, &stopping_timer, clock_ns);
    loop_defer(&loop, &task);
    assert_int_equal(loop_run(&loop), 0);
    assert_string_equal(trace, "d");

    waits = 0;
    loop_stop(&loop);
    assert_int_equal(loop_run(&loop), 0);
    assert_int_equal(waits, 0);
    loop_timer_set_after(&loop, &stopping_timer, TIME_MILLISECOND);
    assert_int_equal(loop_run(&loop), 0);
    assert_true(waits > 0);
}

static void statistics_count_what_happened(void **state)
{
    struct loop_statistics before = loop_read_statistics(&loop);
    struct loop_statistics after;
    struct loop_timer timer;
    struct watch watch;
    int ends[2];

    (void)state;
    open_pipe(ends);
    send_byte(ends[1]);
    watch_add(&loop, &watch, ends[0]);
    loop_timer_init(&timer, note_timer);
    loop_timer_set_after(&loop, &timer, TIME_MILLISECOND);
    turn();
    clock_ns += 2 * TIME_MILLISECOND;
    turn();
    after = loop_read_statistics(&loop);
    assert_int_equal(after.turns - before.turns, 2);
    assert_int_equal(after.events - before.events, 1);
    assert_int_equal(after.calls - before.calls, 1);
    assert_int_equal(after.timers_placed - before.timers_placed, 1);
    assert_int_equal(after.timers_fired - before.timers_fired, 1);
    loop_source_close(&watch.source);
    (void)close(ends[1]);
}

#define loop_unit_test(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        loop_unit_test(a_turn_runs_sources_then_messages_then_timers_then_tasks),
        loop_unit_test(tasks_run_in_order_and_what_they_put_off_in_the_next_turn),
        loop_unit_test(the_clock_is_read_once_a_turn),
        loop_unit_test(the_loop_sleeps_until_the_tick_of_a_timer_and_no_longer),
        loop_unit_test(a_long_turn_shortens_the_wait_for_the_next_timer),
        loop_unit_test(the_limit_of_a_single_turn_holds),
        loop_unit_test(an_old_kernel_is_asked_in_milliseconds_rounded_up),
        loop_unit_test(a_wait_that_a_signal_ends_is_a_turn_without_events),
        loop_unit_test(running_ends_with_the_failure_of_a_wait),
        loop_unit_test(stopping_ends_the_turn_first_and_counts_once),
        loop_unit_test(statistics_count_what_happened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/eventfd.h>

#include "watch.h"

static struct loop loop;

static int start(void **state)
{
    (void)state;
    if (loop_init(&loop) < 0)
        return -1;
    return loop_run_once(&loop, 0); /* the loop's own descriptor reports that it can be written */
}

static int stop(void **state)
{
    (void)state;
    loop_deinit(&loop);
    return 0;
}

static void turn(void)
{
    assert_int_equal(loop_run_once(&loop, 0), 0);
}

static struct watch *pair[2];

static void free_the_other(struct loop_source *source, unsigned int readiness)
{
    int other = source == &pair[0]->source ? 1 : 0;

    record_call(source, readiness);
    loop_source_close(&pair[other]->source);
    free(pair[other]);
    pair[other] = NULL;
}

static void a_source_removed_in_the_same_batch_is_not_called(void **state)
{
    int writers[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        int ends[2];

        open_pipe(ends);
        writers[i] = ends[1];
        pair[i] = malloc(sizeof(*pair[i]));
        assert_non_null(pair[i]);
        watch_add(&loop, pair[i], ends[0]);
        pair[i]->source.ready = free_the_other;
        send_byte(writers[i]);
    }
    turn();
    assert_true((pair[0] == NULL) != (pair[1] == NULL));
    for (int i = 0; i < 2; i++) {
        if (pair[i] != NULL) {
            assert_int_equal(pair[i]->calls, 1);
            loop_source_close(&pair[i]->source);
            free(pair[i]);
        }
        (void)close(writers[i]);
    }
    turn();
}

static unsigned int frees;

static void free_itself(struct loop_source *source, unsigned int readiness)
{
    (void)readiness;
    frees++;
    loop_source_again(source);
    loop_source_close(source);
    free(list_entry(source, struct watch, source));
}

static void a_source_may_free_itself(void **state)
{
    struct watch *watch = malloc(sizeof(*watch));
    int ends[2];

    (void)state;
    assert_non_null(watch);
    open_pipe(ends);
    watch_add(&loop, watch, ends[0]);
    watch->source.ready = free_itself;
    send_byte(ends[1]);
    frees = 0;
    turn();
    turn();
    assert_int_equal(frees, 1);
    (void)close(ends[1]);
}

static struct watch *successor;
static int successor_ends[2];
static struct watch *replaced[2];

static void replace_the_other(struct loop_source *source, unsigned int readiness)
{
    struct watch *other = source == &replaced[0]->source ? replaced[1] : replaced[0];
    int number = other->source.fd;

    record_call(source, readiness);
    loop_source_close(&other->source);
    open_pipe(successor_ends);
    assert_int_equal(successor_ends[0], number);
    watch_add(&loop, successor, successor_ends[0]);
}

static void a_new_source_under_an_old_number_gets_no_old_event(void **state)
{
    struct watch watches[2];
    struct watch new_watch;
    int writers[2];

    (void)state;
    successor = &new_watch;
    for (int i = 0; i < 2; i++) {
        int ends[2];

        open_pipe(ends);
        writers[i] = ends[1];
        replaced[i] = &watches[i];
        watch_add(&loop, &watches[i], ends[0]);
        watches[i].source.ready = replace_the_other;
        send_byte(writers[i]);
    }
    turn();
    turn();
    assert_int_equal(watches[0].calls + watches[1].calls, 1);
    assert_int_equal(new_watch.calls, 0);
    assert_int_equal(new_watch.source.readiness, 0);
    send_byte(successor_ends[1]);
    turn();
    assert_int_equal(new_watch.calls, 1);

    loop_source_close(&new_watch.source);
    (void)close(successor_ends[1]);
    for (int i = 0; i < 2; i++) {
        loop_source_close(&watches[i].source);
        (void)close(writers[i]);
    }
}

static void a_removed_source_can_be_added_again(void **state)
{
    struct watch watch;
    int ends[2];

    (void)state;
    open_pipe(ends);
    watch_add(&loop, &watch, ends[0]);
    send_byte(ends[1]);
    turn();
    loop_source_remove(&watch.source);
    assert_int_equal(watch.source.readiness, 0);
    send_byte(ends[1]);
    turn();
    assert_int_equal(watch.calls, 1);
    assert_int_equal(loop_source_add(&loop, &watch.source, ends[0], 0), 0);
    turn();
    assert_int_equal(watch.calls, 2);
    loop_source_close(&watch.source);
    (void)close(ends[1]);
}

static void a_turn_takes_so_many_events_and_the_next_the_rest(void **state)
{
    enum {
        MORE = LOOP_EVENTS_MAX + 40
    };
    struct watch *watches = calloc(MORE, sizeof(*watches));
    unsigned int calls = 0;
    uint64_t before;

    (void)state;
    assert_non_null(watches);
    for (size_t i = 0; i < MORE; i++) {
        int fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);

        assert_true(fd >= 0);
        watch_add(&loop, &watches[i], fd);
    }
    before = loop_read_statistics(&loop).events;
    turn();
    for (size_t i = 0; i < MORE; i++)
        calls += watches[i].calls;
    assert_int_equal(calls, LOOP_EVENTS_MAX);
    assert_int_equal(loop_read_statistics(&loop).events - before, LOOP_EVENTS_MAX);
    turn();
    for (size_t i = 0; i < MORE; i++) {
        assert_int_equal(watches[i].calls, 1);
        loop_source_close(&watches[i].source);
    }
    free(watches);
}

#define loop_unit_test(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        loop_unit_test(a_source_removed_in_the_same_batch_is_not_called),
        loop_unit_test(a_source_may_free_itself),
        loop_unit_test(a_new_source_under_an_old_number_gets_no_old_event),
        loop_unit_test(a_removed_source_can_be_added_again),
        loop_unit_test(a_turn_takes_so_many_events_and_the_next_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

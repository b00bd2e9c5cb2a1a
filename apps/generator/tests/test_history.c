/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "history.h"

struct place {
    char folder[40];
    char path[64];
    struct history history;
};

static void open_history(struct place *place)
{
    assert_int_equal(history_open(&place->history, place->path), 0);
}

static int with_history(void **state)
{
    struct place *place = calloc(1, sizeof(struct place));

    place->history.kept = 1000;
    snprintf(place->folder, sizeof(place->folder), "/tmp/test-history-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "sqlite:%s/history.db", place->folder);
    open_history(place);
    *state = place;
    return 0;
}

static int without_history(void **state)
{
    struct place *place = *state;
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};

    history_close(&place->history);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char path[100];

        snprintf(path, sizeof(path), "%s/history.db%s", place->folder, ends[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(place->folder), 0);
    free(place);
    return 0;
}

static int64_t add(struct place *place, int64_t integer, double number)
{
    struct draw draw = {
        .integer = integer,
        .number = number,
        .product = (double)integer * number,
        .outcome = strdup("an 'outcome'; <b>"),
        .rule = strdup("else"),
    };
    int64_t id;

    assert_int_equal(history_add(&place->history, &draw), 0);
    assert_int_equal(strlen(draw.time), strlen("2026-11-21T19:30:00Z"));
    id = draw.id;
    draw_deinit(&draw);
    return id;
}

static void test_a_draw_comes_back_as_it_was(void **state)
{
    struct place *place = *state;
    char id[24];
    struct draw draw;

    snprintf(id, sizeof(id), "%lld", (long long)add(place, 42, 5.3e-05));
    assert_int_equal(history_find(&place->history, id, &draw), 0);
    assert_int_equal(draw.integer, 42);
    assert_true(draw.number == 5.3e-05);
    assert_true(draw.product == 42 * 5.3e-05);
    assert_string_equal(draw.outcome, "an 'outcome'; <b>");
    assert_string_equal(draw.rule, "else");
    draw_deinit(&draw);
}

static void test_numbers_keep_all_their_digits(void **state)
{
    static const double numbers[] = {0.1 + 0.2, 5e-324, 1.0 / 3, 1.7976931348623157e308, 42};
    struct place *place = *state;
    struct draws draws;

    for (size_t i = 0; i < 5; i++)
        (void)add(place, 1, numbers[i]);
    assert_int_equal(history_list(&place->history, 5, &draws), 0);
    assert_int_equal(draws.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(draws.items[4 - i].number == numbers[i]);
    draws_deinit(&draws);
}

static void test_the_newest_come_first(void **state)
{
    struct place *place = *state;
    struct draws draws;

    for (int64_t i = 1; i <= 9; i++)
        (void)add(place, i, 0.5);
    assert_int_equal(history_list(&place->history, 3, &draws), 0);
    assert_int_equal(draws.count, 3);
    assert_int_equal(draws.items[0].integer, 9);
    assert_int_equal(draws.items[2].integer, 7);
    draws_deinit(&draws);
}

static void test_the_oldest_are_dropped(void **state)
{
    struct place *place = *state;
    struct draws draws;

    place->history.kept = 4;
    for (int64_t i = 1; i <= 9; i++)
        (void)add(place, i, 0.5);
    assert_int_equal(history_list(&place->history, 100, &draws), 0);
    assert_int_equal(draws.count, 4);
    assert_int_equal(draws.items[3].integer, 6);
    draws_deinit(&draws);
}

static void test_it_outlives_the_program(void **state)
{
    struct place *place = *state;
    struct draws draws;

    (void)add(place, 42, 5.3e-05);
    history_close(&place->history);
    open_history(place);
    (void)add(place, 43, 0.5);
    assert_int_equal(history_list(&place->history, 10, &draws), 0);
    assert_int_equal(draws.count, 2);
    assert_int_equal(draws.items[1].integer, 42);
    draws_deinit(&draws);
}

static void test_what_is_no_draw(void **state)
{
    static const char *const ids[] = {
        "1", "0", "-1", "x", "", "1 OR 1=1", "999999999999999999", "9999999999999999999999"};
    struct place *place = *state;
    struct draw draw;

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        assert_int_equal(history_find(&place->history, ids[i], &draw), -ENOENT);
}

#define with(test) cmocka_unit_test_setup_teardown(test, with_history, without_history)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        with(test_a_draw_comes_back_as_it_was), with(test_numbers_keep_all_their_digits),
        with(test_the_newest_come_first),       with(test_the_oldest_are_dropped),
        with(test_it_outlives_the_program),     with(test_what_is_no_draw),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

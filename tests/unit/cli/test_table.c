/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cli/table.h"

static struct arena arena;
static struct strbuf out;
static struct table table;

static const struct terminal no_terminal = {.width = 20};

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    strbuf_init(&out, 1 << 20);
    table_init(&table, &arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_deinit(&out);
    arena_deinit(&arena);
    return 0;
}

/* Row by row. */
static void fill(const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        table_cell(&table, cells[i], TERMINAL_PLAIN);
}

static void columns_are_aligned(void **state)
{
    static const char *const cells[] = {"web", "10", "up", "longer", "5", "down for now"};

    (void)state;
    table_column(&table, "NAME", TABLE_LEFT);
    table_column(&table, "COUNT", TABLE_RIGHT);
    table_column(&table, "STATE", TABLE_LEFT);
    fill(cells, 6);
    assert_int_equal(table_row_count(&table), 2);
    table_write(&table, &out, &no_terminal);
    assert_string_equal(strbuf_text(&out), "NAME    COUNT  STATE\n"
                                           "web        10  up\n"
                                           "longer      5  down for now\n");
}

static void widths_count_characters_not_bytes(void **state)
{
    static const char *const cells[] = {"gr\303\266\303\237e", "1", "abcde", "2"};

    (void)state;
    assert_int_equal(table_text_width(cells[0]), 5);
    table_column(&table, "A", TABLE_LEFT);
    table_column(&table, "B", TABLE_RIGHT);
    fill(cells, 4);
    table_write(&table, &out, &no_terminal);
    assert_string_equal(strbuf_text(&out), "A      B\n"
                                           "gr\xc3\xb6\xc3\x9f"
                                           "e  1\n"
                                           "abcde  2\n");
}

static void one_column_gives_way_on_a_narrow_terminal(void **state)
{
    static const char *const cells[] = {"abc", "a long reason for it", "7"};
    const struct terminal narrow = {.is_terminal = true, .width = 24};
    const struct terminal tiny = {.is_terminal = true, .width = 5};

    (void)state;
    table_column(&table, "A", TABLE_LEFT);
    table_column(&table, "REASON", TABLE_CUT);
    table_column(&table, "N", TABLE_RIGHT);
    fill(cells, 3);
    table_write(&table, &out, &narrow);
    assert_string_equal(strbuf_text(&out), "A    REASON            N\n"
                                           "abc  a long reason...  7\n");
    strbuf_reset(&out);
    table_write(&table, &out, &tiny);
    assert_string_equal(strbuf_text(&out), "A    REASON    N\n"
                                           "abc  a lon...  7\n");
}

static void nothing_is_cut_for_programs(void **state)
{
    static const char *const cells[] = {"a very long reason that no line of 20 could hold"};

    (void)state;
    table_column(&table, "REASON", TABLE_CUT);
    fill(cells, 1);
    table_write(&table, &out, &no_terminal);
    assert_non_null(strstr(strbuf_text(&out), cells[0]));
}

static void styles_do_not_count(void **state)
{
    const struct terminal coloured = {.is_terminal = true, .colour = true, .width = 80};

    (void)state;
    table_column(&table, "S", TABLE_LEFT);
    table_column(&table, "N", TABLE_RIGHT);
    table_cell(&table, "up", TERMINAL_GREEN);
    table_number(&table, 12);
    table_write(&table, &out, &coloured);
    assert_string_equal(strbuf_text(&out), "\033[1mS\033[0m    \033[1mN\033[0m\n"
                                           "\033[32mup\033[0m  12\n");
}

static void rows_can_be_written_in_part(void **state)
{
    static const char *const cells[] = {"a", "b", "c", "dd"};

    (void)state;
    table_column(&table, "X", TABLE_LEFT);
    fill(cells, 4);
    table_write_rows(&table, &out, &no_terminal, 1, 2);
    assert_string_equal(strbuf_text(&out), "X\nb\nc\n");
    strbuf_reset(&out);
    table_write_rows(&table, &out, &no_terminal, 3, SIZE_MAX);
    assert_string_equal(strbuf_text(&out), "X\ndd\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(columns_are_aligned),
        TEST(widths_count_characters_not_bytes),
        TEST(one_column_gives_way_on_a_narrow_terminal),
        TEST(nothing_is_cut_for_programs),
        TEST(styles_do_not_count),
        TEST(rows_can_be_written_in_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

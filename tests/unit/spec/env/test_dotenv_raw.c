/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "spec/env/dotenv.h"

static struct arena arena;
static struct environment out;
static struct strbuf problems;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 16 << 20);
    strbuf_init(&problems, 1 << 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    strbuf_deinit(&problems);
    arena_deinit(&arena);
    return 0;
}

static void note_problem(void *context, const struct dotenv_problem *problem)
{
    (void)context;
    strbuf_printf(&problems, "%u:%u %s\n", problem->line, problem->column, problem->message);
}

static bool parse(const char *text, size_t size)
{
    struct environment outer;
    struct template_lookup lookup;

    environment_init(&outer, &arena);
    lookup = environment_lookup(&outer);
    environment_put(&outer, "HOST", 4, "out er", 6);
    environment_init(&out, &arena);
    strbuf_reset(&problems);
    return dotenv_parse_raw(&arena, text, size, &lookup, &out, note_problem, NULL);
}

static void assert_reads(const char *text, size_t count, const char *name, const char *value)
{
    if (!parse(text, strlen(text)))
        fail_msg("%s: %s", text, strbuf_text(&problems));
    assert_int_equal(environment_count(&out), count);
    if (name != NULL)
        assert_string_equal(environment_get(&out, name, strlen(name), NULL), value);
}

static void assert_problem(const char *text, size_t size, const char *expected)
{
    assert_false(parse(text, size));
    assert_string_equal(strbuf_text(&problems), expected);
}

static void values_are_taken_as_they_stand(void **state)
{
    (void)state;
    assert_reads("A=\"q\"", 1, "A", "\"q\"");
    assert_reads("A='$HOST ${X' # c\\n", 1, "A", "'$HOST ${X' # c\\n");
    assert_reads("A=  spaces \t\nB=1", 2, "A", "  spaces \t");
    assert_reads("A==b=", 1, "A", "=b=");
    assert_reads("A=\n", 1, "A", "");
}

static void names_are_any_text_without_spaces(void **state)
{
    (void)state;
    assert_reads("%weird:name+=1", 1, "%weird:name+", "1");
    assert_reads("export=1", 1, "export", "1");
}

static void blank_lines_and_comments_are_skipped(void **state)
{
    (void)state;
    assert_reads("# a\n\n  \t\n   # b=c\n  A=1\n \t ", 1, "A", "1");
    assert_reads("", 0, NULL, NULL);
}

static void marks_and_line_ends_of_windows_are_dropped(void **state)
{
    (void)state;
    assert_reads("\xEF\xBB\xBF"
                 "A=1\r\nB=2\r\n",
                 2, "A", "1");
    assert_string_equal(environment_get(&out, "B", 1, NULL), "2");
}

static void a_name_alone_is_inherited_or_left_out(void **state)
{
    (void)state;
    assert_reads("HOST\nNOWHERE\n", 1, "HOST", "out er");
    assert_reads("HOST", 1, "HOST", "out er");
}

static void bad_lines_are_reported_and_the_good_are_read(void **state)
{
    (void)state;
    assert_problem("A=1\n=v\nfirst line\n  f  =q\nB=2", 29,
                   "2:1 no variable name; expected one before the \"=\"\n"
                   "3:6 key cannot contain a space; expected \"=\" or the end of the line\n"
                   "4:4 key cannot contain a space; expected \"=\" or the end of the line\n");
    assert_int_equal(environment_count(&out), 2);
}

static void bytes_that_are_no_text_are_problems(void **state)
{
    (void)state;
    assert_problem("A=\xE9\nB=x\0\n# \xFF\n", 13,
                   "1:3 byte 0xE9 is not UTF-8 here; expected UTF-8 text\n"
                   "2:4 a NUL byte; expected text\n"
                   "3:3 byte 0xFF is not UTF-8 here; expected UTF-8 text\n");
    assert_problem("\xFF\xFEx", 3, "1:1 the file is UTF-16; expected UTF-8\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_taken_as_they_stand),
        cmocka_unit_test(names_are_any_text_without_spaces),
        cmocka_unit_test(blank_lines_and_comments_are_skipped),
        cmocka_unit_test(marks_and_line_ends_of_windows_are_dropped),
        cmocka_unit_test(a_name_alone_is_inherited_or_left_out),
        cmocka_unit_test(bad_lines_are_reported_and_the_good_are_read),
        cmocka_unit_test(bytes_that_are_no_text_are_problems),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

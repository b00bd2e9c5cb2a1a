/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/env/dotenv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"

/* The lookup knows HOST as "outer" and BLANK as "". */
static struct arena arena;
static struct environment outer;
static struct environment out;
static struct strbuf problems; /* "line:column message" lines */
static size_t problem_count;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 128 << 20);
    environment_init(&outer, &arena);
    environment_put(&outer, "HOST", 4, "outer", 5);
    environment_put(&outer, "BLANK", 5, "", 0);
    strbuf_init(&problems, 1 << 20);
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
    problem_count++;
    strbuf_printf(&problems, "%u:%u %s\n", problem->line, problem->column, problem->message);
}

static bool parse_bytes(const char *text, size_t size)
{
    struct template_lookup lookup = environment_lookup(&outer);

    environment_init(&out, &arena);
    strbuf_reset(&problems);
    problem_count = 0;
    return dotenv_parse(&arena, text, size, &lookup, &out, note_problem, NULL);
}

/* Expects "NAME=value" strings, ended by NULL, in their order, and no problem. */
static void assert_reads_list(const char *text, const char *const *expected)
{
    size_t count = 0;

    if (!parse_bytes(text, strlen(text)))
        fail_msg("%s: %s", text, strbuf_text(&problems));
    assert_int_equal(problem_count, 0);
    for (; expected[count] != NULL; count++) {
        struct environment_variable variable;

        assert_true(count < environment_count(&out));
        variable = environment_at(&out, count);
        assert_string_equal(arena_printf(&arena, "%s=%s", variable.name, variable.value),
                            expected[count]);
        assert_int_equal(variable.value_length, strlen(variable.value));
    }
    assert_int_equal(environment_count(&out), count);
}

#define assert_reads(text, ...) assert_reads_list((text), (const char *const[]){__VA_ARGS__, NULL})

/* Expects these problems, each the start of a line. */
static void assert_problems_list(const char *text, size_t size, const char *const *expected)
{
    const char *line;

    assert_false(parse_bytes(text, size));
    line = strbuf_text(&problems);
    for (; *expected != NULL; expected++) {
        if (strncmp(line, *expected, strlen(*expected)) != 0)
            fail_msg("expected %s; got %s", *expected, line);
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(line, "");
}

#define assert_problems(text, ...)                                                                 \
    assert_problems_list((text), strlen(text), (const char *const[]){__VA_ARGS__, NULL})

static void empty_files_and_comments_declare_nothing(void **state)
{
    static const char *const files[] = {
        "", "\n", "\r\n", "\t\t ", "# only words", "\t # indented", "\n\n#a\n  #b=c\n\xC2\xA0\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_reads_list(files[i], (const char *const[]){NULL});
}

static void names_and_values_stand_on_both_sides_of_a_sign(void **state)
{
    (void)state;
    assert_reads("A=1", "A=1");
    assert_reads("A =1\nB= 2\n\tC\t=\t3\n  D = \nE=", "A=1", "B=2", "C=3", "D=", "E=");
    assert_reads("A: 1\nB:2\nC: x=y\nD=x:y\nE==", "A=1", "B=2", "C=x=y", "D=x:y", "E==");
    assert_reads("URL=pg://h:5432/db?ssl=off", "URL=pg://h:5432/db?ssl=off");
    assert_reads("A=b \t", "A=b");
    assert_reads("A=\nB=2", "A=", "B=2");
    assert_reads("=x", "=x");
}

static void names_are_of_letters_numbers_and_a_few_signs(void **state)
{
    (void)state;
    assert_reads("a.b-c_D[1]=x", "a.b-c_D[1]=x");
    assert_reads("2FA=x", "2FA=x");
    assert_reads("GR\xC3\x96SSE=\xC3\xA9t\xC3\xA9\n\xD0\x96=1", "GR\xC3\x96SSE=\xC3\xA9t\xC3\xA9",
                 "\xD0\x96=1");
}

static void the_word_export_is_skipped(void **state)
{
    (void)state;
    assert_reads("export A=1\nexport\tB=2\n  export   C: 3", "A=1", "B=2", "C=3");
    assert_reads("export D='\\n'\nexport E=\"export it\"", "D=\\n", "E=export it");
    assert_reads("exported=1\nexport_A=2\nexport.A=3\nexport=4", "exported=1", "export_A=2",
                 "export.A=3", "export=4");
    assert_reads("export\nA=1\nexport \nexport HOST", "A=1", "HOST=outer");
}

static void the_last_line_of_a_name_wins(void **state)
{
    (void)state;
    assert_reads("A=1\nB=2\nA=3", "A=3", "B=2");
}

static void a_name_alone_is_inherited_or_left_out(void **state)
{
    (void)state;
    assert_reads("A=1\nHOST\nNOWHERE\nB=2\n", "A=1", "HOST=outer", "B=2");
    assert_reads("HOST \r\nBLANK\r\n", "HOST=outer", "BLANK=");
    assert_reads("A=1\nHOST", "A=1", "HOST=outer");
    assert_reads("A=1\nA", "A=1");
}

static void comments_in_a_line_follow_a_space(void **state)
{
    (void)state;
    assert_reads("A=b # c\nB=c #d\nC=d #\nD=5#6\nE=#x y", "A=b", "B=c", "C=d", "D=5#6", "E=#x y");
    assert_reads("A=\"b#c\" # d\nB='b # c'#d\nC=\"#\"#", "A=b#c", "B=b # c", "C=#");
    assert_reads("A=b\t# kept", "A=b\t# kept");
}

static void lines_may_end_as_on_windows(void **state)
{
    (void)state;
    assert_reads("\xEF\xBB\xBF"
                 "A=1\r\nB='2'\r\n\r\n# c\r\nC=\"3\"\r\n",
                 "A=1", "B=2", "C=3");
}

static void single_quotes_hold_text_as_it_stands(void **state)
{
    (void)state;
    assert_reads("A='$HOST ${X:?} \\n \\\\ \"q\" '", "A=$HOST ${X:?} \\n \\\\ \"q\" ");
    assert_reads("A='it\\'s'\nB=''", "A=it's", "B=");
}

static void double_quotes_take_escapes(void **state)
{
    (void)state;
    assert_reads("A=\"a\\nb\\tc\\rd\\\\e\\\"f'g\"", "A=a\nb\tc\rd\\e\"f'g");
    assert_reads("A=\"\\a\\b\\f\\v\"", "A=\a\b\f\v");
    assert_reads("A=\"\\x41 \\u0041 \\ b \\c \\'\"", "A=\\x41 \\u0041 \\ b \\c \\'");
    assert_reads("A=\"\\\"\"\nB=\"x\\\\\"", "A=\"", "B=x\\");
    assert_reads("A=no\\tescape", "A=no\\tescape");
}

static void octal_escapes_need_three_digits(void **state)
{
    (void)state;
    assert_reads("A=\"\\0101\\01012\"", "A=AA2");
    assert_reads("A=\"\\0351\\0377\"", "A=\xC3\xA9\xC3\xBF");
    assert_reads("A=\"\\0|\\012|\\0777|\\0128\"", "A=\\|\\12|\\777|\\128");
}

static void quoted_values_run_over_lines(void **state)
{
    (void)state;
    assert_reads("A='one\ntwo\n'\nB=\"three\n four\"\nC=5", "A=one\ntwo\n", "B=three\n four",
                 "C=5");
    assert_reads("A=\"one\\\ntwo\"", "A=one\\\ntwo");
}

static void what_follows_a_closing_quote_is_the_next_statement(void **state)
{
    (void)state;
    assert_reads("A=\"1\" B='2'C=3", "A=1", "B=2", "C=3");
}

static void variables_come_from_the_lookup_before_the_file(void **state)
{
    (void)state;
    assert_reads("A=1\nB=$A\nC=${A}x\nD=\"<$B>\"", "A=1", "B=1", "C=1x", "D=<1>");
    assert_reads("HOST=inner\nB=$HOST", "HOST=inner", "B=outer");
    assert_reads("HOST=${HOST:-default}\nX=${X:-default}\nY=$X", "HOST=outer", "X=default",
                 "Y=default");
    assert_reads("B=${BLANK:-b}${BLANK-c}|${NONE}|$LATER\nLATER=1", "B=b||", "LATER=1");
    assert_reads("A=${HOST:+yes} # c\nB=${NONE:-$HOST}", "A=yes", "B=outer");
}

static void dollars_can_be_kept(void **state)
{
    (void)state;
    assert_reads("A=$$HOST\nB=\"\\$HOST \\${HOST} ${HOST}\"\nC=a$", "A=$HOST",
                 "B=$HOST ${HOST} outer", "C=a$");
}

static void values_are_not_expanded_twice(void **state)
{
    (void)state;
    assert_reads("A='$HOST'\nB=$A", "A=$HOST", "B=$HOST");
}

static void reading_without_a_lookup_uses_the_file_alone(void **state)
{
    (void)state;
    environment_init(&out, &arena);
    assert_true(dotenv_parse(&arena, "A=1\nB=$A$HOST\nHOST\n", 18, NULL, &out, NULL, NULL));
    assert_int_equal(environment_count(&out), 2);
    assert_string_equal(environment_get(&out, "B", 1, NULL), "1");
    assert_false(dotenv_parse(&arena, "%", 1, NULL, &out, NULL, NULL));
}

static const char *find_nothing(void *context, const char *name, size_t length, size_t *ret_length)
{
    (void)context;
    (void)name;
    (void)length;
    *ret_length = 99;
    return NULL;
}

static void remember_unset(void *context, const char *name, size_t length)
{
    strbuf_append(context, name, length);
    strbuf_append_char(context, ',');
}

static void variables_set_nowhere_are_told(void **state)
{
    static const char text[] = "A=$NONE${MORE:-}\nB=\"$A $OTHER\"\nALONE\n";
    _cleanup_strbuf_ struct strbuf names;
    struct template_lookup lookup = {
        .get = find_nothing, .context = &names, .unset = remember_unset};

    (void)state;
    strbuf_init(&names, 1024);
    environment_init(&out, &arena);
    assert_true(dotenv_parse(&arena, text, sizeof(text) - 1, &lookup, &out, NULL, NULL));
    assert_string_equal(strbuf_text(&names), "NONE,OTHER,");
    assert_string_equal(environment_get(&out, "B", 1, NULL), " ");
}

static void growth_is_bounded_as_the_lookup_says(void **state)
{
    static const char text[] = "A=123456789\nB=$A$A\nC=$B$B$B\n";
    struct template_lookup lookup = environment_lookup(&outer);

    (void)state;
    lookup.growth_max = 20;
    strbuf_reset(&problems);
    environment_init(&out, &arena);
    assert_false(dotenv_parse(&arena, text, sizeof(text) - 1, &lookup, &out, note_problem, NULL));
    assert_non_null(strstr(strbuf_text(&problems), "3:5 the text becomes longer than 26 bytes"));
    assert_int_equal(environment_count(&out), 2);
}

static void bad_names_are_problems_at_their_place(void **state)
{
    (void)state;
    assert_problems("%!(x)=foo", "1:1 unexpected character \"%\" in variable name");
    assert_problems("A=1\n  lol$wut", "2:6 unexpected character \"$\"");
    assert_problems("A;B=1", "1:2 unexpected character \";\"");
    assert_problems("A\"=1", "1:2 unexpected character '\"'");
    assert_problems("\xE2\x80\x9C"
                    "A=1",
                    "1:1 unexpected character \"\xE2\x80\x9C\"");
    assert_problems("export A*=1", "1:9 unexpected character \"*\"");
}

static void names_hold_no_spaces(void **state)
{
    (void)state;
    assert_problems("A B=1", "1:2 key cannot contain a space");
    assert_problems("\nINVALID LINE\nA=1", "2:8 key cannot contain a space");
    assert_problems("A\tB: 1", "1:2 key cannot contain a space");
    assert_problems("A B", "1:2 key cannot contain a space");
}

static void quotes_must_be_closed(void **state)
{
    static const char *const values[] = {"\"", "\"v", "\"v\\\"", "\"v'",
                                         "'",  "'v",  "'v\\'",   "'v\""};

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_problems(arena_printf(&arena, "KEY= %s", values[i]),
                        "1:6 unterminated quoted value; expected a closing");
}

static void bad_variables_are_problems_at_their_place(void **state)
{
    (void)state;
    assert_problems("A=x${!}", "1:6 invalid interpolation format");
    assert_problems("A=\"x\\n\ny\\\"\\0101${}\"", "2:11 invalid interpolation format");
    assert_problems("A=${NONE:?set NONE} # c",
                    "1:3 required variable NONE is missing a value: set");
    assert_problems("A='x\n' B=${", "2:7 invalid interpolation format");
}

static void every_bad_line_is_reported_and_the_good_are_read(void **state)
{
    (void)state;
    assert_problems("A=1\n%\nB=2\nC D=3\nE=\"open\nF=${\nG='4\n5'\n*\nH=6\n", "2:1 unexpected",
                    "4:2 key cannot", "5:3 unterminated", "6:5 invalid", "9:1 unexpected");
    assert_int_equal(environment_count(&out), 4);
    assert_string_equal(environment_get(&out, "G", 1, NULL), "4\n5");
    assert_string_equal(environment_get(&out, "H", 1, NULL), "6");
    assert_null(environment_get(&out, "E", 1, NULL));
}

static void messages_do_not_show_values(void **state)
{
    (void)state;
    assert_problems("A='hunter2\n", "1:3 ");
    assert_null(strstr(strbuf_text(&problems), "hunter"));
    assert_problems("hunter2+hunter3=\n", "1:8 ");
    assert_null(strstr(strbuf_text(&problems), "hunter"));
}

static void nul_bytes_are_problems(void **state)
{
    static const char text[] = "A=1\0\nB\0=2\nC='x\n\0'\nD=4 # \0\nE=\"\\0000\"\n";

    (void)state;
    assert_problems_list(text, sizeof(text) - 1,
                         (const char *const[]){"1:4 a NUL byte", "2:2 a NUL byte", "4:1 a NUL byte",
                                               "6:4 an escape for NUL", NULL});
    assert_string_equal(environment_get(&out, "D", 1, NULL), "4");
}

static void bytes_that_are_no_utf8_are_problems(void **state)
{
    (void)state;
    assert_problems("A=caf\xE9\nB\xFF=1\nC=\"\xED\xA0\x80\"\n# \xE9\nD=1 # \xE9", "1:6 byte 0xE9",
                    "2:2 byte 0xFF", "3:4 byte 0xED");
    assert_string_equal(environment_get(&out, "D", 1, NULL), "1");
    assert_problems("\xFF\xFE"
                    "A",
                    "1:1 the file is UTF-16");
    assert_problems("\xFE\xFF", "1:1 the file is UTF-16");
}

static void a_file_full_of_problems_is_given_up(void **state)
{
    size_t lines = DOTENV_PROBLEMS_MAX * 3;
    char *text = arena_alloc(&arena, lines * 2 + 1);

    (void)state;
    for (size_t i = 0; i < lines; i++)
        memcpy(text + i * 2, "%\n", 2);
    assert_false(parse_bytes(text, lines * 2));
    assert_int_equal(problem_count, DOTENV_PROBLEMS_MAX + 1);
    assert_non_null(strstr(strbuf_text(&problems), "1001:1 too many problems"));
}

static void large_files_take_linear_time(void **state)
{
    static const char *const lines[] = {"A=\"x\n", "'=\n", "A='\n", "B=${A:-${\n", "\\\"\n"};
    size_t size = 4 << 20;
    char *text = arena_alloc(&arena, size + 16);
    size_t length = 0;

    (void)state;
    for (size_t i = 0; length < size; i++) {
        memcpy(text + length, lines[i % 5], strlen(lines[i % 5]));
        length += strlen(lines[i % 5]);
    }
    assert_false(parse_bytes(text, length));
    memset(text, 'a', size);
    text[1] = '=';
    assert_true(parse_bytes(text, size));
    memset(text, '\n', size);
    assert_true(parse_bytes(text, size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_files_and_comments_declare_nothing),
        cmocka_unit_test(names_and_values_stand_on_both_sides_of_a_sign),
        cmocka_unit_test(names_are_of_letters_numbers_and_a_few_signs),
        cmocka_unit_test(the_word_export_is_skipped),
        cmocka_unit_test(the_last_line_of_a_name_wins),
        cmocka_unit_test(a_name_alone_is_inherited_or_left_out),
        cmocka_unit_test(comments_in_a_line_follow_a_space),
        cmocka_unit_test(lines_may_end_as_on_windows),
        cmocka_unit_test(single_quotes_hold_text_as_it_stands),
        cmocka_unit_test(double_quotes_take_escapes),
        cmocka_unit_test(octal_escapes_need_three_digits),
        cmocka_unit_test(quoted_values_run_over_lines),
        cmocka_unit_test(what_follows_a_closing_quote_is_the_next_statement),
        cmocka_unit_test(variables_come_from_the_lookup_before_the_file),
        cmocka_unit_test(dollars_can_be_kept),
        cmocka_unit_test(values_are_not_expanded_twice),
        cmocka_unit_test(reading_without_a_lookup_uses_the_file_alone),
        cmocka_unit_test(variables_set_nowhere_are_told),
        cmocka_unit_test(growth_is_bounded_as_the_lookup_says),
        cmocka_unit_test(bad_names_are_problems_at_their_place),
        cmocka_unit_test(names_hold_no_spaces),
        cmocka_unit_test(quotes_must_be_closed),
        cmocka_unit_test(bad_variables_are_problems_at_their_place),
        cmocka_unit_test(every_bad_line_is_reported_and_the_good_are_read),
        cmocka_unit_test(messages_do_not_show_values),
        cmocka_unit_test(nul_bytes_are_problems),
        cmocka_unit_test(bytes_that_are_no_utf8_are_problems),
        cmocka_unit_test(a_file_full_of_problems_is_given_up),
        cmocka_unit_test(large_files_take_linear_time),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

/* The whole of the problems, and no rules. */
static char *problems_of(const char *text, size_t size)
{
    static char *problems; /* not of this frame, which gcc takes the stream's text to be */
    static size_t problems_size;
    FILE *stream = open_memstream(&problems, &problems_size);

    assert_null(rules_parse("r.txt", text, size, stream));
    fclose(stream);
    return problems;
}

static void assert_problems(const char *text, const char *expected)
{
    char *problems = problems_of(text, strlen(text));

    assert_string_equal(problems, expected);
    free(problems);
}

#define LAST "\nelse: always => x\n"

static void test_problems(void **state)
{
    (void)state;
    assert_problems("", "r.txt:1: there is no rule in the file\n");
    assert_problems("# only this\n", "r.txt:1: there is no rule in the file\n");
    assert_problems("a: integer = 1 => x\n",
                    "r.txt:1: the last rule has to hold always: add \"else: always => TEXT\"\n");
    assert_problems("nonsense" LAST,
                    "r.txt:1: there is no \"=>\": a rule is NAME: CONDITIONS => TEXT\n");
    assert_problems("integer = 1 => x" LAST,
                    "r.txt:1: there is no \":\": a rule is NAME: CONDITIONS => TEXT\n");
    assert_problems("A b: integer = 1 => x" LAST,
                    "r.txt:1: the name \"A b\" is not 1 to 32 of a-z, 0-9, \"-\" and \"_\"\n");
    assert_problems(": integer = 1 => x" LAST,
                    "r.txt:1: the name \"\" is not 1 to 32 of a-z, 0-9, \"-\" and \"_\"\n");
    assert_problems("a: integer = 1 => x\na: integer = 2 => x" LAST,
                    "r.txt:2: the name \"a\" is that of line 1 already\n");
    assert_problems("a: always => x" LAST, "r.txt:2: this is never reached: line 1 holds always\n");
    assert_problems("a: => x" LAST,
                    "r.txt:1: there is no condition; \"always\" is one that always holds\n");
    assert_problems("a: integer = 1 and  => x" LAST,
                    "r.txt:1: there is no condition; \"always\" is one that always holds\n");
    assert_problems("a: intger = 1 => x" LAST,
                    "r.txt:1: a condition is on integer, number or product, not on \"intger\"\n");
    assert_problems("a: always and integer = 1 => x" LAST,
                    "r.txt:1: a condition is on integer, number or product, not on \"always\"\n");
    assert_problems("a: integer == 1 => x" LAST,
                    "r.txt:1: after integer comes one of = != < <= > >= in is, not \"==\"\n");
    assert_problems("a: integer => x" LAST,
                    "r.txt:1: after integer comes one of = != < <= > >= in is, not \"\"\n");
    assert_problems("a: integer is prime => x" LAST,
                    "r.txt:1: \"is prime\" is not \"is even\", \"is odd\" or \"is a multiple of "
                    "NUMBER\"\n");
    assert_problems("a: integer is a multiple of 0 => x" LAST,
                    "r.txt:1: nothing is a multiple of 0\n");
    assert_problems("a: integer in 5 => x" LAST, "r.txt:1: \"5\" is not a range such as 1..10\n");
    assert_problems("a: integer in 5..1 => x" LAST,
                    "r.txt:1: the range 5..1 ends before it begins\n");
    assert_problems("a: number < 1e999 => x" LAST, "r.txt:1: 1e999 is too large\n");
    assert_problems("a: number = 1 =>" LAST, "r.txt:1: there is no text behind \"=>\"\n");
    assert_problems("a: number = 1 => {what}" LAST,
                    "r.txt:1: {what} is nothing known; there are integer, number, product, rule "
                    "and \"TEXT\"\n");
    assert_problems(
        "a: number = 1 => {rule|rot14}" LAST,
        "r.txt:1: \"rot14\" is no function; there are rot13, upper, lower and reverse\n");
    assert_problems("a: number = 1 => {rule|}" LAST,
                    "r.txt:1: \"\" is no function; there are rot13, upper, lower and reverse\n");
    assert_problems("a: number = 1 => {rule|upper|upper|upper|upper|upper}" LAST,
                    "r.txt:1: there are more than 4 functions in one pair of braces\n");
    assert_problems("a: number = 1 => x {rule" LAST,
                    "r.txt:1: there is a \"{\" without a \"}\"; write {{ for one as text\n");
    assert_problems("a: number = 1 => x } y" LAST,
                    "r.txt:1: there is a \"}\" without a \"{\"; write }} for one as text\n");
    assert_problems("a: number = 1 => \xc3(" LAST, "r.txt:1: the line is not UTF-8\n");
    assert_problems("a: number = 1 => \x1b[1m" LAST,
                    "r.txt:1: there is a control character in the line\n");
}

static void test_what_is_no_number(void **state)
{
    static const char *const words[] = {"nan",  "inf", "0x10", "1,5", "",
                                        "five", "1e",  "--1",  "1 2"};

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char text[100];
        char expected[100];

        snprintf(text, sizeof(text), "a: number = %s => x" LAST, words[i]);
        snprintf(expected, sizeof(expected),
                 "r.txt:1: \"%s\" is not a number such as 42, -1.5 or 1e-4\n", words[i]);
        assert_problems(text, expected);
    }
}

static void test_a_nul_is_a_problem(void **state)
{
    static const char text[] = "a: number = 1 => x\0y\nelse: always => x\n";
    char *problems = problems_of(text, sizeof(text) - 1);

    (void)state;
    assert_string_equal(problems, "r.txt:1: there is a control character in the line\n");
    free(problems);
}

static void test_all_problems_are_told(void **state)
{
    (void)state;
    assert_problems("A: intger = 1 and number ~ 2 => {x}\n"
                    "# fine\n"
                    "b: number = x => {rule|rot14}\n",
                    "r.txt:1: the name \"A\" is not 1 to 32 of a-z, 0-9, \"-\" and \"_\"\n"
                    "r.txt:1: a condition is on integer, number or product, not on \"intger\"\n"
                    "r.txt:1: after number comes one of = != < <= > >= in is, not \"~\"\n"
                    "r.txt:1: {x} is nothing known; there are integer, number, product, rule and "
                    "\"TEXT\"\n"
                    "r.txt:3: \"x\" is not a number such as 42, -1.5 or 1e-4\n"
                    "r.txt:3: \"rot14\" is no function; there are rot13, upper, lower and "
                    "reverse\n");
}

static void repeat(FILE *stream, const char *text, int count)
{
    for (int i = 0; i < count; i++)
        fputs(text, stream);
}

/* Text that goes on for too long is refused with what it ends with. */
static void assert_limit(const char *start, const char *part, int count, const char *end,
                         const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    char *problems;

    fputs(start, stream);
    repeat(stream, part, count);
    fputs(end, stream);
    fclose(stream);
    problems = problems_of(text, size);
    assert_non_null(strstr(problems, expected));
    free(problems);
    free(text);
}

static void test_limits(void **state)
{
    (void)state;
    assert_limit("a: integer = 1 => ", "x", RULES_LINE_MAX, LAST,
                 "r.txt:1: the line is longer than 500 bytes\n");
    assert_limit("a: integer = 1", " and integer = 1", RULES_CONDITIONS_MAX, " => x" LAST,
                 "r.txt:1: there are more than 8 conditions\n");
    assert_limit("a: integer = 1 => ", "{rule}", RULES_PIECES_MAX + 1, LAST,
                 "r.txt:1: the text has more than 32 parts\n");
    assert_limit("", "a: integer = 1 => x\n", RULES_MAX + 1, LAST,
                 "r.txt: 151 more problems are not shown\n");
    assert_limit("", "?\n", RULES_PROBLEMS_MAX + 3, "", "r.txt: 3 more problems are not shown\n");
}

static void test_a_file_that_cannot_be_read(void **state)
{
    char *problems = NULL;
    size_t size;
    FILE *stream = open_memstream(&problems, &size);

    (void)state;
    assert_null(rules_load("/nowhere/rules.txt", stream));
    assert_null(rules_load("/", stream));
    fclose(stream);
    assert_string_equal(problems, "/nowhere/rules.txt: cannot be read: No such file or directory\n"
                                  "/: cannot be read: Is a directory\n");
    free(problems);
}

static void test_a_file_that_is_too_large(void **state)
{
    char path[] = "/tmp/test-rules-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    char *problems = NULL;
    size_t size;
    FILE *stream = open_memstream(&problems, &size);

    (void)state;
    repeat(file, "#\n", 40000);
    fclose(file);
    assert_null(rules_load(path, stream));
    fclose(stream);
    remove(path);
    assert_non_null(strstr(problems, ": is larger than 65536 bytes\n"));
    free(problems);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_what_is_no_number),
        cmocka_unit_test(test_a_nul_is_a_problem),
        cmocka_unit_test(test_all_problems_are_told),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_a_file_that_cannot_be_read),
        cmocka_unit_test(test_a_file_that_is_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

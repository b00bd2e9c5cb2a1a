/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

static struct rules *parsed(const char *text)
{
    char *problems = NULL;
    size_t size;
    FILE *stream = open_memstream(&problems, &size);
    struct rules *rules = rules_parse("rules.txt", text, strlen(text), stream);

    fclose(stream);
    assert_string_equal(problems, "");
    assert_non_null(rules);
    free(problems);
    return rules;
}

static void assert_decides(const struct rules *rules, int64_t integer, double number,
                           const char *expected_rule, const char *expected_outcome)
{
    struct rules_input input = {integer, number, (double)integer * number};
    const char *rule;
    char *outcome = rules_decide(rules, &input, &rule);

    assert_non_null(outcome);
    assert_string_equal(rule, expected_rule);
    if (expected_outcome != NULL)
        assert_string_equal(outcome, expected_outcome);
    free(outcome);
}

static void test_the_first_match_wins(void **state)
{
    struct rules *rules = parsed("a: integer > 10 => first\n"
                                 "b: integer > 5 => second\n"
                                 "else: always => last");

    (void)state;
    assert_int_equal(rules_count(rules), 3);
    assert_decides(rules, 11, 1, "a", "first");
    assert_decides(rules, 10, 1, "b", "second");
    assert_decides(rules, 5, 1, "else", "last");
    rules_free(rules);
}

static void test_all_conditions_have_to_hold(void **state)
{
    struct rules *rules = parsed("a: integer > 10 and number < 0.5 and product > 3 => all\n"
                                 "else: always => not all\n");

    (void)state;
    assert_decides(rules, 20, 0.4, "a", "all");
    assert_decides(rules, 10, 0.4, "else", "not all");
    assert_decides(rules, 20, 0.5, "else", "not all");
    assert_decides(rules, 11, 0.1, "else", "not all");
    rules_free(rules);
}

static const struct {
    const char *condition;
    int64_t integer;
    double number;
    bool holds;
} conditions[] = {
    {"integer = 42", 42, 1, true},
    {"integer = 42", 41, 1, false},
    {"integer != 42", 41, 1, true},
    {"integer != 42", 42, 1, false},
    {"integer < 42", 41, 1, true},
    {"integer < 42", 42, 1, false},
    {"integer <= 42", 42, 1, true},
    {"integer <= 42", 43, 1, false},
    {"integer > 42", 43, 1, true},
    {"integer > 42", 42, 1, false},
    {"integer >= 42", 42, 1, true},
    {"integer >= 42", 41, 1, false},
    {"integer in -5..5", -5, 1, true},
    {"integer in -5..5", 5, 1, true},
    {"integer in -5..5", -6, 1, false},
    {"integer in -5..5", 6, 1, false},
    {"number in 1e-05..1e-04", 1, 5.3e-05, true},
    {"number in 1e-05..1e-04", 1, 5.3e-04, false},
    {"number in .5..1.", 1, 0.5, true},
    {"number = 5.3e-05", 1, 5.3e-05, true},
    {"number < 1e-300", 1, 5e-324, true},
    {"product >= 21", 42, 0.5, true},
    {"product > 21", 42, 0.5, false},
    {"integer is even", 4, 1, true},
    {"integer is even", -3, 1, false},
    {"integer is even", 0, 1, true},
    {"integer is odd", -3, 1, true},
    {"integer is odd", 4, 1, false},
    {"integer is not odd", 4, 1, true},
    {"product is even", 3, 0.5, false},
    {"product is odd", 3, 0.5, false},
    {"product is even", 4, 0.5, true},
    {"product is odd", 6, 0.5, true},
    {"integer is a multiple of 7", 49, 1, true},
    {"integer is a multiple of 7", -14, 1, true},
    {"integer is a multiple of 7", 50, 1, false},
    {"integer is not a multiple of 7", 50, 1, true},
    {"number is a multiple of 0.25", 1, 0.75, true},
    {"number is a multiple of 0.25", 1, 0.8, false},
    {"integer = 9007199254740991", 9007199254740991, 0, true},
    {"integer = 9007199254740990", 9007199254740991, 0, false},
    {"  integer\t=  42 ", 42, 1, true},
};

static void test_conditions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        char text[200];
        struct rules *rules;

        snprintf(text, sizeof(text), "yes: %s => x\nno: always => x\n", conditions[i].condition);
        rules = parsed(text);
        print_message("%s with %lld, %g\n", conditions[i].condition,
                      (long long)conditions[i].integer, conditions[i].number);
        assert_decides(rules, conditions[i].integer, conditions[i].number,
                       conditions[i].holds ? "yes" : "no", NULL);
        rules_free(rules);
    }
}

static const struct {
    const char *text;
    const char *outcome; /* of 42 and 5.3e-05 */
} texts[] = {
    {"plain text", "plain text"},
    {"{integer} * {number} = {product}", "42 * 5.3e-05 = 0.002226"},
    {"{rule}", "x"},
    {"{{integer}}", "{integer}"},
    {"{{{integer}}}", "{42}"},
    {"{\"Uryyb\"|rot13}", "Hello"},
    {"{\"Uryyb\" | rot13 | upper | reverse}", "OLLEH"},
    {"{integer|reverse}", "24"},
    {"{number|upper}", "5.3E-05"},
    {"{rule|rot13}{rule|upper}", "kX"},
    {"{\"\"}-{\" \"}", "- "},
    {"a: b => c # d", "a: b => c # d"},
    {"<b>&\"'</b>", "<b>&\"'</b>"},
    {"gr\xc3\xb6\xc3\x9f"
     "er",
     "gr\xc3\xb6\xc3\x9f"
     "er"},
};

static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char text[200];
        struct rules *rules;

        snprintf(text, sizeof(text), "x: always => %s\n", texts[i].text);
        rules = parsed(text);
        assert_decides(rules, 42, 5.3e-05, "x", texts[i].outcome);
        rules_free(rules);
    }
}

static void test_comments_blank_lines_and_line_ends(void **state)
{
    struct rules *rules = parsed("# a comment => x\r\n"
                                 "\r\n"
                                 "   \t \n"
                                 "  # another\n"
                                 "\telse:always=>text  \r\n");

    (void)state;
    assert_int_equal(rules_count(rules), 1);
    assert_decides(rules, 1, 1, "else", "text");
    rules_free(rules);
}

static void test_the_example(void **state)
{
    struct rules *rules = rules_load(RULES_EXAMPLE, stderr);

    (void)state;
    assert_non_null(rules);
    assert_decides(rules, 42, 0.5, "jackpot", "THE ANSWER! It is 42, whatever 0.5 says.");
    assert_decides(rules, 43, 5.3e-05, "whisper", "almost nothing: 5.3e-05, and odd, too");
    assert_decides(rules, 44, 5.3e-05, "tiny", NULL);
    assert_decides(rules, 99, 0.99, "large", NULL);
    assert_decides(rules, 77, 0.5, "mirror", NULL);
    assert_decides(rules, 24, 0.1, "dozen", NULL);
    assert_decides(rules, 7, 0.5, "half", NULL);
    assert_decides(rules, 8, 0.1, "even", NULL);
    assert_decides(rules, 7, 0.1, "else", "7 times 0.1 is 0.7000000000000001");
    rules_free(rules);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_match_wins),
        cmocka_unit_test(test_all_conditions_have_to_hold),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_comments_blank_lines_and_line_ends),
        cmocka_unit_test(test_the_example),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

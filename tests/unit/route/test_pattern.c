/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "route/pattern.h"

static bool matches(const char *pattern, const char *text, bool fold)
{
    char normal[64];
    size_t length = pattern_normalize(pattern, strlen(pattern), fold, normal);
    enum pattern_kind kind = pattern_classify(normal, length);
    bool answer = pattern_matches(kind, normal, length, text, strlen(text), fold);

    assert_true(pattern_is_valid(kind, normal, length));
    /* The general way gives the same answer for every kind. */
    assert_int_equal(pattern_matches(PATTERN_GENERAL, normal, length, text, strlen(text), fold),
                     answer);
    return answer;
}

static void matches_what_the_wildcards_stand_for(void **state)
{
    static const struct {
        const char *pattern;
        const char *text;
        bool fits;
    } rows[] = {
        {"", "", true},
        {"", "a", false},
        {"a", "a", true},
        {"a", "A", false},
        {"a", "ab", false},
        {"ab", "a", false},
        {"?", "", false},
        {"?", "a", true},
        {"?", "*", true},
        {"?", "ab", false},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"*", "", true},
        {"*", "anything", true},
        {"***", "", true},
        {"a*", "a", true},
        {"a*", "abc", true},
        {"a*", "ba", false},
        {"*a", "a", true},
        {"*a", "ba", true},
        {"*a", "ab", false},
        {"*a", "", false},
        {"a*a", "a", false},
        {"a*a", "aa", true},
        {"a*b*c", "abc", true},
        {"a*b*c", "a-b-b-c", true},
        {"a*b*c", "acb", false},
        {"*ab*ab", "ab", false},
        {"*ab*ab", "abab", true},
        {"*?", "", false},
        {"*?", "a", true},
        {"?*?", "a", false},
        {"?*?", "ab", true},
        {"a**b", "ab", true},
        {"*a*", "bbb", false},
        {"*a*", "bab", true},
        {"a*b", "a*b", true},
        {"/a/*/b", "/a//b", true},
        {"/a/*/b", "/a/b", false},
        {"*.png", "/x/y.png", true},
        {"*.png", "png", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (matches(rows[i].pattern, rows[i].text, false) != rows[i].fits)
            fail_msg("\"%s\" and \"%s\"", rows[i].pattern, rows[i].text);
}

static void folding_disregards_the_case_of_ascii_alone(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++)
        for (int other = 1; other < 256; other++) {
            char pattern[] = {(char)byte, '\0'};
            char text[] = {(char)other, '\0'};
            bool same = byte == other || (byte < 128 && other < 128 && isalpha(byte) &&
                                          isalpha(other) && tolower(byte) == tolower(other));

            if (byte != '*' && byte != '?')
                assert_int_equal(matches(pattern, text, true), same);
        }
    assert_true(matches("*.EXAMPLE.com", "www.Example.COM", true));
    assert_true(matches("Www.*", "wWw.example", true));
    assert_true(matches("a?C*e", "AbcDE", true));
}

static void patterns_are_sorted_into_kinds(void **state)
{
    static const struct {
        const char *text;
        enum pattern_kind kind;
    } rows[] = {
        {"", PATTERN_EXACT},      {"a.b", PATTERN_EXACT},   {"*", PATTERN_ANY},
        {"a*", PATTERN_PREFIX},   {"*a", PATTERN_SUFFIX},   {"?", PATTERN_GENERAL},
        {"a?", PATTERN_GENERAL},  {"?*", PATTERN_GENERAL},  {"*?", PATTERN_GENERAL},
        {"*a*", PATTERN_GENERAL}, {"a*b", PATTERN_GENERAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(pattern_classify(rows[i].text, strlen(rows[i].text)), rows[i].kind);
}

static void a_kind_that_does_not_go_with_the_text_is_not_valid(void **state)
{
    (void)state;
    assert_false(pattern_is_valid(PATTERN_ANY, "a", 1));
    assert_false(pattern_is_valid(PATTERN_ANY, "*a", 2));
    assert_false(pattern_is_valid(PATTERN_PREFIX, "", 0));
    assert_false(pattern_is_valid(PATTERN_PREFIX, "*", 1));
    assert_false(pattern_is_valid(PATTERN_PREFIX, "ab", 2));
    assert_false(pattern_is_valid(PATTERN_SUFFIX, "*", 1));
    assert_false(pattern_is_valid(PATTERN_SUFFIX, "ab", 2));
    assert_false(pattern_is_valid(PATTERN_KIND_COUNT, "a", 1));
}

static void runs_of_stars_become_one(void **state)
{
    char text[16];

    (void)state;
    assert_int_equal(pattern_normalize("a***B**", 7, false, text), 4);
    assert_memory_equal(text, "a*B*", 4);
    assert_int_equal(pattern_normalize("***", 3, true, text), 1);
    assert_int_equal(pattern_literal_head("ab*c", 4), 2);
    assert_int_equal(pattern_literal_tail("ab*cde", 6), 3);
    assert_int_equal(pattern_literal_head("abc", 3), 3);
    assert_int_equal(pattern_literal_tail("abc", 3), 3);
}

/* Trying every way to share out the text among twenty stars would not end in this life. */
static void many_stars_do_not_blow_up(void **state)
{
    static const char pattern[] = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
    size_t size = 1 << 20;
    char *text = malloc(size);

    (void)state;
    assert_non_null(text);
    memset(text, 'a', size);
    assert_false(pattern_matches(PATTERN_GENERAL, pattern, sizeof(pattern) - 1, text, size, false));
    text[size - 1] = 'b';
    assert_true(pattern_matches(PATTERN_GENERAL, pattern, sizeof(pattern) - 1, text, size, false));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_what_the_wildcards_stand_for),
        cmocka_unit_test(folding_disregards_the_case_of_ascii_alone),
        cmocka_unit_test(patterns_are_sorted_into_kinds),
        cmocka_unit_test(a_kind_that_does_not_go_with_the_text_is_not_valid),
        cmocka_unit_test(runs_of_stars_become_one),
        cmocka_unit_test(many_stars_do_not_blow_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

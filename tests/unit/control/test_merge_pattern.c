/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two patterns meet, against trying every short text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "control/merge_priv.h"

#define PATTERN_LENGTH 4
#define TEXT_LENGTH    6

static char texts[2000][TEXT_LENGTH + 1];
static size_t text_count;

/* Every text of a and b up to that length. */
static void make_texts(void)
{
    for (unsigned int length = 0; length <= TEXT_LENGTH; length++) {
        for (unsigned int bits = 0; bits < 1u << length; bits++) {
            for (unsigned int i = 0; i < length; i++)
                texts[text_count][i] = bits >> i & 1 ? 'a' : 'b';
            text_count++;
        }
    }
}

/* The pattern of that number, of the bytes a, b, * and ?. */
static bool make_pattern(unsigned int number, char pattern[PATTERN_LENGTH + 1])
{
    unsigned int length = 0;
    unsigned int first = 0, count = 1;

    while (number >= first + count) {
        first += count;
        count *= 4;
        if (++length > PATTERN_LENGTH)
            return false;
    }
    number -= first;
    for (unsigned int i = 0; i < length; i++, number /= 4)
        pattern[i] = "ab*?"[number % 4];
    pattern[length] = '\0';
    return true;
}

static bool matches(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return matches(pattern + 1, text) || (*text != '\0' && matches(pattern, text + 1));
    return *text != '\0' && (*pattern == '?' || *pattern == *text) &&
           matches(pattern + 1, text + 1);
}

/* A text that both match, if there is one, need not be longer than their plain bytes together, as
 * stars can be taken for nothing or one byte of the other. */
static void patterns_meet_where_a_text_matches_both(void **state)
{
    static uint8_t matched[400][2000 / 8 + 1];
    char one[PATTERN_LENGTH + 1], other[PATTERN_LENGTH + 1];
    unsigned int count = 0;
    unsigned int meeting = 0;

    (void)state;
    make_texts();
    for (; make_pattern(count, one) && count < 341; count++)
        for (size_t i = 0; i < text_count; i++)
            if (matches(one, texts[i]))
                matched[count][i / 8] |= (uint8_t)(1 << i % 8);
    assert_int_equal(count, 341);
    for (unsigned int i = 0; i < count; i++) {
        for (unsigned int j = 0; j < count; j++) {
            bool expected = false;

            for (size_t k = 0; k <= text_count / 8 && !expected; k++)
                expected = (matched[i][k] & matched[j][k]) != 0;
            (void)make_pattern(i, one);
            (void)make_pattern(j, other);
            if (merge_patterns_meet(one, other, false) != expected)
                fail_msg("%s and %s: %d", one, other, !expected);
            meeting += expected;
        }
    }
    assert_true(meeting > 1000 && meeting < count * count);
}

static void case_counts_for_paths_only(void **state)
{
    (void)state;
    assert_true(merge_patterns_meet("*.A.com", "x.a.COM", true));
    assert_false(merge_patterns_meet("/A", "/a", false));
}

static void long_patterns_are_no_trouble(void **state)
{
    static char one[9000], other[9000];

    (void)state;
    memset(one, 'a', sizeof(one) - 1);
    memset(other, 'a', sizeof(other) - 1);
    one[0] = other[0] = '*';
    assert_true(merge_patterns_meet(one, other, false));
    other[8000] = 'b';
    assert_false(merge_patterns_meet(one, other, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_meet_where_a_text_matches_both),
        cmocka_unit_test(case_counts_for_paths_only),
        cmocka_unit_test(long_patterns_are_no_trouble),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

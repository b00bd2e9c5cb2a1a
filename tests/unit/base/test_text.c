/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/text.h"

static void equality_and_ends_are_exact(void **state)
{
    (void)state;
    assert_true(text_equal("a", "a"));
    assert_false(text_equal("a", "A"));
    assert_true(text_equal(NULL, NULL));
    assert_false(text_equal(NULL, ""));
    assert_false(text_equal("", NULL));
    assert_true(text_starts_with("x-slipway", "x-"));
    assert_true(text_starts_with("x-", ""));
    assert_false(text_starts_with("x", "x-"));
    assert_true(text_ends_with("a.yaml", ".yaml"));
    assert_true(text_ends_with("a", ""));
    assert_false(text_ends_with("l", ".yaml"));
}

static void distance_counts_edits(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        size_t distance;
    } cases[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"image", "image", 0},
        {"imge", "image", 1},
        {"iamge", "image", 1},
        {"immage", "image", 1},
        {"omage", "image", 1},
        {"prots", "ports", 1},
        {"kitten", "sitting", 3},
        {"ca", "abc", 3},
        {"abcdef", "badcfe", 3},
        {"ab", "ba", 1},
        {"deploy", "depends_on", 6},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t limit = 0; limit <= TEXT_EDIT_LIMIT_MAX; limit++) {
            size_t expected = cases[i].distance <= limit ? cases[i].distance : limit + 1;

            assert_int_equal(text_edit_distance(cases[i].a, cases[i].b, limit), expected);
            assert_int_equal(text_edit_distance(cases[i].b, cases[i].a, limit), expected);
        }
    }
}

/* The textbook's full table, to compare with. */
static size_t full_distance(const char *a, const char *b)
{
    size_t table[12][12] = {{0}};
    size_t m = strlen(a);
    size_t n = strlen(b);

    for (size_t i = 0; i <= m; i++) {
        for (size_t j = 0; j <= n; j++) {
            size_t least = i + j;

            if (i > 0 && j > 0) {
                least = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
                if (table[i - 1][j] + 1 < least)
                    least = table[i - 1][j] + 1;
                if (table[i][j - 1] + 1 < least)
                    least = table[i][j - 1] + 1;
            }
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                table[i - 2][j - 2] + 1 < least)
                least = table[i - 2][j - 2] + 1;
            table[i][j] = least;
        }
    }
    return table[m][n];
}

static void random_word(char word[12])
{
    size_t length = (size_t)rand() % 11;

    for (size_t i = 0; i < length; i++)
        word[i] = (char)('a' + rand() % 3);
    word[length] = '\0';
}

static void the_bounded_distance_agrees_with_the_full_one(void **state)
{
    (void)state;
    srand(1);
    for (int i = 0; i < 20000; i++) {
        size_t limit = (size_t)rand() % (TEXT_EDIT_LIMIT_MAX + 1);
        size_t full;
        char a[12];
        char b[12];

        random_word(a);
        random_word(b);
        full = full_distance(a, b);
        assert_int_equal(text_edit_distance(a, b, limit), full <= limit ? full : limit + 1);
    }
}

static void a_limit_too_large_is_lowered(void **state)
{
    (void)state;
    assert_int_equal(text_edit_distance("", "aaaaaaaaaaaaaaaaaaaa", 100), TEXT_EDIT_LIMIT_MAX + 1);
    assert_int_equal(text_edit_distance("a", "b", SIZE_MAX), 1);
}

struct utf8_case {
    const char *data;
    size_t bad_offset;
};

static void bad_utf8_is_found_where_it_begins(void **state)
{
    static const struct utf8_case cases[] = {
        {"\x80", 0},    /* a continuation alone */
        {"abc\xc3", 3}, /* cut off */
        {"abcdefgh12345\xe2\x82", 13},
        {"\xc0\xaf", 0}, /* overlong */
        {"\xc1\xbf", 0},
        {"a\xe0\x80\xaf", 1},
        {"\xf0\x8f\xbf\xbf", 0},
        {"\xed\xa0\x80", 0}, /* a surrogate */
        {"\xed\xbf\xbf", 0},
        {"\xf4\x90\x80\x80", 0}, /* past the last character */
        {"\xf5\x80\x80\x80", 0},
        {"\xc3\xa9\xff", 2},
        {"\xe2\x82\x41", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t bad_offset = 999;

        assert_false(text_is_utf8_valid(cases[i].data, strlen(cases[i].data), &bad_offset));
        assert_int_equal(bad_offset, cases[i].bad_offset);
        assert_false(text_is_utf8_valid(cases[i].data, strlen(cases[i].data), NULL));
    }
}

static void good_utf8_is_accepted_up_to_its_borders(void **state)
{
    static const char text[] = "plain ASCII, long enough\0\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f"
                               "\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf";
    size_t bad_offset = 999;

    (void)state;
    assert_true(text_is_utf8_valid(text, sizeof(text) - 1, &bad_offset));
    assert_int_equal(bad_offset, 999);
    assert_true(text_is_utf8_valid("", 0, NULL));
}

static void characters_decode_to_their_numbers(void **state)
{
    uint32_t character = 0;

    (void)state;
    assert_int_equal(text_utf8_decode("\xe2\x82\xac!", 4, &character), 3);
    assert_int_equal(character, 0x20ac);
    assert_int_equal(text_utf8_decode("\xf0\x9f\x9a\xa2", 4, &character), 4);
    assert_int_equal(character, 0x1f6a2);
    assert_int_equal(text_utf8_decode("\xf0\x9f\x9a\xa2", 3, &character), 0);
    assert_int_equal(text_utf8_decode("", 0, &character), 0);
}

static void assert_escaped(const char *data, size_t size, const char *expected)
{
    _cleanup_strbuf_ struct strbuf buffer;

    strbuf_init(&buffer, 1000);
    text_escape(&buffer, data, size);
    assert_string_equal(strbuf_text(&buffer), expected);
}

static void what_a_terminal_would_obey_is_escaped(void **state)
{
    (void)state;
    assert_escaped("a\tb\r\n\0\x1b[0m\x7f", 11, "a\\tb\\r\\n\\x00\\x1b[0m\\x7f");
    assert_escaped("\xc2\x9b", 2, "\\u009b");
    assert_escaped("\xe2\x80\xae|\xe2\x81\xa6", 7, "\\u202e|\\u2066");
    assert_escaped("\xff\xc3", 2, "\\xff\\xc3");
}

static void what_is_harmless_stays_as_it_is(void **state)
{
    (void)state;
    assert_escaped("C:\\a \"b\" ~", 10, "C:\\a \"b\" ~");
    assert_escaped("\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\xa2", 9,
                   "\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\xa2");
    assert_escaped("", 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality_and_ends_are_exact),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(the_bounded_distance_agrees_with_the_full_one),
        cmocka_unit_test(a_limit_too_large_is_lowered),
        cmocka_unit_test(bad_utf8_is_found_where_it_begins),
        cmocka_unit_test(good_utf8_is_accepted_up_to_its_borders),
        cmocka_unit_test(characters_decode_to_their_numbers),
        cmocka_unit_test(what_a_terminal_would_obey_is_escaped),
        cmocka_unit_test(what_is_harmless_stays_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

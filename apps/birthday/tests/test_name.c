/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "birthday/name.h"
#include "common/cleanup.h"

static void letters_of_any_script_are_good(void **state)
{
    static const char *const good[] = {"a",   "Zoë", "Zoe\u0308", "Дмитрий", "李小龙",
                                       "אבג", "ΑΒΓ", "\u0958",    "ǅ",       "ʰ",
                                       "ﬁ",   "𐐀",   "مریم",      "İpek"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_null(name_check(good[i]));
}

static void all_else_is_refused(void **state)
{
    static const char *const bad[] = {
        "",       "a1",  "a b",     "a-b",  "a_b",   "a.b",         "a\u0300\u0316",
        "\u0301", "😀",   "a\u200d", "٣",    "a\n",   "Ⅷ",           "a\u00a0b",
        "O'Neil", "<b>", "a/b",     "\xff", "a\xc3", "\xed\xa0\x80"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(name_check(bad[i]));
}

/* So many letters, each of these bytes. */
static const char *repeat(char *buffer, const char *letter, size_t count)
{
    size_t length = strlen(letter);

    for (size_t i = 0; i < count; i++)
        memcpy(buffer + i * length, letter, length);
    buffer[count * length] = '\0';
    return buffer;
}

static void length_is_counted_in_letters(void **state)
{
    static char name[20000];

    (void)state;
    assert_null(name_check(repeat(name, "a", NAME_LETTERS_MAX)));
    assert_null(name_check(repeat(name, "𐐀", NAME_LETTERS_MAX)));
    assert_null(name_check(repeat(name, "e\u0301", NAME_LETTERS_MAX)));
    assert_non_null(name_check(repeat(name, "a", NAME_LETTERS_MAX + 1)));
    assert_non_null(name_check(repeat(name, "e\u0301", NAME_LETTERS_MAX + 1)));
    assert_non_null(name_check(repeat(name, "𐐀", 4000)));
}

static void ways_to_write_a_name_have_one_key(void **state)
{
    static const char *const same[][2] = {
        {"ANNA", "anna"},
        {"Straße", "STRASSE"},
        {"STRAẞE", "strasse"},
        {"José", "JOSE\u0301"},
        {"ΣΊΣΥΦΟΣ", "σίσυφος"},
        {"ДМИТРИЙ", "дмитрий"},
        {"ﬁ", "FI"},
        {"\u01c5", "\u01c6"},
        {"Å", "\u212b"},
        {"\u1fb3", "\u1fbc"},
        {"K", "\u212a"},
    };
    static const char *const different[][2] = {
        {"anna", "annb"}, {"Jose", "José"}, {"I", "ı"}, {"Muller", "Müller"}};

    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        _cleanup_free_ char *left = name_key(same[i][0]);
        _cleanup_free_ char *right = name_key(same[i][1]);
        _cleanup_free_ char *again = name_key(left);

        assert_string_equal(left, right);
        assert_string_equal(left, again);
    }
    for (size_t i = 0; i < sizeof(different) / sizeof(different[0]); i++) {
        _cleanup_free_ char *left = name_key(different[i][0]);
        _cleanup_free_ char *right = name_key(different[i][1]);

        assert_string_not_equal(left, right);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_any_script_are_good),
        cmocka_unit_test(all_else_is_refused),
        cmocka_unit_test(length_is_counted_in_letters),
        cmocka_unit_test(ways_to_write_a_name_have_one_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

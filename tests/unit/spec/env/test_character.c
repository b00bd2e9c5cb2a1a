/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/env/character.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void decodes_each_length_of_utf8(void **state)
{
    static const struct {
        const char *text;
        uint32_t code_point;
    } cases[] = {
        {"A", 'A'},
        {"\xC2\x80", 0x80},
        {"\xDF\xBF", 0x7FF},
        {"\xE0\xA0\x80", 0x800},
        {"\xEF\xBF\xBF", 0xFFFF},
        {"\xF0\x90\x80\x80", 0x10000},
        {"\xF4\x8F\xBF\xBF", 0x10FFFF},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t code_point = 0;

        assert_int_equal(character_decode(cases[i].text, strlen(cases[i].text), &code_point),
                         strlen(cases[i].text));
        assert_int_equal(code_point, cases[i].code_point);
        assert_int_equal(character_find_invalid(cases[i].text, strlen(cases[i].text)),
                         strlen(cases[i].text));
    }
}

static void refuses_what_is_not_utf8(void **state)
{
    static const char *const cases[] = {
        "\x80",             /* a continuation alone */
        "\xC0\xAF",         /* overlong */
        "\xE0\x9F\xBF",     /* overlong */
        "\xF0\x8F\xBF\xBF", /* overlong */
        "\xED\xA0\x80",     /* a surrogate */
        "\xF4\x90\x80\x80", /* past the last */
        "\xE2\x82",         /* cut */
        "\xC3(",            /* cut by another */
        "\xFF",
    };
    uint32_t code_point;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(character_decode(cases[i], strlen(cases[i]), &code_point), 0);
        assert_int_equal(character_find_invalid(cases[i], strlen(cases[i])), 0);
    }
    assert_int_equal(character_decode("A", 0, &code_point), 0);
}

static void finds_the_first_invalid_byte(void **state)
{
    (void)state;
    assert_int_equal(character_find_invalid("caf\xC3\xA9\0more", 10), 5);
    assert_int_equal(character_find_invalid("abc\xE9", 4), 3);
    assert_int_equal(character_find_invalid("", 0), 0);
}

static void knows_letters_and_numbers_of_any_script(void **state)
{
    static const uint32_t yes[] = {'a', 'Z', '0', '9', 0xE1, 0x171, 0xDC, 0x416, 0x4E2D, 0x663};
    static const uint32_t no[] = {0,    '_',  '-',   '@',    '[',    '`',     '{',
                                  0xA0, 0xD7, 0x301, 0x201C, 0x20AC, 0x1F600, 0x10FFFF};

    (void)state;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_true(character_is_letter_or_number(yes[i]));
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(character_is_letter_or_number(no[i]));
}

static void blanks_are_spaces_that_break_no_line(void **state)
{
    (void)state;
    assert_true(character_is_blank('\t') && character_is_blank('\r') && character_is_blank(0xA0));
    assert_false(character_is_blank('\n') || character_is_blank(0x2003));
    assert_true(character_is_space('\n') && character_is_space(0x2003) &&
                character_is_space(0x3000));
    assert_false(character_is_space('a') || character_is_space(0x200B));
}

static void trims_spaces_of_any_script_from_the_end_only(void **state)
{
    (void)state;
    assert_int_equal(character_trim_end(" a b \t\r\n", 8), 4);
    assert_int_equal(character_trim_end("a\xE2\x80\x83\xC2\xA0", 6), 1);
    assert_int_equal(character_trim_end("\xC3\xA9", 2), 2);
    assert_int_equal(character_trim_end("  ", 2), 0);
    assert_int_equal(character_trim_end("a\x80\x80\x80\x80\x80", 6), 6);
}

static void describes_a_character_for_a_message(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 1 << 16);
    assert_string_equal(character_describe(&arena, "%x", 2), "\"%\"");
    assert_string_equal(character_describe(&arena, "\xC3\xA9x", 3), "\"\xC3\xA9\"");
    assert_string_equal(character_describe(&arena, "\"", 1), "'\"'");
    assert_string_equal(character_describe(&arena, "\n", 1), "a line break");
    assert_string_equal(character_describe(&arena, "", 0), "the end");
    assert_string_equal(character_describe(&arena, "\x1B", 1), "byte 0x1B");
    assert_string_equal(character_describe(&arena, "\xFF", 1), "byte 0xFF");
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_each_length_of_utf8),
        cmocka_unit_test(refuses_what_is_not_utf8),
        cmocka_unit_test(finds_the_first_invalid_byte),
        cmocka_unit_test(knows_letters_and_numbers_of_any_script),
        cmocka_unit_test(blanks_are_spaces_that_break_no_line),
        cmocka_unit_test(trims_spaces_of_any_script_from_the_end_only),
        cmocka_unit_test(describes_a_character_for_a_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

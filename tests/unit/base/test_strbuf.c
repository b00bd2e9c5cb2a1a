/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/strbuf.h"

static void is_an_empty_string_at_first(void **state)
{
    _cleanup_strbuf_ struct strbuf buffer;

    (void)state;
    strbuf_init(&buffer, 100);
    assert_string_equal(strbuf_text(&buffer), "");
    assert_int_equal(strbuf_failure(&buffer), 0);
    strbuf_append(&buffer, NULL, 0);
    strbuf_append_string(&buffer, "");
    strbuf_append_repeat(&buffer, 'x', 0);
    strbuf_printf(&buffer, "%s", "");
    assert_string_equal(strbuf_text(&buffer), "");
    assert_int_equal(strbuf_failure(&buffer), 0);
}

static void appends_in_order(void **state)
{
    _cleanup_strbuf_ struct strbuf buffer;

    (void)state;
    strbuf_init(&buffer, SIZE_MAX);
    strbuf_append(&buffer, "abXX", 2);
    strbuf_append_string(&buffer, "cd");
    strbuf_append_char(&buffer, 'e');
    strbuf_append_repeat(&buffer, '.', 3);
    strbuf_printf(&buffer, "%d%%", 42);
    assert_string_equal(strbuf_text(&buffer), "abcde...42%");
    assert_int_equal(buffer.length, 11);
    strbuf_append_char(&buffer, '\0');
    strbuf_append_char(&buffer, 'z');
    assert_int_equal(buffer.length, 13);
    assert_memory_equal(strbuf_text(&buffer) + 11, "\0z", 3);
}

static void grows_as_needed(void **state)
{
    _cleanup_strbuf_ struct strbuf buffer;

    (void)state;
    strbuf_init(&buffer, 1 << 20);
    for (int i = 0; i < 100000; i++)
        strbuf_append_char(&buffer, (char)('a' + i % 26));
    strbuf_printf(&buffer, "%*s", 200000, "end");
    assert_int_equal(strbuf_failure(&buffer), 0);
    assert_int_equal(buffer.length, 300000);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(buffer.data[i], 'a' + i % 26);
    assert_string_equal(buffer.data + 299997, "end");
}

static void takes_exactly_its_limit(void **state)
{
    _cleanup_strbuf_ struct strbuf buffer;

    (void)state;
    strbuf_init(&buffer, 5);
    strbuf_append_string(&buffer, "abc");
    strbuf_printf(&buffer, "%s", "de");
    assert_int_equal(strbuf_failure(&buffer), 0);
    assert_string_equal(strbuf_text(&buffer), "abcde");
}

static void append_too_much(struct strbuf *buffer)
{
    strbuf_append(buffer, "defg", 4);
}

static void repeat_too_much(struct strbuf *buffer)
{
    strbuf_append_repeat(buffer, 'x', SIZE_MAX);
}

static void print_too_much(struct strbuf *buffer)
{
    strbuf_printf(buffer, "%s", "defg");
}

static void what_exceeds_the_limit_changes_nothing_and_sticks(void **state)
{
    static void (*const uses[])(struct strbuf *) = {append_too_much, repeat_too_much,
                                                    print_too_much};

    (void)state;
    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
        _cleanup_strbuf_ struct strbuf buffer;

        strbuf_init(&buffer, 6);
        strbuf_append_string(&buffer, "abc");
        uses[i](&buffer);
        assert_int_equal(strbuf_failure(&buffer), -E2BIG);
        strbuf_append_char(&buffer, 'x'); /* would have fit */
        strbuf_printf(&buffer, "x");
        assert_string_equal(strbuf_text(&buffer), "abc");
        assert_int_equal(buffer.length, 3);
    }
}

static void is_empty_and_usable_after_a_reset(void **state)
{
    _cleanup_strbuf_ struct strbuf buffer;
    const char *memory;

    (void)state;
    strbuf_init(&buffer, 6);
    strbuf_append_string(&buffer, "abc");
    memory = strbuf_text(&buffer);
    append_too_much(&buffer);
    strbuf_reset(&buffer);
    assert_string_equal(strbuf_text(&buffer), "");
    assert_int_equal(strbuf_failure(&buffer), 0);
    strbuf_append_string(&buffer, "123456");
    assert_string_equal(strbuf_text(&buffer), "123456");
    assert_ptr_equal(strbuf_text(&buffer), memory);
    strbuf_append_char(&buffer, '7');
    assert_int_equal(strbuf_failure(&buffer), -E2BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_an_empty_string_at_first),
        cmocka_unit_test(appends_in_order),
        cmocka_unit_test(grows_as_needed),
        cmocka_unit_test(takes_exactly_its_limit),
        cmocka_unit_test(what_exceeds_the_limit_changes_nothing_and_sticks),
        cmocka_unit_test(is_empty_and_usable_after_a_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

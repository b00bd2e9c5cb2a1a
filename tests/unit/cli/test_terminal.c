/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/terminal.h"
#include "os/os.h"

static int fake_isatty(int fd)
{
    return fd == 7;
}

static int fake_window_size(int fd, struct winsize *size)
{
    *size = (struct winsize){.ws_row = 24, .ws_col = 132};
    return fd == 7 ? 0 : -1;
}

static struct os_ops fake_ops;

static int with_terminal(void **state)
{
    (void)state;
    fake_ops = os_default_ops;
    fake_ops.isatty = fake_isatty;
    fake_ops.window_size = fake_window_size;
    (void)os_set_ops(&fake_ops);
    return 0;
}

static int without_terminal(void **state)
{
    (void)state;
    (void)os_set_ops(NULL);
    return 0;
}

static void colour_is_for_terminals_that_want_it(void **state)
{
    (void)state;
    assert_true(terminal_wants_colour(TERMINAL_COLOUR_AUTO, true, NULL, "xterm"));
    assert_true(terminal_wants_colour(TERMINAL_COLOUR_AUTO, true, "", NULL));
    assert_false(terminal_wants_colour(TERMINAL_COLOUR_AUTO, false, NULL, "xterm"));
    assert_false(terminal_wants_colour(TERMINAL_COLOUR_AUTO, true, "1", "xterm"));
    assert_false(terminal_wants_colour(TERMINAL_COLOUR_AUTO, true, NULL, "dumb"));
}

static void asking_for_colour_or_none_settles_it(void **state)
{
    (void)state;
    assert_true(terminal_wants_colour(TERMINAL_COLOUR_ALWAYS, false, "1", "dumb"));
    assert_false(terminal_wants_colour(TERMINAL_COLOUR_NEVER, true, NULL, "xterm"));
    assert_int_equal(terminal_colour_parse("always"), TERMINAL_COLOUR_ALWAYS);
    assert_int_equal(terminal_colour_parse("never"), TERMINAL_COLOUR_NEVER);
    assert_int_equal(terminal_colour_parse("auto"), TERMINAL_COLOUR_AUTO);
    assert_int_equal(terminal_colour_parse(NULL), TERMINAL_COLOUR_AUTO);
}

static void styles_print_nothing_without_colour(void **state)
{
    struct terminal terminal = {.colour = false};

    (void)state;
    assert_string_equal(terminal_style(&terminal, TERMINAL_RED), "");
    assert_string_equal(terminal_style(&terminal, TERMINAL_PLAIN), "");
    terminal.colour = true;
    assert_string_equal(terminal_style(&terminal, TERMINAL_RED), "\033[31m");
    assert_string_equal(terminal_style(&terminal, TERMINAL_PLAIN), "\033[0m");
}

static size_t width_with(int fd, const char *variable)
{
    char *environment[] = {(char *)(uintptr_t)variable, NULL};

    return terminal_of(fd, TERMINAL_COLOUR_AUTO, environment).width;
}

static void the_width_is_asked_for_or_told(void **state)
{
    (void)state;
    assert_int_equal(width_with(7, "X=1"), 132);
    assert_int_equal(width_with(8, "X=1"), 80);
    assert_int_equal(width_with(7, "COLUMNS=60"), 60);
    assert_int_equal(width_with(8, "COLUMNS=60"), 60);
    assert_int_equal(width_with(7, "COLUMNS=0"), 132);
    assert_int_equal(width_with(7, "COLUMNS=-5"), 132);
    assert_int_equal(width_with(7, "COLUMNS=60x"), 132);
    assert_int_equal(width_with(7, "COLUMNS=99999999999999999999"), 132);
}

static void a_terminal_is_known_as_one(void **state)
{
    char *environment[] = {(char *)(uintptr_t) "TERM=xterm", NULL};
    struct terminal terminal = terminal_of(7, TERMINAL_COLOUR_AUTO, environment);

    (void)state;
    assert_true(terminal.is_terminal);
    assert_true(terminal.colour);
    terminal = terminal_of(8, TERMINAL_COLOUR_AUTO, environment);
    assert_false(terminal.is_terminal);
    assert_false(terminal.colour);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colour_is_for_terminals_that_want_it),
        cmocka_unit_test(asking_for_colour_or_none_settles_it),
        cmocka_unit_test(styles_print_nothing_without_colour),
        cmocka_unit_test(the_width_is_asked_for_or_told),
        cmocka_unit_test(a_terminal_is_known_as_one),
    };

    return cmocka_run_group_tests(tests, with_terminal, without_terminal);
}

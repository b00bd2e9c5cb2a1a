/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/log.h"

struct record {
    char text[2 * LOG_LINE_MAX];
    size_t length;
    size_t line_count;
};

static void record_line(void *context, const char *line, size_t size)
{
    struct record *record = context;

    assert_true(record->length + size < sizeof(record->text));
    memcpy(record->text + record->length, line, size);
    record->length += size;
    record->text[record->length] = '\0';
    record->line_count++;
    errno = EIO;
}

static int with_record(void **state)
{
    static struct record record;

    record = (struct record){0};
    log_set_writer(record_line, &record);
    log_set_level(LOG_LEVEL_INFO);
    log_set_colour(false);
    *state = &record;
    return 0;
}

static void writes_the_level_and_the_message_as_one_line(void **state)
{
    struct record *record = *state;

    log_info("listening on %s:%d", "[::1]", 80);
    log_warning("slow");
    log_error("broken");
    assert_string_equal(record->text,
                        "info: listening on [::1]:80\nwarning: slow\nerror: broken\n");
    assert_int_equal(record->line_count, 3);
}

static void drops_what_is_below_the_level(void **state)
{
    struct record *record = *state;

    log_debug("hidden");
    assert_int_equal(record->line_count, 0);
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("shown");
    log_set_level(LOG_LEVEL_ERROR);
    log_warning("hidden");
    assert_string_equal(record->text, "debug: shown\n");
}

static void escapes_what_could_forge_a_line_or_command_a_terminal(void **state)
{
    struct record *record = *state;

    log_error("%s", "a\nerror: b\r\x1b[31m\x7f\xff\xc2\x9b é");
    assert_string_equal(record->text, "error: a\\nerror: b\\r\\x1b[31m\\x7f\\xff\\u009b é\n");
}

static void colours_the_level_word_alone_and_only_when_asked(void **state)
{
    struct record *record = *state;

    log_set_colour(true);
    log_error("broken");
    assert_string_equal(record->text, "\033[31merror\033[0m: broken\n");
}

static void cuts_a_long_line_and_says_so(void **state)
{
    struct record *record = *state;
    static char message[3 * LOG_LINE_MAX];

    /* Both what is too long as it is, and what becomes so by escaping. */
    for (size_t size = LOG_LINE_MAX - 100; size < sizeof(message); size += 1001) {
        (void)with_record(state);
        memset(message, '\n', size);
        log_info("%s", message);
        assert_in_range(record->length, LOG_LINE_MAX - 8, LOG_LINE_MAX);
        assert_string_equal(record->text + record->length - 6, "\\n...\n");
        assert_ptr_equal(strchr(record->text, '\n'), record->text + record->length - 1);
    }
}

static void never_cuts_inside_a_character(void **state)
{
    struct record *record = *state;
    static char message[LOG_LINE_MAX];

    for (size_t shift = 0; shift < 4; shift++) {
        (void)with_record(state);
        memset(message, 'a', shift);
        for (size_t i = shift; i + 4 < sizeof(message); i += 4)
            memcpy(message + i, "\xf0\x9f\x9a\xa2", 5);
        log_info("%s", message);
        assert_string_equal(record->text + record->length - 8, "\xf0\x9f\x9a\xa2...\n");
        assert_null(strchr(record->text, '\\'));
    }
}

static void the_longest_line_that_fits_is_whole(void **state)
{
    struct record *record = *state;
    char message[LOG_LINE_MAX] = {0};

    memset(message, 'a', LOG_LINE_MAX - strlen("info: ...\n"));
    log_info("%s", message);
    assert_null(strstr(record->text, "..."));
    assert_int_equal(record->length, LOG_LINE_MAX - 3);
}

static void leaves_errno_alone(void **state)
{
    (void)state;
    errno = ENOENT;
    log_info("text");
    assert_int_equal(errno, ENOENT);
}

static void is_silent_without_a_writer(void **state)
{
    struct record *record = *state;

    log_set_writer(NULL, NULL);
    log_error("nobody hears");
    assert_int_equal(record->line_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(writes_the_level_and_the_message_as_one_line, with_record),
        cmocka_unit_test_setup(drops_what_is_below_the_level, with_record),
        cmocka_unit_test_setup(escapes_what_could_forge_a_line_or_command_a_terminal, with_record),
        cmocka_unit_test_setup(colours_the_level_word_alone_and_only_when_asked, with_record),
        cmocka_unit_test_setup(cuts_a_long_line_and_says_so, with_record),
        cmocka_unit_test_setup(never_cuts_inside_a_character, with_record),
        cmocka_unit_test_setup(the_longest_line_that_fits_is_whole, with_record),
        cmocka_unit_test_setup(leaves_errno_alone, with_record),
        cmocka_unit_test_setup(is_silent_without_a_writer, with_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

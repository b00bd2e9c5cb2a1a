/* SPDX-License-Identifier: Apache-2.0 */
/* Everything in the table reaches help, man pages and every shell; and the table keeps its rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/man.h"

enum {
    TEXT_BYTES = 1 << 20,
};

static const struct terminal plain = {.width = 80};

static void assert_contains(const struct strbuf *text, const char *part, const char *where)
{
    if (strstr(strbuf_text(text), part) == NULL)
        fail_msg("'%s' is missing from %s", part, where);
}

/* The name, and not only as the start of a longer one. */
static void assert_has_word(const struct strbuf *text, const char *word, const char *where)
{
    size_t length = strlen(word);

    for (const char *at = strbuf_text(text); (at = strstr(at, word)) != NULL; at++) {
        if (isalnum((unsigned char)at[length]) == 0 && at[length] != '-' && at[length] != '_')
            return;
    }
    fail_msg("'%s' is missing from %s", word, where);
}

static void assert_has_option(const struct strbuf *text, const struct command_option *option,
                              const char *long_prefix, const char *short_prefix, const char *where)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "%s%s", long_prefix, option->name);
    assert_has_word(text, name, where);
    if (option->letter == '\0')
        return;
    (void)snprintf(name, sizeof(name), "%s%c", short_prefix, option->letter);
    assert_has_word(text, name, where);
}

static void help_shows_every_option_with_what_the_table_knows(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct command_option *option = &option_table[i];
        const char *where = command_table[option->command].name;
        const char *values = option->values, *value;
        _cleanup_strbuf_ struct strbuf text;
        size_t length;

        strbuf_init(&text, TEXT_BYTES);
        help_write(&text, option->command, &plain);
        assert_has_option(&text, option, "--", "-", where);
        if (option->environment != NULL)
            assert_contains(&text, option->environment, where);
        while ((value = command_next_value(&values, &length)) != NULL) {
            char word[32];

            (void)snprintf(word, sizeof(word), "%.*s", (int)length, value);
            assert_has_word(&text, word, where);
        }
    }
}

static void help_lists_commands_but_not_hidden_ones(void **state)
{
    _cleanup_strbuf_ struct strbuf text;

    (void)state;
    strbuf_init(&text, TEXT_BYTES);
    help_write(&text, COMMAND_NONE, &plain);
    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        char line[64];

        (void)snprintf(line, sizeof(line), "\n  %s ", command_table[i].name);
        if (command_table[i].hidden)
            assert_null(strstr(strbuf_text(&text), line));
        else
            assert_contains(&text, line, "help");
    }
    assert_contains(&text, "Exit status: 0 done, 1 failed, 2 wrong usage\n", "help");
    assert_contains(&text, "\nExamples:\n  slipway config", "help");
}

static void options_that_stand_anywhere_are_in_the_help_of_each_command(void **state)
{
    (void)state;
    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        _cleanup_strbuf_ struct strbuf text;

        strbuf_init(&text, TEXT_BYTES);
        help_write(&text, (enum command_id)i, &plain);
        assert_has_word(&text, "--json", command_table[i].name);
        assert_has_word(&text, "--help", command_table[i].name);
        assert_int_equal(strstr(strbuf_text(&text), "--env-file") != NULL,
                         command_table[i].project_anywhere);
    }
}

static size_t longest_line(const char *text)
{
    size_t longest = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        longest = length > longest ? length : longest;
        text += length + (text[length] == '\n' ? 1 : 0);
    }
    return longest;
}

static void help_fits_the_terminal(void **state)
{
    (void)state;
    for (size_t width = 60; width <= 200; width++) {
        for (size_t i = 0; i < COMMAND_COUNT; i++) {
            struct terminal terminal = {.width = width};
            _cleanup_strbuf_ struct strbuf text;

            strbuf_init(&text, TEXT_BYTES);
            help_write(&text, (enum command_id)i, &terminal);
            if (longest_line(strbuf_text(&text)) > (width < 100 ? width : 100))
                fail_msg("help of %s is too wide at %zu", command_table[i].name, width);
        }
    }
}

static void help_of_a_terminal_without_any_width_still_ends(void **state)
{
    struct terminal terminal = {.width = 1};
    _cleanup_strbuf_ struct strbuf text;

    (void)state;
    strbuf_init(&text, TEXT_BYTES);
    help_write(&text, COMMAND_CONFIG, &terminal);
    assert_int_equal(strbuf_failure(&text), 0);
    assert_has_word(&text, "--show-secrets", "narrow help");
}

static void help_has_colour_only_where_it_is_wanted(void **state)
{
    struct terminal coloured = {.width = 80, .colour = true};
    _cleanup_strbuf_ struct strbuf text, styled;

    (void)state;
    strbuf_init(&text, TEXT_BYTES);
    strbuf_init(&styled, TEXT_BYTES);
    help_write(&text, COMMAND_CONFIG, &plain);
    help_write(&styled, COMMAND_CONFIG, &coloured);
    assert_null(strchr(strbuf_text(&text), '\033'));
    assert_null(strchr(strbuf_text(&text), '`'));
    assert_contains(&styled, "\033[1mOutput:\033[0m", "coloured help");
    assert_null(strchr(strbuf_text(&styled), '`'));
}

/* "*NO\\_COLOR*": the way scdoc wants it. */
static void escape_underscores(char *escaped, size_t size, const char *name)
{
    size_t used = 0;

    escaped[used++] = '*';
    for (; *name != '\0' && used + 4 < size; name++) {
        if (*name == '_')
            escaped[used++] = '\\';
        escaped[used++] = *name;
    }
    escaped[used++] = '*';
    escaped[used] = '\0';
}

static void man_pages_show_every_option_variable_and_exit_status(void **state)
{
    _cleanup_strbuf_ struct strbuf program;
    char name[64];

    (void)state;
    strbuf_init(&program, TEXT_BYTES);
    assert_true(man_write(&program, "slipway"));
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct command_option *option = &option_table[i];
        const char *page = command_table[option->command].page;
        _cleanup_strbuf_ struct strbuf text;

        strbuf_init(&text, TEXT_BYTES);
        assert_non_null(page);
        assert_true(man_write(&text, page));
        assert_has_option(&text, option, "*--", "*-", page);
        if (option->alias != NULL)
            assert_contains(&text, option->alias, page);
        if (option->environment != NULL) {
            escape_underscores(name, sizeof(name), option->environment);
            assert_contains(&program, name, "slipway(1)");
        }
    }
    for (size_t i = 0; i < command_variable_count; i++) {
        escape_underscores(name, sizeof(name), command_variables[i].name);
        assert_contains(&program, name, "slipway(1)");
    }
    assert_contains(&program, "*COMPOSE\\_FILE*\n\tAs *--file*.", "slipway(1)");
    assert_contains(&program, "*2*\n\tWrong usage.", "slipway(1)");
}

static void there_is_no_page_of_another_name(void **state)
{
    _cleanup_strbuf_ struct strbuf text;

    (void)state;
    strbuf_init(&text, TEXT_BYTES);
    assert_false(man_write(&text, "slipway-version"));
    assert_false(man_write(&text, "../slipway"));
    assert_int_equal(text.length, 0);
}

static void every_option_is_completed_in_every_shell(void **state)
{
    _cleanup_strbuf_ struct strbuf bash, zsh, fish;

    (void)state;
    strbuf_init(&bash, TEXT_BYTES);
    strbuf_init(&zsh, TEXT_BYTES);
    strbuf_init(&fish, TEXT_BYTES);
    completion_write_bash(&bash);
    completion_write_zsh(&zsh);
    completion_write_fish(&fish);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct command_option *option = &option_table[i];

        assert_has_option(&bash, option, "--", "-", "bash");
        if (option->kind == OPTION_KIND_LIST)
            assert_has_option(&zsh, option, "'*--", "'*-", "zsh");
        else
            assert_has_option(&zsh, option, ")--", ")-", "zsh");
        assert_has_option(&fish, option, "-l ", "-s ", "fish");
    }
}

static bool same_scope(const struct command_option *a, const struct command_option *b)
{
    return command_takes(a->command, b) || command_takes(b->command, a);
}

static bool same_name(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void no_two_options_share_a_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct command_option *a = &option_table[i], *b = &option_table[j];

            assert_false(same_name(a->environment, b->environment));
            if (!same_scope(a, b))
                continue;
            assert_false(same_name(a->name, b->name) || same_name(a->name, b->alias) ||
                         same_name(a->alias, b->name));
            assert_false(a->letter != '\0' && a->letter == b->letter);
        }
    }
}

static void assert_sound(const struct command_option *option)
{
    size_t length = strlen(option->summary);

    assert_true(length > 0 && option->summary[length - 1] != '.');
    assert_true(option->group != NULL && *option->group != '\0');
    assert_int_equal(option->kind == OPTION_KIND_FLAG, option->argument == NULL);
    assert_int_equal(option->kind == OPTION_KIND_OPTIONAL, option->implied != NULL);
    if (option->fallback != NULL && option->values != NULL)
        assert_true(command_has_value(option->values, option->fallback));
    if (option->kind == OPTION_KIND_LIST && option->environment != NULL)
        assert_true(option->separator != NULL && *option->separator != '\0');
    /* Each option before the command has a variable, but for those that are commands in disguise.
     */
    if (option->command == COMMAND_NONE)
        assert_int_equal(option->environment == NULL, option == &option_table[OPTION_HELP] ||
                                                          option == &option_table[OPTION_VERSION]);
}

static void the_table_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        assert_sound(&option_table[i]);
    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        assert_non_null(command_table[i].run);
        assert_ptr_equal(command_find(command_table[i].name), &command_table[i]);
        assert_int_equal(command_table[i].maximum_arguments != 0,
                         command_table[i].argument != NULL);
    }
    for (size_t i = 0; i < command_example_count; i++)
        assert_non_null(strstr(command_examples[i].line, "slipway"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_shows_every_option_with_what_the_table_knows),
        cmocka_unit_test(help_lists_commands_but_not_hidden_ones),
        cmocka_unit_test(options_that_stand_anywhere_are_in_the_help_of_each_command),
        cmocka_unit_test(help_fits_the_terminal),
        cmocka_unit_test(help_of_a_terminal_without_any_width_still_ends),
        cmocka_unit_test(help_has_colour_only_where_it_is_wanted),
        cmocka_unit_test(man_pages_show_every_option_variable_and_exit_status),
        cmocka_unit_test(there_is_no_page_of_another_name),
        cmocka_unit_test(every_option_is_completed_in_every_shell),
        cmocka_unit_test(no_two_options_share_a_name),
        cmocka_unit_test(the_table_is_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/arguments.h"

enum {
    WORDS_MAX = 32,
    ARENA_BYTES = 4 << 20,
};

struct fixture {
    struct arena arena;
    struct cli_arguments arguments;
    struct error *error;
    int result;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    arena_init(&fixture->arena, ARENA_BYTES);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    fixture->error = error_free(fixture->error);
    arena_deinit(&fixture->arena);
    free(fixture);
    return 0;
}

/* The line is split at blanks; the environment is NULL or ends in NULL. */
static void parse_in(struct fixture *fixture, char *const *environment, const char *line)
{
    char *copy = arena_strdup(&fixture->arena, line);
    char *words[WORDS_MAX] = {(char *)(uintptr_t) "slipway"};
    int count = 1;

    while (*copy != '\0' && count < WORDS_MAX - 1) {
        size_t length = strcspn(copy, " ");
        bool last = copy[length] == '\0';

        copy[length] = '\0';
        words[count++] = copy;
        copy += length + (last ? 0 : 1);
    }
    fixture->error = error_free(fixture->error);
    fixture->result = arguments_parse(&fixture->arena, count, words, environment,
                                      &fixture->arguments, &fixture->error);
    /* The words live in the arena; the array does not, and nothing may point to it. */
    memset(words, 0xFF, sizeof(words));
    if (fixture->result == 0)
        assert_null(fixture->error);
    else
        assert_non_null(fixture->error);
}

static void parse(struct fixture *fixture, const char *line)
{
    parse_in(fixture, NULL, line);
}

static const struct cli_arguments *parse_well(struct fixture *fixture, const char *line)
{
    parse(fixture, line);
    if (fixture->result != 0)
        fail_msg("'%s' was refused: %s", line, fixture->error->message);
    return &fixture->arguments;
}

static void assert_refused(struct fixture *fixture, const char *line, const char *message)
{
    parse(fixture, line);
    assert_true(fixture->result < 0);
    assert_string_equal(fixture->error->message, message);
}

static void assert_list(const struct cli_values *values, const char *joined)
{
    char text[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < values->count; i++) {
        size_t length = strlen(values->items[i]);

        assert_true(used + length + 2 < sizeof(text));
        if (i != 0)
            text[used++] = '|';
        memcpy(text + used, values->items[i], length + 1);
        used += length;
    }
    assert_string_equal(text, joined);
}

static void options_stand_before_and_after_the_command(void **state)
{
    const struct cli_arguments *arguments =
        parse_well(*state, "-f a.yaml --project-name shop config --format json -q web db");

    assert_string_equal(arguments->command->name, "config");
    assert_list(cli_values(arguments, OPTION_FILE), "a.yaml");
    assert_string_equal(cli_value(arguments, OPTION_PROJECT_NAME), "shop");
    assert_string_equal(cli_value(arguments, OPTION_CONFIG_FORMAT), "json");
    assert_true(cli_flag(arguments, OPTION_CONFIG_QUIET));
    assert_false(cli_flag(arguments, OPTION_CONFIG_SERVICES));
    assert_list(cli_operands(arguments), "web|db");
}

static void values_may_be_joined_to_their_option(void **state)
{
    assert_string_equal(cli_value(parse_well(*state, "config --format=json"), OPTION_CONFIG_FORMAT),
                        "json");
    assert_string_equal(cli_value(parse_well(*state, "config -oout"), OPTION_CONFIG_OUTPUT), "out");
    assert_string_equal(cli_value(parse_well(*state, "config -o=out"), OPTION_CONFIG_OUTPUT),
                        "out");
    assert_string_equal(cli_value(parse_well(*state, "config --output=a=b"), OPTION_CONFIG_OUTPUT),
                        "a=b");
    assert_string_equal(cli_value(parse_well(*state, "-p= config"), OPTION_PROJECT_NAME), "");
}

static void letters_may_be_bundled(void **state)
{
    const struct cli_arguments *arguments = parse_well(*state, "config -qo out web");

    assert_true(cli_flag(arguments, OPTION_CONFIG_QUIET));
    assert_string_equal(cli_value(arguments, OPTION_CONFIG_OUTPUT), "out");
    assert_list(cli_operands(arguments), "web");
    arguments = parse_well(*state, "config -qoout");
    assert_true(cli_flag(arguments, OPTION_CONFIG_QUIET));
    assert_string_equal(cli_value(arguments, OPTION_CONFIG_OUTPUT), "out");
}

static void a_value_may_look_like_an_option_or_be_a_dash(void **state)
{
    assert_list(cli_values(parse_well(*state, "-f - -f --json config"), OPTION_FILE), "-|--json");
}

static void lists_keep_all_values_and_single_options_the_last(void **state)
{
    const struct cli_arguments *arguments =
        parse_well(*state, "-f a --file b --file=c -p x -p y --profile one --profile two config");

    assert_list(cli_values(arguments, OPTION_FILE), "a|b|c");
    assert_list(cli_values(arguments, OPTION_PROFILE), "one|two");
    assert_string_equal(cli_value(arguments, OPTION_PROJECT_NAME), "y");
    assert_int_equal(cli_values(arguments, OPTION_PROJECT_NAME)->count, 1);
}

static void two_dashes_end_the_options(void **state)
{
    const struct cli_arguments *arguments = parse_well(*state, "config -- -q --format --");

    assert_list(cli_operands(arguments), "-q|--format|--");
    assert_false(cli_flag(arguments, OPTION_CONFIG_QUIET));
    assert_list(cli_operands(parse_well(*state, "config - web")), "-|web");
}

static void options_may_follow_operands(void **state)
{
    const struct cli_arguments *arguments = parse_well(*state, "config web --format json db");

    assert_list(cli_operands(arguments), "web|db");
    assert_string_equal(cli_value(arguments, OPTION_CONFIG_FORMAT), "json");
}

static void hash_takes_a_value_or_none(void **state)
{
    assert_string_equal(cli_value(parse_well(*state, "config --hash"), OPTION_CONFIG_HASH), "*");
    assert_string_equal(cli_value(parse_well(*state, "config --hash *"), OPTION_CONFIG_HASH), "*");
    assert_string_equal(cli_value(parse_well(*state, "config --hash=web,db"), OPTION_CONFIG_HASH),
                        "web,db");
    assert_string_equal(cli_value(parse_well(*state, "config --hash web"), OPTION_CONFIG_HASH),
                        "web");
    assert_string_equal(cli_value(parse_well(*state, "config --hash -q"), OPTION_CONFIG_HASH), "*");
    assert_true(cli_flag(parse_well(*state, "config --hash -q"), OPTION_CONFIG_QUIET));
    assert_null(cli_value(parse_well(*state, "config"), OPTION_CONFIG_HASH));
    assert_int_equal(cli_source(parse_well(*state, "config"), OPTION_CONFIG_HASH), CLI_SOURCE_NONE);
    assert_list(cli_operands(parse_well(*state, "config --hash -- web")), "web");
}

static void flags_take_true_and_false_as_compose_does(void **state)
{
    assert_true(cli_flag(parse_well(*state, "config --quiet=true"), OPTION_CONFIG_QUIET));
    assert_false(cli_flag(parse_well(*state, "config -q --quiet=false"), OPTION_CONFIG_QUIET));
    assert_false(cli_flag(parse_well(*state, "config -q=0"), OPTION_CONFIG_QUIET));
    assert_refused(*state, "config --quiet=maybe", "--quiet must be true or false, not 'maybe'");
}

static void some_options_stand_anywhere(void **state)
{
    assert_true(cli_flag(parse_well(*state, "--json config"), OPTION_JSON));
    assert_true(cli_flag(parse_well(*state, "config --json"), OPTION_JSON));
    assert_string_equal(cli_value(parse_well(*state, "config --ansi never"), OPTION_COLOR),
                        "never");
    assert_string_equal(cli_value(parse_well(*state, "--ansi=always config"), OPTION_COLOR),
                        "always");
}

static void some_commands_take_the_options_of_the_project(void **state)
{
    struct fixture *fixture = *state;

    parse(fixture, "-f a up -f b -p shop -d");
    assert_int_equal(fixture->result, 0);
    assert_list(cli_values(&fixture->arguments, OPTION_FILE), "a|b");
    assert_string_equal(cli_value(&fixture->arguments, OPTION_PROJECT_NAME), "shop");
    assert_true(cli_flag(&fixture->arguments, OPTION_UP_DETACH));
    parse(fixture, "serve --file=a --drain-timeout 5s");
    assert_int_equal(fixture->result, 0);
    assert_string_equal(cli_value(&fixture->arguments, OPTION_SERVE_DRAIN_TIMEOUT), "5s");
    assert_refused(fixture, "targets -f a",
                   "-f belongs before the command: slipway -f FILE targets");
    assert_refused(fixture, "-d up", "-d belongs after the command: slipway up -d");
}

static void every_option_of_the_reference_is_accepted(void **state)
{
    const struct cli_arguments *arguments = parse_well(
        *state, "-f a -p p --profile x --env-file e --project-directory d --ansi auto config "
                "--environment --format yaml --hash * --images --models --networks "
                "--no-consistency --no-env-resolution --no-interpolate --no-normalize");

    assert_true(cli_flag(arguments, OPTION_CONFIG_NO_ENV_RESOLUTION));
    arguments = parse_well(*state, "config --no-path-resolution -o x --profiles -q --services "
                                   "--variables --volumes");
    assert_true(cli_flag(arguments, OPTION_CONFIG_VARIABLES));
}

static void values_outside_a_closed_set_are_refused(void **state)
{
    assert_refused(*state, "config --format xml", "--format must be yaml or json, not 'xml'");
    assert_refused(*state, "config --format=", "--format must be yaml or json, not ''");
    assert_refused(*state, "config --format=yaml|json",
                   "--format must be yaml or json, not 'yaml|json'");
    assert_refused(*state, "config --report podman",
                   "--report must be docker, swarm or process, not 'podman'");
    assert_refused(*state, "--ansi maybe config",
                   "--ansi must be auto, always or never, not "
                   "'maybe'");
}

static void missing_values_are_named(void **state)
{
    assert_refused(*state, "-f", "-f needs a value: -f FILE");
    assert_refused(*state, "--project-name", "--project-name needs a value: --project-name NAME");
    assert_refused(*state, "config --output", "--output needs a value: --output FILE");
    assert_refused(*state, "config -qo", "-o needs a value: -o FILE");
}

static void unknown_names_get_the_nearest(void **state)
{
    assert_refused(*state, "confg", "unknown command 'confg'\nDid you mean 'config'?");
    assert_refused(*state, "comp", "unknown command 'comp'\nDid you mean 'completion'?");
    assert_refused(*state, "help verson", "unknown command 'verson'\nDid you mean 'version'?");
    assert_refused(*state, "config --servces",
                   "unknown option '--servces'\nDid you mean '--services'?");
    assert_refused(*state, "config --servces=true",
                   "unknown option '--servces'\nDid you mean '--services'?");
    assert_refused(*state, "--jsno config", "unknown option '--jsno'\nDid you mean '--json'?");
    assert_refused(*state, "-json config", "unknown option '-json'\nDid you mean '--json'?");
    assert_refused(*state, "zzzzzz", "unknown command 'zzzzzz'");
    assert_refused(*state, " ", "unknown command ''");
    assert_refused(*state, "mann", "unknown command 'mann'"); /* a hidden one is not offered */
    assert_refused(*state, "config --qqqqqqqq", "unknown option '--qqqqqqqq'");
    assert_refused(*state, "config -qz", "unknown option '-z'");
}

static void misplaced_options_are_shown_their_place(void **state)
{
    assert_refused(*state, "config -f x", "-f belongs before the command: slipway -f FILE config");
    assert_refused(*state, "config --profile=x",
                   "--profile belongs before the command: slipway --profile NAME config");
    assert_refused(*state, "config -v", "-v belongs before the command: slipway -v config");
    assert_refused(*state, "--services config",
                   "--services belongs after the command: slipway config --services");
    assert_refused(*state, "-o x config", "-o belongs after the command: slipway config -o FILE");
}

static void operands_are_counted_and_checked(void **state)
{
    assert_refused(*state, "completion", "completion needs a SHELL: bash, zsh or fish");
    assert_refused(*state, "completion tcsh", "SHELL must be bash, zsh or fish, not 'tcsh'");
    assert_refused(*state, "completion bash zsh", "unexpected argument 'zsh'");
    assert_refused(*state, "version now", "unexpected argument 'now'");
    (void)parse_well(*state, "help config");
}

static void hostile_words_do_no_harm_in_messages(void **state)
{
    struct fixture *fixture = *state;
    char *word = arena_alloc(&fixture->arena, 200000);

    assert_refused(fixture, "\033[31m\n", "unknown command '\\x1b[31m\\n'");
    assert_refused(fixture, "config -\xC3\xA9", "unknown option '-\xC3\xA9'");
    memset(word, 'x', 199999);
    parse(fixture, word);
    assert_true(fixture->result < 0);
    assert_true(strlen(fixture->error->message) < 200);
    memcpy(word, "--", 2);
    parse(fixture, word);
    assert_true(strlen(fixture->error->message) < 200);
}

static void help_makes_everything_else_unimportant(void **state)
{
    assert_true(parse_well(*state, "config --help --bogus extra")->help);
    assert_string_equal(parse_well(*state, "config -h")->command->name, "config");
    assert_string_equal(parse_well(*state, "--help config")->command->name, "config");
    assert_null(parse_well(*state, "--help")->command);
    assert_true(parse_well(*state, "completion -h")->help);
    assert_refused(*state, "config --bogus --help", "unknown option '--bogus'");
}

static char *const every_variable[] = {
    (char *)(uintptr_t) "COMPOSE_FILE=a.yaml:b.yaml",
    (char *)(uintptr_t) "COMPOSE_PROJECT_NAME=shop",
    (char *)(uintptr_t) "COMPOSE_PROFILES=one, two,,three ",
    (char *)(uintptr_t) "COMPOSE_ENV_FILES=.env,.env.local",
    (char *)(uintptr_t) "SLIPWAY_PROJECT_DIRECTORY=/srv/shop",
    (char *)(uintptr_t) "SLIPWAY_JSON=1",
    (char *)(uintptr_t) "SLIPWAY_COLOR=never",
    NULL,
};

static void variables_set_options(void **state)
{
    struct fixture *fixture = *state;
    const struct cli_arguments *arguments = &fixture->arguments;

    parse_in(fixture, every_variable, "config");
    assert_int_equal(fixture->result, 0);
    assert_list(cli_values(arguments, OPTION_FILE), "a.yaml|b.yaml");
    assert_string_equal(cli_value(arguments, OPTION_PROJECT_NAME), "shop");
    assert_list(cli_values(arguments, OPTION_PROFILE), "one|two|three");
    assert_list(cli_values(arguments, OPTION_ENV_FILE), ".env|.env.local");
    assert_string_equal(cli_value(arguments, OPTION_PROJECT_DIRECTORY), "/srv/shop");
    assert_true(cli_flag(arguments, OPTION_JSON));
    assert_string_equal(cli_value(arguments, OPTION_COLOR), "never");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        assert_int_equal(cli_source(arguments, (enum option_id)i),
                         option_table[i].environment != NULL ? CLI_SOURCE_ENVIRONMENT
                                                             : CLI_SOURCE_NONE);
}

static void the_command_line_wins_over_variables(void **state)
{
    struct fixture *fixture = *state;
    const struct cli_arguments *arguments = &fixture->arguments;

    parse_in(
        fixture, every_variable,
        "-f c -p other --profile p --env-file e --project-directory d --json=false --color auto "
        "config");
    assert_int_equal(fixture->result, 0);
    assert_list(cli_values(arguments, OPTION_FILE), "c");
    assert_string_equal(cli_value(arguments, OPTION_PROJECT_NAME), "other");
    assert_list(cli_values(arguments, OPTION_PROFILE), "p");
    assert_list(cli_values(arguments, OPTION_ENV_FILE), "e");
    assert_string_equal(cli_value(arguments, OPTION_PROJECT_DIRECTORY), "d");
    assert_false(cli_flag(arguments, OPTION_JSON));
    assert_string_equal(cli_value(arguments, OPTION_COLOR), "auto");
    assert_int_equal(cli_source(arguments, OPTION_FILE), CLI_SOURCE_COMMAND_LINE);
}

static void empty_variables_count_as_unset(void **state)
{
    char *const environment[] = {
        (char *)(uintptr_t) "COMPOSE_FILE=",
        (char *)(uintptr_t) "COMPOSE_PROFILES=,,",
        (char *)(uintptr_t) "SLIPWAY_JSON=",
        (char *)(uintptr_t) "SLIPWAY_COLOR=",
        NULL,
    };
    struct fixture *fixture = *state;

    parse_in(fixture, environment, "config");
    assert_int_equal(fixture->result, 0);
    assert_int_equal(cli_source(&fixture->arguments, OPTION_FILE), CLI_SOURCE_NONE);
    assert_int_equal(cli_source(&fixture->arguments, OPTION_PROFILE), CLI_SOURCE_NONE);
    assert_false(cli_flag(&fixture->arguments, OPTION_JSON));
    assert_string_equal(cli_value(&fixture->arguments, OPTION_COLOR), "auto");
}

static void the_separator_of_files_can_be_changed(void **state)
{
    char *const environment[] = {
        (char *)(uintptr_t) "COMPOSE_FILE=a:b;;c",
        (char *)(uintptr_t) "COMPOSE_PATH_SEPARATOR=;;",
        NULL,
    };
    struct fixture *fixture = *state;

    parse_in(fixture, environment, "config");
    assert_int_equal(fixture->result, 0);
    assert_list(cli_values(&fixture->arguments, OPTION_FILE), "a:b|c");
}

static void wrong_variables_are_named_but_do_not_stop_help(void **state)
{
    char *const environment[] = {(char *)(uintptr_t) "SLIPWAY_COLOR=pink", NULL};
    struct fixture *fixture = *state;

    parse_in(fixture, environment, "config");
    assert_true(fixture->result < 0);
    assert_string_equal(fixture->error->message,
                        "SLIPWAY_COLOR must be auto, always or never, not 'pink'");
    parse_in(fixture, environment, "config --help");
    assert_int_equal(fixture->result, 0);
    parse_in(fixture, environment, "config --color never");
    assert_int_equal(fixture->result, 0);
    assert_string_equal(cli_value(&fixture->arguments, OPTION_COLOR), "never");
}

/* Whatever the order of words, reading ends in an answer, and a refusal has its message. */
static void any_mixture_of_words_is_read_or_refused(void **state)
{
    static const char *const dictionary[] = {
        "config", "completion", "--hash", "--hash=", "-q", "-f", "--", "-", "--json=no", "-qqo",
        "bash",   "--format",   "json",   "--=",     "=",  "-=", "-h", "",  "--color",   "-f=",
    };
    struct fixture *fixture = *state;
    uint32_t seed = 12345;

    for (int round = 0; round < 20000; round++) {
        char *words[8] = {(char *)(uintptr_t) "slipway"};
        int count = 1 + round % 7;

        for (int i = 1; i < count; i++) {
            seed = seed * 1664525 + 1013904223;
            words[i] = (char *)(uintptr_t)
                dictionary[(seed >> 8) % (sizeof(dictionary) / sizeof(dictionary[0]))];
        }
        arena_deinit(&fixture->arena);
        arena_init(&fixture->arena, ARENA_BYTES);
        fixture->error = error_free(fixture->error);
        fixture->result = arguments_parse(&fixture->arena, count, words, every_variable,
                                          &fixture->arguments, &fixture->error);
        assert_true((fixture->result == 0) == (fixture->error == NULL));
        assert_true(fixture->result == 0 || fixture->error->message[0] != '\0');
    }
}

#define scenario(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scenario(options_stand_before_and_after_the_command),
        scenario(values_may_be_joined_to_their_option),
        scenario(letters_may_be_bundled),
        scenario(a_value_may_look_like_an_option_or_be_a_dash),
        scenario(lists_keep_all_values_and_single_options_the_last),
        scenario(two_dashes_end_the_options),
        scenario(options_may_follow_operands),
        scenario(hash_takes_a_value_or_none),
        scenario(flags_take_true_and_false_as_compose_does),
        scenario(some_options_stand_anywhere),
        scenario(some_commands_take_the_options_of_the_project),
        scenario(every_option_of_the_reference_is_accepted),
        scenario(values_outside_a_closed_set_are_refused),
        scenario(missing_values_are_named),
        scenario(unknown_names_get_the_nearest),
        scenario(misplaced_options_are_shown_their_place),
        scenario(operands_are_counted_and_checked),
        scenario(hostile_words_do_no_harm_in_messages),
        scenario(help_makes_everything_else_unimportant),
        scenario(variables_set_options),
        scenario(the_command_line_wins_over_variables),
        scenario(empty_variables_count_as_unset),
        scenario(the_separator_of_files_can_be_changed),
        scenario(wrong_variables_are_named_but_do_not_stop_help),
        scenario(any_mixture_of_words_is_read_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

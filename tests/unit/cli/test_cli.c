/* SPDX-License-Identifier: Apache-2.0 */
/* The whole front, from the words to what is printed and the exit status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/cli.h"

enum {
    OUTPUT_BYTES = 64 << 10,
    WORDS_MAX = 8,
};

struct outcome {
    int status;
    char out[OUTPUT_BYTES];
    char err[OUTPUT_BYTES];
};

static struct outcome outcome;

static void take(int fd, char text[OUTPUT_BYTES])
{
    ssize_t length = pread(fd, text, OUTPUT_BYTES - 1, 0);

    text[length > 0 ? length : 0] = '\0';
    assert_int_equal(close(fd), 0);
}

/* Where out is negative, standard output is kept and can be looked at afterwards. */
static void call_into(int out, char *const *environment, const char *const *words)
{
    char *copies[WORDS_MAX] = {(char *)(uintptr_t) "slipway"};
    struct cli_streams streams = {.in = STDIN_FILENO};
    int count = 1;

    for (; words[count - 1] != NULL; count++) {
        assert_true(count < WORDS_MAX - 1);
        copies[count] = (char *)(uintptr_t)words[count - 1];
    }
    streams.out = out >= 0 ? out : memfd_create("out", MFD_CLOEXEC);
    streams.err = memfd_create("err", MFD_CLOEXEC);
    outcome.out[0] = '\0';
    outcome.status = cli_main(count, copies, (char **)(uintptr_t)environment, &streams);
    if (out < 0)
        take(streams.out, outcome.out);
    take(streams.err, outcome.err);
}

static char *const empty_environment[] = {NULL};

#define words(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
#define call(...)  call_into(-1, empty_environment, words(__VA_ARGS__))

static void version_is_printed_however_it_is_asked_for(void **state)
{
    (void)state;
    call("version");
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_string_equal(outcome.out, "slipway " SLIPWAY_VERSION "\n");
    assert_string_equal(outcome.err, "");
    call("--version");
    assert_string_equal(outcome.out, "slipway " SLIPWAY_VERSION "\n");
    call("-v", "config");
    assert_string_equal(outcome.out, "slipway " SLIPWAY_VERSION "\n");
    call("version", "--json");
    assert_string_equal(outcome.out,
                        "{\"name\": \"slipway\", \"version\": \"" SLIPWAY_VERSION "\"}\n");
}

static void help_goes_to_standard_output(void **state)
{
    static char whole[OUTPUT_BYTES], of_config[OUTPUT_BYTES];

    (void)state;
    call();
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_string_equal(outcome.err, "");
    assert_non_null(strstr(outcome.out, "Usage: slipway [OPTION]... COMMAND"));
    memcpy(whole, outcome.out, OUTPUT_BYTES);
    call("--help");
    assert_string_equal(outcome.out, whole);
    call("help");
    assert_string_equal(outcome.out, whole);

    call("help", "config");
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_non_null(strstr(outcome.out, "--no-interpolate"));
    memcpy(of_config, outcome.out, OUTPUT_BYTES);
    call("config", "--help");
    assert_string_equal(outcome.out, of_config);
    call("--help", "config");
    assert_string_equal(outcome.out, of_config);
}

static void wrong_usage_is_explained_on_standard_error(void **state)
{
    (void)state;
    call("confg");
    assert_int_equal(outcome.status, CLI_EXIT_USAGE);
    assert_string_equal(outcome.out, "");
    assert_string_equal(outcome.err, "slipway: unknown command 'confg'\n"
                                     "Did you mean 'config'?\n"
                                     "See 'slipway --help'.\n");
    call("config", "--services", "-x");
    assert_int_equal(outcome.status, CLI_EXIT_USAGE);
    assert_string_equal(outcome.err, "slipway: unknown option '-x'\n"
                                     "See 'slipway config --help'.\n");
    call("-f", "compose.yaml");
    assert_int_equal(outcome.status, CLI_EXIT_USAGE);
    assert_string_equal(outcome.err, "slipway: no command given\n"
                                     "See 'slipway --help'.\n");
    call("man", "nothing");
    assert_int_equal(outcome.status, CLI_EXIT_USAGE);
    assert_string_equal(outcome.out, "");
}

static void exit_statuses_are_those_of_the_table(void **state)
{
    (void)state;
    assert_int_equal(command_exit_status_count, 3);
    assert_int_equal(CLI_EXIT_DONE, 0);
    assert_int_equal(CLI_EXIT_FAILED, 1);
    assert_int_equal(CLI_EXIT_USAGE, 2);
}

static void colour_follows_the_option_and_the_variables(void **state)
{
    char *const colourful[] = {(char *)(uintptr_t) "SLIPWAY_COLOR=always", NULL};

    (void)state;
    call("--color", "always", "help");
    assert_non_null(strchr(outcome.out, '\033'));
    call("help");
    assert_null(strchr(outcome.out, '\033'));
    call_into(-1, colourful, words("help"));
    assert_non_null(strchr(outcome.out, '\033'));
    call_into(-1, colourful, words("config", "--help"));
    assert_non_null(strchr(outcome.out, '\033'));
    call_into(-1, colourful, words("--ansi", "never", "help"));
    assert_null(strchr(outcome.out, '\033'));
    call_into(-1, colourful, words("confg"));
    assert_non_null(strchr(outcome.err, '\033'));
}

static void a_full_disk_is_a_failure_in_one_line(void **state)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    if (full < 0) {
        print_message("there is no /dev/full\n");
        skip();
    }
    call_into(full, empty_environment, words("version"));
    (void)close(full);
    assert_int_equal(outcome.status, CLI_EXIT_FAILED);
    assert_string_equal(outcome.err, "slipway: cannot write the output: No space left on device\n");
}

static void a_reader_that_went_away_is_a_failure_without_words(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    call_into(ends[1], empty_environment, words("help"));
    (void)signal(SIGPIPE, SIG_DFL);
    (void)close(ends[1]);
    assert_int_equal(outcome.status, CLI_EXIT_FAILED);
    assert_string_equal(outcome.err, "");
}

static void output_that_could_not_be_prepared_is_a_failure(void **state)
{
    struct cli_context context = {.streams = {.in = -1, .out = -1}};
    _cleanup_strbuf_ struct strbuf text;

    (void)state;
    strbuf_init(&text, 4);
    strbuf_append_string(&text, "too long for it");
    context.streams.err = memfd_create("err", MFD_CLOEXEC);
    assert_int_equal(cli_print(&context, &text), CLI_EXIT_FAILED);
    take(context.streams.err, outcome.err);
    assert_non_null(strstr(outcome.err, "slipway: cannot prepare the output: "));
}

static void generated_texts_are_printed(void **state)
{
    (void)state;
    call("man");
    assert_string_equal(outcome.out, "slipway\n"
                                     "slipway-config\n"
                                     "slipway-up\n"
                                     "slipway-down\n"
                                     "slipway-plan\n"
                                     "slipway-apply\n"
                                     "slipway-deploy\n"
                                     "slipway-rollback\n"
                                     "slipway-cancel\n"
                                     "slipway-destroy\n"
                                     "slipway-ps\n"
                                     "slipway-logs\n"
                                     "slipway-exec\n"
                                     "slipway-run\n"
                                     "slipway-rm\n"
                                     "slipway-kill\n"
                                     "slipway-stats\n"
                                     "slipway-events\n"
                                     "slipway-build\n"
                                     "slipway-rmi\n"
                                     "slipway-prune\n"
                                     "slipway-serve\n"
                                     "slipway-target\n"
                                     "slipway-dashboard\n"
                                     "slipway-token\n"
                                     "slipway-audit\n"
                                     "slipway-top\n"
                                     "x-slipway\n");
    call("man", "slipway-config");
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_memory_equal(outcome.out, "slipway-config(1) ", 18);
    call("completion", "zsh");
    assert_int_equal(outcome.status, CLI_EXIT_DONE);
    assert_memory_equal(outcome.out, "#compdef slipway\n", 17);
    call("completion", "fish");
    assert_non_null(strstr(outcome.out, "complete -c slipway"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_is_printed_however_it_is_asked_for),
        cmocka_unit_test(help_goes_to_standard_output),
        cmocka_unit_test(wrong_usage_is_explained_on_standard_error),
        cmocka_unit_test(exit_statuses_are_those_of_the_table),
        cmocka_unit_test(colour_follows_the_option_and_the_variables),
        cmocka_unit_test(a_full_disk_is_a_failure_in_one_line),
        cmocka_unit_test(a_reader_that_went_away_is_a_failure_without_words),
        cmocka_unit_test(output_that_could_not_be_prepared_is_a_failure),
        cmocka_unit_test(generated_texts_are_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line, read. Options come from the command line, else from their environment variable,
 * else from the table's fallback. Values point into argv, envp, the arena or the table, and live as
 * long as those do.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "cli/command.h"

/* Where the value of an option comes from. */
enum cli_source {
    CLI_SOURCE_NONE, /* not given; cli_value() tells the fallback, if the option has one */
    CLI_SOURCE_ENVIRONMENT,
    CLI_SOURCE_COMMAND_LINE,
};

struct cli_values {
    const char **items;
    size_t count;
    size_t capacity;
};

struct cli_option_state {
    struct cli_values values;
    enum cli_source source;
    bool flag;
};

struct cli_arguments {
    const struct command *command; /* NULL when none was given */
    struct cli_values operands;    /* what follows the command and is no option */
    struct cli_option_state options[OPTION_COUNT];
    bool help; /* help was asked for; what stands after that was not read */
};

/* Reads everything but argv[0]. On failure returns -EINVAL and an error whose message may have
 * several lines, ready to be shown; *ret then holds as much as was understood, its command above
 * all. */
int arguments_parse(struct arena *arena, int argc, char *const *argv, char *const *envp,
                    struct cli_arguments *ret, struct error **reterr);

/* Whether a flag is set. */
bool cli_flag(const struct cli_arguments *arguments, enum option_id option);

/* The value of an option that has one: what was given last, else the fallback, else NULL. An
 * OPTIONAL that was given without a value has the table's implied one. May be "". */
const char *cli_value(const struct cli_arguments *arguments, enum option_id option);

/* All values of a LIST, in the order given. */
const struct cli_values *cli_values(const struct cli_arguments *arguments, enum option_id option);

enum cli_source cli_source(const struct cli_arguments *arguments, enum option_id option);

/* The names that stand after the command. */
const struct cli_values *cli_operands(const struct cli_arguments *arguments);

/* The value of a variable, or NULL. */
const char *cli_environment(char *const *envp, const char *name);

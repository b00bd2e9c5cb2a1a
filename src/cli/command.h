/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands and options of the program, as tables made from table.def, and how to find things in
 * them. Everything here is constant and lives as long as the program.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct cli_arguments;
struct cli_context;

enum cli_exit {
#define EXIT_STATUS(id, number, text) CLI_EXIT_##id = (number),
#include "cli/table.def"
};

/* COMMAND_NONE stands for the program itself: what is before, or without, a command. */
enum command_id {
#define COMMAND(id, ...) COMMAND_##id,
#include "cli/table.def"
    COMMAND_COUNT,
};

enum option_id {
#define OPTION(id, ...) OPTION_##id,
#include "cli/table.def"
    OPTION_COUNT,
};

enum option_kind {
    OPTION_KIND_FLAG,     /* takes no value */
    OPTION_KIND_VALUE,    /* takes one; the last one given counts */
    OPTION_KIND_LIST,     /* takes one; all that are given count */
    OPTION_KIND_OPTIONAL, /* the value may be left out */
};

/* What a shell offers where a value or an argument is expected. */
enum completion_kind {
    COMPLETION_NONE,
    COMPLETION_FILE,
    COMPLETION_DIRECTORY,
    COMPLETION_SERVICE,
    COMPLETION_INSTANCE, /* of what runs: services and instances */
    COMPLETION_PROFILE,
    COMPLETION_COMMAND,
};

struct command_option {
    const char *name;        /* without the dashes */
    const char *alias;       /* a second name, accepted and completed but not listed by itself */
    const char *argument;    /* what its value is called in help; NULL for a flag */
    const char *values;      /* the values allowed, "a|b|c"; NULL when any is */
    const char *fallback;    /* the value when none is given; NULL for none */
    const char *implied;     /* the value of an OPTIONAL that is given without one */
    const char *summary;     /* one phrase, no full stop */
    const char *group;       /* the heading that it stands under */
    const char *environment; /* the variable that gives its value; NULL for none */
    const char *separator;   /* between the values of a LIST in that variable */
    const char *separator_environment; /* a variable that replaces the separator; NULL for none */
    enum command_id command; /* whose option it is; COMMAND_NONE: it stands before the command */
    enum command_id without; /* one that shares that command's options, but not this one */
    enum option_kind kind;
    enum completion_kind completion;
    char letter;   /* 0 for none */
    bool anywhere; /* of COMMAND_NONE, but also accepted after the command */
};

struct command {
    const char *name;
    const char *summary;
    const char *description; /* paragraphs; NULL when the summary says it all */
    const char *page;        /* the name of its man page; NULL when it is described in slipway(1) */
    const char *argument;    /* what its arguments are called; NULL when it takes none */
    const char *argument_values; /* the values allowed, "a|b|c" */
    const char *actions;         /* those of its first argument alone */
    size_t minimum_arguments;
    size_t maximum_arguments;
    enum completion_kind completion; /* of its arguments */
    bool uses_project;               /* the options that choose the project matter to it */
    bool project_anywhere;           /* they may stand after it, too */
    bool stops_at_argument;          /* what follows its first argument are no options of ours */
    enum command_id options_of;      /* it takes the options of that command, too */
    bool hidden;                     /* left out of help, man pages and completion */

    /* Returns the exit status. What it prints goes to the context's streams; a failure has been
     * reported there before it returns. */
    int (*run)(const struct cli_arguments *arguments, const struct cli_context *context);
};

struct command_example {
    enum command_id command;
    const char *line;
    const char *text;
};

struct command_variable {
    const char *name;
    const char *text;
};

struct command_exit_status {
    enum cli_exit number;
    const char *text;
};

extern const struct command command_table[COMMAND_COUNT];
extern const struct command_option option_table[OPTION_COUNT];
extern const struct command_example command_examples[];
extern const size_t command_example_count;
extern const struct command_variable command_variables[];
extern const size_t command_variable_count;
extern const struct command_exit_status command_exit_statuses[];
extern const size_t command_exit_status_count;

enum command_id command_id(const struct command *command);
enum option_id command_option_id(const struct command_option *option);

/* NULL when there is none of that name. The name of COMMAND_NONE finds nothing. */
const struct command *command_find(const char *name);

/* Whether the option is the command's own, or of the one whose options it takes. */
bool command_owns(enum command_id command, const struct command_option *option);

/* Whether the option may stand after the command (or, for COMMAND_NONE, before any). */
bool command_takes(enum command_id command, const struct command_option *option);

/* Of those before the command that choose the project. */
bool command_option_chooses_project(const struct command_option *option);

/* The name need not end in NUL. */
const struct command_option *command_find_option(enum command_id command, const char *name,
                                                 size_t length);
const struct command_option *command_find_letter(enum command_id command, char letter);

/* The nearest name to what was typed, or NULL when none is near. */
const char *command_suggest(const char *typed);
const char *command_suggest_option(enum command_id command, const char *typed, size_t length);

/* Walks a list like "a|b|c": returns the start of the next value and its length, or NULL at the
 * end. *position is "a|b|c" at first. */
const char *command_next_value(const char **position, size_t *ret_length);
bool command_has_value(const char *values, const char *value);

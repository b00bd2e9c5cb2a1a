/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/completion.h"
#include "cli/config.h"
#include "cli/daemon/daemon.h"
#include "cli/help.h"
#include "cli/man.h"

const struct command command_table[COMMAND_COUNT] = {
#define COMMAND(id, ...) [COMMAND_##id] = {__VA_ARGS__},
#include "cli/table.def"
};

const struct command_option option_table[OPTION_COUNT] = {
#define OPTION(id, ...) [OPTION_##id] = {__VA_ARGS__},
#include "cli/table.def"
};

const struct command_example command_examples[] = {
#define EXAMPLE(command, line, text) {COMMAND_##command, (line), (text)},
#include "cli/table.def"
};
const size_t command_example_count = sizeof(command_examples) / sizeof(command_examples[0]);

const struct command_variable command_variables[] = {
#define VARIABLE(name, text) {(name), (text)},
#include "cli/table.def"
};
const size_t command_variable_count = sizeof(command_variables) / sizeof(command_variables[0]);

const struct command_exit_status command_exit_statuses[] = {
#define EXIT_STATUS(id, number, text) {CLI_EXIT_##id, (text)},
#include "cli/table.def"
};
const size_t command_exit_status_count =
    sizeof(command_exit_statuses) / sizeof(command_exit_statuses[0]);

enum command_id command_id(const struct command *command)
{
    assert(command >= command_table && command < command_table + COMMAND_COUNT);
    return (enum command_id)(command - command_table);
}

enum option_id command_option_id(const struct command_option *option)
{
    assert(option >= option_table && option < option_table + OPTION_COUNT);
    return (enum option_id)(option - option_table);
}

const struct command *command_find(const char *name)
{
    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        if (strcmp(command_table[i].name, name) == 0)
            return &command_table[i];
    }
    return NULL;
}

bool command_owns(enum command_id command, const struct command_option *option)
{
    if (option->command == command)
        return true;
    return option->command != COMMAND_NONE && option->without != command &&
           option->command == command_table[command].options_of;
}

bool command_takes(enum command_id command, const struct command_option *option)
{
    if (command_owns(command, option))
        return true;
    return option->command == COMMAND_NONE &&
           (option->anywhere ||
            (command_table[command].project_anywhere && command_option_chooses_project(option)));
}

bool command_option_chooses_project(const struct command_option *option)
{
    return option->command == COMMAND_NONE && strcmp(option->group, "Project") == 0;
}

static bool is_name(const char *candidate, const char *name, size_t length)
{
    return candidate != NULL && strlen(candidate) == length && memcmp(candidate, name, length) == 0;
}

const struct command_option *command_find_option(enum command_id command, const char *name,
                                                 size_t length)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct command_option *option = &option_table[i];

        if (command_takes(command, option) &&
            (is_name(option->name, name, length) || is_name(option->alias, name, length)))
            return option;
    }
    return NULL;
}

const struct command_option *command_find_letter(enum command_id command, char letter)
{
    for (size_t i = 0; letter != '\0' && i < OPTION_COUNT; i++) {
        if (command_takes(command, &option_table[i]) && option_table[i].letter == letter)
            return &option_table[i];
    }
    return NULL;
}

/* ---- The nearest name ---- */

enum {
    SUGGESTION_LENGTH_MAX = 32,
    SUGGESTION_SLIPS_MAX = 4,
};

struct suggestion {
    char typed[SUGGESTION_LENGTH_MAX + 1]; /* empty when too short or long to be a slip of a name */
    size_t length;
    const char *best;
    size_t best_distance;
};

static void suggestion_init(struct suggestion *suggestion, const char *typed, size_t length)
{
    *suggestion = (struct suggestion){0};
    if (length < 2 || length > SUGGESTION_LENGTH_MAX)
        return;
    memcpy(suggestion->typed, typed, length);
    suggestion->length = length;
    suggestion->best_distance = 1 + (length + 1) / 3; /* one slip in three letters, not more */
    if (suggestion->best_distance > SUGGESTION_SLIPS_MAX + 1)
        suggestion->best_distance = SUGGESTION_SLIPS_MAX + 1;
}

static void suggestion_consider(struct suggestion *suggestion, const char *candidate)
{
    size_t distance;

    if (suggestion->length == 0 || candidate == NULL)
        return;
    /* The beginning of a name is nearer to it than any slip. */
    if (strncmp(candidate, suggestion->typed, suggestion->length) == 0)
        distance = 0;
    else
        distance = text_edit_distance(suggestion->typed, candidate, suggestion->best_distance);
    if (distance < suggestion->best_distance) {
        suggestion->best_distance = distance;
        suggestion->best = candidate;
    }
}

const char *command_suggest(const char *typed)
{
    struct suggestion suggestion;

    suggestion_init(&suggestion, typed, strlen(typed));
    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        if (!command_table[i].hidden)
            suggestion_consider(&suggestion, command_table[i].name);
    }
    return suggestion.best;
}

const char *command_suggest_option(enum command_id command, const char *typed, size_t length)
{
    struct suggestion suggestion;

    suggestion_init(&suggestion, typed, length);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (command_takes(command, &option_table[i]))
            suggestion_consider(&suggestion, option_table[i].name);
    }
    return suggestion.best;
}

/* ---- Lists of values ---- */

const char *command_next_value(const char **position, size_t *ret_length)
{
    const char *start = *position;
    size_t length;

    if (start == NULL || *start == '\0')
        return NULL;
    length = strcspn(start, "|");
    *position = start + length + (start[length] == '|' ? 1 : 0);
    *ret_length = length;
    return start;
}

bool command_has_value(const char *values, const char *value)
{
    size_t wanted = strlen(value), length;
    const char *next;

    while ((next = command_next_value(&values, &length)) != NULL) {
        if (length == wanted && memcmp(next, value, length) == 0)
            return true;
    }
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/strbuf.h"
#include "base/text.h"

enum {
    QUOTED_MAX = 64,
    MESSAGE_MAX = 1024,
};

struct parser {
    struct arena *arena;
    int argc;
    char *const *argv;
    char *const *envp;
    int index; /* of the next argument to read */
    struct cli_arguments *arguments;
    struct error **reterr;
};

/* A user's word, made fit for one line of a message. */
struct quoted {
    char text[QUOTED_MAX + TEXT_ESCAPED_MAX + 4];
};

static struct quoted quote(const char *word, size_t length)
{
    struct quoted quoted = {.text = ""};
    size_t used = 0, piece;

    for (size_t i = 0; i < length;) {
        if (used >= QUOTED_MAX) {
            memcpy(quoted.text + used, "...", 3);
            break;
        }
        i += text_escape_next(word + i, length - i, quoted.text + used, &piece);
        used += piece;
    }
    return quoted;
}

static enum command_id parser_command(const struct parser *parser)
{
    const struct command *command = parser->arguments->command;

    return command != NULL ? command_id(command) : COMMAND_NONE;
}

static void values_append(struct arena *arena, struct cli_values *values, const char *item)
{
    if (values->count == values->capacity) {
        size_t capacity = values->capacity != 0 ? values->capacity * 2 : 8;

        values->items = arena_grow(arena, values->items, values->capacity * sizeof(*values->items),
                                   capacity * sizeof(*values->items));
        values->capacity = capacity;
    }
    values->items[values->count++] = item;
}

/* ---- Values ---- */

/* "yaml or json", "auto, always or never". */
static void describe_values(struct strbuf *text, const char *values)
{
    const char *next;
    size_t length;

    for (size_t i = 0; (next = command_next_value(&values, &length)) != NULL; i++) {
        if (i != 0)
            strbuf_append_string(text, *values == '\0' ? " or " : ", ");
        strbuf_append(text, next, length);
    }
}

/* The name is of the option, variable or argument, as the user knows it. */
static int check_value(const char *values, const char *name, const char *value,
                       struct error **reterr)
{
    _cleanup_strbuf_ struct strbuf allowed;

    strbuf_init(&allowed, MESSAGE_MAX);
    if (values == NULL || command_has_value(values, value))
        return 0;
    describe_values(&allowed, values);
    return error_set(reterr, EINVAL, "%s must be %s, not '%s'", name, strbuf_text(&allowed),
                     quote(value, strlen(value)).text);
}

static bool parse_flag(const char *text, bool *ret)
{
    static const char *const words[][2] = {
        {"false", "true"}, {"0", "1"}, {"no", "yes"}, {"off", "on"}, {"f", "t"}, {"n", "y"},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        for (size_t j = 0; j < 2; j++) {
            if (strcasecmp(text, words[i][j]) == 0) {
                *ret = j == 1;
                return true;
            }
        }
    }
    return false;
}

/* The name is the option or variable as the user wrote it. A NULL value: a flag or an OPTIONAL that
 * was given alone. */
static int store(struct parser *parser, const struct command_option *option, const char *name,
                 const char *value, enum cli_source source)
{
    struct cli_option_state *state = &parser->arguments->options[command_option_id(option)];
    bool flag = true;
    int r;

    if (option->kind == OPTION_KIND_FLAG) {
        if (value != NULL && !parse_flag(value, &flag))
            return error_set(parser->reterr, EINVAL, "%s must be true or false, not '%s'", name,
                             quote(value, strlen(value)).text);
        state->flag = flag;
        state->source = source;
        return 0;
    }
    if (value == NULL)
        value = option->implied;
    r = check_value(option->values, name, value, parser->reterr);
    if (r < 0)
        return r;
    if (option->kind != OPTION_KIND_LIST || state->source != source)
        state->values.count = 0;
    values_append(parser->arena, &state->values, value);
    state->source = source;
    return 0;
}

/* ---- Options that the command does not have ---- */

/* Looks in the commands other than the one on the line. */
static const struct command_option *find_elsewhere(enum command_id here, const char *name,
                                                   size_t length, char letter)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command_option *option =
            letter != '\0' ? command_find_letter((enum command_id)i, letter)
                           : command_find_option((enum command_id)i, name, length);

        /* Between two commands there is nothing to explain: only before and after. */
        if (option != NULL && (here == COMMAND_NONE) != (i == COMMAND_NONE) &&
            !command_table[i].hidden)
            return option;
    }
    return NULL;
}

static int misplaced(struct parser *parser, const struct command_option *option,
                     const char *spelled)
{
    const char *argument = option->kind == OPTION_KIND_FLAG ? "" : option->argument;
    const char *space = *argument != '\0' ? " " : "";
    const struct command *command = parser->arguments->command;

    if (option->command == COMMAND_NONE)
        return error_set(parser->reterr, EINVAL, "%s belongs before the command: slipway %s%s%s %s",
                         spelled, spelled, space, argument,
                         command != NULL ? command->name : "COMMAND");
    return error_set(parser->reterr, EINVAL, "%s belongs after the command: slipway %s %s%s%s",
                     spelled, command_table[option->command].name, spelled, space, argument);
}

static int unknown_long(struct parser *parser, const char *name, size_t length)
{
    enum command_id command = parser_command(parser);
    const struct command_option *elsewhere = find_elsewhere(command, name, length, '\0');
    const char *suggestion = command_suggest_option(command, name, length);
    char spelled[sizeof(struct quoted) + 2];

    (void)snprintf(spelled, sizeof(spelled), "--%s", quote(name, length).text);
    if (elsewhere != NULL)
        return misplaced(parser, elsewhere, spelled);
    if (suggestion == NULL)
        return error_set(parser->reterr, EINVAL, "unknown option '%s'", spelled);
    return error_set(parser->reterr, EINVAL, "unknown option '%s'\nDid you mean '--%s'?", spelled,
                     suggestion);
}

static int unknown_letter(struct parser *parser, const char *word, const char *at)
{
    enum command_id command = parser_command(parser);
    const struct command_option *elsewhere = find_elsewhere(command, NULL, 0, *at);
    const struct command_option *whole = command_find_option(command, word + 1, strlen(word + 1));
    char spelled[3] = {'-', *at, '\0'};
    /* A letter beyond ASCII is several bytes: then show all that is left. */
    struct quoted shown = (unsigned char)*at < 0x80 ? quote(at, 1) : quote(at, strlen(at));

    if (elsewhere != NULL)
        return misplaced(parser, elsewhere, spelled);
    if (whole != NULL)
        return error_set(parser->reterr, EINVAL, "unknown option '%s'\nDid you mean '--%s'?",
                         quote(word, strlen(word)).text, whole->name);
    return error_set(parser->reterr, EINVAL, "unknown option '-%s'", shown.text);
}

/* ---- The line, from left to right ---- */

/* The value that follows as a word of its own. A lone OPTIONAL takes none that looks like an
 * option. */
static int take_next(struct parser *parser, const struct command_option *option, const char *name,
                     const char **ret)
{
    const char *next = parser->index < parser->argc ? parser->argv[parser->index] : NULL;

    *ret = NULL;
    if (option->kind == OPTION_KIND_FLAG)
        return 0;
    if (option->kind == OPTION_KIND_OPTIONAL && (next == NULL || next[0] == '-'))
        return 0;
    if (next == NULL)
        return error_set(parser->reterr, EINVAL, "%s needs a value: %s %s", name, name,
                         option->argument);
    *ret = next;
    parser->index++;
    return 0;
}

/* "--name" or "--name=value". */
static int parse_long(struct parser *parser, const char *word)
{
    size_t length = strcspn(word + 2, "=");
    const struct command_option *option =
        command_find_option(parser_command(parser), word + 2, length);
    const char *value = NULL;
    char name[QUOTED_MAX];
    int r;

    if (option == NULL)
        return unknown_long(parser, word + 2, length);
    (void)snprintf(name, sizeof(name), "%.*s", (int)length + 2, word);
    if (word[length + 2] == '=') {
        value = word + length + 3;
    } else {
        r = take_next(parser, option, name, &value);
        if (r < 0)
            return r;
    }
    return store(parser, option, name, value, CLI_SOURCE_COMMAND_LINE);
}

/* "-q", "-qo FILE", "-oFILE", and "-o=FILE" as Compose has it. */
static int parse_letters(struct parser *parser, const char *word)
{
    for (const char *at = word + 1; *at != '\0'; at++) {
        const struct command_option *option = command_find_letter(parser_command(parser), *at);
        const char name[3] = {'-', *at, '\0'};
        const char *value = NULL;
        int r;

        if (option == NULL)
            return unknown_letter(parser, word, at);
        if (option->kind != OPTION_KIND_FLAG && at[1] != '\0') {
            value = at[1] == '=' ? at + 2 : at + 1;
            return store(parser, option, name, value, CLI_SOURCE_COMMAND_LINE);
        }
        if (option->kind == OPTION_KIND_FLAG && at[1] == '=')
            return store(parser, option, name, at + 2, CLI_SOURCE_COMMAND_LINE);
        r = take_next(parser, option, name, &value);
        if (r == 0)
            r = store(parser, option, name, value, CLI_SOURCE_COMMAND_LINE);
        if (r < 0)
            return r;
    }
    return 0;
}

/* For words that people know from elsewhere. */
static const char *advice_for(const char *word)
{
    static const struct {
        const char *word;
        const char *advice;
    } advices[] = {
        {"compose", "\nLeave it out: slipway up"},
        {"convert", "\nIt is called config here: slipway config"},
        {"create",
         "\nslipway up makes what is missing and starts it; slipway plan shows it before"},
        {"watch", "\nslipway up, after each change, replaces only what has changed"},
        {"inspect", "\nslipway ps --json tells all that is known"},
        {"remove", "\nIt is called rm here, and destroy for a whole project"},
        {"undo", "\nIt is called rollback here"},
        {"history", "\nIt is called revisions here"},
    };

    for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
        if (text_equal(word, advices[i].word))
            return advices[i].advice;
    return "";
}

static int find_command(const char *word, const struct command **ret, struct error **reterr)
{
    const struct command *command = command_find(word);
    const char *suggestion;

    if (command != NULL) {
        *ret = command;
        return 0;
    }
    suggestion = command_suggest(word);
    if (suggestion == NULL)
        return error_set(reterr, EINVAL, "unknown command '%s'%s", quote(word, strlen(word)).text,
                         advice_for(word));
    return error_set(reterr, EINVAL, "unknown command '%s'\nDid you mean '%s'?",
                     quote(word, strlen(word)).text, suggestion);
}

/* After a request for help nothing can be wrong any more; "slipway --help config" still tells which
 * help. */
static void finish_help(struct parser *parser)
{
    parser->arguments->help = true;
    if (parser->arguments->command == NULL && parser->index < parser->argc)
        parser->arguments->command = command_find(parser->argv[parser->index]);
}

static int parse_words(struct parser *parser)
{
    struct cli_arguments *arguments = parser->arguments;
    bool options = true;

    while (parser->index < parser->argc) {
        const char *word = parser->argv[parser->index++];
        int r = 0;

        if (options && strcmp(word, "--") == 0)
            options = arguments->command == NULL; /* before the command it ends nothing but that */
        else if (options && strncmp(word, "--", 2) == 0)
            r = parse_long(parser, word);
        else if (options && word[0] == '-' && word[1] != '\0')
            r = parse_letters(parser, word);
        else if (arguments->command == NULL)
            r = find_command(word, &arguments->command, parser->reterr);
        else {
            values_append(parser->arena, &arguments->operands, word);
            options = options && !arguments->command->stops_at_argument;
        }
        if (r < 0)
            return r;
        if (arguments->options[OPTION_HELP].flag) {
            finish_help(parser);
            return 0;
        }
    }
    return 0;
}

/* ---- The environment ---- */

/* Blanks around a name are not part of it; in a path they may be. */
static void append_part(struct parser *parser, const struct command_option *option,
                        const char *part, size_t length)
{
    struct cli_values *values = &parser->arguments->options[command_option_id(option)].values;

    if (option->completion != COMPLETION_FILE) {
        for (; length != 0 && *part == ' '; length--)
            part++;
        while (length != 0 && part[length - 1] == ' ')
            length--;
    }
    if (length != 0)
        values_append(parser->arena, values, arena_strndup(parser->arena, part, length));
}

static void split_variable(struct parser *parser, const struct command_option *option,
                           const char *value)
{
    const char *separator = option->separator, *replaced, *end;

    if (option->separator_environment != NULL) {
        replaced = cli_environment(parser->envp, option->separator_environment);
        if (replaced != NULL && *replaced != '\0')
            separator = replaced;
    }
    for (;; value = end + strlen(separator)) {
        end = strstr(value, separator);
        if (end == NULL)
            end = value + strlen(value);
        append_part(parser, option, value, (size_t)(end - value));
        if (*end == '\0')
            return;
    }
}

static int read_variable(struct parser *parser, const struct command_option *option)
{
    struct cli_option_state *state = &parser->arguments->options[command_option_id(option)];
    const char *value;

    if (option->environment == NULL || state->source != CLI_SOURCE_NONE)
        return 0;
    value = cli_environment(parser->envp, option->environment);
    if (value == NULL || *value == '\0')
        return 0; /* an empty variable is one that is not set */
    if (option->kind != OPTION_KIND_LIST)
        return store(parser, option, option->environment, value, CLI_SOURCE_ENVIRONMENT);
    split_variable(parser, option, value);
    if (state->values.count != 0)
        state->source = CLI_SOURCE_ENVIRONMENT;
    return 0;
}

/* The environment is read before the command line, so that even an error about that is coloured as
 * the user wants it. What is wrong in it is passed over here: the command line may make up for it.
 */
static void read_environment(struct parser *parser)
{
    struct error **reterr = parser->reterr;

    parser->reterr = NULL;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        (void)read_variable(parser, &option_table[i]);
    parser->reterr = reterr;
}

/* Says what is wrong with a variable that nothing has made up for. */
static int check_environment(struct parser *parser)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        int r = read_variable(parser, &option_table[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- What follows the command ---- */

static const char *values_of_operand(const struct command *command, size_t position)
{
    return position == 0 && command->actions != NULL ? command->actions : command->argument_values;
}

static int check_operands(const struct cli_arguments *arguments, struct error **reterr)
{
    const struct command *command = arguments->command;
    const struct cli_values *operands = &arguments->operands;

    if (operands->count < command->minimum_arguments) {
        _cleanup_strbuf_ struct strbuf allowed;

        strbuf_init(&allowed, MESSAGE_MAX);
        describe_values(&allowed, values_of_operand(command, operands->count));
        return error_set(reterr, EINVAL, "%s needs %s %s%s%s", command->name,
                         strchr("AEIO", command->argument[0]) != NULL ? "an" : "a",
                         command->argument, allowed.length != 0 ? ": " : "", strbuf_text(&allowed));
    }
    if (operands->count > command->maximum_arguments) {
        const char *extra = operands->items[command->maximum_arguments];

        return error_set(reterr, EINVAL, "unexpected argument '%s'",
                         quote(extra, strlen(extra)).text);
    }
    for (size_t i = 0; i < operands->count; i++) {
        const struct command *ignored;
        const char *values = values_of_operand(command, i);
        int r = check_value(values, values == command->actions ? "ACTION" : command->argument,
                            operands->items[i], reterr);

        if (r == 0 && command->completion == COMPLETION_COMMAND)
            r = find_command(operands->items[i], &ignored, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

int arguments_parse(struct arena *arena, int argc, char *const *argv, char *const *envp,
                    struct cli_arguments *ret, struct error **reterr)
{
    struct parser parser = {.arena = arena,
                            .argc = argc,
                            .argv = argv,
                            .envp = envp,
                            .index = 1,
                            .arguments = ret,
                            .reterr = reterr};
    int r;

    *ret = (struct cli_arguments){0};
    read_environment(&parser);
    r = parse_words(&parser);
    if (r < 0 || ret->help)
        return r;
    r = check_environment(&parser);
    if (r < 0)
        return r;
    return ret->command != NULL ? check_operands(ret, reterr) : 0;
}

/* ---- Asking ---- */

bool cli_flag(const struct cli_arguments *arguments, enum option_id option)
{
    return arguments->options[option].flag;
}

const char *cli_value(const struct cli_arguments *arguments, enum option_id option)
{
    const struct cli_values *values = &arguments->options[option].values;

    return values->count != 0 ? values->items[values->count - 1] : option_table[option].fallback;
}

const struct cli_values *cli_values(const struct cli_arguments *arguments, enum option_id option)
{
    return &arguments->options[option].values;
}

enum cli_source cli_source(const struct cli_arguments *arguments, enum option_id option)
{
    return arguments->options[option].source;
}

const struct cli_values *cli_operands(const struct cli_arguments *arguments)
{
    return &arguments->operands;
}

const char *cli_environment(char *const *envp, const char *name)
{
    size_t length = strlen(name);

    for (; envp != NULL && *envp != NULL; envp++) {
        if (strncmp(*envp, name, length) == 0 && (*envp)[length] == '=')
            return *envp + length + 1;
    }
    return NULL;
}

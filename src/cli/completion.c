/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/completion_priv.h"

enum {
    SCRIPT_MAX_BYTES = 1 << 20,
};

void completion_append_quoted(struct strbuf *out, const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (*text == '`')
            continue;
        if (*text == '\'') {
            strbuf_append_string(out, "'\\''");
            continue;
        }
        if (strchr(special, *text) != NULL)
            strbuf_append_char(out, '\\');
        strbuf_append_char(out, *text);
    }
}

void completion_append_values(struct strbuf *out, const char *values)
{
    for (; *values != '\0'; values++)
        strbuf_append_char(out, *values == '|' ? ' ' : *values);
}

void completion_append_names(struct strbuf *out, const struct command_option *option,
                             const char *separator)
{
    if (option->letter != '\0')
        strbuf_printf(out, "-%c%s", option->letter, separator);
    strbuf_printf(out, "--%s", option->name);
    if (option->alias != NULL)
        strbuf_printf(out, "%s--%s", separator, option->alias);
}

const char *completion_of_arguments(const struct command *command)
{
    return command->argument_values != NULL ? command->argument_values : command->actions;
}

const char *completion_query(enum completion_kind kind)
{
    switch (kind) {
    case COMPLETION_SERVICE:
        return "--services";
    case COMPLETION_INSTANCE:
        return "--instances";
    case COMPLETION_PROFILE:
        return "--profiles";
    case COMPLETION_NONE:
    case COMPLETION_FILE:
    case COMPLETION_DIRECTORY:
    case COMPLETION_COMMAND:
        break;
    }
    return NULL;
}

int completion_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    static const struct {
        const char *name;
        void (*write)(struct strbuf *out);
    } shells[] = {
        {"bash", completion_write_bash},
        {"zsh", completion_write_zsh},
        {"fish", completion_write_fish},
    };
    _cleanup_strbuf_ struct strbuf script;

    strbuf_init(&script, SCRIPT_MAX_BYTES);
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(cli_operands(arguments)->items[0], shells[i].name) == 0)
            shells[i].write(&script);
    }
    return cli_print(context, &script);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"

#include <string.h>

#include "cli/completion_priv.h"

static const char helpers[] =
    "#compdef slipway\n"
    "# zsh completion for slipway; made by \"slipway completion zsh\"\n"
    "\n"
    "# What the user can name is in the project: ask for it, with the words before the command.\n"
    "_slipway_ask() {\n"
    "    local -a names before\n"
    "    local word\n"
    "    for word in \"${(@Q)slipway_words}\"; do\n"
    "        [[ -n $slipway_command && $word == $slipway_command ]] && break\n"
    "        before+=(\"$word\")\n"
    "    done\n"
    "    [[ -z $slipway_command && $before[-1] == --profile ]] && before[-1]=()\n"
    "    names=(\"${(@f)$(\"${before[@]}\" $@ 2>/dev/null </dev/null)}\")\n"
    "    compadd -a names\n"
    "}\n"
    "\n"
    "_slipway_services() { _slipway_ask config --services }\n"
    "_slipway_profiles() { _slipway_ask config --profiles }\n"
    "_slipway_instances() { _slipway_services; _slipway_ask ps --names }\n"
    "\n";

static const char main_start[] = "_slipway() {\n"
                                 "    local curcontext=$curcontext state state_descr line ret=1\n"
                                 "    local slipway_command=''\n"
                                 "    local -a slipway_words=(\"${(@)words[1,CURRENT-1]}\")\n"
                                 "    typeset -A opt_args\n"
                                 "\n"
                                 "    _arguments -C -s -S : \\\n";

static const char main_middle[] = "        '1: :_slipway_commands' \\\n"
                                  "        '*:: :->operands' && ret=0\n"
                                  "    [[ $state == operands ]] || return ret\n"
                                  "\n"
                                  "    slipway_command=$line[1]\n"
                                  "    curcontext=${curcontext%:*:*}:slipway-$line[1]:\n"
                                  "    case $line[1] in\n";

static const char main_end[] = "    esac\n"
                               "    return ret\n"
                               "}\n"
                               "\n"
                               "if [[ $funcstack[1] == _slipway ]]; then\n"
                               "    _slipway \"$@\"\n"
                               "else\n"
                               "    compdef _slipway slipway\n"
                               "fi\n";

static void write_action(struct strbuf *out, enum completion_kind kind, const char *values)
{
    if (values != NULL) {
        strbuf_append_char(out, '(');
        completion_append_values(out, values);
        strbuf_append_char(out, ')');
        return;
    }
    switch (kind) {
    case COMPLETION_NONE:
        strbuf_append_char(out, ' '); /* a value that nothing is known about */
        break;
    case COMPLETION_FILE:
        strbuf_append_string(out, "_files");
        break;
    case COMPLETION_DIRECTORY:
        strbuf_append_string(out, "_files -/");
        break;
    case COMPLETION_SERVICE:
        strbuf_append_string(out, "_slipway_services");
        break;
    case COMPLETION_INSTANCE:
        strbuf_append_string(out, "_slipway_instances");
        break;
    case COMPLETION_PROFILE:
        strbuf_append_string(out, "_slipway_profiles");
        break;
    case COMPLETION_COMMAND:
        strbuf_append_string(out, "_slipway_commands");
        break;
    }
}

/* One of the option's names: '(-o --output)--output=[summary]:FILE:_files'. */
static void write_spec(struct strbuf *out, const struct command_option *option, const char *dashes,
                       const char *name, size_t length, const char *indent)
{
    bool letter = dashes[1] == '\0';

    strbuf_printf(out, "%s'", indent);
    if (option->kind == OPTION_KIND_LIST) {
        strbuf_append_char(out, '*');
    } else {
        strbuf_append_char(out, '(');
        completion_append_names(out, option, " ");
        strbuf_append_char(out, ')');
    }
    strbuf_append_string(out, dashes);
    strbuf_append(out, name, length);
    if (option->kind != OPTION_KIND_FLAG)
        strbuf_append_char(out, letter ? '+' : '=');
    strbuf_append_char(out, '[');
    completion_append_quoted(out, option->summary, "[]\\:");
    strbuf_append_char(out, ']');
    if (option->kind != OPTION_KIND_FLAG) {
        strbuf_printf(out, ":%s%s:", option->kind == OPTION_KIND_OPTIONAL ? ":" : "",
                      option->argument);
        write_action(out, option->completion, option->values);
    }
    strbuf_append_string(out, "' \\\n");
}

static void write_specs(struct strbuf *out, enum command_id command, const char *indent)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct command_option *option = &option_table[i];

        if (!command_takes(command, option))
            continue;
        if (option->letter != '\0')
            write_spec(out, option, "-", &option->letter, 1, indent);
        write_spec(out, option, "--", option->name, strlen(option->name), indent);
        if (option->alias != NULL)
            write_spec(out, option, "--", option->alias, strlen(option->alias), indent);
    }
}

static void write_commands(struct strbuf *out)
{
    strbuf_append_string(out, "_slipway_commands() {\n    local -a commands=(\n");
    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        if (command_table[i].hidden)
            continue;
        strbuf_printf(out, "        '%s:", command_table[i].name);
        completion_append_quoted(out, command_table[i].summary, "\\:");
        strbuf_append_string(out, "'\n");
    }
    strbuf_append_string(out, "    )\n    _describe -t commands command commands\n}\n\n");
}

static void write_cases(struct strbuf *out)
{
    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        const struct command *command = &command_table[i];

        if (command->hidden)
            continue;
        strbuf_printf(out, "    %s)\n        _arguments -s -S : \\\n", command->name);
        write_specs(out, (enum command_id)i, "            ");
        if (command->argument != NULL) {
            strbuf_printf(out, "            '%s%s:", command->maximum_arguments > 1 ? "*:" : "1:",
                          command->argument);
            write_action(out, command->completion, completion_of_arguments(command));
            strbuf_append_string(out, "' \\\n");
        }
        strbuf_append_string(out, "            && ret=0\n        ;;\n");
    }
}

void completion_write_zsh(struct strbuf *out)
{
    strbuf_append_string(out, helpers);
    write_commands(out);
    strbuf_append_string(out, main_start);
    write_specs(out, COMMAND_NONE, "        ");
    strbuf_append_string(out, main_middle);
    write_cases(out);
    strbuf_append_string(out, main_end);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bash splits words at "=", so "--format=js" arrives as three; the script walks the words before
 * the cursor, finds the command, and keeps in "expects" what the next word has to be:
 *
 *     file, directory, services, profiles, commands, any    that kind
 *     =yaml json                                            one of these
 *     ?...                                                  that, or the next option
 */
#include "cli/completion.h"

#include "cli/completion_priv.h"

static const char helpers[] =
    "# bash completion for slipway; made by \"slipway completion bash\"\n"
    "\n"
    "# What the user can name is in the project, or runs.\n"
    "_slipway_names() {\n"
    "    if [[ $1 == --instances ]]; then\n"
    "        \"${before[@]}\" config --services\n"
    "        \"${before[@]}\" ps --names\n"
    "    else\n"
    "        \"${before[@]}\" config \"$1\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "# Names are never expanded.\n"
    "_slipway_ask() {\n"
    "    local name\n"
    "    [[ $1 == --profiles && ${before[-1]} == --profile* ]] && unset 'before[-1]'\n"
    "    while IFS= read -r name; do\n"
    "        [[ $name == \"$current\"* ]] && COMPREPLY+=(\"$name\")\n"
    "    done < <(_slipway_names \"$1\" 2>/dev/null </dev/null)\n"
    "}\n"
    "\n"
    "_slipway_words() {\n"
    "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$current\")\n"
    "}\n"
    "\n"
    "_slipway_paths() {\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$current\")\n"
    "}\n"
    "\n";

static const char main_function[] =
    "_slipway() {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} command='' expects='' ended='' word i\n"
    "    local -a before=(\"$1\")\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ -z $command ]]; then\n"
    "            if [[ $word == = || ${COMP_WORDS[i - 1]} == = ]]; then\n"
    "                before[-1]+=$word\n"
    "            else\n"
    "                before+=(\"$word\")\n"
    "            fi\n"
    "        fi\n"
    "        if [[ $word == = ]]; then\n"
    "            expects=${expects#\\?}\n"
    "            expects=${expects:-any}\n"
    "        elif [[ -n $expects && ! ($expects == \\?* && $word == -*) ]]; then\n"
    "            expects=''\n"
    "        elif [[ -n $ended ]]; then\n"
    "            :\n"
    "        elif [[ $word == -- ]]; then\n"
    "            ended=$command\n"
    "        elif [[ $word == -* ]]; then\n"
    "            _slipway_expect \"$command $word\"\n"
    "        elif [[ -z $command ]]; then\n"
    "            command=$word\n"
    "            unset 'before[-1]'\n"
    "        fi\n"
    "    done\n"
    "    if [[ $current == = ]]; then\n"
    "        current=''\n"
    "        expects=${expects#\\?}\n"
    "        expects=${expects:-any}\n"
    "    fi\n"
    "    [[ $expects == \\?* && $current == -* ]] && expects=''\n"
    "    if [[ -z $expects && $current == -* && -z $ended ]]; then\n"
    "        _slipway_options \"$command\"\n"
    "        return\n"
    "    fi\n"
    "    [[ -z $expects ]] && _slipway_operand \"$command\"\n"
    "    expects=${expects#\\?}\n"
    "    case $expects in\n"
    "    =*) _slipway_words \"${expects#=}\" ;;\n"
    "    file) _slipway_paths -f ;;\n"
    "    directory) _slipway_paths -d ;;\n"
    "    services | profiles | instances) _slipway_ask \"--$expects\" ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "complete -F _slipway slipway\n";

static void write_commands(struct strbuf *out)
{
    const char *separator = "";

    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        if (command_table[i].hidden)
            continue;
        strbuf_printf(out, "%s%s", separator, command_table[i].name);
        separator = " ";
    }
}

/* What is expected, in the notation above. */
static void write_expected(struct strbuf *out, enum completion_kind kind, const char *values)
{
    if (values != NULL) {
        strbuf_append_char(out, '=');
        completion_append_values(out, values);
        return;
    }
    switch (kind) {
    case COMPLETION_NONE:
        strbuf_append_string(out, "any");
        break;
    case COMPLETION_FILE:
        strbuf_append_string(out, "file");
        break;
    case COMPLETION_DIRECTORY:
        strbuf_append_string(out, "directory");
        break;
    case COMPLETION_SERVICE:
        strbuf_append_string(out, "services");
        break;
    case COMPLETION_INSTANCE:
        strbuf_append_string(out, "instances");
        break;
    case COMPLETION_PROFILE:
        strbuf_append_string(out, "profiles");
        break;
    case COMPLETION_COMMAND:
        strbuf_append_char(out, '=');
        write_commands(out);
        break;
    }
}

static void write_expect_names(struct strbuf *out, const struct command_option *option,
                               const char *command, const char *anywhere)
{
    if (option->letter != '\0')
        strbuf_printf(out, "%s'%s -%c' | ", anywhere, command, option->letter);
    strbuf_printf(out, "%s'%s --%s'", anywhere, command, option->name);
    if (option->alias != NULL)
        strbuf_printf(out, " | %s'%s --%s'", anywhere, command, option->alias);
}

/* One line of a case: 'config --format') or, for an option that may stand anywhere, *' --color').
 */
static void write_expect_case(struct strbuf *out, const struct command_option *option)
{
    const char *command =
        option->command != COMMAND_NONE ? command_table[option->command].name : "";
    const char *anywhere = option->anywhere ? "*" : "";

    strbuf_append_string(out, "    ");
    write_expect_names(out, option, command, anywhere);
    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        bool is_shared = option->command != i && command_owns((enum command_id)i, option);

        if (command_table[i].hidden || (!is_shared && !(command_table[i].project_anywhere &&
                                                        command_option_chooses_project(option))))
            continue;
        strbuf_append_string(out, " | ");
        write_expect_names(out, option, command_table[i].name, "");
    }
    strbuf_printf(out, ") expects='%s", option->kind == OPTION_KIND_OPTIONAL ? "?" : "");
    write_expected(out, option->completion, option->values);
    strbuf_append_string(out, "' ;;\n");
}

static void write_expect(struct strbuf *out)
{
    strbuf_append_string(out, "_slipway_expect() {\n    case $1 in\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (option_table[i].kind != OPTION_KIND_FLAG)
            write_expect_case(out, &option_table[i]);
    }
    strbuf_append_string(out, "    *) expects='' ;;\n    esac\n}\n\n");
}

static void write_options(struct strbuf *out)
{
    strbuf_append_string(out, "_slipway_options() {\n    case $1 in\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *separator = "";

        if (command_table[i].hidden)
            continue;
        strbuf_printf(out, "    '%s') _slipway_words '",
                      i != COMMAND_NONE ? command_table[i].name : "");
        for (size_t j = 0; j < OPTION_COUNT; j++) {
            if (!command_takes((enum command_id)i, &option_table[j]))
                continue;
            strbuf_append_string(out, separator);
            completion_append_names(out, &option_table[j], " ");
            separator = " ";
        }
        strbuf_append_string(out, "' ;;\n");
    }
    strbuf_append_string(out, "    esac\n}\n\n");
}

static void write_operands(struct strbuf *out)
{
    strbuf_append_string(out, "_slipway_operand() {\n    case $1 in\n    '') expects='=");
    write_commands(out);
    strbuf_append_string(out, "' ;;\n");
    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        const struct command *command = &command_table[i];

        if (command->hidden || command->argument == NULL)
            continue;
        strbuf_printf(out, "    '%s') expects='", command->name);
        write_expected(out, command->completion, completion_of_arguments(command));
        strbuf_append_string(out, "' ;;\n");
    }
    strbuf_append_string(out, "    esac\n}\n\n");
}

void completion_write_bash(struct strbuf *out)
{
    strbuf_append_string(out, helpers);
    write_expect(out);
    write_options(out);
    write_operands(out);
    strbuf_append_string(out, main_function);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"

#include "cli/completion_priv.h"

static const char header[] = "# fish completion for slipway; made by \"slipway completion fish\"\n"
                             "\n";

/* The words that take a value before the command stand between these two. */
static const char walk_start[] =
    "# Prints the words before the command, one per line, then the command. Fails when there is\n"
    "# none yet.\n"
    "function __slipway_walk\n"
    "    set -l skip 0\n"
    "    for word in (commandline -opc)\n"
    "        echo -- $word\n"
    "        if test $skip -ne 0\n"
    "            set skip 0\n"
    "            continue\n"
    "        end\n"
    "        switch $word\n"
    "            case ";
static const char walk_end[] = "\n"
                               "                set skip 1\n"
                               "            case '-*' (commandline -opc)[1]\n"
                               "                continue\n"
                               "            case '*'\n"
                               "                return 0\n"
                               "        end\n"
                               "    end\n"
                               "    return 1\n"
                               "end\n"
                               "\n"
                               "function __slipway_no_command\n"
                               "    not __slipway_walk >/dev/null\n"
                               "end\n"
                               "\n"
                               "function __slipway_command\n"
                               "    set -l words (__slipway_walk)\n"
                               "    or return 1\n"
                               "    test $words[-1] = $argv[1]\n"
                               "end\n"
                               "\n"
                               "# What the user can name is in the project: ask for it.\n"
                               "function __slipway_ask\n"
                               "    set -l words (__slipway_walk)\n"
                               "    if test $status -eq 0; or test $words[-1] = --profile\n"
                               "        set -e words[-1]\n"
                               "    end\n"
                               "    if test $argv[1] = --instances\n"
                               "        $words config --services 2>/dev/null </dev/null\n"
                               "        $words ps --names 2>/dev/null </dev/null\n"
                               "    else\n"
                               "        $words config $argv[1] 2>/dev/null </dev/null\n"
                               "    end\n"
                               "end\n"
                               "\n"
                               "complete -c slipway -f\n";

static void write_walk(struct strbuf *out)
{
    strbuf_append_string(out, walk_start);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct command_option *option = &option_table[i];

        if (option->command != COMMAND_NONE || option->kind == OPTION_KIND_FLAG)
            continue;
        if (i != 0)
            strbuf_append_char(out, ' ');
        completion_append_names(out, option, " ");
    }
    strbuf_append_string(out, walk_end);
}

static void write_condition(struct strbuf *out, enum command_id command)
{
    if (command == COMMAND_NONE)
        strbuf_append_string(out, "complete -c slipway -n __slipway_no_command");
    else
        strbuf_printf(out, "complete -c slipway -n '__slipway_command %s'",
                      command_table[command].name);
}

static void write_summary(struct strbuf *out, const char *summary)
{
    strbuf_append_string(out, " -d '");
    completion_append_quoted(out, summary, "\\");
    strbuf_append_string(out, "'\n");
}

static void write_commands(struct strbuf *out, enum command_id where)
{
    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        if (command_table[i].hidden)
            continue;
        write_condition(out, where);
        strbuf_printf(out, " -a %s", command_table[i].name);
        write_summary(out, command_table[i].summary);
    }
}

/* The values to choose from; nothing where files are or nothing is known. */
static void write_choice(struct strbuf *out, enum completion_kind kind, const char *values)
{
    const char *query = completion_query(kind);

    if (values != NULL) {
        strbuf_append_string(out, " -a '");
        completion_append_values(out, values);
        strbuf_append_char(out, '\'');
    } else if (query != NULL) {
        strbuf_printf(out, " -a '(__slipway_ask %s)'", query);
    } else if (kind == COMPLETION_DIRECTORY) {
        strbuf_append_string(out, " -a '(__fish_complete_directories)'");
    }
}

static void write_option(struct strbuf *out, enum command_id command,
                         const struct command_option *option)
{
    write_condition(out, command);
    if (option->letter != '\0')
        strbuf_printf(out, " -s %c", option->letter);
    strbuf_printf(out, " -l %s", option->name);
    if (option->alias != NULL)
        strbuf_printf(out, " -l %s", option->alias);
    if (option->kind == OPTION_KIND_VALUE || option->kind == OPTION_KIND_LIST)
        strbuf_append_string(out, option->completion == COMPLETION_FILE ? " -r -F" : " -x");
    if (option->kind != OPTION_KIND_FLAG)
        write_choice(out, option->completion, option->values);
    write_summary(out, option->summary);
}

static void write_command(struct strbuf *out, enum command_id id)
{
    const struct command *command = &command_table[id];

    strbuf_append_char(out, '\n');
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (command_takes(id, &option_table[i]))
            write_option(out, id, &option_table[i]);
    }
    if (id == COMMAND_NONE || command->completion == COMPLETION_COMMAND) {
        write_commands(out, id);
    } else if (command->argument != NULL) {
        write_condition(out, id);
        write_choice(out, command->completion, completion_of_arguments(command));
        strbuf_append_char(out, '\n');
    }
}

void completion_write_fish(struct strbuf *out)
{
    strbuf_append_string(out, header);
    write_walk(out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!command_table[i].hidden)
            write_command(out, (enum command_id)i);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/layout.h"

enum {
    LINE_MAX_BYTES = 4096,
    HELP_MAX_BYTES = 1 << 20,
    COLUMN_MAX = 32, /* names beyond it get a line of their own */
    NAME_MARGIN = 4, /* what stands around a name: two spaces on either side */
};

void help_write_usage(struct strbuf *out, enum command_id id)
{
    const struct command *command = &command_table[id];
    bool has_options = false;

    if (id == COMMAND_NONE) {
        strbuf_append_string(out, "slipway [OPTION]... COMMAND [ARGUMENT]...");
        return;
    }
    for (size_t i = 0; i < OPTION_COUNT; i++)
        has_options = has_options || command_owns(id, &option_table[i]);
    has_options = has_options || command->project_anywhere;
    strbuf_printf(out, "slipway %s%s%s",
                  command->uses_project && !command->project_anywhere ? "[PROJECT OPTION]... " : "",
                  command->name, has_options ? " [OPTION]..." : "");
    if (command->argument == NULL)
        return;
    strbuf_printf(out, command->minimum_arguments == 0 ? " [%s]" : " %s", command->argument);
    if (command->maximum_arguments > 1)
        strbuf_append_string(out, "...");
}

void help_write_option_name(struct strbuf *out, const struct command_option *option, bool padded)
{
    if (option->letter != '\0')
        strbuf_printf(out, "-%c, ", option->letter);
    else if (padded)
        strbuf_append_string(out, "    ");
    strbuf_printf(out, "--%s", option->name);
    if (option->kind == OPTION_KIND_OPTIONAL)
        strbuf_printf(out, "[=%s]", option->argument);
    else if (option->kind != OPTION_KIND_FLAG)
        strbuf_printf(out, " %s", option->argument);
}

/* The summary, and what the table knows besides: values, default, variable. */
static void write_option_text(struct strbuf *out, const struct command_option *option)
{
    const char *values = option->values, *next, *open = " (";
    size_t length;

    strbuf_append_string(out, option->summary);
    if (option->kind == OPTION_KIND_LIST) {
        strbuf_append_string(out, " (repeatable");
        open = "; ";
    }
    while ((next = command_next_value(&values, &length)) != NULL) {
        strbuf_append_string(out, open);
        strbuf_append(out, next, length);
        open = ", ";
    }
    if (option->fallback != NULL) {
        strbuf_printf(out, "%sdefault %s", open[0] == ',' ? "; " : open, option->fallback);
        open = ", ";
    }
    if (strcmp(open, " (") != 0)
        strbuf_append_char(out, ')');
    if (option->environment != NULL)
        strbuf_printf(out, " [%s]", option->environment);
}

static size_t option_column(enum command_id command)
{
    size_t column = 0;

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        _cleanup_strbuf_ struct strbuf name;

        strbuf_init(&name, LINE_MAX_BYTES);
        if (!command_takes(command, &option_table[i]))
            continue;
        help_write_option_name(&name, &option_table[i], true);
        if (name.length + NAME_MARGIN > column && name.length + NAME_MARGIN <= COLUMN_MAX)
            column = name.length + NAME_MARGIN;
    }
    return column;
}

static void write_project_options(struct layout *layout, size_t column)
{
    layout_heading(layout, "Project");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        _cleanup_strbuf_ struct strbuf name, text;

        strbuf_init(&name, LINE_MAX_BYTES);
        strbuf_init(&text, LINE_MAX_BYTES);
        if (!command_option_chooses_project(&option_table[i]))
            continue;
        help_write_option_name(&name, &option_table[i], true);
        write_option_text(&text, &option_table[i]);
        layout_entry(layout, strbuf_text(&name), column, strbuf_text(&text));
    }
}

static void write_options(struct layout *layout, enum command_id owner, bool anywhere_only,
                          size_t column)
{
    const char *group = anywhere_only ? "General" : "";

    if (anywhere_only)
        layout_heading(layout, group);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct command_option *option = &option_table[i];
        _cleanup_strbuf_ struct strbuf name, text;

        strbuf_init(&name, LINE_MAX_BYTES);
        strbuf_init(&text, LINE_MAX_BYTES);
        if (!command_owns(owner, option) || (anywhere_only && !option->anywhere))
            continue;
        if (!anywhere_only && strcmp(group, option->group) != 0) {
            group = option->group;
            layout_heading(layout, group);
        }
        help_write_option_name(&name, option, true);
        write_option_text(&text, option);
        layout_entry(layout, strbuf_text(&name), column, strbuf_text(&text));
    }
}

static void write_commands(struct layout *layout)
{
    size_t column = 0;

    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        if (!command_table[i].hidden && strlen(command_table[i].name) + NAME_MARGIN > column)
            column = strlen(command_table[i].name) + NAME_MARGIN;
    }
    layout_heading(layout, "Commands");
    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        if (!command_table[i].hidden)
            layout_entry(layout, command_table[i].name, column, command_table[i].summary);
    }
}

static void write_examples(struct layout *layout, enum command_id command)
{
    size_t column = 0;

    for (size_t i = 0; i < command_example_count; i++) {
        size_t needed = strlen(command_examples[i].line) + NAME_MARGIN;

        if (command_examples[i].command == command && needed > column)
            column = needed;
    }
    if (column == 0)
        return;
    layout_heading(layout, "Examples");
    for (size_t i = 0; i < command_example_count; i++) {
        if (command_examples[i].command == command)
            layout_entry(layout, command_examples[i].line, column, command_examples[i].text);
    }
}

static void write_exit_statuses(struct layout *layout)
{
    _cleanup_strbuf_ struct strbuf text;

    strbuf_init(&text, LINE_MAX_BYTES);
    for (size_t i = 0; i < command_exit_status_count; i++)
        strbuf_printf(&text, "%s%d %s", i != 0 ? ", " : "", (int)command_exit_statuses[i].number,
                      command_exit_statuses[i].text);
    strbuf_append_char(layout->out, '\n');
    layout_labelled(layout, "Exit status", strbuf_text(&text));
}

static void write_usage_line(struct layout *layout, enum command_id command)
{
    _cleanup_strbuf_ struct strbuf text;

    strbuf_init(&text, LINE_MAX_BYTES);
    help_write_usage(&text, command);
    layout_labelled(layout, "Usage", strbuf_text(&text));
}

static void write_program(struct layout *layout)
{
    _cleanup_strbuf_ struct strbuf title;

    strbuf_init(&title, LINE_MAX_BYTES);
    strbuf_printf(&title, "Slipway %s", command_table[COMMAND_NONE].summary);
    layout_text(layout, 0, strbuf_text(&title));
    strbuf_append_char(layout->out, '\n');
    write_usage_line(layout, COMMAND_NONE);
    write_commands(layout);
    write_options(layout, COMMAND_NONE, false, option_column(COMMAND_NONE));
    write_examples(layout, COMMAND_NONE);
    write_exit_statuses(layout);
    strbuf_append_char(layout->out, '\n');
    layout_text(layout, 0,
                "Variables in brackets set an option too; the command line wins. See 'slipway help "
                "COMMAND' for one command, 'man slipway' for the manual.");
}

static void write_command(struct layout *layout, enum command_id id)
{
    const struct command *command = &command_table[id];
    size_t column = option_column(id);

    layout_text(layout, 0, command->summary);
    strbuf_append_char(layout->out, '\n');
    write_usage_line(layout, id);
    if (command->description != NULL) {
        strbuf_append_char(layout->out, '\n');
        layout_text(layout, 0, command->description);
    }
    if (command->project_anywhere)
        write_project_options(layout, column);
    write_options(layout, id, false, column);
    write_options(layout, COMMAND_NONE, true, column);
    write_examples(layout, id);
    write_exit_statuses(layout);
    if (!command->uses_project || command->project_anywhere)
        return;
    strbuf_append_char(layout->out, '\n');
    layout_text(layout, 0,
                "The options that choose the project, such as `--file`, stand before the command: "
                "see 'slipway --help'.");
}

void help_write(struct strbuf *out, enum command_id command, const struct terminal *terminal)
{
    struct layout layout;

    layout_init(&layout, out, terminal);
    if (command == COMMAND_NONE)
        write_program(&layout);
    else
        write_command(&layout, command);
}

int help_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    _cleanup_strbuf_ struct strbuf text;
    const struct cli_values *operands = cli_operands(arguments);
    enum command_id topic = COMMAND_NONE;

    /* "slipway help COMMAND" names it; "slipway COMMAND --help" is it. */
    if (arguments->help && arguments->command != NULL)
        topic = command_id(arguments->command);
    else if (!arguments->help && operands->count != 0)
        topic = command_id(command_find(operands->items[0]));
    strbuf_init(&text, HELP_MAX_BYTES);
    help_write(&text, topic, &context->out);
    return cli_print(context, &text);
}

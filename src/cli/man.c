/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/man.h"

#include <ctype.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/help.h"
#include "spec/reference.h"

enum {
    PAGE_MAX_BYTES = 1 << 20,
    LINE_MAX_BYTES = 4096,
};

static void write_char(struct strbuf *out, char character)
{
    if (strchr("\\*_#[]|~<>", character) != NULL)
        strbuf_append_char(out, '\\');
    strbuf_append_char(out, character);
}

/* Text of the table: `backquotes` become bold. Paragraphs pass as they are. */
static void write_text(struct strbuf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '`')
            strbuf_append_char(out, '*');
        else
            write_char(out, *text);
    }
}

static void write_marked(struct strbuf *out, char mark, const char *text)
{
    strbuf_append_char(out, mark);
    for (; *text != '\0'; text++)
        write_char(out, *text);
    strbuf_append_char(out, mark);
}

/* A synopsis: words in capitals stand for something and are underlined, other words are typed as
 * they are and are bold. */
static void write_synopsis(struct strbuf *out, const char *text)
{
    while (*text != '\0') {
        bool capital = isupper((unsigned char)*text) != 0;

        if (!isalpha((unsigned char)*text)) {
            write_char(out, *text++);
            continue;
        }
        strbuf_append_char(out, capital ? '_' : '*');
        while (isalpha((unsigned char)*text) && (isupper((unsigned char)*text) != 0) == capital)
            write_char(out, *text++);
        strbuf_append_char(out, capital ? '_' : '*');
    }
}

static void write_section(struct strbuf *out, const char *name)
{
    strbuf_printf(out, "\n# %s\n\n", name);
}

/* ---- Options ---- */

static void write_option_name(struct strbuf *out, const struct command_option *option)
{
    if (option->letter != '\0')
        strbuf_printf(out, "*-%c*, ", option->letter);
    strbuf_printf(out, "*--%s*", option->name);
    if (option->kind == OPTION_KIND_FLAG)
        return;
    strbuf_append_string(out, option->kind == OPTION_KIND_OPTIONAL ? "\\[=" : " ");
    write_marked(out, '_', option->argument);
    if (option->kind == OPTION_KIND_OPTIONAL)
        strbuf_append_string(out, "\\]");
}

static void write_values(struct strbuf *out, const char *values)
{
    const char *next;
    size_t length;

    for (size_t i = 0; (next = command_next_value(&values, &length)) != NULL; i++) {
        if (i != 0)
            strbuf_append_string(out, *values == '\0' ? " or " : ", ");
        strbuf_printf(out, "*%.*s*", (int)length, next);
    }
}

static void write_option(struct strbuf *out, const struct command_option *option)
{
    write_option_name(out, option);
    strbuf_append_string(out, "\n\t");
    write_text(out, option->summary);
    strbuf_append_char(out, '.');
    if (option->values != NULL) {
        strbuf_printf(out, " _%s_ is ", option->argument);
        write_values(out, option->values);
        strbuf_append_char(out, '.');
    }
    if (option->fallback != NULL)
        strbuf_printf(out, " The default is *%s*.", option->fallback);
    if (option->kind == OPTION_KIND_LIST)
        strbuf_append_string(out, " May be given more than once.");
    if (option->alias != NULL)
        strbuf_printf(out, " *--%s* is another name for it.", option->alias);
    if (option->environment != NULL) {
        strbuf_append_string(out, " Also set by ");
        write_marked(out, '*', option->environment);
        strbuf_append_char(out, '.');
    }
    strbuf_append_string(out, "\n\n");
}

static void write_options(struct strbuf *out, enum command_id command)
{
    const char *group = "";

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct command_option *option = &option_table[i];

        if (!command_owns(command, option) &&
            (!command_table[command].project_anywhere || !command_option_chooses_project(option)))
            continue;
        if (*group == '\0')
            write_section(out, "OPTIONS");
        if (strcmp(group, option->group) != 0)
            strbuf_printf(out, "## %s\n\n", option->group);
        group = option->group;
        write_option(out, option);
    }
}

/* ---- Sections ---- */

static void write_head(struct strbuf *out, enum command_id id)
{
    const struct command *command = &command_table[id];
    _cleanup_strbuf_ struct strbuf usage;

    strbuf_init(&usage, LINE_MAX_BYTES);
    help_write_usage(&usage, id);
    strbuf_printf(out, "%s(1) \"slipway %s\"\n", command->page, SLIPWAY_VERSION);
    write_section(out, "NAME");
    strbuf_printf(out, "%s - %c", command->page, tolower((unsigned char)command->summary[0]));
    write_text(out, command->summary + 1);
    strbuf_append_char(out, '\n');
    write_section(out, "SYNOPSIS");
    write_synopsis(out, strbuf_text(&usage));
    strbuf_append_char(out, '\n');
    write_section(out, "DESCRIPTION");
    write_text(out, command->description);
    strbuf_append_char(out, '\n');
}

/* Commands without a page of their own are described here in full. */
static void write_commands(struct strbuf *out)
{
    write_section(out, "COMMANDS");
    for (size_t i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        const struct command *command = &command_table[i];

        if (command->hidden)
            continue;
        strbuf_printf(out, "*%s*", command->name);
        if (command->argument != NULL) {
            strbuf_append_string(out, command->minimum_arguments == 0 ? " \\[" : " ");
            write_marked(out, '_', command->argument);
            strbuf_append_string(out, command->minimum_arguments == 0 ? "\\]" : "");
            strbuf_append_string(out, command->maximum_arguments > 1 ? "..." : "");
        }
        strbuf_append_string(out, "\n\t");
        write_text(out, command->summary);
        strbuf_append_char(out, '.');
        if (command->argument_values != NULL) {
            strbuf_printf(out, " _%s_ is ", command->argument);
            write_values(out, command->argument_values);
            strbuf_append_char(out, '.');
        }
        if (command->page != NULL) {
            strbuf_printf(out, " See *%s*(1).", command->page);
        } else if (command->description != NULL) {
            strbuf_append_char(out, ' ');
            write_text(out, command->description);
        }
        strbuf_append_string(out, "\n\n");
    }
}

static void write_environment(struct strbuf *out)
{
    write_section(out, "ENVIRONMENT");
    strbuf_append_string(out, "An empty variable counts as one that is not set. The command line "
                              "wins over all of them.\n\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct command_option *option = &option_table[i];

        if (option->environment == NULL)
            continue;
        write_marked(out, '*', option->environment);
        strbuf_printf(out, "\n\tAs *--%s*.", option->name);
        if (option->kind == OPTION_KIND_LIST)
            strbuf_printf(out, " Several values are separated by \"%s\".", option->separator);
        if (option->kind == OPTION_KIND_FLAG)
            strbuf_append_string(out, " Set to *true* or *false*.");
        strbuf_append_string(out, "\n\n");
    }
    for (size_t i = 0; i < command_variable_count; i++) {
        write_marked(out, '*', command_variables[i].name);
        strbuf_append_string(out, "\n\t");
        write_text(out, command_variables[i].text);
        strbuf_append_string(out, "\n\n");
    }
}

static void write_exit_statuses(struct strbuf *out)
{
    write_section(out, "EXIT STATUS");
    for (size_t i = 0; i < command_exit_status_count; i++)
        strbuf_printf(out, "*%d*\n\t%c%s.\n\n", (int)command_exit_statuses[i].number,
                      toupper((unsigned char)command_exit_statuses[i].text[0]),
                      command_exit_statuses[i].text + 1);
}

static void write_examples(struct strbuf *out, enum command_id command)
{
    bool first = true;

    for (size_t i = 0; i < command_example_count; i++) {
        const char *line = command_examples[i].line;

        /* Commands without a page show theirs on the page of the program. */
        if (command_examples[i].command != command)
            continue;
        if (first)
            write_section(out, "EXAMPLES");
        first = false;
        write_text(out, command_examples[i].text);
        strbuf_append_string(out, ":\n\n```\n");
        for (; *line != '\0'; line++) {
            if (*line == '\\' || *line == '`')
                strbuf_append_char(out, '\\');
            strbuf_append_char(out, *line);
        }
        strbuf_append_string(out, "\n```\n\n");
    }
}

static void write_see_also(struct strbuf *out, enum command_id command)
{
    const char *separator = "";

    write_section(out, "SEE ALSO");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (command_table[i].page == NULL || i == command)
            continue;
        strbuf_printf(out, "%s*%s*(1)", separator, command_table[i].page);
        separator = ", ";
    }
    strbuf_append_char(out, '\n');
}

bool man_write(struct strbuf *out, const char *page)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        enum command_id command = (enum command_id)i;

        if (command_table[i].page == NULL || strcmp(command_table[i].page, page) != 0)
            continue;
        write_head(out, command);
        if (command == COMMAND_NONE)
            write_commands(out);
        write_options(out, command);
        if (command == COMMAND_NONE)
            write_environment(out);
        write_exit_statuses(out);
        write_examples(out, command);
        write_see_also(out, command);
        return true;
    }
    return false;
}

/* Pages about files, not commands; they come from the tables of src/spec. */
static const struct {
    const char *page;
    void (*write)(struct arena *arena, struct strbuf *out);
} file_pages[] = {
    {"x-slipway", reference_write_scdoc},
    {"x-slipway.md", reference_write_markdown},
};

struct file_page {
    struct arena arena;
    struct strbuf *out;
    void (*write)(struct arena *arena, struct strbuf *out);
};

static void write_file_page(void *context)
{
    struct file_page *page = context;

    page->write(&page->arena, page->out);
}

/* 1 when it is such a page, 0 when not, or -errno. */
static int print_file_page(struct strbuf *out, const char *name)
{
    struct file_page page = {.out = out};
    int r;

    for (size_t i = 0; i < sizeof(file_pages) / sizeof(file_pages[0]); i++)
        if (strcmp(file_pages[i].page, name) == 0)
            page.write = file_pages[i].write;
    if (page.write == NULL)
        return 0;
    arena_init(&page.arena, PAGE_MAX_BYTES);
    r = arena_protect(&page.arena, write_file_page, &page);
    arena_deinit(&page.arena);
    return r < 0 ? r : 1;
}

int man_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    _cleanup_strbuf_ struct strbuf text;
    const struct cli_values *operands = cli_operands(arguments);

    strbuf_init(&text, PAGE_MAX_BYTES);
    if (operands->count == 0) {
        for (size_t i = 0; i < COMMAND_COUNT; i++) {
            if (command_table[i].page != NULL)
                strbuf_printf(&text, "%s\n", command_table[i].page);
        }
        strbuf_append_string(&text, "x-slipway\n");
    } else if (!man_write(&text, operands->items[0])) {
        int r = print_file_page(&text, operands->items[0]);

        if (r < 0)
            cli_complain(context, "cannot write the page: %s", error_text(-r));
        else if (r == 0)
            cli_complain(context, "no such man page; 'slipway man' lists them");
        if (r <= 0)
            return r < 0 ? CLI_EXIT_FAILED : CLI_EXIT_USAGE;
    }
    return cli_print(context, &text);
}

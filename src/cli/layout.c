/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/layout.h"

#include <string.h>

enum {
    WIDTH_MIN = 30,
    WIDTH_MAX = 100, /* longer lines are hard to read */
    TEXT_MIN = 28,   /* with less room than that, text goes below its name */
    NAME_INDENT = 2,
    NARROW_INDENT = 8,
};

void layout_init(struct layout *layout, struct strbuf *out, const struct terminal *terminal)
{
    size_t width = terminal->width;

    if (width < WIDTH_MIN)
        width = WIDTH_MIN;
    if (width > WIDTH_MAX)
        width = WIDTH_MAX;
    *layout = (struct layout){.out = out, .terminal = terminal, .width = width};
}

void layout_heading(struct layout *layout, const char *heading)
{
    strbuf_printf(layout->out, "%s%s%s:%s\n", layout->out->length != 0 ? "\n" : "",
                  terminal_style(layout->terminal, TERMINAL_BOLD), heading,
                  terminal_style(layout->terminal, TERMINAL_PLAIN));
}

static size_t visible_length(const char *word, size_t length)
{
    size_t visible = 0;

    for (size_t i = 0; i < length; i++)
        visible += word[i] != '`';
    return visible;
}

static void append_word(struct layout *layout, const char *word, size_t length, bool *literal)
{
    for (size_t i = 0; i < length; i++) {
        if (word[i] != '`') {
            strbuf_append_char(layout->out, word[i]);
            continue;
        }
        *literal = !*literal;
        strbuf_append_string(
            layout->out,
            terminal_style(layout->terminal, *literal ? TERMINAL_BOLD : TERMINAL_PLAIN));
    }
}

/* One paragraph; the line has been filled up to its indent already. */
static void append_wrapped(struct layout *layout, size_t indent, const char *text, size_t length)
{
    size_t position = indent;
    bool literal = false;

    for (const char *end = text + length; text < end;) {
        size_t word = strcspn(text, " \n"), visible;

        if (word > (size_t)(end - text))
            word = (size_t)(end - text);
        visible = visible_length(text, word);
        if (position > indent && position + 1 + visible > layout->width) {
            strbuf_append_char(layout->out, '\n');
            strbuf_append_repeat(layout->out, ' ', indent);
            position = indent;
        } else if (position > indent) {
            strbuf_append_char(layout->out, ' ');
            position++;
        }
        append_word(layout, text, word, &literal);
        position += visible;
        text += word + (text + word < end ? 1 : 0);
    }
    strbuf_append_char(layout->out, '\n');
}

void layout_labelled(struct layout *layout, const char *label, const char *text)
{
    strbuf_printf(layout->out, "%s%s:%s ", terminal_style(layout->terminal, TERMINAL_BOLD), label,
                  terminal_style(layout->terminal, TERMINAL_PLAIN));
    append_wrapped(layout, strlen(label) + 2, text, strlen(text));
}

void layout_text(struct layout *layout, size_t indent, const char *text)
{
    for (;;) {
        const char *end = strstr(text, "\n\n");

        strbuf_append_repeat(layout->out, ' ', indent);
        append_wrapped(layout, indent, text, end != NULL ? (size_t)(end - text) : strlen(text));
        if (end == NULL)
            return;
        strbuf_append_char(layout->out, '\n');
        text = end + 2;
    }
}

void layout_entry(struct layout *layout, const char *name, size_t column, const char *text)
{
    size_t used = NAME_INDENT + strlen(name);

    strbuf_printf(layout->out, "%*s%s%s%s", NAME_INDENT, "",
                  terminal_style(layout->terminal, TERMINAL_BOLD), name,
                  terminal_style(layout->terminal, TERMINAL_PLAIN));
    if (layout->width < column + TEXT_MIN)
        column = NARROW_INDENT;
    if (column == NARROW_INDENT || used + 2 > column) {
        strbuf_append_char(layout->out, '\n');
        used = 0;
    }
    strbuf_append_repeat(layout->out, ' ', column - used);
    append_wrapped(layout, column, text, strlen(text));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"

enum {
    MARGIN = 2,
    CUT_MIN = 8 /* with less room than that, lines run on */
};

void table_init(struct table *table, struct arena *arena)
{
    *table = (struct table){.arena = arena};
}

void table_column(struct table *table, const char *heading, enum table_alignment alignment)
{
    assert(table->column_count < TABLE_COLUMNS_MAX && table->cell_count == 0);
    table->headings[table->column_count] = heading;
    table->alignments[table->column_count++] = alignment;
}

void table_cell(struct table *table, const char *text, enum terminal_style style)
{
    if (table->cell_count == table->cell_capacity) {
        size_t capacity = table->cell_capacity > 0 ? table->cell_capacity * 2 : 64;

        table->cells =
            arena_grow(table->arena, table->cells, table->cell_capacity * sizeof(*table->cells),
                       capacity * sizeof(*table->cells));
        table->cell_capacity = capacity;
    }
    table->cells[table->cell_count++] = (struct table_cell){text, style};
}

void table_number(struct table *table, uint64_t number)
{
    table_cell(table, arena_printf(table->arena, "%" PRIu64, number), TERMINAL_PLAIN);
}

size_t table_row_count(const struct table *table)
{
    return table->column_count > 0 ? table->cell_count / table->column_count : 0;
}

/* The bytes of the first so many characters. */
static size_t text_prefix(const char *text, size_t characters)
{
    size_t length = 0;

    for (; characters > 0 && text[length] != '\0'; characters--) {
        uint32_t character;
        size_t size = text_utf8_decode(text + length, strlen(text + length), &character);

        length += size > 0 ? size : 1;
    }
    return length;
}

size_t table_text_width(const char *text)
{
    size_t width = 0;

    while (*text != '\0') {
        text += text_prefix(text, 1);
        width++;
    }
    return width;
}

static void measure(const struct table *table, size_t widths[TABLE_COLUMNS_MAX])
{
    for (size_t i = 0; i < table->column_count; i++)
        widths[i] = table_text_width(table->headings[i]);
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t width = table_text_width(table->cells[i].text);

        if (width > widths[i % table->column_count])
            widths[i % table->column_count] = width;
    }
}

/* Takes what is too much from the column that gives way. */
static void fit(const struct table *table, const struct terminal *terminal,
                size_t widths[TABLE_COLUMNS_MAX])
{
    size_t total = (table->column_count - 1) * MARGIN, excess;

    for (size_t i = 0; i < table->column_count; i++)
        total += widths[i];
    if (!terminal->is_terminal || total <= terminal->width)
        return;
    excess = total - terminal->width;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->alignments[i] == TABLE_CUT)
            widths[i] = widths[i] > excess + CUT_MIN ? widths[i] - excess : CUT_MIN;
}

static void write_cell(const struct table *table, struct strbuf *out,
                       const struct terminal *terminal, size_t column, size_t width,
                       const struct table_cell *cell)
{
    size_t own = table_text_width(cell->text);
    bool is_last = column + 1 == table->column_count;
    bool is_styled = cell->style != TERMINAL_PLAIN;

    if (table->alignments[column] == TABLE_RIGHT && own < width)
        strbuf_append_repeat(out, ' ', width - own);
    if (is_styled)
        strbuf_append_string(out, terminal_style(terminal, cell->style));
    if (own > width) {
        strbuf_append(out, cell->text, text_prefix(cell->text, width - 3));
        strbuf_append_string(out, "...");
        own = width;
    } else {
        strbuf_append_string(out, cell->text);
    }
    if (is_styled)
        strbuf_append_string(out, terminal_style(terminal, TERMINAL_PLAIN));
    if (is_last)
        return;
    if (table->alignments[column] != TABLE_RIGHT)
        strbuf_append_repeat(out, ' ', width - own);
    strbuf_append_repeat(out, ' ', MARGIN);
}

void table_write_rows(const struct table *table, struct strbuf *out,
                      const struct terminal *terminal, size_t first, size_t count)
{
    size_t widths[TABLE_COLUMNS_MAX];
    size_t rows = table_row_count(table);

    if (table->column_count == 0)
        return;
    measure(table, widths);
    fit(table, terminal, widths);
    for (size_t i = 0; i < table->column_count; i++)
        write_cell(table, out, terminal, i, widths[i],
                   &(struct table_cell){table->headings[i], TERMINAL_BOLD});
    strbuf_append_char(out, '\n');
    for (size_t row = first; row < rows && row - first < count; row++) {
        for (size_t i = 0; i < table->column_count; i++)
            write_cell(table, out, terminal, i, widths[i],
                       &table->cells[row * table->column_count + i]);
        strbuf_append_char(out, '\n');
    }
}

void table_write(const struct table *table, struct strbuf *out, const struct terminal *terminal)
{
    table_write_rows(table, out, terminal, 0, SIZE_MAX);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables for people: a row of headings, columns aligned, one column cut where a terminal is too
 * narrow. Cells are text that a terminal may have as it is (base/text.h); widths count characters.
 *
 *     table_init(&table, arena);
 *     table_column(&table, "GROUP", TABLE_LEFT);
 *     ...
 *     table_cell(&table, name, TERMINAL_PLAIN);     cell by cell, row by row
 *     table_write(&table, out, terminal);
 *
 * Memory is the arena's; cells are pointed at.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "cli/terminal.h"

enum {
    TABLE_COLUMNS_MAX = 16
};

enum table_alignment {
    TABLE_LEFT,
    TABLE_RIGHT, /* numbers */
    TABLE_CUT,   /* left, and gives way where room is short; one at most */
};

struct table_cell {
    const char *text;
    enum terminal_style style;
};

struct table {
    struct arena *arena;
    const char *headings[TABLE_COLUMNS_MAX];
    enum table_alignment alignments[TABLE_COLUMNS_MAX];
    size_t column_count;
    struct table_cell *cells;
    size_t cell_count;
    size_t cell_capacity;
};

void table_init(struct table *table, struct arena *arena);
void table_column(struct table *table, const char *heading, enum table_alignment alignment);
void table_cell(struct table *table, const char *text, enum terminal_style style);
void table_number(struct table *table, uint64_t number);
size_t table_row_count(const struct table *table);

/* From one row on, so many at most. Where output goes to no terminal nothing is cut. */
void table_write_rows(const struct table *table, struct strbuf *out,
                      const struct terminal *terminal, size_t first, size_t count);
void table_write(const struct table *table, struct strbuf *out, const struct terminal *terminal);

/* How many characters there are. */
size_t table_text_width(const char *text);

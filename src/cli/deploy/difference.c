/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shortest way from one list of lines to the other, by the greedy algorithm of Myers: for each
 * number of changes, how far one comes along each diagonal. What it did is found again backwards,
 * from the rows that were kept. Common lines at both ends are taken off before.
 */
#include "cli/deploy/difference.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

enum {
    CONTEXT = 3,
    CHANGES_MAX = 2000 /* beyond, nobody reads it, and it would take the square of it in memory */
};

struct line {
    const char *text;
    size_t length;
};

struct lines {
    struct line *items;
    int32_t count;
};

/* One line of the outcome. */
struct edit {
    char sign; /* ' ', '-', '+' */
    struct line line;
};

struct edits {
    struct edit *items; /* filled from the end */
    size_t capacity, first;
};

static struct lines split(struct arena *arena, const char *text)
{
    struct lines lines = {0};
    size_t count = 1;

    for (const char *at = text; *at != '\0'; at++)
        count += *at == '\n';
    lines.items = arena_new_array(arena, struct line, count);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        lines.items[lines.count++] = (struct line){text, length};
        text += length + (text[length] == '\n');
    }
    return lines;
}

static bool is_same(const struct line *a, const struct line *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

static void put(struct edits *edits, char sign, const struct line *line)
{
    edits->items[--edits->first] = (struct edit){sign, *line};
}

/* How far along diagonal k: from the better of the two neighbours in the row before. */
static int32_t step(const int32_t *row, int32_t k, int32_t changes)
{
    if (k == -changes || (k != changes && row[k - 1] < row[k + 1]))
        return row[k + 1];
    return row[k - 1] + 1;
}

/* rows[d] is the row before the changes of number d; each points at its diagonal 0. */
static void walk_back(struct edits *edits, const struct lines *a, const struct lines *b,
                      int32_t *const *rows, int32_t changes)
{
    int32_t x = a->count, y = b->count;

    for (int32_t d = changes; d >= 0; d--) {
        const int32_t *row = rows[d];
        int32_t k = x - y, before_k, before_x, before_y;

        if (d == 0) {
            before_x = before_y = 0;
        } else {
            before_k = k == -d || (k != d && row[k - 1] < row[k + 1]) ? k + 1 : k - 1;
            before_x = row[before_k];
            before_y = before_x - before_k;
        }
        while (x > before_x && y > before_y && is_same(&a->items[x - 1], &b->items[y - 1])) {
            put(edits, ' ', &a->items[--x]);
            y--;
        }
        if (d == 0)
            return;
        if (x == before_x)
            put(edits, '+', &b->items[--y]);
        else
            put(edits, '-', &a->items[--x]);
    }
}

static void replace_all(struct edits *edits, const struct lines *a, const struct lines *b)
{
    for (int32_t i = b->count; i > 0; i--)
        put(edits, '+', &b->items[i - 1]);
    for (int32_t i = a->count; i > 0; i--)
        put(edits, '-', &a->items[i - 1]);
}

static void compare(struct arena *arena, struct edits *edits, const struct lines *a,
                    const struct lines *b)
{
    int32_t most = a->count + b->count < CHANGES_MAX ? a->count + b->count : CHANGES_MAX;
    int32_t **rows = arena_new_array(arena, int32_t *, (size_t)most + 1);
    int32_t *row = arena_new_array(arena, int32_t, 2 * (size_t)most + 3) + most + 1;

    for (int32_t d = 0; d <= most; d++) {
        int32_t *kept = arena_new_array(arena, int32_t, 2 * (size_t)d + 3) + d + 1;

        memcpy(kept - d - 1, row - d - 1, (2 * (size_t)d + 3) * sizeof(*kept));
        rows[d] = kept;
        for (int32_t k = -d; k <= d; k += 2) {
            int32_t x = d == 0 ? 0 : step(kept, k, d), y = x - k;

            while (x < a->count && y < b->count && is_same(&a->items[x], &b->items[y])) {
                x++;
                y++;
            }
            row[k] = x;
            if (x >= a->count && y >= b->count) {
                walk_back(edits, a, b, rows, d);
                return;
            }
        }
    }
    replace_all(edits, a, b);
}

/* Writing */

static void write_edit(struct strbuf *out, const struct terminal *terminal, const struct edit *edit)
{
    enum terminal_style style = edit->sign == '-'   ? TERMINAL_RED
                                : edit->sign == '+' ? TERMINAL_GREEN
                                                    : TERMINAL_PLAIN;

    if (style != TERMINAL_PLAIN)
        strbuf_append_string(out, terminal_style(terminal, style));
    strbuf_append_char(out, edit->sign);
    if (edit->line.length > 0)
        text_escape(out, edit->line.text, edit->line.length);
    if (style != TERMINAL_PLAIN)
        strbuf_append_string(out, terminal_style(terminal, TERMINAL_PLAIN));
    strbuf_append_char(out, '\n');
}

/* The end of the hunk that begins at the change there: where more than twice the context follows
 * without a change. */
static size_t hunk_end(const struct edit *edits, size_t count, size_t change)
{
    size_t last = change;

    for (size_t i = change; i < count && i <= last + 2 * CONTEXT; i++)
        if (edits[i].sign != ' ')
            last = i;
    return last + 1 + CONTEXT < count ? last + 1 + CONTEXT : count;
}

static void write_hunk(struct strbuf *out, const struct terminal *terminal,
                       const struct edit *edits, size_t start, size_t end, size_t old_line,
                       size_t new_line)
{
    size_t old_count = 0, new_count = 0;

    for (size_t i = start; i < end; i++) {
        old_count += edits[i].sign != '+';
        new_count += edits[i].sign != '-';
    }
    strbuf_printf(out, "%s@@ -%zu,%zu +%zu,%zu @@%s\n", terminal_style(terminal, TERMINAL_CYAN),
                  old_count > 0 ? old_line : old_line - 1, old_count,
                  new_count > 0 ? new_line : new_line - 1, new_count,
                  terminal_style(terminal, TERMINAL_PLAIN));
    for (size_t i = start; i < end; i++)
        write_edit(out, terminal, &edits[i]);
}

static bool write_hunks(struct strbuf *out, const struct terminal *terminal,
                        const struct edit *edits, size_t count, const char *old_name,
                        const char *new_name)
{
    size_t old_line = 1, new_line = 1, at = 0;
    bool has_any = false;

    while (at < count) {
        size_t change = at, start, end;

        while (change < count && edits[change].sign == ' ')
            change++;
        if (change == count)
            break;
        start = change > at + CONTEXT ? change - CONTEXT : at;
        old_line += start - at;
        new_line += start - at;
        end = hunk_end(edits, count, change);
        if (!has_any)
            strbuf_printf(out, "%s--- %s\n+++ %s%s\n", terminal_style(terminal, TERMINAL_BOLD),
                          old_name, new_name, terminal_style(terminal, TERMINAL_PLAIN));
        has_any = true;
        write_hunk(out, terminal, edits, start, end, old_line, new_line);
        for (size_t i = start; i < end; i++) {
            old_line += edits[i].sign != '+';
            new_line += edits[i].sign != '-';
        }
        at = end;
    }
    return has_any;
}

bool difference_write(struct arena *arena, struct strbuf *out, const struct terminal *terminal,
                      const char *old_name, const char *old_text, const char *new_name,
                      const char *new_text)
{
    struct lines a = split(arena, old_text), b = split(arena, new_text);
    struct edits edits = {.capacity = (size_t)a.count + (size_t)b.count};
    struct lines inner_a, inner_b;
    int32_t front = 0, back = 0;

    edits.items = arena_new_array(arena, struct edit, edits.capacity + 1);
    edits.first = edits.capacity;
    while (front < a.count && front < b.count && is_same(&a.items[front], &b.items[front]))
        front++;
    while (back < a.count - front && back < b.count - front &&
           is_same(&a.items[a.count - 1 - back], &b.items[b.count - 1 - back]))
        back++;
    for (int32_t i = 0; i < back; i++)
        put(&edits, ' ', &a.items[a.count - 1 - i]);
    inner_a = (struct lines){a.items + front, a.count - front - back};
    inner_b = (struct lines){b.items + front, b.count - front - back};
    compare(arena, &edits, &inner_a, &inner_b);
    for (int32_t i = front; i > 0; i--)
        put(&edits, ' ', &a.items[i - 1]);
    return write_hunks(out, terminal, edits.items + edits.first, edits.capacity - edits.first,
                       old_name, new_name);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each drawing goes up to the first line of the one before and clears from there on. Where the
 * terminal has become narrower meanwhile, it has broken those lines into several; so their widths
 * are kept, and the rows counted by the width it has now.
 */
#include "cli/deploy/live.h"

#include "base/strbuf.h"
#include "base/text.h"
#include "os/file.h"
#include "os/os.h"

enum {
    COLUMNS_UNKNOWN = 80,
    ROWS_UNKNOWN = 24,
    OUTPUT_BYTES_MAX = 8 << 20
};

void live_init(struct live *live, int fd)
{
    *live = (struct live){.fd = fd};
}

void live_size(const struct live *live, size_t *ret_columns, size_t *ret_rows)
{
    struct winsize size = {0};

    if (os->window_size(live->fd, &size) < 0)
        size = (struct winsize){0};
    *ret_columns = size.ws_col > 0 ? size.ws_col : COLUMNS_UNKNOWN;
    *ret_rows = size.ws_row > 0 ? size.ws_row : ROWS_UNKNOWN;
    if (*ret_rows > LIVE_ROWS_MAX)
        *ret_rows = LIVE_ROWS_MAX;
}

/* Columns of a line, without its styles (ESC [ ... m). */
static size_t line_width(const char *line, size_t length)
{
    size_t width = 0;

    for (size_t i = 0; i < length; width++) {
        uint32_t character;
        size_t size;

        while (i < length && line[i] == '\033') {
            while (i < length && line[i] != 'm')
                i++;
            i += i < length;
        }
        if (i >= length)
            break;
        size = text_utf8_decode(line + i, length - i, &character);
        i += size > 0 ? size : 1;
    }
    return width;
}

static size_t drawn_rows(const struct live *live, size_t columns, size_t rows)
{
    size_t count = 0;

    for (size_t i = 0; i < live->row_count; i++)
        count += live->widths[i] > columns ? (live->widths[i] + columns - 1) / columns : 1;
    return count < rows ? count : rows - 1;
}

static void note_widths(struct live *live, const struct strbuf *drawn)
{
    const char *text = strbuf_text(drawn);
    size_t start = 0;

    live->row_count = 0;
    for (size_t i = 0; i < drawn->length && live->row_count < LIVE_ROWS_MAX; i++)
        if (text[i] == '\n') {
            size_t width = line_width(text + start, i - start);

            live->widths[live->row_count++] = (uint16_t)(width < UINT16_MAX ? width : UINT16_MAX);
            start = i + 1;
        }
}

void live_draw(struct live *live, const struct strbuf *staying, const struct strbuf *drawn,
               uint64_t now_ns)
{
    _cleanup_strbuf_ struct strbuf out;
    size_t columns, rows, up;

    live_size(live, &columns, &rows);
    up = drawn_rows(live, columns, rows);
    strbuf_init(&out, OUTPUT_BYTES_MAX);
    if (up > 0)
        strbuf_printf(&out, "\r\033[%zuA\033[J", up);
    strbuf_append(&out, strbuf_text(staying), staying->length);
    strbuf_append(&out, strbuf_text(drawn), drawn->length);
    note_widths(live, drawn);
    live->drawn_ns = now_ns;
    /* Who has closed the terminal is told nothing; the deploy goes on. */
    if (out.length > 0 && strbuf_failure(&out) == 0)
        (void)os_write_all(live->fd, strbuf_text(&out), out.length);
}

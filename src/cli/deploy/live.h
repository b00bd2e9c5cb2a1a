/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines at the end of a terminal's output that are drawn anew in place, with lines above them that
 * stay. Nothing of the terminal is taken over: however the program ends, what is there reads well.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct strbuf;

enum {
    LIVE_ROWS_MAX = 128
};

struct live {
    int fd;
    uint16_t widths[LIVE_ROWS_MAX]; /* of the lines drawn, in columns */
    size_t row_count;
    uint64_t drawn_ns;
};

void live_init(struct live *live, int fd);

/* The terminal's size now, within what can be drawn. */
void live_size(const struct live *live, size_t *ret_columns, size_t *ret_rows);

/* Prints the lines that stay, then draws the others below them; both end in a newline, or are
 * empty. Styles do not count for the width. */
void live_draw(struct live *live, const struct strbuf *staying, const struct strbuf *drawn,
               uint64_t now_ns);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for a person at a terminal: wrapped, in one column or two. What stands in `backquotes` is
 * printed bold, without them. The text is the program's own and ASCII.
 */
#pragma once

#include "base/strbuf.h"
#include "cli/terminal.h"

struct layout {
    struct strbuf *out;
    const struct terminal *terminal;
    size_t width;
};

/* Takes the terminal's width, within what reads well. */
void layout_init(struct layout *layout, struct strbuf *out, const struct terminal *terminal);

/* An empty line, unless at the start, and the heading. */
void layout_heading(struct layout *layout, const char *heading);

/* "Label: text" in one paragraph, what does not fit beneath the text. */
void layout_labelled(struct layout *layout, const char *label, const char *text);

/* Wrapped paragraphs, separated by blank lines in the text as in the output. */
void layout_text(struct layout *layout, size_t indent, const char *text);

/* A name on the left and text from the column on, or below where the name or the terminal leaves no
 * room. The column counts from 0. */
void layout_entry(struct layout *layout, const char *name, size_t column, const char *text);

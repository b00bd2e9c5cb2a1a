/* SPDX-License-Identifier: Apache-2.0 */
/* Where output goes: whether it may have colour, and how wide it is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum terminal_colour {
    TERMINAL_COLOUR_AUTO,
    TERMINAL_COLOUR_ALWAYS,
    TERMINAL_COLOUR_NEVER,
};

enum terminal_style {
    TERMINAL_PLAIN,
    TERMINAL_BOLD,
    TERMINAL_DIM,
    TERMINAL_RED,
    TERMINAL_YELLOW,
    TERMINAL_GREEN,
    TERMINAL_CYAN,
};

struct terminal {
    bool is_terminal; /* a person may be looking */
    bool colour;
    size_t width; /* in columns; 80 when unknown */
};

/* "auto", "always" or "never"; anything else is auto. */
enum terminal_colour terminal_colour_parse(const char *text);

/* The variables may be NULL: not set. NO_COLOR counts unless it is empty. */
bool terminal_wants_colour(enum terminal_colour colour, bool is_terminal, const char *no_colour,
                           const char *term);

struct terminal terminal_of(int fd, enum terminal_colour colour, char *const *environment);

/* What to print to begin a style, or "" without colour. TERMINAL_PLAIN ends every style. */
const char *terminal_style(const struct terminal *terminal, enum terminal_style style);

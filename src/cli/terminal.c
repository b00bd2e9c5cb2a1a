/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>

#include "cli/arguments.h"
#include "os/os.h"

enum {
    WIDTH_UNKNOWN = 80,
    WIDTH_MAX = 1000,
};

enum terminal_colour terminal_colour_parse(const char *text)
{
    if (text != NULL && strcmp(text, "always") == 0)
        return TERMINAL_COLOUR_ALWAYS;
    if (text != NULL && strcmp(text, "never") == 0)
        return TERMINAL_COLOUR_NEVER;
    return TERMINAL_COLOUR_AUTO;
}

bool terminal_wants_colour(enum terminal_colour colour, bool is_terminal, const char *no_color,
                           const char *term)
{
    if (colour != TERMINAL_COLOUR_AUTO)
        return colour == TERMINAL_COLOUR_ALWAYS;
    if (!is_terminal || (no_color != NULL && *no_color != '\0'))
        return false;
    return term == NULL || strcmp(term, "dumb") != 0;
}

static size_t parse_width(const char *text)
{
    char *end;
    long width;

    if (text == NULL || *text < '0' || *text > '9')
        return 0;
    width = strtol(text, &end, 10);
    return *end == '\0' && width > 0 && width <= WIDTH_MAX ? (size_t)width : 0;
}

struct terminal terminal_of(int fd, enum terminal_colour colour, char *const *environment)
{
    struct terminal terminal = {.is_terminal = os_is_terminal(fd)};

    terminal.colour = terminal_wants_colour(colour, terminal.is_terminal,
                                            cli_environment(environment, "NO_COLOR"),
                                            cli_environment(environment, "TERM"));
    terminal.width = parse_width(cli_environment(environment, "COLUMNS"));
    if (terminal.width == 0)
        terminal.width = os_terminal_width(fd);
    if (terminal.width == 0)
        terminal.width = WIDTH_UNKNOWN;
    return terminal;
}

const char *terminal_style(const struct terminal *terminal, enum terminal_style style)
{
    static const char *const codes[] = {
        [TERMINAL_PLAIN] = "\033[0m", [TERMINAL_BOLD] = "\033[1m",    [TERMINAL_DIM] = "\033[2m",
        [TERMINAL_RED] = "\033[31m",  [TERMINAL_YELLOW] = "\033[33m", [TERMINAL_GREEN] = "\033[32m",
        [TERMINAL_CYAN] = "\033[36m",
    };

    return terminal->colour ? codes[style] : "";
}

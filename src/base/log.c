/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct {
    const char *word;
    const char *colour;
} log_levels[] = {
    [LOG_LEVEL_DEBUG] = {"debug", "\033[2m"},
    [LOG_LEVEL_INFO] = {"info", "\033[32m"},
    [LOG_LEVEL_WARNING] = {"warning", "\033[33m"},
    [LOG_LEVEL_ERROR] = {"error", "\033[31m"},
};

static const char log_colour_end[] = "\033[0m";
static const char log_cut[] = "...";

static struct {
    void (*write_line)(void *context, const char *line, size_t size);
    void *context;
    enum log_level level;
    bool colour;
} log_settings = {.level = LOG_LEVEL_INFO};

void log_set_writer(void (*write_line)(void *context, const char *line, size_t size), void *context)
{
    log_settings.write_line = write_line;
    log_settings.context = context;
}

void log_set_level(enum log_level level)
{
    log_settings.level = level;
}

void log_set_colour(bool enabled)
{
    log_settings.colour = enabled;
}

static size_t log_write_level(char *line, enum log_level level)
{
    const char *colour = log_settings.colour ? log_levels[level].colour : "";
    const char *end = log_settings.colour ? log_colour_end : "";

    return (size_t)snprintf(line, LOG_LINE_MAX, "%s%s%s: ", colour, log_levels[level].word, end);
}

/* Appends the message to the line and returns the new length. Room for the cut mark and the newline
 * is kept back until the message is known to fit. */
static size_t log_write_escaped(char *line, size_t length, const char *message, size_t size,
                                bool cut)
{
    size_t kept_back = sizeof(log_cut) - 1 + 1;
    size_t offset = 0;

    while (offset < size) {
        char escaped[TEXT_ESCAPED_MAX];
        size_t escaped_length;
        size_t consumed =
            text_escape_next(message + offset, size - offset, escaped, &escaped_length);

        if (length + escaped_length + kept_back > LOG_LINE_MAX) {
            cut = true;
            break;
        }
        memcpy(line + length, escaped, escaped_length);
        length += escaped_length;
        offset += consumed;
    }
    if (cut) {
        memcpy(line + length, log_cut, sizeof(log_cut) - 1);
        length += sizeof(log_cut) - 1;
    }
    return length;
}

void log_message(enum log_level level, const char *format, ...)
{
    int saved_errno = errno;
    char message[LOG_LINE_MAX];
    char line[LOG_LINE_MAX];
    va_list arguments;
    size_t length;
    int wanted;

    if (level < log_settings.level || log_settings.write_line == NULL)
        return;

    va_start(arguments, format);
    wanted = vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (wanted < 0)
        message[0] = '\0'; /* better a bare level than silence */

    length = log_write_level(line, level);
    length =
        log_write_escaped(line, length, message, strlen(message), wanted >= (int)sizeof(message));
    line[length++] = '\n';
    log_settings.write_line(log_settings.context, line, length);
    errno = saved_errno;
}

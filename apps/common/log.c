/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <unistr.h>

/* A line is cut rather than split over two writes, which other threads' lines could get between. */
#define LINE_MAX_BYTES 4000

static const char *log_service = "";

struct line {
    char bytes[LINE_MAX_BYTES + 16];
    size_t length;
};

static void line_add(struct line *line, const char *bytes, size_t length)
{
    if (length > LINE_MAX_BYTES - line->length)
        length = LINE_MAX_BYTES - line->length;
    memcpy(line->bytes + line->length, bytes, length);
    line->length += length;
}

static void line_add_text(struct line *line, const char *text)
{
    line_add(line, text, strlen(text));
}

/* One character of a JSON text: all or nothing, so that a cut line is still JSON. */
static bool line_add_character(struct line *line, const uint8_t *at, size_t length)
{
    char escape[8];

    if (line->length + 200 > LINE_MAX_BYTES)
        return false;
    if (*at == '"' || *at == '\\') {
        escape[0] = '\\';
        escape[1] = (char)*at;
        line_add(line, escape, 2);
    } else if (*at < 0x20 || *at == 0x7f) {
        (void)snprintf(escape, sizeof(escape), "\\u%04x", *at);
        line_add(line, escape, 6);
    } else {
        line_add(line, (const char *)at, length);
    }
    return true;
}

/* As a JSON string; what is not UTF-8 becomes U+FFFD. */
static void line_add_string(struct line *line, const char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    size_t left = strlen(text);

    line_add_text(line, "\"");
    while (left > 0) {
        ucs4_t point = 0;
        int length = *at < 0x80 ? 1 : u8_mbtoucr(&point, at, left);
        bool is_valid = length > 0;

        if (!is_valid)
            length = 1;
        if (!line_add_character(line, is_valid ? at : (const uint8_t *)"\xef\xbf\xbd",
                                is_valid ? (size_t)length : 3))
            break;
        at += length;
        left -= (size_t)length;
    }
    line_add_text(line, "\"");
}

static void line_begin(struct line *line, enum log_level level)
{
    static const char *const levels[] = {
        [LOG_LEVEL_INFO] = "info",
        [LOG_LEVEL_WARNING] = "warning",
        [LOG_LEVEL_ERROR] = "error",
    };
    struct timespec now = {0};
    struct tm parts = {0};
    char text[80];

    line->length = 0;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    (void)strftime(text, sizeof(text), "{\"time\":\"%Y-%m-%dT%H:%M:%S", &parts);
    line_add_text(line, text);
    (void)snprintf(text, sizeof(text), ".%03ldZ\",\"level\":\"%s\",\"service\":\"",
                   now.tv_nsec / 1000000, levels[level]);
    line_add_text(line, text);
    line_add_text(line, log_service);
    line_add_text(line, "\",\"message\":");
}

static void line_end(struct line *line)
{
    line_add_text(line, "}\n");
    /* A log that cannot be written is no reason to stop serving. */
    if (write(STDOUT_FILENO, line->bytes, line->length) < 0)
        return;
}

void log_init(const char *service)
{
    log_service = service;
}

void log_write(enum log_level level, const char *format, ...)
{
    struct line line;
    char message[2048];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    line_begin(&line, level);
    line_add_string(&line, message);
    line_end(&line);
}

void log_request(const char *method, const char *path, unsigned status, long duration_us)
{
    struct line line;
    char text[80];

    line_begin(&line, LOG_LEVEL_INFO);
    line_add_text(&line, "\"request\",\"method\":");
    line_add_string(&line, method);
    line_add_text(&line, ",\"path\":");
    line_add_string(&line, path);
    (void)snprintf(text, sizeof(text), ",\"status\":%u,\"duration_us\":%ld", status, duration_us);
    line_add_text(&line, text);
    line_end(&line);
}

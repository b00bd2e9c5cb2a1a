/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of JSON: events, and the progress of pulls and builds. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "engine/call_priv.h"

#define PART_SIZE 16384

void lines_init(struct lines *lines, struct http_exchange *exchange)
{
    *lines = (struct lines){.exchange = exchange};
    strbuf_init(&lines->buffer, ENGINE_LINE_MAX + PART_SIZE);
}

void lines_deinit(struct lines *lines)
{
    strbuf_deinit(&lines->buffer);
}

static int fill(struct lines *lines, struct error **reterr)
{
    char part[PART_SIZE];
    size_t left = lines->buffer.length - lines->start;
    long length;

    if (lines->start > 0 && left > 0)
        memmove(lines->buffer.data, lines->buffer.data + lines->start, left);
    lines->buffer.length = left;
    lines->start = 0;
    if (left > ENGINE_LINE_MAX)
        return error_set(reterr, EPROTO, "the Docker Engine sends a line of more than %zu bytes",
                         ENGINE_LINE_MAX);
    length = http_exchange_read(lines->exchange, part, sizeof(part), ENGINE_FOREVER, reterr);
    if (length < 0)
        return (int)length;
    lines->is_ended = length == 0;
    strbuf_append(&lines->buffer, part, (size_t)length);
    return strbuf_failure(&lines->buffer) < 0 ? error_set(reterr, ENOMEM, "out of memory") : 0;
}

static bool is_blank(const char *text, size_t length)
{
    while (length > 0 && (*text == ' ' || *text == '\r' || *text == '\n' || *text == '\t')) {
        text++;
        length--;
    }
    return length == 0;
}

int lines_next(struct lines *lines, json_t **ret, struct error **reterr)
{
    for (;;) {
        size_t left = lines->buffer.length - lines->start;
        const char *text = left > 0 ? lines->buffer.data + lines->start : "";
        const char *end = memchr(text, '\n', left);
        size_t length = end != NULL ? (size_t)(end - text) : left;
        int r;

        if (end == NULL && !lines->is_ended) {
            r = fill(lines, reterr);
            if (r < 0)
                return r;
            continue;
        }
        if (end == NULL && is_blank(text, length))
            return 0;
        lines->start += length + (end != NULL ? 1 : 0);
        if (is_blank(text, length))
            continue;
        r = call_parse(text, length, ret, reterr);
        return r < 0 ? r : 1;
    }
}

int lines_failure(const json_t *object, struct error **reterr)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(object, "errorDetail"), "message"));

    if (text == NULL)
        text = json_string_value(json_object_get(object, "error"));
    if (text == NULL)
        return 0;
    return error_set(reterr, -call_code_of(0, text), "%.4096s", text);
}

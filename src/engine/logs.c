/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container has said. The engine sends each line with its time in front, as a part of its
 * own where there is framing; a line that it has cut (at 16 KiB) comes as several parts.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/time.h"
#include "engine/call_priv.h"
#include "engine/container.h"
#include "engine/fields_priv.h"
#include "engine/frames.h"

#define PART_SIZE     16384
#define LINE_SIZE_MAX 65536

struct log_reader {
    struct frames frames;
    struct strbuf lines[2]; /* output, errors: what came of a line so far */
    engine_log_sink *sink;
    void *context;
};

static int give(struct log_reader *reader, bool is_errors)
{
    struct strbuf *line = &reader->lines[is_errors];
    const char *text = strbuf_text(line);
    const char *end = text + line->length;
    const char *space = memchr(text, ' ', line->length);
    uint64_t time_ns = space != NULL ? field_parse_time(text, (size_t)(space - text)) : 0;
    int r;

    if (time_ns != 0)
        text = space + 1;
    if (end > text && end[-1] == '\r')
        end--;
    r = reader->sink(reader->context, is_errors, time_ns, text, (size_t)(end - text));
    strbuf_reset(line);
    return r;
}

static int take_text(struct log_reader *reader, bool is_errors, const char *text, size_t size)
{
    struct strbuf *line = &reader->lines[is_errors];
    int r = 0;

    while (size > 0 && r == 0) {
        const char *end = memchr(text, '\n', size);
        size_t length = end != NULL ? (size_t)(end - text) : size;
        bool is_whole = end != NULL;

        if (length > LINE_SIZE_MAX - line->length) {
            length = LINE_SIZE_MAX - line->length;
            is_whole = false;
        }
        strbuf_append(line, text, length);
        if (strbuf_failure(line) < 0)
            return -ENOMEM;
        text += length + (is_whole ? 1 : 0);
        size -= length + (is_whole ? 1 : 0);
        if (is_whole || line->length == LINE_SIZE_MAX)
            r = give(reader, is_errors);
    }
    return r;
}

static int take_part(struct log_reader *reader, const char *data, size_t size,
                     struct error **reterr)
{
    while (size > 0) {
        size_t consumed, length;
        enum frames_result result = frames_next(&reader->frames, data, size, &consumed, &length);
        bool is_errors = frames_is_errors(&reader->frames);
        int r;

        if (result == FRAMES_REFUSED)
            return error_set(reterr, EPROTO, "the log that the Docker Engine sends is broken");
        r = take_text(reader, is_errors, data + consumed - length, length);
        if (r == 0 && !reader->frames.is_raw && reader->frames.left == 0 &&
            reader->lines[is_errors].length > 0 && length > 0)
            r = give(reader, is_errors); /* the part of a cut line */
        if (r == -ENOMEM)
            return error_set(reterr, ENOMEM, "out of memory");
        if (r != 0)
            return r;
        data += consumed;
        size -= consumed;
    }
    return 0;
}

static int read_all(struct log_reader *reader, struct http_exchange *exchange,
                    struct error **reterr)
{
    char part[PART_SIZE];
    long length;
    int r = 0;

    while ((length = http_exchange_read(exchange, part, sizeof(part), ENGINE_FOREVER, reterr)) >
           0) {
        r = take_part(reader, part, (size_t)length, reterr);
        if (r != 0)
            return r;
    }
    for (int i = 0; i < 2 && r == 0; i++) {
        if (reader->lines[i].length > 0)
            r = give(reader, i == 1);
    }
    return length < 0 ? (int)length : r;
}

static void add_time(struct call *call, const char *name, uint64_t unix_ns)
{
    char text[40];

    (void)snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, unix_ns / TIME_SECOND,
                   unix_ns % TIME_SECOND);
    if (unix_ns > 0)
        call_add(call, name, text);
}

int engine_read_logs(const struct engine *engine, const char *id,
                     const struct engine_log_options *options, engine_log_sink *sink, void *context,
                     struct error **reterr)
{
    _cleanup_call_ struct call call;
    _cleanup_http_exchange_ struct http_exchange *exchange = NULL;
    struct log_reader reader = {.sink = sink, .context = context};
    int r;

    call_init(&call, "GET", "/containers/", id, "/logs");
    call_add(&call, "timestamps", "1");
    call_add(&call, "stdout", options->has_output ? "1" : "0");
    call_add(&call, "stderr", options->has_errors ? "1" : "0");
    if (options->follows)
        call_add(&call, "follow", "1");
    if (options->tail >= 0)
        call_add_number(&call, "tail", options->tail);
    add_time(&call, "since", options->since_unix_ns);
    add_time(&call, "until", options->until_unix_ns);
    call.timeout_ms = options->follows ? ENGINE_FOREVER : ENGINE_LONG_TIMEOUT_MS;
    r = call_open(engine, &call, &exchange, reterr);
    if (r < 0)
        return r;
    frames_init(&reader.frames, options->has_terminal);
    strbuf_init(&reader.lines[0], LINE_SIZE_MAX + 1);
    strbuf_init(&reader.lines[1], LINE_SIZE_MAX + 1);
    r = read_all(&reader, exchange, reterr);
    strbuf_deinit(&reader.lines[0]);
    strbuf_deinit(&reader.lines[1]);
    return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/trailers.h"

#include <errno.h>
#include <string.h>

#include "edge/exchange.h"
#include "edge/head_fields.h"
#include "wire/http1_body.h"

/* As many bytes as may come, and a space for each of the fields. */
#define TRAILERS_TEXT_MAX (HTTP1_TRAILERS_SIZE_MAX + HTTP1_TRAILER_COUNT_MAX + 8)

_Static_assert(TRAILERS_TEXT_MAX <= WORKER_SCRATCH_SIZE - BUFFER_HEAD_SIZE, "behind a head");

bool trailers_are_wanted(const struct exchange *exchange)
{
    return exchange->request.head.te_trailers && exchange->response_chunked &&
           exchange->response_body.kind == HTTP1_BODY_CHUNKED;
}

int trailers_keep(struct exchange *exchange, const char *data, size_t length)
{
    struct buffer *buffer = exchange->trailers;

    if (buffer == NULL)
        buffer = buffer_take_for(&exchange->worker->buffers, HTTP1_TRAILERS_SIZE_MAX);
    if (buffer == NULL)
        return -ENOMEM;
    exchange->trailers = buffer;
    if (length > buffer_room(buffer))
        return -EBADMSG; /* the codec has let too much pass */
    memcpy(buffer->data + buffer->end, data, length);
    buffer->end += (uint32_t)length;
    return 0;
}

/* In lower case; those ending in '-' are beginnings. */
static const char *const heads_only[] = {
    "accept-ranges",
    "access-control-",
    "age",
    "allow",
    "alt-svc",
    "cache-control",
    "clear-site-data",
    "content-disposition",
    "content-language",
    "content-location",
    "content-range",
    "content-security-policy",
    "expires",
    "if-",
    "max-forwards",
    "pragma",
    "proxy-",
    "range",
    "refresh",
    "retry-after",
    "sec-",
    "strict-transport-security",
    "vary",
    "warning",
    "www-authenticate",
    "x-content-type-options",
    "x-frame-options",
};

static bool belongs_into_head(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(heads_only) / sizeof(heads_only[0]); i++) {
        size_t size = strlen(heads_only[i]);
        bool is_beginning = heads_only[i][size - 1] == '-';

        if ((is_beginning ? length >= size : length == size) &&
            http1_text_equal(name, heads_only[i], size))
            return true;
    }
    return false;
}

/* All names that the codec knows are such that belong into a head. */
static bool may_pass(const struct exchange *exchange, const char *name, size_t length)
{
    return http1_field_find(name, length) == HTTP1_FIELD_OTHER &&
           !belongs_into_head(name, length) &&
           !head_field_is_overridden(&exchange->held->generation->snapshot,
                                     exchange->rule->response_headers, name, length);
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* One line without its end. It was checked: there is a name, and a colon behind it. */
static void write_line(const struct exchange *exchange, struct http1_writer *writer,
                       const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    const char *end = line + length;
    const char *value;

    if (colon == NULL || !may_pass(exchange, line, (size_t)(colon - line)))
        return;
    value = colon + 1;
    while (value < end && is_space(*value))
        value++;
    while (value < end && is_space(end[-1]))
        end--;
    http1_write_field(writer, line, (size_t)(colon - line), value, (size_t)(end - value));
}

size_t trailers_write(struct exchange *exchange, const char **ret_text)
{
    const struct buffer *kept = exchange->trailers;
    const char *at = kept->data + kept->begin;
    const char *end = kept->data + kept->end;
    struct http1_writer writer;
    const char *line_end;

    http1_writer_init(&writer, exchange->worker->scratch + BUFFER_HEAD_SIZE, TRAILERS_TEXT_MAX);
    http1_write_bytes(&writer, "0\r\n", 3);
    while ((line_end = memchr(at, '\r', (size_t)(end - at))) != NULL && line_end > at) {
        write_line(exchange, &writer, at, (size_t)(line_end - at));
        at = line_end + 2 <= end ? line_end + 2 : end;
    }
    http1_write_head_end(&writer);
    exchange->trailers = buffer_give(&exchange->worker->buffers, exchange->trailers);
    *ret_text = writer.data;
    return writer.overflow ? 0 : writer.used;
}

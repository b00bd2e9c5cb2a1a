/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRBUF_CAPACITY_MIN ((size_t)64)

void strbuf_init(struct strbuf *buffer, size_t limit)
{
    *buffer = (struct strbuf){.limit = limit};
}

void strbuf_deinit(struct strbuf *buffer)
{
    free(buffer->data);
    *buffer = (struct strbuf){.limit = buffer->limit};
}

void strbuf_reset(struct strbuf *buffer)
{
    buffer->length = 0;
    buffer->failure = 0;
    if (buffer->data != NULL)
        buffer->data[0] = '\0';
}

/* Room for length bytes more and the NUL; false, with the failure noted, where there is none. */
static bool strbuf_reserve(struct strbuf *buffer, size_t length)
{
    size_t needed;
    size_t capacity;
    char *data;

    if (buffer->failure != 0)
        return false;
    if (length > buffer->limit - buffer->length ||
        __builtin_add_overflow(buffer->length + 1, length, &needed)) {
        buffer->failure = -E2BIG;
        return false;
    }
    if (needed <= buffer->capacity)
        return true;

    capacity = buffer->capacity < STRBUF_CAPACITY_MIN ? STRBUF_CAPACITY_MIN : buffer->capacity;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    if (capacity - 1 > buffer->limit)
        capacity = buffer->limit + 1;

    data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->failure = -ENOMEM;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    buffer->data[buffer->length] = '\0';
    return true;
}

void strbuf_append(struct strbuf *buffer, const char *data, size_t length)
{
    if (length == 0 || !strbuf_reserve(buffer, length))
        return;
    memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void strbuf_append_string(struct strbuf *buffer, const char *text)
{
    strbuf_append(buffer, text, strlen(text));
}

void strbuf_append_char(struct strbuf *buffer, char character)
{
    strbuf_append(buffer, &character, 1);
}

void strbuf_append_repeat(struct strbuf *buffer, char character, size_t count)
{
    if (count == 0 || !strbuf_reserve(buffer, count))
        return;
    memset(buffer->data + buffer->length, character, count);
    buffer->length += count;
    buffer->data[buffer->length] = '\0';
}

void strbuf_printf(struct strbuf *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    strbuf_vprintf(buffer, format, arguments);
    va_end(arguments);
}

void strbuf_vprintf(struct strbuf *buffer, const char *format, va_list arguments)
{
    va_list measured;
    int length;

    if (buffer->failure != 0)
        return;

    va_copy(measured, arguments);
    length = vsnprintf(NULL, 0, format, measured);
    va_end(measured);
    if (length < 0) {
        buffer->failure = errno == ENOMEM ? -ENOMEM : -E2BIG;
        return;
    }
    if (length == 0 || !strbuf_reserve(buffer, (size_t)length))
        return;

    if (vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments) < 0) {
        buffer->data[buffer->length] = '\0';
        buffer->failure = -ENOMEM;
        return;
    }
    buffer->length += (size_t)length;
}

int strbuf_failure(const struct strbuf *buffer)
{
    return buffer->failure;
}

const char *strbuf_text(const struct strbuf *buffer)
{
    return buffer->data != NULL ? buffer->data : "";
}

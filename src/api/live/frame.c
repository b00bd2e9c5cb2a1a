/* SPDX-License-Identifier: Apache-2.0 */
#include "api/live/frame.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/text.h"

#define FRAME_BYTES_MAX ((size_t)256 << 20)

static struct frame *make(const struct strbuf *text)
{
    struct frame *frame;

    if (strbuf_failure(text) < 0)
        return NULL;
    frame = malloc(sizeof(*frame) + text->length);
    if (frame == NULL)
        return NULL;
    atomic_init(&frame->references, 1);
    frame->size = text->length;
    memcpy(frame->data, text->data, text->length);
    return frame;
}

/* How many bytes may go as they are. */
static size_t plain_length(const char *data, size_t size)
{
    size_t length = 0;

    while (length < size && data[length] != '\n' && data[length] != '\r' &&
           (unsigned char)data[length] < 0x80)
        length++;
    return length;
}

static void append_data(struct strbuf *text, const char *data, size_t size)
{
    strbuf_append_string(text, "data: ");
    while (size > 0) {
        size_t length = plain_length(data, size);
        uint32_t character;

        if (length > 0) {
            strbuf_append(text, data, length);
        } else if (*data == '\n' || *data == '\r') {
            length = *data == '\r' && size > 1 && data[1] == '\n' ? 2 : 1;
            strbuf_append_string(text, "\ndata: ");
        } else {
            length = text_utf8_decode(data, size, &character);
            if (length > 0)
                strbuf_append(text, data, length);
            else
                strbuf_append_string(text, "\xef\xbf\xbd");
            length = length > 0 ? length : 1;
        }
        data += length;
        size -= length;
    }
    strbuf_append_string(text, "\n\n");
}

struct frame *frame_new(const char *event, uint64_t id, const char *data, size_t size)
{
    _cleanup_strbuf_ struct strbuf text;

    strbuf_init(&text, FRAME_BYTES_MAX);
    strbuf_printf(&text, "event: %s\n", event);
    if (id > 0)
        strbuf_printf(&text, "id: %" PRIu64 "\n", id);
    append_data(&text, data, size);
    return make(&text);
}

struct frame *frame_new_comment(void)
{
    _cleanup_strbuf_ struct strbuf text;

    strbuf_init(&text, FRAME_BYTES_MAX);
    strbuf_append_string(&text, ":\n\n");
    return make(&text);
}

struct frame *frame_ref(struct frame *frame)
{
    atomic_fetch_add(&frame->references, 1);
    return frame;
}

struct frame *frame_unref(struct frame *frame)
{
    if (frame != NULL && atomic_fetch_sub(&frame->references, 1) == 1)
        free(frame);
    return NULL;
}

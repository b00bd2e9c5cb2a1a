/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/messages.h"

#include <assert.h>
#include <string.h>

static const struct message_format formats[MESSAGE_TYPE_COUNT] = {
#define X(name_, payload, fds, has_text_)                                                          \
    [MESSAGE_##name_] = {                                                                          \
        .name = #name_,                                                                            \
        .size = sizeof(struct payload),                                                            \
        .fd_count = (fds),                                                                         \
        .has_text = (has_text_),                                                                   \
    },
    MESSAGES(X)
#undef X
};

#define X(name, payload, fds, has_text)                                                            \
    static_assert(sizeof(struct payload) <= MESSAGE_PAYLOAD_MAX, "payload of " #name);             \
    static_assert((fds) <= MESSAGE_FDS_MAX, "descriptors of " #name);
MESSAGES(X)
#undef X

const struct message_format *message_format_of(unsigned int type)
{
    return type == MESSAGE_NONE || type >= MESSAGE_TYPE_COUNT ? NULL : &formats[type];
}

void message_set_text(char *text, size_t size, const char *value)
{
    size_t length = strnlen(value, size - 1);

    memcpy(text, value, length);
    memset(text + length, 0, size - length);
}

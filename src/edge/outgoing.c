/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/outgoing.h"

#include <errno.h>
#include <string.h>

static size_t outgoing_total(const struct iovec *parts, size_t count)
{
    size_t total = 0;

    for (size_t i = 0; i < count; i++)
        total += parts[i].iov_len;
    return total;
}

int outgoing_keep(struct buffer_pool *pool, const struct iovec *parts, size_t count, size_t taken,
                  struct buffer **ret_out)
{
    size_t total = outgoing_total(parts, count);
    struct buffer *out;

    if (total == taken)
        return 0;
    out = buffer_take_for(pool, total - taken);
    if (out == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        size_t skipped = taken < parts[i].iov_len ? taken : parts[i].iov_len;

        taken -= skipped;
        if (parts[i].iov_len == skipped)
            continue;
        memcpy(out->data + out->end, (const char *)parts[i].iov_base + skipped,
               parts[i].iov_len - skipped);
        out->end += (uint32_t)(parts[i].iov_len - skipped);
    }
    *ret_out = out;
    return 0;
}

int outgoing_send(struct stream *stream, struct buffer_pool *pool, const struct iovec *parts,
                  size_t count, struct buffer **ret_out)
{
    ssize_t length;

    if (outgoing_total(parts, count) == 0)
        return 0;
    length = stream_write(stream, parts, count, false);
    if (length < 0 && length != -EAGAIN)
        return (int)length;
    return outgoing_keep(pool, parts, count, length < 0 ? 0 : (size_t)length, ret_out);
}

int outgoing_flush(struct stream *stream, struct buffer_pool *pool, struct buffer **out)
{
    while (*out != NULL) {
        struct iovec part = {(*out)->data + (*out)->begin, buffer_length(*out)};
        ssize_t length = stream_write(stream, &part, 1, false);

        if (length < 0)
            return (int)length;
        (*out)->begin += (uint32_t)length;
        if (buffer_length(*out) == 0)
            *out = buffer_give(pool, *out);
    }
    return 0;
}

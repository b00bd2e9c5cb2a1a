/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream.h"

#include <errno.h>
#include <sys/socket.h>

#include "os/os.h"
#include "os/socket.h"

static ssize_t stream_plain_read(struct stream *stream, void *data, size_t size)
{
    struct loop_source *source = &stream->source;
    ssize_t length;

    if ((source->readiness & LOOP_READABLE) == 0)
        return -EAGAIN;
    length = os_receive(source->fd, data, size);
    if (length == -EAGAIN)
        loop_source_would_block(source, LOOP_READABLE);
    else if (length > 0 && (size_t)length < size)
        loop_source_read_short(source);
    return length;
}

static ssize_t stream_plain_write(struct stream *stream, const struct iovec *parts, size_t count,
                                  bool more)
{
    struct loop_source *source = &stream->source;
    size_t size = 0;
    ssize_t length;

    if ((source->readiness & LOOP_WRITABLE) == 0)
        return -EAGAIN;
    for (size_t i = 0; i < count; i++)
        size += parts[i].iov_len;
    if (count == 1)
        length = os_send(source->fd, parts[0].iov_base, size, more);
    else
        length = os_send_vector(source->fd, parts, count, more);
    /* A part alone is taken when there is no more room: that there is some again is reported. */
    if (length == -EAGAIN || (length >= 0 && (size_t)length < size))
        loop_source_would_block(source, LOOP_WRITABLE);
    return length;
}

static int stream_plain_handshake(struct stream *stream)
{
    (void)stream;
    return 0;
}

static int stream_plain_shutdown(struct stream *stream)
{
    return os_shutdown(stream->source.fd, SHUT_WR);
}

static void stream_plain_close(struct stream *stream)
{
    (void)stream;
}

const struct stream_ops stream_plain_ops = {
    .read = stream_plain_read,
    .write = stream_plain_write,
    .handshake = stream_plain_handshake,
    .shutdown = stream_plain_shutdown,
    .close = stream_plain_close,
};

void stream_init(struct stream *stream,
                 void (*ready)(struct loop_source *source, unsigned int readiness))
{
    loop_source_init(&stream->source, ready);
    stream->ops = &stream_plain_ops;
    stream->filter = NULL;
}

static void stream_say_goodbye(struct stream *stream)
{
    stream->ops->close(stream);
    stream->ops = &stream_plain_ops;
    stream->filter = NULL;
}

void stream_close(struct stream *stream)
{
    if (!stream_is_open(stream))
        return;
    stream_say_goodbye(stream);
    loop_source_close(&stream->source);
}

void stream_close_shared(struct stream *stream)
{
    int fd = stream->source.fd;

    if (!stream_is_open(stream))
        return;
    stream_say_goodbye(stream);
    loop_source_remove(&stream->source);
    os_closep(&fd);
}

void stream_abort(struct stream *stream)
{
    if (!stream_is_open(stream))
        return;
    (void)os_socket_reset_on_close(stream->source.fd);
    if (stream->ops->abort != NULL) {
        stream->ops->abort(stream);
        stream->ops = &stream_plain_ops;
        stream->filter = NULL;
    }
    stream_close(stream);
}

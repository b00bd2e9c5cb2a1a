/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection that carries bytes both ways, with or without TLS: one interface, so that who moves
 * the bytes need not know. A stream is a member of what it belongs to and owns its descriptor.
 *
 * Reading and writing are speculative: call whenever there is something to do. What is known not to
 * be ready costs no system call and returns -EAGAIN; the owner's source.ready is called when it is
 * worth another try. So the owner treats both directions in its callback whatever the readiness
 * says: TLS may need to write in order to read, and the other way round.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "loop/loop.h"

struct stream;

struct stream_ops {
    /* Bytes read, 0 at the orderly end, -EAGAIN, or -errno. */
    ssize_t (*read)(struct stream *stream, void *data, size_t size);
    /* Bytes written, which may be less than all, -EAGAIN, or -errno. more: others follow at once.
     */
    ssize_t (*write)(struct stream *stream, const struct iovec *parts, size_t count, bool more);
    /* 0 once the connection may be used, -EAGAIN, or -errno. */
    int (*handshake)(struct stream *stream);
    /* Says that nothing more will be written: 0, -EAGAIN or -errno. */
    int (*shutdown)(struct stream *stream);
    /* Gives back what belongs to the filter; the descriptor is closed by the caller. */
    void (*close)(struct stream *stream);
    /* The same without a word to the peer; NULL where closing says nothing. */
    void (*abort)(struct stream *stream);
};

struct stream {
    struct loop_source source;
    const struct stream_ops *ops;
    void *filter; /* of the ops, NULL for plain TCP */
};

extern const struct stream_ops stream_plain_ops;

/* A plain one that is not connected to anything yet. */
void stream_init(struct stream *stream,
                 void (*ready)(struct loop_source *source, unsigned int readiness));

static inline bool stream_is_open(const struct stream *stream)
{
    return stream->source.fd >= 0;
}

static inline bool stream_is_plain(const struct stream *stream)
{
    return stream->ops == &stream_plain_ops;
}

static inline ssize_t stream_read(struct stream *stream, void *data, size_t size)
{
    return stream->ops->read(stream, data, size);
}

static inline ssize_t stream_write(struct stream *stream, const struct iovec *parts, size_t count,
                                   bool more)
{
    return stream->ops->write(stream, parts, count, more);
}

static inline int stream_handshake(struct stream *stream)
{
    return stream->ops->handshake(stream);
}

static inline int stream_shutdown(struct stream *stream)
{
    return stream->ops->shutdown(stream);
}

/* Orderly as far as that goes without waiting. Does nothing to one that is not open. */
void stream_close(struct stream *stream);

/* The same where a child of this process may have a copy of the descriptor, if only until it runs
 * its program; see loop_source_close(). */
void stream_close_shared(struct stream *stream);

/* With a reset, so that the peer cannot take what it got for whole. */
void stream_abort(struct stream *stream);

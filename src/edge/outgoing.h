/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes on their way out of a stream that may not take all of them at once: the rest waits in a
 * buffer of the pool. *out is that buffer, NULL while nothing waits; only then is more sent.
 */
#pragma once

#include <stddef.h>
#include <sys/uio.h>

#include "edge/buffer.h"
#include "net/stream.h"

/* Copies to *ret_out what was not taken of the parts. 0 or -ENOMEM. */
int outgoing_keep(struct buffer_pool *pool, const struct iovec *parts, size_t count, size_t taken,
                  struct buffer **ret_out);

/* Sends the parts, and keeps what is not taken. 0 or -errno. */
int outgoing_send(struct stream *stream, struct buffer_pool *pool, const struct iovec *parts,
                  size_t count, struct buffer **ret_out);

/* Sends what waits: 0 once nothing does, -EAGAIN or -errno. */
int outgoing_flush(struct stream *stream, struct buffer_pool *pool, struct buffer **out);

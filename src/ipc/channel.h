/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One end of the connection between two processes: typed messages with descriptors, each whole or
 * not at all, over a local socket that keeps them apart (SOCK_SEQPACKET). A channel is a source of
 * a loop and a member of what it belongs to; it owns its descriptor.
 *
 * The peer is not trusted: what has an unknown type, a wrong size or a wrong number of descriptors
 * ends the channel. Sending never waits. What the socket does not take at once is queued, with
 * copies of its descriptors; a peer that lets the queue become full has stopped reading.
 *
 * A process that cannot have another descriptor loses those of a message, and with them the
 * channel: keep some in reserve.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "ipc/messages.h"
#include "loop/loop.h"

/* Enough for a new edge to be told of every listener there can be, at once. */
#define CHANNEL_QUEUE_MAX 4096

struct channel_message {
    enum message_type type;
    uint64_t sequence;   /* the sender's choice; an answer has that of the question */
    const void *payload; /* the structure that belongs to the type */
    int *fds;            /* as many as belong to it; keep one by take_fd(&message->fds[n]) */
};

struct channel {
    struct loop_source source;
    /* The message lives until this returns, and its descriptors that were not taken are closed. The
     * channel may be closed, and freed, inside either. */
    void (*received)(struct channel *channel, struct channel_message *message);
    /* Called once, from the loop, after the channel has closed itself: 0 when the peer hung up,
     * -EBADMSG when it broke the rules, or another -errno. */
    void (*ended)(struct channel *channel, int reason);
    struct list_head queue;
    size_t queued_count;
};

/* Not open yet. */
void channel_init(struct channel *channel,
                  void (*received)(struct channel *channel, struct channel_message *message),
                  void (*ended)(struct channel *channel, int reason));

/* The descriptor is the channel's from now on, also on failure, and must not block. Returns 0 or
 * -errno. */
int channel_open(struct channel *channel, struct loop *loop, int fd);

/* Without a call of ended; what is queued is lost. Does nothing to one that is not open. */
void channel_close(struct channel *channel);

/* Closes all but the descriptor, which passes to the caller. Only one that is open. */
int channel_take_fd(struct channel *channel);

static inline bool channel_is_open(const struct channel *channel)
{
    return channel->source.fd >= 0;
}

/* Closes it and calls ended with the reason. For a message that has the right form and the wrong
 * meaning. */
void channel_break(struct channel *channel, int reason);

/* The payload is of the type's structure; fds are as many as it has, and stay the caller's (NULL
 * for none). Returns 0 when it is sent or queued; -EPIPE when the channel is not open or the peer
 * is gone, -ENOBUFS when the queue is full, or another -errno. The channel stays open in any case:
 * its end comes from the loop. */
int channel_send(struct channel *channel, enum message_type type, uint64_t sequence,
                 const void *payload, const int *fds);

/* The same for messages that say nothing but their type. */
int channel_send_plain(struct channel *channel, enum message_type type, uint64_t sequence);

/* SPDX-License-Identifier: Apache-2.0 */
#include "ipc/channel.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/descriptor.h"
#include "os/os.h"
#include "os/socket.h"

struct channel_header {
    uint16_t type;
    uint16_t reserved;
    uint32_t size; /* of the payload */
    uint64_t sequence;
};

struct channel_packet {
    struct channel_header header;
    _Alignas(8) char payload[MESSAGE_PAYLOAD_MAX];
};

/* A message that waits for room in the socket. */
struct channel_queued {
    struct list_head link;
    int fds[MESSAGE_FDS_MAX];
    struct channel_header header;
    _Alignas(8) char payload[];
};

union channel_control {
    struct cmsghdr first;
    char space[CMSG_SPACE(MESSAGE_FDS_MAX * sizeof(int))];
};

static void channel_close_fds(int *fds)
{
    for (size_t i = 0; i < MESSAGE_FDS_MAX; i++) {
        os_closep(&fds[i]);
        fds[i] = -1;
    }
}

static struct channel_queued *channel_queued_free(struct channel_queued *queued)
{
    if (queued != NULL) {
        channel_close_fds(queued->fds);
        free(queued);
    }
    return NULL;
}

static void channel_queued_freep(struct channel_queued **queued)
{
    *queued = channel_queued_free(*queued);
}

static int channel_write(int fd, const struct channel_header *header, const void *payload,
                         const int *fds)
{
    const struct message_format *format = message_format_of(header->type);
    union channel_control control = {0};
    struct iovec parts[] = {
        {.iov_base = (void *)header, .iov_len = sizeof(*header)},
        {.iov_base = (void *)payload, .iov_len = header->size},
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t length;

    assert(format != NULL);
    if (format->fd_count > 0) {
        assert(fds != NULL);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(format->fd_count * sizeof(int));
        control.first.cmsg_level = SOL_SOCKET;
        control.first.cmsg_type = SCM_RIGHTS;
        control.first.cmsg_len = CMSG_LEN(format->fd_count * sizeof(int));
        memcpy(CMSG_DATA(&control.first), fds, format->fd_count * sizeof(int));
    }
    length = os_send_message(fd, &message);
    if (length == -ECONNRESET || length == -ENOTCONN)
        return -EPIPE;
    return length < 0 ? (int)length : 0;
}

static int channel_enqueue(struct channel *channel, const struct channel_header *header,
                           const void *payload, const int *fds)
{
    const struct message_format *format = message_format_of(header->type);
    _cleanup_(channel_queued_freep) struct channel_queued *queued = NULL;

    if (channel->queued_count >= CHANNEL_QUEUE_MAX)
        return -ENOBUFS;
    queued = malloc(sizeof(*queued) + header->size);
    if (queued == NULL)
        return -ENOMEM;
    queued->header = *header;
    memcpy(queued->payload, payload, header->size);
    for (size_t i = 0; i < MESSAGE_FDS_MAX; i++)
        queued->fds[i] = -1;
    for (size_t i = 0; i < format->fd_count; i++) {
        assert(fds != NULL);
        queued->fds[i] = os_duplicate(fds[i], 3);
        if (queued->fds[i] < 0)
            return queued->fds[i];
    }
    list_append(&channel->queue, &queued->link);
    channel->queued_count++;
    take_ptr(queued);
    return 0;
}

int channel_send(struct channel *channel, enum message_type type, uint64_t sequence,
                 const void *payload, const int *fds)
{
    const struct message_format *format = message_format_of(type);
    struct channel_header header = {.type = (uint16_t)type, .sequence = sequence};
    int r = -EAGAIN;

    assert(format != NULL && (format->fd_count == 0 || fds != NULL));
    if (!channel_is_open(channel))
        return -EPIPE;
    header.size = (uint32_t)format->size;
    if (list_is_empty(&channel->queue))
        r = channel_write(channel->source.fd, &header, payload, fds);
    if (r != -EAGAIN)
        return r;
    loop_source_would_block(&channel->source, LOOP_WRITABLE);
    return channel_enqueue(channel, &header, payload, fds);
}

int channel_send_plain(struct channel *channel, enum message_type type, uint64_t sequence)
{
    struct message_nothing nothing = {0};

    return channel_send(channel, type, sequence, &nothing, NULL);
}

static void channel_drop(struct channel *channel, struct channel_queued *queued)
{
    list_remove(&queued->link);
    channel->queued_count--;
    (void)channel_queued_free(queued);
}

/* 0 when as much is sent as the socket takes. */
static int channel_flush(struct channel *channel)
{
    struct channel_queued *queued;

    list_for_each_safe (queued, &channel->queue, link) {
        int r = channel_write(channel->source.fd, &queued->header, queued->payload, queued->fds);

        if (r == -EAGAIN) {
            loop_source_would_block(&channel->source, LOOP_WRITABLE);
            return 0;
        }
        if (r < 0)
            return r;
        channel_drop(channel, queued);
    }
    return 0;
}

/* Writes every descriptor that came, whatever else is wrong, so that it can be closed. Returns how
 * many they were, or -EBADMSG. */
static int channel_take_fds(struct msghdr *message, int fds[MESSAGE_FDS_MAX])
{
    bool is_good = (message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    size_t count = 0;

    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
         part = CMSG_NXTHDR(message, part)) {
        size_t size = part->cmsg_len - CMSG_LEN(0);

        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
            is_good = false;
            continue;
        }
        for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
            int fd;

            memcpy(&fd, CMSG_DATA(part) + at, sizeof(fd));
            if (count < MESSAGE_FDS_MAX)
                fds[count++] = fd;
            else
                os_closep(&fd); /* of a message made of several parts, which fits by chance */
        }
    }
    return is_good ? (int)count : -EBADMSG;
}

static bool channel_is_valid(struct channel_packet *packet, size_t length, int fd_count)
{
    const struct message_format *format;

    if (length < sizeof(packet->header))
        return false;
    format = message_format_of(packet->header.type);
    if (format == NULL || packet->header.reserved != 0 || packet->header.size != format->size ||
        length - sizeof(packet->header) != format->size || fd_count != (int)format->fd_count)
        return false;
    if (format->has_text)
        packet->payload[format->size - 1] = '\0';
    return true;
}

/* 1 with a message, 0 at the end, -EAGAIN, -EBADMSG or another -errno. */
static int channel_read(int fd, struct channel_packet *packet, int fds[MESSAGE_FDS_MAX])
{
    union channel_control control;
    struct iovec part = {.iov_base = packet, .iov_len = sizeof(*packet)};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    ssize_t length = os_receive_message(fd, &message);
    int count;

    /* The peer hung up with messages of ours unread. That is said once and before what it sent,
     * which is still there, and may be why. */
    if (length == -ECONNRESET)
        length = os_receive_message(fd, &message);
    if (length == -ECONNRESET)
        return 0;
    if (length < 0)
        return (int)length;
    count = channel_take_fds(&message, fds);
    if (length == 0 && count == 0)
        return 0;
    return channel_is_valid(packet, (size_t)length, count) ? 1 : -EBADMSG;
}

static void channel_ready(struct loop_source *source, unsigned int readiness)
{
    struct channel *channel = list_entry(source, struct channel, source);
    struct channel_packet packet;
    int fds[MESSAGE_FDS_MAX] = {-1, -1, -1};
    struct channel_message message;
    int r;

    r = (readiness & LOOP_WRITABLE) != 0 ? channel_flush(channel) : 0;
    /* That the peer is gone shows when reading, after what it said before. */
    if (r < 0 && r != -EPIPE) {
        channel_break(channel, r);
        return;
    }
    if ((readiness & LOOP_READABLE) == 0)
        return;
    r = channel_read(source->fd, &packet, fds);
    if (r == -EAGAIN) {
        loop_source_would_block(source, LOOP_READABLE);
        return;
    }
    if (r <= 0) {
        channel_close_fds(fds);
        channel_break(channel, r);
        return;
    }
    /* One a turn: the callback may free what a loop here would go on with. */
    loop_source_again(source);
    message = (struct channel_message){
        .type = (enum message_type)packet.header.type,
        .sequence = packet.header.sequence,
        .payload = packet.payload,
        .fds = fds,
    };
    channel->received(channel, &message);
    channel_close_fds(fds);
}

void channel_init(struct channel *channel,
                  void (*received)(struct channel *channel, struct channel_message *message),
                  void (*ended)(struct channel *channel, int reason))
{
    *channel = (struct channel){.received = received, .ended = ended};
    loop_source_init(&channel->source, channel_ready);
    list_init(&channel->queue);
}

int channel_open(struct channel *channel, struct loop *loop, int fd)
{
    int r = loop_source_add(loop, &channel->source, fd, LOOP_WRITABLE);

    if (r < 0)
        os_closep(&fd);
    return r;
}

int channel_take_fd(struct channel *channel)
{
    struct channel_queued *queued;
    int fd = channel->source.fd;

    list_for_each_safe (queued, &channel->queue, link)
        channel_drop(channel, queued);
    /* No loop_source_close(): a child may have a copy until it runs its program. */
    loop_source_remove(&channel->source);
    return fd;
}

void channel_close(struct channel *channel)
{
    int fd = channel_take_fd(channel);

    os_closep(&fd);
}

void channel_break(struct channel *channel, int reason)
{
    channel_close(channel);
    channel->ended(channel, reason);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/docker/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/error.h"
#include "os/os.h"
#include "os/socket.h"

#define HEAD_SIZE       sizeof(struct runtime_frame_head)
#define LAST_TIMEOUT_MS 5000

static size_t put_head(uint8_t *at, enum runtime_frame type, uint32_t size)
{
    struct runtime_frame_head head = {.type = (uint8_t)type};
    uint32_t ordered = htonl(size);

    memcpy(head.size, &ordered, sizeof(head.size));
    memcpy(at, &head, HEAD_SIZE);
    return HEAD_SIZE;
}

/* From the program to the socket */

static int flush(struct relay *relay)
{
    while (relay->out_sent < relay->out_size) {
        ssize_t r = os_send(relay->socket_fd, relay->out + relay->out_sent,
                            relay->out_size - relay->out_sent, false);

        if (r == -EAGAIN)
            return 0;
        if (r < 0) {
            relay->peer_gone = true;
            return 0;
        }
        relay->out_sent += (size_t)r;
    }
    relay->out_size = 0;
    relay->out_sent = 0;
    return 0;
}

static int read_program(struct relay *relay, struct error **reterr)
{
    while (relay->out_size == 0 && !relay->program_ended && !relay->peer_gone) {
        bool is_errors = false;
        long r = engine_conversation_read(relay->conversation, relay->out + HEAD_SIZE,
                                          RELAY_DATA_MAX, &is_errors, reterr);

        if (r == -EAGAIN)
            return 0;
        if (r < 0)
            return (int)r;
        if (r == 0) {
            relay->program_ended = true;
            return 0;
        }
        put_head(relay->out, is_errors ? RUNTIME_FRAME_ERRORS : RUNTIME_FRAME_OUTPUT, (uint32_t)r);
        relay->out_size = HEAD_SIZE + (size_t)r;
        relay->out_sent = 0;
        (void)flush(relay);
    }
    return 0;
}

/* From the socket to the program */

static void consume(struct relay *relay, size_t size)
{
    memmove(relay->in, relay->in + size, relay->in_size - size);
    relay->in_size -= size;
}

/* The data of an input frame, as much of it as is there and the program takes. 1: go on. */
static int pass_input(struct relay *relay, uint32_t size, struct error **reterr)
{
    size_t have = relay->in_size - HEAD_SIZE;
    size_t left = size - relay->skip;
    long r = (long)(have < left ? have : left);

    if (size == 0) {
        consume(relay, HEAD_SIZE);
        if (relay->has_input && !relay->input_ended)
            (void)engine_conversation_end_input(relay->conversation);
        relay->input_ended = true;
        return 1;
    }
    if (r == 0)
        return 0;
    if (relay->has_input && !relay->input_ended) {
        r = engine_conversation_write(relay->conversation, relay->in + HEAD_SIZE, (size_t)r,
                                      reterr);
        if (r == -EPIPE || r == -ECONNRESET) { /* it has closed its input, and may still speak */
            relay->input_ended = true;
            if (reterr != NULL)
                *reterr = error_free(*reterr);
            return 1;
        }
        if (r < 0)
            return r == -EAGAIN ? 0 : (int)r;
    }
    relay->skip += (uint32_t)r;
    memmove(relay->in + HEAD_SIZE, relay->in + HEAD_SIZE + r, have - (size_t)r);
    relay->in_size -= (size_t)r;
    if (relay->skip == size) {
        relay->skip = 0;
        consume(relay, HEAD_SIZE);
    }
    return 1;
}

static int pass_frame(struct relay *relay, struct error **reterr)
{
    struct runtime_frame_head head;
    uint32_t size;
    uint16_t sides[2];

    if (relay->in_size < HEAD_SIZE)
        return 0;
    memcpy(&head, relay->in, HEAD_SIZE);
    memcpy(&size, head.size, sizeof(size));
    size = ntohl(size);
    if (head.type == RUNTIME_FRAME_INPUT)
        return pass_input(relay, size, reterr);
    if (head.type != RUNTIME_FRAME_SIZE || size != sizeof(sides))
        return error_set(reterr, EPROTO, "frame %u of %u bytes is not for a program", head.type,
                         size);
    if (relay->in_size < HEAD_SIZE + sizeof(sides))
        return 0;
    memcpy(sides, relay->in + HEAD_SIZE, sizeof(sides));
    consume(relay, HEAD_SIZE + sizeof(sides));
    relay->resize(relay, ntohs(sides[0]), ntohs(sides[1]));
    return 1;
}

static int pass_frames(struct relay *relay, struct error **reterr)
{
    int r;

    do
        r = pass_frame(relay, reterr);
    while (r > 0);
    return r;
}

static int read_socket(struct relay *relay, struct error **reterr)
{
    while (relay->in_size < sizeof(relay->in)) {
        ssize_t size = os_receive(relay->socket_fd, relay->in + relay->in_size,
                                  sizeof(relay->in) - relay->in_size);
        int r;

        if (size == -EAGAIN)
            return 0;
        if (size <= 0) {
            relay->peer_gone = true;
            return 0;
        }
        relay->in_size += (size_t)size;
        r = pass_frames(relay, reterr);
        if (r < 0)
            return r;
    }
    return 0;
}

static int turn(struct relay *relay, struct error **reterr)
{
    bool has_room = relay->in_size < sizeof(relay->in);
    /* That the program did not take. */
    bool has_input = relay->in_size > HEAD_SIZE && relay->in[0] == RUNTIME_FRAME_INPUT;
    struct pollfd fds[] = {
        {.fd = relay->socket_fd,
         .events = (short)((has_room ? POLLIN : 0) | (relay->out_size > 0 ? POLLOUT : 0))},
        {.fd = engine_conversation_fd(relay->conversation),
         .events = (short)((relay->out_size == 0 && !relay->program_ended ? POLLIN : 0) |
                           (has_input ? POLLOUT : 0))},
    };
    int r;

    /* What is not asked for anything is left out, as an end is told all the same. */
    for (size_t i = 0; i < 2; i++)
        if (fds[i].events == 0)
            fds[i].fd = -1;
    r = os->poll(fds, 2, -1);
    if (r < 0)
        return errno == EINTR ? 0 : error_set(reterr, errno, "%s", error_text(errno));
    if ((fds[0].revents & POLLOUT) != 0)
        (void)flush(relay);
    if ((fds[1].revents & POLLOUT) != 0) {
        r = pass_frames(relay, reterr);
        if (r < 0)
            return r;
    }
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        r = read_socket(relay, reterr);
        if (r < 0)
            return r;
    }
    return read_program(relay, reterr);
}

int relay_run(struct relay *relay, bool *ret_gone, struct error **reterr)
{
    int r = read_program(relay, reterr);

    while (r == 0 && !relay->peer_gone && (!relay->program_ended || relay->out_size > 0))
        r = turn(relay, reterr);
    if (r == 0)
        *ret_gone = relay->peer_gone;
    return r;
}

/* The last frame */

static void send_last(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t r = os_send(fd, data, size, false);
        struct pollfd wait = {.fd = fd, .events = POLLOUT};

        if (r == -EAGAIN) {
            if (os->poll(&wait, 1, LAST_TIMEOUT_MS) <= 0)
                return;
            continue;
        }
        if (r < 0)
            return;
        data += r;
        size -= (size_t)r;
    }
}

void relay_send_exit(int socket_fd, int status)
{
    uint8_t frame[HEAD_SIZE + sizeof(uint32_t)];
    uint32_t ordered = htonl((uint32_t)status);

    put_head(frame, RUNTIME_FRAME_EXIT, sizeof(ordered));
    memcpy(frame + HEAD_SIZE, &ordered, sizeof(ordered));
    send_last(socket_fd, frame, sizeof(frame));
}

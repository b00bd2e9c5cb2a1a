/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process/conversation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "os/descriptor.h"
#include "os/os.h"
#include "os/pipe.h"
#include "os/pty.h"
#include "os/socket.h"
#include "runtime/process/process_priv.h"
#include "shim/protocol.h"

#define INPUT_MAX    ((uint32_t)1 << 24)
#define END_OF_INPUT 4 /* typed into a terminal */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)os_close(*fd);
    *fd = -1;
}

struct conversation *conversation_new(const struct instance *instance, int socket_fd,
                                      bool has_terminal)
{
    struct conversation *talk = calloc(1, sizeof(*talk));

    if (talk == NULL)
        return NULL;
    talk->instance = instance;
    talk->socket_fd = socket_fd;
    talk->has_terminal = has_terminal;
    talk->shim_fd = -1;
    talk->input = -1;
    talk->output = -1;
    talk->errors = -1;
    return talk;
}

void conversation_free(struct conversation *talk)
{
    close_fd(&talk->shim_fd);
    close_fd(&talk->input);
    close_fd(&talk->output);
    close_fd(&talk->errors);
    free(talk);
}

static int send_all(int fd, const void *data, size_t size, bool more)
{
    const char *next = data;

    while (size > 0) {
        ssize_t length = os_send(fd, next, size, more);
        int r;

        if (length == -EAGAIN) {
            r = os_wait_for_fd(fd, POLLOUT);
            if (r < 0)
                return r;
            continue;
        }
        if (length < 0)
            return (int)length;
        next += length;
        size -= (size_t)length;
    }
    return 0;
}

int conversation_send_frame(int fd, enum runtime_frame type, const void *data, size_t size)
{
    struct runtime_frame_head head = {
        .type = (uint8_t)type,
        .size = {(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size},
    };
    int r = send_all(fd, &head, sizeof(head), size > 0);

    return r == 0 && size > 0 ? send_all(fd, data, size, false) : r;
}

int conversation_send_exit(int fd, uint32_t status)
{
    uint8_t data[] = {(uint8_t)(status >> 24), (uint8_t)(status >> 16), (uint8_t)(status >> 8),
                      (uint8_t)status};

    return conversation_send_frame(fd, RUNTIME_FRAME_EXIT, data, sizeof(data));
}

/* In */

static void end_input(struct conversation *talk)
{
    if (talk->input < 0)
        return;
    if (talk->has_terminal) {
        if (talk->pending_length == 0) {
            talk->pending[0] = END_OF_INPUT;
            talk->pending_start = 0;
            talk->pending_length = 1;
        }
    } else {
        close_fd(&talk->input);
    }
}

static void take_small(struct conversation *talk, const uint8_t *data, size_t size)
{
    size_t total = 4;

    for (size_t i = 0; i < size; i++, talk->left--) {
        if (talk->left <= total)
            talk->small[total - talk->left] = data[i];
    }
    if (talk->left == 0 && talk->head.type == RUNTIME_FRAME_SIZE && talk->has_terminal)
        (void)os_resize_pty(talk->output, (uint16_t)(talk->small[0] << 8 | talk->small[1]),
                            (uint16_t)(talk->small[2] << 8 | talk->small[3]));
}

static int take_head(struct conversation *talk)
{
    const uint8_t *size = talk->head.size;

    talk->left = (uint32_t)size[0] << 24 | (uint32_t)size[1] << 16 | (uint32_t)size[2] << 8 |
                 (uint32_t)size[3];
    if (talk->left > INPUT_MAX)
        return -EPROTO;
    if (talk->head.type == RUNTIME_FRAME_INPUT && talk->left == 0)
        end_input(talk);
    return 0;
}

/* Reads no more of the socket than a head, or what the frame still has. */
static int read_socket(struct conversation *talk)
{
    bool is_in_head = talk->head_length < sizeof(talk->head);
    char data[CONVERSATION_PART_BYTES];
    size_t wanted = is_in_head                  ? sizeof(talk->head) - talk->head_length
                    : talk->left < sizeof(data) ? talk->left
                                                : sizeof(data);
    ssize_t length = os_receive(talk->socket_fd, data, wanted);

    if (length == -EAGAIN)
        return 0;
    if (length <= 0)
        return length == 0 ? -EPIPE : (int)length;
    if (is_in_head) {
        memcpy((char *)&talk->head + talk->head_length, data, (size_t)length);
        talk->head_length += (size_t)length;
        if (talk->head_length == sizeof(talk->head) && take_head(talk) < 0)
            return -EPROTO;
    } else if (talk->head.type == RUNTIME_FRAME_INPUT) {
        memcpy(talk->pending, data, (size_t)length);
        talk->pending_start = 0;
        talk->pending_length = talk->input >= 0 ? (size_t)length : 0;
        talk->left -= (uint32_t)length;
    } else {
        take_small(talk, (const uint8_t *)data, (size_t)length);
    }
    if (talk->head_length == sizeof(talk->head) && talk->left == 0)
        talk->head_length = 0;
    return 0;
}

static void write_pending(struct conversation *talk)
{
    ssize_t length =
        os_write(talk->input, talk->pending + talk->pending_start, talk->pending_length);

    if (length == -EAGAIN)
        return;
    if (length < 0) {
        if (!talk->has_terminal)
            close_fd(&talk->input); /* it does not want any more */
        talk->pending_length = 0;
        return;
    }
    talk->pending_start += (size_t)length;
    talk->pending_length -= (size_t)length;
}

/* Out */

static int read_output(struct conversation *talk, int *fd, enum runtime_frame type)
{
    char data[CONVERSATION_PART_BYTES];
    ssize_t length = os_read(*fd, data, sizeof(data));

    if (length == -EAGAIN)
        return 0;
    if (length <= 0) { /* a terminal that nobody has any more is an error of reading */
        close_fd(fd);
        return 0;
    }
    return conversation_send_frame(talk->socket_fd, type, data, (size_t)length);
}

static int read_shim(struct conversation *talk)
{
    struct shim_reply_text reply;
    int r = connection_receive(talk->shim_fd, -1, TIME_SECOND, &reply);
    struct process_status status;

    if (r == 0 && reply.answer == SHIM_ANSWER_STATUS && talk->is_main) {
        talk->is_ended =
            instance_parse_status(reply.text, &status) && status.state == INSTANCE_EXITED;
        talk->status = talk->is_ended ? (uint32_t)status.exit_code : 0;
        return 0;
    }
    if (r == -EPIPE || (r == 0 && reply.answer == SHIM_ANSWER_ENDED)) {
        talk->is_ended = true;
        talk->status = r == 0 ? (uint32_t)reply.value : 137;
        return 0;
    }
    return r;
}

int conversation_drain(struct conversation *talk)
{
    int *fds[] = {&talk->output, &talk->errors};

    for (int i = 0; i < 2; i++) {
        struct pollfd poll = {.fd = *fds[i], .events = POLLIN};

        while (*fds[i] >= 0 && os->poll(&poll, 1, 0) > 0) {
            int r = read_output(talk, fds[i], i == 0 ? RUNTIME_FRAME_OUTPUT : RUNTIME_FRAME_ERRORS);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

int conversation_turn(struct conversation *talk)
{
    bool has_pending = talk->pending_length > 0;
    int input = talk->has_terminal ? talk->output : talk->input;
    struct pollfd fds[] = {
        {.fd = talk->socket_fd, .events = has_pending ? POLLRDHUP : POLLIN},
        {.fd = talk->shim_fd, .events = POLLIN},
        {.fd = talk->output, .events = POLLIN},
        {.fd = talk->errors, .events = POLLIN},
        {.fd = has_pending ? input : -1, .events = POLLOUT},
    };
    int r = 0;

    if (os->poll(fds, 5, -1) < 0)
        return errno == EINTR ? 0 : -errno;
    if (fds[2].revents != 0)
        r = read_output(talk, &talk->output, RUNTIME_FRAME_OUTPUT);
    if (r == 0 && fds[3].revents != 0)
        r = read_output(talk, &talk->errors, RUNTIME_FRAME_ERRORS);
    if (r == 0 && fds[4].revents != 0 && talk->input >= 0)
        write_pending(talk);
    if (r == 0 && fds[0].revents != 0)
        r = has_pending ? -EPIPE : read_socket(talk);
    if (r == 0 && fds[1].revents != 0)
        r = read_shim(talk);
    return r;
}

int conversation_open_streams(struct conversation *talk, const struct runtime_exec_options *options,
                              int theirs[3])
{
    int ends[3][2];
    int r;

    if (options->has_terminal) {
        r = os_open_pty(&talk->output, &theirs[0]);
        if (r == 0) {
            (void)os_resize_pty(talk->output, options->rows, options->columns);
            talk->input = os_duplicate(talk->output, 0);
            r = talk->input < 0 ? talk->input : 0;
        }
        return r;
    }
    for (int i = 0; i < 3; i++) {
        r = os_pipe(ends[i]);
        if (r < 0)
            return r;
        *(i == 0 ? &talk->input : i == 1 ? &talk->output : &talk->errors) = ends[i][i == 0];
        theirs[i] = ends[i][i != 0];
        (void)os_set_blocking(theirs[i]); /* programs do not expect that pipes do not wait */
    }
    if (!options->has_input)
        close_fd(&talk->input);
    return 0;
}

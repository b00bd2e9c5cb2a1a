/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     our input  --INPUT-->   connection  --OUTPUT, ERRORS--> our output and errors
 *     SIGWINCH   --SIZE-->                --EXIT, FAILED-->   our exit status
 *
 * What is to be sent waits in a buffer, and our input is not read while that is full: so neither
 * side can make the other wait for ever.
 */
#include "cli/instances/conversation.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/deploy/request.h"
#include "cli/instances/raw_terminal.h"
#include "os/file.h"
#include "os/os.h"
#include "os/socket.h"

enum {
    OPEN_TIMEOUT_MS = 60000,
    HEAD_BYTES = 8,
    INPUT_BYTES = 16384,
    OUTGOING_BYTES_MAX = 64 << 10, /* from where on our input is not read */
    FRAME_BYTES_MAX = 16 << 20,
    FAILURE_BYTES_MAX = 4096,
    KEY_FIRST = 16, /* ctrl-p */
    KEY_SECOND = 17 /* ctrl-q */
};

enum frame {
    FRAME_INPUT = 0,
    FRAME_OUTPUT = 1,
    FRAME_ERRORS = 2,
    FRAME_EXIT = 3,
    FRAME_SIZE = 4,
    FRAME_FAILED = 5,
};

struct talk {
    struct session *session;
    const struct conversation *conversation;
    int fd;
    bool has_input; /* that may still come */
    bool saw_first_key;
    bool is_over;
    struct strbuf outgoing;
    unsigned char head[HEAD_BYTES];
    size_t head_size;
    uint32_t left;                    /* of the frame's content */
    struct strbuf content;            /* of EXIT and FAILED */
    char taken[HTTP_TAKEN_BYTES_MAX]; /* what came with the answer's head */
};

void conversation_size(const struct session *session, unsigned int *ret_rows,
                       unsigned int *ret_columns)
{
    struct winsize size = {0};

    if (os->window_size(session->context->streams.out, &size) < 0 || size.ws_row == 0)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    *ret_rows = size.ws_row;
    *ret_columns = size.ws_col;
}

/* Sending */

static void put_frame(struct talk *talk, enum frame type, const void *data, size_t size)
{
    const unsigned char head[HEAD_BYTES] = {(unsigned char)type,
                                            0,
                                            0,
                                            0,
                                            (unsigned char)(size >> 24),
                                            (unsigned char)(size >> 16),
                                            (unsigned char)(size >> 8),
                                            (unsigned char)size};

    strbuf_append(&talk->outgoing, (const char *)head, sizeof(head));
    if (size > 0)
        strbuf_append(&talk->outgoing, data, size);
}

static void put_size(struct talk *talk)
{
    unsigned int rows, columns;
    unsigned char content[4];

    conversation_size(talk->session, &rows, &columns);
    content[0] = (unsigned char)(rows >> 8);
    content[1] = (unsigned char)rows;
    content[2] = (unsigned char)(columns >> 8);
    content[3] = (unsigned char)columns;
    put_frame(talk, FRAME_SIZE, content, sizeof(content));
}

static int send_outgoing(struct talk *talk)
{
    ssize_t length = os_send(talk->fd, talk->outgoing.data, talk->outgoing.length, false);

    if (length == -EAGAIN)
        return 0;
    if (length == -EPIPE || length == -ECONNRESET) {
        /* Nobody reads it any more; what came before may still say why. */
        talk->has_input = false;
        strbuf_reset(&talk->outgoing);
        return 0;
    }
    if (length < 0)
        return (int)length;
    talk->outgoing.length -= (size_t)length;
    memmove(talk->outgoing.data, talk->outgoing.data + length, talk->outgoing.length);
    return 0;
}

/* Our input */

/* What goes on; the keys that leave are held back until it is clear that they do not. */
static size_t filter_keys(struct talk *talk, const char *data, size_t size, char *passed)
{
    size_t length = 0;

    for (size_t i = 0; i < size && !talk->is_over; i++) {
        if (talk->saw_first_key && data[i] == KEY_SECOND) {
            talk->is_over = true;
            break;
        }
        if (talk->saw_first_key)
            passed[length++] = KEY_FIRST;
        talk->saw_first_key = data[i] == KEY_FIRST;
        if (!talk->saw_first_key)
            passed[length++] = data[i];
    }
    return length;
}

static void read_input(struct talk *talk)
{
    char data[INPUT_BYTES], passed[2 * INPUT_BYTES];
    ssize_t length = os_read(talk->session->context->streams.in, data, sizeof(data));

    if (length == -EAGAIN)
        return;
    if (length <= 0) {
        talk->has_input = false;
        put_frame(talk, FRAME_INPUT, NULL, 0);
        return;
    }
    if (!talk->conversation->has_terminal) {
        put_frame(talk, FRAME_INPUT, data, (size_t)length);
        return;
    }
    length = (ssize_t)filter_keys(talk, data, (size_t)length, passed);
    if (length > 0)
        put_frame(talk, FRAME_INPUT, passed, (size_t)length);
}

static const char *signal_name(int signal_number)
{
    switch (signal_number) {
    case SIGINT:
        return "SIGINT";
    case SIGTERM:
        return "SIGTERM";
    case SIGHUP:
        return "SIGHUP";
    default:
        return "SIGQUIT";
    }
}

/* 0, or the signal that ends us. */
static int take_signals(struct talk *talk)
{
    int signal_number;

    while ((signal_number = raw_terminal_take_signal()) != 0) {
        if (signal_number == SIGWINCH) {
            if (talk->conversation->has_terminal)
                put_size(talk);
        } else if (talk->conversation->kill_path != NULL) {
            struct value *map = request_map(talk->session);
            struct http_response response = {0};

            request_set_text(talk->session, map, "signal", signal_name(signal_number));
            (void)http_call(talk->session->folders.socket_path, "POST",
                            talk->conversation->kill_path, request_text(talk->session, map),
                            &response, NULL);
            http_response_deinit(&response);
        } else {
            return signal_number;
        }
    }
    return 0;
}

/* Receiving */

static int status_of_failure(const char *text)
{
    static const char *const missing[] = {"not found", "No such file", "no such file"};

    for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
        if (strstr(text, missing[i]) != NULL)
            return CONVERSATION_NOT_FOUND;
    return CONVERSATION_NOT_RUN;
}

/* The end of a frame that is kept whole. */
static void end_frame(struct talk *talk)
{
    const unsigned char *content = (const unsigned char *)strbuf_text(&talk->content);

    if (talk->head[0] == FRAME_EXIT && talk->content.length == 4) {
        talk->session->status = (int)((uint32_t)content[0] << 24 | (uint32_t)content[1] << 16 |
                                      (uint32_t)content[2] << 8 | content[3]) &
                                0xff;
        talk->is_over = true;
    } else if (talk->head[0] == FRAME_FAILED) {
        raw_terminal_close();
        session_fail(talk->session, "%s", strbuf_text(&talk->content));
        talk->session->status = status_of_failure(strbuf_text(&talk->content));
        talk->is_over = true;
    }
    strbuf_reset(&talk->content);
}

static int take_content(struct talk *talk, const char *data, size_t size)
{
    const struct cli_streams *streams = &talk->session->context->streams;

    switch (talk->head[0]) {
    case FRAME_OUTPUT:
        return os_write_all(streams->out, data, size);
    case FRAME_ERRORS:
        return os_write_all(streams->err, data, size);
    case FRAME_EXIT:
    case FRAME_FAILED:
        if (talk->content.length + size <= FAILURE_BYTES_MAX)
            strbuf_append(&talk->content, data, size);
        return 0;
    default:
        return 0;
    }
}

static int take_bytes(struct talk *talk, const char *data, size_t size)
{
    while (size > 0 && !talk->is_over) {
        size_t part;
        int r = 0;

        if (talk->head_size < HEAD_BYTES) {
            talk->head[talk->head_size++] = (unsigned char)*data++;
            size--;
            if (talk->head_size < HEAD_BYTES)
                continue;
            talk->left = (uint32_t)talk->head[4] << 24 | (uint32_t)talk->head[5] << 16 |
                         (uint32_t)talk->head[6] << 8 | talk->head[7];
            if (talk->left > FRAME_BYTES_MAX)
                return -EPROTO;
        }
        part = size < talk->left ? size : talk->left;
        if (part > 0)
            r = take_content(talk, data, part);
        if (r < 0)
            return r;
        data += part;
        size -= part;
        talk->left -= (uint32_t)part;
        if (talk->left == 0) {
            end_frame(talk);
            talk->head_size = 0;
        }
    }
    return 0;
}

static int receive(struct talk *talk)
{
    char data[INPUT_BYTES];
    ssize_t length = os_receive(talk->fd, data, sizeof(data));

    if (length == -EAGAIN)
        return 0;
    if (length == 0)
        return -ECONNRESET;
    return length < 0 ? (int)length : take_bytes(talk, data, (size_t)length);
}

/* The whole */

/* 0 when it is over; a signal; or -errno. */
static int talk_run(struct talk *talk)
{
    while (!talk->is_over) {
        bool wants_input = talk->has_input && talk->outgoing.length < OUTGOING_BYTES_MAX;
        struct pollfd polls[] = {
            {.fd = talk->fd,
             .events = (short)(talk->outgoing.length > 0 ? POLLIN | POLLOUT : POLLIN)},
            {.fd = raw_terminal_signal_fd(), .events = POLLIN},
            {.fd = wants_input ? talk->session->context->streams.in : -1, .events = POLLIN},
        };
        int r = 0;

        if (os->poll(polls, 3, -1) < 0 && errno != EINTR)
            return -errno;
        if ((polls[1].revents & POLLIN) != 0)
            r = take_signals(talk);
        if (r == 0 && (polls[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
            r = receive(talk);
        if (r == 0 && polls[2].revents != 0 && !talk->is_over)
            read_input(talk);
        if (r == 0 && talk->outgoing.length > 0)
            r = send_outgoing(talk);
        if (r != 0)
            return r;
        if (strbuf_failure(&talk->outgoing) < 0)
            return -ENOMEM;
    }
    return 0;
}

static void tell_end(struct session *session, int r)
{
    if (r > 0) {
        session->status = 128 + r;
    } else if (r == -EPIPE) {
        session->status = CLI_EXIT_FAILED; /* who read our output has gone */
    } else if (r < 0) {
        session_fail(session, "the connection to the program broke: %s",
                     r == -ECONNRESET ? "the daemon went away" : error_text(-r));
        session->status = CONVERSATION_REFUSED;
    }
}

struct invocation {
    struct talk *talk;
    size_t taken;
    int result;
};

static void invoke(void *context)
{
    struct invocation *invocation = context;
    struct talk *talk = invocation->talk;

    invocation->result = take_bytes(talk, talk->taken, invocation->taken);
    if (invocation->result == 0)
        invocation->result = talk_run(talk);
}

static void talk_over(struct talk *talk, size_t taken)
{
    struct session *session = talk->session;
    struct invocation invocation = {.talk = talk, .taken = taken};
    int r = raw_terminal_open(talk->conversation->has_terminal ? session->context->streams.in : -1);

    if (r < 0) {
        raw_terminal_close();
        session_fail(session, "cannot use the terminal: %s", error_text(-r));
        session->status = CONVERSATION_REFUSED;
        return;
    }
    r = arena_protect(&session->arena, invoke, &invocation);
    raw_terminal_close();
    tell_end(session, r < 0 ? r : invocation.result);
}

void conversation_run(struct session *session, const struct conversation *conversation,
                      const char *path, const char *body)
{
    struct http_content content = http_content_json(body);
    struct http_exchange *http = NULL;
    struct talk *talk;
    size_t taken;
    int r;

    content.protocol = "slipway-stream";
    r = feed_upgrade(session, path, &content, &http);
    if (r < 0) {
        session_fail_call(session, r);
        session->status = CONVERSATION_REFUSED;
        return;
    }
    talk = calloc(1, sizeof(*talk));
    if (talk == NULL) {
        (void)http_exchange_close(http);
        arena_fail(&session->arena, -ENOMEM);
    }
    talk->session = session;
    talk->conversation = conversation;
    talk->has_input = conversation->has_input;
    strbuf_init(&talk->outgoing, OUTGOING_BYTES_MAX + 4 * INPUT_BYTES);
    strbuf_init(&talk->content, FAILURE_BYTES_MAX + 1);
    taken = http_exchange_take(http, &talk->fd, talk->taken, sizeof(talk->taken));
    (void)http_exchange_close(http);
    talk_over(talk, taken);
    os_closep(&talk->fd);
    strbuf_deinit(&talk->outgoing);
    strbuf_deinit(&talk->content);
    free(talk);
}

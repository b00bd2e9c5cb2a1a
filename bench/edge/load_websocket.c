/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSockets that are held: each sends a message now and then and wants exactly that back. One is
 * lost when it ends, when something else comes, or when nothing comes for LATE_NS. It is not opened
 * again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "load.h"
#include "websocket.h"

#define MESSAGE_SIZE 38
#define LATE_NS      (5 * SECOND_NS)

struct websocket {
    struct transport transport;
    bool is_lost, has_asked, is_open, is_waiting;
    uint64_t next_ns; /* when to send, or when it is too late for what was sent */
    uint64_t sent_ns;
    size_t used;
    char message[MESSAGE_SIZE]; /* a masked frame of text, as it went out */
    char input[1024];
};

static struct websocket *websockets;
static unsigned int open_count, lost_count;
static uint64_t echo_count;
static struct latency latency;
static bool is_ending;

static void lose(struct websocket *websocket)
{
    if (websocket->is_lost)
        return;
    websocket->is_lost = true;
    lost_count++;
    transport_close(&websocket->transport);
}

static void send_message(struct websocket *websocket)
{
    static unsigned int number;
    /* A mask of zeros is one, and leaves the text readable. */
    char text[33];

    (void)snprintf(text, sizeof(text), "message %024u", number++);
    memcpy(websocket->message, "\x81\xa0\0\0\0\0", 6);
    memcpy(websocket->message + 6, text, 32);
    websocket->used = 0;
    websocket->is_waiting = true;
    websocket->sent_ns = now_ns();
    websocket->next_ns = websocket->sent_ns + LATE_NS;
    if (transport_write(&websocket->transport, websocket->message, MESSAGE_SIZE) != MESSAGE_SIZE)
        lose(websocket);
}

static void take_opening(struct websocket *websocket)
{
    if (memmem(websocket->input, websocket->used, "\r\n\r\n", 4) == NULL)
        return;
    if (memcmp(websocket->input, "HTTP/1.1 101", 12) != 0) {
        lose(websocket);
        return;
    }
    websocket->is_open = true;
    open_count++;
    /* Spread over the time between two messages. */
    websocket->next_ns = now_ns() + (uint64_t)(websocket - websockets) *
                                        (load_options->each_ms * 1000000ull) /
                                        load_options->connections;
}

static void take_echo(struct websocket *websocket)
{
    if (!websocket->is_waiting || websocket->used > MESSAGE_SIZE ||
        memcmp(websocket->input, websocket->message, websocket->used) != 0) {
        lose(websocket);
        return;
    }
    if (websocket->used < MESSAGE_SIZE)
        return;
    echo_count++;
    latency_add(&latency, now_ns() - websocket->sent_ns);
    websocket->is_waiting = false;
    websocket->next_ns = websocket->sent_ns + load_options->each_ms * 1000000ull;
}

static void handle(struct websocket *websocket)
{
    size_t length = strlen(WEBSOCKET_REQUEST);
    ssize_t got;

    if (websocket->is_lost)
        return;
    if (!websocket->has_asked) {
        int result = transport_handshake(&websocket->transport);

        if (result == 0)
            return;
        websocket->has_asked = true;
        if (result < 0 ||
            transport_write(&websocket->transport, WEBSOCKET_REQUEST, length) != (ssize_t)length) {
            lose(websocket);
            return;
        }
    }
    while ((got = transport_read(&websocket->transport, websocket->input + websocket->used,
                                 sizeof(websocket->input) - websocket->used)) > 0) {
        websocket->used += (size_t)got;
        if (websocket->is_open)
            take_echo(websocket);
        else
            take_opening(websocket);
        if (websocket->is_lost)
            return;
    }
    if (got != -EAGAIN)
        lose(websocket);
}

/* What is due to be sent, or too late. Returns when to come again. */
static uint64_t check_times(uint64_t now)
{
    uint64_t next_ns = now + SECOND_NS / 10;

    for (unsigned int i = 0; i < load_options->connections; i++) {
        struct websocket *websocket = &websockets[i];

        if (websocket->is_lost)
            continue;
        if (websocket->next_ns <= now && (websocket->is_waiting || !websocket->is_open))
            lose(websocket);
        else if (websocket->next_ns <= now && !is_ending)
            send_message(websocket);
        if (!websocket->is_lost && websocket->next_ns < next_ns)
            next_ns = websocket->next_ns;
    }
    return next_ns;
}

static void open_all(void)
{
    websockets = calloc(load_options->connections, sizeof(*websockets));
    if (websockets == NULL)
        die("out of memory");
    for (unsigned int i = 0; i < load_options->connections; i++) {
        websockets[i].next_ns = now_ns() + LATE_NS;
        if (transport_open(&websockets[i].transport, &websockets[i]) < 0)
            lose(&websockets[i]);
    }
}

static bool all_have_echoed(void)
{
    for (unsigned int i = 0; i < load_options->connections; i++)
        if (!websockets[i].is_lost && websockets[i].is_waiting)
            return false;
    return true;
}

void load_websocket_run(void)
{
    static struct epoll_event events[LOAD_EVENT_COUNT];
    uint64_t end_ns = now_ns() + (uint64_t)(load_options->seconds * 1e9);
    bool is_announced = false;

    open_all();
    load_watch_input();
    while (now_ns() < end_ns && !(is_ending && all_have_echoed())) {
        int count = load_wait(events, check_times(now_ns()));

        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr != NULL) {
                handle(events[i].data.ptr);
            } else if (load_input_has_ended()) {
                is_ending = true;
                (void)epoll_ctl(load_poll_fd, EPOLL_CTL_DEL, 0, NULL);
            }
        }
        if (!is_announced && open_count + lost_count >= load_options->connections) {
            is_announced = true;
            (void)printf("{\"open\": %u}\n", open_count);
            (void)fflush(stdout);
        }
    }
    (void)printf("{\"opened\": %u, \"lost\": %u, \"echoes\": %lu, \"latency_us\": ", open_count,
                 lost_count, echo_count);
    latency_print(&latency);
    (void)printf("}\n");
}

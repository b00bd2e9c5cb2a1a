/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes through a TCP proxy, one way, as many as go through.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "load.h"

#define WRITE_SIZE 262144

struct stream {
    struct transport transport;
};

static uint64_t byte_count;
static unsigned int lost_count;
static bool is_down;

static void handle(struct stream *stream)
{
    struct transport *transport = &stream->transport;
    ssize_t done;

    if (transport->fd < 0)
        return;
    if (!transport->is_ready) {
        (void)transport_handshake(transport);
        done = transport_write(transport, is_down ? "D" : "U", 1);
        if (done != 1) {
            transport_close(transport);
            lost_count++;
            return;
        }
    }
    /* A turn each: a socket that is never drained must not keep the others from theirs. */
    for (int i = 0; i < 64; i++) {
        if (is_down)
            done = transport_skip(transport, LOAD_SCRATCH_SIZE);
        else
            done = transport_write(transport, load_scratch, WRITE_SIZE);
        if (done <= 0)
            break;
        byte_count += (uint64_t)done;
    }
    if (done == 0 || (done < 0 && done != -EAGAIN)) {
        transport_close(transport);
        lost_count++;
    }
}

void load_stream_run(void)
{
    static struct epoll_event events[LOAD_EVENT_COUNT];
    struct stream *streams = calloc(load_options->connections, sizeof(*streams));
    uint64_t start_ns = now_ns(), now = start_ns;
    uint64_t stop_ns = start_ns + (uint64_t)(load_options->seconds * 1e9);

    if (streams == NULL)
        die("out of memory");
    is_down = strcmp(load_options->path, "down") == 0;
    for (unsigned int i = 0; i < load_options->connections; i++)
        if (transport_open(&streams[i].transport, &streams[i]) < 0)
            lost_count++;
    while (now < stop_ns) {
        int count = load_wait(events, now + SECOND_NS / 1000);

        for (int i = 0; i < count; i++)
            handle(events[i].data.ptr);
        /* Where a turn ended early the edge has passed already. */
        for (unsigned int i = 0; i < load_options->connections; i++)
            if (streams[i].transport.is_ready && lost_count < load_options->connections)
                handle(&streams[i]);
        now = now_ns();
    }
    (void)printf("{\"bytes\": %lu, \"seconds\": %.6f, \"failed\": %u}\n", byte_count,
                 (double)(now - start_ns) / 1e9, lost_count);
}

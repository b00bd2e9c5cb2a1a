/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: forward LISTEN TARGET [LISTEN TARGET]...
 *
 * The floor: a TCP forwarder that looks at nothing. One connection to the target for each client's,
 * bytes copied as they come, one thread, edge-triggered epoll. No proxy can do less for a request
 * than its two reads and two writes, unless it takes several at once.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common.h"

#define BUFFER_SIZE    65536
#define EVENT_COUNT    256
#define LISTENER_COUNT 8

/* One end of a pair. What was read from it and could not be written yet waits in `kept`. */
struct end {
    int fd;
    bool is_listener, is_readable, is_ending, is_finished, is_shut;
    struct end *peer;
    char *kept;
    size_t kept_size, kept_done;
    struct address target; /* of a listener */
};

static int poll_fd;
static char buffer[BUFFER_SIZE];
static struct end *dead[EVENT_COUNT * 2];
static size_t dead_count;

static void close_pair(struct end *end)
{
    struct end *ends[] = {end, end->peer};

    if (end->fd < 0)
        return;
    for (size_t i = 0; i < 2; i++) {
        (void)close(ends[i]->fd);
        ends[i]->fd = -1;
        dead[dead_count++] = ends[i]; /* an event of this batch may still name it */
    }
}

static void free_dead(void)
{
    while (dead_count > 0) {
        struct end *end = dead[--dead_count];

        free(end->kept);
        free(end);
    }
}

static void accept_all(struct end *listener)
{
    int yes = 1, fd;

    while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        int target = address_connect(&listener->target);
        struct end *client, *upstream;

        if (target < 0) {
            (void)close(fd);
            continue;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        client = calloc(1, sizeof(*client));
        upstream = calloc(1, sizeof(*upstream));
        if (client == NULL || upstream == NULL)
            die("out of memory");
        *client = (struct end){.fd = fd, .peer = upstream};
        *upstream = (struct end){.fd = target, .peer = client};
        poll_add(poll_fd, fd, client);
        poll_add(poll_fd, target, upstream);
    }
}

/* What did not fit into the peer's socket. */
static void keep(struct end *end, const char *data, size_t size)
{
    if (end->kept == NULL)
        end->kept = malloc(BUFFER_SIZE);
    if (end->kept == NULL)
        die("out of memory");
    memcpy(end->kept, data, size);
    end->kept_size = size;
    end->kept_done = 0;
}

/* Returns false when the peer takes no more for now. */
static bool flush_kept(struct end *end)
{
    while (end->kept_done < end->kept_size) {
        ssize_t sent = send(end->peer->fd, end->kept + end->kept_done,
                            end->kept_size - end->kept_done, MSG_NOSIGNAL);

        if (sent < 0) {
            if (errno != EAGAIN && errno != ENOTCONN)
                close_pair(end);
            return false;
        }
        end->kept_done += (size_t)sent;
    }
    end->kept_size = end->kept_done = 0;
    return true;
}

static void finish(struct end *end)
{
    end->is_finished = true;
    if (!end->is_shut) {
        end->is_shut = true;
        (void)shutdown(end->peer->fd, SHUT_WR);
    }
    if (end->peer->is_finished)
        close_pair(end);
}

/* From an end to its peer, until there is nothing more to read or no room. */
static void pump(struct end *end)
{
    while (end->fd >= 0 && end->is_readable && !end->is_finished && flush_kept(end)) {
        ssize_t got = recv(end->fd, buffer, sizeof(buffer), 0);
        ssize_t sent;

        if (got == 0) {
            finish(end);
            return;
        }
        if (got < 0) {
            if (errno == EAGAIN || errno == ENOTCONN)
                end->is_readable = false;
            else
                close_pair(end);
            return;
        }
        if ((size_t)got < sizeof(buffer) && !end->is_ending)
            end->is_readable = false; /* drained; what comes next has an event of its own */
        sent = send(end->peer->fd, buffer, (size_t)got, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != ENOTCONN) {
            close_pair(end);
            return;
        }
        if (sent < got)
            keep(end, buffer + (sent < 0 ? 0 : sent), (size_t)(got - (sent < 0 ? 0 : sent)));
    }
}

static void handle(struct end *end, uint32_t events)
{
    if (end->is_listener) {
        accept_all(end);
        return;
    }
    if (end->fd < 0)
        return;
    if (events & EPOLLERR) {
        close_pair(end);
        return;
    }
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) {
        end->is_readable = true;
        end->is_ending = (events & (EPOLLRDHUP | EPOLLHUP)) != 0;
        pump(end);
    }
    if (end->fd >= 0 && (events & EPOLLOUT) && end->peer->kept_size > 0 && flush_kept(end->peer))
        pump(end->peer);
}

int main(int count, char **arguments)
{
    static struct end listeners[LISTENER_COUNT];
    struct epoll_event events[EVENT_COUNT];

    if (count < 3 || count % 2 != 1 || count / 2 > LISTENER_COUNT)
        die("usage: forward LISTEN TARGET [LISTEN TARGET]...");
    program_init();
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < count / 2; i++) {
        listeners[i].is_listener = true;
        listeners[i].target = address_parse(arguments[2 * i + 2]);
        listeners[i].fd = address_listen(arguments[2 * i + 1]);
        poll_add_readable(poll_fd, listeners[i].fd, &listeners[i]);
    }
    for (;;) {
        int ready = epoll_wait(poll_fd, events, EVENT_COUNT, -1);

        for (int i = 0; i < ready; i++)
            handle(events[i].data.ptr, events[i].events);
        free_dead();
    }
}

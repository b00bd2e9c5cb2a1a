/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: origin http=ADDRESS... stream=ADDRESS...
 *
 * The server behind the proxies, as cheap as it can be, one thread. At "http" addresses it answers
 * by the last part of the path: /tiny (2 bytes), /1k, /64k, /1m, and /ws, which becomes a WebSocket
 * that gives back every byte as it is. "Connection: close" is honoured, pipelining works, requests
 * have no body. At "stream" addresses the first byte says what the connection does: D sends without
 * end, U takes what comes.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common.h"
#include "websocket.h"

#define EVENT_COUNT    256
#define LISTENER_COUNT 8
#define INPUT_SIZE     4096
#define LARGEST_BODY   1048576
#define STREAM_CHUNK   262144

enum kind {
    HTTP,
    ECHO,
    STREAM,
    STREAM_DOWN,
    STREAM_UP,
};

struct page {
    const char *name;
    size_t size;
    char heads[2][160]; /* that keeps the connection, and that closes it */
};

struct connection {
    int fd;
    enum kind kind;
    bool is_listener, closes;
    const struct page *page; /* being sent: its body from `sent` */
    size_t sent;
    size_t used; /* of input: a request that is not complete, or what waits to be echoed */
    char input[INPUT_SIZE];
};

static struct page pages[] = {
    {.name = "/tiny", .size = 2},
    {.name = "/1k", .size = 1024},
    {.name = "/64k", .size = 65536},
    {.name = "/1m", .size = LARGEST_BODY},
};
#define PAGE_COUNT (sizeof(pages) / sizeof(pages[0]))

static int poll_fd;
static char body[LARGEST_BODY];
static char scratch[STREAM_CHUNK];

static void prepare_pages(void)
{
    memset(body, 'x', sizeof(body));
    for (size_t i = 0; i < PAGE_COUNT; i++)
        for (int closes = 0; closes < 2; closes++)
            (void)snprintf(pages[i].heads[closes], sizeof(pages[i].heads[closes]),
                           "HTTP/1.1 200 OK\r\n"
                           "Content-Type: text/plain\r\n"
                           "Content-Length: %zu\r\n%s\r\n",
                           pages[i].size, closes ? "Connection: close\r\n" : "");
}

static void drop(struct connection *connection)
{
    (void)close(connection->fd);
    free(connection);
}

/* The last part of the path of a request line; the smallest page for what is none of them, so that
 * health checks are content. */
static const struct page *page_find(const char *head, const char *end)
{
    const char *path = memchr(head, ' ', (size_t)(end - head));
    const char *last = path;

    if (path == NULL)
        return NULL;
    for (path++; path < end && *path != ' ' && *path != '?' && *path != '\r'; path++)
        if (*path == '/')
            last = path;
    for (size_t i = 0; i < PAGE_COUNT; i++) {
        size_t length = strlen(pages[i].name);

        if ((size_t)(path - last) == length && memcmp(last, pages[i].name, length) == 0)
            return &pages[i];
    }
    return &pages[0];
}

static bool head_has(const char *head, const char *end, const char *text)
{
    return memmem(head, (size_t)(end - head), text, strlen(text)) != NULL;
}

/* Sends what is left of the page. Returns false when there is no room for now, or, with the
 * connection gone, -1. */
static int send_body(struct connection *connection)
{
    while (connection->sent < connection->page->size) {
        ssize_t sent = send(connection->fd, body + connection->sent,
                            connection->page->size - connection->sent, MSG_NOSIGNAL);

        if (sent < 0 && errno == EAGAIN)
            return 0;
        if (sent < 0) {
            drop(connection);
            return -1;
        }
        connection->sent += (size_t)sent;
    }
    connection->page = NULL;
    if (!connection->closes)
        return 1;
    drop(connection);
    return -1;
}

static int answer(struct connection *connection, const char *head, const char *end)
{
    bool closes = head_has(head, end, "onnection: close");
    const struct page *page = page_find(head, end);
    struct iovec parts[2];
    ssize_t sent;
    size_t length;

    if (page == NULL) {
        drop(connection);
        return -1;
    }
    length = strlen(page->heads[closes]);
    parts[0] = (struct iovec){(void *)page->heads[closes], length};
    parts[1] = (struct iovec){body, page->size};
    sent = writev(connection->fd, parts, 2);
    if (sent < (ssize_t)length) { /* never with a connection that reads its answers */
        drop(connection);
        return -1;
    }
    connection->page = page;
    connection->sent = (size_t)sent - length;
    connection->closes = closes;
    if (connection->sent == page->size && !closes) {
        connection->page = NULL;
        return 1;
    }
    return send_body(connection);
}

static int upgrade(struct connection *connection, const char *head, const char *end)
{
    if (!head_has(head, end, WEBSOCKET_KEY) ||
        send(connection->fd, WEBSOCKET_ACCEPTED, strlen(WEBSOCKET_ACCEPTED), MSG_NOSIGNAL) < 0) {
        drop(connection);
        return -1;
    }
    connection->kind = ECHO;
    return 1;
}

/* Answers the requests that are complete. Returns -1 when the connection is gone. */
static int take_requests(struct connection *connection)
{
    size_t done = 0;
    int result = 1;

    while (connection->page == NULL && connection->kind == HTTP && done < connection->used) {
        const char *head = connection->input + done;
        const char *end = memmem(head, connection->used - done, "\r\n\r\n", 4);

        if (end == NULL)
            break;
        end += 4;
        if (memmem(head, 256 < end - head ? 256 : (size_t)(end - head), "/ws ", 4) != NULL)
            result = upgrade(connection, head, end);
        else
            result = answer(connection, head, end);
        if (result < 0)
            return -1;
        done += (size_t)(end - head);
    }
    connection->used -= done;
    if (connection->used > 0)
        memmove(connection->input, connection->input + done, connection->used);
    return 0;
}

/* Gives back what it has. Returns false when there is no room for now, -1 with the connection. */
static int send_echo(struct connection *connection)
{
    while (connection->used > 0) {
        ssize_t sent = send(connection->fd, connection->input, connection->used, MSG_NOSIGNAL);

        if (sent < 0 && errno == EAGAIN)
            return 0;
        if (sent < 0) {
            drop(connection);
            return -1;
        }
        connection->used -= (size_t)sent;
        memmove(connection->input, connection->input + sent, connection->used);
    }
    return 1;
}

static void serve(struct connection *connection)
{
    for (;;) {
        size_t room;
        ssize_t got;
        bool is_drained;

        if (connection->page != NULL && send_body(connection) != 1)
            return;
        if (connection->kind == HTTP && take_requests(connection) < 0)
            return;
        if (connection->page != NULL)
            return;
        if (connection->kind == ECHO && send_echo(connection) != 1)
            return;
        room = sizeof(connection->input) - connection->used;
        got = room == 0 ? 0 : recv(connection->fd, connection->input + connection->used, room, 0);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            drop(connection);
            return;
        }
        is_drained = (size_t)got < room;
        connection->used += (size_t)got;
        if (connection->kind == HTTP && is_drained) {
            /* The usual case in one read and one write; an end comes with an event of its own. */
            if (take_requests(connection) < 0 || connection->kind == HTTP)
                return;
        }
    }
}

static void stream(struct connection *connection)
{
    ssize_t got;

    if (connection->kind == STREAM) {
        char first;

        got = recv(connection->fd, &first, 1, 0);
        if (got < 0 && errno == EAGAIN)
            return;
        connection->kind = got == 1 && first == 'D' ? STREAM_DOWN : STREAM_UP;
    }
    do {
        if (connection->kind == STREAM_DOWN)
            got = send(connection->fd, body, STREAM_CHUNK, MSG_NOSIGNAL);
        else
            got = recv(connection->fd, scratch, sizeof(scratch), MSG_TRUNC);
    } while (got > 0);
    if (got == 0 || errno != EAGAIN)
        drop(connection);
}

static void accept_all(struct connection *listener)
{
    int yes = 1, fd;

    while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct connection *connection = calloc(1, sizeof(*connection));

        if (connection == NULL)
            die("out of memory");
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        connection->fd = fd;
        connection->kind = listener->kind;
        poll_add(poll_fd, fd, connection);
    }
}

static void handle(struct connection *connection, uint32_t events)
{
    bool has_ended = (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0;

    if (connection->is_listener)
        accept_all(connection);
    else if (connection->kind >= STREAM)
        stream(connection);
    else if (has_ended && connection->page == NULL)
        drop(connection); /* nobody here says goodbye before the answer */
    else
        serve(connection);
}

int main(int count, char **arguments)
{
    static struct connection listeners[LISTENER_COUNT];
    struct epoll_event events[EVENT_COUNT];

    if (count < 2 || count - 1 > LISTENER_COUNT)
        die("usage: origin http=ADDRESS... stream=ADDRESS...");
    program_init();
    prepare_pages();
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 1; i < count; i++) {
        struct connection *listener = &listeners[i - 1];
        bool is_http = strncmp(arguments[i], "http=", 5) == 0;

        if (!is_http && strncmp(arguments[i], "stream=", 7) != 0)
            die("\"%s\" is no address to listen at", arguments[i]);
        listener->is_listener = true;
        listener->kind = is_http ? HTTP : STREAM;
        listener->fd = address_listen(strchr(arguments[i], '=') + 1);
        poll_add_readable(poll_fd, listener->fd, listener);
    }
    for (;;) {
        int ready = epoll_wait(poll_fd, events, EVENT_COUNT, -1);

        for (int i = 0; i < ready; i++)
            handle(events[i].data.ptr, events[i].events);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "loop/poller.h"
#include "os/os.h"

struct poller_epoll {
    struct poller poller;
    int fd;
    bool is_rounded; /* the exact wait is missing */
    struct epoll_event events[LOOP_EVENTS_MAX];
};

static struct poller *poller_epoll_free(struct poller *poller)
{
    struct poller_epoll *epoll = (struct poller_epoll *)poller;

    (void)os_close(epoll->fd);
    free(epoll);
    return NULL;
}

static int poller_epoll_add(struct poller *poller, struct loop_source *source,
                            enum poller_mode mode)
{
    struct poller_epoll *epoll = (struct poller_epoll *)poller;
    uint32_t events = EPOLLIN;

    if (mode == POLLER_EDGE)
        events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    else if (mode == POLLER_LEVEL_EXCLUSIVE)
        events = EPOLLIN | EPOLLEXCLUSIVE;
    return os_epoll_add(epoll->fd, source->fd, events, source);
}

static void poller_epoll_remove(struct poller *poller, struct loop_source *source, bool is_closing)
{
    struct poller_epoll *epoll = (struct poller_epoll *)poller;

    /* It fails only where the owner closed the descriptor first. If it has a copy somewhere, the
     * system goes on reporting a source that is about to be freed: better to stop here. */
    if (!is_closing && os_epoll_remove(epoll->fd, source->fd) < 0)
        abort();
}

static unsigned int poller_epoll_readiness(uint32_t events)
{
    unsigned int readiness = 0;

    if ((events & EPOLLIN) != 0)
        readiness |= LOOP_READABLE;
    if ((events & EPOLLOUT) != 0)
        readiness |= LOOP_WRITABLE;
    if ((events & EPOLLRDHUP) != 0)
        readiness |= LOOP_HANGUP | LOOP_READABLE;
    if ((events & EPOLLHUP) != 0)
        readiness |= LOOP_HANGUP | LOOP_READABLE | LOOP_WRITABLE;
    if ((events & EPOLLERR) != 0)
        readiness |= LOOP_ERROR | LOOP_READABLE | LOOP_WRITABLE;
    return readiness;
}

static int poller_epoll_wait(struct poller *poller, uint64_t timeout_ns)
{
    struct poller_epoll *epoll = (struct poller_epoll *)poller;
    int count = -ENOSYS;

    if (!epoll->is_rounded)
        count = os_epoll_wait(epoll->fd, epoll->events, LOOP_EVENTS_MAX, timeout_ns);
    if (count == -ENOSYS || count == -EPERM) {
        epoll->is_rounded = true;
        count = os_epoll_wait_rounded(epoll->fd, epoll->events, LOOP_EVENTS_MAX, timeout_ns);
    }
    for (int i = 0; i < count; i++)
        poller_report(epoll->events[i].data.ptr, poller_epoll_readiness(epoll->events[i].events));
    return count == -EINTR ? 0 : count;
}

static const struct poller_ops poller_epoll_ops = {
    .free = poller_epoll_free,
    .add = poller_epoll_add,
    .remove = poller_epoll_remove,
    .wait = poller_epoll_wait,
};

int poller_epoll_new(struct poller **ret_poller)
{
    struct poller_epoll *epoll;
    int fd = os_epoll_create();

    if (fd < 0)
        return fd;
    epoll = malloc(sizeof(*epoll));
    if (epoll == NULL) {
        (void)os_close(fd);
        return -ENOMEM;
    }
    epoll->poller.ops = &poller_epoll_ops;
    epoll->is_rounded = false;
    epoll->fd = fd;
    *ret_poller = &epoll->poller;
    return 0;
}

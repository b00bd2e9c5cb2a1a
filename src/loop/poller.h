/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits for descriptors on behalf of a loop: the seam for another back end. A poller knows the
 * sources it watches by address only, and reports on them by poller_report().
 */
#pragma once

#include "loop/loop.h"

enum poller_mode {
    POLLER_EDGE,
    POLLER_LEVEL,
    POLLER_LEVEL_EXCLUSIVE,
};

struct poller;

struct poller_ops {
    struct poller *(*free)(struct poller *poller);

    /* Reports on source->fd from now on, at once where something is ready already. */
    int (*add)(struct poller *poller, struct loop_source *source, enum poller_mode mode);

    /* Reports no more; does not fail. is_closing says that the only descriptor of what it names is
     * closed next. */
    void (*remove)(struct poller *poller, struct loop_source *source, bool is_closing);

    /* Reports what is ready, LOOP_EVENTS_MAX times at most, after waiting for it where nothing is.
     * Returns how many reports there were, 0 also when a signal ended the wait, or -errno. */
    int (*wait)(struct poller *poller, uint64_t timeout_ns);
};

/* The first member of what a back end allocates. */
struct poller {
    const struct poller_ops *ops;
};

int poller_epoll_new(struct poller **ret_poller);

/* Notes that the source is ready. Nothing is called yet: a report lives on in its source alone, so
 * that whoever removes the source takes back the report as well. */
static inline void poller_report(struct loop_source *source, unsigned int readiness)
{
    source->readiness |= (uint8_t)readiness;
    if (list_is_empty(&source->link))
        list_append(&source->loop->ready_sources, &source->link);
}

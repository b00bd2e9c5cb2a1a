/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "loop/poller.h"
#include "os/os.h"

/* The descriptor is never read: each signal is an edge of its own, and the count takes centuries
 * to be full. */
static void loop_woken_up(struct loop_source *source, unsigned int readiness)
{
    (void)source;
    (void)readiness;
}

int loop_init(struct loop *loop)
{
    int fd;
    int r;

    *loop = (struct loop){0};
    list_init(&loop->ready_sources);
    list_init(&loop->tasks);
    mailbox_init(&loop->mailbox);
    wheel_init(&loop->wheel, os_monotonic_time_ns());
    loop_source_init(&loop->wakeup, loop_woken_up);

    r = poller_epoll_new(&loop->poller);
    if (r < 0)
        return r;
    fd = os_eventfd();
    r = fd < 0 ? fd : loop_source_add(loop, &loop->wakeup, fd, 0);
    if (r < 0) {
        os_closep(&fd);
        loop->poller = loop->poller->ops->free(loop->poller);
    }
    return r;
}

void loop_deinit(struct loop *loop)
{
    if (loop->poller == NULL)
        return;
    assert(!loop->is_in_turn);
    loop_source_close(&loop->wakeup);
    loop->poller = loop->poller->ops->free(loop->poller);
}

uint64_t loop_now_refresh(struct loop *loop)
{
    uint64_t now_ns = os_monotonic_time_ns();

    if (now_ns > loop->wheel.now_ns)
        loop->wheel.now_ns = now_ns;
    return loop->wheel.now_ns;
}

/* How long this turn may wait; from here on, messages wake it up. */
static uint64_t loop_timeout_ns(struct loop *loop, uint64_t timeout_ns)
{
    uint64_t next_ns;

    if (!list_is_empty(&loop->ready_sources) || !list_is_empty(&loop->tasks))
        return 0;
    if (timeout_ns == 0)
        return 0;
    next_ns = wheel_next_ns(&loop->wheel);
    if (next_ns != TIME_FOREVER) {
        /* By the clock, not by the beginning of the last turn, which may have been long. */
        uint64_t until_next_ns = time_subtract(next_ns, os_monotonic_time_ns());

        if (until_next_ns < timeout_ns)
            timeout_ns = until_next_ns;
    }
    if (timeout_ns > 0 && !mailbox_sleep(&loop->mailbox))
        return 0;
    return timeout_ns;
}

static void loop_run_sources(struct loop *loop)
{
    struct loop_source *source;
    struct list_head turn;

    list_init(&turn);
    list_append_all(&turn, &loop->ready_sources);
    while ((source = list_first(&turn, struct loop_source, link)) != NULL) {
        list_remove(&source->link);
        loop->statistics.calls++;
        source->ready(source, source->readiness);
    }
}

static void loop_run_messages(struct loop *loop, struct loop_message *message)
{
    while (message != NULL) {
        struct loop_message *next = message->next;

        loop->statistics.messages++;
        message->receive(message);
        message = next;
    }
}

static void loop_run_tasks(struct loop *loop)
{
    struct loop_task *task;
    struct list_head turn;

    list_init(&turn);
    list_append_all(&turn, &loop->tasks);
    while ((task = list_first(&turn, struct loop_task, link)) != NULL) {
        list_remove(&task->link);
        loop->statistics.tasks++;
        task->run(task);
    }
}

int loop_run_once(struct loop *loop, uint64_t timeout_ns)
{
    struct loop_message *messages;
    int count;

    assert(!loop->is_in_turn);
    count = loop->poller->ops->wait(loop->poller, loop_timeout_ns(loop, timeout_ns));
    messages = mailbox_take(&loop->mailbox);
    (void)loop_now_refresh(loop);

    loop->is_in_turn = true;
    loop->statistics.turns++;
    if (count > 0)
        loop->statistics.events += (uint64_t)count;
    loop_run_sources(loop);
    loop_run_messages(loop, messages);
    wheel_advance(&loop->wheel);
    loop_run_tasks(loop);
    loop->is_in_turn = false;
    return count < 0 ? count : 0;
}

int loop_run(struct loop *loop)
{
    int r = 0;

    while (r == 0 && !loop->is_stopping)
        r = loop_run_once(loop, TIME_FOREVER);
    loop->is_stopping = false;
    return r;
}

void loop_stop(struct loop *loop)
{
    loop->is_stopping = true;
}

struct loop_statistics loop_read_statistics(const struct loop *loop)
{
    struct loop_statistics statistics = loop->statistics;

    statistics.timers_fired = loop->wheel.fired_count;
    statistics.timers_placed = loop->wheel.placed_count;
    return statistics;
}

void loop_source_init(struct loop_source *source,
                      void (*ready)(struct loop_source *source, unsigned int readiness))
{
    *source = (struct loop_source){.ready = ready, .fd = -1};
    list_init(&source->link);
}

static int loop_source_watch(struct loop *loop, struct loop_source *source, int fd,
                             unsigned int readiness, enum poller_mode mode)
{
    int r;

    assert(source->fd < 0);
    source->loop = loop;
    source->fd = fd;
    source->readiness = (uint8_t)readiness;
    r = loop->poller->ops->add(loop->poller, source, mode);
    if (r < 0)
        source->fd = -1;
    return r;
}

int loop_source_add(struct loop *loop, struct loop_source *source, int fd, unsigned int readiness)
{
    return loop_source_watch(loop, source, fd, readiness, POLLER_EDGE);
}

int loop_source_add_listener(struct loop *loop, struct loop_source *source, int fd,
                             bool is_exclusive)
{
    return loop_source_watch(loop, source, fd, 0,
                             is_exclusive ? POLLER_LEVEL_EXCLUSIVE : POLLER_LEVEL);
}

static int loop_source_forget(struct loop_source *source, bool is_closing)
{
    int fd = source->fd;

    if (fd < 0)
        return -1;
    source->loop->poller->ops->remove(source->loop->poller, source, is_closing);
    list_remove(&source->link);
    source->fd = -1;
    source->readiness = 0;
    return fd;
}

void loop_source_remove(struct loop_source *source)
{
    (void)loop_source_forget(source, false);
}

void loop_source_close(struct loop_source *source)
{
    int fd = loop_source_forget(source, true);

    os_closep(&fd);
}

void loop_source_again(struct loop_source *source)
{
    if (source->fd >= 0 && list_is_empty(&source->link))
        list_append(&source->loop->ready_sources, &source->link);
}

void loop_defer(struct loop *loop, struct loop_task *task)
{
    if (list_is_empty(&task->link))
        list_append(&loop->tasks, &task->link);
}

void loop_post(struct loop *loop, struct loop_message *message)
{
    /* Fails only when the descriptor is gone, and with it the loop. */
    if (mailbox_push(&loop->mailbox, message) && os_eventfd_signal(loop->wakeup.fd) < 0)
        abort();
}

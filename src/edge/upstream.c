/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "edge/exchange.h"
#include "edge/outgoing.h"
#include "edge/worker.h"
#include "os/os.h"
#include "os/socket.h"

/* Idle ones go away before most servers would close them (60 s and more), or after so many. */
#define UPSTREAM_IDLE_NS  (50 * TIME_SECOND)
#define UPSTREAM_IDLE_MAX 256

static void upstream_ready(struct loop_source *source, unsigned int readiness)
{
    struct upstream *upstream = list_entry(source, struct upstream, stream.source);

    (void)readiness;
    if (upstream->exchange != NULL)
        exchange_upstream_ready(upstream->exchange);
    else if ((source->readiness & LOOP_READABLE) != 0)
        upstream_close(upstream); /* the end, or bytes that nobody asked for */
}

static void upstream_timed_out(struct loop_timer *timer)
{
    struct upstream *upstream = list_entry(timer, struct upstream, timer);

    if (upstream->exchange != NULL)
        exchange_upstream_timed_out(upstream->exchange);
    else
        upstream_close(upstream);
}

static void upstream_end(struct upstream *upstream, bool with_reset)
{
    struct worker *worker = upstream->worker;
    struct worker_target *target = upstream->target;

    if (!stream_is_open(&upstream->stream))
        return;
    if (upstream->exchange == NULL) {
        target->idle_count--;
        state_gauge_down(&target->counters->idle_connections);
    }
    state_gauge_down(&target->counters->open_connections);
    upstream->exchange = NULL;
    upstream->in = buffer_give(&worker->buffers, upstream->in);
    upstream->out = buffer_give(&worker->buffers, upstream->out);
    loop_timer_cancel(&upstream->timer);
    if (with_reset)
        stream_abort(&upstream->stream);
    else
        stream_close(&upstream->stream);
    target_release(upstream->own, worker->shared->main_loop);
    list_remove(&upstream->link);
    list_append(&worker->dead_upstreams, &upstream->link);
    loop_defer(&worker->loop, &worker->bury);
    worker_target_left(target);
}

void upstream_close(struct upstream *upstream)
{
    upstream_end(upstream, false);
}

void upstream_abort(struct upstream *upstream)
{
    upstream_end(upstream, true);
}

/* Whether the target has closed it, or said something, and we have not been told yet. */
static bool upstream_is_stale(const struct upstream *upstream)
{
    char byte;

    return os->recv(upstream->stream.source.fd, &byte, 1, MSG_PEEK) >= 0 || errno != EAGAIN;
}

struct upstream *upstream_reuse(struct worker_target *target, bool check)
{
    struct upstream *upstream;

    while ((upstream = list_first(&target->idle, struct upstream, link)) != NULL) {
        if ((upstream->stream.source.readiness & LOOP_READABLE) != 0 ||
            (check && upstream_is_stale(upstream))) {
            upstream_close(upstream);
            continue;
        }
        list_remove(&upstream->link);
        list_append(&target->busy, &upstream->link);
        target->idle_count--;
        state_gauge_down(&target->counters->idle_connections);
        target->counters->reused++;
        return upstream;
    }
    return NULL;
}

static struct upstream *upstream_take(struct worker_target *target)
{
    struct worker *worker = target->worker;
    struct upstream *upstream = list_first(&worker->free_upstreams, struct upstream, link);

    if (upstream != NULL)
        list_remove(&upstream->link);
    else
        upstream = malloc(sizeof(*upstream));
    if (upstream == NULL)
        return NULL;
    memset(upstream, 0, sizeof(*upstream));
    upstream->worker = worker;
    upstream->target = target;
    stream_init(&upstream->stream, upstream_ready);
    loop_timer_init(&upstream->timer, upstream_timed_out);
    return upstream;
}

static int upstream_open_socket(struct upstream *upstream, const struct target *target)
{
    int fd = os_stream_socket(target->address.any.sa_family);
    int r;

    if (fd >= upstream->worker->shared->fds_max) {
        (void)os_close(fd);
        return -EMFILE;
    }
    if (fd < 0)
        return fd;
    if (target->family != ROUTE_FAMILY_UNIX)
        (void)os_socket_no_delay(fd);
    r = os_connect(fd, &target->address, target->address_size);
    if (r < 0 && r != -EINPROGRESS) {
        (void)os_close(fd);
        return r;
    }
    upstream->is_connected = r == 0;
    r = loop_source_add(&upstream->worker->loop, &upstream->stream.source, fd,
                        r == 0 ? LOOP_WRITABLE : 0);
    if (r < 0)
        (void)os_close(fd);
    return r;
}

int upstream_connect(struct worker_target *target, struct upstream **ret_upstream)
{
    struct upstream *upstream = upstream_take(target);
    int r;

    if (upstream == NULL)
        return -ENOMEM;
    r = upstream_open_socket(upstream, target->target);
    if (r < 0) {
        list_init(&upstream->link);
        list_append(&target->worker->free_upstreams, &upstream->link);
        return r;
    }
    upstream->own = target->target;
    target_reference(upstream->own);
    list_append(&target->busy, &upstream->link);
    target->counters->connections++;
    state_gauge_up(&target->counters->open_connections);
    *ret_upstream = upstream;
    return 0;
}

int upstream_send(struct upstream *upstream, const struct iovec *parts, size_t count)
{
    return outgoing_send(&upstream->stream, &upstream->worker->buffers, parts, count,
                         &upstream->out);
}

int upstream_flush(struct upstream *upstream)
{
    return outgoing_flush(&upstream->stream, &upstream->worker->buffers, &upstream->out);
}

static bool upstream_may_stay(const struct upstream *upstream)
{
    const struct worker *worker = upstream->worker;

    return upstream->own == upstream->target->target && upstream->is_reusable &&
           upstream->out == NULL && upstream->in == NULL &&
           (upstream->stream.source.readiness & (LOOP_READABLE | LOOP_HANGUP | LOOP_ERROR)) == 0 &&
           upstream->target->idle_count < UPSTREAM_IDLE_MAX && !worker->is_draining &&
           worker->current != NULL &&
           atomic_load_explicit(&upstream->own->generation, memory_order_relaxed) >=
               worker->current->generation->number;
}

void upstream_release(struct upstream *upstream)
{
    struct worker_target *target = upstream->target;

    if (upstream->in != NULL && buffer_length(upstream->in) == 0)
        upstream->in = buffer_give(&upstream->worker->buffers, upstream->in);
    if (!upstream_may_stay(upstream)) {
        upstream_close(upstream);
        return;
    }
    upstream->exchange = NULL;
    list_remove(&upstream->link);
    list_prepend(&target->idle, &upstream->link);
    target->idle_count++;
    state_gauge_up(&target->counters->idle_connections);
    loop_timer_set_after(&upstream->worker->loop, &upstream->timer, UPSTREAM_IDLE_NS);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What outlives the supervisor: the edge keeps a copy of every descriptor that it was given, and
 * gives them to the next one, which connects to the handover socket.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "edge/process_priv.h"
#include "os/os.h"
#include "os/peer.h"
#include "os/socket.h"

static struct edge_listener *edge_find_listener(struct edge *edge, uint64_t id)
{
    struct edge_listener *listener;

    list_for_each (listener, &edge->listeners, link)
        if (listener->listen.id == id)
            return listener;
    return NULL;
}

void edge_drop_listener(struct edge *edge, uint64_t id)
{
    struct edge_listener *listener = edge_find_listener(edge, id);

    if (listener == NULL)
        return;
    (void)os_close(listener->fd);
    list_remove(&listener->link);
    free(listener);
}

int edge_keep_listener(struct edge *edge, const struct message_listen *listen, int fd)
{
    struct edge_listener *listener;

    edge_drop_listener(edge, listen->id);
    listener = malloc(sizeof(*listener));
    if (listener == NULL) {
        (void)os_close(fd);
        return -ENOMEM;
    }
    listener->listen = *listen;
    listener->fd = fd;
    list_append(&edge->listeners, &listener->link);
    return 0;
}

static struct edge_log *edge_find_log(struct edge *edge, uint64_t id)
{
    struct edge_log *log;

    list_for_each (log, &edge->logs, link)
        if (log->id == id)
            return log;
    return NULL;
}

void edge_drop_log(struct edge *edge, uint64_t id)
{
    struct edge_log *log = edge_find_log(edge, id);

    if (log == NULL)
        return;
    edge_log_changed(edge, id, -1);
    (void)os_close(log->fd);
    list_remove(&log->link);
    free(log);
}

int edge_keep_log(struct edge *edge, uint64_t id, int fd)
{
    struct edge_log *log = edge_find_log(edge, id);

    if (log == NULL) {
        log = malloc(sizeof(*log));
        if (log == NULL) {
            (void)os_close(fd);
            return -ENOMEM;
        }
        log->id = id;
        log->fd = -1;
        list_append(&edge->logs, &log->link);
    }
    edge_log_changed(edge, id, fd);
    if (log->fd >= 0)
        (void)os_close(log->fd);
    log->fd = fd;
    return 0;
}

void edge_keep_config(struct edge *edge, uint64_t generation, int fds[2])
{
    for (int i = 0; i < 2; i++) {
        if (edge->config_fds[i] >= 0)
            (void)os_close(edge->config_fds[i]);
        edge->config_fds[i] = take_fd(&fds[i]);
    }
    edge->config_generation = generation;
}

/*
 * The next supervisor
 */

static int edge_hand_over_all(struct edge *edge)
{
    struct channel *channel = &edge->channel;
    struct message_handover handover = {
        .pid = (uint64_t)getpid(),
        .bank = edge->shared.bank,
        .threads = edge->shared.worker_count,
        .is_draining = edge->is_draining,
    };
    int fds[2] = {edge->state_fd, edge->handover_fd};
    struct edge_listener *listener;
    struct edge_log *log;
    int r = channel_send(channel, MESSAGE_HANDOVER, 0, &handover, fds);

    list_for_each (listener, &edge->listeners, link)
        if (r == 0)
            r = channel_send(channel, MESSAGE_LISTENER, 0, &listener->listen, &listener->fd);
    list_for_each (log, &edge->logs, link) {
        struct message_id id = {.id = log->id};

        if (r == 0)
            r = channel_send(channel, MESSAGE_LOG, 0, &id, &log->fd);
    }
    if (r == 0 && edge->config_generation != 0) {
        struct message_config config = {.generation = edge->config_generation};

        r = channel_send(channel, MESSAGE_CONFIG, 0, &config, edge->config_fds);
    }
    return r == 0 ? channel_send_plain(channel, MESSAGE_HANDED_OVER, 0) : r;
}

static void edge_supervisor_came(struct loop_source *source, unsigned int readiness)
{
    struct edge *edge = list_entry(source, struct edge, handover);
    struct os_peer peer;
    int fd = os_accept(edge->handover_fd, NULL, NULL);

    (void)readiness;
    if (fd < 0)
        return;
    if (os_peer_credentials(fd, &peer) < 0 || (peer.uid != edge->supervisor_uid && peer.uid != 0)) {
        (void)os_close(fd);
        return;
    }
    if (channel_open(&edge->channel, &edge->loop, fd) < 0)
        return; /* which has closed it */
    loop_source_remove(&edge->handover);
    if (edge_hand_over_all(edge) < 0)
        channel_break(&edge->channel, -EPIPE);
}

void edge_handover_init(struct edge *edge)
{
    edge->supervisor_uid = getuid();
    loop_source_init(&edge->handover, edge_supervisor_came);
}

void edge_supervisor_gone(struct channel *channel, int reason)
{
    struct edge *edge = list_entry(channel, struct edge, channel);

    if (!edge->is_started) {
        loop_stop(&edge->loop);
        return;
    }
    log_warning("edge: the supervisor is gone (%s); serving goes on",
                reason == 0 ? "hung up" : error_text(-reason));
    if (edge->is_draining) {
        edge_drain_alone(edge);
        return;
    }
    if (edge->config_generation == 0 && list_is_empty(&edge->listeners)) {
        edge_stop(edge); /* there is nothing to hand over */
        return;
    }
    if (loop_source_add_listener(&edge->loop, &edge->handover, edge->handover_fd, false) < 0)
        log_error("edge: no other supervisor can take over");
}

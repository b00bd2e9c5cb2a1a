/* SPDX-License-Identifier: Apache-2.0 */
/* The edge's main thread, in parts: process.c, edge_messages.c, edge_handover.c. */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "base/list.h"
#include "edge/registry.h"
#include "edge/worker.h"
#include "ipc/channel.h"
#include "ipc/state.h"

struct edge;
struct prober;

struct worker_ending {
    struct loop_message message;
    struct edge *edge;
    struct worker *worker;
};

/* A command to all workers, until the last one has done it. */
struct edge_round {
    struct edge *edge;
    void (*done)(struct edge *edge, uint64_t sequence, int result);
    uint64_t sequence;
    uint32_t left;
    int result;
};

/* What the edge can give to the next supervisor, besides what it uses itself. */
struct edge_listener {
    struct list_head link;
    struct message_listen listen;
    int fd;
};

struct edge_log {
    struct list_head link;
    uint64_t id;
    int fd;
};

struct edge {
    struct loop loop;
    struct channel channel;
    struct state state;
    struct registry registry;
    struct prober *prober;
    struct worker_shared shared;
    struct worker_ending *endings;
    uint32_t running_count; /* workers */
    bool is_started;
    bool has_failed; /* to start */
    bool is_draining;
    bool is_stopping; /* the workers were told: they obey nothing after that */
    struct loop_timer drain_limit;
    struct loop_timer every_second;
    uint64_t ticked_ns;

    struct list_head listeners, logs;
    /* A configuration that the workers prepare for. */
    struct {
        struct generation *generation; /* NULL: none */
        uint64_t sequence;
        int fds[2];
    } candidate;
    int state_fd;
    int handover_fd;
    int config_fds[2];
    uint64_t config_generation; /* 0: none yet */
    uid_t supervisor_uid;
    struct loop_source handover; /* watched while there is no supervisor */
};

/* Posts the command to every worker; done is called with the worst result. */
int edge_command_all(struct edge *edge, const struct worker_command *pattern,
                     void (*done)(struct edge *edge, uint64_t sequence, int result),
                     uint64_t sequence);
void edge_round_ended(struct edge_round *round);
void edge_command_done(struct loop_message *message);

/* process.c */
int edge_start(struct edge *edge, const struct message_start_edge *start);
void edge_drain(struct edge *edge, const struct message_drain *drain);
void edge_stop(struct edge *edge);
/* Nobody is there any more who would end it. */
void edge_drain_alone(struct edge *edge);

/* The groups of the current generation are others: their checks follow. */
void edge_groups_changed(struct edge *edge);
/* Who may get its requests has changed: those that wait try again. */
void edge_group_changed(struct edge *edge, struct group *group);
/* The log of that id is written there from now on; -1: nowhere. The descriptor stays the caller's.
 */
void edge_log_changed(struct edge *edge, uint64_t id, int fd);

/* edge_messages.c */
void edge_received(struct channel *channel, struct channel_message *message);

/* edge_handover.c: keeps copies for the next supervisor, and waits for it. */
int edge_keep_listener(struct edge *edge, const struct message_listen *listen, int fd);
void edge_drop_listener(struct edge *edge, uint64_t id);
int edge_keep_log(struct edge *edge, uint64_t id, int fd);
void edge_drop_log(struct edge *edge, uint64_t id);
void edge_keep_config(struct edge *edge, uint64_t generation, int fds[2]);
void edge_handover_init(struct edge *edge);
void edge_supervisor_gone(struct channel *channel, int reason);

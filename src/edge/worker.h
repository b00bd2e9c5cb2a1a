/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread of the edge. Everything that a connection needs while it is served belongs to the thread
 * that accepted it: its loop, its buffers, its connections to targets, its counters. Threads share
 * the groups and targets (group.h), the configuration, which is read-only, and the limits.
 *
 * The main thread speaks to a worker by commands, posted to its loop.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "edge/balance.h"
#include "edge/buffer.h"
#include "edge/registry.h"
#include "edge/sticky.h"
#include "ipc/state.h"
#include "loop/loop.h"
#include "wire/http1_write.h"

struct access_buffer;
struct access_log;
struct client;
struct edge_round;
struct exchange;
struct limits;
struct upstream;

/* For heads being written, and for bodies that are put behind a short one. */
#define WORKER_SCRATCH_SIZE (BUFFER_HEAD_SIZE + 16384)

/* For tunnels with much to carry; others copy. */
#define WORKER_PIPES_MAX 64

/* A generation as this thread uses it: kept while it is the current one, and until the last
 * exchange that began under it has ended. */
struct worker_generation {
    struct generation *generation;
    uint32_t exchange_count;
};

/* Connections of this thread to one target. */
struct worker_target {
    struct list_head link;
    struct target *target; /* NULL: it is gone */
    struct state_counters *counters;
    struct list_head idle; /* the one used last comes first */
    struct list_head busy;
    uint32_t idle_count;
    struct loop_timer drain; /* when those to a target that is gone are cut off */
    struct worker *worker;
    char text[]; /* the target's */
};

/* A group in this thread. */
struct worker_group {
    struct list_head link;
    struct worker *worker;
    struct group *group;
    const struct group_view *view; /* of the current generation; NULL where it is not in it */
    struct state_counters *counters;
    struct balance balance;
    struct loop_task wake;
    struct list_head waiting; /* exchanges, the oldest first */
    uint32_t waiting_count;
    double retry_tokens;
    bool gives_away; /* the last place that became free went to another thread */
};

struct worker_listener {
    struct list_head link;
    struct loop_source source;
    struct worker *worker;
    uint64_t id;
    uint32_t index; /* in the current generation; UINT32_MAX: not in it */
    uint32_t client_count;
    uint32_t accepted_count;
    struct state_counters *counters;
    struct tls_server *tls;      /* NULL where the protocol has none */
    uint64_t tls_hash;           /* of what it was made of */
    struct tls_server *next_tls; /* of a generation that was prepared, where it is another */
    uint64_t next_tls_hash;
    int fd; /* shared by all threads; a copy of our own */
    uint16_t port;
    bool is_open;            /* watched for new connections */
    uint64_t complained_ns;  /* about what made it pause */
    struct loop_timer pause; /* while there are no descriptors */
    char port_text[6];
};

/* What the main thread gives to all of them. */
struct worker;
struct worker_shared {
    struct loop *main_loop;
    struct state *state;
    struct access_log *access_log;
    struct limits *limits;
    uint32_t bank;
    uint32_t worker_count;
    int fds_max; /* for connections: beyond it are those for what the supervisor sends */
    struct sticky_secret sticky_secret;
    /* Posts a WORKER_WAKE for the group to every worker. */
    void (*wake_all)(const struct worker_shared *shared, uint32_t slot);
    struct worker *workers;
};

struct worker {
    struct loop loop;
    const struct worker_shared *shared;
    pthread_t thread;
    uint32_t number;
    struct state_lane *lane;
    uint32_t lane_number;
    struct worker_generation *current; /* NULL before the first */
    struct worker_generation *next;    /* memory for one that was prepared */

    struct buffer_pool buffers;
    struct list_head free_clients, free_exchanges, free_upstreams;
    struct list_head dead_clients, dead_upstreams; /* until the end of the turn */
    struct loop_task bury;

    struct list_head listeners;
    struct list_head clients; /* all */
    uint32_t client_count;
    uint64_t accepted_count;
    struct access_buffer *access;
    struct loop_timer log_flush;
    struct worker_target **targets; /* by slot of the state file, and those that there are: */
    struct list_head known_targets;
    struct worker_group **groups; /* as the targets */
    struct list_head known_groups;
    struct tls_thread *tls;

    struct loop_timer every_second;
    uint64_t date_s;
    char date[HTTP1_DATE_SIZE];
    uint64_t unix_offset_ns; /* from the monotonic clock to the real one */
    uint64_t random_state;
    bool is_draining;
    bool has_successor;                /* that it drains for */
    struct worker_command *when_empty; /* WORKER_DRAIN, answered once the last client has gone */

    int free_pipes[WORKER_PIPES_MAX][2];
    uint32_t free_pipe_count;
    uint32_t pipe_count; /* in use, or free */
    char scratch[WORKER_SCRATCH_SIZE];
};

enum worker_command_kind {
    WORKER_PREPARE,    /* to take it: all that may fail */
    WORKER_FORGET,     /* what was prepared */
    WORKER_GENERATION, /* take it */
    WORKER_LISTEN,     /* on the descriptor, a copy, under the id */
    WORKER_UNLISTEN,   /* the id */
    WORKER_WAKE,       /* a group: its waiting requests may go on */
    WORKER_DISCONNECT, /* a target: cut what is open */
    WORKER_DRAIN,      /* stop accepting, finish; done when the last client has gone */
    WORKER_STOP,       /* at once */
};

struct worker_command {
    struct loop_message message;
    struct worker *worker;
    enum worker_command_kind kind;
    struct generation *generation; /* with a reference */
    uint64_t id;                   /* of a listener */
    uint32_t slot;                 /* of a group or target */
    int fd;
    bool has_successor; /* of WORKER_DRAIN */
    /* Posted back to the main thread once done; the main thread frees it. NULL: freed here. */
    void (*done)(struct loop_message *message);
    struct edge_round *round; /* the main thread's */
    int result;
};

int worker_init(struct worker *worker, const struct worker_shared *shared, uint32_t number);
void worker_deinit(struct worker *worker);

/* The thread's own: runs until WORKER_STOP. */
int worker_run(struct worker *worker);

/* From any thread. The command is the worker's until it comes back or is freed. */
void worker_post(struct worker *worker, struct worker_command *command);

static inline uint64_t worker_now_ns(const struct worker *worker)
{
    return loop_now_ns(&worker->loop);
}

static inline uint64_t worker_unix_ns(const struct worker *worker)
{
    return loop_now_ns(&worker->loop) + worker->unix_offset_ns;
}

/* Good enough for choices, not for secrets. */
static inline uint64_t worker_random(struct worker *worker)
{
    uint64_t z = (worker->random_state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* For the Date field: HTTP1_DATE_SIZE bytes. */
static inline const char *worker_date(const struct worker *worker)
{
    return worker->date;
}

/* This thread's table entry, made on first use; NULL when memory is out. */
struct worker_target *worker_target_of(struct worker *worker, struct target *target);
struct worker_group *worker_group_of(struct worker *worker, struct group *group);

/* A connection to it was closed: when it was the last one of a target that is gone, all is. */
void worker_target_left(struct worker_target *entry);

/* Ends the loop where it drains and nobody is left. */
void worker_check_drained(struct worker *worker);

struct worker_generation *worker_generation_hold(struct worker *worker);
void worker_generation_drop(struct worker *worker, struct worker_generation *held);

/* Wakes requests that wait for the group, here and in the other threads. */
void worker_group_freed(struct worker *worker, struct worker_group *group);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that the supervisor runs with a channel to it, and starts again when it ends.
 *
 *            start            READY             stop, replace, a broken channel
 *     IDLE ---------> STARTING ------> SERVING ------------------------------> ENDING
 *      ^                 |                |                                      |
 *      | not wanted      +----------------+----------> ended <-------------------+
 *      +------------------------------------------------|
 *                STARTING <------ WAITING <-------------+ wanted
 *
 * It starts again at once the first time, then after 100 ms, doubling to 5 s; one that lived for
 * 10 s starts afresh. What does not end when it should is killed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ipc/channel.h"
#include "loop/child.h"
#include "loop/loop.h"

enum subprocess_phase {
    SUBPROCESS_IDLE,
    SUBPROCESS_STARTING,
    SUBPROCESS_SERVING,
    SUBPROCESS_ENDING,
    SUBPROCESS_WAITING,
};

struct subprocess;

struct subprocess_ops {
    const char *role; /* the program's argument: "@edge" */
    const char *name; /* for people */
    uint64_t start_timeout_ns;
    /* Tells a process that was started what it needs. A failure kills it. */
    int (*started)(struct subprocess *process);
    void (*received)(struct subprocess *process, struct channel_message *message);
    /* Before it is started again; status as in loop/child.h. */
    void (*ended)(struct subprocess *process, int status);
};

struct subprocess {
    const struct subprocess_ops *ops;
    void *context;
    struct loop *loop;
    struct loop_child child;
    struct channel channel;
    struct loop_timer timer; /* to start again, or to kill */
    enum subprocess_phase phase;
    bool is_wanted;
    bool is_ponged; /* the last PING was answered */
    uint64_t started_ns;
    uint64_t delay_ns;
};

void subprocess_init(struct subprocess *process, struct loop *loop,
                     const struct subprocess_ops *ops, void *context);

/* Leaves a process that runs to itself: it sees its channel hang up. */
void subprocess_deinit(struct subprocess *process);

/* From now on there shall be one. */
void subprocess_start(struct subprocess *process);

/* One that runs and serves already. Takes the descriptor; returns 0 or -errno. */
int subprocess_adopt(struct subprocess *process, pid_t pid, int channel_fd);

/* It has said READY. */
void subprocess_ready(struct subprocess *process);

/* There shall be none: says STOP, and kills it after that time. */
void subprocess_stop(struct subprocess *process, uint64_t limit_ns);

/* The same, but another starts as soon as it has ended. */
void subprocess_replace(struct subprocess *process, uint64_t limit_ns);

/* It ends by itself; after that time it is killed. There shall be no other. */
void subprocess_expect_end(struct subprocess *process, uint64_t limit_ns);

void subprocess_kill(struct subprocess *process);

/* There is a process, whatever it does. */
static inline bool subprocess_is_alive(const struct subprocess *process)
{
    return process->phase == SUBPROCESS_STARTING || process->phase == SUBPROCESS_SERVING ||
           process->phase == SUBPROCESS_ENDING;
}

/* It hears what is sent to it. */
static inline bool subprocess_is_reachable(const struct subprocess *process)
{
    return process->phase == SUBPROCESS_STARTING || process->phase == SUBPROCESS_SERVING;
}

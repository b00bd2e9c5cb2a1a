/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child process whose end is an event of a loop. The loop reaps it: nobody else may wait for it,
 * and SIGCHLD must not be ignored.
 */
#pragma once

#include <sys/wait.h>

#include "loop/loop.h"
#include "os/os.h"

/* The process was no child of ours: that it ended is all there is to know. */
#define LOOP_CHILD_STATUS_UNKNOWN (-1)

struct loop_child {
    struct loop_source source;
    pid_t pid;
    void (*ended)(struct loop_child *child, int status);
};

/* Calls ended once, with a status for WIFEXITED() and its kin; the child is not watched any more
 * then, and may be freed. Returns 0 or -errno; -ESRCH where there is no such process. */
int loop_child_watch(struct loop_child *child, struct loop *loop, pid_t pid,
                     void (*ended)(struct loop_child *child, int status));

/* Stops watching; the process runs on and is left to whoever waits for it. */
void loop_child_forget(struct loop_child *child);

/* Reaches this process or none, never another that got its number. -ESRCH when it has ended. */
int loop_child_signal(struct loop_child *child, int signal);

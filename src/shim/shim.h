/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent of one instance. It starts the program, takes what it writes, starts it again by the
 * policy, runs its healthcheck and hooks, and ends when the instance has ended for good. One
 * thread, one wait, no memory but what is here.
 *
 *     start -> RUNNING -- main process ends --> CLEARING -- nobody is left --> WAITING -> start
 *                                                                        \--> ended
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "shim/orders.h"
#include "shim/output.h"
#include "shim/protocol.h"

#define SHIM_FOREVER UINT64_MAX

enum shim_phase {
    SHIM_RUNNING,
    SHIM_CLEARING, /* the main process is gone, the rest of its family is being killed */
    SHIM_WAITING,  /* to start again */
    SHIM_ENDED,
};

enum shim_health {
    SHIM_HEALTH_NONE,
    SHIM_HEALTH_STARTING,
    SHIM_HEALTH_HEALTHY,
    SHIM_HEALTH_UNHEALTHY,
};

/* A healthcheck or a hook that runs. */
struct shim_task {
    pid_t pid; /* 0: none */
    uint64_t kill_ns;
};

struct shim_client {
    int fd; /* -1: free */
    bool is_subscribed;
    pid_t exec_pid; /* 0: none */
};

struct shim {
    struct orders orders;
    struct output output;
    enum shim_phase phase;
    int folder_fd, signal_fd, socket_fd, report_fd;
    int listen_fds[ORDERS_LISTEN_MAX];
    int stream_fds[3]; /* of somebody who is attached from the start; -1: there is none */
    bool has_terminal;

    pid_t main_pid;
    int exit_code;
    uint32_t restarts;
    uint64_t started_unix_ns, finished_unix_ns;
    uint64_t started_ns, backoff_ns, restart_ns, again_ns;
    uint64_t orders_ns; /* when it is looked whether the orders are still there */
    uint64_t window_start_ns;
    uint32_t window_restarts;
    char note[256]; /* what went wrong last */

    bool is_stopping;
    int stop_signal;
    uint64_t stop_grace_ns, kill_ns;

    struct shim_task hook;
    bool is_hook_pre_stop;
    size_t hook_next; /* of the post_start or pre_stop ones */

    struct shim_task check;
    enum shim_health health;
    uint64_t check_ns; /* when to check next */
    uint64_t failures;

    struct shim_client clients[SHIM_CLIENT_MAX];
    unsigned int client_next; /* to go where all are taken */
};

uint64_t shim_now_ns(void);
uint64_t shim_add_ns(uint64_t a_ns, uint64_t b_ns);

/* instance.c: the main program's life. The first start reports. */
void instance_start_first(struct shim *shim);
void instance_start_now(struct shim *shim);
void instance_stop(struct shim *shim, int signal, uint64_t grace_ns);
int instance_kill(struct shim *shim, int signal);
void instance_reap(struct shim *shim);
void instance_timers(struct shim *shim, uint64_t now_ns);
uint64_t instance_next_ns(const struct shim *shim);

/* health.c */
void health_start(struct shim *shim);
void health_stop(struct shim *shim);
bool health_reaped(struct shim *shim, pid_t pid, int status);
void health_timers(struct shim *shim, uint64_t now_ns);
uint64_t health_next_ns(const struct shim *shim);

/* hooks.c: one after the other. pre_stop ones end with instance_signal_stop(). */
void hooks_run_post_start(struct shim *shim);
void hooks_run_pre_stop(struct shim *shim);
void hooks_give_up(struct shim *shim);
bool hooks_reaped(struct shim *shim, pid_t pid, int status);
void instance_signal_stop(struct shim *shim);

/* clients.c */
int clients_open(struct shim *shim);
void clients_accept(struct shim *shim);
void clients_read(struct shim *shim, struct shim_client *client);
void clients_tell_status(struct shim *shim, const char *text, size_t size);
bool clients_reaped(struct shim *shim, pid_t pid, int status);

/* status.c: writes the file, and tells those who want to know. */
void status_changed(struct shim *shim);
size_t status_text(const struct shim *shim, char *text, size_t size);

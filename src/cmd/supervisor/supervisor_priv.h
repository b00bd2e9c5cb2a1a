/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor's parts, for each other.
 *
 *   supervisor.c  start and end, signals
 *   places.c      folders, lock, local sockets
 *   holdings.c    what is held for the others
 *   subprocess.c  a child that is kept running
 *   edges.c       the edge, and the one before it that drains
 *   controller.c  control, and what it asks for
 *   loader.c      the program that loads the user's files
 *   ending.c      draining and stopping
 *   takeover.c    taking what an edge holds, after a supervisor died
 *   upgrade.c     passing everything on to a new program in the same process
 *   service.c     the service manager: notifications, watchdog, descriptors it keeps
 *
 * Its phases:
 *
 *     RUNNING --SIGTERM, SIGINT, SHUTDOWN--> DRAINING --drained, time, signal--> STOPPING --> end
 *
 * with CLEARING before STOPPING where the tree runs in the foreground and no second signal came.
 */
#pragma once

#include "cmd/supervisor/holdings.h"
#include "cmd/supervisor/options.h"
#include "cmd/supervisor/places.h"
#include "cmd/supervisor/subprocess.h"
#include "ipc/state.h"
#include "loop/signals.h"

struct error;

enum supervisor_phase {
    SUPERVISOR_RUNNING,
    SUPERVISOR_DRAINING,
    SUPERVISOR_CLEARING,
    SUPERVISOR_STOPPING,
};

/* A configuration that control wants and the edge has not taken yet. */
struct candidate {
    struct held_config config;
    uint64_t control_sequence; /* control's question */
    uint64_t edge_sequence;    /* ours to the edge; 0: not asked yet */
    uint64_t other_sequence;   /* the edge has it, and the one that drains is asked; 0: it is not */
    struct loop_timer timer;   /* for the one that drains */
    bool is_orphan;            /* the control that asked is gone */
};

struct loader {
    struct loop_child child;
    bool is_wanted;    /* to be run, or to be run again */
    bool has_finished; /* once, well or not */
};

struct service {
    struct loop_timer timer;
    uint64_t interval_ns; /* of the watchdog; 0: there is none */
    bool is_ready;        /* it was said */
    bool is_reloading;
};

struct supervisor {
    struct stored_options stored;
    const struct supervisor_options *options;
    struct places places;
    struct holdings holdings;
    struct state state; /* of the holdings, for the watchdog */
    int revival_fd;     /* the options, for a successor */
    int report_fd;      /* to the control that brought this one back; -1 once it was told */
    struct loop loop;
    struct loop_signals signals;
    struct subprocess control;
    struct subprocess edges[STATE_BANK_COUNT]; /* by the bank of counters that each uses */
    struct subprocess *edge;                   /* the one that shall serve; the other drains */
    struct candidate candidate;
    struct loader loader;
    struct service service;
    struct loop_timer phase_timer;
    enum supervisor_phase phase;
    uint64_t sequence;    /* of our questions to the edge */
    uint64_t replay;      /* of the CONFIG that was sent to a new edge; 0: it has answered */
    bool edge_has_config; /* it took what is held, or there was nothing to take */
    bool is_upgrading;    /* as soon as an edge that still drains, and the loader, have ended */
    bool is_taken_over;   /* what was there before goes on: files are not loaded again */
    int exit_status;
};

/* edges.c */
void edges_init(struct supervisor *supervisor);
void edges_deinit(struct supervisor *supervisor);
void edges_start(struct supervisor *supervisor);
struct subprocess *edges_other(struct supervisor *supervisor);
/* To the edge that shall serve. -EPIPE where there is none at the moment; the next one is told what
 * is held by then. */
int edges_send(struct supervisor *supervisor, enum message_type type, uint64_t sequence,
               const void *payload, const int *fds);
/* The same, and to the one that drains, which is not waited for. */
int edges_send_all(struct supervisor *supervisor, enum message_type type, uint64_t sequence,
                   const void *payload, const int *fds);
/* Asks the edge to take the candidate, now or when it runs. */
void edges_try_candidate(struct supervisor *supervisor);
/* Makes another edge the one that shall serve; the one that did drains when the other can. */
void edges_supersede(struct supervisor *supervisor);

/* controller.c */
void controller_init(struct supervisor *supervisor);
/* Forgets the candidate, and tells control why. */
void controller_answer_candidate(struct supervisor *supervisor, int status, const char *text);

/* loader.c */
void loader_init(struct supervisor *supervisor);
void loader_deinit(struct supervisor *supervisor);
/* Once control answers, or again. */
void loader_want(struct supervisor *supervisor);
void loader_stop(struct supervisor *supervisor);

/* ending.c */
void ending_init(struct supervisor *supervisor);
/* Called again, it goes faster. */
void ending_begin(struct supervisor *supervisor, int exit_status);
/* Something ended, or was drained: perhaps that was all. */
void ending_look(struct supervisor *supervisor);
/* Control has stopped and removed all that ran. */
void ending_cleared(struct supervisor *supervisor);

/* takeover.c: 1 where an edge handed over what it holds, 0 where there is none, or -errno. Runs the
 * loop for a short time. */
int takeover_try(struct supervisor *supervisor);

/* upgrade.c */
void upgrade_begin(struct supervisor *supervisor);
/* Something ended that an upgrade may wait for. */
void upgrade_look(struct supervisor *supervisor);
/* In the new program: takes what the list names. */
int upgrade_read(struct supervisor *supervisor, int list_fd, int *ret_lock_fd,
                 struct error **reterr);
void upgrade_resume(struct supervisor *supervisor);

/* service.c */
void service_init(struct supervisor *supervisor);
void service_deinit(struct supervisor *supervisor);
/* Feeds the watchdog from now on, where there is one. */
void service_begin(struct supervisor *supervisor);
/* Takes the descriptors that the manager kept; where an edge has handed over what it has already,
 * only control's: the sockets of the API and of the dashboard, which no edge has. */
void service_restore(struct supervisor *supervisor, bool is_controls_only);
/* What is kept already stays kept once. False where the manager does not listen. */
void service_keep_all(struct supervisor *supervisor);
bool service_keep_listener(const struct held_listener *listener);
void service_drop_listener(const struct held_listener *listener);
/* In place of the one before; -1 for none. */
void service_keep_dashboard(int fd);
bool service_keep_config(const struct held_config *config);
void service_drop_config(const struct held_config *config);
/* Says READY when it is. */
void service_look(struct supervisor *supervisor);
void service_reloading(struct supervisor *supervisor);
void service_stopping(struct supervisor *supervisor);

/* supervisor.c */
int supervisor_use_state(struct supervisor *supervisor);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes, one at a time, in the order in which they were asked for, each as a plain sequence on a
 * thread of its own:
 *
 *     read the project -> merge all -> look up names -> build the snapshot -> read certificates
 *     -> have listeners opened -> open logs -> stage the file -> the edge takes it -> keep it
 *
 * What fails before the edge took it is undone, and everything stays as it was. The thread also
 * publishes again on its own account: when names have other addresses, when ticket keys have had
 * their time, and when what was left out at the start may be tried again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "control/difference.h"
#include "control/publication.h"
#include "loop/loop.h"

struct link;
struct publisher;

enum job_kind {
    JOB_START, /* what was kept */
    JOB_PUT,
    JOB_DEPLOY, /* the same by a deploy, which is under way for as long as it says itself */
    JOB_CHECK,  /* whether that would be taken, and its listeners can be opened: changes nothing */
    JOB_REMOVE,
    JOB_REFRESH, /* the same again: names, certificates and keys may be others */
    JOB_REOPEN_LOGS,
};

/* A project that was kept and cannot be published. */
struct left_out {
    char *name;
    char *message;
    bool is_served; /* an edge has it from before */
};

struct job {
    struct list_head link;
    struct loop_message message;
    struct publisher *publisher;
    enum job_kind kind;
    char *name; /* of the project */
    char *text;
    size_t size;

    /* What came of it. */
    unsigned int status; /* of HTTP */
    char *error;         /* NULL where it worked */
    struct difference difference;
    struct publication *publication; /* what holds now; NULL where nothing has changed */
    struct left_out *left_out;       /* with a publication, or after the start */
    size_t left_out_count;
    bool has_metrics; /* metrics_fd takes the place of the socket there was; -1: none */
    int metrics_fd;

    void (*done)(struct job *job, void *context); /* may be NULL */
    void *context;
};

struct publisher_options {
    struct loop *loop;
    struct link *link;
    struct resolver *resolver;
    const char *folder;        /* where things are kept */
    uint64_t generation;       /* of what the edge has; 0: nothing yet */
    uint64_t name_timeout_ms;  /* how long a change waits for new names; 0: 5 s */
    uint64_t taken_timeout_ms; /* and for the edge; 0: 60 s */
    uint64_t retry_ms;         /* of what was left out; 0: 30 s */
    /* In the loop, for every job before its own done. Takes over what is in it by setting it to
     * NULL, or metrics_fd to -1. */
    void (*finished)(void *context, struct job *job);
    void *context;
};

/* Starts with a JOB_START. */
int publisher_new(const struct publisher_options *options, struct publisher **ret_publisher,
                  struct error **reterr);

/* To stop it, say so, and let the loop run until it has stopped: the thread may be waiting for
 * it. */
void publisher_stop(struct publisher *publisher);
bool publisher_has_stopped(struct publisher *publisher);
struct publisher *publisher_free(struct publisher *publisher);

/* From any thread. text is copied. -ENOMEM; -EBUSY where too many wait already. */
int publisher_add(struct publisher *publisher, enum job_kind kind, const char *name,
                  const char *text, size_t size, void (*done)(struct job *job, void *context),
                  void *context);

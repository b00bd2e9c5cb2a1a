/* SPDX-License-Identifier: Apache-2.0 */
/* Between the two sides of access logs: access_log.c is called by those that log and by the main
 * thread, access_log_thread.c is the thread that writes. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "edge/access_log.h"
#include "loop/loop.h"

enum {
    ACCESS_RUNS_MAX = 512, /* of a chunk */
    ACCESS_SINKS_MAX = 256,
};

/* Lines for one log that stand behind each other. */
struct access_run {
    uint64_t id;
    uint32_t size;
};

/* On its way from its owner to the thread (message), and back (next). */
struct access_chunk {
    struct loop_message message;
    struct access_chunk *next;
    struct access_buffer *owner;
    struct access_log *log;
    uint32_t run_count;
    uint32_t used;
    struct access_run runs[ACCESS_RUNS_MAX];
    char data[ACCESS_CHUNK_SIZE];
};

struct access_buffer {
    struct access_log *log;
    struct access_chunk *current; /* NULL: none is begun */
    struct access_chunk *free;
    uint64_t *dropped;
    struct access_clock clock;
    struct access_chunk *chunks;
    char apart[64]; /* the thread writes to what follows */
    _Atomic(struct access_chunk *) returned;
    _Atomic uint64_t lost_count; /* lines that could not be written; the owner counts them */
};

/* Where the lines of a log go. The thread's alone. */
struct access_sink {
    uint64_t id; /* 0: free */
    int fd;      /* -1: nowhere */
    bool is_stalled;
    uint64_t warned_at_ns;
    uint64_t lost_count; /* since then */
    uint32_t rest_size;  /* of a line that was begun */
    char rest[ACCESS_LINE_MAX];
};

struct access_log {
    struct loop loop; /* the thread's */
    struct loop_message stop;
    pthread_t thread;
    /* The caller's side: which ids there are. */
    uint64_t ids[ACCESS_SINKS_MAX];
    /* The thread's side. */
    struct access_sink *sinks[ACCESS_SINKS_MAX];
};

/* Takes the place of a sink's descriptor. */
struct access_change {
    struct loop_message message;
    struct access_log *log;
    uint64_t id;
    int fd;
    struct access_sink *sink; /* for an id that is new */
};

void *access_log_thread(void *argument);
void access_chunk_received(struct loop_message *message);
void access_change_received(struct loop_message *message);
void access_stop_received(struct loop_message *message);

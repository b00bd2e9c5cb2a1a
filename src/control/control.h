/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control process as one object: its loop, its conversation with the supervisor, the API's
 * server, and what holds at the moment. All of it belongs to the loop's thread; what takes long is
 * the publisher's, on a thread of its own, and comes back as a message.
 *
 *     channel --START_CONTROL--> control_start() --> publisher: JOB_START --> READY
 *     API --> control_put() --> publisher --> control_finished() --> the handler's answer
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/access.h"
#include "control/leaving.h"
#include "control/link.h"
#include "control/publication.h"
#include "control/publisher.h"
#include "control/runtimes.h"
#include "control/tasks.h"
#include "http/server.h"
#include "ipc/channel.h"
#include "ipc/revival.h"
#include "ipc/state.h"
#include "loop/loop.h"
#include "os/lookup.h"

struct control {
    struct loop loop;
    struct channel channel;
    struct link *link;
    struct resolver *resolver;
    struct publisher *publisher;
    struct keepers *keepers; /* of projects with deploys; NULL before the start */
    struct sampler *sampler; /* of what the node does; NULL before the start */
    struct tasks tasks;      /* requests that take long */
    struct accesses accesses;
    struct tokens *tokens; /* these three are NULL before the start */
    struct audit *audit;
    struct dashboard *dashboard;
    struct http_server *server;
    struct state state; /* header NULL until it is there */
    char *folder;
    int api_fd; /* copies, for a supervisor that is to be revived */
    int revival_fd;
    int dashboard_fd; /* what the supervisor held at the start; then also such a copy; -1: none */
    struct revival revival;
    uint64_t started_ns;

    struct publication *publication; /* what holds; NULL before the first one */
    struct leaving leaving;          /* what it had before */
    struct left_out *left_out;
    size_t left_out_count;
    unsigned int puts_under_way;
    bool is_served_from_before; /* an edge had a configuration when this process started */
    bool has_started;           /* what was kept is applied, or found to be wrong */
    bool is_ending;             /* the supervisor said that it is */
    bool is_stopping;
    int result;

    /* Of who makes it: answers requests; the context is the control. */
    void (*handle)(void *context, struct http_request *request);
    bool (*admit)(void *context, struct http_request *request);
    int (*open_body)(void *context, const struct http_request *request, uint64_t *ret_bytes_max);
    /* For tests; NULL for os_lookup_host(), 0 for what is usual. */
    int (*lookup)(const char *name, struct os_found *found, size_t capacity);
    runtimes_make_function *make_runtime;
    uint64_t retry_ms;
    uint64_t name_interval_ms;
};

#define CONTROL_METRICS_LISTENER "metrics" /* of the server: the port for metrics */

/* handle is set before. The channel's descriptor is the control's. Returns 0 or -errno. */
int control_init(struct control *control, int channel_fd);

/* Until the supervisor says so, or is gone and has a successor. What to exit with. */
int control_run(struct control *control);

/* Ends the threads, which takes a moment; false where a name is being looked up: then nothing was
 * freed, and the process had better end at once. */
bool control_deinit(struct control *control);

/* What holds, as configuration; empty before the first publication. */
const struct merged *control_merged(const struct control *control);
uint64_t control_generation(const struct control *control);

/* Whether the edge serves what it had from before this process, as what was kept cannot be
 * published. */
bool control_is_behind(const struct control *control);

/* Why it is not ready to serve; NULL where it is. */
const char *control_trouble(const struct control *control);

/* done is called once, in the loop, also when these fail. */
void control_put(struct control *control, const char *name, const char *text, size_t size,
                 void (*done)(struct job *job, void *context), void *context);
void control_remove(struct control *control, const char *name,
                    void (*done)(struct job *job, void *context), void *context);
void control_reopen_logs(struct control *control, void (*done)(struct job *job, void *context),
                         void *context);

/* Asks the edge; see link.h. */
void control_target(struct control *control, const struct message_target *command,
                    struct link_question *question);

/* Whether there are projects, or one is on its way. */
bool control_is_used(const struct control *control);

/* Of the whole tree. 0 or -errno. */
int control_shutdown(struct control *control);

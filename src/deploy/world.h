/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a deploy acts on, apart from the store: runtimes, the edge, a clock, and who is told.
 * Control gives the real ones; the simulation gives others, with a clock of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/desired.h"
#include "runtime/runtime.h"

struct error;
struct world;

/* What the edge knows of an instance in a project, all its targets together. */
struct world_target {
    bool is_known;      /* it is a target */
    bool has_passed;    /* each of its targets passed its checks as often as needed, or has none */
    bool is_failing;    /* checks fail, or it was ejected */
    const char *reason; /* why it has not passed, for people; a constant; "" */
    uint64_t active;    /* requests and streams in flight */
    uint64_t requests, errors; /* since it is known; errors: 5xx, and connections that failed */
    uint64_t latency_p50_us, latency_p95_us, latency_p99_us;
};

struct world_ops {
    /* NULL where there is no such runtime, with an error. */
    struct runtime *(*runtime)(struct world *world, enum desired_runtime kind,
                               struct error **reterr);

    /* Whether the edge would take it: changes nothing. NULL: nobody knows. */
    int (*check)(struct world *world, const char *project, const char *document,
                 struct error **reterr);

    /* The edge's part of a project as JSON (see edge_document.h): returns when the edge has taken
     * it, or refused it. ret_changes: lines for people, to be freed as one; may be NULL. */
    int (*publish)(struct world *world, const char *project, const char *document,
                   char **ret_changes, struct error **reterr);
    int (*unpublish)(struct world *world, const char *project, char **ret_changes,
                     struct error **reterr);

    int (*target)(struct world *world, const char *project, const char *instance,
                  struct world_target *ret);
    /* Several together: requests, errors, and the percentiles of all their latencies; is_recent:
     * since world_mark(), else since each is known. */
    int (*sum)(struct world *world, const char *project, const char *const *instances,
               uint32_t count, bool is_recent, struct world_target *ret);
    /* Notes where the counters of the project's targets stand, for the bake. */
    void (*mark)(struct world *world, const char *project);

    uint64_t (*monotonic_ns)(struct world *world);
    uint64_t (*unix_ns)(struct world *world);

    /* Until something may have changed (an event of a runtime, a check's result), or that time. 0;
     * -ECANCELED when the process is to end: what is under way stays as it is. */
    int (*wait)(struct world *world, uint64_t until_monotonic_ns);

    /* For a call that may take long: readable once a deploy of the project is cancelled, from now
     * on; one that has ended perhaps, so look. -1: never. NULL: the same. */
    int (*cancel_fd)(struct world *world);

    /* An event: one JSON object. Kept and sent to followers. */
    void (*tell)(struct world *world, const char *project, uint64_t deploy, const char *text);

    /* A free TCP port on the address, for a published port without a number. 0 or -errno. */
    int (*free_port)(struct world *world, const char *host_ip, uint16_t *ret_port);
};

struct world {
    const struct world_ops *ops;
    bool is_serial; /* one thing at a time: no threads are made */
};

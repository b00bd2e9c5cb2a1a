/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What shall run: one revision of a project, read from its canonical tree. Plain data in one arena,
 * which points into the tree. Pure: the same tree gives the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/value.h"

struct arena;
struct error;

enum desired_runtime {
    DESIRED_DOCKER,
    DESIRED_PROCESS,
    DESIRED_SWARM,
};

enum dependency_condition {
    DEPENDENCY_STARTED,
    DEPENDENCY_HEALTHY,
    DEPENDENCY_COMPLETED,
};

struct desired_dependency {
    const char *service;
    enum dependency_condition condition;
    bool is_required;
    bool restarts; /* replaced when the other one is */
};

/* Where a service listens, and where it is to be had. */
struct desired_port {
    uint16_t target;
    uint16_t published_first; /* 0: not published, or any free port (is_published) */
    uint16_t published_last;
    bool is_published;
    bool is_host_mode; /* published by the engine itself: mode host, or UDP */
    bool is_udp;
    bool is_http;        /* app_protocol */
    const char *host_ip; /* "" for all */
};

enum update_order {
    UPDATE_STOP_FIRST,
    UPDATE_START_FIRST,
};

enum update_failure {
    UPDATE_FAILURE_ROLLBACK, /* ours when nothing is said: a revision is undone as a whole */
    UPDATE_FAILURE_PAUSE,
    UPDATE_FAILURE_CONTINUE,
};

struct desired_update {
    bool is_explicit;     /* update_config is there: roll instead of switching at once */
    uint32_t parallelism; /* 0: all at once */
    uint64_t delay_ns;
    uint64_t monitor_ns;
    double max_failure_ratio;
    enum update_order order;
    enum update_failure on_failure;
};

struct desired_service {
    const char *name;
    const struct value *spec; /* the service's canonical map */
    enum desired_runtime runtime;
    uint32_t replicas;
    /* Names all that an instance has to be made anew for, content included; no number of replicas
     * and nothing that the edge or a deploy alone looks at. Hexadecimal. */
    const char *config_hash;
    const char *content; /* image id or artefact hash once it is resolved; "" before */
    const char *image;   /* the reference; "" for process */
    const struct desired_dependency *dependencies;
    uint32_t dependency_count;
    const struct desired_port *ports; /* published and exposed, each target once or more */
    uint32_t port_count;
    bool has_healthcheck;    /* of its own, in the file */
    bool is_job;             /* runs to its end: somebody waits for its completion */
    bool may_finish;         /* the file says that it is not started again when it ends well */
    bool can_overlap;        /* new instances may run beside old ones */
    bool is_exclusive;       /* they must not, whatever the order: they share something */
    const char *why_overlap; /* for people: "it writes the volume \"data\"", "order: stop-first"; ""
                                where it can */
    struct desired_update update;
    struct desired_update rollback;
    uint64_t stop_grace_ns;
    const char *stop_signal;      /* "SIGTERM" */
    const char *loopback_address; /* of a process service, "127.83.4.9"; "" otherwise */
};

struct desired_canary_step {
    uint32_t percent; /* of the traffic that goes to what is new */
    uint64_t duration_ns;
};

/* From when on what is new counts as worse than what was there, while it bakes. */
struct desired_thresholds {
    double error_points;   /* more errors, in percentage points of the requests */
    double latency_factor; /* times the 95th percentile */
    uint32_t samples;      /* with fewer requests nothing is compared */
};

/* x-slipway.deploy */
struct desired_deploy {
    uint64_t deadline_ns; /* until everything new must have passed */
    uint64_t hold_ns;     /* how long the edge holds requests for what cannot overlap */
    uint64_t bake_ns;
    const struct desired_canary_step *canary;
    uint32_t canary_count;
    struct desired_thresholds thresholds;
};

struct desired {
    const char *project;
    uint32_t revision;
    const struct value *root;         /* the canonical tree */
    struct desired_service *services; /* in dependency order: what is needed comes first */
    uint32_t service_count;
    struct desired_deploy deploy;
};

/* The number that was found for a port published without one. */
struct desired_free_port {
    uint16_t target;
    uint16_t published;
};

/* What is known beside the tree: contents by service, and loopback addresses. */
struct desired_resolution {
    const char *service;
    const char *content;          /* NULL: not yet */
    const char *loopback_address; /* NULL: none */
    const struct desired_free_port *free_ports;
    uint32_t free_port_count;
    const char *const *volumes; /* paths for which its image has a volume made */
    uint32_t volume_count;
};

/* -EINVAL with the place and what is wrong there. update_config without an order starts first:
 * stopping first gives capacity away, so it has to be asked for. */
int desired_make(struct arena *arena, const struct value *root, const char *project,
                 uint32_t revision, const struct desired_resolution *resolutions,
                 uint32_t resolution_count, struct desired *ret, struct error **reterr);

const struct desired_service *desired_find(const struct desired *desired, const char *service);

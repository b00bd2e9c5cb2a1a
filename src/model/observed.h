/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs, as a runtime found it. Plain data in one arena; runtimes make it, plan and deploy read
 * it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/desired.h"

enum instance_state {
    INSTANCE_CREATED, /* was never started */
    INSTANCE_RUNNING,
    INSTANCE_RESTARTING, /* died, and its runtime will start it again */
    INSTANCE_EXITED,     /* and is not started again by itself */
};

/* What the instance's own healthcheck says. */
enum instance_health {
    INSTANCE_HEALTH_NONE, /* it has none */
    INSTANCE_HEALTH_STARTING,
    INSTANCE_HEALTH_HEALTHY,
    INSTANCE_HEALTH_UNHEALTHY,
};

/* Where a port of the instance is reached from this machine. */
struct observed_port {
    uint16_t port;       /* of the service */
    const char *address; /* "172.18.0.3:8000", "127.0.0.1:21034" */
};

struct observed_instance {
    const char *id;   /* of the runtime; stays the same for the instance's life */
    const char *name; /* "shop-api-2" */
    const char *service;
    enum desired_runtime runtime;
    const char *config_hash; /* of the desired service that it was made for; "" where another tool
                                made it */
    const char *content;     /* image id or artefact hash */
    uint32_t revision;       /* that it was made for; 0: another tool made it */
    uint32_t number;
    enum instance_state state;
    enum instance_health health;
    int exit_code;
    uint32_t restarts;
    uint64_t created_unix_ns;
    uint64_t started_unix_ns;
    uint64_t finished_unix_ns;
    bool is_oneoff;  /* made by `run`: no replica of its service */
    bool has_joined; /* answers to the service's name; runtimes without names say true */
    const struct observed_port *ports;
    uint32_t port_count;
    const char *published; /* ports that the engine publishes itself, for people; "" */
};

struct observed {
    struct observed_instance *instances; /* by service and number */
    uint32_t count;
};

const char *instance_state_name(enum instance_state state);    /* "running" */
const char *instance_health_name(enum instance_health health); /* "" for none */

/* NULL where there is none of that id. */
struct observed_instance *observed_find(const struct observed *observed, const char *id);

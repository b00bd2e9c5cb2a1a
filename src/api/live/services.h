/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the services of a project are, in a word and a sentence, from what shall run and what does.
 * Pure.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct service_facts {
    char *name, *image;
    const char *runtime; /* a constant */
    uint32_t replicas;
    bool is_job;     /* somebody waits for it to end well */
    bool may_finish; /* it is not started again once it has ended well */
    bool is_stopped; /* by its operator, or with the project */
    json_t *groups;  /* ids; a list */
};

struct services_options {
    json_t *instances; /* as GET .../instances?all=1 has them; NULL: not known */
    const char *error; /* why they are not known; NULL: there are none yet */
    bool is_deploying;
    /* The status of HTTP that the instance's last check got; 0: none. May be NULL. */
    uint32_t (*last_status)(void *context, const char *id);
    void *context;
};

void service_facts_deinit(struct service_facts *facts);

/* {"name", "runtime", "replicas", "running", "ready", "state", "trouble", "groups", "image"}; NULL
 * where memory is out. */
json_t *service_value(const struct service_facts *facts, const struct services_options *options);

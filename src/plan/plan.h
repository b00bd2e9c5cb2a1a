/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what shall run and what runs to the steps between them: a pure function. The same call
 * serves a first deploy, an update, a rollback, healing, and going on after a crash, because it
 * looks at what is there and not at what was done.
 *
 * Steps come in waves: those of a wave may be done at the same time, in any order; a wave begins
 * when the one before it is done.
 *
 * A service of which nothing serves comes into rotation as soon as it has passed, as others may
 * need it; only what replaces something waits for the switch.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/desired.h"
#include "model/observed.h"

struct arena;
struct strbuf;

enum step_kind {
    STEP_RESOLVE, /* an image is pulled, an artefact kept */
    STEP_BUILD,
    STEP_PREPARE, /* networks and volumes */
    STEP_START,   /* an instance is made and started, out of rotation */
    STEP_RESTART, /* one that is there and stopped is started again */
    STEP_AWAIT,   /* until the new instances of a service have passed (or a job has ended well) */
    STEP_HOLD,    /* the edge holds the requests of a service that has to stop first */
    STEP_RETIRE,  /* old instances leave names and rotation, and drain */
    STEP_STOP,    /* and stop; kept until the deploy has succeeded */
    STEP_ADMIT,   /* new instances of one service come into rotation (rolling, stop-first) */
    STEP_SWITCH,  /* all that can overlap comes into rotation at once, with the new listeners */
    STEP_CANARY,  /* the next step of traffic */
    STEP_BAKE,
    STEP_REMOVE, /* what has stopped goes */
    STEP_CLEAN,  /* networks and so on that nothing needs any more */
};

struct step {
    enum step_kind kind;
    uint32_t wave;
    const char *service;  /* "" where it is about all */
    const char *instance; /* id of one that is there; "" */
    uint32_t number;      /* of one to be made */
    uint32_t percent;     /* of a canary */
    const char *reason;   /* for people: "image has changed", "it writes the volume \"data\"" */
};

/* Where an instance stands towards the edge; the store keeps it. */
enum rotation_role {
    ROTATION_NONE,
    ROTATION_STANDBY, /* checked, gets nothing */
    ROTATION_SERVING,
    ROTATION_DRAINING, /* no target any more; finishes what it has */
};

struct rotation_entry {
    const char *instance;
    const char *target; /* what the edge knows it as: another one each time that it comes back */
    const char *service;
    enum rotation_role role;
    uint32_t weight;                /* of 100: the share of the traffic that all of its kind get */
    uint64_t since_unix_ns;         /* in this role */
    uint64_t failing_since_unix_ns; /* 0: it does not fail */
    /* Where it was last, for when its runtime cannot be asked. */
    const struct observed_port *ports;
    uint32_t port_count;
};

struct rotation {
    struct rotation_entry *entries;
    uint32_t count;
    uint32_t base;           /* the revision whose listeners count; 0: none */
    uint32_t standby;        /* the one whose groups check what is on standby; 0: base */
    const char *const *held; /* services whose requests the edge holds */
    uint32_t held_count;
    uint64_t hold_ns;
    uint64_t switched_unix_ns; /* when base came in */
};

struct plan_input {
    const struct desired *desired;
    const struct desired *earlier; /* what serves now; NULL: nothing does */
    const struct observed *observed;
    const struct rotation *rotation;
    const char *const *stopped_services; /* by their operator, until `start`; may be NULL */
    uint32_t stopped_count;
    const char *const *failed; /* ids of instances to be replaced; may be NULL */
    uint32_t failed_count;
    bool is_heal; /* nothing new: jobs are not run, what has no number of ours is left alone */
    uint64_t
        since_unix_ns;   /* of an undo: what another tool made and ended since is started again */
    bool is_undo;        /* back to `desired` after a failure: what is kept is started again */
    bool force_recreate; /* all are made anew */
    bool no_bake;        /* nobody waits for it */
    const char *const *only; /* these services alone may change; NULL: all */
    uint32_t only_count;
};

struct plan {
    struct step *steps;
    uint32_t count;
    uint32_t wave_count;
};

/* desired without services: all goes. Instances made by `run` are never touched. Contents that are
 * not resolved yet give a STEP_RESOLVE, and count as changed. */
void plan_make(struct arena *arena, const struct plan_input *input, struct plan *ret);

const char *step_kind_name(enum step_kind kind); /* "start" */

/* NULL where there is none of that instance. */
struct rotation_entry *rotation_find(const struct rotation *rotation, const char *instance);

/* Whether the instance is what the service shall be. force: also made for this revision. */
bool plan_is_current(const struct desired *desired, const struct desired_service *service,
                     const struct observed_instance *instance, bool force);

/* Whether a job is done, or a service that may end has ended well. */
bool plan_runs(const struct observed_instance *instance);

/* Among what its operator has stopped there are single instances too, as "#ID". */
#define PLAN_HELD_MARK "#"
bool plan_is_held(const char *const *stopped, uint32_t count,
                  const struct observed_instance *instance);
bool plan_has_finished(const struct desired_service *service,
                       const struct observed_instance *instance);

/* One line for people: "start shop-api-4 (the image has changed)". */
void step_describe(const struct step *step, const char *project, struct strbuf *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the planner share.
 *
 * Steps are gathered with a key that says where they stand, and sorted by it at the end; steps of
 * the same key are a wave. Keys are laid out so:
 *
 *     resolve, prepare
 *     for each level of dependencies:  hold, retire, stop, start, await, admit, then rolling
 *     the awaiting of what nobody waited for
 *     canary, switch, bake
 *     retire, stop, remove what is replaced or too many
 *     the same for what is wanted no more, those that need others first
 *     clean
 */
#pragma once

#include "base/arena.h"
#include "plan/plan.h"

enum {
    KEY_RESOLVE = 0,
    KEY_PREPARE = 1,
    KEY_LEVELS = 10,
    KEY_LEVEL = 100000, /* keys in a level */
    KEY_ROLL = 10,      /* first key of rolling in a level */
    KEY_BATCH = 10,     /* keys in a batch */
    KEY_AWAIT = 1 << 29,
    KEY_CANARY,
    KEY_MAKE_WAY = KEY_CANARY + 1000, /* for listeners: what publishes its ports itself stops */
    KEY_SWITCH = KEY_MAKE_WAY + 2,
    KEY_BAKE,
    KEY_RETIRE,
    KEY_STOP,
    KEY_GOING,
    KEY_REMOVE = 1 << 30,
    KEY_CLEAN,
};

/* In a level, and in a batch. */
enum {
    SUB_HOLD,
    SUB_RETIRE,
    SUB_STOP,
    SUB_START,
    SUB_AWAIT,
    SUB_ADMIT,
    SUB_MONITOR,
    SUB_RETIRE_AFTER,
    SUB_STOP_AFTER,
};

enum plan_way {
    WAY_BESIDE, /* started out of rotation, then the switch */
    WAY_FIRST,  /* the old ones are stopped first, all of them */
    WAY_ROLL,   /* batch by batch */
};

struct plan_instances {
    struct observed_instance **items;
    uint32_t count;
};

/* A service and its instances. */
struct plan_service {
    const struct desired_service *service;
    uint32_t level;
    bool is_waited_for; /* somebody starts only when it has passed */
    uint32_t wanted;
    struct plan_instances current;  /* at most as many as are wanted, the best first */
    struct plan_instances replaced; /* made for something else, or failed */
    struct plan_instances surplus;  /* as they should be, but too many */
    uint32_t *numbers;              /* in use */
    uint32_t number_count;
    enum plan_way way;
    const char *why; /* the old ones stop first; "" */
};

struct plan_maker {
    struct arena *arena;
    const struct plan_input *input;
    struct plan_service *services;
    uint32_t service_count;
    uint32_t level_count;
    struct step *steps;
    uint32_t *keys;
    uint32_t count, capacity;
    bool wants_switch; /* something comes into rotation with the others */
    bool starts_any;
};

/* plan.c */

void plan_add(struct plan_maker *maker, uint32_t key, const struct step *step);
uint32_t plan_level_key(const struct plan_service *service, uint32_t sub);
enum rotation_role plan_role(const struct plan_maker *maker,
                             const struct observed_instance *instance);

/* plan_service.c */

/* Sorts the observed instances into the service's lists. */
void plan_gather(struct plan_maker *maker, struct plan_service *service);
void plan_steps_of_service(struct plan_maker *maker, struct plan_service *service);

/* Steps for one instance that goes: to leave rotation where it is in it, and to stop where it runs.
 */
void plan_let_go(struct plan_maker *maker, const struct observed_instance *instance,
                 uint32_t retire_key, uint32_t stop_key, const char *reason);

/* Makes or starts the position'th wanted instance where that is needed; whether it was. */
bool plan_bring_up(struct plan_maker *maker, struct plan_service *service, uint32_t position,
                   uint32_t key, const char *reason);

/* plan_text.c */

const char *plan_reason_to_start(const struct plan_maker *maker,
                                 const struct plan_service *service);
const char *plan_reason_to_go(const struct plan_maker *maker, const struct plan_service *service,
                              const struct observed_instance *instance);

/* plan_roll.c */

void plan_roll(struct plan_maker *maker, struct plan_service *service);

/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "plan/plan_priv.h"

struct rotation_entry *rotation_find(const struct rotation *rotation, const char *instance)
{
    for (uint32_t i = 0; i < rotation->count; i++)
        if (strcmp(rotation->entries[i].instance, instance) == 0)
            return &rotation->entries[i];
    return NULL;
}

enum rotation_role plan_role(const struct plan_maker *maker,
                             const struct observed_instance *instance)
{
    const struct rotation_entry *entry = rotation_find(maker->input->rotation, instance->id);

    return entry != NULL ? entry->role : ROTATION_NONE;
}

bool plan_runs(const struct observed_instance *instance)
{
    return instance->state == INSTANCE_RUNNING || instance->state == INSTANCE_RESTARTING;
}

void plan_add(struct plan_maker *maker, uint32_t key, const struct step *step)
{
    struct step *added;

    if (maker->count == maker->capacity) {
        uint32_t capacity = maker->capacity > 0 ? maker->capacity * 2 : 64;

        maker->steps = arena_grow(maker->arena, maker->steps, maker->capacity * sizeof(*step),
                                  capacity * sizeof(*step));
        maker->keys = arena_grow(maker->arena, maker->keys, maker->capacity * sizeof(uint32_t),
                                 capacity * sizeof(uint32_t));
        maker->capacity = capacity;
    }
    added = &maker->steps[maker->count];
    *added = *step;
    if (added->service == NULL)
        added->service = "";
    if (added->instance == NULL)
        added->instance = "";
    if (added->reason == NULL)
        added->reason = "";
    maker->keys[maker->count++] = key;
}

uint32_t plan_level_key(const struct plan_service *service, uint32_t sub)
{
    return KEY_LEVELS + service->level * KEY_LEVEL + sub;
}

/* Levels */

static struct plan_service *find_service(struct plan_maker *maker, const char *name)
{
    for (uint32_t i = 0; i < maker->service_count; i++)
        if (strcmp(maker->services[i].service->name, name) == 0)
            return &maker->services[i];
    return NULL;
}

/* Services come in dependency order, so what one needs has its level. */
static void set_level(struct plan_maker *maker, struct plan_service *service)
{
    const struct desired_service *wanted = service->service;

    for (uint32_t i = 0; i < wanted->dependency_count; i++) {
        struct plan_service *needed = find_service(maker, wanted->dependencies[i].service);

        if (needed == NULL)
            continue;
        if (service->level <= needed->level)
            service->level = needed->level + 1;
        if (wanted->dependencies[i].condition != DEPENDENCY_STARTED)
            needed->is_waited_for = true;
    }
    if (service->level >= maker->level_count)
        maker->level_count = service->level + 1;
}

static bool may_change(const struct plan_input *input, const char *service)
{
    if (input->only == NULL)
        return true;
    for (uint32_t i = 0; i < input->only_count; i++)
        if (strcmp(input->only[i], service) == 0)
            return true;
    return false;
}

/* What is wanted no more */

/* How deep the service was in the order of what served; what nothing is known of goes first. */
static uint32_t depth_of(const struct plan_input *input, const char *service)
{
    for (uint32_t i = 0; input->earlier != NULL && i < input->earlier->service_count; i++)
        if (strcmp(input->earlier->services[i].name, service) == 0)
            return i;
    return input->earlier != NULL ? input->earlier->service_count : 0;
}

/* Whether it is what another tool made, and what a first deploy that failed goes back to: once all
 * that is new has stopped, as they may share something. */
static bool comes_back(struct plan_maker *maker, const struct observed_instance *instance)
{
    const struct plan_input *input = maker->input;

    if (!input->is_undo || *instance->config_hash != '\0')
        return false;
    if (!plan_runs(instance) && instance->finished_unix_ns >= input->since_unix_ns &&
        input->since_unix_ns > 0)
        plan_add(maker, KEY_REMOVE - 1,
                 &(struct step){.kind = STEP_RESTART,
                                .service = instance->service,
                                .instance = instance->id,
                                .number = instance->number,
                                .reason = "it was there before"});
    return true;
}

static void let_go_of_others(struct plan_maker *maker)
{
    const struct plan_input *input = maker->input;
    uint32_t deepest = input->earlier != NULL ? input->earlier->service_count : 0;

    for (uint32_t i = 0; i < input->observed->count; i++) {
        const struct observed_instance *instance = &input->observed->instances[i];
        const char *reason = plan_reason_to_go(maker, NULL, instance);
        uint32_t key = KEY_GOING + 2 * (deepest - depth_of(input, instance->service));

        if (instance->is_oneoff || desired_find(input->desired, instance->service) != NULL ||
            !may_change(input, instance->service) ||
            (input->is_heal && *instance->config_hash == '\0') || comes_back(maker, instance))
            continue;
        plan_let_go(maker, instance, key, key + 1, reason);
        plan_add(maker, KEY_REMOVE,
                 &(struct step){.kind = STEP_REMOVE,
                                .service = instance->service,
                                .instance = instance->id,
                                .number = instance->number,
                                .reason = reason});
    }
}

/* Switching */

static bool has_partial_weights(const struct rotation *rotation)
{
    for (uint32_t i = 0; i < rotation->count; i++)
        if (rotation->entries[i].role == ROTATION_SERVING && rotation->entries[i].weight < 100)
            return true;
    return false;
}

static bool trees_differ(const struct plan_input *input)
{
    return input->earlier == NULL || input->earlier->root == NULL || input->desired->root == NULL ||
           input->rotation->base == 0 || input->rotation->base != input->earlier->revision ||
           !value_equal(input->earlier->root, input->desired->root);
}

static bool wants_switch(const struct plan_maker *maker)
{
    const struct plan_input *input = maker->input;

    if (input->is_heal || (input->desired->root == NULL && input->desired->service_count == 0))
        return false;
    if (maker->wants_switch || has_partial_weights(input->rotation))
        return true;
    return input->rotation->base != input->desired->revision && trees_differ(input);
}

/* Whether both old and new ones are there for a part of the traffic to go each way. */
static bool has_both(const struct plan_maker *maker)
{
    for (uint32_t i = 0; i < maker->service_count; i++) {
        const struct plan_service *service = &maker->services[i];

        if (service->way == WAY_BESIDE && service->wanted > 0)
            for (uint32_t j = 0; j < service->replaced.count; j++)
                if (plan_role(maker, service->replaced.items[j]) == ROTATION_SERVING)
                    return true;
    }
    return false;
}

static uint32_t percent_now(const struct plan_maker *maker)
{
    const struct rotation *rotation = maker->input->rotation;
    uint32_t percent = 0;

    for (uint32_t i = 0; i < maker->service_count; i++)
        for (uint32_t j = 0; j < maker->services[i].current.count; j++) {
            const struct rotation_entry *entry =
                rotation_find(rotation, maker->services[i].current.items[j]->id);

            if (entry != NULL && entry->role == ROTATION_SERVING && entry->weight < 100 &&
                entry->weight > percent)
                percent = entry->weight;
        }
    return percent;
}

static bool has_replaced(const struct plan_maker *maker)
{
    for (uint32_t i = 0; i < maker->service_count; i++)
        for (uint32_t j = 0; j < maker->services[i].replaced.count; j++)
            if (plan_runs(maker->services[i].replaced.items[j]))
                return true;
    return false;
}

static void add_switch(struct plan_maker *maker)
{
    const struct plan_input *input = maker->input;
    const struct desired_deploy *deploy = &input->desired->deploy;
    bool switches = wants_switch(maker);

    for (uint32_t i = 0; switches && !input->is_undo && has_both(maker) && i < deploy->canary_count;
         i++)
        if (deploy->canary[i].percent >= percent_now(maker))
            plan_add(maker, KEY_CANARY + i,
                     &(struct step){.kind = STEP_CANARY,
                                    .percent = deploy->canary[i].percent,
                                    .reason = "x-slipway.deploy.canary"});
    if (switches)
        plan_add(maker, KEY_SWITCH,
                 &(struct step){.kind = STEP_SWITCH,
                                .reason = input->is_undo ? "the earlier revision comes back"
                                                         : "all that is new has passed"});
    if (deploy->bake_ns > 0 && !input->no_bake && !input->is_undo && !input->is_heal &&
        has_replaced(maker))
        plan_add(maker, KEY_BAKE,
                 &(struct step){.kind = STEP_BAKE, .reason = "x-slipway.deploy.bake"});
}

/* Around all */

static void add_preparations(struct plan_maker *maker)
{
    for (uint32_t i = 0; i < maker->service_count; i++) {
        const struct desired_service *service = maker->services[i].service;

        if (*service->content == '\0')
            plan_add(maker, KEY_RESOLVE,
                     &(struct step){
                         .kind = STEP_RESOLVE, .service = service->name, .reason = service->image});
    }
    if (maker->starts_any)
        plan_add(maker, KEY_PREPARE,
                 &(struct step){.kind = STEP_PREPARE, .reason = "networks and volumes"});
}

/* Something that the earlier revision had made for it is wanted no more. */
static bool leaves_something(const struct plan_input *input)
{
    static const char *const sections[] = {"networks", "volumes", "services"};

    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        const struct value *before = value_get(input->earlier->root, sections[i]);
        const struct value *after = value_get(input->desired->root, sections[i]);

        for (uint32_t j = 0; j < value_map_count(before); j++)
            if (value_get(after, before->map.entries[j].key) == NULL)
                return true;
    }
    return false;
}

static void add_clean(struct plan_maker *maker)
{
    const struct plan_input *input = maker->input;

    if (input->is_heal || input->only != NULL || input->earlier == NULL ||
        input->earlier->revision == input->desired->revision || !leaves_something(input))
        return;
    plan_add(maker, KEY_CLEAN,
             &(struct step){.kind = STEP_CLEAN, .reason = "what nothing needs any more"});
}

/* Stable, so that steps of a wave keep the order of the services. */
static void sort_steps(struct plan_maker *maker, struct plan *ret)
{
    uint32_t *order = arena_new_array(maker->arena, uint32_t, maker->count);
    uint32_t *spare = arena_new_array(maker->arena, uint32_t, maker->count);

    for (uint32_t i = 0; i < maker->count; i++)
        order[i] = i;
    for (uint32_t width = 1; width < maker->count; width *= 2) {
        for (uint32_t start = 0; start < maker->count; start += 2 * width) {
            uint32_t middle = start + width < maker->count ? start + width : maker->count;
            uint32_t end = start + 2 * width < maker->count ? start + 2 * width : maker->count;
            uint32_t a = start, b = middle;

            for (uint32_t k = start; k < end; k++)
                spare[k] =
                    b >= end || (a < middle && maker->keys[order[a]] <= maker->keys[order[b]])
                        ? order[a++]
                        : order[b++];
        }
        memcpy(order, spare, maker->count * sizeof(*order));
    }
    ret->steps = arena_new_array(maker->arena, struct step, maker->count);
    ret->count = maker->count;
    ret->wave_count = 0;
    for (uint32_t i = 0; i < maker->count; i++) {
        if (i == 0 || maker->keys[order[i]] != maker->keys[order[i - 1]])
            ret->wave_count++;
        ret->steps[i] = maker->steps[order[i]];
        ret->steps[i].wave = ret->wave_count - 1;
    }
}

void plan_make(struct arena *arena, const struct plan_input *input, struct plan *ret)
{
    struct plan_maker maker = {
        .arena = arena,
        .input = input,
        .services = arena_new_array(arena, struct plan_service, input->desired->service_count),
    };

    for (uint32_t i = 0; i < input->desired->service_count; i++) {
        struct plan_service *service = &maker.services[maker.service_count];

        if (!may_change(input, input->desired->services[i].name))
            continue;
        service->service = &input->desired->services[i];
        maker.service_count++;
        set_level(&maker, service);
        plan_gather(&maker, service);
    }
    for (uint32_t i = 0; i < maker.service_count; i++)
        plan_steps_of_service(&maker, &maker.services[i]);
    let_go_of_others(&maker);
    add_preparations(&maker);
    add_switch(&maker);
    add_clean(&maker);
    sort_steps(&maker, ret);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single replicas are stopped, started, restarted and removed as they are: out of rotation first,
 * as in any deploy. One that was stopped stays so, and nothing takes its place, until it is
 * started, removed, or an `up` asks for all again.
 */
#include <errno.h>
#include <string.h>

#include "deploy/deploy_priv.h"

#define STEPS_MAX 6 /* for one instance */

struct instances {
    struct deploy *deploy;
    const struct observed_instance **items;
    uint32_t count;
    struct plan plan;
};

static int find_all(struct instances *ret, struct deploy *deploy, struct error **reterr)
{
    const struct deploy_options *options = &deploy->options;
    int r = deploy_look(deploy, reterr);

    if (r < 0)
        return r;
    ret->deploy = deploy;
    ret->items =
        arena_new_array(deploy->arena, const struct observed_instance *, options->instance_count);
    ret->plan.steps =
        arena_new_array(deploy->arena, struct step, (size_t)options->instance_count * STEPS_MAX);
    for (uint32_t i = 0; i < options->instance_count; i++) {
        ret->items[i] = observed_find(&deploy->observed, options->instances[i]);
        if (ret->items[i] == NULL)
            return error_set(reterr, ENOENT, "project \"%s\" has no instance \"%.100s\"",
                             deploy->project, options->instances[i]);
    }
    ret->count = options->instance_count;
    return 0;
}

static int set_held(struct instances *instances, bool is_held, struct error **reterr)
{
    struct deploy *deploy = instances->deploy;
    int r = 0;

    for (uint32_t i = 0; i < instances->count && r == 0; i++)
        r = store_set_stopped(
            deploy->store, deploy->project,
            arena_printf(deploy->arena, PLAN_HELD_MARK "%s", instances->items[i]->id), is_held,
            reterr);
    if (r == 0)
        r = store_list_stopped(deploy->store, deploy->arena, deploy->project, &deploy->stopped,
                               &deploy->stopped_count, reterr);
    return r;
}

static void add(struct instances *instances, enum step_kind kind,
                const struct observed_instance *instance, bool is_of_service)
{
    struct deploy *deploy = instances->deploy;
    struct plan *plan = &instances->plan;

    plan->steps[plan->count++] = (struct step){
        .kind = kind,
        .wave = plan->wave_count++,
        .service = arena_strdup(deploy->arena, instance->service),
        .instance = is_of_service ? "" : arena_strdup(deploy->arena, instance->id),
        .number = is_of_service ? 0 : instance->number,
        .reason = "asked for",
    };
}

static bool serves(const struct instances *instances, const struct observed_instance *instance)
{
    return rotation_find(&instances->deploy->rotation, instance->id) != NULL;
}

static void add_stop(struct instances *instances, const struct observed_instance *instance)
{
    if (serves(instances, instance))
        add(instances, STEP_RETIRE, instance, false);
    if (plan_runs(instance))
        add(instances, STEP_STOP, instance, false);
}

static void add_start(struct instances *instances, const struct observed_instance *instance)
{
    add(instances, STEP_RESTART, instance, false);
    add(instances, STEP_AWAIT, instance, true);
    add(instances, STEP_ADMIT, instance, true);
}

static int stop_them(struct instances *instances, struct error **reterr)
{
    int r = set_held(instances, true, reterr);

    for (uint32_t i = 0; i < instances->count; i++)
        add_stop(instances, instances->items[i]);
    return r;
}

static int start_them(struct instances *instances, struct error **reterr)
{
    int r = set_held(instances, false, reterr);

    for (uint32_t i = 0; i < instances->count; i++)
        if (!plan_runs(instances->items[i]))
            add_start(instances, instances->items[i]);
    return r;
}

static bool is_alone(const struct instances *instances, const struct observed_instance *instance)
{
    const struct desired_service *service =
        desired_find(instances->deploy->goal, instance->service);

    return service != NULL && service->replicas == 1 && service->port_count > 0;
}

/* Requests wait for the only one. */
static int restart_them(struct instances *instances, struct error **reterr)
{
    int r = set_held(instances, false, reterr);

    for (uint32_t i = 0; i < instances->count; i++) {
        if (is_alone(instances, instances->items[i]))
            add(instances, STEP_HOLD, instances->items[i], true);
        add_stop(instances, instances->items[i]);
        add_start(instances, instances->items[i]);
    }
    return r;
}

static int remove_them(struct instances *instances, struct error **reterr)
{
    for (uint32_t i = 0; i < instances->count; i++) {
        if (plan_runs(instances->items[i]))
            return error_set(reterr, EBUSY, "%s runs: stop it first", instances->items[i]->name);
        add(instances, STEP_REMOVE, instances->items[i], false);
    }
    return set_held(instances, false, reterr);
}

int deploy_operate_instances(struct deploy *deploy, struct error **reterr)
{
    static const struct {
        const char *kind;
        int (*plan)(struct instances *instances, struct error **reterr);
    } kinds[] = {
        {"stop", stop_them},
        {"start", start_them},
        {"restart", restart_them},
        {"rm", remove_them},
    };
    struct instances instances = {0};
    int r = find_all(&instances, deploy, reterr);

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && r == 0; i++)
        if (strcmp(kinds[i].kind, deploy->record.kind) == 0)
            r = kinds[i].plan(&instances, reterr);
    return r < 0 || instances.plan.count == 0 ? r : deploy_execute(deploy, &instances.plan);
}

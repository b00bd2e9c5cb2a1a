/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deploys that make no revision: services are stopped, started and restarted as they are, and
 * projects taken down. What fails is reported and stays as far as it came; nothing is undone.
 */
#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "deploy/deploy_priv.h"

enum {
    ROUNDS = 5
};

bool deploy_is_chosen(const struct deploy *deploy, const char *service)
{
    if (deploy->options.services == NULL)
        return true;
    for (uint32_t i = 0; i < deploy->options.service_count; i++)
        if (strcmp(deploy->options.services[i], service) == 0)
            return true;
    return false;
}

static int set_stopped(struct deploy *deploy, bool is_stopped, struct error **reterr)
{
    int r = 0;

    for (uint32_t i = 0; i < deploy->goal->service_count && r == 0; i++)
        if (deploy_is_chosen(deploy, deploy->goal->services[i].name))
            r = store_set_stopped(deploy->store, deploy->project, deploy->goal->services[i].name,
                                  is_stopped, reterr);
    if (r == 0)
        r = store_list_stopped(deploy->store, deploy->arena, deploy->project, &deploy->stopped,
                               &deploy->stopped_count, reterr);
    return r;
}

int deploy_forget_stopped(struct deploy *deploy, struct error **reterr)
{
    int r = 0;

    for (uint32_t i = 0; i < deploy->stopped_count && r == 0; i++)
        if (deploy_is_chosen(deploy, deploy->stopped[i]))
            r = store_set_stopped(deploy->store, deploy->project, deploy->stopped[i], false,
                                  reterr);
    if (r == 0)
        r = store_list_stopped(deploy->store, deploy->arena, deploy->project, &deploy->stopped,
                               &deploy->stopped_count, reterr);
    return r;
}

static int plan_and_execute(struct deploy *deploy, struct error **reterr)
{
    struct plan plan;
    int r = deploy_make_plan(deploy, &plan, reterr);

    return r < 0 || plan.count == 0 ? r : deploy_execute(deploy, &plan);
}

int deploy_stop_services(struct deploy *deploy, struct error **reterr)
{
    int r = set_stopped(deploy, true, reterr);

    return r < 0 ? r : plan_and_execute(deploy, reterr);
}

static bool has_ended_well(const struct deploy *deploy, const struct desired_service *service,
                           const struct observed_instance *instance)
{
    return deploy_is_chosen(deploy, service->name) && !service->is_job &&
           deploy_is_current(deploy, service, instance) && plan_has_finished(service, instance);
}

/* What may end well is left alone by every other deploy once it has; but this one was asked for. */
static int start_again_what_ended_well(struct deploy *deploy, struct error **reterr)
{
    static const enum step_kind kinds[] = {STEP_RESTART, STEP_AWAIT, STEP_ADMIT};
    struct plan plan = {0};
    int r = deploy_look(deploy, reterr);

    if (r < 0)
        return r;
    plan.steps = arena_new_array(deploy->arena, struct step, (size_t)deploy->observed.count * 3);
    for (uint32_t i = 0; i < deploy->goal->service_count; i++)
        for (uint32_t j = 0; j < deploy->observed.count; j++) {
            const struct desired_service *service = &deploy->goal->services[i];
            const struct observed_instance *instance = &deploy->observed.instances[j];

            for (size_t k = 0; has_ended_well(deploy, service, instance) && k < 3; k++)
                plan.steps[plan.count++] = (struct step){
                    .kind = kinds[k],
                    .wave = plan.wave_count++,
                    .service = service->name,
                    .instance = k == 0 ? arena_strdup(deploy->arena, instance->id) : "",
                    .number = k == 0 ? instance->number : 0,
                    .reason = "asked for",
                };
        }
    return plan.count > 0 ? deploy_execute(deploy, &plan) : 0;
}

int deploy_start_services(struct deploy *deploy, struct error **reterr)
{
    int r = set_stopped(deploy, false, reterr);

    if (r == 0)
        r = plan_and_execute(deploy, reterr);
    return r < 0 ? r : start_again_what_ended_well(deploy, reterr);
}

/* One instance after the other, so that the others serve meanwhile. */
static void add_restart(struct deploy *deploy, const struct observed_instance *instance,
                        struct plan *plan, bool is_only)
{
    static const enum step_kind kinds[] = {STEP_HOLD,    STEP_RETIRE, STEP_STOP,
                                           STEP_RESTART, STEP_AWAIT,  STEP_ADMIT};
    const char *service = arena_strdup(deploy->arena, instance->service);
    const char *id = arena_strdup(deploy->arena, instance->id);

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        bool is_of_service =
            kinds[i] == STEP_HOLD || kinds[i] == STEP_AWAIT || kinds[i] == STEP_ADMIT;

        if (kinds[i] == STEP_HOLD && !is_only)
            continue;
        plan->steps[plan->count++] = (struct step){
            .kind = kinds[i],
            .wave = plan->wave_count++,
            .service = service,
            .instance = is_of_service ? "" : id,
            .number = is_of_service ? 0 : instance->number,
            .reason = "asked for",
        };
    }
}

int deploy_restart_services(struct deploy *deploy, struct error **reterr)
{
    struct plan plan = {0};
    int r = deploy_look(deploy, reterr);

    if (r < 0)
        return r;
    plan.steps = arena_new_array(deploy->arena, struct step, (size_t)deploy->observed.count * 6);
    for (uint32_t i = 0; i < deploy->goal->service_count; i++) {
        const struct desired_service *service = &deploy->goal->services[i];

        if (!deploy_is_chosen(deploy, service->name) || service->is_job)
            continue;
        for (uint32_t j = 0; j < deploy->observed.count; j++)
            if (deploy_is_current(deploy, service, &deploy->observed.instances[j]))
                add_restart(deploy, &deploy->observed.instances[j], &plan,
                            service->replicas == 1 && service->port_count > 0);
    }
    return deploy_execute(deploy, &plan);
}

int deploy_remove_stopped(struct deploy *deploy, struct error **reterr)
{
    struct plan plan = {.wave_count = 1};
    int r = deploy_look(deploy, reterr);

    if (r < 0)
        return r;
    plan.steps = arena_new_array(deploy->arena, struct step, deploy->observed.count);
    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];

        if (deploy_is_chosen(deploy, instance->service) &&
            (instance->state == INSTANCE_EXITED || instance->state == INSTANCE_CREATED))
            plan.steps[plan.count++] =
                (struct step){.kind = STEP_REMOVE,
                              .service = arena_strdup(deploy->arena, instance->service),
                              .instance = arena_strdup(deploy->arena, instance->id),
                              .number = instance->number,
                              .reason = "asked for"};
    }
    return deploy_execute(deploy, &plan);
}

/* Those made by `run` keep networks in use; they go with the project. */
static int remove_oneoffs(struct deploy *deploy, struct error **reterr)
{
    struct plan plan = {.wave_count = 2};
    int r = deploy_look(deploy, reterr);

    if (r < 0)
        return r;
    plan.steps = arena_new_array(deploy->arena, struct step, (size_t)deploy->observed.count * 2);
    for (uint32_t kind = 0; kind < 2; kind++)
        for (uint32_t i = 0; i < deploy->observed.count; i++) {
            const struct observed_instance *instance = &deploy->observed.instances[i];

            if (instance->is_oneoff)
                plan.steps[plan.count++] =
                    (struct step){.kind = kind == 0 ? STEP_STOP : STEP_REMOVE,
                                  .wave = kind,
                                  .service = arena_strdup(deploy->arena, instance->service),
                                  .instance = arena_strdup(deploy->arena, instance->id),
                                  .number = instance->number,
                                  .reason = "it was made by run"};
        }
    return plan.count > 0 ? deploy_execute(deploy, &plan) : 0;
}

static int take_down_once(struct deploy *deploy, struct error **reterr)
{
    struct rotation *rotation = &deploy->rotation;
    bool is_all = deploy->options.services == NULL;
    int r = plan_and_execute(deploy, reterr);

    if (r < 0 || !is_all)
        return r;
    r = remove_oneoffs(deploy, reterr);
    if (r == 0)
        r = deploy_do_clean(deploy, NULL, 0);
    if (r == 0)
        r = deploy_unpublish(deploy, reterr);
    if (r < 0)
        return r;
    rotation->base = rotation->standby = rotation->count = rotation->held_count = 0;
    deploy->document_hash = "";
    return deploy_write_rotation(deploy, reterr);
}

int deploy_take_down(struct deploy *deploy, struct error **reterr)
{
    int r = -EIO;

    /* Nothing is to come back, so it goes on until it is done. */
    for (uint32_t round = 0; round < ROUNDS && r < 0 && r != -ECANCELED; round++) {
        if (round > 0 && deploy_wait(deploy, TIME_SECOND << round) == -ECANCELED)
            return -ECANCELED;
        *reterr = error_free(*reterr);
        deploy->failure = (struct deploy_failure){0};
        r = take_down_once(deploy, reterr);
    }
    return r;
}

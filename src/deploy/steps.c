/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carrying out a plan: wave by wave, in a wave kind by kind. Each step is in the journal before it
 * is done and after, and is told to whoever follows.
 */
#include <errno.h>
#include <string.h>

#include "deploy/deploy_priv.h"
#include "deploy/json.h"

static int (*doer_of(enum step_kind kind))(struct deploy *, const struct step *const *, uint32_t)
{
    switch (kind) {
    case STEP_START:
    case STEP_RESTART:
    case STEP_STOP:
    case STEP_REMOVE:
        return deploy_do_calls;
    case STEP_PREPARE:
        return deploy_do_prepare;
    case STEP_AWAIT:
        return deploy_do_await;
    case STEP_HOLD:
        return deploy_do_hold;
    case STEP_RETIRE:
        return deploy_do_retire;
    case STEP_ADMIT:
        return deploy_do_admit;
    case STEP_SWITCH:
        return deploy_do_switch;
    case STEP_CANARY:
        return deploy_do_canary;
    case STEP_BAKE:
        return deploy_do_bake;
    case STEP_CLEAN:
        return deploy_do_clean;
    case STEP_RESOLVE: /* was done before the plan */
    case STEP_BUILD:
        return NULL;
    }
    return NULL;
}

/* Steps of one kind in one wave. */
struct group {
    const struct step **steps;
    uint32_t *numbers;   /* as told */
    uint32_t *sequences; /* in the journal */
    uint32_t count;
};

static int begin_group(struct deploy *deploy, struct group *group, uint64_t unix_ns)
{
    struct error *error = NULL;

    for (uint32_t i = 0; i < group->count; i++) {
        const char *text = json_write(deploy->arena, deploy_step_value(deploy, group->steps[i]));
        int r = deploy->record.id != 0 ? store_begin_step(deploy->store, deploy->record.id, text,
                                                          unix_ns, &group->sequences[i], &error)
                                       : 0;

        if (r < 0 && deploy_go_on_unkept(deploy, r, &error) < 0)
            return deploy_fail_error(deploy, NULL, group->steps[i]->service, &error);
        deploy_tell_step(deploy, group->steps[i], group->numbers[i], "begun", "", 0);
    }
    return 0;
}

/* What became of one of them, where one failed: what failed, what was done all the same, and what
 * was not brought to its end. */
static const char *state_of(const struct deploy *deploy, const struct group *group, uint32_t i,
                            int result)
{
    const char *service = group->steps[i]->service;
    const char *culprit = deploy->failure.service != NULL ? deploy->failure.service : "";
    bool is_call = deploy->is_done != NULL;

    if (result == 0 || (is_call && deploy->is_done[i]))
        return "done";
    return is_call || *culprit == '\0' || strcmp(culprit, service) == 0 ? "failed" : "skipped";
}

static int end_group(struct deploy *deploy, struct group *group, int result, uint64_t begun_ns)
{
    struct world *world = deploy->world;
    uint64_t duration_ns = world->ops->monotonic_ns(world) - begun_ns;
    const char *message =
        result < 0 && deploy->failure.message != NULL ? deploy->failure.message : "";
    struct error *error = NULL;
    int r = 0;

    for (uint32_t i = 0; i < group->count && r == 0; i++) {
        const char *state = state_of(deploy, group, i, result);
        bool is_done = strcmp(state, "done") == 0;
        const char *text = strcmp(state, "failed") == 0 ? message : "";

        if (deploy->record.id != 0 && group->sequences[i] != 0)
            r = store_end_step(deploy->store, deploy->record.id, group->sequences[i],
                               is_done ? STORE_STEP_DONE : STORE_STEP_FAILED, text,
                               world->ops->unix_ns(world), &error);
        if (r < 0)
            r = deploy_go_on_unkept(deploy, r, &error);
        deploy_tell_step(deploy, group->steps[i], group->numbers[i], state, text, duration_ns);
        deploy->ok += is_done;
    }
    deploy->is_done = NULL;
    if (result < 0)
        deploy->failed++;
    return r < 0 ? deploy_fail_error(deploy, NULL, "", &error) : result;
}

static int do_group(struct deploy *deploy, struct group *group)
{
    struct world *world = deploy->world;
    uint64_t begun_ns = world->ops->monotonic_ns(world);
    int (*doer)(struct deploy *, const struct step *const *, uint32_t) =
        doer_of(group->steps[0]->kind);
    struct error *error = NULL;
    int r;

    if (doer == NULL)
        return 0;
    r = begin_group(deploy, group, world->ops->unix_ns(world));
    if (r < 0)
        return r;
    deploy->is_done = NULL;
    deploy->numbers = group->numbers;
    /* Ids in steps are looked up in what runs. */
    r = deploy_look(deploy, &error);
    if (r < 0)
        r = deploy_fail_error(deploy, NULL, group->steps[0]->service, &error);
    else
        r = deploy_heed_cancel(deploy, NULL, "", "");
    if (r == 0)
        r = doer(deploy, group->steps, group->count);
    deploy->numbers = NULL;
    return r == -ECANCELED ? r : end_group(deploy, group, r, begun_ns);
}

static bool is_risky(enum step_kind kind)
{
    return kind == STEP_START || kind == STEP_RESTART || kind == STEP_AWAIT || kind == STEP_ADMIT ||
           kind == STEP_SWITCH || kind == STEP_CANARY || kind == STEP_BAKE || kind == STEP_HOLD;
}

/* From this step on everything new serves. */
static uint32_t find_settled(const struct plan *plan)
{
    uint32_t settled = plan->count;

    while (settled > 0 && !is_risky(plan->steps[settled - 1].kind))
        settled--;
    return settled;
}

/* The steps of the same kind from here on, to the end of the wave; *done marks them. */
static void gather_group(struct deploy *deploy, const struct plan *plan, uint32_t first, bool *done,
                         uint32_t first_number, struct group *group)
{
    const struct step *begin = &plan->steps[first];

    *group = (struct group){
        .steps = arena_new_array(deploy->arena, const struct step *, plan->count - first),
        .numbers = arena_new_array(deploy->arena, uint32_t, plan->count - first),
        .sequences = arena_new_array(deploy->arena, uint32_t, plan->count - first),
    };
    for (uint32_t i = first; i < plan->count && plan->steps[i].wave == begin->wave; i++) {
        bool is_same = plan->steps[i].kind == begin->kind;

        if (done[i] || !is_same)
            continue;
        done[i] = true;
        group->steps[group->count] = &plan->steps[i];
        group->numbers[group->count++] = first_number + i;
    }
}

int deploy_execute(struct deploy *deploy, const struct plan *plan)
{
    bool *done = arena_new_array(deploy->arena, bool, plan->count);
    uint32_t settled = find_settled(plan), first_number = deploy->step_number + 1;
    struct error *error = NULL;

    deploy_tell_plan(deploy, plan);
    deploy->step_number += plan->count;
    for (uint32_t i = 0; i < plan->count; i++) {
        struct group group;
        int r = 0;

        if (done[i])
            continue;
        if (i >= settled && !deploy->is_settled && !deploy->is_undo && deploy->record.id != 0) {
            r = deploy_settle(deploy, &error);
            if (r < 0)
                return deploy_fail_error(deploy, NULL, "", &error);
        }
        gather_group(deploy, plan, i, done, first_number, &group);
        r = do_group(deploy, &group);
        if (r < 0)
            return r;
        /* The new revision serves, and what is left of the deploy is to watch it. */
        if (plan->steps[i].kind == STEP_SWITCH && !deploy->is_undo && deploy->record.id != 0) {
            r = store_set_deploy_state(deploy->store, deploy->record.id, STORE_DEPLOY_SWITCHED, "",
                                       0, &error);
            if (r < 0)
                return deploy_fail_error(deploy, NULL, "", &error);
        }
    }
    return 0;
}

int deploy_make_plan(struct deploy *deploy, struct plan *ret, struct error **reterr)
{
    struct plan_input input = {
        .desired = deploy->goal,
        .earlier = deploy->other,
        .observed = &deploy->observed,
        .rotation = &deploy->rotation,
        .stopped_services = deploy->stopped,
        .stopped_count = deploy->stopped_count,
        .since_unix_ns = deploy->record.started_unix_ns,
        .is_undo = deploy->is_undo,
        .is_heal = deploy->is_heal,
        .force_recreate = deploy->options.force_recreate && !deploy->is_undo && !deploy->is_heal,
        .no_bake = deploy->options.no_wait,
        .only = deploy->options.services,
        .only_count = deploy->options.service_count,
    };
    int r = deploy_look(deploy, reterr);

    if (r < 0)
        return r;
    plan_make(deploy->arena, &input, ret);
    /* Steps are taken long after this look has ended. */
    for (uint32_t i = 0; i < ret->count; i++) {
        ret->steps[i].service = arena_strdup(deploy->arena, ret->steps[i].service);
        ret->steps[i].instance = arena_strdup(deploy->arena, ret->steps[i].instance);
    }
    return 0;
}

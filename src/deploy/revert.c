/* SPDX-License-Identifier: Apache-2.0 */
/* The two ends of a deploy that is not done yet: it serves for good, or it is undone. */
#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "deploy/deploy_priv.h"

enum {
    UNDO_ROUNDS = 6
};

static int refuse_cancelled(struct deploy *deploy, struct error **reterr)
{
    return deploy_heed_cancel(deploy, NULL, "", "") < 0
               ? error_set(reterr, EINTR, "%s", deploy->failure.message)
               : 0;
}

int deploy_settle(struct deploy *deploy, struct error **reterr)
{
    struct rotation *rotation = &deploy->rotation;
    int r = refuse_cancelled(deploy, reterr);

    if (r < 0)
        return r;
    /* With nothing to switch, the listeners may be the same, but they are this revision's now. */
    if (rotation->base != deploy->goal->revision) {
        rotation->base = deploy->goal->revision;
        rotation->standby = deploy->other != NULL ? deploy->other->revision : 0;
    }
    /* Once at least: files that it names, as certificates, may have others in them now. */
    r = deploy_publish(deploy, !deploy->has_published, reterr);
    if (r == 0 && deploy->record.state != STORE_DEPLOY_SWITCHED)
        r = store_set_deploy_state(deploy->store, deploy->record.id, STORE_DEPLOY_SWITCHED, "", 0,
                                   reterr);
    if (r == 0)
        deploy->record.state = STORE_DEPLOY_SWITCHED;
    /* From here on what was there before is removed, so nothing may go back to it, also not after a
     * crash. */
    if (r == 0 && deploy->record.to != 0)
        r = store_set_revision_state(deploy->store, deploy->project, deploy->record.to,
                                     STORE_REVISION_DEPLOYED, reterr);
    if (r == 0 && deploy->record.to != 0) {
        r = store_settle_deploy(deploy->store, &deploy->record, reterr);
        if (r == 0)
            return refuse_cancelled(deploy, reterr) < 0
                       ? -EINTR
                       : error_set(reterr, EINTR, "it was cancelled");
    }
    deploy->is_settled = r >= 0;
    return r < 0 ? r : 0;
}

/* Where nothing served before, nothing does again. */
static int finish_undo(struct deploy *deploy, struct error **reterr)
{
    struct rotation *rotation = &deploy->rotation;

    if (deploy->goal != &deploy->empty) {
        rotation->standby = 0;
        rotation->held_count = 0;
        rotation->base = deploy->goal->revision;
        return deploy_publish(deploy, false, reterr);
    }
    rotation->base = rotation->standby = rotation->count = rotation->held_count = 0;
    deploy->document_hash = "";
    return deploy->world->ops->unpublish(deploy->world, deploy->project, NULL, reterr);
}

static void swap_failures(struct deploy *deploy, struct deploy_failure *other)
{
    struct deploy_failure failure = deploy->failure;

    deploy->failure = *other;
    *other = failure;
}

/* What was written and never taken by the edge, as it refuses it, must not stand in the way of each
 * step: what served before the switch serves. */
static int leave_refused(struct deploy *deploy)
{
    struct error *error = NULL;
    int r = deploy_look(deploy, &error);

    if (r == 0)
        r = deploy_publish(deploy, false, &error);
    if (r < 0 && r != -ECANCELED && deploy->rotation.base != deploy->goal->revision)
        r = deploy_do_switch(deploy, NULL, 0);
    else if (r < 0)
        r = deploy_fail_error(deploy, NULL, "", &error);
    (void)error_free(error);
    return r;
}

/* What another tool made takes its ports back: the edge has to give them up first. */
static int make_way(struct deploy *deploy)
{
    struct error *error = NULL;
    bool is_needed = false;

    if (deploy->goal != &deploy->empty || deploy->rotation.base == 0)
        return 0;
    for (uint32_t i = 0; i < deploy->observed.count && !is_needed; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];

        is_needed = *instance->config_hash == '\0' && instance->published != NULL &&
                    *instance->published != '\0' && instance->state != INSTANCE_RUNNING;
    }
    if (!is_needed)
        return 0;
    deploy->rotation.base = 0;
    return deploy_publish(deploy, false, &error) < 0 ? deploy_fail_error(deploy, NULL, "", &error)
                                                     : 0;
}

static int undo_once(struct deploy *deploy)
{
    struct world *world = deploy->world;
    struct error *error = NULL;
    struct plan plan;
    int r;

    deploy->failure = (struct deploy_failure){0};
    deploy->started_count = 0;
    deploy->deadline_ns =
        time_add(world->ops->monotonic_ns(world), deploy->goal->deploy.deadline_ns);
    r = leave_refused(deploy);
    if (r == 0)
        r = make_way(deploy);
    if (r == 0)
        r = deploy_make_plan(deploy, &plan, &error);
    if (r == 0 && plan.count > 0)
        r = deploy_execute(deploy, &plan);
    if (r == 0)
        r = finish_undo(deploy, &error);
    return r < 0 && error != NULL ? deploy_fail_error(deploy, NULL, "", &error) : r;
}

int deploy_undo(struct deploy *deploy)
{
    struct deploy_failure cause = {0};
    uint32_t failed = deploy->failed;
    int r = -EIO;

    swap_failures(deploy, &cause);
    deploy->is_undo = true;
    deploy->rotation.standby = deploy->goal->revision;
    for (uint32_t round = 0; round < UNDO_ROUNDS && r < 0; round++) {
        r = undo_once(deploy);
        if (r < 0 && r != -ECANCELED) {
            deploy_note(deploy, "undoing: %s", deploy->failure.message);
            if (deploy_wait(deploy, TIME_SECOND << round) == -ECANCELED)
                r = -ECANCELED;
        }
        if (r == -ECANCELED)
            return r;
    }
    swap_failures(deploy, &cause);
    deploy->failed = failed;
    /* Healing goes on with it: its goal is what serves. */
    if (r < 0)
        deploy->failure.message =
            arena_printf(deploy->arena, "%s; and undoing it does not succeed yet: %s",
                         deploy->failure.message != NULL ? deploy->failure.message : "it failed",
                         cause.message != NULL ? cause.message : "");
    return 0;
}

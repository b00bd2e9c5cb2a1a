/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an instance has passed. What its runtime says and what the edge says count together: a
 * container that is healthy to itself and cannot be reached has not passed, and the other way
 * round.
 */
#include <string.h>

#include "base/time.h"
#include "deploy/deploy_priv.h"

/* Of what nobody checks: it runs for that long. */
#define SETTLED_NS (1 * TIME_SECOND)

enum {
    RESTARTS_MAX = 3 /* while it is waited for */
};

const char *deploy_end_text(struct deploy *deploy, const struct observed_instance *instance)
{
    const char *signal_name =
        instance->exit_code > 128 ? sigabbrev_np(instance->exit_code - 128) : NULL;

    /* As shells and engines say it. */
    if (signal_name != NULL)
        return arena_printf(deploy->looks, "was killed by SIG%s", signal_name);
    return arena_printf(deploy->looks, "ended with status %d", instance->exit_code);
}

static enum deploy_verdict judge_end(struct deploy *deploy, const struct desired_service *service,
                                     const struct observed_instance *instance,
                                     const char **ret_reason)
{
    if (plan_has_finished(service, instance))
        return VERDICT_PASSED;
    *ret_reason = arena_printf(deploy->looks, "it %s", deploy_end_text(deploy, instance));
    return VERDICT_FAILED;
}

static enum deploy_verdict judge_target(struct deploy *deploy,
                                        const struct observed_instance *instance,
                                        const char **ret_reason)
{
    const struct rotation_entry *entry = rotation_find(&deploy->rotation, instance->id);
    struct world *world = deploy->world;
    struct world_target target = {0};
    uint64_t now_ns = world->ops->unix_ns(world);

    if (entry == NULL) {
        *ret_reason = "it is not checked yet";
        return VERDICT_WAITING;
    }
    if (!deploy_is_target(deploy, entry)) {
        *ret_reason = "it has not run for a second";
        return time_subtract(now_ns, instance->started_unix_ns) >= SETTLED_NS ? VERDICT_PASSED
                                                                              : VERDICT_WAITING;
    }
    if (world->ops->target(world, deploy->project, entry->target, &target) < 0 ||
        !target.is_known || !target.has_passed) {
        *ret_reason = target.reason != NULL && *target.reason != '\0'
                          ? target.reason
                          : "it has not passed the edge's checks";
        return VERDICT_WAITING;
    }
    return VERDICT_PASSED;
}

enum deploy_verdict deploy_judge(struct deploy *deploy, const struct desired_service *service,
                                 const struct observed_instance *instance, const char **ret_reason)
{
    *ret_reason = "";
    if (instance->state == INSTANCE_EXITED)
        return judge_end(deploy, service, instance, ret_reason);
    /* In a life before it was waited for, restarts say nothing. */
    if (instance->restarts >= RESTARTS_MAX && !deploy->is_heal && !deploy->is_undo) {
        *ret_reason = arena_printf(deploy->looks, "it was restarted %u times, and %s",
                                   instance->restarts, deploy_end_text(deploy, instance));
        return VERDICT_FAILED;
    }
    *ret_reason = "it does not run";
    if (instance->state != INSTANCE_RUNNING)
        return VERDICT_WAITING;
    *ret_reason = "the job has not ended";
    if (service->is_job)
        return VERDICT_WAITING;
    *ret_reason = "its own healthcheck says that it is unhealthy";
    if (instance->health == INSTANCE_HEALTH_UNHEALTHY)
        return VERDICT_FAILED;
    *ret_reason = "its own healthcheck has not passed";
    if (instance->health == INSTANCE_HEALTH_STARTING)
        return VERDICT_WAITING;
    *ret_reason = "";
    return judge_target(deploy, instance, ret_reason);
}

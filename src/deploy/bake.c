/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching what is new while it serves, and comparing it with what served before: the share of
 * requests that fail, and the 95th percentile of latency, as the edge measures them.
 *
 * Services are compared one by one. The earlier revision's figures are taken from its instances,
 * which stay known to the edge while they are on standby. With fewer requests to what is new than
 * x-slipway.deploy.thresholds.samples nothing is compared; with fewer to what was there, it counts
 * as without errors, and nothing is said about latency.
 */
#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "deploy/deploy_priv.h"

/* Differences below this are no reason, whatever the factor. */
#define LATENCY_LEAST_US 5000

static bool is_new(const struct deploy *deploy, const struct observed_instance *instance)
{
    const struct desired_service *service = desired_find(deploy->goal, instance->service);

    return service != NULL && deploy_is_current(deploy, service, instance) &&
           (deploy->other == NULL || instance->revision == deploy->goal->revision);
}

/* What the edge knows of a service's instances, of before or of now, as if they were one. */
static void gather(struct deploy *deploy, const char *service, bool of_now, bool is_recent,
                   struct world_target *ret)
{
    const char **targets = arena_new_array(deploy->looks, const char *, deploy->observed.count);
    uint32_t count = 0;

    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];
        const struct rotation_entry *entry = rotation_find(&deploy->rotation, instance->id);

        if (entry != NULL && strcmp(instance->service, service) == 0 &&
            is_new(deploy, instance) == of_now)
            targets[count++] = entry->target;
    }
    if (deploy->world->ops->sum(deploy->world, deploy->project, targets, count, is_recent, ret) < 0)
        *ret = (struct world_target){0};
}

static double percent(uint64_t errors, uint64_t requests)
{
    return requests > 0 ? (double)errors * 100 / (double)requests : 0;
}

/* Since the deploy began, or, where that is too little, since it is known. */
static void gather_before(struct deploy *deploy, const char *service, struct world_target *ret)
{
    gather(deploy, service, false, true, ret);
    if (ret->requests < deploy->goal->deploy.thresholds.samples)
        gather(deploy, service, false, false, ret);
}

static int compare(struct deploy *deploy, const struct desired_service *service)
{
    const struct desired_thresholds *thresholds = &deploy->goal->deploy.thresholds;
    struct world_target before, now;
    double errors_before, errors_now;
    bool is_comparable;

    gather(deploy, service->name, true, false, &now);
    if (now.requests == 0 || now.requests < thresholds->samples)
        return 0;
    gather_before(deploy, service->name, &before);
    is_comparable = before.requests > 0 && before.requests >= thresholds->samples;
    errors_now = percent(now.errors, now.requests);
    errors_before = is_comparable ? percent(before.errors, before.requests) : 0;
    if (errors_now > errors_before + thresholds->error_points)
        return deploy_fail(deploy, NULL, service->name, EREMOTEIO,
                           "%s: while it baked, %.1f %% of %llu requests failed; %.1f %% before",
                           service->name, errors_now, (unsigned long long)now.requests,
                           errors_before);
    if (is_comparable &&
        (double)now.latency_p95_us > (double)before.latency_p95_us * thresholds->latency_factor &&
        now.latency_p95_us > before.latency_p95_us + LATENCY_LEAST_US)
        return deploy_fail(deploy, NULL, service->name, ETIME,
                           "%s: while it baked, the slowest twentieth of the requests took %.1f ms "
                           "or more; %.1f ms before",
                           service->name, (double)now.latency_p95_us / 1000,
                           (double)before.latency_p95_us / 1000);
    return 0;
}

static int compare_all(struct deploy *deploy)
{
    int r = 0;

    for (uint32_t i = 0; i < deploy->goal->service_count && r == 0; i++)
        r = compare(deploy, &deploy->goal->services[i]);
    return r;
}

/* None of what is new has died or fails; service "": of any. */
static int watch(struct deploy *deploy, const char *name)
{
    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];
        const struct desired_service *service = desired_find(deploy->goal, instance->service);
        const struct rotation_entry *entry = rotation_find(&deploy->rotation, instance->id);
        struct world_target target = {0};

        if (service == NULL || service->is_job || entry == NULL || !is_new(deploy, instance) ||
            entry->role != ROTATION_SERVING ||
            (*name != '\0' && strcmp(name, service->name) != 0) ||
            plan_has_finished(service, instance))
            continue;
        if (instance->state == INSTANCE_EXITED)
            return deploy_fail(deploy, instance, service->name, ECHILD,
                               "%s: it %s soon after it began to serve", instance->name,
                               deploy_end_text(deploy, instance));
        if (instance->health == INSTANCE_HEALTH_UNHEALTHY)
            return deploy_fail(deploy, instance, service->name, ECHILD,
                               "%s: its healthcheck failed soon after it began to serve",
                               instance->name);
        if (deploy->world->ops->target(deploy->world, deploy->project, entry->target, &target) ==
                0 &&
            target.is_known && target.is_failing)
            return deploy_fail(deploy, instance, service->name, ECHILD,
                               "%s: it failed the edge's checks soon after it began to serve",
                               instance->name);
    }
    return 0;
}

static uint64_t duration_of(const struct deploy *deploy, const struct step *step)
{
    const struct desired_deploy *settings = &deploy->goal->deploy;

    if (step->kind == STEP_CANARY) {
        for (uint32_t i = 0; i < settings->canary_count; i++)
            if (settings->canary[i].percent == step->percent)
                return settings->canary[i].duration_ns;
        return 0;
    }
    if (*step->service != '\0') {
        const struct desired_service *service = desired_find(deploy->goal, step->service);
        const struct desired_update *update = deploy->is_undo && service->rollback.is_explicit
                                                  ? &service->rollback
                                                  : &service->update;

        return update->monitor_ns > update->delay_ns ? update->monitor_ns : update->delay_ns;
    }
    return settings->bake_ns;
}

static int look_at(struct deploy *deploy, const struct step *step)
{
    const struct desired_service *service =
        *step->service != '\0' ? desired_find(deploy->goal, step->service) : NULL;
    struct error *error = NULL;
    int r = deploy_look(deploy, &error);

    if (r < 0)
        return deploy_fail_error(deploy, NULL, step->service, &error);
    if (service != NULL && service->update.on_failure == UPDATE_FAILURE_CONTINUE)
        return 0;
    r = watch(deploy, step->service);
    return r == 0 && service == NULL ? compare_all(deploy) : r;
}

int deploy_do_bake(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct world *world = deploy->world;
    uint64_t begun_ns = world->ops->monotonic_ns(world), longest_ns = 0;

    for (uint32_t i = 0; i < count; i++)
        if (duration_of(deploy, steps[i]) > longest_ns)
            longest_ns = duration_of(deploy, steps[i]);
    /* The part of it that went by before a crash counts. */
    if (steps[0]->kind == STEP_BAKE && *steps[0]->service == '\0') {
        uint64_t gone_ns =
            time_subtract(world->ops->unix_ns(world), deploy->rotation.switched_unix_ns);

        longest_ns = time_subtract(longest_ns, gone_ns);
    }
    for (;;) {
        uint64_t now_ns = world->ops->monotonic_ns(world), end_ns = time_add(begun_ns, longest_ns);
        int r = 0;

        for (uint32_t i = 0; i < count && r == 0; i++)
            r = look_at(deploy, steps[i]);
        if (r == 0)
            r = deploy_heed_cancel(deploy, NULL, "", "");
        if (r < 0 || now_ns >= end_ns)
            return r;
        r = world->ops->wait(world, end_ns - now_ns > TIME_SECOND ? now_ns + TIME_SECOND : end_ns);
        if (r < 0)
            return r;
    }
}

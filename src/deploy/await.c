/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting until what is new has passed, and taking it into rotation. */
#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "deploy/deploy_priv.h"
#include "ipc/state.h"

bool deploy_stand_by(struct deploy *deploy, const char *name)
{
    const struct desired_service *service = desired_find(deploy->goal, name);
    bool changed = false;

    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];

        if (service->is_job || instance->state != INSTANCE_RUNNING ||
            !deploy_is_current(deploy, service, instance))
            continue;
        /* What was draining when it is wanted again begins anew, as another target. */
        if (deploy_role_of(deploy, instance) == ROTATION_DRAINING)
            deploy_drop(deploy, instance->id);
        if (deploy_role_of(deploy, instance) != ROTATION_NONE)
            continue;
        (void)deploy_enter(deploy, instance, ROTATION_STANDBY);
        changed = true;
    }
    return changed;
}

/* Of the service: how many are there to pass, and have. */
struct progress {
    uint32_t waiting, passed;
    const struct observed_instance *example; /* that has not passed */
    const char *reason;
};

static int find_gone(struct deploy *deploy, const struct desired_service *service)
{
    for (uint32_t i = 0; i < deploy->started_count; i++) {
        const char *id = deploy->started[i];

        if (*id != '\0' && observed_find(&deploy->observed, id) == NULL) {
            deploy->started[i] = "";
            return deploy_fail(deploy, NULL, service->name, ENOENT,
                               "%s: instance %.12s was removed by somebody else while it started",
                               service->name, id);
        }
    }
    return 0;
}

static int judge_all(struct deploy *deploy, const struct desired_service *service,
                     struct progress *ret)
{
    *ret = (struct progress){.reason = ""};
    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];
        const char *reason;

        if (!deploy_is_current(deploy, service, instance) ||
            deploy_role_of(deploy, instance) == ROTATION_SERVING)
            continue;
        /* Of a job that failed before, and ran again as another instance. */
        if (service->is_job && instance->state == INSTANCE_EXITED && instance->exit_code != 0 &&
            deploy->started_count > 0 &&
            instance->finished_unix_ns < deploy->record.started_unix_ns)
            continue;
        switch (deploy_judge(deploy, service, instance, &reason)) {
        case VERDICT_PASSED:
            ret->passed++;
            break;
        case VERDICT_WAITING:
            ret->waiting++;
            ret->example = instance;
            ret->reason = reason;
            break;
        case VERDICT_FAILED:
            if (service->update.on_failure == UPDATE_FAILURE_CONTINUE &&
                service->update.is_explicit && !deploy->is_undo)
                break;
            return deploy_fail(deploy, instance, service->name, ECHILD, "%s: %s", instance->name,
                               reason);
        }
    }
    return find_gone(deploy, service);
}

/* Nothing serves of it, so nothing is switched: whoever needs it need not wait for the others. */
static bool is_fresh(const struct deploy *deploy, const struct desired_service *service)
{
    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];

        if (strcmp(instance->service, service->name) == 0 && !instance->is_oneoff &&
            (deploy_role_of(deploy, instance) == ROTATION_SERVING ||
             (!deploy_is_current(deploy, service, instance) &&
              instance->state == INSTANCE_RUNNING)))
            return false;
    }
    return !service->is_job;
}

int deploy_admit(struct deploy *deploy, const struct desired_service *service)
{
    bool changed = false;
    struct error *error = NULL;
    int r;

    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];
        const char *reason;

        if (deploy_role_of(deploy, instance) != ROTATION_STANDBY ||
            !deploy_is_current(deploy, service, instance) ||
            deploy_judge(deploy, service, instance, &reason) != VERDICT_PASSED)
            continue;
        r = deploy_set_joined(deploy, service, instance, true, &error);
        if (r < 0)
            return deploy_fail_error(deploy, NULL, service->name, &error);
        deploy_enter(deploy, instance, ROTATION_SERVING)->weight = 100;
        changed = true;
    }
    if (changed)
        deploy_hold(deploy, service->name, false);
    r = changed ? deploy_publish(deploy, false, &error) : 0;
    return r < 0 ? deploy_fail_error(deploy, NULL, service->name, &error) : 0;
}

int deploy_do_admit(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct error *error = NULL;
    int r = deploy_look(deploy, &error);

    if (r < 0)
        return deploy_fail_error(deploy, NULL, steps[0]->service, &error);
    for (uint32_t i = 0; i < count && r == 0; i++) {
        r = deploy_admit(deploy, desired_find(deploy->goal, steps[i]->service));
        deploy->changed += r == 0;
    }
    return r;
}

static int look_and_stand_by(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct error *error = NULL;
    bool changed = false;
    int r = deploy_look(deploy, &error);

    for (uint32_t i = 0; i < count && r == 0; i++)
        changed |= deploy_stand_by(deploy, steps[i]->service);
    if (r == 0 && changed)
        r = deploy_publish(deploy, false, &error);
    return r < 0 ? deploy_fail_error(deploy, NULL, steps[0]->service, &error) : 0;
}

/* Of a process that listens elsewhere, what its runtime expects of it. */
static const char *reason_of(struct deploy *deploy, const struct progress *progress)
{
    const struct observed_instance *instance = progress->example;

    if (instance == NULL || instance->runtime != DESIRED_PROCESS || instance->port_count == 0 ||
        strcmp(progress->reason, state_reason_text(STATE_REASON_REFUSED)) != 0)
        return progress->reason;
    return arena_printf(deploy->looks,
                        "nothing listens on %s, which is its PORT (a process is told in the "
                        "variable PORT where to listen)",
                        instance->ports[0].address);
}

static int fail_late(struct deploy *deploy, const struct step *step,
                     const struct progress *progress)
{
    return deploy_fail(deploy, progress->example, step->service, ETIMEDOUT,
                       "%s: %s, and the deadline of %llu s has passed",
                       progress->example != NULL ? progress->example->name : step->service,
                       reason_of(deploy, progress),
                       (unsigned long long)(deploy->goal->deploy.deadline_ns / TIME_SECOND));
}

/* One look: how many services still wait. */
static int await_once(struct deploy *deploy, const struct step *const *steps, uint32_t count,
                      bool is_late, uint32_t *ret_waiting)
{
    int r = look_and_stand_by(deploy, steps, count);

    *ret_waiting = 0;
    for (uint32_t i = 0; i < count && r == 0; i++) {
        const struct desired_service *service = desired_find(deploy->goal, steps[i]->service);
        struct progress progress;

        r = judge_all(deploy, service, &progress);
        if (r < 0)
            break;
        if (progress.waiting > 0 && is_late)
            return fail_late(deploy, steps[i], &progress);
        if (progress.waiting > 0)
            (*ret_waiting)++;
        else if (progress.passed > 0 && is_fresh(deploy, service))
            r = deploy_admit(deploy, service);
    }
    return r;
}

int deploy_do_await(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct world *world = deploy->world;

    for (;;) {
        uint64_t now_ns = world->ops->monotonic_ns(world);
        uint32_t waiting;
        int r = await_once(deploy, steps, count, now_ns >= deploy->deadline_ns, &waiting);

        if (r < 0 || waiting == 0)
            return r;
        now_ns = time_add(now_ns, TIME_SECOND);
        r = world->ops->wait(world, now_ns < deploy->deadline_ns ? now_ns : deploy->deadline_ns);
        if (r < 0)
            return r;
    }
}

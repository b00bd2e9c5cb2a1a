/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting until what is new has passed, and taking it into rotation. */
#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "deploy/deploy_priv.h"
#include "deploy/json.h"
#include "ipc/state.h"

#define TELL_AGAIN_NS (5 * TIME_SECOND)

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

static bool is_reason(const struct progress *progress, enum state_reason reason)
{
    return strcmp(progress->reason, state_reason_text(reason)) == 0;
}

/* Of the checks of the service's group: the page they ask for; "". */
static const char *checked_path(const struct deploy *deploy, const char *service)
{
    const struct value *groups =
        value_get(value_get(deploy->goal->root, "x-slipway"), "target_groups");

    for (uint32_t i = 0; i < value_map_count(groups); i++) {
        const struct value *group = groups->map.entries[i].value;
        const char *path = value_get_text(value_get(group, "health"), "path");

        if (path != NULL && value_is_text(value_get(group, "service"), service))
            return path;
    }
    return "";
}

/* What the edge says, and of which address where there is but one; of a process that listens
 * elsewhere, what its runtime expects of it. */
static const char *reason_of(struct deploy *deploy, const struct progress *progress)
{
    static const enum state_reason of_address[] = {
        STATE_REASON_REFUSED, STATE_REASON_TIMEOUT,   STATE_REASON_UNREACHABLE,
        STATE_REASON_CLOSED,  STATE_REASON_MALFORMED, STATE_REASON_CODE_MISMATCH,
    };
    const struct observed_instance *instance = progress->example;
    bool is_process = instance != NULL && instance->runtime == DESIRED_PROCESS;

    if (instance == NULL || instance->port_count == 0)
        return progress->reason;
    if (!is_process || !is_reason(progress, STATE_REASON_REFUSED)) {
        for (size_t i = 0; i < sizeof(of_address) / sizeof(of_address[0]); i++)
            if (instance->port_count == 1 && is_reason(progress, of_address[i]))
                return arena_printf(deploy->looks, "%s (%s%s)", progress->reason,
                                    instance->ports[0].address,
                                    checked_path(deploy, instance->service));
        return progress->reason;
    }
    return arena_printf(deploy->looks,
                        "nothing listens on %s, which is its PORT (a process is told in the "
                        "variable PORT where to listen)",
                        instance->ports[0].address);
}

/* "shop-api-1: Connection refused (172.18.0.3:8000)" */
static const char *missing_of(struct deploy *deploy, const struct step *step,
                              const struct progress *progress)
{
    return arena_printf(deploy->looks, "%s: %s",
                        progress->example != NULL ? progress->example->name : step->service,
                        reason_of(deploy, progress));
}

static int fail_late(struct deploy *deploy, const struct step *step,
                     const struct progress *progress)
{
    return deploy_fail(deploy, progress->example, step->service, ETIMEDOUT,
                       "%s, and the deadline of %llu s has passed",
                       missing_of(deploy, step, progress),
                       (unsigned long long)(deploy->goal->deploy.deadline_ns / TIME_SECOND));
}

/* What a step was last said to wait for. */
struct told {
    const char *text;
    uint64_t at_ns;
};

/* For those who look at the moment, and again for who has come since. */
static void tell_waiting(struct deploy *deploy, uint32_t number, const char *text,
                         struct told *told)
{
    uint64_t now_ns = deploy->world->ops->monotonic_ns(deploy->world);
    struct value *event;

    if (told->text != NULL && strcmp(told->text, text) == 0 &&
        time_subtract(now_ns, told->at_ns) < TELL_AGAIN_NS)
        return;
    *told = (struct told){arena_strdup(deploy->arena, text), now_ns};
    event = json_map(deploy->arena);
    json_set_number(deploy->arena, event, "id", number);
    json_set_text(deploy->arena, event, "text", text);
    deploy_tell(deploy, event, "progress");
}

/* One look: how many services still wait. */
static int await_once(struct deploy *deploy, const struct step *const *steps, uint32_t count,
                      bool is_late, struct told *told, uint32_t *ret_waiting)
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
        if (progress.waiting > 0) {
            const char *missing = missing_of(deploy, steps[i], &progress);

            (*ret_waiting)++;
            if (deploy->numbers != NULL)
                tell_waiting(deploy, deploy->numbers[i], missing, &told[i]);
            r = deploy_heed_cancel(deploy, progress.example, steps[i]->service, missing);
        } else if (progress.passed > 0 && is_fresh(deploy, service))
            r = deploy_admit(deploy, service);
    }
    return r;
}

int deploy_do_await(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct told *told = arena_new_array(deploy->arena, struct told, count);
    struct world *world = deploy->world;

    for (;;) {
        uint64_t now_ns = world->ops->monotonic_ns(world);
        uint32_t waiting;
        int r = await_once(deploy, steps, count, now_ns >= deploy->deadline_ns, told, &waiting);

        if (r < 0 || waiting == 0)
            return r;
        now_ns = time_add(now_ns, TIME_SECOND);
        r = world->ops->wait(world, now_ns < deploy->deadline_ns ? now_ns : deploy->deadline_ns);
        if (r < 0)
            return r;
    }
}

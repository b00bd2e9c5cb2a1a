/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that are one call of a runtime each: start, restart, stop, remove; and those for all. */
#include <errno.h>
#include <string.h>

#include "deploy/deploy_priv.h"
#include "deploy/json.h"

/* The calls, in threads of their own: nothing of the deploy is changed here. */

static struct runtime *runtime_of(struct deploy *deploy, enum desired_runtime kind,
                                  struct error **reterr, int *ret)
{
    struct runtime *runtime = deploy_runtime(deploy, kind, reterr);

    *ret = runtime != NULL ? 0 : -ENOENT;
    if (runtime == NULL && *reterr == NULL)
        (void)error_set(reterr, ENOENT, "there is no such runtime");
    return runtime;
}

static int start_new(struct deploy *deploy, struct deploy_task *task, struct error **reterr)
{
    const struct desired_service *service = desired_find(deploy->goal, task->step->service);
    const struct runtime_instance_options options = {
        .desired = deploy->goal, .service = service, .number = task->step->number};
    struct observed_instance made = {0};
    struct runtime *runtime;
    int r;

    runtime = runtime_of(deploy, service->runtime, reterr, &r);
    if (r == 0)
        r = runtime->class->create(runtime, &task->arena, &options, &made, reterr);
    if (r == 0) {
        task->id = made.id;
        r = runtime->class->start(runtime, deploy->project, made.id, reterr);
    }
    return r;
}

static int start_again(struct deploy *deploy, struct deploy_task *task, struct error **reterr)
{
    struct runtime *runtime;
    int r;

    runtime = runtime_of(deploy, task->instance->runtime, reterr, &r);
    return r < 0 ? r : runtime->class->start(runtime, deploy->project, task->instance->id, reterr);
}

static int stop(struct deploy *deploy, struct deploy_task *task, struct error **reterr)
{
    const struct desired_service *service = deploy_service_of(deploy, task->instance);
    struct runtime *runtime;
    int r;

    runtime = runtime_of(deploy, task->instance->runtime, reterr, &r);
    return r < 0 ? r
                 : runtime->class->stop(
                       runtime, deploy->project, task->instance->id,
                       service != NULL ? service->stop_grace_ns : UINT64_C(10000000000), reterr);
}

static int take_away(struct deploy *deploy, struct deploy_task *task, struct error **reterr)
{
    struct runtime *runtime;
    int r;

    runtime = runtime_of(deploy, task->instance->runtime, reterr, &r);
    return r < 0 ? r
                 : runtime->class->remove(runtime, deploy->project, task->instance->id, false,
                                          reterr);
}

static int (*call_of(enum step_kind kind))(struct deploy *, struct deploy_task *, struct error **)
{
    switch (kind) {
    case STEP_START:
        return start_new;
    case STEP_RESTART:
        return start_again;
    case STEP_STOP:
        return stop;
    default:
        return take_away;
    }
}

/* Around them */

static void note_started(struct deploy *deploy, const char *id)
{
    if (deploy->started_count == deploy->started_capacity) {
        uint32_t capacity = deploy->started_count > 0 ? deploy->started_count * 2 : 16;

        deploy->started =
            arena_grow(deploy->arena, deploy->started, deploy->started_count * sizeof(char *),
                       capacity * sizeof(char *));
        deploy->started_capacity = capacity;
    }
    deploy->started[deploy->started_count++] = arena_strdup(deploy->arena, id);
}

/* A failing task is the deploy's failure, unless it is about what was not found any more. */
static int finish(struct deploy *deploy, struct deploy_task *task)
{
    bool starts = task->step->kind == STEP_START || task->step->kind == STEP_RESTART;

    if (task->id != NULL && task->result == 0)
        note_started(deploy, task->id);
    if (task->step->kind == STEP_RESTART && task->result == 0)
        note_started(deploy, task->instance->id);
    if (task->result == 0) {
        deploy->changed++;
        return 0;
    }
    (void)error_prefix(&task->error, "%s %s-%s-%u", step_kind_name(task->step->kind),
                       deploy->project, task->step->service, task->step->number);
    return deploy_fail_error(deploy, starts ? task->instance : NULL, task->step->service,
                             &task->error);
}

static int prepare_tasks(struct deploy *deploy, const struct step *const *steps, uint32_t count,
                         struct deploy_task *tasks, uint32_t *ret_count)
{
    uint32_t used = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct deploy_task *task = &tasks[used];

        *task = (struct deploy_task){.step = steps[i], .run = call_of(steps[i]->kind)};
        if (steps[i]->kind != STEP_START) {
            task->instance = observed_find(&deploy->observed, steps[i]->instance);
            /* What is gone is stopped and removed; what was to come back has not. */
            if (task->instance == NULL && steps[i]->kind == STEP_RESTART)
                return deploy_fail(deploy, NULL, steps[i]->service, ENOENT, "%s-%s-%u is gone",
                                   deploy->project, steps[i]->service, steps[i]->number);
            if (task->instance == NULL)
                continue;
        }
        used++;
    }
    *ret_count = used;
    return 0;
}

/* What comes back has to pass again, so it must not be in rotation when it does. */
static int leave_rotation(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct error *error = NULL;
    bool changed = false;

    for (uint32_t i = 0; i < count; i++)
        if (steps[i]->kind == STEP_RESTART &&
            rotation_find(&deploy->rotation, steps[i]->instance) != NULL) {
            deploy_drop(deploy, steps[i]->instance);
            changed = true;
        }
    return changed && deploy_publish(deploy, false, &error) < 0
               ? deploy_fail_error(deploy, NULL, steps[0]->service, &error)
               : 0;
}

int deploy_do_calls(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct deploy_task *tasks = arena_new_array(deploy->arena, struct deploy_task, count);
    uint32_t used = 0;
    bool *is_done = arena_new_array(deploy->arena, bool, count);
    int r = prepare_tasks(deploy, steps, count, tasks, &used);

    if (r == 0)
        r = leave_rotation(deploy, steps, count);
    if (r < 0 || used == 0)
        return r;
    deploy_parallel(deploy, tasks, used);
    for (uint32_t i = 0; i < count; i++)
        is_done[i] = true; /* what is gone is stopped and removed */
    deploy->is_done = is_done;
    for (uint32_t i = 0; i < used; i++) {
        int failed = finish(deploy, &tasks[i]);

        for (uint32_t j = 0; j < count && failed < 0; j++)
            is_done[j] &= steps[j] != tasks[i].step;

        if (failed < 0 && (r == 0 || failed == -ECANCELED))
            r = failed;
        if (steps[0]->kind == STEP_REMOVE && failed == 0)
            deploy_drop(deploy, tasks[i].step->instance);
        arena_deinit(&tasks[i].arena);
    }
    return r;
}

static void ignore_progress(struct runtime_flow *flow, const char *text, uint64_t done,
                            uint64_t total)
{
    (void)flow;
    (void)text;
    (void)done;
    (void)total;
}

static void ignore_output(struct runtime_flow *flow, const char *text, size_t size)
{
    (void)flow;
    (void)text;
    (void)size;
}

static bool uses(const struct desired *desired, int kind)
{
    for (uint32_t i = 0; i < desired->service_count; i++)
        if ((int)desired->services[i].runtime == kind)
            return true;
    return false;
}

int deploy_do_prepare(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct runtime_flow flow = {ignore_progress, ignore_output, -1};
    struct error *error = NULL;

    (void)steps;
    (void)count;
    for (int kind = 0; kind < DEPLOY_KINDS; kind++) {
        struct runtime *runtime;
        int r;

        if (!uses(deploy->goal, kind))
            continue;
        runtime = runtime_of(deploy, (enum desired_runtime)kind, &error, &r);
        if (r == 0)
            r = runtime->class->prepare(runtime, deploy->goal, &flow, &error);
        if (r < 0)
            return deploy_fail_error(deploy, NULL, "", &error);
    }
    return 0;
}

int deploy_do_clean(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct runtime_flow flow = {ignore_progress, ignore_output, -1};
    bool is_all = deploy->goal == &deploy->empty;
    struct error *error = NULL;

    (void)steps;
    (void)count;
    for (int kind = 0; kind < DEPLOY_KINDS; kind++) {
        struct runtime *runtime;
        int r;

        if (!deploy->kinds[kind])
            continue;
        runtime = runtime_of(deploy, (enum desired_runtime)kind, &error, &r);
        if (r == 0)
            r = runtime->class->clean(runtime, deploy->project, is_all ? NULL : deploy->goal,
                                      is_all && !deploy->is_undo ? deploy->options.remove : 0,
                                      &flow, &error);
        if (r < 0)
            return deploy_fail_error(deploy, NULL, "", &error);
    }
    return 0;
}

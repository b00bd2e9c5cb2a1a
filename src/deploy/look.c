/* SPDX-License-Identifier: Apache-2.0 */
/* What runs, and waiting until that may have changed. */
#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "deploy/deploy_priv.h"

#define LOOKS_MAX ((size_t)256 << 20)
#define DRAIN_NS  (30 * TIME_SECOND) /* as groups have it where they say nothing */

int deploy_note_kept(struct deploy *deploy, struct error **reterr)
{
    struct store_revision *revisions;
    uint32_t count;
    int r = store_list_revisions(deploy->store, deploy->arena, deploy->project, &revisions, &count,
                                 reterr);

    for (uint32_t i = 0; i < count && r == 0; i++) {
        const struct desired *desired = NULL;
        struct error *error = NULL;

        /* One that cannot be read any more has not run either. */
        if (deploy_load_revision(deploy, revisions[i].number, &desired, &error) == 0)
            deploy_note_kinds(deploy, desired);
        (void)error_free(error);
    }
    return r;
}

void deploy_note_kinds(struct deploy *deploy, const struct desired *desired)
{
    for (uint32_t i = 0; desired != NULL && i < desired->service_count; i++)
        deploy->kinds[desired->services[i].runtime] = true;
}

struct runtime *deploy_runtime(struct deploy *deploy, enum desired_runtime kind,
                               struct error **reterr)
{
    return deploy->world->ops->runtime(deploy->world, kind, reterr);
}

static void add_instances(struct deploy *deploy, const struct observed *more)
{
    struct observed *all = &deploy->observed;
    struct observed_instance *list;

    if (more->count == 0)
        return;
    list = arena_new_array(deploy->looks, struct observed_instance, all->count + more->count);
    if (all->count > 0)
        memcpy(list, all->instances, all->count * sizeof(*list));
    memcpy(list + all->count, more->instances, more->count * sizeof(*list));
    all->instances = list;
    all->count += more->count;
}

static int look_at(struct deploy *deploy, enum desired_runtime kind, struct error **reterr)
{
    struct runtime *runtime = deploy_runtime(deploy, kind, reterr);
    struct observed found = {0};
    int r;

    if (runtime == NULL)
        return *reterr != NULL ? -(*reterr)->code : -ENOENT;
    r = runtime->class->observe(runtime, deploy->looks, deploy->project, &found, reterr);
    if (r == 0)
        add_instances(deploy, &found);
    return r;
}

int deploy_look(struct deploy *deploy, struct error **reterr)
{
    jmp_buf *recovery = deploy->looks->recovery;

    arena_deinit(deploy->looks);
    arena_init(deploy->looks, LOOKS_MAX);
    arena_set_recovery(deploy->looks, recovery);
    deploy->observed = (struct observed){0};
    for (int kind = 0; kind < DEPLOY_KINDS; kind++) {
        /* Before the first deploy there may be containers of another tool, whatever runs it now; no
         * engine is no failure then. */
        bool is_optional = !deploy->kinds[kind];
        struct error *error = NULL;
        uint32_t count;
        int r;

        if (is_optional && (kind != DESIRED_DOCKER || !deploy->may_adopt))
            continue;
        count = deploy->observed.count;
        r = look_at(deploy, (enum desired_runtime)kind, &error);
        if (deploy->observed.count > count)
            deploy->kinds[kind] = true;
        if (r < 0 && !is_optional && reterr != NULL)
            *reterr = take_ptr(error);
        (void)error_free(error);
        if (r < 0 && !is_optional)
            return r;
    }
    return 0;
}

bool deploy_is_current(const struct deploy *deploy, const struct desired_service *service,
                       const struct observed_instance *instance)
{
    /* As the planner has it. */
    if (!plan_runs(instance) && plan_is_held(deploy->stopped, deploy->stopped_count, instance))
        return false;
    if (deploy->is_undo && deploy->other != NULL &&
        deploy->other->revision != deploy->goal->revision &&
        instance->revision == deploy->other->revision)
        return false;
    return plan_is_current(deploy->goal, service, instance,
                           deploy->options.force_recreate && !deploy->is_undo && !deploy->is_heal);
}

const struct desired_service *deploy_service_of(const struct deploy *deploy,
                                                const struct observed_instance *instance)
{
    const struct desired *const both[] = {deploy->goal, deploy->other};
    const struct desired_service *found = NULL;

    /* The one that it was made for, else any of the name. */
    for (size_t i = 0; i < 2; i++) {
        const struct desired_service *service =
            both[i] != NULL ? desired_find(both[i], instance->service) : NULL;

        if (service != NULL && strcmp(service->config_hash, instance->config_hash) == 0)
            return service;
        if (found == NULL)
            found = service;
    }
    return found;
}

int deploy_wait(struct deploy *deploy, uint64_t duration_ns)
{
    uint64_t now_ns = deploy->world->ops->monotonic_ns(deploy->world);

    return deploy->world->ops->wait(deploy->world, time_add(now_ns, duration_ns));
}

static uint64_t drain_in(const struct desired *desired, const char *service, uint64_t longest_ns)
{
    const struct value *groups =
        desired != NULL ? value_get(value_get(desired->root, "x-slipway"), "target_groups") : NULL;

    for (uint32_t i = 0; i < value_map_count(groups); i++) {
        const struct value *group = groups->map.entries[i].value;
        const char *text = value_get_text(group, "drain");
        uint64_t drain_ns = DRAIN_NS;

        if (!value_is_text(value_get(group, "service"), service))
            continue;
        if (text != NULL && !time_parse_duration(text, &drain_ns))
            continue;
        if (longest_ns == TIME_FOREVER || drain_ns > longest_ns)
            longest_ns = drain_ns;
    }
    return longest_ns;
}

uint64_t deploy_drain_ns(const struct deploy *deploy, const char *service)
{
    uint64_t drain_ns = drain_in(deploy->goal, service, TIME_FOREVER);

    drain_ns = drain_in(deploy->other, service, drain_ns);
    return drain_ns == TIME_FOREVER ? DRAIN_NS : drain_ns;
}

int deploy_set_joined(struct deploy *deploy, const struct desired_service *service,
                      const struct observed_instance *instance, bool joins, struct error **reterr)
{
    struct runtime *runtime = deploy_runtime(deploy, instance->runtime, reterr);

    if (runtime == NULL)
        return *reterr != NULL ? -(*reterr)->code : -ENOENT;
    if (joins)
        return runtime->class->join != NULL
                   ? runtime->class->join(runtime, deploy->project, instance->id, service, reterr)
                   : 0;
    return runtime->class->leave != NULL
               ? runtime->class->leave(runtime, deploy->project, instance->id, service, reterr)
               : 0;
}

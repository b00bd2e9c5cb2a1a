/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which instances run. Runtimes are asked when something of the project has changed, and now and
 * then besides. All of it is the sampler's thread's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "control/keepers.h"
#include "control/sampler_priv.h"
#include "os/os.h"

#define OBSERVE_NS  TIME_MINUTE
#define SLOW_NS     (5 * TIME_SECOND) /* that others are asked for nothing more */
#define MEMORY_MAX  ((size_t)64 << 20)
#define PROJECT_MAX 1024

static void sampled_deinit(struct sampled *sampled)
{
    free(sampled->id);
    free(sampled->name);
    free(sampled->service);
}

static void project_clear(struct sampled_project *project)
{
    for (size_t i = 0; i < project->count; i++)
        sampled_deinit(&project->instances[i]);
    free(project->instances);
    project->instances = NULL;
    project->count = 0;
}

/* What was measured before stays known. */
static int add_instance(struct sampled_project *project, const struct sampled_project *before,
                        const struct observed_instance *instance)
{
    struct sampled *list = realloc(project->instances, (project->count + 1) * sizeof(*list));
    struct sampled new = {.runtime = instance->runtime};

    if (list == NULL)
        return -1;
    project->instances = list;
    for (size_t i = 0; i < before->count; i++) {
        if (strcmp(before->instances[i].id, instance->id) != 0)
            continue;
        new.cpu_ns = before->instances[i].cpu_ns;
        new.measured_ns = before->instances[i].measured_ns;
    }
    new.id = strdup(instance->id);
    new.name = strdup(instance->name);
    new.service = strdup(instance->service);
    if (new.id == NULL || new.name == NULL || new.service == NULL) {
        sampled_deinit(&new);
        return -1;
    }
    list[project->count++] = new;
    return 0;
}

static int observe_one(struct runtime *runtime, struct sampled_project *project,
                       const struct sampled_project *before)
{
    struct observed observed;
    struct arena arena;
    int r;

    arena_init(&arena, MEMORY_MAX);
    r = runtime->class->observe(runtime, &arena, project->name, &observed, NULL);
    for (uint32_t i = 0; r == 0 && i < observed.count; i++) {
        if (observed.instances[i].state == INSTANCE_RUNNING)
            r = add_instance(project, before, &observed.instances[i]);
    }
    arena_deinit(&arena);
    return r;
}

/* False where a runtime did not answer. */
static bool observe(struct sampler *sampler, struct sampled_project *project)
{
    struct sampled_project before = *project;
    int r = 0;

    project->instances = NULL;
    project->count = 0;
    for (int kind = 0; r == 0 && kind < RUNTIME_KIND_COUNT; kind++) {
        struct runtime *runtime =
            runtimes_peek(&sampler->options.keepers->runtimes, (enum desired_runtime)kind);

        if (runtime != NULL)
            r = observe_one(runtime, project, &before);
    }
    if (r < 0) { /* those that were there may be there still */
        project_clear(project);
        project->instances = before.instances;
        project->count = before.count;
        return false;
    }
    project_clear(&before);
    return true;
}

static struct sampled_project *project_of(struct sampler *sampler, const char *name)
{
    struct sampled_project *list;
    char *copy;

    for (size_t i = 0; i < sampler->project_count; i++) {
        if (strcmp(sampler->projects[i].name, name) == 0)
            return &sampler->projects[i];
    }
    list = realloc(sampler->projects, (sampler->project_count + 1) * sizeof(*list));
    if (list == NULL)
        return NULL;
    sampler->projects = list;
    copy = strdup(name);
    if (copy == NULL)
        return NULL;
    list[sampler->project_count] = (struct sampled_project){.name = copy};
    return &list[sampler->project_count++];
}

static size_t list_keepers(struct keepers *keepers, struct keeper **list)
{
    struct keeper *keeper;
    size_t count = 0;

    (void)pthread_mutex_lock(&keepers->lock);
    list_for_each (keeper, &keepers->list, link) {
        if (count < PROJECT_MAX && !atomic_load(&keeper->is_unknown) &&
            !atomic_load(&keeper->is_down))
            list[count++] = keeper;
    }
    (void)pthread_mutex_unlock(&keepers->lock);
    return count;
}

static void forget_unmarked(struct sampler *sampler)
{
    size_t kept = 0;

    for (size_t i = 0; i < sampler->project_count; i++) {
        struct sampled_project *project = &sampler->projects[i];

        if (project->is_marked) {
            sampler->projects[kept++] = *project;
        } else {
            project_clear(project);
            free(project->name);
        }
    }
    sampler->project_count = kept;
}

bool sampler_look(struct sampler *sampler, uint64_t now_ns)
{
    struct keeper **keepers = calloc(PROJECT_MAX, sizeof(*keepers));
    size_t count = keepers != NULL ? list_keepers(sampler->options.keepers, keepers) : 0;
    bool answers = true;

    for (size_t i = 0; i < sampler->project_count; i++)
        sampler->projects[i].is_marked = false;
    for (size_t i = 0; i < count; i++) {
        struct sampled_project *project = project_of(sampler, keepers[i]->name);
        uint64_t version = keeper_world_version(&keepers[i]->world, false);

        if (project != NULL)
            project->is_marked = true;
        if (os_monotonic_time_ns() > time_add(now_ns, SLOW_NS) || sampler_is_stopping(sampler))
            continue; /* the next time: what was asked for now is not due then */

        if (project == NULL)
            continue;
        if (project->observed_ns != 0 && project->version == version &&
            now_ns < time_add(project->observed_ns, OBSERVE_NS))
            continue;
        project->version = version;
        project->observed_ns = now_ns;
        answers = observe(sampler, project) && answers;
    }
    forget_unmarked(sampler);
    free(keepers);
    return answers;
}

void sampler_forget(struct sampler *sampler)
{
    for (size_t i = 0; i < sampler->project_count; i++) {
        project_clear(&sampler->projects[i]);
        free(sampler->projects[i].name);
    }
    free(sampler->projects);
    sampler->projects = NULL;
    sampler->project_count = 0;
}

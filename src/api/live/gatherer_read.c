/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the store. Whatever is put together in an arena is copied before the arena
 * goes; what is not the arena's is not made below its recovery point.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/deploys.h"
#include "api/desired.h"
#include "api/live/gatherer_priv.h"
#include "api/work.h"
#include "base/error.h"
#include "base/time.h"
#include "os/os.h"

/* Projects */

struct stored {
    struct gatherer *gatherer;
    struct arena arena;
    struct store_project *projects;
    uint32_t count;
    struct store_deploy **deploys; /* that is under way, by project; NULL */
    const char *const **stopped;
    uint32_t *stopped_counts;
    int result;
};

static void read_projects(void *context)
{
    struct stored *stored = context;
    struct store *store = stored->gatherer->store;
    struct arena *arena = &stored->arena;

    stored->result = store_list_projects(store, arena, &stored->projects, &stored->count, NULL);
    if (stored->result < 0)
        return;
    stored->deploys = arena_new_array(arena, struct store_deploy *, stored->count + 1);
    stored->stopped = arena_new_array(arena, const char *const *, stored->count + 1);
    stored->stopped_counts = arena_new_array(arena, uint32_t, stored->count + 1);
    for (uint32_t i = 0; i < stored->count && stored->result == 0; i++) {
        const char *name = stored->projects[i].name;
        struct store_deploy *deploys;
        uint32_t count = 0;

        stored->result = store_list_deploys(store, arena, name, true, 0, &deploys, &count, NULL);
        stored->deploys[i] = count > 0 ? &deploys[count - 1] : NULL;
        if (stored->result == 0)
            stored->result = store_list_stopped(store, arena, name, &stored->stopped[i],
                                                &stored->stopped_counts[i], NULL);
    }
}

/* What a revision says */

struct revision {
    struct work work; /* for who reads projects */
    uint32_t number;
    struct desired desired;
    int result;
};

static void read_revision(void *context)
{
    struct revision *revision = context;
    struct store_revision stored;
    struct work *work = &revision->work;

    revision->result = store_get_revision(work->store, &work->arena, work->project,
                                          revision->number, &stored, &work->error);
    if (revision->result == 0)
        revision->result = desired_of_text(work, stored.spec, revision->number, stored.resolution,
                                           &revision->desired);
}

static void forget_facts(struct known_project *project)
{
    for (size_t i = 0; i < project->fact_count; i++)
        service_facts_deinit(&project->facts[i]);
    free(project->facts);
    for (size_t i = 0; i < project->owner_count; i++) {
        free(project->owners[i].group);
        free(project->owners[i].service);
    }
    free(project->owners);
    project->facts = NULL;
    project->fact_count = 0;
    project->owners = NULL;
    project->owner_count = 0;
    project->revision = 0;
}

static int take_facts(struct known_project *project, const struct desired *desired)
{
    static const char *const runtimes[] = {"docker", "process", "swarm"};
    uint32_t count = desired->service_count;

    project->facts = calloc(count + 1, sizeof(*project->facts));
    if (project->facts == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        const struct desired_service *service = &desired->services[i];
        struct service_facts *facts = &project->facts[project->fact_count++];

        *facts = (struct service_facts){
            .name = strdup(service->name),
            .image = strdup(service->image != NULL ? service->image : ""),
            .runtime = runtimes[service->runtime],
            .replicas = service->replicas,
            .is_job = service->is_job,
            .may_finish = service->may_finish,
            .groups = json_array(),
        };
        if (facts->name == NULL || facts->image == NULL || facts->groups == NULL)
            return -ENOMEM;
    }
    return 0;
}

static int take_owners(struct known_project *project, const struct desired *desired)
{
    const struct value *groups = value_get(value_get(desired->root, "x-slipway"), "target_groups");

    project->owners = calloc(value_map_count(groups) + 1, sizeof(*project->owners));
    if (project->owners == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < value_map_count(groups); i++) {
        const struct value_entry *entry = &groups->map.entries[i];
        const char *service = value_get_text(entry->value, "service");
        struct group_owner *owner = &project->owners[project->owner_count];

        if (service == NULL)
            continue;
        project->owner_count++;
        owner->group = strdup(entry->key);
        owner->service = strdup(service);
        if (owner->group == NULL || owner->service == NULL)
            return -ENOMEM;
    }
    return 0;
}

/* The revision that serves, else the newest. What cannot be read has no services. */
static void load_facts(struct gatherer *gatherer, struct known_project *project)
{
    struct revision revision = {.work = {.keepers = gatherer->keepers,
                                         .control = gatherer->options.control,
                                         .project = project->name,
                                         .store = gatherer->store,
                                         .fd = -1}};
    int r;

    revision.number =
        project->record.serving > 0 ? project->record.serving : project->record.newest;
    if (revision.number == project->revision)
        return;
    forget_facts(project);
    if (revision.number == 0)
        return;
    arena_init(&revision.work.arena, GATHERER_MEMORY_MAX);
    r = arena_protect(&revision.work.arena, read_revision, &revision);
    if (r == 0)
        r = revision.result;
    if (r == 0)
        r = take_facts(project, &revision.desired);
    if (r == 0)
        r = take_owners(project, &revision.desired);
    if (r < 0)
        forget_facts(project);
    else
        project->revision = revision.number;
    error_free(revision.work.error);
    arena_deinit(&revision.work.arena);
}

static bool is_in(const char *const *list, uint32_t count, const char *text)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(list[i], text) == 0)
            return true;
    }
    return false;
}

static void take_record(struct gatherer *gatherer, const struct stored *stored, uint32_t position)
{
    const struct store_project *from = &stored->projects[position];
    const struct store_deploy *deploy = stored->deploys[position];
    struct known_project *project = gatherer_find(gatherer, from->name, true);

    if (project == NULL)
        return;
    project->is_marked = true;
    json_decref(project->record.deploy);
    project->record = (struct project_record){.is_known = true,
                                              .serving = from->serving,
                                              .newest = from->newest,
                                              .is_down = from->is_down,
                                              .is_deploying = deploy != NULL};
    if (deploy != NULL)
        project->record.deploy = json_pack(
            "{s:I, s:s, s:s, s:s, s:o, s:I}", "id", (json_int_t)deploy->id, "kind", deploy->kind,
            "author", deploy->author, "state", deploys_state_name(deploy->state), "started",
            work_time(deploy->started_unix_ns), "to", (json_int_t)deploy->to);
    load_facts(gatherer, project);
    for (size_t i = 0; i < project->fact_count; i++)
        project->facts[i].is_stopped =
            from->is_down || is_in(stored->stopped[position], stored->stopped_counts[position],
                                   project->facts[i].name);
}

int gatherer_read_store(struct gatherer *gatherer)
{
    struct stored stored = {.gatherer = gatherer};
    int r;

    arena_init(&stored.arena, GATHERER_MEMORY_MAX);
    r = arena_protect(&stored.arena, read_projects, &stored);
    if (r == 0)
        r = stored.result;
    for (size_t i = 0; r == 0 && i < gatherer->project_count; i++)
        gatherer->projects[i]->is_marked = false;
    for (uint32_t i = 0; r == 0 && i < stored.count; i++)
        take_record(gatherer, &stored, i);
    arena_deinit(&stored.arena);
    return r;
}

void known_project_free(struct known_project *project)
{
    forget_facts(project);
    json_decref(project->record.deploy);
    json_decref(project->instances);
    json_decref(project->shown);
    free(project->error);
    free(project->name);
    free(project);
}

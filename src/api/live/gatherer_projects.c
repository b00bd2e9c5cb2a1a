/* SPDX-License-Identifier: Apache-2.0 */
/* What there is, as everybody is told: projects with their services, and instances. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/live/differ.h"
#include "api/live/gatherer_priv.h"
#include "base/text.h"
#include "base/time.h"
#include "control/publication.h"
#include "os/os.h"
#include "route/identity.h"

/* Groups of services */

static const char *owner_of(const struct known_project *project, const char *group)
{
    size_t length = strcspn(group, ":");

    for (size_t i = 0; i < project->owner_count; i++) {
        if (strcmp(project->owners[i].group, group) == 0)
            return project->owners[i].service;
    }
    for (size_t i = 0; i < project->fact_count; i++) {
        const char *name = project->facts[i].name;

        if (strlen(name) == length && strncmp(name, group, length) == 0)
            return name;
    }
    return NULL;
}

static void add_group(struct known_project *project, const char *service, uint64_t id)
{
    char text[17];

    (void)snprintf(text, sizeof(text), "%016" PRIx64, id);
    for (size_t i = 0; i < project->fact_count; i++) {
        if (strcmp(project->facts[i].name, service) == 0)
            (void)json_array_append_new(project->facts[i].groups, json_string(text));
    }
}

/* NULL where memory is out. */
static struct names *find_groups(struct gatherer *gatherer)
{
    struct names *names = names_new();
    const struct merged *merged =
        gatherer->publication != NULL ? &gatherer->publication->merged : NULL;

    for (size_t i = 0; i < gatherer->project_count; i++)
        for (size_t j = 0; j < gatherer->projects[i]->fact_count; j++)
            (void)json_array_clear(gatherer->projects[i]->facts[j].groups);
    for (uint32_t i = 0; merged != NULL && i < merged->config.group_count; i++) {
        const struct route_group *group = &merged->config.groups[i];
        struct known_project *project = gatherer_find(gatherer, merged->groups[i].project, false);
        const char *service = project != NULL ? owner_of(project, group->name) : NULL;

        if (service == NULL || identity_is_standby(group->name))
            continue;
        add_group(project, service, group->id);
        if (names != NULL && names_add_group(names, project->name, group->name, service) < 0)
            names = names_unref(names);
    }
    return names;
}

static void tell_names(struct gatherer *gatherer, struct names *names, struct delivery *delivery)
{
    json_t *instance;
    size_t j;

    for (size_t i = 0; names != NULL && i < gatherer->project_count; i++) {
        json_array_foreach(gatherer->projects[i]->shown, j, instance)
        {
            const char *id = json_string_value(json_object_get(instance, "id"));
            const char *name = json_string_value(json_object_get(instance, "name"));
            const char *service = json_string_value(json_object_get(instance, "service"));

            if (names != NULL && id != NULL && name != NULL &&
                names_add_instance(names, id, name, service) < 0)
                names = names_unref(names);
        }
    }
    if (names == NULL)
        return;
    names_finish(names);
    if (names->digest == gatherer->names_digest) {
        (void)names_unref(names);
        return;
    }
    gatherer->names_digest = names->digest;
    delivery->names = names;
}

/* Projects */

static uint32_t last_status(void *context, const char *id)
{
    const struct gatherer *gatherer = context;
    const struct state *state = &gatherer->options.control->state;
    const struct merged *merged =
        gatherer->publication != NULL ? &gatherer->publication->merged : NULL;
    size_t length = strlen(id);

    for (uint32_t i = 0; merged != NULL && i < merged->config.group_count; i++) {
        const struct route_group *group = &merged->config.groups[i];

        for (uint32_t j = 0; j < group->target_count; j++) {
            const char *instance = group->targets[j].instance;
            uint32_t slot;

            if (instance == NULL || strncmp(instance, id, length) != 0 ||
                (instance[length] != '\0' && instance[length] != '~'))
                continue;
            slot = state_find(state, group->targets[j].id);
            if (slot != UINT32_MAX &&
                atomic_load_explicit(&state->slots[slot].health, memory_order_relaxed) ==
                    STATE_HEALTH_UNHEALTHY)
                return atomic_load_explicit(&state->slots[slot].last_status, memory_order_relaxed);
        }
    }
    return 0;
}

static json_t *services_of(struct gatherer *gatherer, const struct known_project *project)
{
    json_t *list = json_array();
    const struct services_options options = {
        .instances = project->instances,
        .error = project->error,
        .is_deploying = project->record.is_deploying,
        .last_status = last_status,
        .context = gatherer,
    };

    for (size_t i = 0; i < project->fact_count; i++)
        (void)json_array_append_new(list, service_value(&project->facts[i], &options));
    return list;
}

static const char *state_of(const struct project_record *record)
{
    return record->is_down ? "down" : record->serving == 0 ? "new" : "running";
}

static json_t *served_of(const struct gatherer *gatherer, const char *name)
{
    json_t *item;
    size_t i;

    json_array_foreach(gatherer->served, i, item)
    {
        if (text_equal(json_string_value(json_object_get(item, "name")), name))
            return item;
    }
    return NULL;
}

/* What the edge has of it, or NULL; what the store has, or NULL. */
static json_t *project_value(struct gatherer *gatherer, const char *name, json_t *served,
                             const struct known_project *project)
{
    static const struct project_record nothing;
    const struct project_record *record = project != NULL ? &project->record : &nothing;
    const char *state = json_string_value(json_object_get(served, "state"));
    json_t *deploy = record->deploy != NULL ? json_incref(record->deploy) : json_null();
    json_t *services = project != NULL ? services_of(gatherer, project) : json_array();

    return json_pack("{s:s, s:s, s:s?, s:I, s:I, s:b, s:o, s:I, s:I, s:o}", "name", name, "state",
                     state != NULL ? state : state_of(record), "error",
                     json_string_value(json_object_get(served, "error")), "revision",
                     (json_int_t)record->serving, "newest", (json_int_t)record->newest, "down",
                     (int)record->is_down, "deploy", deploy, "listeners",
                     json_integer_value(json_object_get(served, "listeners")), "groups",
                     json_integer_value(json_object_get(served, "groups")), "services", services);
}

static int compare_names(const void *a, const void *b)
{
    struct known_project *const *left = a, *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

static char *projects_text(struct gatherer *gatherer)
{
    json_t *list = json_array();
    json_t *event = json_pack("{s:O}", "projects", list);
    json_t *item;
    char *text;
    size_t i;

    if (gatherer->project_count > 0)
        qsort(gatherer->projects, gatherer->project_count, sizeof(struct known_project *),
              compare_names);
    for (i = 0; i < gatherer->project_count; i++) {
        const struct known_project *project = gatherer->projects[i];

        (void)json_array_append_new(
            list,
            project_value(gatherer, project->name, served_of(gatherer, project->name), project));
    }
    json_array_foreach(gatherer->served, i, item)
    {
        const char *name = json_string_value(json_object_get(item, "name"));

        if (name != NULL && gatherer_find(gatherer, name, false) == NULL)
            (void)json_array_append_new(list, project_value(gatherer, name, item, NULL));
    }
    text = event != NULL ? json_dumps(event, JSON_COMPACT) : NULL;
    json_decref(list);
    json_decref(event);
    return text;
}

/* Those that the store does not know any more. */
static void forget_unmarked(struct gatherer *gatherer, json_t *gone)
{
    size_t kept = 0;

    for (size_t i = 0; i < gatherer->project_count; i++) {
        if (gatherer->projects[i]->is_marked) {
            gatherer->projects[kept++] = gatherer->projects[i];
        } else {
            differ_compare(gatherer->projects[i]->shown, NULL, "", NULL, gone);
            known_project_free(gatherer->projects[i]);
        }
    }
    gatherer->project_count = kept;
}

void gatherer_tell_projects(struct gatherer *gatherer, bool must_read, struct delivery *delivery,
                            uint64_t *ret_next_ns)
{
    json_t *gone = json_array();
    bool was_listed;
    char *text;

    if (must_read && gatherer->store != NULL && gatherer_read_store(gatherer) == 0) {
        gatherer->read_ns = os_monotonic_time_ns();
        forget_unmarked(gatherer, gone);
    }
    was_listed = gatherer_tell_instances(gatherer, delivery, gone, ret_next_ns);
    json_decref(gone);
    if (!must_read && !was_listed)
        return;
    tell_names(gatherer, find_groups(gatherer), delivery);
    text = projects_text(gatherer);
    if (text == NULL || text_equal(text, gatherer->projects_text)) {
        free(text);
        return;
    }
    free(gatherer->projects_text);
    gatherer->projects_text = text;
    delivery_add(delivery, frame_new("projects", 0, text, strlen(text)));
}

void gatherer_tell_whole(struct gatherer *gatherer, struct delivery *delivery)
{
    const char *text =
        gatherer->projects_text != NULL ? gatherer->projects_text : "{\"projects\":[]}";
    json_t *list = json_array();
    json_t *event = json_pack("{s:b, s:O}", "whole", 1, "instances", list);

    for (size_t i = 0; i < gatherer->project_count; i++)
        (void)json_array_extend(list, gatherer->projects[i]->shown);
    delivery_add(delivery, frame_new("projects", 0, text, strlen(text)));
    delivery_add(delivery, gatherer_json_frame("instances", event));
    json_decref(list);
    json_decref(event);
}

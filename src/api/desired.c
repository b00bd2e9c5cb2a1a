/* SPDX-License-Identifier: Apache-2.0 */
#include "api/desired.h"

#include <errno.h>
#include <string.h>

#include "deploy/json.h"

static int read_resolutions(struct work *work, const char *text,
                            struct desired_resolution **ret_items, uint32_t *ret_count)
{
    struct desired_resolution *items;
    const struct value *services;
    struct value *root;
    int r = json_read(&work->arena, text, false, &root, &work->error);

    if (r < 0)
        return r;
    services = value_get(root, "services");
    items = arena_new_array(&work->arena, struct desired_resolution, value_map_count(services));
    for (uint32_t i = 0; i < value_map_count(services); i++) {
        const struct value_entry *entry = &services->map.entries[i];
        const char *content = value_get_text(entry->value, "content");
        const char *address = value_get_text(entry->value, "loopback");

        items[i] = (struct desired_resolution){
            .service = entry->key,
            .content = content != NULL ? content : "",
            .loopback_address = address != NULL ? address : "",
        };
    }
    *ret_items = items;
    *ret_count = value_map_count(services);
    return 0;
}

int desired_of_text(struct work *work, const char *text, uint32_t revision, const char *resolution,
                    struct desired *ret)
{
    struct desired_resolution *resolutions = NULL;
    uint32_t count = 0;
    struct value *root;
    int r = json_read(&work->arena, text, true, &root, &work->error);

    if (r == 0 && resolution != NULL && *resolution != '\0')
        r = read_resolutions(work, resolution, &resolutions, &count);
    return r < 0 ? r
                 : desired_make(&work->arena, root, work->project, revision, resolutions, count,
                                ret, &work->error);
}

int desired_of_service(struct work *work, const struct desired *desired, const char *name,
                       const struct desired_service **ret_service, struct runtime **ret_runtime)
{
    const struct desired_service *service = desired_find(desired, name);
    struct runtime *runtime;

    if (service == NULL)
        return error_set(&work->error, ENOENT, "project \"%s\" has no service \"%.100s\"",
                         work->project, name);
    runtime = runtimes_get(&work->keepers->runtimes, service->runtime, &work->error);
    if (runtime == NULL)
        return -ENOTSUP;
    *ret_service = service;
    *ret_runtime = runtime;
    return 0;
}

int desired_revision(struct work *work, struct store_revision *ret)
{
    struct store_project project;
    int r = store_get_project(work->store, &work->arena, work->project, &project, &work->error);
    uint32_t number;

    if (r < 0)
        return r;
    number = project.serving > 0 ? project.serving : project.newest;
    if (number == 0)
        return error_set(&work->error, ENOENT,
                         "project \"%s\" has no revision: deploy it with 'slipway up' first",
                         work->project);
    return store_get_revision(work->store, &work->arena, work->project, number, ret, &work->error);
}

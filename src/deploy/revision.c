/* SPDX-License-Identifier: Apache-2.0 */
/* Revisions out of the store, and what they were resolved to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "deploy/deploy_priv.h"
#include "deploy/json.h"

struct deploy_revision *deploy_find_revision(struct deploy *deploy, uint32_t number)
{
    struct deploy_revision *revision = deploy->revisions;

    while (revision != NULL && revision->desired.revision != number)
        revision = revision->next;
    return revision;
}

/* "SERVICE:TARGET": PORT */
static void read_free_ports(struct deploy *deploy, const struct value *ports,
                            struct desired_resolution *resolution)
{
    struct desired_free_port *list =
        arena_new_array(deploy->arena, struct desired_free_port, value_map_count(ports));

    for (uint32_t i = 0; i < value_map_count(ports); i++) {
        const struct value_entry *entry = &ports->map.entries[i];
        const char *colon = strrchr(entry->key, ':');
        size_t length = colon != NULL ? (size_t)(colon - entry->key) : 0;

        if (length == 0 || strlen(resolution->service) != length ||
            strncmp(entry->key, resolution->service, length) != 0)
            continue;
        list[resolution->free_port_count++] = (struct desired_free_port){
            .target = (uint16_t)strtoul(colon + 1, NULL, 10),
            .published = (uint16_t)json_number(ports, entry->key),
        };
    }
    resolution->free_ports = list;
}

static struct desired_resolution *read_resolutions(struct deploy *deploy, const struct value *spec,
                                                   const struct value *kept)
{
    const struct value *services = value_get(spec, "services");
    uint32_t count = value_map_count(services);
    struct desired_resolution *list =
        arena_new_array(deploy->arena, struct desired_resolution, count);

    for (uint32_t i = 0; i < count; i++) {
        const struct value *service =
            value_get(value_get(kept, "services"), services->map.entries[i].key);

        list[i].service = services->map.entries[i].key;
        list[i].content = value_get_text(service, "content");
        list[i].loopback_address = value_get_text(service, "loopback");
        list[i].volumes = json_texts(deploy->arena, service, "volumes", &list[i].volume_count);
        read_free_ports(deploy, value_get(kept, "ports"), &list[i]);
    }
    return list;
}

int deploy_load_text(struct deploy *deploy, uint32_t number, const char *spec,
                     const char *resolution, struct deploy_revision **ret, struct error **reterr)
{
    struct deploy_revision *revision = arena_new(deploy->arena, struct deploy_revision);
    struct value *root, *kept = NULL;
    int r = json_read(deploy->arena, spec, true, &root, reterr);

    if (r == 0 && resolution != NULL && *resolution != '\0')
        r = json_read(deploy->arena, resolution, false, &kept, reterr);
    if (r == 0) {
        revision->resolutions = read_resolutions(deploy, root, kept);
        r = desired_make(deploy->arena, root, deploy->project, number, revision->resolutions,
                         value_map_count(value_get(root, "services")), &revision->desired, reterr);
    }
    if (r < 0)
        return error_prefix(reterr, "revision %u of project \"%s\"", number, deploy->project);
    *ret = revision;
    return 0;
}

int deploy_load_revision(struct deploy *deploy, uint32_t number, const struct desired **ret,
                         struct error **reterr)
{
    struct deploy_revision *revision = deploy_find_revision(deploy, number);
    struct store_revision stored;
    int r;

    if (number == 0) {
        *ret = &deploy->empty;
        return 0;
    }
    if (revision == NULL) {
        r = store_get_revision(deploy->store, deploy->arena, deploy->project, number, &stored,
                               reterr);
        if (r == 0)
            r = deploy_load_text(deploy, number, stored.spec, stored.resolution, &revision, reterr);
        if (r != 0 || revision == NULL)
            return r;
        revision->next = deploy->revisions;
        deploy->revisions = revision;
    }
    *ret = &revision->desired;
    return 0;
}

static struct value *write_volumes(struct deploy *deploy,
                                   const struct desired_resolution *resolution)
{
    struct value *list = json_list(deploy->arena);

    for (uint32_t i = 0; i < resolution->volume_count; i++)
        json_add_text(deploy->arena, list, resolution->volumes[i]);
    return list;
}

static const char *write_resolutions(struct deploy *deploy, const struct deploy_revision *revision)
{
    struct arena *arena = deploy->arena;
    struct value *root = json_map(arena), *services = json_map(arena), *ports = json_map(arena);

    for (uint32_t i = 0; i < revision->desired.service_count; i++) {
        const struct desired_resolution *resolution = &revision->resolutions[i];
        struct value *service = json_map(arena);

        if (resolution->content != NULL)
            json_set_text(arena, service, "content", resolution->content);
        if (resolution->loopback_address != NULL)
            json_set_text(arena, service, "loopback", resolution->loopback_address);
        if (resolution->volume_count > 0)
            (void)value_set(arena, service, "volumes", write_volumes(deploy, resolution));
        (void)value_set(arena, services, resolution->service, service);
        for (uint32_t j = 0; j < resolution->free_port_count; j++)
            json_set_number(
                arena, ports,
                arena_printf(arena, "%s:%u", resolution->service, resolution->free_ports[j].target),
                resolution->free_ports[j].published);
    }
    (void)value_set(arena, root, "services", services);
    (void)value_set(arena, root, "ports", ports);
    return json_write(arena, root);
}

int deploy_keep_resolution(struct deploy *deploy, uint32_t number, struct error **reterr)
{
    struct deploy_revision *revision = deploy_find_revision(deploy, number);
    struct desired made;
    int r = desired_make(deploy->arena, revision->desired.root, deploy->project, number,
                         revision->resolutions, revision->desired.service_count, &made, reterr);

    if (r < 0)
        return r;
    revision->desired = made;
    return store_set_resolution(deploy->store, deploy->project, number,
                                write_resolutions(deploy, revision), reterr);
}

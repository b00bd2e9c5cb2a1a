/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What names all that an instance has to be made anew for. Keys that only the edge, a deploy or the
 * loader looks at are left out, so that changing them replaces nothing.
 */
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "model/desired_priv.h"
#include "model/value_json.h"

static bool is_one_of(const char *key, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(key, *names) == 0)
            return true;
    return false;
}

static bool keep_in_service(const struct value_entry *entry, const void *context)
{
    static const char *const left_out[] = {
        "attach",  "build",      "depends_on", "deploy",   "develop",     "env_file", "expose",
        "extends", "label_file", "ports",      "profiles", "pull_policy", "scale",    NULL};

    (void)context;
    return !is_one_of(entry->key, left_out) && !text_starts_with(entry->key, "x-");
}

static bool keep_in_deploy(const struct value_entry *entry, const void *context)
{
    static const char *const kept[] = {"resources", "restart_policy", NULL};

    (void)context;
    return is_one_of(entry->key, kept);
}

static bool keep_in_slipway(const struct value_entry *entry, const void *context)
{
    static const char *const kept[] = {"runtime", "listen", "artifact", NULL};

    (void)context;
    return is_one_of(entry->key, kept);
}

static void set_filtered(struct arena *arena, struct value *into, const char *key,
                         const struct value *from,
                         bool (*keep)(const struct value_entry *entry, const void *context))
{
    struct value *copy;

    if (!value_is(from, VALUE_MAP))
        return;
    copy = value_copy(arena, from);
    value_map_filter(copy, keep, NULL);
    if (copy->map.count > 0)
        (void)value_set(arena, into, key, copy);
}

static void set_text(struct arena *arena, struct value *into, const char *key, const char *text)
{
    (void)value_set(arena, into, key,
                    value_new_string(arena, text, strlen(text), (struct mark){0}));
}

/* Ports that the engine publishes itself are the container's; those of a native service are in its
 * environment. */
static void set_ports(struct arena *arena, struct value *into,
                      const struct desired_service *service)
{
    struct value *list = value_new(arena, VALUE_LIST, (struct mark){0});

    for (uint32_t i = 0; i < service->port_count; i++) {
        const struct desired_port *port = &service->ports[i];
        const char *text = arena_printf(arena, "%u%s", port->target, port->is_udp ? "/udp" : "");

        if (port->is_published && port->is_host_mode)
            text = arena_printf(arena, "%s=%s:%u-%u", text, port->host_ip, port->published_first,
                                port->published_last);
        else if (service->runtime != DESIRED_PROCESS)
            continue;
        value_list_append(arena, list,
                          value_new_string(arena, text, strlen(text), (struct mark){0}));
    }
    if (list->list.count > 0)
        (void)value_set(arena, into, "#ports", list);
}

/* The definition at the top of the file of what the service names. */
static void set_definition(struct arena *arena, struct value *into, const struct value *root,
                           const char *section, const char *name)
{
    const struct value *definition =
        name != NULL ? value_get(value_get(root, section), name) : NULL;

    if (definition != NULL)
        (void)value_set(arena, into, arena_printf(arena, "#%s.%s", section, name),
                        value_copy(arena, definition));
}

static void set_definitions(struct arena *arena, struct value *into, const struct value *root,
                            const struct value *spec)
{
    static const char *const files[] = {"configs", "secrets"};
    const struct value *volumes = value_get(spec, "volumes");
    const struct value *networks = value_get(spec, "networks");

    for (size_t i = 0; i < 2; i++) {
        const struct value *list = value_get(spec, files[i]);

        for (uint32_t j = 0; j < value_list_count(list); j++)
            set_definition(arena, into, root, files[i],
                           value_get_text(list->list.items[j], "source"));
    }
    for (uint32_t i = 0; i < value_list_count(volumes); i++)
        if (value_is_text(value_get(volumes->list.items[i], "type"), "volume"))
            set_definition(arena, into, root, "volumes",
                           value_get_text(volumes->list.items[i], "source"));
    for (uint32_t i = 0; i < value_map_count(networks); i++)
        set_definition(arena, into, root, "networks", networks->map.entries[i].key);
}

/* The order of keys says nothing. */
static void sort_maps(struct value *value)
{
    if (value_is(value, VALUE_MAP)) {
        value_map_sort(value);
        for (uint32_t i = 0; i < value->map.count; i++)
            sort_maps(value->map.entries[i].value);
    }
    for (uint32_t i = 0; i < value_list_count(value); i++)
        sort_maps(value->list.items[i]);
}

const char *desired_hash_service(struct arena *arena, const struct value *root,
                                 const struct desired_service *service)
{
    struct value *map = value_copy(arena, service->spec);

    value_map_filter(map, keep_in_service, NULL);
    set_filtered(arena, map, "deploy", value_get(service->spec, "deploy"), keep_in_deploy);
    set_filtered(arena, map, "x-slipway", value_get(service->spec, "x-slipway"), keep_in_slipway);
    set_ports(arena, map, service);
    set_definitions(arena, map, root, service->spec);
    set_text(arena, map, "#content", service->content);
    sort_maps(map);
    return arena_strdup(arena, value_content_hash(arena, map).text);
}

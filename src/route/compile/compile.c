/* SPDX-License-Identifier: Apache-2.0 */
/* The whole: groups first, as rules point at them; then the listeners. */
#include "route/compile/compile.h"

#include <errno.h>
#include <string.h>

#include "route/address.h"
#include "route/compile/compile_priv.h"

/* Prometheus asks over loopback or not at all: the figures tell too much. */
static int compile_metrics(struct compile *compile, const struct compile_place *place,
                           const struct value *metrics, const char **ret)
{
    static const char *const keys[] = {"address", NULL};
    const struct compile_place here = {.parent = place, .key = "address"};
    const char *address = NULL;
    char text[ADDRESS_TEXT_MAX];

    if (metrics == NULL || metrics->kind == VALUE_NULL)
        return 0;
    if (compile_check_keys(compile, place, metrics, keys) < 0 ||
        compile_text(compile, place, metrics, "address", &address) < 0)
        return -EINVAL;
    if (address == NULL)
        return compile_refuse(compile, place, "the key \"address\" is missing");
    if (address_normalize_listener(address, text) < 0 ||
        (strncmp(text, "127.", 4) != 0 && strncmp(text, "[::1]:", 6) != 0))
        return compile_refuse(compile, &here,
                              "expected a loopback address such as 127.0.0.1:9100, found \"%s\"",
                              address);
    *ret = arena_strdup(compile->arena, text);
    return 0;
}

/* Two of one address would be one listener with two minds. */
static int check_different(const struct compile *compile, const struct compile_place *place,
                           const struct route_listener *listener, struct hashmap *addresses)
{
    const char *other = hashmap_put(addresses, listener->address, strlen(listener->address),
                                    (void *)listener->name);

    if (other != NULL)
        return compile_refuse(compile, place, "listener \"%s\" has the address %s too", other,
                              listener->address);
    return 0;
}

static int compile_listeners(struct compile *compile, const struct compile_place *place,
                             const struct value *map, struct route_config *ret)
{
    uint32_t count = value_map_count(map);
    struct route_listener *listeners;
    struct hashmap addresses;

    if (count == 0)
        return 0;
    hashmap_init(&addresses, compile->arena);
    listeners = arena_new_array(compile->arena, struct route_listener, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct value_entry *entry = &map->map.entries[i];
        const struct compile_place here = {.parent = place, .key = entry->key};

        if (compile_listener(compile, &here, entry->value, entry->key, &listeners[i]) < 0 ||
            check_different(compile, &here, &listeners[i], &addresses) < 0)
            return -EINVAL;
    }
    ret->listeners = listeners;
    ret->listener_count = count;
    return 0;
}

static int check_is_map(const struct compile *compile, const struct compile_place *place,
                        const struct value *value)
{
    if (value == NULL || value->kind == VALUE_NULL || value->kind == VALUE_MAP)
        return 0;
    return compile_refuse(compile, place, "expected a map, found %s", value_kind_name(value->kind));
}

int compile_project(struct arena *arena, const struct value *project, const char *project_name,
                    struct route_config *ret, struct error **reterr)
{
    static const char *const keys[] = {"listeners", "target_groups", "metrics", NULL};
    const struct value *extension = value_get(project, "x-slipway");
    const struct compile_place top = {.key = "x-slipway"};
    const struct compile_place listeners = {.parent = &top, .key = "listeners"};
    const struct compile_place groups = {.parent = &top, .key = "target_groups"};
    const struct compile_place metrics = {.parent = &top, .key = "metrics"};
    struct compile compile = {.arena = arena,
                              .project = project_name,
                              .services = value_get(project, "services"),
                              .reterr = reterr};
    struct route_config config = {0};
    int r = compile_check_keys(&compile, &top, extension, keys);

    hashmap_init(&compile.group_numbers, arena);
    if (r == 0)
        r = check_is_map(&compile, &groups, value_get(extension, "target_groups"));
    if (r == 0)
        r = compile_groups(&compile, &groups, value_get(extension, "target_groups"));
    if (r == 0)
        r = check_is_map(&compile, &listeners, value_get(extension, "listeners"));
    if (r == 0)
        r = compile_listeners(&compile, &listeners, value_get(extension, "listeners"), &config);
    if (r == 0)
        r = compile_metrics(&compile, &metrics, value_get(extension, "metrics"),
                            &config.metrics_address);
    if (r < 0)
        return r;
    config.groups = compile.groups;
    config.group_count = compile.group_count;
    *ret = config;
    return 0;
}

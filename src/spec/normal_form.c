/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people leave out because it goes without saying, said: the default network, the names that
 * the engine will know resources by, and the dependencies implied by sharing something.
 */
#include "spec/load.h"

#include <string.h>

#include "os/path.h"
#include "spec/dependencies.h"

static struct value *text_value(struct load *load, const char *text, struct mark mark)
{
    return value_new_string(load->arena, text, strlen(text), mark);
}

static struct value *section(struct load *load, struct value *root, const char *key)
{
    struct value *map = value_get(root, key);

    if (!value_is(map, VALUE_MAP)) {
        map = value_new(load->arena, VALUE_MAP, root->mark);
        value_set(load->arena, root, key, map);
    }
    return map;
}

/* Networks */

static bool needs_network(const struct value *service)
{
    return service->kind == VALUE_MAP && value_get(service, "provider") == NULL &&
           value_get(service, "network_mode") == NULL;
}

static bool uses_default_network(struct load *load, struct value *service)
{
    struct value *networks = value_get(service, "networks");
    struct value *map;

    if (!needs_network(service))
        return false;
    if (value_is(networks, VALUE_MAP) && networks->map.count > 0)
        return value_map_find(networks, "default", strlen("default")) != NULL;
    map = value_new(load->arena, VALUE_MAP, service->mark);
    value_set(load->arena, map, "default", value_new(load->arena, VALUE_NULL, service->mark));
    value_set(load->arena, service, "networks", map);
    return true;
}

static void add_default_network(struct load *load, struct value *root)
{
    struct value *services = value_get(root, "services");
    bool used = false;

    for (uint32_t i = 0; value_is(services, VALUE_MAP) && i < services->map.count; i++)
        if (uses_default_network(load, services->map.entries[i].value))
            used = true;
    if (used) {
        struct value *networks = section(load, root, "networks");

        if (value_map_find(networks, "default", strlen("default")) == NULL)
            value_set(load->arena, networks, "default",
                      value_new(load->arena, VALUE_NULL, root->mark));
    }
}

/* Dependencies */

struct dependent {
    struct load *load;
    struct value *service;
};

/* What sharing implies is written out as what depends_on could have said. */
static void write_implied(void *context, const struct dependency *dependency)
{
    const struct dependent *dependent = context;
    struct load *load = dependent->load;
    struct value *dependencies;
    struct value *map;

    if (!dependency->implied)
        return;
    dependencies = section(load, dependent->service, "depends_on");
    if (value_get(dependencies, dependency->name) != NULL)
        return;
    map = value_new(load->arena, VALUE_MAP, dependency->mark);
    value_set(load->arena, map, "condition", text_value(load, "service_started", dependency->mark));
    if (dependency->restart)
        value_set(load->arena, map, "restart", value_new_bool(load->arena, true, dependency->mark));
    value_set(load->arena, map, "required", value_new_bool(load->arena, true, dependency->mark));
    value_set(load->arena, dependencies, dependency->name, map);
}

/* Services */

static void complete_build(struct load *load, struct value *build)
{
    if (value_is(build, VALUE_MAP) && value_get(build, "dockerfile") == NULL &&
        value_get(build, "dockerfile_inline") == NULL)
        value_set(load->arena, build, "dockerfile", text_value(load, "Dockerfile", build->mark));
}

static void clean_targets(struct load *load, struct value *volumes)
{
    for (uint32_t i = 0; value_is(volumes, VALUE_LIST) && i < volumes->list.count; i++) {
        struct value *target = value_get(volumes->list.items[i], "target");

        if (!value_is(target, VALUE_STRING) || target->string.length == 0)
            continue;
        target->string.text = path_clean(load->arena, target->string.text);
        target->string.length = strlen(target->string.text);
    }
}

static void complete_service(struct load *load, struct value *service)
{
    struct dependent dependent = {.load = load, .service = service};

    if (service->kind != VALUE_MAP)
        return;
    if (value_is_text(value_get(service, "pull_policy"), "if_not_present"))
        value_set(load->arena, service, "pull_policy",
                  text_value(load, "missing", value_get(service, "pull_policy")->mark));
    complete_build(load, value_get(service, "build"));
    clean_targets(load, value_get(service, "volumes"));
    dependencies_visit(load->arena, service, write_implied, &dependent);
}

/* Names */

static void name_resources(struct load *load, struct value *root, const char *key)
{
    struct value *map = value_get(root, key);

    for (uint32_t i = 0; value_is(map, VALUE_MAP) && i < map->map.count; i++) {
        struct value_entry *entry = &map->map.entries[i];
        const struct value *external;
        const char *name;

        if (entry->value->kind == VALUE_NULL)
            entry->value = value_new(load->arena, VALUE_MAP, entry->mark);
        if (entry->value->kind != VALUE_MAP || value_get(entry->value, "name") != NULL)
            continue;
        external = value_get(entry->value, "external");
        if (value_is(external, VALUE_BOOL) && external->boolean)
            name = entry->key;
        else
            name = arena_printf(load->arena, "%s_%s", load->spec->name, entry->key);
        value_set(load->arena, entry->value, "name", text_value(load, name, entry->mark));
    }
}

void normal_form(struct load *load, struct value *root)
{
    struct value *services = value_get(root, "services");

    add_default_network(load, root);
    for (uint32_t i = 0; value_is(services, VALUE_MAP) && i < services->map.count; i++)
        complete_service(load, services->map.entries[i].value);
    name_resources(load, root, "networks");
    name_resources(load, root, "volumes");
    name_resources(load, root, "configs");
    name_resources(load, root, "secrets");
}

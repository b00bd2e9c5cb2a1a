/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only the whole project can tell: names that nothing defines, services that wait for each
 * other, and keys that contradict each other. The tree is complete and merged; nothing is changed.
 */
#include "spec/load.h"

#include <inttypes.h>
#include <string.h>

#include "spec/dependencies.h"
#include "spec/shape.h"

struct check {
    struct load *load;
    const struct value *root;
    const struct value *services;
    const char *name; /* of the service being looked at */
    struct place place;
};

static const char services_key[] = "services";
static const struct place services_place = {.key = services_key};

static void refuse(const struct check *check, const struct value *value, const char *key,
                   const char *hint, const char *message)
{
    struct place here = {.parent = &check->place, .key = key};

    diagnostics_error(check->load->diagnostics, value->mark, shape_span(value),
                      key != NULL ? &here : &check->place, hint, "%s", message);
}

/* Names */

static const char *hint_for_name(const struct check *check, const struct value *defined,
                                 const char *section, const char *name)
{
    struct arena *arena = check->load->arena;
    const char *nearest;

    if (!diagnostics_wants(check->load->diagnostics, SEVERITY_ERROR))
        return NULL;
    nearest = load_nearest_key(defined, name);
    if (nearest != NULL)
        return arena_printf(arena, "did you mean \"%s\"?", nearest);
    return arena_printf(arena, "define it below \"%s:\" at the top of the file", section);
}

/* Whether the name stands in a section of the top level; reported at value when not. */
static void require_resource(const struct check *check, const char *section, const char *kind,
                             const char *name, const struct value *value, const char *key)
{
    const struct value *defined = value_get(check->root, section);
    struct arena *arena = check->load->arena;

    if (value_is(defined, VALUE_MAP) && value_map_find(defined, name, strlen(name)) != NULL)
        return;
    refuse(check, value, key, hint_for_name(check, defined, section, name),
           arena_printf(arena, "%s \"%s\" is not defined", kind, name));
}

static void check_dependency(void *context, const struct dependency *dependency)
{
    const struct check *check = context;
    const struct value *service = value_get(check->services, dependency->name);
    struct place here = {.parent = &check->place, .key = dependency->key};

    if (service == NULL)
        diagnostics_error(check->load->diagnostics, dependency->mark, dependency->span, &here,
                          hint_for_name(check, check->services, "services", dependency->name),
                          "service \"%s\" is not defined", dependency->name);
    else if (dependency->required && !complete_is_active(check->load, service))
        diagnostics_error(check->load->diagnostics, dependency->mark, dependency->span, &here,
                          "enable its profile with --profile, or write required: false",
                          "service \"%s\" is in a profile that is not enabled", dependency->name);
}

static void check_networks(const struct check *check, const struct value *service)
{
    const struct value *networks = value_get(service, "networks");

    if (value_map_count(networks) > 0 && value_get(service, "network_mode") != NULL)
        refuse(check, value_get(service, "network_mode"), "network_mode", "remove one of them",
               "network_mode and networks exclude each other");
    for (uint32_t i = 0; i < value_map_count(networks); i++) {
        const struct value_entry *entry = &networks->map.entries[i];
        struct value at = {.kind = VALUE_NULL, .mark = entry->mark};

        if (strcmp(entry->key, "default") != 0)
            require_resource(check, "networks", "network", entry->key, &at, "networks");
    }
}

static void check_volumes(const struct check *check, const struct value *service)
{
    const struct value *volumes = value_get(service, "volumes");

    for (uint32_t i = 0; i < value_list_count(volumes); i++) {
        const struct value *mount = volumes->list.items[i];
        const struct value *source = value_get(mount, "source");
        const char *type = value_get_text(mount, "type");

        if (type == NULL)
            continue;
        if (strcmp(type, "volume") == 0 && value_is(source, VALUE_STRING) &&
            source->string.length > 0)
            require_resource(check, "volumes", "volume", source->string.text, source, "volumes");
        else if (strcmp(type, "bind") == 0 && source == NULL)
            refuse(check, mount, "volumes", NULL, "a bind mount needs a source");
        if (value_get(mount, "target") == NULL && mount->kind == VALUE_MAP)
            refuse(check, mount, "volumes", NULL, "the key \"target\" is missing");
    }
}

static void check_file_references(const struct check *check, const struct value *list,
                                  const char *section, const char *kind)
{
    for (uint32_t i = 0; i < value_list_count(list); i++) {
        const struct value *source = value_get(list->list.items[i], "source");

        if (value_is(source, VALUE_STRING))
            require_resource(check, section, kind, source->string.text, source, section);
        else if (list->list.items[i]->kind == VALUE_MAP && source == NULL)
            refuse(check, list->list.items[i], section, NULL, "the key \"source\" is missing");
    }
}

static void check_models(const struct check *check, const struct value *service)
{
    const struct value *models = value_get(service, "models");

    for (uint32_t i = 0; i < value_map_count(models); i++) {
        struct value at = {.kind = VALUE_NULL, .mark = models->map.entries[i].mark};

        require_resource(check, "models", "model", models->map.entries[i].key, &at, "models");
    }
}

/* Contradictions */

/* A key that was reported, or an extends that led nowhere, is the likelier cause of what is
 * missing. */
static bool has_stray_key(const struct value *map, const struct schema *schema)
{
    if (schema == NULL)
        return true;
    for (uint32_t i = 0; i < map->map.count; i++)
        if (schema_of_entry(schema, map->map.entries[i].key) == NULL)
            return true;
    return false;
}

static void check_image(const struct check *check, const struct value *service, struct mark mark)
{
    const char *runtime = value_get_text(value_get(service, "x-slipway"), "runtime");
    struct value at = {.kind = VALUE_NULL, .mark = mark};

    if (runtime != NULL && strcmp(runtime, "process") == 0) {
        if (value_list_count(value_get(service, "command")) +
                value_list_count(value_get(service, "entrypoint")) ==
            0)
            refuse(check, &at, NULL, "say what to run with command:",
                   "a service of the process runtime has no command");
        return;
    }
    if (value_get(service, "image") == NULL && value_get(service, "build") == NULL &&
        value_get(service, "provider") == NULL && value_get(service, "extends") == NULL &&
        !has_stray_key(service, &schema_service))
        refuse(check, &at, NULL, "say where it comes from with image: or build:",
               "the service has neither an image nor a build");
}

static void check_build(const struct check *check, const struct value *service)
{
    const struct value *build = value_get(service, "build");
    const struct value *platforms = value_get(build, "platforms");
    const char *platform = value_get_text(service, "platform");

    if (value_get(build, "dockerfile") != NULL && value_get(build, "dockerfile_inline") != NULL)
        refuse(check, value_get(build, "dockerfile_inline"), "build", "remove one of them",
               "dockerfile and dockerfile_inline exclude each other");
    if (platform == NULL || value_list_count(platforms) == 0)
        return;
    for (uint32_t i = 0; i < platforms->list.count; i++)
        if (value_is_text(platforms->list.items[i], platform))
            return;
    refuse(check, platforms, "build", NULL,
           arena_printf(check->load->arena, "platforms must hold the service's own platform, %s",
                        platform));
}

static void check_health(const struct check *check, const struct value *service)
{
    const struct value *test = value_get(value_get(service, "healthcheck"), "test");
    const struct value *first;

    if (value_list_count(test) == 0)
        return;
    first = test->list.items[0];
    if (!value_is_text(first, "CMD") && !value_is_text(first, "CMD-SHELL") &&
        !value_is_text(first, "NONE"))
        refuse(check, first, "healthcheck",
               "write [\"CMD\", ...] to run a program, or one string to run it in a shell",
               "the test must begin with CMD, CMD-SHELL or NONE");
}

static int64_t integer_of(const struct value *value, int64_t fallback)
{
    return value_is(value, VALUE_INTEGER) ? value->integer : fallback;
}

static void check_scale(const struct check *check, const struct value *service)
{
    const struct value *scale = value_get(service, "scale");
    const struct value *replicas = value_get(value_get(service, "deploy"), "replicas");
    const struct value *name = value_get(service, "container_name");
    int64_t wanted = integer_of(scale, integer_of(replicas, 1));

    if (value_is(scale, VALUE_INTEGER) && value_is(replicas, VALUE_INTEGER) &&
        scale->integer != replicas->integer)
        refuse(check, scale, "scale", "keep deploy.replicas",
               "scale and deploy.replicas say different numbers");
    if (name != NULL && wanted > 1)
        refuse(check, name, "container_name", "remove it, or run one replica",
               arena_printf(check->load->arena,
                            "%" PRId64 " replicas cannot share one container name", wanted));
}

/* The older key of a limit and the one below deploy.resources. */
static void check_limit(const struct check *check, const struct value *service, const char *old_key,
                        const char *group, const char *key)
{
    const struct value *older = value_get(service, old_key);
    const struct value *resources = value_get(value_get(service, "deploy"), "resources");
    const struct value *newer = value_get(value_get(resources, group), key);

    if (older != NULL && newer != NULL && !value_equal(older, newer))
        refuse(check, older, old_key, "keep one of them",
               arena_printf(check->load->arena,
                            "%s and deploy.resources.%s.%s say different things", old_key, group,
                            key));
}

static void check_watch(const struct check *check, const struct value *service)
{
    const struct value *watch = value_get(value_get(service, "develop"), "watch");

    for (uint32_t i = 0; i < value_list_count(watch); i++) {
        const struct value *rule = watch->list.items[i];
        const char *action = value_get_text(rule, "action");

        if (value_is_text(value_get(rule, "path"), ""))
            refuse(check, rule, "develop", NULL, "the path of a watch rule is empty");
        if (action != NULL && value_get(rule, "target") == NULL &&
            strncmp(action, "sync", strlen("sync")) == 0)
            refuse(check, rule, "develop", NULL,
                   arena_printf(check->load->arena, "the action %s needs a target", action));
    }
}

static void check_devices(const struct check *check, const struct value *requests, const char *key)
{
    for (uint32_t i = 0; i < value_list_count(requests); i++)
        if (value_get(requests->list.items[i], "count") != NULL &&
            value_get(requests->list.items[i], "device_ids") != NULL)
            refuse(check, requests->list.items[i], key, "remove one of them",
                   "count and device_ids exclude each other");
}

static void check_service(struct check *check, const struct value_entry *entry)
{
    const struct value *service = entry->value;
    const struct value *resources = value_get(value_get(service, "deploy"), "resources");

    check_image(check, service, entry->mark);
    check_build(check, service);
    dependencies_visit(check->load->arena, service, check_dependency, check);
    check_networks(check, service);
    check_volumes(check, service);
    check_file_references(check, value_get(service, "secrets"), "secrets", "secret");
    check_file_references(check, value_get(service, "configs"), "configs", "config");
    check_file_references(check, value_get(value_get(service, "build"), "secrets"), "secrets",
                          "secret");
    check_models(check, service);
    check_health(check, service);
    check_scale(check, service);
    check_limit(check, service, "cpus", "limits", "cpus");
    check_limit(check, service, "mem_limit", "limits", "memory");
    check_limit(check, service, "mem_reservation", "reservations", "memory");
    check_limit(check, service, "pids_limit", "limits", "pids");
    check_watch(check, service);
    check_devices(check, value_get(service, "gpus"), "gpus");
    check_devices(check, value_get(value_get(resources, "reservations"), "devices"), "deploy");
}

/* Resources */

static void check_external(const struct check *check, const struct value_entry *resource,
                           const char *section)
{
    const struct value *external = value_get(resource->value, "external");
    struct place top = {.key = section};
    struct place here = {.parent = &top, .key = resource->key};

    if (!value_is(external, VALUE_BOOL) || !external->boolean)
        return;
    for (uint32_t i = 0; i < resource->value->map.count; i++) {
        const struct value_entry *entry = &resource->value->map.entries[i];

        if (strcmp(entry->key, "name") != 0 && strcmp(entry->key, "external") != 0 &&
            !schema_is_extension(entry->key))
            diagnostics_error(check->load->diagnostics, entry->mark, entry->key_length, &here,
                              "remove it, or remove external",
                              "\"%s\" means nothing for what exists already", entry->key);
    }
}

/* A secret or config comes from exactly one place. */
static void check_origin(const struct check *check, const struct value_entry *resource,
                         const char *section, const char *expected)
{
    static const char *const keys[] = {"file", "environment", "content"};
    const struct value *external = value_get(resource->value, "external");
    struct place top = {.key = section};
    struct place here = {.parent = &top, .key = resource->key};
    uint32_t found = 0;

    if (resource->value->kind != VALUE_MAP)
        return;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        found += value_get(resource->value, keys[i]) != NULL;
    if (found > 1)
        diagnostics_error(check->load->diagnostics, resource->mark, resource->key_length, &here,
                          "keep one of them", "%s exclude each other", expected);
    else if (found == 0 && external == NULL && value_get(resource->value, "driver") == NULL &&
             !has_stray_key(
                 resource->value,
                 schema_of_entry(schema_of_entry(&schema_compose_file, section), resource->key)))
        diagnostics_error(check->load->diagnostics, resource->mark, resource->key_length, &here,
                          NULL, "one of %s must be given", expected);
}

static void check_resources(const struct check *check)
{
    static const char *const sections[] = {"networks", "volumes", "secrets", "configs"};

    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        const struct value *map = value_get(check->root, sections[i]);

        for (uint32_t j = 0; j < value_map_count(map); j++) {
            if (strcmp(sections[i], "volumes") == 0)
                check_external(check, &map->map.entries[j], sections[i]);
            if (strcmp(sections[i], "secrets") == 0)
                check_origin(check, &map->map.entries[j], sections[i], "file and environment");
            else if (strcmp(sections[i], "configs") == 0)
                check_origin(check, &map->map.entries[j], sections[i],
                             "file, environment and content");
        }
    }
}

/* Across services */

static void check_container_names(const struct check *check)
{
    struct hashmap names;

    hashmap_init(&names, check->load->arena);
    for (uint32_t i = 0; i < value_map_count(check->services); i++) {
        const struct value_entry *entry = &check->services->map.entries[i];
        const struct value *name = value_get(entry->value, "container_name");
        struct place here = {.parent = &services_place, .key = entry->key};
        const char *other;

        if (!value_is(name, VALUE_STRING) || !complete_is_active(check->load, entry->value))
            continue;
        other = hashmap_put(&names, name->string.text, name->string.length, (void *)entry->key);
        if (other != NULL)
            diagnostics_error(check->load->diagnostics, name->mark, shape_span(name), &here, NULL,
                              "service \"%s\" has the container name \"%s\" too", other,
                              name->string.text);
    }
}

void check_consistency(struct load *load, const struct value *root)
{
    struct check check = {
        .load = load,
        .root = root,
        .services = value_get(root, "services"),
    };

    for (uint32_t i = 0; i < value_map_count(check.services); i++) {
        const struct value_entry *entry = &check.services->map.entries[i];

        if (entry->value->kind != VALUE_MAP || !complete_is_active(load, entry->value))
            continue;
        check.name = entry->key;
        check.place = (struct place){.parent = &services_place, .key = entry->key};
        check_service(&check, entry);
    }
    check_resources(&check);
    check_container_names(&check);
    check_ports(load, check.services);
    check_cycles(load, check.services);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows from what was written: defaults of the specification, the variables and labels of
 * files; which services are active; and the order of the canonical form.
 */
#include "spec/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "os/path.h"
#include "spec/dependencies.h"
#include "spec/shape.h"

static struct value *text_value(struct load *load, const char *text, struct mark mark)
{
    return value_new_string(load->arena, text, strlen(text), mark);
}

static void default_text(struct load *load, struct value *map, const char *key, const char *text)
{
    if (map->kind == VALUE_MAP && value_get(map, key) == NULL)
        value_set(load->arena, map, key, text_value(load, text, map->mark));
}

static void default_bool(struct load *load, struct value *map, const char *key, bool boolean)
{
    if (map->kind == VALUE_MAP && value_get(map, key) == NULL)
        value_set(load->arena, map, key, value_new_bool(load->arena, boolean, map->mark));
}

/* Defaults */

static void default_device_counts(struct load *load, struct value *requests)
{
    for (uint32_t i = 0; i < value_list_count(requests); i++) {
        struct value *request = requests->list.items[i];

        if (request->kind == VALUE_MAP && value_get(request, "count") == NULL &&
            value_get(request, "device_ids") == NULL)
            value_set(load->arena, request, "count",
                      value_new_integer(load->arena, -1, request->mark));
    }
}

static void default_lists(struct load *load, struct value *service)
{
    struct value *ports = value_get(service, "ports");
    struct value *secrets = value_get(service, "secrets");
    struct value *volumes = value_get(service, "volumes");
    struct value *env_files = value_get(service, "env_file");

    for (uint32_t i = 0; i < value_list_count(ports); i++) {
        default_text(load, ports->list.items[i], "mode", "ingress");
        default_text(load, ports->list.items[i], "protocol", "tcp");
    }
    for (uint32_t i = 0; i < value_list_count(secrets); i++) {
        const char *source = value_get_text(secrets->list.items[i], "source");

        if (source != NULL)
            default_text(load, secrets->list.items[i], "target",
                         arena_printf(load->arena, "/run/secrets/%s", source));
    }
    for (uint32_t i = 0; i < value_list_count(volumes); i++) {
        struct value *bind = value_get(volumes->list.items[i], "bind");

        if (bind != NULL)
            default_bool(load, bind, "create_host_path", true);
    }
    for (uint32_t i = 0; i < value_list_count(env_files); i++)
        default_bool(load, env_files->list.items[i], "required", true);
}

static void default_dependencies(struct load *load, struct value *dependencies)
{
    for (uint32_t i = 0; i < value_map_count(dependencies); i++)
        default_bool(load, dependencies->map.entries[i].value, "required", true);
}

void complete_defaults(struct load *load, struct value *root, const char *directory)
{
    struct value *services = value_get(root, "services");

    for (uint32_t i = 0; i < value_map_count(services); i++) {
        struct value *service = services->map.entries[i].value;
        struct value *build = value_get(service, "build");
        struct value *deploy = value_get(service, "deploy");
        struct value *resources = value_get(deploy, "resources");

        if (service->kind != VALUE_MAP)
            continue;
        if (build != NULL)
            default_text(load, build, "context", load->options->keep_paths ? "." : directory);
        default_lists(load, service);
        default_dependencies(load, value_get(service, "depends_on"));
        default_device_counts(load, value_get(service, "gpus"));
        default_device_counts(load, value_get(value_get(resources, "reservations"), "devices"));
    }
}

/* Profiles */

static bool profile_is_chosen(const struct load *load, const char *profile)
{
    const struct spec_list *chosen = &load->profiles;

    for (size_t i = 0; i < chosen->count; i++)
        if (strcmp(chosen->items[i], "*") == 0 || strcmp(chosen->items[i], profile) == 0)
            return true;
    return false;
}

bool complete_is_active(const struct load *load, const struct value *service)
{
    const struct value *profiles = value_get(service, "profiles");

    if (value_list_count(profiles) == 0 || load->options->all_profiles)
        return true;
    for (uint32_t i = 0; i < profiles->list.count; i++)
        if (profiles->list.items[i]->kind == VALUE_STRING &&
            profile_is_chosen(load, profiles->list.items[i]->string.text))
            return true;
    return false;
}

struct selection {
    const struct load *load;
    const struct value *services;
    const struct hashmap *wanted; /* NULL: all */
};

static bool is_selected(const struct value_entry *entry, const void *context)
{
    const struct selection *selection = context;

    if (selection->wanted != NULL)
        return hashmap_has(selection->wanted, entry->key, entry->key_length);
    return complete_is_active(selection->load, entry->value);
}

struct wanted {
    const struct value *services;
    struct hashmap *names;
    const char **waiting; /* whose needs have not been looked at */
    uint32_t count;
};

static void want(void *context, const struct dependency *dependency)
{
    struct wanted *wanted = context;
    size_t length = strlen(dependency->name);

    if (value_map_find(wanted->services, dependency->name, length) == NULL ||
        hashmap_has(wanted->names, dependency->name, length))
        return;
    hashmap_put(wanted->names, dependency->name, length, NULL);
    wanted->waiting[wanted->count++] = dependency->name;
}

/* A service that was named, and all that it needs. */
static void want_all(struct load *load, const struct value *services, struct hashmap *names,
                     const char **waiting, const char *first)
{
    struct wanted wanted = {.services = services, .names = names, .waiting = waiting};

    want(&wanted, &(struct dependency){.name = first});
    while (wanted.count > 0)
        dependencies_visit(load->arena, value_get(services, wanted.waiting[--wanted.count]), want,
                           &wanted);
}

static bool may_stay(const struct value_entry *need, const void *context)
{
    const struct selection *selection = context;
    const struct value_entry *service =
        value_map_find(selection->services, need->key, need->key_length);

    return service == NULL || is_selected(service, selection);
}

/* What a service can do without goes with the profiles that are not enabled. */
static void drop_lost_dependencies(const struct value *services, const struct selection *selection)
{
    for (uint32_t i = 0; i < services->map.count; i++) {
        struct value *needs = value_get(services->map.entries[i].value, "depends_on");

        if (value_is(needs, VALUE_MAP))
            value_map_filter(needs, may_stay, selection);
    }
}

void complete_select(struct load *load, struct value *root)
{
    struct value *services = value_get(root, "services");
    const struct spec_list *named = &load->options->services;
    struct selection selection = {.load = load, .services = services};
    const char **waiting = NULL;
    struct hashmap wanted;

    if (!value_is(services, VALUE_MAP))
        return;
    hashmap_init(&wanted, load->arena);
    if (named->count > 0)
        waiting = arena_new_array(load->arena, const char *, services->map.count);
    for (size_t i = 0; i < named->count; i++) {
        if (value_get(services, named->items[i]) == NULL)
            diagnostics_error_outside(load->diagnostics,
                                      "`slipway config --services` lists the services",
                                      "there is no service \"%s\"", named->items[i]);
        else
            want_all(load, services, &wanted, waiting, named->items[i]);
    }
    if (named->count > 0)
        selection.wanted = &wanted;
    drop_lost_dependencies(services, &selection);
    value_map_filter(services, is_selected, &selection);
    /* Its rules may lead to services that were not asked for. */
    if (named->count > 0)
        value_map_remove(root, "x-slipway", strlen("x-slipway"));
}

/* Variables and labels from files */

static void fill_unset(struct load *load, struct value *map, const struct environment *environment)
{
    for (uint32_t i = 0; i < value_map_count(map); i++) {
        struct value_entry *entry = &map->map.entries[i];
        size_t length;
        const char *text;

        if (entry->value->kind != VALUE_NULL)
            continue;
        text = environment_get(environment, entry->key, entry->key_length, &length);
        if (text != NULL && !text_is_utf8_valid(text, length, NULL))
            diagnostics_error(load->diagnostics, entry->mark, entry->key_length, NULL, NULL,
                              "the variable \"%s\" does not hold UTF-8 text", entry->key);
        else if (text != NULL)
            entry->value = value_new_string(load->arena, text, length, entry->value->mark);
    }
}

/* What a line of an env_file may refer to: the project's variables, then the service's own. */
static void visible_variables(struct load *load, const struct value *own,
                              const struct environment *environment, struct environment *visible)
{
    environment_init(visible, load->arena);
    environment_merge(visible, environment);
    for (uint32_t i = 0; i < value_map_count(own); i++) {
        const struct value_entry *entry = &own->map.entries[i];

        if (entry->value->kind == VALUE_STRING &&
            environment_get(visible, entry->key, entry->key_length, NULL) == NULL)
            environment_put(visible, entry->key, entry->key_length, entry->value->string.text,
                            entry->value->string.length);
    }
}

static bool is_optional(const struct value *file)
{
    const struct value *required = value_get(file, "required");

    return value_is(required, VALUE_BOOL) && !required->boolean;
}

static void put_missing(struct load *load, struct value *map, const struct environment *variables,
                        struct mark mark)
{
    for (size_t i = 0; i < environment_count(variables); i++) {
        struct environment_variable one = environment_at(variables, i);

        if (one.name_length > 0 && value_map_find(map, one.name, one.name_length) == NULL)
            value_map_put(load->arena, map, one.name, one.name_length, mark,
                          value_new_string(load->arena, one.value, one.value_length, mark));
    }
}

struct file_reader {
    struct load *load;
    const struct environment *environment;
    bool lenient; /* leave alone what is not there: the service may turn out not to be active */
};

/* The path of an entry of env_file or label_file, absolute; NULL where it has none. */
static const char *path_of(struct load *load, const struct value *file)
{
    const struct value *path = file->kind == VALUE_MAP ? value_get(file, "path") : file;

    return value_is(path, VALUE_STRING)
               ? path_absolute(load->arena, load->spec->directory, path->string.text)
               : NULL;
}

static bool is_readable(struct load *load, const struct value *files)
{
    for (uint32_t i = 0; i < files->list.count; i++) {
        const struct value *file = files->list.items[i];
        const char *path = path_of(load, file);

        if (path != NULL && !is_optional(file) && !project_file_exists(path))
            return false;
    }
    return true;
}

static void read_file(const struct file_reader *reader, const struct value *file,
                      const struct environment *visible, struct environment *merged,
                      const struct place *place)
{
    const char *path = path_of(reader->load, file);
    const struct value *named = file->kind == VALUE_MAP ? value_get(file, "path") : file;
    struct environment one;

    if (path == NULL || (is_optional(file) && !project_file_exists(path)))
        return;
    environment_init(&one, reader->load->arena);
    project_read_env_file(reader->load, path, visible,
                          value_is_text(value_get(file, "format"), "raw"), &one,
                          &(struct reference){.value = named, .place = place});
    environment_merge(merged, &one);
}

/* Later files win over earlier ones; what the service itself says wins over all. */
static void read_files(const struct file_reader *reader, struct value *service, const char *key,
                       const char *into_key, const struct place *place)
{
    struct load *load = reader->load;
    struct value *files = value_get(service, key);
    struct value *into = value_get(service, into_key);
    struct place here = {.parent = place, .key = key};
    struct environment visible;
    struct environment merged;

    if (value_list_count(files) == 0 || files->tag == VALUE_TAG_RESET ||
        (reader->lenient && !is_readable(load, files)))
        return;
    visible_variables(load, into, reader->environment, &visible);
    environment_init(&merged, load->arena);
    for (uint32_t i = 0; i < files->list.count; i++)
        read_file(reader, files->list.items[i], &visible, &merged,
                  &(struct place){.parent = &here, .index = i});
    if (!value_is(into, VALUE_MAP)) {
        into = value_new(load->arena, VALUE_MAP, files->mark);
        value_set(load->arena, service, into_key, into);
    }
    put_missing(load, into, &merged, files->mark);
    value_map_remove(service, key, strlen(key));
}

void complete_environment(struct load *load, struct value *root,
                          const struct environment *environment, bool lenient)
{
    struct value *services = value_get(root, "services");
    struct place top = {.key = "services"};
    struct file_reader reader = {.load = load, .environment = environment, .lenient = lenient};

    for (uint32_t i = 0; i < value_map_count(services); i++) {
        struct value *service = services->map.entries[i].value;
        struct place here = {.parent = &top, .key = services->map.entries[i].key};

        if (service->kind != VALUE_MAP)
            continue;
        fill_unset(load, value_get(service, "environment"), environment);
        fill_unset(load, value_get(value_get(service, "build"), "args"), environment);
        read_files(&reader, service, "env_file", "environment", &here);
        read_files(&reader, service, "label_file", "labels", &here);
    }
}

void complete_commands(struct load *load, struct value *root)
{
    static const char *const keys[] = {"command", "entrypoint"};
    struct value *services = value_get(root, "services");

    for (uint32_t i = 0; i < value_map_count(services); i++) {
        struct value *service = services->map.entries[i].value;

        for (size_t j = 0; service->kind == VALUE_MAP && j < 2; j++)
            if (value_get(service, keys[j]) == NULL)
                value_set(load->arena, service, keys[j],
                          value_new(load->arena, VALUE_NULL, service->mark));
    }
}

/* Order */

static uint32_t rank_of(const struct schema *schema, const char *name)
{
    const struct schema_key *key = schema_find(schema, name);

    return key != NULL ? (uint32_t)(key - schema->keys) : UINT32_MAX;
}

static int compare_entries(const struct value_entry *a, const struct value_entry *b,
                           const void *context)
{
    const struct schema *schema = context;
    uint32_t rank_a = rank_of(schema, a->key);
    uint32_t rank_b = rank_of(schema, b->key);

    if (rank_a != rank_b)
        return rank_a < rank_b ? -1 : 1;
    return strcmp(a->key, b->key);
}

static int compare_texts(const void *a, const void *b)
{
    const struct value *left = *(const struct value *const *)a;
    const struct value *right = *(const struct value *const *)b;

    if (left->kind != VALUE_STRING || right->kind != VALUE_STRING)
        return 0;
    return strcmp(left->string.text, right->string.text);
}

void complete_order(struct value *value, const struct schema *schema)
{
    if (schema == NULL)
        schema = &schema_anything;
    if (value->kind == VALUE_LIST) {
        if (schema->sorted && value->list.count > 1)
            qsort(value->list.items, value->list.count, sizeof(struct value *), compare_texts);
        for (uint32_t i = 0; i < value->list.count; i++)
            complete_order(value->list.items[i], schema->items);
    } else if (value->kind == VALUE_MAP) {
        if (schema->keys != NULL)
            value_map_sort_by(value, compare_entries, schema);
        else
            value_map_sort(value);
        for (uint32_t i = 0; i < value->map.count; i++)
            complete_order(value->map.entries[i].value,
                           schema_of_entry(schema, value->map.entries[i].key));
    }
}

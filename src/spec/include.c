/* SPDX-License-Identifier: Apache-2.0 */
/*
 * include: each entry is a project of its own, with its own folder and environment. It is loaded
 * whole, its variables are put in from its own environment, and what it defines is merged below the
 * file that includes it.
 */
#include "spec/load.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "os/path.h"
#include "spec/merge.h"
#include "spec/paths.h"
#include "spec/shape.h"

enum {
    INCLUDE_DEPTH_MAX = 50
};

static const char *const resources[] = {"services", "networks", "volumes",
                                        "secrets",  "configs",  "models"};

static const char *path_in(struct load *load, const struct layer *layer, const char *path)
{
    struct paths paths = {
        .arena = load->arena,
        .directory = layer->directory,
        .home = load->spec->home,
    };

    return paths_absolute(&paths, path);
}

static bool closes_circle(struct load *load, const struct layer *layer, const char *path,
                          const struct value *value, const struct place *place)
{
    const char *way = path;
    uint32_t depth = 0;

    for (const struct layer *at = layer; at != NULL; at = at->parent) {
        way = arena_printf(load->arena, "%s -> %s", at->file, way);
        if (strcmp(at->file, path) == 0) {
            diagnostics_error(load->diagnostics, value->mark, shape_span(value), place, NULL,
                              "files include each other in a circle: %s", way);
            return true;
        }
        if (++depth > INCLUDE_DEPTH_MAX) {
            diagnostics_error(load->diagnostics, value->mark, shape_span(value), place, NULL,
                              "more than 50 files include each other");
            return true;
        }
    }
    return false;
}

static void read_environment(struct load *load, const struct layer *layer,
                             const struct value *entry, const char *directory,
                             struct environment *environment, const struct place *place)
{
    const struct value *files = value_get(entry, "env_file");
    struct place here = {.parent = place, .key = "env_file"};
    uint32_t count = value_is(files, VALUE_LIST) ? files->list.count : 1;
    const char **paths = arena_new_array(load->arena, const char *, count);
    struct reference *references = arena_new_array(load->arena, struct reference, count);
    struct spec_list list = {.items = paths};

    environment_init(environment, load->arena);
    environment_merge(environment, layer->environment);
    if (!value_is(files, VALUE_LIST)) {
        paths[0] = path_join(load->arena, directory, ".env");
        references[0] = (struct reference){.value = entry, .place = place};
        list.count = project_file_exists(paths[0]) ? 1 : 0;
    }
    for (uint32_t i = 0; i < value_list_count(files); i++) {
        const struct value *file = files->list.items[i];

        if (file->kind != VALUE_STRING || strcmp(file->string.text, "/dev/null") == 0)
            continue;
        paths[list.count] = path_in(load, layer, file->string.text);
        references[list.count++] = (struct reference){.value = file, .place = &here};
    }
    project_read_env_list(load, list, layer->environment, environment, references);
}

/* What the including file says stands over what it includes; of two includes, the first stands over
 * the second. */
static void import_section(struct load *load, struct value *document, struct value *included,
                           const char *section)
{
    struct merge merge = {.arena = load->arena, .diagnostics = load->diagnostics};
    struct value *from = value_get(included, section);
    struct value_entry *own = value_map_find(document, section, strlen(section));

    if (from == NULL)
        return;
    if (own == NULL)
        value_set(load->arena, document, section, from);
    else if (!value_equal(own->value, from))
        own->value =
            merge_values(&merge, from, own->value, schema_of_entry(&schema_compose_file, section),
                         &(struct place){.key = section});
}

static void import(struct load *load, struct value *document, struct value *included)
{
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++)
        import_section(load, document, included, resources[i]);
    for (uint32_t i = 0; i < included->map.count; i++)
        if (schema_is_extension(included->map.entries[i].key))
            import_section(load, document, included, included->map.entries[i].key);
}

/* The paths of an entry, absolute; those that cannot be included are reported and left out. */
static struct spec_list entry_paths(struct load *load, const struct layer *layer,
                                    const struct value *entry, const struct place *place,
                                    struct reference *references)
{
    const struct value *values = value_get(entry, "path");
    const char **paths = arena_new_array(load->arena, const char *, value_list_count(values));
    size_t count = 0;

    for (uint32_t i = 0; i < value_list_count(values); i++) {
        const struct value *value = values->list.items[i];

        if (value->kind != VALUE_STRING)
            continue;
        if (paths_is_remote(value->string.text)) {
            diagnostics_error(load->diagnostics, value->mark, shape_span(value), place,
                              "copy the file beside this one",
                              "files of other machines are not included");
            continue;
        }
        paths[count] = path_in(load, layer, value->string.text);
        if (closes_circle(load, layer, paths[count], value, place))
            continue;
        references[count++] = (struct reference){.value = value, .place = place};
    }
    return (struct spec_list){.items = paths, .count = count};
}

/* The project that the paths make up, complete; NULL where nothing could be read. */
static struct value *load_project(struct load *load, const struct layer *layer,
                                  const struct environment *environment, const char *directory,
                                  struct spec_list paths, const struct reference *references)
{
    struct value *project = NULL;

    for (size_t i = 0; i < paths.count; i++) {
        struct layer inner = {
            .directory = directory,
            .environment = environment,
            .parent = layer,
            .file = paths.items[i],
        };
        struct documents documents;

        load_documents(load, paths.items[i], &references[i], &documents);
        for (uint32_t j = 0; j < documents.count; j++)
            project = load_merge_document(load, &inner, documents.items[j], project);
    }
    if (project == NULL)
        return NULL;
    merge_finish(project);
    complete_defaults(load, project, directory);
    if (!load->options->keep_env_files)
        complete_environment(load, project, environment, true);
    return project;
}

/* What makes two includes the same: their files, their folder and their variables. */
static const char *project_key(struct load *load, const struct environment *environment,
                               const char *directory, struct spec_list paths)
{
    uint64_t hash = 0;
    const char *key;

    for (size_t i = 0; i < environment_count(environment); i++) {
        struct environment_variable one = environment_at(environment, i);

        hash += hash_bytes(one.name, one.name_length) * 31 +
                hash_bytes(one.value, one.value_length) * (i + 1);
    }
    key = arena_printf(load->arena, "%" PRIx64 " %s", hash, directory);
    for (size_t i = 0; i < paths.count; i++)
        key = arena_printf(load->arena, "%s\n%s", key, paths.items[i]);
    return key;
}

static void apply_entry(struct load *load, const struct layer *layer, struct value *document,
                        const struct value *entry, const struct place *place)
{
    const char *directory = value_get_text(entry, "project_directory");
    struct environment *environment = arena_new(load->arena, struct environment);
    struct place here = {.parent = place, .key = "path"};
    uint32_t count = value_list_count(value_get(entry, "path"));
    struct reference *references = arena_new_array(load->arena, struct reference, count);
    struct spec_list paths;
    struct value *project;
    const char *key;

    if (count == 0) {
        diagnostics_error(load->diagnostics, entry->mark, 1, place, NULL,
                          "the key \"path\" is missing");
        return;
    }
    paths = entry_paths(load, layer, entry, &here, references);
    if (paths.count == 0)
        return;
    directory = directory != NULL ? path_in(load, layer, directory)
                                  : path_dirname(load->arena, paths.items[0]);
    read_environment(load, layer, entry, directory, environment, place);
    key = project_key(load, environment, directory, paths);
    project = hashmap_get(&load->included_projects, key, strlen(key));
    if (!hashmap_has(&load->included_projects, key, strlen(key))) {
        project = load_project(load, layer, environment, directory, paths, references);
        hashmap_put(&load->included_projects, key, strlen(key), project);
    }
    if (project != NULL)
        import(load, document, value_copy(load->arena, project));
}

void include_apply(struct load *load, const struct layer *layer, struct value *document)
{
    const struct value *list = value_get(document, "include");
    struct place place = {.key = "include"};

    if (!value_is(list, VALUE_LIST) || list->tag == VALUE_TAG_RESET)
        return;
    for (uint32_t i = 0; i < list->list.count; i++)
        if (list->list.items[i]->kind == VALUE_MAP)
            apply_entry(load, layer, document, list->list.items[i],
                        &(struct place){.parent = &place, .index = i});
    value_map_remove(document, "include", strlen("include"));
}

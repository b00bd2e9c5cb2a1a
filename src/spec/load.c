/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "os/file.h"
#include "spec/interpolate.h"
#include "spec/merge.h"
#include "spec/paths.h"
#include "spec/report.h"
#include "spec/shape.h"

void spec_init(struct spec *spec, struct arena *arena)
{
    *spec = (struct spec){.arena = arena};
}

void spec_deinit(struct spec *spec)
{
    reader_deinit(&spec->library);
    free(spec->pending_text);
    spec->pending_text = NULL;
}

const char *load_nearest_key(const struct value *map, const char *name)
{
    size_t limit = strlen(name) <= 4 ? 1 : 2;
    size_t best = limit + 1;
    const char *nearest = NULL;

    for (uint32_t i = 0; value_is(map, VALUE_MAP) && i < map->map.count && best > 1; i++) {
        size_t distance = text_edit_distance(name, map->map.entries[i].key, limit);

        if (distance < best) {
            best = distance;
            nearest = map->map.entries[i].key;
        }
    }
    return nearest;
}

static void refuse_file(struct load *load, const struct reference *reference, struct error *error)
{
    /* The message is copied before anything can leave by the recovery point. */
    char message[512];

    (void)snprintf(message, sizeof(message), "%s", error->message);
    error_free(error);
    if (reference == NULL)
        diagnostics_error_outside(load->diagnostics, NULL, "%s", message);
    else
        diagnostics_error(load->diagnostics, reference->value->mark, shape_span(reference->value),
                          reference->place, NULL, "%s", message);
}

int64_t load_text(struct load *load, const char *path, size_t limit_bytes,
                  const struct reference *reference)
{
    struct spec *spec = load->spec;
    bool standard_input = strcmp(path, "-") == 0;
    const char *name = standard_input ? "standard input" : path;
    struct error *error = NULL;
    const char *text;
    size_t size = 0;
    int r;

    if (standard_input)
        r = os_read_fd(load->options->standard_input, name, limit_bytes, &spec->pending_text, &size,
                       &error);
    else if (load->options->is_resolved) /* none gets here, whatever is added above */
        r = error_set(&error, EPERM, "%s is not read for a resolved project", path);
    else
        r = os_read_file(path, limit_bytes, &spec->pending_text, &size, &error);
    if (r < 0) {
        refuse_file(load, reference, error);
        return -1;
    }
    text = arena_strndup(load->arena, spec->pending_text, size);
    free(spec->pending_text);
    spec->pending_text = NULL;
    return sources_add(&spec->sources, name, text, size);
}

bool load_documents(struct load *load, const char *path, const struct reference *reference,
                    struct documents *ret_documents)
{
    int64_t source = load_text(load, path, LOAD_FILE_MAX, reference);
    bool fine;

    *ret_documents = (struct documents){0};
    if (source < 0)
        return false;
    fine = reader_read(&load->spec->library, load->arena, load->diagnostics, (uint32_t)source,
                       ret_documents);
    return fine;
}

struct value *load_shape(struct load *load, const struct layer *layer, struct value *value,
                         const struct schema *schema, const struct place *place)
{
    struct shape shape = {
        .arena = load->arena,
        .diagnostics = load->diagnostics,
        .is_resolved = load->options->is_resolved,
        .templates_stay = load->options->keep_templates,
    };
    struct interpolate interpolate = {
        .arena = load->arena,
        .diagnostics = load->diagnostics,
        .environment = layer->environment,
        .unset = &load->spec->unset,
    };
    struct paths paths = {
        .arena = load->arena,
        .directory = layer->directory,
        .home = load->spec->home,
    };
    struct merge merge = {.arena = load->arena, .diagnostics = load->diagnostics};

    if (!load->options->keep_templates)
        interpolate_tree(&interpolate, value, place);
    value = shape_value(&shape, value, schema, place);
    merge_unify(&merge, value, schema);
    if (!load->options->keep_paths || layer->parent != NULL)
        paths_resolve(&paths, value, schema);
    return value;
}

struct value *load_merge_document(struct load *load, const struct layer *layer,
                                  struct value *document, struct value *dict)
{
    struct merge merge = {.arena = load->arena, .diagnostics = load->diagnostics};

    if (document->kind != VALUE_MAP) {
        diagnostics_error(load->diagnostics, document->mark, 1, NULL, "begin with \"services:\"",
                          "a Compose file is a map, not %s", value_kind_name(document->kind));
        return dict;
    }
    document = load_shape(load, layer, document, &schema_compose_file, NULL);
    if (load->options->is_resolved && !resolved_check(load, document))
        return dict;
    include_apply(load, layer, document);
    extends_apply(load, layer, document, dict);
    value_map_remove(document, "version", strlen("version"));
    return merge_values(&merge, dict, document, &schema_compose_file, NULL);
}

static void finish(struct load *load, struct value *root)
{
    struct shape shape = {.arena = load->arena, .diagnostics = load->diagnostics};

    merge_finish(root);
    value_set(
        load->arena, root, "name",
        value_new_string(load->arena, load->spec->name, strlen(load->spec->name), root->mark));
    complete_defaults(load, root, load->spec->directory);
    shape_check_complete(&shape, root, &schema_compose_file, NULL);
    if (!load->options->skip_consistency) {
        check_consistency(load, root);
        check_slipway(load, root);
    }
    complete_select(load, root);
    if (!load->options->keep_env_files)
        complete_environment(load, root, &load->spec->environment, false);
    if (!load->options->keep_plain)
        normal_form(load, root);
    if (load->options->explicit_commands)
        complete_commands(load, root);
    complete_order(root, &schema_compose_file);
    if (load->options->refuse_unsupported)
        report_refuse(load->arena, root, load->diagnostics);
}

static struct documents *parse_files(struct load *load, struct spec_list files, bool *ret_fine)
{
    struct documents *parsed = arena_new_array(load->arena, struct documents, files.count);

    *ret_fine = true;
    load->spec->raw = value_new(load->arena, VALUE_LIST, (struct mark){0});
    for (size_t i = 0; i < files.count; i++) {
        if (!load_documents(load, files.items[i], NULL, &parsed[i]))
            *ret_fine = false;
        for (uint32_t j = 0; j < parsed[i].count; j++)
            if (load->options->keep_templates)
                value_list_append(load->arena, load->spec->raw,
                                  value_copy(load->arena, parsed[i].items[j]));
    }
    return parsed;
}

bool spec_load(struct spec *spec, const struct spec_options *options)
{
    struct load load = {
        .arena = spec->arena,
        .spec = spec,
        .options = options,
        .diagnostics = &spec->diagnostics,
    };
    struct layer layer = {.environment = &spec->environment};
    struct spec_list files;
    struct documents *parsed;
    struct value *dict = NULL;
    bool fine;

    sources_init(&spec->sources, spec->arena);
    diagnostics_init(&spec->diagnostics, spec->arena, &spec->sources);
    environment_init(&spec->environment, spec->arena);
    hashmap_init(&spec->unset, spec->arena);
    hashmap_init(&load.extended_files, spec->arena);
    hashmap_init(&load.included_projects, spec->arena);
    if (!project_find(&load, &files))
        return false;
    parsed = parse_files(&load, files, &fine);
    project_name(&load, parsed, files.count);
    layer.directory = spec->directory;
    for (size_t i = 0; i < files.count; i++) {
        layer.file = files.items[i];
        for (uint32_t j = 0; j < parsed[i].count; j++)
            dict = load_merge_document(&load, &layer, parsed[i].items[j], dict);
    }
    if (dict == NULL && fine && spec->diagnostics.errors == 0)
        diagnostics_error(load.diagnostics, (struct mark){0}, 1, NULL, "begin with \"services:\"",
                          files.count > 1 ? "this file and the others are empty"
                                          : "the file is empty");
    /* What could not be read would be reported again as what is missing. */
    if (dict != NULL && fine)
        finish(&load, dict);
    spec->root = dict;
    return spec->diagnostics.errors == 0 && dict != NULL;
}

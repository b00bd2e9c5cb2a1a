/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services.*.extends: the service that is named, from this file or another, with the service itself
 * merged over it. A chain is followed from its far end; each service is resolved once and then
 * stands resolved in its file. A circle is reported with the whole way round.
 */
#include "spec/load.h"

#include <string.h>

#include "os/path.h"
#include "spec/merge.h"
#include "spec/paths.h"
#include "spec/shape.h"

enum {
    EXTENDS_DEPTH_MAX = 1024
};

/* Where names without a file are looked up. */
struct scope {
    const struct layer *layer;
    struct value *services;         /* canonical */
    const struct documents *parsed; /* of another file: its services become canonical when needed,
                                     * so what is wrong with the others does not matter */
    const struct value *earlier;    /* of this file: what earlier files said; may be NULL */
};

struct extended_file {
    struct documents documents;
    struct value *services;
};

struct step {
    const struct step *previous;
    const char *file;
    const char *service;
    uint32_t depth;
};

static struct value *resolve(struct load *load, const struct scope *scope, const char *name,
                             const struct step *previous);

static void refuse(struct load *load, const struct value *extends, const char *name,
                   const char *hint, const char *message)
{
    struct place services = {.key = "services"};
    struct place service = {.parent = &services, .key = name};
    struct place here = {.parent = &service, .key = "extends"};

    diagnostics_error(load->diagnostics, extends->mark, 1, &here, hint, "%s", message);
}

/* "a -> b -> a": the way from the step that the circle begins with. */
static const char *circle_text(struct arena *arena, const struct step *first,
                               const struct step *last)
{
    const char *way = last->service;

    for (const struct step *at = last->previous; at != first; at = at->previous)
        way = arena_printf(arena, "%s -> %s", at->service, way);
    return arena_printf(arena, "%s -> %s", first->service, way);
}

static bool leads_nowhere(struct load *load, const struct step *step, const struct value *extends)
{
    for (const struct step *at = step->previous; at != NULL; at = at->previous)
        if (strcmp(at->service, step->service) == 0 && strcmp(at->file, step->file) == 0) {
            refuse(load, extends, step->service, NULL,
                   arena_printf(load->arena, "services extend each other in a circle: %s",
                                circle_text(load->arena, at, step)));
            return true;
        }
    if (step->depth < EXTENDS_DEPTH_MAX)
        return false;
    /* The chain would be found too long from each of its services: once is enough. */
    load->gave_up_extends = true;
    refuse(load, extends, step->service, NULL,
           arena_printf(load->arena, "more than %d services extend each other, one the next",
                        EXTENDS_DEPTH_MAX));
    return true;
}

/* The service of that name, canonical, or NULL. */
static struct value *find_service(struct load *load, const struct scope *scope, const char *name)
{
    struct value *service = value_get(scope->services, name);
    struct merge merge = {.arena = load->arena, .diagnostics = load->diagnostics};
    struct place services = {.key = "services"};
    struct place here = {.parent = &services, .key = name};

    if (service != NULL || scope->parsed == NULL)
        return service;
    for (uint32_t i = 0; i < scope->parsed->count; i++) {
        struct value *parsed = value_get(value_get(scope->parsed->items[i], "services"), name);

        if (parsed != NULL)
            service = merge_values(&merge, service,
                                   load_shape(load, scope->layer, parsed, &schema_service, &here),
                                   &schema_service, &here);
    }
    if (service != NULL)
        value_set(load->arena, scope->services, name, service);
    return service;
}

/* The file is read once, whoever extends from it, and reported on once. */
static struct extended_file *find_file(struct load *load, const struct layer *layer,
                                       const char *path, const struct reference *reference)
{
    const char *key = arena_printf(load->arena, "%p %s", (const void *)layer->environment, path);
    struct extended_file *file = hashmap_get(&load->extended_files, key, strlen(key));

    if (file != NULL)
        return file;
    file = arena_new(load->arena, struct extended_file);
    file->services = value_new(load->arena, VALUE_MAP, reference->value->mark);
    hashmap_put(&load->extended_files, key, strlen(key), file);
    load_documents(load, path, reference, &file->documents);
    return file;
}

static struct value *base_from_file(struct load *load, const struct scope *scope,
                                    const struct value *file, const char *name,
                                    const char *extended, const struct step *step)
{
    struct paths paths = {
        .arena = load->arena,
        .directory = scope->layer->directory,
        .home = load->spec->home,
    };
    struct place services = {.key = "services"};
    struct place service = {.parent = &services, .key = name};
    struct place extends = {.parent = &service, .key = "extends"};
    struct place here = {.parent = &extends, .key = "file"};
    const char *path = paths_absolute(&paths, file->string.text);
    struct layer layer = {
        .directory = path_dirname(load->arena, path),
        .environment = scope->layer->environment,
        .parent = scope->layer,
        .file = path,
    };
    uint32_t errors = load->diagnostics->errors;
    const struct extended_file *read =
        find_file(load, &layer, path, &(struct reference){.value = file, .place = &here});
    struct scope inner = {
        .layer = &layer,
        .services = read->services,
        .parsed = &read->documents,
    };

    if (find_service(load, &inner, extended) == NULL) {
        if (load->diagnostics->errors == errors)
            diagnostics_error(load->diagnostics, file->mark, shape_span(file), &here, NULL,
                              "%s has no service \"%s\"", path, extended);
        return NULL;
    }
    return resolve(load, &inner, extended, step);
}

static struct value *base_of(struct load *load, const struct scope *scope,
                             const struct value *extends, const char *name, const struct step *step)
{
    const struct value *file = value_get(extends, "file");
    const char *extended = value_get_text(extends, "service");
    const struct value *earlier;

    if (extended == NULL || (file != NULL && file->kind != VALUE_STRING))
        return NULL; /* reported when the file was shaped, or as a key that is missing */
    if (file != NULL)
        return base_from_file(load, scope, file, name, extended, step);
    if (find_service(load, scope, extended) != NULL)
        return resolve(load, scope, extended, step);
    earlier = value_get(value_get(scope->earlier, "services"), extended);
    if (earlier != NULL)
        return value_copy(load->arena, earlier);
    refuse(load, value_get(extends, "service"), name, "define it, or name its file with file:",
           arena_printf(load->arena, "there is no service \"%s\" in this file", extended));
    return NULL;
}

/* The service with what it extends, put in its place in the services of its file. */
static struct value *resolve(struct load *load, const struct scope *scope, const char *name,
                             const struct step *previous)
{
    struct value *service = find_service(load, scope, name);
    struct value *extends = value_get(service, "extends");
    struct merge merge = {.arena = load->arena, .diagnostics = load->diagnostics};
    struct place services = {.key = "services"};
    struct place here = {.parent = &services, .key = name};
    struct step step = {
        .previous = previous,
        .file = scope->layer->file,
        .service = name,
        .depth = previous != NULL ? previous->depth + 1 : 0,
    };
    struct value *base;

    if (!value_is(extends, VALUE_MAP) || extends->tag == VALUE_TAG_RESET)
        return service;
    if (load->gave_up_extends || leads_nowhere(load, &step, extends))
        return NULL;
    base = base_of(load, scope, extends, name, &step);
    /* An extends that is still there was reported; what it stands in is not whole. */
    if (!value_is(base, VALUE_MAP) || value_get(base, "extends") != NULL)
        return service;
    value_map_remove(service, "extends", strlen("extends"));
    base = value_copy(load->arena, base);
    merge_finish(base);
    merge_forget_tags(base);
    service = merge_values(&merge, base, service, &schema_service, &here);
    value_map_find(scope->services, name, strlen(name))->value = service;
    return service;
}

void extends_apply(struct load *load, const struct layer *layer, struct value *document,
                   const struct value *dict)
{
    struct scope scope = {
        .layer = layer,
        .services = value_get(document, "services"),
        .earlier = dict,
    };

    if (!value_is(scope.services, VALUE_MAP))
        return;
    for (uint32_t i = 0; i < scope.services->map.count; i++)
        if (scope.services->map.entries[i].value->kind == VALUE_MAP)
            resolve(load, &scope, scope.services->map.entries[i].key, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What images there are, their names, and the end of them. */
#include "engine/image.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/call_priv.h"
#include "engine/fields_priv.h"
#include "engine/reference_priv.h"

#define IMAGE(kind, member, key) FIELD(kind, struct engine_image, member, key)

static const struct field image_fields[] = {
    IMAGE(TEXT, id, "Id"),
    IMAGE(TEXTS, names, "RepoTags"),
    IMAGE(TEXTS, digests, "RepoDigests"),
    IMAGE(TIME, created_unix_ns, "Created"),
    IMAGE(TIME, tagged_unix_ns, "Metadata.LastTagTime"),
    IMAGE(UNSIGNED, size_bytes, "Size"),
    IMAGE(PAIRS, labels, "Config.Labels"),
    IMAGE(TEXT, platform_os, "Os"),
    IMAGE(TEXT, architecture, "Architecture"),
    IMAGE(TEXT, variant, "Variant"),
    IMAGE(TEXTS, command, "Config.Cmd"),
    IMAGE(TEXTS, entrypoint, "Config.Entrypoint"),
    IMAGE(TEXTS, environment, "Config.Env"),
    IMAGE(SET, exposed_ports, "Config.ExposedPorts"),
    IMAGE(SET, volumes, "Config.Volumes"),
    IMAGE(TEXTS, health_test, "Config.Healthcheck.Test"),
    IMAGE(TEXT, user, "Config.User"),
    IMAGE(TEXT, working_directory, "Config.WorkingDir"),
    IMAGE(TEXT, stop_signal, "Config.StopSignal"),
    FIELDS_END,
};

/* Engines before 1.43 call what has no name "<none>:<none>". */
static void drop_none(const char *const *texts)
{
    const char **names = (const char **)(uintptr_t)texts;
    size_t kept = 0;

    for (size_t i = 0; names[i] != NULL; i++) {
        if (!text_starts_with(names[i], "<none>"))
            names[kept++] = names[i];
    }
    names[kept] = NULL;
}

static void take_image(struct arena *arena, const json_t *object, void *context)
{
    struct engine_image *image = context;

    fields_read(arena, image_fields, object, image);
    image->container_count = -1;
    drop_none(image->names);
    drop_none(image->digests);
}

int engine_inspect_image(const struct engine *engine, struct arena *arena, const char *reference,
                         struct engine_image *ret, struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct engine_image image = {0};
    json_t *object = NULL;
    int r;

    call_init(&call, "GET", "/images/", reference, "/json");
    r = call_json(engine, &call, &object, reterr);
    if (r == 0)
        r = call_take(arena, object, take_image, &image, reterr);
    if (r == 0 && image.id[0] == '\0')
        r = error_set(reterr, EPROTO, "the Docker Engine says nothing about the image");
    if (r == 0)
        *ret = image;
    return r;
}

struct images {
    struct engine_image *items;
    uint32_t count;
};

static void take_images(struct arena *arena, const json_t *list, void *context)
{
    struct images *images = context;

    images->items = arena_new_array(arena, struct engine_image, json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        const json_t *containers = json_object_get(object, "Containers");
        struct engine_image *image = &images->items[images->count];

        take_image(arena, object, image);
        if (image->id[0] == '\0')
            continue;
        fields_read(
            arena,
            (const struct field[]){FIELD(PAIRS, struct engine_image, labels, "Labels"), FIELDS_END},
            object, image);
        if (json_is_integer(containers))
            image->container_count = json_integer_value(containers);
        images->count++;
    }
}

int engine_list_images(const struct engine *engine, struct arena *arena,
                       struct engine_pairs filters, struct engine_image **ret, uint32_t *ret_count,
                       struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct images images = {0};
    json_t *object = NULL;
    int r;

    call_init(&call, "GET", "/images/json", NULL, "");
    call_add_filters(&call, filters);
    r = call_json(engine, &call, &object, reterr);
    if (r == 0)
        r = call_take(arena, object, take_images, &images, reterr);
    if (r == 0) {
        *ret = images.items;
        *ret_count = images.count;
    }
    return r;
}

int engine_tag_image(const struct engine *engine, const char *reference, const char *name,
                     struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct reference parts;
    int r = reference_split(name, &parts, reterr);

    if (r < 0)
        return r;
    call_init(&call, "POST", "/images/", reference, "/tag");
    call_add(&call, "repo", parts.repository);
    call_add(&call, "tag", parts.tag);
    return call_do(engine, &call, reterr);
}

int engine_remove_image(const struct engine *engine, const char *reference, bool force,
                        struct error **reterr)
{
    _cleanup_call_ struct call call;

    call_init(&call, "DELETE", "/images/", reference, "");
    if (force)
        call_add(&call, "force", "1");
    call.timeout_ms = ENGINE_LONG_TIMEOUT_MS;
    return call_do(engine, &call, reterr);
}

int engine_prune_images(const struct engine *engine, struct engine_pairs filters,
                        uint64_t *ret_bytes, struct error **reterr)
{
    _cleanup_call_ struct call call;
    _cleanup_json_ json_t *object = NULL;
    int64_t bytes;
    int r;

    call_init(&call, "POST", "/images/prune", NULL, "");
    call_add_filters(&call, filters);
    call.timeout_ms = ENGINE_LONG_TIMEOUT_MS;
    r = call_json(engine, &call, &object, reterr);
    bytes = field_number(json_object_get(object, "SpaceReclaimed"));
    if (r == 0 && ret_bytes != NULL)
        *ret_bytes = bytes > 0 ? (uint64_t)bytes : 0;
    return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images of revisions are kept by a name of ours, "slipway.local/PROJECT/SERVICE:rN", which
 * goes when the revision does. What is still in use then keeps a name "...:released-ID" until the
 * next time that somebody prunes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/image.h"
#include "runtime/docker/container/texts.h"
#include "runtime/docker/docker_priv.h"
#include "runtime/docker/names.h"

#define RELEASED "released-"

struct keeping {
    const char *project; /* NULL: of all */
    const char *service;
    const char *content;
    uint32_t revision;
    struct runtime_flow *flow;
    uint64_t bytes; /* that became free */
};

static int retain(struct call *call, void *context)
{
    const struct keeping *keeping = context;
    const char *name = arena_printf(
        call->arena, "%s:r%u", name_of_retention(call->arena, keeping->project, keeping->service),
        keeping->revision);

    if (engine_tag_image(&call->engine, keeping->content, name, call->reterr) < 0)
        return error_prefix(call->reterr, "keeping the image of \"%s\" for revision %u",
                            keeping->service, keeping->revision);
    return 0;
}

int docker_retain(struct runtime *runtime, const char *project, uint32_t revision,
                  const char *service, const char *content, struct error **reterr)
{
    struct keeping keeping = {
        .project = project, .revision = revision, .service = service, .content = content};

    return docker_call(runtime, -1, retain, &keeping, reterr);
}

/* Letting go */

static int list_kept(struct call *call, const char *folder, struct engine_image **ret,
                     uint32_t *ret_count)
{
    const struct engine_pair filter = {
        "reference", arena_printf(call->arena, "%s*%s", folder,
                                  strcmp(folder, RETENTION_HOST "/") == 0 ? "/*" : "")};

    if (engine_list_images(&call->engine, call->arena, (struct engine_pairs){&filter, 1}, ret,
                           ret_count, call->reterr) < 0)
        return error_prefix(call->reterr, "looking for kept images");
    return 0;
}

/* "slipway.local/shop/api:r7" below the folder, and with that tag. */
static bool is_kept_name(const char *name, const char *folder, const char *tag, bool is_prefix)
{
    const char *colon = strrchr(name, ':');

    if (!text_starts_with(name, folder) || colon == NULL)
        return false;
    return is_prefix ? text_starts_with(colon + 1, tag) : strcmp(colon + 1, tag) == 0;
}

/* A name goes, and with the last one the image. One that is in use keeps a name. */
static int let_go(struct call *call, const struct engine_image *image, const char *name)
{
    const char *id = strchr(image->id, ':');
    const char *colon = strrchr(name, ':');
    struct error *error = NULL;
    int r = engine_remove_image(&call->engine, name, false, &error);

    if (r == -EBUSY && !text_starts_with(colon + 1, RELEASED)) {
        const char *kept = arena_printf(call->arena, "%.*s:" RELEASED "%.12s", (int)(colon - name),
                                        name, id != NULL ? id + 1 : image->id);

        error_free(error);
        error = NULL;
        r = engine_tag_image(&call->engine, image->id, kept, &error);
        if (r == 0)
            r = engine_remove_image(&call->engine, name, false, &error);
    }
    if (r == -ENOENT || r == -EBUSY)
        r = 0;
    if (r < 0 && call->reterr != NULL) {
        *call->reterr = error;
        return error_prefix(call->reterr, "letting go of the image %s", name);
    }
    error_free(error);
    return r;
}

static int let_go_all(struct call *call, const char *folder, const char *tag, bool is_prefix)
{
    struct engine_image *images;
    uint32_t count;
    int r = list_kept(call, folder, &images, &count);

    for (uint32_t i = 0; r == 0 && i < count; i++)
        for (uint32_t j = 0; r == 0 && images[i].names[j] != NULL; j++)
            if (is_kept_name(images[i].names[j], folder, tag, is_prefix))
                r = let_go(call, &images[i], images[i].names[j]);
    return r;
}

static int release(struct call *call, void *context)
{
    const struct keeping *keeping = context;

    return let_go_all(call, name_of_retention_folder(call->arena, keeping->project),
                      arena_printf(call->arena, "r%u", keeping->revision), false);
}

int docker_release(struct runtime *runtime, const char *project, uint32_t revision,
                   struct error **reterr)
{
    struct keeping keeping = {.project = project, .revision = revision};

    return docker_call(runtime, -1, release, &keeping, reterr);
}

int docker_release_all(struct call *call, const char *project)
{
    return let_go_all(call, name_of_retention_folder(call->arena, project), "", true);
}

/* Pruning */

static bool is_still_kept(const struct engine_image *image)
{
    for (uint32_t i = 0; image->names[i] != NULL; i++)
        if (is_kept_name(image->names[i], RETENTION_HOST "/", "r", true) &&
            !is_kept_name(image->names[i], RETENTION_HOST "/", RELEASED, true))
            return true;
    return false;
}

static bool is_gone(struct call *call, const char *id)
{
    struct engine_image image;

    return engine_inspect_image(&call->engine, call->arena, id, &image, NULL) == -ENOENT;
}

/* Released names; what has no other name then goes. */
static int prune_released(struct call *call, struct keeping *keeping)
{
    const char *folder = keeping->project != NULL
                             ? name_of_retention_folder(call->arena, keeping->project)
                             : RETENTION_HOST "/";
    struct engine_image *images;
    uint32_t count;
    int r = list_kept(call, folder, &images, &count);

    for (uint32_t i = 0; r == 0 && i < count; i++) {
        bool had_released = false;

        for (uint32_t j = 0; r == 0 && images[i].names[j] != NULL; j++)
            if (is_kept_name(images[i].names[j], folder, RELEASED, true)) {
                had_released = true;
                r = let_go(call, &images[i], images[i].names[j]);
            }
        if (r == 0 && had_released && !is_still_kept(&images[i]) && is_gone(call, images[i].id)) {
            keeping->bytes += images[i].size_bytes;
            flow_tell(keeping->flow, "removed the image %.19s", images[i].id);
        }
    }
    return r;
}

/* What was built here and has lost its name to a later build. */
static int prune_built(struct call *call, struct keeping *keeping)
{
    const struct engine_pair filters[] = {
        {"dangling", "true"},
        {"label", keeping->project != NULL
                      ? arena_printf(call->arena, LABEL_BUILT "=%s", keeping->project)
                      : LABEL_BUILT},
    };
    uint64_t bytes = 0;

    if (engine_prune_images(&call->engine, (struct engine_pairs){filters, 2}, &bytes,
                            call->reterr) < 0)
        return error_prefix(call->reterr, "removing images that were built and replaced");
    keeping->bytes += bytes;
    return 0;
}

/* One-offs that have ended and were kept. */
static int prune_oneoffs(struct call *call, struct keeping *keeping)
{
    const struct engine_pair filters[] = {
        {"label", LABEL_ONEOFF "=True"},
        {"label", LABEL_REVISION}, /* ours, not those of Compose */
        {"label", keeping->project != NULL
                      ? arena_printf(call->arena, LABEL_PROJECT "=%s", keeping->project)
                      : LABEL_PROJECT},
    };
    uint64_t bytes = 0;

    if (engine_prune_containers(&call->engine, (struct engine_pairs){filters, 3}, &bytes,
                                call->reterr) < 0)
        return error_prefix(call->reterr, "removing one-off containers that have ended");
    keeping->bytes += bytes;
    return 0;
}

static int prune(struct call *call, void *context)
{
    struct keeping *keeping = context;
    int r = prune_oneoffs(call, keeping);

    if (r == 0)
        r = prune_released(call, keeping);
    if (r == 0)
        r = prune_built(call, keeping);
    return r;
}

int docker_prune(struct runtime *runtime, const char *project, struct runtime_flow *flow,
                 uint64_t *ret_bytes, struct error **reterr)
{
    struct keeping keeping = {.project = project, .flow = flow};
    int r = docker_call(runtime, flow_cancel_fd(flow), prune, &keeping, reterr);

    if (r == 0 && ret_bytes != NULL)
        *ret_bytes = keeping.bytes;
    return r;
}

/* Lists */

int docker_list_images(struct runtime *runtime, struct arena *arena, struct runtime_image **ret,
                       uint32_t *ret_count, struct error **reterr)
{
    struct call call = docker_call_in(runtime, arena, -1, reterr);
    struct engine_container_summary *containers;
    struct engine_image *images;
    struct runtime_image *listed;
    uint32_t container_count = 0;
    uint32_t count = 0;
    int r =
        engine_list_images(&call.engine, arena, (struct engine_pairs){0}, &images, &count, reterr);

    if (r == 0)
        r = engine_list_containers(&call.engine, arena, true, (struct engine_pairs){0}, &containers,
                                   &container_count, reterr);
    if (r < 0)
        return error_prefix(reterr, "listing images");
    listed = arena_new_array(arena, struct runtime_image, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        listed[i] = (struct runtime_image){
            .id = images[i].id,
            .names = images[i].names,
            .name_count = texts_count(images[i].names),
            .size_bytes = images[i].size_bytes,
            .created_unix_ns = images[i].created_unix_ns,
        };
        for (uint32_t j = 0; j < container_count; j++)
            if (strcmp(containers[j].image_id, images[i].id) == 0)
                listed[i].is_used = true;
    }
    *ret = listed;
    *ret_count = count;
    return 0;
}

int docker_remove_image(struct runtime *runtime, const char *name, bool force,
                        struct error **reterr)
{
    struct engine engine = engine_at(docker_of(runtime)->place, -1);

    if (engine_remove_image(&engine, name, force, reterr) < 0)
        return error_prefix(reterr, "removing the image %s", name);
    return 0;
}

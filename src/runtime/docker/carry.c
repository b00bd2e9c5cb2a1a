/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes without a name: what an instance wrote there is found again by the one that takes its
 * place. That is a stopped one of the same service whose volumes nobody else has; beside one that
 * runs, a new instance begins with empty ones, as two must not write to the same.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/image.h"
#include "runtime/docker/container/container.h"
#include "runtime/docker/container/texts.h"
#include "runtime/docker/docker_priv.h"
#include "runtime/docker/names.h"

#define ANONYMOUS_NAME_LENGTH 64

bool docker_is_anonymous(const struct engine_container_mount *mount)
{
    return strcmp(mount->type, "volume") == 0 && strlen(mount->name) == ANONYMOUS_NAME_LENGTH &&
           strspn(mount->name, "0123456789abcdef") == ANONYMOUS_NAME_LENGTH;
}

static bool is_mounted_by(const struct engine_container_summary *container, const char *volume)
{
    for (uint32_t i = 0; i < container->mount_count; i++)
        if (text_equal(container->mounts[i].name, volume))
            return true;
    return false;
}

static bool is_free(const struct engine_container_summary *containers, uint32_t count,
                    uint32_t owner)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; i != owner && j < containers[owner].mount_count; j++)
            if (docker_is_anonymous(&containers[owner].mounts[j]) &&
                is_mounted_by(&containers[i], containers[owner].mounts[j].name))
                return false;
    return true;
}

/* The newest that has stopped and whose volumes are its own. */
static const struct engine_container_summary *find_earlier(
    const struct engine_container_summary *containers, uint32_t count)
{
    const struct engine_container_summary *best = NULL;

    for (uint32_t i = 0; i < count; i++) {
        const char *oneoff = engine_pairs_find(containers[i].labels, LABEL_ONEOFF);

        if (containers[i].state != ENGINE_CONTAINER_EXITED ||
            (oneoff != NULL && strcasecmp(oneoff, "true") == 0) || !is_free(containers, count, i))
            continue;
        if (best == NULL || containers[i].created_unix_ns > best->created_unix_ns)
            best = &containers[i];
    }
    return best;
}

/* Whether something else stands there. */
static bool is_taken(const struct engine_container_config *config, const char *target)
{
    size_t length = strlen(target);

    for (uint32_t i = 0; config->binds != NULL && config->binds[i] != NULL; i++) {
        const char *at = strchr(config->binds[i], ':');

        if (at != NULL && strncmp(at + 1, target, length) == 0 && at[length + 1] == ':')
            return true;
    }
    return engine_pairs_find(config->tmpfs, target) != NULL;
}

static void carry(struct call *call, struct engine_container_config *config,
                  const struct engine_image *image, const struct engine_container_mount *volume)
{
    struct engine_mount *mounts =
        arena_new_array(call->arena, struct engine_mount, config->mount_count + 1);
    uint32_t at = 0;

    if (config->mount_count > 0)
        memcpy(mounts, config->mounts, config->mount_count * sizeof(*mounts));
    while (at < config->mount_count && strcmp(mounts[at].target, volume->target) != 0)
        at++;
    if (at < config->mount_count) {
        if (strcmp(mounts[at].type, "volume") != 0 || mounts[at].source != NULL)
            return;
        mounts[at].source = volume->name;
    } else {
        if (is_taken(config, volume->target) || !texts_have(image->volumes, volume->target))
            return;
        mounts[at] = (struct engine_mount){
            .type = "volume", .source = volume->name, .target = volume->target};
        config->mount_count++;
    }
    config->mounts = mounts;
}

int docker_carry_volumes(struct call *call, const struct runtime_instance_options *options,
                         struct engine_container_config *config)
{
    const struct engine_pair filters[] = {
        {"label", arena_printf(call->arena, LABEL_PROJECT "=%s", options->desired->project)},
        {"label", arena_printf(call->arena, LABEL_SERVICE "=%s", options->service->name)},
    };
    const struct engine_container_summary *earlier;
    struct engine_container_summary *containers;
    struct engine_image image;
    uint32_t count;
    int r;

    if (options->is_oneoff)
        return 0;
    r = engine_list_containers(&call->engine, call->arena, true, (struct engine_pairs){filters, 2},
                               &containers, &count, call->reterr);
    if (r < 0)
        return r;
    earlier = find_earlier(containers, count);
    if (earlier == NULL)
        return 0;
    r = engine_inspect_image(&call->engine, call->arena, config->image, &image, call->reterr);
    if (r < 0)
        return error_prefix(call->reterr, "the image %s", config->image);
    for (uint32_t i = 0; i < earlier->mount_count; i++)
        if (docker_is_anonymous(&earlier->mounts[i]))
            carry(call, config, &image, &earlier->mounts[i]);
    return 0;
}

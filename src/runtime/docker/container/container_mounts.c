/* SPDX-License-Identifier: Apache-2.0 */
/* volumes, tmpfs, volumes_from. */
#include "runtime/docker/container/container_priv.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "runtime/docker/container/units.h"
#include "runtime/docker/names.h"

static bool is_true(const struct value *map, const char *key)
{
    bool boolean = false;

    return unit_boolean(value_get(map, key), &boolean) && boolean;
}

static int refuse(const struct engine_mount *mount, const char *what, struct error **reterr)
{
    return error_set(reterr, EINVAL, "volumes: the mount at %s: %s", mount->target, what);
}

static int set_recursion(struct engine_mount *mount, const char *text, struct error **reterr)
{
    if (text == NULL || strcmp(text, "enabled") == 0)
        return 0;
    if (strcmp(text, "disabled") == 0)
        mount->recursion = ENGINE_RECURSION_DISABLED;
    else if (strcmp(text, "writable") == 0)
        mount->recursion = ENGINE_RECURSION_WRITABLE;
    else if (strcmp(text, "readonly") == 0)
        mount->recursion = ENGINE_RECURSION_READ_ONLY;
    else
        return refuse(mount, "bind.recursive is enabled, disabled, writable or readonly", reterr);
    return 0;
}

/* The short form makes the folder on every version of the engine, and knows SELinux; paths with a
 * colon cannot be said in it. */
static bool fits_short_form(const struct engine_mount *mount, bool creates_path)
{
    return creates_path && mount->recursion == ENGINE_RECURSION_UNSAID &&
           strchr(mount->source, ':') == NULL && strchr(mount->target, ':') == NULL;
}

static void add_bind(struct making *making, const struct engine_mount *mount, const char *selinux)
{
    struct engine_container_config *config = making->config;
    const char *text = arena_printf(making->arena, "%s:%s:%s", mount->source, mount->target,
                                    mount->is_read_only ? "ro" : "rw");

    if (selinux != NULL)
        text = arena_printf(making->arena, "%s,%s", text, selinux);
    if (mount->propagation != NULL)
        text = arena_printf(making->arena, "%s,%s", text, mount->propagation);
    if (mount->consistency != NULL)
        text = arena_printf(making->arena, "%s,%s", text, mount->consistency);
    config->binds = texts_with(making->arena, config->binds, text);
}

static int add_bind_mount(struct making *making, const struct value *item,
                          struct engine_mount *mount, bool *ret_done, struct error **reterr)
{
    const struct value *bind = value_get(item, "bind");
    const char *selinux = value_get_text(bind, "selinux");
    bool creates_path = true;
    int r;

    mount->source = value_get_text(item, "source");
    mount->propagation = value_get_text(bind, "propagation");
    if (mount->source == NULL || *mount->source != '/')
        return refuse(mount, "a bind needs an absolute source", reterr);
    r = set_recursion(mount, value_get_text(bind, "recursive"), reterr);
    if (r < 0)
        return r;
    /* The long form without the section says nothing of it; then a missing source is an error. */
    creates_path = is_true(bind, "create_host_path");
    mount->creates_host_path = creates_path;
    *ret_done = fits_short_form(mount, creates_path || selinux != NULL);
    if (*ret_done)
        add_bind(making, mount, selinux);
    else if (selinux != NULL)
        return refuse(mount,
                      "bind.selinux does not go with a path that has a colon, or with "
                      "bind.recursive",
                      reterr);
    return 0;
}

static void set_volume(struct making *making, const struct value *item, struct engine_mount *mount)
{
    const char *source = value_get_text(item, "source");
    const struct value *volume = value_get(item, "volume");

    if (source != NULL && *source != '\0')
        mount->source = value_get(value_get(making->root, "volumes"), source) != NULL
                            ? name_of_resource(making->arena, making->root,
                                               making->options->desired->project, "volumes", source)
                            : source;
    mount->does_not_copy = is_true(volume, "nocopy");
    mount->subpath = value_get_text(volume, "subpath");
    mount->labels = pairs_of(making->arena, value_get(volume, "labels"));
}

static int set_tmpfs(const struct value *item, struct engine_mount *mount, struct error **reterr)
{
    const struct value *tmpfs = value_get(item, "tmpfs");

    if (value_get(tmpfs, "size") != NULL &&
        !unit_integer(value_get(tmpfs, "size"), &mount->size_bytes))
        return refuse(mount, "tmpfs.size must be a size", reterr);
    if (value_get(tmpfs, "mode") != NULL && !unit_integer(value_get(tmpfs, "mode"), &mount->mode))
        return refuse(mount, "tmpfs.mode must be a number", reterr);
    return 0;
}

/* *ret_done: it is said in another place. */
static int fill_mount(struct making *making, const struct value *item, struct engine_mount *mount,
                      bool *ret_done, struct error **reterr)
{
    *ret_done = false;
    mount->type = value_get_text(item, "type");
    mount->target = value_get_text(item, "target");
    if (mount->type == NULL || mount->target == NULL)
        return error_set(reterr, EINVAL, "volumes: a mount has no type or no target");
    mount->is_read_only = is_true(item, "read_only");
    mount->consistency = value_get_text(item, "consistency");
    if (strcmp(mount->type, "bind") == 0)
        return add_bind_mount(making, item, mount, ret_done, reterr);
    if (strcmp(mount->type, "tmpfs") == 0)
        return set_tmpfs(item, mount, reterr);
    if (strcmp(mount->type, "volume") == 0) {
        set_volume(making, item, mount);
        return 0;
    }
    if (strcmp(mount->type, "image") == 0) {
        mount->source = value_get_text(item, "source");
        mount->subpath = value_get_text(value_get(item, "image"), "subpath");
        if (making->input->version < 48)
            return error_set(reterr, EOPNOTSUPP,
                             "volumes: the mount at %s: images can be mounted from version 1.48 of "
                             "the engine's API on (Docker 28); this engine speaks 1.%u",
                             mount->target, making->input->version);
        return 0;
    }
    return refuse(mount, "the engine mounts binds, volumes, tmpfs and images only", reterr);
}

/* "service[:ro]" and "container:name[:ro]". */
static int set_volumes_from(struct making *making, struct error **reterr)
{
    const struct value *list = value_get(making->service, "volumes_from");
    const char *const *texts = texts_of(making->arena, list);
    struct arena *arena = making->arena;

    for (uint32_t i = 0; texts != NULL && texts[i] != NULL; i++) {
        bool is_container = text_starts_with(texts[i], "container:");
        const char *name = is_container ? texts[i] + strlen("container:") : texts[i];
        size_t length = strcspn(name, ":");
        const char *id = arena_strndup(arena, name, length);
        int r = 0;

        if (!is_container)
            r = container_refer(making, "volumes_from", arena_printf(arena, "service:%s", id), "",
                                &id, reterr);
        if (r < 0)
            return r;
        making->config->volumes_from = texts_with(arena, making->config->volumes_from,
                                                  arena_printf(arena, "%s%s", id, name + length));
    }
    return 0;
}

/* "/run:size=64m,mode=700" */
static void set_tmpfs_list(struct making *making)
{
    const char *const *texts = texts_of(making->arena, value_get(making->service, "tmpfs"));

    for (uint32_t i = 0; texts != NULL && texts[i] != NULL; i++) {
        size_t length = strcspn(texts[i], ":");

        pairs_add(making->arena, &making->config->tmpfs,
                  arena_strndup(making->arena, texts[i], length),
                  texts[i][length] == ':' ? texts[i] + length + 1 : "");
    }
}

int container_set_mounts(struct making *making, struct error **reterr)
{
    const struct value *list = value_get(making->service, "volumes");
    uint32_t count = value_list_count(list);
    struct engine_mount *mounts = arena_new_array(making->arena, struct engine_mount, count + 1);
    uint32_t used = 0;

    for (uint32_t i = 0; i < count; i++) {
        bool is_done;
        int r = fill_mount(making, list->list.items[i], &mounts[used], &is_done, reterr);

        if (r < 0)
            return r;
        if (is_done)
            memset(&mounts[used], 0, sizeof(mounts[used]));
        else
            used++;
    }
    making->config->mounts = mounts;
    making->config->mount_count = used;
    set_tmpfs_list(making);
    return set_volumes_from(making, reterr);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Making a container, with its configs and secrets in it. */
#include <errno.h>
#include <string.h>

#include "archive/archive.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "base/time.h"
#include "os/os.h"
#include "runtime/docker/container/container.h"
#include "runtime/docker/container/texts.h"
#include "runtime/docker/docker_priv.h"
#include "runtime/docker/names.h"

#define FILES_SIZE_MAX ((size_t)64 << 20)

/* Names: a container that waits, stopped, to be needed again gives its name to its successor. */

static const char *aside_name(struct arena *arena, const struct engine_container *container)
{
    return arena_printf(arena, "%s" ASIDE "%.*s", container->name, ASIDE_ID_LENGTH, container->id);
}

/* The name is taken: 0 when it is free now. */
static int free_name(struct call *call, const struct runtime_instance_options *options,
                     const char *name)
{
    struct engine_container holder;
    const char *project;
    const char *service;
    int r = engine_inspect_container(&call->engine, call->arena, name, &holder, NULL);

    if (r < 0)
        return r == -ENOENT ? 0 : error_set(call->reterr, EEXIST, "the name is taken");
    project = engine_pairs_find(holder.labels, LABEL_PROJECT);
    service = engine_pairs_find(holder.labels, LABEL_SERVICE);
    if (text_equal(project, options->desired->project) && text_ends_with(name, MAKING))
        return engine_remove_container(&call->engine, holder.id, true, true, call->reterr);
    if (text_equal(project, options->desired->project) &&
        text_equal(service, options->service->name) && docker_is_stopped(&holder) &&
        !options->is_oneoff)
        return engine_rename_container(&call->engine, holder.id, aside_name(call->arena, &holder),
                                       call->reterr);
    return error_set(call->reterr, EEXIST, "the name is taken by the container %.12s%s%s",
                     holder.id, project != NULL ? " of the project " : ", which is of no project",
                     project != NULL ? project : "");
}

/* Create */

static bool refers(const struct value *service, const char *key)
{
    const char *text = value_get_text(service, key);

    return text != NULL && text_starts_with(text, "service:");
}

static bool needs_others(const struct value *service)
{
    return refers(service, "network_mode") || refers(service, "ipc") || refers(service, "pid") ||
           value_list_count(value_get(service, "volumes_from")) > 0;
}

static int find_fixed_networks(struct call *call, const struct runtime_instance_options *options,
                               struct container_input *input)
{
    const struct value *networks = value_get(options->service->spec, "networks");

    for (uint32_t i = 0; i < value_map_count(networks); i++) {
        const char *name =
            name_of_resource(call->arena, options->desired->root, options->desired->project,
                             "networks", networks->map.entries[i].key);
        struct engine_network network;
        const char *subnet;

        if (engine_inspect_network(&call->engine, call->arena, name, &network, call->reterr) < 0)
            return error_prefix(call->reterr, "the network %s", name);
        subnet = engine_pairs_find(network.labels, LABEL_SUBNET);
        if (subnet != NULL && strcmp(subnet, "fixed") == 0)
            input->fixed_networks = texts_with(call->arena, input->fixed_networks, name);
    }
    return 0;
}

static int translate(struct call *call, const struct runtime_instance_options *options,
                     struct container *ret)
{
    struct container_input input = {.options = options};
    struct observed observed;
    int r = engine_ping(&call->engine, call->reterr);

    if (r < 0)
        return r;
    input.version = engine_version(&call->engine);
    if (value_get(options->service->spec, "network_mode") == NULL) {
        r = find_fixed_networks(call, options, &input);
        if (r < 0)
            return r;
    }
    if (needs_others(options->service->spec)) {
        r = docker_observe(&call->docker->base, call->arena, options->desired->project, &observed,
                           call->reterr);
        if (r < 0)
            return r;
        input.observed = &observed;
    }
    return container_translate(call->arena, &input, ret, call->reterr);
}

/* Those of one volume in one archive, as it is unpacked there; "" is the container's own files. */
static int put_files(struct call *call, const char *id, const struct container *container,
                     const char *folder)
{
    _cleanup_strbuf_ struct strbuf tar;
    struct archive_file *files =
        arena_new_array(call->arena, struct archive_file, container->file_count);
    size_t prefix = strlen(folder) + 1, count = 0;

    for (uint32_t i = 0; i < container->file_count; i++) {
        const struct container_file *file = &container->files[i];

        if (strcmp(file->volume_folder, folder) == 0)
            files[count++] = (struct archive_file){
                .path = file->path + prefix,
                .data = file->data,
                .size = file->size,
                .mode = file->mode,
                .uid = file->uid,
                .gid = file->gid,
                .modified_unix_s = (int64_t)(os_real_time_ns() / TIME_SECOND),
            };
    }
    strbuf_init(&tar, FILES_SIZE_MAX);
    if (archive_write_files(files, count, &tar, call->reterr) < 0)
        return error_prefix(call->reterr, "configs and secrets");
    if (engine_put_archive(&call->engine, id, *folder != '\0' ? folder : "/", tar.data, tar.length,
                           call->reterr) < 0)
        return error_prefix(call->reterr, "configs and secrets");
    return 0;
}

static int put_all_files(struct call *call, const char *id, const struct container *container)
{
    for (uint32_t i = 0; i < container->file_count; i++) {
        const char *folder = container->files[i].volume_folder;
        bool is_first = true;
        int r;

        for (uint32_t j = 0; j < i; j++)
            if (strcmp(container->files[j].volume_folder, folder) == 0)
                is_first = false;
        r = is_first ? put_files(call, id, container, folder) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

static int make_named(struct call *call, const char *name, const struct container *container,
                      const char **ret_id)
{
    const char *const *warnings = NULL;
    int r = engine_create_container(&call->engine, call->arena, name, container->platform,
                                    &container->config, ret_id, &warnings, call->reterr);

    /* Such as that the machine cannot do what a key asks for. */
    for (uint32_t i = 0; r == 0 && warnings != NULL && warnings[i] != NULL; i++)
        log_warning("%s: the Docker Engine says: %s", container->name, warnings[i]);
    return r;
}

static int make(struct call *call, const struct runtime_instance_options *options,
                const struct container *container, const char **ret_id)
{
    const char *name = container->file_count == 0
                           ? container->name
                           : arena_printf(call->arena, "%s" MAKING, container->name);
    struct error *error = NULL;
    struct call first = *call;
    int r;

    first.reterr = &error;
    r = make_named(&first, name, container, ret_id);
    if (r == -EEXIST) {
        error_free(error);
        r = free_name(call, options, name);
        return r < 0 ? r : make_named(call, name, container, ret_id);
    }
    if (r < 0 && call->reterr != NULL)
        *call->reterr = error;
    else
        error_free(error);
    return r;
}

/* It has all that it needs now. */
static int take_name(struct call *call, const struct runtime_instance_options *options,
                     const char *name, const char *id)
{
    struct error *error = NULL;
    int r = engine_rename_container(&call->engine, id, name, &error);

    error_free(error);
    if (r == 0)
        return 0;
    r = free_name(call, options, name);
    return r < 0 ? r : engine_rename_container(&call->engine, id, name, call->reterr);
}

static int create(struct call *call, const struct runtime_instance_options *options,
                  const struct container *container, struct observed_instance *ret)
{
    struct engine_container found;
    const char *id = NULL;
    int r = make(call, options, container, &id);

    if (r < 0)
        return r;
    if (container->file_count > 0) {
        r = put_all_files(call, id, container);
        if (r == 0)
            r = take_name(call, options, container->name, id);
    }
    if (r == 0)
        r = engine_inspect_container(&call->engine, call->arena, id, &found, call->reterr);
    if (r == 0 && !docker_observe_one(call, options->desired->project, &found, ret))
        r = error_set(call->reterr, EPROTO, "the engine has lost the container's labels");
    if (r < 0) {
        struct engine plain = engine_at(call->docker->place, -1);

        if (engine_inspect_container(&plain, call->arena, id, &found, NULL) == 0) {
            (void)engine_remove_container(&plain, id, true, true, NULL);
            docker_remove_files_volumes(call, &found);
        }
    }
    return r;
}

int docker_create(struct runtime *runtime, struct arena *arena,
                  const struct runtime_instance_options *options, struct observed_instance *ret,
                  struct error **reterr)
{
    struct call call = docker_call_in(runtime, arena, -1, reterr);
    struct container container;
    int r = translate(&call, options, &container);

    if (r < 0)
        return error_prefix(reterr, "making %s", name_of_instance(arena, options));
    r = docker_carry_volumes(&call, options, &container.config);
    if (r == 0)
        r = create(&call, options, &container, ret);
    if (r < 0)
        return error_prefix(reterr, "making %s", container.name);
    return 0;
}

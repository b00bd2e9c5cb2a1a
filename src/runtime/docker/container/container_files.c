/* SPDX-License-Identifier: Apache-2.0 */
/*
 * configs and secrets: files that are put into the container before it is started. A container
 * whose own files are read-only takes none, so there they go into a volume of the container's own,
 * mounted at their folder.
 */
#include "runtime/docker/container/container_priv.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "runtime/docker/container/units.h"
#include "runtime/docker/names.h"

#define FILES_MAX      1000
#define DEFAULT_MODE   0444
#define SECRETS_FOLDER "/run/secrets/"

struct kind {
    const char *section; /* of the project and of the service */
    const char *singular;
    const char *folder; /* of relative targets */
};

static const struct kind kinds[] = {
    {"configs", "config", "/"},
    {"secrets", "secret", SECRETS_FOLDER},
};

static bool parse_octal(const char *text, unsigned int *ret)
{
    unsigned int number = 0;

    if (*text == '\0' || strlen(text) > 6)
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '7')
            return false;
        number = number * 8 + (unsigned int)(*text - '0');
    }
    *ret = number & 07777;
    return true;
}

static bool parse_id(const struct value *value, unsigned int *ret)
{
    int64_t number;

    if (value == NULL)
        return true;
    if (!unit_integer(value, &number) || number < 0 || number > UINT32_MAX - 1)
        return false;
    *ret = (unsigned int)number;
    return true;
}

static int set_rights(struct container_file *file, const struct value *reference,
                      struct error **reterr)
{
    const struct value *mode = value_get(reference, "mode");
    int64_t number;

    file->mode = DEFAULT_MODE;
    if (value_is(mode, VALUE_STRING) && !parse_octal(mode->string.text, &file->mode))
        return error_set(reterr, EINVAL, "expected a mode such as \"0440\"");
    if (value_is(mode, VALUE_INTEGER) && unit_integer(mode, &number))
        file->mode = (unsigned int)number & 07777;
    if (!parse_id(value_get(reference, "uid"), &file->uid) ||
        !parse_id(value_get(reference, "gid"), &file->gid))
        return error_set(reterr, EINVAL, "uid and gid must be numbers");
    return 0;
}

static int set_content(struct making *making, const struct value *source,
                       struct container_file *file, struct error **reterr)
{
    const struct value *content = value_get(source, "content");
    const struct value *external = value_get(source, "external");
    const char *path = value_get_text(source, "file");

    if (value_is(content, VALUE_STRING)) {
        file->data = content->string.text;
        file->size = content->string.length;
        return 0;
    }
    if (path != NULL)
        return container_read_file(making, path, &file->data, &file->size, reterr);
    if (value_is(external, VALUE_BOOL) && external->boolean)
        return error_set(reterr, ENOENT,
                         "it is external, and only a swarm keeps such things: give it a file, an "
                         "environment or a content");
    return error_set(reterr, ENOENT, "it has no content");
}

static int set_path(struct making *making, const struct kind *kind, const struct value *reference,
                    const char *name, struct container_file *file, struct error **reterr)
{
    const char *target = value_get_text(reference, "target");

    if (target == NULL || *target == '\0')
        target = name;
    file->path =
        *target == '/' ? target : arena_printf(making->arena, "%s%s", kind->folder, target);
    if (text_ends_with(file->path, "/") || strstr(file->path, "/../") != NULL ||
        text_ends_with(file->path, "/.."))
        return error_set(reterr, EINVAL, "the target \"%s\" names no file", target);
    return 0;
}

static const char *folder_of(struct making *making, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == path ? "/" : arena_strndup(making->arena, path, (size_t)(slash - path));
}

static bool has_mount(const struct engine_container_config *config, const char *folder)
{
    for (uint32_t i = 0; i < config->mount_count; i++)
        if (strcmp(config->mounts[i].target, folder) == 0)
            return true;
    return false;
}

/* A volume at the folder, which is made with the container and goes with it. */
static int add_volume(struct making *making, struct container_file *file, struct error **reterr)
{
    struct engine_container_config *config = making->config;
    struct engine_mount *mounts;

    file->volume_folder = folder_of(making, file->path);
    if (strcmp(file->volume_folder, "/") == 0)
        return error_set(reterr, EINVAL,
                         "a service that is read_only takes no file in \"/\": give it a target in "
                         "a folder");
    if (has_mount(config, file->volume_folder))
        return 0;
    mounts = arena_new_array(making->arena, struct engine_mount, config->mount_count + 1);
    if (config->mount_count > 0)
        memcpy(mounts, config->mounts, config->mount_count * sizeof(*mounts));
    mounts[config->mount_count] = (struct engine_mount){
        .type = "volume",
        .source = arena_printf(making->arena, FILES_VOLUME_PREFIX "%s-%s-%u-r%u-%u",
                               making->options->desired->project, making->options->service->name,
                               making->options->number, making->options->desired->revision,
                               config->mount_count),
        .target = file->volume_folder,
    };
    pairs_add(making->arena, &mounts[config->mount_count].labels, LABEL_FILES,
              making->options->desired->project);
    config->mounts = mounts;
    config->mount_count++;
    return 0;
}

static int add_file(struct making *making, const struct kind *kind, const struct value *reference,
                    struct container_file *file, struct error **reterr)
{
    const char *name = value_get_text(reference, "source");
    const struct value *source =
        name != NULL ? value_get(value_get(making->root, kind->section), name) : NULL;
    int r;

    if (source == NULL)
        return error_set(reterr, EINVAL, "%s: \"%s\" is not declared", kind->section,
                         name != NULL ? name : "");
    file->volume_folder = "";
    r = set_path(making, kind, reference, name, file, reterr);
    if (r == 0)
        r = set_rights(file, reference, reterr);
    if (r == 0)
        r = set_content(making, source, file, reterr);
    if (r == 0 && making->config->has_read_only_root)
        r = add_volume(making, file, reterr);
    if (r < 0)
        return error_prefix(reterr, "the %s \"%s\"", kind->singular, name);
    return 0;
}

int container_set_files(struct making *making, struct error **reterr)
{
    uint32_t count = value_list_count(value_get(making->service, "configs")) +
                     value_list_count(value_get(making->service, "secrets"));
    struct container_file *files;
    uint32_t used = 0;

    if (count > FILES_MAX)
        return error_set(reterr, E2BIG, "more than %d configs and secrets", FILES_MAX);
    files = arena_new_array(making->arena, struct container_file, count + 1);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct value *list = value_get(making->service, kinds[i].section);

        for (uint32_t j = 0; j < value_list_count(list); j++) {
            int r = add_file(making, &kinds[i], list->list.items[j], &files[used++], reterr);

            if (r < 0)
                return r;
        }
    }
    making->container->files = files;
    making->container->file_count = used;
    return 0;
}

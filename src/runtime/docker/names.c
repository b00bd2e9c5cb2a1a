/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/docker/names.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "runtime/runtime.h"

const char *name_of_instance(struct arena *arena, const struct runtime_instance_options *options)
{
    const char *fixed = value_get_text(options->service->spec, "container_name");

    if (options->name != NULL)
        return options->name;
    if (fixed != NULL && *fixed != '\0' && !options->is_oneoff)
        return fixed;
    return arena_printf(arena, "%s-%s-%s%u", options->desired->project, options->service->name,
                        options->is_oneoff ? "run-" : "", options->number);
}

const char *name_of_resource(struct arena *arena, const struct value *root, const char *project,
                             const char *section, const char *key)
{
    const char *name = value_get_text(value_get(value_get(root, section), key), "name");

    if (name != NULL && *name != '\0')
        return name;
    if (resource_is_external(root, section, key))
        return key;
    return arena_printf(arena, "%s_%s", project, key);
}

bool resource_is_external(const struct value *root, const char *section, const char *key)
{
    const struct value *external = value_get(value_get(value_get(root, section), key), "external");

    return value_is(external, VALUE_BOOL) && external->boolean;
}

const char *name_of_built_image(struct arena *arena, const char *project, const char *service)
{
    return arena_printf(arena, "%s-%s", project, service);
}

/* Whether it may be a part of a repository's name: lower case, with single separators inside. */
static bool is_part(const char *text)
{
    bool separated = true;

    for (const char *at = text; *at != '\0'; at++) {
        bool plain = islower((unsigned char)*at) || isdigit((unsigned char)*at);

        if (!plain && (separated || strchr("._-", *at) == NULL))
            return false;
        separated = !plain;
    }
    return !separated && strlen(text) <= 100;
}

/* What is no valid part is told by its hash, behind as much of it as can be read. */
static const char *to_part(struct arena *arena, const char *text)
{
    struct content_hash hash;
    char readable[33];
    size_t length = 0;

    if (is_part(text))
        return text;
    for (const char *at = text; *at != '\0' && length < sizeof(readable) - 1; at++)
        if (isalnum((unsigned char)*at) && (unsigned char)*at < 0x80)
            readable[length++] = (char)tolower((unsigned char)*at);
    readable[length] = '\0';
    hash = content_hash_bytes(text, strlen(text));
    return arena_printf(arena, "%s%s%.16s", readable, length > 0 ? "--" : "", hash.text);
}

const char *name_of_retention(struct arena *arena, const char *project, const char *service)
{
    return arena_printf(arena, "%s%s", name_of_retention_folder(arena, project),
                        to_part(arena, service));
}

const char *name_of_retention_folder(struct arena *arena, const char *project)
{
    return arena_printf(arena, RETENTION_HOST "/%s/", to_part(arena, project));
}

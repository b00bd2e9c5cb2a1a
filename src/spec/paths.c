/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/paths.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "os/path.h"

static bool is_windows_path(const char *path)
{
    if (isalpha((unsigned char)path[0]) && path[1] == ':' && (path[2] == '\\' || path[2] == '/'))
        return true;
    return path[0] == '\\' && path[1] == '\\';
}

const char *paths_absolute(const struct paths *paths, const char *path)
{
    if (*path == '\0')
        return path;
    if (path[0] == '~' && (path[1] == '\0' || path[1] == '/') && paths->home != NULL)
        return path_join(paths->arena, paths->home, path + 1);
    if (path[0] == '/' || is_windows_path(path))
        return path;
    return path_join(paths->arena, paths->directory, path);
}

bool paths_is_remote(const char *context)
{
    static const char *const beginnings[] = {"https://", "http://",     "git://",
                                             "ssh://",   "github.com/", "git@"};

    if (strstr(context, "://") != NULL)
        return true;
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
        if (text_starts_with(context, beginnings[i]))
            return true;
    return false;
}

static bool has_template(const struct value *value)
{
    /* Text that still holds a variable may become absolute when it is put in. */
    return value->string.length > 1 && value->string.text[0] == '$' && !value->filled;
}

static void make_absolute(const struct paths *paths, struct value *value)
{
    if (value->kind != VALUE_STRING || has_template(value))
        return;
    value->string.text = paths_absolute(paths, value->string.text);
    value->string.length = strlen(value->string.text);
}

static void resolve_context(const struct paths *paths, struct value *value)
{
    if (value->kind != VALUE_STRING || paths_is_remote(value->string.text) ||
        text_starts_with(value->string.text, "service:"))
        return;
    make_absolute(paths, value);
}

static void resolve_ssh(const struct paths *paths, struct value *list)
{
    for (uint32_t i = 0; list->kind == VALUE_LIST && i < list->list.count; i++) {
        struct value *item = list->list.items[i];
        const char *equals = item->kind == VALUE_STRING ? strchr(item->string.text, '=') : NULL;
        size_t length = equals != NULL ? (size_t)(equals - item->string.text) : 0;

        if (equals == NULL || equals[1] == '\0' || equals[1] == '$')
            continue;
        item->string.text = arena_printf(paths->arena, "%.*s=%s", (int)length, item->string.text,
                                         paths_absolute(paths, equals + 1));
        item->string.length = strlen(item->string.text);
    }
}

static void resolve_mount(const struct paths *paths, struct value *mount)
{
    struct value *source = value_get(mount, "source");

    if (source != NULL && value_is_text(value_get(mount, "type"), "bind"))
        make_absolute(paths, source);
}

static void resolve_volume(const struct paths *paths, struct value *volume)
{
    struct value *options = value_get(volume, "driver_opts");
    struct value *device = value_get(options, "device");

    if (device != NULL && value_is_text(value_get(volume, "driver"), "local") &&
        value_is_text(value_get(options, "o"), "bind"))
        make_absolute(paths, device);
}

static void resolve_here(const struct paths *paths, struct value *value, enum schema_path kind)
{
    switch (kind) {
    case PATH_NONE:
        break;
    case PATH_FILE:
        make_absolute(paths, value);
        break;
    case PATH_CONTEXT:
        resolve_context(paths, value);
        break;
    case PATH_SSH:
        resolve_ssh(paths, value);
        break;
    case PATH_MOUNT:
        resolve_mount(paths, value);
        break;
    case PATH_VOLUME:
        resolve_volume(paths, value);
        break;
    }
}

void paths_resolve(const struct paths *paths, struct value *value, const struct schema *schema)
{
    if (schema == NULL || schema == &schema_anything)
        return;
    resolve_here(paths, value, schema->path);
    if (value->kind == VALUE_LIST && schema->items != NULL)
        for (uint32_t i = 0; i < value->list.count; i++)
            paths_resolve(paths, value->list.items[i], schema->items);
    else if (value->kind == VALUE_MAP)
        for (uint32_t i = 0; i < value->map.count; i++)
            paths_resolve(paths, value->map.entries[i].value,
                          schema_of_entry(schema, value->map.entries[i].key));
}

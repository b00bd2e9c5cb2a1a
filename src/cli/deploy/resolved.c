/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/deploy/resolved.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/deploy/request.h"
#include "os/file.h"
#include "os/path.h"

enum {
    CONTENT_BYTES_MAX = 500 << 10, /* as an engine has it */
    NAMED_MAX = 20
};

/* Content */

static bool put_content(struct session *session, struct value *resource, const char *key,
                        const char *text, size_t size)
{
    if (memchr(text, '\0', size) != NULL)
        return false;
    value_map_remove(resource, key, strlen(key));
    value_set(&session->arena, resource, "content",
              value_new_string(&session->arena, text, size, (struct mark){0}));
    return true;
}

static bool inline_file(struct session *session, const char *kind, const struct value_entry *entry,
                        const char *path)
{
    char *data;
    size_t size;
    char *copy;
    int r = os_read_file(path, CONTENT_BYTES_MAX, &data, &size, &session->error);

    if (r == -EFBIG)
        session_fail(session, "%s.%s: %s has more than 500 KiB, which is the most it may have",
                     kind, entry->key, path);
    else if (r < 0)
        session_fail(session, "%s.%s: %s", kind, entry->key, session->error->message);
    if (r < 0) {
        session->error = error_free(session->error);
        return false;
    }
    session->held = data; /* given back by the session where the arena jumps */
    copy = arena_strndup(&session->arena, data, size);
    session->held = NULL;
    free(data);
    if (put_content(session, entry->value, "file", copy, size))
        return true;
    session_fail(session,
                 "%s.%s: %s holds a byte of zero, which no text has; mount it as a volume instead",
                 kind, entry->key, path);
    return false;
}

static bool inline_variable(struct session *session, const char *kind,
                            const struct value_entry *entry, const char *name)
{
    size_t size;
    const char *text = environment_get(&session->spec.environment, name, strlen(name), &size);

    if (text == NULL) {
        session_fail(session, "%s.%s: the variable %s is not set", kind, entry->key, name);
        return false;
    }
    return put_content(session, entry->value, "environment", text, size);
}

static bool inline_section(struct session *session, const char *kind)
{
    const struct value *section = value_get(session->spec.root, kind);
    bool fine = true;

    for (uint32_t i = 0; i < value_map_count(section); i++) {
        const struct value_entry *entry = &section->map.entries[i];
        const char *path = value_get_text(entry->value, "file");
        const char *name = value_get_text(entry->value, "environment");

        if (path != NULL && !inline_file(session, kind, entry, path))
            fine = false;
        if (path == NULL && name != NULL && !inline_variable(session, kind, entry, name))
            fine = false;
    }
    return fine;
}

/* Native services run in the folder of the project unless they say where, and what they say is
 * meant from there, as a container knows neither. */
static void place_native_services(struct session *session)
{
    const struct value *services = value_get(session->spec.root, "services");

    for (uint32_t i = 0; i < value_map_count(services); i++) {
        struct value *service = services->map.entries[i].value;
        const char *folder = value_get_text(service, "working_dir");

        if (!value_is_text(value_get(value_get(service, "x-slipway"), "runtime"), "process"))
            continue;
        folder =
            path_absolute(&session->arena, session->spec.directory, folder != NULL ? folder : "");
        value_set(&session->arena, service, "working_dir",
                  value_new_string(&session->arena, folder, strlen(folder), (struct mark){0}));
    }
}

bool resolved_load(struct session *session)
{
    bool fine;

    if (!session_load_project(session))
        return false;
    place_native_services(session);
    fine = inline_section(session, "configs");
    return inline_section(session, "secrets") && fine;
}

const char *resolved_json(struct session *session)
{
    return session_project_json(session);
}

bool resolved_has_services(const struct session *session)
{
    return value_map_count(value_get(session->spec.root, "services")) > 0;
}

/* Names */

static void add_service(struct session *session, struct value *list, const char *name,
                        bool with_dependencies)
{
    const struct value *service = value_get(value_get(session->spec.root, "services"), name);
    const struct value *dependencies = value_get(service, "depends_on");

    for (uint32_t i = 0; i < value_list_count(list); i++)
        if (value_is_text(list->list.items[i], name))
            return;
    value_list_append(&session->arena, list,
                      value_new_string(&session->arena, name, strlen(name), (struct mark){0}));
    for (uint32_t i = 0; with_dependencies && i < value_map_count(dependencies); i++)
        add_service(session, list, dependencies->map.entries[i].key, true);
}

static void refuse_name(struct session *session, const char *name)
{
    const struct value *services = value_get(session->spec.root, "services");
    const char *names = "";

    for (uint32_t i = 0; i < value_map_count(services) && i < NAMED_MAX; i++)
        names = arena_printf(&session->arena, "%s%s%s", names, i > 0 ? ", " : "",
                             services->map.entries[i].key);
    session_fail(session, "the project %s has no service \"%s\"%s%s", session->spec.name, name,
                 *names != '\0' ? "\nIts services: " : "", names);
}

bool resolved_services(struct session *session, const struct cli_values *names,
                       bool with_dependencies, struct value **ret_list)
{
    const struct value *services = value_get(session->spec.root, "services");
    struct value *list = value_new(&session->arena, VALUE_LIST, (struct mark){0});

    for (size_t i = 0; i < names->count; i++) {
        if (value_get(services, names->items[i]) == NULL) {
            refuse_name(session, names->items[i]);
            return false;
        }
        add_service(session, list, names->items[i], with_dependencies);
    }
    *ret_list = names->count > 0 ? list : NULL;
    return true;
}

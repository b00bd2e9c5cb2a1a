/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/error.h"
#include "engine/call_priv.h"
#include "engine/fields_priv.h"
#include "engine/network.h"

static const struct field config_fields[] = {
    FIELD(TEXT, struct engine_volume_config, name, "Name"),
    FIELD(TEXT, struct engine_volume_config, driver, "Driver"),
    FIELD(PAIRS, struct engine_volume_config, options, "DriverOpts"),
    FIELD(PAIRS, struct engine_volume_config, labels, "Labels"),
    FIELDS_END,
};

static const struct field volume_fields[] = {
    FIELD(TEXT, struct engine_volume, name, "Name"),
    FIELD(TEXT, struct engine_volume, driver, "Driver"),
    FIELD(TEXT, struct engine_volume, mount_point, "Mountpoint"),
    FIELD(TEXT, struct engine_volume, scope, "Scope"),
    FIELD(PAIRS, struct engine_volume, options, "Options"),
    FIELD(PAIRS, struct engine_volume, labels, "Labels"),
    FIELD(TIME, struct engine_volume, created_unix_ns, "CreatedAt"),
    FIELDS_END,
};

static void take_volume(struct arena *arena, const json_t *object, void *context)
{
    fields_read(arena, volume_fields, object, context);
}

int engine_create_volume(const struct engine *engine, struct arena *arena,
                         const struct engine_volume_config *config, const char **ret_name,
                         struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct engine_volume volume = {0};
    json_t *object = NULL;
    int r;

    call_init(&call, "POST", "/volumes/create", NULL, "");
    call.timeout_ms = ENGINE_LONG_TIMEOUT_MS;
    r = fields_to_body(&call, config_fields, config, ENGINE_VERSION_MAX, reterr);
    if (r == 0)
        r = call_json(engine, &call, &object, reterr);
    if (r == 0)
        r = call_take(arena, object, take_volume, &volume, reterr);
    if (r == 0 && volume.name[0] == '\0')
        r = error_set(reterr, EPROTO, "the Docker Engine does not say what it made");
    if (r == 0)
        *ret_name = volume.name;
    return r;
}

int engine_inspect_volume(const struct engine *engine, struct arena *arena, const char *name,
                          struct engine_volume *ret, struct error **reterr)
{
    _cleanup_call_ struct call call;
    json_t *object = NULL;
    int r;

    call_init(&call, "GET", "/volumes/", name, "");
    r = call_json(engine, &call, &object, reterr);
    return r < 0 ? r : call_take(arena, object, take_volume, ret, reterr);
}

struct volumes {
    struct engine_volume *items;
    uint32_t count;
};

static void take_volumes(struct arena *arena, const json_t *object, void *context)
{
    struct volumes *volumes = context;

    volumes->items = fields_read_list(arena, volume_fields, json_object_get(object, "Volumes"),
                                      sizeof(*volumes->items), &volumes->count);
}

int engine_list_volumes(const struct engine *engine, struct arena *arena,
                        struct engine_pairs filters, struct engine_volume **ret,
                        uint32_t *ret_count, struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct volumes volumes = {0};
    json_t *object = NULL;
    int r;

    call_init(&call, "GET", "/volumes", NULL, "");
    call_add_filters(&call, filters);
    r = call_json(engine, &call, &object, reterr);
    if (r == 0)
        r = call_take(arena, object, take_volumes, &volumes, reterr);
    if (r == 0) {
        *ret = volumes.items;
        *ret_count = volumes.count;
    }
    return r;
}

int engine_remove_volume(const struct engine *engine, const char *name, bool force,
                         struct error **reterr)
{
    _cleanup_call_ struct call call;

    call_init(&call, "DELETE", "/volumes/", name, "");
    call.timeout_ms = ENGINE_LONG_TIMEOUT_MS;
    if (force)
        call_add(&call, "force", "1");
    return call_do(engine, &call, reterr);
}

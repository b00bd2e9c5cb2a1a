/* SPDX-License-Identifier: Apache-2.0 */
/* Making a container: the body of containers/create, and what it takes with older engines. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "engine/call_priv.h"
#include "engine/container.h"
#include "engine/endpoint_priv.h"
#include "engine/fields_priv.h"

#define CONFIG struct engine_container_config

static const struct mark none;

static const struct field health_fields[] = {
    FIELD(TEXTS, struct engine_health_check, test, "Test"),
    FIELD(NUMBER, struct engine_health_check, interval_ns, "Interval"),
    FIELD(NUMBER, struct engine_health_check, timeout_ns, "Timeout"),
    FIELD(NUMBER, struct engine_health_check, start_period_ns, "StartPeriod"),
    FIELD_SINCE(NUMBER, struct engine_health_check, start_interval_ns, "StartInterval", 44),
    FIELD(NUMBER, struct engine_health_check, retries, "Retries"),
    FIELDS_END,
};

static const struct field limit_fields[] = {
    FIELD(TEXT, struct engine_limit, name, "Name"),
    FIELD(NUMBER, struct engine_limit, soft, "Soft"),
    FIELD(NUMBER, struct engine_limit, hard, "Hard"),
    FIELDS_END,
};

static const struct field device_fields[] = {
    FIELD(TEXT, struct engine_device, host_path, "PathOnHost"),
    FIELD(TEXT, struct engine_device, container_path, "PathInContainer"),
    FIELD(TEXT, struct engine_device, permissions, "CgroupPermissions"),
    FIELDS_END,
};

static const struct field rate_fields[] = {
    FIELD(TEXT, struct engine_block_rate, path, "Path"),
    FIELD(NUMBER, struct engine_block_rate, rate, "Rate"),
    FIELDS_END,
};

static const struct field weight_fields[] = {
    FIELD(TEXT, struct engine_block_rate, path, "Path"),
    FIELD(NUMBER, struct engine_block_rate, rate, "Weight"),
    FIELDS_END,
};

static const struct field request_fields[] = {
    FIELD(TEXT, struct engine_device_request, driver, "Driver"),
    FIELD(NUMBER, struct engine_device_request, count, "Count"),
    FIELD(TEXTS, struct engine_device_request, ids, "DeviceIDs"),
    FIELD(PAIRS, struct engine_device_request, options, "Options"),
    FIELDS_END,
};

static const struct field config_fields[] = {
#define X(kind, member, key, version) FIELD_SINCE(kind, CONFIG, member, key, version),
#include "engine/container.def"
#undef X
    FIELD_ITEMS(LIST, CONFIG, limits, limit_count, "HostConfig.Ulimits", struct engine_limit,
                limit_fields),
    FIELD_ITEMS(LIST, CONFIG, devices, device_count, "HostConfig.Devices", struct engine_device,
                device_fields),
    FIELD_ITEMS(LIST, CONFIG, block_weights.items, block_weights.count,
                "HostConfig.BlkioWeightDevice", struct engine_block_rate, weight_fields),
    FIELD_ITEMS(LIST, CONFIG, read_bytes_rates.items, read_bytes_rates.count,
                "HostConfig.BlkioDeviceReadBps", struct engine_block_rate, rate_fields),
    FIELD_ITEMS(LIST, CONFIG, write_bytes_rates.items, write_bytes_rates.count,
                "HostConfig.BlkioDeviceWriteBps", struct engine_block_rate, rate_fields),
    FIELD_ITEMS(LIST, CONFIG, read_operations_rates.items, read_operations_rates.count,
                "HostConfig.BlkioDeviceReadIOps", struct engine_block_rate, rate_fields),
    FIELD_ITEMS(LIST, CONFIG, write_operations_rates.items, write_operations_rates.count,
                "HostConfig.BlkioDeviceWriteIOps", struct engine_block_rate, rate_fields),
    FIELDS_END,
};

static const struct field mount_fields[] = {
    FIELD(TEXT, struct engine_mount, type, "Type"),
    FIELD(TEXT, struct engine_mount, source, "Source"),
    FIELD(TEXT, struct engine_mount, target, "Target"),
    FIELD(YES, struct engine_mount, is_read_only, "ReadOnly"),
    FIELD(TEXT, struct engine_mount, consistency, "Consistency"),
    FIELD(TEXT, struct engine_mount, propagation, "BindOptions.Propagation"),
    FIELD_SINCE(YES, struct engine_mount, creates_host_path, "BindOptions.CreateMountpoint", 42),
    FIELD(YES, struct engine_mount, does_not_copy, "VolumeOptions.NoCopy"),
    FIELD(PAIRS, struct engine_mount, labels, "VolumeOptions.Labels"),
    FIELD(TEXT, struct engine_mount, driver, "VolumeOptions.DriverConfig.Name"),
    FIELD(PAIRS, struct engine_mount, driver_options, "VolumeOptions.DriverConfig.Options"),
    FIELD(NUMBER, struct engine_mount, size_bytes, "TmpfsOptions.SizeBytes"),
    FIELD(NUMBER, struct engine_mount, mode, "TmpfsOptions.Mode"),
    FIELDS_END,
};

/* What the tables cannot say. */

static void put_recursion(struct arena *arena, const struct engine_mount *mount,
                          unsigned int version, struct value *map, const char **ret_unknown)
{
    static const struct {
        const char *key;
        unsigned int version;
    } table[] = {
        [ENGINE_RECURSION_DISABLED] = {"NonRecursive", 40},
        [ENGINE_RECURSION_WRITABLE] = {"ReadOnlyNonRecursive", 44},
        [ENGINE_RECURSION_READ_ONLY] = {"ReadOnlyForceRecursive", 44},
    };
    struct value *options = value_get(map, "BindOptions");

    if (mount->recursion == ENGINE_RECURSION_UNSAID)
        return;
    if (options == NULL)
        options = value_set(arena, map, "BindOptions", field_map(arena))->value;
    (void)value_set(arena, options, table[mount->recursion].key, value_new_bool(arena, true, none));
    if (version < table[mount->recursion].version)
        *ret_unknown = table[mount->recursion].key;
}

static void put_subpath(struct arena *arena, const struct engine_mount *mount, unsigned int version,
                        struct value *map, const char **ret_unknown)
{
    bool is_image = strcmp(mount->type, "image") == 0;
    const char *key = is_image ? "ImageOptions" : "VolumeOptions";
    struct value *options = value_get(map, key);

    if (is_image && version < 48)
        *ret_unknown = "Mounts: image";
    if (mount->subpath == NULL)
        return;
    if (version < (is_image ? 48 : 45))
        *ret_unknown = "Subpath";
    if (options == NULL)
        options = value_set(arena, map, key, field_map(arena))->value;
    (void)value_set(arena, options, "Subpath",
                    value_new_string(arena, mount->subpath, strlen(mount->subpath), none));
}

static void put_mounts(struct arena *arena, const CONFIG *config, unsigned int version,
                       struct value *host, const char **ret_unknown)
{
    struct value *list = value_new(arena, VALUE_LIST, none);

    for (uint32_t i = 0; i < config->mount_count; i++) {
        struct value *map = field_map(arena);

        fields_write(arena, mount_fields, &config->mounts[i], version, map, ret_unknown);
        put_recursion(arena, &config->mounts[i], version, map, ret_unknown);
        put_subpath(arena, &config->mounts[i], version, map, ret_unknown);
        value_list_append(arena, list, map);
    }
    if (config->mount_count > 0)
        (void)value_set(arena, host, "Mounts", list);
}

static void put_text(struct arena *arena, struct value *map, const char *key, const char *text)
{
    if (text == NULL)
        text = "";
    (void)value_set(arena, map, key, value_new_string(arena, text, strlen(text), none));
}

/* By the container's port; one may be published at several places. */
static void put_bindings(struct arena *arena, const CONFIG *config, struct value *map,
                         struct value *host)
{
    struct value *ports = field_map(arena);
    struct value *exposed = value_get(map, "ExposedPorts");

    if (config->port_binding_count == 0)
        return;
    if (exposed == NULL)
        exposed = value_set(arena, map, "ExposedPorts", field_map(arena))->value;
    for (uint32_t i = 0; i < config->port_binding_count; i++) {
        const struct engine_port_binding *binding = &config->port_bindings[i];
        struct value *list = value_get(ports, binding->port);
        struct value *place = field_map(arena);

        if (list == NULL)
            list =
                value_set(arena, ports, binding->port, value_new(arena, VALUE_LIST, none))->value;
        put_text(arena, place, "HostIp", binding->host_ip);
        put_text(arena, place, "HostPort", binding->host_port);
        value_list_append(arena, list, place);
        (void)value_set(arena, exposed, binding->port, field_map(arena));
    }
    (void)value_set(arena, host, "PortBindings", ports);
}

/* Capabilities are alternatives of lists. */
static void put_device_requests(struct arena *arena, const CONFIG *config, unsigned int version,
                                struct value *host, const char **ret_unknown)
{
    struct value *list = value_new(arena, VALUE_LIST, none);

    for (uint32_t i = 0; i < config->device_request_count; i++) {
        const struct engine_device_request *request = &config->device_requests[i];
        struct value *map = field_map(arena);
        struct value *all = value_new(arena, VALUE_LIST, none);
        struct value *alternatives = value_new(arena, VALUE_LIST, none);

        fields_write(arena, request_fields, request, version, map, ret_unknown);
        for (size_t k = 0; request->capabilities != NULL && request->capabilities[k] != NULL; k++)
            value_list_append(arena, all,
                              value_new_string(arena, request->capabilities[k],
                                               strlen(request->capabilities[k]), none));
        value_list_append(arena, alternatives, all);
        (void)value_set(arena, map, "Capabilities", alternatives);
        value_list_append(arena, list, map);
    }
    if (config->device_request_count > 0)
        (void)value_set(arena, host, "DeviceRequests", list);
}

struct creating {
    const CONFIG *config;
    unsigned int version;
    uint32_t endpoint_count; /* of those that can be told at once */
};

static void put_endpoints(struct arena *arena, const struct creating *creating, struct value *map,
                          const char **ret_unknown)
{
    struct value *networking = field_map(arena);
    struct value *endpoints = field_map(arena);

    for (uint32_t i = 0; i < creating->endpoint_count; i++) {
        const struct engine_endpoint *endpoint = &creating->config->endpoints[i];
        struct value *settings = field_map(arena);

        endpoint_write(arena, endpoint, creating->version, settings, ret_unknown);
        if (i == 0 && creating->config->mac_address != NULL && creating->version >= 44)
            put_text(arena, settings, "MacAddress", creating->config->mac_address);
        (void)value_set(arena, endpoints, endpoint->network, settings);
    }
    (void)value_set(arena, networking, "EndpointsConfig", endpoints);
    (void)value_set(arena, map, "NetworkingConfig", networking);
    if (creating->version < 44 && creating->config->mac_address != NULL)
        put_text(arena, map, "MacAddress", creating->config->mac_address);
}

static void build(struct arena *arena, struct value *map, const void *context,
                  const char **ret_unknown)
{
    const struct creating *creating = context;
    const CONFIG *config = creating->config;
    unsigned int version = creating->version;
    struct value *host;

    (void)value_set(arena, map, "HostConfig", field_map(arena));
    fields_write(arena, config_fields, config, version, map, ret_unknown);
    host = value_get(map, "HostConfig");
    if (config->health != NULL) {
        struct value *health = field_map(arena);

        fields_write(arena, health_fields, config->health, version, health, ret_unknown);
        (void)value_set(arena, map, "Healthcheck", health);
    }
    put_mounts(arena, config, version, host, ret_unknown);
    put_bindings(arena, config, map, host);
    put_device_requests(arena, config, version, host, ret_unknown);
    put_endpoints(arena, creating, map, ret_unknown);
}

struct created {
    const char *id;
    const char *const *warnings;
};

static void take_created(struct arena *arena, const json_t *object, void *context)
{
    struct created *created = context;

    created->id = field_text(arena, json_object_get(object, "Id"));
    created->warnings = field_texts(arena, json_object_get(object, "Warnings"));
}

/* Older engines get the other networks one by one. */
static int connect_others(const struct engine *engine, const char *id, const CONFIG *config,
                          uint32_t first, struct error **reterr)
{
    for (uint32_t i = first; i < config->endpoint_count; i++) {
        int r = engine_connect_network(engine, id, &config->endpoints[i], reterr);

        if (r < 0) {
            (void)engine_remove_container(&(struct engine){.place = engine->place, .cancel_fd = -1},
                                          id, true, true, NULL);
            return error_prefix(reterr, "network %s", config->endpoints[i].network);
        }
    }
    return 0;
}

int engine_create_container(const struct engine *engine, struct arena *arena, const char *name,
                            const char *platform, const struct engine_container_config *config,
                            const char **ret_id, const char *const **ret_warnings,
                            struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct creating creating = {.config = config};
    struct created created = {.id = ""};
    json_t *object = NULL;
    int r;

    call_init(&call, "POST", "/containers/create", NULL, "");
    call_add(&call, "name", name);
    call_add(&call, "platform", platform);
    call.timeout_ms = ENGINE_LONG_TIMEOUT_MS;
    r = engine_negotiate(engine, reterr);
    if (r < 0)
        return r;
    creating.version = engine_version(engine);
    creating.endpoint_count = config->endpoint_count;
    if (creating.version < 44 && creating.endpoint_count > 1)
        creating.endpoint_count = 1;
    r = fields_build_body(&call, build, &creating, creating.version, reterr);
    if (r == 0)
        r = call_json(engine, &call, &object, reterr);
    if (r == 0)
        r = call_take(arena, object, take_created, &created, reterr);
    if (r < 0)
        return r;
    if (created.id[0] == '\0')
        return error_set(reterr, EPROTO, "the Docker Engine does not say what it made");
    r = connect_others(engine, created.id, config, creating.endpoint_count, reterr);
    if (r < 0)
        return r;
    *ret_id = created.id;
    if (ret_warnings != NULL)
        *ret_warnings = created.warnings;
    return 0;
}

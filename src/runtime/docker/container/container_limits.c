/* SPDX-License-Identifier: Apache-2.0 */
/* What the container may use: deploy.resources, cpus, ulimits, blkio_config, devices, gpus. */
#include "runtime/docker/container/container_priv.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "runtime/docker/container/units.h"

static int refuse(const char *key, const char *expected, struct error **reterr)
{
    return error_set(reterr, EINVAL, "%s: expected %s", key, expected);
}

/* What deploy says stands above what the service's own keys say, where both are there. */
static int set_resources(struct making *making, struct error **reterr)
{
    struct engine_container_config *config = making->config;
    const struct value *resources = value_get(value_get(making->service, "deploy"), "resources");
    const struct value *limits = value_get(resources, "limits");
    const struct value *reservations = value_get(resources, "reservations");
    const struct value *cpus = value_get(limits, "cpus");

    if (cpus == NULL)
        cpus = value_get(making->service, "cpus");
    if (cpus != NULL && !unit_nano(cpus, &config->nano_cpus))
        return refuse("cpus", "a number such as 0.5", reterr);
    if (value_get(limits, "memory") != NULL &&
        !unit_integer(value_get(limits, "memory"), &config->memory_bytes))
        return refuse("deploy.resources.limits.memory", "a size", reterr);
    if (value_get(limits, "pids") != NULL &&
        !unit_integer(value_get(limits, "pids"), &config->pids_limit))
        return refuse("deploy.resources.limits.pids", "a number", reterr);
    if (value_get(reservations, "memory") != NULL &&
        !unit_integer(value_get(reservations, "memory"), &config->memory_reservation_bytes))
        return refuse("deploy.resources.reservations.memory", "a size", reterr);
    return 0;
}

static int set_ulimits(struct making *making, struct error **reterr)
{
    const struct value *map = value_get(making->service, "ulimits");
    uint32_t count = value_map_count(map);
    struct engine_limit *limits = arena_new_array(making->arena, struct engine_limit, count + 1);

    for (uint32_t i = 0; i < count; i++) {
        const struct value *value = map->map.entries[i].value;
        const struct value *soft = value->kind == VALUE_MAP ? value_get(value, "soft") : value;
        const struct value *hard = value->kind == VALUE_MAP ? value_get(value, "hard") : value;

        limits[i].name = map->map.entries[i].key;
        if (!unit_integer(soft, &limits[i].soft) || !unit_integer(hard, &limits[i].hard))
            return error_set(reterr, EINVAL, "ulimits.%s: expected a number, or soft and hard",
                             limits[i].name);
    }
    making->config->limits = limits;
    making->config->limit_count = count;
    return 0;
}

static int set_rates(struct making *making, const struct value *map, const char *key,
                     const char *number, struct engine_block_rates *ret, struct error **reterr)
{
    const struct value *list = value_get(map, key);
    uint32_t count = value_list_count(list);
    struct engine_block_rate *rates =
        arena_new_array(making->arena, struct engine_block_rate, count + 1);

    for (uint32_t i = 0; i < count; i++) {
        rates[i].path = value_get_text(list->list.items[i], "path");
        if (rates[i].path == NULL ||
            !unit_integer(value_get(list->list.items[i], number), &rates[i].rate))
            return error_set(reterr, EINVAL, "blkio_config.%s: expected path and %s", key, number);
    }
    *ret = (struct engine_block_rates){rates, count};
    return 0;
}

static int set_block_limits(struct making *making, struct error **reterr)
{
    struct engine_container_config *config = making->config;
    const struct value *map = value_get(making->service, "blkio_config");
    const struct {
        const char *key;
        const char *number;
        struct engine_block_rates *rates;
    } keys[] = {
        {"weight_device", "weight", &config->block_weights},
        {"device_read_bps", "rate", &config->read_bytes_rates},
        {"device_write_bps", "rate", &config->write_bytes_rates},
        {"device_read_iops", "rate", &config->read_operations_rates},
        {"device_write_iops", "rate", &config->write_operations_rates},
    };

    if (value_get(map, "weight") != NULL &&
        !unit_integer(value_get(map, "weight"), &config->block_weight))
        return refuse("blkio_config.weight", "a number", reterr);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        int r = set_rates(making, map, keys[i].key, keys[i].number, keys[i].rates, reterr);

        if (r < 0)
            return r;
    }
    return 0;
}

/* Devices */

static void add_request(struct making *making, const struct engine_device_request *request)
{
    struct engine_container_config *config = making->config;
    uint32_t count = config->device_request_count;
    struct engine_device_request *more =
        arena_new_array(making->arena, struct engine_device_request, count + 1);

    if (count > 0)
        memcpy(more, config->device_requests, count * sizeof(*more));
    more[count] = *request;
    config->device_requests = more;
    config->device_request_count = count + 1;
}

static int add_requests(struct making *making, const struct value *list, const char *key,
                        const char *capability, struct error **reterr)
{
    struct arena *arena = making->arena;

    for (uint32_t i = 0; i < value_list_count(list); i++) {
        const struct value *item = list->list.items[i];
        const char *driver = value_get_text(item, "driver");
        struct engine_device_request request = {
            .driver = driver != NULL ? driver : "",
            .ids = texts_of(arena, value_get(item, "device_ids")),
            .capabilities = texts_of(arena, value_get(item, "capabilities")),
            .options = pairs_of(arena, value_get(item, "options")),
        };

        if (value_get(item, "count") != NULL &&
            !unit_integer(value_get(item, "count"), &request.count))
            return refuse(key, "a number of devices, or all", reterr);
        if (capability != NULL && !texts_have(request.capabilities, capability))
            request.capabilities = texts_with(arena, request.capabilities, capability);
        add_request(making, &request);
    }
    return 0;
}

/* "vendor.com/class=name" is a device of the Container Device Interface. */
static bool is_interface_device(const char *source)
{
    return *source != '/' && strchr(source, '/') != NULL && strchr(source, '=') != NULL;
}

static int set_devices(struct making *making, struct error **reterr)
{
    const struct value *list = value_get(making->service, "devices");
    uint32_t count = value_list_count(list);
    struct engine_device *devices = arena_new_array(making->arena, struct engine_device, count + 1);
    uint32_t used = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct value *item = list->list.items[i];
        const char *source = value_get_text(item, "source");
        const char *target = value_get_text(item, "target");
        const char *permissions = value_get_text(item, "permissions");

        if (source == NULL)
            return refuse("devices", "a source", reterr);
        if (is_interface_device(source)) {
            add_request(making,
                        &(struct engine_device_request){
                            .driver = "cdi", .ids = texts_with(making->arena, NULL, source)});
            continue;
        }
        devices[used++] = (struct engine_device){source, target != NULL ? target : source,
                                                 permissions != NULL ? permissions : "rwm"};
    }
    making->config->devices = devices;
    making->config->device_count = used;
    return 0;
}

int container_set_limits(struct making *making, struct error **reterr)
{
    const struct value *reservations =
        value_get(value_get(value_get(making->service, "deploy"), "resources"), "reservations");
    int r = set_resources(making, reterr);

    if (r == 0)
        r = set_ulimits(making, reterr);
    if (r == 0)
        r = set_block_limits(making, reterr);
    if (r == 0)
        r = set_devices(making, reterr);
    if (r == 0)
        r = add_requests(making, value_get(reservations, "devices"),
                         "deploy.resources.reservations.devices", NULL, reterr);
    if (r == 0)
        r = add_requests(making, value_get(making->service, "gpus"), "gpus", "gpu", reterr);
    return r;
}

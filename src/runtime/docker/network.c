/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The project's networks and volumes. A network whose subnet the file leaves to the engine is made
 * twice: the second time with the subnet that the engine chose, as only then can a container come
 * back with its address (rotation.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/network.h"
#include "runtime/docker/container/texts.h"
#include "runtime/docker/container/units.h"
#include "runtime/docker/docker_priv.h"
#include "runtime/docker/names.h"

#define FIX_ATTEMPTS 3

struct preparing {
    const struct desired *desired;
    struct runtime_flow *flow;
};

/* What the services use, each once */

static bool is_docker(const struct desired_service *service)
{
    return service->runtime == DESIRED_DOCKER;
}

static const char *const *used_networks(struct arena *arena, const struct desired *desired)
{
    const char *const *keys = NULL;

    for (uint32_t i = 0; i < desired->service_count; i++) {
        const struct desired_service *service = &desired->services[i];
        const struct value *networks = value_get(service->spec, "networks");

        for (uint32_t j = 0; is_docker(service) && j < value_map_count(networks); j++)
            if (!texts_have(keys, networks->map.entries[j].key) &&
                value_get(service->spec, "network_mode") == NULL)
                keys = texts_with(arena, keys, networks->map.entries[j].key);
    }
    return keys;
}

static const char *const *used_volumes(struct arena *arena, const struct desired *desired)
{
    const char *const *keys = NULL;

    for (uint32_t i = 0; i < desired->service_count; i++) {
        const struct desired_service *service = &desired->services[i];
        const struct value *mounts = value_get(service->spec, "volumes");

        for (uint32_t j = 0; is_docker(service) && j < value_list_count(mounts); j++) {
            const struct value *mount = mounts->list.items[j];
            const char *source = value_get_text(mount, "source");

            if (value_is_text(value_get(mount, "type"), "volume") && source != NULL &&
                value_get(value_get(desired->root, "volumes"), source) != NULL &&
                !texts_have(keys, source))
                keys = texts_with(arena, keys, source);
        }
    }
    return keys;
}

/* Whether the thing was made for this project, by us or by Compose. */
static bool is_own(struct engine_pairs labels, const char *project, const char *label,
                   const char *key)
{
    return text_equal(engine_pairs_find(labels, LABEL_PROJECT), project) &&
           (key == NULL || text_equal(engine_pairs_find(labels, label), key));
}

/* Networks */

static bool get_boolean(const struct value *map, const char *key, bool otherwise)
{
    bool boolean = otherwise;

    (void)unit_boolean(value_get(map, key), &boolean);
    return boolean;
}

static void fill_pools(struct arena *arena, const struct value *ipam,
                       struct engine_network_config *config)
{
    const struct value *list = value_get(ipam, "config");
    uint32_t count = value_list_count(list);
    struct engine_pool *pools = arena_new_array(arena, struct engine_pool, count + 1);

    for (uint32_t i = 0; i < count; i++)
        pools[i] = (struct engine_pool){
            .subnet = value_get_text(list->list.items[i], "subnet"),
            .gateway = value_get_text(list->list.items[i], "gateway"),
            .ip_range = value_get_text(list->list.items[i], "ip_range"),
            .auxiliary_addresses = pairs_of(arena, value_get(list->list.items[i], "aux_addresses")),
        };
    config->pools = pools;
    config->pool_count = count;
}

static struct engine_network_config network_config(struct arena *arena,
                                                   const struct desired *desired, const char *key)
{
    const struct value *map = value_get(value_get(desired->root, "networks"), key);
    const struct value *ipam = value_get(map, "ipam");
    struct engine_network_config config = {
        .name = name_of_resource(arena, desired->root, desired->project, "networks", key),
        .driver = value_get_text(map, "driver"),
        .options = pairs_of(arena, value_get(map, "driver_opts")),
        .ipam_driver = value_get_text(ipam, "driver"),
        .ipam_options = pairs_of(arena, value_get(ipam, "options")),
        .labels = pairs_of(arena, value_get(map, "labels")),
        .is_internal = get_boolean(map, "internal", false),
        .is_attachable = get_boolean(map, "attachable", false),
        .has_ipv6 = get_boolean(map, "enable_ipv6", false),
    };

    if (value_get(map, "enable_ipv4") != NULL)
        config.has_ipv4 = get_boolean(map, "enable_ipv4", true) ? ENGINE_YES : ENGINE_NO;
    fill_pools(arena, ipam, &config);
    pairs_add(arena, &config.labels, LABEL_PROJECT, desired->project);
    pairs_add(arena, &config.labels, LABEL_NETWORK, key);
    return config;
}

static bool is_bridge(const struct engine_network_config *config)
{
    return config->driver == NULL || *config->driver == '\0' ||
           strcmp(config->driver, "bridge") == 0 || strcmp(config->driver, "default") == 0;
}

static bool has_subnet(const struct engine_network_config *config)
{
    for (uint32_t i = 0; i < config->pool_count; i++)
        if (config->pools[i].subnet != NULL)
            return true;
    return false;
}

/* The subnets that the engine chose, as what is asked for. */
static int choose_pools(struct call *call, const char *id, struct engine_network_config *config)
{
    struct engine_network network;
    struct engine_pool *pools;
    int r = engine_inspect_network(&call->engine, call->arena, id, &network, call->reterr);

    if (r < 0)
        return r;
    pools = arena_new_array(call->arena, struct engine_pool, network.pool_count + 1);
    for (uint32_t i = 0; i < network.pool_count; i++)
        pools[i] = (struct engine_pool){
            .subnet = network.pools[i].subnet,
            .gateway = *network.pools[i].gateway != '\0' ? network.pools[i].gateway : NULL,
            .ip_range = *network.pools[i].ip_range != '\0' ? network.pools[i].ip_range : NULL,
        };
    config->pools = pools;
    config->pool_count = network.pool_count;
    return 0;
}

/* Somebody else may take the subnet in between; then it is tried with another one. */
static int make_fixed(struct call *call, const struct engine_network_config *plain)
{
    struct engine_network_config fixed = *plain;
    const char *id;
    int r = 0;

    pairs_add(call->arena, &fixed.labels, LABEL_SUBNET, "fixed");
    for (int attempt = 0; attempt < FIX_ATTEMPTS; attempt++) {
        r = engine_create_network(&call->engine, call->arena, plain, &id, call->reterr);
        if (r < 0)
            return r;
        r = choose_pools(call, id, &fixed);
        if (r < 0 || fixed.pool_count == 0)
            return r;
        r = engine_remove_network(&call->engine, id, call->reterr);
        if (r < 0)
            return r;
        r = engine_create_network(&call->engine, call->arena, &fixed, &id, NULL);
        if (r == 0)
            return 0;
    }
    return engine_create_network(&call->engine, call->arena, plain, &id, call->reterr);
}

static int make_network(struct call *call, struct engine_network_config *config)
{
    const char *id;

    if (has_subnet(config)) {
        pairs_add(call->arena, &config->labels, LABEL_SUBNET, "fixed");
        return engine_create_network(&call->engine, call->arena, config, &id, call->reterr);
    }
    if (is_bridge(config) && config->pool_count == 0)
        return make_fixed(call, config);
    return engine_create_network(&call->engine, call->arena, config, &id, call->reterr);
}

/* The engine also takes the beginning of an id for a name. */
static int find_network(struct call *call, const char *name, struct engine_network *ret)
{
    struct error *error = NULL;
    int r = engine_inspect_network(&call->engine, call->arena, name, ret, &error);

    if (r == 0 && strcmp(ret->name, name) != 0)
        r = -ENOENT;
    if (r < 0 && r != -ENOENT && call->reterr != NULL)
        *call->reterr = error;
    else
        error_free(error);
    return r;
}

static int prepare_network(struct call *call, const struct preparing *preparing, const char *key)
{
    const struct desired *desired = preparing->desired;
    struct engine_network_config config = network_config(call->arena, desired, key);
    struct engine_network network;
    int r = find_network(call, config.name, &network);

    if (r == -ENOENT && resource_is_external(desired->root, "networks", key))
        return error_set(call->reterr, ENOENT,
                         "it is external and not there: make it, or take `external` away");
    if (r == -ENOENT) {
        flow_tell(preparing->flow, "making the network %s", config.name);
        return make_network(call, &config);
    }
    if (r == 0 && !resource_is_external(desired->root, "networks", key) &&
        !is_own(network.labels, desired->project, LABEL_NETWORK, key))
        flow_tell(
            preparing->flow,
            "the network %s is used as it is: it was not made for %s (external: true says so)",
            config.name, desired->project);
    return r;
}

/* Volumes */

static int prepare_volume(struct call *call, const struct preparing *preparing, const char *key)
{
    const struct desired *desired = preparing->desired;
    const struct value *map = value_get(value_get(desired->root, "volumes"), key);
    const char *name =
        name_of_resource(call->arena, desired->root, desired->project, "volumes", key);
    bool is_external = resource_is_external(desired->root, "volumes", key);
    struct engine_volume_config config = {
        .name = name,
        .driver = value_get_text(map, "driver"),
        .options = pairs_of(call->arena, value_get(map, "driver_opts")),
        .labels = pairs_of(call->arena, value_get(map, "labels")),
    };
    struct engine_volume volume;
    struct error *error = NULL;
    int r = engine_inspect_volume(&call->engine, call->arena, name, &volume, &error);

    error_free(error);
    if (r == 0) {
        if (!is_external && !is_own(volume.labels, desired->project, LABEL_VOLUME, key))
            flow_tell(preparing->flow,
                      "the volume %s is used as it is: it was not made for %s (external: true says "
                      "so)",
                      name, desired->project);
        return 0;
    }
    if (is_external && r == -ENOENT)
        return error_set(call->reterr, ENOENT,
                         "it is external and not there: make it, or take `external` away");
    pairs_add(call->arena, &config.labels, LABEL_PROJECT, desired->project);
    pairs_add(call->arena, &config.labels, LABEL_VOLUME, key);
    flow_tell(preparing->flow, "making the volume %s", name);
    return engine_create_volume(&call->engine, call->arena, &config, &name, call->reterr);
}

static int prepare(struct call *call, void *context)
{
    const struct preparing *preparing = context;
    const char *const *networks = used_networks(call->arena, preparing->desired);
    const char *const *volumes = used_volumes(call->arena, preparing->desired);

    for (uint32_t i = 0; networks != NULL && networks[i] != NULL; i++)
        if (prepare_network(call, preparing, networks[i]) < 0)
            return error_prefix(call->reterr, "the network \"%s\"", networks[i]);
    for (uint32_t i = 0; volumes != NULL && volumes[i] != NULL; i++)
        if (prepare_volume(call, preparing, volumes[i]) < 0)
            return error_prefix(call->reterr, "the volume \"%s\"", volumes[i]);
    return 0;
}

int docker_prepare(struct runtime *runtime, const struct desired *desired,
                   struct runtime_flow *flow, struct error **reterr)
{
    struct preparing preparing = {desired, flow};

    return docker_call(runtime, flow_cancel_fd(flow), prepare, &preparing, reterr);
}

/* Clean */

struct cleaning {
    const char *project;
    const struct desired *desired;
    unsigned int flags;
    struct runtime_flow *flow;
};

/* Whether the service files still speak of it, by its name in the engine. */
static bool is_needed(struct call *call, const struct cleaning *cleaning, const char *section,
                      const char *const *keys, const char *name)
{
    for (uint32_t i = 0; keys != NULL && keys[i] != NULL; i++)
        if (strcmp(name_of_resource(call->arena, cleaning->desired->root, cleaning->project,
                                    section, keys[i]),
                   name) == 0)
            return true;
    return false;
}

static int clean_networks(struct call *call, const struct cleaning *cleaning)
{
    const struct engine_pair filter = {
        "label", arena_printf(call->arena, LABEL_PROJECT "=%s", cleaning->project)};
    const char *const *keys =
        cleaning->desired != NULL ? used_networks(call->arena, cleaning->desired) : NULL;
    struct engine_network *networks;
    uint32_t count;
    int r = engine_list_networks(&call->engine, call->arena, (struct engine_pairs){&filter, 1},
                                 &networks, &count, call->reterr);

    for (uint32_t i = 0; r == 0 && i < count; i++) {
        struct error *error = NULL;

        if (!is_own(networks[i].labels, cleaning->project, LABEL_NETWORK, NULL) ||
            is_needed(call, cleaning, "networks", keys, networks[i].name))
            continue;
        flow_tell(cleaning->flow, "removing the network %s", networks[i].name);
        if (engine_remove_network(&call->engine, networks[i].id, &error) < 0 &&
            error->code != ENOENT)
            flow_tell(cleaning->flow, "the network %s stays: %s", networks[i].name, error->message);
        error_free(error);
    }
    return r;
}

static int clean_volumes(struct call *call, const struct cleaning *cleaning)
{
    const struct engine_pair filter = {
        "label", arena_printf(call->arena, LABEL_PROJECT "=%s", cleaning->project)};
    const char *const *keys =
        cleaning->desired != NULL ? used_volumes(call->arena, cleaning->desired) : NULL;
    struct engine_volume *volumes;
    uint32_t count;
    int r = engine_list_volumes(&call->engine, call->arena, (struct engine_pairs){&filter, 1},
                                &volumes, &count, call->reterr);

    for (uint32_t i = 0; r == 0 && i < count; i++) {
        if (!is_own(volumes[i].labels, cleaning->project, LABEL_VOLUME, NULL) ||
            is_needed(call, cleaning, "volumes", keys, volumes[i].name))
            continue;
        flow_tell(cleaning->flow, "removing the volume %s", volumes[i].name);
        r = engine_remove_volume(&call->engine, volumes[i].name, false, call->reterr);
        if (r == -ENOENT && call->reterr != NULL)
            *call->reterr = error_free(*call->reterr);
        if (r == -ENOENT)
            r = 0;
        if (r < 0)
            return error_prefix(call->reterr, "removing the volume %s", volumes[i].name);
    }
    return r;
}

/* Containers that an earlier process did not come to the end of making. */
static int clean_half_made(struct call *call, const struct cleaning *cleaning)
{
    const struct engine_pair filters[] = {
        {"label", arena_printf(call->arena, LABEL_PROJECT "=%s", cleaning->project)},
        {"label", LABEL_REVISION},
        {"status", "created"},
    };
    struct engine_container_summary *containers;
    uint32_t count;
    int r =
        engine_list_containers(&call->engine, call->arena, true, (struct engine_pairs){filters, 3},
                               &containers, &count, call->reterr);

    for (uint32_t i = 0; r == 0 && i < count; i++)
        if (text_ends_with(containers[i].name, MAKING))
            (void)engine_remove_container(&call->engine, containers[i].id, true, true, NULL);
    return r;
}

static int clean(struct call *call, void *context)
{
    const struct cleaning *cleaning = context;
    int r = clean_half_made(call, cleaning);

    if (r == 0)
        r = clean_networks(call, cleaning);
    if (r == 0 && (cleaning->flags & RUNTIME_REMOVE_VOLUMES) != 0)
        r = clean_volumes(call, cleaning);
    if (r == 0 && (cleaning->flags & RUNTIME_REMOVE_IMAGES) != 0 && cleaning->desired == NULL)
        r = docker_release_all(call, cleaning->project);
    return r;
}

int docker_clean(struct runtime *runtime, const char *project, const struct desired *desired,
                 unsigned int flags, struct runtime_flow *flow, struct error **reterr)
{
    struct cleaning cleaning = {project, desired, flags, flow};

    return docker_call(runtime, flow_cancel_fd(flow), clean, &cleaning, reterr);
}

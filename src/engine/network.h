/* SPDX-License-Identifier: Apache-2.0 */
/* Networks and volumes; see engine.h for what all calls share. Both are named by id or name. */
#pragma once

#include "engine/engine.h"

/* A container's place in a network: asked for at create and connect (NULL, "", 0: not said), told
 * by inspect (texts never NULL but for mac_address, which is not told: what was asked for cannot be
 * told from what came of it). What was inspected can be asked for again. */
struct engine_endpoint {
    const char *network;
    const char *const *aliases; /* ends in NULL; from inspect without the container's short id */
    const char *ipv4_address, *ipv6_address; /* asked for, not what came of it */
    const char *const *link_local_addresses;
    const char *mac_address; /* asked for: with engines before 1.44 at create only */
    const char *const *links;
    struct engine_pairs options; /* of the driver */
    int64_t gateway_priority;    /* left out before 1.48 */
    /* From inspect alone. */
    const char *network_id, *endpoint_id;
    const char *address, *address_v6; /* "" while the container does not run */
    const char *gateway;
    const char *actual_mac_address;
};

struct engine_pool {
    const char *subnet;   /* "172.18.0.0/16" */
    const char *gateway;  /* NULL, or from inspect "": not said */
    const char *ip_range; /* the same */
    struct engine_pairs auxiliary_addresses;
};

struct engine_network_config {
    const char *name;
    const char *driver; /* NULL: the engine's usual one */
    struct engine_pairs options;
    const char *ipam_driver; /* NULL */
    struct engine_pairs ipam_options;
    const struct engine_pool *pools;
    uint32_t pool_count;
    struct engine_pairs labels;
    bool is_internal, is_attachable;
    bool has_ipv6;
    enum engine_choice has_ipv4; /* refused before 1.48 where it is ENGINE_NO */
};

struct engine_network_member {
    const char *container_id, *name;
    const char *address, *address_v6; /* with "/16" */
};

struct engine_network {
    const char *id, *name, *driver, *scope;
    struct engine_pairs options, labels;
    bool is_internal, is_attachable, has_ipv6;
    const char *ipam_driver;
    const struct engine_pool *pools; /* with what the engine chose */
    uint32_t pool_count;
    const struct engine_network_member *members; /* running containers; not in a list */
    uint32_t member_count;
    uint64_t created_unix_ns;
};

/* -EEXIST where there is one of that name. */
int engine_create_network(const struct engine *engine, struct arena *arena,
                          const struct engine_network_config *config, const char **ret_id,
                          struct error **reterr);
int engine_inspect_network(const struct engine *engine, struct arena *arena, const char *id,
                           struct engine_network *ret, struct error **reterr);
int engine_list_networks(const struct engine *engine, struct arena *arena,
                         struct engine_pairs filters, struct engine_network **ret,
                         uint32_t *ret_count, struct error **reterr);

/* -EBUSY while it has members; -ENOENT where there is none. */
int engine_remove_network(const struct engine *engine, const char *id, struct error **reterr);

/* endpoint->network says which. -EEXIST where the container is in it already. An address that is
 * asked for needs a network whose subnet was configured: -EINVAL otherwise. */
int engine_connect_network(const struct engine *engine, const char *container,
                           const struct engine_endpoint *endpoint, struct error **reterr);
int engine_disconnect_network(const struct engine *engine, const char *network,
                              const char *container, bool force, struct error **reterr);

struct engine_volume_config {
    const char *name;   /* NULL: the engine thinks of one */
    const char *driver; /* NULL: local */
    struct engine_pairs options, labels;
};

struct engine_volume {
    const char *name, *driver, *mount_point, *scope;
    struct engine_pairs options, labels;
    uint64_t created_unix_ns;
};

/* One that is there with that name and driver stays as it is, and is no error. */
int engine_create_volume(const struct engine *engine, struct arena *arena,
                         const struct engine_volume_config *config, const char **ret_name,
                         struct error **reterr);
int engine_inspect_volume(const struct engine *engine, struct arena *arena, const char *name,
                          struct engine_volume *ret, struct error **reterr);
int engine_list_volumes(const struct engine *engine, struct arena *arena,
                        struct engine_pairs filters, struct engine_volume **ret,
                        uint32_t *ret_count, struct error **reterr);

/* -EBUSY while a container has it. */
int engine_remove_volume(const struct engine *engine, const char *name, bool force,
                         struct error **reterr);

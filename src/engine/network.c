/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/network.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "engine/call_priv.h"
#include "engine/endpoint_priv.h"

static const struct mark none;

/* Endpoints */

#define ENDPOINT(kind, member, key) FIELD(kind, struct engine_endpoint, member, key)

const struct field endpoint_fields[] = {
    ENDPOINT(TEXTS, aliases, "Aliases"),
    ENDPOINT(TEXT, ipv4_address, "IPAMConfig.IPv4Address"),
    ENDPOINT(TEXT, ipv6_address, "IPAMConfig.IPv6Address"),
    ENDPOINT(TEXTS, link_local_addresses, "IPAMConfig.LinkLocalIPs"),
    ENDPOINT(TEXTS, links, "Links"),
    ENDPOINT(PAIRS, options, "DriverOpts"),
    ENDPOINT(NUMBER, gateway_priority, "GwPriority"),
    ENDPOINT(TEXT, network_id, "NetworkID"),
    ENDPOINT(TEXT, endpoint_id, "EndpointID"),
    ENDPOINT(TEXT, address, "IPAddress"),
    ENDPOINT(TEXT, address_v6, "GlobalIPv6Address"),
    ENDPOINT(TEXT, gateway, "Gateway"),
    ENDPOINT(TEXT, actual_mac_address, "MacAddress"),
    FIELDS_END,
};

static const struct field settings_fields[] = {
    ENDPOINT(TEXTS, aliases, "Aliases"),
    ENDPOINT(TEXT, ipv4_address, "IPAMConfig.IPv4Address"),
    ENDPOINT(TEXT, ipv6_address, "IPAMConfig.IPv6Address"),
    ENDPOINT(TEXTS, link_local_addresses, "IPAMConfig.LinkLocalIPs"),
    FIELD_SINCE(TEXT, struct engine_endpoint, mac_address, "MacAddress", 44),
    ENDPOINT(TEXTS, links, "Links"),
    ENDPOINT(PAIRS, options, "DriverOpts"),
    FIELDS_END,
};

void endpoint_write(struct arena *arena, const struct engine_endpoint *endpoint,
                    unsigned int version, struct value *map, const char **ret_unknown)
{
    fields_write(arena, settings_fields, endpoint, version, map, ret_unknown);
    if (endpoint->gateway_priority != 0 && version >= 48)
        (void)value_set(arena, map, "GwPriority",
                        value_new_integer(arena, endpoint->gateway_priority, none));
}

/* Networks */

static const struct field pool_fields[] = {
    FIELD(TEXT, struct engine_pool, subnet, "Subnet"),
    FIELD(TEXT, struct engine_pool, gateway, "Gateway"),
    FIELD(TEXT, struct engine_pool, ip_range, "IPRange"),
    FIELD(PAIRS, struct engine_pool, auxiliary_addresses, "AuxiliaryAddresses"),
    FIELDS_END,
};

#define CONFIG(kind, member, key) FIELD(kind, struct engine_network_config, member, key)

static const struct field config_fields[] = {
    CONFIG(TEXT, name, "Name"),
    CONFIG(TEXT, driver, "Driver"),
    CONFIG(PAIRS, options, "Options"),
    CONFIG(TEXT, ipam_driver, "IPAM.Driver"),
    CONFIG(PAIRS, ipam_options, "IPAM.Options"),
    FIELD_ITEMS(LIST, struct engine_network_config, pools, pool_count, "IPAM.Config",
                struct engine_pool, pool_fields),
    CONFIG(PAIRS, labels, "Labels"),
    CONFIG(YES, is_internal, "Internal"),
    CONFIG(YES, is_attachable, "Attachable"),
    CONFIG(YES, has_ipv6, "EnableIPv6"),
    FIELDS_END,
};

static const struct field member_fields[] = {
    FIELD(TEXT, struct engine_network_member, name, "Name"),
    FIELD(TEXT, struct engine_network_member, address, "IPv4Address"),
    FIELD(TEXT, struct engine_network_member, address_v6, "IPv6Address"),
    FIELDS_END,
};

#define NETWORK(kind, member, key) FIELD(kind, struct engine_network, member, key)

static const struct field network_fields[] = {
    NETWORK(TEXT, id, "Id"),
    NETWORK(TEXT, name, "Name"),
    NETWORK(TEXT, driver, "Driver"),
    NETWORK(TEXT, scope, "Scope"),
    NETWORK(PAIRS, options, "Options"),
    NETWORK(PAIRS, labels, "Labels"),
    NETWORK(YES, is_internal, "Internal"),
    NETWORK(YES, is_attachable, "Attachable"),
    NETWORK(YES, has_ipv6, "EnableIPv6"),
    NETWORK(TEXT, ipam_driver, "IPAM.Driver"),
    FIELD_ITEMS(LIST, struct engine_network, pools, pool_count, "IPAM.Config", struct engine_pool,
                pool_fields),
    FIELD_ITEMS(KEYED, struct engine_network, members, member_count, "Containers",
                struct engine_network_member, member_fields),
    NETWORK(TIME, created_unix_ns, "Created"),
    FIELDS_END,
};

struct network_creation {
    const struct engine_network_config *config;
    unsigned int version;
};

/* Engines before 1.44 make a second one of the same name unless they are asked to look; an IPAM
 * without a driver is refused by some. */
static void build_network(struct arena *arena, struct value *map, const void *context,
                          const char **ret_unknown)
{
    const struct network_creation *creation = context;
    const struct engine_network_config *config = creation->config;
    struct value *ipam;

    fields_write(arena, config_fields, config, creation->version, map, ret_unknown);
    if (creation->version < 44)
        (void)value_set(arena, map, "CheckDuplicate", value_new_bool(arena, true, none));
    if (config->has_ipv4 != ENGINE_UNSAID && creation->version >= 48)
        (void)value_set(arena, map, "EnableIPv4",
                        value_new_bool(arena, config->has_ipv4 == ENGINE_YES, none));
    else if (config->has_ipv4 == ENGINE_NO)
        *ret_unknown = "EnableIPv4";
    ipam = value_get(map, "IPAM");
    if (ipam != NULL && value_get(ipam, "Driver") == NULL)
        (void)value_set(arena, ipam, "Driver", value_new_string(arena, "default", 7, none));
}

static void take_id(struct arena *arena, const json_t *object, void *context)
{
    *(const char **)context = field_text(arena, json_object_get(object, "Id"));
}

int engine_create_network(const struct engine *engine, struct arena *arena,
                          const struct engine_network_config *config, const char **ret_id,
                          struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct network_creation creation = {.config = config};
    const char *id = "";
    json_t *object = NULL;
    int r = engine_negotiate(engine, reterr);

    if (r < 0)
        return r;
    creation.version = engine_version(engine);
    call_init(&call, "POST", "/networks/create", NULL, "");
    r = fields_build_body(&call, build_network, &creation, creation.version, reterr);
    if (r == 0)
        r = call_json(engine, &call, &object, reterr);
    if (r == 0)
        r = call_take(arena, object, take_id, &id, reterr);
    if (r == 0 && id[0] == '\0')
        r = error_set(reterr, EPROTO, "the Docker Engine does not say what it made");
    if (r == 0)
        *ret_id = id;
    return r;
}

static void take_network(struct arena *arena, const json_t *object, void *context)
{
    fields_read(arena, network_fields, object, context);
}

int engine_inspect_network(const struct engine *engine, struct arena *arena, const char *id,
                           struct engine_network *ret, struct error **reterr)
{
    _cleanup_call_ struct call call;
    json_t *object = NULL;
    int r;

    call_init(&call, "GET", "/networks/", id, "");
    r = call_json(engine, &call, &object, reterr);
    return r < 0 ? r : call_take(arena, object, take_network, ret, reterr);
}

struct networks {
    struct engine_network *items;
    uint32_t count;
};

static void take_networks(struct arena *arena, const json_t *object, void *context)
{
    struct networks *networks = context;

    networks->items =
        fields_read_list(arena, network_fields, object, sizeof(*networks->items), &networks->count);
}

int engine_list_networks(const struct engine *engine, struct arena *arena,
                         struct engine_pairs filters, struct engine_network **ret,
                         uint32_t *ret_count, struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct networks networks = {0};
    json_t *object = NULL;
    int r;

    call_init(&call, "GET", "/networks", NULL, "");
    call_add_filters(&call, filters);
    r = call_json(engine, &call, &object, reterr);
    if (r == 0)
        r = call_take(arena, object, take_networks, &networks, reterr);
    if (r == 0) {
        *ret = networks.items;
        *ret_count = networks.count;
    }
    return r;
}

int engine_remove_network(const struct engine *engine, const char *id, struct error **reterr)
{
    _cleanup_call_ struct call call;

    call_init(&call, "DELETE", "/networks/", id, "");
    return call_do(engine, &call, reterr);
}

struct connecting {
    const char *container;
    const struct engine_endpoint *endpoint;
    unsigned int version;
};

static void build_connect(struct arena *arena, struct value *map, const void *context,
                          const char **ret_unknown)
{
    const struct connecting *connecting = context;
    struct value *settings = field_map(arena);

    (void)value_set(
        arena, map, "Container",
        value_new_string(arena, connecting->container, strlen(connecting->container), none));
    endpoint_write(arena, connecting->endpoint, connecting->version, settings, ret_unknown);
    (void)value_set(arena, map, "EndpointConfig", settings);
}

int engine_connect_network(const struct engine *engine, const char *container,
                           const struct engine_endpoint *endpoint, struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct connecting connecting = {container, endpoint, 0};
    int r;

    call_init(&call, "POST", "/networks/", endpoint->network, "/connect");
    r = engine_negotiate(engine, reterr);
    if (r < 0)
        return r;
    connecting.version = engine_version(engine);
    r = fields_build_body(&call, build_connect, &connecting, connecting.version, reterr);
    return r < 0 ? r : call_do(engine, &call, reterr);
}

struct disconnecting {
    const char *container;
    bool force;
};

int engine_disconnect_network(const struct engine *engine, const char *network,
                              const char *container, bool force, struct error **reterr)
{
    static const struct field fields[] = {
        FIELD(TEXT, struct disconnecting, container, "Container"),
        FIELD(YES, struct disconnecting, force, "Force"),
        FIELDS_END,
    };
    const struct disconnecting disconnecting = {container, force};
    _cleanup_call_ struct call call;
    int r;

    call_init(&call, "POST", "/networks/", network, "/disconnect");
    r = fields_to_body(&call, fields, &disconnecting, ENGINE_VERSION_MAX, reterr);
    return r < 0 ? r : call_do(engine, &call, reterr);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* networks, network_mode, links, external_links, extra_hosts. */
#include "runtime/docker/container/container_priv.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "runtime/docker/container/aliases.h"
#include "runtime/docker/container/units.h"
#include "runtime/docker/names.h"

#define INTERFACE_NAME_OPTION "com.docker.network.endpoint.ifname"

static int needs(struct making *making, unsigned int version, const char *key,
                 struct error **reterr)
{
    if (making->input->version >= version)
        return 0;
    return error_set(reterr, EOPNOTSUPP,
                     "%s: the engine takes it from version 1.%u of its API on; this one speaks "
                     "1.%u",
                     key, version, making->input->version);
}

/* "CONTAINER[:ALIAS]"; names of other containers, which are not ours to follow. */
static const char *const *external_links(struct making *making)
{
    const char *const *texts =
        texts_of(making->arena, value_get(making->service, "external_links"));
    const char *const *links = NULL;

    for (uint32_t i = 0; texts != NULL && texts[i] != NULL; i++)
        links = texts_with(making->arena, links,
                           strchr(texts[i], ':') != NULL
                               ? texts[i]
                               : arena_printf(making->arena, "%s:%s", texts[i], texts[i]));
    return links;
}

static int fill_endpoint(struct making *making, const struct value *attachment,
                         struct engine_endpoint *endpoint, struct error **reterr)
{
    const char *interface_name = value_get_text(attachment, "interface_name");
    const struct value *gateway_priority = value_get(attachment, "gw_priority");
    int r = 0;

    endpoint->ipv4_address = value_get_text(attachment, "ipv4_address");
    endpoint->ipv6_address = value_get_text(attachment, "ipv6_address");
    endpoint->mac_address = value_get_text(attachment, "mac_address");
    endpoint->link_local_addresses =
        texts_of(making->arena, value_get(attachment, "link_local_ips"));
    endpoint->options = pairs_of(making->arena, value_get(attachment, "driver_opts"));
    endpoint->links = external_links(making);
    if (interface_name != NULL) {
        r = needs(making, 48, "networks: interface_name", reterr);
        pairs_add(making->arena, &endpoint->options, INTERFACE_NAME_OPTION, interface_name);
    }
    if (r == 0 && gateway_priority != NULL) {
        if (!unit_integer(gateway_priority, &endpoint->gateway_priority))
            return error_set(reterr, EINVAL, "networks: gw_priority: expected a number");
        if (endpoint->gateway_priority != 0)
            r = needs(making, 48, "networks: gw_priority", reterr);
    }
    return r;
}

/* Names by which others find the service on the network. */

static void add_alias(struct making *making, const char *const **aliases, const char *text)
{
    if (*text != '\0' && !texts_have(*aliases, text))
        *aliases = texts_with(making->arena, *aliases, text);
}

/* What others call it by their links; a link without a name calls it by its own. */
static void add_linked(struct making *making, const char *network, const char *const **aliases)
{
    const struct value *services = value_get(making->root, "services");
    const char *name = making->options->service->name;
    size_t length = strlen(name);

    for (uint32_t i = 0; i < value_map_count(services); i++) {
        const struct value *other = services->map.entries[i].value;
        const struct value *networks = value_get(other, "networks");
        const char *const *links = texts_of(making->arena, value_get(other, "links"));

        if (!value_is(networks, VALUE_MAP) ||
            value_map_find(networks, network, strlen(network)) == NULL)
            continue;
        for (uint32_t j = 0; links != NULL && links[j] != NULL; j++)
            if (strncmp(links[j], name, length) == 0 && links[j][length] == ':')
                add_alias(making, aliases, links[j] + length + 1);
    }
}

static const char *const *find_aliases(struct making *making, const char *network,
                                       const struct value *attachment)
{
    const char *const *own = texts_of(making->arena, value_get(attachment, "aliases"));
    const char *const *aliases = NULL;

    add_alias(making, &aliases, making->options->service->name);
    for (uint32_t i = 0; own != NULL && own[i] != NULL; i++)
        add_alias(making, &aliases, own[i]);
    add_linked(making, network, &aliases);
    return aliases;
}

static void set_aliases(struct making *making, const char *key, const struct value *attachment,
                        struct engine_endpoint *endpoint)
{
    const char *const *aliases;

    if (making->options->is_oneoff)
        return;
    aliases = find_aliases(making, key, attachment);
    /* A port that the engine publishes may be another one after leaving the network. */
    if (texts_have(making->input->fixed_networks, endpoint->network) &&
        !container_publishes(making))
        making->aliases = aliases_add(making->arena, making->aliases, endpoint->network, aliases);
    else
        endpoint->aliases = aliases;
}

/* The one of the highest priority comes first; among equal ones the first by name. */
static int64_t priority_of(const struct value *attachment)
{
    int64_t priority = 0;

    (void)unit_integer(value_get(attachment, "priority"), &priority);
    return priority;
}

static void sort_by_priority(const struct value_entry **entries, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const struct value_entry *entry = entries[i];
        uint32_t at = i;

        for (; at > 0 && priority_of(entries[at - 1]->value) < priority_of(entry->value); at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

static int set_endpoints(struct making *making, const struct value *networks, struct error **reterr)
{
    uint32_t count = value_map_count(networks);
    struct engine_endpoint *endpoints =
        arena_new_array(making->arena, struct engine_endpoint, count + 1);
    const struct value_entry **entries =
        arena_new_array(making->arena, const struct value_entry *, count + 1);

    for (uint32_t i = 0; i < count; i++)
        entries[i] = &networks->map.entries[i];
    sort_by_priority(entries, count);
    for (uint32_t i = 0; i < count; i++) {
        int r;

        endpoints[i].network =
            name_of_resource(making->arena, making->root, making->options->desired->project,
                             "networks", entries[i]->key);
        r = fill_endpoint(making, entries[i]->value, &endpoints[i], reterr);
        if (r < 0)
            return r;
        set_aliases(making, entries[i]->key, entries[i]->value, &endpoints[i]);
    }
    /* Early engines take it for the first one only, beside the endpoint. */
    if (count > 0 && endpoints[0].mac_address != NULL) {
        making->config->mac_address = endpoints[0].mac_address;
        endpoints[0].mac_address = NULL;
    }
    making->config->endpoints = endpoints;
    making->config->endpoint_count = count;
    making->config->network_mode = count > 0 ? endpoints[0].network : "none";
    return 0;
}

/* "HOST=ADDRESS" in the file, "HOST:ADDRESS" to the engine. */
static void set_extra_hosts(struct making *making)
{
    const char *const *texts = texts_of(making->arena, value_get(making->service, "extra_hosts"));

    for (uint32_t i = 0; texts != NULL && texts[i] != NULL; i++) {
        char *text = arena_strdup(making->arena, texts[i]);
        size_t length = strcspn(text, "=:");

        if (text[length] == '=')
            text[length] = ':';
        making->config->extra_hosts = texts_with(making->arena, making->config->extra_hosts, text);
    }
}

int container_set_networks(struct making *making, struct error **reterr)
{
    const char *mode = value_get_text(making->service, "network_mode");

    set_extra_hosts(making);
    if (mode == NULL || *mode == '\0')
        return set_endpoints(making, value_get(making->service, "networks"), reterr);
    if (strcmp(mode, "bridge") == 0 || strcmp(mode, "default") == 0)
        making->config->links = external_links(making);
    return container_refer(making, "network_mode", mode,
                           "container:", &making->config->network_mode, reterr);
}

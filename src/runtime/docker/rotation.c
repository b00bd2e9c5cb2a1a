/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joining and leaving the service's name. The engine gives a container its names when it enters a
 * network, so it leaves for a moment and comes back with the address that it had: connections wait
 * for that moment and go on. Where it cannot come back with its address, it has its names from the
 * start and keeps them (no label says otherwise).
 */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "runtime/docker/container/aliases.h"
#include "runtime/docker/container/texts.h"
#include "runtime/docker/docker_priv.h"
#include "runtime/docker/names.h"

#define VERSION_WITH_HARDWARE_ADDRESS 44

static const char *said(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

static const char *const *said_list(const char *const *texts)
{
    return texts_count(texts) > 0 ? texts : NULL;
}

static const struct engine_endpoint *find_endpoint(const struct engine_container *container,
                                                   const char *network)
{
    for (uint32_t i = 0; i < container->endpoint_count; i++)
        if (strcmp(container->endpoints[i].network, network) == 0)
            return &container->endpoints[i];
    return NULL;
}

static struct engine_endpoint same_place(const struct engine *engine,
                                         const struct engine_endpoint *before)
{
    struct engine_endpoint endpoint = {
        .ipv4_address =
            said(before->address) != NULL ? before->address : said(before->ipv4_address),
        .ipv6_address =
            said(before->address_v6) != NULL ? before->address_v6 : said(before->ipv6_address),
        .link_local_addresses = said_list(before->link_local_addresses),
        .links = said_list(before->links),
        .options = before->options,
        .gateway_priority = before->gateway_priority,
    };

    if (engine_version(engine) >= VERSION_WITH_HARDWARE_ADDRESS)
        endpoint.mac_address = said(before->actual_mac_address);
    return endpoint;
}

static int enter(struct call *call, const struct engine_container *container,
                 const struct engine_endpoint *endpoint)
{
    struct engine_endpoint without_address = *endpoint;
    struct error *error = NULL;
    int r = engine_connect_network(&call->engine, container->id, endpoint, &error);

    error_free(error);
    if (r == 0 || r == -EEXIST)
        return 0;
    /* Somebody has its address now. Another address is better than none. */
    without_address.ipv4_address = NULL;
    without_address.ipv6_address = NULL;
    without_address.mac_address = NULL;
    r = engine_connect_network(&call->engine, container->id, &without_address, call->reterr);
    return r == -EEXIST ? 0 : r;
}

static int rename_on(struct call *call, const struct engine_container *container,
                     const struct alias_set *set, bool joins)
{
    const struct engine_endpoint *before = find_endpoint(container, set->network);
    struct engine_endpoint endpoint = {0};
    int r;

    if (before != NULL) {
        if (texts_have(before->aliases, set->aliases[0]) == joins)
            return 0;
        endpoint = same_place(&call->engine, before);
        r = engine_disconnect_network(&call->engine, set->network, container->id, false,
                                      call->reterr);
        if (r < 0 && r != -ENOENT)
            return r;
    }
    endpoint.network = set->network;
    endpoint.aliases = joins ? set->aliases : NULL;
    return enter(call, container, &endpoint);
}

struct change {
    const char *project;
    const char *id;
    bool joins;
};

static int change(struct call *call, void *context)
{
    const struct change *wanted = context;
    struct engine_container container;
    struct alias_set *sets;
    uint32_t count;
    const char *label;
    int r = docker_find_own(call, wanted->project, wanted->id, &container);

    if (r == -ENOENT && !wanted->joins) {
        /* Who is gone has left. */
        if (call->reterr != NULL)
            *call->reterr = error_free(*call->reterr);
        return 0;
    }
    if (r < 0)
        return r;
    label = engine_pairs_find(container.labels, LABEL_ALIASES);
    count = aliases_read(call->arena, label != NULL ? label : "", &sets);
    for (uint32_t i = 0; i < count; i++) {
        if (sets[i].aliases[0] == NULL)
            continue;
        r = rename_on(call, &container, &sets[i], wanted->joins);
        if (r < 0)
            return error_prefix(call->reterr, "%s the network %s with %s",
                                wanted->joins ? "joining" : "leaving", sets[i].network,
                                container.name);
    }
    return 0;
}

int docker_join(struct runtime *runtime, const char *project, const char *id,
                const struct desired_service *service, struct error **reterr)
{
    struct change wanted = {.project = project, .id = id, .joins = true};

    (void)service;
    return docker_call(runtime, -1, change, &wanted, reterr);
}

int docker_leave(struct runtime *runtime, const char *project, const char *id,
                 const struct desired_service *service, struct error **reterr)
{
    struct change wanted = {.project = project, .id = id, .joins = false};

    (void)service;
    return docker_call(runtime, -1, change, &wanted, reterr);
}

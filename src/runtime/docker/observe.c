/* SPDX-License-Identifier: Apache-2.0 */
/* What there is of a project in the engine, whoever made it. */
#include "runtime/docker/docker_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "runtime/docker/container/aliases.h"
#include "runtime/docker/container/texts.h"
#include "runtime/docker/names.h"

static const char *label(const struct engine_container *container, const char *name)
{
    const char *text = engine_pairs_find(container->labels, name);

    return text != NULL ? text : "";
}

static uint32_t label_number(const struct engine_container *container, const char *name)
{
    unsigned long long number = strtoull(label(container, name), NULL, 10);

    return number <= UINT32_MAX ? (uint32_t)number : 0;
}

static enum instance_state state_of(const struct engine_container *container)
{
    switch (container->state) {
    case ENGINE_CONTAINER_CREATED:
        return INSTANCE_CREATED;
    case ENGINE_CONTAINER_RUNNING:
    case ENGINE_CONTAINER_PAUSED:
        return INSTANCE_RUNNING;
    case ENGINE_CONTAINER_RESTARTING:
        return INSTANCE_RESTARTING;
    default:
        return INSTANCE_EXITED;
    }
}

static enum instance_health health_of(const struct engine_container *container)
{
    switch (container->health) {
    case ENGINE_HEALTH_STARTING:
        return INSTANCE_HEALTH_STARTING;
    case ENGINE_HEALTH_HEALTHY:
        return INSTANCE_HEALTH_HEALTHY;
    case ENGINE_HEALTH_UNHEALTHY:
        return INSTANCE_HEALTH_UNHEALTHY;
    default:
        return INSTANCE_HEALTH_NONE;
    }
}

/* Addresses */

static const char *endpoint_host(struct arena *arena, const struct engine_endpoint *endpoint)
{
    if (*endpoint->address != '\0')
        return endpoint->address;
    if (*endpoint->address_v6 != '\0')
        return arena_printf(arena, "[%s]", endpoint->address_v6);
    return "";
}

/* On the network that it was made with, or else on any. */
static const char *own_host(struct arena *arena, const struct engine_container *container)
{
    const char *host = "";

    for (uint32_t i = 0; i < container->endpoint_count; i++) {
        const struct engine_endpoint *endpoint = &container->endpoints[i];
        const char *one = endpoint_host(arena, endpoint);

        if (*one == '\0')
            continue;
        if (*host == '\0' || strcmp(endpoint->network, container->network_mode) == 0)
            host = one;
    }
    return host;
}

/* The host part of its address from this machine; "" where it has none. */
static const char *find_host(struct call *call, const struct engine_container *container)
{
    struct engine_container other;
    struct error *error = NULL;
    const char *mode = container->network_mode;

    if (strcmp(mode, "host") == 0)
        return "127.0.0.1";
    if (strcmp(mode, "none") == 0)
        return "";
    if (!text_starts_with(mode, "container:"))
        return own_host(call->arena, container);
    if (engine_inspect_container(&call->engine, call->arena, mode + strlen("container:"), &other,
                                 &error) < 0) {
        error_free(error);
        return "";
    }
    return own_host(call->arena, &other);
}

static bool has_port(const struct observed_instance *instance, uint16_t port)
{
    for (uint32_t i = 0; i < instance->port_count; i++)
        if (instance->ports[i].port == port)
            return true;
    return false;
}

static void set_ports(struct call *call, const struct engine_container *container,
                      struct observed_instance *ret)
{
    struct observed_port *ports =
        arena_new_array(call->arena, struct observed_port, container->port_count + 1);
    const char *host = "";

    ret->ports = ports;
    if (container->state == ENGINE_CONTAINER_RUNNING)
        host = find_host(call, container);
    for (uint32_t i = 0; *host != '\0' && i < container->port_count; i++) {
        uint16_t port = container->ports[i].port;

        if (strcmp(container->ports[i].protocol, "tcp") != 0 || has_port(ret, port))
            continue;
        ports[ret->port_count++] = (struct observed_port){
            .port = port, .address = arena_printf(call->arena, "%s:%u", host, port)};
    }
}

/* "0.0.0.0:53->53/udp, ..." */
static const char *describe_published(struct arena *arena, const struct engine_container *container)
{
    const char *text = "";

    for (uint32_t i = 0; i < container->port_count; i++) {
        const struct engine_container_port *port = &container->ports[i];

        if (port->host_port == 0)
            continue;
        text = arena_printf(
            arena, strchr(port->host_ip, ':') != NULL ? "%s%s[%s]:%u->%u/%s" : "%s%s%s:%u->%u/%s",
            text, *text != '\0' ? ", " : "", port->host_ip, port->host_port, port->port,
            port->protocol);
    }
    return text;
}

/* Whether it has its names on each network where it may be without them. */
static bool has_joined(struct arena *arena, const struct engine_container *container)
{
    struct alias_set *sets;
    uint32_t count = aliases_read(arena, label(container, LABEL_ALIASES), &sets);

    for (uint32_t i = 0; i < count; i++) {
        bool found = sets[i].aliases[0] == NULL;

        for (uint32_t j = 0; !found && j < container->endpoint_count; j++)
            found = strcmp(container->endpoints[j].network, sets[i].network) == 0 &&
                    texts_have(container->endpoints[j].aliases, sets[i].aliases[0]);
        if (!found)
            return false;
    }
    return true;
}

bool docker_observe_one(struct call *call, const char *project,
                        const struct engine_container *container, struct observed_instance *ret)
{
    const char *content = label(container, LABEL_CONTENT);

    /* Images that Compose built carry some of its labels, and their containers too. */
    if (strcmp(label(container, LABEL_PROJECT), project) != 0 ||
        *label(container, LABEL_SERVICE) == '\0' || *label(container, LABEL_NUMBER) == '\0' ||
        text_ends_with(container->name, MAKING))
        return false;
    *ret = (struct observed_instance){
        .id = container->id,
        .name = container->name,
        .service = label(container, LABEL_SERVICE),
        .runtime = DESIRED_DOCKER,
        .config_hash = label(container, LABEL_CONFIG),
        .content = *content != '\0' ? content : container->image_id,
        .revision = label_number(container, LABEL_REVISION),
        .number = label_number(container, LABEL_NUMBER),
        .state = state_of(container),
        .health = health_of(container),
        .exit_code = (int)container->exit_code,
        .restarts = (uint32_t)container->restart_count,
        .created_unix_ns = container->created_unix_ns,
        .started_unix_ns = container->started_unix_ns,
        .finished_unix_ns = container->finished_unix_ns,
        .is_oneoff = strcasecmp(label(container, LABEL_ONEOFF), "true") == 0,
        .has_joined = has_joined(call->arena, container),
        .published = describe_published(call->arena, container),
    };
    set_ports(call, container, ret);
    return true;
}

static int compare(const void *a, const void *b)
{
    const struct observed_instance *left = a;
    const struct observed_instance *right = b;
    int order = strcmp(left->service, right->service);

    if (order != 0)
        return order;
    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return strcmp(left->id, right->id);
}

int docker_observe(struct runtime *runtime, struct arena *arena, const char *project,
                   struct observed *ret, struct error **reterr)
{
    struct call call = docker_call_in(runtime, arena, -1, reterr);
    const struct engine_pair filter = {"label", arena_printf(arena, LABEL_PROJECT "=%s", project)};
    struct engine_container_summary *summaries;
    struct observed_instance *instances;
    uint32_t count;
    uint32_t used = 0;
    int r = engine_list_containers(&call.engine, arena, true, (struct engine_pairs){&filter, 1},
                                   &summaries, &count, reterr);

    if (r < 0)
        return error_prefix(reterr, "looking for the containers of %s", project);
    instances = arena_new_array(arena, struct observed_instance, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        struct engine_container container;
        struct error *error = NULL;

        r = engine_inspect_container(&call.engine, arena, summaries[i].id, &container, &error);
        if (r == -ENOENT) { /* has gone since */
            error_free(error);
            continue;
        }
        if (r < 0) {
            if (reterr != NULL)
                *reterr = error;
            else
                error_free(error);
            return error_prefix(reterr, "looking at the container %s", summaries[i].name);
        }
        used += docker_observe_one(&call, project, &container, &instances[used]);
    }
    if (used > 1)
        qsort(instances, used, sizeof(*instances), compare);
    *ret = (struct observed){instances, used};
    return 0;
}

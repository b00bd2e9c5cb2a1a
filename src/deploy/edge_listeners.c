/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners: those of the file, those of published ports, and those of native services. */
#include <stdio.h>
#include <string.h>

#include "deploy/edge_document_priv.h"
#include "route/address.h"

enum {
    RANGE_MAX = 100 /* of published ports, for one target */
};

/* Whether something listens there already, however it is written. */
static bool is_taken(const struct edge_writer *writer, const char *address)
{
    char wanted[ADDRESS_TEXT_MAX], other[ADDRESS_TEXT_MAX];

    if (address_normalize_listener(address, wanted) < 0)
        return false;
    for (uint32_t i = 0; i < value_map_count(writer->listeners); i++) {
        const char *text = value_get_text(writer->listeners->map.entries[i].value, "address");

        if (text != NULL && address_normalize_listener(text, other) == 0 &&
            strcmp(wanted, other) == 0)
            return true;
    }
    return false;
}

/* A name is letters, digits, '.', '_' and '-'. */
static const char *listener_name(struct edge_writer *writer, const char *address)
{
    char *name = arena_printf(writer->arena, "port-%s", address);

    for (char *at = name; *at != '\0'; at++) {
        if (strchr(":[]*%/", *at) != NULL)
            *at = '-';
    }
    return name;
}

static void add_listener(struct edge_writer *writer, const char *address, bool is_http,
                         const char *group)
{
    struct arena *arena = writer->arena;
    struct value *listener, *action;

    if (is_taken(writer, address))
        return;
    listener = value_new(arena, VALUE_MAP, (struct mark){0});
    action = value_new(arena, VALUE_MAP, (struct mark){0});
    (void)value_set(arena, action, "forward", edge_text(writer, group));
    (void)value_set(arena, listener, "address", edge_text(writer, address));
    (void)value_set(arena, listener, "protocol", edge_text(writer, is_http ? "http" : "tcp"));
    (void)value_set(arena, listener, "default", action);
    (void)value_set(arena, writer->listeners, listener_name(writer, address), listener);
}

static const char *published_address(struct edge_writer *writer, const char *host_ip, uint32_t port)
{
    if (strchr(host_ip, ':') != NULL && *host_ip != '[')
        return arena_printf(writer->arena, "[%s]:%u", host_ip, port);
    return arena_printf(writer->arena, "%s:%u", host_ip, port);
}

static void add_published(struct edge_writer *writer, const struct desired *desired,
                          const struct desired_service *service, const struct desired_port *port)
{
    uint32_t last = port->published_last;

    if (!port->is_published || port->is_host_mode || port->is_udp || port->published_first == 0)
        return;
    if (last > (uint32_t)port->published_first + RANGE_MAX)
        last = (uint32_t)port->published_first + RANGE_MAX;
    for (uint32_t number = port->published_first; number <= last; number++)
        add_listener(writer, published_address(writer, port->host_ip, number), port->is_http,
                     edge_group_of_port(writer, desired, service, port->target));
}

static void add_loopback(struct edge_writer *writer, const struct desired *desired)
{
    for (uint32_t i = 0; i < desired->service_count; i++) {
        const struct desired_service *service = &desired->services[i];

        for (uint32_t j = 0; *service->loopback_address != '\0' && j < service->port_count; j++) {
            const char *group;

            if (service->ports[j].is_udp)
                continue;
            group = edge_group_of_port(writer, desired, service, service->ports[j].target);
            if (value_get(writer->groups, group) != NULL)
                add_listener(writer,
                             arena_printf(writer->arena, "%s:%u", service->loopback_address,
                                          service->ports[j].target),
                             false, group);
        }
    }
}

void edge_write_listeners(struct edge_writer *writer)
{
    const struct desired *base = writer->input->base, *standby = writer->input->standby;
    const struct value *listeners =
        base != NULL ? value_get(value_get(base->root, "x-slipway"), "listeners") : NULL;

    if (value_is(listeners, VALUE_MAP))
        writer->listeners = value_copy(writer->arena, listeners);
    for (uint32_t i = 0; base != NULL && i < base->service_count; i++)
        for (uint32_t j = 0; j < base->services[i].port_count; j++)
            add_published(writer, base, &base->services[i], &base->services[i].ports[j]);
    if (base != NULL)
        add_loopback(writer, base);
    /* What is new may need what else is new before it can pass. */
    if (standby != NULL && standby != base)
        add_loopback(writer, standby);
}

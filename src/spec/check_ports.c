/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports that two services, or two lines, publish on the same address. That is a warning: which of
 * them fails to start is only known when they run, and they may be meant for different machines.
 */
#include "spec/load.h"

#include <stdlib.h>
#include <string.h>

#include "spec/shape.h"

enum {
    PORT_COUNT = 65536
};

struct listening {
    const char *service;
    const char *host; /* "" for every address */
};

struct ports {
    struct load *load;
    struct hashmap specific;          /* "host:number/protocol" to struct listening */
    const struct listening **any[2];  /* by number, on every address; tcp and udp */
    const struct listening **some[2]; /* by number, on whichever address, the latest */
};

static bool is_every_address(const char *host)
{
    return strcmp(host, "") == 0 || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

/* 0 for anything but one port: of a range for one target, the engine chooses a free one. */
static uint32_t parse_port(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    return end != text && *end == '\0' && number < PORT_COUNT ? (uint32_t)number : 0;
}

/* Notes who listens there and returns who did so before, or NULL. */
static const struct listening *take(struct ports *ports, const struct listening *listening,
                                    uint32_t protocol, uint32_t number)
{
    const struct listening **any = &ports->any[protocol][number];
    const struct listening **some = &ports->some[protocol][number];
    const struct listening *other;
    const char *key;

    if (*listening->host == '\0') {
        other = *some;
        *any = listening;
    } else {
        key = arena_printf(ports->load->arena, "%s:%u/%u", listening->host, number, protocol);
        other = hashmap_put(&ports->specific, key, strlen(key), (void *)listening);
        if (other == NULL)
            other = *any;
    }
    *some = listening;
    return other;
}

static void check_port(struct ports *ports, const char *service, const struct value *port,
                       const struct place *place)
{
    const char *published = value_get_text(port, "published");
    const char *host = value_get_text(port, "host_ip");
    const char *protocol = value_get_text(port, "protocol");
    uint32_t kind = protocol != NULL && strcmp(protocol, "udp") == 0 ? 1 : 0;
    struct listening *listening;
    const struct listening *other;
    uint32_t number = published != NULL ? parse_port(published) : 0;

    if (number == 0 || (protocol != NULL && kind == 0 && strcmp(protocol, "tcp") != 0))
        return;
    listening = arena_new(ports->load->arena, struct listening);
    listening->service = service;
    listening->host = host == NULL || is_every_address(host) ? "" : host;
    other = take(ports, listening, kind, number);
    if (other != NULL)
        diagnostics_warning(ports->load->diagnostics, port->mark, shape_span(port), place,
                            "publish one of them on another port",
                            "port %u is also published by service \"%s\"", number, other->service);
}

void check_ports(struct load *load, const struct value *services)
{
    struct ports ports = {.load = load};
    struct place top = {.key = "services"};

    hashmap_init(&ports.specific, load->arena);
    for (size_t i = 0; i < 2; i++) {
        ports.any[i] = arena_new_array(load->arena, const struct listening *, PORT_COUNT);
        ports.some[i] = arena_new_array(load->arena, const struct listening *, PORT_COUNT);
    }
    for (uint32_t i = 0; i < value_map_count(services); i++) {
        const struct value_entry *entry = &services->map.entries[i];
        const struct value *list = value_get(entry->value, "ports");
        struct place service = {.parent = &top, .key = entry->key};
        struct place here = {.parent = &service, .key = "ports"};

        if (!complete_is_active(load, entry->value))
            continue;
        for (uint32_t j = 0; j < value_list_count(list); j++)
            check_port(&ports, entry->key, list->list.items[j],
                       &(struct place){.parent = &here, .index = j});
    }
}

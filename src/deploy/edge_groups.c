/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of targets. A group of a service becomes one of fixed targets: the instances that are in
 * rotation. Services without a group in the file get one for each port: SERVICE where there is one
 * port, SERVICE:PORT where there are several.
 */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "deploy/edge_document_priv.h"

#define STANDBY_SUFFIX "@next" /* as route/identity.h has it */

enum {
    WEIGHT_MAX = 999,
    WEIGHT_FULL = 100
};

/* Where an instance is reached on a port of its service: as observed, else as it was last. Images
 * may listen on ports that no file lists; those are where the others are. */
static const char *find_address(struct edge_writer *writer, const struct rotation_entry *entry,
                                uint16_t port)
{
    const struct observed_instance *instance =
        observed_find(writer->input->observed, entry->instance);
    const struct observed_port *ports = instance != NULL ? instance->ports : entry->ports;
    uint32_t count = instance != NULL ? instance->port_count : entry->port_count;

    for (uint32_t i = 0; i < count; i++)
        if (ports[i].port == port || port == 0)
            return ports[i].address;
    if (count > 0 && (instance == NULL || instance->runtime != DESIRED_PROCESS)) {
        const char *colon = strrchr(ports[0].address, ':');

        if (colon != NULL)
            return arena_printf(writer->arena, "%.*s:%u", (int)(colon - ports[0].address),
                                ports[0].address, port);
    }
    return NULL;
}

/* Shares */

static uint32_t share_of(const struct rotation_entry *entry)
{
    return entry->weight > 0 && entry->weight <= WEIGHT_FULL ? entry->weight : WEIGHT_FULL;
}

/* How many of the service serve with that share. */
static uint32_t count_of_share(const struct rotation *rotation, const char *service, uint32_t share)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < rotation->count; i++)
        if (rotation->entries[i].role == ROTATION_SERVING &&
            strcmp(rotation->entries[i].service, service) == 0 &&
            share_of(&rotation->entries[i]) == share)
            count++;
    return count;
}

/* Of two kinds, each gets its share whatever their numbers; 1 where all are of one kind. */
static uint32_t weight_of(const struct rotation *rotation, const struct rotation_entry *entry)
{
    uint32_t mine = share_of(entry), other = WEIGHT_FULL;
    uint32_t my_count, other_count;
    double weight, largest;

    for (uint32_t i = 0; i < rotation->count; i++)
        if (rotation->entries[i].role == ROTATION_SERVING &&
            strcmp(rotation->entries[i].service, entry->service) == 0 &&
            share_of(&rotation->entries[i]) != mine)
            other = share_of(&rotation->entries[i]);
    my_count = count_of_share(rotation, entry->service, mine);
    other_count = count_of_share(rotation, entry->service, other);
    if (other == mine || other_count == 0)
        return 1;
    weight = (double)mine / my_count;
    largest = (double)other / other_count > weight ? (double)other / other_count : weight;
    weight = weight / largest * WEIGHT_MAX + 0.5;
    return weight < 1 ? 1 : (uint32_t)weight;
}

/* Targets */

static void add_targets(struct edge_writer *writer, struct value *list, const char *service,
                        uint16_t port, enum rotation_role role)
{
    const struct rotation *rotation = writer->input->rotation;
    struct arena *arena = writer->arena;

    for (uint32_t i = 0; i < rotation->count; i++) {
        const struct rotation_entry *entry = &rotation->entries[i];
        const char *address;
        struct value *target;

        if (entry->role != role || strcmp(entry->service, service) != 0)
            continue;
        address = find_address(writer, entry, port);
        if (address == NULL)
            continue;
        target = value_new(arena, VALUE_MAP, (struct mark){0});
        (void)value_set(arena, target, "address", edge_text(writer, address));
        (void)value_set(arena, target, "instance", edge_text(writer, entry->target));
        if (role == ROTATION_SERVING)
            (void)value_set(arena, target, "weight",
                            value_new_integer(arena, weight_of(rotation, entry), (struct mark){0}));
        value_list_append(arena, list, target);
    }
}

static bool is_held(const struct edge_document_input *input, const char *service)
{
    for (uint32_t i = 0; i < input->held_count; i++)
        if (strcmp(input->held[i], service) == 0)
            return true;
    return false;
}

/* Until it has passed once, something without checks of its own gets a probe of its port. */
static void set_health(struct edge_writer *writer, struct value *group,
                       const struct desired_service *service, enum rotation_role role)
{
    struct arena *arena = writer->arena;
    struct value *health;

    if (role != ROTATION_STANDBY || service->has_healthcheck || value_get(group, "health") != NULL)
        return;
    health = value_new(arena, VALUE_MAP, (struct mark){0});
    (void)value_set(arena, health, "protocol", edge_text(writer, "tcp"));
    (void)value_set(arena, health, "interval", edge_text(writer, "1s"));
    (void)value_set(arena, health, "timeout", edge_text(writer, "1s"));
    (void)value_set(arena, group, "health", health);
}

/* options NULL: as groups are that nobody described. */
static void write_group(struct edge_writer *writer, const char *name, const struct value *options,
                        const struct desired_service *service, uint16_t port,
                        enum rotation_role role)
{
    struct arena *arena = writer->arena;
    struct value *list = value_new(arena, VALUE_LIST, (struct mark){0});
    struct value *group = options != NULL ? value_copy(arena, options)
                                          : value_new(arena, VALUE_MAP, (struct mark){0});

    add_targets(writer, list, service->name, port, role);
    if (role == ROTATION_STANDBY && list->list.count == 0)
        return;
    (void)value_map_remove(group, "service", strlen("service"));
    (void)value_map_remove(group, "port", strlen("port"));
    (void)value_set(arena, group, "targets", list);
    set_health(writer, group, service, role);
    if (role == ROTATION_SERVING && is_held(writer->input, service->name) &&
        value_get(group, "hold") == NULL)
        (void)value_set(arena, group, "hold",
                        edge_text(writer, arena_printf(arena, "%llums",
                                                       (unsigned long long)(writer->input->hold_ns /
                                                                            TIME_MILLISECOND))));
    if (role == ROTATION_STANDBY)
        name = arena_printf(arena, "%s" STANDBY_SUFFIX, name);
    (void)value_set(arena, writer->groups, name, group);
}

/* Which groups there are */

static uint32_t count_tcp_ports(const struct desired_service *service, uint16_t *ret_first)
{
    uint32_t count = 0;

    *ret_first = 0;
    for (uint32_t i = 0; i < service->port_count; i++) {
        bool is_new = !service->ports[i].is_udp;

        for (uint32_t j = 0; j < i; j++)
            if (!service->ports[j].is_udp && service->ports[j].target == service->ports[i].target)
                is_new = false;
        if (is_new && count++ == 0)
            *ret_first = service->ports[i].target;
    }
    return count;
}

static uint16_t port_of_group(const struct value *options, const struct desired_service *service)
{
    const struct value *port = value_get(options, "port");
    uint16_t only;

    if (value_is(port, VALUE_INTEGER) && port->integer > 0 && port->integer <= UINT16_MAX)
        return (uint16_t)port->integer;
    (void)count_tcp_ports(service, &only);
    return only;
}

static const struct value *groups_of(const struct desired *desired)
{
    return value_get(value_get(desired->root, "x-slipway"), "target_groups");
}

static const char *find_explicit(const struct desired *desired,
                                 const struct desired_service *service, uint16_t port)
{
    const struct value *groups = groups_of(desired);

    for (uint32_t i = 0; i < value_map_count(groups); i++) {
        const struct value_entry *entry = &groups->map.entries[i];

        if (value_is_text(value_get(entry->value, "service"), service->name) &&
            port_of_group(entry->value, service) == port)
            return entry->key;
    }
    return NULL;
}

const char *edge_group_of_port(struct edge_writer *writer, const struct desired *desired,
                               const struct desired_service *service, uint16_t port)
{
    const char *name = find_explicit(desired, service, port);
    uint16_t only;

    if (name != NULL)
        return name;
    if (count_tcp_ports(service, &only) == 1)
        return service->name;
    return arena_printf(writer->arena, "%s:%u", service->name, port);
}

static void write_explicit(struct edge_writer *writer, const struct desired *desired,
                           enum rotation_role role, const struct desired *unless)
{
    const struct value *groups = groups_of(desired);

    for (uint32_t i = 0; i < value_map_count(groups); i++) {
        const struct value_entry *entry = &groups->map.entries[i];
        const char *name = value_get_text(entry->value, "service");
        const struct desired_service *service = name != NULL ? desired_find(desired, name) : NULL;

        if (service != NULL) {
            if (unless == NULL || desired_find(unless, name) == NULL)
                write_group(writer, entry->key, entry->value, service,
                            port_of_group(entry->value, service), role);
        } else if (role == ROTATION_SERVING && unless == NULL) {
            struct value *group = value_copy(writer->arena, entry->value);

            /* Of a service in a profile that is not enabled. */
            if (value_map_remove(group, "service", strlen("service"))) {
                (void)value_map_remove(group, "port", strlen("port"));
                (void)value_set(writer->arena, group, "targets",
                                value_new(writer->arena, VALUE_LIST, (struct mark){0}));
            }
            (void)value_set(writer->arena, writer->groups, entry->key, group);
        }
    }
}

static void write_implicit(struct edge_writer *writer, const struct desired *desired,
                           enum rotation_role role, const struct desired *unless)
{
    for (uint32_t i = 0; i < desired->service_count; i++) {
        const struct desired_service *service = &desired->services[i];

        if (unless != NULL && desired_find(unless, service->name) != NULL)
            continue;
        for (uint32_t j = 0; j < service->port_count; j++) {
            const struct desired_port *port = &service->ports[j];
            const char *name = edge_group_of_port(writer, desired, service, port->target);

            if (!port->is_udp && find_explicit(desired, service, port->target) == NULL)
                write_group(writer, name, NULL, service, port->target, role);
        }
    }
}

/* Rules may name SERVICE or SERVICE:PORT without there being a group of that name. */
static void write_reference(struct edge_writer *writer, const struct desired *desired,
                            const char *name, enum rotation_role role)
{
    const char *colon = strrchr(name, ':');
    const struct desired_service *service = desired_find(desired, name);
    const char *full =
        role == ROTATION_STANDBY ? arena_printf(writer->arena, "%s" STANDBY_SUFFIX, name) : name;
    uint16_t port = 0;

    if (value_get(writer->groups, full) != NULL)
        return;
    if (service == NULL && colon != NULL) {
        service = desired_find(desired, arena_strndup(writer->arena, name, (size_t)(colon - name)));
        port = (uint16_t)strtoul(colon + 1, NULL, 10);
    } else if (service != NULL) {
        (void)count_tcp_ports(service, &port);
    }
    if (service != NULL)
        write_group(writer, name, NULL, service, port, role);
}

static void write_references(struct edge_writer *writer, const struct desired *desired,
                             const struct value *value, enum rotation_role role)
{
    for (uint32_t i = 0; i < value_map_count(value); i++) {
        const struct value_entry *entry = &value->map.entries[i];

        if (strcmp(entry->key, "forward") == 0 && value_is(entry->value, VALUE_STRING))
            write_reference(writer, desired, entry->value->string.text, role);
        else if (strcmp(entry->key, "weights") == 0)
            for (uint32_t j = 0; j < value_map_count(entry->value); j++)
                write_reference(writer, desired, entry->value->map.entries[j].key, role);
        else
            write_references(writer, desired, entry->value, role);
    }
    for (uint32_t i = 0; i < value_list_count(value); i++)
        write_references(writer, desired, value->list.items[i], role);
}

static void write_all(struct edge_writer *writer, const struct desired *desired,
                      enum rotation_role role, const struct desired *unless)
{
    write_explicit(writer, desired, role, unless);
    write_implicit(writer, desired, role, unless);
    if (unless == NULL)
        write_references(writer, desired,
                         value_get(value_get(desired->root, "x-slipway"), "listeners"), role);
}

void edge_write_groups(struct edge_writer *writer)
{
    static const struct desired nothing;
    const struct desired *base = writer->input->base;
    const struct desired *standby = writer->input->standby;

    if (base != NULL)
        write_all(writer, base, ROTATION_SERVING, NULL);
    if (standby == NULL)
        standby = base;
    if (standby == NULL)
        return;
    if (standby != base)
        write_all(writer, standby, ROTATION_SERVING, base != NULL ? base : &nothing);
    write_all(writer, standby, ROTATION_STANDBY, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "control/names.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/hashmap.h"
#include "route/address.h"
#include "route/identity.h"

static bool is_name(const struct route_target *target)
{
    return target->address.family == ROUTE_FAMILY_NONE && target->text != NULL;
}

/* "api.example.com:80": the host, and its port; 0 where there is none. */
static size_t split(const char *text, uint16_t *ret_port)
{
    const char *colon = strrchr(text, ':');

    *ret_port = 0;
    if (colon == NULL)
        return strlen(text);
    *ret_port = (uint16_t)strtoul(colon + 1, NULL, 10);
    return (size_t)(colon - text);
}

size_t names_of(struct arena *arena, const struct route_config *config, const char *const **ret)
{
    struct hashmap seen;
    const char **names;

    hashmap_init(&seen, arena);
    for (uint32_t i = 0; i < config->group_count; i++) {
        for (uint32_t j = 0; j < config->groups[i].target_count; j++) {
            const struct route_target *target = &config->groups[i].targets[j];
            uint16_t port;

            if (is_name(target))
                (void)hashmap_put(&seen, target->text, split(target->text, &port), &seen);
        }
    }
    names = arena_new_array(arena, const char *, seen.count);
    for (size_t i = 0; i < seen.count; i++)
        names[i] = seen.entries[i].key;
    *ret = names;
    return seen.count;
}

/* The targets of a group as they are put together. */
struct filling {
    struct arena *arena;
    const char *project;
    const struct route_group *group;
    struct hashmap ids;
    struct route_target *targets;
    const char **names;
    size_t count, capacity;
};

static void add(struct filling *filling, const struct route_target *target, const char *name)
{
    if (hashmap_has(&filling->ids, (const char *)&target->id, sizeof(target->id)))
        return;
    (void)hashmap_put(&filling->ids, (const char *)&target->id, sizeof(target->id), filling);
    if (filling->count == filling->capacity) {
        size_t capacity = filling->capacity * 2 + 8;

        filling->targets = arena_grow(filling->arena, filling->targets,
                                      filling->capacity * sizeof(*filling->targets),
                                      capacity * sizeof(*filling->targets));
        filling->names =
            arena_grow(filling->arena, filling->names, filling->capacity * sizeof(*filling->names),
                       capacity * sizeof(*filling->names));
        filling->capacity = capacity;
    }
    filling->targets[filling->count] = *target;
    filling->names[filling->count] = name;
    filling->count++;
}

static void add_found(struct filling *filling, const struct route_target *named,
                      const struct os_found *found, uint16_t port)
{
    struct route_target target = *named;
    char text[ADDRESS_TEXT_MAX];

    target.address = (struct route_address){
        .family = found->family == AF_INET6 ? ROUTE_FAMILY_IPV6 : ROUTE_FAMILY_IPV4,
        .port = port,
        .scope_id = found->scope_id,
    };
    memcpy(target.address.bytes, found->bytes, sizeof(target.address.bytes));
    address_format(&target.address, text);
    target.text = arena_strdup(filling->arena, text);
    target.id = identity_of_target(filling->project, filling->group->name, text);
    add(filling, &target, named->text);
}

static void add_named(struct filling *filling, const struct route_target *target,
                      struct resolver *resolver)
{
    struct os_found found[RESOLVER_ADDRESSES_MAX];
    uint16_t port;
    char *host = arena_strndup(filling->arena, target->text, split(target->text, &port));
    size_t count = resolver_get(resolver, host, found);

    for (size_t i = 0; i < count; i++)
        add_found(filling, target, &found[i], port);
    if (count == 0)
        add(filling, target, target->text);
}

static void fill_group(struct arena *arena, struct route_group *group, struct merged_group *origin,
                       struct resolver *resolver)
{
    struct filling filling = {.arena = arena, .project = origin->project, .group = group};

    hashmap_init(&filling.ids, arena);
    for (uint32_t i = 0; i < group->target_count; i++) {
        if (is_name(&group->targets[i]))
            add_named(&filling, &group->targets[i], resolver);
        else
            add(&filling, &group->targets[i], NULL);
    }
    group->targets = filling.targets;
    group->target_count = (uint32_t)filling.count;
    origin->names = filling.names;
}

void names_fill(struct arena *arena, struct merged *merged, struct resolver *resolver)
{
    uint32_t count = merged->config.group_count;
    struct route_group *groups;

    if (count == 0)
        return;
    groups = arena_new_array(arena, struct route_group, count);
    for (uint32_t i = 0; i < count; i++) {
        groups[i] = merged->config.groups[i];
        fill_group(arena, &groups[i], &merged->groups[i], resolver);
    }
    merged->config.groups = groups;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "control/difference.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/hashmap.h"
#include "control/publication.h"

static void add(struct difference *difference, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line for which there is no memory is left out. */
static void add(struct difference *difference, const char *format, ...)
{
    va_list arguments;
    char *line = NULL;

    if (difference->count == DIFFERENCE_LINES_MAX) {
        difference->left_out++;
        return;
    }
    va_start(arguments, format);
    if (vasprintf(&line, format, arguments) < 0)
        line = NULL;
    va_end(arguments);
    if (line != NULL)
        difference->lines[difference->count++] = line;
    else
        difference->left_out++;
}

void difference_deinit(struct difference *difference)
{
    for (size_t i = 0; i < difference->count; i++)
        free(difference->lines[i]);
    free(difference->lines);
    *difference = (struct difference){0};
}

/* By id: listeners, groups or targets of one of the two. */
static const void *find(const struct hashmap *map, uint64_t id)
{
    return hashmap_get(map, (const char *)&id, sizeof(id));
}

static void put(struct hashmap *map, uint64_t id, const void *item)
{
    (void)hashmap_put(map, (const char *)&id, sizeof(id), (void *)item);
}

static bool texts_equal(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static void compare_listener(struct difference *difference, const struct route_listener *before,
                             const struct route_listener *after)
{
    if (before->rule_count != after->rule_count)
        add(difference, "listener %s: %u rules instead of %u", after->address, after->rule_count,
            before->rule_count);
    if (before->protocol != after->protocol)
        add(difference, "listener %s: another protocol", after->address);
    if (before->certificate_count != after->certificate_count)
        add(difference, "listener %s: %u certificates instead of %u", after->address,
            after->certificate_count, before->certificate_count);
    if (!texts_equal(before->access_log.path, after->access_log.path))
        add(difference, "listener %s: the access log is %s", after->address,
            texts_equal(after->access_log.path, NULL) ? "off" : after->access_log.path);
}

static void compare_targets(struct difference *difference, struct arena *arena,
                            const struct merged_group *origin, const struct route_group *before,
                            const struct route_group *after)
{
    struct hashmap old, new;

    hashmap_init(&old, arena);
    hashmap_init(&new, arena);
    for (uint32_t i = 0; before != NULL && i < before->target_count; i++)
        put(&old, before->targets[i].id, &before->targets[i]);
    for (uint32_t i = 0; i < after->target_count; i++) {
        const struct route_target *target = &after->targets[i];
        const struct route_target *known = find(&old, target->id);

        put(&new, target->id, target);
        if (known == NULL)
            add(difference, "group %s/%s: target %s added", origin->project, after->name,
                target->text);
        else if (known->weight != target->weight)
            add(difference, "group %s/%s: target %s has weight %u instead of %u", origin->project,
                after->name, target->text, target->weight, known->weight);
    }
    for (uint32_t i = 0; before != NULL && i < before->target_count; i++) {
        if (find(&new, before->targets[i].id) == NULL)
            add(difference, "group %s/%s: target %s removed", origin->project, after->name,
                before->targets[i].text);
    }
}

static void compare_listeners(struct difference *difference, struct arena *arena,
                              const struct route_config *before, const struct route_config *after)
{
    struct hashmap old, new;

    hashmap_init(&old, arena);
    hashmap_init(&new, arena);
    for (uint32_t i = 0; i < before->listener_count; i++)
        put(&old, before->listeners[i].id, &before->listeners[i]);
    for (uint32_t i = 0; i < after->listener_count; i++) {
        const struct route_listener *listener = &after->listeners[i];
        const struct route_listener *known = find(&old, listener->id);

        put(&new, listener->id, listener);
        if (known == NULL)
            add(difference, "listener %s added", listener->address);
        else
            compare_listener(difference, known, listener);
    }
    for (uint32_t i = 0; i < before->listener_count; i++) {
        if (find(&new, before->listeners[i].id) == NULL)
            add(difference, "listener %s removed", before->listeners[i].address);
    }
}

static void compare_groups(struct difference *difference, struct arena *arena,
                           const struct merged *before, const struct merged *after)
{
    struct hashmap old, new;

    hashmap_init(&old, arena);
    hashmap_init(&new, arena);
    for (uint32_t i = 0; i < before->config.group_count; i++)
        put(&old, before->config.groups[i].id, &before->config.groups[i]);
    for (uint32_t i = 0; i < after->config.group_count; i++) {
        const struct route_group *group = &after->config.groups[i];
        const struct route_group *known = find(&old, group->id);

        put(&new, group->id, group);
        if (known == NULL)
            add(difference, "group %s/%s added", after->groups[i].project, group->name);
        compare_targets(difference, arena, &after->groups[i], known, group);
    }
    for (uint32_t i = 0; i < before->config.group_count; i++) {
        if (find(&new, before->config.groups[i].id) == NULL)
            add(difference, "group %s/%s removed", before->groups[i].project,
                before->config.groups[i].name);
    }
}

/* The files of as many certificates as before may have something else in them. */
static bool are_renewed(const struct route_listener *before, const struct certificate_facts *old,
                        const struct route_listener *after, const struct certificate_facts *new)
{
    if (before->certificate_count != after->certificate_count)
        return false; /* it is told how many there are */
    for (uint32_t i = 0; i < after->certificate_count; i++) {
        if (old[i].content != new[i].content)
            return true;
    }
    return false;
}

struct certified {
    const struct route_listener *listener;
    const struct certificate_facts *facts;
};

static void compare_certificates(struct difference *difference, struct arena *arena,
                                 const struct publication *before, const struct publication *after)
{
    const struct route_config *config = &before->merged.config;
    const struct certificate_facts *facts = before->certificates.items;
    struct certified *certified = arena_new_array(arena, struct certified, config->listener_count);
    struct hashmap old;

    hashmap_init(&old, arena);
    for (uint32_t i = 0; i < config->listener_count; i++) {
        certified[i] = (struct certified){&config->listeners[i], facts};
        put(&old, config->listeners[i].id, &certified[i]);
        facts += config->listeners[i].certificate_count;
    }
    config = &after->merged.config;
    facts = after->certificates.items;
    for (uint32_t i = 0; i < config->listener_count; i++) {
        const struct route_listener *listener = &config->listeners[i];
        const struct certified *known = find(&old, listener->id);

        if (known != NULL && are_renewed(known->listener, known->facts, listener, facts))
            add(difference, "certificates of listener %s renewed", listener->address);
        facts += listener->certificate_count;
    }
}

struct comparison {
    struct difference *difference;
    struct arena arena;
    const struct publication *publications[2]; /* the first may be NULL */
    const struct merged *before, *after;
};

static void compare(void *context)
{
    struct comparison *comparison = context;

    compare_listeners(comparison->difference, &comparison->arena, &comparison->before->config,
                      &comparison->after->config);
    compare_groups(comparison->difference, &comparison->arena, comparison->before,
                   comparison->after);
    if (comparison->publications[0] != NULL)
        compare_certificates(comparison->difference, &comparison->arena,
                             comparison->publications[0], comparison->publications[1]);
}

int difference_find(const struct publication *before, const struct publication *after,
                    struct difference *ret_difference)
{
    static const struct merged nothing;
    struct difference difference = {0};
    struct comparison comparison = {
        .difference = &difference,
        .publications = {before, after},
        .before = before != NULL ? &before->merged : &nothing,
        .after = &after->merged,
    };
    int r;

    difference.lines = calloc(DIFFERENCE_LINES_MAX, sizeof(*difference.lines));
    if (difference.lines == NULL)
        return -ENOMEM;
    arena_init(&comparison.arena, (size_t)256 << 20);
    r = arena_protect(&comparison.arena, compare, &comparison);
    arena_deinit(&comparison.arena);
    if (r < 0) {
        difference_deinit(&difference);
        return r;
    }
    /* Settings are too many to compare one by one. */
    if (difference.count == 0 && before != NULL &&
        memcmp(before->content_hash, after->content_hash, sizeof(before->content_hash)) != 0)
        add(&difference, "settings changed");
    *ret_difference = difference;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "control/leaving.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "control/publication.h"

static void target_free(struct leaving_target *target)
{
    free(target->project);
    free(target->group);
    free(target->address);
    free(target);
}

void leaving_deinit(struct leaving *leaving)
{
    while (leaving->count > 0)
        target_free(leaving->targets[--leaving->count]);
}

/* Keeps those that stay, in their order. */
static void filter(struct leaving *leaving,
                   bool (*stays)(const struct leaving_target *target, const void *context),
                   const void *context)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < leaving->count; i++) {
        struct leaving_target *target = leaving->targets[i];

        if (stays(target, context))
            leaving->targets[count++] = target;
        else
            target_free(target);
    }
    leaving->count = count;
}

static bool has_time_left(const struct leaving_target *target, const void *now_ns)
{
    return target->until_ns > *(const uint64_t *)now_ns;
}

void leaving_expire(struct leaving *leaving, uint64_t now_ns)
{
    filter(leaving, has_time_left, &now_ns);
}

static int compare_ids(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return one < other ? -1 : one > other;
}

/* Of all targets, in order; items are NULL where memory is out. */
struct ids {
    uint64_t *items;
    size_t count;
};

static struct ids list_ids(const struct route_config *config)
{
    struct ids ids = {0};
    size_t count = 0;

    for (uint32_t i = 0; i < config->group_count; i++)
        count += config->groups[i].target_count;
    ids.items = calloc(count + 1, sizeof(*ids.items));
    for (uint32_t i = 0; ids.items != NULL && i < config->group_count; i++)
        for (uint32_t j = 0; j < config->groups[i].target_count; j++)
            ids.items[ids.count++] = config->groups[i].targets[j].id;
    if (ids.items != NULL)
        qsort(ids.items, ids.count, sizeof(*ids.items), compare_ids);
    return ids;
}

static bool has_id(const struct ids *ids, uint64_t id)
{
    return bsearch(&id, ids->items, ids->count, sizeof(id), compare_ids) != NULL;
}

static bool is_not_back(const struct leaving_target *target, const void *ids)
{
    return !has_id(ids, target->id);
}

static void add(struct leaving *leaving, const char *project, const struct route_group *group,
                const struct route_target *from, uint64_t now_ns)
{
    struct leaving_target *target = calloc(1, sizeof(*target));

    if (target == NULL)
        return;
    target->id = from->id;
    target->until_ns = time_add(now_ns, time_from_milliseconds(group->drain_ms));
    target->project = strdup(project);
    target->group = strdup(group->name);
    target->address = strdup(from->text);
    if (target->project == NULL || target->group == NULL || target->address == NULL) {
        target_free(target);
        return;
    }
    leaving->targets[leaving->count++] = target;
}

void leaving_update(struct leaving *leaving, const struct publication *before,
                    const struct publication *after, uint64_t now_ns)
{
    const struct merged *old = before != NULL ? &before->merged : NULL;
    struct ids ids = list_ids(&after->merged.config);

    leaving_expire(leaving, now_ns);
    if (ids.items == NULL)
        return;
    filter(leaving, is_not_back, &ids);
    for (uint32_t i = 0; old != NULL && i < old->config.group_count; i++) {
        const struct route_group *group = &old->config.groups[i];

        for (uint32_t j = 0; j < group->target_count && leaving->count < LEAVING_MAX; j++) {
            if (!has_id(&ids, group->targets[j].id))
                add(leaving, old->groups[i].project, group, &group->targets[j], now_ns);
        }
    }
    free(ids.items);
}

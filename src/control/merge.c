/* SPDX-License-Identifier: Apache-2.0 */
#include "control/merge.h"

#include <errno.h>
#include <string.h>

#include "base/hashmap.h"
#include "base/text.h"
#include "control/merge_priv.h"
#include "route/identity.h"

struct merge {
    struct arena *arena;
    struct project *const *projects;
    size_t count;
    uint32_t *group_offsets; /* by project */
    struct route_group *groups;
    struct merged_group *group_origins;
    uint32_t group_count;
    struct route_listener *listeners;
    struct merged_listener *listener_origins;
    uint32_t listener_count;
    const char *metrics_address;
};

static void merge_groups(struct merge *merge)
{
    uint32_t count = 0;

    merge->group_offsets = arena_new_array(merge->arena, uint32_t, merge->count);
    for (size_t i = 0; i < merge->count; i++) {
        merge->group_offsets[i] = count;
        count += merge->projects[i]->config.group_count;
    }
    merge->groups = arena_new_array(merge->arena, struct route_group, count);
    merge->group_origins = arena_new_array(merge->arena, struct merged_group, count);
    merge->group_count = count;
    for (size_t i = 0; i < merge->count; i++) {
        const struct project *project = merge->projects[i];

        for (uint32_t j = 0; j < project->config.group_count; j++) {
            merge->groups[merge->group_offsets[i] + j] = project->config.groups[j];
            merge->group_origins[merge->group_offsets[i] + j].project = project->name;
            merge->group_origins[merge->group_offsets[i] + j].is_used =
                identity_is_standby(project->config.groups[j].name);
        }
    }
}

static void move_action(struct merge *merge, struct route_action *action, uint32_t offset)
{
    struct route_forward *forwards;

    if (action->forward_count == 0)
        return;
    forwards = arena_new_array(merge->arena, struct route_forward, action->forward_count);
    for (uint32_t i = 0; i < action->forward_count; i++) {
        forwards[i] = action->forwards[i];
        forwards[i].group += offset;
        merge->group_origins[forwards[i].group].is_used = true;
    }
    action->forwards = forwards;
}

static void use_groups(struct merge *merge, const struct route_listener *listener)
{
    for (uint32_t i = 0; i < listener->rule_count; i++) {
        const struct route_action *action = &listener->rules[i].action;

        for (uint32_t j = 0; j < action->forward_count; j++)
            merge->group_origins[action->forwards[j].group].is_used = true;
    }
}

static void merge_rules(struct merge *merge, struct route_listener *into,
                        const struct merge_part *parts, size_t count)
{
    struct route_rule *rules;
    uint32_t total = 0;
    uint32_t used = 0;

    if (count == 1 && parts[0].group_offset == 0) {
        use_groups(merge, parts[0].listener);
        return; /* they stay the project's: nothing in them moves */
    }
    for (size_t i = 0; i < count; i++)
        total += parts[i].listener->rule_count;
    rules = arena_new_array(merge->arena, struct route_rule, total);
    for (size_t i = 0; i < count; i++) {
        const struct route_listener *listener = parts[i].listener;

        for (uint32_t j = 0; j < listener->rule_count; j++) {
            rules[used] = listener->rules[j];
            move_action(merge, &rules[used].action, parts[i].group_offset);
            used++;
        }
    }
    into->rules = total > 0 ? rules : NULL;
    into->rule_count = total;
}

/* What became of `ports:`, of which nobody has written a listener. */
static bool is_published_port(const struct merge_part *part)
{
    const char *name = part->listener->name;

    return name != NULL && text_starts_with(name, "port-") && part->listener->rule_count == 0;
}

static int refuse_default(const struct merge_part *a, const struct merge_part *b,
                          struct error **reterr)
{
    if (is_published_port(a) && is_published_port(b))
        return error_set(reterr, EEXIST,
                         "projects \"%s\" and \"%s\" both publish this port; take another one",
                         a->project->name, b->project->name);
    return error_set(reterr, EEXIST, "projects \"%s\" and \"%s\" both have a default; only one may",
                     a->project->name, b->project->name);
}

static int merge_default(struct merge *merge, struct route_listener *into,
                         const struct merge_part *parts, size_t count, struct error **reterr)
{
    const struct merge_part *by = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct route_action *action = &parts[i].listener->default_action;

        if (action->kind == ROUTE_ACTION_NONE)
            continue;
        if (by == NULL)
            by = &parts[i];
        else if (!merge_actions_equal(action, &by->listener->default_action))
            return refuse_default(by, &parts[i], reterr);
    }
    into->default_action = (by != NULL ? by : parts)->listener->default_action;
    move_action(merge, &into->default_action, (by != NULL ? by : parts)->group_offset);
    return 0;
}

static int merge_listener(struct merge *merge, const struct merge_part *parts, size_t count,
                          struct error **reterr)
{
    struct route_listener *into = &merge->listeners[merge->listener_count];
    struct merged_listener *origin = &merge->listener_origins[merge->listener_count];
    const char **names = arena_new_array(merge->arena, const char *, count);
    int r;

    for (size_t i = 0; i < count; i++)
        names[i] = parts[i].project->name;
    *origin = (struct merged_listener){names, (uint32_t)count};
    *into = *parts[0].listener;
    merge_rules(merge, into, parts, count);
    r = merge_default(merge, into, parts, count, reterr);
    if (r == 0 && count > 1) {
        struct route_certificate *certificates;
        uint32_t total = 0;

        for (size_t i = 0; i < count; i++)
            total += parts[i].listener->certificate_count;
        certificates = arena_new_array(merge->arena, struct route_certificate, total);
        into->certificates = certificates;
        into->certificate_count = total;
        r = merge_settings(into, parts, count, reterr);
        if (r == 0)
            r = merge_check_overlap(merge->arena, parts, count, reterr);
    }
    if (r < 0)
        return error_prefix(reterr, "listener %s", into->address);
    merge->listener_count++;
    return 0;
}

/* By address, in the order in which addresses come up. */
static int merge_listeners(struct merge *merge, struct error **reterr)
{
    struct hashmap seen;
    size_t total = 0;
    int r = 0;

    for (size_t i = 0; i < merge->count; i++)
        total += merge->projects[i]->config.listener_count;
    merge->listeners = arena_new_array(merge->arena, struct route_listener, total);
    merge->listener_origins = arena_new_array(merge->arena, struct merged_listener, total);
    hashmap_init(&seen, merge->arena);

    /* First who has it, then each one with all of those at once. */
    for (size_t i = 0; i < merge->count; i++) {
        const struct route_config *config = &merge->projects[i]->config;

        for (uint32_t j = 0; j < config->listener_count; j++) {
            const uint64_t *id = &config->listeners[j].id;
            struct merge_part *parts = hashmap_get(&seen, (const char *)id, sizeof(*id));
            size_t number = 0;

            if (parts == NULL) {
                parts = arena_new_array(merge->arena, struct merge_part, merge->count + 1);
                (void)hashmap_put(&seen, (const char *)id, sizeof(*id), parts);
            }
            while (parts[number].project != NULL)
                number++;
            if (number > 0 && parts[number - 1].project == merge->projects[i])
                return error_set(reterr, EINVAL, "project \"%s\" has two listeners on %s",
                                 merge->projects[i]->name, config->listeners[j].address);
            parts[number] = (struct merge_part){merge->projects[i], &config->listeners[j],
                                                merge->group_offsets[i]};
        }
    }
    for (size_t i = 0; i < seen.count && r == 0; i++) {
        const struct merge_part *parts = seen.entries[i].value;
        size_t count = 0;

        while (parts[count].project != NULL)
            count++;
        r = merge_listener(merge, parts, count, reterr);
    }
    return r;
}

static int merge_metrics(struct merge *merge, struct error **reterr)
{
    const struct project *by = NULL;

    for (size_t i = 0; i < merge->count; i++) {
        const char *address = merge->projects[i]->config.metrics_address;

        if (address == NULL || *address == '\0')
            continue;
        if (by == NULL) {
            by = merge->projects[i];
            merge->metrics_address = address;
        } else if (strcmp(address, merge->metrics_address) != 0) {
            return error_set(reterr, EEXIST,
                             "projects \"%s\" and \"%s\" disagree about metrics.address: %s and %s",
                             by->name, merge->projects[i]->name, merge->metrics_address, address);
        }
    }
    return 0;
}

int merge_projects(struct arena *arena, struct project *const *projects, size_t count,
                   struct merged *ret, struct error **reterr)
{
    struct merge merge = {.arena = arena, .projects = projects, .count = count};
    int r;

    merge_groups(&merge);
    r = merge_listeners(&merge, reterr);
    if (r == 0)
        r = merge_metrics(&merge, reterr);
    if (r < 0)
        return r;
    *ret = (struct merged){
        .config =
            {
                .listeners = merge.listener_count > 0 ? merge.listeners : NULL,
                .listener_count = merge.listener_count,
                .groups = merge.group_count > 0 ? merge.groups : NULL,
                .group_count = merge.group_count,
                .metrics_address = merge.metrics_address,
            },
        .listeners = merge.listener_origins,
        .groups = merge.group_origins,
    };
    return 0;
}

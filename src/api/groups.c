/* SPDX-License-Identifier: Apache-2.0 */
#include "api/groups.h"

#include <string.h>

#include "api/api_priv.h"
#include "api/target_state.h"
#include "os/os.h"

bool group_is_called(const struct merged *merged, uint32_t position, const char *text)
{
    const char *project = merged->groups[position].project;
    const char *name = merged->config.groups[position].name;
    size_t length = strlen(project);

    if (strcmp(text, name) == 0)
        return true;
    return strncmp(text, project, length) == 0 && text[length] == '/' &&
           strcmp(text + length + 1, name) == 0;
}

uint32_t group_find(const struct merged *merged, const char *text, uint32_t *ret_position)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < merged->config.group_count; i++) {
        if (!group_is_called(merged, i, text))
            continue;
        if (count++ == 0)
            *ret_position = i;
    }
    return count;
}

static const char *algorithm_name(enum route_algorithm algorithm)
{
    switch (algorithm) {
    case ROUTE_ALGORITHM_ROUND_ROBIN:
        return "round_robin";
    case ROUTE_ALGORITHM_LEAST_OUTSTANDING:
        return "least_outstanding";
    case ROUTE_ALGORITHM_WEIGHTED_RANDOM:
        return "weighted_random";
    case ROUTE_ALGORITHM_HASH:
        return "hash";
    }
    return "";
}

static const char *health_name(enum route_health_protocol protocol)
{
    switch (protocol) {
    case ROUTE_HEALTH_NONE:
        return "none";
    case ROUTE_HEALTH_HTTP:
        return "http";
    case ROUTE_HEALTH_TCP:
        return "tcp";
    }
    return "";
}

static struct value *group_value(struct arena *arena, const struct control *control,
                                 const struct merged_group *origin, const struct route_group *group,
                                 uint64_t now_ns)
{
    uint32_t counts[TARGET_STATE_COUNT] = {0};
    struct value *map = json_new_map(arena);
    struct value *states = json_new_map(arena);

    for (uint32_t i = 0; i < group->target_count; i++)
        counts[target_state_read(&control->state, origin, &group->targets[i], now_ns).kind]++;
    json_put_id(arena, map, "id", group->id);
    json_put_text(arena, map, "project", origin->project);
    json_put_text(arena, map, "name", group->name);
    json_put_text(arena, map, "algorithm", algorithm_name(group->algorithm));
    json_put_text(arena, map, "health_check", health_name(group->health.protocol));
    json_put_bool(arena, map, "used", origin->is_used);
    json_put_number(arena, map, "targets", group->target_count);
    for (unsigned int i = 0; i < TARGET_STATE_COUNT; i++)
        json_put_number(arena, states, target_state_name(i), counts[i]);
    json_put(arena, map, "states", states);
    return map;
}

static struct value *make_groups(struct arena *arena, const struct api_call *call, void *context)
{
    const struct merged *merged = control_merged(call->control);
    struct value *map = json_new_map(arena);
    struct value *list = json_new_list(arena);
    uint64_t now_ns = os_monotonic_time_ns();

    (void)context;
    for (uint32_t i = 0; i < merged->config.group_count; i++)
        value_list_append(arena, list,
                          group_value(arena, call->control, &merged->groups[i],
                                      &merged->config.groups[i], now_ns));
    json_put(arena, map, "groups", list);
    return map;
}

void api_list_groups(struct api_call *call)
{
    api_answer(call, 200, make_groups, NULL);
}

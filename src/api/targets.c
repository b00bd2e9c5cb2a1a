/* SPDX-License-Identifier: Apache-2.0 */
#include "api/targets.h"

#include <string.h>

#include "api/api_priv.h"
#include "api/groups.h"
#include "api/target_state.h"
#include "http/target.h"
#include "os/os.h"

#define GROUP_TEXT_SIZE 512

static void put_traffic(struct arena *arena, struct value *map, const struct control *control,
                        uint64_t id)
{
    uint32_t slot = state_find(&control->state, id);
    struct state_sum sum = {0};

    if (slot != UINT32_MAX)
        state_sum(&control->state, slot, &sum);
    json_put_number(arena, map, "active", sum.counters.active);
    json_put_number(arena, map, "open_connections", sum.counters.open_connections);
    json_put_number(arena, map, "requests", sum.counters.requests);
    json_put_number(arena, map, "errors",
                    sum.counters.target_responses[5] + sum.counters.connection_errors);
}

static const char *describe(const struct target_state *state, const struct route_target *target)
{
    /* Containers know each other by name, without the edge. */
    if (state->reason == STATE_REASON_UNUSED && target->instance != NULL)
        return "Not behind a listener; other services reach it by name";
    return state_reason_text(state->reason);
}

struct value *targets_value(struct arena *arena, const struct control *control,
                            const struct merged_group *origin, const struct route_group *group,
                            uint32_t number, uint64_t now_ns)
{
    const struct route_target *target = &group->targets[number];
    struct target_state state = target_state_read(&control->state, origin, target, now_ns);
    struct value *map = json_new_map(arena);

    json_put_id(arena, map, "id", target->id);
    json_put_text(arena, map, "project", origin->project);
    json_put_text(arena, map, "group", group->name);
    json_put_text(arena, map, "address", target->text);
    if (origin->names != NULL && origin->names[number] != NULL)
        json_put_text(arena, map, "name", origin->names[number]);
    json_put_number(arena, map, "weight", state.weight);
    if (state.has_own_weight)
        json_put_number(arena, map, "configured_weight", target->weight);
    json_put_text(arena, map, "state", target_state_name(state.kind));
    json_put_text(arena, map, "reason", target_state_reason_name(state.reason));
    json_put_text(arena, map, "description", describe(&state, target));
    json_put_time(arena, map, "since", (int64_t)(state.since_unix_ns / TIME_SECOND));
    if (state.last_status != 0)
        json_put_number(arena, map, "last_status", state.last_status);
    put_traffic(arena, map, control, target->id);
    return map;
}

/* One that is not configured any more; NULL where it has finished. */
static struct value *leaving_value(struct arena *arena, const struct control *control,
                                   const struct leaving_target *target)
{
    uint32_t slot = state_find(&control->state, target->id);
    struct state_sum sum = {0};
    struct value *map;

    if (slot != UINT32_MAX)
        state_sum(&control->state, slot, &sum);
    if (sum.counters.active == 0)
        return NULL;
    map = json_new_map(arena);
    json_put_id(arena, map, "id", target->id);
    json_put_text(arena, map, "project", target->project);
    json_put_text(arena, map, "group", target->group);
    json_put_text(arena, map, "address", target->address);
    json_put_number(arena, map, "weight", 0);
    json_put_text(arena, map, "state", target_state_name(TARGET_STATE_DRAINING));
    json_put_text(arena, map, "reason", target_state_reason_name(STATE_REASON_DEREGISTERED));
    json_put_text(arena, map, "description", state_reason_text(STATE_REASON_DEREGISTERED));
    json_put_time(arena, map, "since", 0);
    put_traffic(arena, map, control, target->id);
    return map;
}

static bool leaving_is_wanted(const struct leaving_target *target, const char *wanted)
{
    size_t length = strlen(target->project);

    if (wanted == NULL || strcmp(wanted, target->group) == 0)
        return true;
    return strncmp(wanted, target->project, length) == 0 && wanted[length] == '/' &&
           strcmp(wanted + length + 1, target->group) == 0;
}

void targets_append_leaving(struct arena *arena, struct value *list, const struct control *control,
                            const char *wanted, uint64_t now_ns)
{
    for (unsigned int i = 0; i < control->leaving.count; i++) {
        const struct leaving_target *target = control->leaving.targets[i];
        struct value *value = target->until_ns > now_ns && leaving_is_wanted(target, wanted)
                                  ? leaving_value(arena, control, target)
                                  : NULL;

        if (value != NULL)
            value_list_append(arena, list, value);
    }
}

/* One of the list says which instance it stands for, where there is one: the id is followed by '~'
 * and what tells its lives apart. */
static struct value *listed_value(struct arena *arena, const struct control *control,
                                  const struct merged_group *origin,
                                  const struct route_group *group, uint32_t number, uint64_t now_ns)
{
    const char *instance = group->targets[number].instance;
    struct value *map = targets_value(arena, control, origin, group, number, now_ns);

    if (instance != NULL)
        json_put_text(arena, map, "instance_id",
                      arena_strndup(arena, instance, strcspn(instance, "~")));
    return map;
}

static struct value *make_targets(struct arena *arena, const struct api_call *call, void *context)
{
    const struct merged *merged = control_merged(call->control);
    const char *wanted = context;
    struct value *map = json_new_map(arena);
    struct value *list = json_new_list(arena);
    uint64_t now_ns = os_monotonic_time_ns();

    for (uint32_t i = 0; i < merged->config.group_count; i++) {
        const struct route_group *group = &merged->config.groups[i];

        if (wanted != NULL && !group_is_called(merged, i, wanted))
            continue;
        for (uint32_t j = 0; j < group->target_count; j++)
            value_list_append(
                arena, list,
                listed_value(arena, call->control, &merged->groups[i], group, j, now_ns));
    }
    targets_append_leaving(arena, list, call->control, wanted, now_ns);
    json_put(arena, map, "targets", list);
    return map;
}

void api_list_targets(struct api_call *call)
{
    char group[GROUP_TEXT_SIZE];
    uint32_t position;
    int r = http_query_find(call->request->query, "group", group, sizeof(group));

    if (r < 0)
        http_respond_error(call->request, 400, "the query is malformed");
    else if (r > 0 && group_find(control_merged(call->control), group, &position) == 0)
        http_respond_error(call->request, 404, "there is no group \"%s\"", group);
    else
        api_answer(call, 200, make_targets, r > 0 ? group : NULL);
}

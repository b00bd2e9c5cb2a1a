/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters as they are, for programs that show how they change:
 *
 *     {"time_ns": of the monotonic clock, "generation",
 *      "listeners": [{"id", "name", "address", COUNTERS}],
 *      "groups":    [{"id", "project", "name", COUNTERS}],
 *      "targets":   [{"id", "project", "group", "address", COUNTERS}]}
 *
 * COUNTERS are those of struct state_counters by name. "responses" and "target_responses" have six
 * numbers, by the first digit of the status. "latency" is a list of [bucket, count] for buckets of
 * base/histogram.h that are not empty.
 */
#include <string.h>

#include "api/api_priv.h"
#include "os/os.h"

#define STATISTICS_COUNTERS(X)                                                                     \
    X(requests)                                                                                    \
    X(connections)                                                                                 \
    X(connection_errors)                                                                           \
    X(reused)                                                                                      \
    X(retries)                                                                                     \
    X(rejected)                                                                                    \
    X(timeouts)                                                                                    \
    X(resets)                                                                                      \
    X(received_bytes)                                                                              \
    X(sent_bytes)                                                                                  \
    X(ejections)                                                                                   \
    X(latency_sum_us)                                                                              \
    X(open_connections)                                                                            \
    X(active)                                                                                      \
    X(pending)                                                                                     \
    X(idle_connections)

static struct value *numbers_value(struct arena *arena, const uint64_t *numbers, size_t count)
{
    struct value *list = json_new_list(arena);

    for (size_t i = 0; i < count; i++)
        value_list_append(arena, list,
                          value_new_integer(arena, (int64_t)numbers[i], (struct mark){0}));
    return list;
}

static void put_counters(struct arena *arena, struct value *map, const struct control *control,
                         uint64_t id)
{
    uint32_t slot = state_find(&control->state, id);
    struct value *latency = json_new_list(arena);
    struct state_sum sum = {0};

    if (slot != UINT32_MAX)
        state_sum(&control->state, slot, &sum);
#define X(name) json_put_number(arena, map, #name, sum.counters.name);
    STATISTICS_COUNTERS(X)
#undef X
    json_put(arena, map, "responses", numbers_value(arena, sum.counters.responses, 6));
    json_put(arena, map, "target_responses",
             numbers_value(arena, sum.counters.target_responses, 6));
    for (uint64_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++) {
        const uint64_t pair[] = {i, sum.latency[i]};

        if (sum.latency[i] > 0)
            value_list_append(arena, latency, numbers_value(arena, pair, 2));
    }
    json_put(arena, map, "latency", latency);
}

static void put_listeners(struct arena *arena, struct value *map, const struct control *control,
                          const struct merged *merged)
{
    struct value *list = json_new_list(arena);

    for (uint32_t i = 0; i < merged->config.listener_count; i++) {
        const struct route_listener *listener = &merged->config.listeners[i];
        struct value *item = json_new_map(arena);

        json_put_id(arena, item, "id", listener->id);
        json_put_text(arena, item, "name", listener->name);
        json_put_text(arena, item, "address", listener->address);
        put_counters(arena, item, control, listener->id);
        value_list_append(arena, list, item);
    }
    json_put(arena, map, "listeners", list);
}

static void put_groups(struct arena *arena, struct value *map, const struct control *control,
                       const struct merged *merged)
{
    struct value *list = json_new_list(arena);

    for (uint32_t i = 0; i < merged->config.group_count; i++) {
        const struct route_group *group = &merged->config.groups[i];
        struct value *item = json_new_map(arena);

        json_put_id(arena, item, "id", group->id);
        json_put_text(arena, item, "project", merged->groups[i].project);
        json_put_text(arena, item, "name", group->name);
        put_counters(arena, item, control, group->id);
        value_list_append(arena, list, item);
    }
    json_put(arena, map, "groups", list);
}

static void put_targets(struct arena *arena, struct value *map, const struct control *control,
                        const struct merged *merged)
{
    struct value *list = json_new_list(arena);

    for (uint32_t i = 0; i < merged->config.group_count; i++) {
        const struct route_group *group = &merged->config.groups[i];

        for (uint32_t j = 0; j < group->target_count; j++) {
            struct value *item = json_new_map(arena);

            json_put_id(arena, item, "id", group->targets[j].id);
            json_put_text(arena, item, "project", merged->groups[i].project);
            json_put_text(arena, item, "group", group->name);
            json_put_text(arena, item, "address", group->targets[j].text);
            put_counters(arena, item, control, group->targets[j].id);
            value_list_append(arena, list, item);
        }
    }
    json_put(arena, map, "targets", list);
}

static struct value *make_statistics(struct arena *arena, const struct api_call *call,
                                     void *context)
{
    const struct merged *merged = control_merged(call->control);
    struct value *map = json_new_map(arena);

    (void)context;
    json_put_number(arena, map, "time_ns", os_monotonic_time_ns());
    json_put_number(arena, map, "generation", control_generation(call->control));
    put_listeners(arena, map, call->control, merged);
    put_groups(arena, map, call->control, merged);
    put_targets(arena, map, call->control, merged);
    return map;
}

void api_statistics(struct api_call *call)
{
    api_answer(call, 200, make_statistics, NULL);
}

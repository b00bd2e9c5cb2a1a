/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/api_priv.h"

static const char *protocol_name(enum route_protocol protocol)
{
    switch (protocol) {
    case ROUTE_PROTOCOL_HTTP:
        return "http";
    case ROUTE_PROTOCOL_HTTPS:
        return "https";
    case ROUTE_PROTOCOL_TCP:
        return "tcp";
    }
    return "";
}

static struct value *certificate_value(struct arena *arena, const struct route_certificate *files,
                                       const struct certificate_facts *facts)
{
    struct value *map = json_new_map(arena);
    struct value *names = json_new_list(arena);

    json_put_text(arena, map, "certificate", files->certificate);
    for (size_t i = 0; i < facts->name_count; i++)
        json_append_text(arena, names, facts->names[i]);
    json_put(arena, map, "names", names);
    json_put_time(arena, map, "not_before", facts->not_before_unix_s);
    json_put_time(arena, map, "not_after", facts->not_after_unix_s);
    return map;
}

static void put_traffic(struct arena *arena, struct value *map, const struct control *control,
                        uint64_t id)
{
    uint32_t slot = state_find(&control->state, id);
    struct state_sum sum = {0};

    if (slot != UINT32_MAX)
        state_sum(&control->state, slot, &sum);
    json_put_number(arena, map, "open_connections", sum.counters.open_connections);
    json_put_number(arena, map, "connections", sum.counters.connections);
    json_put_number(arena, map, "rejected", sum.counters.rejected);
    json_put_number(arena, map, "requests", sum.counters.requests);
}

static struct value *listener_value(struct arena *arena, const struct control *control,
                                    const struct route_listener *listener,
                                    const struct merged_listener *origin, size_t first_certificate)
{
    const struct certificates *certificates = &control->publication->certificates;
    struct value *map = json_new_map(arena);
    struct value *projects = json_new_list(arena);
    struct value *list = json_new_list(arena);

    json_put_id(arena, map, "id", listener->id);
    json_put_text(arena, map, "name", listener->name);
    json_put_text(arena, map, "address", listener->address);
    json_put_text(arena, map, "protocol", protocol_name(listener->protocol));
    for (uint32_t i = 0; i < origin->project_count; i++)
        json_append_text(arena, projects, origin->projects[i]);
    json_put(arena, map, "projects", projects);
    json_put_number(arena, map, "rules", listener->rule_count);
    for (uint32_t i = 0; i < listener->certificate_count; i++)
        value_list_append(arena, list,
                          certificate_value(arena, &listener->certificates[i],
                                            &certificates->items[first_certificate + i]));
    json_put(arena, map, "certificates", list);
    json_put_text(arena, map, "access_log", listener->access_log.path);
    put_traffic(arena, map, control, listener->id);
    return map;
}

static struct value *make_listeners(struct arena *arena, const struct api_call *call, void *context)
{
    const struct merged *merged = control_merged(call->control);
    struct value *map = json_new_map(arena);
    struct value *list = json_new_list(arena);
    size_t certificate = 0;

    (void)context;
    for (uint32_t i = 0; i < merged->config.listener_count; i++) {
        const struct route_listener *listener = &merged->config.listeners[i];

        value_list_append(
            arena, list,
            listener_value(arena, call->control, listener, &merged->listeners[i], certificate));
        certificate += listener->certificate_count;
    }
    json_put(arena, map, "listeners", list);
    return map;
}

void api_list_listeners(struct api_call *call)
{
    api_answer(call, 200, make_listeners, NULL);
}

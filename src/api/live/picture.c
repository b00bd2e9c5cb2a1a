/* SPDX-License-Identifier: Apache-2.0 */
#include "api/live/picture.h"

#include <arpa/inet.h>
#include <string.h>

#include "api/json.h"
#include "api/live/names.h"
#include "api/targets.h"
#include "base/arena.h"
#include "base/strbuf.h"
#include "spec/mask.h"

#define SHOWN_BYTES_MAX 80 /* of an answer's body */

/* Words */

static void begin(struct strbuf *text, size_t start, const char *what)
{
    strbuf_printf(text, "%s%s ", text->length > start ? "; " : "", what);
}

static void put_texts(struct strbuf *text, const struct route_texts *texts)
{
    for (uint32_t i = 0; i < texts->count; i++)
        strbuf_printf(text, "%s%s", i > 0 ? " or " : "", texts->items[i]);
}

static void put_named(struct strbuf *text, const struct route_named_patterns *named,
                      const char *separator, bool shows_values)
{
    strbuf_printf(text, "%s%s", named->name, separator);
    if (shows_values)
        put_texts(text, &named->patterns);
    else
        strbuf_append_string(text, MASK_TEXT);
}

static void put_network(struct strbuf *text, const struct route_network *network)
{
    char address[INET6_ADDRSTRLEN] = "";
    bool is_ipv4 = network->family == ROUTE_FAMILY_IPV4;

    if (inet_ntop(is_ipv4 ? AF_INET : AF_INET6, network->bytes, address, sizeof(address)) == NULL)
        return;
    strbuf_append_string(text, address);
    if (network->prefix_bits != (is_ipv4 ? 32 : 128))
        strbuf_printf(text, "/%u", network->prefix_bits);
}

void picture_conditions(struct strbuf *text, const struct route_conditions *when, bool shows_values)
{
    const struct {
        const char *what;
        const struct route_texts *texts;
    } plain[] = {{"host", &when->hosts}, {"path", &when->paths}, {"method", &when->methods}};
    size_t start = text->length;

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (plain[i].texts->count == 0)
            continue;
        begin(text, start, plain[i].what);
        put_texts(text, plain[i].texts);
    }
    for (uint32_t i = 0; i < when->header_count; i++) {
        begin(text, start, "header");
        put_named(text, &when->headers[i], ": ", shows_values);
    }
    for (uint32_t i = 0; i < when->query_count; i++) {
        begin(text, start, "query");
        put_named(text, &when->queries[i], "=", shows_values);
    }
    if (when->sources.count > 0)
        begin(text, start, "from");
    for (uint32_t i = 0; i < when->sources.count; i++) {
        strbuf_append_string(text, i > 0 ? " or " : "");
        put_network(text, &when->sources.items[i]);
    }
}

static bool is_words(const struct route_action *action)
{
    const char *type = action->content_type;

    return type == NULL || strncmp(type, "text/plain", 10) == 0;
}

void picture_action(struct strbuf *text, const struct route_action *action,
                    enum route_protocol protocol)
{
    switch (action->kind) {
    case ROUTE_ACTION_NONE:
        strbuf_append_string(text,
                             protocol == ROUTE_PROTOCOL_TCP ? "closes the connection" : "404");
        break;
    case ROUTE_ACTION_FORWARD:
        break;
    case ROUTE_ACTION_REDIRECT:
        strbuf_printf(text, "%u to %s",
                      action->status != 0 ? action->status : (unsigned int)ROUTE_REDIRECT_STATUS,
                      action->location != NULL ? action->location : "");
        break;
    case ROUTE_ACTION_RESPOND:
        strbuf_printf(text, "%u",
                      action->status != 0 ? action->status : (unsigned int)ROUTE_RESPOND_STATUS);
        if (action->body_length > 0 && is_words(action)) {
            size_t length = action->body_length;

            strbuf_append_char(text, ' ');
            strbuf_append(text, action->body, length < SHOWN_BYTES_MAX ? length : SHOWN_BYTES_MAX);
        }
        break;
    }
}

/* Values */

static void put_words(struct arena *arena, struct value *map, const char *key, struct strbuf *text)
{
    json_put_text(arena, map, key, strbuf_failure(text) < 0 ? "" : strbuf_text(text));
}

static struct value *action_value(struct arena *arena, const struct merged *merged,
                                  const struct route_action *action, enum route_protocol protocol,
                                  struct strbuf *text)
{
    static const char *const kinds[] = {
        [ROUTE_ACTION_NONE] = "none",
        [ROUTE_ACTION_FORWARD] = "forward",
        [ROUTE_ACTION_REDIRECT] = "redirect",
        [ROUTE_ACTION_RESPOND] = "respond",
    };
    struct value *map = json_new_map(arena);
    struct value *list;

    json_put_text(arena, map, "kind", kinds[action->kind]);
    if (action->kind != ROUTE_ACTION_FORWARD) {
        strbuf_reset(text);
        picture_action(text, action, protocol);
        put_words(arena, map, "text", text);
        return map;
    }
    list = json_new_list(arena);
    for (uint32_t i = 0; i < action->forward_count; i++) {
        struct value *item = json_new_map(arena);

        json_put_id(arena, item, "id", merged->config.groups[action->forwards[i].group].id);
        json_put_number(arena, item, "weight", action->forwards[i].weight);
        value_list_append(arena, list, item);
    }
    json_put(arena, map, "groups", list);
    return map;
}

static struct value *rules_value(struct arena *arena, const struct merged *merged,
                                 const struct route_listener *listener, bool shows_values,
                                 struct strbuf *text)
{
    struct value *list = json_new_list(arena);
    struct value *item;

    for (uint32_t i = 0; i < listener->rule_count; i++) {
        const struct route_rule *rule = &listener->rules[i];

        item = json_new_map(arena);
        json_put_text(arena, item, "name",
                      rule->name != NULL && *rule->name != '\0'
                          ? rule->name
                          : arena_printf(arena, "#%u", i + 1));
        strbuf_reset(text);
        picture_conditions(text, &rule->when, shows_values);
        put_words(arena, item, "when", text);
        json_put(arena, item, "action",
                 action_value(arena, merged, &rule->action, listener->protocol, text));
        value_list_append(arena, list, item);
    }
    item = json_new_map(arena);
    json_put_text(arena, item, "name", "default");
    json_put_text(arena, item, "when", "");
    json_put(arena, item, "action",
             action_value(arena, merged, &listener->default_action, listener->protocol, text));
    value_list_append(arena, list, item);
    return list;
}

static struct value *listener_value(struct arena *arena, const struct merged *merged,
                                    uint32_t position, bool shows_values, struct strbuf *text)
{
    static const char *const protocols[] = {
        [ROUTE_PROTOCOL_HTTP] = "http",
        [ROUTE_PROTOCOL_HTTPS] = "https",
        [ROUTE_PROTOCOL_TCP] = "tcp",
    };
    const struct route_listener *listener = &merged->config.listeners[position];
    const struct merged_listener *origin = &merged->listeners[position];
    struct value *map = json_new_map(arena);
    struct value *projects = json_new_list(arena);

    json_put_id(arena, map, "id", listener->id);
    json_put_text(arena, map, "name", listener->name);
    json_put_text(arena, map, "address", listener->address);
    json_put_text(arena, map, "protocol", protocols[listener->protocol]);
    for (uint32_t i = 0; i < origin->project_count; i++)
        json_append_text(arena, projects, origin->projects[i]);
    json_put(arena, map, "projects", projects);
    json_put(arena, map, "rules", rules_value(arena, merged, listener, shows_values, text));
    return map;
}

static struct value *group_value(struct arena *arena, const struct merged *merged,
                                 const struct names *names, uint32_t position)
{
    static const char *const algorithms[] = {
        [ROUTE_ALGORITHM_ROUND_ROBIN] = "round_robin",
        [ROUTE_ALGORITHM_LEAST_OUTSTANDING] = "least_outstanding",
        [ROUTE_ALGORITHM_WEIGHTED_RANDOM] = "weighted_random",
        [ROUTE_ALGORITHM_HASH] = "hash",
    };
    const struct route_group *group = &merged->config.groups[position];
    const char *project = merged->groups[position].project;
    const char *service = names_service(names, project, group->name);
    struct value *map = json_new_map(arena);
    struct value *targets = json_new_list(arena);

    json_put_id(arena, map, "id", group->id);
    json_put_text(arena, map, "project", project);
    json_put_text(arena, map, "name", group->name);
    if (service != NULL)
        json_put_text(arena, map, "service", service);
    json_put_text(arena, map, "algorithm", algorithms[group->algorithm]);
    for (uint32_t i = 0; i < group->target_count; i++) {
        char id[17];

        (void)snprintf(id, sizeof(id), "%016llx", (unsigned long long)group->targets[i].id);
        json_append_text(arena, targets, id);
    }
    json_put(arena, map, "targets", targets);
    return map;
}

struct value *picture_target(struct arena *arena, const struct control *control,
                             const struct names *names, uint32_t group, uint32_t number,
                             uint64_t now_ns)
{
    const struct merged *merged = control_merged(control);
    const struct merged_group *origin = &merged->groups[group];
    const struct route_group *config = &merged->config.groups[group];
    const char *instance = config->targets[number].instance;
    const struct name *name = instance != NULL ? names_instance(names, instance) : NULL;
    struct value *map = targets_value(arena, control, origin, config, number, now_ns);
    const char *service = name != NULL && name->service != NULL
                              ? name->service
                              : names_service(names, origin->project, config->name);

    if (name != NULL)
        json_put_text(arena, map, "instance", name->name);
    if (service != NULL)
        json_put_text(arena, map, "service", service);
    return map;
}

struct value *picture_edge(struct arena *arena, const struct control *control,
                           const struct names *names, uint64_t now_ns, bool shows_values,
                           struct strbuf *text)
{
    const struct merged *merged = control_merged(control);
    struct value *map = json_new_map(arena);
    struct value *listeners = json_new_list(arena), *groups = json_new_list(arena);
    struct value *targets = json_new_list(arena);

    json_put_number(arena, map, "generation", control_generation(control));
    for (uint32_t i = 0; i < merged->config.listener_count; i++)
        value_list_append(arena, listeners, listener_value(arena, merged, i, shows_values, text));
    for (uint32_t i = 0; i < merged->config.group_count; i++) {
        value_list_append(arena, groups, group_value(arena, merged, names, i));
        for (uint32_t j = 0; j < merged->config.groups[i].target_count; j++)
            value_list_append(arena, targets, picture_target(arena, control, names, i, j, now_ns));
    }
    targets_append_leaving(arena, targets, control, NULL, now_ns);
    json_put(arena, map, "listeners", listeners);
    json_put(arena, map, "groups", groups);
    json_put(arena, map, "targets", targets);
    return map;
}

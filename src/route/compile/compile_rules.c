/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: what they do, and what they change on the way. */
#include <errno.h>
#include <string.h>

#include "route/compile/compile_priv.h"

#define STICKY_COOKIE "SLIPWAY-GROUP"

/* Actions */

static int compile_forward(struct compile *compile, const struct compile_place *place,
                           const struct value *value, struct route_action *ret)
{
    struct route_forward *forward = arena_new(compile->arena, struct route_forward);

    if (value->kind != VALUE_STRING)
        return compile_refuse(compile, place, "expected a target group, found %s",
                              value_kind_name(value->kind));
    forward->weight = 1;
    ret->kind = ROUTE_ACTION_FORWARD;
    ret->forwards = forward;
    ret->forward_count = 1;
    return compile_find_group(compile, place, value->string.text, &forward->group);
}

static int compile_weights(struct compile *compile, const struct compile_place *place,
                           const struct value *map, struct route_action *ret)
{
    uint32_t count = value_map_count(map), total = 0;
    struct route_forward *forwards;

    if (map->kind != VALUE_MAP || count == 0)
        return compile_refuse(compile, place, "expected a map of target groups to weights");
    forwards = arena_new_array(compile->arena, struct route_forward, count);
    for (uint32_t i = 0; i < count; i++) {
        const char *name = map->map.entries[i].key;
        const struct compile_place here = {.parent = place, .key = name};

        forwards[i].weight = 1;
        if (compile_number(compile, place, map, name, 0, ROUTE_WEIGHT_MAX, &forwards[i].weight) <
                0 ||
            compile_find_group(compile, &here, name, &forwards[i].group) < 0)
            return -EINVAL;
        total += forwards[i].weight;
    }
    if (total == 0)
        return compile_refuse(compile, place, "all weights are 0, so nothing would be forwarded");
    ret->kind = ROUTE_ACTION_FORWARD;
    ret->forwards = forwards;
    ret->forward_count = count;
    return 0;
}

static int compile_redirect(struct compile *compile, const struct compile_place *place,
                            const struct value *map, struct route_action *ret)
{
    static const char *const keys[] = {"location", "status", NULL};
    int r = compile_check_keys(compile, place, map, keys);

    ret->kind = ROUTE_ACTION_REDIRECT;
    if (r == 0)
        r = compile_text(compile, place, map, "location", &ret->location);
    if (r == 0)
        r = compile_number(compile, place, map, "status", 301, 308, &ret->status);
    if (r == 0 && ret->location == NULL)
        r = compile_refuse(compile, place, "the key \"location\" is missing");
    return r;
}

static int compile_respond(struct compile *compile, const struct compile_place *place,
                           const struct value *map, struct route_action *ret)
{
    static const char *const keys[] = {"status", "body", "content_type", NULL};
    int r = compile_check_keys(compile, place, map, keys);

    ret->kind = ROUTE_ACTION_RESPOND;
    if (r == 0)
        r = compile_number(compile, place, map, "status", 200, 599, &ret->status);
    if (r == 0)
        r = compile_text(compile, place, map, "body", &ret->body);
    if (r == 0)
        r = compile_text(compile, place, map, "content_type", &ret->content_type);
    if (r == 0 && ret->body != NULL)
        ret->body_length = strlen(ret->body);
    return r;
}

static int compile_stickiness(struct compile *compile, const struct compile_place *place,
                              const struct value *map, struct route_action *ret)
{
    static const char *const keys[] = {"cookie", "ttl", NULL};
    int r = compile_check_keys(compile, place, map, keys);

    ret->sticky_name = STICKY_COOKIE;
    if (r == 0)
        r = compile_text(compile, place, map, "cookie", &ret->sticky_name);
    if (r == 0)
        r = compile_seconds(compile, place, map, "ttl", &ret->sticky_ttl_s);
    if (r == 0 && ret->kind != ROUTE_ACTION_FORWARD)
        r = compile_refuse(compile, place, "stickiness goes with weights");
    return r;
}

int compile_action(struct compile *compile, const struct compile_place *place,
                   const struct value *value, struct route_action *ret)
{
    static const struct {
        const char *key;
        int (*compile)(struct compile *, const struct compile_place *, const struct value *,
                       struct route_action *);
    } kinds[] = {
        {"forward", compile_forward},
        {"weights", compile_weights},
        {"redirect", compile_redirect},
        {"respond", compile_respond},
    };
    const struct value *stickiness = value_get(value, "stickiness");
    uint32_t found = 0;
    int r = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && r == 0; i++) {
        const struct value *action = value_get(value, kinds[i].key);
        const struct compile_place here = {.parent = place, .key = kinds[i].key};

        if (action == NULL || action->kind == VALUE_NULL)
            continue;
        if (found++ > 0)
            return compile_refuse(compile, place,
                                  "forward, weights, redirect and respond exclude each other");
        r = kinds[i].compile(compile, &here, action, ret);
    }
    if (r == 0 && found == 0)
        return compile_refuse(compile, place,
                              "one of forward, weights, redirect and respond must be given");
    if (r == 0 && stickiness != NULL)
        r = compile_stickiness(compile,
                               &(struct compile_place){.parent = place, .key = "stickiness"},
                               stickiness, ret);
    return r;
}

/* What is changed on the way */

static int add_headers(const struct compile *compile, const struct compile_place *place,
                       const struct value *map, const char *key, enum route_header_change change,
                       struct route_header_operation **at)
{
    const struct value *headers = value_get(map, key);
    const struct compile_place here = {.parent = place, .key = key};

    if (headers == NULL || headers->kind == VALUE_NULL)
        return 0;
    if (headers->kind != VALUE_MAP)
        return compile_refuse(compile, &here, "expected a map, found %s",
                              value_kind_name(headers->kind));
    for (uint32_t i = 0; i < headers->map.count; i++) {
        struct route_header_operation operation = {
            .change = change,
            .name = arena_strdup(compile->arena, headers->map.entries[i].key),
            .value = "",
        };

        if (compile_text(compile, &here, headers, operation.name, &operation.value) < 0)
            return -EINVAL;
        *(*at)++ = operation;
    }
    return 0;
}

/* What is removed, is removed first, so that what is added under the same name stays. */
static int compile_headers(const struct compile *compile, const struct compile_place *place,
                           const struct value *map, struct route_header_operations *ret)
{
    static const char *const keys[] = {"set", "add", "remove", NULL};
    struct route_texts removed = {0};
    struct route_header_operation *items, *at;
    size_t room;

    if (compile_check_keys(compile, place, map, keys) < 0 ||
        compile_texts(compile, place, map, "remove", &removed) < 0)
        return -EINVAL;
    room = (size_t)removed.count + value_map_count(value_get(map, "set")) +
           value_map_count(value_get(map, "add"));
    items = at = arena_new_array(compile->arena, struct route_header_operation, room);
    for (uint32_t i = 0; i < removed.count; i++)
        *at++ = (struct route_header_operation){ROUTE_HEADER_REMOVE, removed.items[i], NULL};
    if (add_headers(compile, place, map, "set", ROUTE_HEADER_SET, &at) < 0 ||
        add_headers(compile, place, map, "add", ROUTE_HEADER_ADD, &at) < 0)
        return -EINVAL;
    *ret = (struct route_header_operations){at != items ? items : NULL, (uint32_t)(at - items)};
    return 0;
}

static int compile_rewrite(const struct compile *compile, const struct compile_place *place,
                           const struct value *map, struct route_rewrite *ret)
{
    static const char *const keys[] = {"prefix", "replacement", "path", NULL};
    const char *prefix = NULL, *replacement = NULL, *path = NULL;

    if (map == NULL || map->kind == VALUE_NULL)
        return 0;
    if (compile_check_keys(compile, place, map, keys) < 0 ||
        compile_text(compile, place, map, "prefix", &prefix) < 0 ||
        compile_text(compile, place, map, "replacement", &replacement) < 0 ||
        compile_text(compile, place, map, "path", &path) < 0)
        return -EINVAL;
    if (path != NULL && prefix == NULL && replacement == NULL)
        *ret = (struct route_rewrite){ROUTE_REWRITE_TEMPLATE, NULL, path};
    else if (path == NULL && prefix != NULL && replacement != NULL)
        *ret = (struct route_rewrite){ROUTE_REWRITE_PREFIX, prefix, replacement};
    else
        return compile_refuse(compile, place,
                              "either path, or prefix and replacement must be given");
    return 0;
}

/* Rules */

/* The builder refuses these, too, but not by their place. */
static int check_tcp(const struct compile *compile, const struct compile_place *place,
                     const struct value *rule)
{
    static const char *const of_http[] = {"redirect",        "respond",          "stickiness",
                                          "request_headers", "response_headers", "rewrite",
                                          "limits"};
    const struct value *when = value_get(rule, "when");
    const struct compile_place when_place = {.parent = place, .key = "when"};

    for (size_t i = 0; i < sizeof(of_http) / sizeof(of_http[0]); i++)
        if (value_get(rule, of_http[i]) != NULL)
            return compile_refuse(compile, place, "a tcp listener has no %s", of_http[i]);
    for (uint32_t i = 0; i < value_map_count(when); i++)
        if (strcmp(when->map.entries[i].key, "source") != 0)
            return compile_refuse(compile, &when_place,
                                  "a tcp listener does not see the %s of a request",
                                  when->map.entries[i].key);
    return 0;
}

static int compile_additions(struct compile *compile, const struct compile_place *place,
                             const struct compile_listener *listener, const struct value *value,
                             uint32_t position, struct route_rule *ret)
{
    const struct compile_place request = {.parent = place, .key = "request_headers"};
    const struct compile_place response = {.parent = place, .key = "response_headers"};
    const struct compile_place rewrite = {.parent = place, .key = "rewrite"};
    const struct compile_place limits = {.parent = place, .key = "limits"};
    const char *name =
        ret->name != NULL ? ret->name : arena_printf(compile->arena, "#%u", position);
    int r = compile_headers(compile, &request, value_get(value, "request_headers"),
                            &ret->request_headers);

    if (r == 0)
        r = compile_headers(compile, &response, value_get(value, "response_headers"),
                            &ret->response_headers);
    if (r == 0)
        r = compile_rewrite(compile, &rewrite, value_get(value, "rewrite"), &ret->rewrite);
    if (r == 0)
        r = compile_rate_limits(compile, &limits, value_get(value, "limits"), listener->address,
                                compile->project, name, &ret->rate_limits);
    return r;
}

int compile_rule(struct compile *compile, const struct compile_place *place,
                 const struct compile_listener *listener, const struct value *value,
                 uint32_t position, struct route_rule *ret)
{
    static const char *const keys[] = {
        "name",    "when",       "forward",         "weights",          "redirect",
        "respond", "stickiness", "request_headers", "response_headers", "rewrite",
        "limits",  NULL};
    int r = compile_check_keys(compile, place, value, keys);

    if (r == 0 && listener->is_tcp)
        r = check_tcp(compile, place, value);
    if (r == 0)
        r = compile_text(compile, place, value, "name", &ret->name);
    if (r == 0)
        r = compile_conditions(compile, &(struct compile_place){.parent = place, .key = "when"},
                               value_get(value, "when"), &ret->when);
    if (r == 0)
        r = compile_action(compile, place, value, &ret->action);
    if (r == 0)
        r = compile_additions(compile, place, listener, value, position, ret);
    return r;
}

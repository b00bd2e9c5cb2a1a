/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners, and what their rules do. */
#include "route/build/build_priv.h"

#include <errno.h>
#include <string.h>

static const char *name_of(const char *name)
{
    return name != NULL ? name : "";
}

static bool is_given(const char *text)
{
    return text != NULL && *text != '\0';
}

/* Actions */

static int build_forwards(struct build *build, const struct route_action *source,
                          struct snapshot_action *ret, struct error **reterr)
{
    ret->forwards.count = source->forward_count;
    ret->forwards.first = build_add(build, SNAPSHOT_FORWARDS, source->forward_count);
    for (uint32_t i = 0; i < source->forward_count; i++) {
        const struct route_forward *forward = &source->forwards[i];

        if (forward->group >= build->config->group_count)
            return error_set(reterr, EINVAL, "it forwards to group %u of %u", forward->group,
                             build->config->group_count);
        if (forward->weight > ROUTE_WEIGHT_MAX)
            return error_set(reterr, EINVAL, "a weight is above %d", ROUTE_WEIGHT_MAX);
        ret->weight_total += forward->weight;
        *build_get(build, FORWARDS, struct snapshot_forward, ret->forwards.first + i) =
            (struct snapshot_forward){forward->group, forward->weight};
    }
    if (ret->weight_total == 0)
        return error_set(reterr, EINVAL, "it forwards nowhere");
    ret->first_group = source->forwards[0].group;
    return 0;
}

static int build_redirect(struct build *build, const struct route_action *source,
                          struct snapshot_action *ret, struct error **reterr)
{
    ret->status = source->status != 0 ? source->status : ROUTE_REDIRECT_STATUS;
    if (ret->status < 301 || ret->status > 308 || (ret->status >= 304 && ret->status <= 306))
        return error_set(reterr, EINVAL, "a redirect cannot have status %u", ret->status);
    if (!is_given(source->location))
        return error_set(reterr, EINVAL, "the redirect has no location");
    if (build_check_line("location", source->location, reterr) < 0)
        return -EINVAL;
    return build_template(build, "location", source->location, &ret->location, reterr);
}

static int build_respond(struct build *build, const struct route_action *source,
                         struct snapshot_action *ret, struct error **reterr)
{
    ret->status = source->status != 0 ? source->status : ROUTE_RESPOND_STATUS;
    if (ret->status < 200 || ret->status > 599)
        return error_set(reterr, EINVAL, "an answer cannot have status %u", ret->status);
    if (build_check_line("content type", source->content_type, reterr) < 0)
        return -EINVAL;
    ret->content_type =
        build_string(build, is_given(source->content_type) ? source->content_type : "text/plain");
    ret->body = build_text(build, source->body, source->body_length);
    return 0;
}

static int build_action(struct build *build, const struct route_action *source, bool is_tcp,
                        struct snapshot_action *ret, struct error **reterr)
{
    ret->kind = source->kind;
    ret->forwards.first = build_count(build, SNAPSHOT_FORWARDS);
    ret->location.first = build_count(build, SNAPSHOT_PARTS);
    if (is_tcp && (source->kind == ROUTE_ACTION_REDIRECT || source->kind == ROUTE_ACTION_RESPOND))
        return error_set(reterr, EINVAL, "a tcp listener cannot answer in HTTP");
    switch (source->kind) {
    case ROUTE_ACTION_NONE:
        return 0;
    case ROUTE_ACTION_FORWARD:
        return build_forwards(build, source, ret, reterr);
    case ROUTE_ACTION_REDIRECT:
        return build_redirect(build, source, ret, reterr);
    case ROUTE_ACTION_RESPOND:
        return build_respond(build, source, ret, reterr);
    default:
        return error_set(reterr, EINVAL, "unknown action");
    }
}

/* What is changed on the way */

static int build_rewrite(struct build *build, const struct route_rewrite *source,
                         struct snapshot_rewrite *ret, struct error **reterr)
{
    const char *text = name_of(source->replacement);

    *ret = (struct snapshot_rewrite){.kind = source->kind};
    ret->parts.first = build_count(build, SNAPSHOT_PARTS);
    if (source->kind == ROUTE_REWRITE_NONE)
        return 0;
    if ((uint32_t)source->kind > ROUTE_REWRITE_TEMPLATE)
        return error_set(reterr, EINVAL, "unknown kind of rewrite");
    for (const char *at = text; *at != '\0'; at++)
        if ((uint8_t)*at <= ' ' || (uint8_t)*at >= 0x7f || *at == '?' ||
            (*at == '#' && (at[1] != '{' || source->kind != ROUTE_REWRITE_TEMPLATE)))
            return error_set(reterr, EINVAL, "rewrite: \"%s\" is not a path", text);
    if (text[0] != '/' || strstr(text, "#{query}") != NULL)
        return error_set(reterr, EINVAL, "rewrite: \"%s\" is not a path", text);
    if (source->kind == ROUTE_REWRITE_TEMPLATE)
        return build_template(build, "rewrite", text, &ret->parts, reterr);
    ret->prefix = build_string(build, source->prefix);
    ret->replacement = build_string(build, text);
    return 0;
}

static int build_headers(struct build *build, const struct route_header_operations *source,
                         struct snapshot_span *ret, struct error **reterr)
{
    *ret = (struct snapshot_span){build_add(build, SNAPSHOT_HEADER_OPERATIONS, source->count),
                                  source->count};
    for (uint32_t i = 0; i < source->count; i++) {
        const struct route_header_operation *item = &source->items[i];
        struct snapshot_header_operation operation = {.change = item->change};

        if (build_check_header_operation(item, reterr) < 0)
            return -EINVAL;
        operation.name = build_string(build, item->name);
        if (item->change != ROUTE_HEADER_REMOVE)
            operation.value = build_string(build, item->value);
        *build_get(build, HEADER_OPERATIONS, struct snapshot_header_operation, ret->first + i) =
            operation;
    }
    return 0;
}

/* Rules */

static int build_stickiness(struct build *build, const struct route_action *source,
                            struct snapshot_rule *ret, struct error **reterr)
{
    if (!is_given(source->sticky_name))
        return 0;
    if (source->kind != ROUTE_ACTION_FORWARD)
        return error_set(reterr, EINVAL, "only a forward can be sticky");
    if (build_check_name("stickiness", source->sticky_name, reterr) < 0)
        return -EINVAL;
    ret->sticky_name = build_string(build, source->sticky_name);
    ret->sticky_ttl_s = source->sticky_ttl_s != 0 ? source->sticky_ttl_s : ROUTE_STICKY_TTL_S;
    return 0;
}

static int check_tcp_rule(const struct route_rule *rule, struct error **reterr)
{
    const struct route_conditions *when = &rule->when;

    if (when->hosts.count > 0 || when->paths.count > 0 || when->methods.count > 0 ||
        when->header_count > 0 || when->query_count > 0 || rule->request_headers.count > 0 ||
        rule->response_headers.count > 0 || rule->rewrite.kind != ROUTE_REWRITE_NONE ||
        rule->rate_limits.count > 0 || is_given(rule->action.sticky_name))
        return error_set(reterr, EINVAL, "a tcp listener sees nothing but the source");
    return 0;
}

static int fill_rule(struct build *build, const struct route_rule *source, uint32_t listener,
                     uint32_t number, struct error **reterr)
{
    bool is_tcp = build->config->listeners[listener].protocol == ROUTE_PROTOCOL_TCP;
    struct snapshot_rule rule = {.listener = listener};
    int r = is_tcp ? check_tcp_rule(source, reterr) : 0;

    if (r >= 0)
        r = build_action(build, &source->action, is_tcp, &rule.action, reterr);
    if (r >= 0)
        r = build_rewrite(build, &source->rewrite, &rule.rewrite, reterr);
    if (r >= 0)
        r = build_headers(build, &source->request_headers, &rule.request_headers, reterr);
    if (r >= 0)
        r = build_headers(build, &source->response_headers, &rule.response_headers, reterr);
    if (r >= 0)
        r = build_rate_limits(build, &source->rate_limits, &rule.rate_limits, reterr);
    if (r >= 0)
        r = build_stickiness(build, &source->action, &rule, reterr);
    if (r < 0)
        return r;
    rule.name = build_string(build, source->name);
    *build_get(build, RULES, struct snapshot_rule, number) = rule;
    return build_rule_conditions(build, &source->when, number, reterr);
}

/* Where nothing is said: 404, as a listener without a default answers. */
static struct route_rule default_rule(const struct route_listener *listener)
{
    struct route_rule rule = {.name = "default", .action = listener->default_action};

    if (rule.action.kind == ROUTE_ACTION_NONE && listener->protocol != ROUTE_PROTOCOL_TCP)
        rule.action = (struct route_action){.kind = ROUTE_ACTION_RESPOND, .status = 404};
    return rule;
}

static int build_rules(struct build *build, const struct route_listener *source, uint32_t listener,
                       struct snapshot_span *ret, struct error **reterr)
{
    struct route_rule last = default_rule(source);

    *ret = (struct snapshot_span){build_add(build, SNAPSHOT_RULES, (size_t)source->rule_count + 1),
                                  source->rule_count + 1};
    for (uint32_t i = 0; i < ret->count; i++) {
        bool is_last = i == source->rule_count;
        const struct route_rule *rule = is_last ? &last : &source->rules[i];
        int r;

        if (!is_last && rule->action.kind == ROUTE_ACTION_NONE)
            r = error_set(reterr, EINVAL, "it does nothing");
        else
            r = fill_rule(build, rule, listener, ret->first + i, reterr);
        if (r < 0 && is_given(rule->name))
            return error_prefix(reterr, "rule \"%s\"", rule->name);
        if (r < 0)
            return error_prefix(reterr, "rule %u", i + 1);
        if (!is_last)
            build_index_rule(build, ret->first + i);
    }
    return 0;
}

/* Listeners */

static int build_certificates(struct build *build, const struct route_listener *source,
                              struct snapshot_span *ret, struct error **reterr)
{
    *ret =
        (struct snapshot_span){build_add(build, SNAPSHOT_CERTIFICATES, source->certificate_count),
                               source->certificate_count};
    if ((source->protocol == ROUTE_PROTOCOL_HTTPS) != (source->certificate_count > 0))
        return error_set(reterr, EINVAL, "certificates and https go together");
    for (uint32_t i = 0; i < ret->count; i++)
        *build_get(build, CERTIFICATES, struct snapshot_certificate, ret->first + i) =
            (struct snapshot_certificate){build_string(build, source->certificates[i].certificate),
                                          build_string(build, source->certificates[i].key)};
    return 0;
}

static int fill_listener(struct build *build, uint32_t number, struct error **reterr)
{
    const struct route_listener *source = &build->config->listeners[number];
    struct snapshot_listener listener = {
        .id = source->id,
        .name = build_string(build, source->name),
        .address = build_string(build, source->address),
        .protocol = source->protocol,
    };
    int r = build_check_id(build, SNAPSHOT_LISTENERS, source->id, reterr);

    if (r >= 0 && (uint32_t)source->protocol > ROUTE_PROTOCOL_TCP)
        r = error_set(reterr, EINVAL, "unknown protocol");
    if (r >= 0)
        r = build_networks(build, &source->trusted, &listener.trusted, reterr);
    if (r >= 0)
        r = build_settings(build, source, &listener, reterr);
    if (r >= 0)
        r = build_certificates(build, source, &listener.certificates, reterr);
    if (r < 0)
        return r;
    build_index_listener(build, number);
    r = build_rules(build, source, number, &listener.rules, reterr);
    if (r >= 0)
        *build_get(build, LISTENERS, struct snapshot_listener, number) = listener;
    return r;
}

int build_listener(struct build *build, uint32_t number, struct error **reterr)
{
    if (fill_listener(build, number, reterr) < 0)
        return error_prefix(reterr, "listener \"%s\"",
                            name_of(build->config->listeners[number].name));
    return 0;
}

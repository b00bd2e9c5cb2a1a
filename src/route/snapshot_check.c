/* SPDX-License-Identifier: Apache-2.0 */
/* The configured part of an image: every record in the order of its owners. */
#include <string.h>

#include "route/check_priv.h"
#include "route/pattern.h"

/* Conditions */

static bool check_ranges_ipv4(struct check *check, struct snapshot_span span)
{
    const struct snapshot_range_ipv4 *ranges;

    if (!check_claim(check, SNAPSHOT_RANGES_IPV4, span))
        return false;
    ranges = check->snapshot->ranges_ipv4 + span.first;
    for (uint32_t i = 0; i < span.count; i++)
        if (ranges[i].first > ranges[i].last || (i > 0 && ranges[i].first <= ranges[i - 1].last))
            return false;
    return true;
}

static bool check_ranges_ipv6(struct check *check, struct snapshot_span span)
{
    const struct snapshot_range_ipv6 *ranges;

    if (!check_claim(check, SNAPSHOT_RANGES_IPV6, span))
        return false;
    ranges = check->snapshot->ranges_ipv6 + span.first;
    for (uint32_t i = 0; i < span.count; i++)
        if (memcmp(ranges[i].first, ranges[i].last, 16) > 0 ||
            (i > 0 && memcmp(ranges[i].first, ranges[i - 1].last, 16) <= 0))
            return false;
    return true;
}

static bool check_networks(struct check *check, const struct snapshot_networks *networks)
{
    return check_ranges_ipv4(check, networks->ipv4) && check_ranges_ipv6(check, networks->ipv6);
}

static bool check_patterns(struct check *check, struct snapshot_span span)
{
    const struct snapshot_pattern *patterns;

    if (!check_claim(check, SNAPSHOT_PATTERNS, span))
        return false;
    patterns = check->snapshot->patterns + span.first;
    for (uint32_t i = 0; i < span.count; i++)
        if (!check_text(check, patterns[i].text) ||
            !pattern_is_valid(patterns[i].kind, check->snapshot->texts + patterns[i].text.offset,
                              patterns[i].text.length))
            return false;
    return true;
}

static bool check_named(struct check *check, struct snapshot_span span)
{
    const struct snapshot_condition *conditions;

    if (!check_claim(check, SNAPSHOT_CONDITIONS, span))
        return false;
    conditions = check->snapshot->conditions + span.first;
    for (uint32_t i = 0; i < span.count; i++)
        if (!check_text(check, conditions[i].name) || conditions[i].name.length == 0 ||
            conditions[i].patterns.count == 0 || !check_patterns(check, conditions[i].patterns))
            return false;
    return true;
}

static bool check_methods(struct check *check, struct snapshot_span span)
{
    if (!check_claim(check, SNAPSHOT_METHODS, span))
        return false;
    for (uint32_t i = 0; i < span.count; i++)
        if (!check_text(check, check->snapshot->methods[span.first + i]))
            return false;
    return true;
}

static bool check_conditions(struct check *check, const struct snapshot_conditions *when)
{
    return check_methods(check, when->methods) && check_patterns(check, when->hosts) &&
           check_patterns(check, when->paths) && check_named(check, when->headers) &&
           check_named(check, when->queries) && check_networks(check, &when->sources);
}

static bool has_no_conditions(const struct snapshot_conditions *when)
{
    return when->methods.count == 0 && when->hosts.count == 0 && when->paths.count == 0 &&
           when->headers.count == 0 && when->queries.count == 0 && when->sources.ipv4.count == 0 &&
           when->sources.ipv6.count == 0;
}

/* Rules */

static bool check_parts(struct check *check, struct snapshot_span span)
{
    const struct snapshot_part *parts;

    if (!check_claim(check, SNAPSHOT_PARTS, span))
        return false;
    parts = check->snapshot->parts + span.first;
    for (uint32_t i = 0; i < span.count; i++)
        if (parts[i].kind >= SNAPSHOT_PART_KIND_COUNT || !check_text(check, parts[i].text))
            return false;
    return true;
}

static bool check_forwards(struct check *check, const struct snapshot_action *action)
{
    const struct snapshot_forward *forwards;
    uint64_t total = 0;

    if (!check_claim(check, SNAPSHOT_FORWARDS, action->forwards))
        return false;
    forwards = check->snapshot->forwards + action->forwards.first;
    for (uint32_t i = 0; i < action->forwards.count; i++) {
        if (forwards[i].group >= check->snapshot->group_count ||
            forwards[i].weight > ROUTE_WEIGHT_MAX)
            return false;
        total += forwards[i].weight;
    }
    return total == action->weight_total &&
           action->first_group == (action->forwards.count > 0 ? forwards[0].group : 0);
}

static bool check_action(struct check *check, const struct snapshot_action *action)
{
    bool has_status = action->kind == ROUTE_ACTION_REDIRECT || action->kind == ROUTE_ACTION_RESPOND;

    return action->kind <= ROUTE_ACTION_RESPOND && check_forwards(check, action) &&
           check_parts(check, action->location) &&
           (action->kind == ROUTE_ACTION_FORWARD) == (action->weight_total > 0) &&
           (action->kind == ROUTE_ACTION_REDIRECT) == (action->location.count > 0) &&
           (!has_status || (action->status >= 200 && action->status <= 599)) &&
           check_text(check, action->content_type) && check_text(check, action->body);
}

static bool check_rewrite(struct check *check, const struct snapshot_rewrite *rewrite)
{
    return rewrite->kind <= ROUTE_REWRITE_TEMPLATE && check_text(check, rewrite->prefix) &&
           check_text(check, rewrite->replacement) && check_parts(check, rewrite->parts) &&
           (rewrite->kind == ROUTE_REWRITE_TEMPLATE) == (rewrite->parts.count > 0) &&
           (rewrite->kind == ROUTE_REWRITE_PREFIX) == (rewrite->replacement.length > 0);
}

static bool check_header_operations(struct check *check, struct snapshot_span span)
{
    const struct snapshot_header_operation *operations;

    if (!check_claim(check, SNAPSHOT_HEADER_OPERATIONS, span))
        return false;
    operations = check->snapshot->header_operations + span.first;
    for (uint32_t i = 0; i < span.count; i++)
        if (operations[i].change > ROUTE_HEADER_REMOVE || operations[i].name.length == 0 ||
            !check_text(check, operations[i].name) || !check_text(check, operations[i].value))
            return false;
    return true;
}

static bool check_rate_limits(struct check *check, struct snapshot_span span)
{
    const struct snapshot_rate_limit *limits;

    if (!check_claim(check, SNAPSHOT_RATE_LIMITS, span))
        return false;
    limits = check->snapshot->rate_limits + span.first;
    for (uint32_t i = 0; i < span.count; i++) {
        bool by_name = limits[i].by >= ROUTE_LIMIT_BY_HEADER;
        bool has_rate = limits[i].requests > 0;

        if (limits[i].id == 0 || limits[i].by > ROUTE_LIMIT_BY_COOKIE || limits[i].reserved != 0 ||
            !check_text(check, limits[i].name) || by_name != (limits[i].name.length > 0) ||
            has_rate != (limits[i].period_ms > 0) || has_rate != (limits[i].burst > 0) ||
            (!has_rate && limits[i].concurrent == 0))
            return false;
    }
    return true;
}

static bool check_stickiness(const struct check *check, const struct snapshot_rule *rule)
{
    bool is_sticky = rule->sticky_name.length > 0;

    return check_text(check, rule->sticky_name) && is_sticky == (rule->sticky_ttl_s > 0) &&
           (!is_sticky || rule->action.kind == ROUTE_ACTION_FORWARD);
}

static bool check_rule(struct check *check, const struct snapshot_rule *rule, uint32_t listener)
{
    return rule->listener == listener && rule->reserved == 0 && check_text(check, rule->name) &&
           check_action(check, &rule->action) && check_rewrite(check, &rule->rewrite) &&
           check_header_operations(check, rule->request_headers) &&
           check_header_operations(check, rule->response_headers) &&
           check_rate_limits(check, rule->rate_limits) && check_stickiness(check, rule) &&
           check_conditions(check, &rule->when);
}

/* A rule does something; the default of a tcp listener alone may do nothing. */
static bool check_rules(struct check *check, const struct snapshot_listener *listener,
                        uint32_t number)
{
    const struct snapshot_rule *rules;
    uint32_t last = listener->rules.count - 1;

    if (listener->rules.count == 0 || !check_claim(check, SNAPSHOT_RULES, listener->rules))
        return false;
    rules = check->snapshot->rules + listener->rules.first;
    for (uint32_t i = 0; i <= last; i++)
        if (!check_rule(check, &rules[i], number) ||
            (rules[i].action.kind == ROUTE_ACTION_NONE &&
             (i < last || listener->protocol != ROUTE_PROTOCOL_TCP)))
            return false;
    return has_no_conditions(&rules[last].when);
}

/* Listeners */

static bool check_certificates(struct check *check, struct snapshot_span span)
{
    const struct snapshot_certificate *certificates;

    if (!check_claim(check, SNAPSHOT_CERTIFICATES, span))
        return false;
    certificates = check->snapshot->certificates + span.first;
    for (uint32_t i = 0; i < span.count; i++)
        if (!check_text(check, certificates[i].certificate) ||
            !check_text(check, certificates[i].key))
            return false;
    return true;
}

static bool check_limits(const struct snapshot_limits *limits)
{
    return limits->idle_timeout_ms > 0 && limits->header_timeout_ms > 0 &&
           limits->keep_alive_timeout_ms > 0 && limits->handshake_timeout_ms > 0 &&
           limits->tunnel_timeout_ms > 0;
}

/* A number is below that of listeners, so that it can index a table. */
static bool check_access_log(const struct check *check, const struct snapshot_access_log *log)
{
    bool is_given = log->id != 0;

    return check_text(check, log->path) && is_given == (log->path.length > 0) &&
           log->number < check->snapshot->listener_count && log->format <= ROUTE_LOG_FIELDS &&
           (is_given || (log->number == 0 && log->format == 0));
}

static bool check_settings(const struct check *check, const struct snapshot_listener *listener)
{
    const struct snapshot_probes *probes = &listener->probes;
    bool has_probes = probes->idle_s > 0;

    return check_limits(&listener->limits) && check_access_log(check, &listener->access_log) &&
           listener->proxy_protocol <= 1 && listener->forwarded_port <= 1 &&
           listener->forwarded <= ROUTE_FORWARDED_REMOVE &&
           has_probes == (probes->interval_s > 0) && has_probes == (probes->count > 0);
}

static bool check_listener(struct check *check, const struct snapshot_listener *listener,
                           uint32_t number)
{
    return listener->id != 0 && listener->suffix_length_max <= SNAPSHOT_HOST_KEY_BYTES_MAX &&
           check_settings(check, listener) && listener->protocol <= ROUTE_PROTOCOL_TCP &&
           check_text(check, listener->name) && check_text(check, listener->address) &&
           check_networks(check, &listener->trusted) &&
           check_certificates(check, listener->certificates) &&
           check_rate_limits(check, listener->rate_limits) &&
           (listener->protocol != ROUTE_PROTOCOL_TCP || listener->rate_limits.count == 0) &&
           (listener->protocol == ROUTE_PROTOCOL_HTTPS) == (listener->certificates.count > 0) &&
           check_rules(check, listener, number);
}

/* Groups */

static bool check_target(struct check *check, const struct snapshot_target *target, uint32_t group)
{
    bool is_unix = target->family == ROUTE_FAMILY_UNIX;
    bool is_ip = target->family == ROUTE_FAMILY_IPV4 || target->family == ROUTE_FAMILY_IPV6;

    return target->id != 0 && target->group == group && target->weight <= ROUTE_WEIGHT_MAX &&
           target->family <= ROUTE_FAMILY_UNIX && check_text(check, target->text) &&
           check_text(check, target->path) && target->path.length <= ROUTE_UNIX_PATH_BYTES_MAX &&
           is_unix == (target->path.length > 0) && (!is_ip || target->port > 0);
}

static bool check_targets(struct check *check, struct snapshot_span span, uint32_t group)
{
    if (!check_claim(check, SNAPSHOT_TARGETS, span))
        return false;
    for (uint32_t i = 0; i < span.count; i++)
        if (!check_target(check, &check->snapshot->targets[span.first + i], group))
            return false;
    return true;
}

static bool check_health(struct check *check, const struct snapshot_health *health)
{
    const struct snapshot_status_range *ranges;
    bool is_http = health->protocol == ROUTE_HEALTH_HTTP;

    if (health->protocol > ROUTE_HEALTH_TCP || !check_text(check, health->path) ||
        !check_claim(check, SNAPSHOT_STATUSES, health->statuses) ||
        is_http != (health->statuses.count > 0) || is_http != (health->path.length > 0))
        return false;
    ranges = check->snapshot->statuses + health->statuses.first;
    for (uint32_t i = 0; i < health->statuses.count; i++)
        if (ranges[i].first < 100 || ranges[i].last > 599 || ranges[i].first > ranges[i].last)
            return false;
    return health->protocol == ROUTE_HEALTH_NONE ||
           (health->interval_ms > 0 && health->timeout_ms > 0 && health->healthy > 0 &&
            health->unhealthy > 0);
}

static bool check_ejection(const struct snapshot_ejection *ejection)
{
    bool is_given = ejection->failures > 0;

    return is_given == (ejection->duration_ms > 0) && is_given == (ejection->percent_max > 0) &&
           ejection->percent_max <= 100;
}

static bool check_group(struct check *check, const struct snapshot_group *group, uint32_t number)
{
    bool by_name =
        group->algorithm == ROUTE_ALGORITHM_HASH && group->hash_by != ROUTE_HASH_BY_SOURCE;

    return group->id != 0 && group->reserved == 0 && check_ejection(&group->ejection) &&
           check_text(check, group->name) && group->algorithm <= ROUTE_ALGORITHM_HASH &&
           group->hash_by <= ROUTE_HASH_BY_COOKIE &&
           group->stickiness <= ROUTE_STICKINESS_APPLICATION_COOKIE &&
           check_text(check, group->hash_name) && by_name == (group->hash_name.length > 0) &&
           check_text(check, group->sticky_name) &&
           (group->stickiness != ROUTE_STICKINESS_NONE) == (group->sticky_name.length > 0) &&
           group->connect_timeout_ms > 0 && group->response_timeout_ms > 0 &&
           check_health(check, &group->health) && check_targets(check, group->targets, number);
}

bool check_config(struct check *check)
{
    for (uint32_t i = 0; i < check->snapshot->group_count; i++)
        if (!check_group(check, &check->snapshot->groups[i], i))
            return false;
    for (uint32_t i = 0; i < check->snapshot->listener_count; i++)
        if (!check_listener(check, &check->snapshot->listeners[i], i))
            return false;
    return true;
}

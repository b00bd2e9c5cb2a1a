/* SPDX-License-Identifier: Apache-2.0 */
/* Groups, their targets and their health checks. */
#include "route/build/build_priv.h"

#include <errno.h>
#include <string.h>

enum {
    STATUS_MIN = 100,
    STATUS_MAX = 599
};

static uint32_t or_default(uint32_t value, uint32_t default_value)
{
    return value != 0 ? value : default_value;
}

static const char *name_of(const char *name)
{
    return name != NULL ? name : "";
}

static int build_target(struct build *build, const struct route_target *source, uint32_t group,
                        uint32_t number, struct error **reterr)
{
    const struct route_address *address = &source->address;
    struct snapshot_target target = {
        .id = source->id,
        .text = build_string(build, source->text),
        .scope_id = address->scope_id,
        .port = address->port,
        .family = (uint16_t)address->family,
        .group = group,
        .weight = source->weight,
    };

    if ((uint32_t)address->family > ROUTE_FAMILY_UNIX)
        return error_set(reterr, EINVAL, "unknown family of address");
    if (source->weight > ROUTE_WEIGHT_MAX)
        return error_set(reterr, EINVAL, "its weight is above %d", ROUTE_WEIGHT_MAX);
    if (address->family == ROUTE_FAMILY_UNIX) {
        size_t length = address->path != NULL ? strlen(address->path) : 0;

        if (length == 0 || length > ROUTE_UNIX_PATH_BYTES_MAX)
            return error_set(reterr, EINVAL, "the path of a unix socket has 1 to %d bytes",
                             ROUTE_UNIX_PATH_BYTES_MAX);
        target.path = build_text(build, address->path, length);
    } else if (address->family != ROUTE_FAMILY_NONE) {
        if (address->port == 0)
            return error_set(reterr, EINVAL, "it has no port");
        memcpy(target.bytes, address->bytes, address->family == ROUTE_FAMILY_IPV4 ? 4 : 16);
    }
    *build_get(build, TARGETS, struct snapshot_target, number) = target;
    return build_check_id(build, SNAPSHOT_TARGETS, source->id, reterr);
}

static int build_targets(struct build *build, const struct route_group *source, uint32_t group,
                         struct snapshot_span *ret, struct error **reterr)
{
    *ret = (struct snapshot_span){build_add(build, SNAPSHOT_TARGETS, source->target_count),
                                  source->target_count};
    for (uint32_t i = 0; i < ret->count; i++) {
        const struct route_target *target = &source->targets[i];
        int r = build_target(build, target, group, ret->first + i, reterr);

        if (r < 0)
            return error_prefix(reterr, "target \"%s\"", name_of(target->text));
    }
    return 0;
}

static int build_statuses(struct build *build, const struct route_health *source,
                          struct snapshot_span *ret, struct error **reterr)
{
    static const struct route_status_range usual = {200, 299};
    bool given = source->status_count > 0;
    uint32_t count = given ? source->status_count : 1;

    if (source->protocol != ROUTE_HEALTH_HTTP)
        count = 0;
    *ret = (struct snapshot_span){build_add(build, SNAPSHOT_STATUSES, count), count};
    for (uint32_t i = 0; i < count; i++) {
        const struct route_status_range *range = given ? &source->statuses[i] : &usual;

        if (range->first < STATUS_MIN || range->last > STATUS_MAX || range->last < range->first)
            return error_set(reterr, EINVAL, "health: %u-%u is no range of statuses", range->first,
                             range->last);
        *build_get(build, STATUSES, struct snapshot_status_range, ret->first + i) =
            (struct snapshot_status_range){range->first, range->last};
    }
    return 0;
}

static int build_health(struct build *build, const struct route_health *source,
                        struct snapshot_health *ret, struct error **reterr)
{
    const char *path = source->path != NULL && *source->path != '\0' ? source->path : "/";

    if ((uint32_t)source->protocol > ROUTE_HEALTH_TCP)
        return error_set(reterr, EINVAL, "health: unknown protocol");
    if (build_check_line("health: the path", path, reterr) < 0)
        return -EINVAL;
    if (path[0] != '/' || strchr(path, ' ') != NULL)
        return error_set(reterr, EINVAL, "health: \"%s\" is not a path", path);
    *ret = (struct snapshot_health){.protocol = source->protocol};
    if (source->protocol != ROUTE_HEALTH_NONE) {
        ret->interval_ms = or_default(source->interval_ms, ROUTE_HEALTH_INTERVAL_MS);
        ret->timeout_ms = or_default(source->timeout_ms, ROUTE_HEALTH_TIMEOUT_MS);
        ret->healthy = or_default(source->healthy, ROUTE_HEALTH_THRESHOLD);
        ret->unhealthy = or_default(source->unhealthy, ROUTE_HEALTH_THRESHOLD);
    }
    if (source->protocol == ROUTE_HEALTH_HTTP)
        ret->path = build_string(build, path);
    return build_statuses(build, source, &ret->statuses, reterr);
}

static int check_group(const struct route_group *source, struct error **reterr)
{
    if ((uint32_t)source->algorithm > ROUTE_ALGORITHM_HASH)
        return error_set(reterr, EINVAL, "unknown algorithm");
    if ((uint32_t)source->hash_by > ROUTE_HASH_BY_COOKIE)
        return error_set(reterr, EINVAL, "unknown key to hash by");
    if ((uint32_t)source->stickiness > ROUTE_STICKINESS_APPLICATION_COOKIE)
        return error_set(reterr, EINVAL, "unknown stickiness");
    if (source->algorithm == ROUTE_ALGORITHM_HASH && source->hash_by != ROUTE_HASH_BY_SOURCE &&
        build_check_name("hash", source->hash_name, reterr) < 0)
        return -EINVAL;
    if (source->ejection.percent_max > 100)
        return error_set(reterr, EINVAL, "ejection: %u percent is more than all",
                         source->ejection.percent_max);
    if (source->stickiness != ROUTE_STICKINESS_NONE)
        return build_check_name("stickiness", source->sticky_name, reterr);
    return 0;
}

static struct snapshot_ejection resolve_ejection(const struct route_ejection *source)
{
    if (source->failures == 0)
        return (struct snapshot_ejection){0};
    return (struct snapshot_ejection){
        .failures = source->failures,
        .duration_ms = or_default(source->duration_ms, ROUTE_EJECTION_MS),
        .percent_max = or_default(source->percent_max, ROUTE_EJECTION_PERCENT),
    };
}

static int fill_group(struct build *build, uint32_t number, struct error **reterr)
{
    const struct route_group *source = &build->config->groups[number];
    bool hashed = source->algorithm == ROUTE_ALGORITHM_HASH;
    bool sticky = source->stickiness != ROUTE_STICKINESS_NONE;
    struct snapshot_group group = {
        .id = source->id,
        .name = build_string(build, source->name),
        .algorithm = source->algorithm,
        .hash_by = hashed ? source->hash_by : 0,
        .hash_name = build_string(
            build, hashed && source->hash_by != ROUTE_HASH_BY_SOURCE ? source->hash_name : NULL),
        .stickiness = source->stickiness,
        .sticky_ttl_s = sticky ? or_default(source->sticky_ttl_s, ROUTE_STICKY_TTL_S) : 0,
        .sticky_name = build_string(build, sticky ? source->sticky_name : NULL),
        .slow_start_ms = source->slow_start_ms,
        .drain_ms = source->drain_ms,
        .retry_percent = source->retry_percent,
        .retries_max = source->retries_max,
        .connections_max = source->connections_max,
        .pending_max = source->pending_max,
        .connect_timeout_ms = or_default(source->connect_timeout_ms, ROUTE_CONNECT_TIMEOUT_MS),
        .response_timeout_ms = or_default(source->response_timeout_ms, ROUTE_RESPONSE_TIMEOUT_MS),
        .ejection = resolve_ejection(&source->ejection),
        .hold_ms = source->hold_ms,
    };
    int r = check_group(source, reterr);

    if (r >= 0)
        r = build_check_id(build, SNAPSHOT_GROUPS, source->id, reterr);
    if (r >= 0)
        r = build_health(build, &source->health, &group.health, reterr);
    if (r >= 0)
        r = build_targets(build, source, number, &group.targets, reterr);
    if (r >= 0)
        *build_get(build, GROUPS, struct snapshot_group, number) = group;
    return r;
}

int build_group(struct build *build, uint32_t number, struct error **reterr)
{
    if (fill_group(build, number, reterr) < 0)
        return error_prefix(reterr, "group \"%s\"", name_of(build->config->groups[number].name));
    return 0;
}

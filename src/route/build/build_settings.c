/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners' limits, time-outs, logs and what else they say besides their rules. */
#include "route/build/build_priv.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "route/identity.h"

static uint32_t or_default(uint32_t value, uint32_t default_value)
{
    return value != 0 ? value : default_value;
}

/* Rates */

/* Headers are found without regard to case, cookies with. */
static struct snapshot_text limit_name(struct build *build, const struct route_rate_limit *source)
{
    char *lower;

    if (source->by != ROUTE_LIMIT_BY_HEADER)
        return build_string(build, source->by == ROUTE_LIMIT_BY_COOKIE ? source->name : NULL);
    lower = arena_strdup(build->arena, source->name);
    for (char *at = lower; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    return build_string(build, lower);
}

static int build_rate_limit(struct build *build, const struct route_rate_limit *source,
                            uint32_t number, struct error **reterr)
{
    bool has_rate = source->requests > 0;
    struct snapshot_rate_limit limit = {
        .id = source->id,
        .by = source->by,
        .requests = source->requests,
        .period_ms = has_rate ? source->period_ms : 0,
        .burst = has_rate ? or_default(source->burst, source->requests) : 0,
        .concurrent = source->concurrent,
    };

    if ((uint32_t)source->by > ROUTE_LIMIT_BY_COOKIE)
        return error_set(reterr, EINVAL, "unknown key to limit by");
    if (source->by >= ROUTE_LIMIT_BY_HEADER && build_check_name("by", source->name, reterr) < 0)
        return -EINVAL;
    if (!has_rate && source->concurrent == 0)
        return error_set(reterr, EINVAL, "it limits nothing");
    if (has_rate && source->period_ms == 0)
        return error_set(reterr, EINVAL, "the rate has no period");
    limit.name = limit_name(build, source);
    *build_get(build, RATE_LIMITS, struct snapshot_rate_limit, number) = limit;
    return build_check_id(build, SNAPSHOT_RATE_LIMITS, source->id, reterr);
}

int build_rate_limits(struct build *build, const struct route_rate_limits *source,
                      struct snapshot_span *ret, struct error **reterr)
{
    *ret = (struct snapshot_span){build_add(build, SNAPSHOT_RATE_LIMITS, source->count),
                                  source->count};
    for (uint32_t i = 0; i < source->count; i++)
        if (build_rate_limit(build, &source->items[i], ret->first + i, reterr) < 0)
            return error_prefix(reterr, "limit %u", i + 1);
    return 0;
}

/* Listeners */

static struct snapshot_limits resolve_limits(const struct route_listener *listener)
{
    const struct route_limits *source = &listener->limits;
    bool is_tcp = listener->protocol == ROUTE_PROTOCOL_TCP;

    return (struct snapshot_limits){
        .body_bytes_max = source->body_bytes_max,
        /* A stream is idle like a tunnel, not like a request. */
        .idle_timeout_ms = or_default(source->idle_timeout_ms,
                                      is_tcp ? ROUTE_TUNNEL_TIMEOUT_MS : ROUTE_IDLE_TIMEOUT_MS),
        .header_timeout_ms = or_default(source->header_timeout_ms, ROUTE_HEADER_TIMEOUT_MS),
        .keep_alive_timeout_ms =
            or_default(source->keep_alive_timeout_ms, ROUTE_KEEP_ALIVE_TIMEOUT_MS),
        .handshake_timeout_ms =
            or_default(source->handshake_timeout_ms, ROUTE_HANDSHAKE_TIMEOUT_MS),
        .tunnel_timeout_ms = or_default(source->tunnel_timeout_ms, ROUTE_TUNNEL_TIMEOUT_MS),
        .body_rate_min = source->body_rate_min,
        .connections_max = source->connections_max,
        .connections_per_source_max = source->connections_per_source_max,
    };
}

static struct snapshot_access_log build_access_log(struct build *build,
                                                   const struct route_access_log *source)
{
    struct snapshot_access_log log = {0};
    struct build_key key = {{0}};
    bool new;

    if (source->path == NULL || *source->path == '\0')
        return log;
    log.id = identity_of_log(source->path);
    log.path = build_string(build, source->path);
    log.format = source->format;
    memcpy(key.words, &log.id, sizeof(log.id));
    log.number = build_key(build, &build->logs, key, &new);
    return log;
}

static struct snapshot_probes resolve_probes(const struct route_probes *source)
{
    if (source->idle_s == 0)
        return (struct snapshot_probes){0};
    return (struct snapshot_probes){
        .idle_s = source->idle_s,
        .interval_s = or_default(source->interval_s, ROUTE_PROBE_INTERVAL_S),
        .count = or_default(source->count, ROUTE_PROBE_COUNT),
    };
}

int build_settings(struct build *build, const struct route_listener *source,
                   struct snapshot_listener *ret, struct error **reterr)
{
    if ((uint32_t)source->forwarded > ROUTE_FORWARDED_REMOVE)
        return error_set(reterr, EINVAL, "unknown way to treat X-Forwarded-For");
    if ((uint32_t)source->access_log.format > ROUTE_LOG_FIELDS)
        return error_set(reterr, EINVAL, "access log: unknown format");
    if (source->protocol == ROUTE_PROTOCOL_TCP && source->rate_limits.count > 0)
        return error_set(reterr, EINVAL, "a tcp listener sees no requests to limit");
    ret->limits = resolve_limits(source);
    ret->access_log = build_access_log(build, &source->access_log);
    ret->proxy_protocol = source->proxy_protocol;
    ret->forwarded = source->forwarded;
    ret->forwarded_port = source->forwarded_port;
    ret->probes = resolve_probes(&source->probes);
    return build_rate_limits(build, &source->rate_limits, &ret->rate_limits, reterr);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/exchange_limits.h"

#include "edge/exchange.h"
#include "edge/forwarded.h"
#include "edge/limit.h"
#include "wire/cookie.h"

/* A rate that was changed begins anew: what was used up under another says nothing. */
static uint64_t limits_rate_id(const struct snapshot_rate_limit *limit)
{
    return lookup_mix(limit->id ^ limit->requests,
                      ((uint64_t)limit->period_ms << 32 | limit->burst) | 1);
}

static uint64_t limits_key_of_header(const struct exchange *exchange,
                                     const struct snapshot_rate_limit *limit, uint64_t id)
{
    const struct http1_head *head = &exchange->request.head;
    const char *data = exchange_head_data(exchange);
    const char *name = snapshot_text(&exchange->held->generation->snapshot, limit->name);

    for (uint32_t i = 0; i < head->field_count; i++) {
        const struct http1_field *field = &head->fields[i];

        if (field->name.length == limit->name.length &&
            http1_text_equal(data + field->name.offset, name, limit->name.length))
            return limit_key(id, data + field->value.offset, field->value.length);
    }
    return limit_key(id, NULL, 0);
}

static uint64_t limits_key_of_cookie(const struct exchange *exchange,
                                     const struct snapshot_rate_limit *limit, uint64_t id)
{
    const struct http1_head *head = &exchange->request.head;
    const char *data = exchange_head_data(exchange);
    const char *name = snapshot_text(&exchange->held->generation->snapshot, limit->name);

    for (uint32_t i = 0; i < head->field_count; i++) {
        const struct http1_field *field = &head->fields[i];
        struct cookie_text value;

        if (field->id == HTTP1_FIELD_COOKIE &&
            cookie_find(data + field->value.offset, field->value.length, name, limit->name.length,
                        &value))
            return limit_key(id, value.data, value.length);
    }
    return limit_key(id, NULL, 0);
}

static uint64_t limits_key(const struct exchange *exchange, const struct snapshot_rate_limit *limit,
                           uint64_t id)
{
    struct route_peer peer;

    switch ((enum route_limit_by)limit->by) {
    case ROUTE_LIMIT_BY_SOURCE:
        forwarded_client_peer(exchange, &peer);
        return limit_source_key(id, &peer);
    case ROUTE_LIMIT_BY_HEADER:
        return limits_key_of_header(exchange, limit, id);
    case ROUTE_LIMIT_BY_COOKIE:
        return limits_key_of_cookie(exchange, limit, id);
    case ROUTE_LIMIT_BY_RULE:
        break;
    }
    return limit_key(id, NULL, 0);
}

/* How many are in flight: held until the exchange ends. */
static bool limits_enter(struct exchange *exchange, uint64_t key, uint32_t max)
{
    if (exchange->limit_count >= EXCHANGE_LIMITS_MAX)
        return true;
    switch (limit_acquire(exchange->worker->shared->limits, key, max)) {
    case LIMIT_REFUSED:
        return false;
    case LIMIT_HELD:
        exchange->limit_keys[exchange->limit_count++] = key;
        return true;
    case LIMIT_UNCOUNTED:
        break;
    }
    return true;
}

bool exchange_limits_pass(struct exchange *exchange, struct snapshot_span limits,
                          uint64_t *ret_retry_after_s)
{
    const struct snapshot *snapshot = &exchange->held->generation->snapshot;

    for (uint32_t i = 0; i < limits.count; i++) {
        const struct snapshot_rate_limit *limit = &snapshot->rate_limits[limits.first + i];
        struct limit_rate rate = {limit->requests, limit->period_ms, limit->burst};
        uint64_t retry_after_ms;

        if (limit->concurrent != 0 &&
            !limits_enter(exchange, limits_key(exchange, limit, limit->id), limit->concurrent)) {
            *ret_retry_after_s = 1;
            return false;
        }
        if (limit->requests != 0 &&
            !limit_allow_request(exchange->worker->shared->limits,
                                 limits_key(exchange, limit, limits_rate_id(limit)), &rate,
                                 worker_now_ns(exchange->worker), &retry_after_ms)) {
            *ret_retry_after_s = (retry_after_ms + 999) / 1000;
            return false;
        }
    }
    return true;
}

void exchange_limits_release(struct exchange *exchange)
{
    while (exchange->limit_count > 0)
        limit_release(exchange->worker->shared->limits,
                      exchange->limit_keys[--exchange->limit_count]);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a condition holds for a request. */
#include <string.h>

#include "route/address.h"
#include "route/match_priv.h"
#include "route/pattern.h"

bool match_pattern(const struct snapshot *snapshot, uint32_t number, struct route_text text,
                   bool fold)
{
    const struct snapshot_pattern *pattern = &snapshot->patterns[number];

    return pattern_matches(pattern->kind, snapshot->texts + pattern->text.offset,
                           pattern->text.length, text.data, text.length, fold);
}

bool match_patterns(const struct snapshot *snapshot, struct snapshot_span patterns,
                    struct route_text text, bool fold)
{
    for (uint32_t i = 0; i < patterns.count; i++)
        if (match_pattern(snapshot, patterns.first + i, text, fold))
            return true;
    return false;
}

static bool method_holds(const struct snapshot *snapshot, struct snapshot_span methods,
                         struct route_text method)
{
    for (uint32_t i = 0; i < methods.count; i++) {
        struct snapshot_text wanted = snapshot->methods[methods.first + i];

        if (wanted.length == method.length &&
            (method.length == 0 ||
             memcmp(snapshot->texts + wanted.offset, method.data, method.length) == 0))
            return true;
    }
    return false;
}

static bool name_is(const struct snapshot *snapshot, struct snapshot_text wanted,
                    struct route_text name)
{
    return wanted.length == name.length &&
           pattern_equal_folded(snapshot->texts + wanted.offset, name.data, name.length);
}

static bool header_holds(const struct snapshot *snapshot,
                         const struct snapshot_condition *condition,
                         const struct route_request *request)
{
    struct route_header header;

    if (request->header == NULL)
        return false;
    for (size_t i = 0; request->header(request->header_context, i, &header); i++)
        if (name_is(snapshot, condition->name, header.name) &&
            match_patterns(snapshot, condition->patterns, header.value, true))
            return true;
    return false;
}

/* Cuts off the first parameter, up to the next &. One without = has an empty value. */
static bool next_parameter(struct route_text *query, struct route_header *ret)
{
    const char *end;
    const char *equals;
    size_t length;

    if (query->length == 0)
        return false;
    end = memchr(query->data, '&', query->length);
    length = end != NULL ? (size_t)(end - query->data) : query->length;
    equals = length > 0 ? memchr(query->data, '=', length) : NULL;
    ret->name.data = query->data;
    ret->name.length = equals != NULL ? (size_t)(equals - query->data) : length;
    ret->value.data = equals != NULL ? equals + 1 : query->data + length;
    ret->value.length = equals != NULL ? length - ret->name.length - 1 : 0;
    query->data += length + (end != NULL);
    query->length -= length + (end != NULL);
    return true;
}

static bool query_holds(const struct snapshot *snapshot, const struct snapshot_condition *condition,
                        struct route_text query)
{
    struct route_header parameter;

    while (next_parameter(&query, &parameter))
        if (name_is(snapshot, condition->name, parameter.name) &&
            match_patterns(snapshot, condition->patterns, parameter.value, true))
            return true;
    return false;
}

static bool ipv4_is_in(const struct snapshot *snapshot, struct snapshot_span span,
                       const uint8_t bytes[16])
{
    const struct snapshot_range_ipv4 *ranges = snapshot->ranges_ipv4 + span.first;
    uint32_t address =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    uint32_t low = 0;
    uint32_t high = span.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (address > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < span.count && address >= ranges[low].first;
}

static bool ipv6_is_in(const struct snapshot *snapshot, struct snapshot_span span,
                       const uint8_t bytes[16])
{
    const struct snapshot_range_ipv6 *ranges = snapshot->ranges_ipv6 + span.first;
    uint32_t low = 0;
    uint32_t high = span.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (memcmp(bytes, ranges[middle].last, 16) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < span.count && memcmp(bytes, ranges[low].first, 16) >= 0;
}

bool route_networks_have(const struct snapshot *snapshot, const struct snapshot_networks *networks,
                         const struct route_peer *peer)
{
    struct route_peer plain = *peer;

    address_unmap(&plain.family, plain.bytes);
    if (plain.family == ROUTE_FAMILY_IPV4)
        return ipv4_is_in(snapshot, networks->ipv4, plain.bytes);
    return plain.family == ROUTE_FAMILY_IPV6 && ipv6_is_in(snapshot, networks->ipv6, plain.bytes);
}

bool match_others(const struct snapshot *snapshot, const struct snapshot_conditions *when,
                  const struct route_request *request)
{
    if (when->methods.count > 0 && !method_holds(snapshot, when->methods, request->method))
        return false;
    if (when->sources.ipv4.count + (uint64_t)when->sources.ipv6.count > 0 &&
        !route_networks_have(snapshot, &when->sources, &request->peer))
        return false;
    for (uint32_t i = 0; i < when->headers.count; i++)
        if (!header_holds(snapshot, &snapshot->conditions[when->headers.first + i], request))
            return false;
    for (uint32_t i = 0; i < when->queries.count; i++)
        if (!query_holds(snapshot, &snapshot->conditions[when->queries.first + i], request->query))
            return false;
    return true;
}

bool route_header_from_array(const void *context, size_t position, struct route_header *ret)
{
    const struct route_header_array *array = context;

    if (position >= array->count)
        return false;
    *ret = array->items[position];
    return true;
}

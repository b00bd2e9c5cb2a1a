/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: patterns in their simple form, networks as sorted ranges that do not touch. */
#include "route/build/build_priv.h"

#include <errno.h>
#include <string.h>

#include "route/address.h"
#include "route/pattern.h"

/* Networks */

/* IPv4 addresses are numbers up to 2^32 here. */
struct wide_range {
    unsigned __int128 first;
    unsigned __int128 last;
};

static unsigned __int128 wide_from_bytes(const uint8_t *bytes, size_t size)
{
    unsigned __int128 wide = 0;

    for (size_t i = 0; i < size; i++)
        wide = wide << 8 | bytes[i];
    return wide;
}

static void wide_to_bytes(unsigned __int128 wide, uint8_t bytes[16])
{
    for (size_t i = 16; i-- > 0; wide >>= 8)
        bytes[i] = (uint8_t)wide;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct wide_range *left = a;
    const struct wide_range *right = b;

    if (left->first != right->first)
        return left->first < right->first ? -1 : 1;
    return left->last < right->last ? -1 : left->last > right->last;
}

/* Sorts them and joins those that overlap or touch; returns how many are left. */
static uint32_t join_ranges(struct wide_range *ranges, uint32_t count)
{
    uint32_t joined = 0;

    if (count == 0)
        return 0;
    qsort(ranges, count, sizeof(*ranges), compare_ranges);
    for (uint32_t i = 1; i < count; i++) {
        struct wide_range *last = &ranges[joined];

        if (ranges[i].first > last->last && ranges[i].first - last->last > 1)
            ranges[++joined] = ranges[i];
        else if (ranges[i].last > last->last)
            last->last = ranges[i].last;
    }
    return joined + 1;
}

/* The network as a range; one of mapped IPv4 addresses becomes one of IPv4. False: not a network.
 */
static bool range_of(const struct route_network *network, enum route_family *ret_family,
                     struct wide_range *ret)
{
    uint8_t bytes[16];
    uint32_t size_bits = network->family == ROUTE_FAMILY_IPV4 ? 32 : 128;
    uint32_t prefix_bits = network->prefix_bits;
    unsigned __int128 host_mask = 0;

    if ((network->family != ROUTE_FAMILY_IPV4 && network->family != ROUTE_FAMILY_IPV6) ||
        prefix_bits > size_bits)
        return false;
    *ret_family = network->family;
    memcpy(bytes, network->bytes, sizeof(bytes));
    if (network->family == ROUTE_FAMILY_IPV6 && prefix_bits >= 96) {
        address_unmap(ret_family, bytes);
        if (*ret_family == ROUTE_FAMILY_IPV4) {
            prefix_bits -= 96;
            size_bits = 32;
        }
    }
    if (prefix_bits < size_bits)
        host_mask = ~(unsigned __int128)0 >> (128 - (size_bits - prefix_bits));
    ret->first = wide_from_bytes(bytes, size_bits / 8) & ~host_mask;
    ret->last = ret->first | host_mask;
    return true;
}

static struct snapshot_span add_ranges_ipv4(struct build *build, const struct wide_range *ranges,
                                            uint32_t count)
{
    struct snapshot_span span = {build_add(build, SNAPSHOT_RANGES_IPV4, count), count};

    for (uint32_t i = 0; i < count; i++)
        *build_get(build, RANGES_IPV4, struct snapshot_range_ipv4, span.first + i) =
            (struct snapshot_range_ipv4){(uint32_t)ranges[i].first, (uint32_t)ranges[i].last};
    return span;
}

static struct snapshot_span add_ranges_ipv6(struct build *build, const struct wide_range *ranges,
                                            uint32_t count)
{
    struct snapshot_span span = {build_add(build, SNAPSHOT_RANGES_IPV6, count), count};

    for (uint32_t i = 0; i < count; i++) {
        struct snapshot_range_ipv6 *range =
            build_get(build, RANGES_IPV6, struct snapshot_range_ipv6, span.first + i);

        wide_to_bytes(ranges[i].first, range->first);
        wide_to_bytes(ranges[i].last, range->last);
    }
    return span;
}

int build_networks(struct build *build, const struct route_networks *networks,
                   struct snapshot_networks *ret, struct error **reterr)
{
    struct wide_range *ranges = arena_new_array(build->arena, struct wide_range, networks->count);
    uint32_t ipv4 = 0; /* from the beginning of the array */
    uint32_t ipv6 = 0; /* from its end */

    for (uint32_t i = 0; i < networks->count; i++) {
        enum route_family family;
        struct wide_range range;

        if (!range_of(&networks->items[i], &family, &range))
            return error_set(reterr, EINVAL, "a network is neither of IPv4 nor of IPv6");
        if (family == ROUTE_FAMILY_IPV4)
            ranges[ipv4++] = range;
        else
            ranges[networks->count - ++ipv6] = range;
    }
    ret->ipv4 = add_ranges_ipv4(build, ranges, join_ranges(ranges, ipv4));
    ranges += networks->count - ipv6;
    ret->ipv6 = add_ranges_ipv6(build, ranges, join_ranges(ranges, ipv6));
    return 0;
}

/* Patterns */

static int add_patterns(struct build *build, const char *what, const struct route_texts *texts,
                        bool fold, struct snapshot_span *ret, struct error **reterr)
{
    *ret = (struct snapshot_span){build_add(build, SNAPSHOT_PATTERNS, texts->count), texts->count};
    for (uint32_t i = 0; i < texts->count; i++) {
        char text[ROUTE_PATTERN_BYTES_MAX];
        struct snapshot_pattern pattern;
        size_t length;

        if (build_check_pattern(what, texts->items[i], reterr) < 0)
            return -EINVAL;
        length = pattern_normalize(texts->items[i], strlen(texts->items[i]), fold, text);
        pattern.kind = pattern_classify(text, length);
        pattern.text = build_text(build, text, length);
        *build_get(build, PATTERNS, struct snapshot_pattern, ret->first + i) = pattern;
    }
    return 0;
}

/* Values of headers and parameters may be empty; hosts and paths are not. */
static int check_none_empty(const char *what, const struct route_texts *texts,
                            struct error **reterr)
{
    for (uint32_t i = 0; i < texts->count; i++)
        if (texts->items[i] == NULL || *texts->items[i] == '\0')
            return error_set(reterr, EINVAL, "%s: a pattern is empty", what);
    return 0;
}

static int add_named(struct build *build, const char *what,
                     const struct route_named_patterns *sources, uint32_t count,
                     struct snapshot_span *ret, struct error **reterr)
{
    *ret = (struct snapshot_span){build_add(build, SNAPSHOT_CONDITIONS, count), count};
    for (uint32_t i = 0; i < count; i++) {
        struct snapshot_condition condition;
        char name[ROUTE_PATTERN_BYTES_MAX];
        size_t length;

        if (build_check_pattern(what, sources[i].name, reterr) < 0)
            return -EINVAL;
        length = strlen(sources[i].name);
        for (size_t j = 0; j < length; j++)
            name[j] = (char)pattern_lower[(uint8_t)sources[i].name[j]];
        if (length == 0 || sources[i].patterns.count == 0)
            return error_set(reterr, EINVAL, "%s: a name or its patterns are missing", what);
        condition.name = build_text(build, name, length);
        if (add_patterns(build, what, &sources[i].patterns, true, &condition.patterns, reterr) < 0)
            return -EINVAL;
        *build_get(build, CONDITIONS, struct snapshot_condition, ret->first + i) = condition;
    }
    return 0;
}

static int add_methods(struct build *build, const struct route_texts *texts,
                       struct snapshot_span *ret, struct error **reterr)
{
    *ret = (struct snapshot_span){build_add(build, SNAPSHOT_METHODS, texts->count), texts->count};
    for (uint32_t i = 0; i < texts->count; i++) {
        if (build_check_name("method", texts->items[i], reterr) < 0)
            return -EINVAL;
        *build_get(build, METHODS, struct snapshot_text, ret->first + i) =
            build_string(build, texts->items[i]);
    }
    return 0;
}

int build_rule_conditions(struct build *build, const struct route_conditions *when, uint32_t rule,
                          struct error **reterr)
{
    struct snapshot_conditions conditions = {0};
    int r = add_methods(build, &when->methods, &conditions.methods, reterr);

    if (r >= 0)
        r = check_none_empty("host", &when->hosts, reterr);
    if (r >= 0)
        r = check_none_empty("path", &when->paths, reterr);
    if (r >= 0)
        r = add_patterns(build, "host", &when->hosts, true, &conditions.hosts, reterr);
    if (r >= 0)
        r = add_patterns(build, "path", &when->paths, false, &conditions.paths, reterr);
    if (r >= 0)
        r = add_named(build, "header", when->headers, when->header_count, &conditions.headers,
                      reterr);
    if (r >= 0)
        r = add_named(build, "query", when->queries, when->query_count, &conditions.queries,
                      reterr);
    if (r >= 0)
        r = build_networks(build, &when->sources, &conditions.sources, reterr);
    if (r >= 0)
        build_get(build, RULES, struct snapshot_rule, rule)->when = conditions;
    return r;
}

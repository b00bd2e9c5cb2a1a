/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images that are not as the builder makes them. Most rows write one wrong number into the image of
 * a config that has everything, and mend the hash, as somebody would who means harm.
 */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "full_config.h"
#include "route/build/build_priv.h"

/* A block of just the size, so that a checker of memory sees the least step outside. */
static char *copy_image(const struct fixture *fixture, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, fixture->image, size);
    return copy;
}

static int open_and_free(char *image, size_t size)
{
    struct snapshot snapshot;
    int r = snapshot_open(image, size, &snapshot);

    free(image);
    return r;
}

static int with_full_config(void **state)
{
    (void)fixture_setup(state);
    fixture_build(*state, &full_config);
    return 0;
}

/* The frame */

static void a_shorter_or_longer_image_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char *longer = calloc(1, fixture->size + 64);

    for (size_t size = 0; size < fixture->size; size++)
        if (open_and_free(copy_image(fixture, size), size) != -EBADMSG)
            fail_msg("cut after %zu bytes", size);
    assert_non_null(longer);
    memcpy(longer, fixture->image, fixture->size);
    assert_int_equal(open_and_free(longer, fixture->size + 64), -EBADMSG);
}

static void an_image_shorter_than_it_says_is_refused_with_a_good_hash(void **state)
{
    struct fixture *fixture = *state;

    for (size_t size = sizeof(struct snapshot_header); size < fixture->size; size++) {
        char *image = copy_image(fixture, size);

        ((struct snapshot_header *)(void *)image)->total_size = size;
        build_seal(image, size);
        if (open_and_free(image, size) != -EBADMSG)
            fail_msg("cut after %zu bytes", size);
    }
}

static void every_changed_byte_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    char *image = copy_image(fixture, fixture->size);
    struct snapshot snapshot = {.listener_count = 77};

    for (size_t i = 0; i < fixture->size; i++) {
        image[i] ^= 1;
        if (snapshot_open(image, fixture->size, &snapshot) != -EBADMSG)
            fail_msg("byte %zu", i);
        image[i] ^= 1;
    }
    assert_int_equal(snapshot.listener_count, 77);
    assert_int_equal(open_and_free(image, fixture->size), 0);
}

static void an_image_that_stands_askew_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct snapshot snapshot;
    char *image = malloc(fixture->size + 4);

    assert_non_null(image);
    memcpy(image + 4, fixture->image, fixture->size);
    assert_int_equal(snapshot_open(image + 4, fixture->size, &snapshot), -EBADMSG);
    free(image);
}

static void sections_that_do_not_follow_one_another_are_refused(void **state)
{
    static const uint32_t differences[] = {1, 4, 64, UINT32_C(0) - 1, UINT32_C(0) - 64, 1U << 31};
    struct fixture *fixture = *state;

    for (uint32_t i = 0; i < SNAPSHOT_SECTION_COUNT; i++)
        for (uint32_t j = 0; j < COUNT(differences) * 2; j++) {
            char *image = copy_image(fixture, fixture->size);
            struct snapshot_section *section =
                &((struct snapshot_header *)(void *)image)->sections[i];

            /* More texts where there is padding are texts that nobody uses. */
            if (i == SNAPSHOT_TEXTS && j % 2 == 1 && differences[j / 2] < 64) {
                free(image);
                continue;
            }
            *(j % 2 == 0 ? &section->offset : &section->count) += differences[j / 2];
            build_seal(image, fixture->size);
            if (open_and_free(image, fixture->size) != -EBADMSG)
                fail_msg("section %u, row %u", i, j);
        }
}

static void another_layout_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char *image = copy_image(fixture, fixture->size);

    ((struct snapshot_header *)(void *)image)->layout_version++;
    build_seal(image, fixture->size);
    assert_int_equal(open_and_free(image, fixture->size), -EBADMSG);
}

static void padding_holds_nothing(void **state)
{
    struct fixture *fixture = *state;
    const struct snapshot_header *header = fixture->image;
    struct snapshot_section texts = header->sections[SNAPSHOT_TEXTS];
    char *image = copy_image(fixture, fixture->size);

    assert_true(texts.offset + texts.count < fixture->size);
    image[fixture->size - 1] = 1;
    build_seal(image, fixture->size);
    assert_int_equal(open_and_free(image, fixture->size), -EBADMSG);
}

/* The records */

struct damage {
    const char *what;
    size_t offset; /* in the record */
    size_t size;
    uint64_t value;
    enum snapshot_section_id section;
    uint32_t record;
};

#define AT(SECTION, record_, type, member, value_)                                                 \
    {                                                                                              \
        .what = #SECTION " " #record_ " " #member " = " #value_,                                   \
        .offset = offsetof(struct snapshot_##type, member),                                        \
        .size = sizeof(((struct snapshot_##type *)0)->member), .value = (value_),                  \
        .section = SNAPSHOT_##SECTION, .record = (record_)                                         \
    }

#define MANY UINT32_MAX

/* Listeners: web, plain, raw. Rules: everything, site, old, "", default; default; inside, default.
 */
static const struct damage listener_damages[] = {
    AT(LISTENERS, 0, listener, id, 0),
    AT(LISTENERS, 0, listener, limits.keep_alive_timeout_ms, 0),
    AT(LISTENERS, 0, listener, limits.handshake_timeout_ms, 0),
    AT(LISTENERS, 0, listener, limits.tunnel_timeout_ms, 0),
    AT(LISTENERS, 0, listener, access_log.id, 0),
    AT(LISTENERS, 0, listener, access_log.path.length, 0),
    AT(LISTENERS, 0, listener, access_log.path.offset, MANY),
    AT(LISTENERS, 0, listener, access_log.number, 3),
    AT(LISTENERS, 0, listener, access_log.format, 2),
    AT(LISTENERS, 0, listener, rate_limits.first, 1),
    AT(LISTENERS, 0, listener, rate_limits.count, 0),
    AT(LISTENERS, 0, listener, rate_limits.count, MANY),
    AT(LISTENERS, 2, listener, rate_limits.count, 1),
    AT(LISTENERS, 0, listener, proxy_protocol, 2),
    AT(LISTENERS, 0, listener, forwarded, 3),
    AT(LISTENERS, 0, listener, forwarded_port, 2),
    AT(LISTENERS, 0, listener, probes.idle_s, 1),
    AT(LISTENERS, 2, listener, probes.interval_s, 0),
    AT(LISTENERS, 2, listener, probes.count, 0),
    AT(RATE_LIMITS, 0, rate_limit, id, 0),
    AT(RATE_LIMITS, 0, rate_limit, by, 4),
    AT(RATE_LIMITS, 0, rate_limit, by, ROUTE_LIMIT_BY_HEADER),
    AT(RATE_LIMITS, 0, rate_limit, period_ms, 0),
    AT(RATE_LIMITS, 0, rate_limit, burst, 0),
    AT(RATE_LIMITS, 0, rate_limit, reserved, 1),
    AT(RATE_LIMITS, 1, rate_limit, name.offset, MANY),
    AT(RATE_LIMITS, 1, rate_limit, by, ROUTE_LIMIT_BY_RULE),
    AT(RATE_LIMITS, 2, rate_limit, concurrent, 0),
    AT(RATE_LIMITS, 2, rate_limit, period_ms, 5),
    AT(LISTENERS, 0, listener, limits.idle_timeout_ms, 0),
    AT(LISTENERS, 0, listener, limits.header_timeout_ms, 0),
    AT(LISTENERS, 0, listener, name.offset, MANY),
    AT(LISTENERS, 0, listener, name.length, MANY),
    AT(LISTENERS, 0, listener, name.length, 2),
    AT(LISTENERS, 0, listener, name.length, 0),
    AT(LISTENERS, 0, listener, address.offset, MANY),
    AT(LISTENERS, 0, listener, trusted.ipv4.first, 1),
    AT(LISTENERS, 0, listener, trusted.ipv4.count, 1),
    AT(LISTENERS, 0, listener, trusted.ipv4.count, MANY),
    AT(LISTENERS, 1, listener, trusted.ipv6.first, 0),
    AT(LISTENERS, 0, listener, trusted.ipv6.count, MANY),
    AT(LISTENERS, 0, listener, certificates.first, 1),
    AT(LISTENERS, 0, listener, certificates.count, 0),
    AT(LISTENERS, 0, listener, certificates.count, 1),
    AT(LISTENERS, 0, listener, certificates.count, MANY),
    AT(LISTENERS, 0, listener, rules.first, 1),
    AT(LISTENERS, 0, listener, rules.count, 0),
    AT(LISTENERS, 0, listener, rules.count, 4),
    AT(LISTENERS, 0, listener, rules.count, MANY),
    AT(LISTENERS, 0, listener, hosts.first, 1),
    AT(LISTENERS, 0, listener, hosts.count, 0),
    AT(LISTENERS, 0, listener, hosts.count, 1),
    AT(LISTENERS, 0, listener, hosts.count, MANY),
    AT(LISTENERS, 2, listener, hosts.first, 0),
    AT(LISTENERS, 0, listener, protocol, 3),
    AT(LISTENERS, 0, listener, protocol, ROUTE_PROTOCOL_HTTP),
    AT(LISTENERS, 1, listener, protocol, ROUTE_PROTOCOL_HTTPS),
    AT(LISTENERS, 2, listener, protocol, ROUTE_PROTOCOL_HTTP),
    AT(LISTENERS, 0, listener, suffix_length_max, 256),
    AT(CERTIFICATES, 0, certificate, certificate.offset, MANY),
    AT(CERTIFICATES, 1, certificate, key.length, MANY),
};

static const struct damage condition_damages[] = {
    AT(RULES, 0, rule, when.methods.first, 1),
    AT(RULES, 0, rule, when.methods.count, MANY),
    AT(RULES, 0, rule, when.hosts.first, 1),
    AT(RULES, 0, rule, when.hosts.count, MANY),
    AT(RULES, 0, rule, when.hosts.count, 3),
    AT(RULES, 0, rule, when.paths.first, 0),
    AT(RULES, 1, rule, when.paths.first, 0),
    AT(RULES, 0, rule, when.headers.first, 1),
    AT(RULES, 0, rule, when.headers.count, MANY),
    AT(RULES, 0, rule, when.queries.count, 0),
    AT(RULES, 0, rule, when.queries.count, MANY),
    AT(RULES, 0, rule, when.sources.ipv4.first, 0),
    AT(RULES, 0, rule, when.sources.ipv6.count, MANY),
    AT(RULES, 4, rule, when.methods.count, 1),
    AT(RULES, 5, rule, when.sources.ipv4.count, 1),
    AT(PATTERNS, 0, pattern, text.offset, MANY),
    AT(PATTERNS, 0, pattern, text.length, MANY),
    AT(PATTERNS, 0, pattern, text.length, 3),
    AT(PATTERNS, 0, pattern, kind, 5),
    AT(PATTERNS, 0, pattern, kind, MANY),
    AT(PATTERNS, 0, pattern, kind, 1 /* any */),
    AT(PATTERNS, 0, pattern, kind, 2 /* prefix */),
    AT(PATTERNS, 0, pattern, kind, 3 /* suffix */),
    AT(METHODS, 0, text, offset, MANY),
    AT(METHODS, 1, text, length, MANY),
    AT(CONDITIONS, 0, condition, name.offset, MANY),
    AT(CONDITIONS, 0, condition, name.length, 0),
    AT(CONDITIONS, 0, condition, patterns.first, 0),
    AT(CONDITIONS, 0, condition, patterns.count, 0),
    AT(CONDITIONS, 0, condition, patterns.count, MANY),
    AT(RANGES_IPV4, 0, range_ipv4, first, 0x0affffff + 1),
    AT(RANGES_IPV4, 0, range_ipv4, last, 0xc0a80000),
    AT(RANGES_IPV4, 1, range_ipv4, last, 0),
    AT(RANGES_IPV6, 0, range_ipv6, last, 0),
    AT(RANGES_IPV6, 1, range_ipv6, first, 0),
};

static const struct damage rule_damages[] = {
    AT(RULES, 0, rule, listener, 1),
    AT(RULES, 0, rule, reserved, 1),
    AT(RULES, 0, rule, name.offset, MANY),
    AT(RULES, 0, rule, rate_limits.first, 0),
    AT(RULES, 0, rule, rate_limits.count, MANY),
    AT(RULES, 0, rule, sticky_name.offset, MANY),
    AT(RULES, 0, rule, sticky_ttl_s, 0),
    AT(RULES, 1, rule, sticky_ttl_s, 1),
    AT(RULES, 0, rule, action.kind, 4),
    AT(RULES, 0, rule, action.kind, ROUTE_ACTION_NONE),
    AT(RULES, 0, rule, action.kind, ROUTE_ACTION_REDIRECT),
    AT(RULES, 2, rule, action.kind, ROUTE_ACTION_RESPOND),
    AT(RULES, 3, rule, action.kind, ROUTE_ACTION_FORWARD),
    AT(RULES, 4, rule, action.kind, ROUTE_ACTION_NONE),
    AT(RULES, 5, rule, action.kind, ROUTE_ACTION_NONE),
    AT(RULES, 0, rule, action.first_group, 99),
    AT(RULES, 3, rule, action.first_group, 1),
    AT(RULES, 3, rule, action.status, 99),
    AT(RULES, 3, rule, action.status, 600),
    AT(RULES, 2, rule, action.status, 0),
    AT(RULES, 0, rule, action.forwards.first, 1),
    AT(RULES, 0, rule, action.forwards.count, MANY),
    AT(RULES, 0, rule, action.weight_total, 99),
    AT(RULES, 0, rule, action.weight_total, 0),
    AT(RULES, 2, rule, action.location.first, 0),
    AT(RULES, 2, rule, action.location.count, MANY),
    AT(RULES, 2, rule, action.location.count, 0),
    AT(RULES, 3, rule, action.content_type.offset, MANY),
    AT(RULES, 3, rule, action.body.length, MANY),
    AT(RULES, 3, rule, action.body.offset, MANY),
    AT(RULES, 0, rule, rewrite.kind, 3),
    AT(RULES, 0, rule, rewrite.kind, ROUTE_REWRITE_NONE),
    AT(RULES, 0, rule, rewrite.kind, ROUTE_REWRITE_TEMPLATE),
    AT(RULES, 0, rule, rewrite.prefix.offset, MANY),
    AT(RULES, 0, rule, rewrite.replacement.length, MANY),
    AT(RULES, 1, rule, rewrite.parts.first, 1),
    AT(RULES, 1, rule, rewrite.parts.count, MANY),
    AT(RULES, 0, rule, request_headers.first, 1),
    AT(RULES, 0, rule, request_headers.count, MANY),
    AT(RULES, 0, rule, response_headers.first, 0),
    AT(RULES, 0, rule, response_headers.count, 0),
    AT(FORWARDS, 0, forward, group, 4),
    AT(FORWARDS, 0, forward, group, MANY),
    AT(FORWARDS, 0, forward, weight, 1000),
    AT(FORWARDS, 0, forward, weight, 89),
    AT(PARTS, 0, part, kind, 6),
    AT(PARTS, 0, part, text.offset, MANY),
    AT(PARTS, 0, part, text.length, MANY),
    AT(HEADER_OPERATIONS, 0, header_operation, change, 3),
    AT(HEADER_OPERATIONS, 0, header_operation, name.length, 0),
    AT(HEADER_OPERATIONS, 0, header_operation, name.offset, MANY),
    AT(HEADER_OPERATIONS, 0, header_operation, value.length, MANY),
};

static const struct damage group_damages[] = {
    AT(GROUPS, 0, group, id, 0),
    AT(GROUPS, 0, group, ejection.failures, 0),
    AT(GROUPS, 0, group, ejection.duration_ms, 0),
    AT(GROUPS, 0, group, ejection.percent_max, 0),
    AT(GROUPS, 0, group, ejection.percent_max, 101),
    AT(GROUPS, 2, group, ejection.failures, 1),
    AT(GROUPS, 0, group, name.offset, MANY),
    AT(GROUPS, 0, group, targets.first, 1),
    AT(GROUPS, 0, group, targets.count, 2),
    AT(GROUPS, 0, group, targets.count, 4),
    AT(GROUPS, 0, group, targets.count, MANY),
    AT(GROUPS, 0, group, algorithm, 4),
    AT(GROUPS, 0, group, algorithm, ROUTE_ALGORITHM_ROUND_ROBIN),
    AT(GROUPS, 1, group, algorithm, MANY),
    AT(GROUPS, 0, group, hash_by, 3),
    AT(GROUPS, 0, group, hash_by, ROUTE_HASH_BY_SOURCE),
    AT(GROUPS, 0, group, hash_name.offset, MANY),
    AT(GROUPS, 0, group, stickiness, 3),
    AT(GROUPS, 0, group, stickiness, ROUTE_STICKINESS_NONE),
    AT(GROUPS, 1, group, stickiness, ROUTE_STICKINESS_OWN_COOKIE),
    AT(GROUPS, 0, group, sticky_name.offset, MANY),
    AT(GROUPS, 0, group, connect_timeout_ms, 0),
    AT(GROUPS, 0, group, response_timeout_ms, 0),
    AT(GROUPS, 0, group, health.protocol, 3),
    AT(GROUPS, 0, group, health.protocol, ROUTE_HEALTH_TCP),
    AT(GROUPS, 3, group, health.protocol, ROUTE_HEALTH_HTTP),
    AT(GROUPS, 3, group, health.protocol, ROUTE_HEALTH_TCP),
    AT(GROUPS, 0, group, health.interval_ms, 0),
    AT(GROUPS, 0, group, health.timeout_ms, 0),
    AT(GROUPS, 0, group, health.healthy, 0),
    AT(GROUPS, 0, group, health.unhealthy, 0),
    AT(GROUPS, 0, group, health.path.offset, MANY),
    AT(GROUPS, 0, group, health.statuses.first, 1),
    AT(GROUPS, 0, group, health.statuses.count, 0),
    AT(GROUPS, 0, group, health.statuses.count, MANY),
    AT(STATUSES, 0, status_range, first, 99),
    AT(STATUSES, 0, status_range, first, 205),
    AT(STATUSES, 0, status_range, last, 600),
    AT(TARGETS, 0, target, id, 0),
    AT(TARGETS, 0, target, text.offset, MANY),
    AT(TARGETS, 0, target, group, 1),
    AT(TARGETS, 0, target, weight, 1000),
    AT(TARGETS, 0, target, port, 0),
    AT(TARGETS, 0, target, family, 4),
    AT(TARGETS, 0, target, family, ROUTE_FAMILY_UNIX),
    AT(TARGETS, 2, target, family, ROUTE_FAMILY_IPV4),
    AT(TARGETS, 2, target, path.offset, MANY),
    AT(TARGETS, 2, target, path.length, MANY),
    AT(TARGETS, 3, target, family, ROUTE_FAMILY_IPV6),
};

/* Hosts of web: any, www.example.com, .example.org, and shop.example.com with over 16 paths. */
static const struct damage index_damages[] = {
    AT(HOSTS, 0, host, key.kind, SNAPSHOT_HOST_EXACT),
    AT(HOSTS, 0, host, key.length, 1),
    AT(HOSTS, 0, host, key.flags, 2),
    AT(HOSTS, 0, host, listener, 1),
    AT(HOSTS, 1, host, key.offset, MANY),
    AT(HOSTS, 1, host, key.length, 0xffff),
    AT(HOSTS, 1, host, key.length, 0),
    AT(HOSTS, 1, host, key.kind, SNAPSHOT_HOST_ANY),
    AT(HOSTS, 1, host, key.kind, 3),
    AT(HOSTS, 1, host, list.count, 0),
    AT(HOSTS, 1, host, list.count, 2),
    AT(HOSTS, 1, host, list.count, MANY),
    AT(HOSTS, 0, host, list.first, 1),
    AT(HOSTS, 1, host, list.first, MANY),
    AT(HOSTS, 1, host, paths.first, MANY),
    AT(HOSTS, 1, host, paths.count, 0),
    AT(HOSTS, 1, host, paths.count, MANY),
    AT(HOSTS, 3, host, prefixes.first, 1),
    AT(HOSTS, 3, host, prefixes.count, 4),
    AT(HOSTS, 3, host, prefixes.count, 6),
    AT(HOSTS, 3, host, prefixes.count, MANY),
    AT(HOSTS, 1, host, prefixes.count, 3),
    AT(HOSTS, 1, host, prefixes_inline[0].length, 0),
    AT(HOSTS, 1, host, prefixes_inline[1].length, 2),
    AT(PREFIXES, 0, prefix, length, 0),
    AT(PREFIXES, 1, prefix, length, 3),
    AT(PATHS, 0, path, key.offset, MANY),
    AT(PATHS, 0, path, key.length, 0),
    AT(PATHS, 0, path, key.length, 0xffff),
    AT(PATHS, 0, path, key.kind, 2),
    AT(PATHS, 0, path, key.flags, 1),
    AT(PATHS, 0, path, list.count, MANY),
    AT(PATHS, 0, path, list.count, 2),
    AT(PATHS, 0, path, list.first, MANY),
    AT(PATHS, 0, path, list.only.order, 0 /* as if there were no more conditions */),
    AT(PATHS, 0, path, list.only.order, 9 /* the default */),
    AT(PATHS, 0, path, list.only.order, 10 /* of another listener */),
    AT(PATHS, 0, path, list.only.order, MANY),
    AT(PATHS, 0, path, list.only.host_pattern, 4 /* a path */),
    AT(PATHS, 0, path, list.only.host_pattern, MANY - 2),
    AT(PATHS, 0, path, list.only.path_pattern, 3 /* a host */),
    AT(PATHS, 0, path, list.only.path_pattern, MANY - 2),
    AT(ENTRIES, 0, entry, order, MANY),
    AT(ENTRIES, 0, entry, host_pattern, MANY - 2),
    AT(ENTRIES, 1, entry, path_pattern, MANY - 2),
};

static void assert_refused(const struct fixture *fixture, const struct damage *damage,
                           size_t record_size)
{
    const struct snapshot_section *section =
        &((const struct snapshot_header *)fixture->image)->sections[damage->section];
    char *image = copy_image(fixture, fixture->size);
    char *at = image + section->offset + damage->record * record_size + damage->offset;

    assert_true(damage->record < section->count);
    memset(at, 0, damage->size);
    memcpy(at, &damage->value, damage->size < 8 ? damage->size : 8);
    if (memcmp(image, fixture->image, fixture->size) == 0)
        fail_msg("%s changes nothing", damage->what);
    build_seal(image, fixture->size);
    if (open_and_free(image, fixture->size) != -EBADMSG)
        fail_msg("%s was accepted", damage->what);
}

static void assert_all_refused(const struct fixture *fixture, const struct damage *damages,
                               uint32_t count)
{
    static const size_t record_sizes[] = {
#define X(name, member, type) [SNAPSHOT_##name] = sizeof(type),
        SNAPSHOT_SECTIONS(X)
#undef X
    };

    for (uint32_t i = 0; i < count; i++)
        assert_refused(fixture, &damages[i], record_sizes[damages[i].section]);
}

static void damaged_listeners_are_refused(void **state)
{
    assert_all_refused(*state, listener_damages, COUNT(listener_damages));
}

static void damaged_conditions_are_refused(void **state)
{
    assert_all_refused(*state, condition_damages, COUNT(condition_damages));
}

static void damaged_rules_are_refused(void **state)
{
    assert_all_refused(*state, rule_damages, COUNT(rule_damages));
}

static void damaged_groups_are_refused(void **state)
{
    assert_all_refused(*state, group_damages, COUNT(group_damages));
}

static void a_damaged_index_is_refused(void **state)
{
    assert_all_refused(*state, index_damages, COUNT(index_damages));
}

static void lists_that_do_not_ascend_are_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct snapshot *snapshot = &fixture->snapshot;
    char *image = copy_image(fixture, fixture->size);
    struct snapshot_entry *entries =
        (void *)(image + ((const char *)snapshot->entries - (const char *)fixture->image));
    uint32_t count = snapshot->header->sections[SNAPSHOT_PATHS].count;
    uint32_t swapped = 0;

    for (uint32_t i = 0; i < count && swapped == 0; i++) {
        struct snapshot_entry *list = &entries[snapshot->paths[i].list.first];

        if (snapshot->paths[i].list.count > 1 && list[0].order < list[1].order) {
            struct snapshot_entry first = list[0];

            list[0] = list[1];
            list[1] = first;
            swapped++;
        }
    }
    assert_int_equal(swapped, 1);
    build_seal(image, fixture->size);
    assert_int_equal(open_and_free(image, fixture->size), -EBADMSG);
}

static void damage_lookups(const struct fixture *fixture, enum snapshot_section_id id,
                           uint32_t limit)
{
    struct snapshot_section section =
        ((const struct snapshot_header *)fixture->image)->sections[id];
    uint32_t used = 0;

    for (uint32_t i = 0; i < section.count; i++) {
        char *image = copy_image(fixture, fixture->size);
        struct lookup_slot *slot = &((struct lookup_slot *)(void *)(image + section.offset))[i];

        used += slot->tag != 0;
        if (slot->tag == 0)
            *slot = (struct lookup_slot){1, 1}; /* one number too many */
        else if (used == 1)
            slot->tag = 0; /* one too few */
        else
            slot->value = limit;
        build_seal(image, fixture->size);
        if (open_and_free(image, fixture->size) != -EBADMSG)
            fail_msg("slot %u", i);
    }
    assert_true(used > 2);
}

static void damaged_lookups_are_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct snapshot_header *header = fixture->image;

    damage_lookups(fixture, SNAPSHOT_HOST_SLOTS, header->sections[SNAPSHOT_HOSTS].count);
    damage_lookups(fixture, SNAPSHOT_PATH_SLOTS, header->sections[SNAPSHOT_PATHS].count);
}

static void searches_in_lookups_are_bounded(void **state)
{
    static const uint32_t bounds[] = {0, 1 << 20, UINT32_MAX};
    struct fixture *fixture = *state;

    for (uint32_t i = 0; i < COUNT(bounds) * 2; i++) {
        char *image = copy_image(fixture, fixture->size);
        struct snapshot_header *header = (void *)image;

        (i % 2 == 0 ? &header->host_lookup : &header->path_lookup)->probes_max = bounds[i / 2];
        build_seal(image, fixture->size);
        assert_int_equal(open_and_free(image, fixture->size), -EBADMSG);
    }
}

/* Not every wrong number can be told from a right one. What is taken must do no harm; that is for
 * a checker of memory to see. */
static void whatever_is_accepted_can_be_read(void **state)
{
    static const char *const hosts[] = {"www.example.com", "shop.example.com", "q-x.example.org",
                                        "aab", ""};
    static const char *const paths[] = {"/api/x", "/07", "/ddddddd", "/v1/x.png", "/"};
    struct fixture *fixture = *state;
    uint32_t accepted = 0;

    for (size_t i = sizeof(struct snapshot_header); i < fixture->size * 2; i++) {
        char *image = copy_image(fixture, fixture->size);
        struct snapshot snapshot;

        if (i < fixture->size)
            image[i] ^= 1;
        else
            image[i - fixture->size] ^= 0x80;
        build_seal(image, fixture->size);
        if (snapshot_open(image, fixture->size, &snapshot) == 0) {
            accepted++;
            for (uint32_t j = 0; j < 25; j++) {
                struct route_request request = {.host = fixture_text(hosts[j / 5]),
                                                .path = fixture_text(paths[j % 5])};

                (void)route_match(&snapshot, 0, &request);
                (void)route_match_linear(&snapshot, 0, &request);
            }
        }
        free(image);
    }
    assert_true(accepted > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, with_full_config, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_shorter_or_longer_image_is_refused),
        TEST(an_image_shorter_than_it_says_is_refused_with_a_good_hash),
        TEST(every_changed_byte_is_noticed),
        TEST(an_image_that_stands_askew_is_refused),
        TEST(sections_that_do_not_follow_one_another_are_refused),
        TEST(another_layout_is_refused),
        TEST(padding_holds_nothing),
        TEST(damaged_listeners_are_refused),
        TEST(damaged_conditions_are_refused),
        TEST(damaged_rules_are_refused),
        TEST(damaged_groups_are_refused),
        TEST(a_damaged_index_is_refused),
        TEST(lists_that_do_not_ascend_are_refused),
        TEST(damaged_lookups_are_refused),
        TEST(searches_in_lookups_are_bounded),
        TEST(whatever_is_accepted_can_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

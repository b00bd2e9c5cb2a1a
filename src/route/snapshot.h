/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The snapshot: listeners, rules and groups in one contiguous, read-only, position-independent
 * image. It is a header and then sections, each an array of one kind of record; records refer to
 * each other by position and to text by offset. Control builds it; the edge maps it, opens it once
 * and reads it without further checks.
 *
 * Every record has one owner, and owned records stand in the order of their owners, so that a span
 * begins where that of the owner before it ends. That makes an image checkable in linear time.
 *
 * The image belongs to whoever made or mapped it and must outlive every struct snapshot on it.
 * Meanings, ranges and units are those of config.h, with the defaults put in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "route/config.h"
#include "route/lookup.h"

struct arena;
struct error;

#define SNAPSHOT_MAGIC "slipRout"

enum {
    SNAPSHOT_LAYOUT_VERSION = 3,
    SNAPSHOT_SECTION_ALIGNMENT = 64, /* in the image; the image itself stands at 8 or better */
    SNAPSHOT_HASH_BYTES = 32,
    SNAPSHOT_HOST_KEY_BYTES_MAX = 255,
    SNAPSHOT_HOST_PREFIXES_INLINE = 4,
    SNAPSHOT_HOST_PATHS_SCANNED = 16,
};

/* In the section of texts, with a NUL behind it; absent texts have length 0. */
struct snapshot_text {
    uint32_t offset;
    uint32_t length;
};

/* Records of one section; which one stands beside the member. */
struct snapshot_span {
    uint32_t first;
    uint32_t count;
};

/* What users configured */

struct snapshot_limits {
    uint64_t body_bytes_max;
    uint32_t idle_timeout_ms;
    uint32_t header_timeout_ms;
    uint32_t keep_alive_timeout_ms;
    uint32_t handshake_timeout_ms;
    uint32_t tunnel_timeout_ms;
    uint32_t body_rate_min;
    uint32_t connections_max;
    uint32_t connections_per_source_max;
};

struct snapshot_rate_limit {
    uint64_t id;
    struct snapshot_text name; /* of the header, in lower case, or of the cookie */
    uint32_t by;               /* enum route_limit_by */
    uint32_t requests;         /* 0: no rate */
    uint32_t period_ms;
    uint32_t burst; /* not 0 where there is a rate */
    uint32_t concurrent;
    uint32_t reserved;
};

/* Listeners that name the same path have the same id and number; formats may differ. */
struct snapshot_access_log {
    uint64_t id; /* hash of the path; 0: there is none */
    struct snapshot_text path;
    uint32_t number; /* from 0, in the order of first mention */
    uint32_t format; /* enum route_log_format */
};

struct snapshot_probes {
    uint32_t idle_s; /* 0: none are sent */
    uint32_t interval_s;
    uint32_t count;
};

struct snapshot_networks {
    struct snapshot_span ipv4; /* ranges_ipv4 */
    struct snapshot_span ipv6; /* ranges_ipv6 */
};

struct snapshot_listener {
    uint64_t id;
    struct snapshot_limits limits;
    struct snapshot_text name;
    struct snapshot_text address;
    struct snapshot_networks trusted;
    struct snapshot_span certificates;
    struct snapshot_span rules; /* the last one is the default action, without conditions */
    struct snapshot_span hosts; /* of the index; the first one is for every host */
    uint32_t protocol;          /* enum route_protocol */
    uint32_t suffix_length_max; /* of the host suffixes of the index; 0: there are none */
    uint32_t suffix_lengths[8]; /* a bit for each length that they have */
    struct snapshot_access_log access_log;
    struct snapshot_span rate_limits;
    uint32_t proxy_protocol; /* 0 or 1 */
    uint32_t forwarded;      /* enum route_forwarded */
    uint32_t forwarded_port; /* 0 or 1 */
    struct snapshot_probes probes;
};

struct snapshot_certificate {
    struct snapshot_text certificate;
    struct snapshot_text key;
};

/* Addresses from first to last, both included. Those of one owner ascend and do not touch. */
struct snapshot_range_ipv4 {
    uint32_t first;
    uint32_t last;
};

struct snapshot_range_ipv6 {
    uint8_t first[16];
    uint8_t last[16];
};

struct snapshot_pattern {
    struct snapshot_text text;
    uint32_t kind; /* enum pattern_kind */
};

struct snapshot_condition {
    struct snapshot_text name;     /* lower case */
    struct snapshot_span patterns; /* lower case */
};

struct snapshot_conditions {
    struct snapshot_span methods; /* methods */
    struct snapshot_span headers; /* conditions */
    struct snapshot_span queries; /* conditions */
    struct snapshot_networks sources;
    struct snapshot_span hosts; /* patterns, in lower case */
    struct snapshot_span paths; /* patterns */
};

struct snapshot_action {
    uint32_t kind;   /* enum route_action_kind; NONE closes the connection */
    uint32_t status; /* of a redirect or an answer */
    struct snapshot_span forwards;
    uint32_t weight_total; /* of the forwards; 0 only where there is none */
    uint32_t first_group;  /* of the first forward, most often the only one; 0: there is none */
    struct snapshot_span location; /* parts */
    struct snapshot_text content_type;
    struct snapshot_text body;
};

struct snapshot_forward {
    uint32_t group;
    uint32_t weight;
};

enum snapshot_part_kind {
    SNAPSHOT_PART_LITERAL,
    SNAPSHOT_PART_PROTOCOL,
    SNAPSHOT_PART_HOST,
    SNAPSHOT_PART_PORT,
    SNAPSHOT_PART_PATH, /* without the / that it begins with */
    SNAPSHOT_PART_QUERY,
    SNAPSHOT_PART_KIND_COUNT,
};

/* Of a template. */
struct snapshot_part {
    struct snapshot_text text; /* of a literal */
    uint32_t kind;             /* enum snapshot_part_kind */
};

struct snapshot_header_operation {
    struct snapshot_text name; /* as written */
    struct snapshot_text value;
    uint32_t change; /* enum route_header_change */
};

struct snapshot_rewrite {
    uint32_t kind; /* enum route_rewrite_kind */
    struct snapshot_text prefix;
    struct snapshot_text replacement;
    struct snapshot_span parts;
};

/* A cache line for finding it, one for acting on it, and one with the rest. */
struct snapshot_rule {
    struct snapshot_conditions when;
    uint32_t listener;
    uint32_t reserved;
    struct snapshot_action action;
    struct snapshot_span request_headers;  /* header_operations */
    struct snapshot_span response_headers; /* header_operations */
    struct snapshot_rewrite rewrite;
    struct snapshot_text name;
    struct snapshot_span rate_limits;
    struct snapshot_text sticky_name; /* of the forwards; absent: none */
    uint32_t sticky_ttl_s;
    uint32_t reserved_too[2];
};

struct snapshot_health {
    uint32_t protocol; /* enum route_health_protocol */
    uint32_t interval_ms;
    uint32_t timeout_ms;
    uint32_t healthy;
    uint32_t unhealthy;
    struct snapshot_text path;
    struct snapshot_span statuses;
};

struct snapshot_ejection {
    uint32_t failures; /* 0: never */
    uint32_t duration_ms;
    uint32_t percent_max;
};

struct snapshot_group {
    uint64_t id;
    struct snapshot_text name;
    struct snapshot_span targets;
    uint32_t algorithm; /* enum route_algorithm */
    uint32_t hash_by;   /* enum route_hash_by */
    struct snapshot_text hash_name;
    uint32_t stickiness; /* enum route_stickiness */
    uint32_t sticky_ttl_s;
    struct snapshot_text sticky_name;
    uint32_t slow_start_ms;
    uint32_t drain_ms;
    struct snapshot_health health;
    uint32_t retry_percent;
    uint32_t retries_max;
    uint32_t connections_max;
    uint32_t pending_max;
    uint32_t connect_timeout_ms;
    uint32_t response_timeout_ms;
    struct snapshot_ejection ejection;
    uint32_t hold_ms;
    uint32_t reserved;
};

struct snapshot_status_range {
    uint16_t first;
    uint16_t last;
};

struct snapshot_target {
    uint64_t id;
    struct snapshot_text text;
    struct snapshot_text path; /* of a unix socket */
    uint8_t bytes[16];
    uint32_t scope_id;
    uint16_t port;
    uint16_t family; /* enum route_family */
    uint32_t group;
    uint32_t weight;
};

/* The index: for match.c alone. A rule stands in the lists of all hosts and paths that it names;
 * a host has one list for every path, and one for each path or beginning of a path. With very many
 * rules each step is a cache miss, so a list of one stands where a longer one would be pointed at.
 */

/* In the place of a pattern: being in this list proves the condition; or try all of the rule's. */
#define SNAPSHOT_PATTERN_PROVEN UINT32_MAX
#define SNAPSHOT_PATTERN_ALL    (UINT32_MAX - 1)

/* One way in which a rule may match. */
struct snapshot_entry {
    uint32_t order;        /* twice the number of the rule; and 1 when it has more conditions */
    uint32_t host_pattern; /* patterns: the one that remains to be tried */
    uint32_t path_pattern;
};

/* Entries that ascend by order. */
struct snapshot_list {
    uint32_t count;
    uint32_t first;             /* entries, of more than one */
    struct snapshot_entry only; /* of just one */
};

/* Lower case for hosts; its length is not 0 where there is a key. */
struct snapshot_key {
    uint32_t offset; /* texts */
    uint16_t length;
    uint8_t kind;
    uint8_t flags;
};

enum snapshot_host_kind {
    SNAPSHOT_HOST_ANY,    /* no key: rules that name no host, or none that could be looked up */
    SNAPSHOT_HOST_EXACT,  /* the whole host */
    SNAPSHOT_HOST_SUFFIX, /* what the host ends in, from a dot on */
    SNAPSHOT_HOST_KIND_COUNT,
};

enum {
    SNAPSHOT_HOST_HAS_EXACT_PATHS = 1
};

/* A length that beginnings of paths of a host have, so that no others are looked up. */
struct snapshot_prefix {
    uint16_t length;
    uint8_t last_byte; /* of all of that length */
    uint8_t last_byte_varies;
};

struct snapshot_host {
    struct snapshot_key key; /* enum snapshot_host_kind */
    uint32_t listener;
    struct snapshot_list list; /* for every path */
    struct snapshot_span paths;
    /* Ascending. Up to four stand here, and only more in their section. */
    struct snapshot_span prefixes;
    struct snapshot_prefix prefixes_inline[SNAPSHOT_HOST_PREFIXES_INLINE];
};

enum snapshot_path_kind {
    SNAPSHOT_PATH_EXACT,
    SNAPSHOT_PATH_PREFIX,
    SNAPSHOT_PATH_KIND_COUNT,
};

/* Those of a host with few are scanned for their tag; only others are in the lookup of paths. */
struct snapshot_path {
    struct snapshot_key key; /* enum snapshot_path_kind */
    uint32_t tag;            /* lookup_tag() of the key */
    struct snapshot_list list;
};

#define SNAPSHOT_SECTIONS(X)                                                                       \
    X(LISTENERS, listeners, struct snapshot_listener)                                              \
    X(CERTIFICATES, certificates, struct snapshot_certificate)                                     \
    X(RANGES_IPV4, ranges_ipv4, struct snapshot_range_ipv4)                                        \
    X(RANGES_IPV6, ranges_ipv6, struct snapshot_range_ipv6)                                        \
    X(RATE_LIMITS, rate_limits, struct snapshot_rate_limit)                                        \
    X(RULES, rules, struct snapshot_rule)                                                          \
    X(PATTERNS, patterns, struct snapshot_pattern)                                                 \
    X(METHODS, methods, struct snapshot_text)                                                      \
    X(CONDITIONS, conditions, struct snapshot_condition)                                           \
    X(FORWARDS, forwards, struct snapshot_forward)                                                 \
    X(PARTS, parts, struct snapshot_part)                                                          \
    X(HEADER_OPERATIONS, header_operations, struct snapshot_header_operation)                      \
    X(GROUPS, groups, struct snapshot_group)                                                       \
    X(STATUSES, statuses, struct snapshot_status_range)                                            \
    X(TARGETS, targets, struct snapshot_target)                                                    \
    X(HOSTS, hosts, struct snapshot_host)                                                          \
    X(PREFIXES, prefixes, struct snapshot_prefix)                                                  \
    X(PATHS, paths, struct snapshot_path)                                                          \
    X(ENTRIES, entries, struct snapshot_entry)                                                     \
    X(HOST_SLOTS, host_slots, struct lookup_slot)                                                  \
    X(PATH_SLOTS, path_slots, struct lookup_slot)                                                  \
    X(TEXTS, texts, char)

enum snapshot_section_id {
#define X(name, member, type) SNAPSHOT_##name,
    SNAPSHOT_SECTIONS(X)
#undef X
    SNAPSHOT_SECTION_COUNT
};

struct snapshot_section {
    uint32_t offset;
    uint32_t count; /* of records; of bytes in the section of texts */
};

struct snapshot_lookup {
    uint64_t seed;
    uint32_t probes_max;
    uint32_t reserved;
};

struct snapshot_header {
    char magic[8];
    uint32_t layout_version;
    uint32_t header_size;
    uint64_t total_size;
    char content_hash[SNAPSHOT_HASH_BYTES]; /* of all that follows; names the snapshot, too */
    struct snapshot_lookup host_lookup;
    struct snapshot_lookup path_lookup;
    struct snapshot_section sections[SNAPSHOT_SECTION_COUNT];
};

/* An open image. Groups, targets and so on are walked as arrays:
 *
 *     group = &snapshot->groups[forward->group];
 *     for (uint32_t i = 0; i < group->targets.count; i++)
 *         use(&snapshot->targets[group->targets.first + i]);
 */
struct snapshot {
    const struct snapshot_header *header;
#define X(name, member, type) const type *member;
    SNAPSHOT_SECTIONS(X)
#undef X
    uint32_t listener_count;
    uint32_t group_count;
    uint32_t target_count;
    struct lookup host_lookup;
    struct lookup path_lookup;
};

/* Compiles the config. The image is arena memory; the same config always makes the same bytes.
 * -EINVAL with a message that says where when the config contradicts itself. */
int snapshot_build(struct arena *arena, const struct route_config *config, void **ret_image,
                   size_t *ret_size, struct error **reterr);

/* Checks the whole image, in linear time and without memory of its own, and gives a view of it.
 * -EBADMSG when anything is wrong with it, including another layout version and an image that does
 * not stand at a multiple of 8. After this no reader can leave the image. */
int snapshot_open(const void *image, size_t size, struct snapshot *ret);

/* Ends in NUL; "" where the text is absent. */
static inline const char *snapshot_text(const struct snapshot *snapshot, struct snapshot_text text)
{
    return snapshot->texts + text.offset;
}

/* The position of a rule in its listener, from 0; the default action comes last. */
static inline uint32_t snapshot_rule_position(const struct snapshot *snapshot,
                                              const struct snapshot_rule *rule)
{
    return (uint32_t)(rule - snapshot->rules) - snapshot->listeners[rule->listener].rules.first;
}

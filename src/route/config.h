/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the edge shall do, as plain data: the input of snapshot_build(). The caller owns all of it,
 * usually in an arena, and may free it once the snapshot is built.
 *
 * Texts end in NUL; NULL and "" both mean "not given". A count of 0 goes with a NULL array. Zero is
 * a meaning everywhere: a default where one is named below, otherwise "no limit" or "not wanted".
 * Whatever has an id keeps it from one snapshot to the next, so that counters, health and open
 * connections survive a change; 0 is no id.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ROUTE_PATTERN_BYTES_MAX = 8192, /* of one pattern: no request line is longer */
    ROUTE_WEIGHT_MAX = 999,
    ROUTE_UNIX_PATH_BYTES_MAX = 107,

    /* What 0 stands for. */
    ROUTE_IDLE_TIMEOUT_MS = 60000,
    ROUTE_HEADER_TIMEOUT_MS = 10000,
    ROUTE_KEEP_ALIVE_TIMEOUT_MS = 75000,
    ROUTE_HANDSHAKE_TIMEOUT_MS = 10000,
    ROUTE_TUNNEL_TIMEOUT_MS = 3600000,
    ROUTE_CONNECT_TIMEOUT_MS = 10000,
    ROUTE_RESPONSE_TIMEOUT_MS = 60000,
    ROUTE_HEALTH_INTERVAL_MS = 5000,
    ROUTE_HEALTH_TIMEOUT_MS = 2000,
    ROUTE_HEALTH_THRESHOLD = 2,
    ROUTE_REDIRECT_STATUS = 302,
    ROUTE_RESPOND_STATUS = 200,
    ROUTE_STICKY_TTL_S = 86400,
    ROUTE_PROBE_INTERVAL_S = 10,
    ROUTE_PROBE_COUNT = 6,
    ROUTE_EJECTION_MS = 30000,
    ROUTE_EJECTION_PERCENT = 50,
};

/* Addresses */

enum route_family {
    ROUTE_FAMILY_NONE, /* a name that is not resolved yet; a peer on a unix socket */
    ROUTE_FAMILY_IPV4,
    ROUTE_FAMILY_IPV6,
    ROUTE_FAMILY_UNIX,
};

struct route_address {
    enum route_family family;
    uint16_t port;
    uint32_t scope_id; /* of a link-local IPv6 address */
    uint8_t bytes[16]; /* network order; IPv4 uses the first four */
    const char *path;  /* of a unix socket */
};

struct route_network {
    enum route_family family; /* IPv4 or IPv6 */
    uint8_t prefix_bits;
    uint8_t bytes[16]; /* bits behind the prefix do not count */
};

/* Conditions. A pattern holds * (any text, also none) and ? (any one byte). */

struct route_texts {
    const char *const *items;
    uint32_t count;
};

struct route_networks {
    const struct route_network *items;
    uint32_t count;
};

struct route_named_patterns {
    const char *name; /* a plain text, compared without regard to case */
    struct route_texts patterns;
};

/* All that are given must hold; of the values of one, any. */
struct route_conditions {
    struct route_texts hosts;                   /* patterns, without regard to case */
    struct route_texts paths;                   /* patterns, with regard to case */
    struct route_texts methods;                 /* plain texts, compared exactly */
    const struct route_named_patterns *headers; /* each must hold, in any field of the name */
    uint32_t header_count;
    const struct route_named_patterns *queries; /* each must hold, in any parameter of the name */
    uint32_t query_count;
    struct route_networks sources; /* of the connection's peer */
};

/* Actions */

enum route_action_kind {
    /* As a default of a listener: 404 for HTTP, closing the connection for tcp. Not for rules. */
    ROUTE_ACTION_NONE,
    ROUTE_ACTION_FORWARD,
    ROUTE_ACTION_REDIRECT,
    ROUTE_ACTION_RESPOND,
};

struct route_forward {
    uint32_t group;  /* its position in the groups of the config */
    uint32_t weight; /* 0 to 999; not 0 for all */
};

struct route_action {
    enum route_action_kind kind;
    const struct route_forward *forwards;
    uint32_t forward_count;
    uint32_t status;      /* of a redirect or an answer; 0: 302 or 200 */
    const char *location; /* of a redirect: a template, see expand.h */
    const char *content_type;
    const char *body;
    size_t body_length;

    /* Of a forward to several groups: who came to one by the cookie goes there again. */
    const char *sticky_name; /* of the cookie; NULL: each request is dealt out anew */
    uint32_t sticky_ttl_s;   /* 0: one day */
};

enum route_header_change {
    ROUTE_HEADER_SET,    /* replaces all fields of the name */
    ROUTE_HEADER_ADD,    /* adds a field */
    ROUTE_HEADER_REMOVE, /* removes all fields of the name */
};

struct route_header_operation {
    enum route_header_change change;
    const char *name;
    const char *value;
};

struct route_header_operations {
    const struct route_header_operation *items;
    uint32_t count;
};

enum route_rewrite_kind {
    ROUTE_REWRITE_NONE,
    ROUTE_REWRITE_PREFIX,   /* a path that begins with the prefix gets another in its place */
    ROUTE_REWRITE_TEMPLATE, /* a whole new path; see expand.h */
};

/* Changes the path towards the target; the query stays. */
struct route_rewrite {
    enum route_rewrite_kind kind;
    const char *prefix;
    const char *replacement; /* of the prefix, or the template; begins with / */
};

/* What a limit counts apart. */
enum route_limit_by {
    ROUTE_LIMIT_BY_SOURCE, /* the client's address */
    ROUTE_LIMIT_BY_RULE,   /* all together */
    ROUTE_LIMIT_BY_HEADER, /* the value of a header; requests without it together */
    ROUTE_LIMIT_BY_COOKIE,
};

struct route_rate_limit {
    uint64_t id; /* hash of where it stands; see identity.h */
    enum route_limit_by by;
    const char *name;    /* of the header or cookie */
    uint32_t requests;   /* in a period; 0: no rate */
    uint32_t period_ms;  /* not 0 where there is a rate */
    uint32_t burst;      /* how many may come at once; 0: as many as in a period */
    uint32_t concurrent; /* in flight at once; 0: no limit */
};

struct route_rate_limits {
    const struct route_rate_limit *items;
    uint32_t count;
};

struct route_rule {
    const char *name;
    struct route_conditions when;
    struct route_action action;
    struct route_header_operations request_headers;  /* towards the target */
    struct route_header_operations response_headers; /* towards the client */
    struct route_rewrite rewrite;
    struct route_rate_limits rate_limits; /* all of them must let a request pass */
};

/* Listeners */

enum route_protocol {
    ROUTE_PROTOCOL_HTTP,
    ROUTE_PROTOCOL_HTTPS,
    ROUTE_PROTOCOL_TCP, /* its rules may ask for sources only, and forward only */
};

struct route_certificate {
    const char *certificate; /* names of files */
    const char *key;
};

struct route_limits {
    uint32_t idle_timeout_ms;       /* nothing moves in mid-exchange; 0: 60 s, for tcp 1 h */
    uint32_t header_timeout_ms;     /* for a whole request head; 0: 10 s */
    uint32_t keep_alive_timeout_ms; /* between two requests; 0: 75 s */
    uint32_t handshake_timeout_ms;  /* of TLS; 0: 10 s */
    uint32_t tunnel_timeout_ms;     /* nothing moves after an upgrade; 0: 1 h */
    uint64_t body_bytes_max;        /* 0: no limit */
    uint32_t body_rate_min;         /* bytes a second, of bodies; 0: no least rate */
    uint32_t connections_max;       /* 0: no limit */
    uint32_t connections_per_source_max;
};

/* What is done to the X-Forwarded-* of a request. Those of peers that are not trusted are always
 * discarded first. */
enum route_forwarded {
    ROUTE_FORWARDED_APPEND,   /* the peer is added to what is there */
    ROUTE_FORWARDED_PRESERVE, /* what is there stays as it is */
    ROUTE_FORWARDED_REMOVE,   /* the target sees none */
};

enum route_log_format {
    ROUTE_LOG_JSON,
    ROUTE_LOG_FIELDS,
};

struct route_access_log {
    const char *path; /* absolute; NULL: none */
    enum route_log_format format;
};

/* Of TCP, on the client's connection. */
struct route_probes {
    uint32_t idle_s;     /* 0: none are sent */
    uint32_t interval_s; /* 0: 10 s */
    uint32_t count;      /* unanswered ones that end the connection; 0: 6 */
};

struct route_listener {
    uint64_t id;
    const char *name;
    const char *address; /* as written, such as ":443" */
    enum route_protocol protocol;
    struct route_networks trusted;
    const struct route_certificate *certificates; /* the first is the default */
    uint32_t certificate_count;
    const struct route_rule *rules; /* the first that matches decides */
    uint32_t rule_count;
    struct route_action default_action;
    struct route_limits limits;
    struct route_rate_limits rate_limits; /* of every request; not for tcp */
    bool proxy_protocol; /* each connection begins with a PROXY header; only trusted peers may */
    enum route_forwarded forwarded;
    bool forwarded_port; /* X-Forwarded-For has the client's port too */
    struct route_access_log access_log;
    struct route_probes probes;
};

/* Groups */

enum route_algorithm {
    ROUTE_ALGORITHM_ROUND_ROBIN,
    ROUTE_ALGORITHM_LEAST_OUTSTANDING,
    ROUTE_ALGORITHM_WEIGHTED_RANDOM,
    ROUTE_ALGORITHM_HASH,
};

enum route_hash_by {
    ROUTE_HASH_BY_SOURCE,
    ROUTE_HASH_BY_HEADER,
    ROUTE_HASH_BY_COOKIE,
};

enum route_stickiness {
    ROUTE_STICKINESS_NONE,
    ROUTE_STICKINESS_OWN_COOKIE,
    ROUTE_STICKINESS_APPLICATION_COOKIE,
};

enum route_health_protocol {
    ROUTE_HEALTH_NONE, /* not checked: taken for healthy */
    ROUTE_HEALTH_HTTP,
    ROUTE_HEALTH_TCP,
};

struct route_status_range {
    uint16_t first;
    uint16_t last;
};

struct route_health {
    enum route_health_protocol protocol;
    const char *path;                          /* NULL: "/" */
    uint32_t interval_ms;                      /* 0: 5 s */
    uint32_t timeout_ms;                       /* 0: 2 s */
    uint32_t healthy;                          /* passes in a row; 0: 2 */
    uint32_t unhealthy;                        /* failures in a row; 0: 2 */
    const struct route_status_range *statuses; /* none: 200-299 */
    uint32_t status_count;
};

/* A target that fails too often is left out for a while. */
struct route_ejection {
    uint32_t failures;    /* in a row; 0: never */
    uint32_t duration_ms; /* of the first one; 0: 30 s */
    uint32_t percent_max; /* of the group's targets at once, but always one; 0: 50 */
};

struct route_target {
    uint64_t id;
    const char *text; /* the address as written; where the family is NONE, a name to look up */
    struct route_address address;
    uint32_t weight;      /* 0 to 999; 0 takes no new requests */
    const char *instance; /* of a runtime, whose target it is; NULL: none. For control alone */
};

struct route_group {
    uint64_t id; /* hash of project and group name */
    const char *name;
    enum route_algorithm algorithm;
    enum route_hash_by hash_by;
    const char *hash_name; /* of the header or cookie */
    enum route_stickiness stickiness;
    const char *sticky_name; /* of the cookie */
    uint32_t sticky_ttl_s;   /* 0: one day */
    uint32_t slow_start_ms;  /* 0: off */
    uint32_t drain_ms;       /* 0: what is in flight is cut off at once */
    uint32_t hold_ms;        /* requests wait that long for a target to come; 0: they do not */
    struct route_health health;
    uint32_t retry_percent;       /* retries to requests at most, in percent; 0: none */
    uint32_t retries_max;         /* of one request; 0: none */
    uint32_t connections_max;     /* to one target; 0: no limit */
    uint32_t pending_max;         /* requests that wait for a connection; 0: no limit */
    uint32_t connect_timeout_ms;  /* 0: 10 s */
    uint32_t response_timeout_ms; /* until the response begins; 0: 60 s */
    struct route_ejection ejection;
    const struct route_target *targets;
    uint32_t target_count;
};

/* The snapshot has nothing of the last one: it is control's. */
struct route_config {
    const struct route_listener *listeners;
    uint32_t listener_count;
    const struct route_group *groups;
    uint32_t group_count;
    const char *metrics_address; /* HOST:PORT on loopback; NULL: none */
};

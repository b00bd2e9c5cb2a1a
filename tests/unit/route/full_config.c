/* SPDX-License-Identifier: Apache-2.0 */
#include "full_config.h"

#define LIST(array) (array), sizeof(array) / sizeof((array)[0])

/* Groups */

static const struct route_status_range statuses[] = {{200, 204}, {301, 301}};
static const struct route_target api_targets[] = {
    {.id = 0x1111111111111111,
     .text = "10.0.0.7:9001",
     .address = {.family = ROUTE_FAMILY_IPV4, .port = 9001, .bytes = {10, 0, 0, 7}},
     .weight = 1},
    {.id = 0x2222222222222222,
     .text = "[fe80::1%3]:9002",
     .address = {.family = ROUTE_FAMILY_IPV6,
                 .port = 9002,
                 .scope_id = 3,
                 .bytes = {0xfe, 0x80, [15] = 1}},
     .weight = 999},
    {.id = 0x3333333333333333,
     .text = "unix:/run/api.sock",
     .address = {.family = ROUTE_FAMILY_UNIX, .path = "/run/api.sock"}},
};
static const struct route_target web_targets[] = {
    {.id = 4, .text = "web:80", .weight = 5},
};
static const struct route_group groups[] = {
    {.id = 0xaaaa,
     .name = "api",
     .algorithm = ROUTE_ALGORITHM_HASH,
     .hash_by = ROUTE_HASH_BY_HEADER,
     .hash_name = "X-User",
     .stickiness = ROUTE_STICKINESS_APPLICATION_COOKIE,
     .sticky_name = "session",
     .sticky_ttl_s = 3600,
     .slow_start_ms = 30000,
     .drain_ms = 15000,
     .hold_ms = 25000,
     .health = {.protocol = ROUTE_HEALTH_HTTP,
                .path = "/healthz",
                .interval_ms = 1000,
                .timeout_ms = 500,
                .healthy = 3,
                .unhealthy = 4,
                .statuses = statuses,
                .status_count = 2},
     .retry_percent = 20,
     .retries_max = 2,
     .connections_max = 100,
     .pending_max = 50,
     .connect_timeout_ms = 700,
     .response_timeout_ms = 800,
     .ejection = {.failures = 9, .duration_ms = 1500, .percent_max = 34},
     .targets = api_targets,
     .target_count = 3},
    {.id = 0xbbbb,
     .name = "web",
     .health = {.protocol = ROUTE_HEALTH_HTTP},
     .ejection = {.failures = 1},
     .targets = web_targets,
     .target_count = 1},
    {.id = 0xcccc, .name = "empty", .health = {.protocol = ROUTE_HEALTH_TCP}},
    {.id = 0xdddd, .name = "unchecked"},
};

/* Rules */

static const char *const hosts[] = {"WWW.example.com", "*.example.org", "*-x.example.org", "a?b"};
static const char *const site_hosts[] = {"shop.example.com"};
static const char *const paths[] = {"/api", "/api/*", "/v?/*", "*.png"};
static const char *const site_paths[] = {"/aa*", "/bbb*", "/cccc*", "/ddddd*", "/eeeeee*", "/"};
static const char *const many_paths[] = {"/00", "/01", "/02", "/03", "/04", "/05",
                                         "/06", "/07", "/08", "/09", "/10", "/11",
                                         "/12", "/13", "/14", "/15", "/16", "/"};
static const char *const methods[] = {"GET", "POST"};
static const char *const values[] = {"On", "b*"};
static const char *const other_values[] = {"1"};
static const struct route_named_patterns headers[] = {{"X-Beta", {LIST(values)}},
                                                      {"X-Other", {LIST(other_values)}}};
static const struct route_named_patterns queries[] = {{"Version", {LIST(other_values)}}};
static const struct route_network sources[] = {
    {ROUTE_FAMILY_IPV4, 8, {10}},
    {ROUTE_FAMILY_IPV4, 16, {192, 168}},
    {ROUTE_FAMILY_IPV6, 32, {0x20, 0x01, 0x0d, 0xb8}},
    {ROUTE_FAMILY_IPV6, 8, {0xfd}},
};
static const struct route_forward forwards[] = {{0, 90}, {1, 10}};
static const struct route_forward forward_web[] = {{1, 1}};
static const struct route_forward forward_api[] = {{0, 1}};
static const struct route_header_operation request_headers[] = {
    {ROUTE_HEADER_SET, "X-Set", "a b"}, {ROUTE_HEADER_REMOVE, "X-Gone", NULL}};
static const struct route_header_operation response_headers[] = {
    {ROUTE_HEADER_ADD, "X-Added", "\tvalue"}};
static const struct route_rate_limit rule_limits[] = {
    {.id = 0x501,
     .by = ROUTE_LIMIT_BY_HEADER,
     .name = "X-Api-Key",
     .requests = 10,
     .period_ms = 1000,
     .burst = 20,
     .concurrent = 3},
    {.id = 0x502, .by = ROUTE_LIMIT_BY_COOKIE, .name = "Session", .concurrent = 4},
};
static const struct route_rate_limit listener_limits[] = {
    {.id = 0x503, .by = ROUTE_LIMIT_BY_SOURCE, .requests = 600, .period_ms = 60000},
};
static const struct route_rule web_rules[] = {
    {.name = "everything",
     .when = {.hosts = {LIST(hosts)},
              .paths = {LIST(paths)},
              .methods = {LIST(methods)},
              .headers = headers,
              .header_count = 2,
              .queries = queries,
              .query_count = 1,
              .sources = {LIST(sources)}},
     .action = {.kind = ROUTE_ACTION_FORWARD,
                .forwards = forwards,
                .forward_count = 2,
                .sticky_name = "part",
                .sticky_ttl_s = 77},
     .rate_limits = {LIST(rule_limits)},
     .request_headers = {LIST(request_headers)},
     .response_headers = {LIST(response_headers)},
     .rewrite = {ROUTE_REWRITE_PREFIX, "/api", "/v2"}},
    {.name = "site",
     .when = {.hosts = {LIST(site_hosts)}, .paths = {LIST(site_paths)}},
     .action = {.kind = ROUTE_ACTION_FORWARD, .forwards = forward_web, .forward_count = 1},
     .rewrite = {ROUTE_REWRITE_TEMPLATE, NULL, "/#{host}/#{path}"}},
    {.name = "old",
     .when = {.hosts = {LIST(site_hosts)}},
     .action = {.kind = ROUTE_ACTION_REDIRECT,
                .location = "#{protocol}://#{host}:#{port}/#{path}?#{query}",
                .status = 308}},
    {.when = {.hosts = {LIST(site_hosts)}, .paths = {LIST(many_paths)}},
     .action = {.kind = ROUTE_ACTION_RESPOND,
                .status = 503,
                .content_type = "text/html",
                .body = "a\0b",
                .body_length = 3}},
};
static const struct route_rule tcp_rules[] = {
    {.name = "inside",
     .when = {.sources = {LIST(sources)}},
     .action = {.kind = ROUTE_ACTION_FORWARD, .forwards = forward_api, .forward_count = 1}},
};

/* Listeners */

static const struct route_certificate certificates[] = {{"a.pem", "a.key"}, {"b.pem", "b.key"}};
static const struct route_listener listeners[] = {
    {.id = 0x77,
     .name = "web",
     .address = ":443",
     .protocol = ROUTE_PROTOCOL_HTTPS,
     .trusted = {LIST(sources)},
     .certificates = certificates,
     .certificate_count = 2,
     .rules = web_rules,
     .rule_count = sizeof(web_rules) / sizeof(web_rules[0]),
     .default_action = {.kind = ROUTE_ACTION_FORWARD, .forwards = forward_web, .forward_count = 1},
     .limits = {.idle_timeout_ms = 1,
                .header_timeout_ms = 2,
                .body_bytes_max = UINT64_C(5) << 32,
                .body_rate_min = 3,
                .connections_max = 4,
                .connections_per_source_max = 5,
                .keep_alive_timeout_ms = 6,
                .handshake_timeout_ms = 7,
                .tunnel_timeout_ms = 8},
     .rate_limits = {LIST(listener_limits)},
     .proxy_protocol = true,
     .forwarded = ROUTE_FORWARDED_PRESERVE,
     .forwarded_port = true,
     .access_log = {"/var/log/web.log", ROUTE_LOG_FIELDS}},
    {.id = 0x88,
     .name = "plain",
     .address = "[::1]:80",
     .access_log = {"/var/log/other.log", ROUTE_LOG_JSON}},
    {.id = 0x99,
     .name = "raw",
     .address = "127.0.0.1:5432",
     .protocol = ROUTE_PROTOCOL_TCP,
     .rules = tcp_rules,
     .rule_count = 1,
     .access_log = {"/var/log/web.log", ROUTE_LOG_JSON},
     .probes = {.idle_s = 60, .interval_s = 11, .count = 3}},
};

const struct route_config full_config = {
    .listeners = listeners,
    .listener_count = sizeof(listeners) / sizeof(listeners[0]),
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
};

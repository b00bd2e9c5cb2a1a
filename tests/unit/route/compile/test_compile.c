/* SPDX-License-Identifier: Apache-2.0 */
/* Every key of x-slipway that the edge has to know lands in the config. */
#include "fixture.h"

#include "route/identity.h"

static const struct route_group *group_of(const char *name)
{
    for (uint32_t i = 0; i < compiled.group_count; i++)
        if (strcmp(compiled.groups[i].name, name) == 0)
            return &compiled.groups[i];
    fail_msg("there is no group %s", name);
    return NULL;
}

static const struct route_listener *listener_of(const char *name)
{
    for (uint32_t i = 0; i < compiled.listener_count; i++)
        if (strcmp(compiled.listeners[i].name, name) == 0)
            return &compiled.listeners[i];
    fail_msg("there is no listener %s", name);
    return NULL;
}

/* Listeners */

static void listeners_land(void **state)
{
    const struct route_listener *web;

    (void)state;
    compile_file("x-slipway:\n"
                 "  target_groups: {g: {targets: ['10.0.0.1:80']}}\n"
                 "  metrics: {address: '127.0.0.1:9100'}\n"
                 "  listeners:\n"
                 "    web:\n"
                 "      address: '[::0:1]:443'\n"
                 "      protocol: https\n"
                 "      certificates: [{cert: a.pem, key: /k/a.key}, {cert: b.pem, key: b.key}]\n"
                 "      trusted: [10.0.0.0/8, 'fd00::/8']\n"
                 "      proxy_protocol: true\n"
                 "      forwarded: {mode: preserve, port: true}\n"
                 "      timeouts: {header: 11s, idle: 1m30s, keep_alive: 2h, handshake: 1.5s, "
                 "tunnel: 24h}\n"
                 "      limits: {connections: 1000, connections_per_source: 20, body: 10m, "
                 "body_rate: 1k, requests: [{rate: 100/s}]}\n"
                 "      access_log: {path: logs/web.log, format: fields}\n"
                 "      default: {forward: g}\n");
    web = listener_of("web");
    assert_string_equal(compiled.metrics_address, "127.0.0.1:9100");
    assert_string_equal(web->address, "[::1]:443");
    assert_true(web->id == identity_of_listener("[::1]:443"));
    assert_int_equal(web->protocol, ROUTE_PROTOCOL_HTTPS);
    assert_int_equal(web->certificate_count, 2);
    assert_string_equal(web->certificates[0].certificate, "/project/a.pem");
    assert_string_equal(web->certificates[0].key, "/k/a.key");
    assert_string_equal(web->certificates[1].key, "/project/b.key");
    assert_int_equal(web->trusted.count, 2);
    assert_int_equal(web->trusted.items[0].prefix_bits, 8);
    assert_int_equal(web->trusted.items[1].family, ROUTE_FAMILY_IPV6);
    assert_true(web->proxy_protocol);
    assert_int_equal(web->forwarded, ROUTE_FORWARDED_PRESERVE);
    assert_true(web->forwarded_port);
    assert_int_equal(web->limits.header_timeout_ms, 11000);
    assert_int_equal(web->limits.idle_timeout_ms, 90000);
    assert_int_equal(web->limits.keep_alive_timeout_ms, 7200000);
    assert_int_equal(web->limits.handshake_timeout_ms, 1500);
    assert_int_equal(web->limits.tunnel_timeout_ms, 86400000);
    assert_int_equal(web->limits.connections_max, 1000);
    assert_int_equal(web->limits.connections_per_source_max, 20);
    assert_int_equal(web->limits.body_bytes_max, 10 << 20);
    assert_int_equal(web->limits.body_rate_min, 1024);
    assert_int_equal(web->rate_limits.count, 1);
    assert_int_equal(web->rate_limits.items[0].requests, 100);
    assert_true(web->rate_limits.items[0].id == identity_of_limit("[::1]:443", "", "", 0));
    assert_string_equal(web->access_log.path, "/project/logs/web.log");
    assert_int_equal(web->access_log.format, ROUTE_LOG_FIELDS);
    assert_int_equal(web->probes.idle_s, 0);
    assert_int_equal(web->default_action.kind, ROUTE_ACTION_FORWARD);
}

static void what_listeners_do_not_say_is_as_documented(void **state)
{
    const struct route_listener *plain, *raw;

    (void)state;
    compile_file("x-slipway:\n"
                 "  target_groups: {g: {targets: ['10.0.0.1:80']}}\n"
                 "  listeners:\n"
                 "    plain: {address: ':80'}\n"
                 "    raw: {address: ':5432', protocol: tcp, default: {forward: g}}\n");
    assert_null(compiled.metrics_address);
    plain = listener_of("plain");
    assert_int_equal(plain->protocol, ROUTE_PROTOCOL_HTTP);
    assert_int_equal(plain->forwarded, ROUTE_FORWARDED_APPEND);
    assert_false(plain->proxy_protocol);
    assert_int_equal(plain->limits.body_rate_min, 240);
    assert_int_equal(plain->limits.body_bytes_max, 0);
    assert_int_equal(plain->limits.connections_max, 0);
    assert_null(plain->access_log.path);
    assert_int_equal(plain->default_action.kind, ROUTE_ACTION_NONE);
    raw = listener_of("raw");
    assert_int_equal(raw->protocol, ROUTE_PROTOCOL_TCP);
    assert_int_equal(raw->limits.body_rate_min, 0);
    assert_int_equal(raw->probes.idle_s, 60);
}

static void tcp_listeners_land(void **state)
{
    const struct route_listener *raw;

    (void)state;
    compile_file("x-slipway:\n"
                 "  target_groups: {g: {targets: ['10.0.0.1:80']}}\n"
                 "  listeners:\n"
                 "    raw:\n"
                 "      address: '127.0.0.1:5432'\n"
                 "      protocol: tcp\n"
                 "      timeouts: {idle: 5m}\n"
                 "      limits: {connections: 7}\n"
                 "      access_log: {path: /var/log/raw}\n"
                 "      keep_alive_probes: {idle: 30s, interval: 5s, count: 3}\n"
                 "      rules: [{when: {source: 10.0.0.0/8}, forward: g}]\n");
    raw = listener_of("raw");
    assert_int_equal(raw->limits.idle_timeout_ms, 300000);
    assert_int_equal(raw->limits.connections_max, 7);
    assert_int_equal(raw->access_log.format, ROUTE_LOG_JSON);
    assert_int_equal(raw->probes.idle_s, 30);
    assert_int_equal(raw->probes.interval_s, 5);
    assert_int_equal(raw->probes.count, 3);
    assert_int_equal(raw->rules[0].when.sources.count, 1);
}

/* Rules */

static const char rules_text[] =
    "x-slipway:\n"
    "  target_groups: {a: {targets: ['10.0.0.1:80']}, b: {targets: ['10.0.0.2:80']}}\n"
    "  listeners:\n"
    "    web:\n"
    "      address: ':80'\n"
    "      rules:\n"
    "        - name: all\n"
    "          when: {host: [a.example.com, '*.b'], path: /x/*, method: [GET, PUT],\n"
    "                 header: {X-Beta: ['1', 'on*']}, query: {v: '2'}, source: [10.0.0.0/8]}\n"
    "          weights: {a: 90, b: 10}\n"
    "          stickiness: {cookie: part, ttl: 1h}\n"
    "          request_headers: {set: {X-A: 1}, add: {X-B: two}, remove: [X-C]}\n"
    "          response_headers: {set: {X-D: '3'}}\n"
    "          rewrite: {prefix: /x, replacement: /y}\n"
    "          limits: [{rate: 600/m, burst: 50}, {by: header, name: X-Key, concurrent: 4}]\n"
    "        - when: {path: /old}\n"
    "          redirect: {location: 'https://#{host}/new', status: 301}\n"
    "        - when: {path: /gone}\n"
    "          respond: {status: 410, body: gone, content_type: text/html}\n"
    "          limits: [{by: rule, rate: 5/h}, {by: cookie, name: sid, rate: 1/d}]\n"
    "        - forward: a\n"
    "          rewrite: {path: '/#{host}/#{path}'}\n"
    "      default: {weights: {a: 1, b: 1}, stickiness: {}}\n";

static void conditions_land(void **state)
{
    const struct route_conditions *when;

    (void)state;
    compile_file(rules_text);
    assert_int_equal(listener_of("web")->rule_count, 4);
    when = &listener_of("web")->rules[0].when;
    assert_string_equal(listener_of("web")->rules[0].name, "all");
    assert_null(listener_of("web")->rules[1].name);
    assert_int_equal(when->hosts.count, 2);
    assert_string_equal(when->hosts.items[1], "*.b");
    assert_int_equal(when->paths.count, 1);
    assert_string_equal(when->paths.items[0], "/x/*");
    assert_int_equal(when->methods.count, 2);
    assert_string_equal(when->methods.items[1], "PUT");
    assert_int_equal(when->header_count, 1);
    assert_string_equal(when->headers[0].name, "X-Beta");
    assert_int_equal(when->headers[0].patterns.count, 2);
    assert_string_equal(when->headers[0].patterns.items[1], "on*");
    assert_int_equal(when->query_count, 1);
    assert_string_equal(when->queries[0].patterns.items[0], "2");
    assert_int_equal(when->sources.count, 1);
    assert_int_equal(listener_of("web")->rules[3].when.paths.count, 0);
}

static void actions_land(void **state)
{
    const struct route_rule *rules;

    (void)state;
    compile_file(rules_text);
    rules = listener_of("web")->rules;
    assert_int_equal(rules[0].action.kind, ROUTE_ACTION_FORWARD);
    assert_int_equal(rules[0].action.forward_count, 2);
    assert_int_equal(rules[0].action.forwards[0].group, 0);
    assert_int_equal(rules[0].action.forwards[0].weight, 90);
    assert_int_equal(rules[0].action.forwards[1].group, 1);
    assert_string_equal(rules[0].action.sticky_name, "part");
    assert_int_equal(rules[0].action.sticky_ttl_s, 3600);
    assert_int_equal(rules[1].action.kind, ROUTE_ACTION_REDIRECT);
    assert_string_equal(rules[1].action.location, "https://#{host}/new");
    assert_int_equal(rules[1].action.status, 301);
    assert_int_equal(rules[2].action.kind, ROUTE_ACTION_RESPOND);
    assert_int_equal(rules[2].action.status, 410);
    assert_string_equal(rules[2].action.body, "gone");
    assert_int_equal(rules[2].action.body_length, 4);
    assert_string_equal(rules[2].action.content_type, "text/html");
    assert_int_equal(rules[3].action.forward_count, 1);
    assert_null(rules[3].action.sticky_name);
    assert_string_equal(listener_of("web")->default_action.sticky_name, "SLIPWAY-GROUP");
}

static void changes_on_the_way_land(void **state)
{
    const struct route_rule *rules;
    const struct route_header_operation *items;

    (void)state;
    compile_file(rules_text);
    rules = listener_of("web")->rules;
    items = rules[0].request_headers.items;
    assert_int_equal(rules[0].request_headers.count, 3);
    assert_int_equal(items[0].change, ROUTE_HEADER_REMOVE);
    assert_string_equal(items[0].name, "X-C");
    assert_int_equal(items[1].change, ROUTE_HEADER_SET);
    assert_string_equal(items[1].name, "X-A");
    assert_string_equal(items[1].value, "1");
    assert_int_equal(items[2].change, ROUTE_HEADER_ADD);
    assert_string_equal(items[2].value, "two");
    assert_int_equal(rules[0].response_headers.count, 1);
    assert_int_equal(rules[0].rewrite.kind, ROUTE_REWRITE_PREFIX);
    assert_string_equal(rules[0].rewrite.prefix, "/x");
    assert_string_equal(rules[0].rewrite.replacement, "/y");
    assert_int_equal(rules[3].rewrite.kind, ROUTE_REWRITE_TEMPLATE);
    assert_string_equal(rules[3].rewrite.replacement, "/#{host}/#{path}");
}

static void limits_of_rules_land(void **state)
{
    const struct route_rule *rules;
    const struct route_rate_limit *items;

    (void)state;
    compile_file(rules_text);
    rules = listener_of("web")->rules;
    items = rules[0].rate_limits.items;
    assert_int_equal(rules[0].rate_limits.count, 2);
    assert_int_equal(items[0].by, ROUTE_LIMIT_BY_SOURCE);
    assert_int_equal(items[0].requests, 600);
    assert_int_equal(items[0].period_ms, 60000);
    assert_int_equal(items[0].burst, 50);
    assert_int_equal(items[1].by, ROUTE_LIMIT_BY_HEADER);
    assert_string_equal(items[1].name, "X-Key");
    assert_int_equal(items[1].concurrent, 4);
    assert_int_equal(items[1].requests, 0);
    assert_true(items[0].id == identity_of_limit(":80", "shop", "all", 0));
    assert_true(items[1].id == identity_of_limit(":80", "shop", "all", 1));
    items = rules[2].rate_limits.items;
    assert_int_equal(items[0].by, ROUTE_LIMIT_BY_RULE);
    assert_int_equal(items[0].period_ms, 3600000);
    assert_int_equal(items[1].by, ROUTE_LIMIT_BY_COOKIE);
    assert_int_equal(items[1].period_ms, 86400000);
    assert_true(items[0].id == identity_of_limit(":80", "shop", "#2", 0));
}

/* Groups */

static void groups_land(void **state)
{
    const struct route_group *group;

    (void)state;
    compile_file("x-slipway:\n"
                 "  target_groups:\n"
                 "    g:\n"
                 "      targets: ['10.0.0.7:9001']\n"
                 "      algorithm: hash\n"
                 "      hash: {by: header, name: X-User}\n"
                 "      stickiness: {by: application, cookie: sid, ttl: 90s}\n"
                 "      health: {path: /h?x=1, interval: 10s, timeout: 250ms, healthy: 3, "
                 "unhealthy: 4, status: '200-204,301'}\n"
                 "      slow_start: 45s\n"
                 "      drain: 0s\n"
                 "      hold: 1m20s\n"
                 "      retries: {percent: 33, attempts: 1}\n"
                 "      ejection: {failures: 7, for: 1m, max_percent: 25}\n"
                 "      limits: {connections: 100, pending: 50}\n"
                 "      timeouts: {connect: 500ms, response: 2m}\n");
    group = group_of("g");
    assert_true(group->id == identity_of_group("shop", "g"));
    assert_int_equal(group->algorithm, ROUTE_ALGORITHM_HASH);
    assert_int_equal(group->hash_by, ROUTE_HASH_BY_HEADER);
    assert_string_equal(group->hash_name, "X-User");
    assert_int_equal(group->stickiness, ROUTE_STICKINESS_APPLICATION_COOKIE);
    assert_string_equal(group->sticky_name, "sid");
    assert_int_equal(group->sticky_ttl_s, 90);
    assert_int_equal(group->health.protocol, ROUTE_HEALTH_HTTP);
    assert_string_equal(group->health.path, "/h?x=1");
    assert_int_equal(group->health.interval_ms, 10000);
    assert_int_equal(group->health.timeout_ms, 250);
    assert_int_equal(group->health.healthy, 3);
    assert_int_equal(group->health.unhealthy, 4);
    assert_int_equal(group->health.status_count, 2);
    assert_int_equal(group->health.statuses[0].last, 204);
    assert_int_equal(group->health.statuses[1].first, 301);
    assert_int_equal(group->slow_start_ms, 45000);
    assert_int_equal(group->drain_ms, 0);
    assert_int_equal(group->hold_ms, 80000);
    assert_int_equal(group->retry_percent, 33);
    assert_int_equal(group->retries_max, 1);
    assert_int_equal(group->ejection.failures, 7);
    assert_int_equal(group->ejection.duration_ms, 60000);
    assert_int_equal(group->ejection.percent_max, 25);
    assert_int_equal(group->connections_max, 100);
    assert_int_equal(group->pending_max, 50);
    assert_int_equal(group->connect_timeout_ms, 500);
    assert_int_equal(group->response_timeout_ms, 120000);
}

static void what_groups_do_not_say_is_as_documented(void **state)
{
    const struct route_group *group;

    (void)state;
    compile_file("x-slipway:\n"
                 "  target_groups:\n"
                 "    plain: {targets: ['10.0.0.7:9001']}\n"
                 "    other: {targets: ['10.0.0.7:9001'], stickiness: {}, ejection: {}, "
                 "health: {protocol: tcp}, algorithm: hash}\n");
    group = group_of("plain");
    assert_int_equal(group->algorithm, ROUTE_ALGORITHM_ROUND_ROBIN);
    assert_int_equal(group->stickiness, ROUTE_STICKINESS_NONE);
    assert_int_equal(group->health.protocol, ROUTE_HEALTH_NONE);
    assert_int_equal(group->drain_ms, 30000);
    assert_int_equal(group->hold_ms, 0);
    assert_int_equal(group->slow_start_ms, 0);
    assert_int_equal(group->retry_percent, 20);
    assert_int_equal(group->retries_max, 2);
    assert_int_equal(group->ejection.failures, 0);
    group = group_of("other");
    assert_int_equal(group->stickiness, ROUTE_STICKINESS_OWN_COOKIE);
    assert_string_equal(group->sticky_name, "SLIPWAY");
    assert_int_equal(group->ejection.failures, 5);
    assert_int_equal(group->health.protocol, ROUTE_HEALTH_TCP);
    assert_int_equal(group->hash_by, ROUTE_HASH_BY_SOURCE);
}

static void targets_land(void **state)
{
    const struct route_target *targets;

    (void)state;
    compile_file("x-slipway:\n"
                 "  target_groups:\n"
                 "    g: {targets: ['10.0.0.7:9001', {address: 'unix:/run/x.sock', weight: 50},\n"
                 "        '[fe80:0::1]:80', 'api.example.com:8080', {address: '10.0.0.8:1', "
                 "weight: 0}]}\n");
    assert_int_equal(group_of("g")->target_count, 5);
    targets = group_of("g")->targets;
    assert_int_equal(targets[0].address.family, ROUTE_FAMILY_IPV4);
    assert_int_equal(targets[0].address.port, 9001);
    assert_int_equal(targets[0].weight, 1);
    assert_true(targets[0].id == identity_of_target("shop", "g", "10.0.0.7:9001"));
    assert_int_equal(targets[1].address.family, ROUTE_FAMILY_UNIX);
    assert_string_equal(targets[1].address.path, "/run/x.sock");
    assert_int_equal(targets[1].weight, 50);
    assert_int_equal(targets[2].address.family, ROUTE_FAMILY_IPV6);
    assert_true(targets[2].id == identity_of_target("shop", "g", "[fe80::1]:80"));
    assert_int_equal(targets[3].address.family, ROUTE_FAMILY_NONE);
    assert_int_equal(targets[3].address.port, 8080);
    assert_string_equal(targets[3].text, "api.example.com:8080");
    assert_true(targets[3].id == identity_of_target("shop", "g", "api.example.com:8080"));
    assert_int_equal(targets[4].weight, 0);
}

static void services_have_groups_without_targets(void **state)
{
    (void)state;
    compile_file("services:\n"
                 "  api: {image: a, expose: [8000]}\n"
                 "  two: {image: b, expose: [80, 81]}\n"
                 "x-slipway:\n"
                 "  target_groups: {named: {service: api, health: {path: /}}}\n"
                 "  listeners:\n"
                 "    web: {address: ':80', rules: [{when: {path: /a}, forward: api},\n"
                 "          {when: {path: /b}, forward: 'two:81'}, {forward: named}],\n"
                 "          default: {weights: {api: 1, 'two:81': 2}}}\n");
    assert_int_equal(compiled.group_count, 3);
    assert_int_equal(group_of("named")->target_count, 0);
    assert_int_equal(group_of("api")->target_count, 0);
    assert_int_equal(group_of("api")->drain_ms, 30000);
    assert_string_equal(compiled.groups[listener_of("web")->rules[1].action.forwards[0].group].name,
                        "two:81");
    assert_true(listener_of("web")->default_action.forwards[0].group ==
                listener_of("web")->rules[0].action.forwards[0].group);
}

static void a_project_without_x_slipway_has_nothing(void **state)
{
    (void)state;
    compile_file("services: {a: {image: x}}");
    assert_int_equal(compiled.listener_count, 0);
    assert_int_equal(compiled.group_count, 0);
}

/* Ids */

static void ids_are_the_same_for_ever(void **state)
{
    (void)state;
    /* Written down once: if one of these changes, counters and health are lost by an upgrade. */
    assert_true(identity_of_listener(":443") == UINT64_C(0x1e499039273d44ab));
    assert_true(identity_of_group("shop", "web") == UINT64_C(0x066c991760025de0));
    assert_true(identity_of_target("shop", "web", "10.0.0.7:9001") == UINT64_C(0x7318c026a204929b));
    assert_true(identity_of_instance("shop", "web", "i-1", "8000") == UINT64_C(0x350b69664c05597e));
    assert_true(identity_of_limit(":443", "shop", "api", 0) == UINT64_C(0x2de5cb6f32f28228));
    assert_true(identity_of_log("/var/log/web.log") == UINT64_C(0x332d32e12698558e));
}

static void an_instance_has_one_id_on_standby_and_after(void **state)
{
    const struct value *tree =
        fixture_value("x-slipway:\n"
                      "  target_groups:\n"
                      "    api: {targets: [{address: '10.0.0.7:80', instance: a},"
                      " {address: '10.0.0.7:81', instance: a}, {address: '10.0.0.8:80'},"
                      " {address: 'unix:/x', instance: a}, {address: 'unix:/y', instance: a}]}\n"
                      "    api@next: {targets: [{address: '10.0.0.8:80', instance: b}]}\n"
                      "    '@next': {targets: [{address: '10.0.0.8:80', instance: b}]}\n");
    const struct route_target *targets;

    (void)state;
    assert_int_equal(compile_project(&fixture_arena, tree, "shop", &compiled, NULL), 0);
    targets = group_of("api")->targets;
    assert_true(targets[0].id == identity_of_instance("shop", "api", "a", "80"));
    assert_string_equal(targets[0].instance, "a");
    assert_true(targets[1].id == identity_of_instance("shop", "api", "a", "81"));
    assert_true(targets[2].id == identity_of_target("shop", "api", "10.0.0.8:80"));
    assert_null(targets[2].instance);
    assert_true(targets[3].id != targets[4].id);
    assert_true(group_of("api@next")->targets[0].id ==
                identity_of_instance("shop", "api", "b", "80"));
    /* That alone is a name as others. */
    assert_true(group_of("@next")->targets[0].id ==
                identity_of_instance("shop", "@next", "b", "80"));
    assert_true(group_of("@next")->targets[0].id != group_of("api@next")->targets[0].id);
    assert_true(identity_is_standby("api@next"));
    assert_false(identity_is_standby("@next") || identity_is_standby("api@nex"));
}

static void ids_differ_in_each_part(void **state)
{
    (void)state;
    assert_true(identity_of_instance("p", "g", "a", "b") !=
                identity_of_instance("p", "g", "b", "b"));
    assert_true(identity_of_group("a", "bc") != identity_of_group("ab", "c"));
    assert_true(identity_of_target("p", "g", "a") != identity_of_target("p", "h", "a"));
    assert_true(identity_of_target("p", "g", "a") != identity_of_target("q", "g", "a"));
    assert_true(identity_of_limit("l", "p", "r", 0) != identity_of_limit("l", "p", "r", 1));
    assert_true(identity_of_listener("x") != identity_of_log("x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(listeners_land),
        FIXTURE_TEST(what_listeners_do_not_say_is_as_documented),
        FIXTURE_TEST(tcp_listeners_land),
        FIXTURE_TEST(conditions_land),
        FIXTURE_TEST(actions_land),
        FIXTURE_TEST(changes_on_the_way_land),
        FIXTURE_TEST(limits_of_rules_land),
        FIXTURE_TEST(groups_land),
        FIXTURE_TEST(what_groups_do_not_say_is_as_documented),
        FIXTURE_TEST(targets_land),
        FIXTURE_TEST(services_have_groups_without_targets),
        FIXTURE_TEST(a_project_without_x_slipway_has_nothing),
        FIXTURE_TEST(ids_are_the_same_for_ever),
        FIXTURE_TEST(an_instance_has_one_id_on_standby_and_after),
        FIXTURE_TEST(ids_differ_in_each_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

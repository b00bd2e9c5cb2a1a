/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "full_config.h"
#include "random_route.h"
#include "route/identity.h"

/* What was put in comes out */

static void assert_text(const struct snapshot *snapshot, struct snapshot_text text,
                        const char *expected)
{
    assert_string_equal(snapshot_text(snapshot, text), expected);
    assert_int_equal(text.length, strlen(expected));
}

static void listeners_come_out_as_they_went_in(void **state)
{
    struct fixture *fixture = *state;
    const struct snapshot *snapshot = &fixture->snapshot;
    const struct snapshot_listener *web;

    fixture_build(fixture, &full_config);
    assert_int_equal(snapshot->listener_count, 3);
    web = &snapshot->listeners[0];
    assert_int_equal(web->id, 0x77);
    assert_text(snapshot, web->name, "web");
    assert_text(snapshot, web->address, ":443");
    assert_int_equal(web->protocol, ROUTE_PROTOCOL_HTTPS);
    assert_int_equal(web->rules.count, 5);
    assert_int_equal(web->certificates.count, 2);
    assert_text(snapshot, snapshot->certificates[web->certificates.first].certificate, "a.pem");
    assert_text(snapshot, snapshot->certificates[web->certificates.first + 1].key, "b.key");
    assert_int_equal(web->limits.idle_timeout_ms, 1);
    assert_int_equal(web->limits.header_timeout_ms, 2);
    assert_int_equal(web->limits.body_bytes_max, UINT64_C(5) << 32);
    assert_int_equal(web->limits.body_rate_min, 3);
    assert_int_equal(web->limits.connections_max, 4);
    assert_int_equal(web->limits.connections_per_source_max, 5);
    assert_int_equal(web->limits.keep_alive_timeout_ms, 6);
    assert_int_equal(web->limits.handshake_timeout_ms, 7);
    assert_int_equal(web->limits.tunnel_timeout_ms, 8);
    assert_int_equal(web->proxy_protocol, 1);
    assert_int_equal(web->forwarded, ROUTE_FORWARDED_PRESERVE);
    assert_int_equal(web->forwarded_port, 1);
    assert_int_equal(web->probes.idle_s, 0);
    assert_int_equal(snapshot->listeners[2].probes.idle_s, 60);
    assert_int_equal(snapshot->listeners[2].probes.interval_s, 11);
    assert_int_equal(snapshot->listeners[2].probes.count, 3);
    assert_int_equal(snapshot->listeners[2].protocol, ROUTE_PROTOCOL_TCP);
}

static void logs_are_told_apart_by_their_paths(void **state)
{
    struct fixture *fixture = *state;
    const struct snapshot *snapshot = &fixture->snapshot;
    const struct snapshot_listener *listeners;

    fixture_build(fixture, &full_config);
    listeners = snapshot->listeners;
    assert_text(snapshot, listeners[0].access_log.path, "/var/log/web.log");
    assert_text(snapshot, listeners[1].access_log.path, "/var/log/other.log");
    assert_true(listeners[0].access_log.id == identity_of_log("/var/log/web.log"));
    assert_true(listeners[2].access_log.id == listeners[0].access_log.id);
    assert_true(listeners[1].access_log.id != listeners[0].access_log.id);
    assert_int_equal(listeners[0].access_log.number, 0);
    assert_int_equal(listeners[1].access_log.number, 1);
    assert_int_equal(listeners[2].access_log.number, 0);
    assert_int_equal(listeners[0].access_log.format, ROUTE_LOG_FIELDS);
    assert_int_equal(listeners[2].access_log.format, ROUTE_LOG_JSON);
}

static void limits_come_out_as_they_went_in(void **state)
{
    struct fixture *fixture = *state;
    const struct snapshot *snapshot = &fixture->snapshot;
    const struct snapshot_listener *web;
    const struct snapshot_rule *rule;
    const struct snapshot_rate_limit *limits;

    fixture_build(fixture, &full_config);
    web = &snapshot->listeners[0];
    assert_int_equal(web->rate_limits.count, 1);
    limits = &snapshot->rate_limits[web->rate_limits.first];
    assert_int_equal(limits->id, 0x503);
    assert_int_equal(limits->by, ROUTE_LIMIT_BY_SOURCE);
    assert_text(snapshot, limits->name, "");
    assert_int_equal(limits->requests, 600);
    assert_int_equal(limits->period_ms, 60000);
    assert_int_equal(limits->burst, 600);
    assert_int_equal(limits->concurrent, 0);
    rule = &snapshot->rules[web->rules.first];
    assert_int_equal(rule->rate_limits.count, 2);
    limits = &snapshot->rate_limits[rule->rate_limits.first];
    assert_int_equal(limits[0].id, 0x501);
    assert_int_equal(limits[0].by, ROUTE_LIMIT_BY_HEADER);
    assert_text(snapshot, limits[0].name, "x-api-key");
    assert_int_equal(limits[0].burst, 20);
    assert_int_equal(limits[0].concurrent, 3);
    assert_text(snapshot, limits[1].name, "Session");
    assert_int_equal(limits[1].requests, 0);
    assert_int_equal(limits[1].burst, 0);
    assert_text(snapshot, rule->sticky_name, "part");
    assert_int_equal(rule->sticky_ttl_s, 77);
    assert_text(snapshot, rule[1].sticky_name, "");
}

static void rules_come_out_as_they_went_in(void **state)
{
    struct fixture *fixture = *state;
    const struct snapshot *snapshot = &fixture->snapshot;
    const struct snapshot_rule *rules;
    const struct snapshot_forward *forwards;
    const struct snapshot_header_operation *operations;

    fixture_build(fixture, &full_config);
    rules = &snapshot->rules[snapshot->listeners[0].rules.first];
    assert_text(snapshot, rules[0].name, "everything");
    assert_int_equal(rules[0].action.kind, ROUTE_ACTION_FORWARD);
    assert_int_equal(rules[0].action.weight_total, 100);
    assert_int_equal(rules[0].action.forwards.count, 2);
    forwards = &snapshot->forwards[rules[0].action.forwards.first];
    assert_int_equal(forwards[0].group, 0);
    assert_int_equal(forwards[0].weight, 90);
    assert_int_equal(forwards[1].group, 1);
    assert_int_equal(forwards[1].weight, 10);
    assert_int_equal(rules[0].rewrite.kind, ROUTE_REWRITE_PREFIX);
    assert_text(snapshot, rules[0].rewrite.prefix, "/api");
    assert_text(snapshot, rules[0].rewrite.replacement, "/v2");

    operations = &snapshot->header_operations[rules[0].request_headers.first];
    assert_int_equal(rules[0].request_headers.count, 2);
    assert_int_equal(operations[0].change, ROUTE_HEADER_SET);
    assert_text(snapshot, operations[0].name, "X-Set");
    assert_text(snapshot, operations[0].value, "a b");
    assert_int_equal(operations[1].change, ROUTE_HEADER_REMOVE);
    assert_int_equal(rules[0].response_headers.count, 1);
    assert_int_equal(operations[2].change, ROUTE_HEADER_ADD);
    assert_text(snapshot, operations[2].value, "\tvalue");

    assert_int_equal(rules[2].action.kind, ROUTE_ACTION_REDIRECT);
    assert_int_equal(rules[2].action.status, 308);
    assert_int_equal(rules[3].action.kind, ROUTE_ACTION_RESPOND);
    assert_int_equal(rules[3].action.status, 503);
    assert_text(snapshot, rules[3].action.content_type, "text/html");
    assert_int_equal(rules[3].action.body.length, 3);
    assert_memory_equal(snapshot_text(snapshot, rules[3].action.body), "a\0b", 4);
    assert_text(snapshot, rules[4].name, "default");
    assert_int_equal(rules[4].action.kind, ROUTE_ACTION_FORWARD);
    assert_int_equal(snapshot_rule_position(snapshot, &rules[4]), 4);
}

static void groups_come_out_as_they_went_in(void **state)
{
    struct fixture *fixture = *state;
    const struct snapshot *snapshot = &fixture->snapshot;
    const struct snapshot_group *api;

    fixture_build(fixture, &full_config);
    assert_int_equal(snapshot->group_count, 4);
    api = &snapshot->groups[0];
    assert_int_equal(api->id, 0xaaaa);
    assert_text(snapshot, api->name, "api");
    assert_int_equal(api->algorithm, ROUTE_ALGORITHM_HASH);
    assert_int_equal(api->hash_by, ROUTE_HASH_BY_HEADER);
    assert_text(snapshot, api->hash_name, "X-User");
    assert_int_equal(api->stickiness, ROUTE_STICKINESS_APPLICATION_COOKIE);
    assert_text(snapshot, api->sticky_name, "session");
    assert_int_equal(api->sticky_ttl_s, 3600);
    assert_int_equal(api->slow_start_ms, 30000);
    assert_int_equal(api->drain_ms, 15000);
    assert_int_equal(api->hold_ms, 25000);
    assert_int_equal(api->retry_percent, 20);
    assert_int_equal(api->retries_max, 2);
    assert_int_equal(api->connections_max, 100);
    assert_int_equal(api->pending_max, 50);
    assert_int_equal(api->connect_timeout_ms, 700);
    assert_int_equal(api->response_timeout_ms, 800);
    assert_text(snapshot, api->health.path, "/healthz");
    assert_int_equal(api->health.interval_ms, 1000);
    assert_int_equal(api->health.timeout_ms, 500);
    assert_int_equal(api->health.healthy, 3);
    assert_int_equal(api->health.unhealthy, 4);
    assert_int_equal(api->health.statuses.count, 2);
    assert_int_equal(snapshot->statuses[api->health.statuses.first + 1].last, 301);
}

static void targets_come_out_as_they_went_in(void **state)
{
    static const uint8_t link_local[16] = {0xfe, 0x80, [15] = 1};
    struct fixture *fixture = *state;
    const struct snapshot *snapshot = &fixture->snapshot;
    const struct snapshot_target *targets;

    fixture_build(fixture, &full_config);
    assert_int_equal(snapshot->target_count, 4);
    assert_int_equal(snapshot->groups[0].targets.count, 3);
    targets = &snapshot->targets[snapshot->groups[0].targets.first];
    assert_int_equal(targets[0].id, 0x1111111111111111);
    assert_text(snapshot, targets[0].text, "10.0.0.7:9001");
    assert_int_equal(targets[0].family, ROUTE_FAMILY_IPV4);
    assert_int_equal(targets[0].port, 9001);
    assert_memory_equal(targets[0].bytes, "\x0a\0\0\x07", 4);
    assert_int_equal(targets[0].weight, 1);
    assert_int_equal(targets[1].family, ROUTE_FAMILY_IPV6);
    assert_int_equal(targets[1].scope_id, 3);
    assert_int_equal(targets[1].weight, 999);
    assert_memory_equal(targets[1].bytes, link_local, 16);
    assert_int_equal(targets[2].family, ROUTE_FAMILY_UNIX);
    assert_text(snapshot, targets[2].path, "/run/api.sock");
    assert_int_equal(targets[2].weight, 0);
    assert_int_equal(targets[3].family, ROUTE_FAMILY_NONE);
    assert_int_equal(targets[3].group, 1);
}

static void what_is_not_given_gets_its_default(void **state)
{
    struct fixture *fixture = *state;
    const struct snapshot *snapshot = &fixture->snapshot;
    const struct snapshot_listener *plain;
    const struct snapshot_rule *rule;

    fixture_build(fixture, &full_config);
    plain = &snapshot->listeners[1];
    assert_int_equal(plain->limits.idle_timeout_ms, 60000);
    assert_int_equal(plain->limits.header_timeout_ms, 10000);
    assert_int_equal(plain->limits.keep_alive_timeout_ms, 75000);
    assert_int_equal(plain->limits.handshake_timeout_ms, 10000);
    assert_int_equal(plain->limits.tunnel_timeout_ms, 3600000);
    assert_int_equal(snapshot->listeners[2].limits.idle_timeout_ms, 3600000);
    assert_int_equal(plain->forwarded, ROUTE_FORWARDED_APPEND);
    assert_int_equal(plain->proxy_protocol, 0);
    assert_int_equal(plain->limits.body_bytes_max, 0);
    assert_int_equal(plain->rules.count, 1);
    rule = &snapshot->rules[plain->rules.first];
    assert_int_equal(rule->action.kind, ROUTE_ACTION_RESPOND);
    assert_int_equal(rule->action.status, 404);
    assert_text(snapshot, rule->action.content_type, "text/plain");
    assert_text(snapshot, rule->action.body, "");
    rule = &snapshot->rules[snapshot->listeners[2].rules.first + 1];
    assert_int_equal(rule->action.kind, ROUTE_ACTION_NONE);

    assert_text(snapshot, snapshot->groups[1].health.path, "/");
    assert_int_equal(snapshot->groups[1].health.interval_ms, 5000);
    assert_int_equal(snapshot->groups[1].health.timeout_ms, 2000);
    assert_int_equal(snapshot->groups[1].health.healthy, 2);
    assert_int_equal(snapshot->groups[1].health.statuses.count, 1);
    assert_int_equal(snapshot->statuses[snapshot->groups[1].health.statuses.first].last, 299);
    assert_int_equal(snapshot->groups[1].connect_timeout_ms, 10000);
    assert_int_equal(snapshot->groups[0].ejection.failures, 9);
    assert_int_equal(snapshot->groups[0].ejection.duration_ms, 1500);
    assert_int_equal(snapshot->groups[0].ejection.percent_max, 34);
    assert_int_equal(snapshot->groups[1].ejection.duration_ms, 30000);
    assert_int_equal(snapshot->groups[1].ejection.percent_max, 50);
    assert_int_equal(snapshot->groups[2].ejection.duration_ms, 0);
    assert_int_equal(snapshot->groups[2].health.protocol, ROUTE_HEALTH_TCP);
    assert_int_equal(snapshot->groups[2].health.interval_ms, 5000);
    assert_int_equal(snapshot->groups[3].health.protocol, ROUTE_HEALTH_NONE);
}

static void an_empty_config_makes_an_empty_snapshot(void **state)
{
    struct fixture *fixture = *state;

    fixture_build(fixture, &(struct route_config){0});
    assert_int_equal(fixture->snapshot.listener_count, 0);
    assert_int_equal(fixture->snapshot.group_count, 0);
}

/* The image */

static void the_same_config_makes_the_same_bytes(void **state)
{
    struct fixture *fixture = *state;
    struct random_source source = {.state = 42};
    struct arena arena;
    void *image;
    size_t size;

    for (int i = 0; i < 50; i++) {
        const struct route_config *config = random_config(&source, &fixture->arena, 40);

        fixture_build(fixture, i == 0 ? &full_config : config);
        hash_set_seed((uint64_t)i); /* as in another process */
        arena_init(&arena, (size_t)64 << 20);
        arena_debug_malloc = true;
        assert_int_equal(
            snapshot_build(&arena, i == 0 ? &full_config : config, &image, &size, NULL), 0);
        arena_debug_malloc = false;
        assert_int_equal(size, fixture->size);
        assert_memory_equal(image, fixture->image, size);
        arena_deinit(&arena);
    }
}

static void the_image_may_stand_anywhere(void **state)
{
    struct fixture *fixture = *state;
    struct route_request request = {.host = fixture_text("shop.example.com"),
                                    .path = fixture_text("/07")};
    struct snapshot moved;
    char *copy;

    fixture_build(fixture, &full_config);
    copy = malloc(fixture->size + 8);
    assert_non_null(copy);
    memcpy(copy + 8, fixture->image, fixture->size);
    memset(fixture->image, 0xff, fixture->size);
    assert_int_equal(snapshot_open(copy + 8, fixture->size, &moved), 0);
    assert_int_equal(snapshot_rule_position(&moved, route_match(&moved, 0, &request)), 2);
    assert_text(&moved, moved.groups[0].name, "api");
    free(copy);
}

static void another_config_has_another_hash(void **state)
{
    struct fixture *fixture = *state;
    char hash[SNAPSHOT_HASH_BYTES];
    struct route_config config = full_config;

    fixture_build(fixture, &full_config);
    memcpy(hash, fixture->snapshot.header->content_hash, sizeof(hash));
    config.listener_count--;
    fixture_build(fixture, &config);
    assert_memory_not_equal(hash, fixture->snapshot.header->content_hash, sizeof(hash));
}

/* Memory */

struct attempt {
    struct arena arena;
    void *image;
    size_t size;
};

static void build_in(void *context)
{
    struct attempt *attempt = context;

    assert_int_equal(
        snapshot_build(&attempt->arena, &full_config, &attempt->image, &attempt->size, NULL), 0);
}

static void the_limit_of_the_arena_holds_wherever_it_is_reached(void **state)
{
    size_t limit = 0;
    int r = -E2BIG;

    (void)state;
    for (; r != 0; limit += 64) {
        struct attempt attempt = {0};

        arena_init(&attempt.arena, limit);
        r = arena_protect(&attempt.arena, build_in, &attempt);
        assert_true(r == 0 || r == -E2BIG);
        assert_int_equal(attempt.image != NULL, r == 0);
        arena_deinit(&attempt.arena);
    }
    assert_true(limit > 64 * 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(listeners_come_out_as_they_went_in),
        TEST(logs_are_told_apart_by_their_paths),
        TEST(limits_come_out_as_they_went_in),
        TEST(rules_come_out_as_they_went_in),
        TEST(groups_come_out_as_they_went_in),
        TEST(targets_come_out_as_they_went_in),
        TEST(what_is_not_given_gets_its_default),
        TEST(an_empty_config_makes_an_empty_snapshot),
        TEST(the_same_config_makes_the_same_bytes),
        TEST(the_image_may_stand_anywhere),
        TEST(another_config_has_another_hash),
        TEST(the_limit_of_the_arena_holds_wherever_it_is_reached),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

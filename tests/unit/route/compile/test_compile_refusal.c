/* SPDX-License-Identifier: Apache-2.0 */
/* What the compiler refuses, and where it says that it stands. */
#include "fixture.h"

struct row {
    const char *text; /* in the place of the %s */
    const char *message;
};

static void assert_rows(const char *frame, const struct row *rows, size_t count)
{
    const char *hole = strstr(frame, "%s");

    for (size_t i = 0; i < count; i++)
        assert_refused(arena_printf(&fixture_arena, "%.*s%s%s", (int)(hole - frame), frame,
                                    rows[i].text, hole + 2),
                       rows[i].message);
}

static void mistakes_at_the_top_are_refused(void **state)
{
    static const struct row rows[] = {
        {"[]", "x-slipway: expected a map, found a list"},
        {"{other: 1}", "x-slipway: \"other\" is not supported"},
        {"{listeners: []}", "x-slipway.listeners: expected a map, found a list"},
        {"{target_groups: 1}", "x-slipway.target_groups: expected a map, found an integer"},
        {"{metrics: {}}", "x-slipway.metrics: the key \"address\" is missing"},
        {"{metrics: {address: '0.0.0.0:9100'}}",
         "x-slipway.metrics.address: expected a loopback address such as 127.0.0.1:9100, found "
         "\"0.0.0.0:9100\""},
        {"{metrics: {address: ':9100'}}",
         "x-slipway.metrics.address: expected a loopback address such as 127.0.0.1:9100, found "
         "\":9100\""},
        {"{listeners: {a: {address: ':80'}, b: {address: ':80'}}}",
         "x-slipway.listeners.b: listener \"a\" has the address :80 too"},
        {"{listeners: {a: {address: '[::1]:80'}, b: {address: '[0::1]:80'}}}",
         "x-slipway.listeners.b: listener \"a\" has the address [::1]:80 too"},
    };

    (void)state;
    assert_rows("x-slipway: %s", rows, COUNT_OF(rows));
}

#define HERE "x-slipway.listeners.l"

static void mistakes_in_listeners_are_refused(void **state)
{
    static const struct row rows[] = {
        {"protocol: http", HERE ": the key \"address\" is missing"},
        {"address: 80", HERE ".address: expected a string, found an integer"},
        {"address: 'host:80'", HERE ".address: \"host:80\" is not an address to listen on"},
        {"address: ':0'", HERE ".address: \":0\" is not an address to listen on"},
        {"address: 'unix:/a'", HERE ".address: \"unix:/a\" is not an address to listen on"},
        {"address: ':80', protocol: tls", HERE ": protocol: tls is not supported yet"},
        {"address: ':80', protocol: ftp",
         HERE ".protocol: expected http, https or tcp, found \"ftp\""},
        {"address: ':80', http2: true", HERE ": \"http2\" is not supported"},
        {"address: ':80', protocol: https",
         HERE ".certificates: certificates and https go together"},
        {"address: ':80', certificates: auto", HERE ".certificates: \"auto\" is not supported yet"},
        {"address: ':80', certificates: [{cert: a, key: b}]",
         HERE ".certificates: certificates and https go together"},
        {"address: ':80', protocol: https, certificates: [{cert: a}]",
         HERE ".certificates[0]: cert and key must be given"},
        {"address: ':80', protocol: https, certificates: [{cert: a, key: 1}]",
         HERE ".certificates[0].key: expected a string, found an integer"},
        {"address: ':80', trusted: [10.0.0.0/8, x]", HERE ".trusted[1]: \"x\" is not a network"},
        {"address: ':80', trusted: {}", HERE ".trusted: expected a list, found a map"},
        {"address: ':80', proxy_protocol: true", HERE ": nobody is trusted to send PROXY headers"},
        {"address: ':80', proxy_protocol: 1",
         HERE ".proxy_protocol: expected true or false, found an integer"},
        {"address: ':80', forwarded: {mode: x}",
         HERE ".forwarded.mode: expected append, preserve or remove, found \"x\""},
        {"address: ':80', timeouts: {idle: x}",
         HERE ".timeouts.idle: expected a duration such as 30s or 1m30s, found \"x\""},
        {"address: ':80', timeouts: {idle: 5}",
         HERE ".timeouts.idle: expected a string, found an integer"},
        {"address: ':80', timeouts: {idle: '99999999h'}",
         HERE ".timeouts.idle: expected a duration such as 30s or 1m30s, found \"99999999h\""},
        {"address: ':80', timeouts: {other: 5s}", HERE ".timeouts: \"other\" is not supported"},
        {"address: ':80', limits: {connections: 0}",
         HERE ".limits.connections: expected a number from 1 to 10000000"},
        {"address: ':80', limits: {connections: -1}",
         HERE ".limits.connections: expected a number from 1 to 10000000"},
        {"address: ':80', limits: {body: -1}",
         HERE ".limits.body: expected a number of bytes, found an integer"},
        {"address: ':80', limits: {body: 10m}",
         HERE ".limits.body: expected a number of bytes, found a string"},
        {"address: ':80', limits: {body_rate: '99999999999'}",
         HERE ".limits.body_rate: expected at most 1073741824 bytes"},
        {"address: ':80', limits: {requests: [{}]}",
         HERE ".limits.requests[0]: rate or concurrent must be given"},
        {"address: ':80', access_log: {}", HERE ".access_log: an absolute path must be given"},
        {"address: ':80', access_log: {path: a}",
         HERE ".access_log: an absolute path must be given"},
        {"address: ':80', access_log: {path: /a, format: x}",
         HERE ".access_log.format: expected json or fields, found \"x\""},
        {"address: ':80', keep_alive_probes: {idle: 5s}",
         HERE ".keep_alive_probes: they go with protocol: tcp"},
        {"address: ':80', rules: {}", HERE ".rules: expected a list, found a map"},
        {"address: ':80', default: {}",
         HERE ".default: one of forward, weights, redirect and respond must be given"},
    };

    (void)state;
    assert_rows("x-slipway: {listeners: {l: {%s}}}", rows, COUNT_OF(rows));
}

static void mistakes_in_tcp_listeners_are_refused(void **state)
{
    static const struct row rows[] = {
        {"rules: []", HERE ".default: a tcp listener has nowhere to forward to"},
        {"default: {respond: {}}", HERE ".default: \"respond\" is not supported"},
        {"default: {forward: g, stickiness: {}}", HERE ".default: \"stickiness\" is not supported"},
        {"timeouts: {header: 5s}", HERE ".timeouts: \"header\" is not supported"},
        {"limits: {body: 5}", HERE ".limits: \"body\" is not supported"},
        {"limits: {requests: []}", HERE ".limits: \"requests\" is not supported"},
        {"keep_alive_probes: {count: 0}",
         HERE ".keep_alive_probes.count: expected a number from 1 to 127"},
        {"rules: [{forward: g, when: {path: /}}]",
         HERE ".rules[0].when: a tcp listener does not see the path of a request"},
        {"rules: [{forward: g}, {redirect: {location: /}}]",
         HERE ".rules[1]: a tcp listener has no redirect"},
        {"rules: [{forward: g, rewrite: {path: /}}]",
         HERE ".rules[0]: a tcp listener has no rewrite"},
        {"rules: [{forward: g, limits: []}]", HERE ".rules[0]: a tcp listener has no limits"},
    };

    (void)state;
    assert_rows("x-slipway: {target_groups: {g: {targets: []}}, "
                "listeners: {l: {address: ':80', protocol: tcp, %s}}}",
                rows, COUNT_OF(rows));
}

#undef HERE
#define HERE "x-slipway.listeners.l.rules[1]"

static void mistakes_in_rules_are_refused(void **state)
{
    static const struct row rows[] = {
        {"[]", HERE ": expected a map, found a list"},
        {"{}", HERE ": one of forward, weights, redirect and respond must be given"},
        {"{forward: g, respond: {}}",
         HERE ": forward, weights, redirect and respond exclude each other"},
        {"{forward: other}", HERE ".forward: there is no target group and no service \"other\""},
        {"{forward: [g]}", HERE ".forward: expected a target group, found a list"},
        {"{forward: g, authenticate: {}}", HERE ": \"authenticate\" is not supported"},
        {"{weights: {}}", HERE ".weights: expected a map of target groups to weights"},
        {"{weights: {g: 0}}", HERE ".weights: all weights are 0, so nothing would be forwarded"},
        {"{weights: {g: 1000}}", HERE ".weights.g: expected a number from 0 to 999"},
        {"{weights: {g: 1, other: 1}}",
         HERE ".weights.other: there is no target group and no service \"other\""},
        {"{redirect: {}}", HERE ".redirect: the key \"location\" is missing"},
        {"{redirect: {location: /, status: 200}}",
         HERE ".redirect.status: expected a number from 301 to 308"},
        {"{respond: {status: 600}}", HERE ".respond.status: expected a number from 200 to 599"},
        {"{respond: {body: 5}}", HERE ".respond.body: expected a string, found an integer"},
        {"{respond: {}, stickiness: {}}", HERE ".stickiness: stickiness goes with weights"},
        {"{forward: g, name: 5}", HERE ".name: expected a string, found an integer"},
        {"{forward: g, when: {hosts: x}}", HERE ".when: \"hosts\" is not supported"},
        {"{forward: g, when: {host: 5}}", HERE ".when.host: expected a list, found an integer"},
        {"{forward: g, when: {host: [a, 5]}}",
         HERE ".when.host[1]: expected a string, found an integer"},
        {"{forward: g, when: {host: []}}",
         HERE ".when.host: the list is empty, so nothing would match"},
        {"{forward: g, when: {source: []}}",
         HERE ".when.source: the list is empty, so nothing would match"},
        {"{forward: g, when: {header: {a: []}}}",
         HERE ".when.header.a: the list is empty, so nothing would match"},
        {"{forward: g, when: {query: x}}", HERE ".when.query: expected a map, found a string"},
        {"{forward: g, when: {source: 10.0.0.0/33}}",
         HERE ".when.source[0]: \"10.0.0.0/33\" is not a network"},
        {"{forward: g, request_headers: {set: []}}",
         HERE ".request_headers.set: expected a map, found a list"},
        {"{forward: g, request_headers: {add: {a: 5}}}",
         HERE ".request_headers.add.a: expected a string, found an integer"},
        {"{forward: g, response_headers: {remove: {}}}",
         HERE ".response_headers.remove: expected a list, found a map"},
        {"{forward: g, rewrite: {}}",
         HERE ".rewrite: either path, or prefix and replacement must be given"},
        {"{forward: g, rewrite: {prefix: /a}}",
         HERE ".rewrite: either path, or prefix and replacement must be given"},
        {"{forward: g, rewrite: {host: a}}", HERE ".rewrite: \"host\" is not supported"},
        {"{forward: g, limits: {}}", HERE ".limits: expected a list, found a map"},
        {"{forward: g, limits: [{rate: 5}]}",
         HERE ".limits[0].rate: expected a string, found an integer"},
        {"{forward: g, limits: [{rate: 5/w}]}",
         HERE ".limits[0].rate: expected a rate such as 10/s or 600/m, found \"5/w\""},
        {"{forward: g, limits: [{rate: 0/s}]}",
         HERE ".limits[0].rate: expected a rate such as 10/s or 600/m, found \"0/s\""},
        {"{forward: g, limits: [{rate: '-5/s'}]}",
         HERE ".limits[0].rate: expected a rate such as 10/s or 600/m, found \"-5/s\""},
        {"{forward: g, limits: [{rate: 99999999999999999999/s}]}",
         HERE ".limits[0].rate: expected a rate such as 10/s or 600/m, found "
              "\"99999999999999999999/s\""},
        {"{forward: g, limits: [{by: x, rate: 5/s}]}",
         HERE ".limits[0].by: expected source, rule, header or cookie, found \"x\""},
        {"{forward: g, limits: [{by: header, rate: 5/s}]}",
         HERE ".limits[0]: the name of the header or cookie is missing"},
        {"{forward: g, limits: [{name: a, rate: 5/s}]}",
         HERE ".limits[0]: only headers and cookies have a name"},
        {"{forward: g, limits: [{rate: 5/s}, {burst: 5, concurrent: 1}]}",
         HERE ".limits[1]: burst goes with rate"},
    };

    (void)state;
    assert_rows("x-slipway: {target_groups: {g: {targets: []}}, "
                "listeners: {l: {address: ':80', rules: [{forward: g}, %s]}}}",
                rows, COUNT_OF(rows));
}

#undef HERE
#define HERE "x-slipway.target_groups.g"

static void mistakes_in_groups_are_refused(void **state)
{
    static const struct row rows[] = {
        {"algorithm: hash", HERE ": either service or targets must be given"},
        {"service: a, targets: []", HERE ": either service or targets must be given"},
        {"targets: [], tls: true", HERE ": \"tls\" is not supported"},
        {"targets: {}", HERE ".targets: expected a list, found a map"},
        {"targets: [5]", HERE ".targets[0]: expected a map, found an integer"},
        {"targets: [{weight: 1}]", HERE ".targets[0]: the key \"address\" is missing"},
        {"targets: [{address: 'a:1', weight: 1000}]",
         HERE ".targets[0].weight: expected a number from 0 to 999"},
        {"targets: ['a:1', b]",
         HERE ".targets[1]: expected HOST:PORT, [IPV6]:PORT or unix:/PATH of at most 107 bytes, "
              "found \"b\""},
        {"targets: ['a:0']",
         HERE ".targets[0]: expected HOST:PORT, [IPV6]:PORT or unix:/PATH of at most 107 bytes, "
              "found \"a:0\""},
        {"targets: ['a:65536']",
         HERE ".targets[0]: expected HOST:PORT, [IPV6]:PORT or unix:/PATH of at most 107 bytes, "
              "found \"a:65536\""},
        {"targets: ['[::1]:80', '[0::1]:80']",
         HERE ".targets[1]: [0::1]:80 stands in this list already"},
        {"targets: [], algorithm: x",
         HERE ".algorithm: expected round_robin, least_outstanding, weighted_random or hash, found "
              "\"x\""},
        {"targets: [], hash: {}", HERE ".hash: it goes with algorithm: hash"},
        {"targets: [], algorithm: hash, hash: {by: header}",
         HERE ".hash: headers and cookies have a name, the source none"},
        {"targets: [], algorithm: hash, hash: {name: a}",
         HERE ".hash: headers and cookies have a name, the source none"},
        {"targets: [], stickiness: {by: application}",
         HERE ".stickiness: the name of the application's cookie is missing"},
        {"targets: [], health: {protocol: grpc}",
         HERE ".health.protocol: expected http or tcp, found \"grpc\""},
        {"targets: [], health: {protocol: tcp, path: /}",
         HERE ".health: \"path\" is not supported"},
        {"targets: [], health: {healthy: 0}",
         HERE ".health.healthy: expected a number from 1 to 10"},
        {"targets: [], health: {status: '200-'}",
         HERE ".health.status: \"200-\" is no list of statuses"},
        {"targets: [], health: {status: '200,'}",
         HERE ".health.status: \"200,\" is no list of statuses"},
        {"targets: [], health: {status: '204-200'}",
         HERE ".health.status: \"204-200\" is no list of statuses"},
        {"targets: [], health: {status: '500'}",
         HERE ".health.status: \"500\" is no list of statuses"},
        {"targets: [], retries: {attempts: 6}",
         HERE ".retries.attempts: expected a number from 0 to 5"},
        {"targets: [], retries: {percent: 101}",
         HERE ".retries.percent: expected a number from 0 to 100"},
        {"targets: [], ejection: {max_percent: 0}",
         HERE ".ejection.max_percent: expected a number from 1 to 100"},
        {"targets: [], ejection: {for: x}",
         HERE ".ejection.for: expected a duration such as 30s or 1m30s, found \"x\""},
        {"targets: [], limits: {pending: 0}",
         HERE ".limits.pending: expected a number from 1 to 1000000"},
        {"targets: [], timeouts: {tls: 5s}", HERE ".timeouts: \"tls\" is not supported"},
        {"targets: [], drain: 5", HERE ".drain: expected a string, found an integer"},
        {"targets: [], hold: 5", HERE ".hold: expected a string, found an integer"},
        {"targets: [{address: 'a.example:80', instance: x}]",
         HERE ".targets[0]: the target of an instance has an address, no name"},
        {"targets: [{address: '10.0.0.7:80', instance: 5}]",
         HERE ".targets[0].instance: expected a string, found an integer"},
        {"targets: [{address: '10.0.0.7:80', instance: x}, {address: '10.0.0.8:80', instance: x}]",
         HERE ".targets[1]: 10.0.0.8:80 stands in this list already"},
    };

    (void)state;
    assert_rows("x-slipway: {target_groups: {g: {%s}}}", rows, COUNT_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(mistakes_at_the_top_are_refused),
        FIXTURE_TEST(mistakes_in_listeners_are_refused),
        FIXTURE_TEST(mistakes_in_tcp_listeners_are_refused),
        FIXTURE_TEST(mistakes_in_rules_are_refused),
        FIXTURE_TEST(mistakes_in_groups_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

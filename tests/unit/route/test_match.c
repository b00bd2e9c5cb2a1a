/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "route/address.h"

static void assert_rule(const struct fixture *fixture, const struct route_request *request,
                        uint32_t expected)
{
    const struct snapshot *snapshot = &fixture->snapshot;
    uint32_t found = snapshot_rule_position(snapshot, route_match(snapshot, 0, request));
    uint32_t linear = snapshot_rule_position(snapshot, route_match_linear(snapshot, 0, request));

    if (found != expected || linear != expected)
        fail_msg("%s %s%s: rule %u, but found %u and scanned %u", request->method.data,
                 request->host.data, request->path.data, expected, found, linear);
}

static struct route_request get(const char *host, const char *path)
{
    return (struct route_request){
        .method = fixture_text("GET"), .host = fixture_text(host), .path = fixture_text(path)};
}

static void assert_found(const struct fixture *fixture, const char *host, const char *path,
                         uint32_t expected)
{
    struct route_request request = get(host, path);

    assert_rule(fixture, &request, expected);
}

#define HOST(...)                                                                                  \
    {                                                                                              \
        .when.hosts = TEXTS(__VA_ARGS__), .action = RESPOND(200)                                   \
    }
#define PATH(...)                                                                                  \
    {                                                                                              \
        .when.paths = TEXTS(__VA_ARGS__), .action = RESPOND(200)                                   \
    }

static void the_first_rule_that_matches_decides(void **state)
{
    const struct route_rule rules[] = {
        {.when = {.hosts = TEXTS("a.example"), .paths = TEXTS("/x")}, .action = RESPOND(200)},
        PATH("/x*"),
        HOST("a.example"),
        HOST("*.example"),
        PATH("/y"),
        HOST("b.example"),
    };

    fixture_build_rules(*state, rules, COUNT(rules));
    assert_found(*state, "a.example", "/x", 0);
    assert_found(*state, "a.example", "/xy", 1);
    assert_found(*state, "b.example", "/x", 1);
    assert_found(*state, "a.example", "/y", 2);
    assert_found(*state, "b.example", "/y", 3);
    assert_found(*state, "b.other", "/y", 4);
    assert_found(*state, "b.other", "/z", 6);
}

static void a_rule_without_conditions_always_matches(void **state)
{
    const struct route_rule rules[] = {
        HOST("a.example"),
        {.action = RESPOND(200)},
        PATH("/"),
    };

    fixture_build_rules(*state, rules, COUNT(rules));
    assert_found(*state, "a.example", "/", 0);
    assert_found(*state, "b.example", "/", 1);
    assert_found(*state, "", "", 1);
    assert_rule(*state, &(struct route_request){.method = {"", 0}}, 1);
}

static void hosts_disregard_case_and_wildcards_span_labels(void **state)
{
    const struct route_rule rules[] = {
        HOST("WWW.Example.com"),
        HOST("*.example.com"),
        HOST("api-?.example.org"),
        HOST("*-x.test"),
        HOST("static.*"),
        HOST("?.b"),
        HOST("*c"),
        HOST("one", "two.d"),
        HOST("*.z", "*.y.z", "*.com"),
    };

    fixture_build_rules(*state, rules, COUNT(rules));
    assert_found(*state, "www.EXAMPLE.com", "/", 0);
    assert_found(*state, "a.b.example.com", "/", 1);
    assert_found(*state, ".example.com", "/", 1);
    assert_found(*state, "example.com", "/", 8);
    assert_found(*state, "api-1.example.org", "/", 2);
    assert_found(*state, "api-12.example.org", "/", 9);
    assert_found(*state, "API-a.EXAMPLE.ORG", "/", 2);
    assert_found(*state, "q-X.test", "/", 3);
    assert_found(*state, "q-y.test", "/", 9);
    assert_found(*state, "static.anything", "/", 4);
    assert_found(*state, "x.b", "/", 5);
    assert_found(*state, ".b", "/", 9);
    assert_found(*state, "C", "/", 6);
    assert_found(*state, "two.d", "/", 7);
    assert_found(*state, "ONE", "/", 7);
    assert_found(*state, "x.y.z", "/", 8);
    assert_found(*state, "one.", "/", 9);
}

static void hosts_of_any_length_are_compared(void **state)
{
    char exact[400];
    char tail[400] = "*.";
    char host[800];
    struct route_rule rules[] = {HOST(exact), HOST(tail), HOST("*.end")};

    memset(exact, 'a', 300);
    memcpy(exact + 300, ".end", 5);
    memset(tail + 2, 'b', 300);
    tail[302] = '\0';
    fixture_build_rules(*state, rules, COUNT(rules));
    assert_found(*state, exact, "/", 0);
    exact[0] = 'A';
    assert_found(*state, exact, "/", 0);
    assert_found(*state, exact + 1, "/", 2);
    (void)snprintf(host, sizeof(host), "x%s", tail + 1);
    assert_found(*state, host, "/", 1);
    assert_found(*state, tail + 2, "/", 3);
}

static void each_letter_of_a_host_is_folded_and_nothing_else(void **state)
{
    for (int byte = 1; byte < 256; byte++) {
        char lower[] = {'w', 'x', (char)byte, '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e', '\0'};
        char upper[sizeof(lower)];
        struct route_rule rules[] = {HOST(lower)};
        bool is_lower = byte >= 'a' && byte <= 'z';

        if (byte == '*' || byte == '?' || (byte >= 'A' && byte <= 'Z'))
            continue;
        memcpy(upper, lower, sizeof(lower));
        upper[2] = (char)(byte ^ 0x20);
        fixture_build_rules(*state, rules, COUNT(rules));
        assert_found(*state, lower, "/", 0);
        if (byte != 0x20)
            assert_found(*state, upper, "/", is_lower ? 0 : 1);
    }
}

static void paths_regard_case(void **state)
{
    const struct route_rule rules[] = {
        PATH("/Images/*"), PATH("/exact"),    PATH("*.png"), PATH("/a/?/c"),
        PATH("/a/*/d"),    PATH("/p*", "/q"), PATH("*mid*"), PATH("/"),
    };

    fixture_build_rules(*state, rules, COUNT(rules));
    assert_found(*state, "h", "/Images/", 0);
    assert_found(*state, "h", "/Images/x.png", 0);
    assert_found(*state, "h", "/images/x.png", 2);
    assert_found(*state, "h", "/Images", 8);
    assert_found(*state, "h", "/exact", 1);
    assert_found(*state, "h", "/exact/", 8);
    assert_found(*state, "h", "/Exact", 8);
    assert_found(*state, "h", "/a/b/c", 3);
    assert_found(*state, "h", "/a/bb/c", 8);
    assert_found(*state, "h", "/a/b/b/d", 4);
    assert_found(*state, "h", "/p", 5);
    assert_found(*state, "h", "/q", 5);
    assert_found(*state, "h", "/qq", 8);
    assert_found(*state, "h", "/xmidx", 6);
    assert_found(*state, "h", "/", 7);
    assert_found(*state, "h", "", 8);
    assert_found(*state, "h", "*", 8);
}

static void beginnings_of_all_lengths_are_found(void **state)
{
    static struct route_rule rules[100];
    static char texts[100][128];
    static const char *items[100];
    char path[128];

    /* The longest first, as the first that matches decides. */
    for (uint32_t i = 0; i < 100; i++) {
        texts[i][0] = '/';
        memset(texts[i] + 1, 'a', 99 - i);
        texts[i][100 - i] = '*';
        items[i] = texts[i];
        rules[i] = (struct route_rule){.when.paths = {&items[i], 1}, .action = RESPOND(200)};
    }
    fixture_build_rules(*state, rules, 100);
    for (uint32_t i = 0; i < 100; i++) {
        memcpy(path, texts[i], 100 - i);
        memcpy(path + 100 - i, "b", 2);
        assert_found(*state, "h", path, i);
    }
}

static void methods_are_compared_exactly(void **state)
{
    const struct route_rule rules[] = {
        {.when.methods = TEXTS("GET", "HEAD"), .action = RESPOND(200)},
        {.when = {.hosts = TEXTS("h"), .paths = TEXTS("/"), .methods = TEXTS("POST")},
         .action = RESPOND(200)},
    };
    static const struct {
        const char *method;
        uint32_t rule;
    } rows[] = {{"GET", 0}, {"HEAD", 0}, {"POST", 1}, {"get", 2}, {"GE", 2}, {"GETS", 2}, {"", 2}};

    fixture_build_rules(*state, rules, COUNT(rules));
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        struct route_request request = get("h", "/");

        request.method = fixture_text(rows[i].method);
        assert_rule(*state, &request, rows[i].rule);
    }
}

static void headers_are_found_in_any_field_and_disregard_case(void **state)
{
    const struct route_named_patterns beta[] = {{"X-Beta", TEXTS("yes", "on*")}};
    const struct route_named_patterns both[] = {{"X-A", TEXTS("1")}, {"x-b", TEXTS("*")}};
    const struct route_named_patterns empty[] = {{"X-Empty", TEXTS("")}};
    const struct route_named_patterns literal[] = {{"X-*", TEXTS("*")}};
    const struct route_rule rules[] = {
        {.when = {.headers = beta, .header_count = 1}, .action = RESPOND(200)},
        {.when = {.headers = both, .header_count = 2}, .action = RESPOND(200)},
        {.when = {.headers = empty, .header_count = 1}, .action = RESPOND(200)},
        {.when = {.headers = literal, .header_count = 1}, .action = RESPOND(200)},
    };
    static const struct {
        const char *fields[6];
        uint32_t rule;
    } rows[] = {
        {{"x-beta", "YES"}, 0},
        {{"X-BETA", "once"}, 0},
        {{"X-Beta", "no"}, 4},
        {{"X-Beta", "no", "x-beta", "yes"}, 0},
        {{"X-Betas", "yes"}, 4},
        {{"X-A", "1"}, 4},
        {{"X-A", "1", "X-B", ""}, 1},
        {{"X-B", "z", "X-A", "2"}, 4},
        {{"X-B", "z", "X-A", "2", "x-a", "1"}, 1},
        {{"x-empty", ""}, 2},
        {{"x-empty", "a"}, 4},
        {{"X-*", "a"}, 3},
        {{"X-Y", "a"}, 4},
        {{NULL}, 4},
    };

    fixture_build_rules(*state, rules, COUNT(rules));
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        struct route_request request = get("h", "/");
        struct route_header headers[3];
        struct route_header_array array = {.items = headers};

        for (; array.count < 3 && rows[i].fields[array.count * 2] != NULL; array.count++)
            headers[array.count] =
                (struct route_header){fixture_text(rows[i].fields[array.count * 2]),
                                      fixture_text(rows[i].fields[array.count * 2 + 1])};
        request.header = route_header_from_array;
        request.header_context = &array;
        assert_rule(*state, &request, rows[i].rule);
    }
    assert_found(*state, "h", "/", 4);
}

static void query_parameters_disregard_case_and_are_not_decoded(void **state)
{
    const struct route_named_patterns version[] = {{"Version", TEXTS("v1", "v?-beta")}};
    const struct route_named_patterns flag[] = {{"debug", TEXTS("")}};
    const struct route_named_patterns both[] = {{"a", TEXTS("*")}, {"b", TEXTS("2*")}};
    const struct route_rule rules[] = {
        {.when = {.queries = version, .query_count = 1}, .action = RESPOND(200)},
        {.when = {.queries = flag, .query_count = 1}, .action = RESPOND(200)},
        {.when = {.queries = both, .query_count = 2}, .action = RESPOND(200)},
    };
    static const struct {
        const char *query;
        uint32_t rule;
    } rows[] = {
        {"version=v1", 0},  {"VERSION=V1", 0},   {"x=y&version=v2-beta&z", 0},
        {"version=v2", 3},  {"version", 3},      {"version=v2&version=v1", 0},
        {"versions=v1", 3}, {"version=v%31", 3}, {"xversion=v1", 3},
        {"debug", 1},       {"debug=", 1},       {"debug=1", 3},
        {"a&&debug&", 1},   {"a=&b=2", 2},       {"b=2=3&a", 2},
        {"a=1", 3},         {"b=2", 3},          {"", 3},
        {"&", 3},           {"=v1", 3},
    };

    fixture_build_rules(*state, rules, COUNT(rules));
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        struct route_request request = get("h", "/");

        request.query = fixture_text(rows[i].query);
        assert_rule(*state, &request, rows[i].rule);
    }
}

static struct route_peer peer_of(const char *text)
{
    struct route_network network;
    struct route_peer peer = {0};

    if (text != NULL) {
        assert_int_equal(address_parse_network(text, &network), 0);
        peer.family = network.family;
        memcpy(peer.bytes, network.bytes, sizeof(peer.bytes));
    }
    return peer;
}

static struct route_networks networks_of(struct arena *arena, const char *const *texts,
                                         uint32_t count)
{
    struct route_network *networks = arena_new_array(arena, struct route_network, count);

    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(address_parse_network(texts[i], &networks[i]), 0);
    return (struct route_networks){networks, count};
}

static void sources_are_networks_of_the_peer(void **state)
{
    static const char *const office[] = {"10.1.0.0/16", "10.0.255.0/24", "192.0.2.7",
                                         "10.1.128.0/17", "10.2.0.255/24"};
    static const char *const sixes[] = {"2001:db8::/32", "::ffff:198.51.100.0/120", "fe80::1"};
    static const char *const ipv6[] = {"::/0"};
    static const char *const ipv4[] = {"0.0.0.0/0"};
    struct fixture *fixture = *state;
    struct route_rule rules[] = {
        {.when.sources = networks_of(&fixture->arena, office, 5), .action = RESPOND(200)},
        {.when.sources = networks_of(&fixture->arena, sixes, 3), .action = RESPOND(200)},
        {.when.sources = networks_of(&fixture->arena, ipv6, 1), .action = RESPOND(200)},
        {.when.sources = networks_of(&fixture->arena, ipv4, 1), .action = RESPOND(200)},
    };
    static const struct {
        const char *peer;
        uint32_t rule;
    } rows[] = {
        {"10.1.0.0", 0},         {"10.1.255.255", 0},     {"10.2.0.0", 0},
        {"10.2.1.0", 3},         {"10.0.255.0", 0},       {"10.0.254.255", 3},
        {"192.0.2.7", 0},        {"192.0.2.8", 3},        {"::ffff:10.1.2.3", 0},
        {"2001:db8::", 1},       {"2001:db8:ffff::1", 1}, {"2001:db9::", 2},
        {"2001:db7:ffff::", 2},  {"198.51.100.9", 1},     {"198.51.101.0", 3},
        {"fe80::1", 1},          {"fe80::2", 2},          {"::", 2},
        {"0.0.0.0", 3},          {"255.255.255.255", 3},  {NULL, 4},
        {"::ffff:255.0.0.1", 3},
    };

    fixture_build_rules(fixture, rules, COUNT(rules));
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        struct route_request request = get("h", "/");

        request.peer = peer_of(rows[i].peer);
        assert_rule(fixture, &request, rows[i].rule);
    }
}

static void all_conditions_must_hold(void **state)
{
    const struct route_named_patterns header[] = {{"h", TEXTS("1")}};
    const struct route_named_patterns query[] = {{"q", TEXTS("1")}};
    static const char *const local[] = {"127.0.0.0/8"};
    struct fixture *fixture = *state;
    struct route_rule rule = {.when = {.hosts = TEXTS("a", "*.b"),
                                       .paths = TEXTS("/x", "/y/*"),
                                       .methods = TEXTS("GET", "PUT"),
                                       .headers = header,
                                       .header_count = 1,
                                       .queries = query,
                                       .query_count = 1,
                                       .sources = networks_of(&fixture->arena, local, 1)},
                              .action = RESPOND(200)};
    struct route_header fields[] = {{{"H", 1}, {"1", 1}}};
    struct route_header_array array = {fields, 1};
    struct route_request good = {.method = {"PUT", 3},
                                 .host = {"x.B", 3},
                                 .path = {"/y/z", 4},
                                 .query = {"q=1", 3},
                                 .peer = {ROUTE_FAMILY_IPV4, {127, 1}},
                                 .header = route_header_from_array,
                                 .header_context = &array};
    struct route_request bad[6];

    fixture_build_rules(fixture, &rule, 1);
    assert_rule(fixture, &good, 0);
    for (uint32_t i = 0; i < COUNT(bad); i++)
        bad[i] = good;
    bad[0].method.length = 2;
    bad[1].host = (struct route_text){"c", 1};
    bad[2].path = (struct route_text){"/y", 2};
    bad[3].query = (struct route_text){"q=2", 3};
    bad[4].peer.bytes[0] = 128;
    bad[5].header = NULL;
    for (uint32_t i = 0; i < COUNT(bad); i++)
        assert_rule(fixture, &bad[i], 1);
}

static void listeners_do_not_see_the_rules_of_others(void **state)
{
    const struct route_rule first[] = {
        {.when = {.hosts = TEXTS("a", "*.s"), .paths = TEXTS("/p", "/q*")},
         .action = RESPOND(201)}};
    const struct route_rule second[] = {{.when.hosts = TEXTS("b"), .action = RESPOND(202)},
                                        {.when.paths = TEXTS("/p"), .action = RESPOND(203)}};
    const struct route_listener listeners[] = {
        {.id = 1, .rules = first, .rule_count = 1},
        {.id = 2, .rules = second, .rule_count = 2},
        {.id = 3},
    };
    static const struct {
        const char *host;
        const char *path;
        uint32_t statuses[3];
    } rows[] = {
        {"a", "/p", {201, 203, 404}},    {"a", "/z", {404, 404, 404}}, {"b", "/p", {404, 202, 404}},
        {"x.s", "/qq", {201, 404, 404}}, {"c", "/p", {404, 203, 404}},
    };
    struct fixture *fixture = *state;

    fixture_build(fixture, &(struct route_config){.listeners = listeners, .listener_count = 3});
    for (uint32_t i = 0; i < COUNT(rows); i++)
        for (uint32_t j = 0; j < 3; j++) {
            struct route_request request = get(rows[i].host, rows[i].path);

            assert_int_equal(route_match(&fixture->snapshot, j, &request)->action.status,
                             rows[i].statuses[j]);
        }
}

static void trusted_networks_are_told(void **state)
{
    static const char *const texts[] = {"10.0.0.0/8", "::1"};
    struct fixture *fixture = *state;
    struct route_listener listener = {.id = 1, .trusted = networks_of(&fixture->arena, texts, 2)};
    const struct snapshot_networks *trusted;
    struct route_peer inside = peer_of("::ffff:10.9.9.9");
    struct route_peer outside = peer_of("11.0.0.0");
    struct route_peer local = peer_of("::1");

    fixture_build(fixture, &(struct route_config){.listeners = &listener, .listener_count = 1});
    trusted = &fixture->snapshot.listeners[0].trusted;
    assert_true(route_networks_have(&fixture->snapshot, trusted, &inside));
    assert_true(route_networks_have(&fixture->snapshot, trusted, &local));
    assert_false(route_networks_have(&fixture->snapshot, trusted, &outside));
    assert_false(route_networks_have(&fixture->snapshot, trusted, &(struct route_peer){0}));
}

static bool count_calls(const void *context, size_t position, struct route_header *ret)
{
    (void)position;
    (void)ret;
    ++*(uint32_t *)(uintptr_t)context;
    return false;
}

/* What shows that the index is used: rules before the right one are not looked at. */
static void rules_of_other_hosts_and_paths_are_not_tried(void **state)
{
    const struct route_named_patterns header[] = {{"x", TEXTS("*")}};
    static struct route_rule rules[3000];
    static char texts[3000][32];
    static const char *items[3000];
    uint32_t calls = 0;
    struct route_request request;

    for (uint32_t i = 0; i < 3000; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%s%u%s",
                       i % 3 == 0   ? "h"
                       : i % 3 == 1 ? "*.h"
                                    : "/p",
                       i, i % 3 == 2 ? "/*" : ".example");
        items[i] = texts[i];
        rules[i] = (struct route_rule){.when = {.headers = header, .header_count = 1},
                                       .action = RESPOND(200)};
        if (i % 3 == 2)
            rules[i].when.paths = (struct route_texts){&items[i], 1};
        else
            rules[i].when.hosts = (struct route_texts){&items[i], 1};
    }
    fixture_build_rules(*state, rules, 3000);
    request = get("a.h2998.example", "/p2999/x");
    request.header = count_calls;
    request.header_context = &calls;
    (void)route_match(&((struct fixture *)*state)->snapshot, 0, &request);
    assert_int_equal(calls, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_rule_that_matches_decides),
        TEST(a_rule_without_conditions_always_matches),
        TEST(hosts_disregard_case_and_wildcards_span_labels),
        TEST(hosts_of_any_length_are_compared),
        TEST(each_letter_of_a_host_is_folded_and_nothing_else),
        TEST(paths_regard_case),
        TEST(beginnings_of_all_lengths_are_found),
        TEST(methods_are_compared_exactly),
        TEST(headers_are_found_in_any_field_and_disregard_case),
        TEST(query_parameters_disregard_case_and_are_not_decoded),
        TEST(sources_are_networks_of_the_peer),
        TEST(all_conditions_must_hold),
        TEST(listeners_do_not_see_the_rules_of_others),
        TEST(trusted_networks_are_told),
        TEST(rules_of_other_hosts_and_paths_are_not_tried),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

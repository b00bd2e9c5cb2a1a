/* SPDX-License-Identifier: Apache-2.0 */
/* Configs that the builder refuses, with what it says. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static const struct route_forward to_first[] = {{0, 1}};
static const struct route_action forward_action = {
    .kind = ROUTE_ACTION_FORWARD, .forwards = to_first, .forward_count = 1};
static const struct route_group group = {.id = 1, .name = "g"};

static void assert_listener_refused(struct route_listener listener, const char *message)
{
    if (listener.name == NULL)
        listener.name = "l";
    fixture_assert_refused(&(struct route_config){&listener, 1, &group, 1, NULL}, message);
}

static void assert_rule_refused(struct route_rule rule, const char *message)
{
    if (rule.name == NULL)
        rule.name = "r";
    assert_listener_refused((struct route_listener){.id = 2, .rules = &rule, .rule_count = 1},
                            message);
}

static void assert_group_refused(struct route_group refused, const char *message)
{
    if (refused.name == NULL)
        refused.name = "g";
    fixture_assert_refused(&(struct route_config){NULL, 0, &refused, 1, NULL}, message);
}

static void assert_target_refused(struct route_target target, const char *message)
{
    target.text = "t";
    assert_group_refused((struct route_group){.id = 1, .targets = &target, .target_count = 1},
                         message);
}

static void ids_must_be_given_and_different(void **state)
{
    const struct route_listener listeners[] = {{.id = 7, .name = "a"}, {.id = 7, .name = "b"}};
    const struct route_group groups[] = {{.id = 0xab, .name = "a"}, {.id = 0xab, .name = "b"}};
    const struct route_target targets[] = {{.id = 5, .text = "a"}, {.id = 5, .text = "b"}};

    (void)state;
    assert_listener_refused((struct route_listener){0}, "listener \"l\": it has no id");
    assert_group_refused((struct route_group){0}, "group \"g\": it has no id");
    assert_target_refused((struct route_target){0}, "group \"g\": target \"t\": it has no id");
    fixture_assert_refused(&(struct route_config){listeners, 2, NULL, 0, NULL},
                           "listener \"b\": its id 0000000000000007 is taken");
    fixture_assert_refused(&(struct route_config){NULL, 0, groups, 2, NULL},
                           "group \"b\": its id 00000000000000ab is taken");
    assert_group_refused((struct route_group){.id = 1, .targets = targets, .target_count = 2},
                         "group \"g\": target \"b\": its id 0000000000000005 is taken");
}

static void actions_must_make_sense(void **state)
{
    static const struct route_forward nowhere[] = {{1, 1}};
    static const struct route_forward heavy[] = {{0, 1000}};
    static const struct route_forward weightless[] = {{0, 0}, {0, 0}};
    static const struct {
        struct route_action action;
        const char *message;
    } rows[] = {
        {{0}, "it does nothing"},
        {{.kind = 9}, "unknown action"},
        {{.kind = ROUTE_ACTION_FORWARD}, "it forwards nowhere"},
        {{.kind = ROUTE_ACTION_FORWARD, .forwards = nowhere, .forward_count = 1},
         "it forwards to group 1 of 1"},
        {{.kind = ROUTE_ACTION_FORWARD, .forwards = heavy, .forward_count = 1},
         "a weight is above 999"},
        {{.kind = ROUTE_ACTION_FORWARD, .forwards = weightless, .forward_count = 2},
         "it forwards nowhere"},
        {{.kind = ROUTE_ACTION_REDIRECT}, "the redirect has no location"},
        {{.kind = ROUTE_ACTION_REDIRECT, .location = "/", .status = 300},
         "a redirect cannot have status 300"},
        {{.kind = ROUTE_ACTION_REDIRECT, .location = "/", .status = 304},
         "a redirect cannot have status 304"},
        {{.kind = ROUTE_ACTION_REDIRECT, .location = "/", .status = 309},
         "a redirect cannot have status 309"},
        {{.kind = ROUTE_ACTION_REDIRECT, .location = "/\r\nX: y"},
         "location holds a control character"},
        {{.kind = ROUTE_ACTION_REDIRECT, .location = "/#{hosts}"},
         "location: #{hosts} stands for nothing"},
        {{.kind = ROUTE_ACTION_REDIRECT, .location = "/#{host"},
         "location: #{host stands for nothing"},
        {{.kind = ROUTE_ACTION_RESPOND, .status = 199}, "an answer cannot have status 199"},
        {{.kind = ROUTE_ACTION_RESPOND, .status = 600}, "an answer cannot have status 600"},
        {{.kind = ROUTE_ACTION_RESPOND, .content_type = "text/\nplain"},
         "content type holds a control character"},
    };

    (void)state;
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        char message[128] = "listener \"l\": rule \"r\": ";

        memcpy(message + strlen(message), rows[i].message, strlen(rows[i].message) + 1);
        assert_rule_refused((struct route_rule){.action = rows[i].action}, message);
    }
}

static void conditions_must_be_complete(void **state)
{
    static char long_pattern[ROUTE_PATTERN_BYTES_MAX + 2];
    const struct route_network odd[] = {{ROUTE_FAMILY_IPV4, 33, {0}}};
    const struct route_network local[] = {{ROUTE_FAMILY_UNIX, 0, {0}}};
    const struct route_named_patterns unnamed[] = {{NULL, TEXTS("a")}};
    const struct route_named_patterns empty[] = {{"a", {0}}};
    const struct route_named_patterns missing[] = {{"a", TEXTS(NULL)}};
    const struct {
        struct route_conditions when;
        const char *message;
    } rows[] = {
        {{.hosts = TEXTS("a", "")}, "listener \"l\": rule \"r\": host: a pattern is empty"},
        {{.hosts = TEXTS(NULL)}, "listener \"l\": rule \"r\": host: a pattern is empty"},
        {{.paths = TEXTS("")}, "listener \"l\": rule \"r\": path: a pattern is empty"},
        {{.paths = TEXTS(long_pattern)},
         "listener \"l\": rule \"r\": path: a pattern is longer than 8192 bytes"},
        {{.methods = TEXTS("")}, "listener \"l\": rule \"r\": method: no name is given"},
        {{.methods = TEXTS("G T")}, "listener \"l\": rule \"r\": method: \"G T\" is not a name"},
        {{.headers = unnamed, .header_count = 1},
         "listener \"l\": rule \"r\": header: a pattern is missing"},
        {{.headers = empty, .header_count = 1},
         "listener \"l\": rule \"r\": header: a name or its patterns are missing"},
        {{.queries = missing, .query_count = 1},
         "listener \"l\": rule \"r\": query: a pattern is missing"},
        {{.sources = {odd, 1}},
         "listener \"l\": rule \"r\": a network is neither of IPv4 nor of IPv6"},
        {{.sources = {local, 1}},
         "listener \"l\": rule \"r\": a network is neither of IPv4 nor of IPv6"},
    };

    (void)state;
    memset(long_pattern, 'a', sizeof(long_pattern) - 1);
    for (uint32_t i = 0; i < COUNT(rows); i++)
        assert_rule_refused((struct route_rule){.when = rows[i].when, .action = RESPOND(200)},
                            rows[i].message);
}

static void header_changes_cannot_break_a_head(void **state)
{
    static const struct {
        struct route_header_operation operation;
        const char *message;
    } rows[] = {
        {{ROUTE_HEADER_SET, NULL, "a"}, "header change: no name is given"},
        {{ROUTE_HEADER_SET, "A B", "a"}, "header change: \"A B\" is not a name"},
        {{ROUTE_HEADER_SET, "A:", "a"}, "header change: \"A:\" is not a name"},
        {{ROUTE_HEADER_SET, "A", "a\r\nB: c"}, "header \"A\": its value holds a control character"},
        {{ROUTE_HEADER_ADD, "A", "\x7f"}, "header \"A\": its value holds a control character"},
        {{9, "A", "a"}, "header \"A\": unknown change"},
        {{ROUTE_HEADER_SET, "Content-Length", "1"},
         "header \"Content-Length\" cannot be changed by a rule"},
        {{ROUTE_HEADER_REMOVE, "transfer-ENCODING", NULL},
         "header \"transfer-ENCODING\" cannot be changed by a rule"},
        {{ROUTE_HEADER_ADD, "connection", "close"},
         "header \"connection\" cannot be changed by a rule"},
    };

    (void)state;
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        char message[128] = "listener \"l\": rule \"r\": ";
        struct route_header_operations operations = {&rows[i].operation, 1};

        memcpy(message + strlen(message), rows[i].message, strlen(rows[i].message) + 1);
        assert_rule_refused(
            (struct route_rule){.action = forward_action, .request_headers = operations}, message);
        assert_rule_refused(
            (struct route_rule){.action = forward_action, .response_headers = operations}, message);
    }
}

static void rewrites_make_paths(void **state)
{
    static const struct {
        struct route_rewrite rewrite;
        const char *message;
    } rows[] = {
        {{ROUTE_REWRITE_PREFIX, "/a", NULL}, "rewrite: \"\" is not a path"},
        {{ROUTE_REWRITE_PREFIX, "/a", "b"}, "rewrite: \"b\" is not a path"},
        {{ROUTE_REWRITE_PREFIX, "/a", "/b c"}, "rewrite: \"/b c\" is not a path"},
        {{ROUTE_REWRITE_PREFIX, "/a", "/b?c"}, "rewrite: \"/b?c\" is not a path"},
        {{ROUTE_REWRITE_PREFIX, "/a", "/#{path}"}, "rewrite: \"/#{path}\" is not a path"},
        {{ROUTE_REWRITE_PREFIX, "/a", "/\xc3\xa9"}, "rewrite: \"/\xc3\xa9\" is not a path"},
        {{ROUTE_REWRITE_TEMPLATE, NULL, "#{path}"}, "rewrite: \"#{path}\" is not a path"},
        {{ROUTE_REWRITE_TEMPLATE, NULL, "/#{query}"}, "rewrite: \"/#{query}\" is not a path"},
        {{ROUTE_REWRITE_TEMPLATE, NULL, "/#a"}, "rewrite: \"/#a\" is not a path"},
        {{ROUTE_REWRITE_TEMPLATE, NULL, "/#{x}"}, "rewrite: #{x} stands for nothing"},
        {{9, NULL, "/"}, "unknown kind of rewrite"},
    };

    (void)state;
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        char message[128] = "listener \"l\": rule \"r\": ";

        memcpy(message + strlen(message), rows[i].message, strlen(rows[i].message) + 1);
        assert_rule_refused(
            (struct route_rule){.action = forward_action, .rewrite = rows[i].rewrite}, message);
    }
}

static void a_tcp_listener_sees_only_sources(void **state)
{
    const struct route_header_operation change[] = {{ROUTE_HEADER_SET, "A", "b"}};
    const struct route_rule rules[] = {
        {.when.hosts = TEXTS("a"), .action = forward_action},
        {.when.paths = TEXTS("/"), .action = forward_action},
        {.when.methods = TEXTS("GET"), .action = forward_action},
        {.request_headers = {change, 1}, .action = forward_action},
        {.rewrite = {ROUTE_REWRITE_PREFIX, "/", "/"}, .action = forward_action},
    };
    const struct route_rule answer = {.action = RESPOND(200)};

    (void)state;
    for (uint32_t i = 0; i < COUNT(rules); i++)
        assert_listener_refused(
            (struct route_listener){
                .id = 2, .protocol = ROUTE_PROTOCOL_TCP, .rules = &rules[i], .rule_count = 1},
            "listener \"l\": rule 1: a tcp listener sees nothing but the source");
    assert_listener_refused(
        (struct route_listener){
            .id = 2, .protocol = ROUTE_PROTOCOL_TCP, .rules = &answer, .rule_count = 1},
        "listener \"l\": rule 1: a tcp listener cannot answer in HTTP");
}

static void listeners_need_what_their_protocol_needs(void **state)
{
    static const struct route_certificate certificate = {"a.pem", "a.key"};

    (void)state;
    assert_listener_refused((struct route_listener){.id = 2, .protocol = ROUTE_PROTOCOL_HTTPS},
                            "listener \"l\": certificates and https go together");
    assert_listener_refused(
        (struct route_listener){.id = 2, .certificates = &certificate, .certificate_count = 1},
        "listener \"l\": certificates and https go together");
    assert_listener_refused((struct route_listener){.id = 2, .protocol = 9},
                            "listener \"l\": unknown protocol");
}

static void groups_must_make_sense(void **state)
{
    static const struct route_status_range backwards[] = {{299, 200}};
    static const struct route_status_range outside[] = {{200, 600}};
    static const struct {
        struct route_group group;
        const char *message;
    } rows[] = {
        {{.algorithm = 9}, "group \"g\": unknown algorithm"},
        {{.hash_by = 9}, "group \"g\": unknown key to hash by"},
        {{.stickiness = 9}, "group \"g\": unknown stickiness"},
        {{.algorithm = ROUTE_ALGORITHM_HASH, .hash_by = ROUTE_HASH_BY_COOKIE},
         "group \"g\": hash: no name is given"},
        {{.stickiness = ROUTE_STICKINESS_OWN_COOKIE}, "group \"g\": stickiness: no name is given"},
        {{.stickiness = ROUTE_STICKINESS_OWN_COOKIE, .sticky_name = "a;b"},
         "group \"g\": stickiness: \"a;b\" is not a name"},
        {{.health = {.protocol = 9}}, "group \"g\": health: unknown protocol"},
        {{.health = {.protocol = ROUTE_HEALTH_HTTP, .path = "x"}},
         "group \"g\": health: \"x\" is not a path"},
        {{.health = {.protocol = ROUTE_HEALTH_HTTP, .path = "/ HTTP/1.1"}},
         "group \"g\": health: \"/ HTTP/1.1\" is not a path"},
        {{.health = {.protocol = ROUTE_HEALTH_HTTP, .path = "/\n"}},
         "group \"g\": health: the path holds a control character"},
        {{.health = {.protocol = ROUTE_HEALTH_HTTP, .statuses = backwards, .status_count = 1}},
         "group \"g\": health: 299-200 is no range of statuses"},
        {{.health = {.protocol = ROUTE_HEALTH_HTTP, .statuses = outside, .status_count = 1}},
         "group \"g\": health: 200-600 is no range of statuses"},
    };

    (void)state;
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        struct route_group refused = rows[i].group;

        refused.id = 1;
        assert_group_refused(refused, rows[i].message);
    }
}

static void targets_must_have_an_address(void **state)
{
    static char long_path[ROUTE_UNIX_PATH_BYTES_MAX + 2];
    static const struct route_address no_port = {.family = ROUTE_FAMILY_IPV4};
    static const struct route_address no_path = {.family = ROUTE_FAMILY_UNIX};
    const struct route_address too_long = {.family = ROUTE_FAMILY_UNIX, .path = long_path};
    static const struct route_address unknown = {.family = 9};

    (void)state;
    memset(long_path, 'a', sizeof(long_path) - 1);
    assert_target_refused((struct route_target){.id = 1, .address = no_port},
                          "group \"g\": target \"t\": it has no port");
    assert_target_refused(
        (struct route_target){.id = 1, .address = no_path},
        "group \"g\": target \"t\": the path of a unix socket has 1 to 107 bytes");
    assert_target_refused(
        (struct route_target){.id = 1, .address = too_long},
        "group \"g\": target \"t\": the path of a unix socket has 1 to 107 bytes");
    assert_target_refused((struct route_target){.id = 1, .address = unknown},
                          "group \"g\": target \"t\": unknown family of address");
    assert_target_refused((struct route_target){.id = 1, .weight = 1000},
                          "group \"g\": target \"t\": its weight is above 999");
}

static void limits_must_limit_something(void **state)
{
    static const struct {
        struct route_rate_limit limit;
        const char *message;
    } rows[] = {
        {{.requests = 1, .period_ms = 1}, "limit 1: it has no id"},
        {{.id = 1, .by = 4, .concurrent = 1}, "limit 1: unknown key to limit by"},
        {{.id = 1, .by = ROUTE_LIMIT_BY_HEADER, .concurrent = 1}, "limit 1: by: no name is given"},
        {{.id = 1, .by = ROUTE_LIMIT_BY_COOKIE, .name = "a b", .concurrent = 1},
         "limit 1: by: \"a b\" is not a name"},
        {{.id = 1}, "limit 1: it limits nothing"},
        {{.id = 1, .requests = 1}, "limit 1: the rate has no period"},
    };
    static const struct route_rate_limit twice[] = {{.id = 1, .concurrent = 1},
                                                    {.id = 1, .concurrent = 2}};

    (void)state;
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        struct route_rule rule = {.action = forward_action, .rate_limits = {&rows[i].limit, 1}};
        char message[128];

        (void)snprintf(message, sizeof(message), "listener \"l\": rule \"r\": %s", rows[i].message);
        assert_rule_refused(rule, message);
        (void)snprintf(message, sizeof(message), "listener \"l\": %s", rows[i].message);
        assert_listener_refused(
            (struct route_listener){.id = 2, .rate_limits = {&rows[i].limit, 1}}, message);
    }
    assert_listener_refused((struct route_listener){.id = 2, .rate_limits = {twice, 2}},
                            "listener \"l\": limit 2: its id 0000000000000001 is taken");
    assert_listener_refused(
        (struct route_listener){.id = 2, .protocol = ROUTE_PROTOCOL_TCP, .rate_limits = {twice, 1}},
        "listener \"l\": a tcp listener sees no requests to limit");
}

static void settings_must_be_known(void **state)
{
    (void)state;
    assert_listener_refused((struct route_listener){.id = 2, .forwarded = 3},
                            "listener \"l\": unknown way to treat X-Forwarded-For");
    assert_listener_refused((struct route_listener){.id = 2, .access_log = {"/a", 2}},
                            "listener \"l\": access log: unknown format");
    assert_group_refused((struct route_group){.id = 1, .ejection = {1, 1, 101}},
                         "group \"g\": ejection: 101 percent is more than all");
    assert_rule_refused(
        (struct route_rule){.action = {.kind = ROUTE_ACTION_RESPOND, .sticky_name = "a"}},
        "listener \"l\": rule \"r\": only a forward can be sticky");
    assert_rule_refused((struct route_rule){.action = {.kind = ROUTE_ACTION_FORWARD,
                                                       .forwards = to_first,
                                                       .forward_count = 1,
                                                       .sticky_name = "a;b"}},
                        "listener \"l\": rule \"r\": stickiness: \"a;b\" is not a name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_must_be_given_and_different),
        cmocka_unit_test(actions_must_make_sense),
        cmocka_unit_test(conditions_must_be_complete),
        cmocka_unit_test(header_changes_cannot_break_a_head),
        cmocka_unit_test(rewrites_make_paths),
        cmocka_unit_test(a_tcp_listener_sees_only_sources),
        cmocka_unit_test(listeners_need_what_their_protocol_needs),
        cmocka_unit_test(groups_must_make_sense),
        cmocka_unit_test(targets_must_have_an_address),
        cmocka_unit_test(limits_must_limit_something),
        cmocka_unit_test(settings_must_be_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

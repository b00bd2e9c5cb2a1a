/* SPDX-License-Identifier: Apache-2.0 */
/* Trees are shaped first, as merging expects canonical ones. */
#include "fixture.h"

#include "spec/merge.h"
#include "spec/shape.h"

static struct value *canonical(const char *text)
{
    struct shape shape = {.arena = &fixture_arena, .diagnostics = &fixture_diagnostics};
    struct merge merge = {.arena = &fixture_arena, .diagnostics = &fixture_diagnostics};
    struct value *value = shape_value(&shape, fixture_value(text), &schema_compose_file, NULL);

    merge_unify(&merge, value, &schema_compose_file);
    return value;
}

static struct value *put_over(struct value *base, struct value *over)
{
    struct merge merge = {.arena = &fixture_arena, .diagnostics = &fixture_diagnostics};

    return merge_values(&merge, base, over, &schema_compose_file, NULL);
}

/* The texts, up to NULL, each put over what the earlier ones make. */
static struct value *merged(const char *const *texts)
{
    struct value *result = NULL;

    for (; *texts != NULL; texts++)
        result = put_over(result, canonical(*texts));
    merge_finish(result);
    return result;
}

static const char *service_text(const char *body)
{
    return arena_printf(&fixture_arena, "services: {a: {%s }}", body);
}

/* What one service of one file becomes with a second over it. */
struct pair {
    const char *base;
    const char *over;
    const char *json;
};

static void assert_pairs(const struct pair *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *about = arena_printf(&fixture_arena, "%s + %s", table[i].base, table[i].over);
        struct value *result = merged(
            (const char *const[]){service_text(table[i].base), service_text(table[i].over), NULL});

        fixture_assert_nothing_said(about);
        fixture_assert_json(about, value_get(value_get(result, "services"), "a"), table[i].json);
    }
}

static void scalars_are_replaced(void **state)
{
    static const struct pair table[] = {
        {"image: x", "image: y", "{\"image\":\"y\"}"},
        {"image: x", "init: true", "{\"image\":\"x\",\"init\":true}"},
        {"init: true", "init: false", "{\"init\":false}"},
        {"mem_limit: 1m", "mem_limit: 2k", "{\"mem_limit\":\"2048\"}"},
    };

    (void)state;
    assert_pairs(table, COUNT_OF(table));
}

static void maps_are_merged_key_by_key(void **state)
{
    static const struct pair table[] = {
        {"environment: [A=1, B=2]", "environment: {B: 3, C: 4}",
         "{\"environment\":{\"A\":\"1\",\"B\":\"3\",\"C\":\"4\"}}"},
        {"environment: {A: 1}", "environment: [A]", "{\"environment\":{\"A\":null}}"},
        {"build: dir", "build: {target: t}", "{\"build\":{\"context\":\"dir\",\"target\":\"t\"}}"},
        {"depends_on: [a]", "depends_on: {a: {condition: service_healthy}}",
         "{\"depends_on\":{\"a\":{\"condition\":\"service_healthy\",\"required\":true}}}"},
        {"networks: [a]", "networks: {a: {priority: 1}, b: }",
         "{\"networks\":{\"a\":{\"priority\":1},\"b\":null}}"},
        {"x-a: {b: {c: 1}}", "x-a: {b: {d: 2}}", "{\"x-a\":{\"b\":{\"c\":1,\"d\":2}}}"},
    };

    (void)state;
    assert_pairs(table, COUNT_OF(table));
}

static void lists_are_appended_without_what_is_there_already(void **state)
{
    static const struct pair table[] = {
        {"security_opt: [a, b]", "security_opt: [c, b, d]",
         "{\"security_opt\":[\"a\",\"b\",\"c\",\"d\"]}"},
        {"group_add: [1]", "group_add: ['1', 2]", "{\"group_add\":[\"1\",\"2\"]}"},
        {"x-a: [{b: 1}, 2]", "x-a: [2, {b: 1}, {b: 2}]", "{\"x-a\":[{\"b\":1},2,{\"b\":2}]}"},
        {"security_opt: []", "security_opt: [a]", "{\"security_opt\":[\"a\"]}"},
        {"security_opt: [a]", "security_opt: []", "{\"security_opt\":[\"a\"]}"},
        {"post_start: [{command: a}]", "post_start: [{command: b}, {command: a}]",
         "{\"post_start\":[{\"command\":[\"a\"]},{\"command\":[\"b\"]}]}"},
    };

    (void)state;
    assert_pairs(table, COUNT_OF(table));
}

static void some_keys_are_replaced_whole(void **state)
{
    static const struct pair table[] = {
        {"command: a b", "command: c", "{\"command\":[\"c\"]}"},
        {"entrypoint: [a]", "entrypoint: [b]", "{\"entrypoint\":[\"b\"]}"},
        {"command: a", "command: ''", "{\"command\":[]}"},
        {"healthcheck: {test: a, interval: 1s}", "healthcheck: {test: [CMD, b]}",
         "{\"healthcheck\":{\"test\":[\"CMD\",\"b\"],\"interval\":\"1s\"}}"},
    };

    (void)state;
    assert_pairs(table, COUNT_OF(table));
}

static void logging_is_merged_where_the_driver_is_the_same(void **state)
{
    static const struct pair table[] = {
        {"logging: {driver: d, options: {a: 1}}", "logging: {driver: d, options: {b: 2}}",
         "{\"logging\":{\"driver\":\"d\",\"options\":{\"a\":\"1\",\"b\":\"2\"}}}"},
        {"logging: {driver: d, options: {a: 1}}", "logging: {options: {b: 2}}",
         "{\"logging\":{\"driver\":\"d\",\"options\":{\"a\":\"1\",\"b\":\"2\"}}}"},
        {"logging: {options: {a: 1}}", "logging: {driver: d}",
         "{\"logging\":{\"options\":{\"a\":\"1\"},\"driver\":\"d\"}}"},
        {"logging: {driver: d, options: {a: 1}}", "logging: {driver: e, options: {b: 2}}",
         "{\"logging\":{\"driver\":\"e\",\"options\":{\"b\":\"2\"}}}"},
    };

    (void)state;
    assert_pairs(table, COUNT_OF(table));
}

static void limits_are_merged_where_both_are_maps(void **state)
{
    static const struct pair table[] = {
        {"ulimits: {n: 1, m: 2}", "ulimits: {n: 3}", "{\"ulimits\":{\"n\":3,\"m\":2}}"},
        {"ulimits: {n: 1}", "ulimits: {n: {soft: 1, hard: 2}}",
         "{\"ulimits\":{\"n\":{\"soft\":1,\"hard\":2}}}"},
        {"ulimits: {n: {soft: 1, hard: 2}}", "ulimits: {n: 3}", "{\"ulimits\":{\"n\":3}}"},
        {"ulimits: {n: {soft: 1, hard: 2}}", "ulimits: {n: {hard: 9}}",
         "{\"ulimits\":{\"n\":{\"soft\":1,\"hard\":9}}}"},
    };

    (void)state;
    assert_pairs(table, COUNT_OF(table));
}

static const char *ipam_text(const char *subnets)
{
    return arena_printf(&fixture_arena, "networks: {n: {ipam: {config: %s}}}", subnets);
}

static void subnets_are_merged_where_they_are_the_same(void **state)
{
    static const struct pair table[] = {
        {"[{subnet: a, gateway: b}]", "[{subnet: a, gateway: c, ip_range: d}]",
         "[{\"subnet\":\"a\",\"gateway\":\"c\",\"ip_range\":\"d\"}]"},
        {"[{subnet: a}]", "[{subnet: b}]", "[{\"subnet\":\"a\"},{\"subnet\":\"b\"}]"},
        {"[{gateway: a}, {gateway: b}]", "[{gateway: a}, {gateway: b}]",
         "[{\"gateway\":\"a\"},{\"gateway\":\"b\"}]"},
        {"[{gateway: a}]", "[{gateway: c}]", "[{\"gateway\":\"a\"},{\"gateway\":\"c\"}]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct value *result =
            merged((const char *const[]){ipam_text(table[i].base), ipam_text(table[i].over), NULL});
        struct value *network = value_get(value_get(result, "networks"), "n");

        fixture_assert_json(table[i].over, value_get(value_get(network, "ipam"), "config"),
                            table[i].json);
    }
}

static void entries_of_one_identity_are_replaced_in_their_place(void **state)
{
    static const struct pair table[] = {
        /* text before '=' */
        {"expose: [1, 2]", "expose: [2, 3]", "{\"expose\":[\"1\",\"2\",\"3\"]}"},
        {"build: {tags: [a=1, b]}", "build: {tags: [a=2]}",
         "{\"build\":{\"tags\":[\"a=2\",\"b\"]}}"},
        {"build: {ssh: [default, k=1]}", "build: {ssh: [k=2]}",
         "{\"build\":{\"ssh\":[\"default\",\"k=2\"]}}"},
        /* target */
        {"volumes: [{type: bind, source: a, target: /x}, {type: tmpfs, target: /y}]",
         "volumes: [{type: volume, source: b, target: /x}]",
         "{\"volumes\":[{\"type\":\"volume\",\"source\":\"b\",\"target\":\"/x\"},"
         "{\"type\":\"tmpfs\",\"target\":\"/y\"}]}"},
        {"devices: ['a:/x:r']", "devices: ['b:/x:w']",
         "{\"devices\":[{\"source\":\"b\",\"target\":\"/x\",\"permissions\":\"w\"}]}"},
        /* target, or the source below the folder where they are put */
        {"secrets: [a]", "secrets: [{source: b, target: /run/secrets/a}]",
         "{\"secrets\":[{\"source\":\"b\",\"target\":\"/run/secrets/a\"}]}"},
        {"configs: [a]", "configs: [{source: b, target: /a}]",
         "{\"configs\":[{\"source\":\"b\",\"target\":\"/a\"}]}"},
        {"secrets: [a]", "secrets: [{source: b, target: /a}]",
         "{\"secrets\":[{\"source\":\"a\"},{\"source\":\"b\",\"target\":\"/a\"}]}"},
        /* ports: host_ip, published, target and protocol */
        {"ports: [{target: 80, published: 1}]",
         "ports: [{target: 80, published: 1, protocol: tcp, host_ip: 0.0.0.0, name: n}]",
         "{\"ports\":[{\"target\":80,\"published\":\"1\",\"protocol\":\"tcp\",\"host_ip\":"
         "\"0.0.0.0\",\"name\":\"n\"}]}"},
        {"ports: [{target: 80, published: 1}]",
         "ports: [{target: 80, published: 2}, {target: 80, published: 1, protocol: udp}, {target: "
         "80, published: 1, host_ip: 127.0.0.1}, {target: 81, published: 1}]",
         "{\"ports\":[{\"target\":80,\"published\":\"1\"},{\"target\":80,\"published\":\"2\"},"
         "{\"target\":80,\"published\":\"1\",\"protocol\":\"udp\"},{\"target\":80,\"published\":"
         "\"1\",\"host_ip\":\"127.0.0.1\"},{\"target\":81,\"published\":\"1\"}]}"},
    };

    (void)state;
    assert_pairs(table, COUNT_OF(table));
}

static void env_files_are_told_apart_by_their_path(void **state)
{
    static const struct pair table[] = {
        {"env_file: [a, b]", "env_file: [{path: a, required: false}, c]",
         "{\"env_file\":[{\"path\":\"a\",\"required\":false},{\"path\":\"b\",\"required\":true},"
         "{\"path\":\"c\",\"required\":true}]}"},
    };

    (void)state;
    assert_pairs(table, COUNT_OF(table));
}

static void rules_go_by_name_and_targets_by_address(void **state)
{
    static const char *const texts[] = {
        "x-slipway: {listeners: {w: {address: ':80', rules: [{name: a, forward: x}, {forward: "
        "y}]}},"
        "target_groups: {g: {targets: ['h:1', 'h:2']}}}",
        "x-slipway: {listeners: {w: {rules: [{forward: z}, {name: a, forward: n}]}},"
        "target_groups: {g: {targets: [{address: 'h:1', weight: 5}]}}}",
        NULL,
    };
    const struct value *slipway = value_get(merged(texts), "x-slipway");
    const struct value *listener = value_get(value_get(slipway, "listeners"), "w");
    const struct value *group = value_get(value_get(slipway, "target_groups"), "g");

    (void)state;
    fixture_assert_json("rules", value_get(listener, "rules"),
                        "[{\"name\":\"a\",\"forward\":\"n\"},{\"forward\":\"y\"},"
                        "{\"forward\":\"z\"}]");
    fixture_assert_json("targets", value_get(group, "targets"),
                        "[{\"address\":\"h:1\",\"weight\":5},{\"address\":\"h:2\"}]");
}

static void in_one_file_too_the_last_of_an_identity_stays(void **state)
{
    (void)state;
    fixture_assert_json(
        "one file",
        canonical(service_text("volumes: [{type: tmpfs, target: /x}, {type: tmpfs, target: /y}, "
                               "{type: bind, source: a, target: /x}]")),
        "{\"services\":{\"a\":{\"volumes\":[{\"type\":\"bind\",\"source\":\"a\",\"target\":\"/"
        "x\"},{\"type\":\"tmpfs\",\"target\":\"/y\"}]}}}");
}

static void null_says_nothing(void **state)
{
    static const struct pair table[] = {
        {"image: x", "image: ~", "{\"image\":\"x\"}"},
        {"ports: ['80']",
         "ports:", "{\"ports\":[{\"mode\":\"ingress\",\"target\":80,\"protocol\":\"tcp\"}]}"},
        {"image: ~", "image: x", "{\"image\":\"x\"}"},
        {"deploy: {mode: a}", "deploy:", "{\"deploy\":{\"mode\":\"a\"}}"},
        {"x-a: 1", "x-a: ~", "{\"x-a\":1}"},
        {"x-a: ~", "x-a: [1]", "{\"x-a\":[1]}"},
        {"image: ~", "image: ~", "{\"image\":null}"},
    };

    (void)state;
    assert_pairs(table, COUNT_OF(table));
}

static void null_counts_where_it_has_a_meaning(void **state)
{
    static const struct pair table[] = {
        {"environment: {A: 1}", "environment: {A: }", "{\"environment\":{\"A\":null}}"},
        {"logging: {options: {a: 1}}", "logging: {options: {a: }}",
         "{\"logging\":{\"options\":{\"a\":null}}}"},
        {"labels: {A: 1}", "labels: {A: }", "{\"labels\":{\"A\":\"\"}}"},
        {"pid: host", "pid: ~", "{\"pid\":null}"},
        {"command: a", "command: ~", "{\"command\":null}"},
    };

    (void)state;
    assert_pairs(table, COUNT_OF(table));
}

static void reset_removes_what_an_earlier_file_set(void **state)
{
    static const struct pair table[] = {
        {"image: x, init: true", "image: !reset null", "{\"init\":true}"},
        {"ports: ['80']", "ports: !reset []", "{}"},
        {"ports: ['80']", "ports: !reset ['81']", "{}"},
        {"environment: {A: 1, B: 2}", "environment: {A: !reset null}",
         "{\"environment\":{\"B\":\"2\"}}"},
        {"labels: {A: 1, B: 2}", "labels: {A: !reset null}", "{\"labels\":{\"B\":\"2\"}}"},
        {"environment: {A: 1}", "environment: !reset {}", "{}"},
        {"image: x", "init: !reset true", "{\"image\":\"x\"}"}, /* nothing there */
        {"image: !reset x", "image: y", "{\"image\":\"y\"}"},
        {"x-a: {b: [1], c: 2}", "x-a: {b: !reset ~}", "{\"x-a\":{\"c\":2}}"},
    };

    (void)state;
    assert_pairs(table, COUNT_OF(table));
}

static void override_replaces_instead_of_merging(void **state)
{
    static const struct pair table[] = {
        {"ports: ['80']", "ports: !override ['81']",
         "{\"ports\":[{\"mode\":\"ingress\",\"target\":81,\"protocol\":\"tcp\"}]}"},
        {"environment: {A: 1}", "environment: !override [B=2]", "{\"environment\":{\"B\":\"2\"}}"},
        {"build: {context: a, target: b}", "build: !override {context: c}",
         "{\"build\":{\"context\":\"c\"}}"},
        {"dns: [a, b]", "dns: !override c", "{\"dns\":[\"c\"]}"},
        {"x-a: [1]", "x-a: !override {b: 1}", "{\"x-a\":{\"b\":1}}"},
        {"image: x", "security_opt: !override [a]", "{\"image\":\"x\",\"security_opt\":[\"a\"]}"},
    };

    (void)state;
    assert_pairs(table, COUNT_OF(table));
}

static void a_third_file_builds_on_what_the_second_left(void **state)
{
    static const struct {
        const char *second;
        const char *third;
        const char *json;
    } table[] = {
        {"security_opt: !reset []", "security_opt: [c]", "{\"security_opt\":[\"c\"]}"},
        {"security_opt: !override [b]", "security_opt: [c]", "{\"security_opt\":[\"b\",\"c\"]}"},
        {"security_opt: [b]", "security_opt: !reset []", "{}"},
        {"security_opt: [b]", "security_opt: !override [c]", "{\"security_opt\":[\"c\"]}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct value *result = merged((const char *const[]){service_text("security_opt: [a]"),
                                                            service_text(table[i].second),
                                                            service_text(table[i].third), NULL});

        fixture_assert_json(table[i].second, value_get(value_get(result, "services"), "a"),
                            table[i].json);
    }
}

static void a_reset_acts_on_what_is_put_below_it_later(void **state)
{
    struct value *over = canonical("services: {a: {image: !reset x}}");
    struct value *result;

    (void)state;
    result = put_over(canonical("services: {a: {image: y, init: true}}"), over);
    merge_finish(result);
    fixture_assert_json("below", result, "{\"services\":{\"a\":{\"init\":true}}}");
}

static void forgotten_tags_ask_for_nothing(void **state)
{
    struct value *over = canonical("services: {a: {image: !reset x, ports: !override ['1']}}");
    struct value *service;

    (void)state;
    merge_forget_tags(over);
    service = value_get(value_get(over, "services"), "a");
    assert_int_equal(value_get(service, "image")->tag, VALUE_TAG_NONE);
    assert_int_equal(value_get(service, "ports")->tag, VALUE_TAG_NONE);
    merge_finish(over);
    assert_non_null(value_get(service, "image"));
}

static void what_does_not_fit_in_an_extension_is_refused(void **state)
{
    struct value *result = merged((const char *const[]){"x-a: {b: [1]}", "x-a: {b: {c: 1}}", NULL});
    const struct diagnostic *only =
        fixture_only("kinds", SEVERITY_ERROR, "a map cannot be put over a list");

    (void)state;
    assert_string_equal(only->path, "x-a.b");
    assert_string_equal(only->hint, "use !override to replace it");
    assert_int_equal(only->mark.source, 1);
    fixture_assert_json("kinds", result, "{\"x-a\":{\"b\":[1]}}");
}

static void nothing_over_something_and_something_over_nothing(void **state)
{
    struct value *value = canonical("name: a");

    (void)state;
    assert_ptr_equal(put_over(value, NULL), value);
    assert_ptr_equal(put_over(NULL, value), value);
    assert_null(put_over(NULL, NULL));
}

/* A file in which every rule of merging and every identity has work. */
static const char everything[] =
    "name: n\n"
    "include: [a, {path: [b, c], env_file: d}]\n"
    "services:\n"
    "  a:\n"
    "    image: x\n"
    "    build: {context: ., args: [A, B=1], tags: [t=1, u], ssh: [default, k=v], ulimits: {n: "
    "1}}\n"
    "    cap_add: [A, B]\n"
    "    command: a b b\n"
    "    entrypoint: [e, e]\n"
    "    configs: [c, {source: c, target: /d}]\n"
    "    secrets: [s, {source: s, target: /d, mode: 0400}]\n"
    "    depends_on: [b, c]\n"
    "    deploy: {replicas: 2, resources: {reservations: {devices: [{capabilities: [gpu], count: "
    "1}]}}, placement: {constraints: [a, a], preferences: [{spread: a}]}}\n"
    "    develop: {watch: [{path: a, action: sync, target: /a, ignore: [b]}]}\n"
    "    devices: ['/dev/a', '/dev/b:/dev/c:r']\n"
    "    dns: [1.1.1.1, 8.8.8.8]\n"
    "    environment: {A: 1, B: }\n"
    "    env_file: [a, {path: b, required: false}]\n"
    "    expose: [1, '2']\n"
    "    extra_hosts: ['a:1.1.1.1', 'a:2.2.2.2']\n"
    "    healthcheck: {test: a, interval: 1s}\n"
    "    labels: [a=b, c]\n"
    "    logging: {driver: d, options: {a: 1}}\n"
    "    networks: {n: {aliases: [a, b]}, m: }\n"
    "    ports: ['80', '8080:80', '127.0.0.1:8080:80/udp', {target: 81, mode: host}]\n"
    "    post_start: [{command: a b}, {command: a b}]\n"
    "    tmpfs: [/run, /tmp]\n"
    "    ulimits: {n: 1, m: {soft: 1, hard: 2}}\n"
    "    volumes: ['v:/v', './a:/a:ro', {type: tmpfs, target: /t, tmpfs: {size: 1m}}]\n"
    "    blkio_config: {device_read_bps: [{path: a, rate: 1k}, {path: a, rate: 2k}]}\n"
    "    x-any: [1, 1, {a: [b]}]\n"
    "    x-slipway: {runtime: docker}\n"
    "networks: {n: {ipam: {config: [{subnet: a, gateway: b}, {gateway: c}, {gateway: d}]}}}\n"
    "volumes: {v: {driver_opts: {o: bind}}, w: }\n"
    "secrets: {s: {file: a}}\n"
    "configs: {c: {content: a}}\n"
    "x-any: {a: {b: [1, 2, 2]}}\n"
    "x-slipway:\n"
    "  listeners: {w: {address: ':80', rules: [{name: a, forward: g}, {forward: g}]}}\n"
    "  target_groups: {g: {targets: ['h:1', {address: 'h:2', weight: 0}]}}\n";

static void the_same_file_over_itself_changes_nothing(void **state)
{
    const char *once = fixture_json(merged((const char *const[]){everything, NULL}));
    const char *twice = fixture_json(merged((const char *const[]){everything, everything, NULL}));

    (void)state;
    fixture_assert_nothing_said("everything");
    assert_string_equal(twice, once);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(scalars_are_replaced),
        FIXTURE_TEST(maps_are_merged_key_by_key),
        FIXTURE_TEST(lists_are_appended_without_what_is_there_already),
        FIXTURE_TEST(some_keys_are_replaced_whole),
        FIXTURE_TEST(logging_is_merged_where_the_driver_is_the_same),
        FIXTURE_TEST(limits_are_merged_where_both_are_maps),
        FIXTURE_TEST(subnets_are_merged_where_they_are_the_same),
        FIXTURE_TEST(entries_of_one_identity_are_replaced_in_their_place),
        FIXTURE_TEST(env_files_are_told_apart_by_their_path),
        FIXTURE_TEST(rules_go_by_name_and_targets_by_address),
        FIXTURE_TEST(in_one_file_too_the_last_of_an_identity_stays),
        FIXTURE_TEST(null_says_nothing),
        FIXTURE_TEST(null_counts_where_it_has_a_meaning),
        FIXTURE_TEST(reset_removes_what_an_earlier_file_set),
        FIXTURE_TEST(override_replaces_instead_of_merging),
        FIXTURE_TEST(a_third_file_builds_on_what_the_second_left),
        FIXTURE_TEST(a_reset_acts_on_what_is_put_below_it_later),
        FIXTURE_TEST(forgotten_tags_ask_for_nothing),
        FIXTURE_TEST(what_does_not_fit_in_an_extension_is_refused),
        FIXTURE_TEST(nothing_over_something_and_something_over_nothing),
        FIXTURE_TEST(the_same_file_over_itself_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

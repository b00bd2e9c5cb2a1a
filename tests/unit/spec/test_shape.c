/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/shape.h"

static struct shape shape_here(void)
{
    return (struct shape){.arena = &fixture_arena, .diagnostics = &fixture_diagnostics};
}

/* Strings into which a variable was put. */
static void fill(struct value *value)
{
    if (value->kind == VALUE_STRING)
        value->filled = true;
    for (uint32_t i = 0; i < value_list_count(value); i++)
        fill(value->list.items[i]);
    for (uint32_t i = 0; i < value_map_count(value); i++)
        fill(value->map.entries[i].value);
}

static const struct schema *service_key(const char *name)
{
    const struct schema_key *key = schema_find(&schema_service, name);

    assert_non_null(key);
    return key->schema;
}

/* A service with the one line, in canonical form. */
static const char *shaped(const char *line, bool filled)
{
    struct shape shape = shape_here();
    struct value *value = fixture_value(line);

    fixture_forget();
    if (filled)
        fill(value);
    return fixture_json(shape_value(&shape, value, &schema_service, NULL));
}

static void scalars_become_what_they_mean(void **state)
{
    static const struct {
        const char *line;
        const char *json;
    } table[] = {
        /* as written */
        {"image: nginx", "{\"image\":\"nginx\"}"},
        {"image: ''", "{\"image\":\"\"}"},
        /* text */
        {"expose: [80, '81', 8.5]", "{\"expose\":[\"80\",\"81\",\"8.5\"]}"},
        {"environment: {A: true, B: 1, C: 1.5, D: ~, E: x}",
         "{\"environment\":{\"A\":\"true\",\"B\":\"1\",\"C\":\"1.5\",\"D\":null,\"E\":\"x\"}}"},
        /* true and false */
        {"init: true", "{\"init\":true}"},
        {"init: 'false'", "{\"init\":false}"},
        {"init: 'TRUE'", "{\"init\":true}"},
        /* integers */
        {"scale: 3", "{\"scale\":3}"},
        {"scale: '3'", "{\"scale\":3}"},
        {"scale: 3.0", "{\"scale\":3}"},
        {"scale: '-1'", "{\"scale\":-1}"},
        {"scale: 9223372036854775807", "{\"scale\":9223372036854775807}"},
        /* numbers */
        {"cpus: 1", "{\"cpus\":1}"},
        {"cpus: 0.5", "{\"cpus\":0.5}"},
        {"cpus: '0.5'", "{\"cpus\":0.5}"},
        {"cpus: '2.0'", "{\"cpus\":2}"},
        /* durations */
        {"stop_grace_period: 90s", "{\"stop_grace_period\":\"1m30s\"}"},
        {"stop_grace_period: '0'", "{\"stop_grace_period\":\"0s\"}"},
        /* sizes */
        {"mem_limit: 64m", "{\"mem_limit\":\"67108864\"}"},
        {"mem_limit: 64", "{\"mem_limit\":\"64\"}"},
        {"mem_limit: 64.0", "{\"mem_limit\":\"64\"}"},
        {"mem_limit: '-1'", "{\"mem_limit\":\"-1\"}"},
        {"mem_limit: 1.5kb", "{\"mem_limit\":\"1536\"}"},
        /* file modes: YAML has read 0440 as octal by itself */
        {"secrets: [{source: a, mode: 0440}]",
         "{\"secrets\":[{\"source\":\"a\",\"mode\":\"0440\"}]}"},
        {"secrets: [{source: a, mode: '0440'}]",
         "{\"secrets\":[{\"source\":\"a\",\"mode\":\"0440\"}]}"},
        {"secrets: [{source: a, mode: '440'}]",
         "{\"secrets\":[{\"source\":\"a\",\"mode\":\"0440\"}]}"},
        {"secrets: [{source: a, mode: '0o440'}]",
         "{\"secrets\":[{\"source\":\"a\",\"mode\":\"0440\"}]}"},
        {"secrets: [{source: a, mode: 288}]",
         "{\"secrets\":[{\"source\":\"a\",\"mode\":\"0440\"}]}"},
        /* counts of devices */
        {"gpus: [{count: 2}]", "{\"gpus\":[{\"count\":2}]}"},
        {"gpus: [{count: all}]", "{\"gpus\":[{\"count\":-1}]}"},
        /* a string or true or false */
        {"build: {sbom: 'true'}", "{\"build\":{\"sbom\":true}}"},
        {"build: {sbom: false}", "{\"build\":{\"sbom\":false}}"},
        {"build: {sbom: 'generator=x'}", "{\"build\":{\"sbom\":\"generator=x\"}}"},
        /* bounds are part of what fits */
        {"oom_score_adj: -1000", "{\"oom_score_adj\":-1000}"},
        {"oom_score_adj: '1000'", "{\"oom_score_adj\":1000}"},
        {"cpu_percent: '99.5'", "{\"cpu_percent\":99.5}"},
        {"cpu_percent: 0", "{\"cpu_percent\":0}"},
        {"cgroup: private", "{\"cgroup\":\"private\"}"},
        {"pull_policy: every_12h", "{\"pull_policy\":\"every_12h\"}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const char *json = shaped(table[i].line, false);

        fixture_assert_nothing_said(table[i].line);
        fixture_assert_text(table[i].line, json, table[i].json);
    }
}

static void what_does_not_fit_is_refused_once_with_what_was_expected(void **state)
{
    static const struct {
        const char *line;
        const char *path;
        const char *message;
        const char *hint; /* NULL: none is expected */
    } table[] = {
        {"image: 8", "image", "expected a string, found an integer", "put it in quotes"},
        {"image: true", "image", "expected a string, found", "put it in quotes"},
        {"image: [a]", "image", "expected a string, found a list", NULL},
        {"image: {a: b}", "image", "expected a string, found a map", NULL},
        {"init: maybe", "init", "maybe", NULL},
        {"init: 1", "init", "expected true or false, found an integer", NULL},
        {"use_api_socket: 'true'", "use_api_socket", "expected true or false, found a string",
         NULL},
        {"scale: three", "scale", "expected an integer, found \"three\"", NULL},
        {"scale: 1.5", "scale", "expected an integer, found", NULL},
        {"scale: .inf", "scale", "expected an integer, found", NULL},
        {"scale: .nan", "scale", "expected an integer, found", NULL},
        {"scale: 1e300", "scale", "expected an integer, found", NULL},
        {"scale: true", "scale", "expected an integer, found", NULL},
        {"scale: '9223372036854775808'", "scale", "expected an integer, found", NULL},
        {"cpus: half", "cpus", "expected a number, found \"half\"", NULL},
        {"stop_grace_period: 10", "stop_grace_period", "expected a duration", "unit"},
        {"stop_grace_period: 10x", "stop_grace_period", "10x", NULL},
        {"mem_limit: 10x", "mem_limit", "10x", NULL},
        {"mem_limit: 1e300", "mem_limit", "expected a size", NULL},
        {"mem_limit: -.inf", "mem_limit", "expected a size", NULL},
        {"mem_limit: .nan", "mem_limit", "expected a size", NULL},
        {"mem_limit: true", "mem_limit", "expected a size", NULL},
        {"deploy: {resources: {limits: {memory: 64}}}", "deploy.resources.limits.memory",
         "expected a size in text", "put it in quotes"},
        {"secrets: [{source: a, mode: '9'}]", "secrets[0].mode", "octal", NULL},
        {"secrets: [{source: a, mode: ''}]", "secrets[0].mode", "octal", NULL},
        {"secrets: [{source: a, mode: '0o'}]", "secrets[0].mode", "octal", NULL},
        {"secrets: [{source: a, mode: -1}]", "secrets[0].mode", "octal", NULL},
        {"secrets: [{source: a, mode: 1e300}]", "secrets[0].mode", "octal", NULL},
        {"secrets: [{source: a, mode: '77777777'}]", "secrets[0].mode", "octal", NULL},
        {"secrets: [{source: a, mode: '2000000000000000000000440'}]", "secrets[0].mode", "octal",
         NULL},
        {"gpus: [{count: some}]", "gpus[0].count", "expected a number, or all", NULL},
        {"gpus: some", "gpus", "expected all", NULL},
        {"oom_score_adj: 1001", "oom_score_adj", "from -1000 to 1000", NULL},
        {"oom_score_adj: '-1001'", "oom_score_adj", "from -1000 to 1000", NULL},
        {"cpu_percent: 101", "cpu_percent", "from 0 to 100", NULL},
        {"cpu_percent: '100.5'", "cpu_percent", "from 0 to 100", NULL},
        {"cpu_percent: '-0.5'", "cpu_percent", "from 0 to 100", NULL},
        {"cgroup: none", "cgroup", "expected host or private, found \"none\"", NULL},
        {"cgroup: Host", "cgroup", "expected host or private", NULL},
        {"pull_policy: sometimes", "pull_policy", "always, never", NULL},
        {"container_name: '-'", "container_name", "beginning with a letter", NULL},
        {"ports: [{target: 80, host_ip: x}]", "ports[0].host_ip", "expected an IP address", NULL},
        {"environment: [1]", "environment[0]", "expected a string", NULL},
        {"environment: x", "environment", "expected a map, or a list", NULL},
        {"environment: {A: [1]}", "environment.A", "found a list", NULL},
        {"environment: {'': 1}", "environment", "an empty name", NULL},
        {"healthcheck: [x]", "healthcheck", "expected a map, found a list", "without \"- \""},
        {"cap_add: {A: 1}", "cap_add", "expected a list, found a map", "begin each item"},
        {"cap_add: [A, ~]", "cap_add[1]", "expected a string, found null", NULL},
        {"group_add: [a, b, a]", "group_add[2]", "the same item", "remove it"},
        {"depends_on: {'a b': {condition: service_started}}", "depends_on",
         "\"a b\" has characters", NULL},
        {"imagee: x", "", "unknown key \"imagee\"", "did you mean \"image\"?"},
        {"zzzzzz: x", "", "unknown key \"zzzzzz\"", "\"x-\""},
        {"extends: {service: a, fil: b}", "extends", "unknown key \"fil\"", "\"file\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const struct diagnostic *only;

        (void)shaped(table[i].line, false);
        only = fixture_only(table[i].line, SEVERITY_ERROR, table[i].message);
        fixture_assert_text(table[i].line, only->path, table[i].path);
        if (table[i].hint != NULL)
            fixture_assert_mentions(table[i].line, only->hint, table[i].hint);
    }
}

static void mistakes_in_all_places_are_found_in_one_pass(void **state)
{
    (void)state;
    (void)shaped("{image: 1, scale: x, environment: [2, 3], zzz: 1, deploy: {mode: 1}}", false);
    assert_int_equal(fixture_diagnostics.errors, 6);
}

static void the_caret_spans_what_was_written(void **state)
{
    static const struct {
        const char *line;
        uint32_t column;
        uint32_t length;
    } table[] = {
        {"scale: three", 8, 5}, {"scale: 'three'", 8, 7}, {"imagee: x", 1, 6},
        {"image: [a]", 8, 1},   {"scale: |-\n  a", 8, 1}, {"scale: \"a\\nb\"", 8, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const struct diagnostic *only;

        (void)shaped(table[i].line, false);
        only = fixture_only(table[i].line, SEVERITY_ERROR, "");
        if (only->mark.column != table[i].column || only->length != table[i].length)
            fail_msg("%s: %u long at %u", table[i].line, only->length, only->mark.column);
    }
}

static void words_of_old_yaml_for_booleans_are_taken_with_a_warning(void **state)
{
    static const char *const table[] = {"yes", "on", "y"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        fixture_assert_text(table[i],
                            shaped(arena_printf(&fixture_arena, "init: %s", table[i]), false),
                            "{\"init\":true}");
        assert_string_equal(fixture_only(table[i], SEVERITY_WARNING, "deprecated")->hint,
                            "write true");
    }
    fixture_assert_text("off", shaped("init: 'off'", false), "{\"init\":false}");
    assert_string_equal(fixture_only("off", SEVERITY_WARNING, "deprecated")->hint, "write false");
}

static void variables_may_stand_for_other_kinds(void **state)
{
    static const struct {
        const char *line;
        const char *json;
    } table[] = {
        {"use_api_socket: 'true'", "{\"use_api_socket\":true}"},
        {"scale: '2'", "{\"scale\":2}"},
        {"depends_on: {a: {condition: service_started, required: 'false'}}",
         "{\"depends_on\":{\"a\":{\"condition\":\"service_started\",\"required\":false}}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const char *json = shaped(table[i].line, true);

        fixture_assert_nothing_said(table[i].line);
        fixture_assert_text(table[i].line, json, table[i].json);
    }
    (void)shaped("use_api_socket: maybe", true);
    fixture_only("filled", SEVERITY_ERROR, "maybe");
}

static void variables_never_stand_for_lists_and_maps(void **state)
{
    (void)state;
    (void)shaped("healthcheck: '{}'", true);
    fixture_only("map", SEVERITY_ERROR, "expected a map");
}

static void text_with_variables_left_in_may_stand_anywhere(void **state)
{
    static const char *const table[] = {
        "scale: ${A}",  "init: $A",          "stop_grace_period: ${A}s",
        "cgroup: ${A}", "cap_add: ['${A}']", "ports: ['${A}:80']"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct value *value = fixture_value(table[i]);
        struct shape shape = shape_here();
        const char *before = fixture_json(value);

        shape.templates_stay = true;
        fixture_assert_json(table[i], shape_value(&shape, value, &schema_service, NULL), before);
        fixture_assert_nothing_said(table[i]);
    }
    (void)shaped("scale: ${A}", false);
    assert_int_equal(fixture_diagnostics.errors, 1);
}

static void nothing_is_said_of_what_is_null_or_reset(void **state)
{
    static const char *const table[] = {"image:",
                                        "scale: ~",
                                        "ports:",
                                        "scale: !reset x",
                                        "ports: !reset {a: b}",
                                        "healthcheck: !reset [1]"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        (void)shaped(table[i], false);
        fixture_assert_nothing_said(table[i]);
    }
}

static void merge_tags_survive(void **state)
{
    static const struct {
        const char *line;
        const char *key;
        enum value_tag tag;
    } table[] = {
        {"ports: !override ['80']", "ports", VALUE_TAG_OVERRIDE},
        {"environment: !override [A=1]", "environment", VALUE_TAG_OVERRIDE},
        {"environment: !override {A: 1}", "environment", VALUE_TAG_OVERRIDE},
        {"depends_on: !override [a]", "depends_on", VALUE_TAG_OVERRIDE},
        {"dns: !override 1.1.1.1", "dns", VALUE_TAG_OVERRIDE},
        {"build: !override .", "build", VALUE_TAG_OVERRIDE},
        {"extra_hosts: !override {a: 1.1.1.1}", "extra_hosts", VALUE_TAG_OVERRIDE},
        {"command: !override a b", "command", VALUE_TAG_OVERRIDE},
        {"command: !reset a b", "command", VALUE_TAG_RESET},
        {"environment: !reset [A=1]", "environment", VALUE_TAG_RESET},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct shape shape = shape_here();
        struct value *service =
            shape_value(&shape, fixture_value(table[i].line), &schema_service, NULL);

        if (value_get(service, table[i].key)->tag != table[i].tag)
            fail_msg("%s: the tag is lost", table[i].line);
    }
}

static void a_reset_entry_of_any_map_stays_until_the_merge(void **state)
{
    static const char *const table[] = {"labels", "environment", "sysctls", "annotations",
                                        "storage_opt"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct shape shape = shape_here();
        struct value *service = shape_value(
            &shape,
            fixture_value(arena_printf(&fixture_arena, "%s: {a: !reset null, b: c}", table[i])),
            &schema_service, NULL);

        if (value_get(value_get(service, table[i]), "a")->tag != VALUE_TAG_RESET)
            fail_msg("%s: the tag is lost", table[i]);
    }
}

static void extensions_are_left_as_they_are(void **state)
{
    static const char line[] = "x-any: {1a: [1, {b: ~}], '': !override [a, a]}";

    (void)state;
    assert_string_equal(shaped(line, false),
                        "{\"x-any\":{\"1a\":[1,{\"b\":null}],\"\":[\"a\",\"a\"]}}");
    fixture_assert_nothing_said(line);
}

static void a_service_at_the_top_is_sent_below_services(void **state)
{
    struct shape shape = shape_here();

    (void)state;
    shape_value(&shape, fixture_value("web: {image: x}"), &schema_compose_file, NULL);
    fixture_assert_mentions("hint", fixture_only("top", SEVERITY_ERROR, "unknown key")->hint,
                            "below \"services:\"");
}

static void the_obsolete_version_is_warned_of(void **state)
{
    struct shape shape = shape_here();

    (void)state;
    shape_value(&shape, fixture_value("version: '3'"), &schema_compose_file, NULL);
    fixture_only("version", SEVERITY_WARNING, "obsolete");
}

/* After the merge. */

static void check_complete(const char *text)
{
    struct shape shape = shape_here();
    struct value *value = fixture_value(text);

    fixture_forget();
    shape_check_complete(&shape, value, &schema_service, NULL);
}

static void what_must_be_given_is_missed(void **state)
{
    static const struct {
        const char *line;
        const char *path;
        const char *message;
    } table[] = {
        {"extends: {file: a}", "extends", "\"service\" is missing"},
        {"depends_on: {a: {required: true}}", "depends_on.a", "\"condition\" is missing"},
        {"volumes: [{type: bind}, {source: a}]", "volumes[1]", "\"type\" is missing"},
        {"image:", "image", "expected a string, found nothing"},
        {"ports:", "ports", "expected a list, found nothing"},
        {"networks: {a: {aliases: }}", "networks.a.aliases", "found nothing"},
        {"develop: {watch: [{path: a}]}", "develop.watch[0]", "\"action\" is missing"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        check_complete(table[i].line);
        fixture_assert_text(table[i].line,
                            fixture_only(table[i].line, SEVERITY_ERROR, table[i].message)->path,
                            table[i].path);
    }
}

static void nothing_is_missed_where_nothing_must_be_given(void **state)
{
    static const char *const table[] = {"{}",
                                        "command:",
                                        "entrypoint: ~",
                                        "networks: {a: }",
                                        "environment: {A: }",
                                        "deploy:",
                                        "x-any: {a: }",
                                        "ports: !reset",
                                        "pid:"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        check_complete(table[i]);
        fixture_assert_nothing_said(table[i]);
    }
}

static void what_is_expected_reads_well(void **state)
{
    static const struct {
        const char *key;
        const char *text;
    } table[] = {
        {"image", "a string"},    {"cap_add", "a list"},          {"cgroup", "host or private"},
        {"healthcheck", "a map"}, {"pid", "a string or nothing"}, {"init", "true or false"},
    };
    static const char *const choices[] = {"a", "b", "c", NULL};
    static const struct schema three = {.accepts = ACCEPT_STRING, .choices = choices};
    static const struct schema all = {.accepts = ACCEPT_ANY};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        fixture_assert_text(table[i].key,
                            shape_expected_text(&fixture_arena, service_key(table[i].key)),
                            table[i].text);
    assert_string_equal(shape_expected_text(&fixture_arena, &three), "a, b or c");
    assert_string_equal(
        shape_expected_text(&fixture_arena, &all),
        "a string or an integer or a number or true or false or a list or a map or nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(scalars_become_what_they_mean),
        FIXTURE_TEST(what_does_not_fit_is_refused_once_with_what_was_expected),
        FIXTURE_TEST(mistakes_in_all_places_are_found_in_one_pass),
        FIXTURE_TEST(the_caret_spans_what_was_written),
        FIXTURE_TEST(words_of_old_yaml_for_booleans_are_taken_with_a_warning),
        FIXTURE_TEST(variables_may_stand_for_other_kinds),
        FIXTURE_TEST(variables_never_stand_for_lists_and_maps),
        FIXTURE_TEST(text_with_variables_left_in_may_stand_anywhere),
        FIXTURE_TEST(nothing_is_said_of_what_is_null_or_reset),
        FIXTURE_TEST(merge_tags_survive),
        FIXTURE_TEST(a_reset_entry_of_any_map_stays_until_the_merge),
        FIXTURE_TEST(extensions_are_left_as_they_are),
        FIXTURE_TEST(a_service_at_the_top_is_sent_below_services),
        FIXTURE_TEST(the_obsolete_version_is_warned_of),
        FIXTURE_TEST(what_must_be_given_is_missed),
        FIXTURE_TEST(nothing_is_missed_where_nothing_must_be_given),
        FIXTURE_TEST(what_is_expected_reads_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

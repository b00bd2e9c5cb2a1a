/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/report.h"
#include "spec/shape.h"

static const char *const plain[4] = {"", "", "", ""};

static void make(const char *text, enum runtime_kind runtime, struct report *ret_report)
{
    struct shape shape = {.arena = &fixture_arena, .diagnostics = &fixture_diagnostics};

    report_make(&fixture_arena,
                shape_value(&shape, fixture_value(text), &schema_compose_file, NULL), runtime,
                ret_report);
    fixture_assert_nothing_said(text);
}

static const struct report_line *line_of(const struct report *report, const char *path)
{
    for (uint32_t i = 0; i < report->count; i++)
        if (strcmp(report->lines[i].path, path) == 0)
            return &report->lines[i];
    return NULL;
}

static void each_key_is_told_as_its_runtime_has_it(void **state)
{
    static const struct {
        const char *service;
        const char *path;
        enum schema_support support[RUNTIME_COUNT];
    } table[] = {
        {"image: x", "image", {SUPPORT_HONOURED, SUPPORT_HONOURED, SUPPORT_REFUSED}},
        {"devices: [a]", "devices", {SUPPORT_HONOURED, SUPPORT_REFUSED, SUPPORT_REFUSED}},
        {"ports: ['80']", "ports", {SUPPORT_EMULATED, SUPPORT_EMULATED, SUPPORT_EMULATED}},
        {"cpu_count: 1", "cpu_count", {SUPPORT_REFUSED, SUPPORT_REFUSED, SUPPORT_REFUSED}},
        {"healthcheck: {disable: true}",
         "healthcheck",
         {SUPPORT_HONOURED, SUPPORT_HONOURED, SUPPORT_EMULATED}},
        {"network_mode: host",
         "network_mode",
         {SUPPORT_HONOURED, SUPPORT_EMULATED, SUPPORT_REFUSED}},
        {"network_mode: none",
         "network_mode",
         {SUPPORT_HONOURED, SUPPORT_EMULATED, SUPPORT_REFUSED}},
        {"network_mode: bridge",
         "network_mode",
         {SUPPORT_HONOURED, SUPPORT_REFUSED, SUPPORT_REFUSED}},
        {"x-any: 1", "x-any", {SUPPORT_HONOURED, SUPPORT_HONOURED, SUPPORT_HONOURED}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        for (int j = 0; j < RUNTIME_COUNT; j++) {
            const char *path = arena_printf(&fixture_arena, "services.a.%s", table[i].path);
            const struct report_line *line;
            struct report report;

            make(arena_printf(&fixture_arena, "services: {a: {%s}}", table[i].service),
                 (enum runtime_kind)j, &report);
            line = line_of(&report, path);
            if (line == NULL || line->support != table[i].support[j])
                fail_msg("%s is not told so for %s", table[i].service,
                         runtime_kind_name((enum runtime_kind)j));
            if (line->support != SUPPORT_HONOURED && line->note == NULL)
                fail_msg("%s: nothing says why", table[i].service);
        }
}

/* Each service by its own runtime; what asks for nothing is let be. */
static void what_its_runtime_refuses_is_an_error(void **state)
{
    static const char text[] =
        "services:\n"
        "  a: {command: x, tty: true, read_only: false, dns: [], x-slipway: {runtime: process}}\n"
        "  b: {image: x, tty: true, cpu_count: 2}\n"
        "  c: {build: {context: ., sbom: true}, devices: [a], x-slipway: {runtime: swarm}}\n";
    static const struct {
        const char *path, *hint;
        uint32_t line;
    } expected[] = {
        {"services.a.tty", "remove it, or run the service in a container", 2},
        {"services.b.cpu_count", "remove it", 3},
        {"services.c.build.sbom", "remove it, or use the docker runtime", 4},
        {"services.c.devices", "remove it, or use the docker runtime", 4},
    };
    struct shape shape = {.arena = &fixture_arena, .diagnostics = &fixture_diagnostics};
    const struct value *root = shape_value(&shape, fixture_value(text), &schema_compose_file, NULL);

    (void)state;
    fixture_assert_nothing_said(text);
    report_refuse(&fixture_arena, root, &fixture_diagnostics);
    assert_int_equal(fixture_diagnostics.count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const struct diagnostic *found = &fixture_diagnostics.items[i];

        assert_int_equal(found->severity, SEVERITY_ERROR);
        assert_string_equal(found->path, expected[i].path);
        assert_string_equal(found->hint, expected[i].hint);
        assert_int_equal(found->mark.line, expected[i].line);
    }
}

static void every_key_of_every_service_is_listed_in_order(void **state)
{
    struct report report;

    (void)state;
    make("{services: {a: {image: x, init: true}, b: {tty: true, x-b: 1}}, networks: {n: }, x-c: 1}",
         RUNTIME_DOCKER, &report);
    assert_int_equal(report.count, 6);
    assert_string_equal(report.lines[0].path, "services.a.image");
    assert_string_equal(report.lines[1].path, "services.a.init");
    assert_string_equal(report.lines[2].path, "services.b.tty");
    assert_string_equal(report.lines[3].path, "services.b.x-b");
    assert_string_equal(report.lines[4].path, "networks");
    assert_string_equal(report.lines[5].path, "x-c");
}

static void keys_below_are_listed_where_they_differ(void **state)
{
    static const char text[] = "services: {a: {build: {context: ., sbom: true, platforms: [p]}, "
                               "deploy: {replicas: 1, labels: {a: b}, resources: {reservations: "
                               "{generic_resources: [], cpus: 1}}}}}";
    struct report report;

    (void)state;
    make(text, RUNTIME_DOCKER, &report);
    assert_null(line_of(&report, "services.a.build.context"));
    assert_int_equal(line_of(&report, "services.a.build.sbom")->support, SUPPORT_REFUSED);
    assert_int_equal(line_of(&report, "services.a.build.platforms")->support, SUPPORT_EMULATED);
    assert_int_equal(line_of(&report, "services.a.deploy.replicas")->support, SUPPORT_EMULATED);
    assert_int_equal(line_of(&report, "services.a.deploy.labels")->support, SUPPORT_EMULATED);
    assert_int_equal(
        line_of(&report, "services.a.deploy.resources.reservations.generic_resources")->support,
        SUPPORT_REFUSED);
    assert_int_equal(line_of(&report, "services.a.deploy.resources.reservations.cpus")->support,
                     SUPPORT_EMULATED);
    /* What is refused is not looked into. */
    make("services: {a: {deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}}}",
         RUNTIME_SWARM, &report);
    assert_int_equal(line_of(&report, "services.a.deploy.resources.reservations.devices")->support,
                     SUPPORT_REFUSED);
    assert_int_equal(report.count, 2);
    make(text, RUNTIME_PROCESS, &report);
    assert_int_equal(line_of(&report, "services.a.build")->support, SUPPORT_REFUSED);
    assert_null(line_of(&report, "services.a.build.sbom"));
}

static void ports_and_mounts_depend_on_what_they_are(void **state)
{
    static const struct {
        const char *service;
        const char *path;
        enum runtime_kind runtime;
        int support; /* -1: not told apart */
    } table[] = {
        {"ports: [{target: 80}]", "ports[0]", RUNTIME_DOCKER, -1},
        {"ports: [{target: 80}]", "ports[0]", RUNTIME_PROCESS, -1},
        {"ports: ['1', '53:53/udp']", "ports[1]", RUNTIME_DOCKER, SUPPORT_HONOURED},
        {"ports: ['1', '53:53/udp']", "ports[1]", RUNTIME_PROCESS, SUPPORT_REFUSED},
        {"ports: ['1', '53:53/udp']", "ports[0]", RUNTIME_PROCESS, -1},
        {"ports: [{target: 80, mode: host}]", "ports[0]", RUNTIME_SWARM, SUPPORT_HONOURED},
        {"ports: [{target: 80, mode: host}]", "ports[0]", RUNTIME_PROCESS, SUPPORT_REFUSED},
        {"volumes: ['a:/b']", "volumes[0]", RUNTIME_DOCKER, -1},
        {"volumes: [{type: npipe, target: a}]", "volumes[0]", RUNTIME_DOCKER, SUPPORT_REFUSED},
        {"volumes: [{type: npipe, target: a}]", "volumes[0]", RUNTIME_SWARM, SUPPORT_REFUSED},
        {"volumes: [{type: cluster, target: a}]", "volumes[0]", RUNTIME_DOCKER, SUPPORT_REFUSED},
        {"volumes: [{type: cluster, target: a}]", "volumes[0]", RUNTIME_SWARM, -1},
        {"volumes: [{type: image, target: a}]", "volumes[0]", RUNTIME_DOCKER, -1},
        {"volumes: [{type: image, target: a}]", "volumes[0]", RUNTIME_SWARM, SUPPORT_REFUSED},
        {"volumes: [{type: npipe, target: a}]", "volumes[0]", RUNTIME_PROCESS, -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const struct report_line *line;
        struct report report;

        make(arena_printf(&fixture_arena, "services: {a: {%s}}", table[i].service),
             table[i].runtime, &report);
        line = line_of(&report, arena_printf(&fixture_arena, "services.a.%s", table[i].path));
        if (table[i].support < 0 ? line != NULL
                                 : line == NULL || (int)line->support != table[i].support)
            fail_msg("%s on %s is not told so", table[i].service,
                     runtime_kind_name(table[i].runtime));
        if (line != NULL)
            assert_non_null(line->note);
    }
}

static void the_totals_count_the_lines(void **state)
{
    for (int runtime = 0; runtime < RUNTIME_COUNT; runtime++) {
        uint32_t totals[3] = {0};
        struct report report;

        (void)state;
        make("{services: {a: {image: x, ports: ['80', '1:1/udp'], cpu_count: 1, x-a: 1}}, "
             "volumes: {v: }}",
             (enum runtime_kind)runtime, &report);
        for (uint32_t i = 0; i < report.count; i++)
            totals[report.lines[i].support]++;
        assert_memory_equal(totals, report.totals, sizeof(totals));
        assert_int_equal(totals[0] + totals[1] + totals[2], report.count);
    }
}

static void as_text_the_columns_stand_below_each_other(void **state)
{
    static const char *const styles[4] = {"<h>", "<e>", "<r>", "</>"};
    struct report report;
    struct strbuf out;

    (void)state;
    make("services: {a: {image: x, ports: ['80'], cpu_count: 1}}", RUNTIME_DOCKER, &report);
    strbuf_init(&out, 1 << 20);
    report_print(&report, RUNTIME_DOCKER, &out, plain);
    assert_string_equal(strbuf_text(&out),
                        "services.a.image      honoured\n"
                        "services.a.ports      emulated  the edge listens and balances over the "
                        "replicas\n"
                        "services.a.cpu_count  refused   exists on Windows only\n"
                        "docker: 1 honoured, 1 emulated, 1 refused\n");
    strbuf_reset(&out);
    report_print(&report, RUNTIME_DOCKER, &out, styles);
    fixture_assert_mentions("styles", strbuf_text(&out), "<h>honoured</>\n");
    fixture_assert_mentions("styles", strbuf_text(&out), "<e>emulated</>  the");
    fixture_assert_mentions("styles", strbuf_text(&out), "<r>refused</>   exists");
    strbuf_deinit(&out);
}

static void as_json_it_says_the_same(void **state)
{
    struct report report;
    struct strbuf out;

    (void)state;
    make("services: {a: {image: x, cpu_count: 1}}", RUNTIME_SWARM, &report);
    strbuf_init(&out, 1 << 20);
    report_print_json(&fixture_arena, &report, RUNTIME_SWARM, &out);
    fixture_assert_json("report", fixture_value(strbuf_text(&out)),
                        "{\"runtime\":\"swarm\",\"keys\":["
                        "{\"path\":\"services.a.image\",\"support\":\"honoured\"},"
                        "{\"path\":\"services.a.cpu_count\",\"support\":\"refused\","
                        "\"note\":\"exists on Windows only\"}],"
                        "\"honoured\":1,\"emulated\":0,\"refused\":1}");
    strbuf_deinit(&out);
}

static void names_never_reach_the_terminal_unescaped(void **state)
{
    struct report report;
    struct strbuf out;

    (void)state;
    report_make(&fixture_arena, fixture_value("{\"x-\\e[2J\": 1}"), RUNTIME_DOCKER, &report);
    strbuf_init(&out, 1 << 20);
    report_print(&report, RUNTIME_DOCKER, &out, plain);
    assert_null(strchr(strbuf_text(&out), '\033'));
    fixture_assert_mentions("name", strbuf_text(&out), "x-\\x1b[2J");
    strbuf_deinit(&out);
}

static void an_empty_project_has_an_empty_report(void **state)
{
    struct report report;

    (void)state;
    make("{}", RUNTIME_DOCKER, &report);
    assert_int_equal(report.count, 0);
    make("services:", RUNTIME_DOCKER, &report);
    assert_int_equal(report.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(each_key_is_told_as_its_runtime_has_it),
        FIXTURE_TEST(what_its_runtime_refuses_is_an_error),
        FIXTURE_TEST(every_key_of_every_service_is_listed_in_order),
        FIXTURE_TEST(keys_below_are_listed_where_they_differ),
        FIXTURE_TEST(ports_and_mounts_depend_on_what_they_are),
        FIXTURE_TEST(the_totals_count_the_lines),
        FIXTURE_TEST(as_text_the_columns_stand_below_each_other),
        FIXTURE_TEST(as_json_it_says_the_same),
        FIXTURE_TEST(names_never_reach_the_terminal_unescaped),
        FIXTURE_TEST(an_empty_project_has_an_empty_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Short forms and what they are written out to, through shape_value(), which alone calls them. */
#include "fixture.h"

#include "spec/shape.h"

static const char *shaped_as(const char *text, const struct schema *schema)
{
    struct shape shape = {.arena = &fixture_arena, .diagnostics = &fixture_diagnostics};
    struct value *value = fixture_value(text);

    fixture_forget();
    return fixture_json(shape_value(&shape, value, schema, NULL));
}

struct good {
    const char *text;
    const char *json;
};

static void assert_written_out(const struct good *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *json = shaped_as(table[i].text, &schema_service);

        fixture_assert_nothing_said(table[i].text);
        fixture_assert_text(table[i].text, json, table[i].json);
        /* What is canonical is left alone. */
        json = shaped_as(table[i].json, &schema_service);
        fixture_assert_nothing_said(table[i].json);
        fixture_assert_text(table[i].json, json, table[i].json);
    }
}

struct bad {
    const char *text;
    const char *path;
    const char *message;
};

static void assert_refused(const struct bad *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct diagnostic *only;

        (void)shaped_as(table[i].text, &schema_service);
        only = fixture_only(table[i].text, SEVERITY_ERROR, table[i].message);
        fixture_assert_text(table[i].text, only->path, table[i].path);
    }
}

static void one_thing_stands_for_a_list_of_one(void **state)
{
    static const struct good table[] = {
        {"dns: 1.1.1.1", "{\"dns\":[\"1.1.1.1\"]}"},
        {"tmpfs: /run", "{\"tmpfs\":[\"/run\"]}"},
        {"label_file: a", "{\"label_file\":[\"a\"]}"},
        {"env_file: a", "{\"env_file\":[{\"path\":\"a\",\"required\":true}]}"},
        {"env_file: [a, {path: b, required: false}]",
         "{\"env_file\":[{\"path\":\"a\",\"required\":true},{\"path\":\"b\",\"required\":false}]}"},
        {"configs: [a, {source: b}]", "{\"configs\":[{\"source\":\"a\"},{\"source\":\"b\"}]}"},
        {"secrets: [a]", "{\"secrets\":[{\"source\":\"a\"}]}"},
        {"build: dir", "{\"build\":{\"context\":\"dir\"}}"},
        {"extends: base", "{\"extends\":{\"service\":\"base\"}}"},
        {"gpus: all", "{\"gpus\":[{\"count\":-1}]}"},
        {"provider: {type: x, options: {a: 1, b: [c, true]}}",
         "{\"provider\":{\"type\":\"x\",\"options\":{\"a\":[\"1\"],\"b\":[\"c\",\"true\"]}}}"},
    };

    (void)state;
    assert_written_out(table, COUNT_OF(table));
}

static void lists_of_assignments_are_maps(void **state)
{
    static const struct good table[] = {
        {"environment: [A=1, B=, C, 'D=a=b']",
         "{\"environment\":{\"A\":\"1\",\"B\":\"\",\"C\":null,\"D\":\"a=b\"}}"},
        {"labels: [A=1, B=, C]", "{\"labels\":{\"A\":\"1\",\"B\":\"\",\"C\":\"\"}}"},
        {"labels: {A: ~, B: 1}", "{\"labels\":{\"A\":\"\",\"B\":\"1\"}}"},
        {"environment: [A=1, A=2]", "{\"environment\":{\"A\":\"2\"}}"},
        {"environment: []", "{\"environment\":{}}"},
        {"environment: ['', A=1, '']", "{\"environment\":{\"A\":\"1\"}}"},
        {"build: {args: [A, B=1], additional_contexts: [a=dir]}",
         "{\"build\":{\"args\":{\"A\":null,\"B\":\"1\"},\"additional_contexts\":{\"a\":\"dir\"}}}"},
        {"sysctls: [a.b=1]", "{\"sysctls\":{\"a.b\":\"1\"}}"},
    };
    static const struct bad refused[] = {
        {"environment: ['=1']", "environment[0]", "expected NAME=VALUE, found no name"},
        {"environment: ['A =1']", "environment[0]", "space before the '='"},
    };

    (void)state;
    assert_written_out(table, COUNT_OF(table));
    assert_refused(refused, COUNT_OF(refused));
}

static void lists_of_names_are_maps(void **state)
{
    static const struct good table[] = {
        {"networks: [a, b]", "{\"networks\":{\"a\":null,\"b\":null}}"},
        {"networks: {a: {aliases: [x]}}", "{\"networks\":{\"a\":{\"aliases\":[\"x\"]}}}"},
        {"models: [m]", "{\"models\":{\"m\":{}}}"},
        {"depends_on: [a]",
         "{\"depends_on\":{\"a\":{\"condition\":\"service_started\",\"required\":true}}}"},
        {"depends_on: {a: {condition: service_healthy, restart: true}}",
         "{\"depends_on\":{\"a\":{\"condition\":\"service_healthy\",\"restart\":true}}}"},
    };
    static const struct bad refused[] = {
        {"networks: [a, a]", "networks[1]", "the same item"},
        {"depends_on: [a, a]", "depends_on[1]", "the same item"},
        {"depends_on: {a: {condition: ready}}", "depends_on.a.condition",
         "service_started, service_healthy or service_completed_successfully"},
    };

    (void)state;
    assert_written_out(table, COUNT_OF(table));
    assert_refused(refused, COUNT_OF(refused));
}

static void commands_are_lists_of_words(void **state)
{
    static const struct good table[] = {
        {"command: a 'b c' \"d e\" f\\ g", "{\"command\":[\"a\",\"b c\",\"d e\",\"f g\"]}"},
        {"command: ''", "{\"command\":[]}"},
        {"command: []", "{\"command\":[]}"},
        {"command: [a, 'b c']", "{\"command\":[\"a\",\"b c\"]}"},
        {"command: ~", "{\"command\":null}"},
        {"entrypoint: a b", "{\"entrypoint\":[\"a\",\"b\"]}"},
        {"post_start: [{command: a b}]", "{\"post_start\":[{\"command\":[\"a\",\"b\"]}]}"},
        {"healthcheck: {test: curl -f x}",
         "{\"healthcheck\":{\"test\":[\"CMD-SHELL\",\"curl -f x\"]}}"},
        {"healthcheck: {test: [CMD, a]}", "{\"healthcheck\":{\"test\":[\"CMD\",\"a\"]}}"},
    };
    static const struct bad refused[] = {
        {"command: \"a 'b\"", "command", "'"},
    };

    (void)state;
    assert_written_out(table, COUNT_OF(table));
    assert_refused(refused, COUNT_OF(refused));
}

static void what_only_a_shell_would_run_is_dropped_with_a_warning(void **state)
{
    (void)state;
    fixture_assert_text("pipe", shaped_as("command: a | b", &schema_service),
                        "{\"command\":[\"a\"]}");
    fixture_assert_mentions("hint", fixture_only("pipe", SEVERITY_WARNING, "'|'")->hint,
                            "not run by a shell");
}

static void ports_are_written_out(void **state)
{
    static const struct good table[] = {
        {"ports: ['80']",
         "{\"ports\":[{\"mode\":\"ingress\",\"target\":80,\"protocol\":\"tcp\"}]}"},
        {"ports: [80]", "{\"ports\":[{\"mode\":\"ingress\",\"target\":80,\"protocol\":\"tcp\"}]}"},
        {"ports: ['127.0.0.1:8080:80/udp']",
         "{\"ports\":[{\"mode\":\"ingress\",\"host_ip\":\"127.0.0.1\",\"target\":80,"
         "\"published\":\"8080\",\"protocol\":\"udp\"}]}"},
        {"ports: ['8000-8001:80-81']",
         "{\"ports\":[{\"mode\":\"ingress\",\"target\":80,\"published\":\"8000\","
         "\"protocol\":\"tcp\"},{\"mode\":\"ingress\",\"target\":81,\"published\":\"8001\","
         "\"protocol\":\"tcp\"}]}"},
        {"ports: [{target: '80', published: 8080}]",
         "{\"ports\":[{\"target\":80,\"published\":\"8080\"}]}"},
    };
    static const struct bad refused[] = {
        {"ports: ['80', 'abc']", "ports[1]", "\"abc\" is no port"},
        {"ports: ['80:81:82:83']", "ports[0]", "is no port"},
        {"ports: [70000]", "ports[0]", "is no port"},
        {"ports: [true]", "ports[0]", "[HOST_IP:][PUBLISHED:]TARGET"},
    };

    (void)state;
    assert_written_out(table, COUNT_OF(table));
    assert_refused(refused, COUNT_OF(refused));
}

static void mounts_are_written_out(void **state)
{
    static const struct good table[] = {
        {"volumes: ['data:/d']",
         "{\"volumes\":[{\"type\":\"volume\",\"source\":\"data\",\"target\":\"/d\","
         "\"volume\":{}}]}"},
        {"volumes: ['/d']", "{\"volumes\":[{\"type\":\"volume\",\"target\":\"/d\"}]}"},
        {"volumes: ['./a:/b:ro']",
         "{\"volumes\":[{\"type\":\"bind\",\"source\":\"./a\",\"target\":\"/b\","
         "\"read_only\":true,\"bind\":{\"create_host_path\":true}}]}"},
        {"volumes: ['./a:/b:z,rshared']",
         "{\"volumes\":[{\"type\":\"bind\",\"source\":\"./a\",\"target\":\"/b\",\"bind\":{"
         "\"selinux\":\"z\",\"propagation\":\"rshared\",\"create_host_path\":true}}]}"},
        {"volumes: ['data:/d:nocopy']",
         "{\"volumes\":[{\"type\":\"volume\",\"source\":\"data\",\"target\":\"/d\","
         "\"volume\":{\"nocopy\":true}}]}"},
    };
    static const struct bad refused[] = {
        {"volumes: ['']", "volumes[0]", "is no mount"},
        {"volumes: [{type: disk, target: /a}]", "volumes[0].type", "bind, volume, tmpfs"},
        {"volumes: [8]", "volumes[0]", "[SOURCE:]TARGET[:OPTIONS]"},
    };

    (void)state;
    assert_written_out(table, COUNT_OF(table));
    assert_refused(refused, COUNT_OF(refused));
    (void)shaped_as("volumes: ['data:/b:wat']", &schema_service);
    fixture_only("option", SEVERITY_WARNING, "\"wat\" is unknown");
}

static void devices_are_written_out(void **state)
{
    static const struct good table[] = {
        {"devices: ['/dev/a']", "{\"devices\":[{\"source\":\"/dev/a\",\"target\":\"/dev/a\","
                                "\"permissions\":\"rwm\"}]}"},
        {"devices: ['/dev/a:/dev/b:r']",
         "{\"devices\":[{\"source\":\"/dev/a\",\"target\":\"/dev/b\",\"permissions\":\"r\"}]}"},
    };
    static const struct bad refused[] = {
        {"devices: ['a:b:c:d']", "devices[0]", "is no device"},
    };

    (void)state;
    assert_written_out(table, COUNT_OF(table));
    assert_refused(refused, COUNT_OF(refused));
}

static void hosts_become_a_list(void **state)
{
    static const struct good table[] = {
        {"extra_hosts: ['a:1.1.1.1', 'b=::1', 'c=1.1.1.1,2.2.2.2']",
         "{\"extra_hosts\":[\"a=1.1.1.1\",\"b=::1\",\"c=1.1.1.1\",\"c=2.2.2.2\"]}"},
        {"extra_hosts: {a: 1.1.1.1, b: ['::1', 2.2.2.2], c: '[::1]'}",
         "{\"extra_hosts\":[\"a=1.1.1.1\",\"b=::1\",\"b=2.2.2.2\",\"c=::1\"]}"},
    };
    static const struct bad refused[] = {
        {"extra_hosts: [a]", "extra_hosts[0]", "a"},
        {"extra_hosts: {a: }", "extra_hosts", "expected an address, found nothing"},
        {"extra_hosts: {a: 1}", "extra_hosts.a", "an address or a list of addresses"},
    };

    (void)state;
    assert_written_out(table, COUNT_OF(table));
    assert_refused(refused, COUNT_OF(refused));
}

static void ssh_keys_become_a_list(void **state)
{
    static const struct good table[] = {
        {"build: {ssh: {default: ~, a: ./key}}", "{\"build\":{\"ssh\":[\"default\",\"a=./key\"]}}"},
        {"build: {ssh: [default, a=./key]}", "{\"build\":{\"ssh\":[\"default\",\"a=./key\"]}}"},
    };

    (void)state;
    assert_written_out(table, COUNT_OF(table));
}

static void includes_are_maps_with_lists_of_paths(void **state)
{
    (void)state;
    fixture_assert_text(
        "include", shaped_as("include: [a, {path: [b, c], env_file: d}]", &schema_compose_file),
        "{\"include\":[{\"path\":[\"a\"]},"
        "{\"path\":[\"b\",\"c\"],\"env_file\":[\"d\"]}]}");
    fixture_assert_nothing_said("include");
}

static void targets_are_maps_with_an_address(void **state)
{
    (void)state;
    fixture_assert_text(
        "targets",
        shaped_as("target_groups: {a: {targets: ['h:1', {address: 'h:2', weight: 5}]}}",
                  &schema_slipway),
        "{\"target_groups\":{\"a\":{\"targets\":[{\"address\":\"h:1\"},"
        "{\"address\":\"h:2\",\"weight\":5}]}}}");
    fixture_assert_nothing_said("targets");
    (void)shaped_as("target_groups: {a: {targets: [h]}}", &schema_slipway);
    fixture_assert_text("bad", fixture_only("bad", SEVERITY_ERROR, "HOST:PORT")->path,
                        "target_groups.a.targets[0].address");
}

static void the_old_name_of_an_external_resource_is_its_name(void **state)
{
    static const char *const sections[] = {"networks", "volumes", "secrets", "configs"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        const char *text =
            arena_printf(&fixture_arena, "%s: {a: {external: {name: x}}}", sections[i]);

        fixture_assert_text(sections[i], shaped_as(text, &schema_compose_file),
                            arena_printf(&fixture_arena,
                                         "{\"%s\":{\"a\":{\"external\":true,\"name\":\"x\"}}}",
                                         sections[i]));
        fixture_assert_nothing_said(sections[i]);
    }
    (void)shaped_as("volumes: {a: {name: y, external: {name: x}}}", &schema_compose_file);
    fixture_assert_mentions("both", fixture_only("both", SEVERITY_ERROR, "external.name")->hint,
                            "remove");
}

static void what_is_made_keeps_the_mark_of_what_was_written(void **state)
{
    struct shape shape = {.arena = &fixture_arena, .diagnostics = &fixture_diagnostics};
    struct value *service = shape_value(&shape,
                                        fixture_value("ports:\n"
                                                      "  - '80-81'\n"
                                                      "environment:\n"
                                                      "  - A=1\n"
                                                      "command: a b\n"),
                                        &schema_service, NULL);
    const struct value *ports = value_get(service, "ports");
    const struct value *environment = value_get(service, "environment");

    (void)state;
    assert_int_equal(ports->list.items[1]->mark.line, 2);
    assert_int_equal(value_get(ports->list.items[1], "target")->mark.column, 5);
    assert_int_equal(environment->map.entries[0].mark.line, 4);
    assert_int_equal(environment->map.entries[0].value->mark.line, 4);
    assert_int_equal(value_get(service, "command")->list.items[1]->mark.line, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(one_thing_stands_for_a_list_of_one),
        FIXTURE_TEST(lists_of_assignments_are_maps),
        FIXTURE_TEST(lists_of_names_are_maps),
        FIXTURE_TEST(commands_are_lists_of_words),
        FIXTURE_TEST(what_only_a_shell_would_run_is_dropped_with_a_warning),
        FIXTURE_TEST(ports_are_written_out),
        FIXTURE_TEST(mounts_are_written_out),
        FIXTURE_TEST(devices_are_written_out),
        FIXTURE_TEST(hosts_become_a_list),
        FIXTURE_TEST(ssh_keys_become_a_list),
        FIXTURE_TEST(includes_are_maps_with_lists_of_paths),
        FIXTURE_TEST(targets_are_maps_with_an_address),
        FIXTURE_TEST(the_old_name_of_an_external_resource_is_its_name),
        FIXTURE_TEST(what_is_made_keeps_the_mark_of_what_was_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

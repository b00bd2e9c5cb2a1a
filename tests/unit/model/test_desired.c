/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/time.h"
#include "deploy/json.h"
#include "model/desired.h"

static struct arena arena;

struct call {
    const char *text;
    const struct desired_resolution *resolutions;
    uint32_t resolution_count;
    struct desired desired;
    struct error *error;
    int result;
};

static void make(void *context)
{
    struct call *call = context;
    char *text = arena_strdup(&arena, call->text);
    struct value *root;

    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    assert_int_equal(json_read(&arena, text, true, &root, NULL), 0);
    call->result = desired_make(&arena, root, "shop", 7, call->resolutions, call->resolution_count,
                                &call->desired, &call->error);
}

static struct desired desire(const char *text)
{
    struct call call = {.text = text};

    assert_int_equal(arena_protect(&arena, make, &call), 0);
    if (call.result < 0)
        fail_msg("%s", call.error->message);
    return call.desired;
}

static const char *hash_of(const char *service)
{
    char *text;

    text = arena_printf(&arena, "{'services': {'a': {%s}}, 'configs': {'c': {'content': 'x'}}}",
                        service);
    return desire(text).services[0].config_hash;
}

static void refuses(const char *text, const char *message)
{
    struct call call = {.text = text};

    assert_int_equal(arena_protect(&arena, make, &call), 0);
    assert_true(call.result < 0);
    assert_string_equal(call.error->message, message);
    call.error = error_free(call.error);
}

static int start(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)64 << 20);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static void reads_a_service(void **state)
{
    const struct desired desired =
        desire("{'services': {'a': {'image': 'x:1', 'stop_grace_period': '1m30s', 'stop_signal': "
               "'SIGINT', 'healthcheck': {'test': ['CMD', 'true']}, 'deploy': {'replicas': 3, "
               "'update_config': {'parallelism': 2, 'delay': '1s', 'order': 'stop-first'}},"
               "'x-slipway': {'runtime': 'process'}}}}");
    const struct desired_service *service = desired_find(&desired, "a");

    (void)state;
    assert_int_equal(desired.revision, 7);
    assert_string_equal(service->image, "x:1");
    assert_int_equal(service->runtime, DESIRED_PROCESS);
    assert_int_equal(service->replicas, 3);
    assert_true(service->stop_grace_ns == 90 * TIME_SECOND);
    assert_string_equal(service->stop_signal, "SIGINT");
    assert_true(service->has_healthcheck);
    assert_true(service->update.is_explicit);
    assert_int_equal(service->update.parallelism, 2);
    assert_true(service->update.delay_ns == TIME_SECOND);
    assert_false(service->can_overlap);
    assert_false(service->is_exclusive);
    assert_string_equal(service->why_overlap, "order: stop-first");
    assert_null(desired_find(&desired, "b"));
}

static void reads_ports(void **state)
{
    const struct desired desired = desire(
        "{'services': {'a': {'ports': [{'target': 80, 'published': '8080', 'app_protocol': "
        "'http'}, {'target': 53, 'published': '53', 'protocol': 'udp'}, {'target': 81, "
        "'published': "
        "'90-92', 'host_ip': '::1'}, {'target': 82}], 'expose': ['80', '7000-7001', '5/udp']}}}");
    const struct desired_service *service = &desired.services[0];

    (void)state;
    assert_int_equal(service->port_count, 7);
    assert_true(service->ports[0].is_http && service->ports[0].is_published);
    assert_int_equal(service->ports[0].published_first, 8080);
    assert_true(service->ports[1].is_host_mode && service->ports[1].is_udp);
    assert_int_equal(service->ports[2].published_last, 92);
    assert_string_equal(service->ports[2].host_ip, "::1");
    assert_int_equal(service->ports[3].published_first, 0);
    assert_int_equal(service->ports[5].target, 7001);
    assert_false(service->ports[5].is_published);
    assert_true(service->ports[6].is_udp);
    assert_string_equal(service->why_overlap, "port 53 is published by the engine itself");
}

static void says_why_it_cannot_overlap(void **state)
{
    static const struct {
        const char *spec, *why;
    } cases[] = {
        {"'volumes': [{'type': 'volume', 'source': 'd', 'target': '/d'}]",
         "it writes the volume \"d\""},
        {"'volumes': [{'type': 'bind', 'source': '/d', 'target': '/d'}]",
         "it writes the folder \"/d\""},
        {"'volumes': [{'type': 'bind', 'source': '/d', 'target': '/d', 'read_only': true}]", ""},
        {"'volumes': [{'type': 'volume', 'target': '/d'}]", ""},
        {"'volumes': [{'type': 'volume', 'source': 'd', 'target': '/d'}], 'x-slipway': {'overlap': "
         "true}",
         ""},
        {"'container_name': 'x'", "container_name: x"},
        {"'network_mode': 'host'", "network_mode: host"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct desired desired =
            desire(arena_printf(&arena, "{'services': {'a': {%s}}}", cases[i].spec));

        assert_string_equal(desired.services[0].why_overlap, cases[i].why);
        assert_int_equal(desired.services[0].is_exclusive, *cases[i].why != '\0');
    }
}

static void hashes_what_an_instance_is_made_of(void **state)
{
    const char *plain = hash_of("'image': 'x'");

    (void)state;
    assert_string_equal(hash_of("'image': 'x', 'deploy': {'replicas': 4}, 'scale': 3"), plain);
    assert_string_equal(hash_of("'image': 'x', 'ports': [{'target': 80, 'published': '80'}]"),
                        plain);
    assert_string_equal(hash_of("'image': 'x', 'expose': ['80'], 'x-slipway': {'overlap': true}"),
                        plain);
    assert_string_equal(hash_of("'x-other': 1, 'image': 'x'"), plain);
    assert_string_not_equal(hash_of("'image': 'y'"), plain);
    assert_string_not_equal(hash_of("'image': 'x', 'environment': {'A': '1'}"), plain);
    assert_string_not_equal(
        hash_of("'image': 'x', 'deploy': {'resources': {'limits': {'cpus': 1}}}"), plain);
    assert_string_not_equal(
        hash_of("'image': 'x', 'ports': [{'target': 53, 'published': '53', 'protocol': 'udp'}]"),
        plain);
    assert_string_equal(hash_of("'image': 'x', 'environment': {'A': '1', 'B': '2'}"),
                        hash_of("'environment': {'B': '2', 'A': '1'}, 'image': 'x'"));
}

static void hashes_the_content_of_what_it_mounts(void **state)
{
    static const char spec[] = "{'services': {'a': {'configs': [{'source': 'c', 'target': '/c'}]}},"
                               "'configs': {'c': {'content': '%s'}}}";
    struct desired one = desire(arena_printf(&arena, spec, "x"));
    struct desired two = desire(arena_printf(&arena, spec, "y"));

    (void)state;
    assert_string_not_equal(one.services[0].config_hash, two.services[0].config_hash);
}

static void puts_what_is_needed_first(void **state)
{
    const struct desired desired =
        desire("{'services': {'a': {'depends_on': {'c': {'condition': "
               "'service_completed_successfully'}}}, 'b': {}, 'c': {'depends_on': {'b': "
               "{'condition': 'service_healthy', 'restart': true}}}}}");

    (void)state;
    assert_string_equal(desired.services[0].name, "b");
    assert_string_equal(desired.services[1].name, "c");
    assert_string_equal(desired.services[2].name, "a");
    assert_true(desired.services[1].is_job);
    assert_true(desired.services[1].dependencies[0].restarts);
}

static void reads_how_it_is_deployed(void **state)
{
    const struct desired desired =
        desire("{'x-slipway': {'deploy': {'deadline': '10m0s', 'bake': '30s', 'canary': "
               "[{'percent': 10, 'for': '1m0s'}], 'thresholds': {'errors': 0.5, 'samples': 9}}}}");
    const struct desired plain = desire("{}");

    (void)state;
    assert_true(desired.deploy.deadline_ns == 10 * TIME_MINUTE);
    assert_true(desired.deploy.bake_ns == 30 * TIME_SECOND);
    assert_int_equal(desired.deploy.canary_count, 1);
    assert_int_equal(desired.deploy.canary[0].percent, 10);
    assert_true(desired.deploy.thresholds.error_points < 0.6);
    assert_int_equal(desired.deploy.thresholds.samples, 9);
    assert_true(plain.deploy.deadline_ns == 5 * TIME_MINUTE);
    assert_true(plain.deploy.hold_ns == 30 * TIME_SECOND);
}

static void takes_what_was_resolved(void **state)
{
    static const struct desired_free_port ports[] = {{80, 31000}};
    static const struct desired_resolution resolution = {.service = "a",
                                                         .content = "sha256:1",
                                                         .loopback_address = "127.9.9.9",
                                                         .free_ports = ports,
                                                         .free_port_count = 1};
    struct call call = {
        .text = "{'services': {'a': {'ports': [{'target': 80}], 'x-slipway': {'runtime': "
                "'process'}}}}",
        .resolutions = &resolution,
        .resolution_count = 1,
    };

    (void)state;
    assert_int_equal(arena_protect(&arena, make, &call), 0);
    assert_int_equal(call.result, 0);
    assert_string_equal(call.desired.services[0].content, "sha256:1");
    assert_string_equal(call.desired.services[0].loopback_address, "127.9.9.9");
    assert_int_equal(call.desired.services[0].ports[0].published_first, 31000);
}

static void looks_at_volumes_of_the_image(void **state)
{
    static const char *const volumes[] = {"/data"};
    static const struct desired_resolution resolution = {
        .service = "a", .content = "sha256:1", .volumes = volumes, .volume_count = 1};
    struct call call = {
        .text = "{'services': {'a': {}}}", .resolutions = &resolution, .resolution_count = 1};

    (void)state;
    assert_int_equal(arena_protect(&arena, make, &call), 0);
    assert_true(call.desired.services[0].is_exclusive);
    assert_string_equal(call.desired.services[0].why_overlap, "its image has a volume at /data");
    call.text = "{'services': {'a': {'tmpfs': ['/data:size=1m']}}}";
    assert_int_equal(arena_protect(&arena, make, &call), 0);
    assert_true(call.desired.services[0].can_overlap);
    call.text = "{'services': {'a': {'volumes': [{'type': 'tmpfs', 'target': '/data2'}]}}}";
    assert_int_equal(arena_protect(&arena, make, &call), 0);
    assert_false(call.desired.services[0].can_overlap);
    call.text = "{'services': {'a': {'x-slipway': {'overlap': true}}}}";
    assert_int_equal(arena_protect(&arena, make, &call), 0);
    assert_true(call.desired.services[0].can_overlap);
}

static bool may_finish(const char *service)
{
    char *text = arena_printf(&arena, "{'services': {'a': {%s}}}", service);

    return desire(text).services[0].may_finish;
}

static void knows_what_may_end(void **state)
{
    (void)state;
    assert_true(may_finish(""));
    assert_true(may_finish("'restart': 'no', 'expose': ['80']"));
    assert_true(may_finish("'restart': 'on-failure:3'"));
    assert_true(may_finish("'deploy': {'restart_policy': {'condition': 'on-failure'}}"));
    assert_false(may_finish("'restart': 'always'"));
    assert_false(may_finish("'expose': ['80']"));
    assert_false(may_finish("'healthcheck': {'test': ['CMD', 'true']}"));
    assert_false(may_finish("'deploy': {'restart_policy': {'condition': 'any'}}"));
    /* Who waits until it is healthy needs it to be there. */
    assert_false(desire("{'services': {'a': {}, 'b': {'depends_on': {'a': {'condition': "
                        "'service_healthy'}}}}}")
                     .services[0]
                     .may_finish);
}

static void ends_with_what_it_shares(void **state)
{
    const struct desired desired =
        desire("{'services': {'a': {'network_mode': 'service:b', 'pid': 'service:b', 'depends_on': "
               "{'c': {}}}, 'b': {}, 'c': {}}}");
    const struct desired_service *service = desired_find(&desired, "a");

    (void)state;
    assert_int_equal(service->dependency_count, 2);
    assert_string_equal(service->dependencies[1].service, "b");
    assert_true(service->dependencies[1].restarts && service->dependencies[1].is_required);
    assert_false(service->dependencies[0].restarts);
    assert_string_equal(desired.services[2].name, "a");
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    refuses("{'services': {'a': {'depends_on': {'b': {}}}, 'b': {'depends_on': {'a': {}}}}}",
            "services.a.depends_on: the services wait for each other in a circle");
    refuses("{'services': {'a': {'depends_on': {'b': {}}}}}",
            "services.a.depends_on: there is no service \"b\"");
    refuses("{'services': {'a': {'stop_grace_period': 'soon'}}}",
            "services.a.stop_grace_period: expected a duration such as 30s or 1m30s");
    refuses("{'services': {'a': {'deploy': {'replicas': -1}}}}",
            "services.a.replicas: expected a number from 0 to 1000");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_a_service),
        TEST(reads_ports),
        TEST(says_why_it_cannot_overlap),
        TEST(hashes_what_an_instance_is_made_of),
        TEST(hashes_the_content_of_what_it_mounts),
        TEST(puts_what_is_needed_first),
        TEST(reads_how_it_is_deployed),
        TEST(takes_what_was_resolved),
        TEST(looks_at_volumes_of_the_image),
        TEST(knows_what_may_end),
        TEST(ends_with_what_it_shares),
        TEST(refuses_what_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

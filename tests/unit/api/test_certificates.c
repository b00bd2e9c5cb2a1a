/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates on their way from files to the edge. */
#include "node.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../net/tls_fixture.h"
#include "route/identity.h"

static int start(void **state)
{
    if (node_start(state) < 0)
        return -1;
    node_wait_ready();
    return 0;
}

static int stop(void **state)
{
    fixture_clear();
    return node_stop(state);
}

static void write_file(const char *name, const char *data, size_t size)
{
    char path[200];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", node_folder, name);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void write_pair(const char *name, struct tls_pem certificate, struct tls_pem key)
{
    char file[100];

    (void)snprintf(file, sizeof(file), "%s.pem", name);
    write_file(file, certificate.certificate, certificate.certificate_size);
    (void)snprintf(file, sizeof(file), "%s.key", name);
    write_file(file, key.key, key.key_size);
}

/* A project with these pairs on :443. */
static const struct http_response *put(const char *one, const char *other)
{
    char body[1000];

    (void)snprintf(body, sizeof(body),
                   "{'x-slipway': {'listeners': {'tls': {'address': ':443', 'protocol': 'https', "
                   "'certificates': [{'cert': '%s/%s.pem', 'key': '%s/%s.key'},"
                   "{'cert': '%s/%s.pem', 'key': '%s/%s.key'}]}}}}",
                   node_folder, one, node_folder, one, node_folder, other, node_folder, other);
    return node_call("PUT", "/v1/projects/tls", body);
}

static void assert_pair(size_t number, struct tls_pem pem)
{
    struct bundle_pair pair;

    assert_true(bundle_get(&node_supervisor.bundle, identity_of_listener(":443"), number, &pair));
    assert_int_equal(pair.certificate_size, pem.certificate_size);
    assert_memory_equal(pair.certificate, pem.certificate, pem.certificate_size);
    assert_int_equal(pair.key_size, pem.key_size);
    assert_memory_equal(pair.key, pem.key, pem.key_size);
}

static void the_edge_gets_what_is_in_the_files(void **state)
{
    struct tls_pem a = fixture_simple("a", "DNS:a.example,DNS:*.a.example");
    struct tls_pem b = fixture_simple("b", "DNS:b.example");
    const struct http_response *response;

    (void)state;
    write_pair("a", a, a);
    write_pair("b", b, b);
    node_expect(put("a", "b"), 200, "listener :443 added");
    assert_int_equal(bundle_count(&node_supervisor.bundle, identity_of_listener(":443")), 2);
    assert_pair(0, a);
    assert_pair(1, b);
    response = node_call("GET", "/v1/listeners", NULL);
    node_expect(response, 200,
                "/a.pem\",\"names\":[\"a.example\",\"*.a.example\"],\"not_before\":\"");
    node_expect(response, 200, "/b.pem\",\"names\":[\"b.example\"]");
}

static void files_are_read_again_with_each_change(void **state)
{
    struct tls_pem a = fixture_simple("a", "DNS:a.example");
    struct tls_pem b = fixture_simple("b", "DNS:b.example");

    (void)state;
    write_pair("a", a, a);
    write_pair("b", a, a);
    node_expect(put("a", "b"), 200, "");
    assert_pair(1, a);
    write_pair("b", b, b);
    node_expect(put("a", "b"), 200, "\"changes\":[\"certificates of listener :443 renewed\"]");
    assert_pair(1, b);
    node_expect(put("a", "b"), 200, "\"changes\":[]");
}

static void wrong_ones_are_refused_and_named(void **state)
{
    struct tls_pem a = fixture_simple("a", "DNS:a.example");
    struct tls_pem b = fixture_simple("b", "DNS:b.example");

    (void)state;
    write_pair("a", a, a);
    write_pair("b", b, b);
    node_expect(put("a", "b"), 200, "");
    node_forget_events();
    write_pair("b", b, a);
    node_expect(put("a", "b"), 400, "/b.key");
    write_file("b.pem", "hello", 5);
    node_expect(put("a", "b"), 400, "/b.pem");
    node_expect(put("a", "none"), 400, "/none.pem");
    assert_int_equal(node_supervisor.event_count, 0);
    assert_pair(1, b);
}

static void ticket_keys_stay_when_control_is_killed(void **state)
{
    struct bundle_ticket_keys before, after;

    (void)state;
    bundle_get_ticket_keys(&node_supervisor.bundle, &before);
    channel_close(&node_supervisor.channel);
    node_kill();
    node_revive(1);
    node_wait_event("CONFIG 2");
    bundle_get_ticket_keys(&node_supervisor.bundle, &after);
    assert_memory_equal(&before, &after, sizeof(before));
    assert_memory_not_equal(before.current, before.previous, sizeof(before.current));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(the_edge_gets_what_is_in_the_files),
        TEST(files_are_read_again_with_each_change),
        TEST(wrong_ones_are_refused_and_named),
        TEST(ticket_keys_stay_when_control_is_killed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

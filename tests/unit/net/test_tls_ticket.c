/* SPDX-License-Identifier: Apache-2.0 */
/* Session tickets: where they are good, and where not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tls_fixture.h"

static struct fixture fixture;
static struct tls_pem pems[2];

static int set_up(void **state)
{
    (void)state;
    pems[0] = fixture_simple("one", "DNS:a.example,DNS:a2.example,DNS:*.wild.example");
    pems[1] = fixture_simple("two", "DNS:b.example");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_clear();
    return 0;
}

static struct tls_ticket_key make_key(uint8_t byte)
{
    struct tls_ticket_key key;

    memset(&key, byte, sizeof(key));
    return key;
}

struct side {
    struct tls_thread *thread;
    struct tls_server *server;
};

static struct side side_new(uint8_t current, uint8_t previous)
{
    struct tls_ticket_key keys[2] = {make_key(current), make_key(previous)};
    struct side side = {.thread = fixture_thread()};

    assert_int_equal(tls_thread_set_ticket_keys(side.thread, keys, 2), 0);
    side.server = fixture_server(side.thread, pems, 2);
    return side;
}

static void side_free(struct side side)
{
    tls_server_unref(side.server);
    tls_thread_free(side.thread);
}

/* Connects with the session that the client has; whether both sides think that it was resumed. */
static bool resumes(struct tls_server *server, const char *name)
{
    SSL_SESSION *session = fixture.client.session;
    bool is_resumed;

    fixture.client.session = NULL;
    fixture_connect(&fixture);
    assert_int_equal(tls_accept(&fixture.stream, server), 0);
    fixture_client_start(&fixture, name);
    if (session != NULL)
        assert_int_equal(SSL_set_session(fixture.client.ssl, session), 1);
    SSL_SESSION_free(session);
    assert_true(fixture_handshake(&fixture));
    fixture_check_talk(&fixture);
    /* TLS 1.2 calls nobody for a ticket that takes the place of another. */
    if (fixture.client.session == NULL)
        fixture.client.session = SSL_get1_session(fixture.client.ssl);
    is_resumed = fixture_information(&fixture).is_resumed;
    assert_int_equal(SSL_session_reused(fixture.client.ssl), is_resumed);
    return is_resumed;
}

static void start(int version)
{
    fixture_open(&fixture);
    SSL_CTX_set_max_proto_version(fixture_client_new(&fixture), version);
}

static void tickets_are_good_in_all_threads(void **state)
{
    struct side first = side_new(1, 2);
    struct side second = side_new(1, 2);

    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        start(version);
        assert_false(resumes(first.server, "a.example"));
        assert_true(resumes(second.server, "a.example"));
        assert_true(resumes(first.server, "a.example"));
        assert_string_equal(fixture_information(&fixture).server_name, "a.example");
        assert_int_equal(fixture_information(&fixture).selected, 0);
        fixture_close(&fixture);
    }
    side_free(first);
    side_free(second);
}

static void a_ticket_is_bound_to_the_name(void **state)
{
    /* Another certificate, another name of the same, a wildcard's other label, no name. */
    const char *const names[] = {
        "a.example",      "b.example",      "a.example", "a2.example",      "a.example",
        "x.wild.example", "y.wild.example", NULL,        "unknown.example", NULL};
    struct side side = side_new(1, 2);

    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        start(version);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            assert_false(resumes(side.server, names[i]));
        assert_true(resumes(side.server, NULL));
        fixture_close(&fixture);
    }
    side_free(side);
}

static void a_ticket_is_bound_to_the_scope_and_the_certificates(void **state)
{
    struct side side = side_new(1, 2);
    struct tls_pem renewed = fixture_simple("one", "DNS:a.example");
    struct tls_server_options options = {
        .certificates = pems, .certificate_count = 2, .scope = "other"};
    struct tls_server *scoped = NULL;
    struct tls_server *other;

    (void)state;
    assert_int_equal(tls_server_new(side.thread, &options, &scoped, NULL), 0);
    other = fixture_server(side.thread, &renewed, 1);
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        start(version);
        assert_false(resumes(side.server, "a.example"));
        assert_false(resumes(other, "a.example"));
        assert_false(resumes(side.server, "a.example"));
        assert_false(resumes(scoped, "a.example"));
        assert_true(resumes(scoped, "a.example"));
        fixture_close(&fixture);
    }
    tls_server_unref(scoped);
    tls_server_unref(other);
    side_free(side);
}

static void keys_rotate(void **state)
{
    struct side side = side_new(1, 1);
    struct tls_ticket_key keys[2] = {make_key(2), make_key(1)};

    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        keys[0] = make_key(2);
        keys[1] = make_key(1);
        assert_int_equal(tls_thread_set_ticket_keys(side.thread, &keys[1], 1), 0);
        start(version);
        assert_false(resumes(side.server, "a.example"));
        /* The key is the previous one now: the ticket is good, and renewed, */
        assert_int_equal(tls_thread_set_ticket_keys(side.thread, keys, 2), 0);
        assert_true(resumes(side.server, "a.example"));
        /* so that it outlives the key that it was first made with. */
        keys[1] = make_key(3);
        assert_int_equal(tls_thread_set_ticket_keys(side.thread, keys, 2), 0);
        assert_true(resumes(side.server, "a.example"));
        keys[0] = make_key(4);
        assert_int_equal(tls_thread_set_ticket_keys(side.thread, keys, 2), 0);
        assert_false(resumes(side.server, "a.example"));
        fixture_close(&fixture);
    }
    assert_int_equal(tls_thread_set_ticket_keys(side.thread, keys, 5), -EINVAL);
    side_free(side);
}

static void a_ticket_that_was_changed_is_not_good(void **state)
{
    struct side first = side_new(1, 1);
    struct side second;
    struct tls_ticket_key key = make_key(9);

    (void)state;
    second = side_new(1, 1);
    memcpy(key.name, make_key(1).name, sizeof(key.name));
    assert_int_equal(tls_thread_set_ticket_keys(second.thread, &key, 1), 0);
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        start(version);
        assert_false(resumes(first.server, "a.example"));
        assert_false(resumes(second.server, "a.example"));
        fixture_close(&fixture);
    }
    side_free(first);
    side_free(second);
}

static void without_keys_there_are_no_tickets(void **state)
{
    struct side side = side_new(1, 1);

    (void)state;
    assert_int_equal(tls_thread_set_ticket_keys(side.thread, NULL, 0), 0);
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        start(version);
        assert_false(resumes(side.server, "a.example"));
        if (fixture.client.session != NULL)
            assert_false(SSL_SESSION_has_ticket(fixture.client.session));
        assert_false(resumes(side.server, "a.example"));
        fixture_close(&fixture);
    }
    side_free(side);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tickets_are_good_in_all_threads),
        cmocka_unit_test(a_ticket_is_bound_to_the_name),
        cmocka_unit_test(a_ticket_is_bound_to_the_scope_and_the_certificates),
        cmocka_unit_test(keys_rotate),
        cmocka_unit_test(a_ticket_that_was_changed_is_not_good),
        cmocka_unit_test(without_keys_there_are_no_tickets),
    };

    return cmocka_run_group_tests_name("tls_ticket", tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificate, version, cipher and protocol a client gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <openssl/err.h>
#include <string.h>

#include "tls_fixture.h"

static struct tls_thread *thread;
static struct tls_server *server;
static struct fixture fixture;

/* 0 is the default; 2 and 3 have the same names with other kinds of keys; 4 overlaps. */
static int set_up(void **state)
{
    struct tls_pem pems[5] = {
        fixture_simple("default", "DNS:default.example"),
        fixture_simple("wildcard", "DNS:*.wild.example,DNS:other.wild.example"),
        fixture_pem("rsa", (struct fixture_certificate){FIXTURE_RSA, "rsa",
                                                        "DNS:both.example,DNS:x.wild.example", 9}),
        fixture_pem("ecdsa",
                    (struct fixture_certificate){FIXTURE_ECDSA_384, "ecdsa",
                                                 "DNS:both.example,DNS:x.wild.example", 9}),
        fixture_simple("last", "DNS:other.wild.example,DNS:last.example"),
    };

    (void)state;
    thread = fixture_thread();
    server = fixture_server(thread, pems, 5);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tls_server_unref(server);
    tls_thread_free(thread);
    fixture_clear();
    return 0;
}

static int open_fixture(void **state)
{
    (void)state;
    fixture_open(&fixture);
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void check_name(const char *server_name, const char *expected, size_t certificate,
                       size_t selected)
{
    struct tls_information information;
    char name[64] = "";

    assert_true(fixture_meet(&fixture, server, server_name));
    fixture_client_common_name(&fixture, name, sizeof(name));
    assert_string_equal(name, expected);
    information = fixture_information(&fixture);
    assert_int_equal(information.certificate, certificate);
    assert_int_equal(information.selected, selected);
    if (server_name != NULL)
        assert_int_equal(tls_server_find(server, server_name, strlen(server_name)), selected);
    fixture_check_talk(&fixture);
}

static void the_name_selects_the_certificate(void **state)
{
    (void)state;
    check_name("default.example", "default", 0, 0);
    check_name("last.example", "last", 4, 4);
    check_name("LAST.Example", "last", 4, 4);
    check_name("a.wild.example", "wildcard", 1, 1);
    check_name("other.wild.example", "wildcard", 1, 1); /* the first of the same kind */
    check_name(NULL, "default", 0, 0);
    check_name("unknown.example", "default", 0, 0);
    check_name("a.b.wild.example", "default", 0, 0);
    check_name("wild.example", "default", 0, 0);
}

static void the_very_name_comes_before_a_wildcard(void **state)
{
    (void)state;
    check_name("x.wild.example", "ecdsa", 3, 2);
}

static void the_information_says_what_was_agreed(void **state)
{
    struct tls_information information;
    const unsigned char protocols[] = "\x02h2\x08http/1.1";

    (void)state;
    SSL_CTX_set_alpn_protos(fixture_client_new(&fixture), protocols, sizeof(protocols) - 1);
    assert_true(fixture_meet(&fixture, server, "Last.example"));
    information = fixture_information(&fixture);
    assert_string_equal(information.server_name, "last.example");
    assert_string_equal(information.protocol, "TLSv1.3");
    assert_string_equal(information.cipher, "TLS_AES_128_GCM_SHA256");
    assert_int_equal(information.alpn_length, 8);
    assert_memory_equal(information.alpn, "http/1.1", 8);
    assert_false(information.is_resumed);
    assert_true(information.received_bytes > 200);
    assert_true(information.sent_bytes > 500);
    assert_int_equal(tls_failure(&fixture.stream), TLS_FAILURE_NONE);
}

static void names_are_found_as_they_are_compared(void **state)
{
    (void)state;
    assert_int_equal(tls_server_find(server, "last.example.", 13), 4);
    assert_int_equal(tls_server_find(server, "q.WILD.example", 14), 1);
    assert_int_equal(tls_server_find(server, "", 0), 0);
    assert_int_equal(tls_server_find(server, ".wild.example", 13), 0);
    assert_int_equal(tls_server_find(server, "*.wild.example", 14), 0);
    assert_int_equal(tls_server_find(server, "last.example\0", 13), 0);
    assert_int_equal(tls_server_find(server, "[::1]", 5), 0);
}

static void ecdsa_is_preferred_where_the_client_can(void **state)
{
    const char *const rsa_only = "RSA-PSS+SHA256:RSA+SHA256";

    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        SSL_CTX *context = fixture_client_new(&fixture);

        SSL_CTX_set_max_proto_version(context, version);
        check_name("both.example", "ecdsa", 3, 2);
        assert_int_equal(SSL_CTX_set1_sigalgs_list(context, rsa_only), 1);
        check_name("both.example", "rsa", 2, 2);
        /* Even where the client would rather have the other. */
        assert_int_equal(SSL_CTX_set1_sigalgs_list(context, "RSA-PSS+SHA256:ECDSA+SHA384"), 1);
        check_name("both.example", "ecdsa", 3, 2);
    }
}

static void check_failure(enum tls_failure failure, int error)
{
    assert_false(fixture_handshake(&fixture));
    assert_int_equal(fixture.server_result, error);
    assert_int_equal(stream_handshake(&fixture.stream), error); /* it stays */
    if (tls_failure(&fixture.stream) != failure)
        print_error("%s: %s\n", tls_failure_text(tls_failure(&fixture.stream)),
                    tls_failure_detail(&fixture.stream));
    assert_int_equal(tls_failure(&fixture.stream), failure);
    assert_string_not_equal(tls_failure_text(failure), "");
}

static void start(const char *server_name)
{
    fixture_connect(&fixture);
    assert_int_equal(tls_accept(&fixture.stream, server), 0);
    fixture_client_start(&fixture, server_name);
}

static int client_alert(void)
{
    return ERR_GET_REASON(ERR_peek_error()) - SSL_AD_REASON_OFFSET;
}

static void tls_11_is_refused(void **state)
{
    SSL_CTX *context = fixture_client_new(&fixture);

    (void)state;
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
    start("default.example");
    check_failure(TLS_FAILURE_VERSION, -EPROTO);
    assert_int_equal(fixture.client_result, -EPROTO);
    assert_int_equal(client_alert(), SSL_AD_PROTOCOL_VERSION);
}

static void tls_12_has_authenticated_ciphers_with_ephemeral_keys_only(void **state)
{
    const char *const refused[] = {"ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA",
                                   "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256",
                                   "ECDHE-ECDSA-AES128-CCM"};
    const char *const accepted[] = {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384",
                                    "ECDHE-ECDSA-CHACHA20-POLY1305"};
    SSL_CTX *context = fixture_client_new(&fixture);

    (void)state;
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_security_level(context, 0);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_int_equal(SSL_CTX_set_cipher_list(context, refused[i]), 1);
        start("both.example");
        check_failure(TLS_FAILURE_CIPHER, -EPROTO);
    }
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        assert_int_equal(SSL_CTX_set_cipher_list(context, accepted[i]), 1);
        assert_true(fixture_meet(&fixture, server, "both.example"));
        assert_string_equal(fixture_information(&fixture).cipher, accepted[i]);
    }
}

static void alpn_is_strict(void **state)
{
    SSL_CTX *context = fixture_client_new(&fixture);
    const unsigned char unknown[] = "\x02h2\x05other";

    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        SSL_CTX_set_max_proto_version(context, version);
        SSL_CTX_set_alpn_protos(context, unknown, sizeof(unknown) - 1);
        start("default.example");
        check_failure(TLS_FAILURE_APPLICATION_PROTOCOL, -EPROTO);
        assert_int_equal(client_alert(), SSL_AD_NO_APPLICATION_PROTOCOL);
        SSL_CTX_set_alpn_protos(context, NULL, 0);
        assert_true(fixture_meet(&fixture, server, "default.example"));
        assert_int_equal(fixture_information(&fixture).alpn_length, 0);
    }
}

static void a_client_that_refuses_is_told_apart(void **state)
{
    SSL_CTX *context = fixture_client_new(&fixture);

    (void)state;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    start("default.example");
    check_failure(TLS_FAILURE_REFUSED, -EPROTO);
    assert_non_null(strstr(tls_failure_detail(&fixture.stream), "alert"));
}

static void check_garbage(const char *data, size_t size, enum tls_failure failure)
{
    fixture_connect(&fixture);
    assert_int_equal(tls_accept(&fixture.stream, server), 0);
    assert_int_equal(write(fixture.client.fd, data, size), size);
    check_failure(failure, -EPROTO);
}

static void what_is_not_tls_is_told_apart(void **state)
{
    (void)state;
    check_garbage("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, TLS_FAILURE_PLAIN_HTTP);
    check_garbage("SSH-2.0-OpenSSH_9.2\r\n", 21, TLS_FAILURE_NOT_TLS);
    check_garbage("\x16\x03\x01\xff\xff\x01\x00\x00\x01\x03\x03", 11, TLS_FAILURE_NOT_TLS);
    check_garbage("\x17\x03\x03\x00\x05hello", 10, TLS_FAILURE_NOT_TLS);
    /* A hello that is too short for what it says. */
    check_garbage("\x16\x03\x01\x00\x06\x01\x00\x00\x02\x03\x03", 11, TLS_FAILURE_NOT_TLS);
}

static void a_second_hello_is_served_too(void **state)
{
    (void)state;
    /* Its first guess is not what the server has: HelloRetryRequest. */
    assert_int_equal(SSL_CTX_set1_groups_list(fixture_client_new(&fixture), "P-521:P-256"), 1);
    check_name("last.example", "last", 4, 4);
}

static void a_server_may_be_replaced_under_its_connections(void **state)
{
    struct tls_pem pem = fixture_simple("new", "DNS:a.example");
    struct tls_server *old = fixture_server(thread, &pem, 1);
    struct fixture other;
    char name[64] = "";

    (void)state;
    assert_true(fixture_meet(&fixture, old, "a.example"));
    tls_server_unref(old);
    fixture_check_talk(&fixture);
    fixture_open(&other);
    assert_true(fixture_meet(&other, server, "a.example"));
    fixture_client_common_name(&other, name, sizeof(name));
    assert_string_equal(name, "default");
    fixture_check_talk(&fixture);
    assert_string_equal(fixture_information(&fixture).server_name, "a.example");
    assert_int_equal(fixture_information(&fixture).certificate, 0);
    fixture_close(&other);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_name_selects_the_certificate),
        TEST(the_very_name_comes_before_a_wildcard),
        TEST(the_information_says_what_was_agreed),
        TEST(names_are_found_as_they_are_compared),
        TEST(ecdsa_is_preferred_where_the_client_can),
        TEST(tls_11_is_refused),
        TEST(tls_12_has_authenticated_ciphers_with_ephemeral_keys_only),
        TEST(alpn_is_strict),
        TEST(a_client_that_refuses_is_told_apart),
        TEST(what_is_not_tls_is_told_apart),
        TEST(a_second_hello_is_served_too),
        TEST(a_server_may_be_replaced_under_its_connections),
    };

    return cmocka_run_group_tests_name("tls_select", tests, set_up, tear_down);
}

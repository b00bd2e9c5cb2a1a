/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that fail, OpenSSL's own included: an error, no crash, and no memory lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <openssl/err.h>

#include "fault.h"
#include "tls_fixture.h"

/* OpenSSL keeps what it fetched for the first time, whatever becomes of the call. */
#define KEPT_MAX 64

static struct tls_thread *thread;
static struct tls_pem pem;

static int set_up(void **state)
{
    (void)state;
    thread = fixture_thread();
    pem = fixture_simple("one", "DNS:a.example,DNS:*.b.example");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tls_thread_free(thread);
    fixture_clear();
    return 0;
}

static void making_a_server_fails_cleanly(void **state)
{
    struct tls_server_options options = {.certificates = &pem, .certificate_count = 1};
    size_t before;

    (void)state;
    tls_server_unref(fixture_server(thread, &pem, 1));
    before = fault_outstanding();
    for (size_t n = 1;; n++) {
        struct tls_server *server = NULL;
        struct error *error = NULL;
        int r;

        fault_fail_allocation(n);
        r = tls_server_new(thread, &options, &server, &error);
        fault_reset();
        if (r == 0) {
            assert_null(error);
            tls_server_unref(server);
        } else {
            assert_null(server);
            assert_non_null(error);
            error_free(error);
        }
        ERR_clear_error();
        if (!fault_allocation_failed()) {
            assert_int_equal(r, 0);
            break;
        }
    }
    assert_true(fault_outstanding() <= before + KEPT_MAX);
}

static void a_connection_fails_alone(void **state)
{
    struct tls_server *server = fixture_server(thread, &pem, 1);
    struct fixture fixture;
    size_t before = 0;

    (void)state;
    fixture_open(&fixture);
    assert_true(fixture_meet(&fixture, server, "a.example"));
    fixture_disconnect(&fixture);
    before = fault_outstanding();
    for (size_t n = 1;; n++) {
        int r;

        fixture_connect(&fixture);
        fixture_client_start(&fixture, "a.example");
        fixture.client_result = -EAGAIN;
        (void)SSL_do_handshake(fixture.client.ssl);
        fault_fail_allocation(n);
        r = tls_accept(&fixture.stream, server);
        if (r == 0) {
            (void)loop_run_once(&fixture.loop, 0);
            r = stream_handshake(&fixture.stream);
        }
        fault_reset();
        if (r < 0 && r != -EAGAIN && !stream_is_plain(&fixture.stream))
            assert_int_not_equal(tls_failure(&fixture.stream), TLS_FAILURE_NONE);
        fixture_disconnect(&fixture);
        ERR_clear_error();
        if (!fault_allocation_failed()) {
            assert_int_equal(r, -EAGAIN);
            break;
        }
    }
    assert_true(fault_outstanding() <= before + KEPT_MAX);
    fixture_close(&fixture);
    tls_server_unref(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(making_a_server_fails_cleanly),
        cmocka_unit_test(a_connection_fails_alone),
    };

    return cmocka_run_group_tests_name("tls_failure", tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* TLS as a stream: bytes, ends and failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "os/socket.h"
#include "tls_fixture.h"

#define TRANSFER_SIZE ((size_t)3 << 20)
#define STEPS_MAX     200000
#define IDLE_TURN_NS  1000000

static struct tls_thread *thread;
static struct tls_server *server;
static struct fixture fixture;
static uint8_t sent[TRANSFER_SIZE];
static uint8_t received[TRANSFER_SIZE];
static uint64_t seed;

static int set_up(void **state)
{
    struct tls_pem pem = fixture_simple("one", "DNS:a.example");
    struct tls_ticket_key key = {.name = "key"};

    (void)state;
    thread = fixture_thread();
    assert_int_equal(tls_thread_set_ticket_keys(thread, &key, 1), 0);
    server = fixture_server(thread, &pem, 1);
    for (size_t i = 0; i < TRANSFER_SIZE; i++)
        sent[i] = (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16));
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
    seed = 12345;
    fixture_open(&fixture);
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static size_t random_below(size_t limit)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(seed >> 33) % limit;
}

/* Mostly little, sometimes much. */
static size_t random_size(void)
{
    return 1 + random_below((size_t)1 << (1 + random_below(17)));
}

static void meet(int version)
{
    SSL_CTX_set_max_proto_version(fixture_client_new(&fixture), version);
    assert_true(fixture_meet(&fixture, server, "a.example"));
}

/* The client's socket is handed over byte by byte. */
static void a_handshake_may_come_byte_by_byte(void **state)
{
    BIO *inner;
    BIO *outer;
    bool is_done = false;
    size_t bytes = 0;
    char *data;

    (void)state;
    fixture_connect(&fixture);
    assert_int_equal(tls_accept(&fixture.stream, server), 0);
    fixture_client_start(&fixture, "a.example");
    assert_int_equal(BIO_new_bio_pair(&inner, 0, &outer, 0), 1);
    SSL_set_bio(fixture.client.ssl, inner, inner);
    for (size_t step = 0; step < STEPS_MAX && !is_done; step++) {
        char buffer[4096];
        ssize_t length;

        (void)SSL_do_handshake(fixture.client.ssl);
        ERR_clear_error();
        if (BIO_nread0(outer, &data) > 0) {
            assert_int_equal(BIO_nread(outer, &data, 1), 1);
            assert_int_equal(write(fixture.client.fd, data, 1), 1);
            bytes++;
        }
        assert_int_equal(loop_run_once(&fixture.loop, 0), 0);
        fixture.server_result = stream_handshake(&fixture.stream);
        assert_true(fixture.server_result == 0 || fixture.server_result == -EAGAIN);
        length = recv(fixture.client.fd, buffer, sizeof(buffer), 0);
        if (length > 0)
            assert_int_equal(BIO_write(outer, buffer, (int)length), length);
        is_done = fixture.server_result == 0 && SSL_is_init_finished(fixture.client.ssl);
    }
    assert_true(is_done);
    assert_true(bytes > 200);
    BIO_free(outer);
}

static void a_handshake_that_breaks_off_is_told_apart(void **state)
{
    (void)state;
    for (int is_begun = 0; is_begun < 2; is_begun++) {
        fixture_connect(&fixture);
        assert_int_equal(tls_accept(&fixture.stream, server), 0);
        if (is_begun)
            assert_int_equal(write(fixture.client.fd, "\x16\x03\x01\x02\x00\x01", 6), 6);
        assert_int_equal(loop_run_once(&fixture.loop, 0), 0);
        assert_int_equal(stream_handshake(&fixture.stream), -EAGAIN);
        (void)close(fixture.client.fd);
        fixture.client.fd = -1;
        assert_int_equal(loop_run_once(&fixture.loop, 0), 0);
        assert_int_equal(stream_handshake(&fixture.stream), -ECONNRESET);
        assert_int_equal(tls_failure(&fixture.stream), TLS_FAILURE_CLOSED);
        assert_int_equal(stream_handshake(&fixture.stream), -ECONNRESET);
    }
}

static void nothing_ready_costs_no_call(void **state)
{
    char byte;

    (void)state;
    fixture_connect(&fixture);
    assert_int_equal(tls_accept(&fixture.stream, server), 0);
    assert_int_equal(write(fixture.client.fd, "\x16", 1), 1);
    /* The loop has not said so yet. */
    assert_int_equal(stream_handshake(&fixture.stream), -EAGAIN);
    assert_int_equal(recv(fixture.stream.source.fd, &byte, 1, MSG_PEEK), 1);
}

static void small_parts_make_one_record(void **state)
{
    char head[] = "head";
    char body[] = "body";
    struct iovec parts[3] = {{head, 4}, {NULL, 0}, {body, 4}};
    uint64_t before;
    char text[16];
    int waiting = 0;

    (void)state;
    meet(TLS1_3_VERSION);
    assert_int_equal(fixture_client_read(&fixture, text, sizeof(text)), -EAGAIN); /* tickets */
    before = fixture_information(&fixture).sent_bytes;
    assert_int_equal(stream_write(&fixture.stream, parts, 3, false), 8);
    /* Header, content, its type, and the tag. */
    assert_int_equal(fixture_information(&fixture).sent_bytes - before, 5 + 8 + 1 + 16);
    assert_int_equal(ioctl(fixture.client.fd, FIONREAD, &waiting), 0);
    assert_int_equal(waiting, 30);
    assert_int_equal(fixture_client_read(&fixture, text, sizeof(text)), 8);
    assert_memory_equal(text, "headbody", 8);
    assert_int_equal(stream_write(&fixture.stream, parts, 0, false), 0);
    assert_int_equal(stream_write(&fixture.stream, &parts[1], 1, false), 0);
}

static void what_openssl_holds_is_readable(void **state)
{
    char text[8];

    (void)state;
    meet(TLS1_3_VERSION);
    assert_int_equal(fixture_client_write(&fixture, "one", 3), 3);
    assert_int_equal(fixture_client_write(&fixture, "two", 3), 3);
    assert_int_equal(loop_run_once(&fixture.loop, 0), 0);
    assert_int_equal(stream_read(&fixture.stream, text, 2), 2);
    /* All of the socket has been read, and that the loop will not say again. */
    assert_true(fixture.stream.source.readiness & LOOP_READABLE);
    assert_int_equal(stream_read(&fixture.stream, text, sizeof(text)), 4);
    assert_memory_equal(text, "etwo", 4);
    assert_int_equal(stream_read(&fixture.stream, text, sizeof(text)), -EAGAIN);
    assert_false(fixture.stream.source.readiness & LOOP_READABLE);
}

/* The message after the first byte is of no use to the reader, who must get what came after it. */
static void a_message_in_between_does_not_hide_data(void **state)
{
    char text[8];

    (void)state;
    meet(TLS1_3_VERSION);
    assert_int_equal(fixture_client_write(&fixture, "a", 1), 1);
    assert_int_equal(SSL_key_update(fixture.client.ssl, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    assert_int_equal(SSL_do_handshake(fixture.client.ssl), 1);
    assert_int_equal(loop_run_once(&fixture.loop, 0), 0);
    assert_int_equal(stream_read(&fixture.stream, text, 1), 1);
    assert_int_equal(fixture_client_write(&fixture, "b", 1), 1);
    assert_int_equal(loop_run_once(&fixture.loop, 0), 0);
    assert_int_equal(stream_read(&fixture.stream, text, sizeof(text)), 1);
    assert_int_equal(text[0], 'b');
}

static void set_buffers(int size)
{
    assert_int_equal(setsockopt(fixture.stream.source.fd, SOL_SOCKET, SO_SNDBUF, &size, 4), 0);
    assert_int_equal(setsockopt(fixture.stream.source.fd, SOL_SOCKET, SO_RCVBUF, &size, 4), 0);
    assert_int_equal(setsockopt(fixture.client.fd, SOL_SOCKET, SO_SNDBUF, &size, 4), 0);
    assert_int_equal(setsockopt(fixture.client.fd, SOL_SOCKET, SO_RCVBUF, &size, 4), 0);
}

static size_t size_of(const struct iovec *parts, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += parts[i].iov_len;
    return size;
}

/* In up to three parts of random sizes; at least as much as was offered last time need not be. */
static size_t write_some(const uint8_t *data, size_t remaining)
{
    struct iovec parts[3];
    size_t count = 0;
    ssize_t length;

    while (count < 3 && remaining > 0) {
        size_t size = random_size();

        if (size > remaining)
            size = remaining;
        parts[count++] = (struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = size};
        data += size;
        remaining -= size;
    }
    length = stream_write(&fixture.stream, parts, count, random_below(2) == 0);
    if (length == -EAGAIN)
        length = 0;
    assert_true(length >= 0);
    /* Less than all means that the socket is full, so that there will be an event. */
    if ((size_t)length < size_of(parts, count))
        assert_false(fixture.stream.source.readiness & LOOP_WRITABLE);
    return (size_t)length;
}

static void check_both_ways(void)
{
    static uint8_t back[TRANSFER_SIZE];
    size_t server_sent = 0;
    size_t server_received = 0;
    size_t client_sent = 0;
    size_t client_received = 0;
    size_t offered = 0;
    bool is_idle;

    memset(received, 0, sizeof(received));
    for (size_t step = 0; step < STEPS_MAX; step++) {
        size_t before = server_sent + client_sent + server_received + client_received;
        ssize_t length;

        if (server_sent < TRANSFER_SIZE)
            server_sent += write_some(sent + server_sent, TRANSFER_SIZE - server_sent);
        if (client_sent < TRANSFER_SIZE) {
            /* OpenSSL insists on the size that it could not write. */
            if (offered == 0)
                offered = random_size();
            if (offered > TRANSFER_SIZE - client_sent)
                offered = TRANSFER_SIZE - client_sent;
            length = fixture_client_write(&fixture, sent + client_sent, offered);
            assert_true(length > 0 || length == -EAGAIN);
            if (length > 0) {
                client_sent += (size_t)length;
                offered = 0;
            }
        }
        if (random_below(3) != 0 && client_received < TRANSFER_SIZE) {
            length = fixture_client_read(&fixture, back + client_received,
                                         1 + random_below(TRANSFER_SIZE - client_received));
            assert_true(length > 0 || length == -EAGAIN);
            client_received += length > 0 ? (size_t)length : 0;
        }
        if (random_below(3) != 0 && server_received < TRANSFER_SIZE) {
            size_t size = random_size();

            if (size > TRANSFER_SIZE - server_received)
                size = TRANSFER_SIZE - server_received;
            length = stream_read(&fixture.stream, received + server_received, size);
            assert_true(length > 0 || length == -EAGAIN);
            server_received += length > 0 ? (size_t)length : 0;
        }
        if (server_sent + client_sent + server_received + client_received == 4 * TRANSFER_SIZE)
            break;
        is_idle = server_sent + client_sent + server_received + client_received == before;
        assert_int_equal(loop_run_once(&fixture.loop, is_idle ? IDLE_TURN_NS : 0), 0);
    }
    assert_int_equal(client_received, TRANSFER_SIZE);
    assert_int_equal(server_received, TRANSFER_SIZE);
    assert_memory_equal(back, sent, TRANSFER_SIZE);
    assert_memory_equal(received, sent, TRANSFER_SIZE);
}

static void big_transfers_go_both_ways(void (*connect)(struct fixture *), int buffer_size)
{
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        SSL_CTX *context = fixture_client_new(&fixture);

        SSL_CTX_set_max_proto_version(context, version);
        SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE);
        connect(&fixture);
        set_buffers(buffer_size);
        assert_int_equal(tls_accept(&fixture.stream, server), 0);
        fixture_client_start(&fixture, "a.example");
        assert_true(fixture_handshake(&fixture));
        check_both_ways();
    }
}

static void big_transfers_go_both_ways_through_small_buffers(void **state)
{
    (void)state;
    big_transfers_go_both_ways(fixture_connect, 4096);
}

static void big_transfers_go_both_ways_over_tcp(void **state)
{
    (void)state;
    big_transfers_go_both_ways(fixture_connect_tcp, 65536);
}

/* The client must have been sent whole what the server believes to be with the system. */
static void what_is_reported_is_with_the_system(void **state)
{
    uint8_t buffer[65536];
    size_t reported = 0;
    size_t before_close;
    ssize_t length;

    (void)state;
    meet(TLS1_3_VERSION);
    set_buffers(4096);
    while ((length = fixture_server_write(&fixture, sent + reported, 65536)) > 0)
        reported += (size_t)length;
    assert_int_equal(length, -EAGAIN);
    before_close = reported;
    stream_close(&fixture.stream);
    while ((length = fixture_client_read(&fixture, buffer, sizeof(buffer))) > 0) {
        assert_true((size_t)length <= before_close);
        before_close -= (size_t)length;
    }
    assert_int_equal(before_close, 0);
    assert_int_equal(length, -EPROTO); /* no orderly end, as there was more to come */
}

static void closing_says_so(void **state)
{
    char text[8];

    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        meet(version);
        assert_int_equal(fixture_server_write(&fixture, "end", 3), 3);
        stream_close(&fixture.stream);
        assert_true(stream_is_plain(&fixture.stream));
        assert_int_equal(fixture_client_read(&fixture, text, sizeof(text)), 3);
        assert_int_equal(fixture_client_read(&fixture, text, sizeof(text)), 0);
    }
}

static void aborting_does_not(void **state)
{
    char text[8];

    (void)state;
    meet(TLS1_3_VERSION);
    assert_int_equal(fixture_server_write(&fixture, "end", 3), 3);
    stream_abort(&fixture.stream);
    assert_true(stream_is_plain(&fixture.stream));
    assert_int_equal(fixture_client_read(&fixture, text, sizeof(text)), 3);
    assert_int_equal(fixture_client_read(&fixture, text, sizeof(text)), -EPROTO);
}

static void the_server_may_end_first(void **state)
{
    char text[8];

    (void)state;
    meet(TLS1_3_VERSION);
    assert_int_equal(stream_shutdown(&fixture.stream), 0);
    assert_int_equal(stream_shutdown(&fixture.stream), 0);
    assert_int_equal(fixture_server_write(&fixture, "x", 1), -EPIPE);
    assert_int_equal(fixture_client_read(&fixture, text, sizeof(text)), 0);
    assert_int_equal(fixture_client_write(&fixture, "late", 4), 4);
    assert_int_equal(SSL_shutdown(fixture.client.ssl), 1);
    assert_int_equal(fixture_server_read(&fixture, text, sizeof(text)), 4);
    assert_int_equal(fixture_server_read(&fixture, text, sizeof(text)), 0);
    assert_int_equal(fixture_server_read(&fixture, text, sizeof(text)), 0);
}

static void an_end_behind_data_is_announced(void **state)
{
    unsigned int calls;
    char text[8];

    (void)state;
    meet(TLS1_3_VERSION);
    assert_int_equal(fixture_client_write(&fixture, "last", 4), 4);
    assert_int_equal(SSL_shutdown(fixture.client.ssl), 0);
    assert_int_equal(loop_run_once(&fixture.loop, 0), 0);
    assert_int_equal(stream_read(&fixture.stream, text, sizeof(text)), 4);
    calls = fixture.ready_calls;
    assert_int_equal(loop_run_once(&fixture.loop, 0), 0);
    assert_int_equal(fixture.ready_calls, calls + 1);
    assert_int_equal(stream_read(&fixture.stream, text, sizeof(text)), 0);
}

static void the_client_may_end_first(void **state)
{
    char text[8];

    (void)state;
    meet(TLS1_3_VERSION);
    assert_int_equal(fixture_client_write(&fixture, "last", 4), 4);
    assert_int_equal(SSL_shutdown(fixture.client.ssl), 0);
    assert_int_equal(fixture_server_read(&fixture, text, sizeof(text)), 4);
    assert_int_equal(fixture_server_read(&fixture, text, sizeof(text)), 0);
    assert_int_equal(fixture_server_write(&fixture, "reply", 5), 5);
    assert_int_equal(stream_shutdown(&fixture.stream), 0);
    assert_int_equal(fixture_client_read(&fixture, text, sizeof(text)), 5);
    assert_int_equal(fixture_client_read(&fixture, text, sizeof(text)), 0);
}

static void an_end_without_notice_is_no_orderly_one(void **state)
{
    char text[8];

    (void)state;
    meet(TLS1_3_VERSION);
    assert_int_equal(fixture_client_write(&fixture, "last", 4), 4);
    assert_int_equal(os_shutdown(fixture.client.fd, SHUT_WR), 0);
    assert_int_equal(fixture_server_read(&fixture, text, sizeof(text)), 4);
    assert_int_equal(fixture_server_read(&fixture, text, sizeof(text)), -ECONNRESET);
    assert_int_equal(tls_failure(&fixture.stream), TLS_FAILURE_CLOSED);
    assert_int_equal(fixture_server_read(&fixture, text, sizeof(text)), -ECONNRESET);
    /* It can be answered all the same. */
    assert_int_equal(fixture_server_write(&fixture, "reply", 5), 5);
    stream_close(&fixture.stream);
    assert_int_equal(fixture_client_read(&fixture, text, sizeof(text)), 5);
    assert_int_equal(fixture_client_read(&fixture, text, sizeof(text)), 0);
}

static void a_damaged_record_ends_the_connection(void **state)
{
    char text[64] = "\x17\x03\x03\x00\x20";

    (void)state;
    meet(TLS1_3_VERSION);
    assert_int_equal(write(fixture.client.fd, text, 5 + 32), 37);
    assert_int_equal(fixture_server_read(&fixture, text, sizeof(text)), -EPROTO);
    assert_int_equal(fixture_server_read(&fixture, text, sizeof(text)), -EPROTO);
    assert_int_equal(fixture_server_write(&fixture, "x", 1), -EPROTO);
    assert_int_equal(tls_failure(&fixture.stream), TLS_FAILURE_PROTOCOL);
}

static void renegotiation_is_refused(void **state)
{
    char text[8];

    (void)state;
    meet(TLS1_2_VERSION);
    assert_int_equal(SSL_renegotiate(fixture.client.ssl), 1);
    (void)SSL_do_handshake(fixture.client.ssl);
    assert_int_equal(fixture_server_read(&fixture, text, sizeof(text)), -EAGAIN);
    assert_int_equal(fixture_client_read(&fixture, text, sizeof(text)), -EPROTO);
    assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
}

static void keys_may_be_updated_but_not_for_ever(void **state)
{
    char text[8];
    ssize_t r = -EAGAIN;
    unsigned int count = 0;

    (void)state;
    meet(TLS1_3_VERSION);
    assert_int_equal(SSL_key_update(fixture.client.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    fixture_check_talk(&fixture);
    while (r == -EAGAIN && count < 100) {
        count++;
        assert_int_equal(SSL_key_update(fixture.client.ssl, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(fixture.client.ssl), 1);
        r = fixture_server_read(&fixture, text, sizeof(text));
    }
    assert_true(count > 20 && count < 100);
    assert_int_equal(r, -EPROTO);
    assert_int_equal(tls_failure(&fixture.stream), TLS_FAILURE_FLOOD);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_handshake_may_come_byte_by_byte),
        TEST(a_handshake_that_breaks_off_is_told_apart),
        TEST(nothing_ready_costs_no_call),
        TEST(small_parts_make_one_record),
        TEST(what_openssl_holds_is_readable),
        TEST(a_message_in_between_does_not_hide_data),
        TEST(big_transfers_go_both_ways_through_small_buffers),
        TEST(big_transfers_go_both_ways_over_tcp),
        TEST(what_is_reported_is_with_the_system),
        TEST(closing_says_so),
        TEST(aborting_does_not),
        TEST(the_server_may_end_first),
        TEST(an_end_behind_data_is_announced),
        TEST(the_client_may_end_first),
        TEST(an_end_without_notice_is_no_orderly_one),
        TEST(a_damaged_record_ends_the_connection),
        TEST(renegotiation_is_refused),
        TEST(keys_may_be_updated_but_not_for_ever),
    };

    return cmocka_run_group_tests_name("tls_stream", tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What is read from request heads, and what the tables of names say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/http1.h"

static struct http1_head read_head(const char *text)
{
    struct http1_parser parser;

    http1_request_init(&parser);
    assert_int_equal(http1_request_parse(&parser, text, strlen(text)), HTTP1_DONE);
    return parser.head;
}

/* The fields of a request, with the rest of it. */
#define WITH(fields) read_head("GET / HTTP/1.1\r\nHost: a\r\n" fields "\r\n")

static void assert_span(const char *text, struct http1_span span, const char *expected)
{
    assert_int_equal(span.length, strlen(expected));
    assert_memory_equal(text + span.offset, expected, span.length);
}

static void test_the_parts_of_a_request(void **state)
{
    static const char text[] = "PUT /a/b?c=d?e HTTP/1.1\r\n"
                               "Host: shop:8080\r\n"
                               "X-Note:  well \t done\t\r\n"
                               "\r\n";
    struct http1_head head = read_head(text);

    (void)state;
    assert_int_equal(head.length, strlen(text));
    assert_int_equal(head.method, HTTP1_PUT);
    assert_int_equal(head.minor_version, 1);
    assert_int_equal(head.target_form, HTTP1_TARGET_ORIGIN);
    assert_int_equal(head.body, HTTP1_BODY_NONE);
    assert_span(text, head.method_name, "PUT");
    assert_span(text, head.target, "/a/b?c=d?e");
    assert_span(text, head.path, "/a/b");
    assert_span(text, head.query, "?c=d?e");
    assert_span(text, head.host, "shop:8080");
    assert_int_equal(head.field_count, 2);
    assert_int_equal(head.fields[0].id, HTTP1_FIELD_HOST);
    assert_int_equal(head.fields[1].id, HTTP1_FIELD_OTHER);
    assert_span(text, head.fields[1].name, "X-Note");
    assert_span(text, head.fields[1].value, "well \t done");
}

static void test_the_parts_of_an_absolute_target(void **state)
{
    static const char text[] = "GET HTTPS://Shop:81?x HTTP/1.1\r\nHost: shop:81\r\n\r\n";
    static const char old[] = "GET http://shop/a HTTP/1.0\r\n\r\n";
    struct http1_head head = read_head(text);

    (void)state;
    assert_int_equal(head.target_form, HTTP1_TARGET_ABSOLUTE);
    assert_true(head.target_is_https);
    assert_span(text, head.authority, "Shop:81");
    assert_span(text, head.host, "Shop:81");
    assert_span(text, head.path, "");
    assert_span(text, head.query, "?x");
    head = read_head(old);
    assert_false(head.target_is_https);
    assert_span(old, head.host, "shop");
    assert_span(old, head.path, "/a");
}

static void test_an_asterisk_has_no_path(void **state)
{
    struct http1_head head = read_head("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");

    (void)state;
    assert_int_equal(head.target_form, HTTP1_TARGET_ASTERISK);
    assert_int_equal(head.path.length, 0);
    assert_int_equal(head.query.length, 0);
}

static void test_bodies_of_requests(void **state)
{
    (void)state;
    assert_int_equal(WITH("Transfer-Encoding: ChunkeD\r\n").body, HTTP1_BODY_CHUNKED);
    assert_int_equal(WITH("Content-Length: 0\r\n").body, HTTP1_BODY_LENGTH);
    assert_int_equal(WITH("Content-Length: 1234567890123\r\n").content_length, 1234567890123);
    assert_int_equal(WITH("").body, HTTP1_BODY_NONE);
}

static void test_keep_alive(void **state)
{
    (void)state;
    assert_true(WITH("").keep_alive);
    assert_false(WITH("Connection: CLOSE\r\n").keep_alive);
    assert_false(WITH("Connection: keep-alive, close\r\n").keep_alive);
    assert_false(WITH("Connection: x\r\nConnection: close\r\n").keep_alive);
    assert_true(WITH("X-Connection: close\r\n").keep_alive);
    assert_false(read_head("GET / HTTP/1.0\r\n\r\n").keep_alive);
    assert_true(read_head("GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n").keep_alive);
}

static void test_upgrades(void **state)
{
    (void)state;
    assert_true(WITH("Connection: Upgrade\r\nUpgrade: WebSocket\r\n").upgrade);
    assert_true(WITH("Connection: Upgrade\r\nUpgrade: WebSocket\r\n").upgrade_websocket);
    assert_true(WITH("Connection: Upgrade\r\nUpgrade: IRC/6.9\r\n").upgrade);
    assert_false(WITH("Connection: Upgrade\r\nUpgrade: IRC/6.9\r\n").upgrade_websocket);
    assert_false(WITH("Connection: Upgrade\r\nUpgrade: websocket, IRC\r\n").upgrade_websocket);
    assert_false(WITH("Connection: Upgrade\r\nUpgrade: IRC, websocket\r\n").upgrade_websocket);
    assert_false(WITH("Upgrade: websocket\r\n").upgrade);
    assert_false(WITH("Upgrade: websocket\r\n").upgrade_websocket);
    assert_false(WITH("Connection: Upgrade\r\n").upgrade);
    assert_false(
        read_head("GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").upgrade);
}

static void test_h2c_is_no_upgrade(void **state)
{
    struct http1_head head = WITH("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                                  "HTTP2-Settings: AAMAAABkAAQAAP__\r\n");

    (void)state;
    assert_false(head.upgrade);
    for (size_t i = 1; i < head.field_count; i++)
        assert_false(http1_field_is_passed(&head.fields[i]));
    assert_false(WITH("Connection: Upgrade\r\nUpgrade: websocket, H2C\r\n").upgrade);
    assert_false(WITH("Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n").upgrade_websocket);
}

static void test_expectations(void **state)
{
    (void)state;
    assert_true(WITH("Content-Length: 1\r\nExpect: 100-Continue\r\n").expect_continue);
    assert_true(WITH("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n").expect_continue);
    assert_false(WITH("Expect: 100-continue\r\n").expect_continue);
    assert_false(WITH("Content-Length: 0\r\nExpect: 100-continue\r\n").expect_continue);
    assert_false(WITH("Content-Length: 1\r\nExpect: 100-continue\r\n").expect_other);
    assert_true(WITH("Expect: 200-ok\r\n").expect_other);
    assert_false(read_head("POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
                     .expect_continue);
}

static void test_te_trailers(void **state)
{
    (void)state;
    assert_true(WITH("TE: trailers\r\n").te_trailers);
    assert_true(WITH("TE: gzip;q=0.5, Trailers\r\n").te_trailers);
    assert_false(WITH("TE: gzip\r\n").te_trailers);
    assert_false(WITH("TE: trailersx\r\n").te_trailers);
}

static bool passes(const struct http1_head *head, size_t field)
{
    assert_true(field < head->field_count);
    return http1_field_is_passed(&head->fields[field]);
}

static void test_fields_named_by_connection_do_not_pass(void **state)
{
    struct http1_head head = WITH("X-Secret: 1\r\nConnection: close, x-SECRET\r\n"
                                  "X-Secret: 2\r\nX-Secrets: 3\r\nConnection: Cookie,X~a\r\n"
                                  "Cookie: a=b\r\nX^a: y\r\nx~A: y\r\n");

    (void)state;
    assert_false(passes(&head, 1));
    assert_false(passes(&head, 3));
    assert_true(passes(&head, 4));
    assert_false(passes(&head, 6));
    assert_true(passes(&head, 7));
    assert_false(passes(&head, 8));
}

static void test_some_fields_cannot_be_named_away(void **state)
{
    struct http1_head head =
        WITH("Connection: Host, Content-Length, Transfer-Encoding, Authorization, X-Forwarded-For,"
             "X-Forwarded-Proto, x-forwarded-anything, X-Real-IP, Forwarded, X-Other\r\n"
             "Authorization: Basic eA==\r\nX-Forwarded-For: ::1\r\nX-Forwarded-Proto: https\r\n"
             "X-Forwarded-Anything: y\r\nX-Real-IP: ::1\r\nForwarded: for=_a\r\nX-Other: y\r\n"
             "Content-Length: 0\r\n");

    (void)state;
    for (size_t i = 2; i <= 7; i++)
        assert_true(passes(&head, i));
    assert_false(passes(&head, 8));
    assert_int_equal(head.fields[0].flags, 0);
    assert_int_equal(head.fields[9].flags, 0);
    assert_int_equal(head.body, HTTP1_BODY_LENGTH);
}

static void test_fields_of_this_hop_do_not_pass(void **state)
{
    struct http1_head head =
        WITH("Content-Length: 1\r\nConnection: a\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\n"
             "Trailer: X\r\nProxy-Connection: close\r\nUpgrade: x\r\nExpect: 100-continue\r\n"
             "HTTP2-Settings: a\r\n");

    (void)state;
    for (size_t i = 0; i < head.field_count; i++)
        assert_false(passes(&head, i));
}

static void test_fields_with_an_underscore_do_not_pass(void **state)
{
    struct http1_head head = WITH("X_Real_IP: ::1\r\nContent_Length: 3\r\nX-Real: y\r\n"
                                  "a-name-of-more-than_thirty-two-bytes: y\r\nx: a_b\r\n");

    (void)state;
    assert_int_equal(head.fields[1].flags, HTTP1_FIELD_HAS_UNDERSCORE);
    assert_int_equal(head.fields[1].id, HTTP1_FIELD_OTHER);
    assert_false(passes(&head, 1));
    assert_false(passes(&head, 2));
    assert_true(passes(&head, 3));
    assert_false(passes(&head, 4));
    assert_true(passes(&head, 5));
    assert_int_equal(head.body, HTTP1_BODY_NONE);
}

static void test_fields_are_found_by_id(void **state)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nCookie: 1\r\nCookie: 2\r\n\r\n";
    struct http1_head head = read_head(text);
    const struct http1_field *field = http1_head_find(&head, HTTP1_FIELD_COOKIE);

    (void)state;
    assert_non_null(field);
    assert_span(text, field->value, "1");
    assert_null(http1_head_find(&head, HTTP1_FIELD_DATE));
}

static void test_every_name_is_found(void **state)
{
    (void)state;
    for (unsigned id = HTTP1_FIELD_OTHER + 1; id < HTTP1_FIELD_X_FORWARDED_OTHER; id++) {
        char name[64];
        size_t length = strlen(http1_field_name(id));

        memcpy(name, http1_field_name(id), length + 1);
        assert_true(length > 0);
        assert_int_equal(http1_field_find(name, length), id);
        /* In capitals; with another last and with a lacking letter. */
        for (size_t i = 0; i < length; i++)
            name[i] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 32 : name[i]);
        assert_int_equal(http1_field_find(name, length), id);
        for (size_t i = 0; i < length; i++) {
            char kept = name[i];

            name[i] = name[i] == '9' ? '8' : '9';
            assert_int_not_equal(http1_field_find(name, length), id);
            name[i] = kept;
        }
        assert_int_not_equal(http1_field_find(name, length - 1), id);
    }
}

static void test_other_forwarded_fields_are_known(void **state)
{
    struct http1_head head =
        WITH("X-Forwarded-Prefix: /a\r\nX-Forwarded-: y\r\nX-Forwarded: y\r\nForwarded: y\r\n");

    (void)state;
    assert_int_equal(head.fields[1].id, HTTP1_FIELD_X_FORWARDED_OTHER);
    assert_true(http1_field_is_forwarded(&head.fields[1]));
    assert_false(http1_field_is_forwarded(&head.fields[2]));
    assert_false(http1_field_is_forwarded(&head.fields[3]));
    assert_true(http1_field_is_forwarded(&head.fields[4]));
    assert_false(http1_field_is_forwarded(&head.fields[0]));
}

static void test_methods(void **state)
{
    (void)state;
    for (unsigned method = HTTP1_METHOD_OTHER + 1; method < HTTP1_METHOD_COUNT; method++) {
        const char *name = http1_method_name(method);

        assert_int_equal(http1_method_find(name, strlen(name)), method);
        assert_int_equal(http1_method_find(name, strlen(name) - 1), HTTP1_METHOD_OTHER);
    }
    assert_int_equal(http1_method_find("get", 3), HTTP1_METHOD_OTHER);
    assert_int_equal(http1_method_find("PROPFIND", 8), HTTP1_METHOD_OTHER);
    assert_true(http1_method_is_safe(HTTP1_GET) && http1_method_is_safe(HTTP1_HEAD));
    assert_false(http1_method_is_safe(HTTP1_DELETE) || http1_method_is_safe(HTTP1_METHOD_OTHER));
    assert_true(http1_method_is_idempotent(HTTP1_PUT) && http1_method_is_idempotent(HTTP1_DELETE));
    assert_false(http1_method_is_idempotent(HTTP1_POST) ||
                 http1_method_is_idempotent(HTTP1_PATCH) ||
                 http1_method_is_idempotent(HTTP1_METHOD_OTHER));
}

static void test_texts_are_equal_but_for_case(void **state)
{
    (void)state;
    assert_true(http1_text_equal("Content-Length: 12", "cONTENT-lENGTH: 12", 18));
    assert_true(http1_text_equal("", "", 0));
    assert_false(http1_text_equal("aaaaaaaab", "aaaaaaaac", 9));
    assert_false(http1_text_equal("baaaaaaaa", "caaaaaaaa", 9));
    for (unsigned a = 0; a < 256; a++) {
        char x = (char)a, y = (char)(a ^ 0x20);
        bool is_letter = (a | 0x20) >= 'a' && (a | 0x20) <= 'z';

        assert_int_equal(http1_text_equal(&x, &y, 1), is_letter);
    }
}

static void test_a_parser_serves_again(void **state)
{
    static const char first[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                                "Connection: close, X\r\nTE: trailers\r\nX: y\r\n\r\n";
    static const char second[] = "GET / HTTP/1.1\r\nX: y\r\nHost: bc\r\n\r\n";
    struct http1_parser parser, fresh;

    (void)state;
    http1_request_init(&parser);
    assert_int_equal(http1_request_parse(&parser, first, strlen(first)), HTTP1_DONE);
    http1_request_init(&parser);
    assert_int_equal(http1_request_parse(&parser, second, strlen(second)), HTTP1_DONE);
    http1_request_init(&fresh);
    assert_int_equal(http1_request_parse(&fresh, second, strlen(second)), HTTP1_DONE);
    assert_memory_equal(&parser.head, &fresh.head, offsetof(struct http1_head, fields));
    assert_memory_equal(parser.head.fields, fresh.head.fields, 2 * sizeof(struct http1_field));
}

static void test_an_answer_stands(void **state)
{
    static const char bad[] = "GET / HTTP/1.1\r\nHost: a b\r\n\r\n";
    struct http1_parser parser;

    (void)state;
    http1_request_init(&parser);
    assert_int_equal(http1_request_parse(&parser, bad, strlen(bad)), HTTP1_REFUSED);
    assert_int_equal(http1_request_parse(&parser, bad, strlen(bad)), HTTP1_REFUSED);
    assert_int_equal(parser.refusal_status, 400);
    http1_request_init(&parser);
    assert_int_equal(http1_request_parse(&parser, "GET / HTTP/1.0\r\n\r\nmore", 22), HTTP1_DONE);
    assert_int_equal(http1_request_parse(&parser, "GET / HTTP/1.0\r\n\r\nmore", 22), HTTP1_DONE);
    assert_int_equal(parser.head.length, 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_parts_of_a_request),
        cmocka_unit_test(test_the_parts_of_an_absolute_target),
        cmocka_unit_test(test_an_asterisk_has_no_path),
        cmocka_unit_test(test_bodies_of_requests),
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_upgrades),
        cmocka_unit_test(test_h2c_is_no_upgrade),
        cmocka_unit_test(test_expectations),
        cmocka_unit_test(test_te_trailers),
        cmocka_unit_test(test_fields_named_by_connection_do_not_pass),
        cmocka_unit_test(test_some_fields_cannot_be_named_away),
        cmocka_unit_test(test_fields_of_this_hop_do_not_pass),
        cmocka_unit_test(test_fields_with_an_underscore_do_not_pass),
        cmocka_unit_test(test_fields_are_found_by_id),
        cmocka_unit_test(test_every_name_is_found),
        cmocka_unit_test(test_other_forwarded_fields_are_known),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_texts_are_equal_but_for_case),
        cmocka_unit_test(test_a_parser_serves_again),
        cmocka_unit_test(test_an_answer_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

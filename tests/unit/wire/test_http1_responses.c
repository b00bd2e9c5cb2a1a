/* SPDX-License-Identifier: Apache-2.0 */
/* What response heads are accepted, and what they mean for the body and the connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http1_stream.h"

#define OK   STREAM_ACCEPTED
#define MORE STREAM_MORE

#define CASE(name, verdict, data)     STREAM_CASE(name, verdict, data)
#define LINE(name, verdict, line)     CASE(name, verdict, line "\r\nContent-Length: 0\r\n\r\n")
#define FIELDS(name, verdict, fields) CASE(name, verdict, "HTTP/1.1 200 OK\r\n" fields "\r\nabc")

static const struct stream_kind answers_to_get = {.is_response = true, .method = HTTP1_GET};

static void test_status_lines(void **state)
{
    static const struct stream_case cases[] = {
        LINE("usual", OK, "HTTP/1.1 200 OK"),
        LINE("HTTP/1.0", OK, "HTTP/1.0 200 OK"),
        LINE("an empty reason", OK, "HTTP/1.1 200 "),
        LINE("no reason", OK, "HTTP/1.1 200"),
        LINE("a long reason", OK, "HTTP/1.1 404 There is no such thing here, nor was there ever"),
        LINE("a reason beyond ASCII", OK,
             "HTTP/1.1 404 Gibt\tes n\xf6"
             "d"),
        LINE("a status of one's own", OK, "HTTP/1.1 799 Whatever"),

        LINE("a status of four digits", 502, "HTTP/1.1 2000 OK"),
        LINE("a status of two digits", 502, "HTTP/1.1 20 OK"),
        LINE("no status", 502, "HTTP/1.1 OK"),
        LINE("a status below 100", 502, "HTTP/1.1 099 OK"),
        LINE("a status with a sign", 502, "HTTP/1.1 +20 OK"),
        LINE("a status in hex", 502, "HTTP/1.1 2a0 OK"),
        LINE("two spaces", 502, "HTTP/1.1  200 OK"),
        LINE("a tab", 502, "HTTP/1.1\t200 OK"),
        LINE("a tab behind the status", 502, "HTTP/1.1 200\tOK"),
        LINE("a dash behind the status", 502, "HTTP/1.1 200-OK"),
        LINE("a control character in the reason", 502, "HTTP/1.1 200 O\bK"),
        LINE("NUL in the reason", 502, "HTTP/1.1 200 O\0K"),
        LINE("a CR in the reason", 502, "HTTP/1.1 200 O\rK"),
        LINE("an LF in the reason", 502, "HTTP/1.1 200 O\nK"),
        LINE("HTTP/2.0", 502, "HTTP/2.0 200 OK"),
        LINE("HTTP/1.2", 502, "HTTP/1.2 200 OK"),
        LINE("HTTP/2", 502, "HTTP/2 200 OK"),
        LINE("lower case", 502, "http/1.1 200 OK"),
        LINE("another protocol", 502, "ICY 200 OK"),
        LINE("a space in front", 502, " HTTP/1.1 200 OK"),
        LINE("an empty line in front", 502, "\r\nHTTP/1.1 200 OK"),
        LINE("a request", 502, "GET / HTTP/1.1"),
        CASE("a bare LF", 502, "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"),
        CASE("a body without a head", 502, "<html></html>"),
        CASE("half a status line", MORE, "HTTP/1.1 200 O"),
        CASE("bytes that nobody asked for", 502,
             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabcd"),
    };

    (void)state;
    stream_check(&answers_to_get, cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_framing(void **state)
{
    static const struct stream_case cases[] = {
        FIELDS("a length", OK, "Content-Length: 3\r\n"),
        FIELDS("neither", OK, ""),
        CASE("chunked", OK,
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
             "3\r\nabc\r\n0\r\n\r\n"),
        CASE("an interim response", OK,
             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"),
        CASE("an interim response with a length of zero", OK,
             "HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\nLink: a\r\n\r\n"),
        CASE("no content", OK, "HTTP/1.1 204 No Content\r\n\r\n"),
        CASE("not modified, with a length", OK, "HTTP/1.1 304 -\r\nContent-Length: 7\r\n\r\n"),
        CASE("a Host", OK, "HTTP/1.1 204 -\r\nHost: //\r\nHost: a b\r\n\r\n"),

        FIELDS("a length beyond the end", MORE, "Content-Length: 4\r\n"),
        FIELDS("two equal lengths", 502, "Content-Length: 3\r\nContent-Length: 3\r\n"),
        FIELDS("two lengths", 502, "Content-Length: 3\r\nContent-Length: 4\r\n"),
        FIELDS("a list of lengths", 502, "Content-Length: 3, 3\r\n"),
        FIELDS("a negative length", 502, "Content-Length: -1\r\n"),
        FIELDS("both", 502, "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
        FIELDS("both, the other way round", 502,
               "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
        FIELDS("a coding", 502, "Transfer-Encoding: gzip, chunked\r\n"),
        FIELDS("chunked twice", 502,
               "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        FIELDS("a folded line", 502, "X-A: a\r\n b\r\n"),
        FIELDS("a space before the colon", 502, "X-A : a\r\n"),
        CASE("chunked in HTTP/1.0", 502,
             "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        CASE("an interim response with a body", 502,
             "HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\n"),
        CASE("an interim response in chunks", 502,
             "HTTP/1.1 103 -\r\nTransfer-Encoding: chunked\r\n\r\n"),
        CASE("an interim response and nothing more to read", OK, "HTTP/1.1 102 -\r\n\r\n"),
    };

    (void)state;
    stream_check(&answers_to_get, cases, sizeof(cases) / sizeof(cases[0]));
}

static struct http1_head read_head(enum http1_method method, const char *text)
{
    struct http1_parser parser;

    http1_response_init(&parser, method);
    assert_int_equal(http1_response_parse(&parser, text, strlen(text)), HTTP1_DONE);
    assert_int_equal(parser.head.length, strlen(text));
    return parser.head;
}

static void test_an_answer_to_head_has_no_body(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n";
    struct http1_head head = read_head(HTTP1_HEAD, text);

    (void)state;
    assert_int_equal(head.body, HTTP1_BODY_NONE);
    assert_int_equal(head.content_length, 70);
    assert_true(head.keep_alive);
    assert_int_equal(read_head(HTTP1_GET, text).body, HTTP1_BODY_LENGTH);
    assert_int_equal(read_head(HTTP1_HEAD, "HTTP/1.1 200 OK\r\n\r\n").body, HTTP1_BODY_NONE);
    assert_true(read_head(HTTP1_HEAD, "HTTP/1.1 200 OK\r\n\r\n").keep_alive);
}

static void test_a_body_in_204_ends_the_connection(void **state)
{
    struct http1_head head =
        read_head(HTTP1_GET, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n");

    (void)state;
    assert_int_equal(head.body, HTTP1_BODY_NONE);
    assert_false(head.keep_alive);
    head = read_head(HTTP1_GET, "HTTP/1.1 204 -\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_int_equal(head.body, HTTP1_BODY_NONE);
    assert_false(head.keep_alive);
    assert_true(read_head(HTTP1_GET, "HTTP/1.1 204 -\r\nContent-Length: 0\r\n\r\n").keep_alive);
}

static void test_without_framing_the_body_goes_on_until_close(void **state)
{
    struct http1_head head = read_head(HTTP1_GET, "HTTP/1.1 200 OK\r\nX: y\r\n\r\n");

    (void)state;
    assert_int_equal(head.body, HTTP1_BODY_UNTIL_CLOSE);
    assert_false(head.keep_alive);
    head = read_head(HTTP1_GET, "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n");
    assert_int_equal(head.body, HTTP1_BODY_UNTIL_CLOSE);
    assert_false(head.keep_alive);
}

static void test_keep_alive_of_responses(void **state)
{
    (void)state;
    assert_true(read_head(HTTP1_GET, "HTTP/1.1 200 -\r\nContent-Length: 0\r\n\r\n").keep_alive);
    assert_false(read_head(HTTP1_GET, "HTTP/1.1 200 -\r\nContent-Length: 0\r\n"
                                      "Connection: Close\r\n\r\n")
                     .keep_alive);
    assert_false(read_head(HTTP1_GET, "HTTP/1.0 200 -\r\nContent-Length: 0\r\n\r\n").keep_alive);
    assert_true(read_head(HTTP1_GET, "HTTP/1.0 200 -\r\nContent-Length: 0\r\n"
                                     "Connection: Keep-Alive\r\n\r\n")
                    .keep_alive);
}

static void test_status_and_reason_are_read(void **state)
{
    static const char text[] = "HTTP/1.0 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n";
    struct http1_head head = read_head(HTTP1_POST, text);

    (void)state;
    assert_int_equal(head.status, 418);
    assert_int_equal(head.minor_version, 0);
    assert_int_equal(head.method, HTTP1_POST);
    assert_int_equal(head.reason.length, strlen("I'm a teapot"));
    assert_memory_equal(text + head.reason.offset, "I'm a teapot", head.reason.length);
}

static void test_switching_protocols_is_marked(void **state)
{
    struct http1_head head = read_head(HTTP1_GET, "HTTP/1.1 101 Switching Protocols\r\n"
                                                  "Connection: upgrade\r\n"
                                                  "Upgrade: websocket\r\n\r\n");

    (void)state;
    assert_int_equal(head.status, 101);
    assert_int_equal(head.body, HTTP1_BODY_NONE);
    assert_true(head.upgrade);
    assert_false(read_head(HTTP1_GET, "HTTP/1.1 101 -\r\nUpgrade: websocket\r\n\r\n").upgrade);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_lines),
        cmocka_unit_test(test_framing),
        cmocka_unit_test(test_an_answer_to_head_has_no_body),
        cmocka_unit_test(test_a_body_in_204_ends_the_connection),
        cmocka_unit_test(test_without_framing_the_body_goes_on_until_close),
        cmocka_unit_test(test_keep_alive_of_responses),
        cmocka_unit_test(test_status_and_reason_are_read),
        cmocka_unit_test(test_switching_protocols_is_marked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

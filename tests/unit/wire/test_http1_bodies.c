/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies: the strict framing of chunks, and the plain kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "http1_stream.h"
#include "wire/http1_body.h"

#define OK   STREAM_ACCEPTED
#define MORE STREAM_MORE

#define HEAD "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
#define NEXT "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"

/* A chunked body, and another request behind it. */
#define BODY(name, verdict, body) STREAM_CASE(name, verdict, HEAD body NEXT)
#define END                       "0\r\n\r\n"
/* The line of a chunk of three bytes. */
#define SIZE(name, verdict, line) BODY(name, verdict, line "abc\r\n" END)

static const struct stream_kind requests = {.is_response = false};

static void check(const struct stream_case *cases, size_t size)
{
    stream_check(&requests, cases, size / sizeof(cases[0]));
}

static void test_sizes(void **state)
{
    static const struct stream_case cases[] = {
        SIZE("one digit", OK, "3\r\n"),
        SIZE("sixteen digits", OK, "0000000000000003\r\n"),
        BODY("a hex digit", OK, "a\r\n0123456789\r\n" END),
        BODY("a hex digit in capitals", OK, "0B\r\n0123456789a\r\n" END),
        BODY("several chunks", OK, "1\r\na\r\n2\r\nbc\r\n5\r\n\r\n\r\n\r\r\n" END),
        BODY("none but the last", OK, END),
        BODY("many zeros at the end", OK, "3\r\nabc\r\n0000000000000000\r\n\r\n"),

        SIZE("seventeen digits", 400, "00000000000000003\r\n"),
        SIZE("no digit", 400, "\r\n"),
        SIZE("a plus", 400, "+3\r\n"),
        SIZE("a minus", 400, "-3\r\n"),
        SIZE("0x", 400, "0x3\r\n"),
        SIZE("an h behind", 400, "3h\r\n"),
        SIZE("an underscore", 400, "0_3\r\n"),
        SIZE("a point", 400, "3.0\r\n"),
        SIZE("a space in front", 400, " 3\r\n"),
        SIZE("a space behind", 400, "3 \r\n"),
        SIZE("a tab behind", 400, "3\t\r\n"),
        SIZE("a comma", 400, "3,\r\n"),
        SIZE("quotes", 400, "\"3\"\r\n"),
        SIZE("NUL", 400, "3\0\r\n"),
        SIZE("a byte beyond ASCII", 400, "\xb3\r\n"),
        SIZE("a letter just beyond hex", 400, "g\r\n"),
        SIZE("a bare LF", 400, "3\n"),
        SIZE("a bare CR", 400, "3\r"),
        SIZE("another byte for the LF", 400, "3\rx"),
        SIZE("two CRs", 400, "3\r\r\n"),
        SIZE("LF and CR", 400, "3\n\r"),
        BODY("more than 63 bits", 400, "8000000000000000\r\nabc"),
        BODY("minus one", 400, "ffffffffffffffff\r\nabc"),
        BODY("more than 63 bits in sum", 400, "1\r\na\r\n7fffffffffffffff\r\nabc"),
        STREAM_CASE("63 bits", MORE, HEAD "7fffffffffffffff\r\nabc"),
    };

    (void)state;
    check(cases, sizeof(cases));
}

static void test_extensions(void **state)
{
    static const struct stream_case cases[] = {
        SIZE("a name", OK, "3;fast\r\n"),
        SIZE("a value", OK, "3;speed=88\r\n"),
        SIZE("several", OK, "3;a;b=c;d=\"e\";f\r\n"),
        SIZE("an empty quoted value", OK, "3;a=\"\"\r\n"),
        SIZE("anything in quotes", OK, "3;a=\"b;c=d e\t(f)\xfc\"\r\n"),
        SIZE("escapes in quotes", OK, "3;a=\"b\\\"c\\\\d\"\r\n"),
        BODY("at the last chunk", OK, "3\r\nabc\r\n0;sum=\"1\"\r\n\r\n"),

        SIZE("a semicolon alone", 400, "3;\r\n"),
        SIZE("two semicolons", 400, "3;;a\r\n"),
        SIZE("a semicolon at the end", 400, "3;a;\r\n"),
        SIZE("no name", 400, "3;=a\r\n"),
        SIZE("no value", 400, "3;a=\r\n"),
        SIZE("two values", 400, "3;a=b=c\r\n"),
        SIZE("a space in front", 400, "3; a\r\n"),
        SIZE("a space behind", 400, "3;a \r\n"),
        SIZE("a space before the semicolon", 400, "3 ;a\r\n"),
        SIZE("spaces around the equals sign", 400, "3;a = b\r\n"),
        SIZE("an open quote", 400, "3;a=\"b\r\n"),
        SIZE("a quote at the end", 400, "3;a=b\"\r\n"),
        SIZE("something behind the quotes", 400, "3;a=\"b\"c\r\n"),
        SIZE("a quoted name", 400, "3;\"a\"=b\r\n"),
        SIZE("an LF in quotes", 400, "3;a=\"b\nc\"\r\n"),
        SIZE("CRLF in quotes", 400, "3;a=\"b\r\nc\"\r\n"),
        SIZE("an escaped CR", 400, "3;a=\"b\\\r\n"),
        SIZE("an escaped NUL", 400, "3;a=\"b\\\0\"\r\n"),
        SIZE("a control character", 400, "3;a\x01\r\n"),
        SIZE("NUL", 400, "3;\0\r\n"),
        SIZE("a byte beyond ASCII", 400, "3;\xe4\r\n"),
        SIZE("a bare LF", 400, "3;a\n"),
        SIZE("a bare CR", 400, "3;a\r"),
    };

    (void)state;
    check(cases, sizeof(cases));
}

static void test_ends_and_trailers(void **state)
{
    static const struct stream_case cases[] = {
        BODY("a trailer", OK, "3\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n"),
        BODY("several trailers", OK, "0\r\nX-Sum:9\r\nX-Note:\tgood \xfc\r\nEmpty:\r\n\r\n"),
        BODY("a trailer about framing", OK, "0\r\nContent-Length: 99\r\n\r\n"),

        BODY("a byte too many", 400, "3\r\nabcd\r\n" END),
        BODY("a byte too few", 400, "3\r\nab\r\n" END),
        BODY("no end of a chunk", 400, "3\r\nabc" END),
        BODY("LF at the end of a chunk", 400, "3\r\nabc\n" END),
        BODY("CR at the end of a chunk", 400, "3\r\nabc\r" END),
        BODY("an empty line too many", 400, "3\r\nabc\r\n\r\n" END),
        BODY("no empty line at the end", 400, "3\r\nabc\r\n0\r\n"),
        BODY("LF at the end", 400, "3\r\nabc\r\n0\r\n\n"),
        BODY("CR at the end", 400, "3\r\nabc\r\n0\r\n\r"),
        BODY("only LF behind the last size", 400, "3\r\nabc\r\n0\n\r\n"),
        BODY("white space in front of a trailer", 400, "0\r\n X-Sum: 9\r\n\r\n"),
        BODY("a folded trailer", 400, "0\r\nX-Sum: 9\r\n 9\r\n\r\n"),
        BODY("a space before the colon", 400, "0\r\nX-Sum : 9\r\n\r\n"),
        BODY("a trailer without a colon", 400, "0\r\nX-Sum\r\n\r\n"),
        BODY("a trailer without a name", 400, "0\r\n: 9\r\n\r\n"),
        BODY("a control character in a trailer", 400, "0\r\nX-Sum: \x02\r\n\r\n"),
        BODY("NUL in a trailer", 400, "0\r\nX-Sum: \0\r\n\r\n"),
        BODY("a bare LF in a trailer", 400, "0\r\nX-Sum: 9\n\r\n"),
        BODY("a bare CR in a trailer", 400, "0\r\nX-Sum: 9\rX: y\r\n\r\n"),
        STREAM_CASE("no last chunk", MORE, HEAD "3\r\nabc\r\n"),
        STREAM_CASE("no end of the last chunk", MORE, HEAD "3\r\nabc\r\n0\r\n"),
        STREAM_CASE("half a trailer", MORE, HEAD "0\r\nX-Sum"),
    };

    (void)state;
    check(cases, sizeof(cases));
}

/* Feeds filler until it is refused or the whole budget has gone through. */
static struct http1_chunked feed(const char *first, const char *filler, size_t count,
                                 const char *last, enum http1_body_result expected)
{
    struct http1_chunked chunked;
    size_t consumed, offset, length;
    enum http1_body_result result;

    http1_chunked_init(&chunked);
    result = http1_chunked_next(&chunked, first, strlen(first), &consumed, &offset, &length);
    for (size_t i = 0; i < count && result == HTTP1_BODY_MORE; i++)
        result = http1_chunked_next(&chunked, filler, strlen(filler), &consumed, &offset, &length);
    if (result == HTTP1_BODY_MORE)
        result = http1_chunked_next(&chunked, last, strlen(last), &consumed, &offset, &length);
    assert_int_equal(result, expected);
    return chunked;
}

static void test_extensions_have_a_budget(void **state)
{
    (void)state;
    feed("0;", "a", HTTP1_EXTENSIONS_SIZE_MAX, "\r\n\r\n", HTTP1_BODY_DONE);
    assert_int_equal(feed("0;", "a", HTTP1_EXTENSIONS_SIZE_MAX + 1, "\r\n\r\n", HTTP1_BODY_REFUSED)
                         .refusal_status,
                     400);
}

static void test_extensions_of_all_chunks_share_it(void **state)
{
    static const char chunk[] = "1;ab\r\nx\r\n";
    struct http1_chunked chunked;
    size_t consumed, offset, length, chunks = 0;
    enum http1_body_result result;

    (void)state;
    http1_chunked_init(&chunked);
    for (;; chunks++) {
        result = http1_chunked_next(&chunked, chunk, 7, &consumed, &offset, &length);
        if (result != HTTP1_BODY_DATA)
            break;
        assert_int_equal(http1_chunked_next(&chunked, chunk + 7, 2, &consumed, &offset, &length),
                         HTTP1_BODY_MORE);
    }
    assert_int_equal(result, HTTP1_BODY_REFUSED);
    assert_int_equal(chunks, HTTP1_EXTENSIONS_SIZE_MAX / 2);
}

static void test_trailers_have_a_budget(void **state)
{
    size_t room = HTTP1_TRAILERS_SIZE_MAX - strlen("X:\r\n\r\n");

    (void)state;
    feed("0\r\nX:", "a", room, "\r\n\r\n", HTTP1_BODY_DONE);
    assert_int_equal(feed("0\r\nX:", "a", room + 1, "\r\n\r\n", HTTP1_BODY_REFUSED).refusal_status,
                     431);
    feed("0\r\n", "X:\r\n", HTTP1_TRAILER_COUNT_MAX, "\r\n", HTTP1_BODY_DONE);
    assert_int_equal(
        feed("0\r\n", "X:\r\n", HTTP1_TRAILER_COUNT_MAX + 1, "\r\n", HTTP1_BODY_REFUSED)
            .refusal_status,
        431);
}

static void test_data_comes_as_it_arrives(void **state)
{
    struct http1_chunked chunked;
    size_t consumed, offset, length;

    (void)state;
    http1_chunked_init(&chunked);
    assert_int_equal(http1_chunked_next(&chunked, "a;x\r\n0123", 9, &consumed, &offset, &length),
                     HTTP1_BODY_DATA);
    assert_int_equal(consumed, 9);
    assert_int_equal(offset, 5);
    assert_int_equal(length, 4);
    assert_int_equal(
        http1_chunked_next(&chunked, "456789\r\n0\r\n\r\nGET", 16, &consumed, &offset, &length),
        HTTP1_BODY_DATA);
    assert_int_equal(consumed, 6);
    assert_int_equal(offset, 0);
    assert_int_equal(length, 6);
    assert_int_equal(
        http1_chunked_next(&chunked, "\r\n0\r\n\r\nGET", 10, &consumed, &offset, &length),
        HTTP1_BODY_DONE);
    assert_int_equal(consumed, 7);
    assert_int_equal(length, 0);
    assert_int_equal(http1_chunked_next(&chunked, "GET", 3, &consumed, &offset, &length),
                     HTTP1_BODY_DONE);
    assert_int_equal(consumed, 0);
}

static void test_a_body_by_length_ends_there(void **state)
{
    struct http1_head head = {.body = HTTP1_BODY_LENGTH, .content_length = 5};
    struct http1_body body;
    size_t consumed, offset, length;

    (void)state;
    http1_body_init(&body, &head);
    assert_int_equal(http1_body_next(&body, "ab", 2, &consumed, &offset, &length), HTTP1_BODY_DATA);
    assert_int_equal(length, 2);
    assert_int_equal(http1_body_next(&body, "", 0, &consumed, &offset, &length), HTTP1_BODY_MORE);
    assert_false(http1_body_may_end(&body));
    assert_int_equal(http1_body_next(&body, "cdefgh", 6, &consumed, &offset, &length),
                     HTTP1_BODY_DATA);
    assert_int_equal(consumed, 3);
    assert_int_equal(length, 3);
    assert_int_equal(http1_body_next(&body, "fgh", 3, &consumed, &offset, &length),
                     HTTP1_BODY_DONE);
    assert_int_equal(consumed, 0);
    assert_true(http1_body_may_end(&body));
}

static void test_a_body_until_close_never_ends(void **state)
{
    struct http1_head head = {.body = HTTP1_BODY_UNTIL_CLOSE};
    struct http1_body body;
    size_t consumed, offset, length;

    (void)state;
    http1_body_init(&body, &head);
    assert_int_equal(http1_body_next(&body, "abc", 3, &consumed, &offset, &length),
                     HTTP1_BODY_DATA);
    assert_int_equal(length, 3);
    assert_int_equal(http1_body_next(&body, "", 0, &consumed, &offset, &length), HTTP1_BODY_MORE);
    assert_true(http1_body_may_end(&body));
}

static void test_chunks_may_not_end_early(void **state)
{
    struct http1_head head = {.body = HTTP1_BODY_CHUNKED};
    struct http1_body body;
    size_t consumed, offset, length;

    (void)state;
    http1_body_init(&body, &head);
    assert_int_equal(http1_body_next(&body, "0\r\n\r", 4, &consumed, &offset, &length),
                     HTTP1_BODY_MORE);
    assert_false(http1_body_may_end(&body));
    assert_int_equal(http1_body_next(&body, "\n", 1, &consumed, &offset, &length), HTTP1_BODY_DONE);
    assert_true(http1_body_may_end(&body));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_ends_and_trailers),
        cmocka_unit_test(test_extensions_have_a_budget),
        cmocka_unit_test(test_extensions_of_all_chunks_share_it),
        cmocka_unit_test(test_trailers_have_a_budget),
        cmocka_unit_test(test_data_comes_as_it_arrives),
        cmocka_unit_test(test_a_body_by_length_ends_there),
        cmocka_unit_test(test_a_body_until_close_never_ends),
        cmocka_unit_test(test_chunks_may_not_end_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What request heads are accepted and which are refused, and with what status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http1_stream.h"

#define OK   STREAM_ACCEPTED
#define MORE STREAM_MORE

#define CASE(name, verdict, data) STREAM_CASE(name, verdict, data)

/* A request line, with what else a request needs. */
#define LINE(name, verdict, line) CASE(name, verdict, line "\r\nHost: shop\r\n\r\n")

/* Fields of a GET with a Host, and the fields of a POST with one and a body of three bytes. */
#define FIELDS(name, verdict, fields)                                                              \
    CASE(name, verdict, "GET /x HTTP/1.1\r\nHost: shop\r\n" fields "\r\n")
#define POST(name, verdict, fields)                                                                \
    CASE(name, verdict, "POST /x HTTP/1.1\r\nHost: shop\r\n" fields "\r\nabc")
#define HOST(name, verdict, host) CASE(name, verdict, "GET / HTTP/1.1\r\nHost:" host "\r\n\r\n")

static const struct stream_kind requests = {.is_response = false};

static void check(const struct stream_case *cases, size_t size)
{
    stream_check(&requests, cases, size / sizeof(cases[0]));
}

static void test_request_lines(void **state)
{
    static const struct stream_case cases[] = {
        LINE("a path", OK, "GET /basket HTTP/1.1"),
        LINE("a query", OK, "GET /find?q=red+shoes&page=3 HTTP/1.1"),
        LINE("an empty query", OK, "GET /find? HTTP/1.1"),
        LINE("two slashes", OK, "GET //elsewhere/x HTTP/1.1"),
        LINE("all that is printable", OK, "GET /!\"$%&'()*+,-./:;<=>?@[\\]^_`{|}~ HTTP/1.1"),
        LINE("a long path", OK, "GET /a/path/that/is/longer/than/thirty-two/bytes/by/far HTTP/1.1"),
        LINE("a method of one's own", OK, "BREW-2 /pot HTTP/1.1"),
        LINE("a method in lower case", OK, "get / HTTP/1.1"),
        LINE("a method of odd token characters", OK, "M!#$%&'*+.^_`|~ / HTTP/1.1"),
        LINE("OPTIONS of everything", OK, "OPTIONS * HTTP/1.1"),
        LINE("HTTP/1.0", OK, "GET / HTTP/1.0"),
        LINE("absolute", OK, "GET http://shop/a?b HTTP/1.1"),
        LINE("absolute without a path", OK, "GET http://shop HTTP/1.1"),
        LINE("absolute with a query alone", OK, "GET http://shop?b HTTP/1.1"),
        LINE("absolute in capitals", OK, "GET HTTP://SHOP/ HTTP/1.1"),
        LINE("absolute with https", OK, "GET https://shop/ HTTP/1.1"),
        LINE("OPTIONS of an authority", OK, "OPTIONS http://shop HTTP/1.1"),

        LINE("a second space", 400, "GET  / HTTP/1.1"),
        LINE("a second space before the version", 400, "GET /  HTTP/1.1"),
        LINE("a space in front", 400, " GET / HTTP/1.1"),
        LINE("a space behind", 400, "GET / HTTP/1.1 "),
        LINE("an empty line in front", 400, "\r\nGET / HTTP/1.1"),
        LINE("an LF in front", 400, "\nGET / HTTP/1.1"),
        LINE("tabs for spaces", 400, "GET\t/\tHTTP/1.1"),
        LINE("a form feed for a space", 400, "GET\f/ HTTP/1.1"),
        LINE("a CR for a space", 400, "GET\r/ HTTP/1.1"),
        LINE("no method", 400, "/ HTTP/1.1"),
        LINE("a method that is no token", 400, "GE{T / HTTP/1.1"),
        LINE("a method with a colon", 400, "GET: / HTTP/1.1"),
        LINE("a method beyond ASCII", 400, "G\xc3\x89T / HTTP/1.1"),
        LINE("NUL in a method", 400, "GE\0T / HTTP/1.1"),
        LINE("no target", 400, "GET HTTP/1.1"),
        LINE("a target without a slash", 400, "GET index.html HTTP/1.1"),
        LINE("a query alone", 400, "GET ?a=b HTTP/1.1"),
        LINE("two targets", 400, "GET /a /b HTTP/1.1"),
        LINE("* of another method", 400, "POST * HTTP/1.1"),
        LINE("two asterisks", 400, "OPTIONS ** HTTP/1.1"),
        LINE("a path behind *", 400, "OPTIONS */a HTTP/1.1"),
        LINE("a fragment", 400, "GET /page#top HTTP/1.1"),
        LINE("a fragment in a query", 400, "GET /page?a#top HTTP/1.1"),
        LINE("a byte beyond ASCII", 400, "GET /caf\xe9 HTTP/1.1"),
        LINE("DEL in a target", 400, "GET /a\x7f HTTP/1.1"),
        LINE("NUL in a target", 400, "GET /a\0b HTTP/1.1"),
        LINE("ESC in a target", 400, "GET /a\x1b[2J HTTP/1.1"),
        LINE("a tab in a target", 400, "GET /a\tb HTTP/1.1"),
        LINE("a CR in a target", 400, "GET /a\rb HTTP/1.1"),
        LINE("an LF in a target", 400, "GET /a\nb HTTP/1.1"),
        LINE("CONNECT", 400, "CONNECT shop:443 HTTP/1.1"),
        LINE("CONNECT with a path", 400, "CONNECT / HTTP/1.1"),
        LINE("CONNECT with an absolute target", 400, "CONNECT http://shop/ HTTP/1.1"),
        LINE("an authority alone", 400, "GET shop:80 HTTP/1.1"),
        LINE("absolute of another host", 400, "GET http://other/ HTTP/1.1"),
        LINE("absolute of another port", 400, "GET http://shop:80/ HTTP/1.1"),
        LINE("absolute with a user", 400, "GET http://joe@shop/ HTTP/1.1"),
        LINE("absolute with a password", 400, "GET http://joe:secret@shop/ HTTP/1.1"),
        LINE("absolute without a host", 400, "GET http:///a HTTP/1.1"),
        LINE("absolute with a bad port", 400, "GET http://shop:x/ HTTP/1.1"),
        LINE("another scheme", 400, "GET ftp://shop/ HTTP/1.1"),
        LINE("a scheme with one slash", 400, "GET http:/shop/ HTTP/1.1"),
        LINE("a scheme that is cut", 400, "GET http: HTTP/1.1"),
        LINE("a backslash in an authority", 400, "GET http://shop\\@other/ HTTP/1.1"),
    };

    (void)state;
    check(cases, sizeof(cases));
}

static void test_versions(void **state)
{
    static const struct stream_case cases[] = {
        LINE("2.0", 505, "GET / HTTP/2.0"),
        LINE("1.2", 505, "GET / HTTP/1.2"),
        LINE("0.9", 505, "GET / HTTP/0.9"),
        LINE("3.0 with a target of any form", 505, "PRI * HTTP/3.0"),
        LINE("none", 400, "GET /"),
        LINE("none, with a space", 400, "GET / "),
        LINE("no minor number", 400, "GET / HTTP/1"),
        LINE("no point", 400, "GET / HTTP/11"),
        LINE("a comma", 400, "GET / HTTP/1,1"),
        LINE("two digits", 400, "GET / HTTP/1.10"),
        LINE("two digits in front", 400, "GET / HTTP/01.1"),
        LINE("a letter behind", 400, "GET / HTTP/1.1a"),
        LINE("no digit", 400, "GET / HTTP/1.x"),
        LINE("lower case", 400, "GET / http/1.1"),
        LINE("another protocol", 400, "GET / HTCPCP/1.0"),
        LINE("another protocol of that length", 400, "GET / HTTQ/1.1"),
        LINE("two slashes", 400, "GET / HTTP//1.1"),
        LINE("NUL behind", 400, "GET / HTTP/1.1\0"),
        CASE("a bare LF", 400, "GET / HTTP/1.1\nHost: shop\r\n\r\n"),
        CASE("a bare CR", 400, "GET / HTTP/1.1\rHost: shop\r\n\r\n"),
        CASE("two CRs", 400, "GET / HTTP/1.1\r\r\nHost: shop\r\n\r\n"),
    };

    (void)state;
    check(cases, sizeof(cases));
}

static void test_fields(void **state)
{
    static const struct stream_case cases[] = {
        FIELDS("white space around a value", OK, "X-A: \t one \t \r\n"),
        FIELDS("no white space", OK, "X-A:one\r\n"),
        FIELDS("an empty value", OK, "X-A:\r\n"),
        FIELDS("a value of white space", OK, "X-A:  \t \r\n"),
        FIELDS("a colon in a value", OK, "X-A: b: c\r\n"),
        FIELDS("bytes beyond ASCII in a value", OK, "X-A: gr\xc3\xbc\xdf e\r\n"),
        FIELDS("a tab in a value", OK, "X-A: one\ttwo\r\n"),
        FIELDS("a name of one letter", OK, "X: y\r\n"),
        FIELDS("a name of odd token characters", OK, "!#$%&'*+-.^_`|~9: y\r\n"),
        FIELDS("a name with an underscore", OK, "X_Forwarded_For: ::1\r\n"),
        FIELDS("a name of 40 letters", OK, "X-Abcdefghijklmnopqrstuvwxyzabcdefghijklmn: y\r\n"),
        FIELDS("a value of 100 bytes", OK,
               "X-A: 0123456789012345678901234567890123456789012345678901234567890123456789"
               "012345678901234567890123456789\r\n"),
        FIELDS("the same twice", OK, "X-A: 1\r\nX-A: 2\r\n"),

        FIELDS("a space before the colon", 400, "X-A : y\r\n"),
        FIELDS("a tab before the colon", 400, "X-A\t: y\r\n"),
        FIELDS("a space in a name", 400, "X A: y\r\n"),
        FIELDS("no name", 400, ": y\r\n"),
        FIELDS("no colon", 400, "X-A\r\n"),
        FIELDS("a lone word at the end", 400, "X-A: y\r\nword\r\n"),
        FIELDS("a name in quotes", 400, "\"X-A\": y\r\n"),
        FIELDS("a name in brackets", 400, "[X]: y\r\n"),
        FIELDS("a name with a slash", 400, "X/A: y\r\n"),
        FIELDS("a name with an equals sign", 400, "X=A: y\r\n"),
        FIELDS("a name beyond ASCII", 400, "X-\xe4: y\r\n"),
        FIELDS("a name of 20 letters and a bad one", 400, "X-Abcdefghijklmnopqrs(: y\r\n"),
        FIELDS("NUL in a name", 400, "X-\0A: y\r\n"),
        FIELDS("DEL in a name", 400, "X-\x7f: y\r\n"),
        FIELDS("NUL in a value", 400, "X-A: a\0b\r\n"),
        FIELDS("NUL at the end of a value", 400, "X-A: a\0\r\n"),
        FIELDS("BEL in a value", 400, "X-A: a\ab\r\n"),
        FIELDS("DEL in a value", 400, "X-A: a\x7f\r\n"),
        FIELDS("ESC behind 40 bytes of a value", 400,
               "X-A: 0123456789012345678901234567890123456789\x1b\r\n"),
        FIELDS("a vertical tab before a value", 400, "X-A:\vb\r\n"),
        FIELDS("a CR in a value", 400, "X-A: a\rb\r\n"),
        FIELDS("a CR at the end of a value", 400, "X-A: a\r\r\n"),
        FIELDS("a bare LF", 400, "X-A: a\nX-B: b\r\n"),
        FIELDS("a bare CR", 400, "X-A: a\rX-B: b\r\n"),
        FIELDS("LF and CR", 400, "X-A: a\n\rX-B: b\r\n"),
        FIELDS("a folded line", 400, "X-A: a\r\n b\r\n"),
        FIELDS("a line folded by a tab", 400, "X-A: a\r\n\tb\r\n"),
        FIELDS("a line of white space", 400, "X-A: a\r\n \r\n"),
        CASE("white space behind the start line", 400, "GET / HTTP/1.1\r\n Host: shop\r\n\r\n"),
        CASE("a tab behind the start line", 400, "GET / HTTP/1.1\r\n\tX: y\r\nHost: a\r\n\r\n"),
        CASE("an end of LF alone", 400, "GET / HTTP/1.1\r\nHost: shop\r\n\n"),
        CASE("an end of CR alone", 400, "GET / HTTP/1.1\r\nHost: shop\r\n\rGET"),
        CASE("an end of CR and CR", 400, "GET / HTTP/1.1\r\nHost: shop\r\n\r\r\n"),
        CASE("nothing but LFs", 400, "GET / HTTP/1.1\nHost: shop\n\n"),

        CASE("nothing at all", OK, ""),
        CASE("half a head", MORE, "GET / HTTP/1.1\r\nHost: shop\r\n"),
        CASE("a head without its last byte", MORE, "GET / HTTP/1.1\r\nHost: shop\r\n\r"),
        CASE("two requests in a row", OK,
             "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n"),
        CASE("one and a half", MORE, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HT"),
        CASE("a bad one behind a good one", 400,
             "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2\r\nHost: b\r\n\r\n"),
    };

    (void)state;
    check(cases, sizeof(cases));
}

static void test_hosts(void **state)
{
    static const struct stream_case cases[] = {
        HOST("a name", OK, " www.example.org"),
        HOST("a port", OK, "www.example.org:8443"),
        HOST("the last port", OK, " a:65535"),
        HOST("an underscore", OK, " my_service.internal"),
        HOST("a final dot", OK, " example.org."),
        HOST("a long name", OK, " a-rather-long-label.of-a-name.below.example.org:8080"),
        HOST("an IPv4 address", OK, " 192.0.2.7"),
        HOST("an IPv6 address", OK, " [2001:db8::7]:80"),
        HOST("an IPv6 address with IPv4 in it", OK, " [::ffff:192.0.2.7]"),
        CASE("HTTP/1.0 without Host", OK, "GET / HTTP/1.0\r\n\r\n"),
        CASE("HTTP/1.0, absolute, without Host", OK, "GET http://a:80/ HTTP/1.0\r\n\r\n"),
        CASE("any case of the name", OK, "GET / HTTP/1.1\r\nhOsT: shop\r\n\r\n"),

        CASE("none", 400, "GET / HTTP/1.1\r\nX-Host: shop\r\n\r\n"),
        CASE("none, absolute", 400, "GET http://shop/ HTTP/1.1\r\n\r\n"),
        CASE("HTTP/1.0 with a bad one", 400, "GET / HTTP/1.0\r\nHost: a/b\r\n\r\n"),
        CASE("two", 400, "GET / HTTP/1.1\r\nHost: shop\r\nHost: bank\r\n\r\n"),
        CASE("the same twice", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nHost: a\r\n\r\n"),
        CASE("two in HTTP/1.0", 400, "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
        HOST("empty", 400, " "),
        HOST("a port alone", 400, " :80"),
        HOST("no port behind the colon", 400, " shop:"),
        HOST("port 0", 400, " shop:0"),
        HOST("a port too large", 400, " shop:65536"),
        HOST("a port of six digits", 400, " shop:000080"),
        HOST("a port with a sign", 400, " shop:+80"),
        HOST("a port that is no number", 400, " shop:http"),
        HOST("two ports", 400, " shop:80:80"),
        HOST("a space", 400, " sh op"),
        HOST("a tab", 400, " sh\top"),
        HOST("a list", 400, " shop,bank"),
        HOST("a user", 400, " joe@shop"),
        HOST("a path", 400, " shop/a"),
        HOST("a query", 400, " shop?a"),
        HOST("a backslash", 400, " shop\\a"),
        HOST("a scheme", 400, " http://shop"),
        HOST("an escape", 400, " sh%6fp"),
        HOST("a dot in front", 400, " .shop"),
        HOST("an asterisk", 400, " *.shop"),
        HOST("a byte beyond ASCII", 400, " sh\xf6p"),
        HOST("an IPv6 address without brackets", 400, " 2001:db8::7"),
        HOST("an open bracket", 400, " [2001:db8::7"),
        HOST("a closed bracket", 400, " 2001:db8::7]"),
        HOST("nothing in brackets", 400, " []"),
        HOST("a name in brackets", 400, " [shop]"),
        HOST("an IPv4 address in brackets", 400, " [192.0.2.7]"),
        HOST("a zone", 400, " [fe80::1%eth0]"),
        HOST("something behind brackets", 400, " [::1]a"),
        HOST("five digits in a group", 400, " [12345::1]"),
        HOST("too much in brackets", 400,
             " [0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]"),
    };

    (void)state;
    check(cases, sizeof(cases));
}

static void test_lengths_and_encodings(void **state)
{
    static const struct stream_case cases[] = {
        POST("a length", OK, "Content-Length: 3\r\n"),
        POST("a length with zeros", OK, "Content-Length: 0003\r\n"),
        POST("a length in small letters", OK, "content-length:3\r\n"),
        POST("a length too short by one", MORE, "Content-Length: 2\r\n"),
        POST("a length too long by one", MORE, "Content-Length: 4\r\n"),
        POST("the largest length", MORE, "Content-Length: 9223372036854775807\r\n"),
        POST("an underscore for the dash", MORE, "Content_Length: 3\r\n"),
        FIELDS("a length of zero", OK, "Content-Length: 0\r\n"),

        POST("a length beyond 63 bits", 400, "Content-Length: 9223372036854775808\r\n"),
        POST("a length beyond 64 bits", 400, "Content-Length: 18446744073709551619\r\n"),
        POST("a length of 20 digits", 400, "Content-Length: 00000000000000000003\r\n"),
        POST("an empty length", 400, "Content-Length:\r\n"),
        POST("a length with a minus", 400, "Content-Length: -3\r\n"),
        POST("a length with a plus", 400, "Content-Length: +3\r\n"),
        POST("a length in hex", 400, "Content-Length: 0x3\r\n"),
        POST("a length with a point", 400, "Content-Length: 3.0\r\n"),
        POST("a length with an exponent", 400, "Content-Length: 3e0\r\n"),
        POST("a length with a comma", 400, "Content-Length: 3,\r\n"),
        POST("a list of lengths", 400, "Content-Length: 3, 3\r\n"),
        POST("a list of other lengths", 400, "Content-Length: 3,4\r\n"),
        POST("a length in quotes", 400, "Content-Length: \"3\"\r\n"),
        POST("a length with a semicolon", 400, "Content-Length: 3;a=b\r\n"),
        POST("a length with a no-break space", 400,
             "Content-Length: \xa0"
             "3\r\n"),
        POST("a length in Arabic digits", 400, "Content-Length: \xd9\xa3\r\n"),
        POST("two equal lengths", 400, "Content-Length: 3\r\nContent-Length: 3\r\n"),
        POST("two lengths", 400, "Content-Length: 3\r\nContent-Length: 4\r\n"),
        POST("a space in the name", 400, "Content-Length : 3\r\n"),

        POST("both", 400, "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
        POST("both, the other way round", 400,
             "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
        POST("both, the length of zero", 400,
             "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"),
        POST("both, an unknown coding", 400, "Content-Length: 3\r\nTransfer-Encoding: br\r\n"),
        POST("chunked twice in a list", 400, "Transfer-Encoding: chunked, chunked\r\n"),
        POST("chunked in two fields", 400,
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        POST("chunked and another in two fields", 400,
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
        POST("an empty encoding", 400, "Transfer-Encoding: \r\n"),
        POST("a comma behind", 400, "Transfer-Encoding: chunked,\r\n"),
        POST("a comma in front", 400, "Transfer-Encoding: , chunked\r\n"),
        POST("a parameter", 400, "Transfer-Encoding: chunked;level=9\r\n"),
        POST("in quotes", 400, "Transfer-Encoding: \"chunked\"\r\n"),
        POST("a vertical tab", 400, "Transfer-Encoding: \vchunked\r\n"),
        POST("a no-break space", 400,
             "Transfer-Encoding: \xa0"
             "chunked\r\n"),
        POST("a NUL", 400, "Transfer-Encoding: chunked\0\r\n"),
        POST("folded", 400, "Transfer-Encoding:\r\n\tchunked\r\n"),
        POST("a coding", 501, "Transfer-Encoding: gzip\r\n"),
        POST("a coding before chunked", 501, "Transfer-Encoding: gzip, chunked\r\n"),
        POST("a coding behind chunked", 501, "Transfer-Encoding: chunked, deflate\r\n"),
        POST("a coding with a parameter", 501, "Transfer-Encoding: lzma;level=9\r\n"),
        POST("identity", 501, "Transfer-Encoding: identity\r\n"),
        POST("a word like chunked", 501, "Transfer-Encoding: chunke\r\n"),
        POST("another word like chunked", 501, "Transfer-Encoding: chunkedd\r\n"),
        CASE("chunked in HTTP/1.0", 400,
             "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        CASE("a coding in HTTP/1.0", 400,
             "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"),
        POST("Transfer_Encoding", MORE, "Transfer_Encoding: chunked\r\n"),
    };

    (void)state;
    check(cases, sizeof(cases));
}

static void test_connection_and_upgrade(void **state)
{
    static const struct stream_case cases[] = {
        FIELDS("empty elements", OK, "Connection: , close,,\r\n"),
        FIELDS("an empty Connection", OK, "Connection:\r\n"),
        FIELDS("two of them", OK, "Connection: close\r\nConnection: X-A\r\n"),
        FIELDS("an upgrade", OK, "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
        FIELDS("protocols with versions", OK,
               "Connection: Upgrade\r\nUpgrade: IRC/6.9, RTA/x11\r\n"),
        FIELDS("any Expect", OK, "Expect: the unexpected\r\n"),
        FIELDS("any TE", OK, "TE: ;;q\r\n"),

        FIELDS("an element with a space", 400, "Connection: keep alive\r\n"),
        FIELDS("an element in quotes", 400, "Connection: \"close\"\r\n"),
        FIELDS("an element with a parameter", 400, "Connection: close;now\r\n"),
        FIELDS("an element beyond ASCII", 400, "Connection: cl\xf6se\r\n"),
        FIELDS("an empty Upgrade", 400, "Upgrade: \r\n"),
        FIELDS("two Upgrades", 400, "Upgrade: websocket\r\nUpgrade: websocket\r\n"),
        FIELDS("an Upgrade with a space", 400, "Upgrade: web socket\r\n"),
        FIELDS("an Upgrade without a version", 400, "Upgrade: IRC/\r\n"),
        FIELDS("an Upgrade without a name", 400, "Upgrade: /1.1\r\n"),
        FIELDS("an Upgrade with two versions", 400, "Upgrade: IRC/1/2\r\n"),
    };

    (void)state;
    check(cases, sizeof(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_lines),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_lengths_and_encodings),
        cmocka_unit_test(test_connection_and_upgrade),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

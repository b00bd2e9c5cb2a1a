/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "wire/http1_write.h"

static char buffer[512];

static struct http1_writer begin(void)
{
    struct http1_writer writer;

    memset(buffer, '?', sizeof(buffer));
    http1_writer_init(&writer, buffer, sizeof(buffer));
    return writer;
}

static void assert_written(const struct http1_writer *writer, const char *expected)
{
    assert_false(writer->overflow);
    assert_int_equal(writer->used, strlen(expected));
    assert_memory_equal(writer->data, expected, writer->used);
    assert_int_equal(writer->data[writer->used], '?');
}

static void test_a_response_is_written(void **state)
{
    struct http1_writer writer = begin();

    (void)state;
    http1_write_status_line(&writer, 404);
    http1_write_number_field(&writer, "Content-Length", 14, 1024);
    http1_write_field(&writer, "X-A", 3, "a value that is longer than 32 bytes", 36);
    HTTP1_WRITE_FIELD(&writer, "Connection", "close");
    http1_write_head_end(&writer);
    assert_written(&writer, "HTTP/1.1 404 Not Found\r\n"
                            "Content-Length: 1024\r\n"
                            "X-A: a value that is longer than 32 bytes\r\n"
                            "Connection: close\r\n"
                            "\r\n");
}

static void test_a_status_without_a_reason_has_its_space(void **state)
{
    struct http1_writer writer = begin();

    (void)state;
    http1_write_status_line(&writer, 799);
    assert_written(&writer, "HTTP/1.1 799 \r\n");
}

static void test_texts_of_any_length_are_copied_whole(void **state)
{
    static const char text[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    (void)state;
    for (size_t length = 0; length < sizeof(text); length++) {
        struct http1_writer writer = begin();

        http1_write_bytes(&writer, text, length);
        assert_int_equal(writer.used, length);
        assert_memory_equal(buffer, text, length);
        assert_int_equal(buffer[length], '?');
    }
}

static void rewrite(const char *request, const char *expected)
{
    struct http1_writer writer = begin();
    struct http1_parser parser;

    http1_request_init(&parser);
    assert_int_equal(http1_request_parse(&parser, request, strlen(request)), HTTP1_DONE);
    http1_write_request_line_of(&writer, &parser.head, request);
    for (size_t i = 1; i < parser.head.field_count; i++)
        http1_write_field_of(&writer, &parser.head.fields[i], request);
    assert_written(&writer, expected);
}

static void test_requests_go_on_in_origin_form(void **state)
{
    (void)state;
    rewrite("GET /a?b HTTP/1.0\r\nHost: s\r\n\r\n", "GET /a?b HTTP/1.1\r\n");
    rewrite("GET http://s/a?b HTTP/1.1\r\nHost: s\r\n\r\n", "GET /a?b HTTP/1.1\r\n");
    rewrite("GET http://s HTTP/1.1\r\nHost: s\r\n\r\n", "GET / HTTP/1.1\r\n");
    rewrite("GET http://s?b HTTP/1.1\r\nHost: s\r\n\r\n", "GET /?b HTTP/1.1\r\n");
    rewrite("OPTIONS * HTTP/1.1\r\nHost: s\r\n\r\n", "OPTIONS * HTTP/1.1\r\n");
    rewrite("OPTIONS http://s HTTP/1.1\r\nHost: s\r\n\r\n", "OPTIONS * HTTP/1.1\r\n");
    rewrite("OPTIONS http://s?b HTTP/1.1\r\nHost: s\r\n\r\n", "OPTIONS /?b HTTP/1.1\r\n");
    rewrite("OPTIONS http://s/ HTTP/1.1\r\nHost: s\r\n\r\n", "OPTIONS / HTTP/1.1\r\n");
}

static void test_what_stands_around_a_value_is_written_anew(void **state)
{
    (void)state;
    rewrite("GET / HTTP/1.1\r\nHost: s\r\nX-A:\tb  c \t\r\nX-B:\r\n\r\n",
            "GET / HTTP/1.1\r\nX-A: b  c\r\nX-B: \r\n");
}

static void test_numbers(void **state)
{
    struct http1_writer writer = begin();

    (void)state;
    http1_write_decimal(&writer, 0);
    http1_write_bytes(&writer, " ", 1);
    http1_write_decimal(&writer, 1000000007);
    http1_write_bytes(&writer, " ", 1);
    http1_write_decimal(&writer, UINT64_MAX);
    assert_written(&writer, "0 1000000007 18446744073709551615");
}

static void test_chunks(void **state)
{
    struct http1_writer writer = begin();

    (void)state;
    http1_write_chunk_head(&writer, 1);
    http1_write_chunk_end(&writer);
    http1_write_chunk_head(&writer, 0x10af);
    http1_write_chunk_head(&writer, UINT64_MAX);
    http1_write_last_chunk(&writer);
    assert_written(&writer, "1\r\n\r\n10af\r\nffffffffffffffff\r\n0\r\n\r\n");
}

static void test_what_does_not_fit_is_left_out(void **state)
{
    struct http1_writer writer;

    (void)state;
    memset(buffer, '?', sizeof(buffer));
    http1_writer_init(&writer, buffer, 10);
    http1_write_bytes(&writer, "01234", 5);
    http1_write_field(&writer, "a", 1, "b", 1);
    assert_true(writer.overflow);
    assert_int_equal(writer.used, 5);
    http1_write_bytes(&writer, "5", 1);
    http1_write_request_line(&writer, "G", 1, "/", 1);
    http1_write_status_line(&writer, 200);
    assert_true(writer.overflow);
    assert_int_equal(writer.used, 5);
    assert_memory_equal(buffer, "01234?", 6);
    http1_writer_init(&writer, buffer, 5);
    http1_write_bytes(&writer, "01234", 5);
    assert_false(writer.overflow);
}

static void test_dates(void **state)
{
    char date[HTTP1_DATE_SIZE];

    (void)state;
    http1_format_date(784111777, date);
    assert_memory_equal(date, "Sun, 06 Nov 1994 08:49:37 GMT", sizeof(date));
    http1_format_date(-1, date);
    assert_memory_equal(date, "Thu, 01 Jan 1970 00:00:00 GMT", sizeof(date));
    http1_format_date(INT64_MAX, date);
    assert_memory_equal(date, "Fri, 31 Dec 9999 23:59:59 GMT", sizeof(date));
}

static void test_dates_are_those_of_the_c_library(void **state)
{
    (void)state;
    /* Every day for 800 years, at another time each. */
    for (int64_t time = 12345; time < INT64_C(25246000000); time += 86400 + 3671) {
        char date[HTTP1_DATE_SIZE], expected[HTTP1_DATE_SIZE + 1];
        struct tm fields;

        assert_non_null(gmtime_r(&time, &fields));
        (void)strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &fields);
        http1_format_date(time, date);
        assert_memory_equal(date, expected, sizeof(date));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_response_is_written),
        cmocka_unit_test(test_a_status_without_a_reason_has_its_space),
        cmocka_unit_test(test_texts_of_any_length_are_copied_whole),
        cmocka_unit_test(test_requests_go_on_in_origin_form),
        cmocka_unit_test(test_what_stands_around_a_value_is_written_anew),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_what_does_not_fit_is_left_out),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_dates_are_those_of_the_c_library),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

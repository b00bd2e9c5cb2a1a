/* SPDX-License-Identifier: Apache-2.0 */
/* How much of everything a head may hold: as much as the limit, and not a byte more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http1_stream.h"

#define OK STREAM_ACCEPTED

static const struct stream_kind requests = {.is_response = false};
static const struct stream_kind responses = {.is_response = true, .method = HTTP1_HEAD};

struct head {
    char data[3 * HTTP1_HEAD_SIZE_MAX];
    size_t size;
};

static void add(struct head *head, const char *text)
{
    memcpy(head->data + head->size, text, strlen(text));
    head->size += strlen(text);
}

static void fill(struct head *head, char byte, size_t count)
{
    memset(head->data + head->size, byte, count);
    head->size += count;
}

static struct head *begin(const char *text)
{
    static struct head head;

    head.size = 0;
    add(&head, text);
    return &head;
}

static void check(const struct stream_kind *kind, const char *name, struct head *head,
                  const char *last, unsigned verdict)
{
    add(head, last);
    stream_check_long(kind, name, head->data, head->size, verdict);
}

static void check_target(const char *name, size_t size, const char *last, unsigned verdict)
{
    struct head *head = begin("GET /");

    fill(head, 'a', size - 1);
    check(&requests, name, head, last, verdict);
}

static void test_targets(void **state)
{
    static const char rest[] = " HTTP/1.1\r\nHost: a\r\n\r\n";

    (void)state;
    check_target("a target of 8192 bytes", HTTP1_TARGET_SIZE_MAX, rest, OK);
    check_target("one of 8193", HTTP1_TARGET_SIZE_MAX + 1, rest, 414);
    check_target("one of 8193, still open", HTTP1_TARGET_SIZE_MAX + 1, "", 414);
    check_target("one of 20000", 20000, rest, 414);
    check_target("one of 8192 and a bad byte", HTTP1_TARGET_SIZE_MAX, "\x01 HTTP/1.1\r\n", 400);
    check_target("one of 8193 and a bad byte", HTTP1_TARGET_SIZE_MAX + 1, "\x01 HTTP/1.1\r\n", 414);
}

static void test_lines(void **state)
{
    struct head *head;

    (void)state;
    head = begin("GET / HTTP/1.1\r\nHost: a\r\nX:");
    fill(head, 'a', HTTP1_LINE_SIZE_MAX - 2);
    check(&requests, "a line of 16384 bytes", head, "\r\n\r\n", OK);
    head = begin("GET / HTTP/1.1\r\nHost: a\r\nX:");
    fill(head, 'a', HTTP1_LINE_SIZE_MAX - 1);
    check(&requests, "one of 16385", head, "\r\n\r\n", 431);
    head = begin("GET / HTTP/1.1\r\nHost: a\r\nX:");
    fill(head, ' ', HTTP1_LINE_SIZE_MAX - 1);
    check(&requests, "one of white space, still open", head, "", 431);
    head = begin("GET / HTTP/1.1\r\nHost: a\r\n");
    fill(head, 'X', HTTP1_LINE_SIZE_MAX - 1);
    check(&requests, "a name of 16383 bytes", head, ":\r\n\r\n", OK);
    head = begin("GET / HTTP/1.1\r\nHost: a\r\n");
    fill(head, 'X', HTTP1_LINE_SIZE_MAX);
    check(&requests, "a name of 16384 bytes and a colon", head, ":\r\n\r\n", 431);
    head = begin("GET / HTTP/1.1\r\nHost: a\r\n");
    fill(head, '_', HTTP1_LINE_SIZE_MAX + 1);
    check(&requests, "a name of 16385 bytes", head, "", 431);
    head = begin("GET / HTTP/1.1\r\nHost: a\r\nX:");
    fill(head, 'a', HTTP1_LINE_SIZE_MAX - 1);
    check(&requests, "a line too long that ends in a bad byte", head, "\x01\r\n", 431);
    head = begin("");
    fill(head, 'M', HTTP1_LINE_SIZE_MAX + 1);
    check(&requests, "a method of 16385 bytes", head, " / HTTP/1.1\r\nHost: a\r\n\r\n", 431);
    head = begin("");
    fill(head, 'M', HTTP1_LINE_SIZE_MAX - strlen(" / HTTP/1.1"));
    check(&requests, "a request line of 16384", head, " / HTTP/1.1\r\nHost: a\r\n\r\n", OK);
    head = begin("");
    fill(head, 'M', HTTP1_LINE_SIZE_MAX - strlen(" / HTTP/1.1") + 1);
    check(&requests, "a request line of 16385", head, " / HTTP/1.1\r\nHost: a\r\n\r\n", 431);
    head = begin("HTTP/1.1 200 ");
    fill(head, 'r', HTTP1_LINE_SIZE_MAX - strlen("HTTP/1.1 200 "));
    check(&responses, "a status line of 16384", head, "\r\n\r\n", OK);
    head = begin("HTTP/1.1 200 ");
    fill(head, 'r', HTTP1_LINE_SIZE_MAX - strlen("HTTP/1.1 200 ") + 1);
    check(&responses, "a status line of 16385", head, "\r\n\r\n", 502);
}

static struct head *begin_large(const char *first, size_t size)
{
    struct head *head = begin(first);

    add(head, "X-1: ");
    fill(head, 'a', 16370);
    add(head, "\r\nX-2: ");
    fill(head, 'b', size - head->size - strlen("\r\n\r\n"));
    return head;
}

static void test_heads(void **state)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n";

    (void)state;
    check(&requests, "a head of 32768 bytes", begin_large(request, HTTP1_HEAD_SIZE_MAX), "\r\n\r\n",
          OK);
    check(&requests, "one of 32769", begin_large(request, HTTP1_HEAD_SIZE_MAX + 1), "\r\n\r\n",
          431);
    check(&requests, "one of 32768 and more", begin_large(request, HTTP1_HEAD_SIZE_MAX),
          "\r\nX: y\r\n\r\n", 431);
    check(&requests, "one of 32768 that never ends", begin_large(request, HTTP1_HEAD_SIZE_MAX),
          "bbbb", 431);
    check(&requests, "one that goes wrong beyond the limit",
          begin_large(request, HTTP1_HEAD_SIZE_MAX + 6), "\x01\r\n\r\n", 431);
    check(&responses, "a response of 32768",
          begin_large("HTTP/1.1 200 OK\r\n", HTTP1_HEAD_SIZE_MAX), "\r\n\r\n", OK);
    check(&responses, "a response of 32769",
          begin_large("HTTP/1.1 200 OK\r\n", HTTP1_HEAD_SIZE_MAX + 1), "\r\n\r\n", 502);
}

static struct head *begin_fields(size_t count)
{
    struct head *head = begin("GET / HTTP/1.1\r\nHost: a\r\n");

    for (size_t i = 1; i < count; i++)
        add(head, "X: y\r\n");
    return head;
}

static void test_fields(void **state)
{
    (void)state;
    check(&requests, "100 fields", begin_fields(HTTP1_FIELD_COUNT_MAX), "\r\n", OK);
    check(&requests, "101 fields", begin_fields(HTTP1_FIELD_COUNT_MAX + 1), "\r\n", 431);
    check(&requests, "100 fields and a bad one", begin_fields(HTTP1_FIELD_COUNT_MAX), "(\r\n", 431);
    check(&requests, "1000 fields", begin_fields(1000), "\r\n", 431);
}

static void test_hosts(void **state)
{
    struct head *head;

    (void)state;
    head = begin("GET / HTTP/1.1\r\nHost: ");
    fill(head, 'a', HTTP1_HOST_SIZE_MAX);
    check(&requests, "a host of 255 bytes", head, ":65535\r\n\r\n", OK);
    head = begin("GET / HTTP/1.1\r\nHost: ");
    fill(head, 'a', HTTP1_HOST_SIZE_MAX + 1);
    check(&requests, "a host of 256 bytes", head, "\r\n\r\n", 400);
}

static struct head *begin_connection(size_t count)
{
    struct head *head = begin("GET / HTTP/1.1\r\nHost: a\r\nConnection: x");

    for (size_t i = 1; i < count; i++)
        add(head, i % 2 == 0 ? ",y" : "\r\nConnection: x");
    return head;
}

static void test_names_in_connection(void **state)
{
    (void)state;
    check(&requests, "32 names", begin_connection(HTTP1_CONNECTION_NAMES_MAX), "\r\n\r\n", OK);
    check(&requests, "33 names", begin_connection(HTTP1_CONNECTION_NAMES_MAX + 1), "\r\n\r\n", 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets), cmocka_unit_test(test_lines),
        cmocka_unit_test(test_heads),   cmocka_unit_test(test_fields),
        cmocka_unit_test(test_hosts),   cmocka_unit_test(test_names_in_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

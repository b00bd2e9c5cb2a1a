/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/proxy_protocol.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

/* In a block of just the size, so that a sanitizer sees a read past the end. */
static enum proxy_protocol_result parse(const char *data, size_t size, struct proxy_protocol *ret)
{
    char *copy = malloc(size > 0 ? size : 1);
    enum proxy_protocol_result result;

    assert_non_null(copy);
    memcpy(copy, data, size);
    result = proxy_protocol_parse(copy, size, ret);
    free(copy);
    return result;
}

/* Whole, with bytes behind it, and in every cut before. */
static struct proxy_protocol assert_done(const char *data, size_t size)
{
    struct proxy_protocol header;
    struct proxy_protocol again;
    char *longer = malloc(size + 4);

    assert_non_null(longer);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(parse(data, i, &header), PROXY_PROTOCOL_MORE);
    memset(&header, 0, sizeof(header));
    assert_int_equal(parse(data, size, &header), PROXY_PROTOCOL_DONE);
    assert_int_equal(header.length, size);
    memcpy(longer, data, size);
    memcpy(longer + size, "GET ", 4);
    memset(&again, 0, sizeof(again));
    assert_int_equal(parse(longer, size + 4, &again), PROXY_PROTOCOL_DONE);
    assert_memory_equal(&header, &again, sizeof(header));
    free(longer);
    return header;
}

/* Once refused, always refused; nothing is written. */
static void assert_refused(const char *data, size_t size)
{
    struct proxy_protocol header;
    bool was_refused = false;

    memset(&header, 0x5a, sizeof(header));
    for (size_t i = 0; i <= size; i++) {
        enum proxy_protocol_result result = parse(data, i, &header);

        assert_int_not_equal(result, PROXY_PROTOCOL_DONE);
        assert_false(was_refused && result != PROXY_PROTOCOL_REFUSED);
        was_refused = result == PROXY_PROTOCOL_REFUSED;
    }
    assert_true(was_refused);
    assert_int_equal(header.source.bytes[0], 0x5a);
}

#define DONE(text)    assert_done(text, sizeof(text) - 1)
#define REFUSED(text) assert_refused(text, sizeof(text) - 1)

static void test_a_line_names_both_ends(void **state)
{
    struct proxy_protocol header = DONE("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n");

    (void)state;
    assert_int_equal(header.family, PROXY_PROTOCOL_IPV4);
    assert_memory_equal(header.source.bytes, "\xc0\xa8\x00\x01", 4);
    assert_memory_equal(header.destination.bytes, "\xc0\xa8\x00\x0b", 4);
    assert_int_equal(header.source.port, 56324);
    assert_int_equal(header.destination.port, 443);
    header = DONE("PROXY TCP6 2001:db8::1 ::ffff:1.2.3.4 0 65535\r\n");
    assert_int_equal(header.family, PROXY_PROTOCOL_IPV6);
    assert_memory_equal(header.source.bytes, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
    assert_memory_equal(header.destination.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x01\x02\x03\x04",
                        16);
    assert_int_equal(header.destination.port, 65535);
    /* The longest there is. */
    header = DONE("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n");
    assert_int_equal(header.family, PROXY_PROTOCOL_NONE);
    header = DONE("PROXY UNKNOWN\r\n");
    assert_int_equal(header.family, PROXY_PROTOCOL_NONE);
}

static void test_lines_in_doubt_are_refused(void **state)
{
    char line[128];

    (void)state;
    REFUSED("GET / HTTP/1.1\r\n");
    REFUSED("PROXY\tTCP4 1.1.1.1 2.2.2.2 1 2\r\n");
    REFUSED("proxy TCP4 1.1.1.1 2.2.2.2 1 2\r\n");
    REFUSED("PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n");
    REFUSED("PROXY UNKNOWNX\r\n");
    REFUSED("PROXY \r\n");
    REFUSED("PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n");
    REFUSED("PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n");
    REFUSED("PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n");
    REFUSED("PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n");
    REFUSED("PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n");
    REFUSED("PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n");
    REFUSED("PROXY TCP4 1.1.1.1 2.2.2.2 -1 2\r\n");
    REFUSED("PROXY TCP4 1.1.1.1 2.2.2.2 1a 2\r\n");
    REFUSED("PROXY TCP4 1.1.1 2.2.2.2 1 2\r\n");
    REFUSED("PROXY TCP4 1.1.1.01 2.2.2.2 1 2\r\n");
    REFUSED("PROXY TCP4 ::1 ::2 1 2\r\n");
    REFUSED("PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n");
    REFUSED("PROXY TCP6 fe80::1%eth0 ::2 1 2\r\n");
    REFUSED("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n");
    REFUSED("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\rX");
    REFUSED("PROXY TCP4 1.1.1.1\0 2.2.2.2 1 2\r\n");
    memset(line, 'x', sizeof(line));
    memcpy(line, "PROXY UNKNOWN ", 14);
    assert_refused(line, sizeof(line));
    memcpy(line + 106, "\r\n", 2);
    assert_refused(line, 108);
    memcpy(line + 105, "\r\n", 2);
    (void)assert_done(line, 107);
}

static void test_binary_headers_name_both_ends(void **state)
{
    char data[16 + 216] = SIGNATURE "\x21\x31\x00\xd8";
    struct proxy_protocol header =
        DONE(SIGNATURE "\x21\x11\x00\x0c\x0a\x00\x00\x01\x0a\x00\x00\x02\x12\x34\x01\xbb");

    (void)state;
    assert_int_equal(header.family, PROXY_PROTOCOL_IPV4);
    assert_memory_equal(header.source.bytes, "\x0a\0\0\x01", 4);
    assert_memory_equal(header.destination.bytes, "\x0a\0\0\x02", 4);
    assert_int_equal(header.source.port, 0x1234);
    assert_int_equal(header.destination.port, 443);
    header = DONE(SIGNATURE "\x21\x21\x00\x24"
                            "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
                            "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"
                            "\x00\x50\x01\xbb");
    assert_int_equal(header.family, PROXY_PROTOCOL_IPV6);
    assert_int_equal(header.source.bytes[15], 1);
    assert_int_equal(header.destination.bytes[15], 2);
    assert_int_equal(header.source.port, 80);
    header = assert_done(data, sizeof(data));
    assert_int_equal(header.family, PROXY_PROTOCOL_UNIX);
}

static void test_local_and_unknown_say_nothing(void **state)
{
    (void)state;
    assert_int_equal((DONE(SIGNATURE "\x20\x00\x00\x00")).family, PROXY_PROTOCOL_NONE);
    assert_int_equal((DONE(SIGNATURE "\x20\x11\x00\x0c\x0a\x00\x00\x01\x0a\x00\x00\x02\x12\x34"
                                     "\x01\xbb"))
                         .family,
                     PROXY_PROTOCOL_NONE);
    assert_int_equal((DONE(SIGNATURE "\x20\xff\x00\x03xyz")).family, PROXY_PROTOCOL_NONE);
    assert_int_equal((DONE(SIGNATURE "\x21\x00\x00\x02xy")).family, PROXY_PROTOCOL_NONE);
}

#define ADDRESSES "\x0a\x00\x00\x01\x0a\x00\x00\x02\x12\x34\x01\xbb"

static void test_what_follows_addresses_is_checked(void **state)
{
    (void)state;
    (void)DONE(SIGNATURE "\x21\x11\x00\x16" ADDRESSES "\x01\x00\x02h2\x04\x00\x02\x00\x00");
    REFUSED(SIGNATURE "\x21\x11\x00\x0e" ADDRESSES "\x01\x00");
    REFUSED(SIGNATURE "\x21\x11\x00\x10" ADDRESSES "\x01\x00\x02h");
    /* A checksum: CRC-32C, here of this very header. */
    (void)DONE(SIGNATURE "\x21\x11\x00\x13" ADDRESSES "\x03\x00\x04"
                         "\x77\xe8\x7c\xda");
    REFUSED(SIGNATURE "\x21\x11\x00\x13" ADDRESSES "\x03\x00\x04\x00\x00\x00\x00");
    REFUSED(SIGNATURE "\x21\x11\x00\x12" ADDRESSES "\x03\x00\x03\x00\x00\x00");
}

static void test_binary_headers_in_doubt_are_refused(void **state)
{
    (void)state;
    REFUSED("\r\n\r\n\0\r\nQUIX\n\x21\x11\x00\x0c");
    REFUSED("\r\nGET / HTTP/1.1\r\n");
    REFUSED(SIGNATURE "\x11\x11\x00\x0c");
    REFUSED(SIGNATURE "\x22\x11\x00\x0c");
    REFUSED(SIGNATURE "\x21\x12\x00\x0c");
    REFUSED(SIGNATURE "\x21\x41\x00\x0c");
    REFUSED(SIGNATURE "\x21\x11\x00\x0b");
    REFUSED(SIGNATURE "\x21\x21\x00\x23");
    REFUSED(SIGNATURE "\x21\x31\x00\xd7");
    REFUSED(SIGNATURE "\x20\x00\x0f\xf1");
    REFUSED(SIGNATURE "\x21\x11\xff\xff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_names_both_ends),
        cmocka_unit_test(test_lines_in_doubt_are_refused),
        cmocka_unit_test(test_binary_headers_name_both_ends),
        cmocka_unit_test(test_local_and_unknown_say_nothing),
        cmocka_unit_test(test_what_follows_addresses_is_checked),
        cmocka_unit_test(test_binary_headers_in_doubt_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "route/address.h"

static const uint8_t loopback[16] = {[15] = 1};

static void reads_networks(void **state)
{
    struct route_network network;

    (void)state;
    assert_int_equal(address_parse_network("10.1.0.0/16", &network), 0);
    assert_int_equal(network.family, ROUTE_FAMILY_IPV4);
    assert_int_equal(network.prefix_bits, 16);
    assert_memory_equal(network.bytes, "\x0a\x01\0\0", 4);
    assert_int_equal(address_parse_network("192.0.2.1", &network), 0);
    assert_int_equal(network.prefix_bits, 32);
    assert_int_equal(address_parse_network("0.0.0.0/0", &network), 0);
    assert_int_equal(network.prefix_bits, 0);
    assert_int_equal(address_parse_network("::1", &network), 0);
    assert_int_equal(network.family, ROUTE_FAMILY_IPV6);
    assert_int_equal(network.prefix_bits, 128);
    assert_memory_equal(network.bytes, loopback, 16);
    assert_int_equal(address_parse_network("2001:db8::/32", &network), 0);
    assert_int_equal(network.prefix_bits, 32);
}

static void refuses_what_is_no_network(void **state)
{
    static const char *const texts[] = {
        "",
        "/",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0/8",
        "::/129",
        "::/1x",
        "10.0.0.0/08",
        "10.0.0.0/ 8",
        "example.com",
        "::1%1",
        "10.0.0.0/99999999999",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111:2222",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct route_network network = {.prefix_bits = 77};

        if (address_parse_network(texts[i], &network) != -EINVAL || network.prefix_bits != 77)
            fail_msg("\"%s\"", texts[i]);
    }
}

static void reads_targets(void **state)
{
    struct route_address address;

    (void)state;
    assert_int_equal(address_parse_target("10.0.0.7:9001", &address), 0);
    assert_int_equal(address.family, ROUTE_FAMILY_IPV4);
    assert_int_equal(address.port, 9001);
    assert_memory_equal(address.bytes, "\x0a\0\0\x07", 4);
    assert_int_equal(address_parse_target("[::1]:65535", &address), 0);
    assert_int_equal(address.family, ROUTE_FAMILY_IPV6);
    assert_int_equal(address.port, 65535);
    assert_memory_equal(address.bytes, loopback, 16);
    assert_int_equal(address_parse_target("[fe80::1%3]:80", &address), 0);
    assert_int_equal(address.scope_id, 3);
    assert_int_equal(address_parse_target("unix:/run/x.sock", &address), 0);
    assert_int_equal(address.family, ROUTE_FAMILY_UNIX);
    assert_string_equal(address.path, "/run/x.sock");
}

static void refuses_what_is_no_target(void **state)
{
    static const char *const texts[] = {
        "",       ":80",   "10.0.0.7",    "10.0.0.7:",     "10.0.0.7:0",    "10.0.0.7:65536",
        "::1:80", "[::1]", "[::1]80",     "[::1:80",       "[10.0.0.1]:80", "10.0.0.1%1:80",
        "api:80", "unix:", "unix:x.sock", "[::1%eth0]:80", "[::1]:+80",     "[]:80",
    };
    char long_path[200] = "unix:/";
    struct route_address address = {.port = 77};

    (void)state;
    memset(long_path + 6, 'a', ROUTE_UNIX_PATH_BYTES_MAX - 1);
    assert_int_equal(address_parse_target(long_path, &address), 0);
    memset(long_path + 6, 'a', ROUTE_UNIX_PATH_BYTES_MAX);
    assert_int_equal(address_parse_target(long_path, &address), -EINVAL);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        address.port = 77;
        if (address_parse_target(texts[i], &address) != -EINVAL || address.port != 77)
            fail_msg("\"%s\"", texts[i]);
    }
}

static void mapped_addresses_become_plain_ones(void **state)
{
    uint8_t bytes[16] = {[10] = 0xff, 0xff, 192, 0, 2, 1};
    uint8_t plain[16];
    enum route_family family = ROUTE_FAMILY_IPV6;

    (void)state;
    address_unmap(&family, bytes);
    assert_int_equal(family, ROUTE_FAMILY_IPV4);
    assert_memory_equal(bytes, "\xc0\0\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    family = ROUTE_FAMILY_IPV6;
    memcpy(plain, loopback, 16);
    address_unmap(&family, plain);
    assert_int_equal(family, ROUTE_FAMILY_IPV6);
    assert_memory_equal(plain, loopback, 16);
}

static void each_address_is_written_in_one_way(void **state)
{
    static const char *const texts[][2] = {
        {"10.0.0.7:80", "10.0.0.7:80"},
        {"[0:0::1]:443", "[::1]:443"},
        {"[FE80::1%3]:80", "[fe80::1%3]:80"},
        {"unix:/run/x.sock", "unix:/run/x.sock"},
    };
    const struct route_address none = {.port = 80};
    char text[ADDRESS_TEXT_MAX] = "x";
    char longest[ROUTE_UNIX_PATH_BYTES_MAX + 6] = "unix:/";
    struct route_address address;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(address_parse_target(texts[i][0], &address), 0);
        address_format(&address, text);
        assert_string_equal(text, texts[i][1]);
    }
    memset(longest + 6, 'a', ROUTE_UNIX_PATH_BYTES_MAX - 1);
    assert_int_equal(address_parse_target(longest, &address), 0);
    address_format(&address, text);
    assert_string_equal(text, longest);
    address_format(&none, text);
    assert_string_equal(text, "");
}

static void each_listener_is_written_in_one_way(void **state)
{
    static const char *const texts[][2] = {
        {":443", ":443"}, {"127.0.0.1:8080", "127.0.0.1:8080"}, {"[0::0]:1", "[::]:1"}};
    static const char *const bad[] = {"",     ":",      ":0",      ":080",       ":65536", "80",
                                      "a:80", "::1:80", "unix:/x", "127.0.0.1:", ":80 "};
    char text[ADDRESS_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(address_normalize_listener(texts[i][0], text), 0);
        assert_string_equal(text, texts[i][1]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (address_normalize_listener(bad[i], text) != -EINVAL)
            fail_msg("\"%s\"", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_networks),
        cmocka_unit_test(refuses_what_is_no_network),
        cmocka_unit_test(reads_targets),
        cmocka_unit_test(refuses_what_is_no_target),
        cmocka_unit_test(mapped_addresses_become_plain_ones),
        cmocka_unit_test(each_address_is_written_in_one_way),
        cmocka_unit_test(each_listener_is_written_in_one_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

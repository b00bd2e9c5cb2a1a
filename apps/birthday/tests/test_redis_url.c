/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tests/check.h"

#include <string.h>

#include "birthday/redis_url.h"

static void addresses_are_taken_apart(void **state)
{
    static const struct {
        const char *text;
        struct redis_url url;
    } table[] = {
        {"redis://cache", {.host = "cache", .port = 6379}},
        {"redis://cache/", {.host = "cache", .port = 6379}},
        {"redis://127.0.0.1:7000/3", {.host = "127.0.0.1", .port = 7000, .database = 3}},
        {"redis://[::1]:7000", {.host = "::1", .port = 7000}},
        {"redis://[::1]", {.host = "::1", .port = 6379}},
        {"redis://:se%40cret@h", {.password = "se@cret", .host = "h", .port = 6379}},
        {"redis://u:p@x@h:1/0", {.user = "u", .password = "p@x", .host = "h", .port = 1}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct redis_url url;

        assert_true(redis_url_parse(table[i].text, &url));
        assert_string_equal(url.user, table[i].url.user);
        assert_string_equal(url.password, table[i].url.password);
        assert_string_equal(url.host, table[i].url.host);
        assert_int_equal(url.port, table[i].url.port);
        assert_int_equal(url.database, table[i].url.database);
    }
}

static void bad_ones_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "cache",
                                      "rediss://cache",
                                      "redis://",
                                      "redis:///1",
                                      "redis://:",
                                      "redis://h:",
                                      "redis://h:0",
                                      "redis://h:x",
                                      "redis://h:65536",
                                      "redis://h/x",
                                      "redis://h/1/2",
                                      "redis://[::1",
                                      "redis://[::1]x",
                                      "redis://secret@h",
                                      "redis://u:@h",
                                      "redis://u:%zz@h",
                                      "redis://h:1:2",
                                      "redis://h/999999"};
    struct redis_url url;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(redis_url_parse(bad[i], &url));
}

static void parts_that_are_too_long_are_refused(void **state)
{
    char text[400] = "redis://";
    struct redis_url url;

    (void)state;
    memset(text + 8, 'h', 300);
    assert_false(redis_url_parse(text, &url));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_taken_apart),
        cmocka_unit_test(bad_ones_are_refused),
        cmocka_unit_test(parts_that_are_too_long_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

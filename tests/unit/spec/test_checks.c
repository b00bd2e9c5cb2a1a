/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

/* Tables end in NULL. */
static void assert_all(bool (*check)(const char *text), const char *const *texts, bool expected)
{
    for (; *texts != NULL; texts++) {
        size_t size = strlen(*texts) + 1;
        char exact[200];

        assert_true(size <= sizeof(exact));
        memcpy(exact, *texts, size);
        if (check(exact) != expected)
            fail_msg("\"%s\" is %s", *texts, expected ? "refused" : "accepted");
    }
}

#define FOUR_GROUPS "1111:2222:3333:4444"

static void container_names(void **state)
{
    static const char *const good[] = {"ab", "web-1", "a_b.c", "9a", "aB", "Z9", NULL};
    static const char *const bad[] = {"", "a", "-", "__", "\xc3\xa9\xc3\xa9", NULL};

    (void)state;
    assert_all(check_container_name, good, true);
    assert_all(check_container_name, bad, false);
}

static void ip_addresses(void **state)
{
    static const char *const good[] = {"0.0.0.0", "255.255.255.255", "127.0.0.1",      "::", "::1",
                                       "fe80::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", NULL};
    static const char *const bad[] = {"",          "1.2.3",   "1.2.3.4.5", "256.0.0.1",
                                      "1.2.3.4 ",  " ::1",    "[::1]",     "localhost",
                                      "1.2.3.4/8", ":::",     "1::2::3",   "fe80::1%eth0",
                                      "1.2.3.-4",  "12345::", NULL};

    (void)state;
    assert_all(check_ip_address, good, true);
    assert_all(check_ip_address, bad, false);
}

static void networks(void **state)
{
    static const char *const good[] = {"10.0.0.0/8", "10.0.0.0/0", "1.2.3.4/32", "1.2.3.4",
                                       "::/0",       "fe80::/128", "::1",        NULL};
    static const char *const bad[] = {"",
                                      "/8",
                                      "10.0.0.0/",
                                      "10.0.0.0/33",
                                      "10.0.0.0/-1",
                                      "10.0.0.0/8/8",
                                      "::/129",
                                      "10.0.0/8",
                                      "10.0.0.0/ 8",
                                      "10.0.0.0/0x8",
                                      "10.0.0.0/99999999999999999999",
                                      "name/8",
                                      FOUR_GROUPS ":" FOUR_GROUPS ":" FOUR_GROUPS "/64",
                                      NULL};

    (void)state;
    assert_all(check_cidr, good, true);
    assert_all(check_cidr, bad, false);
}

static void pull_policies(void **state)
{
    static const char *const good[] = {
        "always", "never",     "build",      "missing",   "if_not_present", "refresh", "daily",
        "weekly", "every_12h", "every_1w2d", "every_30s", "every_5m",       NULL};
    static const char *const bad[] = {
        "",           "Always",    "every",      "every_",    "every_h", "every_12",   "every_12y",
        "every_12h3", "every_-1h", "every_1.5h", "every_1h ", "dailyy",  "on-failure", NULL};

    (void)state;
    assert_all(check_pull_policy, good, true);
    assert_all(check_pull_policy, bad, false);
}

static void listen_addresses(void **state)
{
    static const char *const good[] = {":443",         ":1",       ":65535",   "127.0.0.1:80",
                                       "0.0.0.0:8080", "[::1]:80", "[::]:443", NULL};
    static const char *const bad[] = {
        "",         "443",     ":",        ":0",           ":65536",
        ":-1",      ":http",   ": 80",     ":80 ",         "localhost:80",
        "::1:80",   "[::1]",   "[::1:80",  "::1]:80",      "[]:80",
        "1.2.3:80", "1.2.3.4", "1.2.3.4:", "[1.2.3.4]:80", ":99999999999999999999",
        NULL};

    (void)state;
    assert_all(check_listen_address, good, true);
    assert_all(check_listen_address, bad, false);
}

static void target_addresses(void **state)
{
    static const char *const good[] = {"db:5432",   "10.0.0.7:9001",    "[::1]:80",
                                       "a.b-c_d:1", "unix:/run/x.sock", "Host.Example:65535",
                                       NULL};
    static const char *const bad[] = {
        "",           "db",           ":80",    "db:",    "db:0",   "db:65536",
        "db:http",    "http://db:80", "a/b:80", "a b:80", "unix:",  "unix:run/x",
        "[]:80",      "[db]:80",      "[::1]",  "::1:80", "a:b:80", "[::1",
        "db:80/path", "[1.2.3.4]:80", NULL};

    (void)state;
    assert_all(check_target_address, good, true);
    assert_all(check_target_address, bad, false);
}

static void url_paths(void **state)
{
    static const char *const good[] = {"/",         "/a/b", "/healthz?full=1", "/*", "/a%20b",
                                       "/\xc3\xa9", NULL};
    static const char *const bad[] = {"",     "a",      "a/b",   "/a b",      "/a#b",
                                      "/a\n", "/a\x7f", "/a\tb", "http://a/", NULL};

    (void)state;
    assert_all(check_url_path, good, true);
    assert_all(check_url_path, bad, false);
}

static void host_patterns(void **state)
{
    static const char *const good[] = {"example.com", "*.example.com", "*",     "a?c",
                                       "a-b_c",       "10.0.0.1",      "[::1]", NULL};
    static const char *const bad[] = {"",     "a b", "a/b",       "a:80",     "\xc3\xa9.com", "::1",
                                      "[::1", "[]",  "[1.2.3.4]", "[::1]:80", "[::*]",        NULL};

    (void)state;
    assert_all(check_host_pattern, good, true);
    assert_all(check_host_pattern, bad, false);
}

static void http_methods(void **state)
{
    static const char *const good[] = {"GET", "M-SEARCH", "VERSION_CONTROL", NULL};
    static const char *const bad[] = {"", "get", "Get", "GET ", "GET/", NULL};

    (void)state;
    assert_all(check_http_method, good, true);
    assert_all(check_http_method, bad, false);
}

static void header_names(void **state)
{
    static const char *const good[] = {"Host", "X-Forwarded-For", "a", "!#$%&'*+-.^_`|~9", NULL};
    static const char *const bad[] = {"", "a b", "a:", "a(b", "\xc3\xa9", "a\"", "a\r", NULL};

    (void)state;
    assert_all(check_header_name, good, true);
    assert_all(check_header_name, bad, false);
}

static void status_lists(void **state)
{
    static const char *const good[] = {
        "200", "499", "200,204", "200-299", "200-200", "200-299,302,400-404", NULL};
    static const char *const bad[] = {"",
                                      "199",
                                      "500",
                                      "abc",
                                      "200,",
                                      ",200",
                                      "200-",
                                      "-299",
                                      "299-200",
                                      "2xx",
                                      "200-299-300",
                                      "20",
                                      "200, 204",
                                      "200 ",
                                      "200,,204",
                                      "2000",
                                      "99999999999999999999",
                                      NULL};

    (void)state;
    assert_all(check_status_list, good, true);
    assert_all(check_status_list, bad, false);
}

static void header_values(void **state)
{
    static const char *const good[] = {"", "a b", "\ta", "\xc3\xa9", NULL};
    static const char *const bad[] = {"a\r\nb: c", "\n", "\x7f", "\x01", NULL};

    (void)state;
    assert_all(check_header_value, good, true);
    assert_all(check_header_value, bad, false);
}

static void paths_to_rewrite_to(void **state)
{
    static const char *const good[] = {"/", "/a/b", "/%20", NULL};
    static const char *const templates[] = {"/#{path}", "/a#{host}b", NULL};
    static const char *const bad[] = {"", "a", "/a b", "/a?b", "/a#b", "/\xc3\xa9", "/\r", NULL};

    (void)state;
    assert_all(check_rewrite_path, good, true);
    assert_all(check_rewrite_path, templates, false);
    assert_all(check_rewrite_path, bad, false);
    assert_all(check_path_template, good, true);
    assert_all(check_path_template, templates, true);
    assert_all(check_path_template, bad, false);
}

static void rates(void **state)
{
    static const char *const good[] = {"1/s", "600/m", "5/h", "1000000/d", NULL};
    static const char *const bad[] = {"",     "5",     "/s",   "0/s",       "5/",   "5/w", "5/ss",
                                      "-5/s", "5.5/s", "5 /s", "1000001/s", "+5/s", NULL};

    (void)state;
    assert_all(check_rate, good, true);
    assert_all(check_rate, bad, false);
}

static void loopback_addresses(void **state)
{
    static const char *const good[] = {"127.0.0.1:9100", "127.9.9.9:1", "[::1]:9100", NULL};
    static const char *const bad[] = {"",          ":9100",     "0.0.0.0:9100",   "10.0.0.1:9100",
                                      "[::]:9100", "127.0.0.1", "localhost:9100", "127.0.0.1:0",
                                      "127.a:80",  NULL};

    (void)state;
    assert_all(check_loopback_address, good, true);
    assert_all(check_loopback_address, bad, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(container_names),
        cmocka_unit_test(ip_addresses),
        cmocka_unit_test(networks),
        cmocka_unit_test(pull_policies),
        cmocka_unit_test(listen_addresses),
        cmocka_unit_test(target_addresses),
        cmocka_unit_test(url_paths),
        cmocka_unit_test(host_patterns),
        cmocka_unit_test(http_methods),
        cmocka_unit_test(header_names),
        cmocka_unit_test(status_lists),
        cmocka_unit_test(header_values),
        cmocka_unit_test(paths_to_rewrite_to),
        cmocka_unit_test(rates),
        cmocka_unit_test(loopback_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

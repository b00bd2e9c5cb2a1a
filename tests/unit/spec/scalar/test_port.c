/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/scalar/port.h"

static bool read_ports(const char *text, struct port_list *ret_ports, const char **ret_message)
{
    return port_parse(&fixture_arena, fixture_exact(text), strlen(text), ret_ports, ret_message);
}

/* Ports as "HOST_IP|PUBLISHED|TARGET|PROTOCOL", one behind the other. */
static const char *describe(const struct port_list *ports)
{
    const char *text = "";

    for (size_t i = 0; i < ports->count; i++) {
        const struct port *port = &ports->items[i];

        text = arena_printf(&fixture_arena, "%s%s%s|%s|%u|%s", text, i > 0 ? " " : "",
                            port->host_ip, port->published, port->target, port->protocol);
    }
    return text;
}

static void reads_the_short_syntax(void **state)
{
    static const struct {
        const char *text;
        const char *ports;
    } cases[] = {
        {"80", "||80|tcp"},
        {"080", "||80|tcp"},
        {"80/", "||80|tcp"},
        {"53/UDP", "||53|udp"},
        {"9/sctp", "||9|sctp"},
        {"8080:80", "|8080|80|tcp"},
        {"08080:80", "|8080|80|tcp"},
        {"0:80", "|0|80|tcp"},
        {":80", "||80|tcp"},
        {"127.0.0.1:8080:80", "127.0.0.1|8080|80|tcp"},
        {"127.0.0.1::80", "127.0.0.1||80|tcp"},
        {"::80", "||80|tcp"},
        {"[::1]:8080:80/tcp", "::1|8080|80|tcp"},
        {"[fe80::1]::80", "fe80::1||80|tcp"},
        {"::1:8080:80", "::1|8080|80|tcp"},
        {"2001:db8::1:8080:80", "2001:db8::1|8080|80|tcp"},
        {"[::ffff:1.2.3.4]:1:2", "::ffff:1.2.3.4|1|2|tcp"},
        {"0.0.0.0:65535:65535", "0.0.0.0|65535|65535|tcp"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL;
        struct port_list ports;

        if (!read_ports(cases[i].text, &ports, &message))
            fail_msg("%s", message);
        fixture_assert_text(cases[i].text, describe(&ports), cases[i].ports);
    }
}

static void expands_ranges_in_the_order_of_text(void **state)
{
    static const struct {
        const char *text;
        const char *ports;
    } cases[] = {
        {"80-81:8080-8081/udp", "|80|8080|udp |81|8081|udp"},
        {"3000-3002", "||3000|tcp ||3001|tcp ||3002|tcp"},
        {"80-90:8080", "|80-90|8080|tcp"},
        {"80-80:8080", "|80|8080|tcp"},
        {"127.0.0.1:5000-5001:9-10", "127.0.0.1|5001|10|tcp 127.0.0.1|5000|9|tcp"},
        {"8-10:8-10", "|10|10|tcp |8|8|tcp |9|9|tcp"},
        {"99-101", "||100|tcp ||101|tcp ||99|tcp"},
        {"7-7", "||7|tcp"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL;
        struct port_list ports;

        if (!read_ports(cases[i].text, &ports, &message))
            fail_msg("%s", message);
        fixture_assert_text(cases[i].text, describe(&ports), cases[i].ports);
    }
}

static void expands_the_largest_range(void **state)
{
    const char *message = NULL;
    struct port_list ports;

    (void)state;
    assert_true(read_ports("0-65535:0-65535", &ports, &message));
    assert_int_equal(ports.count, 65536);
    assert_int_equal(ports.items[0].target, 0);
    assert_int_equal(ports.items[1].target, 1);
    assert_int_equal(ports.items[2].target, 10);
    assert_int_equal(ports.items[65535].target, 9999);
    assert_string_equal(ports.items[65535].published, "9999");
}

static void refuses_what_is_no_port(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"", "expected [HOST_IP:]"},
        {"80:", "expected [HOST_IP:]"},
        {"80:/tcp", "expected [HOST_IP:]"},
        {"80:abc", "\"80:abc\" is no port: expected [HOST_IP:][PUBLISHED[-END]:]TARGET"},
        {"tcp", "expected [HOST_IP:]"},
        {"65536", "up to 65535"},
        {"9999999", "up to 65535"},
        {"-1", "expected [HOST_IP:]"},
        {"80-", "expected [HOST_IP:]"},
        {"81-80", "expected [HOST_IP:]"},
        {"80-81-82", "expected [HOST_IP:]"},
        {"1_0", "expected [HOST_IP:]"},
        {"80 ", "expected [HOST_IP:]"},
        {"80/xyz", "expected tcp, udp or sctp"},
        {"80/tcp/udp", "expected tcp, udp or sctp"},
        {"127.0.1:8080:80", "expected an IP address"},
        {"127.0.0.01:8080:80", "expected an IP address"},
        {"localhost:8080:80", "expected an IP address"},
        {"[::1:8080:80", "expected an IP address"},
        {"[::1]x:8080:80", "expected an IP address"},
        {"[fe80::1%eth0]:8080:80", "expected an IP address"},
        {"1:2:3:4", "expected an IP address"},
        {"80-81:90-92", "as many published ports"},
        {"80:90-92", "as many published ports"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL;
        struct port_list ports;

        if (read_ports(cases[i].text, &ports, &message))
            fail_msg("\"%s\" was read as %s", cases[i].text, describe(&ports));
        fixture_assert_mentions(message, cases[i].reason);
    }
}

static void prints_the_short_syntax(void **state)
{
    static const struct {
        struct port port;
        const char *text;
    } cases[] = {
        {{.host_ip = "", .protocol = "tcp", .target = 80}, "80/tcp"},
        {{.host_ip = "", .protocol = "udp", .target = 53, .published = "5300-5310"},
         "5300-5310:53/udp"},
        {{.host_ip = "127.0.0.1", .protocol = "tcp", .target = 80}, "127.0.0.1::80/tcp"},
        {{.host_ip = "::1", .protocol = "tcp", .target = 80, .published = "8080"},
         "[::1]:8080:80/tcp"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        fixture_assert_text("port", port_print(&fixture_arena, &cases[i].port), cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(reads_the_short_syntax),    FIXTURE_TEST(expands_ranges_in_the_order_of_text),
        FIXTURE_TEST(expands_the_largest_range), FIXTURE_TEST(refuses_what_is_no_port),
        FIXTURE_TEST(prints_the_short_syntax),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

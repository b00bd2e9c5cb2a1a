/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/scalar/host_entry.h"

static bool read_entry(const char *text, struct host_entry *ret_entry, const char **ret_message)
{
    return host_entry_parse(&fixture_arena, fixture_exact(text), strlen(text), ret_entry,
                            ret_message);
}

/* One printed item for each address. */
static const char *describe(const struct host_entry *entry)
{
    const char *text = "";

    for (size_t i = 0; i < entry->address_count; i++)
        text = arena_printf(&fixture_arena, "%s[%s]", text,
                            host_entry_print(&fixture_arena, entry->host, entry->addresses[i]));
    return text;
}

static void reads_host_and_addresses(void **state)
{
    static const struct {
        const char *text;
        const char *entry;
    } cases[] = {
        {"somehost:162.242.195.82", "[somehost=162.242.195.82]"},
        {"somehost=162.242.195.82", "[somehost=162.242.195.82]"},
        {"a.b:[10.0.0.1]", "[a.b=10.0.0.1]"},
        {"myhostv6:::1", "[myhostv6=::1]"},
        {"myhostv6:[::1]", "[myhostv6=::1]"},
        {"myhostv6=::1", "[myhostv6=::1]"},
        {"myhostv6=[2001:db8::2]", "[myhostv6=2001:db8::2]"},
        {"host.docker.internal:host-gateway", "[host.docker.internal=host-gateway]"},
        {"h=10.0.0.1,[::1],10.0.0.2", "[h=10.0.0.1][h=::1][h=10.0.0.2]"},
        {"h:10.0.0.1,10.0.0.2", "[h=10.0.0.1][h=10.0.0.2]"},
        {"h=[]", "[h=[]]"},
        {"h=", "[h=]"},
        {"h=a,", "[h=a][h=]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL;
        struct host_entry entry;

        if (!read_entry(cases[i].text, &entry, &message))
            fail_msg("%s", message);
        fixture_assert_text(cases[i].text, describe(&entry), cases[i].entry);
    }
}

static void refuses_what_lacks_a_part(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"", "is no extra host: expected HOST=ADDRESS"},
        {"somehost", "\"somehost\" is no extra host"},
        {"=::1", "\"\" is no host name"},
        {"::::1", "\"\" is no host name"},
        {"a:b=::1", "\"a:b\" is no host name"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *message = NULL;
        struct host_entry entry;

        if (read_entry(cases[i].text, &entry, &message))
            fail_msg("\"%s\" was read as %s", cases[i].text, describe(&entry));
        fixture_assert_mentions(message, cases[i].reason);
    }
}

static void checks_hosts_and_addresses_of_a_map(void **state)
{
    const char *message = NULL;

    (void)state;
    assert_true(host_entry_check_host(&fixture_arena, "db", 2, &message));
    assert_false(host_entry_check_host(&fixture_arena, "d=b", 3, &message));
    fixture_assert_mentions(message, "\"d=b\" is no host name");
    assert_string_equal(host_entry_address(&fixture_arena, "[::1]", 5), "::1");
    assert_string_equal(host_entry_address(&fixture_arena, "[::1", 4), "[::1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(reads_host_and_addresses),
        FIXTURE_TEST(refuses_what_lacks_a_part),
        FIXTURE_TEST(checks_hosts_and_addresses_of_a_map),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

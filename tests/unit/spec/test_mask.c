/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/mask.h"

static void names_of_secrets_are_known(void **state)
{
    static const char *const table[] = {
        "PASSWORD",
        "POSTGRES_PASSWORD",
        "MYSQL_ROOT_PASSWORD",
        "DBPASSWORD",
        "PGPASSWORD",
        "MYSQL_PWD",
        "DB_PASS",
        "dbPass",
        "SSH_PASSPHRASE",
        "API_KEY",
        "APIKEY",
        "apiKey",
        "APIKey",
        "API_KEY_2",
        "API_KEY2",
        "KEY",
        "AWS_SECRET_ACCESS_KEY",
        "awsSecretAccessKey",
        "accessToken",
        "accessKey",
        "privateKey",
        "encryptionKey",
        "GITHUB_TOKEN",
        "token",
        "splunk-token",
        "com.example.token",
        "CLIENT_SECRET",
        "SECRET_KEY_BASE",
        "PASSWORD_SALT",
        "SENTRY_DSN",
        "GOOGLE_CREDENTIALS",
        "BASIC_AUTH",
        "Proxy-Authorization",
        "FILE_PASSWORD",
        "NAME_OF_SECRET_VALUE",
        "A23456789_123456789_123456789_123456789_123456789_123456789_123456789_PASSWORD",
        "A23456789B123456789C123456789D123456789E123456789F123456789G123456789PASSWORD",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (!mask_is_secret_name(table[i]))
            fail_msg("%s is shown", table[i]);
}

static void names_that_only_look_alike_are_not_masked(void **state)
{
    static const char *const table[] = {
        "",
        "_",
        "MONKEY",
        "MONKEY_ISLAND",
        "KEYBOARD",
        "KEYBOARD_LAYOUT",
        "TURKEY",
        "AUTHOR",
        "AUTHORITY",
        "COMPASS",
        "BYPASS",
        "PASSENGERS",
        "PASSTHROUGH",
        "DESALTING",
        "PASSWORD_FILE",
        "POSTGRES_PASSWORD_FILE",
        "passwordFile",
        "SSL_KEY_PATH",
        "TOKEN_TTL",
        "TOKEN_EXPIRY",
        "PASSWORD_LENGTH",
        "AWS_ACCESS_KEY_ID",
        "TOKEN_URL",
        "SECRET_NAME",
        "DATABASE_URL",
        "PATH",
        "HOME",
        "PORT",
        "NODE_ENV",
        "LOG_LEVEL",
        "\xc3\xa9t\xc3\xa9",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (mask_is_secret_name(table[i]))
            fail_msg("%s is masked", table[i]);
}

static void the_value_of_a_secret_is_masked_whole_unless_empty(void **state)
{
    (void)state;
    assert_string_equal(mask_variable(&fixture_arena, "DB_PASSWORD", "hunter2"), MASK_TEXT);
    assert_string_equal(mask_variable(&fixture_arena, "DB_PASSWORD", "a"), MASK_TEXT);
    assert_string_equal(mask_variable(&fixture_arena, "DB_PASSWORD", ""), "");
    assert_string_equal(mask_variable(&fixture_arena, "DB_USER", "hunter2"), "hunter2");
}

static void passwords_in_urls_are_masked_alone(void **state)
{
    static const struct {
        const char *text;
        const char *shown; /* NULL: as it is */
    } table[] = {
        {"postgres://me:hunter2@db:5432/app", "postgres://me:********@db:5432/app"},
        {"redis://:hunter2@db", "redis://:********@db"},
        {"jdbc:postgresql://me:hunter2@db", "jdbc:postgresql://me:********@db"},
        {"http://me:p@ss:w@host/", "http://me:********@host/"},
        {"http://a:one@h1,http://b:two@h2", "http://a:********@h1,http://b:********@h2"},
        {"http://h1 http://b:two@h2/x y", "http://h1 http://b:********@h2/x y"},
        {"[\"http://a:one@h\"]", "[\"http://a:********@h\"]"},
        {"http://host/a:b@c", NULL},
        {"http://host:80/", NULL},
        {"http://host:80?a=b@c", NULL},
        {"http://me@host/", NULL},
        {"http://me:@host/", NULL},
        {"me:hunter2@host", NULL}, /* no URL */
        {"://", NULL},
        {"a://b://c", NULL},
        {"plain", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        fixture_assert_text(table[i].text, mask_variable(&fixture_arena, "A", table[i].text),
                            table[i].shown != NULL ? table[i].shown : table[i].text);
}

static void masking_takes_memory_in_proportion_to_the_text(void **state)
{
    static const char url[] = "http://a:b@c,";
    enum {
        URLS = 2000
    };
    char *text = arena_alloc(&fixture_arena, URLS * strlen(url) + 1);
    size_t before;

    (void)state;
    arena_debug_malloc = false;
    for (size_t i = 0; i < URLS; i++)
        memcpy(text + i * strlen(url), url, strlen(url));
    before = fixture_arena.used_bytes;
    assert_null(strstr(mask_variable(&fixture_arena, "A", text), "a:b"));
    assert_true(fixture_arena.used_bytes - before < 16 * URLS * strlen(url));
}

static void what_looks_secret_in_a_tree_is_masked(void **state)
{
    static const char text[] =
        "services:\n"
        "  a:\n"
        "    image: token\n"
        "    environment: {DB_PASSWORD: x, DB_URL: 'p://u:x@h', A: x, B_TOKEN: , C_KEY: ''}\n"
        "    build: {args: {NPM_TOKEN: x, B: y}}\n"
        "    logging: {options: {splunk-token: x, tag: y}}\n"
        "    post_start: [{command: [a], environment: {API_KEY: x}}]\n"
        "configs: {c: {content: x}, d: {file: /x}}\n"
        "secrets: {PASSWORD: {environment: PASSWORD}}\n"
        "x-any: {PASSWORD: x}\n";
    struct value *root = fixture_value(text);

    (void)state;
    mask_tree(&fixture_arena, root);
    fixture_assert_json(
        "tree", root,
        "{\"services\":{\"a\":{\"image\":\"token\","
        "\"environment\":{\"DB_PASSWORD\":\"********\",\"DB_URL\":\"p://u:********@h\","
        "\"A\":\"x\",\"B_TOKEN\":null,\"C_KEY\":\"\"},"
        "\"build\":{\"args\":{\"NPM_TOKEN\":\"********\",\"B\":\"y\"}},"
        "\"logging\":{\"options\":{\"splunk-token\":\"********\",\"tag\":\"y\"}},"
        "\"post_start\":[{\"command\":[\"a\"],\"environment\":{\"API_KEY\":\"********\"}}]}},"
        "\"configs\":{\"c\":{\"content\":\"********\"},\"d\":{\"file\":\"/x\"}},"
        "\"secrets\":{\"PASSWORD\":{\"environment\":\"PASSWORD\"}},"
        "\"x-any\":{\"PASSWORD\":\"x\"}}");
}

static void what_rules_match_is_masked_by_itself(void **state)
{
    static const char text[] =
        "services: {a: {environment: {DB_PASSWORD: x, header: y}}}\n"
        "x-slipway:\n"
        "  listeners:\n"
        "    web:\n"
        "      rules:\n"
        "        - name: preview\n"
        "          when: {host: h, path: [/p], method: GET, source: 10.0.0.0/8,\n"
        "                 header: {X-Preview: k1, Cookie: ['a=k2*', k3], X-Number: 4, X-None: },\n"
        "                 query: {preview: [k5]}}\n"
        "          respond: {body: b}\n"
        "        - name: rest\n"
        "      default: {redirect: {location: /l}}\n";
    struct value *root = fixture_value(text);

    (void)state;
    mask_matched(root);
    fixture_assert_json(
        "tree", root,
        "{\"services\":{\"a\":{\"environment\":{\"DB_PASSWORD\":\"x\",\"header\":\"y\"}}},"
        "\"x-slipway\":{\"listeners\":{\"web\":{\"rules\":[{\"name\":\"preview\","
        "\"when\":{\"host\":\"h\",\"path\":[\"/p\"],\"method\":\"GET\",\"source\":\"10.0.0.0/8\","
        "\"header\":{\"X-Preview\":\"********\",\"Cookie\":[\"********\",\"********\"],"
        "\"X-Number\":\"********\",\"X-None\":null},"
        "\"query\":{\"preview\":[\"********\"]}},\"respond\":{\"body\":\"b\"}},"
        "{\"name\":\"rest\"}],"
        "\"default\":{\"redirect\":{\"location\":\"/l\"}}}}}}");
}

static void options_of_commands_are_masked(void **state)
{
    static const char text[] =
        "services:\n"
        "  a:\n"
        "    command: [x, --password=p1, --api-key, p2, -v, --token, -v, --port, '80', --name=n,\n"
        "              'http://u:p3@h/', --password-file, /run/p, --secret=, --db-pass]\n"
        "    entrypoint: [--password, '', p4]\n"
        "    healthcheck: {test: [CMD, c, --auth-token, p5]}\n"
        "    post_start: [{command: [a, --password=p6]}]\n"
        "    ports: [{target: 80}]\n";
    struct value *root = fixture_value(text);

    (void)state;
    mask_tree(&fixture_arena, root);
    fixture_assert_json(
        "tree", root,
        "{\"services\":{\"a\":{\"command\":[\"x\",\"--password=********\",\"--api-key\","
        "\"********\",\"-v\",\"--token\",\"-v\",\"--port\",\"80\",\"--name=n\","
        "\"http://u:********@h/\",\"--password-file\",\"/run/p\",\"--secret=\",\"--db-pass\"],"
        "\"entrypoint\":[\"--password\",\"\",\"p4\"],"
        "\"healthcheck\":{\"test\":[\"CMD\",\"c\",\"--auth-token\",\"********\"]},"
        "\"post_start\":[{\"command\":[\"a\",\"--password=********\"]}],"
        "\"ports\":[{\"target\":80}]}}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(names_of_secrets_are_known),
        FIXTURE_TEST(names_that_only_look_alike_are_not_masked),
        FIXTURE_TEST(the_value_of_a_secret_is_masked_whole_unless_empty),
        FIXTURE_TEST(passwords_in_urls_are_masked_alone),
        FIXTURE_TEST(masking_takes_memory_in_proportion_to_the_text),
        FIXTURE_TEST(what_looks_secret_in_a_tree_is_masked),
        FIXTURE_TEST(what_rules_match_is_masked_by_itself),
        FIXTURE_TEST(options_of_commands_are_masked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/value_yaml.h"

static struct arena arena;
static struct strbuf out;
static const struct mark nowhere;

static int with_arena(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)64 << 20);
    strbuf_init(&out, (size_t)64 << 20);
    return 0;
}

static int without_arena(void **state)
{
    (void)state;
    strbuf_deinit(&out);
    arena_deinit(&arena);
    return 0;
}

static const char *written(const struct value *value, const struct yaml_style *style)
{
    strbuf_reset(&out);
    value_write_yaml(&out, value, style);
    assert_int_equal(strbuf_failure(&out), 0);
    return strbuf_text(&out);
}

static struct value *new_text(const char *text)
{
    return value_new_string(&arena, text, strlen(text), nowhere);
}

static struct value *new_map(void)
{
    return value_new(&arena, VALUE_MAP, nowhere);
}

static struct value *new_list(void)
{
    return value_new(&arena, VALUE_LIST, nowhere);
}

/* The text as the only value of a map, without the key. */
static const char *written_text(const char *text)
{
    struct value *map = new_map();

    value_set(&arena, map, "k", new_text(text));
    (void)written(map, NULL);
    assert_memory_equal(out.data, "k: ", 3);
    assert_int_equal(out.data[out.length - 1], '\n');
    out.data[out.length - 1] = '\0';
    return out.data + 3;
}

static void assert_each_written(const char *const (*cases)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(written_text(cases[i][0]), cases[i][1]);
}

#define ASSERT_EACH_WRITTEN(cases) assert_each_written(cases, sizeof(cases) / sizeof((cases)[0]))

static void safe_strings_are_plain(void **state)
{
    static const char *const texts[] = {
        "nginx",
        "nginx:1.25",
        "a b  c",
        "/var/lib:/data:ro",
        "http://x:80/?a=b#c",
        "a:b",
        "a#b",
        "-a",
        "--flag=1",
        "?a",
        ":a",
        "--",
        "..",
        ".",
        "a-",
        "a'b",
        "a\"b",
        "a\\b",
        "a, b",
        "a]b",
        "x|y",
        "10m",
        "1.2.3.4",
        "1.2.3",
        "127.0.0.1:80:80",
        "0x",
        "0xg",
        "09:aa",
        "1e",
        "e5",
        "+",
        "1:2:x",
        "1:60",
        "2001-13-01",
        "2001-02-29",
        "2001-1",
        "12001-01-01",
        "2001-12-14 21:59:43 +1",
        "tRue",
        "oN",
        "nul",
        "nulls",
        "yesterday",
        "nan",
        "Infinity",
        "=",
        "0b2",
        "0o8",
        "0xFFFFFFFFFFFFFFFFF",
        "-0x8000000000000001",
        "_1",
        "<<<",
        "$A",
        "\xc3\xa4\xe2\x82\xac",
        "\xf0\x9f\x98\x80",
        "a\xc2\xa0z",
        "a{b}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_string_equal(written_text(texts[i]), texts[i]);
}

static void other_types_are_double_quoted(void **state)
{
    static const char *const texts[] = {
        "",
        "~",
        "null",
        "Null",
        "NULL",
        "true",
        "True",
        "TRUE",
        "false",
        "False",
        "FALSE",
        "y",
        "Y",
        "yes",
        "Yes",
        "YES",
        "n",
        "N",
        "no",
        "No",
        "NO",
        "on",
        "On",
        "ON",
        "off",
        "Off",
        "OFF",
        "<<",
        ".nan",
        ".NaN",
        ".NAN",
        ".inf",
        ".Inf",
        ".INF",
        "+.inf",
        "-.inf",
        "-.INF",
        "0",
        "8080",
        "-1",
        "+1",
        "1_000",
        "1__0_",
        "00",
        "0777",
        "089",
        "0o17",
        "-0o17",
        "0O17",
        "0x1F",
        "-0x1f",
        "0X1f",
        "0x_f",
        "0b11",
        "+0b1",
        "0b-1",
        "18446744073709551615",
        "99999999999999999999999",
        "0xFFFFFFFFFFFFFFFF",
        "-0x8000000000000000",
        "1.",
        "1.5",
        "-1.5",
        ".5",
        "+.5",
        "1e3",
        "1E+3",
        "1.5e-3",
        ".5e1",
        "1_0.5_0",
        "1e999",
        "22:22",
        "1:2",
        "-1:30",
        "1:30:00.5",
        "1_0:59",
        "2001-01-01",
        "2001-1-2",
        "2000-02-29",
        "2001-12-14 21:59:43",
        "2001-12-14 21:59:43.1",
        "2001-12-14T21:59:43Z",
        "2001-12-14t21:59:43.10-05:00",
    };
    char expected[64];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        (void)snprintf(expected, sizeof(expected), "\"%s\"", texts[i]);
        assert_string_equal(written_text(texts[i]), expected);
    }
}

static void what_plain_cannot_hold_is_single_quoted(void **state)
{
    static const char *const cases[][2] = {
        {" a", "' a'"},       {"a ", "'a '"},         {" ", "' '"},     {"a: b", "'a: b'"},
        {"a:", "'a:'"},       {":", "':'"},           {": a", "': a'"}, {"a #b", "'a #b'"},
        {"#a", "'#a'"},       {"-", "'-'"},           {"- a", "'- a'"}, {"?", "'?'"},
        {"? a", "'? a'"},     {",a", "',a'"},         {"[a]", "'[a]'"}, {"]", "']'"},
        {"{a}", "'{a}'"},     {"}", "'}'"},           {"&a", "'&a'"},   {"*", "'*'"},
        {"!a", "'!a'"},       {"|", "'|'"},           {">", "'>'"},     {"'a'", "'''a'''"},
        {"\"a\"", "'\"a\"'"}, {"%a", "'%a'"},         {"@a", "'@a'"},   {"`a`", "'`a`'"},
        {"---", "'---'"},     {"--- a", "'--- a'"},   {"...", "'...'"}, {"'it''s", "'''it''''s'"},
        {"\\ #", "'\\ #'"},   {"20:30:", "'20:30:'"},
    };

    (void)state;
    ASSERT_EACH_WRITTEN(cases);
}

static void what_needs_escapes_is_double_quoted(void **state)
{
    static const char *const cases[][2] = {
        {"\t", "\"\\t\""},
        {"a\tb", "\"a\\tb\""},
        {"a\rb", "\"a\\rb\""},
        {"\x01\x1b\x7f", "\"\\x01\\e\\x7F\""},
        {"\a\b\v\f", "\"\\a\\b\\v\\f\""},
        {"\"\\\t", "\"\\\"\\\\\\t\""},
        {"\xc2\x85\xc2\x80", "\"\\N\\x80\""},
        {"\xe2\x80\xa8\xe2\x80\xa9", "\"\\L\\P\""},
        {"\xef\xbb\xbf"
         "a",
         "\"\\uFEFFa\""},
        {"\xef\xbf\xbf", "\"\\uFFFF\""},
        {"\xc3\xa4\t\xf0\x9f\x98\x80", "\"\xc3\xa4\\t\xf0\x9f\x98\x80\""},
        {"a\xffz", "\"a\\uFFFDz\""},
        {"\xf0\x9f", "\"\\uFFFD\\uFFFD\""},
    };

    (void)state;
    ASSERT_EACH_WRITTEN(cases);
}

static void several_lines_are_a_block(void **state)
{
    static const char *const cases[][2] = {
        {"a\n", "|\n  a"},
        {"a\nb", "|-\n  a\n  b"},
        {"a\nb\n", "|\n  a\n  b"},
        {"a\n\n", "|+\n  a\n"},
        {"a\n\n\nb\n\n\n", "|+\n  a\n\n\n  b\n\n"},
        {" a\nb", "|2-\n   a\n  b"},
        {"a\n  b\n", "|\n  a\n    b"},
        {"\na\n", "|2\n\n  a"},
        {"\n", "|2+\n"},
        {"\n\n", "|2+\n\n"},
        {"a\n\tb\n", "|\n  a\n  \tb"},
        {"a\tb\n", "|\n  a\tb"},
        {"# a\n- b: c\n", "|\n  # a\n  - b: c"},
        {"1\n", "|\n  1"},
    };

    (void)state;
    ASSERT_EACH_WRITTEN(cases);
}

static void lines_a_block_cannot_hold_are_escaped(void **state)
{
    static const char *const cases[][2] = {
        {"a \nb", "\"a \\nb\""},        {"a\n \nb", "\"a\\n \\nb\""}, {"a\n ", "\"a\\n \""},
        {"\ta\nb", "\"\\ta\\nb\""},     {"a\r\nb", "\"a\\r\\nb\""},   {"a\x01\n", "\"a\\x01\\n\""},
        {"a\xff\n", "\"a\\uFFFD\\n\""},
    };

    (void)state;
    ASSERT_EACH_WRITTEN(cases);
}

static void keys_follow_the_same_rules_on_one_line(void **state)
{
    static const char *const cases[][2] = {
        {"web", "web: 1\n"},        {"", "\"\": 1\n"},     {"true", "\"true\": 1\n"},
        {"80", "\"80\": 1\n"},      {"<<", "\"<<\": 1\n"}, {"a: b", "'a: b': 1\n"},
        {"a\nb", "\"a\\nb\": 1\n"}, {"$A", "$A: 1\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct value *map = new_map();

        value_set(&arena, map, cases[i][0], value_new_integer(&arena, 1, nowhere));
        assert_string_equal(written(map, NULL), cases[i][1]);
    }
}

static void long_keys_are_explicit(void **state)
{
    struct value *map = new_map();
    struct value *inner = new_map();
    char expected[600];
    char key[130];

    (void)state;
    memset(key, 'k', 129);
    value_set(&arena, inner, "a", new_text("x"));
    value_set(&arena, inner, "b", new_text("z"));
    key[128] = '\0';
    value_set(&arena, map, key, new_text("x"));
    key[128] = 'k';
    key[129] = '\0';
    value_set(&arena, map, key, inner);
    (void)snprintf(expected, sizeof(expected), "%.128s: x\n? %s\n: a: x\n  b: z\n", key, key);
    assert_string_equal(written(map, NULL), expected);
}

static void writes_scalars(void **state)
{
    (void)state;
    assert_string_equal(written(NULL, NULL), "null\n");
    assert_string_equal(written(value_new(&arena, VALUE_NULL, nowhere), NULL), "null\n");
    assert_string_equal(written(value_new_bool(&arena, true, nowhere), NULL), "true\n");
    assert_string_equal(written(value_new_bool(&arena, false, nowhere), NULL), "false\n");
    assert_string_equal(written(value_new_integer(&arena, -8, nowhere), NULL), "-8\n");
    assert_string_equal(written(value_new_real(&arena, 0.5, nowhere), NULL), "0.5\n");
    assert_string_equal(written(value_new_real(&arena, -INFINITY, nowhere), NULL), "-.inf\n");
    assert_string_equal(written(new_text("a"), NULL), "a\n");
    assert_string_equal(written(new_text("a\nb\n"), NULL), "|\n  a\n  b\n");
    assert_string_equal(written(new_list(), NULL), "[]\n");
    assert_string_equal(written(new_map(), NULL), "{}\n");
}

static void lists_in_maps_are_indented_and_maps_in_lists_start_on_the_mark(void **state)
{
    struct value *service = new_map();
    struct value *services = new_map();
    struct value *ports = new_list();
    struct value *port = new_map();
    struct value *root = new_map();

    (void)state;
    value_set(&arena, port, "mode", new_text("ingress"));
    value_set(&arena, port, "target", value_new_integer(&arena, 80, nowhere));
    value_set(&arena, port, "published", new_text("8080"));
    value_list_append(&arena, ports, port);
    value_list_append(&arena, ports, new_text("443:443/tcp"));
    value_set(&arena, service, "image", new_text("nginx:1.25"));
    value_set(&arena, service, "command", value_new(&arena, VALUE_NULL, nowhere));
    value_set(&arena, service, "ports", ports);
    value_set(&arena, service, "labels", new_map());
    value_set(&arena, service, "dns", new_list());
    value_set(&arena, services, "web", service);
    value_set(&arena, root, "name", new_text("shop"));
    value_set(&arena, root, "services", services);
    assert_string_equal(written(root, NULL), "name: shop\n"
                                             "services:\n"
                                             "  web:\n"
                                             "    image: nginx:1.25\n"
                                             "    command: null\n"
                                             "    ports:\n"
                                             "      - mode: ingress\n"
                                             "        target: 80\n"
                                             "        published: \"8080\"\n"
                                             "      - 443:443/tcp\n"
                                             "    labels: {}\n"
                                             "    dns: []\n");
}

static void lists_in_lists_and_blocks_in_lists(void **state)
{
    struct value *root = new_list();
    struct value *inner = new_list();
    struct value *map = new_map();
    struct value *list = new_list();

    (void)state;
    value_list_append(&arena, inner, new_text("a"));
    value_list_append(&arena, inner, new_text("b\nc"));
    value_list_append(&arena, list, new_text("d"));
    value_set(&arena, map, "list", list);
    value_set(&arena, map, "text", new_text("e\nf\n"));
    value_list_append(&arena, root, inner);
    value_list_append(&arena, root, map);
    value_list_append(&arena, root, new_text("g\n"));
    value_list_append(&arena, root, new_list());
    assert_string_equal(written(root, NULL), "- - a\n"
                                             "  - |-\n"
                                             "    b\n"
                                             "    c\n"
                                             "- list:\n"
                                             "    - d\n"
                                             "  text: |\n"
                                             "    e\n"
                                             "    f\n"
                                             "- |\n"
                                             "  g\n"
                                             "- []\n");
}

static void doubles_dollars_in_every_style(void **state)
{
    struct value *map = new_map();

    (void)state;
    value_set(&arena, map, "$plain", new_text("${A}$"));
    value_set(&arena, map, "$ '", new_text(" $'$"));
    value_set(&arena, map, "$\t", new_text("$\t$$"));
    value_set(&arena, map, "block", new_text("$a\n$"));
    assert_string_equal(written(map, &(struct yaml_style){.escape_dollar = true}),
                        "$plain: $${A}$$\n"
                        "$ ': ' $$''$$'\n"
                        "\"$\\t\": \"$$\\t$$$$\"\n"
                        "block: |-\n"
                        "  $$a\n"
                        "  $$\n");
    assert_string_equal(written(map, NULL), "$plain: ${A}$\n"
                                            "$ ': ' $''$'\n"
                                            "\"$\\t\": \"$\\t$$\"\n"
                                            "block: |-\n"
                                            "  $a\n"
                                            "  $\n");
}

static void long_lines_are_not_folded(void **state)
{
    char text[4001];

    (void)state;
    for (size_t i = 0; i < 4000; i++)
        text[i] = i % 5 == 4 ? ' ' : 'w';
    text[3999] = 'w';
    text[4000] = '\0';
    assert_string_equal(written_text(text), text);
}

static void stops_at_the_limit(void **state)
{
    struct value *list = new_list();
    struct strbuf small;

    (void)state;
    /* Shared sixty levels deep: visiting all of it would never end. */
    value_list_append(&arena, list, new_text("text"));
    for (int i = 0; i < 60; i++) {
        struct value *outer = new_list();

        value_list_append(&arena, outer, list);
        value_list_append(&arena, outer, list);
        list = outer;
    }
    strbuf_init(&small, 1000);
    value_write_yaml(&small, list, NULL);
    assert_int_equal(strbuf_failure(&small), -E2BIG);
    strbuf_deinit(&small);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, with_arena, without_arena)
    const struct CMUnitTest tests[] = {
        TEST(safe_strings_are_plain),
        TEST(other_types_are_double_quoted),
        TEST(what_plain_cannot_hold_is_single_quoted),
        TEST(what_needs_escapes_is_double_quoted),
        TEST(several_lines_are_a_block),
        TEST(lines_a_block_cannot_hold_are_escaped),
        TEST(keys_follow_the_same_rules_on_one_line),
        TEST(long_keys_are_explicit),
        TEST(writes_scalars),
        TEST(lists_in_maps_are_indented_and_maps_in_lists_start_on_the_mark),
        TEST(lists_in_lists_and_blocks_in_lists),
        TEST(doubles_dollars_in_every_style),
        TEST(long_lines_are_not_folded),
        TEST(stops_at_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

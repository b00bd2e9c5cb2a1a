/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "model/value_json.h"

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

static const char *written(const struct value *value, const struct json_style *style)
{
    strbuf_reset(&out);
    value_write_json(&out, value, style);
    assert_int_equal(strbuf_failure(&out), 0);
    return strbuf_text(&out);
}

static struct value *new_text(const char *text)
{
    return value_new_string(&arena, text, strlen(text), nowhere);
}

static void escapes_what_strings_may_not_hold(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        {"", "\"\""},
        {"plain text", "\"plain text\""},
        {"\"quoted\" \\", "\"\\\"quoted\\\" \\\\\""},
        {"a\nb\r\tc", "\"a\\nb\\r\\tc\""},
        {"\b\f", "\"\\b\\f\""},
        {"\x01\x1f", "\"\\u0001\\u001f\""},
        {"\x7f", "\"\\u007f\""},
        {"\xc2\x85", "\"\\u0085\""},
        {"\xef\xbb\xbf", "\"\\ufeff\""},
        {"<a href='x'>&</a>", "\"<a href='x'>&</a>\""},
        {"/", "\"/\""},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"a\xe2\x80\xa8z\xe2\x80\xa9", "\"a\\u2028z\\u2029\""},
        {"\xe2\x80\xa7", "\"\xe2\x80\xa7\""},
        {"a\xffz", "\"a\\ufffdz\""},
        {"\xc3", "\"\\ufffd\""},
        {"\xe2\x82", "\"\\ufffd\\ufffd\""},
        {"\xc0\xaf", "\"\\ufffd\\ufffd\""},                       /* overlong */
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},            /* a surrogate */
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""}, /* beyond Unicode */
        {"$A ${B}", "\"$A ${B}\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(written(new_text(cases[i].text), NULL), cases[i].json);
}

static void writes_scalars(void **state)
{
    (void)state;
    assert_string_equal(written(NULL, NULL), "null");
    assert_string_equal(written(value_new(&arena, VALUE_NULL, nowhere), NULL), "null");
    assert_string_equal(written(value_new_bool(&arena, true, nowhere), NULL), "true");
    assert_string_equal(written(value_new_bool(&arena, false, nowhere), NULL), "false");
    assert_string_equal(written(value_new_integer(&arena, INT64_MIN, nowhere), NULL),
                        "-9223372036854775808");
    assert_string_equal(written(value_new_real(&arena, 1000000, nowhere), NULL), "1000000");
    assert_string_equal(written(value_new_real(&arena, 1e-7, nowhere), NULL), "1e-7");
    assert_string_equal(written(value_new_real(&arena, NAN, nowhere), NULL), "null");
}

static struct value *new_tree(void)
{
    struct value *tree = value_new(&arena, VALUE_MAP, nowhere);
    struct value *list = value_new(&arena, VALUE_LIST, nowhere);
    struct value *inner = value_new(&arena, VALUE_MAP, nowhere);

    value_set(&arena, inner, "$k", new_text("$v$"));
    value_list_append(&arena, list, new_text("one"));
    value_list_append(&arena, list, inner);
    value_set(&arena, tree, "z", list);
    value_set(&arena, tree, "a", value_new(&arena, VALUE_MAP, nowhere));
    value_set(&arena, tree, "m", value_new(&arena, VALUE_LIST, nowhere));
    return tree;
}

static void indents_by_two_in_the_order_of_the_tree(void **state)
{
    (void)state;
    assert_string_equal(written(new_tree(), NULL), "{\n"
                                                   "  \"z\": [\n"
                                                   "    \"one\",\n"
                                                   "    {\n"
                                                   "      \"$k\": \"$v$\"\n"
                                                   "    }\n"
                                                   "  ],\n"
                                                   "  \"a\": {},\n"
                                                   "  \"m\": []\n"
                                                   "}");
}

static void compact_has_no_spaces(void **state)
{
    (void)state;
    assert_string_equal(written(new_tree(), &(struct json_style){.compact = true}),
                        "{\"z\":[\"one\",{\"$k\":\"$v$\"}],\"a\":{},\"m\":[]}");
}

static void doubles_dollars_in_values_and_not_in_keys(void **state)
{
    const struct json_style style = {.compact = true, .escape_dollar = true};

    (void)state;
    assert_string_equal(written(new_tree(), &style),
                        "{\"z\":[\"one\",{\"$k\":\"$$v$$\"}],\"a\":{},\"m\":[]}");
}

static void stops_at_the_limit(void **state)
{
    struct value *list = value_new(&arena, VALUE_LIST, nowhere);
    struct strbuf small;

    (void)state;
    /* Shared sixty levels deep: visiting all of it would never end. */
    value_list_append(&arena, list, new_text("text"));
    for (int i = 0; i < 60; i++) {
        struct value *outer = value_new(&arena, VALUE_LIST, nowhere);

        value_list_append(&arena, outer, list);
        value_list_append(&arena, outer, list);
        list = outer;
    }
    strbuf_init(&small, 1000);
    value_write_json(&small, list, NULL);
    assert_int_equal(strbuf_failure(&small), -E2BIG);
    strbuf_deinit(&small);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, with_arena, without_arena)
    const struct CMUnitTest tests[] = {
        TEST(escapes_what_strings_may_not_hold),         TEST(writes_scalars),
        TEST(indents_by_two_in_the_order_of_the_tree),   TEST(compact_has_no_spaces),
        TEST(doubles_dollars_in_values_and_not_in_keys), TEST(stops_at_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

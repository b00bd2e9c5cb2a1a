/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

static void scalars_get_their_kinds_by_how_they_are_written(void **state)
{
    static const struct {
        const char *text;
        enum value_kind kind;
        bool quoted;
        const char *json;
    } table[] = {
        {"a: word", VALUE_STRING, false, "\"word\""},
        {"a: 8", VALUE_INTEGER, false, "8"},
        {"a: -8", VALUE_INTEGER, false, "-8"},
        {"a: 0x10", VALUE_INTEGER, false, "16"},
        {"a: 1.5", VALUE_REAL, false, "1.5"},
        {"a: true", VALUE_BOOL, false, "true"},
        {"a: False", VALUE_BOOL, false, "false"},
        {"a: yes", VALUE_STRING, false, "\"yes\""},
        {"a: on", VALUE_STRING, false, "\"on\""},
        {"a: null", VALUE_NULL, false, "null"},
        {"a: ~", VALUE_NULL, false, "null"},
        {"a:", VALUE_NULL, false, "null"},
        {"a: ''", VALUE_STRING, true, "\"\""},
        {"a: '8'", VALUE_STRING, true, "\"8\""},
        {"a: \"true\"", VALUE_STRING, true, "\"true\""},
        {"a: \"x\\ty\\u20ac\"", VALUE_STRING, true, "\"x\\ty\xe2\x82\xac\""},
        {"a: 'it''s'", VALUE_STRING, true, "\"it's\""},
        {"a: |\n  8\n  9\n", VALUE_STRING, true, "\"8\\n9\\n\""},
        {"a: |-\n  8\n", VALUE_STRING, true, "\"8\""},
        {"a: |+\n  8\n\n", VALUE_STRING, true, "\"8\\n\\n\""},
        {"a: >\n  b\n  c\n", VALUE_STRING, true, "\"b c\\n\""},
        {"a: >-\n  8\n", VALUE_STRING, true, "\"8\""},
        {"a: b\n  c", VALUE_STRING, false, "\"b c\""},
        {"a: []", VALUE_LIST, false, "[]"},
        {"a: {}", VALUE_MAP, false, "{}"},
        {"a:\n- 1\n- 2", VALUE_LIST, false, "[1,2]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const struct value *value = value_get(fixture_value(table[i].text), "a");

        fixture_assert_json(table[i].text, value, table[i].json);
        if (value->kind != table[i].kind || value->quoted != table[i].quoted)
            fail_msg("%s: kind %u, quoted %u", table[i].text, value->kind, value->quoted);
    }
}

static void tags_decide_the_kind(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } table[] = {
        {"a: !!str 8", "\"8\""},      {"a: !!str true", "\"true\""},
        {"a: !!str", "\"\""},         {"a: !!int '8'", "8"},
        {"a: !!int 8", "8"},          {"a: !!float \"1.5\"", "1.5"},
        {"a: !!bool 'true'", "true"}, {"a: !!null ''", "null"},
        {"a: !!binary 8", "\"8\""},   {"a: ! 8", "8"},
        {"a: !!seq [8]", "[8]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        fixture_assert_json(table[i].text, value_get(fixture_value(table[i].text), "a"),
                            table[i].json);
}

static void merge_tags_are_kept_on_values_of_every_kind(void **state)
{
    static const struct {
        const char *text;
        enum value_tag tag;
    } table[] = {
        {"a: !reset null", VALUE_TAG_RESET},     {"a: !reset", VALUE_TAG_RESET},
        {"a: !reset []", VALUE_TAG_RESET},       {"a: !reset {b: c}", VALUE_TAG_RESET},
        {"a: !override 8", VALUE_TAG_OVERRIDE},  {"a: !override [8]", VALUE_TAG_OVERRIDE},
        {"a: !override {}", VALUE_TAG_OVERRIDE}, {"a: 8", VALUE_TAG_NONE},
        {"a: !!str 8", VALUE_TAG_NONE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (value_get(fixture_value(table[i].text), "a")->tag != table[i].tag)
            fail_msg("%s: the tag is not %u", table[i].text, table[i].tag);
}

static void an_item_of_a_list_that_is_reset_goes_away(void **state)
{
    (void)state;
    fixture_assert_json("list", fixture_value("a: [1, !reset 2, 3]"), "{\"a\":[1,3]}");
}

static void assert_mark(struct mark mark, uint32_t line, uint32_t column)
{
    assert_int_equal(mark.line, line);
    assert_int_equal(mark.column, column);
}

static void marks_tell_where_keys_and_values_begin(void **state)
{
    const struct value *root = fixture_value("# top\n"
                                             "a: word\n"
                                             "bb:\n"
                                             "  - 'x'\n"
                                             "  - {c: \xc3\xa9, d: 1}\n"
                                             "e: |\n"
                                             "  text\n");
    const struct value *list = value_get(root, "bb");
    const struct value *inner = list->list.items[1];

    (void)state;
    assert_mark(root->mark, 2, 1);
    assert_mark(root->map.entries[0].mark, 2, 1);
    assert_mark(value_get(root, "a")->mark, 2, 4);
    assert_mark(root->map.entries[1].mark, 3, 1);
    assert_mark(list->mark, 4, 3);
    assert_mark(list->list.items[0]->mark, 4, 5);
    assert_mark(inner->mark, 5, 5);
    assert_mark(inner->map.entries[0].mark, 5, 6);
    assert_mark(inner->map.entries[0].value->mark, 5, 9);
    assert_mark(inner->map.entries[1].mark, 5, 12); /* characters count, not bytes */
    assert_mark(value_get(root, "e")->mark, 6, 4);
}

static void marks_name_their_source(void **state)
{
    (void)state;
    (void)fixture_value("a: 1");
    assert_int_equal(value_get(fixture_value("a: 1"), "a")->mark.source, 1);
}

static void keys_keep_the_order_in_which_they_were_written(void **state)
{
    (void)state;
    fixture_assert_json("order", fixture_value("{z: 1, a: 2, m: 3}"), "{\"z\":1,\"a\":2,\"m\":3}");
}

static void several_documents_are_read_and_empty_ones_left_out(void **state)
{
    struct documents documents;

    (void)state;
    assert_true(fixture_read("a: 1\n---\n---\nnull\n---\nb: 2\n...\n", &documents));
    assert_int_equal(documents.count, 2);
    fixture_assert_json("first", documents.items[0], "{\"a\":1}");
    fixture_assert_json("second", documents.items[1], "{\"b\":2}");
}

static void a_text_without_content_has_no_documents(void **state)
{
    static const char *const table[] = {"", "\n\n", "# nothing\n", "---\n", "\xef\xbb\xbf", "~"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct documents documents;

        assert_true(fixture_read(table[i], &documents));
        assert_int_equal(documents.count, 0);
        fixture_assert_nothing_said(table[i]);
    }
}

static void a_byte_order_mark_is_passed_over(void **state)
{
    (void)state;
    fixture_assert_json("mark",
                        fixture_value("\xef\xbb\xbf"
                                      "a: 1"),
                        "{\"a\":1}");
}

static void mistakes_are_told_where_they_stand(void **state)
{
    static const struct {
        const char *text;
        uint32_t line;
        uint32_t column;
        const char *message;
        const char *hint; /* NULL: none */
    } table[] = {
        {"a: 1\nb: 2\na: 3\n", 3, 1, "the key \"a\" is written twice", "line 1 already"},
        {"x:\n  a: 1\n  'a': 3\n", 3, 3, "the key \"a\" is written twice", "line 2 already"},
        {"<<: {a: 1}\n<<: {b: 1}", 2, 1, "\"<<\" is written twice", "write one"},
        {"1: a", 1, 1, "the key 1 is not a string", "quotes"},
        {"b: 1\ntrue: a", 2, 1, "the key true is not a string", "quotes"},
        {"1.5: a", 1, 1, "the key 1.5 is not a string", "quotes"},
        {"~: a", 1, 1, "the key ~ is not a string", "quotes"},
        {"? \n: a", 1, 2, "the key without a name is not a string", "quotes"},
        {"? [a]\n: b", 1, 3, "cannot be a key", NULL},
        {"{a: 1}: b", 1, 1, "cannot be a key", NULL},
        {"a: \"x\\0y\"", 1, 4, "NUL", "remove"},
        {"\"x\\0y\": a", 1, 1, "NUL", "remove"},
        {"a: b: c", 1, 5, "mapping values are not allowed", "quotes"},
        {"a:\n\tb: c", 2, 1, "cannot start any token", "spaces"},
        {"a: @b", 1, 4, "cannot start any token", "quotes"},
        {"a: `b`", 1, 4, "cannot start any token", "quotes"},
        {"a: 1\n b: 2", 2, 3, "mapping values are not allowed", "indentation"},
        {"a:\n  - b\n c: d", 3, 2, "did not find expected", "indentation"},
        {"a: [1, 2", 2, 1, "did not find expected", NULL},
        {"a: 'open", 1, 9, "found unexpected end of stream", NULL},
        {"a: *b", 1, 4, "*b names no anchor", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const struct diagnostic *only;
        struct documents documents;

        fixture_forget();
        if (fixture_read(table[i].text, &documents))
            fail_msg("%s: was read", table[i].text);
        only = fixture_only(table[i].text, SEVERITY_ERROR, table[i].message);
        if (only->mark.line != table[i].line || only->mark.column != table[i].column)
            fail_msg("%s: told at %u:%u", table[i].text, only->mark.line, only->mark.column);
        if (table[i].hint != NULL)
            fixture_assert_mentions(table[i].text, only->hint, table[i].hint);
    }
}

static void text_that_is_not_utf8_is_refused_with_the_byte(void **state)
{
    struct documents documents;
    const struct diagnostic *only;

    (void)state;
    assert_false(fixture_read("a: \xff\n", &documents));
    only = fixture_only("bytes", SEVERITY_ERROR, "UTF-8 text at byte 3");
    assert_int_equal(only->mark.line, 0);
    assert_string_equal(only->hint, "save the file as UTF-8 text");
}

static void all_bad_keys_of_a_text_are_told(void **state)
{
    struct documents documents;

    (void)state;
    assert_false(fixture_read("a: 1\na: 2\n1: x\nb: {c: 1, c: 2}\n", &documents));
    assert_int_equal(fixture_diagnostics.errors, 3);
}

static void of_a_key_that_is_written_twice_the_first_value_stays(void **state)
{
    struct documents documents;

    (void)state;
    assert_false(fixture_read("a: 1\na: 2\n", &documents));
    assert_int_equal(documents.count, 1);
    fixture_assert_json("first", documents.items[0], "{\"a\":1}");
}

static void after_a_syntax_error_the_documents_before_it_remain(void **state)
{
    struct documents documents;

    (void)state;
    assert_false(fixture_read("a: 1\n---\nb: [\n", &documents));
    assert_int_equal(documents.count, 1);
}

static const char *nested(char open, char close, uint32_t depth)
{
    char *text = arena_alloc(&fixture_arena, 2 * (size_t)depth + 1);

    memset(text, open, depth);
    memset(text + depth, close, depth);
    return text;
}

static void nesting_is_allowed_up_to_a_hundred(void **state)
{
    struct documents documents;

    (void)state;
    assert_true(fixture_read(nested('[', ']', READER_DEPTH_MAX), &documents));
    assert_int_equal(documents.count, 1);
    assert_false(fixture_read(nested('[', ']', READER_DEPTH_MAX + 1), &documents));
    assert_int_equal(
        fixture_only("lists", SEVERITY_ERROR, "nested more than 100 deep")->mark.column,
        READER_DEPTH_MAX + 1);
}

static void hostile_nesting_costs_neither_stack_nor_time(void **state)
{
    struct documents documents;

    (void)state;
    assert_false(fixture_read(nested('[', ']', 100000), &documents));
    fixture_only("lists", SEVERITY_ERROR, "nested more than 100 deep");
    fixture_forget();
    assert_false(fixture_read(nested('{', '}', 100000), &documents));
    assert_int_equal(fixture_diagnostics.errors, 1);
}

static void the_library_is_free_after_each_reading(void **state)
{
    static const char *const table[] = {"a: 1", "a: [", "a: *b", "\xff", "1: 2"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct documents documents;

        (void)fixture_read(table[i], &documents);
        assert_null(fixture_library.parser);
        assert_null(fixture_library.event);
    }
    reader_deinit(&fixture_library);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(scalars_get_their_kinds_by_how_they_are_written),
        FIXTURE_TEST(tags_decide_the_kind),
        FIXTURE_TEST(merge_tags_are_kept_on_values_of_every_kind),
        FIXTURE_TEST(an_item_of_a_list_that_is_reset_goes_away),
        FIXTURE_TEST(marks_tell_where_keys_and_values_begin),
        FIXTURE_TEST(marks_name_their_source),
        FIXTURE_TEST(keys_keep_the_order_in_which_they_were_written),
        FIXTURE_TEST(several_documents_are_read_and_empty_ones_left_out),
        FIXTURE_TEST(a_text_without_content_has_no_documents),
        FIXTURE_TEST(a_byte_order_mark_is_passed_over),
        FIXTURE_TEST(mistakes_are_told_where_they_stand),
        FIXTURE_TEST(text_that_is_not_utf8_is_refused_with_the_byte),
        FIXTURE_TEST(all_bad_keys_of_a_text_are_told),
        FIXTURE_TEST(of_a_key_that_is_written_twice_the_first_value_stays),
        FIXTURE_TEST(after_a_syntax_error_the_documents_before_it_remain),
        FIXTURE_TEST(nesting_is_allowed_up_to_a_hundred),
        FIXTURE_TEST(hostile_nesting_costs_neither_stack_nor_time),
        FIXTURE_TEST(the_library_is_free_after_each_reading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

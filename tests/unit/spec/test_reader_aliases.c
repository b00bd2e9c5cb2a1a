/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

static void aliases_stand_for_a_copy_of_what_is_named(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } table[] = {
        {"[&a word, *a]", "[\"word\",\"word\"]"},
        {"[&a [1, 2], *a, *a]", "[[1,2],[1,2],[1,2]]"},
        {"{x: &a {b: 1}, y: *a}", "{\"x\":{\"b\":1},\"y\":{\"b\":1}}"},
        {"[&a 1, &a 2, *a]", "[1,2,2]"}, /* the nearest above counts */
        {"{&k key: 1, x: *k}", "{\"key\":1,\"x\":\"key\"}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        fixture_assert_json(table[i].text, fixture_value(table[i].text), table[i].json);
}

static void copies_are_not_shared(void **state)
{
    struct value *root = fixture_value("[&a {b: [1]}, *a]");
    struct value *first = root->list.items[0];
    struct value *second = root->list.items[1];

    (void)state;
    assert_ptr_not_equal(first, second);
    assert_ptr_not_equal(value_get(first, "b"), value_get(second, "b"));
    value_list_append(&fixture_arena, value_get(second, "b"),
                      value_new_integer(&fixture_arena, 2, (struct mark){0}));
    value_map_put(&fixture_arena, second, "c", 1, (struct mark){0},
                  value_new(&fixture_arena, VALUE_NULL, (struct mark){0}));
    fixture_assert_json("first", first, "{\"b\":[1]}");
}

static void copies_keep_the_mark_of_what_was_written(void **state)
{
    struct value *root = fixture_value("a: &a word\nb: *a\n");

    (void)state;
    assert_int_equal(value_get(root, "b")->mark.line, 1);
    assert_int_equal(root->map.entries[1].mark.line, 2);
}

static void anchors_end_with_their_document(void **state)
{
    struct documents documents;

    (void)state;
    assert_false(fixture_read("a: &a 1\n---\nb: *a\n", &documents));
    assert_int_equal(fixture_only("alias", SEVERITY_ERROR, "*a names no anchor")->mark.line, 3);
}

static void merged_keys_fill_in_what_is_not_written(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } table[] = {
        {"{<<: {a: 1}}", "{\"a\":1}"},
        {"{a: 2, <<: {a: 1, b: 1}}", "{\"a\":2,\"b\":1}"},
        {"{<<: {a: 1, b: 1}, a: 2}", "{\"a\":2,\"b\":1}"}, /* wherever it stands */
        {"{<<: [{a: 1}, {a: 2, b: 2}], c: 3}", "{\"c\":3,\"a\":1,\"b\":2}"},
        {"{<<: {a: {x: 1}}, a: {y: 2}}", "{\"a\":{\"y\":2}}"}, /* not deep */
        {"{<<: {a: null}, b: 1}", "{\"b\":1,\"a\":null}"},
        {"{<<: {}, b: 1}", "{\"b\":1}"},
        {"{<<: [], b: 1}", "{\"b\":1}"},
        {"{'<<': {a: 1}}", "{\"<<\":{\"a\":1}}"}, /* a key of that name */
        {"{x: &x {<<: {a: 1}}, y: {<<: *x, b: 2}}", "{\"x\":{\"a\":1},\"y\":{\"b\":2,\"a\":1}}"},
        {"{x: &x {a: 1}, y: {<<: [*x, {a: 2}]}}", "{\"x\":{\"a\":1},\"y\":{\"a\":1}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        fixture_assert_json(table[i].text, fixture_value(table[i].text), table[i].json);
}

static void only_maps_are_merged(void **state)
{
    static const char *const table[] = {"{<<: 1}", "{<<: word}", "{<<: [{a: 1}, 2]}", "{<<: }",
                                        "{<<: [[{a: 1}]]}"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct documents documents;

        fixture_forget();
        assert_false(fixture_read(table[i], &documents));
        fixture_only(table[i], SEVERITY_ERROR, "merges a map or a list of maps");
    }
}

static void nothing_can_stand_inside_itself(void **state)
{
    static const char *const table[] = {"&a [*a]", "&a {b: *a}", "{x: &a {b: [1, {c: *a}]}}",
                                        "&a {<<: *a}"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct documents documents;

        fixture_forget();
        assert_false(fixture_read(table[i], &documents));
        fixture_only(table[i], SEVERITY_ERROR, "*a stands inside the value that it names");
    }
}

static void an_alias_cannot_be_a_key(void **state)
{
    struct documents documents;

    (void)state;
    assert_false(fixture_read("{x: &a b, *a : c}", &documents));
    fixture_only("key", SEVERITY_ERROR, "an alias cannot be a key");
}

/* "a: &a [0, ...]" with so many items, and "b: [*a, ...]" with so many aliases. */
static const char *expansion(uint32_t items, uint32_t aliases)
{
    struct strbuf out;
    const char *text;

    strbuf_init(&out, 1 << 20);
    strbuf_append_string(&out, "a: &a [");
    for (uint32_t i = 0; i < items; i++)
        strbuf_append_string(&out, "0,");
    strbuf_append_string(&out, "]\nb: [");
    for (uint32_t i = 0; i < aliases; i++)
        strbuf_append_string(&out, "*a,");
    strbuf_append_string(&out, "]\n");
    text = arena_strdup(&fixture_arena, strbuf_text(&out));
    strbuf_deinit(&out);
    return text;
}

static void aliases_expand_to_a_million_values_and_no_more(void **state)
{
    struct documents documents;

    (void)state;
    arena_debug_malloc = false; /* a million blocks of their own would be slow */
    assert_true(fixture_read(expansion(999, 1000), &documents));
    assert_int_equal(value_get(documents.items[0], "b")->list.count, 1000);
    assert_false(fixture_read(expansion(999, 1001), &documents));
    fixture_only("values", SEVERITY_ERROR, "expand to more than 1000000 values");
}

static void a_small_text_cannot_become_a_huge_tree(void **state)
{
    struct documents documents;

    (void)state;
    arena_debug_malloc = false;
    assert_false(fixture_read("a: &a [0,0,0,0,0,0,0,0,0,0]\n"
                              "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                              "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                              "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                              "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                              "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
                              "g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
                              &documents));
    fixture_only("values", SEVERITY_ERROR, "expand to more than 1000000 values");
    assert_true(fixture_arena.used_bytes < (size_t)400 << 20);
}

/* An alias to so many lists in each other, inside so many lists in a map. */
static bool read_nested_alias(uint32_t outer, uint32_t inner, struct documents *ret_documents)
{
    char *open = arena_alloc(&fixture_arena, READER_DEPTH_MAX + 1);
    char *close = arena_alloc(&fixture_arena, READER_DEPTH_MAX + 1);

    memset(open, '[', READER_DEPTH_MAX);
    memset(close, ']', READER_DEPTH_MAX);
    fixture_forget();
    return fixture_read(arena_printf(&fixture_arena, "a: &a %.*s0%.*s\nb: %.*s*a%.*s\n", (int)inner,
                                     open, (int)inner, close, (int)outer, open, (int)outer, close),
                        ret_documents);
}

/* What is promised of depth holds for the tree, in which aliases are written out. */
static void aliases_do_not_nest_deeper_than_a_hundred(void **state)
{
    struct documents documents;

    (void)state;
    assert_true(read_nested_alias(39, 60, &documents));
    assert_false(read_nested_alias(40, 60, &documents));
    fixture_only("depth", SEVERITY_ERROR, "nested more than 100 deep");
    assert_true(read_nested_alias(99, 0, &documents)); /* a scalar nests nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(aliases_stand_for_a_copy_of_what_is_named),
        FIXTURE_TEST(copies_are_not_shared),
        FIXTURE_TEST(copies_keep_the_mark_of_what_was_written),
        FIXTURE_TEST(anchors_end_with_their_document),
        FIXTURE_TEST(merged_keys_fill_in_what_is_not_written),
        FIXTURE_TEST(only_maps_are_merged),
        FIXTURE_TEST(nothing_can_stand_inside_itself),
        FIXTURE_TEST(an_alias_cannot_be_a_key),
        FIXTURE_TEST(aliases_expand_to_a_million_values_and_no_more),
        FIXTURE_TEST(a_small_text_cannot_become_a_huge_tree),
        FIXTURE_TEST(aliases_do_not_nest_deeper_than_a_hundred),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

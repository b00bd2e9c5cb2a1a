/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/interpolate.h"

static struct environment environment;
static struct hashmap unset;

static void put(const char *name, const char *value)
{
    environment_put(&environment, name, strlen(name), value, strlen(value));
}

static void begin(void)
{
    environment_init(&environment, &fixture_arena);
    hashmap_init(&unset, &fixture_arena);
    put("A", "one");
    put("DOLLAR", "$A");
    put("EMPTY", "");
}

static struct value *interpolated(const char *text)
{
    struct interpolate interpolate = {
        .arena = &fixture_arena,
        .diagnostics = &fixture_diagnostics,
        .environment = &environment,
        .unset = &unset,
    };
    struct value *value = fixture_value(text);

    interpolate_tree(&interpolate, value, NULL);
    return value;
}

static void variables_are_put_into_every_string(void **state)
{
    (void)state;
    begin();
    fixture_assert_json("tree",
                        interpolated("a: $A\nb: ['${A}x', {c: \"$A$A\"}]\nd: |\n  x\n  $A\n"),
                        "{\"a\":\"one\",\"b\":[\"onex\",{\"c\":\"oneone\"}],\"d\":\"x\\none\\n\"}");
    fixture_assert_nothing_said("tree");
}

static void keys_and_other_kinds_are_left_alone(void **state)
{
    (void)state;
    begin();
    fixture_assert_json("tree", interpolated("{$A: 1, b: true, c: ~, d: 1.5, e: [], f: {}}"),
                        "{\"$A\":1,\"b\":true,\"c\":null,\"d\":1.5,\"e\":[],\"f\":{}}");
}

static void values_are_not_looked_through_again(void **state)
{
    (void)state;
    begin();
    fixture_assert_json("dollar", interpolated("[$DOLLAR, $$A]"), "[\"$A\",\"$A\"]");
}

static void what_was_filled_may_be_another_kind_and_the_rest_not(void **state)
{
    struct value *list;

    (void)state;
    begin();
    list = interpolated("[$A, 'plain', '$$']");
    assert_true(list->list.items[0]->filled);
    assert_false(list->list.items[1]->filled);
    assert_true(list->list.items[2]->filled);
    assert_int_equal(list->list.items[0]->string.length, 3);
}

static void an_unset_variable_is_warned_of_once(void **state)
{
    const struct diagnostic *first;

    (void)state;
    begin();
    fixture_assert_json("tree", interpolated("x:\n  - a\n  - 'b${NOT}c$NOT'\n  - $NOT\n"),
                        "{\"x\":[\"a\",\"bc\",\"\"]}");
    first = fixture_only("unset", SEVERITY_WARNING, "\"NOT\" is not set");
    assert_string_equal(first->path, "x[1]");
    assert_int_equal(first->mark.line, 3);
    assert_int_equal(first->mark.column, 5);
    fixture_assert_mentions("hint", first->hint, "${NOT:-}");
    (void)interpolated("$NOT");
    assert_int_equal(fixture_diagnostics.warnings, 1);
    (void)interpolated("$OTHER");
    assert_int_equal(fixture_diagnostics.warnings, 2);
}

static void nothing_is_said_of_variables_that_are_empty_or_have_a_default(void **state)
{
    (void)state;
    begin();
    fixture_assert_json("tree", interpolated("[$EMPTY, '${NOT:-x}', '${NOT-}', '${NOT+x}']"),
                        "[\"\",\"x\",\"\",\"\"]");
    fixture_assert_nothing_said("tree");
}

static void a_mistake_is_told_at_its_place_inside_the_scalar(void **state)
{
    static const struct {
        const char *text;
        uint32_t line;
        uint32_t column;
    } table[] = {
        {"a: x${!}", 1, 7},
        {"a: 'x${!}'", 1, 8},
        {"a: \"\xc3\xa9\xe2\x82\xac${!}\"", 1, 9},
        {"a: ${", 1, 6},
        {"a: ok $A ${!}", 1, 12},
        {"a: |\n  x ${\n  y\n", 1, 4}, /* of several lines: where it begins */
        {"a: >-\n  x ${\n", 1, 4},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const struct diagnostic *only;

        fixture_forget();
        begin();
        (void)interpolated(table[i].text);
        only = fixture_only(table[i].text, SEVERITY_ERROR, "");
        if (only->mark.line != table[i].line || only->mark.column != table[i].column)
            fail_msg("%s: told at %u:%u", table[i].text, only->mark.line, only->mark.column);
        assert_string_equal(only->path, "a");
        fixture_assert_mentions(table[i].text, only->hint, "$$");
    }
}

static void a_required_variable_says_what_its_author_wrote(void **state)
{
    const struct diagnostic *only;

    (void)state;
    begin();
    fixture_assert_json("tree", interpolated("a: '${NOT:?set it, please}'"),
                        "{\"a\":\"${NOT:?set it, please}\"}");
    only = fixture_only("required", SEVERITY_ERROR, "set it, please");
    assert_null(only->hint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(variables_are_put_into_every_string),
        FIXTURE_TEST(keys_and_other_kinds_are_left_alone),
        FIXTURE_TEST(values_are_not_looked_through_again),
        FIXTURE_TEST(what_was_filled_may_be_another_kind_and_the_rest_not),
        FIXTURE_TEST(an_unset_variable_is_warned_of_once),
        FIXTURE_TEST(nothing_is_said_of_variables_that_are_empty_or_have_a_default),
        FIXTURE_TEST(a_mistake_is_told_at_its_place_inside_the_scalar),
        FIXTURE_TEST(a_required_variable_says_what_its_author_wrote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

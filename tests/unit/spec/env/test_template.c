/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/env/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "spec/env/environment.h"

/* TAG is "v7", EMPTY is "", LITERAL is "$TAG ${TAG}", and no other is set. */
static struct arena arena;
static struct environment environment;
static struct template_lookup lookup;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 256 << 20);
    environment_init(&environment, &arena);
    environment_put(&environment, "TAG", 3, "v7", 2);
    environment_put(&environment, "EMPTY", 5, "", 0);
    environment_put(&environment, "LITERAL", 7, "$TAG ${TAG}", 11);
    lookup = environment_lookup(&environment);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static void assert_becomes(const char *text, const char *expected)
{
    struct template_result result;

    if (!template_substitute(&arena, text, strlen(text), &lookup, &result))
        fail_msg("%s: %s", text, result.message);
    assert_string_equal(result.text, expected);
    assert_int_equal(result.length, strlen(expected));
    assert_int_equal(result.failure, TEMPLATE_FINE);
}

static void assert_fails(const char *text, enum template_failure failure, size_t offset,
                         const char *message)
{
    struct template_result result;

    if (template_substitute(&arena, text, strlen(text), &lookup, &result))
        fail_msg("%s became %s", text, result.text);
    assert_int_equal(result.failure, failure);
    if (strstr(result.message, message) == NULL)
        fail_msg("%s: %s", text, result.message);
    assert_int_equal(result.offset, offset);
}

static void text_without_a_dollar_is_not_copied(void **state)
{
    static const char text[] = "nginx:1.27 {TAG} 100%";
    struct template_result result;

    (void)state;
    assert_true(template_substitute(&arena, text, sizeof(text) - 1, &lookup, &result));
    assert_ptr_equal(result.text, text);
    assert_int_equal(result.length, sizeof(text) - 1);
    assert_true(template_substitute(&arena, "", 0, &lookup, &result));
    assert_int_equal(result.length, 0);
}

static void two_dollars_are_one(void **state)
{
    (void)state;
    assert_becomes("$$TAG", "$TAG");
    assert_becomes("$${TAG}", "${TAG}");
    assert_becomes("$$$$", "$$");
    assert_becomes("$$$TAG", "$v7");
}

static void a_dollar_before_no_name_stands_for_itself(void **state)
{
    (void)state;
    assert_becomes("costs 5 $ each", "costs 5 $ each");
    assert_becomes("^ends$", "^ends$");
    assert_becomes("$", "$");
    assert_becomes("$}", "$}");
    assert_becomes("$1 $- $\xC3\xA9", "$1 $- $\xC3\xA9");
}

static void names_end_at_the_first_character_that_is_in_none(void **state)
{
    (void)state;
    assert_becomes("$TAG-rc", "v7-rc");
    assert_becomes("$TAG:$TAG", "v7:v7");
    assert_becomes("${TAG}_x", "v7_x");
    assert_becomes("$TAG_x|", "|");
    assert_becomes("$_a1|${_a1}", "|");
}

static void unset_and_empty_variables_become_nothing(void **state)
{
    (void)state;
    assert_becomes("<$NONE>", "<>");
    assert_becomes("<${NONE}>", "<>");
    assert_becomes("<${EMPTY}>", "<>");
    assert_becomes("${NONE}", "");
}

static void defaults_stand_in_for_missing_values(void **state)
{
    (void)state;
    assert_becomes("${NONE-d} ${NONE:-d}", "d d");
    assert_becomes("${EMPTY-d} ${EMPTY:-d}", " d");
    assert_becomes("${TAG-d} ${TAG:-d}", "v7 v7");
    assert_becomes("${NONE-} ${NONE:-}", " ");
    assert_becomes("${NONE:-/srv/a b:-c?d}", "/srv/a b:-c?d");
}

static void alternatives_stand_in_for_values(void **state)
{
    (void)state;
    assert_becomes("${NONE+a}|${NONE:+a}", "|");
    assert_becomes("${EMPTY+a}|${EMPTY:+a}", "a|");
    assert_becomes("${TAG+a}|${TAG:+a}", "a|a");
}

static void required_variables_pass_when_they_are_set(void **state)
{
    (void)state;
    assert_becomes("${TAG?no} ${TAG:?no}", "v7 v7");
    assert_becomes("${EMPTY?no}", "");
}

static void a_missing_required_variable_is_an_error_with_its_message(void **state)
{
    (void)state;
    assert_fails("a ${NONE?set it}", TEMPLATE_REQUIRED, 2,
                 "required variable NONE is missing a value: set it");
    assert_fails("${EMPTY:?not empty, please}", TEMPLATE_REQUIRED, 0,
                 "required variable EMPTY is missing a value: not empty, please");
    assert_fails("${NONE?for ${TAG}$EMPTY}", TEMPLATE_REQUIRED, 0, "value: for v7");
    assert_fails("${NONE:-${OTHER:?inner}}", TEMPLATE_REQUIRED, 8,
                 "OTHER is missing a value: inner");
}

static void a_message_that_is_empty_leaves_no_colon(void **state)
{
    struct template_result result;

    (void)state;
    assert_false(template_substitute(&arena, "${NONE:?}", 9, &lookup, &result));
    assert_string_equal(result.message, "required variable NONE is missing a value");
    assert_null(result.text);
}

static void the_first_operator_counts(void **state)
{
    (void)state;
    assert_becomes("${NONE-a?b}", "a?b");
    assert_becomes("${NONE-a:-b+c}", "a:-b+c");
    assert_becomes("${NONE:-a:?b}", "a:?b");
    assert_becomes("${TAG+a:+b-c}", "a:+b-c");
    assert_becomes("${TAG?a-b}", "v7");
    assert_fails("${NONE?a-b}", TEMPLATE_REQUIRED, 0, "value: a-b");
    assert_becomes("${NONE--}${NONE:--}", "--");
}

static void text_around_does_not_change_the_operator(void **state)
{
    (void)state;
    assert_becomes("?a ${EMPTY:-d}", "?a d");
    assert_becomes(":+a ${EMPTY-d}", ":+a ");
    assert_becomes("${EMPTY:-d} :?a", "d :?a");
    assert_becomes("${NONE-a}-${NONE:-b}?${TAG:+c}+", "a-b?c+");
}

static void defaults_nest(void **state)
{
    (void)state;
    assert_becomes("${NONE:-$TAG}", "v7");
    assert_becomes("${NONE-${TAG}}", "v7");
    assert_becomes("${NONE-<${TAG} ${TAG}>}", "<v7 v7>");
    assert_becomes("${NONE:-${OTHER:-${EMPTY:-deep}}}!", "deep!");
    assert_becomes("${TAG:+${EMPTY+${TAG}-x}}", "v7-x");
    assert_becomes("${NONE:-$$TAG}", "$TAG");
    assert_becomes("+ ${NONE:-${EMPTY-d}}", "+ ");
}

static void braces_in_defaults_pair_up(void **state)
{
    (void)state;
    assert_becomes("${NONE:-{\"a\":1}}", "{\"a\":1}");
    assert_becomes("${TAG:-{\"a\":1}} x", "v7 x");
    assert_becomes("${TAG:-[{}]}", "v7");
    assert_becomes("${NONE:-{}", "{");
    assert_becomes("${NONE:-{}}x}|", "{}}x|");
    assert_becomes("${NONE:-a}} ${TAG}", "a} v7");
}

static void text_that_is_not_used_is_not_looked_at(void **state)
{
    (void)state;
    assert_becomes("${TAG:-${NONE:?never}}", "v7");
    assert_becomes("${NONE+${NONE?never}}", "");
    assert_becomes("${TAG?${not valid}}", "v7");
}

static void values_are_not_looked_through_again(void **state)
{
    (void)state;
    assert_becomes("$LITERAL|${LITERAL:-x}", "$TAG ${TAG}|$TAG ${TAG}");
}

static void what_is_no_variable_is_an_error_at_its_place(void **state)
{
    (void)state;
    assert_fails("ab ${", TEMPLATE_INVALID, 5, "found the end; write $$ for a literal $");
    assert_fails("${}", TEMPLATE_INVALID, 2, "the name of a variable after \"${\", found \"}\"");
    assert_fails("${ }", TEMPLATE_INVALID, 2, "found \" \"");
    assert_fails("${ TAG}", TEMPLATE_INVALID, 2, "found \" \"");
    assert_fails("${TAG }", TEMPLATE_INVALID, 5, "after the name of the variable, found \" \"");
    assert_fails("${TAG!}", TEMPLATE_INVALID, 5, "found \"!\"");
    assert_fails("${TAG:}", TEMPLATE_INVALID, 6, "after the \":\", found \"}\"");
    assert_fails("${TAG:=d}", TEMPLATE_INVALID, 6, "found \"=\"");
    assert_fails("${1}", TEMPLATE_INVALID, 2, "found \"1\"");
    assert_fails("${\n}", TEMPLATE_INVALID, 2, "found a line break");
    assert_fails("${TAG:", TEMPLATE_INVALID, 6, "found the end");
    assert_fails("x${NONE:-${!}}", TEMPLATE_INVALID, 11, "invalid interpolation format");
}

static void an_open_brace_is_an_error_where_it_opens(void **state)
{
    (void)state;
    assert_fails("a ${TAG", TEMPLATE_INVALID, 2, "\"}\" on the same line");
    assert_fails("a ${TAG:-d", TEMPLATE_INVALID, 2, "\"}\" on the same line");
    assert_fails("${NONE:-one\ntwo}", TEMPLATE_INVALID, 0, "\"}\" on the same line");
    assert_fails("${TAG} ${NONE:-${OTHER}", TEMPLATE_INVALID, 15, "\"}\" on the same line");
}

static void lines_are_expanded_each_for_itself(void **state)
{
    (void)state;
    assert_becomes("${TAG-a}\n{}\n${NONE-b} }\n$TAG", "v7\n{}\nb }\nv7");
    assert_fails("${TAG-a} }\n${NONE-b", TEMPLATE_INVALID, 11, "same line");
}

static void remember_unset(void *context, const char *name, size_t length)
{
    char *names = context;
    size_t used = strlen(names);

    (void)snprintf(names + used, 64 - used, "%.*s,", (int)length, name);
}

static const char *get_from_environment(void *context, const char *name, size_t length,
                                        size_t *ret_length)
{
    (void)context;
    return environment_get(&environment, name, length, ret_length);
}

static void variables_that_become_nothing_are_told(void **state)
{
    char names[64] = "";
    struct template_lookup telling = {
        .get = get_from_environment, .context = names, .unset = remember_unset};
    static const char text[] = "$A ${B} ${C:-$D} ${E-} ${F+x} $EMPTY $TAG ${TAG:-$G} $A";
    struct template_result result;

    (void)state;
    assert_true(template_substitute(&arena, text, sizeof(text) - 1, &telling, &result));
    assert_string_equal(names, "A,B,D,A,");
}

static const char *nested(size_t depth, const char *inner)
{
    char *text = arena_alloc(&arena, depth * 6 + strlen(inner) + 1);
    char *end = text;

    for (size_t i = 0; i < depth; i++, end += 5)
        memcpy(end, "${X:-", 5);
    memcpy(end, inner, strlen(inner));
    memset(end + strlen(inner), '}', depth);
    return text;
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    assert_becomes(nested(TEMPLATE_DEPTH_MAX, "deep"), "deep");
    assert_fails(nested(TEMPLATE_DEPTH_MAX + 1, "x"), TEMPLATE_TOO_DEEP, TEMPLATE_DEPTH_MAX * 5,
                 "nest more than 100 deep");
    assert_fails(nested(100000, "x"), TEMPLATE_TOO_DEEP, TEMPLATE_DEPTH_MAX * 5, "nest");
}

static void growth_has_a_limit(void **state)
{
    struct template_lookup bounded = lookup;
    struct template_result result;
    char *big = arena_alloc(&arena, 400001);

    (void)state;
    bounded.growth_max = 3;
    memset(big, 'x', 400000);
    environment_put(&environment, "BIG", 3, big, 400000);
    environment_put(&environment, "SIX", 3, "123456", 6);
    assert_true(template_substitute(&arena, "$TAG$TAG", 8, &bounded, &result));
    assert_true(template_substitute(&arena, "$SIX", 4, &bounded, &result));
    assert_false(template_substitute(&arena, "$SIX$SIX", 8, &bounded, &result));
    assert_int_equal(result.failure, TEMPLATE_TOO_LONG);
    assert_int_equal(result.offset, 4);
    assert_true(template_substitute(&arena, "$BIG$BIG", 8, &lookup, &result));
    assert_int_equal(result.length, 800000);
    assert_fails("$BIG$BIG$BIG", TEMPLATE_TOO_LONG, 8, "becomes longer than");
}

static void many_variables_on_one_line_take_linear_time(void **state)
{
    size_t count = 50000;
    char *text = arena_alloc(&arena, count * 8 + 1);
    struct template_result result;

    (void)state;
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * 8, "${NONE-a", 8);
    /* The one brace ends the first variable, whose default then holds no brace for the second. */
    text[count * 8 - 1] = '}';
    assert_false(template_substitute(&arena, text, count * 8, &lookup, &result));
    assert_int_equal(result.failure, TEMPLATE_INVALID);
    assert_int_equal(result.offset, 8);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * 8, "${N-abc}", 8);
    assert_true(template_substitute(&arena, text, count * 8, &lookup, &result));
    assert_int_equal(result.length, count * 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_without_a_dollar_is_not_copied),
        cmocka_unit_test(two_dollars_are_one),
        cmocka_unit_test(a_dollar_before_no_name_stands_for_itself),
        cmocka_unit_test(names_end_at_the_first_character_that_is_in_none),
        cmocka_unit_test(unset_and_empty_variables_become_nothing),
        cmocka_unit_test(defaults_stand_in_for_missing_values),
        cmocka_unit_test(alternatives_stand_in_for_values),
        cmocka_unit_test(required_variables_pass_when_they_are_set),
        cmocka_unit_test(a_missing_required_variable_is_an_error_with_its_message),
        cmocka_unit_test(a_message_that_is_empty_leaves_no_colon),
        cmocka_unit_test(the_first_operator_counts),
        cmocka_unit_test(text_around_does_not_change_the_operator),
        cmocka_unit_test(defaults_nest),
        cmocka_unit_test(braces_in_defaults_pair_up),
        cmocka_unit_test(text_that_is_not_used_is_not_looked_at),
        cmocka_unit_test(values_are_not_looked_through_again),
        cmocka_unit_test(what_is_no_variable_is_an_error_at_its_place),
        cmocka_unit_test(an_open_brace_is_an_error_where_it_opens),
        cmocka_unit_test(lines_are_expanded_each_for_itself),
        cmocka_unit_test(variables_that_become_nothing_are_told),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(growth_has_a_limit),
        cmocka_unit_test(many_variables_on_one_line_take_linear_time),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

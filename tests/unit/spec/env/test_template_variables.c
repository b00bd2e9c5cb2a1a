/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "spec/env/template.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 16 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static void append_variable(void *context, const struct template_variable *variable)
{
    struct strbuf *list = context;

    strbuf_printf(list, "%.*s", (int)variable->name_length, variable->name);
    if (variable->default_text != NULL)
        strbuf_printf(list, "-%.*s", (int)variable->default_length, variable->default_text);
    if (variable->alternative != NULL)
        strbuf_printf(list, "+%.*s", (int)variable->alternative_length, variable->alternative);
    if (variable->required)
        strbuf_printf(list, "?%.*s", (int)variable->message_length, variable->message);
    strbuf_append_char(list, ';');
}

static void assert_visits(const char *text, const char *expected)
{
    _cleanup_strbuf_ struct strbuf list;

    strbuf_init(&list, 1 << 16);
    template_variables(text, strlen(text), append_variable, &list);
    assert_string_equal(strbuf_text(&list), expected);
}

static void text_without_variables_mentions_none(void **state)
{
    (void)state;
    assert_visits("", "");
    assert_visits("plain", "");
    assert_visits("$$NOT $1 $", "");
}

static void every_form_of_a_variable_is_mentioned(void **state)
{
    (void)state;
    assert_visits("$a ${b}", "a;b;");
    assert_visits("${a-x} ${b:-y z}", "a-x;b-y z;");
    assert_visits("${a+x} ${b:+y}", "a+x;b+y;");
    assert_visits("${a?x} ${b:?} ${c?:-}", "a?x;b?;c?:-;");
    assert_visits("$host:${port:-80}/${path:?}", "host;port-80;path?;");
}

static void variables_in_defaults_and_messages_are_mentioned(void **state)
{
    (void)state;
    assert_visits("${a:-$b}", "a-$b;b;");
    assert_visits("${a:?see ${b-${c}}}.$d", "a?see ${b-${c}};b-${c};c;d;");
    assert_visits("${a+$b}", "a+$b;b;");
}

static void what_is_not_valid_is_passed_over(void **state)
{
    (void)state;
    assert_visits("${ $a} ${b", "a;");
    assert_visits("${!a} $c", "c;");
}

static void nesting_stops_at_the_limit(void **state)
{
    char text[5 * 5000 + 1] = "";
    _cleanup_strbuf_ struct strbuf list;

    (void)state;
    for (size_t i = 0; i < 5000; i++)
        memcpy(text + i * 5, "${X-a", 5);
    text[sizeof(text) - 2] = '}';
    strbuf_init(&list, 8 << 20);
    template_variables(text, strlen(text), append_variable, &list);
    assert_int_equal(strbuf_failure(&list), 0);
}

static const struct template_variable *find(const struct hashmap *variables, const char *name)
{
    return hashmap_get(variables, name, strlen(name));
}

static void collect(struct hashmap *variables, const char *text)
{
    template_collect_variables(variables, text, strlen(text));
}

static void collecting_joins_the_places_of_a_variable(void **state)
{
    struct hashmap variables;
    const struct template_variable *variable;

    (void)state;
    hashmap_init(&variables, &arena);
    collect(&variables, "$NAME ${NAME:-}");
    collect(&variables, "${NAME:-first} ${OTHER:?}");
    collect(&variables, "${NAME-second} ${NAME:?needed} ${NAME+yes}");
    assert_int_equal(variables.count, 2);
    variable = find(&variables, "NAME");
    assert_true(variable->required);
    assert_memory_equal(variable->default_text, "first", 5);
    assert_int_equal(variable->default_length, 5);
    assert_memory_equal(variable->message, "needed", 6);
    assert_memory_equal(variable->alternative, "yes", 3);
    assert_true(find(&variables, "OTHER")->required);
    assert_null(find(&variables, "OTHER")->default_text);
}

static void collecting_keeps_the_order_of_mention(void **state)
{
    struct hashmap variables;

    (void)state;
    hashmap_init(&variables, &arena);
    collect(&variables, "${Z:-$Y}$X");
    collect(&variables, "$Z$A");
    assert_int_equal(variables.count, 4);
    assert_string_equal(variables.entries[0].key, "Z");
    assert_string_equal(variables.entries[1].key, "Y");
    assert_string_equal(variables.entries[2].key, "X");
    assert_string_equal(variables.entries[3].key, "A");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_without_variables_mentions_none),
        cmocka_unit_test(every_form_of_a_variable_is_mentioned),
        cmocka_unit_test(variables_in_defaults_and_messages_are_mentioned),
        cmocka_unit_test(what_is_not_valid_is_passed_over),
        cmocka_unit_test(nesting_stops_at_the_limit),
        cmocka_unit_test(collecting_joins_the_places_of_a_variable),
        cmocka_unit_test(collecting_keeps_the_order_of_mention),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/env/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static void put(struct environment *environment, const char *name, const char *value)
{
    environment_put(environment, name, strlen(name), value, strlen(value));
}

static const char *get(const struct environment *environment, const char *name)
{
    return environment_get(environment, name, strlen(name), NULL);
}

static void an_unset_variable_is_not_an_empty_one(void **state)
{
    struct environment environment;
    size_t length = 7;

    (void)state;
    environment_init(&environment, &arena);
    put(&environment, "EMPTY", "");
    assert_null(get(&environment, "UNSET"));
    assert_string_equal(environment_get(&environment, "EMPTY", 5, &length), "");
    assert_int_equal(length, 0);
}

static void names_are_compared_whole_and_by_case(void **state)
{
    struct environment environment;

    (void)state;
    environment_init(&environment, &arena);
    put(&environment, "PORT", "80");
    assert_string_equal(environment_get(&environment, "PORTAL", 4, NULL), "80");
    assert_null(get(&environment, "POR"));
    assert_null(get(&environment, "port"));
}

static void values_are_copied(void **state)
{
    struct environment environment;
    char value[] = "first";

    (void)state;
    environment_init(&environment, &arena);
    put(&environment, "A", value);
    value[0] = 'w';
    assert_string_equal(get(&environment, "A"), "first");
}

static void a_replaced_variable_keeps_its_place(void **state)
{
    struct environment environment;

    (void)state;
    environment_init(&environment, &arena);
    put(&environment, "B", "1");
    put(&environment, "A", "2");
    put(&environment, "B", "longer than before");
    assert_int_equal(environment_count(&environment), 2);
    assert_string_equal(environment_at(&environment, 0).name, "B");
    assert_string_equal(environment_at(&environment, 0).value, "longer than before");
    assert_int_equal(environment_at(&environment, 0).value_length, 18);
    assert_string_equal(environment_at(&environment, 1).name, "A");
}

static void reads_the_strings_of_a_process(void **state)
{
    char *const envp[] = {(char[]){"PATH=/bin:/usr/bin"}, (char[]){"OPTS=a=b"}, (char[]){"NONE="},
                          (char[]){"no equals sign"},     (char[]){"=hidden"},  NULL};
    struct environment environment;

    (void)state;
    environment_init(&environment, &arena);
    environment_add_process(&environment, NULL);
    environment_add_process(&environment, envp);
    assert_int_equal(environment_count(&environment), 3);
    assert_string_equal(get(&environment, "PATH"), "/bin:/usr/bin");
    assert_string_equal(get(&environment, "OPTS"), "a=b");
    assert_string_equal(get(&environment, "NONE"), "");
}

static void merging_overrides_and_filling_does_not(void **state)
{
    struct environment merged, filled, from;

    (void)state;
    environment_init(&merged, &arena);
    environment_init(&filled, &arena);
    environment_init(&from, &arena);
    put(&merged, "A", "old");
    put(&filled, "A", "");
    put(&from, "A", "new");
    put(&from, "B", "added");
    environment_merge(&merged, &from);
    environment_fill(&filled, &from);
    environment_merge(&merged, &merged);
    environment_fill(&filled, &filled);
    assert_string_equal(get(&merged, "A"), "new");
    assert_string_equal(get(&filled, "A"), "");
    assert_string_equal(get(&merged, "B"), "added");
    assert_string_equal(get(&filled, "B"), "added");
    assert_string_equal(get(&from, "A"), "new");
}

static void merging_from_another_arena_copies(void **state)
{
    struct environment into, from;
    struct arena other;

    (void)state;
    arena_init(&other, 1 << 20);
    environment_init(&into, &arena);
    environment_init(&from, &other);
    put(&from, "A", "kept");
    environment_merge(&into, &from);
    arena_deinit(&other);
    assert_string_equal(get(&into, "A"), "kept");
}

static void a_chain_takes_the_first_that_is_set(void **state)
{
    struct environment first, second;
    const struct environment *both[] = {&first, &second};
    struct environment_chain chain = {.environments = both, .count = 2};
    struct template_lookup lookup = environment_chain_lookup(&chain);
    size_t length = 0;

    (void)state;
    environment_init(&first, &arena);
    environment_init(&second, &arena);
    put(&first, "A", "");
    put(&second, "A", "hidden");
    put(&second, "B", "seen");
    assert_string_equal(lookup.get(lookup.context, "A", 1, &length), "");
    assert_int_equal(length, 0);
    assert_string_equal(lookup.get(lookup.context, "B", 1, &length), "seen");
    assert_int_equal(length, 4);
    assert_null(lookup.get(lookup.context, "C", 1, &length));
}

static void many_variables_stay_in_order(void **state)
{
    struct environment environment;

    (void)state;
    environment_init(&environment, &arena);
    for (int i = 0; i < 1000; i++)
        put(&environment, arena_printf(&arena, "V%d", i), arena_printf(&arena, "%d", i));
    assert_int_equal(environment_count(&environment), 1000);
    assert_string_equal(environment_at(&environment, 512).name, "V512");
    assert_string_equal(get(&environment, "V999"), "999");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unset_variable_is_not_an_empty_one),
        cmocka_unit_test(names_are_compared_whole_and_by_case),
        cmocka_unit_test(values_are_copied),
        cmocka_unit_test(a_replaced_variable_keeps_its_place),
        cmocka_unit_test(reads_the_strings_of_a_process),
        cmocka_unit_test(merging_overrides_and_filling_does_not),
        cmocka_unit_test(merging_from_another_arena_copies),
        cmocka_unit_test(a_chain_takes_the_first_that_is_set),
        cmocka_unit_test(many_variables_stay_in_order),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

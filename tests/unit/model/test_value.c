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

#include "model/value.h"

static struct arena arena;
static const struct mark nowhere;

static int with_arena(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)256 << 20);
    return 0;
}

static int without_arena(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct value *new_map(void)
{
    return value_new(&arena, VALUE_MAP, nowhere);
}

static struct value *new_text(const char *text)
{
    return value_new_string(&arena, text, strlen(text), nowhere);
}

static struct value *new_integer(int64_t integer)
{
    return value_new_integer(&arena, integer, nowhere);
}

static const char *key_of(char key[static 16], unsigned int number)
{
    (void)snprintf(key, 16, "key%u", number);
    return key;
}

static struct value *new_numbered_map(unsigned int count)
{
    struct value *map = new_map();
    char key[16];

    for (unsigned int i = 0; i < count; i++)
        value_set(&arena, map, key_of(key, i), new_integer(i));
    return map;
}

static bool remove_number(struct value *map, unsigned int number)
{
    char key[16];

    (void)key_of(key, number);
    return value_map_remove(map, key, strlen(key));
}

/* Every key is found, in its place, with the value of its number; step is the distance between the
 * numbers of neighbours. */
static void assert_numbered(const struct value *map, unsigned int first, unsigned int step,
                            unsigned int count)
{
    char key[16];

    assert_int_equal(map->map.count, count);
    for (unsigned int i = 0; i < count; i++) {
        const struct value_entry *entry;

        (void)key_of(key, first + i * step);
        entry = value_map_find(map, key, strlen(key));
        assert_ptr_equal(entry, &map->map.entries[i]);
        assert_string_equal(entry->key, key);
        assert_int_equal(entry->value->integer, first + i * step);
    }
}

static void scalars_hold_what_they_were_made_of(void **state)
{
    const struct mark mark = {.source = 3, .line = 4, .column = 5};
    const struct value *text = value_new_string(&arena, "abcdef", 3, mark);

    (void)state;
    assert_string_equal(text->string.text, "abc");
    assert_int_equal(text->string.length, 3);
    assert_memory_equal(&text->mark, &mark, sizeof(mark));
    assert_true(value_new_bool(&arena, true, mark)->boolean);
    assert_int_equal(value_new_integer(&arena, INT64_MIN, mark)->integer, INT64_MIN);
    assert_true(value_new_real(&arena, 1.5, mark)->real == 1.5);
    assert_string_equal(value_new(&arena, VALUE_STRING, mark)->string.text, "");
}

static void lists_keep_order_through_append_and_remove(void **state)
{
    struct value *list = value_new(&arena, VALUE_LIST, nowhere);

    (void)state;
    for (int i = 0; i < 100; i++)
        value_list_append(&arena, list, new_integer(i));
    value_list_remove(list, 99);
    value_list_remove(list, 50);
    value_list_remove(list, 0);
    assert_int_equal(list->list.count, 97);
    assert_int_equal(list->list.items[0]->integer, 1);
    assert_int_equal(list->list.items[48]->integer, 49);
    assert_int_equal(list->list.items[49]->integer, 51);
    assert_int_equal(list->list.items[96]->integer, 98);
}

static void maps_find_keys_at_every_size(void **state)
{
    static const unsigned int counts[] = {0, 1, 4, 5, 8, 9, 16, 17, 64, 65, 1000};
    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct value *map = new_numbered_map(counts[i]);

        assert_numbered(map, 0, 1, counts[i]);
        assert_null(value_map_find(map, "key", 3));
        assert_null(value_get(map, "other"));
        assert_null(value_map_find(map, "", 0));
    }
}

static void keys_are_compared_by_length_too(void **state)
{
    struct value *map = new_map();

    (void)state;
    value_map_put(&arena, map, "ab", 2, nowhere, new_integer(2));
    value_map_put(&arena, map, "abc", 3, nowhere, new_integer(3));
    value_map_put(&arena, map, "abcd", 1, nowhere, new_integer(1));
    assert_int_equal(value_get(map, "a")->integer, 1);
    assert_int_equal(value_get(map, "ab")->integer, 2);
    assert_int_equal(value_get(map, "abc")->integer, 3);
    assert_null(value_get(map, "abcd"));
}

static void put_replaces_the_value_and_mark_in_place(void **state)
{
    const struct mark mark = {.line = 9};
    struct value *map = new_numbered_map(20);
    const struct value_entry *entry;

    (void)state;
    entry = value_map_put(&arena, map, "key7", 4, mark, new_text("new"));
    assert_int_equal(map->map.count, 20);
    assert_ptr_equal(entry, &map->map.entries[7]);
    assert_int_equal(entry->mark.line, 9);
    assert_string_equal(value_get_text(map, "key7"), "new");
}

static void set_takes_the_mark_of_the_value(void **state)
{
    struct value *map = new_map();
    struct value *value = value_new_bool(&arena, true, (struct mark){.line = 7});

    (void)state;
    assert_int_equal(value_set(&arena, map, "a", value)->mark.line, 7);
}

static void the_key_is_copied(void **state)
{
    struct value *map = new_map();
    char key[] = "name";

    (void)state;
    value_set(&arena, map, key, new_integer(1));
    key[0] = 'X';
    assert_non_null(value_get(map, "name"));
    assert_null(value_get(map, key));
}

static void removal_keeps_order_and_finds_the_rest(void **state)
{
    static const unsigned int counts[] = {8, 9, 500};
    char key[16];

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct value *map = new_numbered_map(counts[i]);

        for (unsigned int number = 0; number < counts[i]; number += 2) {
            assert_true(remove_number(map, number));
            assert_false(remove_number(map, number));
            assert_null(value_get(map, key_of(key, number)));
        }
        assert_numbered(map, 1, 2, counts[i] / 2);
    }
}

/* Removing and adding for ever in one map must not fill its index with what is gone. */
static void a_map_can_be_churned(void **state)
{
    struct value *map = new_numbered_map(12);
    char key[16];

    (void)state;
    for (unsigned int i = 0; i < 5000; i++) {
        assert_true(remove_number(map, i));
        value_set(&arena, map, key_of(key, i + 12), new_integer(i + 12));
    }
    assert_numbered(map, 5000, 1, 12);
    assert_null(value_get(map, "key4999"));
}

static void a_map_can_be_emptied_and_filled_again(void **state)
{
    struct value *map = new_numbered_map(40);
    char key[16];

    (void)state;
    for (unsigned int i = 40; i-- > 0;)
        assert_true(remove_number(map, i));
    assert_int_equal(map->map.count, 0);
    assert_null(value_get(map, "key0"));
    for (unsigned int i = 0; i < 40; i++)
        value_set(&arena, map, key_of(key, i), new_integer(i));
    assert_numbered(map, 0, 1, 40);
}

static void sorting_is_bytewise_and_keys_stay_findable(void **state)
{
    static const char *const sorted[] = {"",  "A",  "B",   "a",  "a-", "aa", "ab",
                                         "b", "b1", "b10", "b2", "c",  "z",  "\xc3\xa4"};
    const uint32_t count = sizeof(sorted) / sizeof(sorted[0]);
    struct value *map = new_map();

    (void)state;
    for (uint32_t i = 0; i < count; i++) /* 5 and 14 have no common factor: another order */
        value_set(&arena, map, sorted[(i * 5 + 3) % count], new_integer((i * 5 + 3) % count));
    value_map_sort(map);
    for (uint32_t i = 0; i < count; i++) {
        assert_string_equal(map->map.entries[i].key, sorted[i]);
        assert_int_equal(value_get(map, sorted[i])->integer, i);
    }
}

static int compare_by_number(const struct value_entry *a, const struct value_entry *b,
                             const void *context)
{
    const int *direction = context;

    return *direction * (int)(a->value->integer - b->value->integer);
}

static void sorting_takes_an_order_of_its_own(void **state)
{
    struct value *map = new_numbered_map(30);
    int direction = -1;

    (void)state;
    value_map_sort_by(map, compare_by_number, &direction);
    for (unsigned int i = 0; i < 30; i++)
        assert_int_equal(map->map.entries[i].value->integer, 29 - i);
    assert_int_equal(value_get(map, "key17")->integer, 17);
}

static struct value *new_tree(void)
{
    struct value *map = new_numbered_map(20);
    struct value *list = value_new(&arena, VALUE_LIST, (struct mark){.line = 2});
    struct value *text = new_text("text");

    text->quoted = true;
    text->tag = VALUE_TAG_OVERRIDE;
    value_list_append(&arena, list, text);
    value_list_append(&arena, list, value_new_real(&arena, NAN, nowhere));
    value_list_append(&arena, list, value_new(&arena, VALUE_NULL, nowhere));
    value_list_append(&arena, list, value_new_bool(&arena, false, nowhere));
    value_list_append(&arena, list, new_map());
    value_set(&arena, map, "list", list);
    return map;
}

static void a_copy_is_equal_and_apart(void **state)
{
    struct value *tree = new_tree();
    struct value *copy = value_copy(&arena, tree);
    struct value *list = value_get(copy, "list");

    (void)state;
    assert_true(value_equal(tree, copy));
    assert_int_equal(list->mark.line, 2);
    assert_true(list->list.items[0]->quoted);
    assert_int_equal(list->list.items[0]->tag, VALUE_TAG_OVERRIDE);

    value_list_append(&arena, list, new_text("more"));
    value_set(&arena, copy, "key3", new_text("changed"));
    value_map_remove(copy, "key5", 4);
    value_set(&arena, copy, "new", new_text("new"));
    assert_int_equal(value_get(tree, "list")->list.count, 5);
    assert_int_equal(value_get(tree, "key3")->integer, 3);
    assert_int_equal(value_get(tree, "key5")->integer, 5);
    assert_null(value_get(tree, "new"));
    assert_string_equal(value_get_text(copy, "new"), "new");
    assert_false(value_equal(tree, copy));
    assert_null(value_copy(&arena, NULL));
}

static void equality_ignores_key_order_and_marks(void **state)
{
    struct value *forth = new_numbered_map(50);
    struct value *back = value_new(&arena, VALUE_MAP, (struct mark){.line = 8});
    char key[16];

    (void)state;
    for (unsigned int i = 50; i-- > 0;)
        value_set(&arena, back, key_of(key, i), new_integer(i));
    assert_true(value_equal(forth, back));
    value_set(&arena, back, "key0", new_integer(1));
    assert_false(value_equal(forth, back));
}

static void equality_sees_kind_and_content(void **state)
{
    struct value *unlike[] = {
        value_new(&arena, VALUE_NULL, nowhere),
        value_new_bool(&arena, true, nowhere),
        value_new_bool(&arena, false, nowhere),
        new_integer(1),
        new_integer(2),
        value_new_real(&arena, 1, nowhere),
        value_new_real(&arena, 2.5, nowhere),
        value_new_real(&arena, NAN, nowhere),
        new_text(""),
        new_text("1"),
        new_text("2"),
        value_new(&arena, VALUE_LIST, nowhere),
        value_new(&arena, VALUE_LIST, nowhere),
        new_map(),
        new_numbered_map(1),
        new_numbered_map(2),
        NULL,
    };
    const size_t count = sizeof(unlike) / sizeof(unlike[0]);

    (void)state;
    value_list_append(&arena, unlike[12], new_text(""));
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            assert_int_equal(value_equal(unlike[i], value_copy(&arena, unlike[j])), i == j);
}

static void maps_with_other_keys_are_not_equal(void **state)
{
    struct value *a = new_map();
    struct value *b = new_map();

    (void)state;
    value_set(&arena, a, "a", new_integer(1));
    value_set(&arena, b, "b", new_integer(1));
    assert_false(value_equal(a, b));
}

static void get_asks_only_maps(void **state)
{
    struct value *map = new_numbered_map(1);

    (void)state;
    assert_null(value_get(NULL, "a"));
    assert_null(value_get(new_text("a"), "a"));
    assert_null(value_get_text(map, "key0")); /* an integer */
    assert_null(value_get_text(map, "other"));
}

static void text_is_compared_in_strings_only(void **state)
{
    (void)state;
    assert_true(value_is_text(new_text("host"), "host"));
    assert_false(value_is_text(new_text("host"), "hos"));
    assert_false(value_is_text(new_text("host"), "hosts"));
    assert_false(value_is_text(new_integer(1), "1"));
    assert_false(value_is_text(NULL, ""));
}

static void scalars_have_a_text(void **state)
{
    (void)state;
    assert_string_equal(value_scalar_text(&arena, value_new_bool(&arena, true, nowhere)), "true");
    assert_string_equal(value_scalar_text(&arena, value_new_bool(&arena, false, nowhere)), "false");
    assert_string_equal(value_scalar_text(&arena, new_integer(INT64_MIN)), "-9223372036854775808");
    assert_string_equal(value_scalar_text(&arena, value_new_real(&arena, 1.5, nowhere)), "1.5");
    assert_string_equal(value_scalar_text(&arena, value_new_real(&arena, 1e21, nowhere)), "1e+21");
    assert_string_equal(value_scalar_text(&arena, new_text("as is")), "as is");
    assert_null(value_scalar_text(&arena, value_new(&arena, VALUE_NULL, nowhere)));
    assert_null(value_scalar_text(&arena, value_new(&arena, VALUE_LIST, nowhere)));
    assert_null(value_scalar_text(&arena, new_map()));
    assert_null(value_scalar_text(&arena, NULL));
}

static void kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(value_kind_name(VALUE_NULL), "null");
    assert_string_equal(value_kind_name(VALUE_BOOL), "a boolean");
    assert_string_equal(value_kind_name(VALUE_INTEGER), "an integer");
    assert_string_equal(value_kind_name(VALUE_REAL), "a number");
    assert_string_equal(value_kind_name(VALUE_STRING), "a string");
    assert_string_equal(value_kind_name(VALUE_LIST), "a list");
    assert_string_equal(value_kind_name(VALUE_MAP), "a map");
}

/* The arena counts what it hands out: growing must cost a constant factor, not a square. */
static void a_large_map_takes_linear_memory(void **state)
{
    struct value *map = new_map();
    struct value *value = new_integer(1);
    const unsigned int count = 100000;
    size_t before = arena.used_bytes;
    char key[16];

    (void)state;
    for (unsigned int i = 0; i < count; i++)
        value_set(&arena, map, key_of(key, i), value);
    assert_int_equal(map->map.count, count);
    assert_true(arena.used_bytes - before < (size_t)count * 400);
    assert_ptr_equal(value_get(map, "key99999"), value);
}

static void running_out_of_arena_goes_to_the_recovery_point(void **state)
{
    struct arena small;
    jmp_buf recover;

    (void)state;
    arena_init(&small, 4096);
    if (setjmp(recover) == 0) {
        struct value *list;

        arena_set_recovery(&small, &recover);
        list = value_new(&small, VALUE_LIST, nowhere);
        for (;;)
            value_list_append(&small, list, list);
    }
    assert_int_equal(arena_failure(&small), -E2BIG);
    arena_deinit(&small);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, with_arena, without_arena)
    const struct CMUnitTest tests[] = {
        TEST(scalars_hold_what_they_were_made_of),
        TEST(lists_keep_order_through_append_and_remove),
        TEST(maps_find_keys_at_every_size),
        TEST(keys_are_compared_by_length_too),
        TEST(put_replaces_the_value_and_mark_in_place),
        TEST(set_takes_the_mark_of_the_value),
        TEST(the_key_is_copied),
        TEST(removal_keeps_order_and_finds_the_rest),
        TEST(a_map_can_be_churned),
        TEST(a_map_can_be_emptied_and_filled_again),
        TEST(sorting_is_bytewise_and_keys_stay_findable),
        TEST(sorting_takes_an_order_of_its_own),
        TEST(a_copy_is_equal_and_apart),
        TEST(equality_ignores_key_order_and_marks),
        TEST(equality_sees_kind_and_content),
        TEST(maps_with_other_keys_are_not_equal),
        TEST(get_asks_only_maps),
        TEST(text_is_compared_in_strings_only),
        TEST(scalars_have_a_text),
        TEST(kinds_have_names),
        TEST(a_large_map_takes_linear_memory),
        TEST(running_out_of_arena_goes_to_the_recovery_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

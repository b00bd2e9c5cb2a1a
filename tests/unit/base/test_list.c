/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/list.h"

struct item {
    char name;
    struct list_head link;
};

static struct item items[] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}, {.name = 'd'}};

/* Reads the list in both directions. */
static void assert_names(struct list_head *list, const char *names)
{
    struct item *item;
    size_t count = 0;

    list_for_each (item, list, link)
        assert_int_equal(item->name, names[count++]);
    assert_int_equal(count, strlen(names));
    for (struct list_head *link = list->previous; link != list; link = link->previous)
        assert_int_equal(list_entry(link, struct item, link)->name, names[--count]);
    assert_int_equal(count, 0);
}

static void keeps_items_in_the_order_of_their_places(void **state)
{
    struct list_head list;

    (void)state;
    list_init(&list);
    assert_true(list_is_empty(&list));
    assert_null(list_first(&list, struct item, link));
    assert_null(list_last(&list, struct item, link));
    list_append(&list, &items[1].link);
    list_append(&list, &items[2].link);
    list_prepend(&list, &items[0].link);
    assert_false(list_is_empty(&list));
    assert_names(&list, "abc");
    list_append(&items[1].link, &items[3].link);
    assert_names(&list, "adbc");
    assert_ptr_equal(list_first(&list, struct item, link), &items[0]);
    assert_ptr_equal(list_last(&list, struct item, link), &items[2]);
}

static void items_leave_from_anywhere_and_more_than_once(void **state)
{
    struct list_head list;

    (void)state;
    list_init(&list);
    for (size_t i = 0; i < 4; i++)
        list_append(&list, &items[i].link);
    list_remove(&items[1].link);
    list_remove(&items[1].link);
    assert_names(&list, "acd");
    list_remove(&items[0].link);
    list_remove(&items[3].link);
    assert_names(&list, "c");
    list_remove(&items[2].link);
    assert_true(list_is_empty(&list));
}

static void items_may_be_removed_while_walking(void **state)
{
    struct list_head list;
    struct item *item;

    (void)state;
    list_init(&list);
    list_for_each_safe (item, &list, link)
        fail();
    for (size_t i = 0; i < 4; i++)
        list_append(&list, &items[i].link);
    list_for_each_safe (item, &list, link) {
        if (item->name != 'b') {
            list_remove(&item->link);
            memset(&item->link, 0xff, sizeof(item->link));
        }
    }
    assert_names(&list, "b");
}

static void one_list_moves_to_the_end_of_another(void **state)
{
    struct list_head list;
    struct list_head from;

    (void)state;
    list_init(&list);
    list_init(&from);
    list_append(&list, &items[0].link);
    list_append_all(&list, &from);
    assert_names(&list, "a");
    for (size_t i = 1; i < 4; i++)
        list_append(&from, &items[i].link);
    list_append_all(&list, &from);
    assert_names(&list, "abcd");
    assert_true(list_is_empty(&from));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_items_in_the_order_of_their_places),
        cmocka_unit_test(items_leave_from_anywhere_and_more_than_once),
        cmocka_unit_test(items_may_be_removed_while_walking),
        cmocka_unit_test(one_list_moves_to_the_end_of_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

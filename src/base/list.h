/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doubly linked lists whose links are members of what they link. The list owns nothing: an item is
 * removed before it is freed, and list_remove() needs no knowledge of the list it is in.
 *
 *     struct list_head targets;
 *     struct target *target;
 *
 *     list_init(&targets);
 *     list_append(&targets, &one->link);
 *     list_for_each (target, &targets, link)
 *         ...
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list_head {
    struct list_head *next;
    struct list_head *previous;
};

static inline void list_init(struct list_head *list)
{
    list->next = list;
    list->previous = list;
}

static inline bool list_is_empty(const struct list_head *list)
{
    return list->next == list;
}

static inline void list_insert_between(struct list_head *item, struct list_head *previous,
                                       struct list_head *next)
{
    item->previous = previous;
    item->next = next;
    previous->next = item;
    next->previous = item;
}

/* As the last of the list; with an item in place of the list, before that item. */
static inline void list_append(struct list_head *list, struct list_head *item)
{
    list_insert_between(item, list->previous, list);
}

/* As the first of the list; with an item in place of the list, after that item. */
static inline void list_prepend(struct list_head *list, struct list_head *item)
{
    list_insert_between(item, list, list->next);
}

/* The item is left as an empty list of its own, so that removing it again does no harm. */
static inline void list_remove(struct list_head *item)
{
    item->previous->next = item->next;
    item->next->previous = item->previous;
    list_init(item);
}

/* Moves every item to the end of another list. */
static inline void list_append_all(struct list_head *list, struct list_head *from)
{
    if (list_is_empty(from))
        return;
    from->next->previous = list->previous;
    list->previous->next = from->next;
    from->previous->next = list;
    list->previous = from->previous;
    list_init(from);
}

/* What a link is a member of. */
#define list_entry(link, type, member)                                                             \
    ((type *)(void *)((char *)(link) - __builtin_offsetof(type, member)))

/* NULL when the list is empty. */
#define list_first(list, type, member)                                                             \
    (list_is_empty(list) ? NULL : list_entry((list)->next, type, member))
#define list_last(list, type, member)                                                              \
    (list_is_empty(list) ? NULL : list_entry((list)->previous, type, member))

/* item is a variable that becomes each item in turn; it never points at what is no item. The list
 * must not change inside the loop, except by leaving it. */
#define list_for_each(item, list, member)                                                          \
    for (struct list_head *item##_link = (list)->next;                                             \
         item##_link != (list) &&                                                                  \
         ((item) = list_entry(item##_link, __typeof__(*(item)), member), true);                    \
         item##_link = item##_link->next)

/* The current item may be removed and freed inside the loop. */
#define list_for_each_safe(item, list, member)                                                     \
    for (struct list_head *item##_link = (list)->next, *item##_following = item##_link->next;      \
         item##_link != (list) &&                                                                  \
         ((item) = list_entry(item##_link, __typeof__(*(item)), member), true);                    \
         item##_link = item##_following, item##_following = item##_link->next)

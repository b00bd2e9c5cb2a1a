/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/mailbox.h"

/* Stands in newest for "the reader sleeps"; never read or written itself. */
static struct loop_message mailbox_sleeping;

void mailbox_init(struct mailbox *mailbox)
{
    atomic_init(&mailbox->newest, NULL);
}

bool mailbox_push(struct mailbox *mailbox, struct loop_message *message)
{
    struct loop_message *newest = atomic_load_explicit(&mailbox->newest, memory_order_relaxed);

    do
        message->next = newest != &mailbox_sleeping ? newest : NULL;
    while (!atomic_compare_exchange_weak_explicit(&mailbox->newest, &newest, message,
                                                  memory_order_release, memory_order_relaxed));
    return newest == &mailbox_sleeping;
}

bool mailbox_sleep(struct mailbox *mailbox)
{
    struct loop_message *newest = NULL;

    return atomic_compare_exchange_strong_explicit(&mailbox->newest, &newest, &mailbox_sleeping,
                                                   memory_order_relaxed, memory_order_relaxed) ||
           newest == &mailbox_sleeping;
}

struct loop_message *mailbox_take(struct mailbox *mailbox)
{
    struct loop_message *newest = atomic_load_explicit(&mailbox->newest, memory_order_relaxed);
    struct loop_message *oldest = NULL;

    if (newest == NULL)
        return NULL; /* the common case, without taking the cache line from the writers */
    newest = atomic_exchange_explicit(&mailbox->newest, NULL, memory_order_acquire);
    if (newest == &mailbox_sleeping)
        return NULL;
    while (newest != NULL) {
        struct loop_message *before = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = before;
    }
    return oldest;
}

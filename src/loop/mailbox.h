/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages from any thread to one. A message is a member of what is sent; from mailbox_push() until
 * it is received it belongs to the mailbox and must not be pushed again. Nothing locks or waits.
 *
 * The one word of shared state is the newest message, each of which points to the one before; or
 * NULL; or a mark that the reader sleeps, which the writer who replaces it must answer by waking
 * the reader. So no wake-up is lost, and only one in a burst is sent.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct loop_message {
    struct loop_message *next;
    void (*receive)(struct loop_message *message);
};

struct mailbox {
    _Atomic(struct loop_message *) newest;
};

void mailbox_init(struct mailbox *mailbox);

/* From any thread. True where the caller must wake the reader. */
bool mailbox_push(struct mailbox *mailbox, struct loop_message *message);

/* The rest is the reader's. */

/* Announces that the reader goes to sleep; false where there are messages to be read instead. */
bool mailbox_sleep(struct mailbox *mailbox);

/* Everything sent so far, oldest first, linked by next. The reader is awake then. */
struct loop_message *mailbox_take(struct mailbox *mailbox);

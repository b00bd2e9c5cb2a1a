/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing down what people do by the API, before it is done: a thread with a store of its own, so
 * that the loop does not wait. It is started by the first action, and gives the store back when
 * there was nothing to write for a while.
 *
 *     loop:  audit_write(item) ----> thread: describe(item), a row of the store
 *     loop:  written(item, r)  <---- what came of it
 *     loop:  audit_answered()  ----> thread: the status, into the row
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "control/access.h"
#include "loop/mailbox.h"

#define AUDIT_PATH_MAX   1024
#define AUDIT_DETAIL_MAX 200

struct audit;
struct error;
struct loop;

/* Memory of the caller's, who frees it in written(). */
struct audit_item {
    enum access_role role;
    bool is_by_dashboard;
    char name[ACCESS_NAME_SIZE];
    char token[ACCESS_TOKEN_SIZE];
    const char *method;
    char path[AUDIT_PATH_MAX + 1];
    char detail[AUDIT_DETAIL_MAX + 1];
    unsigned int status; /* 0: it is still to come */

    /* Of the thread: puts in the detail; may be NULL. */
    void (*describe)(struct audit_item *item);
    /* Of the loop: 0, or -errno with why it could not be written; the sequence is there then. */
    void (*written)(struct audit_item *item, int r, const char *message);

    struct loop_message message; /* the rest is the module's */
    struct list_head link;
    uint64_t sequence;
    int result;
    struct error *error;
};

/* The folder stays the caller's. NULL where memory is out. */
struct audit *audit_new(struct loop *loop, const char *folder);

/* What waits is written yet. */
void audit_stop(struct audit *audit);
bool audit_has_stopped(struct audit *audit);
struct audit *audit_free(struct audit *audit); /* after that; takes NULL */

/* written() is called later, in the loop. -ESHUTDOWN, -EBUSY or -EAGAIN where it will not be. */
int audit_write(struct audit *audit, struct audit_item *item);

/* Whether one more that was refused is to be written down. Whoever only asks for what he must not
 * do could keep the disk busy, and others waiting: what is too much is counted, and told. */
bool audit_takes_refusal(struct audit *audit);

void audit_answered(struct audit *audit, uint64_t sequence, unsigned int status);

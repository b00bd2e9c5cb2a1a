/* SPDX-License-Identifier: Apache-2.0 */
#include "control/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "loop/loop.h"
#include "os/os.h"
#include "store/store.h"

#define WAITING_MAX 1024
#define IDLE_S      5 /* the store is given back then */

#define REFUSALS_MAX     60 /* at once; then one each second */
#define REFUSALS_TELL_NS TIME_MINUTE

/* What came of an action. */
struct answer {
    struct list_head link;
    uint64_t sequence;
    unsigned int status;
};

struct audit {
    struct loop *loop;
    const char *folder;
    pthread_t thread;
    bool has_thread;       /* the loop's */
    struct store *store;   /* the thread's; NULL while it is not needed */
    atomic_bool has_ended; /* the thread */

    unsigned int refusals; /* the loop's, as is what follows: that may be written yet */
    uint64_t refilled_ns;
    uint64_t left_out, told_ns; /* those that were too much since it was told */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct list_head items;
    struct list_head answers;
    unsigned int waiting; /* items and answers */
    bool is_stopping;
};

struct audit *audit_new(struct loop *loop, const char *folder)
{
    struct audit *audit = calloc(1, sizeof(*audit));
    pthread_condattr_t attributes;

    if (audit == NULL)
        return NULL;
    audit->loop = loop;
    audit->folder = folder;
    audit->refusals = REFUSALS_MAX;
    list_init(&audit->items);
    list_init(&audit->answers);
    (void)pthread_mutex_init(&audit->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&audit->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    return audit;
}

/* The thread */

static int open_store(struct audit *audit, struct error **reterr)
{
    return audit->store != NULL ? 0 : store_open(audit->folder, &audit->store, reterr);
}

static int write_item(struct audit *audit, struct audit_item *item)
{
    const struct store_action action = {
        .unix_ns = os_real_time_ns(),
        .name = item->name,
        .role = access_role_name(item->role),
        .token = item->token,
        .via = item->is_by_dashboard ? "dashboard" : "socket",
        .method = item->method,
        .path = item->path,
        .detail = item->detail,
        .status = item->status,
    };
    int r = open_store(audit, &item->error);

    return r < 0 ? r : store_add_action(audit->store, &action, &item->sequence, &item->error);
}

static void told(struct loop_message *message)
{
    struct audit_item *item = list_entry(message, struct audit_item, message);
    struct error *error = item->error;
    int r = item->result;

    item->error = NULL;
    item->written(item, r, error != NULL ? error->message : r < 0 ? error_text(-r) : "");
    error_free(error);
}

static void handle_item(struct audit *audit, struct audit_item *item)
{
    if (item->describe != NULL)
        item->describe(item);
    item->result = write_item(audit, item);
    if (item->result < 0) /* another connection may do better, as where the file was replaced */
        audit->store = store_close(audit->store);
    item->message.receive = told;
    loop_post(audit->loop, &item->message);
}

static void handle_answer(struct audit *audit, struct answer *answer)
{
    _cleanup_error_ struct error *error = NULL;
    int r = open_store(audit, &error);

    if (r == 0)
        r = store_set_action_status(audit->store, answer->sequence, answer->status, &error);
    if (r < 0)
        log_warning("what came of an action cannot be written down: %s",
                    error != NULL ? error->message : error_text(-r));
    free(answer);
}

/* Waits for something to do, with the lock held. False where the time for that is over. */
static bool wait_for_work(struct audit *audit)
{
    uint64_t until_ns = time_add(os_monotonic_time_ns(), IDLE_S * TIME_SECOND);
    const struct timespec until = {
        .tv_sec = (time_t)(until_ns / TIME_SECOND),
        .tv_nsec = (long)(until_ns % TIME_SECOND),
    };
    int r = 0;

    while (audit->waiting == 0 && !audit->is_stopping && r != ETIMEDOUT)
        r = audit->store != NULL ? pthread_cond_timedwait(&audit->changed, &audit->lock, &until)
                                 : pthread_cond_wait(&audit->changed, &audit->lock);
    return audit->waiting > 0 || audit->is_stopping;
}

static void *run(void *context)
{
    struct audit *audit = context;

    (void)pthread_mutex_lock(&audit->lock);
    for (;;) {
        struct audit_item *item = list_first(&audit->items, struct audit_item, link);
        struct answer *answer = list_first(&audit->answers, struct answer, link);

        if (item == NULL && answer == NULL && audit->is_stopping)
            break;
        if (item == NULL && answer == NULL) {
            if (!wait_for_work(audit))
                audit->store = store_close(audit->store);
            continue;
        }
        audit->waiting--;
        list_remove(answer != NULL ? &answer->link : &item->link);
        (void)pthread_mutex_unlock(&audit->lock);
        if (answer != NULL)
            handle_answer(audit, answer);
        else
            handle_item(audit, item);
        (void)pthread_mutex_lock(&audit->lock);
    }
    (void)pthread_mutex_unlock(&audit->lock);
    audit->store = store_close(audit->store);
    atomic_store(&audit->has_ended, true);
    return NULL;
}

/* The loop */

void audit_stop(struct audit *audit)
{
    (void)pthread_mutex_lock(&audit->lock);
    audit->is_stopping = true;
    (void)pthread_cond_broadcast(&audit->changed);
    (void)pthread_mutex_unlock(&audit->lock);
}

bool audit_has_stopped(struct audit *audit)
{
    return !audit->has_thread || atomic_load(&audit->has_ended);
}

struct audit *audit_free(struct audit *audit)
{
    if (audit == NULL)
        return NULL;
    if (audit->has_thread)
        (void)pthread_join(audit->thread, NULL);
    (void)pthread_cond_destroy(&audit->changed);
    (void)pthread_mutex_destroy(&audit->lock);
    free(audit);
    return NULL;
}

/* -errno where it cannot be added. Answers are few more than what was written, and not refused. */
static int add(struct audit *audit, struct list_head *list, struct list_head *link, bool is_item)
{
    int r = 0;

    (void)pthread_mutex_lock(&audit->lock);
    if (audit->is_stopping)
        r = -ESHUTDOWN;
    else if (is_item && audit->waiting >= WAITING_MAX)
        r = -EBUSY;
    if (r == 0) {
        list_append(list, link);
        audit->waiting++;
        (void)pthread_cond_signal(&audit->changed);
    }
    (void)pthread_mutex_unlock(&audit->lock);
    return r;
}

int audit_write(struct audit *audit, struct audit_item *item)
{
    if (!audit->has_thread && pthread_create(&audit->thread, NULL, run, audit) != 0)
        return -EAGAIN;
    audit->has_thread = true;
    list_init(&item->link);
    return add(audit, &audit->items, &item->link, true);
}

static void refill(struct audit *audit, uint64_t now_ns)
{
    uint64_t seconds = time_subtract(now_ns, audit->refilled_ns) / TIME_SECOND;

    if (seconds == 0)
        return;
    audit->refilled_ns = now_ns;
    audit->refusals = seconds < REFUSALS_MAX - audit->refusals
                          ? audit->refusals + (unsigned int)seconds
                          : REFUSALS_MAX;
}

bool audit_takes_refusal(struct audit *audit)
{
    uint64_t now_ns = loop_now_ns(audit->loop);

    refill(audit, now_ns);
    if (audit->refusals > 0) {
        audit->refusals--;
        return true;
    }
    audit->left_out++;
    if (audit->told_ns != 0 && time_subtract(now_ns, audit->told_ns) < REFUSALS_TELL_NS)
        return false;
    log_warning("%" PRIu64 " refused %s not in the audit: there are too many", audit->left_out,
                audit->left_out == 1 ? "request is" : "requests are");
    audit->told_ns = now_ns;
    audit->left_out = 0;
    return false;
}

void audit_answered(struct audit *audit, uint64_t sequence, unsigned int status)
{
    struct answer *answer = calloc(1, sizeof(*answer));

    if (answer == NULL)
        return;
    list_init(&answer->link);
    answer->sequence = sequence;
    answer->status = status;
    if (add(audit, &audit->answers, &answer->link, false) < 0)
        free(answer);
}

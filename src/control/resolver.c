/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name is idle until it is due, then busy while a thread asks for it, then idle again. The one
 * lock covers all but the asking itself. A name that is forgotten while it is busy is freed by the
 * thread that asks.
 */
#include "control/resolver.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/log.h"
#include "base/time.h"
#include "os/os.h"

#define THREAD_COUNT 4

struct name {
    struct list_head link;
    uint64_t due_ns;
    bool is_busy;
    bool is_wanted;
    bool was_looked_up;
    bool was_given_up; /* somebody went on without it */
    int failure;       /* of the last time */
    size_t count;
    struct os_found found[RESOLVER_ADDRESSES_MAX];
    char text[];
};

struct resolver {
    struct resolver_options options;
    pthread_mutex_t lock;
    pthread_cond_t work; /* there may be a name to look up, or it is over */
    pthread_cond_t done; /* one was looked up */
    struct list_head names;
    bool is_stopping;
    unsigned int thread_count;
    pthread_t threads[THREAD_COUNT];
};

static int compare_found(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct os_found));
}

static struct name *find(struct resolver *resolver, const char *text)
{
    struct name *name;

    list_for_each (name, &resolver->names, link) {
        if (strcmp(name->text, text) == 0)
            return name;
    }
    return NULL;
}

/* One that is due, or NULL with when to look again. */
static struct name *next_due(struct resolver *resolver, uint64_t *ret_wait_until_ns)
{
    uint64_t now_ns = os_monotonic_time_ns();
    struct name *name;

    *ret_wait_until_ns = TIME_FOREVER;
    list_for_each (name, &resolver->names, link) {
        if (name->is_busy)
            continue;
        if (name->due_ns <= now_ns)
            return name;
        if (name->due_ns < *ret_wait_until_ns)
            *ret_wait_until_ns = name->due_ns;
    }
    return NULL;
}

/* Whether the name has other addresses now. */
static bool take_result(struct resolver *resolver, struct name *name, struct os_found *found,
                        int count)
{
    bool was_looked_up = name->was_looked_up;
    bool differs;

    name->was_looked_up = true;
    name->due_ns =
        time_add(os_monotonic_time_ns(), time_from_milliseconds(resolver->options.interval_ms));
    if (count <= 0) {
        if (name->failure == 0)
            log_warning("%s cannot be looked up: %s%s", name->text,
                        count == -ENOENT ? "there is no such name" : error_text(-count),
                        name->count > 0 ? "; it keeps its addresses" : "");
        name->failure = count;
        return false;
    }
    if (name->failure != 0)
        log_info("%s is found again", name->text);
    name->failure = 0;
    qsort(found, (size_t)count, sizeof(*found), compare_found);
    differs = (size_t)count != name->count ||
              memcmp(found, name->found, (size_t)count * sizeof(*found)) != 0;
    memcpy(name->found, found, (size_t)count * sizeof(*found));
    name->count = (size_t)count;
    return differs && (was_looked_up || name->was_given_up);
}

static void look_up(struct resolver *resolver, struct name *name)
{
    struct os_found found[RESOLVER_ADDRESSES_MAX];
    bool has_changed = false;
    int count;

    name->is_busy = true;
    (void)pthread_mutex_unlock(&resolver->lock);
    memset(found, 0, sizeof(found));
    count = resolver->options.lookup(name->text, found, RESOLVER_ADDRESSES_MAX);
    (void)pthread_mutex_lock(&resolver->lock);
    name->is_busy = false;
    if (name->is_wanted) {
        has_changed = take_result(resolver, name, found, count);
    } else {
        list_remove(&name->link);
        free(name);
    }
    (void)pthread_cond_broadcast(&resolver->done);
    if (has_changed && !resolver->is_stopping) {
        (void)pthread_mutex_unlock(&resolver->lock);
        resolver->options.changed(resolver->options.context);
        (void)pthread_mutex_lock(&resolver->lock);
    }
}

static void wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t deadline_ns)
{
    struct timespec deadline;

    if (deadline_ns == TIME_FOREVER) {
        (void)pthread_cond_wait(condition, lock);
        return;
    }
    deadline = time_to_timespec(deadline_ns);
    (void)pthread_cond_timedwait(condition, lock, &deadline);
}

static void *run(void *context)
{
    struct resolver *resolver = context;

    (void)pthread_mutex_lock(&resolver->lock);
    while (!resolver->is_stopping) {
        uint64_t wait_until_ns;
        struct name *name = next_due(resolver, &wait_until_ns);

        if (name != NULL)
            look_up(resolver, name);
        else
            wait_until(&resolver->work, &resolver->lock, wait_until_ns);
    }
    (void)pthread_mutex_unlock(&resolver->lock);
    return NULL;
}

struct resolver *resolver_free(struct resolver *resolver)
{
    struct name *name;

    if (resolver == NULL)
        return NULL;
    (void)pthread_mutex_lock(&resolver->lock);
    resolver->is_stopping = true;
    (void)pthread_cond_broadcast(&resolver->work);
    (void)pthread_mutex_unlock(&resolver->lock);
    for (unsigned int i = 0; i < resolver->thread_count; i++)
        (void)pthread_join(resolver->threads[i], NULL);
    list_for_each_safe (name, &resolver->names, link)
        free(name);
    list_init(&resolver->names);
    (void)pthread_cond_destroy(&resolver->done);
    (void)pthread_cond_destroy(&resolver->work);
    (void)pthread_mutex_destroy(&resolver->lock);
    free(resolver);
    return NULL;
}

int resolver_new(const struct resolver_options *options, struct resolver **ret_resolver,
                 struct error **reterr)
{
    struct resolver *resolver = calloc(1, sizeof(*resolver));
    pthread_condattr_t monotonic;

    if (resolver == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    resolver->options = *options;
    if (resolver->options.interval_ms == 0)
        resolver->options.interval_ms = RESOLVER_INTERVAL_MS;
    list_init(&resolver->names);
    (void)pthread_mutex_init(&resolver->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&resolver->work, &monotonic);
    (void)pthread_cond_init(&resolver->done, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    while (resolver->thread_count < THREAD_COUNT) {
        int code = pthread_create(&resolver->threads[resolver->thread_count], NULL, run, resolver);

        if (code != 0) {
            (void)resolver_free(resolver);
            return error_set(reterr, code, "cannot start a thread: %s", error_text(code));
        }
        resolver->thread_count++;
    }
    *ret_resolver = resolver;
    return 0;
}

bool resolver_is_busy(struct resolver *resolver)
{
    bool is_busy = false;
    struct name *name;

    (void)pthread_mutex_lock(&resolver->lock);
    list_for_each (name, &resolver->names, link)
        is_busy = is_busy || name->is_busy;
    (void)pthread_mutex_unlock(&resolver->lock);
    return is_busy;
}

/* Under the lock. */
static int add(struct resolver *resolver, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct name *name = find(resolver, names[i]);
        size_t length = strlen(names[i]);

        if (name == NULL) {
            name = calloc(1, sizeof(*name) + length + 1);
            if (name == NULL)
                return -ENOMEM;
            memcpy(name->text, names[i], length + 1);
            list_append(&resolver->names, &name->link);
        }
        name->is_wanted = true;
    }
    (void)pthread_cond_broadcast(&resolver->work);
    return 0;
}

int resolver_add_names(struct resolver *resolver, const char *const *names, size_t count)
{
    int r;

    (void)pthread_mutex_lock(&resolver->lock);
    r = add(resolver, names, count);
    (void)pthread_mutex_unlock(&resolver->lock);
    return r;
}

int resolver_set_names(struct resolver *resolver, const char *const *names, size_t count)
{
    struct name *name;
    int r;

    (void)pthread_mutex_lock(&resolver->lock);
    list_for_each (name, &resolver->names, link)
        name->is_wanted = false;
    r = add(resolver, names, count);
    list_for_each_safe (name, &resolver->names, link) {
        if (!name->is_wanted && !name->is_busy) {
            list_remove(&name->link);
            free(name);
        }
    }
    (void)pthread_mutex_unlock(&resolver->lock);
    return r;
}

void resolver_wait(struct resolver *resolver, uint64_t timeout_ms)
{
    uint64_t deadline_ns = time_add(os_monotonic_time_ns(), time_from_milliseconds(timeout_ms));

    (void)pthread_mutex_lock(&resolver->lock);
    for (;;) {
        bool is_over = os_monotonic_time_ns() >= deadline_ns;
        bool is_waiting = false;
        struct name *name;

        list_for_each (name, &resolver->names, link) {
            if (name->is_wanted && !name->was_looked_up) {
                is_waiting = true;
                if (is_over)
                    name->was_given_up = true;
            }
        }
        if (!is_waiting || is_over)
            break;
        wait_until(&resolver->done, &resolver->lock, deadline_ns);
    }
    (void)pthread_mutex_unlock(&resolver->lock);
}

size_t resolver_get(struct resolver *resolver, const char *name,
                    struct os_found found[RESOLVER_ADDRESSES_MAX])
{
    struct name *known;
    size_t count = 0;

    (void)pthread_mutex_lock(&resolver->lock);
    known = find(resolver, name);
    if (known != NULL) {
        count = known->count;
        memcpy(found, known->found, count * sizeof(*found));
    }
    (void)pthread_mutex_unlock(&resolver->lock);
    return count;
}

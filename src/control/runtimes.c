/* SPDX-License-Identifier: Apache-2.0 */
#include "control/runtimes.h"

#include <errno.h>

#include "base/error.h"
#include "base/list.h"

static void changed(struct runtime_watcher *watcher, const char *project, const char *service,
                    const char *instance, const char *what)
{
    struct runtime_slot *slot = list_entry(watcher, struct runtime_slot, watcher);
    struct runtimes *runtimes = slot->runtimes;

    if (runtimes->changed != NULL)
        runtimes->changed(runtimes->context, project, service, instance, what);
}

void runtimes_init(struct runtimes *runtimes, const char *folder, runtimes_make_function *make)
{
    *runtimes = (struct runtimes){.folder = folder, .make = make};
    (void)pthread_mutex_init(&runtimes->lock, NULL);
    for (int i = 0; i < RUNTIME_KIND_COUNT; i++) {
        runtimes->slots[i].runtimes = runtimes;
        runtimes->slots[i].watcher.changed = changed;
    }
}

void runtimes_deinit(struct runtimes *runtimes)
{
    for (int i = 0; i < RUNTIME_KIND_COUNT; i++) {
        struct runtime *runtime = runtimes->slots[i].runtime;

        if (runtime == NULL)
            continue;
        if (runtime->class->watch != NULL)
            runtime->class->watch(runtime, NULL);
        (void)runtime->class->free(runtime);
    }
    (void)pthread_mutex_destroy(&runtimes->lock);
}

static struct runtime *get(struct runtimes *runtimes, struct runtime_slot *slot,
                           enum desired_runtime kind, bool *ret_is_watched, struct error **reterr)
{
    struct runtime *runtime;

    (void)pthread_mutex_lock(&runtimes->lock);
    if (slot->runtime == NULL && runtimes->make(kind, runtimes->folder, &runtime, reterr) == 0)
        slot->runtime = runtime;
    runtime = slot->runtime;
    *ret_is_watched = slot->is_watched;
    (void)pthread_mutex_unlock(&runtimes->lock);
    return runtime;
}

static void watch(struct runtimes *runtimes, struct runtime_slot *slot)
{
    (void)pthread_mutex_lock(&runtimes->lock);
    if (!slot->is_watched && slot->runtime->class->watch != NULL)
        slot->runtime->class->watch(slot->runtime, &slot->watcher);
    slot->is_watched = true;
    (void)pthread_mutex_unlock(&runtimes->lock);
}

static bool answers(struct runtime *runtime)
{
    return runtime->class->check == NULL || runtime->class->check(runtime, NULL) == 0;
}

struct runtime *runtimes_get(struct runtimes *runtimes, enum desired_runtime kind,
                             struct error **reterr)
{
    struct runtime_slot *slot = &runtimes->slots[kind];
    bool is_watched = false;
    struct runtime *runtime = get(runtimes, slot, kind, &is_watched, reterr);

    if (runtime != NULL && !is_watched && answers(runtime))
        watch(runtimes, slot);
    return runtime;
}

struct runtime *runtimes_find(struct runtimes *runtimes, enum desired_runtime kind)
{
    struct runtime_slot *slot = &runtimes->slots[kind];
    bool is_watched = false;
    struct runtime *runtime = get(runtimes, slot, kind, &is_watched, NULL);

    if (runtime == NULL || is_watched)
        return runtime;
    if (!answers(runtime))
        return NULL;
    watch(runtimes, slot);
    return runtime;
}

struct runtime *runtimes_peek(struct runtimes *runtimes, enum desired_runtime kind)
{
    struct runtime *runtime;

    (void)pthread_mutex_lock(&runtimes->lock);
    runtime = runtimes->slots[kind].is_watched ? runtimes->slots[kind].runtime : NULL;
    (void)pthread_mutex_unlock(&runtimes->lock);
    return runtime;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "control/keepers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "control/project.h"
#include "loop/loop.h"
#include "os/os.h"
#include "store/store.h"

#define MEMORY_MAX  ((size_t)64 << 20)
#define KEEPERS_MAX 1024

static struct keeper *find(struct keepers *keepers, const char *name)
{
    struct keeper *keeper;

    list_for_each (keeper, &keepers->list, link) {
        if (strcmp(keeper->name, name) == 0)
            return keeper;
    }
    return NULL;
}

struct keeper *keepers_find(struct keepers *keepers, const char *name)
{
    struct keeper *keeper;

    (void)pthread_mutex_lock(&keepers->lock);
    keeper = find(keepers, name);
    (void)pthread_mutex_unlock(&keepers->lock);
    return keeper;
}

static struct keeper *keeper_free(struct keeper *keeper)
{
    keeper_world_deinit(&keeper->world);
    free(keeper->name);
    free(keeper);
    return NULL;
}

static void join(struct keeper *keeper)
{
    if (keeper->has_thread)
        (void)pthread_join(keeper->thread, NULL);
    keeper->has_thread = false;
}

/* Under the lock. One that has left is about to end. */
static int start_thread(struct keeper *keeper)
{
    int code;

    join(keeper);
    atomic_store(&keeper->has_ended, false);
    code = pthread_create(&keeper->thread, NULL, keeper_run, keeper);
    keeper->has_thread = code == 0;
    keeper->has_left = code != 0;
    atomic_store(&keeper->has_ended, code != 0);
    return -code;
}

/* Under the lock. */
static int start_keeper(struct keepers *keepers, const char *name, struct keeper **ret_keeper)
{
    struct keeper *keeper = calloc(1, sizeof(*keeper));
    int r;

    if (keeper == NULL)
        return -ENOMEM;
    list_init(&keeper->link);
    keeper->keepers = keepers;
    keeper->name = strdup(name);
    keeper_world_init(&keeper->world, &keepers->around, keeper->name);
    r = keeper->name == NULL ? -ENOMEM : start_thread(keeper);
    if (r < 0) {
        (void)keeper_free(keeper);
        return r;
    }
    list_append(&keepers->list, &keeper->link);
    *ret_keeper = keeper;
    return 0;
}

/* Under the lock: what is left of threads that have ended, and how many have not. */
static unsigned int reap(struct keepers *keepers)
{
    struct keeper *keeper;
    unsigned int count = 0;

    list_for_each (keeper, &keepers->list, link) {
        if (keeper->has_left && atomic_load(&keeper->has_ended))
            join(keeper);
        count += !keeper->has_left;
    }
    return count;
}

int keepers_need(struct keepers *keepers, const char *name, struct keeper **ret_keeper,
                 struct error **reterr)
{
    struct keeper *keeper;
    unsigned int count;
    int r = 0;

    (void)pthread_mutex_lock(&keepers->lock);
    count = reap(keepers);
    keeper = find(keepers, name);
    if (keepers->is_stopping)
        r = -ECANCELED;
    else if ((keeper == NULL || keeper->has_left) && count >= KEEPERS_MAX)
        r = -EBUSY;
    else if (keeper == NULL)
        r = start_keeper(keepers, name, &keeper);
    else if (keeper->has_left)
        r = start_thread(keeper);
    if (r == 0)
        keeper->is_forgotten = false;
    (void)pthread_mutex_unlock(&keepers->lock);
    if (r < 0)
        return error_set(reterr, -r, "project \"%s\" cannot be looked after: %s", name,
                         r == -EBUSY ? "there are too many" : error_text(-r));
    *ret_keeper = keeper;
    return 0;
}

void keepers_forget(struct keeper *keeper)
{
    (void)pthread_mutex_lock(&keeper->keepers->lock);
    keeper->is_forgotten = true;
    (void)pthread_mutex_unlock(&keeper->keepers->lock);
}

bool keepers_let_go(struct keeper *keeper, bool (*is_free)(struct keeper *keeper))
{
    struct keepers *keepers = keeper->keepers;
    bool result;

    (void)pthread_mutex_lock(&keepers->lock);
    result = keeper->is_forgotten;
    (void)pthread_mutex_unlock(&keepers->lock);
    if (!result)
        return false;
    (void)pthread_mutex_lock(&keepers->accepting);
    result = is_free(keeper);
    (void)pthread_mutex_lock(&keepers->lock);
    keeper->has_left = result && keeper->is_forgotten && !keepers->is_stopping;
    result = keeper->has_left;
    (void)pthread_mutex_unlock(&keepers->lock);
    (void)pthread_mutex_unlock(&keepers->accepting);
    return result;
}

/* From a runtime's thread; without a project, of all. */
static void instance_changed(void *context, const char *project, const char *service,
                             const char *instance, const char *what)
{
    struct keepers *keepers = context;
    struct keeper *keeper;

    (void)service;
    (void)instance;
    (void)what;
    (void)pthread_mutex_lock(&keepers->lock);
    list_for_each (keeper, &keepers->list, link) {
        if (project == NULL || strcmp(keeper->name, project) == 0)
            keeper_world_wake(&keeper->world);
    }
    (void)pthread_mutex_unlock(&keepers->lock);
}

/* The start */

struct starting {
    struct keepers *keepers;
    struct store *store;
    struct arena arena;
    int result;
    struct error *error;
};

static void start_all(void *context)
{
    struct starting *starting = context;
    struct store_project *projects;
    struct keeper *keeper;
    uint32_t count = 0;

    starting->result =
        store_list_projects(starting->store, &starting->arena, &projects, &count, &starting->error);
    for (uint32_t i = 0; starting->result == 0 && i < count; i++)
        starting->result =
            keepers_need(starting->keepers, projects[i].name, &keeper, &starting->error);
}

static void *start(void *context)
{
    struct keepers *keepers = context;
    struct starting starting = {.keepers = keepers};
    int r;

    arena_init(&starting.arena, MEMORY_MAX);
    r = store_open(keepers->around.folder, &starting.store, &starting.error);
    if (r == 0)
        r = store_check(starting.store, &starting.error);
    if (r == 0)
        r = arena_protect(&starting.arena, start_all, &starting);
    if (r == 0)
        r = starting.result;
    if (r < 0 && r != -ECANCELED) {
        const char *message = starting.error != NULL ? starting.error->message : error_text(-r);

        log_error("deploys are not possible: %s", message);
        (void)pthread_mutex_lock(&keepers->lock);
        keepers->trouble = strdup(message);
        (void)pthread_mutex_unlock(&keepers->lock);
    }
    starting.store = store_close(starting.store);
    error_free(starting.error);
    arena_deinit(&starting.arena);
    atomic_store(&keepers->has_started, true);
    followers_tell(&keepers->followers);
    return NULL;
}

char *keepers_trouble(struct keepers *keepers)
{
    char *trouble;

    (void)pthread_mutex_lock(&keepers->lock);
    trouble = keepers->trouble != NULL ? strdup(keepers->trouble) : NULL;
    (void)pthread_mutex_unlock(&keepers->lock);
    return trouble;
}

int keepers_new(const struct keepers_options *options, struct keepers **ret_keepers,
                struct error **reterr)
{
    struct keepers *keepers = calloc(1, sizeof(*keepers));
    int code;

    if (keepers == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    list_init(&keepers->list);
    keepers->loop = options->loop;
    followers_init(&keepers->followers);
    specs_init(&keepers->specs);
    runtimes_init(&keepers->runtimes, options->folder,
                  options->make_runtime != NULL ? options->make_runtime : runtimes_make);
    keepers->runtimes.changed = instance_changed;
    keepers->runtimes.context = keepers;
    keepers->around = (struct keeper_surroundings){
        .folder = options->folder,
        .publisher = options->publisher,
        .state = options->state,
        .runtimes = &keepers->runtimes,
        .followers = &keepers->followers,
    };
    (void)pthread_mutex_init(&keepers->lock, NULL);
    (void)pthread_mutex_init(&keepers->accepting, NULL);
    code = pthread_create(&keepers->starter, NULL, start, keepers);
    if (code != 0) {
        atomic_store(&keepers->has_started, true);
        runtimes_deinit(&keepers->runtimes);
        followers_deinit(&keepers->followers);
        specs_deinit(&keepers->specs);
        free(keepers);
        return error_set(reterr, code, "cannot start a thread: %s", error_text(code));
    }
    *ret_keepers = keepers;
    return 0;
}

bool keepers_are_used(struct keepers *keepers)
{
    struct keeper *keeper;
    bool result = false;

    (void)pthread_mutex_lock(&keepers->lock);
    list_for_each (keeper, &keepers->list, link)
        result = result || !atomic_load(&keeper->is_down);
    (void)pthread_mutex_unlock(&keepers->lock);
    return result;
}

/* The end */

void keepers_stop(struct keepers *keepers)
{
    struct keeper *keeper;

    (void)pthread_mutex_lock(&keepers->lock);
    keepers->is_stopping = true;
    list_for_each (keeper, &keepers->list, link)
        keeper_world_stop(&keeper->world);
    (void)pthread_mutex_unlock(&keepers->lock);
    followers_stop(&keepers->followers);
}

static bool have_ended(struct keepers *keepers)
{
    struct keeper *keeper;
    bool result = atomic_load(&keepers->has_started) &&
                  (!keepers->has_clearer || atomic_load(&keepers->is_cleared));

    (void)pthread_mutex_lock(&keepers->lock);
    list_for_each (keeper, &keepers->list, link)
        result = result && atomic_load(&keeper->has_ended);
    (void)pthread_mutex_unlock(&keepers->lock);
    return result;
}

bool keepers_have_stopped(struct keepers *keepers)
{
    return have_ended(keepers);
}

void keepers_join(struct keepers *keepers)
{
    struct keeper *keeper;

    if (keepers == NULL)
        return;
    if (keepers->has_clearer) {
        (void)pthread_join(keepers->clearer, NULL); /* it has joined the others */
    } else {
        (void)pthread_join(keepers->starter, NULL);
        list_for_each (keeper, &keepers->list, link)
            join(keeper);
    }
    runtimes_deinit(&keepers->runtimes);
}

struct keepers *keepers_free(struct keepers *keepers)
{
    struct keeper *keeper;

    if (keepers == NULL)
        return NULL;
    list_for_each_safe (keeper, &keepers->list, link)
        (void)keeper_free(keeper);
    for (size_t i = 0; i < KEEPERS_REMOVALS_MAX; i++)
        free(keepers->removals[i]);
    specs_deinit(&keepers->specs);
    followers_deinit(&keepers->followers);
    (void)pthread_mutex_destroy(&keepers->lock);
    (void)pthread_mutex_destroy(&keepers->accepting);
    free(keepers->trouble);
    free(keepers);
    return NULL;
}

/* One-offs */

void keepers_remove_later(struct keepers *keepers, const char *id)
{
    char *copy = strdup(id);

    (void)pthread_mutex_lock(&keepers->lock);
    free(keepers->removals[keepers->next_removal]);
    keepers->removals[keepers->next_removal] = copy;
    keepers->next_removal = (keepers->next_removal + 1) % KEEPERS_REMOVALS_MAX;
    (void)pthread_mutex_unlock(&keepers->lock);
}

bool keepers_take_removal(struct keepers *keepers, const char *id)
{
    bool is_there = false;

    (void)pthread_mutex_lock(&keepers->lock);
    for (size_t i = 0; i < KEEPERS_REMOVALS_MAX && !is_there; i++) {
        if (keepers->removals[i] == NULL || strcmp(keepers->removals[i], id) != 0)
            continue;
        free(keepers->removals[i]);
        keepers->removals[i] = NULL;
        is_there = true;
    }
    (void)pthread_mutex_unlock(&keepers->lock);
    return is_there;
}

/* Clearing */

static void cleared(struct loop_message *message)
{
    struct keepers *keepers = list_entry(message, struct keepers, cleared);

    keepers->on_cleared(keepers->on_cleared_context);
}

static void *clear_all(void *context)
{
    struct keepers *keepers = context;
    struct keeper *keeper;

    (void)pthread_join(keepers->starter, NULL);
    (void)pthread_mutex_lock(&keepers->lock);
    keepers->is_stopping = true; /* no others come */
    list_for_each (keeper, &keepers->list, link) {
        atomic_store(&keeper->is_clearing, true);
        keeper_world_end_edge(&keeper->world);
        keeper_world_interrupt(&keeper->world, true);
    }
    (void)pthread_mutex_unlock(&keepers->lock);
    list_for_each (keeper, &keepers->list, link)
        join(keeper);
    atomic_store(&keepers->is_cleared, true);
    loop_post(keepers->loop, &keepers->cleared);
    return NULL;
}

int keepers_clear(struct keepers *keepers, void (*done)(void *context), void *context)
{
    int code;

    if (keepers->has_clearer)
        return -EALREADY;
    keepers->on_cleared = done;
    keepers->on_cleared_context = context;
    keepers->cleared.receive = cleared;
    code = pthread_create(&keepers->clearer, NULL, clear_all, keepers);
    keepers->has_clearer = code == 0;
    return -code;
}

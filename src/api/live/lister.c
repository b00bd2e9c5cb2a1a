/* SPDX-License-Identifier: Apache-2.0 */
#include "api/live/lister.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/time.h"
#include "control/keepers.h"
#include "deploy/deploy.h"
#include "os/os.h"
#include "store/store.h"

#define MEMORY_MAX ((size_t)256 << 20)

enum stage {
    STAGE_IDLE,
    STAGE_ASKED,
    STAGE_ANSWERED,
};

struct lister {
    struct keepers *keepers;
    pthread_t thread;
    atomic_bool has_ended;
    struct store *store; /* the thread's; NULL while it rests */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    enum stage stage;
    struct listing listing; /* the thread's while it is asked */
    bool is_resting;
    bool is_over;
};

void listing_deinit(struct listing *listing)
{
    free(listing->text);
    free(listing->error);
}

/* The thread */

struct search {
    struct lister *lister;
    struct arena arena;
    const char *text;
    struct error *error;
    int result;
};

static void search(void *context)
{
    struct search *search = context;
    struct keeper *keeper = search->lister->listing.keeper;

    search->result =
        deploy_list_instances(&keeper->world.world, search->lister->store, &search->arena,
                              keeper->name, &search->text, &search->error);
}

static int open_store(struct lister *lister, struct error **reterr)
{
    if (lister->store != NULL)
        return 0;
    return store_open(lister->keepers->around.folder, &lister->store, reterr);
}

static void answer(struct lister *lister)
{
    struct listing *listing = &lister->listing;
    struct search job = {.lister = lister};
    int r = open_store(lister, &job.error);

    listing->version = keeper_world_version(&listing->keeper->world, true);
    arena_init(&job.arena, MEMORY_MAX);
    if (r == 0)
        r = arena_protect(&job.arena, search, &job);
    if (r == 0)
        r = job.result;
    if (r == 0)
        listing->text = strdup(job.text);
    else
        listing->error = strdup(job.error != NULL ? job.error->message : error_text(-r));
    error_free(job.error);
    arena_deinit(&job.arena);
    listing->ended_ns = os_monotonic_time_ns();
}

/* Called, and returns, with the lock held. */
static void work(struct lister *lister)
{
    bool is_asked = lister->stage == STAGE_ASKED;

    (void)pthread_mutex_unlock(&lister->lock);
    if (is_asked)
        answer(lister);
    else
        lister->store = store_close(lister->store);
    (void)pthread_mutex_lock(&lister->lock);
    if (is_asked)
        lister->stage = STAGE_ANSWERED;
    else
        lister->is_resting = false;
    (void)pthread_cond_broadcast(&lister->changed);
}

static void *run(void *context)
{
    struct lister *lister = context;

    (void)pthread_mutex_lock(&lister->lock);
    while (!lister->is_over) {
        if (lister->stage == STAGE_ASKED || lister->is_resting)
            work(lister);
        else
            (void)pthread_cond_wait(&lister->changed, &lister->lock);
    }
    (void)pthread_mutex_unlock(&lister->lock);
    lister->store = store_close(lister->store);
    atomic_store(&lister->has_ended, true);
    return NULL;
}

/* Its owner */

struct lister *lister_new(struct keepers *keepers)
{
    struct lister *lister = calloc(1, sizeof(*lister));
    pthread_condattr_t monotonic;

    if (lister == NULL)
        return NULL;
    lister->keepers = keepers;
    (void)pthread_mutex_init(&lister->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&lister->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (pthread_create(&lister->thread, NULL, run, lister) == 0)
        return lister;
    (void)pthread_cond_destroy(&lister->changed);
    (void)pthread_mutex_destroy(&lister->lock);
    free(lister);
    return NULL;
}

void lister_stop(struct lister *lister)
{
    (void)pthread_mutex_lock(&lister->lock);
    lister->is_over = true;
    (void)pthread_cond_broadcast(&lister->changed);
    (void)pthread_mutex_unlock(&lister->lock);
}

bool lister_has_stopped(const struct lister *lister)
{
    return atomic_load(&lister->has_ended);
}

struct lister *lister_free(struct lister *lister)
{
    if (lister == NULL)
        return NULL;
    lister_stop(lister);
    (void)pthread_join(lister->thread, NULL);
    listing_deinit(&lister->listing);
    (void)pthread_cond_destroy(&lister->changed);
    (void)pthread_mutex_destroy(&lister->lock);
    free(lister);
    return NULL;
}

bool lister_is_busy(struct lister *lister, uint64_t *ret_for_ns)
{
    bool is_busy;

    (void)pthread_mutex_lock(&lister->lock);
    is_busy = lister->stage != STAGE_IDLE;
    if (is_busy)
        *ret_for_ns = time_subtract(os_monotonic_time_ns(), lister->listing.began_ns);
    (void)pthread_mutex_unlock(&lister->lock);
    return is_busy;
}

void lister_ask(struct lister *lister, struct keeper *keeper)
{
    (void)pthread_mutex_lock(&lister->lock);
    lister->listing = (struct listing){.keeper = keeper, .began_ns = os_monotonic_time_ns()};
    lister->stage = STAGE_ASKED;
    (void)pthread_cond_broadcast(&lister->changed);
    (void)pthread_mutex_unlock(&lister->lock);
}

bool lister_take(struct lister *lister, uint64_t until_ns, struct listing *ret)
{
    const struct timespec deadline = time_to_timespec(until_ns);
    bool has_answered;

    (void)pthread_mutex_lock(&lister->lock);
    while (lister->stage == STAGE_ASKED && !lister->is_over && os_monotonic_time_ns() < until_ns)
        (void)pthread_cond_timedwait(&lister->changed, &lister->lock, &deadline);
    has_answered = lister->stage == STAGE_ANSWERED;
    if (has_answered) {
        *ret = lister->listing;
        lister->listing = (struct listing){0};
        lister->stage = STAGE_IDLE;
    }
    (void)pthread_mutex_unlock(&lister->lock);
    return has_answered;
}

void lister_rest(struct lister *lister)
{
    (void)pthread_mutex_lock(&lister->lock);
    lister->is_resting = true;
    (void)pthread_cond_broadcast(&lister->changed);
    (void)pthread_mutex_unlock(&lister->lock);
}

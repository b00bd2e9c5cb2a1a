/* SPDX-License-Identifier: Apache-2.0 */
#include "api/live/gatherer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/live/gatherer_priv.h"
#include "base/list.h"
#include "base/time.h"
#include "control/publication.h"
#include "loop/loop.h"
#include "os/os.h"

#define LOOK_NS  TIME_SECOND
#define READ_NS  (5 * TIME_SECOND)
#define LEAST_NS (50 * TIME_MILLISECOND) /* from one look to the next */
#define WHOLE_NS (2 * TIME_SECOND)       /* a stream waits for runtimes, to be told the whole */

/* What is known */

struct known_project *gatherer_find(struct gatherer *gatherer, const char *name, bool makes)
{
    struct known_project **list;
    struct known_project *project;

    for (size_t i = 0; i < gatherer->project_count; i++) {
        if (strcmp(gatherer->projects[i]->name, name) == 0)
            return gatherer->projects[i];
    }
    if (!makes)
        return NULL;
    list =
        realloc(gatherer->projects, (gatherer->project_count + 1) * sizeof(struct known_project *));
    if (list == NULL)
        return NULL;
    gatherer->projects = list;
    project = calloc(1, sizeof(*project));
    if (project == NULL)
        return NULL;
    project->name = strdup(name);
    if (project->name == NULL) {
        free(project);
        return NULL;
    }
    gatherer->projects[gatherer->project_count++] = project;
    return project;
}

static void forget(struct gatherer *gatherer)
{
    for (size_t i = 0; i < gatherer->project_count; i++)
        known_project_free(gatherer->projects[i]);
    free(gatherer->projects);
    gatherer->projects = NULL;
    gatherer->project_count = 0;
    free(gatherer->projects_text);
    gatherer->projects_text = NULL;
    gatherer->names_digest = 0;
    gatherer->read_ns = 0;
    gatherer->store = store_close(gatherer->store);
    gatherer->publication = publication_unref(gatherer->publication);
    json_decref(gatherer->served);
    gatherer->served = NULL;
    free(gatherer->waiting);
    gatherer->waiting = NULL;
    gatherer->waiting_count = 0;
    for (int lane = 0; lane < LANE_COUNT; lane++)
        lister_rest(gatherer->listers[lane]);
}

/* A look */

static void take_world(struct gatherer *gatherer, struct publication *publication, char *served,
                       bool *ret_is_new)
{
    json_t *list = served != NULL ? json_loads(served, 0, NULL) : NULL;

    *ret_is_new = publication != gatherer->publication || !json_equal(list, gatherer->served);
    (void)publication_unref(gatherer->publication);
    gatherer->publication = publication;
    json_decref(gatherer->served);
    gatherer->served = list;
    free(served);
}

static void open_store(struct gatherer *gatherer)
{
    char *trouble = keepers_trouble(gatherer->keepers);

    if (trouble == NULL && store_open(gatherer->keepers->around.folder, &gatherer->store, NULL) < 0)
        gatherer->store = NULL;
    free(trouble);
    if (gatherer->store == NULL)
        return;
    if (store_last_event(gatherer->store, &gatherer->after, NULL) < 0)
        gatherer->store = store_close(gatherer->store);
}

static void post(struct gatherer *gatherer, struct delivery *delivery)
{
    loop_post(gatherer->options.loop, &delivery->message);
}

static void welcome(struct gatherer *gatherer, const struct opening *opening)
{
    struct delivery *delivery = delivery_new(gatherer->options.deliver, gatherer->options.context);

    if (delivery == NULL)
        return; /* it stays without news until its client gives up */
    delivery->stream = opening->stream;
    if (opening->after != UINT64_MAX && gatherer->store != NULL)
        gatherer_tell_missed(gatherer, opening->after, delivery);
    gatherer_tell_whole(gatherer, delivery);
    post(gatherer, delivery);
}

static void add_waiting(struct gatherer *gatherer, const struct opening *openings, size_t count)
{
    uint64_t until_ns = time_add(os_monotonic_time_ns(), WHOLE_NS);
    struct opening *waiting;

    if (count == 0)
        return;
    waiting =
        realloc(gatherer->waiting, (gatherer->waiting_count + count) * sizeof(*gatherer->waiting));
    if (waiting == NULL)
        return; /* as with a delivery */
    gatherer->waiting = waiting;
    for (size_t i = 0; i < count; i++) {
        struct opening *opening = &waiting[gatherer->waiting_count++];

        *opening = openings[i];
        opening->until_ns = until_ns;
        /* What is new by now, though it be told later. */
        if (opening->after == UINT64_MAX && gatherer->store != NULL)
            opening->after = gatherer->after;
    }
}

/* Those that need not wait any more. */
static void welcome_waiting(struct gatherer *gatherer, uint64_t now_ns)
{
    bool is_whole = gatherer_has_listed_all(gatherer);
    size_t kept = 0;

    for (size_t i = 0; i < gatherer->waiting_count; i++) {
        const struct opening *opening = &gatherer->waiting[i];

        if (is_whole || now_ns >= opening->until_ns)
            welcome(gatherer, opening);
        else
            gatherer->waiting[kept++] = *opening;
    }
    gatherer->waiting_count = kept;
}

/* What the loop has brought. False where nobody is there. */
static bool take_shared(struct gatherer *gatherer, struct opening **ret_openings,
                        size_t *ret_opening_count, bool *ret_is_new)
{
    struct publication *publication;
    char *served;
    bool has_world, is_active;

    (void)pthread_mutex_lock(&gatherer->lock);
    is_active = gatherer->is_active;
    *ret_openings = take_ptr(gatherer->openings);
    *ret_opening_count = gatherer->opening_count;
    gatherer->opening_count = 0;
    publication = take_ptr(gatherer->new_publication);
    served = take_ptr(gatherer->new_served);
    has_world = gatherer->has_world;
    gatherer->has_world = false;
    (void)pthread_mutex_unlock(&gatherer->lock);
    *ret_is_new = false;
    if (has_world)
        take_world(gatherer, publication, served, ret_is_new);
    return is_active;
}

/* Returns when to look again at the latest. */
static uint64_t look(struct gatherer *gatherer, const struct opening *openings, size_t count,
                     bool is_new)
{
    uint64_t now_ns = os_monotonic_time_ns(), next_ns = time_add(now_ns, LOOK_NS);
    uint64_t number = followers_now(&gatherer->keepers->followers);
    struct delivery *delivery;

    if (gatherer->store == NULL) {
        gatherer->passed = number;
        open_store(gatherer);
    }
    delivery = delivery_new(gatherer->options.deliver, gatherer->options.context);
    add_waiting(gatherer, openings, count);
    if (delivery == NULL)
        return next_ns;
    is_new = is_new || count > 0 || number != gatherer->number ||
             now_ns >= time_add(gatherer->read_ns, READ_NS);
    gatherer->number = number;
    if (gatherer->store != NULL)
        gatherer_tell_events(gatherer, delivery);
    gatherer_tell_projects(gatherer, is_new, delivery, &next_ns);
    if (delivery->count > 0 || delivery->is_broken || delivery->names != NULL)
        post(gatherer, delivery);
    else
        (void)delivery_free(delivery);
    welcome_waiting(gatherer, os_monotonic_time_ns());
    return next_ns;
}

/* Until there is somebody, at the least time; false when it is over. */
static bool pause_until(struct gatherer *gatherer, uint64_t until_ns, bool while_idle)
{
    (void)pthread_mutex_lock(&gatherer->lock);
    while (!atomic_load(&gatherer->is_over) &&
           (while_idle ? !gatherer->is_active : os_monotonic_time_ns() < until_ns)) {
        struct timespec deadline = time_to_timespec(until_ns);

        if (while_idle)
            (void)pthread_cond_wait(&gatherer->changed, &gatherer->lock);
        else
            (void)pthread_cond_timedwait(&gatherer->changed, &gatherer->lock, &deadline);
    }
    (void)pthread_mutex_unlock(&gatherer->lock);
    return !atomic_load(&gatherer->is_over);
}

static void *run(void *context)
{
    struct gatherer *gatherer = context;
    bool goes_on = pause_until(gatherer, 0, true);

    while (goes_on) {
        uint64_t began_ns = os_monotonic_time_ns(), next_ns;
        struct opening *openings;
        size_t count;
        bool is_new;

        if (!take_shared(gatherer, &openings, &count, &is_new)) {
            free(openings);
            forget(gatherer);
            goes_on = pause_until(gatherer, 0, true);
            continue;
        }
        next_ns = look(gatherer, openings, count, is_new);
        free(openings);
        goes_on = pause_until(gatherer, time_add(began_ns, LEAST_NS), false) &&
                  followers_wait(&gatherer->keepers->followers, &(uint64_t){gatherer->number},
                                 next_ns, &gatherer->is_over);
    }
    forget(gatherer);
    atomic_store(&gatherer->has_ended, true);
    return NULL;
}

/* Of the loop */

static struct gatherer *release(struct gatherer *gatherer)
{
    for (int lane = 0; lane < LANE_COUNT; lane++)
        gatherer->listers[lane] = lister_free(gatherer->listers[lane]);
    (void)pthread_cond_destroy(&gatherer->changed);
    (void)pthread_mutex_destroy(&gatherer->lock);
    free(gatherer);
    return NULL;
}

static bool start(struct gatherer *gatherer)
{
    for (int lane = 0; lane < LANE_COUNT; lane++) {
        gatherer->listers[lane] = lister_new(gatherer->keepers);
        if (gatherer->listers[lane] == NULL)
            return false;
    }
    return pthread_create(&gatherer->thread, NULL, run, gatherer) == 0;
}

struct gatherer *gatherer_new(const struct gatherer_options *options)
{
    struct gatherer *gatherer = calloc(1, sizeof(*gatherer));
    pthread_condattr_t monotonic;

    if (gatherer == NULL)
        return NULL;
    gatherer->options = *options;
    gatherer->keepers = options->control->keepers;
    (void)pthread_mutex_init(&gatherer->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&gatherer->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    return start(gatherer) ? gatherer : release(gatherer);
}

static void wake(struct gatherer *gatherer)
{
    (void)pthread_cond_broadcast(&gatherer->changed);
    (void)pthread_mutex_unlock(&gatherer->lock);
}

void gatherer_stop(struct gatherer *gatherer)
{
    (void)pthread_mutex_lock(&gatherer->lock);
    atomic_store(&gatherer->is_over, true);
    wake(gatherer);
    followers_wake(&gatherer->keepers->followers);
    for (int lane = 0; lane < LANE_COUNT; lane++)
        lister_stop(gatherer->listers[lane]);
}

bool gatherer_has_stopped(const struct gatherer *gatherer)
{
    bool result = atomic_load(&gatherer->has_ended);

    for (int lane = 0; lane < LANE_COUNT; lane++)
        result = result && lister_has_stopped(gatherer->listers[lane]);
    return result;
}

struct gatherer *gatherer_free(struct gatherer *gatherer)
{
    (void)pthread_join(gatherer->thread, NULL);
    (void)publication_unref(gatherer->new_publication);
    free(gatherer->new_served);
    free(gatherer->openings);
    return release(gatherer);
}

void gatherer_set_world(struct gatherer *gatherer, struct publication *publication, char *served)
{
    (void)pthread_mutex_lock(&gatherer->lock);
    (void)publication_unref(gatherer->new_publication);
    gatherer->new_publication = publication;
    free(gatherer->new_served);
    gatherer->new_served = served;
    gatherer->has_world = true;
    (void)pthread_mutex_unlock(&gatherer->lock);
}

int gatherer_open(struct gatherer *gatherer, uint64_t stream, uint64_t after)
{
    struct opening *openings;

    (void)pthread_mutex_lock(&gatherer->lock);
    openings = realloc(gatherer->openings, (gatherer->opening_count + 1) * sizeof(*openings));
    if (openings != NULL) {
        gatherer->openings = openings;
        openings[gatherer->opening_count++] = (struct opening){.stream = stream, .after = after};
        gatherer->is_active = true;
    }
    wake(gatherer);
    followers_tell(&gatherer->keepers->followers); /* a look at once */
    return openings == NULL ? -ENOMEM : 0;
}

void gatherer_rest(struct gatherer *gatherer)
{
    (void)pthread_mutex_lock(&gatherer->lock);
    gatherer->is_active = false;
    gatherer->opening_count = 0;
    gatherer->new_publication = publication_unref(gatherer->new_publication);
    wake(gatherer);
    followers_tell(&gatherer->keepers->followers);
}

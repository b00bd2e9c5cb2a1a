/* SPDX-License-Identifier: Apache-2.0 */
#include "control/followers.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "os/os.h"

#define TEXT_BYTES_MAX 65536

void followers_init(struct followers *followers)
{
    pthread_condattr_t monotonic;

    *followers = (struct followers){.number = 1};
    (void)pthread_mutex_init(&followers->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&followers->news, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
}

void followers_deinit(struct followers *followers)
{
    for (size_t i = 0; i < FOLLOWERS_PASSING_MAX; i++) {
        free(followers->passing[i].project);
        free(followers->passing[i].text);
    }
    (void)pthread_cond_destroy(&followers->news);
    (void)pthread_mutex_destroy(&followers->lock);
}

void followers_tell(struct followers *followers)
{
    (void)pthread_mutex_lock(&followers->lock);
    followers->number++;
    (void)pthread_cond_broadcast(&followers->news);
    (void)pthread_mutex_unlock(&followers->lock);
}

void followers_pass(struct followers *followers, const char *project, uint64_t deploy,
                    const char *text)
{
    struct passing new = {.deploy = deploy};
    struct passing *place;

    if (strlen(text) > TEXT_BYTES_MAX)
        return;
    new.project = strdup(project);
    new.text = strdup(text);
    if (new.project == NULL || new.text == NULL) {
        free(new.project);
        free(new.text);
        return; /* it is for eyes alone */
    }
    (void)pthread_mutex_lock(&followers->lock);
    new.number = ++followers->number;
    place = &followers->passing[new.number % FOLLOWERS_PASSING_MAX];
    free(place->project);
    free(place->text);
    *place = new;
    (void)pthread_cond_broadcast(&followers->news);
    (void)pthread_mutex_unlock(&followers->lock);
}

void followers_wake(struct followers *followers)
{
    (void)pthread_mutex_lock(&followers->lock);
    (void)pthread_cond_broadcast(&followers->news);
    (void)pthread_mutex_unlock(&followers->lock);
}

void followers_stop(struct followers *followers)
{
    (void)pthread_mutex_lock(&followers->lock);
    followers->is_stopping = true;
    (void)pthread_cond_broadcast(&followers->news);
    (void)pthread_mutex_unlock(&followers->lock);
}

uint64_t followers_now(struct followers *followers)
{
    uint64_t number;

    (void)pthread_mutex_lock(&followers->lock);
    number = followers->number;
    (void)pthread_mutex_unlock(&followers->lock);
    return number;
}

bool followers_wait(struct followers *followers, uint64_t *number, uint64_t until_monotonic_ns,
                    const atomic_bool *is_over)
{
    struct timespec deadline = time_to_timespec(until_monotonic_ns);
    bool goes_on;

    (void)pthread_mutex_lock(&followers->lock);
    while (!followers->is_stopping && !atomic_load(is_over) && followers->number == *number &&
           os_monotonic_time_ns() < until_monotonic_ns)
        (void)pthread_cond_timedwait(&followers->news, &followers->lock, &deadline);
    *number = followers->number;
    goes_on = !followers->is_stopping && !atomic_load(is_over);
    (void)pthread_mutex_unlock(&followers->lock);
    return goes_on;
}

static bool is_wanted(const struct passing *passing, uint64_t number, const char *project,
                      uint64_t deploy)
{
    return passing->number > number &&
           (project == NULL || strcmp(passing->project, project) == 0) &&
           (deploy == 0 || passing->deploy == deploy);
}

bool followers_next(struct followers *followers, uint64_t number, const char *project,
                    uint64_t deploy, struct passing *ret_passing)
{
    struct passing *found = NULL;
    struct passing copy = {0};

    (void)pthread_mutex_lock(&followers->lock);
    for (size_t i = 0; i < FOLLOWERS_PASSING_MAX; i++) {
        struct passing *passing = &followers->passing[i];

        if (is_wanted(passing, number, project, deploy) &&
            (found == NULL || passing->number < found->number))
            found = passing;
    }
    if (found != NULL) {
        copy = *found;
        copy.text = strdup(found->text);
        copy.project = strdup(found->project);
    }
    (void)pthread_mutex_unlock(&followers->lock);
    if (copy.text != NULL && copy.project != NULL) {
        *ret_passing = copy;
        return true;
    }
    passing_deinit(&copy);
    return false;
}

void passing_deinit(struct passing *passing)
{
    free(passing->text);
    free(passing->project);
}

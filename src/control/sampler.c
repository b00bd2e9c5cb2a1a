/* SPDX-License-Identifier: Apache-2.0 */
#include "control/sampler.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/list.h"
#include "control/publication.h"
#include "control/sampler_priv.h"
#include "ipc/state.h"
#include "os/os.h"

/* What the edge counted, in the loop */

static void take(struct sampler *sampler, const struct history_name *name, uint64_t id,
                 enum state_kind kind, uint64_t step)
{
    struct history_series *series = history_find(&sampler->history, name, step);
    uint32_t slot = state_find(sampler->options.state, id);
    uint64_t since_ns = time_subtract(sampler->sampled_ns, sampler->sampled_before_ns);
    struct state_sum sum = {0};
    struct history_traffic sample;
    struct counts counts;

    if (series == NULL || slot == UINT32_MAX)
        return;
    state_sum(sampler->options.state, slot, &sum);
    counts_take(&series->base, kind, &sum, &counts);
    sample = (struct history_traffic){
        .requests = (float)counts_rate(counts.requests, since_ns),
        .errors = (float)counts_rate(counts.errors, since_ns),
        .p50_us = (uint32_t)counts.p50_us,
        .p95_us = (uint32_t)counts.p95_us,
        .p99_us = (uint32_t)counts.p99_us,
    };
    history_put_traffic(series, step, &sample);
}

static void take_all(struct sampler *sampler, const struct merged *merged, uint64_t step)
{
    char id[17];

    for (uint32_t i = 0; i < merged->config.listener_count; i++) {
        const struct route_listener *listener = &merged->config.listeners[i];
        const struct merged_listener *origin = &merged->listeners[i];
        const struct history_name name = {HISTORY_LISTENER, id, listener->name,
                                          origin->project_count == 1 ? origin->projects[0] : NULL,
                                          NULL};

        (void)snprintf(id, sizeof(id), "%016" PRIx64, listener->id);
        take(sampler, &name, listener->id, STATE_KIND_LISTENER, step);
    }
    for (uint32_t i = 0; i < merged->config.group_count; i++) {
        const struct route_group *group = &merged->config.groups[i];
        const struct history_name name = {HISTORY_GROUP, id, group->name, merged->groups[i].project,
                                          NULL};

        (void)snprintf(id, sizeof(id), "%016" PRIx64, group->id);
        take(sampler, &name, group->id, STATE_KIND_GROUP, step);
    }
}

static void sample(struct loop_timer *timer)
{
    struct sampler *sampler = list_entry(timer, struct sampler, timer);
    const struct publication *publication = *sampler->options.publication;
    uint64_t now_ns = os_monotonic_time_ns();

    loop_timer_set_after(sampler->options.loop, timer, HISTORY_STEP_NS);
    /* Who holds it copies it, which is soon done; then this sample is left out. */
    if (pthread_mutex_trylock(&sampler->lock) != 0)
        return;
    sampler->sampled_before_ns = sampler->sampled_ns;
    sampler->sampled_ns = now_ns;
    if (publication != NULL)
        take_all(sampler, &publication->merged, history_step(now_ns));
    history_trim(&sampler->history, history_step(now_ns));
    (void)pthread_mutex_unlock(&sampler->lock);
}

/* The whole */

int sampler_new(const struct sampler_options *options, struct sampler **ret_sampler)
{
    struct sampler *sampler = calloc(1, sizeof(*sampler));
    pthread_condattr_t monotonic;

    if (sampler == NULL)
        return -ENOMEM;
    sampler->options = *options;
    (void)pthread_mutex_init(&sampler->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&sampler->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    loop_timer_init(&sampler->timer, sample);
    sampler->sampled_ns = os_monotonic_time_ns();
    loop_timer_set_after(options->loop, &sampler->timer, HISTORY_STEP_NS);
    /* Without the thread there is no usage, and all else is as it was. */
    sampler->has_thread = pthread_create(&sampler->thread, NULL, sampler_run, sampler) == 0;
    *ret_sampler = sampler;
    return 0;
}

void sampler_stop(struct sampler *sampler)
{
    if (sampler == NULL)
        return;
    (void)pthread_mutex_lock(&sampler->lock);
    sampler->is_stopping = true;
    (void)pthread_cond_broadcast(&sampler->changed);
    (void)pthread_mutex_unlock(&sampler->lock);
    if (sampler->viewer != NULL)
        sampler->viewer->stop(sampler->viewer);
}

bool sampler_has_stopped(const struct sampler *sampler)
{
    return sampler == NULL ||
           ((!sampler->has_thread || atomic_load(&sampler->has_ended)) &&
            (sampler->viewer == NULL || sampler->viewer->has_stopped(sampler->viewer)));
}

void sampler_join(struct sampler *sampler)
{
    if (sampler == NULL || !sampler->has_thread)
        return;
    (void)pthread_join(sampler->thread, NULL);
    sampler->has_thread = false;
}

struct sampler *sampler_free(struct sampler *sampler)
{
    if (sampler == NULL)
        return NULL;
    sampler_join(sampler);
    if (sampler->viewer != NULL)
        sampler->viewer->free(sampler->viewer);
    loop_timer_cancel(&sampler->timer);
    history_deinit(&sampler->history);
    (void)pthread_cond_destroy(&sampler->changed);
    (void)pthread_mutex_destroy(&sampler->lock);
    free(sampler);
    return NULL;
}

void sampler_set_viewer(struct sampler *sampler, struct sampler_viewer *viewer)
{
    (void)pthread_mutex_lock(&sampler->lock);
    sampler->viewer = viewer;
    (void)pthread_mutex_unlock(&sampler->lock);
}

struct sampler_viewer *sampler_viewer_of(const struct sampler *sampler)
{
    return sampler->viewer;
}

void sampler_hurry(struct sampler *sampler, bool is_watched)
{
    (void)pthread_mutex_lock(&sampler->lock);
    sampler->is_watched = is_watched;
    (void)pthread_cond_broadcast(&sampler->changed);
    (void)pthread_mutex_unlock(&sampler->lock);
}

int sampler_history(struct sampler *sampler, struct history *ret, uint64_t *ret_step)
{
    int r;

    (void)pthread_mutex_lock(&sampler->lock);
    r = history_copy(&sampler->history, ret);
    *ret_step = history_step(os_monotonic_time_ns());
    (void)pthread_mutex_unlock(&sampler->lock);
    return r;
}

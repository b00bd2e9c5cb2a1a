/* SPDX-License-Identifier: Apache-2.0 */
/* The sampler's thread: asks runtimes what instances use. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/keepers.h"
#include "control/sampler_priv.h"
#include "os/os.h"

#define IDLE_NS    (15 * TIME_SECOND)
#define WATCHED_NS HISTORY_STEP_NS
#define SILENT_NS  (30 * TIME_SECOND) /* but what did not answer has not had much to do */

/* What they use */

bool sampler_is_stopping(struct sampler *sampler)
{
    bool result;

    (void)pthread_mutex_lock(&sampler->lock);
    result = sampler->is_stopping;
    (void)pthread_mutex_unlock(&sampler->lock);
    return result;
}

static void note(struct sampled *sampled, const struct runtime_measure *measure, uint64_t now_ns)
{
    const struct runtime_statistics *statistics = &measure->statistics;
    uint64_t before_ns = sampled->measured_ns;

    sampled->is_known = false;
    if (!measure->is_known) {
        sampled->measured_ns = 0;
        return;
    }
    if (before_ns != 0 && now_ns > before_ns && statistics->cpu_ns >= sampled->cpu_ns) {
        sampled->is_known = true;
        sampled->cpu_percent =
            (double)(statistics->cpu_ns - sampled->cpu_ns) * 100 / (double)(now_ns - before_ns);
    }
    sampled->memory_bytes = statistics->memory_bytes;
    sampled->memory_limit_bytes = statistics->memory_limit_bytes;
    sampled->cpu_ns = statistics->cpu_ns;
    sampled->measured_ns = now_ns;
}

/* False where the runtime did not answer. */
static bool measure_list(struct sampler *sampler, struct runtime *runtime,
                         struct runtime_measure *items, struct sampled **owners, uint32_t count)
{
    uint64_t now_ns;
    int r = 0;

    if (runtime->class->measure != NULL) {
        r = runtime->class->measure(runtime, items, count, NULL);
        now_ns = os_monotonic_time_ns();
        for (uint32_t i = 0; i < count; i++)
            note(owners[i], &items[i], now_ns);
        return r == 0;
    }
    for (uint32_t i = 0; i < count && !sampler_is_stopping(sampler); i++) {
        items[i].is_known = runtime->class->statistics != NULL &&
                            runtime->class->statistics(runtime, items[i].project, items[i].id,
                                                       &items[i].statistics, NULL) == 0;
        note(owners[i], &items[i], os_monotonic_time_ns());
    }
    return true;
}

static size_t count_all(const struct sampler *sampler)
{
    size_t count = 0;

    for (size_t i = 0; i < sampler->project_count; i++)
        count += sampler->projects[i].count;
    return count;
}

static bool measure_kind(struct sampler *sampler, enum desired_runtime kind)
{
    struct runtime *runtime = runtimes_peek(&sampler->options.keepers->runtimes, kind);
    size_t all = count_all(sampler);
    struct runtime_measure *items;
    struct sampled **owners;
    bool answers = true;
    uint32_t count = 0;

    if (runtime == NULL || all == 0)
        return true;
    items = calloc(all, sizeof(*items));
    owners = calloc(all, sizeof(*owners));
    for (size_t i = 0; items != NULL && owners != NULL && i < sampler->project_count; i++) {
        struct sampled_project *project = &sampler->projects[i];

        for (size_t j = 0; j < project->count; j++) {
            if (project->instances[j].runtime != kind)
                continue;
            items[count].project = project->name;
            items[count].id = project->instances[j].id;
            owners[count++] = &project->instances[j];
        }
    }
    if (count > 0)
        answers = measure_list(sampler, runtime, items, owners, count);
    free(items);
    free(owners);
    return answers;
}

/* Putting it by */

static void put(struct sampler *sampler, const struct history_name *name, uint64_t step,
                double cpu_percent, uint64_t memory_bytes)
{
    struct history_series *series = history_find(&sampler->history, name, step);
    const uint64_t kib = memory_bytes / 1024;
    const struct history_usage usage = {(float)cpu_percent,
                                        kib > UINT32_MAX ? UINT32_MAX : (uint32_t)kib};

    if (series != NULL)
        history_put_usage(series, step, &usage);
}

/* The instances of a service together, at the first of them. */
static void put_service(struct sampler *sampler, const struct sampled_project *project,
                        size_t position, uint64_t step)
{
    const char *service = project->instances[position].service;
    const struct history_name name = {HISTORY_SERVICE, service, service, project->name, service};
    double cpu_percent = 0;
    uint64_t memory_bytes = 0;

    for (size_t i = 0; i < project->count; i++) {
        const struct sampled *instance = &project->instances[i];

        if (!instance->is_known || strcmp(instance->service, service) != 0)
            continue;
        if (i < position)
            return;
        cpu_percent += instance->cpu_percent;
        memory_bytes += instance->memory_bytes;
    }
    put(sampler, &name, step, cpu_percent, memory_bytes);
}

static void put_all(struct sampler *sampler, uint64_t step)
{
    (void)pthread_mutex_lock(&sampler->lock);
    for (size_t i = 0; i < sampler->project_count; i++) {
        const struct sampled_project *project = &sampler->projects[i];

        for (size_t j = 0; j < project->count; j++) {
            const struct sampled *instance = &project->instances[j];
            const struct history_name name = {HISTORY_INSTANCE, instance->id, instance->name,
                                              project->name, instance->service};

            if (!instance->is_known)
                continue;
            put_service(sampler, project, j, step);
            put(sampler, &name, step, instance->cpu_percent, instance->memory_bytes);
        }
    }
    (void)pthread_mutex_unlock(&sampler->lock);
}

static void tell(struct sampler *sampler)
{
    size_t all = count_all(sampler), count = 0;
    struct sampler_usage *items = calloc(all + 1, sizeof(*items));
    struct sampler_viewer *viewer;

    (void)pthread_mutex_lock(&sampler->lock);
    viewer = sampler->is_watched ? sampler->viewer : NULL;
    (void)pthread_mutex_unlock(&sampler->lock);
    for (size_t i = 0; items != NULL && i < sampler->project_count; i++) {
        for (size_t j = 0; j < sampler->projects[i].count; j++) {
            const struct sampled *instance = &sampler->projects[i].instances[j];

            if (instance->is_known)
                items[count++] =
                    (struct sampler_usage){instance->id, instance->cpu_percent,
                                           instance->memory_bytes, instance->memory_limit_bytes};
        }
    }
    if (items != NULL && viewer != NULL)
        viewer->used(viewer, items, count);
    free(items);
}

/* Until the next look, which comes no sooner than that. False when it is over. */
static bool rest(struct sampler *sampler, uint64_t began_ns, uint64_t least_ns)
{
    bool goes_on, is_due = false;

    (void)pthread_mutex_lock(&sampler->lock);
    while (!sampler->is_stopping && !is_due) {
        uint64_t interval_ns = sampler->is_watched ? WATCHED_NS : IDLE_NS;
        uint64_t next_ns = time_add(began_ns, interval_ns > least_ns ? interval_ns : least_ns);
        struct timespec deadline = time_to_timespec(next_ns);

        is_due = os_monotonic_time_ns() >= next_ns;
        if (!is_due)
            (void)pthread_cond_timedwait(&sampler->changed, &sampler->lock, &deadline);
    }
    goes_on = !sampler->is_stopping;
    (void)pthread_mutex_unlock(&sampler->lock);
    return goes_on;
}

uint64_t sampler_pay(int64_t *credit_ns, uint64_t since_ns, uint64_t took_ns, bool answers)
{
    int64_t credit = *credit_ns + (int64_t)(since_ns / SAMPLER_PART);

    if (!answers) {
        *credit_ns = 0;
        return time_add(took_ns, SILENT_NS);
    }
    if (credit > SAMPLER_CREDIT_NS)
        credit = SAMPLER_CREDIT_NS;
    credit -= (int64_t)took_ns;
    *credit_ns = credit;
    return credit < 0 ? time_multiply((uint64_t)-credit, SAMPLER_PART) : 0;
}

void *sampler_run(void *context)
{
    struct sampler *sampler = context;
    uint64_t began_ns = os_monotonic_time_ns(), least_ns = 0;
    int64_t credit_ns = SAMPLER_CREDIT_NS;

    while (rest(sampler, began_ns, least_ns)) {
        uint64_t before_ns = began_ns, took_ns;
        bool answers;

        began_ns = os_monotonic_time_ns();
        answers = sampler_look(sampler, began_ns);
        for (int kind = 0; kind < RUNTIME_KIND_COUNT; kind++)
            answers = measure_kind(sampler, (enum desired_runtime)kind) && answers;
        took_ns = time_subtract(os_monotonic_time_ns(), began_ns);
        least_ns = sampler_pay(&credit_ns, time_subtract(began_ns, before_ns), took_ns, answers);
        put_all(sampler, history_step(began_ns));
        tell(sampler);
    }
    sampler_forget(sampler);
    atomic_store(&sampler->has_ended, true);
    return NULL;
}

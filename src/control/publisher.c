/* SPDX-License-Identifier: Apache-2.0 */
#include "control/publisher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "control/publisher_priv.h"
#include "os/heap.h"
#include "os/os.h"

#define JOBS_MAX 64

static struct job *job_free(struct job *job)
{
    for (size_t i = 0; i < job->left_out_count; i++) {
        free(job->left_out[i].name);
        free(job->left_out[i].message);
    }
    free(job->left_out);
    difference_deinit(&job->difference);
    (void)publication_unref(job->publication);
    os_closep(&job->metrics_fd);
    free(job->name);
    free(job->text);
    free(job->error);
    free(job);
    return NULL;
}

static struct job *job_new(struct publisher *publisher, enum job_kind kind, const char *name,
                           const char *text, size_t size)
{
    struct job *job = calloc(1, sizeof(*job));

    if (job == NULL)
        return NULL;
    list_init(&job->link);
    job->publisher = publisher;
    job->kind = kind;
    job->metrics_fd = -1;
    job->name = strdup(name != NULL ? name : "");
    job->text = malloc(size + 1);
    if (job->name == NULL || job->text == NULL)
        return job_free(job);
    if (size > 0)
        memcpy(job->text, text, size);
    job->text[size] = '\0';
    job->size = size;
    return job;
}

/* In the loop. */
static void job_finished(struct loop_message *message)
{
    struct job *job = list_entry(message, struct job, message);
    const struct publisher_options *options = &job->publisher->options;
    bool has_worked =
        job->kind != JOB_REOPEN_LOGS && (job->kind != JOB_REFRESH || job->publication != NULL);

    options->finished(options->context, job);
    if (job->done != NULL)
        job->done(job, job->context);
    (void)job_free(job);
    /* The tree of a large project, and what held before, were many times what is left. */
    if (has_worked)
        os_trim_heap();
}

static void finish(struct publisher *publisher, struct job *job)
{
    job->message.receive = job_finished;
    loop_post(publisher->options.loop, &job->message);
}

/* Under the lock: the next job, or NULL where it is over, or where it is time to look at what is
 * done unasked. */
static struct job *next_job(struct publisher *publisher)
{
    while (!publisher->is_stopping) {
        struct job *job = list_first(&publisher->jobs, struct job, link);
        uint64_t now_ns = os_monotonic_time_ns();
        uint64_t next_ns;

        if (job != NULL) {
            list_remove(&job->link);
            publisher->job_count--;
            if (job->kind == JOB_REFRESH)
                publisher->refresh_waits = false;
            return job;
        }
        next_ns = changes_next_ns(publisher, now_ns);
        if (next_ns <= now_ns)
            return NULL;
        if (next_ns == TIME_FOREVER) {
            (void)pthread_cond_wait(&publisher->work, &publisher->lock);
        } else {
            struct timespec deadline = time_to_timespec(next_ns);

            (void)pthread_cond_timedwait(&publisher->work, &publisher->lock, &deadline);
        }
    }
    return NULL;
}

static void *run(void *context)
{
    struct publisher *publisher = context;

    (void)pthread_mutex_lock(&publisher->lock);
    while (!publisher->is_stopping) {
        struct job *job = next_job(publisher);

        if (job == NULL && !publisher->is_stopping)
            job = job_new(publisher, JOB_REFRESH, NULL, NULL, 0);
        if (job == NULL)
            break; /* it is over, or memory is: what is asked for later is refused */
        (void)pthread_mutex_unlock(&publisher->lock);
        changes_run(publisher, job);
        finish(publisher, job);
        (void)pthread_mutex_lock(&publisher->lock);
    }
    publisher->has_stopped = true;
    (void)pthread_mutex_unlock(&publisher->lock);
    return NULL;
}

int publisher_add(struct publisher *publisher, enum job_kind kind, const char *name,
                  const char *text, size_t size, void (*done)(struct job *job, void *context),
                  void *context)
{
    struct job *job = job_new(publisher, kind, name, text, size);
    int r = 0;

    if (job == NULL)
        return -ENOMEM;
    job->done = done;
    job->context = context;
    (void)pthread_mutex_lock(&publisher->lock);
    if (publisher->has_stopped || publisher->is_stopping) {
        r = -ESHUTDOWN;
    } else if (kind == JOB_REFRESH && done == NULL && publisher->refresh_waits) {
        (void)job_free(job); /* the one that waits will do */
        job = NULL;
    } else if (publisher->job_count >= JOBS_MAX) {
        r = -EBUSY;
    } else {
        publisher->refresh_waits = publisher->refresh_waits || kind == JOB_REFRESH;
        list_append(&publisher->jobs, &job->link);
        publisher->job_count++;
        (void)pthread_cond_signal(&publisher->work);
    }
    (void)pthread_mutex_unlock(&publisher->lock);
    if (r < 0)
        (void)job_free(job);
    return r;
}

void publisher_stop(struct publisher *publisher)
{
    (void)pthread_mutex_lock(&publisher->lock);
    publisher->is_stopping = true;
    (void)pthread_cond_broadcast(&publisher->work);
    (void)pthread_mutex_unlock(&publisher->lock);
}

bool publisher_has_stopped(struct publisher *publisher)
{
    bool has_stopped;

    (void)pthread_mutex_lock(&publisher->lock);
    has_stopped = publisher->has_stopped;
    (void)pthread_mutex_unlock(&publisher->lock);
    return has_stopped;
}

/* That nobody will do. */
static void free_jobs(struct publisher *publisher)
{
    struct job *job;

    list_for_each_safe (job, &publisher->jobs, link)
        (void)job_free(job);
}

struct publisher *publisher_free(struct publisher *publisher)
{
    if (publisher == NULL)
        return NULL;
    publisher_stop(publisher);
    (void)pthread_join(publisher->thread, NULL);
    free_jobs(publisher);
    changes_deinit(publisher);
    (void)pthread_cond_destroy(&publisher->work);
    (void)pthread_mutex_destroy(&publisher->lock);
    free(publisher);
    return NULL;
}

static void set_defaults(struct publisher_options *options)
{
    if (options->name_timeout_ms == 0)
        options->name_timeout_ms = 5000;
    if (options->taken_timeout_ms == 0)
        options->taken_timeout_ms = 60000;
    if (options->retry_ms == 0)
        options->retry_ms = 30000;
}

int publisher_new(const struct publisher_options *options, struct publisher **ret_publisher,
                  struct error **reterr)
{
    struct publisher *publisher = calloc(1, sizeof(*publisher));
    pthread_condattr_t monotonic;
    int code = ENOMEM;

    if (publisher == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    publisher->options = *options;
    set_defaults(&publisher->options);
    publisher->generation = options->generation;
    publisher->retry_ns = TIME_FOREVER;
    list_init(&publisher->jobs);
    (void)pthread_mutex_init(&publisher->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&publisher->work, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (publisher_add(publisher, JOB_START, NULL, NULL, 0, NULL, NULL) == 0)
        code = pthread_create(&publisher->thread, NULL, run, publisher);
    if (code != 0) {
        free_jobs(publisher);
        (void)pthread_cond_destroy(&publisher->work);
        (void)pthread_mutex_destroy(&publisher->lock);
        free(publisher);
        return error_set(reterr, code, "cannot start a thread: %s", error_text(code));
    }
    *ret_publisher = publisher;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the sampler: sampler.c is the loop's, sampler_look.c and sampler_usage.c
 * the thread's. */
#pragma once

#include "control/sampler.h"
#include "runtime/runtime.h"

/* An instance that runs. The texts are its own. */
struct sampled {
    char *id, *name, *service;
    enum desired_runtime runtime;
    uint64_t cpu_ns, measured_ns; /* when it was looked at last; 0: not yet */
    bool is_known;                /* what follows was found this time */
    double cpu_percent;
    uint64_t memory_bytes, memory_limit_bytes;
};

/* Of a project, as its runtimes told. */
struct sampled_project {
    char *name;
    uint64_t version, observed_ns;
    bool is_marked;
    struct sampled *instances;
    size_t count;
};

struct sampler {
    struct sampler_options options;
    struct loop_timer timer;
    uint64_t sampled_ns, sampled_before_ns; /* monotonic; the loop's */
    pthread_t thread;
    bool has_thread;
    atomic_bool has_ended;

    struct sampled_project *projects; /* the thread's */
    size_t project_count;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct history history;
    struct sampler_viewer *viewer; /* set once */
    bool is_watched;
    bool is_stopping;
};

void *sampler_run(void *context);
bool sampler_is_stopping(struct sampler *sampler);

/* What runs now; false where a runtime did not answer. */
bool sampler_look(struct sampler *sampler, uint64_t now_ns);
void sampler_forget(struct sampler *sampler);

/* At most one of so many parts of the time is spent with asking runtimes. */
#define SAMPLER_PART      50
#define SAMPLER_CREDIT_NS ((int64_t)TIME_SECOND)

/* How long to leave them alone, from when they were asked, after that took so long; since_ns: from
 * the time before. A little is lent: looking at what is new takes longer than measuring it. What
 * did not answer has not had much to do, and is asked again soon. */
uint64_t sampler_pay(int64_t *credit_ns, uint64_t since_ns, uint64_t took_ns, bool answers);

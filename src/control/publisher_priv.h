/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the publisher: publisher.c has the thread and its queue, publish.c publishes
 * one set of projects, changes.c does what each kind of job asks for, restore.c sees to what was
 * kept. */
#pragma once

#include <pthread.h>

#include "base/error.h"
#include "control/publisher.h"
#include "control/tickets.h"

/* Its file has the text, which somebody may mend there. */
struct kept_back {
    char *name;
    char *message;
};

struct publisher {
    struct publisher_options options;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t work;
    struct list_head jobs;
    size_t job_count;
    bool refresh_waits; /* there is a JOB_REFRESH among them */
    bool is_stopping;
    bool has_stopped;

    /* The thread's own. */
    struct tickets tickets;
    bool has_started;          /* what was kept is known */
    uint64_t generation;       /* the last one that was tried */
    struct project **projects; /* what shall be served, in the order of their names */
    size_t project_count;
    struct publication *applied; /* NULL until the edge took one of ours */
    bool must_publish;           /* the edge may have something else */
    struct kept_back *kept_back; /* what cannot be served */
    size_t kept_back_count;
    uint64_t retry_ns;   /* when what failed is tried again */
    bool has_complained; /* of it */
    char *trouble;       /* why nothing of ours is applied; may be NULL */
    uint64_t *logs;      /* ids of those that were opened */
    size_t log_count;
};

/* Publishes these projects, and keeps them as what shall be served from now on. stage and commit
 * are called before and after the edge takes it; each may be NULL. Where there is nothing new and
 * `only_if_new`, it is done without a word to the edge. */
struct publish_steps {
    int (*stage)(struct publisher *publisher, struct job *job, struct error **reterr);
    void (*commit)(struct publisher *publisher, struct job *job);
    void (*discard)(struct publisher *publisher, struct job *job);
    bool only_if_new;
};
int publish(struct publisher *publisher, struct job *job, struct project *const *projects,
            size_t count, const struct publish_steps *steps, struct error **reterr);

/* Whether these could be published, as far as that is known before the edge is asked. */
int publish_check(struct publisher *publisher, struct project *const *projects, size_t count,
                  struct error **reterr);

/* The projects with one put in, in the place of the one of that name: references of the publisher's
 * and the caller's, to be freed. NULL where memory is out. */
struct project **publisher_with(const struct publisher *publisher, struct project *project,
                                size_t *ret_count);

/* Puts one in that is not published yet, with a reference of its own. */
int publisher_adopt(struct publisher *publisher, struct project *project);

/* Opens the logs of what is applied again. */
int publish_reopen_logs(struct publisher *publisher, struct error **reterr);

/* Does the job; what came of it is in the job. */
void changes_run(struct publisher *publisher, struct job *job);
void changes_deinit(struct publisher *publisher);

/* Restoring. The start, and what is done again on its account. */
int restore_start(struct publisher *publisher, struct job *job, struct error **reterr);
int restore_again(struct publisher *publisher, struct error **reterr); /* where it is held */
void restore_left_out(struct publisher *publisher, struct job *job);

/* Whether one of that name was kept back; let_go forgets it. */
bool restore_has(const struct publisher *publisher, const char *name);
void restore_let_go(struct publisher *publisher, const char *name);
void restore_forget(struct publisher *publisher);

/* Whether what an edge serves from before must not be touched, as a project of it cannot be read,
 * other than the one of that name (which may be NULL). -EEXIST with the reason, or 0. */
int restore_held(const struct publisher *publisher, const char *name, struct error **reterr);

/* What is not served as it was kept, for the loop, which tells who asks. */
void restore_report(struct publisher *publisher, struct job *job);

/* Whether the ticket keys have had their time, or something is to be tried again, and when. */
uint64_t changes_next_ns(const struct publisher *publisher, uint64_t now_ns);

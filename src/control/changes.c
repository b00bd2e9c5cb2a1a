/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of job does. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/kept.h"
#include "control/publisher_priv.h"
#include "os/os.h"

/* The statuses of HTTP that say the same. */
static unsigned int status_of(int r)
{
    switch (-r) {
    case EINVAL:
    case EACCES:
    case EPERM:
    case EADDRNOTAVAIL:
        return 400;
    case ENOENT:
        return 404;
    case EEXIST:
    case EADDRINUSE:
        return 409;
    case E2BIG:
        return 413;
    case EPIPE:
    case ENOMEM:
        return 503;
    case ETIMEDOUT:
        return 504;
    case ENOSPC:
    case EDQUOT:
    case EROFS:
        return 507;
    default:
        return 500;
    }
}

static void conclude(struct job *job, int r, const struct error *error)
{
    job->status = r < 0 ? status_of(r) : 200;
    if (r < 0)
        job->error = strdup(error != NULL ? error->message : error_text(-r));
}

struct project **publisher_with(const struct publisher *publisher, struct project *project,
                                size_t *ret_count)
{
    struct project **projects = calloc(publisher->project_count + 2, sizeof(struct project *));
    size_t count = 0;
    bool is_in = false;

    for (size_t i = 0; projects != NULL && i < publisher->project_count; i++) {
        int order = strcmp(publisher->projects[i]->name, project->name);

        if (order >= 0 && !is_in) {
            projects[count++] = project;
            is_in = true;
        }
        if (order != 0)
            projects[count++] = publisher->projects[i];
    }
    if (projects != NULL && !is_in)
        projects[count++] = project;
    *ret_count = count;
    return projects;
}

int publisher_adopt(struct publisher *publisher, struct project *project)
{
    size_t count;
    struct project **projects = publisher_with(publisher, project, &count);

    if (projects == NULL)
        return -ENOMEM;
    (void)project_ref(project);
    for (size_t i = 0; i < publisher->project_count; i++) {
        if (strcmp(publisher->projects[i]->name, project->name) == 0)
            (void)project_unref(publisher->projects[i]); /* the only one that is not in it */
    }
    free(publisher->projects);
    publisher->projects = projects;
    publisher->project_count = count;
    return 0;
}

/* Put */

static int stage_file(struct publisher *publisher, struct job *job, struct error **reterr)
{
    return kept_stage(publisher->options.folder, job->name, job->text, job->size, reterr);
}

static void commit_file(struct publisher *publisher, struct job *job)
{
    _cleanup_error_ struct error *error = NULL;

    if (kept_commit(publisher->options.folder, job->name, &error) < 0)
        log_error("%s; after a restart the earlier one is served", error->message);
}

static void discard_file(struct publisher *publisher, struct job *job)
{
    kept_discard(publisher->options.folder, job->name);
}

/* One that takes the place of what cannot be read, while others cannot be read either: it is kept,
 * and published with them. */
static int put_aside(struct publisher *publisher, struct job *job, struct project *project,
                     struct error **reterr)
{
    int r = stage_file(publisher, job, reterr);

    if (r < 0)
        return r;
    if (publisher_adopt(publisher, project) < 0) {
        discard_file(publisher, job);
        return error_set(reterr, ENOMEM, "out of memory");
    }
    commit_file(publisher, job);
    restore_let_go(publisher, job->name);
    (void)restore_held(publisher, NULL, reterr);
    (void)error_prefix(reterr, "the project is kept, but not served yet");
    return -EEXIST;
}

/* Then it is only published where something else has changed: an address of a name, a certificate.
 */
static bool is_known(const struct publisher *publisher, const struct project *project)
{
    for (size_t i = 0; i < publisher->project_count; i++) {
        const struct project *known = publisher->projects[i];

        if (strcmp(known->name, project->name) == 0)
            return known->size == project->size &&
                   memcmp(known->text, project->text, known->size) == 0;
    }
    return false;
}

static int put(struct publisher *publisher, struct job *job, struct error **reterr)
{
    struct publish_steps steps = {stage_file, commit_file, discard_file, false};
    _cleanup_(project_unrefp) struct project *project = NULL;
    _cleanup_free_ struct project **projects = NULL;
    size_t count;
    int r = project_new(job->name, job->text, job->size, &project, reterr);

    if (r == 0 && project->has_services)
        r = error_set(reterr, EEXIST,
                      "the project has services: 'slipway up' deploys it (POST "
                      "/v1/projects/%s/deploys)",
                      job->name);
    if (r < 0)
        return r;
    if (restore_has(publisher, job->name) && restore_held(publisher, job->name, NULL) < 0)
        return put_aside(publisher, job, project, reterr);
    r = restore_held(publisher, job->name, reterr);
    if (r < 0)
        return r;
    steps.only_if_new = job->kind == JOB_DEPLOY && !restore_has(publisher, job->name) &&
                        is_known(publisher, project);
    projects = publisher_with(publisher, project, &count);
    if (projects == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    if (count > KEPT_PROJECTS_MAX)
        return error_set(reterr, EINVAL, "there are %d projects already", KEPT_PROJECTS_MAX);
    r = publish(publisher, job, projects, count, &steps, reterr);
    if (r == 0)
        restore_let_go(publisher, job->name);
    return r;
}

/* What is held back has troubles of its own, which are told when it is published. */
static int check(struct publisher *publisher, struct job *job, struct error **reterr)
{
    _cleanup_(project_unrefp) struct project *project = NULL;
    _cleanup_free_ struct project **projects = NULL;
    size_t count;
    int r;

    if (restore_held(publisher, job->name, NULL) < 0)
        return 0;
    r = project_new(job->name, job->text, job->size, &project, reterr);
    if (r < 0)
        return r;
    projects = publisher_with(publisher, project, &count);
    if (projects == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    return publish_check(publisher, projects, count, reterr);
}

/* Remove */

static int stage_removal(struct publisher *publisher, struct job *job, struct error **reterr)
{
    return kept_stage_removal(publisher->options.folder, job->name, reterr);
}

static void commit_removal(struct publisher *publisher, struct job *job)
{
    kept_commit_removal(publisher->options.folder, job->name);
}

static void discard_removal(struct publisher *publisher, struct job *job)
{
    _cleanup_error_ struct error *error = NULL;

    if (kept_discard_removal(publisher->options.folder, job->name, &error) < 0)
        log_error("%s; after a restart it is not served any more", error->message);
}

static bool has_project(const struct publisher *publisher, const char *name)
{
    for (size_t i = 0; i < publisher->project_count; i++) {
        if (strcmp(publisher->projects[i]->name, name) == 0)
            return true;
    }
    return false;
}

static struct project **without_project(const struct publisher *publisher, const char *name,
                                        size_t *ret_count)
{
    struct project **projects = calloc(publisher->project_count + 1, sizeof(struct project *));

    *ret_count = 0;
    for (size_t i = 0; projects != NULL && i < publisher->project_count; i++) {
        if (strcmp(publisher->projects[i]->name, name) != 0)
            projects[(*ret_count)++] = publisher->projects[i];
    }
    return projects;
}

/* Of one that was kept back there is the file alone, or what an edge serves from before. */
static int remove_kept_back(struct publisher *publisher, struct job *job, struct error **reterr)
{
    int r = stage_removal(publisher, job, reterr);

    if (r < 0)
        return r;
    commit_removal(publisher, job);
    restore_let_go(publisher, job->name);
    r = restore_held(publisher, NULL, reterr);
    return r < 0 ? error_prefix(reterr, "the project is not kept any more, but served still") : 0;
}

static int take_away(struct publisher *publisher, struct job *job, struct error **reterr)
{
    static const struct publish_steps steps = {stage_removal, commit_removal, discard_removal,
                                               false};
    _cleanup_free_ struct project **projects = NULL;
    bool is_kept_back = restore_has(publisher, job->name);
    size_t count;
    int r;

    if (!is_kept_back && !has_project(publisher, job->name))
        return error_set(reterr, ENOENT, "there is no project \"%.100s\"", job->name);
    r = restore_held(publisher, job->name, is_kept_back ? NULL : reterr);
    if (is_kept_back && (r < 0 || restore_held(publisher, NULL, NULL) == 0))
        return remove_kept_back(publisher, job, reterr);
    if (r < 0)
        return r;
    projects = without_project(publisher, job->name, &count);
    if (projects == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    r = publish(publisher, job, projects, count, &steps, reterr);
    if (r == 0)
        restore_let_go(publisher, job->name);
    return r;
}

/* The same again */

static int refresh(struct publisher *publisher, struct job *job, struct error **reterr)
{
    static const struct publish_steps if_new = {.only_if_new = true};
    int r =
        tickets_rotate(publisher->options.folder, os_real_time_ns(), &publisher->tickets, reterr);

    if (r > 0)
        publisher->must_publish = true;
    if (r >= 0)
        r = restore_again(publisher, reterr);
    if (r >= 0)
        r = publish(publisher, job, publisher->projects, publisher->project_count, &if_new, reterr);
    restore_left_out(publisher, job);
    return r;
}

static void finish_job(struct publisher *publisher, struct job *job, int r,
                       const struct error *error)
{
    bool is_unasked_failure = r < 0 && (job->kind == JOB_START || job->kind == JOB_REFRESH);

    conclude(job, r, error);
    if (is_unasked_failure && !publisher->has_complained) {
        log_error("the configuration cannot be published: %s; it is tried again",
                  error != NULL ? error->message : error_text(-r));
        publisher->has_complained = true;
    } else if (r >= 0) {
        publisher->has_complained = false;
    }
    if (is_unasked_failure) {
        free(publisher->trouble);
        publisher->trouble = strdup(error != NULL ? error->message : error_text(-r));
    }
    restore_report(publisher, job);
    publisher->retry_ns =
        publisher->kept_back_count > 0 || publisher->must_publish || is_unasked_failure
            ? time_add(os_monotonic_time_ns(), time_from_milliseconds(publisher->options.retry_ms))
            : TIME_FOREVER;
}

void changes_run(struct publisher *publisher, struct job *job)
{
    _cleanup_error_ struct error *error = NULL;
    int r = 0;

    /* What was kept has to be known, or the rest would be taken for all there is. */
    if (!publisher->has_started)
        r = restore_start(publisher, job, &error);
    if (r < 0 && (job->kind == JOB_START || !publisher->has_started)) {
        finish_job(publisher, job, r, error);
        return;
    }
    error = error_free(error);
    switch (job->kind) {
    case JOB_START:
        r = 0;
        break;
    case JOB_PUT:
    case JOB_DEPLOY:
        r = put(publisher, job, &error);
        break;
    case JOB_CHECK:
        r = check(publisher, job, &error);
        break;
    case JOB_REMOVE:
        r = take_away(publisher, job, &error);
        break;
    case JOB_REFRESH:
        r = refresh(publisher, job, &error);
        break;
    case JOB_REOPEN_LOGS:
        r = publish_reopen_logs(publisher, &error);
        break;
    }
    finish_job(publisher, job, r, error);
}

uint64_t changes_next_ns(const struct publisher *publisher, uint64_t now_ns)
{
    uint64_t next_ns = publisher->retry_ns;
    uint64_t keys_ns;

    if (!publisher->has_started)
        return next_ns;
    /* The clocks differ; looking once too often does no harm. Where replacing them has failed it
     * is not tried without end. */
    keys_ns = time_add(now_ns, tickets_left_ns(&publisher->tickets, os_real_time_ns()));
    return keys_ns < next_ns && (keys_ns > now_ns || next_ns == TIME_FOREVER) ? keys_ns : next_ns;
}

void changes_deinit(struct publisher *publisher)
{
    restore_forget(publisher);
    free(publisher->kept_back);
    free(publisher->trouble);
    (void)publication_unref(publisher->applied);
    free(publisher->logs);
    explicit_bzero(&publisher->tickets, sizeof(publisher->tickets));
}

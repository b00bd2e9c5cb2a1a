/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was kept. At the start all of it is published together.
 *
 * Where nothing is served yet, what cannot be read is left out; where the rest cannot be published,
 * projects are added one by one, and those that stand in the way are left out too. They are tried
 * again.
 *
 * Where an edge serves it from before, it is all or nothing: without the project that cannot be
 * read its listeners would be closed. Nothing is touched, and it is tried again; a change of that
 * project may end it too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/kept.h"
#include "control/publisher_priv.h"
#include "os/os.h"

static bool is_served_from_before(const struct publisher *publisher)
{
    return publisher->applied == NULL && publisher->options.generation != 0;
}

static void free_kept_back(struct kept_back *item)
{
    free(item->name);
    free(item->message);
}

static struct kept_back *find(const struct publisher *publisher, const char *name)
{
    for (size_t i = 0; i < publisher->kept_back_count; i++) {
        if (strcmp(publisher->kept_back[i].name, name) == 0)
            return &publisher->kept_back[i];
    }
    return NULL;
}

bool restore_has(const struct publisher *publisher, const char *name)
{
    return find(publisher, name) != NULL;
}

void restore_let_go(struct publisher *publisher, const char *name)
{
    struct kept_back *item = find(publisher, name);
    size_t behind;

    if (item == NULL)
        return;
    behind = (size_t)(publisher->kept_back + publisher->kept_back_count - item) - 1;
    free_kept_back(item);
    memmove(item, item + 1, behind * sizeof(*item));
    publisher->kept_back_count--;
}

static int keep_back(struct publisher *publisher, const char *name, const char *message)
{
    struct kept_back *all =
        realloc(publisher->kept_back, (publisher->kept_back_count + 1) * sizeof(*all));
    struct kept_back item;

    if (!is_served_from_before(publisher)) /* else it is told with what comes of it */
        log_error("project %s is not served: %s", name, message);
    if (all == NULL)
        return -ENOMEM;
    publisher->kept_back = all;
    item = (struct kept_back){strdup(name), strdup(message)};
    if (item.name == NULL || item.message == NULL) {
        free_kept_back(&item);
        return -ENOMEM;
    }
    all[publisher->kept_back_count++] = item;
    return 0;
}

int restore_held(const struct publisher *publisher, const char *name, struct error **reterr)
{
    const struct kept_back *other = NULL;

    if (!is_served_from_before(publisher))
        return 0;
    for (size_t i = 0; i < publisher->kept_back_count && other == NULL; i++) {
        if (name == NULL || strcmp(publisher->kept_back[i].name, name) != 0)
            other = &publisher->kept_back[i];
    }
    if (other == NULL)
        return 0;
    return error_set(reterr, EEXIST,
                     "project \"%s\", which was kept, cannot be read, so that what was served "
                     "before goes on as it was: %s",
                     other->name, other->message);
}

/* For the loop */

static void report(struct job *job, const char *name, const char *message, bool is_served)
{
    struct left_out item = {strdup(name), strdup(message), is_served};

    if (item.name != NULL && item.message != NULL) {
        job->left_out[job->left_out_count++] = item;
        return;
    }
    free(item.name);
    free(item.message);
}

void restore_report(struct publisher *publisher, struct job *job)
{
    bool is_served = is_served_from_before(publisher);
    const char *trouble = publisher->trouble != NULL ? publisher->trouble : "";

    job->left_out =
        calloc(publisher->kept_back_count + publisher->project_count + 1, sizeof(*job->left_out));
    if (job->left_out == NULL)
        return;
    for (size_t i = 0; i < publisher->kept_back_count; i++)
        report(job, publisher->kept_back[i].name, publisher->kept_back[i].message, is_served);
    for (size_t i = 0; is_served && i < publisher->project_count; i++)
        report(job, publisher->projects[i]->name, trouble, true);
}

/* Again */

static int read_kept(struct publisher *publisher, const char *name, struct project **ret_project,
                     struct error **reterr)
{
    _cleanup_free_ char *text = NULL;
    size_t size = 0;
    int r = kept_read(publisher->options.folder, name, &text, &size, reterr);

    return r < 0 ? r : project_new(name, text, size, ret_project, reterr);
}

/* Says so where it is for another reason than before. */
static void still_kept_back(struct publisher *publisher, struct kept_back *item,
                            const struct error *error)
{
    char *message = error != NULL ? strdup(error->message) : NULL;

    if (message == NULL)
        return;
    if (strcmp(message, item->message) != 0 && !is_served_from_before(publisher))
        log_error("project %s is not served: %s", item->name, message);
    free(item->message);
    item->message = message;
}

/* Adds one of those that were left out, which may fail without harm. */
static int add_one(struct publisher *publisher, struct job *job, const char *name,
                   struct error **reterr)
{
    static const struct publish_steps steps = {0};
    _cleanup_(project_unrefp) struct project *project = NULL;
    _cleanup_free_ struct project **projects = NULL;
    size_t count;
    int r = read_kept(publisher, name, &project, reterr);

    if (r < 0)
        return r;
    projects = publisher_with(publisher, project, &count);
    if (projects == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    return publish(publisher, job, projects, count, &steps, reterr);
}

void restore_left_out(struct publisher *publisher, struct job *job)
{
    size_t i = 0;

    while (publisher->applied != NULL && i < publisher->kept_back_count) {
        struct kept_back *item = &publisher->kept_back[i];
        _cleanup_error_ struct error *error = NULL;

        if (add_one(publisher, job, item->name, &error) < 0) {
            still_kept_back(publisher, item, error);
            i++;
            continue;
        }
        log_info("project %s is served now", item->name);
        restore_let_go(publisher, item->name);
    }
}

int restore_again(struct publisher *publisher, struct error **reterr)
{
    size_t i = 0;

    while (is_served_from_before(publisher) && i < publisher->kept_back_count) {
        struct kept_back *item = &publisher->kept_back[i];
        _cleanup_(project_unrefp) struct project *project = NULL;
        _cleanup_error_ struct error *error = NULL;

        if (read_kept(publisher, item->name, &project, &error) < 0 ||
            publisher_adopt(publisher, project) < 0) {
            still_kept_back(publisher, item, error);
            i++;
            continue;
        }
        restore_let_go(publisher, item->name);
    }
    return restore_held(publisher, NULL, reterr);
}

/* The start */

struct restoring {
    struct publisher *publisher;
    int result; /* -ENOMEM: what was kept is not known */
};

static void found(void *context, const char *name, const char *text, size_t size)
{
    struct restoring *restoring = context;
    struct publisher *publisher = restoring->publisher;
    _cleanup_(project_unrefp) struct project *project = NULL;
    _cleanup_error_ struct error *error = NULL;
    int r;

    if (project_new(name, text, size, &project, &error) < 0)
        r = keep_back(publisher, name, error != NULL ? error->message : "out of memory");
    else
        r = publisher_adopt(publisher, project);
    if (r < 0)
        restoring->result = r;
}

static void failed(void *context, const char *name, const struct error *error)
{
    struct restoring *restoring = context;
    int r = keep_back(restoring->publisher, name, error->message);

    if (r < 0)
        restoring->result = r;
}

static int load(struct publisher *publisher, struct error **reterr)
{
    struct restoring restoring = {.publisher = publisher};
    int r = kept_load(publisher->options.folder, found, failed, &restoring, reterr);

    if (r == 0 && restoring.result < 0)
        r = error_set(reterr, -restoring.result, "out of memory");
    return r;
}

void restore_forget(struct publisher *publisher)
{
    while (publisher->kept_back_count > 0)
        restore_let_go(publisher, publisher->kept_back[0].name);
    for (size_t i = 0; i < publisher->project_count; i++)
        (void)project_unref(publisher->projects[i]);
    free(publisher->projects);
    publisher->projects = NULL;
    publisher->project_count = 0;
}

/* All of them stand back, and come again one by one. */
static void part(struct publisher *publisher, struct job *job, const char *message)
{
    static const struct publish_steps steps = {0};
    struct project **projects = publisher->projects;
    size_t count = publisher->project_count;
    _cleanup_error_ struct error *error = NULL;

    publisher->projects = NULL;
    publisher->project_count = 0;
    for (size_t i = 0; i < count; i++) {
        (void)keep_back(publisher, projects[i]->name, message);
        (void)project_unref(projects[i]);
    }
    free(projects);
    if (publish(publisher, job, NULL, 0, &steps, &error) < 0)
        log_error("nothing can be served: %s", error->message);
    else
        restore_left_out(publisher, job);
}

static int publish_kept(struct publisher *publisher, struct job *job, struct error **reterr)
{
    static const struct publish_steps steps = {0};
    struct error *error = NULL;
    int r = restore_held(publisher, NULL, &error);

    if (r == 0)
        r = publish(publisher, job, publisher->projects, publisher->project_count, &steps, &error);
    if (r < 0 && publisher->options.generation == 0 && publisher->project_count > 0) {
        part(publisher, job, error != NULL ? error->message : "");
        if (publisher->applied != NULL) {
            error_free(error);
            return 0;
        }
    }
    if (r < 0 && reterr != NULL)
        *reterr = error;
    else
        error_free(error);
    return r;
}

int restore_start(struct publisher *publisher, struct job *job, struct error **reterr)
{
    int r = kept_prepare(publisher->options.folder, reterr);

    restore_forget(publisher);
    publisher->must_publish = true;
    if (r == 0)
        r = tickets_load(publisher->options.folder, os_real_time_ns(), &publisher->tickets, reterr);
    if (r == 0)
        r = load(publisher, reterr);
    if (r < 0)
        return r;
    publisher->has_started = true;
    return publish_kept(publisher, job, reterr);
}

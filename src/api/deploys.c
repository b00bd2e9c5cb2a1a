/* SPDX-License-Identifier: Apache-2.0 */
/* Deploys, plans and revisions. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/access.h"
#include "api/api_priv.h"
#include "api/deploys.h"
#include "api/masked.h"
#include "api/work.h"
#include "control/cancel.h"
#include "control/deploys.h"
#include "deploy/deploy.h"

const char *deploys_state_name(enum store_deploy_state state)
{
    static const char *const names[] = {"waiting", "running", "switched",
                                        "undoing", "done",    "failed"};

    return names[state];
}

static json_t *deploy_value(const struct store_deploy *deploy)
{
    return json_pack("{s:I, s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "deploy",
                     (json_int_t)deploy->id, "project", deploy->project, "kind", deploy->kind,
                     "from", (int)deploy->from, "to", (int)deploy->to, "author", deploy->author,
                     "note", deploy->note, "state", deploys_state_name(deploy->state), "message",
                     deploy->message, "cancelled_by", deploy->cancelled_by, "started",
                     work_time(deploy->started_unix_ns), "finished",
                     work_time(deploy->finished_unix_ns));
}

static void read_request(struct work *work, struct deploys_request *request)
{
    const json_t *spec = json_object_get(work->body, "spec");
    const json_t *options = json_object_get(work->body, "options");
    json_int_t revision = json_integer_value(json_object_get(work->body, "revision"));
    const char *kind = work_text(work, "kind");

    *request = (struct deploys_request){
        .project = work->project,
        .kind = kind != NULL ? kind : "up",
        .author = work_author(work),
        .note = work_text(work, "note"),
        .spec = json_is_null(spec) ? NULL : spec,
        .revision = revision > 0 && revision <= UINT32_MAX ? (uint32_t)revision : 0,
        .options = json_is_null(options) ? NULL : options,
    };
}

/* What operators may do leads to what was there before, in other numbers at most: new specs, the
 * end of a project and the loss of data are for admins. */
static enum access_role role_for(const struct deploys_request *request)
{
    static const char *const kinds[] = {"rollback", "scale",   "image", "start",
                                        "stop",     "restart", "rm"};
    const json_t *remove = json_object_get(request->options, "remove");

    if (request->spec != NULL || json_is_true(json_object_get(request->options, "forget")) ||
        json_array_size(remove) > 0 || json_integer_value(remove) != 0)
        return ACCESS_ADMIN;
    if (strcmp(request->kind, "up") == 0)
        return request->revision > 0 ? ACCESS_OPERATOR : ACCESS_ADMIN;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(request->kind, kinds[i]) == 0)
            return ACCESS_OPERATOR;
    }
    return ACCESS_ADMIN;
}

static int add(struct work *work)
{
    struct deploys_request request;
    uint64_t id;
    uint32_t revision;
    int r;

    read_request(work, &request);
    r = work_need(work, role_for(&request));
    if (r < 0)
        return r;
    r = deploys_add(work->keepers, &request, &id, &revision, &work->error);
    if (r < 0)
        return r;
    work->status = 202;
    work->answer = json_pack("{s:I, s:i}", "deploy", (json_int_t)id, "revision", (int)revision);
    return 0;
}

static int read_number(struct work *work, const char *text, uint64_t *ret_id)
{
    char *end;
    unsigned long long id = strtoull(text, &end, 10);

    if (*end != '\0' || *text < '0' || *text > '9')
        return error_set(&work->error, ENOENT, "there is no deploy \"%.40s\"", text);
    *ret_id = id;
    return 0;
}

static int get(struct work *work)
{
    struct store_deploy deploy = {0};
    uint64_t id = 0;
    int r = read_number(work, work->project, &id);

    if (r == 0)
        r = store_get_deploy(work->store, &work->arena, id, &deploy, &work->error);
    if (r == 0)
        work->answer = deploy_value(&deploy);
    return r;
}

static int cancel(struct work *work)
{
    struct store_deploy deploy = {0};
    uint64_t id = 0;
    int r = read_number(work, work->task->names[1], &id);

    if (r == 0)
        r = cancel_deploy(work->keepers, work->store, &work->arena, work->project, id,
                          work_author(work), &deploy, &work->error);
    if (r < 0)
        return r;
    work->status = 202;
    work->answer = deploy_value(&deploy);
    return 0;
}

static int list(struct work *work)
{
    struct store_deploy *deploys;
    uint32_t count;
    json_t *items = json_array();
    int r;

    work->answer = json_pack("{s:o}", "deploys", items);
    r = store_list_deploys(work->store, &work->arena, work->project, work_flag(work, "unfinished"),
                           (uint32_t)work_number(work, "limit", 100), &deploys, &count,
                           &work->error);
    for (uint32_t i = 0; r == 0 && i < count; i++)
        (void)json_array_append_new(items, deploy_value(&deploys[i]));
    return r;
}

/* Plans */

static int plan(struct work *work)
{
    struct deploys_request request;
    struct deploy_options options = {0};
    struct keeper *keeper;
    uint32_t revision = 0;
    const char *json;
    char *text = NULL;
    int r;

    read_request(work, &request);
    r = work_need(work, request.spec != NULL ? ACCESS_ADMIN : ACCESS_VIEWER);
    if (r < 0)
        return r;
    r = deploys_spec(work->keepers, &request, &text, &revision, &work->error);
    if (r < 0)
        return r;
    free(work->text);
    work->text = text;
    r = keepers_need(work->keepers, work->project, &keeper, &work->error);
    text = request.options != NULL ? json_dumps(request.options, JSON_COMPACT) : NULL;
    if (r == 0 && text != NULL) {
        const char *copy = arena_strdup(&work->arena, text);

        r = deploy_options_from_json(&work->arena, copy, &options, &work->error);
    }
    free(text);
    if (r == 0)
        r = deploy_plan(&keeper->world.world, work->store, &work->arena, work->project, work->text,
                        revision, &options, &json, &work->error);
    if (r == 0)
        task_answer(work->task, 200, json, strlen(json));
    return r;
}

/* Revisions */

static json_t *revision_value(const struct store_revision *revision, uint32_t serving)
{
    static const char *const names[] = {"new", "deployed", "failed"};

    return json_pack("{s:i, s:o, s:s, s:s, s:s, s:b}", "number", (int)revision->number, "created",
                     work_time(revision->created_unix_ns), "author", revision->author, "note",
                     revision->note, "state", names[revision->state], "serving",
                     revision->number == serving);
}

/* Without the contents that must not be named. */
static json_t *resolution_value(const char *text)
{
    json_t *resolution = json_loads(text, 0, NULL), *service;
    const char *name;

    json_object_foreach(json_object_get(resolution, "services"), name, service)
    {
        const char *content = json_string_value(json_object_get(service, "content"));

        if (content != NULL && *deploy_shown_content(content) == '\0')
            (void)json_object_del(service, "content");
    }
    return resolution;
}

static int list_revisions(struct work *work)
{
    struct store_project project;
    struct store_revision *revisions;
    json_t *items = json_array();
    uint32_t count;
    int r;

    work->answer = json_pack("{s:o}", "revisions", items);
    r = store_get_project(work->store, &work->arena, work->project, &project, &work->error);
    if (r == 0)
        r = store_list_revisions(work->store, &work->arena, work->project, &revisions, &count,
                                 &work->error);
    for (uint32_t i = 0; r == 0 && i < count; i++)
        (void)json_array_append_new(items, revision_value(&revisions[i], project.serving));
    return r;
}

static int get_revision(struct work *work)
{
    struct store_project project;
    struct store_revision revision;
    char *end;
    unsigned long long number = strtoull(work->task->names[1], &end, 10);
    const char *spec;
    int r = work_flag(work, "secrets") ? work_need(work, ACCESS_ADMIN) : 0;

    if (r < 0)
        return r;
    if (*end != '\0' || number == 0 || number > UINT32_MAX)
        return error_set(&work->error, ENOENT, "\"%.40s\" is no number of a revision",
                         work->task->names[1]);
    r = store_get_project(work->store, &work->arena, work->project, &project, &work->error);
    if (r == 0)
        r = store_get_revision(work->store, &work->arena, work->project, (uint32_t)number,
                               &revision, &work->error);
    if (r != 0)
        return r;
    spec = revision.spec;
    if (!work_flag(work, "secrets"))
        r = masked_spec(&work->arena, access_of(work->task->request)->role, revision.spec, &spec,
                        &work->error);
    if (r < 0)
        return r;
    work->answer = revision_value(&revision, project.serving);
    (void)json_object_set_new(work->answer, "spec", json_loads(spec, 0, NULL));
    (void)json_object_set_new(work->answer, "resolution", resolution_value(revision.resolution));
    return 0;
}

API_WORK(api_add_deploy, add)
API_WORK(api_get_deploy, get)
API_WORK(api_list_deploys, list)
API_WORK(api_cancel_deploy, cancel)
API_WORK(api_plan, plan)
API_WORK(api_list_revisions, list_revisions)
API_WORK(api_get_revision, get_revision)

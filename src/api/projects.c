/* SPDX-License-Identifier: Apache-2.0 */
#include "api/projects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/access.h"
#include "api/api_priv.h"
#include "api/masked.h"
#include "api/work.h"
#include "base/time.h"
#include "control/deploys.h"
#include "os/os.h"

static const struct left_out *find_left_out(const struct control *control, const char *name)
{
    for (size_t i = 0; i < control->left_out_count; i++) {
        if (strcmp(control->left_out[i].name, name) == 0)
            return &control->left_out[i];
    }
    return NULL;
}

/* What the edge has of projects, as the loop knows it. It goes to the thread as JSON. */

static json_t *served_value(const struct project *project)
{
    return json_pack("{s:s, s:s, s:i, s:i}", "name", project->name, "state", "served", "listeners",
                     (int)project->config.listener_count, "groups",
                     (int)project->config.group_count);
}

json_t *projects_served(const struct control *control)
{
    const struct publication *publication = control->publication;
    json_t *list = json_array();

    for (size_t i = 0; publication != NULL && i < publication->project_count; i++)
        (void)json_array_append_new(list, served_value(publication->projects[i]));
    for (size_t i = 0; i < control->left_out_count; i++) {
        const struct left_out *item = &control->left_out[i];

        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s, s:s}", "name", item->name, "state",
                                              item->is_served ? "served as before" : "left out",
                                              "error", item->message));
    }
    return list;
}

static json_t *find_item(json_t *list, const char *name)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const char *text = json_string_value(json_object_get(item, "name"));

        if (text != NULL && strcmp(text, name) == 0)
            return item;
    }
    return NULL;
}

/* What deploys have made of it. */
static int add_deployed(struct work *work, json_t *list, const struct store_project *project)
{
    json_t *item = find_item(list, project->name);
    struct store_deploy *deploys;
    uint32_t count = 0;
    int r = store_list_deploys(work->store, &work->arena, project->name, true, 0, &deploys, &count,
                               &work->error);

    if (r < 0)
        return r;
    if (item == NULL) {
        item = json_pack("{s:s, s:s, s:i, s:i}", "name", project->name, "state",
                         project->is_down        ? "down"
                         : project->serving == 0 ? "new"
                                                 : "running",
                         "listeners", 0, "groups", 0);
        (void)json_array_append_new(list, item);
    }
    (void)json_object_set_new(item, "revision", json_integer(project->serving));
    (void)json_object_set_new(item, "newest", json_integer(project->newest));
    (void)json_object_set_new(item, "down", json_boolean(project->is_down));
    if (count > 0)
        (void)json_object_set_new(
            item, "deploy",
            json_pack("{s:I, s:s, s:s, s:o}", "deploy", (json_int_t)deploys[count - 1].id, "kind",
                      deploys[count - 1].kind, "author", deploys[count - 1].author, "since",
                      work_time(deploys[count - 1].started_unix_ns)));
    return 0;
}

static int list_projects(struct work *work)
{
    struct store_project *projects;
    uint32_t count;
    json_t *list = json_loads(work->task->names[0], 0, NULL);
    int r;

    work->answer = json_pack("{s:o}", "projects", list);
    r = store_list_projects(work->store, &work->arena, &projects, &count, &work->error);
    for (uint32_t i = 0; r == 0 && i < count; i++)
        r = add_deployed(work, list, &projects[i]);
    return r;
}

/* Without a store there is what the edge has. */
static void run_list_projects(struct task *task)
{
    struct control *control = task->context;
    char *trouble = control->keepers != NULL ? keepers_trouble(control->keepers) : NULL;
    _cleanup_strbuf_ struct strbuf text;

    strbuf_init(&text, API_ANSWER_MAX);
    if (trouble == NULL && control->keepers != NULL) {
        work_run(task, list_projects);
        return;
    }
    strbuf_printf(&text, "{\"projects\":%s}", task->names[0]);
    task_answer(task, 200, strbuf_text(&text), text.length);
    free(trouble);
}

void api_list_projects(struct api_call *call)
{
    json_t *list = projects_served(call->control);
    char *text = list != NULL ? json_dumps(list, JSON_COMPACT) : NULL;

    json_decref(list);
    memset(call->names, 0, sizeof(call->names));
    call->names[0] = text;
    if (text == NULL)
        http_respond_error(call->request, 503, "out of memory");
    else
        api_wait(call, run_list_projects);
    free(text);
}

/* As those may see it who must not know its secrets. */
static int show_masked(struct work *work)
{
    const char *text;
    int r = masked_spec(&work->arena, access_of(work->task->request)->role, work->task->names[0],
                        &text, &work->error);

    if (r == 0)
        task_answer(work->task, 200, text, strlen(text));
    return r;
}

static void run_show_masked(struct task *task)
{
    work_run(task, show_masked);
}

static void answer_masked(struct api_call *call, const struct project *project)
{
    char *text = strndup(project->text, project->size);

    memset(call->names, 0, sizeof(call->names));
    call->names[0] = text;
    if (text == NULL)
        http_respond_error(call->request, 503, "out of memory");
    else
        api_wait(call, run_show_masked);
    free(text);
}

void api_get_project(struct api_call *call)
{
    const struct publication *publication = call->control->publication;
    const struct project *project =
        publication != NULL ? publication_project(publication, call->names[0]) : NULL;
    const struct left_out *left_out = find_left_out(call->control, call->names[0]);

    if (project != NULL && access_of(call->request)->role < ACCESS_ADMIN)
        answer_masked(call, project);
    else if (project != NULL)
        http_respond(call->request, 200, "application/json", project->text, project->size);
    else if (left_out != NULL)
        http_respond_error(call->request, 409, "project \"%s\" is %s: %s", left_out->name,
                           left_out->is_served ? "served as before" : "not served",
                           left_out->message);
    else
        http_respond_error(call->request, 404, "there is no project \"%.100s\"", call->names[0]);
}

static struct value *make_change(struct arena *arena, const struct api_call *call, void *context)
{
    const struct job *job = context;
    struct value *map = json_new_map(arena);
    struct value *list = json_new_list(arena);

    (void)call;
    json_put_text(arena, map, "project", job->name);
    if (job->publication != NULL)
        json_put_number(arena, map, "generation", job->publication->generation);
    for (size_t i = 0; i < job->difference.count; i++)
        json_append_text(arena, list, job->difference.lines[i]);
    json_put(arena, map, "changes", list);
    if (job->difference.left_out > 0)
        json_put_number(arena, map, "more_changes", job->difference.left_out);
    return map;
}

static void changed(struct job *job, void *context)
{
    struct http_request *request = context;
    struct api_call call = {.request = request};

    if (job->error != NULL)
        http_respond_error(request, job->status, "%s", job->error);
    else
        api_answer(&call, 200, make_change, job);
}

/* The keeper that looks after it; NULL where there are no deploys of it. */
static const struct keeper *keeper_of(const struct api_call *call)
{
    const struct keeper *keeper = call->control->keepers != NULL
                                      ? keepers_find(call->control->keepers, call->names[0])
                                      : NULL;

    return keeper != NULL && !atomic_load(&keeper->is_unknown) ? keeper : NULL;
}

void api_put_project(struct api_call *call)
{
    struct http_request *request = call->request;
    const struct keeper *keeper = keeper_of(call);

    if (request->body_size == 0)
        http_respond_error(request, 400, "the project is missing: send it as JSON");
    else if (keeper != NULL && !atomic_load(&keeper->is_down)) /* its part of the edge is theirs */
        http_respond_error(request, 409,
                           "project \"%s\" is deployed: 'slipway up' changes it (POST "
                           "/v1/projects/%s/deploys)",
                           call->names[0], call->names[0]);
    else
        control_put(call->control, call->names[0], request->body, request->body_size, changed,
                    request);
}

/* Of a project that is deployed: down, and out of the store. */

struct ending {
    struct work *work;
    uint64_t deploy;
    struct store_deploy record;
    struct arena arena;
    int result;
};

static void look_at_deploy(void *context)
{
    struct ending *ending = context;

    ending->result = store_get_deploy(ending->work->store, &ending->arena, ending->deploy,
                                      &ending->record, NULL);
    if (ending->result == 0 && ending->record.state == STORE_DEPLOY_FAILED)
        ending->result = error_set(&ending->work->error, EIO, "project \"%s\" is not removed: %s",
                                   ending->work->project, ending->record.message);
    else if (ending->result == 0 && ending->record.state != STORE_DEPLOY_DONE)
        ending->result = -EAGAIN;
    else if (ending->result == -ENOENT)
        ending->result = 0; /* it went with the project */
}

static int wait_for_deploy(struct work *work, uint64_t deploy)
{
    struct ending ending = {.work = work, .deploy = deploy};
    struct followers *followers = &work->keepers->followers;
    uint64_t number = followers_now(followers);
    int r;

    do {
        arena_init(&ending.arena, (size_t)1 << 20);
        r = arena_protect(&ending.arena, look_at_deploy, &ending);
        arena_deinit(&ending.arena);
        if (r == 0)
            r = ending.result;
    } while (r == -EAGAIN &&
             followers_wait(followers, &number, time_add(os_monotonic_time_ns(), TIME_SECOND),
                            &work->task->is_cancelled));
    return r == -EAGAIN ? error_set(&work->error, ECANCELED, "control ends") : r;
}

static int remove_project(struct work *work)
{
    struct deploys_request request = {
        .project = work->project, .kind = "down", .author = work_author(work)};
    uint64_t deploy;
    uint32_t revision;
    json_t *options = json_pack("{s:b}", "forget", 1);
    int r;

    request.options = options;
    r = deploys_add(work->keepers, &request, &deploy, &revision, &work->error);
    json_decref(options);
    if (r == 0)
        r = wait_for_deploy(work, deploy);
    if (r == 0)
        work->answer = json_pack("{s:s, s:[]}", "project", work->project, "changes");
    return r;
}

static void run_remove_project(struct task *task)
{
    work_run(task, remove_project);
}

void api_delete_project(struct api_call *call)
{
    if (keeper_of(call) != NULL)
        api_wait(call, run_remove_project);
    else
        control_remove(call->control, call->names[0], changed, call->request);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "api/api_priv.h"

static const struct left_out *find_left_out(const struct control *control, const char *name)
{
    for (size_t i = 0; i < control->left_out_count; i++) {
        if (strcmp(control->left_out[i].name, name) == 0)
            return &control->left_out[i];
    }
    return NULL;
}

static struct value *project_value(struct arena *arena, const struct project *project)
{
    struct value *map = json_map(arena);

    json_put_text(arena, map, "name", project->name);
    json_put_text(arena, map, "state", "served");
    json_put_number(arena, map, "listeners", project->config.listener_count);
    json_put_number(arena, map, "groups", project->config.group_count);
    return map;
}

static struct value *make_projects(struct arena *arena, const struct api_call *call, void *context)
{
    const struct control *control = call->control;
    const struct publication *publication = control->publication;
    struct value *map = json_map(arena);
    struct value *list = json_list(arena);

    (void)context;
    for (size_t i = 0; publication != NULL && i < publication->project_count; i++)
        value_list_append(arena, list, project_value(arena, publication->projects[i]));
    for (size_t i = 0; i < control->left_out_count; i++) {
        struct value *item = json_map(arena);

        json_put_text(arena, item, "name", control->left_out[i].name);
        json_put_text(arena, item, "state",
                      control->left_out[i].is_served ? "served as before" : "left out");
        json_put_text(arena, item, "error", control->left_out[i].message);
        value_list_append(arena, list, item);
    }
    json_put(arena, map, "projects", list);
    return map;
}

void api_list_projects(struct api_call *call)
{
    api_answer(call, 200, make_projects, NULL);
}

void api_get_project(struct api_call *call)
{
    const struct publication *publication = call->control->publication;
    const struct project *project =
        publication != NULL ? publication_project(publication, call->names[0]) : NULL;
    const struct left_out *left_out = find_left_out(call->control, call->names[0]);

    if (project != NULL)
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
    struct value *map = json_map(arena);
    struct value *list = json_list(arena);

    (void)call;
    json_put_text(arena, map, "project", job->name);
    if (job->publication != NULL)
        json_put_number(arena, map, "generation", job->publication->generation);
    for (size_t i = 0; i < job->difference.count; i++)
        json_add_text(arena, list, job->difference.lines[i]);
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

void api_put_project(struct api_call *call)
{
    struct http_request *request = call->request;

    if (request->body_size == 0)
        http_respond_error(request, 400, "the project is missing: send it as JSON");
    else
        control_put(call->control, call->names[0], request->body, request->body_size, changed,
                    request);
}

void api_delete_project(struct api_call *call)
{
    control_remove(call->control, call->names[0], changed, call->request);
}

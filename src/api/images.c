/* SPDX-License-Identifier: Apache-2.0 */
/* Images, and what nobody needs any more. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_priv.h"
#include "api/desired.h"
#include "control/project.h"

static int docker(struct work *work, struct runtime **ret_runtime)
{
    *ret_runtime = runtimes_get(&work->keepers->runtimes, DESIRED_DOCKER, &work->error);
    return *ret_runtime != NULL ? 0 : -ENOTSUP;
}

static json_t *image_value(const struct runtime_image *image)
{
    json_t *names = json_array();

    for (uint32_t i = 0; i < image->name_count; i++)
        (void)json_array_append_new(names, json_string(image->names[i]));
    return json_pack("{s:s, s:o, s:I, s:o, s:b}", "id", image->id, "names", names, "size_bytes",
                     (json_int_t)image->size_bytes, "created", work_time(image->created_unix_ns),
                     "used", image->is_used);
}

static int list(struct work *work)
{
    struct runtime_image *images;
    json_t *items = json_array();
    struct runtime *runtime;
    uint32_t count;
    int r;

    work->answer = json_pack("{s:o}", "images", items);
    r = docker(work, &runtime);
    if (r == 0)
        r = runtime->class->list_images(runtime, &work->arena, &images, &count, &work->error);
    for (uint32_t i = 0; r == 0 && i < count; i++)
        (void)json_array_append_new(items, image_value(&images[i]));
    return r;
}

static int remove_image(struct work *work)
{
    struct runtime *runtime;
    int r = docker(work, &runtime);

    return r < 0 ? r
                 : runtime->class->remove_image(runtime, work->project, work_flag(work, "force"),
                                                &work->error);
}

/* Pulling */

static int resolve(struct work *work, const struct desired *desired,
                   const struct desired_service *service)
{
    struct runtime *runtime =
        runtimes_get(&work->keepers->runtimes, service->runtime, &work->error);
    const char *content;

    if (runtime == NULL)
        return -ENOTSUP;
    if (runtime->class->resolve == NULL || *service->image == '\0')
        return 0;
    return runtime->class->resolve(runtime, &work->arena, desired, service, true, &work->flow,
                                   &content, &work->error);
}

static bool is_chosen(const struct work *work, const char *name)
{
    const json_t *services = json_object_get(work->body, "services");
    const json_t *item;
    size_t i;

    if (json_array_size(services) == 0)
        return true;
    json_array_foreach(services, i, item)
    {
        const char *text = json_string_value(item);

        if (text != NULL && strcmp(text, name) == 0)
            return true;
    }
    return false;
}

static int make_desired(struct work *work, const json_t *spec, const char *project,
                        struct desired *desired)
{
    char *text = json_dumps(spec, JSON_COMPACT);
    char *canonical;
    int r;

    if (text == NULL)
        return error_set(&work->error, ENOMEM, "out of memory");
    r = project_canonical(project, text, strlen(text), &canonical, &work->error);
    free(text);
    if (r < 0)
        return r;
    free(work->text);
    work->text = canonical;
    return desired_of_text(work, canonical, 0, NULL, desired);
}

static int pull_all(struct work *work, const struct desired *desired)
{
    int r = 0;

    task_stream(work->task);
    for (uint32_t i = 0; r == 0 && i < desired->service_count; i++) {
        if (is_chosen(work, desired->services[i].name))
            r = resolve(work, desired, &desired->services[i]);
    }
    if (r == 0)
        (void)work_line(work, json_pack("{s:s}", "type", "result"));
    return r;
}

static int pull_project(struct work *work)
{
    const json_t *spec = json_object_get(work->body, "spec");
    struct store_revision revision;
    struct desired desired;
    int r;

    if (json_is_object(spec)) {
        r = make_desired(work, spec, work->project, &desired);
    } else {
        r = desired_revision(work, &revision);
        if (r == 0)
            r = desired_of_text(work, revision.spec, revision.number, NULL, &desired);
    }
    return r < 0 ? r : pull_all(work, &desired);
}

static int pull(struct work *work)
{
    const char *reference = work_text(work, "reference");
    struct desired desired;
    int r;

    if (reference == NULL)
        return error_set(&work->error, EINVAL, "reference: say what is to be pulled");
    work->project = "images";
    work->answer = json_pack("{s:{s:{s:s}}}", "services", "image", "image", reference);
    r = make_desired(work, work->answer, work->project, &desired);
    json_decref(work->answer);
    work->answer = NULL;
    return r < 0 ? r : pull_all(work, &desired);
}

/* A runtime that is not there has nothing to give back. */
static int prune(struct work *work)
{
    static const enum desired_runtime kinds[] = {DESIRED_PROCESS, DESIRED_DOCKER};
    const char *project = work_text(work, "project");
    uint64_t total = 0;
    int r = 0;

    task_stream(work->task);
    for (int i = 0; i < 2 && r == 0; i++) {
        struct runtime *runtime = runtimes_find(&work->keepers->runtimes, kinds[i]);
        uint64_t bytes = 0;

        if (runtime == NULL || runtime->class->prune == NULL)
            continue;
        r = runtime->class->prune(runtime, project, &work->flow, &bytes, &work->error);
        total += bytes;
    }
    if (r == 0)
        (void)work_line(work,
                        json_pack("{s:s, s:I}", "type", "result", "bytes", (json_int_t)total));
    return r;
}

API_WORK(api_list_images, list)
API_WORK(api_remove_image, remove_image)
API_WORK(api_pull_image, pull)
API_WORK(api_pull_project, pull_project)
API_WORK(api_prune, prune)

/* SPDX-License-Identifier: Apache-2.0 */
/* Building images from what clients send: the spec first, then the context as a tar file, which is
 * kept on the disk for as long as it takes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_priv.h"
#include "api/desired.h"
#include "control/project.h"

static int keep_spec(struct work *work)
{
    const json_t *inside = json_object_get(work->body, "spec");
    const json_t *spec = json_is_object(inside) ? inside : work->body;
    struct content_hash hash;
    char *canonical;
    int r;

    if (work->body == NULL)
        return error_set(&work->error, EINVAL, "the project is missing: send it as JSON");
    r = project_canonical_tree(work->project, spec, &canonical, &work->error);
    if (r < 0)
        return r;
    hash = specs_keep(&work->keepers->specs, canonical);
    work->answer = json_pack("{s:s}", "hash", hash.text);
    return 0;
}

static int find_spec(struct work *work, struct desired *desired)
{
    const char *hash = work_parameter(work, "spec");

    free(work->text);
    work->text = hash != NULL ? specs_find(&work->keepers->specs, hash) : NULL;
    if (work->text == NULL)
        return error_set(&work->error, ENOENT,
                         "the spec is not known (any more): send it first, to "
                         "/v1/projects/%s/specs",
                         work->project);
    return desired_of_text(work, work->text, 0, NULL, desired);
}

static int build(struct work *work)
{
    const struct desired_service *service;
    struct runtime *runtime;
    struct desired desired;
    const char *content;
    int r;

    if (work->task->body_fd < 0)
        return error_set(&work->error, EINVAL, "the context is missing: send it as a tar file");
    r = find_spec(work, &desired);
    if (r == 0)
        r = desired_of_service(work, &desired, work->task->names[1], &service, &runtime);
    if (r == 0 && runtime->class->build == NULL)
        return error_set(&work->error, ENOTSUP, "service \"%s\": its runtime builds nothing",
                         service->name);
    if (r != 0)
        return r;
    if (lseek(work->task->body_fd, 0, SEEK_SET) < 0)
        return error_set(&work->error, errno, "the context cannot be read");
    task_stream(work->task);
    r = runtime->class->build(runtime, &work->arena, &desired, service, work->task->body_fd,
                              work_flag(work, "no_cache"), &work->flow, &content, &work->error);
    if (r == 0)
        (void)work_line(work, json_pack("{s:s, s:s}", "type", "result", "content", content));
    return r;
}

API_WORK(api_keep_spec, keep_spec)
API_WORK(api_build, build)

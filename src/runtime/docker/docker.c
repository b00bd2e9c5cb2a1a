/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/docker/docker.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "os/os.h"
#include "runtime/docker/docker_priv.h"
#include "runtime/docker/names.h"

#define CALL_MEMORY_MAX ((size_t)256 << 20)

/* Calls */

struct protected_call {
    struct call call;
    int (*step)(struct call *call, void *context);
    void *context;
    int result;
};

static void run(void *context)
{
    struct protected_call *protected = context;

    protected->result = protected->step(&protected->call, protected->context);
}

int docker_call(struct runtime *runtime, int cancel_fd,
                int (*step)(struct call *call, void *context), void *context, struct error **reterr)
{
    struct arena arena;
    struct error *error = NULL;
    struct protected_call protected = {
        .call = docker_call_in(runtime, &arena, cancel_fd, &error),
        .step = step,
        .context = context,
    };
    int r;

    arena_init(&arena, CALL_MEMORY_MAX);
    r = arena_protect(&arena, run, &protected);
    arena_deinit(&arena);
    if (r < 0) {
        error_free(error);
        return error_set(reterr, -r, "out of memory");
    }
    if (protected.result < 0 && reterr != NULL)
        *reterr = error;
    else
        error_free(error);
    return protected.result;
}

void flow_tell(struct runtime_flow *flow, const char *format, ...)
{
    char text[512];
    va_list arguments;

    if (flow == NULL || flow->progress == NULL)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    flow->progress(flow, text, 0, 0);
}

int docker_find_own(struct call *call, const char *project, const char *id,
                    struct engine_container *ret)
{
    struct engine_container container;
    const char *owner;
    int r = engine_inspect_container(&call->engine, call->arena, id, &container, call->reterr);

    if (r < 0)
        return error_prefix(call->reterr, "container %.12s", id);
    owner = engine_pairs_find(container.labels, LABEL_PROJECT);
    if (owner == NULL || strcmp(owner, project) != 0)
        return error_set(call->reterr, ENOENT, "the container %s is not one of the project %s",
                         container.name, project);
    *ret = container;
    return 0;
}

/* The class */

static int docker_check(struct runtime *runtime, struct error **reterr)
{
    struct engine engine = engine_at(docker_of(runtime)->place, -1);

    if (engine_ping(&engine, reterr) < 0)
        return error_prefix(reterr, "the Docker Engine at %s",
                            engine_place_path(docker_of(runtime)->place));
    return 0;
}

static struct runtime *docker_free(struct runtime *runtime)
{
    struct docker_runtime *docker = docker_of(runtime);

    if (runtime == NULL)
        return NULL;
    docker_watch(runtime, NULL);
    os_closep(&docker->stop_fd);
    engine_place_free(docker->place);
    (void)pthread_mutex_destroy(&docker->lock);
    free(docker);
    return NULL;
}

static const struct runtime_class docker_class = {
    .name = "docker",
    .free = docker_free,
    .check = docker_check,
    .observe = docker_observe,
    .resolve = docker_resolve,
    .peek = docker_peek,
    .volumes = docker_volumes,
    .build = docker_build,
    .retain = docker_retain,
    .release = docker_release,
    .prepare = docker_prepare,
    .clean = docker_clean,
    .create = docker_create,
    .start = docker_start,
    .stop = docker_stop,
    .kill = docker_kill,
    .remove = docker_remove,
    .join = docker_join,
    .leave = docker_leave,
    .wait = docker_wait,
    .logs = docker_logs,
    .exec = docker_exec,
    .attach = docker_attach,
    .statistics = docker_statistics,
    .measure = docker_measure,
    .list_images = docker_list_images,
    .remove_image = docker_remove_image,
    .prune = docker_prune,
    .watch = docker_watch,
};

int docker_runtime_new(const char *socket_path, struct runtime **ret, struct error **reterr)
{
    struct docker_runtime *docker = calloc(1, sizeof(*docker));
    int r;

    if (docker == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    docker->base.class = &docker_class;
    docker->stop_fd = -1;
    (void)pthread_mutex_init(&docker->lock, NULL);
    r = engine_place_new(socket_path, &docker->place, reterr);
    if (r < 0) {
        (void)docker_free(&docker->base);
        return r;
    }
    *ret = &docker->base;
    return 0;
}

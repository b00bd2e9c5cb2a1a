/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a container: start, stop, kill, remove, wait. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "runtime/docker/docker_priv.h"
#include "runtime/docker/names.h"

bool docker_is_stopped(const struct engine_container *container)
{
    return container->state == ENGINE_CONTAINER_EXITED ||
           container->state == ENGINE_CONTAINER_CREATED ||
           container->state == ENGINE_CONTAINER_DEAD;
}

void docker_remove_files_volumes(struct call *call, const struct engine_container *container)
{
    for (uint32_t i = 0; i < container->mount_count; i++)
        if (strcmp(container->mounts[i].type, "volume") == 0 &&
            text_starts_with(container->mounts[i].name, FILES_VOLUME_PREFIX))
            (void)engine_remove_volume(&call->engine, container->mounts[i].name, false, NULL);
}

/* Start */

/* It gets its name back when it is started again; that it is still taken does no harm. */
static void take_name_back(struct call *call, const struct engine_container *container)
{
    const char *aside = strstr(container->name, ASIDE);

    if (aside == NULL || strncmp(aside + strlen(ASIDE), container->id, ASIDE_ID_LENGTH) != 0)
        return;
    (void)engine_rename_container(
        &call->engine, container->id,
        arena_strndup(call->arena, container->name, (size_t)(aside - container->name)), NULL);
}

/* Who publishes the port that the engine could not take: the message names it. */
static const char *find_holder(struct call *call, const char *message)
{
    const char *bind = strstr(message, "Bind for ");
    const char *failed = bind != NULL ? strstr(bind, " failed") : NULL;
    const char *port = failed;
    struct engine_container_summary *holders;
    struct engine_pair filters[2] = {{.name = "publish"}, {.name = "publish"}};
    uint32_t count;

    if (failed == NULL)
        return "";
    while (port > bind && port[-1] >= '0' && port[-1] <= '9')
        port--;
    filters[0].value = arena_strndup(call->arena, port, (size_t)(failed - port));
    filters[1].value = arena_printf(call->arena, "%s/udp", filters[0].value);
    if (engine_list_containers(&call->engine, call->arena, false, (struct engine_pairs){filters, 2},
                               &holders, &count, NULL) < 0)
        return "";
    if (count == 0)
        return arena_printf(call->arena, "; port %s is taken by another program of this machine",
                            filters[0].value);
    return arena_printf(call->arena, "; port %s is published by the container %s", filters[0].value,
                        holders[0].name);
}

int docker_start_container(struct call *call, const struct engine_container *container)
{
    struct error *error = NULL;
    int r;

    if (container->state == ENGINE_CONTAINER_RUNNING)
        return 0;
    take_name_back(call, container);
    r = engine_start_container(&call->engine, container->id, &error);
    if (r < 0) {
        const char *holder = find_holder(call, error != NULL ? error->message : "");

        (void)error_set(call->reterr, -r, "starting %s: %s%s", container->name,
                        error != NULL ? error->message : error_text(-r), holder);
        error_free(error);
        return r;
    }
    return docker_run_hooks(call, container, true, HOOKS_TIMEOUT_NS);
}

struct target {
    const char *project;
    const char *id;
    uint64_t grace_ns;
    int signal;
    bool with_volumes;
    int *ret_status;
};

static int start(struct call *call, void *context)
{
    const struct target *target = context;
    struct engine_container container;
    int r = docker_find_own(call, target->project, target->id, &container);

    return r < 0 ? r : docker_start_container(call, &container);
}

int docker_start(struct runtime *runtime, const char *project, const char *id,
                 struct error **reterr)
{
    struct target target = {.project = project, .id = id};

    return docker_call(runtime, -1, start, &target, reterr);
}

/* Stop, kill, remove, wait. What has gone has stopped. */

static int find_or_gone(struct call *call, const struct target *target,
                        struct engine_container *ret, bool *ret_gone)
{
    struct error *error = NULL;
    struct call quiet = *call;
    int r;

    quiet.reterr = &error;
    r = docker_find_own(&quiet, target->project, target->id, ret);
    *ret_gone = r == -ENOENT;
    if (*ret_gone || r == 0 || call->reterr == NULL)
        error_free(error);
    else
        *call->reterr = error;
    return *ret_gone ? 0 : r;
}

static int stop(struct call *call, void *context)
{
    const struct target *target = context;
    struct engine_container container;
    bool gone;
    int r = find_or_gone(call, target, &container, &gone);

    if (r < 0 || gone || docker_is_stopped(&container))
        return r;
    if (container.state == ENGINE_CONTAINER_RUNNING) {
        struct call quiet = *call;

        quiet.reterr = NULL; /* it is stopped all the same */
        (void)docker_run_hooks(&quiet, &container, false, target->grace_ns);
    }
    r = engine_stop_container(&call->engine, container.id, NULL,
                              (int64_t)((target->grace_ns + TIME_SECOND - 1) / TIME_SECOND),
                              call->reterr);
    if (r < 0 && r != -ENOENT)
        return error_prefix(call->reterr, "stopping %s", container.name);
    return 0;
}

int docker_stop(struct runtime *runtime, const char *project, const char *id, uint64_t grace_ns,
                struct error **reterr)
{
    struct target target = {.project = project, .id = id, .grace_ns = grace_ns};

    if (target.grace_ns > TIME_DAY)
        target.grace_ns = TIME_DAY;
    return docker_call(runtime, -1, stop, &target, reterr);
}

static int kill_container(struct call *call, void *context)
{
    const struct target *target = context;
    struct engine_container container;
    struct error *error = NULL;
    bool gone;
    int r = find_or_gone(call, target, &container, &gone);

    if (r < 0 || gone)
        return r;
    r = engine_kill_container(&call->engine, container.id,
                              arena_printf(call->arena, "%d", target->signal), &error);
    if (r < 0 && r != -EBUSY && r != -ENOENT) {
        (void)error_set(call->reterr, -r, "killing %s: %s", container.name,
                        error != NULL ? error->message : error_text(-r));
        error_free(error);
        return r;
    }
    error_free(error);
    return 0;
}

int docker_kill(struct runtime *runtime, const char *project, const char *id, int signal,
                struct error **reterr)
{
    struct target target = {.project = project, .id = id, .signal = signal};

    return docker_call(runtime, -1, kill_container, &target, reterr);
}

/* Those that were carried over have become named ones to the engine. */
static void remove_anonymous_volumes(struct call *call, const struct engine_container *container)
{
    for (uint32_t i = 0; i < container->mount_count; i++)
        if (docker_is_anonymous(&container->mounts[i]))
            (void)engine_remove_volume(&call->engine, container->mounts[i].name, false, NULL);
}

static int remove_container(struct call *call, void *context)
{
    const struct target *target = context;
    struct engine_container container;
    struct error *error = NULL;
    bool gone;
    int r = find_or_gone(call, target, &container, &gone);

    if (r < 0 || gone)
        return r;
    r = engine_remove_container(&call->engine, container.id, true, target->with_volumes, &error);
    if (r < 0 && r != -ENOENT) {
        (void)error_set(call->reterr, -r, "removing %s: %s", container.name,
                        error != NULL ? error->message : error_text(-r));
        error_free(error);
        return r;
    }
    error_free(error);
    docker_remove_files_volumes(call, &container);
    if (target->with_volumes)
        remove_anonymous_volumes(call, &container);
    return 0;
}

int docker_remove(struct runtime *runtime, const char *project, const char *id, bool with_volumes,
                  struct error **reterr)
{
    struct target target = {.project = project, .id = id, .with_volumes = with_volumes};

    return docker_call(runtime, -1, remove_container, &target, reterr);
}

static int wait_container(struct call *call, void *context)
{
    const struct target *target = context;
    struct engine_container container;
    int64_t status;
    int r = docker_find_own(call, target->project, target->id, &container);

    if (r < 0)
        return r;
    r = engine_wait_container(&call->engine, container.id,
                              container.state == ENGINE_CONTAINER_CREATED ? ENGINE_WAIT_NEXT_EXIT
                                                                          : ENGINE_WAIT_NOT_RUNNING,
                              &status, call->reterr);
    if (r < 0)
        return error_prefix(call->reterr, "waiting for %s", container.name);
    *target->ret_status = (int)status;
    return 0;
}

int docker_wait(struct runtime *runtime, const char *project, const char *id, int cancel_fd,
                int *ret_status, struct error **reterr)
{
    struct target target = {.project = project, .id = id, .ret_status = ret_status};

    return docker_call(runtime, cancel_fd, wait_container, &target, reterr);
}

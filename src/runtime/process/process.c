/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "os/descriptor.h"
#include "os/folder.h"
#include "os/memory.h"
#include "os/os.h"
#include "os/process.h"
#include "os/tree.h"
#include "runtime/process/orders_writer.h"
#include "shim/image.h"
#include "shim/protocol.h"

/* Above those that a program may be given: see os/process.c. */
#define SHIM_FD_LOWEST 64

static struct runtime *process_free(struct runtime *base)
{
    struct process_runtime *runtime = process_of(base);

    if (base == NULL)
        return NULL;
    process_watch(base, NULL);
    if (runtime->shim_fd >= 0)
        (void)os_close(runtime->shim_fd);
    (void)pthread_mutex_destroy(&runtime->lock);
    free(runtime->folder);
    free(runtime);
    return NULL;
}

static int process_check(struct runtime *base, struct error **reterr)
{
    (void)base;
    (void)reterr;
    return 0; /* it needs nothing but the system */
}

/* Contents */

struct resolution {
    struct arena *arena;
    const struct artifact *artifact;
    const char *content;
};

static void take_content(void *context)
{
    struct resolution *resolution = context;

    resolution->content = arena_strdup(resolution->arena, resolution->artifact->content);
}

static int find_content(struct runtime *base, struct arena *arena, const struct desired *desired,
                        const struct desired_service *service, bool keeps, const char **ret_content,
                        struct error **reterr)
{
    struct process_runtime *runtime = process_of(base);
    _cleanup_(artifact_deinit) struct artifact artifact = {0};
    _cleanup_free_ struct orders_writer *writer = calloc(1, sizeof(*writer));
    struct runtime_instance_options options = {.desired = desired, .service = service};
    struct resolution resolution = {.arena = arena, .artifact = &artifact};
    int r;

    if (writer == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    writer->options = &options;
    writer->service = service;
    writer->reterr = reterr;
    r = orders_read_command(writer);
    if (r == 0)
        r = artifact_find(runtime, service, writer->arguments[0], &artifact, reterr);
    if (r == 0 && keeps)
        r = artifact_keep(runtime, &artifact, reterr);
    if (r < 0)
        return r;
    r = arena_protect(arena, take_content, &resolution);
    if (r < 0)
        return error_set(reterr, -r, "%s", error_text(-r));
    *ret_content = resolution.content;
    return 0;
}

static int process_resolve(struct runtime *base, struct arena *arena, const struct desired *desired,
                           const struct desired_service *service, bool force_pull,
                           struct runtime_flow *flow, const char **ret_content,
                           struct error **reterr)
{
    (void)force_pull;
    (void)flow;
    return find_content(base, arena, desired, service, true, ret_content, reterr);
}

static int process_peek(struct runtime *base, struct arena *arena, const struct desired *desired,
                        const struct desired_service *service, const char **ret_content,
                        struct error **reterr)
{
    return find_content(base, arena, desired, service, false, ret_content, reterr);
}

static int process_prepare(struct runtime *base, const struct desired *desired,
                           struct runtime_flow *flow, struct error **reterr)
{
    (void)base;
    (void)desired;
    (void)flow;
    (void)reterr;
    return 0; /* the machine's network and files are there */
}

/* Only what is empty: instances are removed one by one. */
static int process_clean(struct runtime *base, const char *project, const struct desired *desired,
                         unsigned int flags, struct runtime_flow *flow, struct error **reterr)
{
    struct process_runtime *runtime = process_of(base);
    _cleanup_free_ char *folder = NULL;

    (void)flags;
    (void)flow;
    if (!process_is_name(project))
        return error_set(reterr, EINVAL, "\"%.80s\" is no name of a project", project);
    folder = process_project_folder(runtime, project);
    if (folder == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    (void)pthread_mutex_lock(&runtime->lock);
    if (desired == NULL)
        (void)os_remove_folder(folder);
    (void)pthread_mutex_unlock(&runtime->lock);
    return 0;
}

/* One-offs that have ended, and then what nobody needs any more. */
static int prune_oneoffs(struct runtime *base, const char *project, struct error **reterr)
{
    struct observed observed;
    struct arena arena;
    int r;

    arena_init(&arena, (size_t)64 << 20);
    r = process_observe(base, &arena, project, &observed, reterr);
    for (uint32_t i = 0; r == 0 && i < observed.count; i++) {
        const struct observed_instance *instance = &observed.instances[i];

        if (instance->is_oneoff && instance->state == INSTANCE_EXITED)
            r = process_remove(base, project, instance->id, false, reterr);
    }
    arena_deinit(&arena);
    return r;
}

static int process_prune(struct runtime *base, const char *project, struct runtime_flow *flow,
                         uint64_t *ret_bytes, struct error **reterr)
{
    uint64_t bytes = 0;
    int r = project != NULL ? prune_oneoffs(base, project, reterr) : 0;

    if (r == 0)
        r = artifact_prune(process_of(base), flow, &bytes, reterr);
    if (r == 0 && ret_bytes != NULL)
        *ret_bytes = bytes;
    return r;
}

/* Names lead to the edge, and the edge to instances: there is nothing to join. */
static int process_join(struct runtime *base, const char *project, const char *id,
                        const struct desired_service *service, struct error **reterr)
{
    (void)base;
    (void)project;
    (void)id;
    (void)service;
    (void)reterr;
    return 0;
}

static const struct runtime_class process_class = {
    .name = "process",
    .free = process_free,
    .check = process_check,
    .observe = process_observe,
    .resolve = process_resolve,
    .peek = process_peek,
    .retain = artifact_retain,
    .release = artifact_release,
    .prepare = process_prepare,
    .clean = process_clean,
    .create = process_create,
    .start = process_start,
    .stop = process_stop,
    .kill = process_kill,
    .remove = process_remove,
    .join = process_join,
    .leave = process_join,
    .wait = process_wait,
    .logs = process_logs,
    .exec = process_exec,
    .attach = process_attach,
    .statistics = process_statistics,
    .measure = process_measure,
    .prune = process_prune,
    .watch = process_watch,
};

/* Whether the kernel lets us make mount namespaces: containers around us may not. */
static bool probe_mounts(int shim_fd)
{
    char path[64];
    struct os_program program = {
        .path = path,
        .arguments = (char *const[]){(char *)SHIM_NAME, (char *)SHIM_PROBE_ARGUMENT, NULL},
    };
    int status = -1;
    pid_t pid;

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", shim_fd);
    pid = os_run_program(&program);
    if (pid < 0)
        return false;
    while (os->waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status == 0;
}

static int load_shim(struct process_runtime *runtime, struct error **reterr)
{
    int fd = os_memory_file_of(SHIM_NAME, shim_image, shim_image_size());
    int high = fd < 0 ? fd : os_duplicate(fd, SHIM_FD_LOWEST);

    if (fd >= 0)
        (void)os_close(fd);
    if (high < 0)
        return error_set(reterr, -high, "cannot load the shim: %s", error_text(-high));
    runtime->shim_fd = high;
    runtime->is_root = geteuid() == 0;
    runtime->has_mounts = runtime->is_root && probe_mounts(high);
    return 0;
}

static int make_folders(const char *state_folder, struct error **reterr)
{
    static const char *const names[] = {"instances", "artifacts"};
    int r = 0;

    for (size_t i = 0; i < 2 && r == 0; i++) {
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/%s", state_folder, names[i]) < 0) {
            path = NULL;
            return error_set(reterr, ENOMEM, "out of memory");
        }
        r = os_own_folder(path, i == 0 ? 0700 : 0755, reterr);
    }
    return r;
}

int process_runtime_new(const char *state_folder, struct runtime **ret, struct error **reterr)
{
    struct process_runtime *runtime = calloc(1, sizeof(*runtime));
    int r = make_folders(state_folder, reterr);

    if (runtime == NULL)
        return r < 0 ? r : error_set(reterr, ENOMEM, "out of memory");
    runtime->base.class = &process_class;
    runtime->shim_fd = -1;
    (void)pthread_mutex_init(&runtime->lock, NULL);
    runtime->folder = strdup(state_folder);
    if (r == 0 && runtime->folder == NULL)
        r = error_set(reterr, ENOMEM, "out of memory");
    if (r == 0)
        r = load_shim(runtime, reterr);
    if (r < 0) {
        (void)process_free(&runtime->base);
        return r;
    }
    *ret = &runtime->base;
    return 0;
}

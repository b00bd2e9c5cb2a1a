/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "os/file.h"
#include "os/os.h"
#include "os/process.h"
#include "os/socket.h"
#include "os/tree.h"
#include "runtime/process/process_priv.h"
#include "shim/protocol.h"

#define REPORT_MAX       4096
#define ANSWER_TIMEOUT   (10 * TIME_SECOND)
#define GONE_TIMEOUT     (10 * TIME_SECOND)
#define GONE_AGAIN_MS    5
#define STOP_MARGIN      (60 * TIME_SECOND)
#define PROGRAM_PATH_MAX 64

static int no_shim(const struct instance *instance, int r, struct error **reterr)
{
    return error_set(reterr, -r, "instance %s: its shim does not answer: %s", instance->id,
                     error_text(-r));
}

/* Its end of the socket closes a moment before its lock goes. */
int process_await_no_shim(const struct instance *instance, uint64_t timeout_ns)
{
    uint64_t deadline_ns = time_add(os_monotonic_time_ns(), timeout_ns);
    struct shim_reply_text reply;
    int fd = connection_open(instance);

    if (fd >= 0) {
        int r;

        do
            r = connection_receive(fd, -1, timeout_ns, &reply);
        while (r == 0);
        (void)os_close(fd);
    }
    while (instance_has_shim(instance)) {
        if (os_monotonic_time_ns() >= deadline_ns)
            return -ETIMEDOUT;
        (void)os->poll(NULL, 0, GONE_AGAIN_MS);
    }
    return 0;
}

/* Starting */

/* The process that we start only starts the one that stays. */
static int run_shim(struct process_runtime *runtime, int folder, int writer, const int *streams,
                    size_t stream_count)
{
    static const char *const stream_arguments[] = {NULL, SHIM_TERMINAL_ARGUMENT, NULL,
                                                   SHIM_PIPES_ARGUMENT};
    char path[PROGRAM_PATH_MAX];
    int fds[2 + 3] = {folder, writer};
    struct os_program program = {
        .path = path,
        .arguments =
            (char *const[]){(char *)SHIM_NAME, (char *)stream_arguments[stream_count], NULL},
        .fds = fds,
        .fd_count = 2 + stream_count,
        .has_own_session = true,
    };
    pid_t pid;

    for (size_t i = 0; i < stream_count; i++)
        fds[2 + i] = streams[i];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", runtime->shim_fd);
    pid = os_run_program(&program);
    if (pid < 0)
        return (int)pid;
    while (os->waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return 0;
}

static int launch(struct process_runtime *runtime, const struct instance *instance,
                  const int *streams, size_t stream_count, struct error **reterr)
{
    _cleanup_os_close_ int folder = os_open(instance->folder, O_RDONLY | O_DIRECTORY, 0);
    _cleanup_free_ char *report = NULL;
    _cleanup_os_close_ int reader = -1;
    int ends[2];
    int r = folder < 0 ? folder : os_pipe(ends);

    if (r == 0) {
        reader = ends[0];
        r = run_shim(runtime, folder, ends[1], streams, stream_count);
        (void)os_close(ends[1]);
    }
    if (r < 0)
        return error_set(reterr, -r, "instance %s: cannot start its shim: %s", instance->id,
                         error_text(-r));
    r = os_read_fd(reader, "the shim's report", REPORT_MAX, &report, NULL, reterr);
    if (r < 0)
        return r;
    if (text_equal(report, SHIM_REPORT_OK))
        return 0;
    return error_set(reterr, ENOEXEC, "%s: %s", records_get(&instance->orders, "x-name"),
                     report[0] != '\0' ? report : "its shim died");
}

int process_launch(struct process_runtime *runtime, const struct instance *instance,
                   const int *streams, size_t stream_count, struct error **reterr)
{
    int r = process_await_no_shim(instance, GONE_TIMEOUT);

    if (r < 0)
        return no_shim(instance, r, reterr);
    r = cgroup_make(instance, reterr);
    if (r == 0)
        r = launch(runtime, instance, streams, stream_count, reterr);
    process_watch_again(runtime);
    return r;
}

static int start_waiting(const struct instance *instance, struct error **reterr)
{
    struct shim_reply_text reply;
    _cleanup_os_close_ int fd = connection_open(instance);
    int r = fd < 0 ? fd : connection_send(fd, SHIM_ORDER_START_NOW, 0, 0);

    if (r == 0)
        r = connection_receive(fd, -1, ANSWER_TIMEOUT, &reply);
    return r < 0 ? no_shim(instance, r, reterr) : 0;
}

int process_start(struct runtime *base, const char *project, const char *id, struct error **reterr)
{
    struct process_runtime *runtime = process_of(base);
    _cleanup_instance_ struct instance instance = {0};
    int r = instance_load(runtime, project, id, &instance, reterr);

    if (r < 0)
        return r;
    if (instance.status.state == INSTANCE_RUNNING)
        return 0;
    if (instance.status.state == INSTANCE_RESTARTING)
        return start_waiting(&instance, reterr);
    return process_launch(runtime, &instance, NULL, 0, reterr);
}

/* Stopping */

static int tell_once(const struct instance *instance, uint32_t order, int signal, uint64_t grace_ns,
                     struct shim_reply_text *ret)
{
    _cleanup_os_close_ int fd = connection_open(instance);
    int r = fd < 0 ? fd : connection_send(fd, order, signal, grace_ns);

    return r < 0 ? r : connection_receive(fd, -1, ANSWER_TIMEOUT, ret);
}

/* One that is just about to end does not listen. When it has, nothing is left to be done, unless
 * the instance was started again meanwhile: then its next shim is told. */
static int tell(const struct instance *instance, uint32_t order, int signal, uint64_t grace_ns,
                struct error **reterr)
{
    uint64_t deadline_ns = time_add(os_monotonic_time_ns(), ANSWER_TIMEOUT);
    struct shim_reply_text reply = {0};
    int r;

    for (;;) {
        r = tell_once(instance, order, signal, grace_ns, &reply);
        if (r != -ECONNREFUSED && r != -EPIPE && r != -ECONNRESET)
            break;
        if (!instance_has_shim(instance))
            return 0;
        if (os_monotonic_time_ns() >= deadline_ns) {
            r = -ETIMEDOUT;
            break;
        }
        (void)os->poll(NULL, 0, GONE_AGAIN_MS);
    }
    if (r < 0)
        return no_shim(instance, r, reterr);
    return reply.value < 0
               ? error_set(reterr, -reply.value, "instance %s: %s", instance->id, reply.text)
               : 0;
}

static int stop(const struct instance *instance, uint64_t grace_ns, struct error **reterr)
{
    uint64_t timeout_ns = time_add(time_multiply(grace_ns, 2), STOP_MARGIN);
    int r;

    if (!instance_has_shim(instance))
        return 0;
    r = tell(instance, SHIM_ORDER_STOP, 0, grace_ns, reterr);
    if (r == 0) {
        r = process_await_no_shim(instance, timeout_ns);
        if (r < 0)
            r = error_set(reterr, -r, "instance %s: does not end", instance->id);
    }
    return r;
}

int process_stop(struct runtime *base, const char *project, const char *id, uint64_t grace_ns,
                 struct error **reterr)
{
    _cleanup_instance_ struct instance instance = {0};
    _cleanup_error_ struct error *error = NULL;
    int r = instance_load(process_of(base), project, id, &instance, &error);

    if (r == -ENOENT)
        return 0;
    if (r < 0) {
        if (reterr != NULL)
            *reterr = take_ptr(error);
        return r;
    }
    return stop(&instance, grace_ns, reterr);
}

int process_kill(struct runtime *base, const char *project, const char *id, int signal,
                 struct error **reterr)
{
    _cleanup_instance_ struct instance instance = {0};
    int r = instance_load(process_of(base), project, id, &instance, reterr);

    if (r < 0)
        return r;
    if (!instance_has_shim(&instance))
        return 0;
    return tell(&instance, SHIM_ORDER_KILL, signal, 0, reterr);
}

/* The orders go first: without them a folder is taken for half made, and goes too. */
static int remove_folder(const char *folder, struct error **reterr)
{
    _cleanup_free_ char *path = NULL;
    int r;

    if (asprintf(&path, "%s/" SHIM_ORDERS_FILE, folder) < 0) {
        path = NULL;
        return error_set(reterr, ENOMEM, "out of memory");
    }
    (void)os->unlink(path);
    r = os_remove_tree(folder);
    return r < 0 ? error_set(reterr, -r, "cannot remove the folder %s: %s", folder, error_text(-r))
                 : 0;
}

int process_remove(struct runtime *base, const char *project, const char *id, bool with_volumes,
                   struct error **reterr)
{
    struct process_runtime *runtime = process_of(base);
    _cleanup_instance_ struct instance instance = {0};
    _cleanup_error_ struct error *error = NULL;
    int r = instance_load(runtime, project, id, &instance, &error);

    (void)with_volumes;
    if (r == -ENOENT)
        return 0;
    if (r == 0)
        r = stop(&instance, 0, &error);
    if (r == 0) {
        cgroup_remove(&instance);
        (void)pthread_mutex_lock(&runtime->lock);
        r = remove_folder(instance.folder, &error);
        (void)pthread_mutex_unlock(&runtime->lock);
    }
    if (r < 0 && reterr != NULL)
        *reterr = take_ptr(error);
    return r;
}

/* Waiting */

static int await_end(const struct instance *instance, int cancel_fd, struct error **reterr)
{
    struct shim_reply_text reply;
    _cleanup_os_close_ int fd = connection_open(instance);
    int r = fd;

    if (fd >= 0)
        r = connection_send(fd, SHIM_ORDER_SUBSCRIBE, 0, 0);
    while (r >= 0)
        r = connection_receive(fd, cancel_fd, TIME_FOREVER, &reply);
    if (r == -ECANCELED)
        return error_set(reterr, ECANCELED, "the wait was cancelled");
    return process_await_no_shim(instance, GONE_TIMEOUT);
}

int process_wait(struct runtime *base, const char *project, const char *id, int cancel_fd,
                 int *ret_status, struct error **reterr)
{
    struct process_runtime *runtime = process_of(base);

    while (true) {
        _cleanup_instance_ struct instance instance = {0};
        int r = instance_load(runtime, project, id, &instance, reterr);

        if (r < 0)
            return r;
        if (instance.status.state == INSTANCE_EXITED) {
            *ret_status = instance.status.exit_code;
            return 0;
        }
        if (instance.status.state == INSTANCE_CREATED && !instance_has_shim(&instance))
            return error_set(reterr, ESRCH, "instance %s was not started", id);
        r = await_end(&instance, cancel_fd, reterr);
        if (r == -ECANCELED)
            return r;
        if (r < 0)
            return no_shim(&instance, r, reterr);
    }
}

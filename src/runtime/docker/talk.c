/* SPDX-License-Identifier: Apache-2.0 */
/* Logs, programs that are run in a container, and its own main program. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "engine/conversation.h"
#include "os/nonblocking.h"
#include "os/os.h"
#include "runtime/docker/container/hooks.h"
#include "runtime/docker/docker_priv.h"
#include "runtime/docker/names.h"
#include "runtime/docker/relay.h"

#define HOOK_OUTPUT_MAX 2048
#define RESIZE_TRIES    10
#define RESIZE_WAIT_MS  10
#define ENDED_TRIES     100
#define ENDED_WAIT_MS   20

struct talk {
    const char *project;
    const char *id;
    int socket_fd;
    const struct runtime_exec_options *options;
    bool has_terminal;
    /* of logs */
    const struct runtime_log_options *log_options;
    runtime_log_sink *sink;
    void *sink_context;
    struct runtime_statistics *ret_statistics;
};

/* Logs and statistics */

static int read_logs(struct call *call, void *context)
{
    const struct talk *talk = context;
    const struct runtime_log_options *asked = talk->log_options;
    struct engine_container container;
    struct engine_log_options options = {
        .follows = asked->follows,
        .has_output = asked->has_stdout,
        .has_errors = asked->has_stderr,
        .tail = asked->tail,
        .since_unix_ns = asked->since_unix_ns,
        .until_unix_ns = asked->until_unix_ns,
    };
    int r = docker_find_own(call, talk->project, talk->id, &container);

    if (r < 0)
        return r;
    options.has_terminal = container.has_terminal;
    r = engine_read_logs(&call->engine, container.id, &options, talk->sink, talk->sink_context,
                         call->reterr);
    if (r < 0 && call->reterr != NULL && *call->reterr != NULL)
        return error_prefix(call->reterr, "reading the logs of %s", container.name);
    return r;
}

int docker_logs(struct runtime *runtime, const char *project, const char *id,
                const struct runtime_log_options *options, runtime_log_sink *sink, void *context,
                struct error **reterr)
{
    struct talk talk = {
        .project = project,
        .id = id,
        .log_options = options,
        .sink = sink,
        .sink_context = context,
    };

    return docker_call(runtime, options->cancel_fd, read_logs, &talk, reterr);
}

static int get_statistics(struct call *call, void *context)
{
    const struct talk *talk = context;
    struct engine_container container;
    struct engine_statistics found;
    int r = docker_find_own(call, talk->project, talk->id, &container);

    if (r < 0)
        return r;
    r = engine_get_statistics(&call->engine, container.id, &found, call->reterr);
    if (r < 0)
        return error_prefix(call->reterr, "statistics of %s", container.name);
    *talk->ret_statistics = (struct runtime_statistics){
        .cpu_ns = found.cpu_ns,
        .memory_bytes = found.memory_bytes,
        /* The engine tells the machine's memory where there is no limit. */
        .memory_limit_bytes =
            container.memory_limit_bytes > 0 ? (uint64_t)container.memory_limit_bytes : 0,
        .received_bytes = found.received_bytes,
        .sent_bytes = found.sent_bytes,
        .read_bytes = found.read_bytes,
        .written_bytes = found.written_bytes,
        .processes = found.processes <= UINT32_MAX ? (uint32_t)found.processes : UINT32_MAX,
    };
    return 0;
}

int docker_statistics(struct runtime *runtime, const char *project, const char *id,
                      struct runtime_statistics *ret, struct error **reterr)
{
    struct talk talk = {.project = project, .id = id, .ret_statistics = ret};

    return docker_call(runtime, -1, get_statistics, &talk, reterr);
}

/* Exec */

struct session {
    struct call *call;
    const char *id; /* of the exec, or of the container */
};

static void resize_exec(struct relay *relay, uint16_t rows, uint16_t columns)
{
    const struct session *session = relay->context;

    (void)engine_resize_exec(&session->call->engine, session->id, rows, columns, NULL);
}

static void resize_container(struct relay *relay, uint16_t rows, uint16_t columns)
{
    const struct session *session = relay->context;

    (void)engine_resize_container(&session->call->engine, session->id, rows, columns, NULL);
}

/* The engine answers the start a moment before the program runs and has a size. */
static void resize_at_first(struct relay *relay, const struct runtime_exec_options *options)
{
    const struct session *session = relay->context;

    if (!options->has_terminal || options->rows == 0 || options->columns == 0)
        return;
    for (int i = 0; i < RESIZE_TRIES; i++) {
        if (engine_resize_exec(&session->call->engine, session->id, options->rows, options->columns,
                               NULL) == 0)
            return;
        (void)os->poll(NULL, 0, RESIZE_WAIT_MS);
    }
}

/* The stream may end a moment before the engine knows the status. */
static int exec_status(struct call *call, const char *id, int64_t *ret)
{
    struct engine_exec_state state = {.is_running = true};

    for (int i = 0; i < ENDED_TRIES && state.is_running; i++) {
        int r = engine_inspect_exec(&call->engine, id, &state, call->reterr);

        if (r < 0)
            return r;
        if (state.is_running)
            (void)os->poll(NULL, 0, ENDED_WAIT_MS);
    }
    *ret = state.exit_code;
    return 0;
}

static int exec(struct call *call, void *context)
{
    const struct talk *talk = context;
    __attribute__((cleanup(engine_conversation_closep))) struct engine_conversation *conversation =
        NULL;
    const struct runtime_exec_options *options = talk->options;
    const struct engine_exec asked = {
        .arguments = options->arguments,
        .environment = options->environment,
        .user = options->user,
        .working_directory = options->working_directory,
        .has_terminal = options->has_terminal,
        .has_input = options->has_input,
        .is_privileged = options->is_privileged,
    };
    struct session session = {.call = call};
    struct relay relay;
    struct engine_container container;
    int64_t status = 0;
    bool gone = false;
    int r = docker_find_own(call, talk->project, talk->id, &container);

    if (r == 0)
        r = engine_create_exec(&call->engine, call->arena, container.id, &asked, &session.id,
                               call->reterr);
    if (r == 0)
        r = engine_start_exec(&call->engine, session.id, options->has_terminal, &conversation,
                              call->reterr);
    if (r < 0)
        return r;
    memset(&relay, 0, sizeof(relay));
    relay.socket_fd = talk->socket_fd;
    relay.conversation = conversation;
    relay.resize = resize_exec;
    relay.context = &session;
    relay.has_input = options->has_input;
    resize_at_first(&relay, options);
    r = relay_run(&relay, &gone, call->reterr);
    if (r < 0 || gone)
        return r;
    r = exec_status(call, session.id, &status);
    if (r == 0)
        relay_send_exit(talk->socket_fd, (int)status);
    return r;
}

int docker_exec(struct runtime *runtime, const char *project, const char *id,
                const struct runtime_exec_options *options, int socket_fd, struct error **reterr)
{
    struct talk talk = {.project = project, .id = id, .options = options, .socket_fd = socket_fd};
    int r = os_set_nonblocking(socket_fd);

    if (r < 0)
        return error_set(reterr, -r, "%s", error_text(-r));
    return docker_call(runtime, -1, exec, &talk, reterr);
}

/* Attach: one that was only made is started once somebody listens. */

static int attach(struct call *call, void *context)
{
    const struct talk *talk = context;
    __attribute__((cleanup(engine_conversation_closep))) struct engine_conversation *conversation =
        NULL;
    struct session session = {.call = call};
    struct engine_attach asked = {0};
    struct engine_container container;
    struct relay relay;
    int64_t status = 0;
    bool gone = false;
    int r = docker_find_own(call, talk->project, talk->id, &container);

    if (r < 0)
        return r;
    asked.has_terminal = container.has_terminal;
    asked.has_input = container.has_input;
    session.id = container.id;
    r = engine_attach_container(&call->engine, container.id, &asked, &conversation, call->reterr);
    if (r == 0 && container.state == ENGINE_CONTAINER_CREATED)
        r = docker_start_container(call, &container);
    if (r < 0)
        return r;
    memset(&relay, 0, sizeof(relay));
    relay.socket_fd = talk->socket_fd;
    relay.conversation = conversation;
    relay.resize = resize_container;
    relay.context = &session;
    relay.has_input = container.has_input;
    r = relay_run(&relay, &gone, call->reterr);
    if (r < 0 || gone)
        return r;
    r = engine_wait_container(&call->engine, container.id, ENGINE_WAIT_NOT_RUNNING, &status,
                              call->reterr);
    if (r == 0)
        relay_send_exit(talk->socket_fd, (int)status);
    return r;
}

int docker_attach(struct runtime *runtime, const char *project, const char *id, bool has_terminal,
                  int socket_fd, struct error **reterr)
{
    struct talk talk = {
        .project = project, .id = id, .has_terminal = has_terminal, .socket_fd = socket_fd};
    int r = os_set_nonblocking(socket_fd);

    if (r < 0)
        return error_set(reterr, -r, "%s", error_text(-r));
    return docker_call(runtime, -1, attach, &talk, reterr);
}

/* Hooks */

/* What the program says to its end, the first of it kept. */
static int drain(struct engine_conversation *conversation, uint64_t deadline_ns, char *kept,
                 size_t size, struct error **reterr)
{
    size_t used = 0;
    char data[4096];

    for (;;) {
        struct pollfd wait = {.fd = engine_conversation_fd(conversation), .events = POLLIN};
        bool is_errors;
        long r = engine_conversation_read(conversation, data, sizeof(data), &is_errors, reterr);
        size_t room = size - 1 - used;

        if (r == -EAGAIN) {
            uint64_t left_ns = time_subtract(deadline_ns, os_monotonic_time_ns());

            if (left_ns == 0)
                return error_set(reterr, ETIMEDOUT, "it does not end");
            (void)os->poll(&wait, 1, time_to_timeout_ms(left_ns));
            continue;
        }
        if (r <= 0) {
            kept[used] = '\0';
            return (int)r;
        }
        memcpy(kept + used, data, (size_t)r < room ? (size_t)r : room);
        used += (size_t)r < room ? (size_t)r : room;
    }
}

static int run_hook(struct call *call, const struct engine_container *container,
                    const struct hook *hook, uint64_t deadline_ns)
{
    __attribute__((cleanup(engine_conversation_closep))) struct engine_conversation *conversation =
        NULL;
    const struct engine_exec asked = {
        .arguments = hook->arguments,
        .environment = hook->environment,
        .user = hook->user,
        .working_directory = hook->folder,
        .is_privileged = hook->is_privileged,
    };
    char output[HOOK_OUTPUT_MAX];
    const char *id = NULL;
    int64_t status = 0;
    int r =
        engine_create_exec(&call->engine, call->arena, container->id, &asked, &id, call->reterr);

    if (r == 0)
        r = engine_start_exec(&call->engine, id, false, &conversation, call->reterr);
    if (r == 0)
        r = drain(conversation, deadline_ns, output, sizeof(output), call->reterr);
    if (r == 0)
        r = exec_status(call, id, &status);
    if (r == 0 && status != 0)
        r = error_set(call->reterr, ECHILD, "it ended with %lld: %s", (long long)status, output);
    return r;
}

int docker_run_hooks(struct call *call, const struct engine_container *container,
                     bool is_after_start, uint64_t timeout_ns)
{
    uint64_t deadline_ns = time_add(os_monotonic_time_ns(), timeout_ns);
    const char *label = engine_pairs_find(container->labels, LABEL_HOOKS);
    struct hook *hooks;
    uint32_t count = hooks_read(call->arena, label != NULL ? label : "", &hooks);

    for (uint32_t i = 0; i < count; i++)
        if (hooks[i].is_after_start == is_after_start && hooks[i].arguments[0] != NULL &&
            run_hook(call, container, &hooks[i], deadline_ns) < 0)
            return error_prefix(call->reterr, "%s of %s: %s",
                                is_after_start ? "post_start" : "pre_stop", container->name,
                                hooks[i].arguments[0]);
    return 0;
}

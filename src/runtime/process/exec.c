/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program beside the instance's: its shim starts it, as one that is like the instance's own in
 * all, and tells its end; we carry what goes in and out. When the caller's socket ends, so does our
 * connection, and the shim ends the program.
 */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/time.h"
#include "os/os.h"
#include "os/socket.h"
#include "runtime/process/conversation.h"
#include "runtime/process/orders_writer.h"
#include "shim/protocol.h"

#define START_TIMEOUT (30 * TIME_SECOND)

static int make_section(struct process_runtime *runtime, const struct instance *instance,
                        const struct runtime_exec_options *options, struct strbuf *section,
                        struct error **reterr)
{
    struct desired_service service = {.name = records_get(&instance->orders, "x-service")};
    struct orders_writer writer = {.runtime = runtime, .service = &service, .reterr = reterr};
    struct os_user user;
    int r = 0;

    strbuf_init(&writer.out, SHIM_MESSAGE_MAX);
    if (options->user != NULL && options->user[0] != '\0') {
        r = orders_find_user(&writer, options->user, &user);
        if (r == 0)
            orders_add_user(&writer, &user);
    }
    for (size_t i = 0; options->arguments[i] != NULL; i++)
        records_add(&writer.out, "argument", options->arguments[i]);
    for (size_t i = 0; options->environment != NULL && options->environment[i] != NULL; i++) {
        if (strchr(options->environment[i], '=') != NULL)
            records_add(&writer.out, "environment", options->environment[i]);
    }
    if (options->has_terminal)
        records_add(&writer.out, "environment", "TERM=xterm");
    if (options->working_directory != NULL && options->working_directory[0] != '\0')
        records_add(&writer.out, "directory", options->working_directory);
    records_add(&writer.out, "end", "1");
    if (r == 0 && strbuf_failure(&writer.out) < 0)
        r = error_set(reterr, E2BIG, "the command is too long");
    *section = writer.out;
    return r;
}

static int converse(struct conversation *talk)
{
    int r = 0;

    while (r == 0 && !talk->is_ended)
        r = conversation_turn(talk);
    if (r == 0)
        r = conversation_drain(talk);
    if (r == 0)
        r = conversation_send_exit(talk->socket_fd, talk->status);
    return r == -EPIPE || r == -ECONNRESET ? 0 : r; /* the caller has gone: so be it */
}

static int start(struct conversation *talk, struct process_runtime *runtime,
                 const struct runtime_exec_options *options, struct error **reterr)
{
    _cleanup_strbuf_ struct strbuf section = {0};
    struct shim_reply_text reply = {0};
    int theirs[3] = {-1, -1, -1};
    int r = make_section(runtime, talk->instance, options, &section, reterr);

    if (r < 0)
        return r;
    r = conversation_open_streams(talk, options, theirs);
    if (r == 0) {
        talk->shim_fd = connection_open(talk->instance);
        r = talk->shim_fd < 0 ? talk->shim_fd
                              : connection_send_exec(talk->shim_fd, section.data, section.length,
                                                     theirs, options->has_terminal ? 1 : 3);
    }
    for (int i = 0; i < 3; i++)
        os_closep(&theirs[i]);
    if (r == 0)
        r = connection_receive(talk->shim_fd, -1, START_TIMEOUT, &reply);
    if (r == -ECONNREFUSED)
        return error_set(reterr, ESRCH, "instance %s does not run", talk->instance->id);
    if (r < 0)
        return error_set(reterr, -r, "instance %s: cannot run a program in it: %s",
                         talk->instance->id, error_text(-r));
    if (reply.answer != SHIM_ANSWER_STARTED)
        return error_set(reterr, reply.value < 0 ? -reply.value : EPROTO, "%s", reply.text);
    return 0;
}

int process_exec(struct runtime *base, const char *project, const char *id,
                 const struct runtime_exec_options *options, int socket_fd, struct error **reterr)
{
    struct process_runtime *runtime = process_of(base);
    _cleanup_instance_ struct instance instance = {0};
    struct conversation *talk;
    int r;

    if (options->is_privileged)
        return error_set(reterr, EOPNOTSUPP, "a native process is not given more rights");
    if (options->arguments == NULL || options->arguments[0] == NULL)
        return error_set(reterr, EINVAL, "there is no command to run");
    r = instance_load(runtime, project, id, &instance, reterr);
    if (r < 0)
        return r;
    talk = conversation_new(&instance, socket_fd, options->has_terminal);
    if (talk == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    r = start(talk, runtime, options, reterr);
    if (r == 0) {
        r = converse(talk);
        if (r < 0)
            r = error_set(reterr, -r, "the conversation with the program broke: %s",
                          error_text(-r));
    }
    conversation_free(talk);
    return r;
}

/* The instance's own program */

/* One that is started by whoever attaches, with their input and perhaps their terminal. */
static int start_attached(struct conversation *talk, struct process_runtime *runtime,
                          struct error **reterr)
{
    struct runtime_exec_options options = {
        .has_terminal = talk->has_terminal, .has_input = true, .rows = 24, .columns = 80};
    int theirs[3] = {-1, -1, -1};
    int r = conversation_open_streams(talk, &options, theirs);

    if (r < 0)
        r = error_set(reterr, -r, "instance %s: %s", talk->instance->id, error_text(-r));
    else
        r = process_launch(runtime, talk->instance, theirs, talk->has_terminal ? 1 : 3, reterr);
    for (int i = 0; i < 3; i++)
        os_closep(&theirs[i]);
    if (r < 0)
        return r;
    talk->shim_fd = connection_open(talk->instance);
    if (talk->shim_fd >= 0)
        (void)connection_send(talk->shim_fd, SHIM_ORDER_SUBSCRIBE, 0, 0);
    return 0;
}

static int converse_attached(struct conversation *talk, struct process_runtime *runtime,
                             const char *project, struct error **reterr)
{
    int status = 0;
    int r = 0;

    while (r == 0 && !talk->is_ended && talk->shim_fd >= 0)
        r = conversation_turn(talk);
    if (r == -EPIPE || r == -ECONNRESET)
        return 0; /* the caller has gone, and with them the program's streams */
    if (r == 0)
        r = conversation_drain(talk);
    if (r == 0)
        r = process_wait(&runtime->base, project, talk->instance->id, -1, &status, reterr);
    if (r == 0)
        (void)conversation_send_exit(talk->socket_fd, (uint32_t)status);
    return r < 0 && (reterr == NULL || *reterr == NULL)
               ? error_set(reterr, -r, "the conversation with the program broke: %s",
                           error_text(-r))
               : r;
}

static int attach_from_start(struct process_runtime *runtime, const struct instance *instance,
                             const char *project, bool has_terminal, int socket_fd,
                             struct error **reterr)
{
    struct conversation *talk = conversation_new(instance, socket_fd, has_terminal);
    int r;

    if (talk == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    talk->is_main = true;
    r = start_attached(talk, runtime, reterr);
    if (r == 0)
        r = converse_attached(talk, runtime, project, reterr);
    conversation_free(talk);
    return r;
}

/* One that runs already takes no input: what it writes is told, and how it ends. */

static int send_line(void *context, bool is_stderr, uint64_t unix_ns, const char *text, size_t size)
{
    const int *fd = context;
    enum runtime_frame type = is_stderr ? RUNTIME_FRAME_ERRORS : RUNTIME_FRAME_OUTPUT;
    char line[SHIM_LINE_MAX + 1];

    (void)unix_ns;
    if (size > SHIM_LINE_MAX)
        size = SHIM_LINE_MAX;
    memcpy(line, text, size);
    line[size] = '\n';
    return conversation_send_frame(*fd, type, line, size + 1);
}

int process_attach(struct runtime *base, const char *project, const char *id, bool has_terminal,
                   int socket_fd, struct error **reterr)
{
    struct process_runtime *runtime = process_of(base);
    struct runtime_log_options options = {
        .follows = true, .has_stdout = true, .has_stderr = true, .cancel_fd = -1};
    _cleanup_instance_ struct instance instance = {0};
    int status = 0;
    int r;

    r = instance_load(runtime, project, id, &instance, reterr);
    if (r < 0)
        return r;
    if (instance.status.state == INSTANCE_CREATED &&
        records_get_number(&instance.orders, "x-interactive") != 0)
        return attach_from_start(runtime, &instance, project, has_terminal, socket_fd, reterr);
    if (has_terminal)
        return error_set(reterr, EOPNOTSUPP,
                         "a native process that runs has no terminal; attach without one, or use "
                         "exec");
    if (instance.status.state == INSTANCE_CREATED) {
        options.tail = -1;
        r = process_start(base, project, id, reterr);
    }
    if (r == 0)
        r = logs_read(&instance, &options, socket_fd, send_line, &socket_fd, reterr);
    if (r == 0 && !instance_has_shim(&instance))
        r = process_wait(base, project, id, -1, &status, reterr);
    else if (r == 0)
        return 0; /* the caller has gone */
    if (r == 0)
        (void)conversation_send_exit(socket_fd, (uint32_t)status);
    return r;
}

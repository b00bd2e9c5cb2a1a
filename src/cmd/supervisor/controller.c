/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control, and what it asks for. It knows which listeners there shall be and what the edge shall
 * do; the supervisor opens sockets for it, keeps what an edge has taken, and passes on the rest.
 */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "cmd/supervisor/listen.h"
#include "cmd/supervisor/supervisor_priv.h"

#define CONTROLLER_START_TIMEOUT_NS (5 * TIME_MINUTE) /* it may wait for names to be resolved */

/* -EPIPE where no control is there to hear it. */
static int controller_send(struct supervisor *supervisor, enum message_type type, uint64_t sequence,
                           const void *payload, const int *fds)
{
    if (!subprocess_is_reachable(&supervisor->control))
        return -EPIPE;
    return channel_send(&supervisor->control.channel, type, sequence, payload, fds);
}

void controller_answer_candidate(struct supervisor *supervisor, int status, const char *text)
{
    struct candidate *candidate = &supervisor->candidate;
    struct message_config_taken taken = {
        .generation = candidate->config.generation,
        .status = status,
    };

    message_set_text(taken.text, sizeof(taken.text), text);
    if (!candidate->is_orphan)
        (void)controller_send(supervisor, MESSAGE_CONFIG_TAKEN, candidate->control_sequence, &taken,
                              NULL);
    held_config_clear(&candidate->config);
    candidate->edge_sequence = 0;
    candidate->other_sequence = 0;
    loop_timer_cancel(&candidate->timer);
}

/* Before the start, so that control never tries to open what is open. */
static int controller_send_dashboard(struct subprocess *process)
{
    const struct supervisor *supervisor = process->context;
    const int fd = supervisor->holdings.dashboard_fd;
    const struct message_nothing nothing = {0};

    return fd < 0 ? 0 : channel_send(&process->channel, MESSAGE_DASHBOARD, 0, &nothing, &fd);
}

static int controller_started(struct subprocess *process)
{
    struct supervisor *supervisor = process->context;
    struct message_start_control start = {.generation = supervisor->holdings.config.generation};
    const int fds[] = {supervisor->holdings.state_fd, supervisor->holdings.api_fd,
                       supervisor->revival_fd};
    struct held_listener *listener;
    int r;

    message_set_text(start.state_directory, sizeof(start.state_directory),
                     supervisor->options->state_dir);
    r = controller_send_dashboard(process);
    if (r == 0)
        r = channel_send(&process->channel, MESSAGE_START_CONTROL, 0, &start, fds);
    list_for_each (listener, &supervisor->holdings.listeners, link) {
        struct message_listen message = {.id = listener->id};

        message_set_text(message.address, sizeof(message.address), listener->address);
        if (r == 0)
            r = channel_send(&process->channel, MESSAGE_LISTENER_HELD, 0, &message, NULL);
    }
    return r;
}

/* Returns 0 or -errno. One that is held already is as good as a new one. */
static int controller_open_listener(struct supervisor *supervisor,
                                    const struct message_listen *listen, struct error **reterr)
{
    struct message_listen message = {.id = listen->id};
    int fd;
    int r;

    if (listen->id == 0)
        return listen_try(listen->address, reterr);
    if (holdings_find_listener(&supervisor->holdings, listen->id) != NULL)
        return 0;
    fd = listen_on(listen->address, reterr);
    if (fd < 0)
        return fd;
    r = holdings_put_listener(&supervisor->holdings, listen->id, listen->address, fd);
    if (r < 0)
        return error_set(reterr, -r, "%s: there are too many listeners", listen->address);
    (void)service_keep_listener(holdings_find_listener(&supervisor->holdings, listen->id));
    message_set_text(message.address, sizeof(message.address), listen->address);
    (void)edges_send(supervisor, MESSAGE_LISTENER, 0, &message, &fd);
    return 0;
}

static void controller_listen(struct supervisor *supervisor, struct channel_message *message)
{
    const struct message_listen *listen = message->payload;
    _cleanup_error_ struct error *error = NULL;
    struct message_listen_done done = {.id = listen->id};

    done.status = controller_open_listener(supervisor, listen, &error);
    message_set_text(done.text, sizeof(done.text), error == NULL ? "" : error->message);
    (void)controller_send(supervisor, MESSAGE_LISTEN_DONE, message->sequence, &done, NULL);
}

/* Answered by the edge, whose threads have copies of the socket, where one is there. */
static void controller_unlisten(struct supervisor *supervisor,
                                const struct channel_message *message)
{
    const struct message_id *id = message->payload;
    struct held_listener *listener = holdings_find_listener(&supervisor->holdings, id->id);
    const struct message_nothing done = {0};

    if (listener != NULL) {
        service_drop_listener(listener);
        holdings_drop_listener(&supervisor->holdings, listener);
        if (edges_send_all(supervisor, MESSAGE_UNLISTEN, message->sequence, id, NULL) == 0)
            return;
    }
    (void)controller_send(supervisor, MESSAGE_UNLISTEN_DONE, message->sequence, &done, NULL);
}

static void controller_config(struct supervisor *supervisor, struct channel_message *message)
{
    const struct message_config *config = message->payload;
    struct candidate *candidate = &supervisor->candidate;

    if (config->generation == 0) {
        channel_break(&supervisor->control.channel, -EBADMSG);
        return;
    }
    if (candidate->other_sequence != 0)
        controller_answer_candidate(supervisor, 0, "");
    else if (candidate->config.generation != 0)
        controller_answer_candidate(supervisor, -ECANCELED, "another configuration came after it");
    candidate->config.generation = config->generation;
    candidate->config.fds[0] = take_fd(&message->fds[0]);
    candidate->config.fds[1] = take_fd(&message->fds[1]);
    candidate->control_sequence = message->sequence;
    candidate->is_orphan = false;
    edges_try_candidate(supervisor);
}

static void controller_log(struct supervisor *supervisor, struct channel_message *message)
{
    const struct message_id *log = message->payload;
    int fd = take_fd(&message->fds[0]);

    if (holdings_put_log(&supervisor->holdings, log->id, fd) < 0)
        log_error("an access log is not kept: there are too many");
    else
        (void)edges_send_all(supervisor, MESSAGE_LOG, 0, log, &fd);
}

static void controller_target(struct supervisor *supervisor, struct channel_message *message)
{
    struct message_target_done done = {.status = -EAGAIN};

    if (edges_send_all(supervisor, MESSAGE_TARGET, message->sequence, message->payload, NULL) == 0)
        return;
    message_set_text(done.text, sizeof(done.text), "the edge is not running at the moment");
    (void)controller_send(supervisor, MESSAGE_TARGET_DONE, message->sequence, &done, NULL);
}

/* At the end it is control's alone, and goes with it. */
static void controller_dashboard(struct supervisor *supervisor, struct channel_message *message)
{
    const struct message_nothing done = {0};
    int fd = -1;

    if (message->type == MESSAGE_DASHBOARD && supervisor->phase == SUPERVISOR_RUNNING)
        fd = take_fd(&message->fds[0]);
    holdings_put_dashboard(&supervisor->holdings, fd);
    service_keep_dashboard(fd);
    (void)controller_send(supervisor, MESSAGE_DASHBOARD_DONE, message->sequence, &done, NULL);
}

static void controller_ready(struct supervisor *supervisor)
{
    subprocess_ready(&supervisor->control);
    log_info("control (process %d) is ready", (int)supervisor->control.child.pid);
    if (supervisor->loader.is_wanted)
        loader_want(supervisor);
    service_look(supervisor);
}

static void controller_received(struct subprocess *process, struct channel_message *message)
{
    struct supervisor *supervisor = process->context;
    const struct message_id *id = message->payload;

    switch (message->type) {
    case MESSAGE_READY:
        controller_ready(supervisor);
        break;
    case MESSAGE_LISTEN:
        controller_listen(supervisor, message);
        break;
    case MESSAGE_UNLISTEN:
        controller_unlisten(supervisor, message);
        break;
    case MESSAGE_CONFIG:
        controller_config(supervisor, message);
        break;
    case MESSAGE_LOG:
        controller_log(supervisor, message);
        break;
    case MESSAGE_UNLOG:
        holdings_drop_log(&supervisor->holdings, id->id);
        (void)edges_send_all(supervisor, MESSAGE_UNLOG, 0, id, NULL);
        break;
    case MESSAGE_TARGET:
        controller_target(supervisor, message);
        break;
    case MESSAGE_DASHBOARD:
    case MESSAGE_DASHBOARD_CLOSED:
        controller_dashboard(supervisor, message);
        break;
    case MESSAGE_SHUTDOWN:
        ending_begin(supervisor, 0);
        break;
    case MESSAGE_CLEARED:
        ending_cleared(supervisor);
        break;
    default:
        channel_break(&process->channel, -EBADMSG);
        break;
    }
}

static void controller_ended(struct subprocess *process, int status)
{
    struct supervisor *supervisor = process->context;

    (void)status;
    supervisor->candidate.is_orphan = true;
    if (loop_source_is_watched(&supervisor->loader.child.source))
        supervisor->loader.is_wanted = true; /* its request is lost */
    ending_look(supervisor);
}

void controller_init(struct supervisor *supervisor)
{
    static const struct subprocess_ops ops = {
        .role = "@control",
        .name = "control",
        .start_timeout_ns = CONTROLLER_START_TIMEOUT_NS,
        .started = controller_started,
        .received = controller_received,
        .ended = controller_ended,
    };

    subprocess_init(&supervisor->control, &supervisor->loop, &ops, supervisor);
    held_config_init(&supervisor->candidate.config);
}

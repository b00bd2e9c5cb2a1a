/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edge that shall serve, and another one that drains after an upgrade. A new edge gets all that
 * is held, in one go, and says READY and CONFIG_TAKEN when it comes to them. Only then is the other
 * told to drain, so there is no moment in which nobody accepts.
 *
 * What is changed while the other drains goes to it as well, once the first has taken it: it still
 * has requests to answer, and control must be able to rely on it that nobody uses what it has taken
 * away. So control hears of it when both have it.
 *
 * A candidate that the edge dies of is dropped, and the next edge goes on with the configuration
 * before it.
 */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "cmd/supervisor/supervisor_priv.h"

#define EDGES_START_TIMEOUT_NS (30 * TIME_SECOND)
#define EDGES_STOP_NS          (3 * TIME_SECOND)

/* How long connections may last that were made before an upgrade. */
#define EDGES_SUPERSEDED_NS TIME_HOUR

/* How long control waits for the edge that drains. */
#define EDGES_OTHER_NS (5 * TIME_SECOND)

struct subprocess *edges_other(struct supervisor *supervisor)
{
    return supervisor->edge == &supervisor->edges[0] ? &supervisor->edges[1]
                                                     : &supervisor->edges[0];
}

int edges_send(struct supervisor *supervisor, enum message_type type, uint64_t sequence,
               const void *payload, const int *fds)
{
    struct subprocess *edge = supervisor->edge;
    int r;

    if (!subprocess_is_reachable(edge))
        return -EPIPE;
    r = channel_send(&edge->channel, type, sequence, payload, fds);
    if (r < 0 && r != -EPIPE) {
        log_error("the edge (process %d) cannot be told: %s", (int)edge->child.pid, error_text(-r));
        subprocess_kill(edge); /* it would not know what the others believe it does */
    }
    return r;
}

int edges_send_all(struct supervisor *supervisor, enum message_type type, uint64_t sequence,
                   const void *payload, const int *fds)
{
    struct subprocess *other = edges_other(supervisor);

    if (subprocess_is_reachable(other))
        (void)channel_send(&other->channel, type, 0, payload, fds);
    return edges_send(supervisor, type, sequence, payload, fds);
}

void edges_try_candidate(struct supervisor *supervisor)
{
    struct candidate *candidate = &supervisor->candidate;
    struct message_config message = {.generation = candidate->config.generation};
    uint64_t sequence = supervisor->sequence + 1;

    if (candidate->config.generation == 0 || candidate->edge_sequence != 0 ||
        candidate->other_sequence != 0)
        return;
    /* One after another, so that it has something to go on with where it refuses this one. */
    if (supervisor->replay != 0)
        return;
    if (edges_send(supervisor, MESSAGE_CONFIG, sequence, &message, candidate->config.fds) < 0)
        return;
    supervisor->sequence = sequence;
    candidate->edge_sequence = sequence;
}

static int edges_started(struct subprocess *process)
{
    struct supervisor *supervisor = process->context;
    struct message_start_edge start = {
        .bank = (uint32_t)(process - supervisor->edges),
        .threads = supervisor->state.threads_max,
    };
    const int fds[] = {supervisor->holdings.state_fd, supervisor->holdings.handover_fd};
    int r = channel_send(&process->channel, MESSAGE_START_EDGE, 0, &start, fds);

    supervisor->replay = supervisor->holdings.config.generation == 0 ? 0 : ++supervisor->sequence;
    if (r == 0)
        r = holdings_send(&supervisor->holdings, &process->channel, supervisor->replay);
    if (r < 0)
        return r;
    edges_try_candidate(supervisor);
    return 0;
}

/* The one that shall serve does. */
static void edges_settled(struct supervisor *supervisor)
{
    struct subprocess *other = edges_other(supervisor);
    struct message_drain drain = {
        .limit_ms = EDGES_SUPERSEDED_NS / TIME_MILLISECOND,
        .has_successor = 1,
    };

    supervisor->edge_has_config = true;
    if (subprocess_is_reachable(other) && other->is_wanted) {
        log_info("the edge before (process %d) finishes its connections", (int)other->child.pid);
        (void)channel_send(&other->channel, MESSAGE_DRAIN, 0, &drain, NULL);
        subprocess_expect_end(other, EDGES_SUPERSEDED_NS + EDGES_STOP_NS);
    }
    service_look(supervisor);
}

/* The edge that drains has it, or will not have it: control need not wait any longer. */
static void edges_other_done(struct supervisor *supervisor)
{
    if (supervisor->candidate.other_sequence != 0)
        controller_answer_candidate(supervisor, 0, "");
}

static void edges_other_timed_out(struct loop_timer *timer)
{
    struct supervisor *supervisor = list_entry(timer, struct supervisor, candidate.timer);

    log_warning("the edge before (process %d) does not say that it has the configuration",
                (int)edges_other(supervisor)->child.pid);
    edges_other_done(supervisor);
}

/* False where there is nobody to wait for. */
static bool edges_tell_other(struct supervisor *supervisor)
{
    const struct held_config *config = &supervisor->holdings.config;
    struct message_config message = {.generation = config->generation};
    struct candidate *candidate = &supervisor->candidate;
    struct subprocess *other = edges_other(supervisor);

    if (!subprocess_is_reachable(other) ||
        channel_send(&other->channel, MESSAGE_CONFIG, supervisor->sequence + 1, &message,
                     config->fds) < 0)
        return false;
    candidate->other_sequence = ++supervisor->sequence;
    candidate->edge_sequence = 0;
    loop_timer_set_after(&supervisor->loop, &candidate->timer, EDGES_OTHER_NS);
    return true;
}

static void edges_other_answered(struct supervisor *supervisor,
                                 const struct channel_message *message)
{
    const struct message_config_taken *taken = message->payload;

    if (message->sequence != supervisor->candidate.other_sequence ||
        taken->generation != supervisor->holdings.config.generation)
        return;
    if (taken->status < 0 && taken->status != -ESHUTDOWN)
        log_warning("the edge before does not take the configuration: %s", taken->text);
    edges_other_done(supervisor);
}

static void edges_config_taken(struct supervisor *supervisor, struct channel_message *message)
{
    const struct message_config_taken *taken = message->payload;
    struct candidate *candidate = &supervisor->candidate;

    if (candidate->edge_sequence != 0 && message->sequence == candidate->edge_sequence) {
        if (taken->status == 0) {
            service_drop_config(&supervisor->holdings.config);
            holdings_put_config(&supervisor->holdings, &candidate->config);
            candidate->config.generation = taken->generation; /* for the answer */
            (void)service_keep_config(&supervisor->holdings.config);
            edges_settled(supervisor);
            if (edges_tell_other(supervisor))
                return;
        }
        controller_answer_candidate(supervisor, taken->status, taken->text);
    } else if (supervisor->replay != 0 && message->sequence == supervisor->replay) {
        supervisor->replay = 0;
        if (taken->status == 0)
            edges_settled(supervisor);
        else
            log_error("the new edge does not take the configuration: %s", taken->text);
        edges_try_candidate(supervisor);
    }
}

static void edges_ready(struct supervisor *supervisor, struct subprocess *process)
{
    subprocess_ready(process);
    log_info("the edge (process %d) is ready", (int)process->child.pid);
    if (supervisor->holdings.config.generation == 0)
        edges_settled(supervisor);
}

/* From the edge that shall serve. */
static void edges_received_answer(struct supervisor *supervisor, struct subprocess *process,
                                  struct channel_message *message)
{
    const struct message_listen_done *listener = message->payload;

    switch (message->type) {
    case MESSAGE_READY:
        edges_ready(supervisor, process);
        break;
    case MESSAGE_LISTENER_DONE:
        if (listener->status < 0)
            log_error("the edge cannot use a listener: %s", listener->text);
        break;
    case MESSAGE_CONFIG_TAKEN:
        edges_config_taken(supervisor, message);
        break;
    case MESSAGE_TARGET_DONE:
    case MESSAGE_UNLISTEN_DONE:
        if (subprocess_is_reachable(&supervisor->control))
            (void)channel_send(&supervisor->control.channel, message->type, message->sequence,
                               message->payload, NULL);
        break;
    default:
        channel_break(&process->channel, -EBADMSG);
        break;
    }
}

static void edges_received(struct subprocess *process, struct channel_message *message)
{
    struct supervisor *supervisor = process->context;

    if (message->type == MESSAGE_DRAINED)
        subprocess_stop(process, EDGES_STOP_NS);
    else if (process == supervisor->edge)
        edges_received_answer(supervisor, process, message);
    else if (message->type == MESSAGE_CONFIG_TAKEN)
        edges_other_answered(supervisor, message);
}

static void edges_ended(struct subprocess *process, int status)
{
    struct supervisor *supervisor = process->context;

    (void)status;
    if (process != supervisor->edge) {
        process->is_wanted = false;
        edges_other_done(supervisor);
    } else {
        supervisor->edge_has_config = false;
        supervisor->replay = 0;
        if (supervisor->candidate.edge_sequence != 0)
            controller_answer_candidate(supervisor, -EPIPE,
                                        "the edge ended while it took the configuration");
        if (subprocess_is_reachable(&supervisor->control))
            (void)channel_send_plain(&supervisor->control.channel, MESSAGE_EDGE_ENDED, 0);
    }
    ending_look(supervisor);
    upgrade_look(supervisor);
}

void edges_init(struct supervisor *supervisor)
{
    static const struct subprocess_ops ops = {
        .role = "@edge",
        .name = "the edge",
        .start_timeout_ns = EDGES_START_TIMEOUT_NS,
        .started = edges_started,
        .received = edges_received,
        .ended = edges_ended,
    };

    for (size_t i = 0; i < STATE_BANK_COUNT; i++)
        subprocess_init(&supervisor->edges[i], &supervisor->loop, &ops, supervisor);
    supervisor->edge = &supervisor->edges[0];
    loop_timer_init(&supervisor->candidate.timer, edges_other_timed_out);
}

void edges_deinit(struct supervisor *supervisor)
{
    for (size_t i = 0; i < STATE_BANK_COUNT; i++)
        subprocess_deinit(&supervisor->edges[i]);
    loop_timer_cancel(&supervisor->candidate.timer);
}

void edges_start(struct supervisor *supervisor)
{
    if (subprocess_is_alive(supervisor->edge))
        edges_settled(supervisor); /* taken over: it serves */
    else
        subprocess_start(supervisor->edge);
}

void edges_supersede(struct supervisor *supervisor)
{
    supervisor->edge = edges_other(supervisor);
    supervisor->edge_has_config = false;
}

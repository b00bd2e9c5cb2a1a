/* SPDX-License-Identifier: Apache-2.0 */
/* What the supervisor says to the edge, and what the edge answers. */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "edge/process_priv.h"
#include "os/os.h"

static void edge_answer_listener(struct edge *edge, uint64_t sequence, uint64_t id, int status)
{
    struct message_listen_done done = {.id = id, .status = status};

    message_set_text(done.text, sizeof(done.text), status < 0 ? error_text(-status) : "");
    (void)channel_send(&edge->channel, MESSAGE_LISTENER_DONE, sequence, &done, NULL);
}

static void edge_listen(struct edge *edge, struct channel_message *message)
{
    const struct message_listen *listen = message->payload;
    struct worker_command command = {
        .kind = WORKER_LISTEN,
        .id = listen->id,
        .fd = message->fds[0],
    };
    int r = edge_command_all(edge, &command, NULL, 0);

    if (r == 0)
        r = edge_keep_listener(edge, listen, take_fd(&message->fds[0]));
    edge_answer_listener(edge, message->sequence, listen->id, r);
}

static void edge_unlistened(struct edge *edge, uint64_t sequence, int result)
{
    (void)result;
    (void)channel_send_plain(&edge->channel, MESSAGE_UNLISTEN_DONE, sequence);
}

static void edge_unlisten(struct edge *edge, const struct channel_message *message)
{
    const struct message_id *id = message->payload;
    struct worker_command command = {.kind = WORKER_UNLISTEN, .id = id->id};

    edge_drop_listener(edge, id->id);
    if (edge_command_all(edge, &command, edge_unlistened, message->sequence) < 0)
        edge_unlistened(edge, message->sequence, 0);
}

static void edge_answer_config(struct edge *edge, uint64_t sequence, uint64_t generation,
                               int status, const char *text)
{
    struct message_config_taken taken = {.generation = generation, .status = status};

    message_set_text(taken.text, sizeof(taken.text), text);
    (void)channel_send(&edge->channel, MESSAGE_CONFIG_TAKEN, sequence, &taken, NULL);
}

static void edge_config_taken(struct edge *edge, uint64_t sequence, int result)
{
    edge_answer_config(edge, sequence, edge->config_generation, result,
                       result < 0 ? error_text(-result) : "");
}

static void edge_drop_candidate(struct edge *edge)
{
    edge->candidate.generation = NULL;
    for (size_t i = 0; i < 2; i++) {
        os_closep(&edge->candidate.fds[i]);
        edge->candidate.fds[i] = -1;
    }
}

static void edge_refuse_candidate(struct edge *edge, int status, const char *text)
{
    struct generation *generation = edge->candidate.generation;

    edge_answer_config(edge, edge->candidate.sequence, generation->number, status, text);
    edge_drop_candidate(edge);
    generation_release(generation);
}

/* Every thread can take it, so all do, and nothing fails any more. */
static void edge_commit_candidate(struct edge *edge)
{
    struct generation *generation = edge->candidate.generation;
    uint64_t sequence = edge->candidate.sequence;
    struct worker_command command = {.kind = WORKER_GENERATION, .generation = generation};
    int r;

    edge_keep_config(edge, generation->number, edge->candidate.fds);
    edge_drop_candidate(edge);
    registry_set_current(&edge->registry, generation);
    edge_groups_changed(edge);
    r = edge_command_all(edge, &command, edge_config_taken, sequence);
    if (r < 0)
        edge_answer_config(edge, sequence, generation->number, r, error_text(-r));
}

static void edge_prepared(struct edge *edge, uint64_t sequence, int result)
{
    struct worker_command forget = {.kind = WORKER_FORGET};

    /* Another one may have come in between. */
    if (edge->candidate.generation == NULL || edge->candidate.sequence != sequence)
        return;
    if (result == 0) {
        edge_commit_candidate(edge);
        return;
    }
    (void)edge_command_all(edge, &forget, NULL, 0);
    edge_refuse_candidate(edge, result, error_text(-result));
}

static void edge_take_config(struct edge *edge, struct channel_message *message)
{
    const struct message_config *config = message->payload;
    struct worker_command command = {.kind = WORKER_PREPARE};
    _cleanup_error_ struct error *error = NULL;
    int r;

    if (edge->candidate.generation != NULL)
        edge_refuse_candidate(edge, -ECANCELED, "another configuration came after it");
    r = registry_load(&edge->registry, config->generation, message->fds[0], message->fds[1],
                      &command.generation, &error);
    if (r < 0) {
        edge_answer_config(edge, message->sequence, config->generation, r, error->message);
        return;
    }
    edge->candidate.generation = command.generation;
    edge->candidate.sequence = message->sequence;
    edge->candidate.fds[0] = take_fd(&message->fds[0]);
    edge->candidate.fds[1] = take_fd(&message->fds[1]);
    r = edge_command_all(edge, &command, edge_prepared, message->sequence);
    if (r < 0)
        edge_refuse_candidate(edge, r, error_text(-r));
}

/*
 * Targets
 */

static void edge_set_admin(struct state_slot *state, enum state_admin admin)
{
    if (atomic_exchange(&state->admin, (uint32_t)admin) != (uint32_t)admin)
        atomic_store(&state->changed_unix_ns, os_real_time_ns());
}

static int edge_command_target(struct edge *edge, const struct message_target *command)
{
    uint32_t slot = state_find(&edge->state, command->target_id);
    struct target *target = slot == UINT32_MAX ? NULL : edge->registry.targets[slot];
    struct worker_command disconnect = {.kind = WORKER_DISCONNECT, .slot = slot};
    struct state_slot *state;

    if (target == NULL || target->group->id != command->group_id)
        return -ENOENT;
    state = target->state;
    switch (command->command) {
    case MESSAGE_TARGET_ENABLE:
        edge_set_admin(state, STATE_ADMIN_ENABLED);
        atomic_store(&state->draining_since_ns, 0);
        break;
    case MESSAGE_TARGET_DRAIN:
        edge_set_admin(state, STATE_ADMIN_DRAINING);
        atomic_store(&state->draining_since_ns, loop_now_ns(&edge->loop));
        break;
    case MESSAGE_TARGET_DISABLE:
        edge_set_admin(state, STATE_ADMIN_DISABLED);
        edge_group_changed(edge, target->group);
        return edge_command_all(edge, &disconnect, NULL, 0);
    case MESSAGE_TARGET_WEIGHT:
        if (command->weight > ROUTE_WEIGHT_MAX && command->weight != STATE_WEIGHT_CONFIGURED)
            return -ERANGE;
        atomic_store(&state->weight, command->weight);
        break;
    default:
        return -EINVAL;
    }
    edge_group_changed(edge, target->group);
    return 0;
}

static void edge_obey_target(struct edge *edge, const struct channel_message *message)
{
    const struct message_target *command = message->payload;
    struct message_target_done done = {.status = edge_command_target(edge, command)};

    message_set_text(done.text, sizeof(done.text),
                     done.status == -ENOENT ? "there is no such target"
                     : done.status < 0      ? error_text(-done.status)
                                            : "");
    (void)channel_send(&edge->channel, MESSAGE_TARGET_DONE, message->sequence, &done, NULL);
}

/*
 * All of them
 */

static void edge_begin(struct edge *edge, struct channel_message *message)
{
    int r;

    if (edge->is_started) {
        channel_break(&edge->channel, -EBADMSG);
        return;
    }
    edge->state_fd = take_fd(&message->fds[0]);
    edge->handover_fd = take_fd(&message->fds[1]);
    r = edge_start(edge, message->payload);
    if (r == 0)
        return;
    log_error("edge: cannot start: %s", error_text(-r));
    edge->has_failed = true;
    loop_stop(&edge->loop);
}

void edge_received(struct channel *channel, struct channel_message *message)
{
    struct edge *edge = list_entry(channel, struct edge, channel);

    if (!edge->is_started && message->type != MESSAGE_START_EDGE && message->type != MESSAGE_STOP) {
        channel_break(channel, -EBADMSG);
        return;
    }
    switch (message->type) {
    case MESSAGE_START_EDGE:
        edge_begin(edge, message);
        break;
    case MESSAGE_LISTENER:
        edge_listen(edge, message);
        break;
    case MESSAGE_UNLISTEN:
        edge_unlisten(edge, message);
        break;
    case MESSAGE_CONFIG:
        edge_take_config(edge, message);
        break;
    case MESSAGE_LOG:
        (void)edge_keep_log(edge, ((const struct message_id *)message->payload)->id,
                            take_fd(&message->fds[0]));
        break;
    case MESSAGE_UNLOG:
        edge_drop_log(edge, ((const struct message_id *)message->payload)->id);
        break;
    case MESSAGE_TARGET:
        edge_obey_target(edge, message);
        break;
    case MESSAGE_PING:
        (void)channel_send_plain(channel, MESSAGE_PONG, message->sequence);
        break;
    case MESSAGE_DRAIN:
        edge_drain(edge, message->payload);
        break;
    case MESSAGE_STOP:
        edge_stop(edge);
        break;
    default:
        channel_break(channel, -EBADMSG);
        break;
    }
}

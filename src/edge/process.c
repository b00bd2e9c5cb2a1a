/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/process.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "edge/access_log.h"
#include "edge/limit.h"
#include "edge/outlier.h"
#include "edge/prober.h"
#include "edge/process_priv.h"
#include "net/tls.h"
#include "os/descriptor.h"
#include "os/os.h"
#include "os/process.h"
#include "os/sandbox.h"

/* Clients must not use up what a change of the configuration comes with. */
#define EDGE_RESERVED_FDS 256

/* What is left to an edge that drains and has lost its supervisor. */
#define EDGE_ORPHAN_DRAIN_NS (30 * TIME_SECOND)

/*
 * Workers
 */

static void edge_wake_all(const struct worker_shared *shared, uint32_t slot)
{
    for (uint32_t i = 0; i < shared->worker_count; i++) {
        struct worker_command *command = calloc(1, sizeof(*command));

        if (command == NULL)
            return; /* they are tried again when their wait is over */
        command->kind = WORKER_WAKE;
        command->slot = slot;
        worker_post(&shared->workers[i], command);
    }
}

static void edge_worker_ended(struct loop_message *message)
{
    struct worker_ending *ending = (struct worker_ending *)message;
    struct edge *edge = ending->edge;

    if (--edge->running_count == 0)
        loop_stop(&edge->loop);
}

static void *edge_worker_main(void *argument)
{
    struct worker_ending *ending = argument;
    struct edge *edge = ending->edge;
    int r = worker_run(ending->worker);

    if (r < 0)
        log_error("edge: a worker cannot go on: %s", error_text(-r));
    ending->message.receive = edge_worker_ended;
    loop_post(&edge->loop, &ending->message);
    return NULL;
}

static int edge_start_workers(struct edge *edge)
{
    uint32_t count = edge->shared.worker_count;

    edge->shared.workers = aligned_alloc(64, (count * sizeof(struct worker) + 63) / 64 * 64);
    edge->endings = calloc(count, sizeof(*edge->endings));
    if (edge->shared.workers == NULL || edge->endings == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        int r = worker_init(&edge->shared.workers[i], &edge->shared, i);

        if (r < 0)
            return r;
        edge->endings[i].edge = edge;
        edge->endings[i].worker = &edge->shared.workers[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        int r = pthread_create(&edge->shared.workers[i].thread, NULL, edge_worker_main,
                               &edge->endings[i]);

        if (r != 0)
            return -r;
        edge->running_count++;
    }
    return 0;
}

int edge_command_all(struct edge *edge, const struct worker_command *pattern,
                     void (*done)(struct edge *edge, uint64_t sequence, int result),
                     uint64_t sequence)
{
    struct edge_round *round;

    if (edge->is_stopping)
        return -ESHUTDOWN; /* nobody would see it any more */
    round = calloc(1, sizeof(*round));
    if (round == NULL)
        return -ENOMEM;
    round->edge = edge;
    round->done = done;
    round->sequence = sequence;
    round->left = edge->shared.worker_count;
    for (uint32_t i = 0; i < edge->shared.worker_count; i++) {
        struct worker_command *command = malloc(sizeof(*command));

        if (command == NULL)
            abort(); /* half of the threads would know, and half not */
        *command = *pattern;
        command->round = round;
        command->done = edge_command_done;
        if (pattern->kind == WORKER_LISTEN) {
            command->fd = os_duplicate(pattern->fd, 3);
            if (command->fd < 0) {
                round->result = command->fd;
                round->left--;
                free(command);
                continue;
            }
        }
        /* Another may take its place before the worker has seen it. */
        if (pattern->generation != NULL)
            (void)generation_reference(pattern->generation);
        worker_post(&edge->shared.workers[i], command);
    }
    if (round->left == 0)
        edge_round_ended(round);
    return 0;
}

void edge_round_ended(struct edge_round *round)
{
    if (round->done != NULL)
        round->done(round->edge, round->sequence, round->result);
    free(round);
}

void edge_command_done(struct loop_message *message)
{
    struct worker_command *command = (struct worker_command *)message;
    struct edge_round *round = command->round;

    if (command->result < 0)
        round->result = command->result;
    if (command->generation != NULL)
        generation_release(command->generation);
    free(command);
    if (--round->left == 0)
        edge_round_ended(round);
}

/*
 * The life of it
 */

static void edge_health_changed(void *context, struct group *group)
{
    edge_group_changed(context, group);
}

void edge_group_changed(struct edge *edge, struct group *group)
{
    group_changed(group);
    if (atomic_load_explicit(&group->pending, memory_order_seq_cst) > 0)
        edge_wake_all(&edge->shared, group->slot);
}

void edge_groups_changed(struct edge *edge)
{
    const struct generation *generation = edge->registry.current;

    if (!edge->is_draining && prober_update(edge->prober, &generation->snapshot, generation->groups,
                                            generation->snapshot.group_count) < 0)
        log_error("edge: there is no memory to check all targets");
}

void edge_log_changed(struct edge *edge, uint64_t id, int fd)
{
    int copy = fd < 0 ? -1 : os_duplicate(fd, 3);

    if (fd >= 0 && copy < 0)
        return;
    if (access_log_set(edge->shared.access_log, id, copy) < 0 && copy >= 0)
        (void)os_close(copy);
}

static void edge_ticked(struct loop_timer *timer)
{
    struct edge *edge = list_entry(timer, struct edge, every_second);
    uint64_t now_ns = loop_now_ns(&edge->loop);

    for (uint32_t i = 0;
         edge->registry.current != NULL && i < edge->registry.current->snapshot.group_count; i++) {
        /* While it drains, its successor checks, and nobody tells what is found. */
        if (edge->is_draining)
            edge_group_changed(edge, edge->registry.current->groups[i].group);
        else
            outlier_expire(&edge->registry.current->groups[i], edge->ticked_ns, now_ns);
    }
    edge->ticked_ns = now_ns;
    loop_timer_set_after(&edge->loop, &edge->every_second, TIME_SECOND);
}

static int edge_enter_sandbox(void)
{
    struct sandbox_options options = {0};

    return sandbox_enter_edge(&options);
}

/* Descriptors are numbered from the lowest that is free, so a number tells how many there are. */
static int edge_connection_fds(int limit)
{
    if (limit <= 0)
        return INT_MAX;
    return limit - (limit / 4 < EDGE_RESERVED_FDS ? limit / 4 : EDGE_RESERVED_FDS);
}

int edge_start(struct edge *edge, const struct message_start_edge *start)
{
    int r;

    if (start->bank >= STATE_BANK_COUNT || start->threads == 0 ||
        start->threads > STATE_THREADS_MAX)
        return -EBADMSG;
    r = state_map(edge->state_fd, true, &edge->state);
    if (r == 0 && start->threads > edge->state.header->threads_max)
        r = -EBADMSG;
    if (r == 0)
        r = registry_init(&edge->registry, &edge->loop, &edge->state);
    if (r == 0)
        r = tls_initialize();
    if (r < 0)
        return r;
    edge->shared.fds_max = edge_connection_fds(os_raise_descriptor_limit());
    state_clear_bank(&edge->state, start->bank, (uint64_t)getpid());
    edge->shared.main_loop = &edge->loop;
    edge->shared.state = &edge->state;
    edge->shared.bank = start->bank;
    edge->shared.worker_count = start->threads;
    edge->shared.wake_all = edge_wake_all;
    edge->shared.limits = limits_new();
    memcpy(&edge->shared.sticky_secret, edge->state.header->secret,
           sizeof(edge->shared.sticky_secret));
    if (edge->shared.limits == NULL)
        r = -ENOMEM;
    if (r == 0)
        r = edge_enter_sandbox();
    if (r == 0)
        r = access_log_new(&edge->shared.access_log);
    if (r == 0)
        r = prober_new(&edge->loop, edge_health_changed, edge, &edge->prober);
    if (r == 0)
        r = edge_start_workers(edge);
    if (r < 0)
        return r;
    edge->is_started = true;
    edge->ticked_ns = loop_now_refresh(&edge->loop);
    loop_timer_set_after(&edge->loop, &edge->every_second, TIME_SECOND);
    return channel_send_plain(&edge->channel, MESSAGE_READY, 0);
}

static void edge_drain_is_over(struct loop_timer *timer)
{
    edge_stop(list_entry(timer, struct edge, drain_limit));
}

static void edge_drained(struct edge *edge, uint64_t sequence, int result)
{
    (void)sequence;
    (void)result;
    edge_stop(edge);
}

void edge_drain(struct edge *edge, const struct message_drain *drain)
{
    struct worker_command command = {
        .kind = WORKER_DRAIN,
        .has_successor = drain->has_successor != 0,
    };
    struct edge_listener *listener;

    loop_timer_set_after(&edge->loop, &edge->drain_limit, time_from_milliseconds(drain->limit_ms));
    if (edge->is_draining)
        return;
    edge->is_draining = true;
    edge->prober = prober_free(edge->prober); /* its successor checks */
    loop_source_remove(&edge->handover);
    os_closep(&edge->handover_fd);
    edge->handover_fd = -1;
    /* Who connects is refused from now on, or is taken by a successor, which has copies of its own.
     */
    list_for_each_safe (listener, &edge->listeners, link)
        edge_drop_listener(edge, listener->listen.id);
    if (edge_command_all(edge, &command, edge_drained, 0) < 0)
        edge_stop(edge);
}

void edge_drain_alone(struct edge *edge)
{
    uint64_t deadline_ns = time_add(loop_now_ns(&edge->loop), EDGE_ORPHAN_DRAIN_NS);

    if (edge->drain_limit.deadline_ns > deadline_ns)
        loop_timer_set(&edge->loop, &edge->drain_limit, deadline_ns);
}

void edge_stop(struct edge *edge)
{
    struct worker_command command = {.kind = WORKER_STOP};

    if (edge->is_stopping)
        return;
    if (!edge->is_started || edge_command_all(edge, &command, NULL, 0) < 0)
        loop_stop(&edge->loop);
    edge->is_stopping = true;
}

static void edge_deinit(struct edge *edge)
{
    for (uint32_t i = 0; edge->is_started && i < edge->shared.worker_count; i++)
        (void)pthread_join(edge->shared.workers[i].thread, NULL);
    if (edge->is_started)
        edge->shared.access_log = access_log_free(edge->shared.access_log);
    for (uint32_t i = 0; edge->is_started && i < edge->shared.worker_count; i++)
        worker_deinit(&edge->shared.workers[i]);
    edge->prober = prober_free(edge->prober);
    free(edge->shared.workers);
    free(edge->endings);
    edge->shared.limits = limits_free(edge->shared.limits);
    /* The channel stays open to the last: whose channel ends and who does not is taken for stuck.
     */
}

int edge_process_run(int channel_fd)
{
    /* What is left at the end goes with the process; until then it can be reached. */
    static struct edge only;
    struct edge *edge = &only;
    int r;

    edge->state_fd = -1;
    edge->handover_fd = -1;
    edge->config_fds[0] = -1;
    edge->config_fds[1] = -1;
    edge->candidate.fds[0] = -1;
    edge->candidate.fds[1] = -1;
    list_init(&edge->listeners);
    list_init(&edge->logs);
    loop_timer_init(&edge->drain_limit, edge_drain_is_over);
    loop_timer_init(&edge->every_second, edge_ticked);
    edge_handover_init(edge);
    channel_init(&edge->channel, edge_received, edge_supervisor_gone);
    r = loop_init(&edge->loop);
    if (r == 0)
        r = channel_open(&edge->channel, &edge->loop, channel_fd);
    if (r == 0)
        r = loop_run(&edge->loop);
    if (r < 0)
        log_error("edge: cannot go on: %s", error_text(-r));
    else if (edge->is_draining && channel_is_open(&edge->channel))
        (void)channel_send_plain(&edge->channel, MESSAGE_DRAINED, 0);
    edge_deinit(edge);
    /* The rest goes with the process. */
    return r < 0 || edge->has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

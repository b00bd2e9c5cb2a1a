/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "edge/access_log.h"
#include "edge/client.h"
#include "edge/exchange.h"
#include "edge/listener.h"
#include "edge/upstream.h"
#include "net/tls.h"
#include "os/os.h"

#define WORKER_LOG_FLUSH_NS (150 * TIME_MILLISECOND)

/* Waiting requests that go on in one turn of the loop. */
#define WORKER_WOKEN_MAX 128

/* Of each kind: as many as a busy second needs. */
#define WORKER_KEPT_FREE 1024

/*
 * Generations
 */

struct worker_generation *worker_generation_hold(struct worker *worker)
{
    if (worker->current != NULL)
        worker->current->exchange_count++;
    return worker->current;
}

static void worker_generation_free_unused(struct worker *worker, struct worker_generation *held)
{
    if (held == NULL || held == worker->current || held->exchange_count > 0)
        return;
    generation_release(held->generation);
    free(held);
}

void worker_generation_drop(struct worker *worker, struct worker_generation *held)
{
    if (held == NULL)
        return;
    held->exchange_count--;
    worker_generation_free_unused(worker, held);
}

static bool worker_target_is_gone(const struct worker *worker, const struct target *target)
{
    return worker->current == NULL ||
           atomic_load_explicit(&target->generation, memory_order_acquire) <
               worker->current->generation->number;
}

static void worker_close_idle(struct worker_target *entry)
{
    struct upstream *upstream;

    while ((upstream = list_first(&entry->idle, struct upstream, link)) != NULL)
        upstream_close(upstream);
}

/* Cuts off what is open: those whose time has come by then. */
static void worker_cut(struct worker_target *entry, uint64_t until_ns)
{
    struct list_head kept;
    struct upstream *upstream;

    list_init(&kept);
    while ((upstream = list_first(&entry->busy, struct upstream, link)) != NULL) {
        if (until_ns != TIME_FOREVER && (upstream->cut_ns == 0 || upstream->cut_ns > until_ns)) {
            list_remove(&upstream->link);
            list_append(&kept, &upstream->link);
        } else if (upstream->exchange != NULL) {
            exchange_refuse(upstream->exchange, 502, "the target was taken away");
        } else {
            upstream_abort(upstream);
        }
    }
    list_append_all(&entry->busy, &kept);
}

static void worker_disconnect(struct worker_target *entry)
{
    worker_close_idle(entry);
    worker_cut(entry, TIME_FOREVER);
}

/* The timer is for the first that has to go. Connections to a target that is back may stay. */
static void worker_plan_cut(struct worker_target *entry)
{
    uint64_t next_ns = TIME_FOREVER;
    struct upstream *upstream;

    list_for_each (upstream, &entry->busy, link) {
        if (upstream->cut_ns != 0 && !worker_target_is_gone(entry->worker, upstream->own))
            upstream->cut_ns = 0;
        if (upstream->cut_ns != 0 && upstream->cut_ns < next_ns)
            next_ns = upstream->cut_ns;
    }
    loop_timer_set(&entry->worker->loop, &entry->drain, next_ns);
}

static void worker_target_drained(struct loop_timer *timer)
{
    struct worker_target *entry = list_entry(timer, struct worker_target, drain);

    worker_plan_cut(entry);
    worker_cut(entry, worker_now_ns(entry->worker));
    worker_plan_cut(entry);
}

void worker_target_left(struct worker_target *entry)
{
    struct worker *worker = entry->worker;

    if (entry->target == NULL || !list_is_empty(&entry->busy) || !list_is_empty(&entry->idle) ||
        !worker_target_is_gone(worker, entry->target))
        return;
    loop_timer_cancel(&entry->drain);
    target_release(entry->target, worker->shared->main_loop);
    entry->target = NULL;
}

/* Each connection has the time that its own target leaves it: an id may have several addresses one
 * after another. */
static void worker_drain_target(struct worker_target *entry, const struct target *target)
{
    uint64_t drain_ms = atomic_load_explicit(&target->drain_ms, memory_order_relaxed);
    uint64_t cut_ns = time_add(worker_now_ns(entry->worker), time_from_milliseconds(drain_ms));
    struct upstream *upstream;

    worker_close_idle(entry);
    list_for_each (upstream, &entry->busy, link)
        if (upstream->own == target && upstream->cut_ns == 0)
            upstream->cut_ns = cut_ns;
    worker_plan_cut(entry);
}

/* Targets that it does not have any more: idle connections go at once, others may finish. */
static void worker_leave_targets(struct worker *worker)
{
    struct worker_target *entry;

    list_for_each (entry, &worker->known_targets, link) {
        if (entry->target == NULL)
            continue;
        if (!worker_target_is_gone(worker, entry->target)) {
            if (loop_timer_is_set(&entry->drain))
                worker_plan_cut(entry); /* it may be back */
            continue;
        }
        worker_drain_target(entry, entry->target);
        worker_target_left(entry);
    }
}

static void worker_update_groups(struct worker *worker)
{
    const struct generation *generation = worker->current->generation;
    struct worker_group *group;

    list_for_each (group, &worker->known_groups, link) {
        group->view = NULL;
        /* There may be a target for them now. */
        if (group->waiting_count > 0)
            loop_defer(&worker->loop, &group->wake);
    }
    for (uint32_t i = 0; i < generation->snapshot.group_count; i++) {
        group = worker->groups[generation->groups[i].group->slot];
        if (group != NULL)
            group->view = &generation->groups[i];
    }
}

static int worker_update_tickets(struct worker *worker)
{
    const struct bundle *bundle = &worker->current->generation->certificates;
    struct bundle_ticket_keys keys;
    struct tls_ticket_key both[2];

    _Static_assert(sizeof(both[0]) == BUNDLE_TICKET_KEY_SIZE, "as the bundle has them");
    if (bundle->data == NULL)
        return 0;
    bundle_get_ticket_keys(bundle, &keys);
    memcpy(&both[0], keys.current, sizeof(both[0]));
    memcpy(&both[1], keys.previous, sizeof(both[1]));
    return tls_thread_set_ticket_keys(worker->tls, both, 2);
}

static void worker_forget(struct worker *worker)
{
    struct worker_listener *listener;

    free(worker->next);
    worker->next = NULL;
    list_for_each (listener, &worker->listeners, link)
        listener_forget(listener);
}

/* So that either all threads can take it, or none does. */
static int worker_prepare(struct worker *worker, const struct generation *generation)
{
    struct worker_listener *listener;
    int r = 0;

    worker_forget(worker);
    worker->next = calloc(1, sizeof(*worker->next));
    if (worker->next == NULL)
        r = -ENOMEM;
    list_for_each (listener, &worker->listeners, link)
        if (r == 0)
            r = listener_prepare(listener, generation);
    return r;
}

static int worker_take_generation(struct worker *worker, struct generation *generation)
{
    struct worker_generation *held = worker->next != NULL ? worker->next : calloc(1, sizeof(*held));
    struct worker_generation *before = worker->current;
    struct worker_listener *listener;
    int result = 0;

    if (held == NULL)
        abort(); /* some threads would have it, and some not */
    worker->next = NULL;
    held->generation = generation_reference(generation);
    worker->current = held;
    worker_update_groups(worker);
    result = worker_update_tickets(worker);
    list_for_each (listener, &worker->listeners, link) {
        int r = listener_update(listener);

        if (r < 0)
            result = r;
        if (!worker->is_draining)
            listener_open(listener);
    }
    worker_forget(worker);
    worker_leave_targets(worker);
    worker_generation_free_unused(worker, before);
    return result;
}

/*
 * Targets and groups
 */

static struct worker_target *worker_target_new(struct worker *worker, const struct target *target)
{
    size_t length = strlen(target->text);
    struct worker_target *entry = calloc(1, sizeof(*entry) + length + 1);

    if (entry == NULL)
        return NULL;
    entry->worker = worker;
    entry->counters = state_counters_of(worker->shared->state, worker->lane_number, target->slot);
    list_init(&entry->idle);
    list_init(&entry->busy);
    loop_timer_init(&entry->drain, worker_target_drained);
    memcpy(entry->text, target->text, length);
    return entry;
}

struct worker_target *worker_target_of(struct worker *worker, struct target *target)
{
    struct worker_target *entry = worker->targets[target->slot];

    if (entry == NULL) {
        entry = worker_target_new(worker, target);
        if (entry == NULL)
            return NULL;
        worker->targets[target->slot] = entry;
        list_append(&worker->known_targets, &entry->link);
    }
    if (entry->target == target)
        return entry;
    /* The same id with another address, or back again: what is kept open leads elsewhere. */
    if (entry->target != NULL) {
        worker_drain_target(entry, entry->target);
        if (entry->target != NULL)
            target_release(entry->target, worker->shared->main_loop);
    }
    target_reference(target);
    entry->target = target;
    return entry;
}

/* The oldest first, until one has to wait again: there is no room for those behind it either. Not
 * too many at a time: others have their turn. */
static void worker_wake_group(struct worker_group *group)
{
    bool has_more = group->waiting_count > WORKER_WOKEN_MAX;
    uint32_t count = has_more ? WORKER_WOKEN_MAX : group->waiting_count;

    while (count-- > 0 && !list_is_empty(&group->waiting)) {
        struct exchange *exchange = list_first(&group->waiting, struct exchange, link);
        uint32_t before = group->waiting_count;

        exchange_wake(exchange);
        if (group->waiting_count == before && group->waiting.previous == &exchange->link) {
            list_remove(&exchange->link);
            list_prepend(&group->waiting, &exchange->link);
            return;
        }
    }
    if (has_more)
        loop_defer(&group->worker->loop, &group->wake);
}

static void worker_group_woken(struct loop_task *task)
{
    struct worker_group *group = list_entry(task, struct worker_group, wake);
    struct worker *worker = group->worker;

    worker_wake_group(group);
    /* Those that it was for may have gone; others wait still. */
    if (list_is_empty(&group->waiting) &&
        atomic_load_explicit(&group->group->pending, memory_order_seq_cst) > 0)
        worker->shared->wake_all(worker->shared, group->group->slot);
}

struct worker_group *worker_group_of(struct worker *worker, struct group *group)
{
    struct worker_group *entry = worker->groups[group->slot];

    if (entry != NULL)
        return entry;
    entry = calloc(1, sizeof(*entry));
    if (entry == NULL)
        return NULL;
    entry->worker = worker;
    entry->group = group;
    entry->counters = state_counters_of(worker->shared->state, worker->lane_number, group->slot);
    entry->retry_tokens = 10;
    balance_init(&entry->balance);
    loop_task_init(&entry->wake, worker_group_woken);
    list_init(&entry->waiting);
    worker->groups[group->slot] = entry;
    list_append(&worker->known_groups, &entry->link);
    return entry;
}

/* Its own go first, but where others wait, too, every second place is for whoever is told first. */
void worker_group_freed(struct worker *worker, struct worker_group *group)
{
    uint32_t pending = atomic_load_explicit(&group->group->pending, memory_order_seq_cst);
    bool others_wait = pending > group->waiting_count;

    group->gives_away = others_wait && !group->gives_away;
    if (group->waiting_count > 0 && !group->gives_away)
        loop_defer(&worker->loop, &group->wake);
    else
        worker->shared->wake_all(worker->shared, group->group->slot);
}

/*
 * Once a second
 */

/* Frees all but the first ones. */
static void worker_free_list(struct list_head *list, size_t offset, size_t kept)
{
    struct list_head *last = list;
    struct list_head *link;

    while (kept > 0 && last->next != list) {
        last = last->next;
        kept--;
    }
    link = last->next;
    while (link != list) {
        struct list_head *next = link->next;

        free((char *)link - offset);
        link = next;
    }
    last->next = list;
    list->previous = last;
}

static void worker_tick(struct loop_timer *timer)
{
    struct worker *worker = list_entry(timer, struct worker, every_second);
    uint64_t now_s;

    worker->unix_offset_ns = os_real_time_ns() - worker_now_ns(worker);
    now_s = worker_unix_ns(worker) / TIME_SECOND;
    if (now_s != worker->date_s) {
        worker->date_s = now_s;
        http1_format_date((int64_t)now_s, worker->date);
    }
    atomic_store_explicit(&worker->lane->turn_ns, worker_now_ns(worker), memory_order_relaxed);
    worker->lane->buffers_bytes = worker->buffers.allocated_bytes;
    if (now_s % 10 == 0) {
        buffer_pool_trim(&worker->buffers);
        worker_free_list(&worker->free_clients, offsetof(struct client, link), WORKER_KEPT_FREE);
        worker_free_list(&worker->free_exchanges, offsetof(struct exchange, link),
                         WORKER_KEPT_FREE);
        worker_free_list(&worker->free_upstreams, offsetof(struct upstream, link),
                         WORKER_KEPT_FREE);
    }
    loop_timer_set_after(&worker->loop, &worker->every_second,
                         TIME_SECOND - worker_unix_ns(worker) % TIME_SECOND);
    worker_check_drained(worker);
}

static void worker_flush_log(struct loop_timer *timer)
{
    struct worker *worker = list_entry(timer, struct worker, log_flush);

    access_log_flush(worker->access);
    loop_timer_set_after(&worker->loop, &worker->log_flush, WORKER_LOG_FLUSH_NS);
}

static void worker_bury(struct loop_task *task)
{
    struct worker *worker = list_entry(task, struct worker, bury);

    list_append_all(&worker->free_clients, &worker->dead_clients);
    list_append_all(&worker->free_upstreams, &worker->dead_upstreams);
    worker_check_drained(worker);
}

/*
 * Commands
 */

static void worker_answer(struct worker_command *command)
{
    if (command->done == NULL) {
        free(command);
        return;
    }
    command->message.receive = command->done;
    loop_post(command->worker->shared->main_loop, &command->message);
}

static void worker_drain(struct worker *worker, struct worker_command *command)
{
    struct worker_listener *listener;
    struct client *client;

    list_for_each_safe (listener, &worker->listeners, link) {
        listener_accept_rest(listener);
        listener_close(listener);
    }
    worker->is_draining = true;
    worker->has_successor = command->has_successor;
    worker->when_empty = command;
    list_for_each_safe (client, &worker->clients, link) {
        if (worker->has_successor)
            client_expect_last(client);
        else
            client_finish(client);
    }
    worker_check_drained(worker);
}

void worker_check_drained(struct worker *worker)
{
    if (worker->when_empty != NULL && list_is_empty(&worker->clients))
        worker_answer(take_ptr(worker->when_empty));
}

static int worker_listen(struct worker *worker, const struct worker_command *command)
{
    struct worker_listener *listener;
    int r = 0;

    if (worker->is_draining || listener_find(worker, command->id) != NULL) {
        (void)os_close(command->fd);
        return 0;
    }
    listener = listener_new(worker, command->id, command->fd);
    if (listener == NULL)
        return -ENOMEM;
    if (worker->current != NULL) {
        r = listener_update(listener);
        listener_open(listener);
    }
    return r;
}

static void worker_unlisten(struct worker *worker, uint64_t id)
{
    struct worker_listener *listener = listener_find(worker, id);
    struct client *client;

    if (listener == NULL)
        return;
    list_for_each_safe (client, &worker->clients, link)
        if (client->listener == listener)
            client_finish(client);
    listener_close(listener);
}

static int worker_obey(struct worker *worker, const struct worker_command *command)
{
    switch (command->kind) {
    case WORKER_PREPARE:
        return worker_prepare(worker, command->generation);
    case WORKER_FORGET:
        worker_forget(worker);
        return 0;
    case WORKER_GENERATION:
        return worker_take_generation(worker, command->generation);
    case WORKER_LISTEN:
        return worker_listen(worker, command);
    case WORKER_UNLISTEN:
        worker_unlisten(worker, command->id);
        return 0;
    case WORKER_WAKE:
        if (worker->groups[command->slot] != NULL)
            worker_wake_group(worker->groups[command->slot]);
        return 0;
    case WORKER_DISCONNECT:
        if (worker->targets[command->slot] != NULL)
            worker_disconnect(worker->targets[command->slot]);
        return 0;
    case WORKER_DRAIN:
        return 0; /* by worker_received() */
    case WORKER_STOP:
        loop_stop(&worker->loop);
        return 0;
    }
    return 0;
}

static void worker_received(struct loop_message *message)
{
    struct worker_command *command = (struct worker_command *)message;

    command->result = 0;
    if (command->kind == WORKER_DRAIN) {
        worker_drain(command->worker, command); /* which answers it, maybe already */
        return;
    }
    command->result = worker_obey(command->worker, command);
    worker_answer(command);
}

void worker_post(struct worker *worker, struct worker_command *command)
{
    command->worker = worker;
    command->message.receive = worker_received;
    loop_post(&worker->loop, &command->message);
}

/*
 * Beginning and end
 */

int worker_init(struct worker *worker, const struct worker_shared *shared, uint32_t number)
{
    _cleanup_error_ struct error *error = NULL;
    int r;

    memset(worker, 0, offsetof(struct worker, scratch));
    worker->shared = shared;
    worker->number = number;
    worker->lane_number = state_lane_of(shared->state, shared->bank, number);
    worker->lane = &shared->state->lanes[worker->lane_number];
    list_init(&worker->free_clients);
    list_init(&worker->free_exchanges);
    list_init(&worker->free_upstreams);
    list_init(&worker->dead_clients);
    list_init(&worker->dead_upstreams);
    list_init(&worker->listeners);
    list_init(&worker->clients);
    list_init(&worker->known_targets);
    list_init(&worker->known_groups);
    loop_task_init(&worker->bury, worker_bury);
    loop_timer_init(&worker->every_second, worker_tick);
    loop_timer_init(&worker->log_flush, worker_flush_log);
    worker->targets = calloc(STATE_SLOT_COUNT, sizeof(*worker->targets));
    worker->groups = calloc(STATE_SLOT_COUNT, sizeof(*worker->groups));
    worker->access = access_buffer_new(shared->access_log, &worker->lane->log_dropped);
    if (worker->targets == NULL || worker->groups == NULL || worker->access == NULL)
        return -ENOMEM;
    if (os_random(&worker->random_state, sizeof(worker->random_state)) < 0)
        worker->random_state = os_monotonic_time_ns();
    r = loop_init(&worker->loop);
    return r == 0 ? tls_thread_new(&worker->tls, &error) : r;
}

void worker_deinit(struct worker *worker)
{
    struct worker_target *target;
    struct worker_group *group;

    /* What others posted when it had stopped already. */
    (void)loop_run_once(&worker->loop, 0);
    worker_free_list(&worker->free_clients, offsetof(struct client, link), 0);
    worker_free_list(&worker->free_exchanges, offsetof(struct exchange, link), 0);
    worker_free_list(&worker->free_upstreams, offsetof(struct upstream, link), 0);
    list_for_each_safe (target, &worker->known_targets, link)
        free(target);
    list_for_each_safe (group, &worker->known_groups, link) {
        balance_deinit(&group->balance);
        free(group);
    }
    free(worker->next);
    free(worker->targets);
    free(worker->groups);
    worker->access = access_buffer_free(worker->access);
    buffer_pool_deinit(&worker->buffers);
    for (uint32_t i = 0; i < worker->free_pipe_count; i++) {
        (void)os_close(worker->free_pipes[i][0]);
        (void)os_close(worker->free_pipes[i][1]);
    }
    worker->tls = tls_thread_free(worker->tls);
    loop_deinit(&worker->loop);
}

/* Cuts off what is open. */
static void worker_close_all(struct worker *worker)
{
    struct worker_listener *listener;
    struct worker_target *entry;
    struct client *client;

    list_for_each_safe (listener, &worker->listeners, link)
        listener_close(listener);
    while ((client = list_first(&worker->clients, struct client, link)) != NULL) {
        if (client->state == CLIENT_SERVING)
            client_abort(client); /* a part must not look like the whole */
        else
            client_close(client);
    }
    list_for_each (entry, &worker->known_targets, link) {
        worker_disconnect(entry);
        loop_timer_cancel(&entry->drain);
        if (entry->target != NULL)
            target_release(entry->target, worker->shared->main_loop);
    }
    worker_bury(&worker->bury);
    loop_task_cancel(&worker->bury);
    loop_timer_cancel(&worker->every_second);
    loop_timer_cancel(&worker->log_flush);
    access_log_flush(worker->access);
    if (worker->when_empty != NULL)
        worker_answer(take_ptr(worker->when_empty));
}

int worker_run(struct worker *worker)
{
    struct worker_generation *last;
    int r;

    loop_now_refresh(&worker->loop);
    worker_tick(&worker->every_second);
    worker_flush_log(&worker->log_flush);
    r = loop_run(&worker->loop);
    worker_close_all(worker);
    last = worker->current;
    worker->current = NULL;
    worker_generation_free_unused(worker, last);
    return r;
}

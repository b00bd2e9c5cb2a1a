/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding a target and a connection to it.
 *
 * choose: a target that may have the request -> a kept connection, or a new one -> go
 *    |        ^                                      |
 *    v        |                                      v
 *   wait -- woken                    failed before anything was answered: once more
 */
#include <errno.h>
#include <string.h>

#include "edge/exchange.h"
#include "edge/outlier.h"
#include "edge/stick.h"

/* What a group may spend at once on trying again, however many requests went well before. */
#define RETRY_TOKENS_MAX 10.0

/* Targets that are passed over before a request waits: those that were tried, or are full. */
#define EXCHANGE_PASSED_MAX 64

/* Requests that a group holds, in all threads, where it does not say how many. */
#define HELD_MAX 10000

/* How often a kept connection may turn out to be closed. */
#define STALE_ATTEMPTS_MAX 3

void exchange_choose_group(struct exchange *exchange)
{
    const struct snapshot_action *action = &exchange->rule->action;
    const struct generation *generation = exchange->held->generation;
    const struct snapshot_forward *forwards =
        &generation->snapshot.forwards[action->forwards.first];
    uint32_t chosen = 0;

    if (action->forwards.count > 1)
        chosen = stick_choose_forward(exchange);
    /* As a rule there is one, whose group stands where the action does. */
    exchange->view =
        &generation->groups[chosen == 0 ? action->first_group : forwards[chosen].group];
    exchange->group = worker_group_of(exchange->worker, exchange->view->group);
    if (exchange->group == NULL)
        return;
    state_gauge_up(&exchange->group->counters->active);
    if (exchange->held == exchange->worker->current)
        exchange->group->view = exchange->view;
}

/* The group as it is configured now, where it still is. */
static const struct group_view *exchange_view(const struct exchange *exchange)
{
    return exchange->group->view != NULL ? exchange->group->view : exchange->view;
}

/*
 * Waiting
 */

/* A place comes soon or not at all; a target as late as the group says, and each has a time of its
 * own: whoever was held for long has still to find a place among the others. */
static uint64_t exchange_wait_limit_ns(struct exchange *exchange)
{
    uint64_t now_ns = worker_now_ns(exchange->worker);
    uint64_t *until_ns = exchange->is_held ? &exchange->hold_until_ns : &exchange->wait_until_ns;
    uint32_t limit_ms = exchange->is_held ? exchange_view(exchange)->config->hold_ms
                                          : exchange->view->config->connect_timeout_ms;

    if (*until_ns == 0)
        *until_ns = time_add(now_ns, time_from_milliseconds(limit_ms));
    return *until_ns;
}

static void exchange_wait(struct exchange *exchange, bool is_held)
{
    struct worker_group *group = exchange->group;

    exchange->is_held = is_held;
    exchange->state = EXCHANGE_WAITING;
    exchange->is_waiting_counted = true;
    list_remove(&exchange->link);
    list_append(&group->waiting, &exchange->link);
    group->waiting_count++;
    state_gauge_up(&group->counters->pending);
    atomic_fetch_add_explicit(&group->group->pending, 1, memory_order_seq_cst);
    loop_timer_set(&exchange->worker->loop, &exchange->client->timer,
                   exchange_wait_limit_ns(exchange));
}

static void exchange_stop_waiting(struct exchange *exchange)
{
    if (!exchange->is_waiting_counted)
        return;
    exchange->is_waiting_counted = false;
    list_remove(&exchange->link);
    exchange->group->waiting_count--;
    state_gauge_down(&exchange->group->counters->pending);
    atomic_fetch_sub_explicit(&exchange->group->group->pending, 1, memory_order_seq_cst);
}

void exchange_wake(struct exchange *exchange)
{
    exchange_stop_waiting(exchange);
    loop_timer_set(&exchange->worker->loop, &exchange->client->timer, TIME_FOREVER);
    exchange_choose(exchange);
}

/*
 * Leaving
 */

void exchange_leave_target(struct exchange *exchange)
{
    struct worker_target *target = exchange->target;
    struct worker_group *group = exchange->group;

    exchange_stop_waiting(exchange);
    if (target != NULL) {
        exchange->target = NULL;
        state_gauge_down(&target->counters->active);
    }
    if (exchange->entered != NULL) {
        atomic_fetch_sub_explicit(&exchange->entered->open_requests, 1, memory_order_seq_cst);
        target_release(exchange->entered, exchange->worker->shared->main_loop);
        exchange->entered = NULL;
        if (atomic_load_explicit(&group->group->pending, memory_order_seq_cst) > 0)
            worker_group_freed(exchange->worker, group);
    }
}

/*
 * Choosing
 */

static void exchange_fill_request(const struct exchange *exchange, const uint32_t *passed,
                                  struct balance_request *request)
{
    *request = (struct balance_request){
        .random = worker_random(exchange->worker),
        .excluded_slots = passed,
        .excluded_count = exchange->tried_count,
    };
    if (exchange->view->config->algorithm == ROUTE_ALGORITHM_HASH)
        request->has_key = stick_hash_key(exchange, &request->key_hash);
}

/* Counts it against the target's limit: false where that is reached. */
static bool exchange_enter(struct exchange *exchange, struct target *target)
{
    uint32_t limit = exchange->view->config->connections_max;

    uint32_t count = atomic_load_explicit(&target->open_requests, memory_order_seq_cst);

    if (limit == 0)
        return true;
    do
        if (count >= limit)
            return false;
    while (!atomic_compare_exchange_weak_explicit(&target->open_requests, &count, count + 1,
                                                  memory_order_seq_cst, memory_order_seq_cst));
    target_reference(target);
    exchange->entered = target;
    return true;
}

/* Whether it was asked, or found full, already: the choice gives such a one when there is no other.
 */
static bool exchange_has_passed(const struct balance_request *request, const struct target *target)
{
    for (uint32_t i = 0; i < request->excluded_count; i++)
        if (request->excluded_slots[i] == target->slot)
            return true;
    return false;
}

/* A target with room, or NULL; *ret_is_full tells whether there are targets without room. */
static struct target *exchange_pick(struct exchange *exchange, bool *ret_is_full)
{
    struct balance *balance = &exchange->group->balance;
    uint32_t passed[EXCHANGE_PASSED_MAX];
    struct balance_request request;
    struct target *target = NULL;

    *ret_is_full = false;
    if (exchange->attempt_count == 0)
        target = stick_find_target(exchange, balance);
    if (target != NULL && exchange_enter(exchange, target))
        return target;
    memcpy(passed, exchange->tried, exchange->tried_count * sizeof(passed[0]));
    exchange_fill_request(exchange, passed, &request);
    while (request.excluded_count < EXCHANGE_PASSED_MAX) {
        target = balance_pick(balance, exchange->worker->shared->state, &request);
        if (target == NULL || exchange_has_passed(&request, target))
            return NULL;
        if (exchange_enter(exchange, target))
            return target;
        *ret_is_full = true;
        passed[request.excluded_count++] = target->slot;
    }
    return NULL;
}

static bool exchange_may_reuse(const struct exchange *exchange)
{
    return !exchange->is_tcp && !exchange->is_upgrade_asked;
}

/* A request that could not be repeated must not meet a connection that the target is closing. */
static bool exchange_must_check(const struct exchange *exchange)
{
    return !exchange->request_done || !http1_method_is_idempotent(exchange->request.head.method);
}

/* Of the target that failed. */
static void exchange_count_retry(struct exchange *exchange)
{
    EXCHANGE_COUNT(exchange, retries);
    if (exchange->retry_costs)
        exchange->group->retry_tokens -= 1.0;
}

static void exchange_connect(struct exchange *exchange, struct worker_target *target)
{
    struct upstream *upstream = NULL;
    int r = 0;

    if (exchange->attempt_count > 0)
        exchange_count_retry(exchange);
    exchange->target = target;
    exchange->last_target = target;
    exchange->attempt_count++;
    state_gauge_up(&target->counters->active);
    exchange->dispatched_ns = worker_now_ns(exchange->worker);
    if (exchange_may_reuse(exchange))
        upstream = upstream_reuse(target, exchange_must_check(exchange));
    if (upstream == NULL)
        r = upstream_connect(target, &upstream);
    if (r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -ENOBUFS || r == -EADDRNOTAVAIL) {
        exchange_refuse(exchange, 503, "the edge is out of descriptors, ports or memory");
        return;
    }
    if (r < 0) {
        EXCHANGE_COUNT(exchange, connection_errors);
        exchange_target_failed(exchange, 502, "the target cannot be connected to");
        return;
    }
    upstream->exchange = exchange;
    upstream->is_connected = upstream->is_connected || upstream->request_count > 0;
    exchange->upstream = upstream;
    if (upstream->is_connected) {
        exchange_go(exchange);
        return;
    }
    exchange->state = EXCHANGE_CONNECTING;
    loop_timer_set_after(&exchange->worker->loop, &upstream->timer,
                         time_from_milliseconds(exchange->view->config->connect_timeout_ms));
}

static void exchange_take(struct exchange *exchange, struct target *target)
{
    struct worker_target *entry = worker_target_of(exchange->worker, target);

    if (entry == NULL)
        exchange_refuse(exchange, 503, "there is no memory");
    else
        exchange_connect(exchange, entry);
}

/* Whoever left, or came, between the choice and the wait did not see that somebody waits. */
static void exchange_look_again(struct exchange *exchange)
{
    struct target *target = NULL;
    bool is_full;

    if (balance_refresh(&exchange->group->balance, exchange_view(exchange),
                        worker_now_ns(exchange->worker)) == 0)
        target = exchange_pick(exchange, &is_full);
    if (target == NULL)
        return;
    exchange_stop_waiting(exchange);
    loop_timer_set(&exchange->worker->loop, &exchange->client->timer, TIME_FOREVER);
    exchange_take(exchange, target);
}

static bool exchange_may_wait(const struct exchange *exchange, bool is_full, bool is_held)
{
    const struct snapshot_group *config = exchange_view(exchange)->config;
    uint32_t pending = atomic_load_explicit(&exchange->group->group->pending, memory_order_relaxed);

    if (config->pending_max != 0)
        return (!is_full && !is_held) || pending < config->pending_max;
    return !is_held || pending < HELD_MAX;
}

/* Nobody is there for it: a moment's patience, where that may help, or as much as the group has. */
static void exchange_has_none(struct exchange *exchange, bool is_full)
{
    const struct balance *balance = &exchange->group->balance;
    bool is_held = !is_full && balance->count == 0 && exchange_view(exchange)->config->hold_ms != 0;

    if (!exchange_may_wait(exchange, is_full, is_held)) {
        exchange->group->counters->rejected++;
        exchange_refuse(exchange, 503, "too many requests wait for a target");
        return;
    }
    if (is_full || is_held || balance->has_initial) {
        exchange_wait(exchange, is_held);
        exchange_look_again(exchange);
        return;
    }
    if (exchange->failure != NULL) {
        exchange_refuse(exchange, exchange->failure_status, exchange->failure);
        return;
    }
    exchange_refuse(exchange, 503,
                    exchange_view(exchange)->count == 0 ? "the group has no targets"
                                                        : "no target can take the request");
}

void exchange_choose(struct exchange *exchange)
{
    struct target *target;
    bool is_full;

    if (exchange->group == NULL ||
        balance_refresh(&exchange->group->balance, exchange_view(exchange),
                        worker_now_ns(exchange->worker)) < 0) {
        exchange_refuse(exchange, 503, "there is no memory");
        return;
    }
    target = exchange_pick(exchange, &is_full);
    if (target != NULL)
        exchange_take(exchange, target);
    else
        exchange_has_none(exchange, is_full);
}

/* There is a connection. */
void exchange_go(struct exchange *exchange)
{
    struct upstream *upstream = exchange->upstream;

    loop_timer_set_after(&exchange->worker->loop, &upstream->timer,
                         time_from_milliseconds(exchange->view->config->response_timeout_ms));
    upstream->request_count++;
    upstream->is_reusable = false;
    if (exchange->is_tcp) {
        tunnel_start(exchange);
        return;
    }
    /* An answer that came before the question: nobody will report it again. */
    if ((upstream->stream.source.readiness & LOOP_READABLE) != 0)
        loop_source_again(&upstream->stream.source);
    exchange->state = EXCHANGE_EXCHANGING;
    exchange->request_sent = false;
    exchange->request_broken = false;
    http1_response_init(&exchange->response, exchange->request.head.method);
    request_pump(exchange);
}

void exchange_record(struct exchange *exchange, struct target *target, bool failed)
{
    if (outlier_record(exchange_view(exchange), target, failed, worker_now_ns(exchange->worker)))
        EXCHANGE_COUNT(exchange, ejections);
}

/*
 * Once more
 */

/* Whether another target may be asked: nothing of the body has left, nothing was answered, and
 * either nothing was sent, or asking twice does no harm. */
static bool exchange_may_retry(const struct exchange *exchange, bool was_connecting, bool was_stale)
{
    uint32_t attempts_max = was_stale ? STALE_ATTEMPTS_MAX : exchange->view->config->retries_max;

    if (exchange->attempt_count > attempts_max || exchange->response_begun ||
        exchange->informational_count > 0 || exchange->body_bytes > 0 || exchange->body != NULL ||
        (exchange->upstream != NULL && exchange->upstream->in != NULL))
        return false;
    if (was_connecting)
        return true;
    return !exchange->is_tcp && http1_method_is_idempotent(exchange->request.head.method);
}

/* The budget: a share of all requests, and a few for a start. */
static bool exchange_may_spend(const struct exchange *exchange)
{
    return exchange->view->config->retry_percent != 0 && exchange->group->retry_tokens >= 1.0;
}

void exchange_earn_retry(struct exchange *exchange)
{
    struct worker_group *group = exchange->group;

    group->retry_tokens += exchange->view->config->retry_percent / 100.0;
    if (group->retry_tokens > RETRY_TOKENS_MAX)
        group->retry_tokens = RETRY_TOKENS_MAX;
}

void exchange_target_failed(struct exchange *exchange, unsigned status, const char *reason)
{
    struct worker_target *target = exchange->target;
    struct upstream *upstream = exchange->upstream;
    bool was_connecting = upstream == NULL || !upstream->is_connected;
    /* That a kept connection was just closed by its other end says nothing against the target. */
    bool was_stale = upstream != NULL && upstream->request_count > 1 && status == 502;
    bool may_retry = exchange_may_retry(exchange, was_connecting, was_stale);
    struct target *failed = upstream != NULL ? upstream->own : target->target;
    uint32_t slot = failed->slot;

    if (!was_stale)
        exchange_record(exchange, failed, true);
    if (upstream != NULL) {
        exchange->upstream = NULL;
        upstream_abort(upstream);
    }
    /* What never left the edge costs the target nothing, whoever gets it next. */
    exchange->retry_costs = !was_stale && !was_connecting;
    if (!may_retry || (exchange->retry_costs && !exchange_may_spend(exchange))) {
        exchange_refuse(exchange, status, reason);
        return;
    }
    exchange->failure = reason;
    exchange->failure_status = (uint16_t)status;
    if (!was_stale && exchange->tried_count < EXCHANGE_TRIED_MAX)
        exchange->tried[exchange->tried_count++] = slot;
    exchange_leave_target(exchange);
    exchange_choose(exchange);
}

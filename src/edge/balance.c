/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/balance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

enum {
    BALANCE_TURNS_MAX = 4096,
    BALANCE_COMPARED_MAX = 64, /* all targets of a group of so many are compared, */
    BALANCE_SAMPLE = 16,       /* and of a larger one so many */
};

#define BALANCE_BOUND_FLOOR 4
#define BALANCE_STEP_NS     (100 * TIME_MILLISECOND)

/* What a target's slot says. */
enum balance_standing {
    BALANCE_NEVER,   /* gets nothing */
    BALANCE_INITIAL, /* would get something once checked */
    BALANCE_FAILED,  /* where nobody else is there */
    BALANCE_READY,
};

void balance_init(struct balance *balance)
{
    *balance = (struct balance){0};
}

void balance_deinit(struct balance *balance)
{
    balance_ring_deinit(&balance->ring);
    free(balance->turns);
    free(balance->entries);
    *balance = (struct balance){0};
}

/*
 * Who may get a request
 */

static uint32_t balance_configured_weight(const struct group_view *view, uint32_t position)
{
    uint32_t weight =
        atomic_load_explicit(&view->targets[position]->state->weight, memory_order_relaxed);

    if (weight == STATE_WEIGHT_CONFIGURED)
        weight = view->target_configs[position].weight;
    return weight > ROUTE_WEIGHT_MAX ? ROUTE_WEIGHT_MAX : weight;
}

/* Lowers *until_ns to when the answer may become another by itself. */
static enum balance_standing balance_judge(const struct target *target, uint32_t weight,
                                           uint64_t now_ns, uint64_t *until_ns)
{
    const struct state_slot *slot = target->state;
    uint32_t health = atomic_load_explicit(&slot->health, memory_order_relaxed);
    uint64_t ejected_until_ns = atomic_load_explicit(&slot->ejected_until_ns, memory_order_relaxed);

    if (weight == 0 || target->family == ROUTE_FAMILY_NONE ||
        atomic_load_explicit(&slot->admin, memory_order_relaxed) != STATE_ADMIN_ENABLED)
        return BALANCE_NEVER;
    if (health == STATE_HEALTH_INITIAL)
        return BALANCE_INITIAL;
    if (health != STATE_HEALTH_HEALTHY && health != STATE_HEALTH_UNCHECKED)
        return BALANCE_FAILED;
    if (ejected_until_ns > now_ns) {
        if (ejected_until_ns < *until_ns)
            *until_ns = ejected_until_ns;
        return BALANCE_FAILED;
    }
    return BALANCE_READY;
}

bool balance_may_get(const struct group_view *view, uint32_t position, uint64_t now_ns)
{
    uint64_t until_ns = TIME_FOREVER;

    return balance_judge(view->targets[position], balance_configured_weight(view, position), now_ns,
                         &until_ns) == BALANCE_READY;
}

/* By a clock that goes in steps, the same ones for every thread. */
static uint32_t balance_slow_start(const struct group_view *view, const struct target *target,
                                   uint32_t weight, uint64_t now_ns, uint64_t *until_ns)
{
    uint64_t whole_ns = time_from_milliseconds(view->config->slow_start_ms);
    uint64_t from_ns =
        atomic_load_explicit(&target->state->slow_start_from_ns, memory_order_relaxed);
    uint64_t step_ns = now_ns - now_ns % BALANCE_STEP_NS;
    uint64_t passed_ns = time_subtract(step_ns, from_ns);

    if (whole_ns == 0 || from_ns == 0 || passed_ns >= whole_ns)
        return weight;
    if (step_ns + BALANCE_STEP_NS < *until_ns)
        *until_ns = step_ns + BALANCE_STEP_NS;
    weight = (uint32_t)((double)weight * (double)passed_ns / (double)whole_ns);
    return weight > 0 ? weight : 1;
}

static void balance_add(struct balance *balance, struct target *target, uint32_t weight)
{
    balance->weight_total += weight;
    balance->entries[balance->count++] =
        (struct balance_entry){.target = target, .weight = weight, .end = balance->weight_total};
}

/* Adds all of that standing, and notes those that wait. */
static void balance_gather(struct balance *balance, const struct group_view *view,
                           enum balance_standing wanted, uint64_t now_ns)
{
    for (uint32_t i = 0; i < view->count; i++) {
        struct target *target = view->targets[i];
        uint32_t weight = balance_configured_weight(view, i);
        enum balance_standing standing =
            balance_judge(target, weight, now_ns, &balance->valid_until_ns);

        if (standing == BALANCE_INITIAL)
            balance->has_initial = true;
        if (standing != wanted)
            continue;
        weight *= BALANCE_WEIGHT_UNIT;
        if (wanted == BALANCE_READY)
            weight = balance_slow_start(view, target, weight, now_ns, &balance->valid_until_ns);
        balance_add(balance, target, weight);
    }
}

/*
 * Turns
 */

static uint64_t balance_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* Turns of a short period are laid out: the turns of each target at equal distances, counted into
 * the places nearest to these. */
static int balance_lay_out_turns(struct balance *balance, uint64_t unit)
{
    uint16_t starts[BALANCE_TURNS_MAX + 1] = {0};
    uint64_t period = balance->period;

    if (balance->turns == NULL)
        balance->turns = malloc(BALANCE_TURNS_MAX * sizeof(*balance->turns));
    if (balance->turns == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < balance->count; i++) {
        uint64_t weight = balance->entries[i].weight / unit;

        for (uint64_t j = 0; j < weight; j++)
            starts[(2 * j + 1) * period / (2 * weight) + 1]++;
    }
    for (uint64_t i = 0; i < period; i++)
        starts[i + 1] = (uint16_t)(starts[i + 1] + starts[i]);
    for (uint32_t i = 0; i < balance->count; i++) {
        uint64_t weight = balance->entries[i].weight / unit;

        for (uint64_t j = 0; j < weight; j++)
            balance->turns[starts[(2 * j + 1) * period / (2 * weight)]++] = (uint16_t)i;
    }
    balance->turn_count = (uint32_t)period;
    return 0;
}

/* A long period is walked in steps of about the golden section of it, which have nothing in common
 * with it: every place comes once, and any stretch of turns is spread well. */
static uint64_t balance_golden_stride(uint64_t period)
{
    uint64_t stride = (uint64_t)((double)period * 0.6180339887498949);

    for (uint64_t distance = 0;; distance++) {
        if (balance_common_divisor(stride + distance, period) == 1)
            return stride + distance;
        if (distance < stride && balance_common_divisor(stride - distance, period) == 1)
            return stride - distance;
    }
}

static int balance_plan_turns(struct balance *balance)
{
    uint64_t unit = 0;

    balance->turn_count = 0;
    for (uint32_t i = 0; i < balance->count; i++)
        unit = balance_common_divisor(balance->entries[i].weight, unit);
    balance->period = balance->weight_total / unit;
    if (balance->period == balance->count) {
        balance->stride = 0; /* all equal: in their order */
        return 0;
    }
    if (balance->period <= BALANCE_TURNS_MAX)
        return balance_lay_out_turns(balance, unit);
    balance->period = balance->weight_total;
    balance->stride = balance_golden_stride(balance->period);
    return 0;
}

/* Places of the ring. The group's heaviest target, there or not, is what others are measured by. */
static int balance_plan_ring(struct balance *balance, const struct group_view *view)
{
    uint32_t points_max = balance_ring_points(view->count);
    uint32_t heaviest = 1;
    uint32_t entry = 0;
    int r = balance_ring_begin(&balance->ring, (uint64_t)points_max * balance->count);

    if (r < 0)
        return r;
    for (uint32_t i = 0; i < view->count; i++) {
        uint32_t weight = balance_configured_weight(view, i);

        if (weight > heaviest)
            heaviest = weight;
    }
    for (uint32_t i = 0; i < view->count && entry < balance->count; i++) {
        uint32_t weight = balance_configured_weight(view, i);
        uint32_t points = (uint32_t)((uint64_t)weight * points_max / heaviest);

        if (view->targets[i] != balance->entries[entry].target)
            continue;
        balance_ring_add(&balance->ring, entry, view->targets[i]->id, points > 0 ? points : 1);
        entry++;
    }
    balance_ring_finish(&balance->ring);
    return 0;
}

static int balance_reserve(struct balance *balance, uint32_t count)
{
    struct balance_entry *entries;

    if (count <= balance->capacity)
        return 0;
    entries = calloc(count, sizeof(*entries));
    if (entries == NULL)
        return -ENOMEM;
    free(balance->entries);
    balance->entries = entries;
    balance->capacity = count;
    return 0;
}

static int balance_make(struct balance *balance, const struct group_view *view, uint64_t now_ns)
{
    int r = balance_reserve(balance, view->count);

    if (r < 0)
        return r;
    balance_gather(balance, view, BALANCE_READY, now_ns);
    if (balance->count == 0) {
        balance_gather(balance, view, BALANCE_FAILED, now_ns);
        balance->is_fail_open = balance->count > 0;
    }
    if (balance->count == 0)
        return 0;
    r = balance_plan_turns(balance);
    if (r == 0 && view->config->algorithm == ROUTE_ALGORITHM_HASH)
        r = balance_plan_ring(balance, view);
    return r;
}

int balance_refresh(struct balance *balance, const struct group_view *view, uint64_t now_ns)
{
    uint32_t version = atomic_load_explicit(&view->group->version, memory_order_acquire);
    int r;

    if (version == balance->version && view == balance->view && now_ns < balance->valid_until_ns &&
        balance->group_id == view->group->id)
        return 0;
    balance->view = view;
    balance->version = version;
    balance->group_id = view->group->id;
    balance->valid_until_ns = TIME_FOREVER;
    balance->is_fail_open = false;
    balance->has_initial = false;
    balance->count = 0;
    balance->weight_total = 0;
    balance->load_total = 0;
    balance->total_age = UINT32_MAX;
    r = balance_make(balance, view, now_ns);
    if (r < 0) {
        balance->view = NULL;
        balance->count = 0;
    }
    return r;
}

/*
 * Choosing
 */

static bool balance_is_excluded(const struct balance_request *request, const struct target *target)
{
    for (uint32_t i = 0; i < request->excluded_count; i++) {
        if (request->excluded_slots[i] == target->slot)
            return true;
    }
    return false;
}

/* Whose part of all weights the place is in. */
static uint32_t balance_entry_at(const struct balance *balance, uint64_t place)
{
    uint32_t low = 0;
    uint32_t high = balance->count - 1;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (place < balance->entries[middle].end)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static uint64_t balance_scale(uint64_t random, uint64_t range)
{
    return (uint64_t)((unsigned __int128)random * range >> 64);
}

/* Another turn of the group's, which no other thread gets. */
static uint32_t balance_next_turn(struct balance *balance, bool is_again)
{
    uint64_t *next = &balance->view->group->turn;
    /* Who asks again goes on from where it was, and takes no turn from others. */
    uint64_t turn = is_again ? __atomic_load_n(next, __ATOMIC_RELAXED)
                             : __atomic_fetch_add(next, 1, __ATOMIC_RELAXED);

    turn %= balance->period;
    if (balance->turn_count > 0)
        return balance->turns[turn];
    if (balance->stride == 0)
        return (uint32_t)turn;
    return balance_entry_at(
        balance, (uint64_t)((unsigned __int128)turn * balance->stride % balance->period));
}

static uint32_t balance_least_outstanding(struct balance *balance, const struct state *state,
                                          const struct balance_request *request)
{
    bool compares_all = balance->count <= BALANCE_COMPARED_MAX;
    uint32_t steps = compares_all ? balance->count : BALANCE_SAMPLE;
    uint32_t candidate = balance_next_turn(balance, request->excluded_count > 0);
    uint64_t random = request->random;
    uint32_t best = candidate;
    uint64_t best_load = UINT64_MAX;

    for (uint32_t i = 0; i < steps; i++) {
        const struct balance_entry *entry = &balance->entries[candidate];

        if (!balance_is_excluded(request, entry->target)) {
            uint64_t load = balance_outstanding(state, entry->target);

            if (best_load == UINT64_MAX ||
                load * balance->entries[best].weight < best_load * entry->weight) {
                best = candidate;
                best_load = load;
            }
        }
        if (compares_all) {
            candidate = candidate + 1 < balance->count ? candidate + 1 : 0;
        } else {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            candidate = (uint32_t)balance_scale(random, balance->count);
        }
    }
    return best;
}

/* What is in flight to the group; in a large one, as it was a few requests ago. */
static uint64_t balance_load_total(struct balance *balance, const struct state *state)
{
    if (balance->total_age++ >= balance->count / 8) {
        balance->load_total = 0;
        for (uint32_t i = 0; i < balance->count; i++)
            balance->load_total += balance_outstanding(state, balance->entries[i].target);
        balance->total_age = 0;
    }
    return balance->load_total;
}

static uint32_t balance_by_hash(struct balance *balance, const struct state *state,
                                const struct balance_request *request)
{
    uint64_t key = request->has_key ? request->key_hash : request->random;
    uint32_t position = balance_ring_find(&balance->ring, key);
    uint64_t load_total = balance_load_total(balance, state) + 1;
    uint32_t fallback = UINT32_MAX;

    for (uint32_t i = 0; i < balance->ring.count; i++) {
        uint32_t member = balance_ring_member(&balance->ring, position);
        const struct balance_entry *entry = &balance->entries[member];
        /* 1.25 of its share, rounded up, and a few: where little is in flight, that two requests
         * of a key overlap must not send one of them elsewhere. */
        uint64_t bound =
            BALANCE_BOUND_FLOOR + (uint64_t)(((unsigned __int128)load_total * entry->weight * 5 +
                                              (unsigned __int128)balance->weight_total * 4 - 1) /
                                             ((unsigned __int128)balance->weight_total * 4));

        if (!balance_is_excluded(request, entry->target)) {
            if (balance_outstanding(state, entry->target) < bound)
                return member;
            if (fallback == UINT32_MAX)
                fallback = member;
        }
        if (++position == balance->ring.count)
            position = 0;
    }
    return fallback != UINT32_MAX ? fallback : balance_ring_member(&balance->ring, position);
}

static uint32_t balance_choose(struct balance *balance, const struct state *state,
                               const struct balance_request *request)
{
    switch ((enum route_algorithm)balance->view->config->algorithm) {
    case ROUTE_ALGORITHM_LEAST_OUTSTANDING:
        return balance_least_outstanding(balance, state, request);
    case ROUTE_ALGORITHM_WEIGHTED_RANDOM:
        return balance_entry_at(balance, balance_scale(request->random, balance->weight_total));
    case ROUTE_ALGORITHM_HASH:
        return balance_by_hash(balance, state, request);
    case ROUTE_ALGORITHM_ROUND_ROBIN:
        break;
    }
    return balance_next_turn(balance, request->excluded_count > 0);
}

struct target *balance_pick(struct balance *balance, const struct state *state,
                            const struct balance_request *request)
{
    uint32_t chosen;

    if (balance->count == 0)
        return NULL;
    if (balance->count == 1)
        return balance->entries[0].target;
    chosen = balance_choose(balance, state, request);
    for (uint32_t i = 0; i < balance->count; i++) {
        struct target *target = balance->entries[chosen].target;

        if (!balance_is_excluded(request, target))
            return target;
        chosen = chosen + 1 < balance->count ? chosen + 1 : 0;
    }
    return balance->entries[chosen].target;
}

struct target *balance_find(const struct balance *balance, uint64_t target_id)
{
    for (uint32_t i = 0; i < balance->count; i++) {
        if (balance->entries[i].target->id == target_id)
            return balance->entries[i].target;
    }
    return NULL;
}

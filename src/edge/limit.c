/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/limit.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/time.h"

enum {
    LIMIT_BUCKET_COUNT = 16384, /* a power of two */
    LIMIT_BUCKET_ENTRIES = 7,
    LIMIT_BUCKET_SIZE = 128,
};

/* The lowest bit of a key says what is counted; the rest is never 0. */
enum limit_kind {
    LIMIT_RATE,
    LIMIT_IN_USE,
};

struct limit_entry {
    uint64_t key;   /* 0: free */
    uint64_t value; /* when all tokens are back; or how many are in use */
};

struct limit_bucket {
    atomic_flag lock;
    _Alignas(8) struct limit_entry entries[LIMIT_BUCKET_ENTRIES];
    uint64_t unused;
};

_Static_assert(sizeof(struct limit_bucket) == LIMIT_BUCKET_SIZE, "two lines of the cache");

struct limits {
    _Atomic uint64_t lost_count;
    _Alignas(LIMIT_BUCKET_SIZE) struct limit_bucket buckets[LIMIT_BUCKET_COUNT];
};

struct limits *limits_new(void)
{
    struct limits *limits = aligned_alloc(LIMIT_BUCKET_SIZE, sizeof(*limits));

    if (limits == NULL)
        return NULL;
    memset(limits, 0, sizeof(*limits));
    for (uint32_t i = 0; i < LIMIT_BUCKET_COUNT; i++)
        atomic_flag_clear_explicit(&limits->buckets[i].lock, memory_order_relaxed);
    return limits;
}

struct limits *limits_free(struct limits *limits)
{
    free(limits);
    return NULL;
}

uint64_t limits_lost_count(const struct limits *limits)
{
    return atomic_load_explicit(&limits->lost_count, memory_order_relaxed);
}

uint64_t limit_key(uint64_t limit_id, const void *data, size_t size)
{
    const uint64_t parts[2] = {limit_id, size > 0 ? hash_bytes(data, size) : 0};

    return hash_bytes(parts, sizeof(parts));
}

uint64_t limit_source_key(uint64_t limit_id, const struct route_peer *peer)
{
    uint8_t source[9] = {(uint8_t)peer->family};

    if (peer->family == ROUTE_FAMILY_IPV4)
        memcpy(source + 1, peer->bytes, 4);
    else if (peer->family == ROUTE_FAMILY_IPV6)
        memcpy(source + 1, peer->bytes, 8);
    return limit_key(limit_id, source, sizeof(source));
}

/*
 * Both buckets of a key, locked
 */

struct limit_place {
    struct limit_bucket *buckets[2];
    uint32_t bucket_count; /* 1 where both are the same */
    uint64_t key;
};

static void limit_lock(struct limit_bucket *bucket)
{
    while (atomic_flag_test_and_set_explicit(&bucket->lock, memory_order_acquire))
        __builtin_ia32_pause();
}

/* In the order of their addresses, so that no two threads wait for each other. */
static void limit_enter(struct limits *limits, uint64_t key, enum limit_kind kind,
                        struct limit_place *ret_place)
{
    uint32_t first = (uint32_t)(key >> 32) & (LIMIT_BUCKET_COUNT - 1);
    uint32_t second = (uint32_t)(key >> 48) * 0x9e3779b1u >> 18 & (LIMIT_BUCKET_COUNT - 1);

    if (first > second) {
        uint32_t swapped = first;

        first = second;
        second = swapped;
    }
    ret_place->key = (key | 2) >> 1 << 1 | (uint64_t)kind;
    ret_place->buckets[0] = &limits->buckets[first];
    ret_place->buckets[1] = &limits->buckets[second];
    ret_place->bucket_count = first == second ? 1 : 2;
    for (uint32_t i = 0; i < ret_place->bucket_count; i++)
        limit_lock(ret_place->buckets[i]);
}

static void limit_leave(const struct limit_place *place)
{
    for (uint32_t i = 0; i < place->bucket_count; i++)
        atomic_flag_clear_explicit(&place->buckets[i]->lock, memory_order_release);
}

static struct limit_entry *limit_find(const struct limit_place *place)
{
    for (uint32_t i = 0; i < place->bucket_count; i++) {
        for (uint32_t j = 0; j < LIMIT_BUCKET_ENTRIES; j++) {
            if (place->buckets[i]->entries[j].key == place->key)
                return &place->buckets[i]->entries[j];
        }
    }
    return NULL;
}

/* A free entry, of the bucket that has more of them; else the rate that gives way; else NULL. */
static struct limit_entry *limit_make_room(const struct limit_place *place,
                                           struct limit_entry **ret_victim)
{
    struct limit_entry *room = NULL;
    struct limit_entry *victim = NULL;
    uint32_t most_free = 0;

    for (uint32_t i = 0; i < place->bucket_count; i++) {
        struct limit_entry *here = NULL;
        uint32_t free_count = 0;

        for (uint32_t j = 0; j < LIMIT_BUCKET_ENTRIES; j++) {
            struct limit_entry *entry = &place->buckets[i]->entries[j];

            if (entry->key == 0) {
                here = entry;
                free_count++;
            } else if ((entry->key & 1) == LIMIT_RATE &&
                       (victim == NULL || entry->value < victim->value)) {
                victim = entry;
            }
        }
        if (free_count > most_free) {
            most_free = free_count;
            room = here;
        }
    }
    *ret_victim = room == NULL ? victim : NULL;
    return room != NULL ? room : victim;
}

static void limit_count_lost(struct limits *limits)
{
    atomic_fetch_add_explicit(&limits->lost_count, 1, memory_order_relaxed);
}

/* The key's entry, new where there was none, with its value at 0. NULL where there is no room.
 * now_ns tells which rates lose nothing by giving way; 0 where that is not known. */
static struct limit_entry *limit_take(struct limits *limits, const struct limit_place *place,
                                      uint64_t now_ns)
{
    struct limit_entry *entry = limit_find(place);
    struct limit_entry *victim;

    if (entry != NULL)
        return entry;
    entry = limit_make_room(place, &victim);
    if (entry == NULL || (victim != NULL && victim->value > now_ns))
        limit_count_lost(limits);
    if (entry != NULL)
        *entry = (struct limit_entry){.key = place->key};
    return entry;
}

/*
 * Rates
 */

/* The entry holds when all tokens will be back if nothing comes: each request moves that on by the
 * time that a token takes, and may not move it further than the burst. */
static bool limit_take_token(uint64_t *full_at_ns, const struct limit_rate *rate, uint64_t now_ns,
                             uint64_t *ret_retry_after_ms)
{
    uint64_t token_ns = time_from_milliseconds(rate->period_ms) / rate->requests;
    uint64_t burst = rate->burst > 0 ? rate->burst : 1;
    uint64_t burst_ns;
    uint64_t at_ns = *full_at_ns > now_ns ? *full_at_ns : now_ns;

    if (token_ns == 0)
        token_ns = 1;
    burst_ns = time_multiply(token_ns, burst);
    /* The limit may have become another since. */
    if (at_ns > time_add(now_ns, burst_ns))
        at_ns = time_add(now_ns, burst_ns);
    *full_at_ns = at_ns;
    if (time_add(at_ns, token_ns) > time_add(now_ns, burst_ns)) {
        uint64_t wait_ns = at_ns + token_ns - now_ns - burst_ns;

        *ret_retry_after_ms = (wait_ns + TIME_MILLISECOND - 1) / TIME_MILLISECOND;
        return false;
    }
    *full_at_ns = at_ns + token_ns;
    return true;
}

bool limit_allow_request(struct limits *limits, uint64_t key, const struct limit_rate *rate,
                         uint64_t now_ns, uint64_t *ret_retry_after_ms)
{
    struct limit_place place;
    struct limit_entry *entry;
    bool is_allowed = true;

    assert(rate->requests > 0);
    limit_enter(limits, key, LIMIT_RATE, &place);
    entry = limit_take(limits, &place, now_ns);
    if (entry != NULL)
        is_allowed = limit_take_token(&entry->value, rate, now_ns, ret_retry_after_ms);
    limit_leave(&place);
    return is_allowed;
}

/*
 * Numbers in use
 */

enum limit_answer limit_acquire(struct limits *limits, uint64_t key, uint32_t max)
{
    enum limit_answer answer = LIMIT_HELD;
    struct limit_place place;
    struct limit_entry *entry;

    if (max == 0)
        return LIMIT_REFUSED;
    limit_enter(limits, key, LIMIT_IN_USE, &place);
    entry = limit_take(limits, &place, 0);
    if (entry == NULL)
        answer = LIMIT_UNCOUNTED;
    else if (entry->value >= max)
        answer = LIMIT_REFUSED;
    else
        entry->value++;
    limit_leave(&place);
    return answer;
}

void limit_release(struct limits *limits, uint64_t key)
{
    struct limit_place place;
    struct limit_entry *entry;

    limit_enter(limits, key, LIMIT_IN_USE, &place);
    entry = limit_find(&place);
    assert(entry != NULL && entry->value > 0);
    if (--entry->value == 0)
        *entry = (struct limit_entry){0};
    limit_leave(&place);
}

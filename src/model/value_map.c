/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps: the entries in order, and once there are many an open-addressing table of their numbers,
 * counted from 1.
 */
#include "model/value.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "model/value_priv.h"

/* Up to this many entries a map is searched from the front: an index would cost more. */
#define SMALL_MAP_MAX 8

/* The slot where the key is, or the free one where it would be. */
static uint32_t find_slot(const struct value *map, const char *key, size_t key_length)
{
    uint32_t mask = map->map.slot_count - 1;
    uint32_t slot = (uint32_t)hash_bytes(key, key_length) & mask;

    while (map->map.slots[slot] != 0) {
        if (value_entry_has_key(&map->map.entries[map->map.slots[slot] - 1], key, key_length))
            break;
        slot = (slot + 1) & mask;
    }
    return slot;
}

static void rebuild_slots(struct value *map)
{
    uint32_t mask = map->map.slot_count - 1;

    if (map->map.slots == NULL)
        return;
    memset(map->map.slots, 0, map->map.slot_count * sizeof(*map->map.slots));
    for (uint32_t i = 0; i < map->map.count; i++) {
        const struct value_entry *entry = &map->map.entries[i];
        uint32_t slot = (uint32_t)hash_bytes(entry->key, entry->key_length) & mask;

        while (map->map.slots[slot] != 0)
            slot = (slot + 1) & mask;
        map->map.slots[slot] = i + 1;
    }
}

static void grow_map(struct arena *arena, struct value *map)
{
    uint32_t capacity = value_next_capacity(arena, map->map.capacity);

    map->map.entries =
        arena_grow(arena, map->map.entries, map->map.capacity * sizeof(*map->map.entries),
                   capacity * sizeof(*map->map.entries));
    map->map.capacity = capacity;
    if (capacity > SMALL_MAP_MAX) {
        map->map.slots = arena_new_array(arena, uint32_t, (size_t)capacity * 2);
        map->map.slot_count = capacity * 2;
        rebuild_slots(map);
    }
}

struct value_entry *value_map_find(const struct value *map, const char *key, size_t key_length)
{
    assert(value_is(map, VALUE_MAP));
    if (map->map.slots != NULL) {
        uint32_t number = map->map.slots[find_slot(map, key, key_length)];

        return number == 0 ? NULL : &map->map.entries[number - 1];
    }
    for (uint32_t i = 0; i < map->map.count; i++)
        if (value_entry_has_key(&map->map.entries[i], key, key_length))
            return &map->map.entries[i];
    return NULL;
}

struct value *value_get(const struct value *map, const char *key)
{
    const struct value_entry *entry;

    if (!value_is(map, VALUE_MAP))
        return NULL;
    entry = value_map_find(map, key, strlen(key));
    return entry == NULL ? NULL : entry->value;
}

const char *value_get_text(const struct value *map, const char *key)
{
    const struct value *value = value_get(map, key);

    return value_is(value, VALUE_STRING) ? value->string.text : NULL;
}

/* The key must not be in the map and must already belong to the arena. */
static struct value_entry *append_entry(struct arena *arena, struct value *map,
                                        struct value_entry entry)
{
    if (map->map.count == map->map.capacity)
        grow_map(arena, map);
    map->map.entries[map->map.count++] = entry;
    if (map->map.slots != NULL)
        map->map.slots[find_slot(map, entry.key, entry.key_length)] = map->map.count;
    return &map->map.entries[map->map.count - 1];
}

struct value_entry *value_map_put(struct arena *arena, struct value *map, const char *key,
                                  size_t key_length, struct mark mark, struct value *value)
{
    struct value_entry *entry = value_map_find(map, key, key_length);

    if (entry != NULL) {
        entry->mark = mark;
        entry->value = value;
        return entry;
    }
    if (key_length > UINT32_MAX)
        value_fail_too_large(arena);
    return append_entry(arena, map,
                        (struct value_entry){.key = arena_strndup(arena, key, key_length),
                                             .key_length = (uint32_t)key_length,
                                             .mark = mark,
                                             .value = value});
}

struct value_entry *value_set(struct arena *arena, struct value *map, const char *key,
                              struct value *value)
{
    return value_map_put(arena, map, key, strlen(key), value->mark, value);
}

/* Frees the slot, moving back those that had to go past it, and renumbers the entries behind. Only
 * the run of full slots is hashed again, so that removing one key stays cheap. */
static void remove_slot(struct value *map, uint32_t hole)
{
    uint32_t *slots = map->map.slots;
    uint32_t mask = map->map.slot_count - 1;
    uint32_t number = slots[hole];

    for (uint32_t slot = (hole + 1) & mask; slots[slot] != 0; slot = (slot + 1) & mask) {
        const struct value_entry *entry = &map->map.entries[slots[slot] - 1];
        uint32_t home = (uint32_t)hash_bytes(entry->key, entry->key_length) & mask;

        if (((slot - home) & mask) >= ((slot - hole) & mask)) {
            slots[hole] = slots[slot];
            hole = slot;
        }
    }
    slots[hole] = 0;
    if (number == map->map.count)
        return;
    for (uint32_t slot = 0; slot <= mask; slot++)
        slots[slot] -= slots[slot] > number;
}

bool value_map_remove(struct value *map, const char *key, size_t key_length)
{
    struct value_entry *entry = value_map_find(map, key, key_length);
    size_t behind;

    if (entry == NULL)
        return false;
    if (map->map.slots != NULL)
        remove_slot(map, find_slot(map, key, key_length));
    behind = map->map.count - (size_t)(entry - map->map.entries) - 1;
    memmove(entry, entry + 1, behind * sizeof(*entry));
    map->map.count--;
    return true;
}

void value_map_filter(struct value *map,
                      bool (*keep)(const struct value_entry *entry, const void *context),
                      const void *context)
{
    uint32_t kept = 0;

    assert(value_is(map, VALUE_MAP));
    for (uint32_t i = 0; i < map->map.count; i++)
        if (keep(&map->map.entries[i], context))
            map->map.entries[kept++] = map->map.entries[i];
    if (kept == map->map.count)
        return;
    map->map.count = kept;
    rebuild_slots(map);
}

static int compare_keys(const void *left, const void *right)
{
    const struct value_entry *a = left;
    const struct value_entry *b = right;
    uint32_t common = a->key_length < b->key_length ? a->key_length : b->key_length;
    int order = memcmp(a->key, b->key, common);

    return order != 0 ? order : (a->key_length > b->key_length) - (a->key_length < b->key_length);
}

static bool is_sorted(const struct value *map)
{
    for (uint32_t i = 1; i < map->map.count; i++)
        if (compare_keys(&map->map.entries[i - 1], &map->map.entries[i]) > 0)
            return false;
    return true;
}

void value_map_sort(struct value *map)
{
    assert(value_is(map, VALUE_MAP));
    if (is_sorted(map))
        return;
    qsort(map->map.entries, map->map.count, sizeof(*map->map.entries), compare_keys);
    rebuild_slots(map);
}

struct sort_order {
    int (*compare)(const struct value_entry *a, const struct value_entry *b, const void *context);
    const void *context;
};

static int compare_by_order(const void *a, const void *b, void *order)
{
    const struct sort_order *sort_order = order;

    return sort_order->compare(a, b, sort_order->context);
}

void value_map_sort_by(struct value *map,
                       int (*compare)(const struct value_entry *a, const struct value_entry *b,
                                      const void *context),
                       const void *context)
{
    struct sort_order order = {.compare = compare, .context = context};

    assert(value_is(map, VALUE_MAP));
    if (map->map.count < 2)
        return;
    qsort_r(map->map.entries, map->map.count, sizeof(*map->map.entries), compare_by_order, &order);
    rebuild_slots(map);
}

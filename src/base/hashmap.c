/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hashmap.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

#define HASHMAP_CAPACITY_MIN 8

void hashmap_init(struct hashmap *map, struct arena *arena)
{
    *map = (struct hashmap){.arena = arena};
}

static bool hashmap_entry_matches(const struct hashmap_entry *entry, const char *key,
                                  size_t key_length)
{
    return entry->key_length == key_length &&
           (key_length == 0 || memcmp(entry->key, key, key_length) == 0);
}

/* The slot that holds the key, or the free one where it belongs. There is always a free one, as
 * half of the slots at least stay free. */
static uint32_t *hashmap_slot(uint32_t *slots, size_t slot_count,
                              const struct hashmap_entry *entries, const char *key,
                              size_t key_length)
{
    size_t position = hash_bytes(key, key_length) & (slot_count - 1);

    while (slots[position] != 0 &&
           !hashmap_entry_matches(&entries[slots[position] - 1], key, key_length))
        position = (position + 1) & (slot_count - 1);
    return &slots[position];
}

static struct hashmap_entry *hashmap_find(const struct hashmap *map, const char *key,
                                          size_t key_length)
{
    uint32_t slot;

    if (map->count == 0)
        return NULL;
    slot = *hashmap_slot(map->slots, map->slot_count, map->entries, key, key_length);
    return slot != 0 ? &map->entries[slot - 1] : NULL;
}

void *hashmap_get(const struct hashmap *map, const char *key, size_t key_length)
{
    const struct hashmap_entry *entry = hashmap_find(map, key, key_length);

    return entry != NULL ? entry->value : NULL;
}

bool hashmap_has(const struct hashmap *map, const char *key, size_t key_length)
{
    return hashmap_find(map, key, key_length) != NULL;
}

/* Room for one entry more. Everything is allocated before the map is changed, so that a map whose
 * arena failed is still whole. */
static void hashmap_reserve(struct hashmap *map)
{
    size_t capacity = map->capacity == 0 ? HASHMAP_CAPACITY_MIN : map->capacity * 2;
    size_t slot_count = capacity * 2;
    struct hashmap_entry *entries;
    uint32_t *slots;

    if (map->count < map->capacity) {
        assert(map->entries != NULL);
        return;
    }
    assert(map->count == 0 || map->entries != NULL);
    if (capacity > UINT32_MAX / 2)
        capacity = SIZE_MAX; /* entry numbers would not fit: more than any arena gives */

    slots = arena_new_array(map->arena, uint32_t, slot_count);
    entries = arena_new_array(map->arena, struct hashmap_entry, capacity);
    for (size_t i = 0; i < map->count; i++) {
        entries[i] = map->entries[i];
        *hashmap_slot(slots, slot_count, entries, entries[i].key, entries[i].key_length) =
            (uint32_t)i + 1;
    }
    map->entries = entries;
    map->capacity = capacity;
    map->slots = slots;
    map->slot_count = slot_count;
}

void *hashmap_put(struct hashmap *map, const char *key, size_t key_length, void *value)
{
    struct hashmap_entry *entry = hashmap_find(map, key, key_length);
    const char *copy;

    if (entry != NULL) {
        void *before = entry->value;

        entry->value = value;
        return before;
    }

    hashmap_reserve(map);
    copy = arena_strndup(map->arena, key, key_length);
    map->entries[map->count] = (struct hashmap_entry){copy, key_length, value};
    map->count++;
    *hashmap_slot(map->slots, map->slot_count, map->entries, key, key_length) =
        (uint32_t)map->count;
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings to pointers, in arena memory, in the order of insertion. Keys are copied. Lookups hash
 * with a seed chosen per process, so that hostile keys cannot be made to collide.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct hashmap_entry {
    const char *key; /* ends in NUL */
    size_t key_length;
    void *value;
};

struct hashmap {
    struct arena *arena;
    struct hashmap_entry *entries;
    size_t count;
    size_t capacity;
    uint32_t *slots; /* entry number + 1; 0 is free */
    size_t slot_count;
};

void hashmap_init(struct hashmap *map, struct arena *arena);

/* The value under the key, or NULL. */
void *hashmap_get(const struct hashmap *map, const char *key, size_t key_length);
bool hashmap_has(const struct hashmap *map, const char *key, size_t key_length);

/* Inserts or replaces; returns the value that stood there before, or NULL. */
void *hashmap_put(struct hashmap *map, const char *key, size_t key_length, void *value);

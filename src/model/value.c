/* SPDX-License-Identifier: Apache-2.0 */
#include "model/value.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "model/real.h"
#include "model/value_priv.h"

/* Containers count in 32 bits, and a map needs two slots for each entry. */
#define CAPACITY_INITIAL 4
#define CAPACITY_MAX     (UINT32_MAX / 4)

void value_fail_too_large(struct arena *arena)
{
    (void)arena_alloc(arena, SIZE_MAX / 2);
    abort(); /* the arena never returns from that */
}

uint32_t value_next_capacity(struct arena *arena, uint32_t capacity)
{
    if (capacity > CAPACITY_MAX / 2)
        value_fail_too_large(arena);
    return capacity == 0 ? CAPACITY_INITIAL : capacity * 2;
}

struct value *value_new(struct arena *arena, enum value_kind kind, struct mark mark)
{
    struct value *value = arena_new(arena, struct value);

    value->kind = (uint8_t)kind;
    value->mark = mark;
    if (kind == VALUE_STRING)
        value->string.text = "";
    return value;
}

struct value *value_new_bool(struct arena *arena, bool boolean, struct mark mark)
{
    struct value *value = value_new(arena, VALUE_BOOL, mark);

    value->boolean = boolean;
    return value;
}

struct value *value_new_integer(struct arena *arena, int64_t integer, struct mark mark)
{
    struct value *value = value_new(arena, VALUE_INTEGER, mark);

    value->integer = integer;
    return value;
}

struct value *value_new_real(struct arena *arena, double real, struct mark mark)
{
    struct value *value = value_new(arena, VALUE_REAL, mark);

    value->real = real;
    return value;
}

struct value *value_new_string(struct arena *arena, const char *text, size_t length,
                               struct mark mark)
{
    struct value *value = value_new(arena, VALUE_STRING, mark);

    value->string.text = arena_strndup(arena, text, length);
    value->string.length = length;
    return value;
}

/* Lists */

void value_list_append(struct arena *arena, struct value *list, struct value *item)
{
    assert(value_is(list, VALUE_LIST));
    if (list->list.count == list->list.capacity) {
        uint32_t capacity = value_next_capacity(arena, list->list.capacity);

        list->list.items =
            arena_grow(arena, list->list.items, list->list.capacity * sizeof(*list->list.items),
                       capacity * sizeof(*list->list.items));
        list->list.capacity = capacity;
    }
    list->list.items[list->list.count++] = item;
}

void value_list_remove(struct value *list, uint32_t position)
{
    assert(value_is(list, VALUE_LIST) && position < list->list.count);
    memmove(list->list.items + position, list->list.items + position + 1,
            (list->list.count - position - 1) * sizeof(*list->list.items));
    list->list.count--;
}

/* Whole trees */

static void copy_list(struct arena *arena, struct value *copy, const struct value *list)
{
    copy->list.count = copy->list.capacity = list->list.count;
    copy->list.items =
        list->list.count == 0 ? NULL : arena_new_array(arena, struct value *, list->list.count);
    for (uint32_t i = 0; i < list->list.count; i++)
        copy->list.items[i] = value_copy(arena, list->list.items[i]);
}

/* The copy has the same entries in the same places, so its index is the same too. */
static void copy_map(struct arena *arena, struct value *copy, const struct value *map)
{
    if (map->map.capacity == 0)
        return;
    copy->map.entries = arena_new_array(arena, struct value_entry, map->map.capacity);
    for (uint32_t i = 0; i < map->map.count; i++) {
        const struct value_entry *entry = &map->map.entries[i];

        copy->map.entries[i] = *entry;
        copy->map.entries[i].key = arena_strndup(arena, entry->key, entry->key_length);
        copy->map.entries[i].value = value_copy(arena, entry->value);
    }
    if (map->map.slots == NULL)
        return;
    copy->map.slots = arena_new_array(arena, uint32_t, map->map.slot_count);
    memcpy(copy->map.slots, map->map.slots, map->map.slot_count * sizeof(*map->map.slots));
}

struct value *value_copy(struct arena *arena, const struct value *value)
{
    struct value *copy;

    if (value == NULL)
        return NULL;
    copy = arena_new(arena, struct value);
    *copy = *value;
    if (value->kind == VALUE_STRING)
        copy->string.text = arena_strndup(arena, value->string.text, value->string.length);
    else if (value->kind == VALUE_LIST)
        copy_list(arena, copy, value);
    else if (value->kind == VALUE_MAP)
        copy_map(arena, copy, value);
    return copy;
}

static bool lists_equal(const struct value *a, const struct value *b)
{
    if (a->list.count != b->list.count)
        return false;
    for (uint32_t i = 0; i < a->list.count; i++)
        if (!value_equal(a->list.items[i], b->list.items[i]))
            return false;
    return true;
}

static bool maps_equal(const struct value *a, const struct value *b)
{
    if (a->map.count != b->map.count)
        return false;
    for (uint32_t i = 0; i < a->map.count; i++) {
        const struct value_entry *entry = &a->map.entries[i];
        const struct value_entry *other = &b->map.entries[i];

        /* Most maps that are equal are also in the same order. */
        if (!value_entry_has_key(other, entry->key, entry->key_length))
            other = value_map_find(b, entry->key, entry->key_length);
        if (other == NULL || !value_equal(entry->value, other->value))
            return false;
    }
    return true;
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (a == b)
        return true;
    if (a == NULL || b == NULL || a->kind != b->kind)
        return false;
    switch ((enum value_kind)a->kind) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return a->boolean == b->boolean;
    case VALUE_INTEGER:
        return a->integer == b->integer;
    case VALUE_REAL:
        return a->real == b->real || (isnan(a->real) && isnan(b->real));
    case VALUE_STRING:
        return a->string.length == b->string.length &&
               memcmp(a->string.text, b->string.text, a->string.length) == 0;
    case VALUE_LIST:
        return lists_equal(a, b);
    case VALUE_MAP:
        return maps_equal(a, b);
    }
    return false;
}

/* Text */

bool value_is_text(const struct value *value, const char *text)
{
    return value_is(value, VALUE_STRING) && strcmp(value->string.text, text) == 0;
}

const char *value_kind_name(enum value_kind kind)
{
    switch (kind) {
    case VALUE_NULL:
        return "null";
    case VALUE_BOOL:
        return "a boolean";
    case VALUE_INTEGER:
        return "an integer";
    case VALUE_REAL:
        return "a number";
    case VALUE_STRING:
        return "a string";
    case VALUE_LIST:
        return "a list";
    case VALUE_MAP:
        return "a map";
    }
    return "unknown";
}

const char *value_scalar_text(struct arena *arena, const struct value *scalar)
{
    struct real_text text;

    if (scalar == NULL)
        return NULL;
    switch ((enum value_kind)scalar->kind) {
    case VALUE_BOOL:
        return scalar->boolean ? "true" : "false";
    case VALUE_INTEGER:
        return arena_printf(arena, "%" PRId64, scalar->integer);
    case VALUE_REAL:
        text = real_text(scalar->real, REAL_PLAIN);
        return arena_strndup(arena, text.data, text.length);
    case VALUE_STRING:
        return scalar->string.text;
    case VALUE_NULL:
    case VALUE_LIST:
    case VALUE_MAP:
        break;
    }
    return NULL;
}

static uint64_t hash_pair(uint64_t a, uint64_t b)
{
    const uint64_t pair[2] = {a, b};

    return hash_bytes(pair, sizeof(pair));
}

uint64_t value_hash(const struct value *value)
{
    uint64_t hash = value->kind;
    double real;

    switch ((enum value_kind)value->kind) {
    case VALUE_NULL:
        break;
    case VALUE_BOOL:
        return hash_pair(hash, value->boolean);
    case VALUE_INTEGER:
        return hash_pair(hash, (uint64_t)value->integer);
    case VALUE_REAL:
        /* Zero is equal to its negative, and every NaN to every other. */
        real = isnan(value->real) ? (double)NAN : value->real + 0.0;
        return hash_pair(hash, hash_bytes(&real, sizeof(real)));
    case VALUE_STRING:
        return hash_pair(hash, hash_bytes(value->string.text, value->string.length));
    case VALUE_LIST:
        for (uint32_t i = 0; i < value->list.count; i++)
            hash = hash_pair(hash, value_hash(value->list.items[i]));
        break;
    case VALUE_MAP:
        /* Added up, since the order of keys does not count. */
        for (uint32_t i = 0; i < value->map.count; i++) {
            const struct value_entry *entry = &value->map.entries[i];

            hash += hash_pair(hash_bytes(entry->key, entry->key_length), value_hash(entry->value));
        }
        break;
    }
    return hash;
}

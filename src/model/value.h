/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree that a user's file becomes: scalars, lists and maps, each knowing where it was written.
 * All of it lives in one arena and is freed with it. Maps keep the order of insertion and find keys
 * in constant time.
 *
 * What walks whole trees (copy, compare, write) recurs as deep as the tree; whoever builds one from
 * outside input caps its depth, as the reader of files does at 100.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Where something was written. source numbers the file in the list of its reader; line and column
 * count from 1; line 0 means "made by us, not written anywhere". Columns count characters. */
struct mark {
    uint32_t source;
    uint32_t line;
    uint32_t column;
};

enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INTEGER,
    VALUE_REAL,
    VALUE_STRING,
    VALUE_LIST,
    VALUE_MAP,
};

/* How a node asked to be merged: !reset removes what an earlier file set, !override replaces it. */
enum value_tag {
    VALUE_TAG_NONE,
    VALUE_TAG_RESET,
    VALUE_TAG_OVERRIDE,
};

struct value_entry;

struct value {
    uint8_t kind; /* enum value_kind */
    uint8_t tag;  /* enum value_tag */
    bool quoted;  /* a string that was quoted or a block, so never another type */
    bool block;   /* a string written as a block: its text begins in the line below its mark */
    bool filled;  /* a string into which variables were put, so perhaps meant as another type */
    struct mark mark;
    union {
        bool boolean;
        int64_t integer;
        double real;
        struct {
            const char *text; /* ends in NUL and holds no other */
            size_t length;
        } string;
        struct {
            struct value **items;
            uint32_t count;
            uint32_t capacity;
        } list;
        struct {
            struct value_entry *entries;
            uint32_t *slots; /* NULL while the map is small */
            uint32_t count;
            uint32_t capacity;
            uint32_t slot_count;
        } map;
    };
};

struct value_entry {
    const char *key; /* ends in NUL */
    uint32_t key_length;
    struct mark mark; /* of the key */
    struct value *value;
};

struct value *value_new(struct arena *arena, enum value_kind kind, struct mark mark);
struct value *value_new_bool(struct arena *arena, bool boolean, struct mark mark);
struct value *value_new_integer(struct arena *arena, int64_t integer, struct mark mark);
struct value *value_new_real(struct arena *arena, double real, struct mark mark);
struct value *value_new_string(struct arena *arena, const char *text, size_t length,
                               struct mark mark); /* copies text */

/* A deep copy; marks are kept. */
struct value *value_copy(struct arena *arena, const struct value *value);

/* Equal in kind and content; the order of map keys and the marks do not count. */
bool value_equal(const struct value *a, const struct value *b);

/* Equal for equal values, and by hash_bytes() for hardly any others. */
uint64_t value_hash(const struct value *value);

void value_list_append(struct arena *arena, struct value *list, struct value *item);
void value_list_remove(struct value *list, uint32_t position);

struct value_entry *value_map_find(const struct value *map, const char *key, size_t key_length);

/* NULL where the value is no map or has no such key. */
struct value *value_get(const struct value *map, const char *key);
const char *value_get_text(const struct value *map, const char *key); /* NULL when not a string */

/* Adds the key or replaces its value; the key is copied. Returns the entry, valid until the next
 * change of the map. */
struct value_entry *value_map_put(struct arena *arena, struct value *map, const char *key,
                                  size_t key_length, struct mark mark, struct value *value);
struct value_entry *value_set(struct arena *arena, struct value *map, const char *key,
                              struct value *value); /* mark taken from the value */
bool value_map_remove(struct value *map, const char *key, size_t key_length);

/* Keeps the entries that the function says yes to, in their order, in one pass. */
void value_map_filter(struct value *map,
                      bool (*keep)(const struct value_entry *entry, const void *context),
                      const void *context);

/* Sorts the entries of one map by key, bytewise. */
void value_map_sort(struct value *map);
void value_map_sort_by(struct value *map,
                       int (*compare)(const struct value_entry *a, const struct value_entry *b,
                                      const void *context),
                       const void *context);

static inline bool value_is(const struct value *value, enum value_kind kind)
{
    return value != NULL && value->kind == kind;
}

/* How many there are; 0 also for NULL and for other kinds, so that loops need not ask. */
static inline uint32_t value_list_count(const struct value *list)
{
    return value_is(list, VALUE_LIST) ? list->list.count : 0;
}

static inline uint32_t value_map_count(const struct value *map)
{
    return value_is(map, VALUE_MAP) ? map->map.count : 0;
}

bool value_is_text(const struct value *value, const char *text);

/* "a string", "a list", ...: for messages. */
const char *value_kind_name(enum value_kind kind);

/* The scalar as text, the way the reference implementation prints it: true, 8, 1.5, 1e+21.
 * A string is returned as it is; NULL for null, lists and maps. */
const char *value_scalar_text(struct arena *arena, const struct value *scalar);

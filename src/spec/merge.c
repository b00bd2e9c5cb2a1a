/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/merge.h"

#include <inttypes.h>
#include <string.h>

#include "base/hashmap.h"

/* Lists */

static const char *text_or(const struct value *map, const char *key, const char *fallback)
{
    const char *text = value_get_text(map, key);

    return text != NULL && *text != '\0' ? text : fallback;
}

static const char *port_identity(struct arena *arena, const struct value *port)
{
    const struct value *target = value_get(port, "target");

    return arena_printf(arena, "%s:%s:%" PRId64 "/%s", text_or(port, "host_ip", "0.0.0.0"),
                        text_or(port, "published", ""),
                        value_is(target, VALUE_INTEGER) ? target->integer : 0,
                        text_or(port, "protocol", "tcp"));
}

static const char *target_identity(struct arena *arena, const struct value *item,
                                   const char *prefix)
{
    const char *target = value_get_text(item, "target");
    const char *source = value_get_text(item, "source");

    if (target != NULL)
        return target;
    return source != NULL ? arena_printf(arena, "%s%s", prefix, source) : NULL;
}

static const char *text_identity(struct arena *arena, const struct value *item)
{
    const char *equals;

    if (item->kind != VALUE_STRING)
        return NULL;
    equals = memchr(item->string.text, '=', item->string.length);
    if (equals == NULL)
        return item->string.text;
    return arena_strndup(arena, item->string.text, (size_t)(equals - item->string.text));
}

/* What the item is known by, or NULL when it is like no other. */
static const char *identity_of(struct arena *arena, const struct value *item,
                               const struct schema *schema)
{
    if (schema->identity == IDENTITY_TEXT)
        return text_identity(arena, item);
    if (schema->identity == IDENTITY_NONE || item->kind != VALUE_MAP)
        return NULL;
    switch ((enum schema_identity)schema->identity) {
    case IDENTITY_TARGET:
        return target_identity(arena, item, schema->identity_prefix);
    case IDENTITY_PORT:
        return port_identity(arena, item);
    case IDENTITY_PATH:
        return value_get_text(item, "path");
    case IDENTITY_NAME:
        return value_get_text(item, "name");
    case IDENTITY_ADDRESS:
        return value_get_text(item, "address");
    default:
        return NULL;
    }
}

static void unify_list(struct arena *arena, struct value *list, const struct schema *schema)
{
    struct hashmap places;
    uint32_t kept = 0;

    if (list->list.count < 2)
        return;
    hashmap_init(&places, arena);
    for (uint32_t i = 0; i < list->list.count; i++) {
        struct value *item = list->list.items[i];
        const char *identity = identity_of(arena, item, schema);
        struct value **place;

        if (identity != NULL) {
            place = hashmap_get(&places, identity, strlen(identity));
            if (place != NULL) {
                *place = item;
                continue;
            }
            hashmap_put(&places, identity, strlen(identity), &list->list.items[kept]);
        }
        list->list.items[kept++] = item;
    }
    list->list.count = kept;
}

void merge_unify(struct merge *merge, struct value *value, const struct schema *schema)
{
    if (schema == NULL || schema == &schema_anything)
        return;
    if (value->kind == VALUE_LIST) {
        if (schema->identity != IDENTITY_NONE)
            unify_list(merge->arena, value, schema);
        for (uint32_t i = 0; schema->items != NULL && i < value->list.count; i++)
            merge_unify(merge, value->list.items[i], schema->items);
    } else if (value->kind == VALUE_MAP) {
        for (uint32_t i = 0; i < value->map.count; i++)
            merge_unify(merge, value->map.entries[i].value,
                        schema_of_entry(schema, value->map.entries[i].key));
    }
}

/* An item that is equal to an earlier one says nothing new. */
static void append_new(struct arena *arena, struct value *base, const struct value *over)
{
    struct hashmap seen;

    hashmap_init(&seen, arena);
    for (uint32_t i = 0; i < base->list.count; i++) {
        uint64_t hash = value_hash(base->list.items[i]);

        hashmap_put(&seen, (const char *)&hash, sizeof(hash), NULL);
    }
    for (uint32_t i = 0; i < over->list.count; i++) {
        uint64_t hash = value_hash(over->list.items[i]);

        if (!hashmap_has(&seen, (const char *)&hash, sizeof(hash)))
            value_list_append(arena, base, over->list.items[i]);
    }
}

static struct value *merge_lists(struct merge *merge, struct value *base, struct value *over,
                                 const struct schema *schema)
{
    append_new(merge->arena, base, over);
    if (schema->identity != IDENTITY_NONE)
        unify_list(merge->arena, base, schema);
    return base;
}

/* What makes two entries the same: their subnet, or all of them where they have none. */
static uint64_t subnet_key(const struct value *item)
{
    const struct value *subnet = value_get(item, "subnet");

    return value_hash(subnet != NULL ? subnet : item);
}

static struct value *merge_subnets(struct merge *merge, struct value *base, struct value *over,
                                   const struct schema *schema, const struct place *place)
{
    struct hashmap known;

    hashmap_init(&known, merge->arena);
    for (uint32_t i = 0; i < base->list.count; i++) {
        uint64_t key = subnet_key(base->list.items[i]);

        hashmap_put(&known, (const char *)&key, sizeof(key), base->list.items[i]);
    }
    for (uint32_t i = 0; i < over->list.count; i++) {
        struct value *item = over->list.items[i];
        uint64_t key = subnet_key(item);
        struct value *same = hashmap_get(&known, (const char *)&key, sizeof(key));

        if (same != NULL)
            merge_values(merge, same, item, schema->items,
                         &(struct place){.parent = place, .index = i});
        else
            value_list_append(merge->arena, base, item);
    }
    return base;
}

/* Maps */

static struct value *merge_maps(struct merge *merge, struct value *base, struct value *over,
                                const struct schema *schema, const struct place *place)
{
    for (uint32_t i = 0; i < over->map.count; i++) {
        struct value_entry *entry = &over->map.entries[i];
        struct value_entry *below = value_map_find(base, entry->key, entry->key_length);
        const struct schema *inner = schema_of_entry(schema, entry->key);
        struct place here = {.parent = place, .key = entry->key};
        struct value *merged;

        merged = merge_values(merge, below != NULL ? below->value : NULL, entry->value,
                              inner != NULL ? inner : &schema_anything, &here);
        value_map_put(merge->arena, base, entry->key, entry->key_length, entry->mark, merged);
    }
    return base;
}

static bool same_driver(const struct value *base, const struct value *over)
{
    const char *below = value_get_text(base, "driver");
    const char *above = value_get_text(over, "driver");

    return below == NULL || above == NULL || strcmp(below, above) == 0;
}

static bool replaces(const struct value *base, const struct value *over,
                     const struct schema *schema)
{
    switch ((enum schema_merge)schema->merge) {
    case MERGE_REPLACE:
        return true;
    case MERGE_LOGGING:
        return base->kind == VALUE_MAP && over->kind == VALUE_MAP && !same_driver(base, over);
    case MERGE_ULIMIT:
        return base->kind != VALUE_MAP || over->kind != VALUE_MAP;
    case MERGE_DEEP:
    case MERGE_SUBNETS:
        break;
    }
    return over->tag != VALUE_TAG_NONE;
}

static bool is_container(const struct value *value)
{
    return value->kind == VALUE_LIST || value->kind == VALUE_MAP;
}

/* Where a scalar may stand and null is one of them, null says something: pass the variable through.
 */
static bool means_null(const struct schema *schema)
{
    return schema != &schema_anything && (schema->accepts & ACCEPT_NULL) != 0 &&
           (schema->accepts & (ACCEPT_LIST | ACCEPT_MAP)) == 0;
}

struct value *merge_values(struct merge *merge, struct value *base, struct value *over,
                           const struct schema *schema, const struct place *place)
{
    if (over == NULL)
        return base;
    if (base == NULL || base->tag == VALUE_TAG_RESET || over->tag != VALUE_TAG_NONE)
        return over;
    if (replaces(base, over, schema) || base->kind == VALUE_NULL)
        return over;
    if (over->kind == VALUE_NULL)
        return means_null(schema) ? over : base;
    if (base->kind == VALUE_MAP && over->kind == VALUE_MAP)
        return merge_maps(merge, base, over, schema, place);
    if (base->kind == VALUE_LIST && over->kind == VALUE_LIST)
        return schema->merge == MERGE_SUBNETS ? merge_subnets(merge, base, over, schema, place)
                                              : merge_lists(merge, base, over, schema);
    if (is_container(base) && base->kind != over->kind) {
        /* In places with a table this was reported when the file was shaped. */
        if (schema == &schema_anything)
            diagnostics_error(merge->diagnostics, over->mark, 1, place,
                              "use !override to replace it",
                              "%s cannot be put over %s of an earlier file",
                              value_kind_name(over->kind), value_kind_name(base->kind));
        return base;
    }
    return over;
}

static bool stays(const struct value_entry *entry, const void *context)
{
    (void)context;
    return entry->value->tag != VALUE_TAG_RESET;
}

void merge_finish(struct value *value)
{
    if (value->kind == VALUE_LIST) {
        for (uint32_t i = 0; i < value->list.count; i++)
            merge_finish(value->list.items[i]);
    } else if (value->kind == VALUE_MAP) {
        value_map_filter(value, stays, NULL);
        for (uint32_t i = 0; i < value->map.count; i++)
            merge_finish(value->map.entries[i].value);
    }
}

void merge_forget_tags(struct value *value)
{
    value->tag = VALUE_TAG_NONE;
    if (value->kind == VALUE_LIST)
        for (uint32_t i = 0; i < value->list.count; i++)
            merge_forget_tags(value->list.items[i]);
    if (value->kind == VALUE_MAP)
        for (uint32_t i = 0; i < value->map.count; i++)
            merge_forget_tags(value->map.entries[i].value);
}

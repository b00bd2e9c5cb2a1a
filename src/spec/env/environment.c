/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/env/environment.h"

#include <assert.h>
#include <string.h>

void environment_init(struct environment *environment, struct arena *arena)
{
    hashmap_init(&environment->variables, arena);
}

void environment_put(struct environment *environment, const char *name, size_t name_length,
                     const char *value, size_t value_length)
{
    struct environment_value *copy =
        arena_alloc(environment->variables.arena, sizeof(*copy) + value_length + 1);

    copy->length = value_length;
    if (value_length > 0)
        memcpy(copy->text, value, value_length);
    hashmap_put(&environment->variables, name, name_length, copy);
}

const char *environment_get(const struct environment *environment, const char *name,
                            size_t name_length, size_t *ret_length)
{
    const struct environment_value *value = hashmap_get(&environment->variables, name, name_length);

    if (value == NULL)
        return NULL;
    if (ret_length != NULL)
        *ret_length = value->length;
    return value->text;
}

void environment_add_process(struct environment *environment, char *const *envp)
{
    if (envp == NULL)
        return;
    for (; *envp != NULL; envp++) {
        const char *equals = strchr(*envp, '=');

        if (equals == NULL || equals == *envp)
            continue;
        environment_put(environment, *envp, (size_t)(equals - *envp), equals + 1,
                        strlen(equals + 1));
    }
}

static void put_shared(struct environment *into, const struct environment *from,
                       const struct hashmap_entry *entry)
{
    const struct environment_value *value = entry->value;

    if (into->variables.arena == from->variables.arena)
        hashmap_put(&into->variables, entry->key, entry->key_length, entry->value);
    else
        environment_put(into, entry->key, entry->key_length, value->text, value->length);
}

void environment_merge(struct environment *into, const struct environment *from)
{
    if (into == from)
        return;
    for (size_t i = 0; i < from->variables.count; i++)
        put_shared(into, from, &from->variables.entries[i]);
}

void environment_fill(struct environment *into, const struct environment *from)
{
    if (into == from)
        return;
    for (size_t i = 0; i < from->variables.count; i++) {
        const struct hashmap_entry *entry = &from->variables.entries[i];

        if (!hashmap_has(&into->variables, entry->key, entry->key_length))
            put_shared(into, from, entry);
    }
}

size_t environment_count(const struct environment *environment)
{
    return environment->variables.count;
}

struct environment_variable environment_at(const struct environment *environment, size_t index)
{
    const struct hashmap_entry *entry;
    const struct environment_value *value;

    assert(index < environment->variables.count);
    entry = &environment->variables.entries[index];
    value = entry->value;
    return (struct environment_variable){
        .name = entry->key,
        .name_length = entry->key_length,
        .value = value->text,
        .value_length = value->length,
    };
}

static const char *lookup_one(void *context, const char *name, size_t length, size_t *ret_length)
{
    return environment_get(context, name, length, ret_length);
}

static const char *lookup_chain(void *context, const char *name, size_t length, size_t *ret_length)
{
    const struct environment_chain *chain = context;

    for (size_t i = 0; i < chain->count; i++) {
        const char *value = environment_get(chain->environments[i], name, length, ret_length);

        if (value != NULL)
            return value;
    }
    return NULL;
}

struct template_lookup environment_lookup(const struct environment *environment)
{
    return (struct template_lookup){.get = lookup_one, .context = (void *)environment};
}

struct template_lookup environment_chain_lookup(const struct environment_chain *chain)
{
    return (struct template_lookup){.get = lookup_chain, .context = (void *)chain};
}

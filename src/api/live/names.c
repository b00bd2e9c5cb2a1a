/* SPDX-License-Identifier: Apache-2.0 */
#include "api/live/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "route/identity.h"

struct names *names_new(void)
{
    struct names *names = calloc(1, sizeof(*names));

    if (names != NULL)
        atomic_init(&names->references, 1);
    return names;
}

struct names *names_ref(struct names *names)
{
    atomic_fetch_add(&names->references, 1);
    return names;
}

static void name_deinit(struct name *name)
{
    free(name->key);
    free(name->name);
    free(name->service);
}

struct names *names_unref(struct names *names)
{
    if (names == NULL || atomic_fetch_sub(&names->references, 1) > 1)
        return NULL;
    for (size_t i = 0; i < names->count; i++)
        name_deinit(&names->items[i]);
    free(names->items);
    free(names);
    return NULL;
}

/* "PROJECT GROUP" for a group, which no id of an instance is: it holds no space. */
static uint64_t hash_of(const char *project, const char *text, size_t length)
{
    const uint64_t parts[] = {project != NULL ? hash_bytes(project, strlen(project)) : 0,
                              hash_bytes(text, length)};

    return hash_bytes(parts, sizeof(parts));
}

static int add(struct names *names, uint64_t hash, const char *key, const char *text,
               const char *service)
{
    struct name new = {.hash = hash};

    if (names->count == names->capacity) {
        size_t capacity = names->capacity > 0 ? 2 * names->capacity : 64;
        struct name *items = realloc(names->items, capacity * sizeof(*items));

        if (items == NULL)
            return -ENOMEM;
        names->items = items;
        names->capacity = capacity;
    }
    new.key = strdup(key);
    new.name = text != NULL ? strdup(text) : NULL;
    new.service = service != NULL ? strdup(service) : NULL;
    if (new.key == NULL || (text != NULL && new.name == NULL) ||
        (service != NULL && new.service == NULL)) {
        name_deinit(&new);
        return -ENOMEM;
    }
    names->items[names->count++] = new;
    return 0;
}

int names_add_instance(struct names *names, const char *id, const char *name, const char *service)
{
    return add(names, hash_of(NULL, id, strlen(id)), id, name, service);
}

int names_add_group(struct names *names, const char *project, const char *group,
                    const char *service)
{
    return add(names, hash_of(project, group, strlen(group)), group, NULL, service);
}

static int compare(const void *a, const void *b)
{
    const struct name *left = a, *right = b;

    return (left->hash > right->hash) - (left->hash < right->hash);
}

void names_finish(struct names *names)
{
    if (names->count > 0)
        qsort(names->items, names->count, sizeof(*names->items), compare);
    names->is_sorted = true;
    names->digest = 1;
    for (size_t i = 0; i < names->count; i++) {
        const struct name *item = &names->items[i];
        const uint64_t parts[] = {
            names->digest, item->hash,
            item->name != NULL ? hash_bytes(item->name, strlen(item->name)) : 0,
            item->service != NULL ? hash_bytes(item->service, strlen(item->service)) : 0};

        names->digest = hash_bytes(parts, sizeof(parts));
    }
}

static const struct name *find(const struct names *names, uint64_t hash, const char *key,
                               size_t length)
{
    const struct name wanted = {.hash = hash};
    const struct name *found;

    if (names == NULL || names->count == 0 || !names->is_sorted)
        return NULL;
    found = bsearch(&wanted, names->items, names->count, sizeof(*names->items), compare);
    return found != NULL && strncmp(found->key, key, length) == 0 && found->key[length] == '\0'
               ? found
               : NULL;
}

const struct name *names_instance(const struct names *names, const char *instance)
{
    size_t length = strcspn(instance, "~");

    return find(names, hash_of(NULL, instance, length), instance, length);
}

const char *names_service(const struct names *names, const char *project, const char *group)
{
    size_t length = strlen(group);
    const struct name *found;

    if (identity_is_standby(group))
        length -= strlen(IDENTITY_STANDBY);
    found = find(names, hash_of(project, group, length), group, length);
    return found != NULL ? found->service : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/docker/container/texts.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"

static const char *text_of(struct arena *arena, const struct value *scalar)
{
    const char *text = value_scalar_text(arena, scalar);

    return text != NULL ? text : "";
}

const char *const *texts_of(struct arena *arena, const struct value *list)
{
    uint32_t count = value_list_count(list);
    const char **texts;

    if (!value_is(list, VALUE_LIST))
        return NULL;
    texts = arena_new_array(arena, const char *, count + 1);
    for (uint32_t i = 0; i < count; i++)
        texts[i] = text_of(arena, list->list.items[i]);
    return texts;
}

struct engine_pairs pairs_of(struct arena *arena, const struct value *map)
{
    uint32_t count = value_map_count(map);
    struct engine_pair *pairs;

    if (count == 0)
        return (struct engine_pairs){0};
    pairs = arena_new_array(arena, struct engine_pair, count);
    for (uint32_t i = 0; i < count; i++)
        pairs[i] = (struct engine_pair){map->map.entries[i].key,
                                        text_of(arena, map->map.entries[i].value)};
    return (struct engine_pairs){pairs, count};
}

uint32_t texts_count(const char *const *texts)
{
    uint32_t count = 0;

    while (texts != NULL && texts[count] != NULL)
        count++;
    return count;
}

bool texts_have(const char *const *texts, const char *text)
{
    for (uint32_t i = 0; texts != NULL && texts[i] != NULL; i++)
        if (strcmp(texts[i], text) == 0)
            return true;
    return false;
}

const char *const *texts_with(struct arena *arena, const char *const *texts, const char *text)
{
    uint32_t count = texts_count(texts);
    const char **more = arena_new_array(arena, const char *, count + 2);

    for (uint32_t i = 0; i < count; i++)
        more[i] = texts[i];
    more[count] = text;
    return more;
}

void pairs_add(struct arena *arena, struct engine_pairs *pairs, const char *name, const char *value)
{
    struct engine_pair *more = arena_new_array(arena, struct engine_pair, pairs->count + 1);
    uint32_t count = 0;

    for (uint32_t i = 0; i < pairs->count; i++)
        if (!text_equal(pairs->items[i].name, name))
            more[count++] = pairs->items[i];
    more[count++] = (struct engine_pair){name, value};
    *pairs = (struct engine_pairs){more, count};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "api/live/differ.h"

#include <string.h>

static const char *id_of(const json_t *item)
{
    const char *id = json_string_value(json_object_get(item, "id"));

    return id != NULL ? id : "";
}

/* Lists mostly have the same order, so the place that was found last is a good start. */
static json_t *find(json_t *list, const char *id, size_t *cursor)
{
    size_t count = json_array_size(list);

    for (size_t i = 0; i < count; i++) {
        size_t place = (*cursor + i) % count;
        json_t *item = json_array_get(list, place);

        if (strcmp(id_of(item), id) == 0) {
            *cursor = place + 1;
            return item;
        }
    }
    return NULL;
}

static bool is_same(json_t *before, json_t *after, const char *ignored)
{
    const char *key;
    json_t *value;

    if (json_object_size(before) != json_object_size(after))
        return false;
    json_object_foreach(after, key, value)
    {
        if (strcmp(key, ignored) != 0 && !json_equal(json_object_get(before, key), value))
            return false;
    }
    return true;
}

void differ_compare(json_t *before, json_t *after, const char *ignored, json_t *changed,
                    json_t *gone)
{
    size_t i, cursor = 0;
    json_t *item;

    json_array_foreach(after, i, item)
    {
        json_t *other = find(before, id_of(item), &cursor);

        if (other == NULL || !is_same(other, item, ignored))
            (void)json_array_append(changed, item);
    }
    cursor = 0;
    json_array_foreach(before, i, item)
    {
        if (find(after, id_of(item), &cursor) == NULL)
            (void)json_array_append_new(gone, json_string(id_of(item)));
    }
}

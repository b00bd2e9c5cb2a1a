/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "model/value_json.h"

enum {
    DEPTH_MAX = 120
};

#define TEXT_MAX ((size_t)256 << 20)

/* Reading */

struct reading {
    struct arena *arena;
    json_t *json;
    bool is_project;
    struct value *value;
};

static struct value *read_string(const struct reading *reading, const json_t *json)
{
    const char *text = json_string_value(json);
    size_t length = json_string_length(json), kept = 0;
    char *copy;

    if (!reading->is_project || memchr(text, '$', length) == NULL)
        return value_new_string(reading->arena, text, length, (struct mark){0});
    copy = arena_strndup(reading->arena, text, length);
    for (size_t i = 0; i < length; i++) {
        copy[kept++] = text[i];
        if (text[i] == '$' && text[i + 1] == '$')
            i++;
    }
    return value_new_string(reading->arena, copy, kept, (struct mark){0});
}

static struct value *read_value(const struct reading *reading, const json_t *json, int depth)
{
    struct arena *arena = reading->arena;
    struct value *made;
    const char *key;
    json_t *item;
    size_t i;

    if (depth > DEPTH_MAX)
        return value_new(arena, VALUE_NULL, (struct mark){0});
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        made = value_new(arena, VALUE_MAP, (struct mark){0});
        json_object_foreach((json_t *)json, key, item)(void)
            value_set(arena, made, key, read_value(reading, item, depth + 1));
        return made;
    case JSON_ARRAY:
        made = value_new(arena, VALUE_LIST, (struct mark){0});
        json_array_foreach(json, i, item)
            value_list_append(arena, made, read_value(reading, item, depth + 1));
        return made;
    case JSON_STRING:
        return read_string(reading, json);
    case JSON_INTEGER:
        return value_new_integer(arena, json_integer_value(json), (struct mark){0});
    case JSON_REAL:
        return value_new_real(arena, json_real_value(json), (struct mark){0});
    case JSON_TRUE:
    case JSON_FALSE:
        return value_new_bool(arena, json_is_true(json), (struct mark){0});
    default:
        return value_new(arena, VALUE_NULL, (struct mark){0});
    }
}

static void read_all(void *context)
{
    struct reading *reading = context;

    reading->value = read_value(reading, reading->json, 0);
}

int json_read(struct arena *arena, const char *text, bool is_project, struct value **ret,
              struct error **reterr)
{
    struct reading reading = {.arena = arena, .is_project = is_project};
    json_error_t error;
    int r;

    reading.json = json_loads(text, 0, &error);
    if (reading.json == NULL)
        return error_set(reterr, EINVAL, "line %d: %s", error.line, error.text);
    /* The library's tree is no arena memory, so a jump has to end here. */
    r = json_is_object(reading.json) ? arena_protect(arena, read_all, &reading) : -EINVAL;
    json_decref(reading.json);
    if (r == -EINVAL)
        return error_set(reterr, EINVAL, "expected a map");
    if (r < 0)
        arena_fail(arena, r);
    *ret = reading.value;
    return 0;
}

/* Writing */

struct writing {
    struct arena *arena;
    struct strbuf text;
    const char *copy;
};

static void copy_text(void *context)
{
    struct writing *writing = context;

    writing->copy =
        arena_strndup(writing->arena, strbuf_text(&writing->text), writing->text.length);
}

const char *json_write(struct arena *arena, const struct value *value)
{
    static const struct json_style style = {.compact = true};
    struct writing writing = {.arena = arena};
    int r;

    strbuf_init(&writing.text, TEXT_MAX);
    value_write_json(&writing.text, value, &style);
    r = strbuf_failure(&writing.text);
    if (r == 0)
        r = arena_protect(arena, copy_text, &writing);
    strbuf_deinit(&writing.text);
    if (r < 0)
        arena_fail(arena, r);
    return writing.copy;
}

struct value *json_map(struct arena *arena)
{
    return value_new(arena, VALUE_MAP, (struct mark){0});
}

struct value *json_list(struct arena *arena)
{
    return value_new(arena, VALUE_LIST, (struct mark){0});
}

void json_set_text(struct arena *arena, struct value *map, const char *key, const char *text)
{
    (void)value_set(arena, map, key, value_new_string(arena, text, strlen(text), (struct mark){0}));
}

void json_set_number(struct arena *arena, struct value *map, const char *key, uint64_t number)
{
    (void)value_set(arena, map, key, value_new_integer(arena, (int64_t)number, (struct mark){0}));
}

void json_set_flag(struct arena *arena, struct value *map, const char *key, bool flag)
{
    (void)value_set(arena, map, key, value_new_bool(arena, flag, (struct mark){0}));
}

void json_add_text(struct arena *arena, struct value *list, const char *text)
{
    value_list_append(arena, list, value_new_string(arena, text, strlen(text), (struct mark){0}));
}

/* Looking inside */

const char *json_text(const struct value *map, const char *key)
{
    const char *text = value_get_text(map, key);

    return text != NULL ? text : "";
}

uint64_t json_number(const struct value *map, const char *key)
{
    const struct value *value = value_get(map, key);

    return value_is(value, VALUE_INTEGER) && value->integer > 0 ? (uint64_t)value->integer : 0;
}

bool json_flag(const struct value *map, const char *key)
{
    const struct value *value = value_get(map, key);

    return value_is(value, VALUE_BOOL) && value->boolean;
}

const char *const *json_texts(struct arena *arena, const struct value *map, const char *key,
                              uint32_t *ret_count)
{
    const struct value *list = value_get(map, key);
    const char **texts;

    *ret_count = 0;
    if (!value_is(list, VALUE_LIST))
        return NULL;
    texts = arena_new_array(arena, const char *, list->list.count);
    for (uint32_t i = 0; i < list->list.count; i++)
        if (value_is(list->list.items[i], VALUE_STRING))
            texts[(*ret_count)++] = list->list.items[i]->string.text;
    return texts;
}

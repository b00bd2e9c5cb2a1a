/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "api/api_priv.h"
#include "model/value_json.h"

static const struct mark none;

struct value *json_new_map(struct arena *arena)
{
    return value_new(arena, VALUE_MAP, none);
}

struct value *json_new_list(struct arena *arena)
{
    return value_new(arena, VALUE_LIST, none);
}

void json_put(struct arena *arena, struct value *map, const char *key, struct value *value)
{
    (void)value_set(arena, map, key, value);
}

static struct value *text_value(struct arena *arena, const char *text)
{
    return text != NULL ? value_new_string(arena, text, strlen(text), none)
                        : value_new(arena, VALUE_NULL, none);
}

void json_put_text(struct arena *arena, struct value *map, const char *key, const char *text)
{
    json_put(arena, map, key, text_value(arena, text));
}

void json_append_text(struct arena *arena, struct value *list, const char *text)
{
    value_list_append(arena, list, text_value(arena, text));
}

void json_put_number(struct arena *arena, struct value *map, const char *key, uint64_t number)
{
    json_put(arena, map, key,
             value_new_integer(arena, number > INT64_MAX ? INT64_MAX : (int64_t)number, none));
}

void json_put_bool(struct arena *arena, struct value *map, const char *key, bool boolean)
{
    json_put(arena, map, key, value_new_bool(arena, boolean, none));
}

void json_put_id(struct arena *arena, struct value *map, const char *key, uint64_t id)
{
    char text[17];

    (void)snprintf(text, sizeof(text), "%016" PRIx64, id);
    json_put_text(arena, map, key, text);
}

void json_put_time(struct arena *arena, struct value *map, const char *key, int64_t unix_s)
{
    time_t time = (time_t)unix_s;
    char text[64];
    struct tm parts;

    if (unix_s == 0 || gmtime_r(&time, &parts) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        json_put_text(arena, map, key, NULL);
    else
        json_put_text(arena, map, key, text);
}

struct answer {
    struct api_call *call;
    struct value *(*make)(struct arena *arena, const struct api_call *call, void *context);
    void *context;
    struct arena arena;
    struct strbuf text;
};

static void build(void *context)
{
    static const struct json_style style = {.compact = true};
    struct answer *answer = context;
    struct value *value = answer->make(&answer->arena, answer->call, answer->context);

    value_write_json(&answer->text, value, &style);
    strbuf_append_char(&answer->text, '\n');
}

void api_answer(struct api_call *call, unsigned int status,
                struct value *(*make)(struct arena *arena, const struct api_call *call,
                                      void *context),
                void *context)
{
    struct answer answer = {.call = call, .make = make, .context = context};
    int r;

    arena_init(&answer.arena, API_MEMORY_MAX);
    strbuf_init(&answer.text, API_ANSWER_MAX);
    r = arena_protect(&answer.arena, build, &answer);
    if (r == 0)
        r = strbuf_failure(&answer.text);
    if (r < 0)
        http_respond_error(call->request, 503, "there is no memory for the answer");
    else
        http_respond(call->request, status, "application/json", strbuf_text(&answer.text),
                     answer.text.length);
    strbuf_deinit(&answer.text);
    arena_deinit(&answer.arena);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/deploy/request.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "http/target.h"
#include "model/value.h"
#include "model/value_json.h"

enum {
    HOST_NAME_BYTES = 256,
    PASSWORD_ENTRY_BYTES = 4096,
    MESSAGE_BYTES_MAX = 4096,
    DEPTH_MAX = 200
};

/* Paths */

const char *request_path(struct session *session, ...)
{
    va_list segments;
    const char *segment;

    strbuf_reset(&session->text);
    strbuf_append_string(&session->text, "/v1");
    va_start(segments, session);
    while ((segment = va_arg(segments, const char *)) != NULL) {
        strbuf_append_char(&session->text, '/');
        http_encode(&session->text, segment);
    }
    va_end(segments);
    return arena_strdup(&session->arena, strbuf_text(&session->text));
}

const char *request_query(struct session *session, const char *path, const char *name,
                          const char *value)
{
    if (value == NULL)
        return path;
    strbuf_reset(&session->text);
    strbuf_printf(&session->text, "%s%c%s=", path, strchr(path, '?') != NULL ? '&' : '?', name);
    http_encode(&session->text, value);
    return arena_strdup(&session->arena, strbuf_text(&session->text));
}

/* Bodies */

struct value *request_map(struct session *session)
{
    return value_new(&session->arena, VALUE_MAP, (struct mark){0});
}

static struct value *text_value(struct session *session, const char *text)
{
    return value_new_string(&session->arena, text, strlen(text), (struct mark){0});
}

struct value *request_list(struct session *session, const struct cli_values *words, size_t first)
{
    struct value *list = value_new(&session->arena, VALUE_LIST, (struct mark){0});

    for (size_t i = first; i < words->count; i++)
        value_list_append(&session->arena, list, text_value(session, words->items[i]));
    return list;
}

void request_set(struct session *session, struct value *map, const char *key, struct value *value)
{
    value_set(&session->arena, map, key, value);
}

void request_set_text(struct session *session, struct value *map, const char *key, const char *text)
{
    if (text != NULL)
        request_set(session, map, key, text_value(session, text));
}

void request_set_flag(struct session *session, struct value *map, const char *key, bool flag)
{
    if (flag)
        request_set(session, map, key, value_new_bool(&session->arena, true, (struct mark){0}));
}

void request_set_number(struct session *session, struct value *map, const char *key, int64_t number)
{
    request_set(session, map, key, value_new_integer(&session->arena, number, (struct mark){0}));
}

const char *request_text(struct session *session, const struct value *map)
{
    const struct json_style compact = {.compact = true};

    strbuf_reset(&session->text);
    value_write_json(&session->text, map, &compact);
    if (strbuf_failure(&session->text) < 0)
        arena_fail(&session->arena, strbuf_failure(&session->text));
    return arena_strdup(&session->arena, strbuf_text(&session->text));
}

const char *request_author(struct session *session)
{
    const char *user = cli_environment(session->context->environment, "SUDO_USER");
    char host[HOST_NAME_BYTES] = "";
    char memory[PASSWORD_ENTRY_BYTES];
    struct passwd entry, *found = NULL;

    if (user == NULL && getpwuid_r(getuid(), &entry, memory, sizeof(memory), &found) == 0 &&
        found != NULL)
        user = arena_strdup(&session->arena, found->pw_name);
    if (gethostname(host, sizeof(host) - 1) < 0 || host[0] == '\0')
        return user != NULL ? user : "?";
    return arena_printf(&session->arena, "%s@%s", user != NULL ? user : "?", host);
}

const char *request_deploy(struct session *session, const char *kind, const char *note,
                           const char *spec, struct value *options)
{
    struct value *map = request_map(session);
    const char *text;

    request_set_text(session, map, "kind", kind);
    request_set_text(session, map, "author", request_author(session));
    request_set_text(session, map, "note", note);
    request_set(session, map, "options", options);
    text = request_text(session, map);
    if (spec == NULL)
        return text;
    /* A spec is text already, in which each $ is doubled. */
    return arena_printf(&session->arena, "%.*s,\"spec\":%s}", (int)strlen(text) - 1, text, spec);
}

bool request_post_deploy(struct session *session, const char *project, const char *body,
                         uint64_t *ret_id)
{
    const char *path = request_path(session, "projects", project, "deploys", NULL);

    /* Of the same deploy twice, the second has nothing to do, or restarts once more. */
    if (!session_call_surely(session, "POST", path, body))
        return false;
    *ret_id = session_number(session->document, "deploy");
    if (*ret_id == 0)
        session_fail(session, "the daemon's answer names no deploy");
    return *ret_id != 0;
}

bool request_project(struct session *session, const char **ret_project)
{
    const char *name = session_find_project(session);

    if (name == NULL) {
        session_fail(session, "there is no project here; name one with -p NAME or -f FILE");
        return false;
    }
    *ret_project = name;
    return true;
}

/* Documents */

static struct value *convert(struct session *session, const json_t *json, unsigned int depth)
{
    struct arena *arena = &session->arena;
    const struct mark none = {0};
    struct value *value;
    const char *key;
    json_t *item;

    if (depth == 0)
        return value_new(arena, VALUE_NULL, none);
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        value = value_new(arena, VALUE_MAP, none);
        json_object_foreach((json_t *)(uintptr_t)json, key, item)
            value_set(arena, value, key, convert(session, item, depth - 1));
        return value;
    case JSON_ARRAY:
        value = value_new(arena, VALUE_LIST, none);
        for (size_t i = 0; i < json_array_size(json); i++)
            value_list_append(arena, value, convert(session, json_array_get(json, i), depth - 1));
        return value;
    case JSON_STRING:
        return text_value(session, json_string_value(json));
    case JSON_INTEGER:
        return value_new_integer(arena, json_integer_value(json), none);
    case JSON_REAL:
        return value_new_real(arena, json_real_value(json), none);
    case JSON_TRUE:
    case JSON_FALSE:
        return value_new_bool(arena, json_is_true(json), none);
    case JSON_NULL:
        break;
    }
    return value_new(arena, VALUE_NULL, none);
}

struct value *request_value(struct session *session, const json_t *json)
{
    if (json == NULL)
        return value_new(&session->arena, VALUE_NULL, (struct mark){0});
    return convert(session, json, DEPTH_MAX);
}

/* Mistakes */

void request_misused(struct session *session, const char *format, ...)
{
    _cleanup_strbuf_ struct strbuf message;
    va_list arguments;

    strbuf_init(&message, MESSAGE_BYTES_MAX);
    va_start(arguments, format);
    strbuf_vprintf(&message, format, arguments);
    va_end(arguments);
    cli_complain(session->context, "%s\nSee 'slipway %s --help'.", strbuf_text(&message),
                 session->arguments->command->name);
    session->status = CLI_EXIT_USAGE;
}

bool request_number(struct session *session, enum option_id option, uint64_t maximum,
                    uint64_t *ret_number)
{
    const char *text = cli_value(session->arguments, option);
    char *end;
    uint64_t number;

    if (text[0] >= '0' && text[0] <= '9') {
        number = strtoull(text, &end, 10);
        if (*end == '\0' && number <= maximum) {
            *ret_number = number;
            return true;
        }
    }
    request_misused(session, "--%s must be a number, not '%s'", option_table[option].name,
                    session_escaped(session, text));
    return false;
}

bool request_names_word(const struct cli_values *words, const char *name)
{
    for (size_t i = 0; i < words->count; i++)
        if (text_equal(words->items[i], name))
            return true;
    return false;
}

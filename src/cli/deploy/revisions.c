/* SPDX-License-Identifier: Apache-2.0 */
/* revisions and diff: what is kept of a project, and how two of them differ. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/difference.h"
#include "cli/deploy/request.h"
#include "cli/deploy/resolved.h"
#include "cli/deploy/when.h"
#include "cli/table.h"
#include "model/value_yaml.h"
#include "spec/mask.h"

enum {
    YAML_BYTES_MAX = 256 << 20
};

static const char *text_of(const struct value *map, const char *key)
{
    const char *text = value_get_text(map, key);

    return text != NULL ? text : "";
}

static uint64_t number_of(const struct value *map, const char *key)
{
    const struct value *number = value_get(map, key);

    return value_is(number, VALUE_INTEGER) && number->integer > 0 ? (uint64_t)number->integer : 0;
}

static bool flag_of(const struct value *map, const char *key)
{
    const struct value *flag = value_get(map, key);

    return value_is(flag, VALUE_BOOL) && flag->boolean;
}

/* revisions */

static void add_revision(struct session *session, struct table *table, const struct value *one)
{
    const char *state = flag_of(one, "serving") ? "serving" : text_of(one, "state");
    enum terminal_style style = flag_of(one, "serving")       ? TERMINAL_GREEN
                                : text_equal(state, "failed") ? TERMINAL_RED
                                                              : TERMINAL_PLAIN;

    table_number(table, number_of(one, "number"));
    table_cell(table, session_escaped(session, state), style);
    table_cell(table, when_ago(session, value_get(one, "created")), TERMINAL_PLAIN);
    table_cell(table, session_escaped(session, text_of(one, "author")), TERMINAL_PLAIN);
    table_cell(table, session_escaped(session, text_of(one, "note")), TERMINAL_PLAIN);
}

static void revisions(struct session *session)
{
    const struct value *list;
    const char *project;
    struct table table;

    if (!request_project(session, &project) ||
        !session_call(session, "GET", request_path(session, "projects", project, "revisions", NULL),
                      NULL))
        return;
    if (session->context->json) {
        session_print_document(session);
        return;
    }
    list = value_get(request_value(session, session->document), "revisions");
    table_init(&table, &session->arena);
    table_column(&table, "REVISION", TABLE_RIGHT);
    table_column(&table, "STATE", TABLE_LEFT);
    table_column(&table, "AGE", TABLE_RIGHT);
    table_column(&table, "AUTHOR", TABLE_LEFT);
    table_column(&table, "NOTE", TABLE_CUT);
    for (uint32_t i = 0; i < value_list_count(list); i++)
        add_revision(session, &table, list->list.items[i]);
    table_write(&table, &session->out, &session->context->out);
}

int revisions_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, revisions, NULL);
}

/* diff */

struct side {
    const char *name;
    struct value *root;
};

/* Secrets are asked for, as otherwise nobody would see that one has changed; none is shown. */
static bool fetch_revision(struct session *session, const char *project, uint64_t number,
                           struct side *ret)
{
    const char *path = request_path(session, "projects", project, "revisions",
                                    arena_printf(&session->arena, "%" PRIu64, number), NULL);
    struct value *answer;

    if (!session_call(session, "GET", request_query(session, path, "secrets", "1"), NULL))
        return false;
    answer = request_value(session, session->document);
    if (!value_is(value_get(answer, "spec"), VALUE_MAP)) {
        session_fail(session, "the daemon's answer has no spec of revision %" PRIu64, number);
        return false;
    }
    ret->root = value_get(answer, "spec");
    ret->name = arena_printf(&session->arena, "revision %" PRIu64 "%s", number,
                             flag_of(answer, "serving") ? " (serving)" : "");
    return true;
}

static bool find_serving(struct session *session, const char *project, uint64_t *ret_number)
{
    const struct value *list;

    if (!session_call(session, "GET", request_path(session, "projects", project, "revisions", NULL),
                      NULL))
        return false;
    list = value_get(request_value(session, session->document), "revisions");
    for (uint32_t i = 0; i < value_list_count(list); i++)
        if (flag_of(list->list.items[i], "serving")) {
            *ret_number = number_of(list->list.items[i], "number");
            return true;
        }
    session_fail(session, "no revision of %s serves", project);
    return false;
}

/* Where two secrets differ and the masks hide it, the new one says so. */
static void mark_changed(struct session *session, const struct value *old_plain,
                         const struct value *new_plain, struct value *masked)
{
    if (old_plain == NULL || old_plain->kind != new_plain->kind)
        return;
    if (new_plain->kind == VALUE_MAP)
        for (uint32_t i = 0; i < new_plain->map.count; i++)
            mark_changed(session, value_get(old_plain, new_plain->map.entries[i].key),
                         new_plain->map.entries[i].value, masked->map.entries[i].value);
    if (new_plain->kind == VALUE_LIST)
        for (uint32_t i = 0; i < new_plain->list.count && i < old_plain->list.count; i++)
            mark_changed(session, old_plain->list.items[i], new_plain->list.items[i],
                         masked->list.items[i]);
    if (new_plain->kind == VALUE_STRING && !value_equal(old_plain, new_plain) &&
        strstr(masked->string.text, MASK_TEXT) != NULL) {
        masked->string.text = arena_printf(&session->arena, "%s (changed)", masked->string.text);
        masked->string.length = strlen(masked->string.text);
    }
}

static const char *yaml_of(struct session *session, const struct value *root)
{
    const struct yaml_style style = {.escape_dollar = false};

    strbuf_reset(&session->text);
    value_write_yaml(&session->text, root, &style);
    if (strbuf_failure(&session->text) < 0)
        arena_fail(&session->arena, strbuf_failure(&session->text));
    return arena_strdup(&session->arena, strbuf_text(&session->text));
}

static void difference_to_json(struct session *session, const char *old_name, const char *old_text,
                               const char *new_name, const char *new_text)
{
    const struct terminal plain = {0};
    struct value *map = request_map(session);
    bool differs;

    strbuf_reset(&session->text);
    differs = difference_write(&session->arena, &session->text, &plain, old_name, old_text,
                               new_name, new_text);
    request_set_text(session, map, "old", old_name);
    request_set_text(session, map, "new", new_name);
    request_set(session, map, "differs",
                value_new_bool(&session->arena, differs, (struct mark){0}));
    request_set_text(session, map, "difference",
                     arena_strdup(&session->arena, strbuf_text(&session->text)));
    strbuf_append_string(&session->out, request_text(session, map));
    strbuf_append_char(&session->out, '\n');
}

static struct value *in_order_of(struct arena *arena, const struct value *model,
                                 struct value *value);

/* From there on, what the model does not have, up to what it has. */
static void add_new(struct arena *arena, const struct value *model, const struct value *map,
                    uint32_t from, struct value *ordered)
{
    for (uint32_t i = from; i < map->map.count; i++) {
        const struct value_entry *entry = &map->map.entries[i];

        if (value_map_find(model, entry->key, entry->key_length) != NULL)
            return;
        (void)value_map_put(arena, ordered, entry->key, entry->key_length, entry->mark,
                            entry->value);
    }
}

static struct value *map_in_order_of(struct arena *arena, const struct value *model,
                                     const struct value *map)
{
    struct value *ordered = value_new(arena, VALUE_MAP, map->mark);

    add_new(arena, model, map, 0, ordered);
    for (uint32_t i = 0; i < model->map.count; i++) {
        const struct value_entry *known = &model->map.entries[i];
        const struct value_entry *entry = value_map_find(map, known->key, known->key_length);

        if (entry == NULL)
            continue;
        (void)value_map_put(arena, ordered, entry->key, entry->key_length, entry->mark,
                            in_order_of(arena, known->value, entry->value));
        add_new(arena, model, map, (uint32_t)(entry - map->map.entries) + 1, ordered);
    }
    return ordered;
}

/* The order of keys means nothing, and is no difference: the value with the keys in the order that
 * they have in the model, and each new one behind the one that it follows. */
static struct value *in_order_of(struct arena *arena, const struct value *model,
                                 struct value *value)
{
    if (value_is(model, VALUE_MAP) && value_is(value, VALUE_MAP))
        return map_in_order_of(arena, model, value);
    if (value_is(model, VALUE_LIST) && value_is(value, VALUE_LIST))
        for (uint32_t i = 0; i < value->list.count && i < model->list.count; i++)
            value->list.items[i] = in_order_of(arena, model->list.items[i], value->list.items[i]);
    return value;
}

static void show_difference(struct session *session, const struct side *old_side,
                            struct side *new_side)
{
    struct value *old_masked, *new_masked;

    new_side->root = in_order_of(&session->arena, old_side->root, new_side->root);
    old_masked = value_copy(&session->arena, old_side->root);
    new_masked = value_copy(&session->arena, new_side->root);

    mask_tree(&session->arena, old_masked);
    mask_tree(&session->arena, new_masked);
    mark_changed(session, old_side->root, new_side->root, new_masked);
    if (session->context->json) {
        difference_to_json(session, old_side->name, yaml_of(session, old_masked), new_side->name,
                           yaml_of(session, new_masked));
        return;
    }
    if (!difference_write(&session->arena, &session->out, &session->context->out, old_side->name,
                          yaml_of(session, old_masked), new_side->name,
                          yaml_of(session, new_masked)) &&
        session->context->out.is_terminal)
        strbuf_printf(&session->out, "%s and %s are the same\n", old_side->name, new_side->name);
}

/* As it would be sent, so that both are of one form. */
static bool take_files(struct session *session, struct side *ret)
{
    json_t *document;

    if (!resolved_load(session))
        return false;
    document = json_loads(resolved_json(session), 0, NULL);
    json_decref(session->document);
    session->document = document;
    ret->root = request_value(session, document);
    ret->name = "the files";
    return true;
}

static bool read_number(struct session *session, const char *word, uint64_t *ret_number)
{
    char *end;

    if (word[0] >= '0' && word[0] <= '9') {
        *ret_number = strtoull(word, &end, 10);
        if (*end == '\0' && *ret_number > 0 && *ret_number <= UINT32_MAX)
            return true;
    }
    request_misused(session, "'%s' is no number of a revision; 'slipway revisions' lists them",
                    session_escaped(session, word));
    return false;
}

static void diff(struct session *session)
{
    const struct cli_values *words = cli_operands(session->arguments);
    struct side sides[2];
    uint64_t numbers[2] = {0, 0};
    const char *project;

    for (size_t i = 0; i < words->count; i++)
        if (!read_number(session, words->items[i], &numbers[i]))
            return;
    if (words->count == 0) {
        if (!take_files(session, &sides[1]) ||
            !find_serving(session, session->spec.name, &numbers[0]) ||
            !fetch_revision(session, session->spec.name, numbers[0], &sides[0]))
            return;
    } else if (!request_project(session, &project) ||
               (words->count == 1 && !find_serving(session, project, &numbers[1])) ||
               !fetch_revision(session, project, numbers[0], &sides[0]) ||
               !fetch_revision(session, project, numbers[1], &sides[1])) {
        return;
    }
    show_difference(session, &sides[0], &sides[1]);
}

int diff_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, diff, NULL);
}

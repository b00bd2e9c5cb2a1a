/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/instances/scope.h"

#include <string.h>

#include "base/text.h"
#include "cli/deploy/request.h"

enum {
    NAMED_MAX = 5
};

static const char *text_of(const struct value *map, const char *key)
{
    const char *text = value_get_text(map, key);

    return text != NULL ? text : "";
}

static struct scope_instance read_instance(const struct value *all)
{
    const struct value *number = value_get(all, "number");
    const struct value *oneoff = value_get(all, "oneoff");

    return (struct scope_instance){
        .project = text_of(all, "project"),
        .id = text_of(all, "id"),
        .name = text_of(all, "name"),
        .service = text_of(all, "service"),
        .state = text_of(all, "state"),
        .number = value_is(number, VALUE_INTEGER) ? (uint32_t)number->integer : 0,
        .is_oneoff = value_is(oneoff, VALUE_BOOL) && oneoff->boolean,
        .all = all,
    };
}

bool scope_load(struct session *session, struct scope *ret)
{
    ret->project = session_find_project(session);
    return scope_refresh(session, ret);
}

bool scope_refresh(struct session *session, struct scope *ret)
{
    const struct value *list;

    if (!session_call(session, "GET", "/v1/instances?all=1", NULL))
        return false;
    list = value_get(request_value(session, session->document), "instances");
    ret->count = value_list_count(list);
    ret->instances = arena_new_array(&session->arena, struct scope_instance, ret->count);
    for (size_t i = 0; i < ret->count; i++)
        ret->instances[i] = read_instance(list->list.items[i]);
    return true;
}

/* How a word may name an instance, the surest first. */
enum naming {
    BY_SERVICE,    /* of the project here */
    BY_NAME,       /* in it */
    BY_SHORT_NAME, /* in it: without the project's */
    BY_FOREIGN_NAME,
    BY_ID,
    NAMINGS,
};

static bool is_named(const struct scope *scope, const struct scope_instance *instance,
                     enum naming naming, const char *word)
{
    bool is_here = scope->project != NULL && strcmp(instance->project, scope->project) == 0;
    size_t length = strlen(instance->project);

    switch (naming) {
    case BY_SERVICE:
        return is_here && !instance->is_oneoff && strcmp(instance->service, word) == 0;
    case BY_NAME:
        return is_here && strcmp(instance->name, word) == 0;
    case BY_SHORT_NAME:
        return is_here && text_starts_with(instance->name, instance->project) &&
               (instance->name[length] == '-' || instance->name[length] == '_') &&
               strcmp(instance->name + length + 1, word) == 0;
    case BY_FOREIGN_NAME:
        return strcmp(instance->name, word) == 0;
    case BY_ID:
        return text_starts_with(instance->id, word);
    case NAMINGS:
        break;
    }
    return false;
}

static bool is_service_here(const struct session *session, const char *word)
{
    return value_get(value_get(session->spec.root, "services"), word) != NULL;
}

static void refuse_several(struct session *session, const struct scope_match *match,
                           const char *word)
{
    const char *text = "";

    for (size_t i = 0; i < match->count && i < NAMED_MAX; i++)
        text = arena_printf(&session->arena, "%s\n  %.12s  %s", text, match->items[i]->id,
                            match->items[i]->name);
    session_fail(session, "%s may be any of %zu:%s%s\nName one of these.", word, match->count, text,
                 match->count > NAMED_MAX ? "\n  ..." : "");
}

bool scope_find(struct session *session, const struct scope *scope, const char *word,
                struct scope_match *ret)
{
    const struct scope_instance **items =
        arena_new_array(&session->arena, const struct scope_instance *, scope->count);
    struct scope_match match = {.items = items};

    for (int naming = BY_SERVICE; naming < NAMINGS && match.count == 0 && *word != '\0'; naming++) {
        for (size_t i = 0; i < scope->count; i++)
            if (is_named(scope, &scope->instances[i], (enum naming)naming, word))
                items[match.count++] = &scope->instances[i];
        match.is_service =
            naming == BY_SERVICE && (match.count > 0 || is_service_here(session, word));
        if (match.is_service)
            break;
    }
    if (match.count == 0 && !match.is_service) {
        session_fail(session, "there is no service, instance or id %s; 'slipway ps -a' lists them",
                     *word != '\0' ? word : "\"\"");
        return false;
    }
    if (match.count > 1 && !match.is_service) {
        refuse_several(session, &match, word);
        return false;
    }
    *ret = match;
    return true;
}

static void add(struct scope_match *match, const struct scope_instance *instance)
{
    for (size_t i = 0; i < match->count; i++)
        if (match->items[i] == instance)
            return;
    match->items[match->count++] = instance;
}

bool scope_find_all(struct session *session, const struct scope *scope,
                    const struct cli_values *words, struct scope_match *ret)
{
    struct scope_match found;

    *ret = (struct scope_match){
        .items = arena_new_array(&session->arena, const struct scope_instance *, scope->count)};
    for (size_t i = 0; i < words->count; i++) {
        if (!scope_find(session, scope, words->items[i], &found))
            return false;
        for (size_t j = 0; j < found.count; j++)
            add(ret, found.items[j]);
    }
    if (words->count > 0)
        return true;
    if (scope->project == NULL) {
        session_fail(session, "there is no project here; name one with -p NAME or -f FILE before "
                              "the command, or name an instance");
        return false;
    }
    for (size_t i = 0; i < scope->count; i++)
        if (strcmp(scope->instances[i].project, scope->project) == 0)
            add(ret, &scope->instances[i]);
    return true;
}

const struct scope_instance *scope_find_one(struct session *session, const struct scope *scope,
                                            const char *word, uint64_t number)
{
    const struct scope_instance *best = NULL;
    struct scope_match match;

    if (!scope_find(session, scope, word, &match))
        return NULL;
    if (!match.is_service)
        return match.items[0];
    for (size_t i = 0; i < match.count; i++) {
        const struct scope_instance *one = match.items[i];

        if (number > 0
                ? one->number == number
                : text_equal(one->state, "running") && (best == NULL || one->number < best->number))
            best = one;
    }
    if (best == NULL && number > 0)
        session_fail(session, "%s has no instance %u", word, (unsigned int)number);
    else if (best == NULL)
        session_fail(session, "no instance of %s is running; 'slipway ps -a' shows why", word);
    return best;
}

const char *scope_path(struct session *session, const struct scope_instance *instance,
                       const char *action)
{
    return request_path(session, "projects", instance->project, "instances", instance->id, action,
                        NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon/lists.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/request.h"
#include "cli/table.h"
#include "http/target.h"
#include "os/os.h"

enum {
    INSTANCES_TIMEOUT_MS = 2000 /* they are not needed that much */
};

enum terminal_style lists_state_style(const char *state)
{
    static const struct {
        const char *state;
        enum terminal_style style;
    } styles[] = {
        {"healthy", TERMINAL_GREEN},    {"listening", TERMINAL_GREEN}, {"initial", TERMINAL_YELLOW},
        {"draining", TERMINAL_YELLOW},  {"unhealthy", TERMINAL_RED},   {"failed", TERMINAL_RED},
        {"unavailable", TERMINAL_CYAN}, {"unused", TERMINAL_DIM},
    };

    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
        if (strcmp(styles[i].state, state) == 0)
            return styles[i].style;
    return TERMINAL_PLAIN;
}

const char *lists_age(struct arena *arena, uint64_t seconds)
{
    if (seconds < 120)
        return arena_printf(arena, "%" PRIu64 "s", seconds);
    if (seconds < 120 * 60)
        return arena_printf(arena, "%" PRIu64 "m", seconds / 60);
    if (seconds < 48 * 3600)
        return arena_printf(arena, "%" PRIu64 "h", seconds / 3600);
    return arena_printf(arena, "%" PRIu64 "d", seconds / 86400);
}

static bool have_several_projects(const json_t *items)
{
    const char *first = NULL;

    for (size_t i = 0; i < json_array_size(items); i++) {
        const char *project =
            json_string_value(json_object_get(json_array_get(items, i), "project"));

        if (project != NULL && first != NULL && strcmp(project, first) != 0)
            return true;
        first = project != NULL ? project : first;
    }
    return false;
}

/* Targets */

/* 2026-11-21T13:44:11Z, in seconds since 1970; 0 for what is none. */
static uint64_t read_time(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    struct tm parts = {0};
    time_t seconds;

    if (text == NULL || strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts) == NULL)
        return 0;
    seconds = timegm(&parts);
    return seconds > 0 ? (uint64_t)seconds : 0;
}

/* With the name that was looked up for it. */
static const char *address_of(struct session *session, const json_t *target)
{
    const char *address = session_text(session, target, "address");
    const char *name = session_text(session, target, "name");

    return *name != '\0' ? arena_printf(&session->arena, "%s (%s)", address, name) : address;
}

const char *lists_instance(const struct value *instances, const json_t *target)
{
    const char *id = json_string_value(json_object_get(target, "instance_id"));

    for (uint32_t i = 0; id != NULL && i < value_list_count(instances); i++) {
        const char *name = value_get_text(instances->list.items[i], "name");

        if (name != NULL && text_equal(value_get_text(instances->list.items[i], "id"), id))
            return name;
    }
    return "";
}

static bool have_instances(const json_t *targets)
{
    for (size_t i = 0; i < json_array_size(targets); i++)
        if (json_object_get(json_array_get(targets, i), "instance_id") != NULL)
            return true;
    return false;
}

bool lists_load_instances(struct session *session, const char *targets_path,
                          const struct value **ret_instances)
{
    *ret_instances = NULL;
    if (!have_instances(json_object_get(session->document, "targets")))
        return true;
    if (session_call_quietly(session, "/v1/instances?all=1", INSTANCES_TIMEOUT_MS))
        *ret_instances = value_get(request_value(session, session->document), "instances");
    return session_call(session, "GET", targets_path, NULL);
}

/* What the daemon calls unavailable and unused may well serve: it is not checked, or others reach
 * it without a listener. */
static const char *state_for_people(struct session *session, const json_t *target)
{
    const char *state = session_text(session, target, "state");
    const char *reason = session_text(session, target, "reason");

    if (text_equal(reason, "no_check"))
        return "not checked";
    if (text_equal(reason, "unused") && json_object_get(target, "instance_id") != NULL)
        return "by name";
    return state;
}

static void add_target(struct session *session, struct table *table, const json_t *target,
                       const struct value *instances, bool with_project, uint64_t now_s)
{
    const char *state = state_for_people(session, target);
    const char *why = session_text(session, target, "description");
    uint64_t since = read_time(target, "since");

    if (with_project)
        table_cell(table, session_text(session, target, "project"), TERMINAL_PLAIN);
    table_cell(table, session_text(session, target, "group"), TERMINAL_PLAIN);
    table_cell(table, address_of(session, target), TERMINAL_PLAIN);
    if (instances != NULL)
        table_cell(table, session_escaped(session, lists_instance(instances, target)),
                   TERMINAL_PLAIN);
    table_cell(table, state, lists_state_style(state));
    table_cell(table, since > 0 && since <= now_s ? lists_age(&session->arena, now_s - since) : "-",
               TERMINAL_PLAIN);
    table_number(table, session_number(target, "weight"));
    table_number(table, session_number(target, "active"));
    table_cell(table, *why != '\0' ? why : session_text(session, target, "reason"), TERMINAL_PLAIN);
}

void lists_write_targets(struct session *session, const struct value *instances, uint64_t now_s)
{
    const json_t *targets = json_object_get(session->document, "targets");
    bool with_project = have_several_projects(targets);
    struct table table;

    table_init(&table, &session->arena);
    if (with_project)
        table_column(&table, "PROJECT", TABLE_LEFT);
    table_column(&table, "GROUP", TABLE_LEFT);
    table_column(&table, "TARGET", TABLE_LEFT);
    if (instances != NULL)
        table_column(&table, "INSTANCE", TABLE_LEFT);
    table_column(&table, "STATE", TABLE_LEFT);
    table_column(&table, "FOR", TABLE_RIGHT);
    table_column(&table, "WEIGHT", TABLE_RIGHT);
    table_column(&table, "ACTIVE", TABLE_RIGHT);
    table_column(&table, "REASON", TABLE_CUT);
    for (size_t i = 0; i < json_array_size(targets); i++)
        add_target(session, &table, json_array_get(targets, i), instances, with_project, now_s);
    table_write(&table, &session->out, &session->context->out);
}

static void targets(struct session *session)
{
    const struct cli_values *operands = cli_operands(session->arguments);
    const struct value *instances;
    const char *path;

    strbuf_reset(&session->text);
    strbuf_append_string(&session->text, "/v1/targets");
    if (operands->count > 0) {
        strbuf_append_string(&session->text, "?group=");
        http_encode(&session->text, operands->items[0]);
    }
    path = arena_strdup(&session->arena, strbuf_text(&session->text));
    if (!session_call(session, "GET", path, NULL))
        return;
    if (session->context->json)
        session_print_document(session);
    else if (lists_load_instances(session, path, &instances))
        lists_write_targets(session, instances, os_real_time_ns() / TIME_SECOND);
}

int targets_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, targets, NULL);
}

/* Listeners */

static const char *joined(struct session *session, const json_t *list)
{
    const char *text = "";

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *item = json_string_value(json_array_get(list, i));

        text = arena_printf(&session->arena, "%s%s%s", text, i > 0 ? ", " : "",
                            item != NULL ? item : "");
    }
    return session_escaped(session, text);
}

void lists_write_listeners(struct session *session)
{
    const json_t *listeners = json_object_get(session->document, "listeners");
    struct table table;

    table_init(&table, &session->arena);
    table_column(&table, "ADDRESS", TABLE_LEFT);
    table_column(&table, "PROTOCOL", TABLE_LEFT);
    table_column(&table, "NAME", TABLE_LEFT);
    table_column(&table, "RULES", TABLE_RIGHT);
    table_column(&table, "CERTIFICATES", TABLE_RIGHT);
    table_column(&table, "CONNECTIONS", TABLE_RIGHT);
    table_column(&table, "PROJECTS", TABLE_CUT);
    for (size_t i = 0; i < json_array_size(listeners); i++) {
        const json_t *listener = json_array_get(listeners, i);

        table_cell(&table, session_text(session, listener, "address"), TERMINAL_PLAIN);
        table_cell(&table, session_text(session, listener, "protocol"), TERMINAL_PLAIN);
        table_cell(&table, session_text(session, listener, "name"), TERMINAL_PLAIN);
        table_number(&table, session_number(listener, "rules"));
        table_number(&table, json_array_size(json_object_get(listener, "certificates")));
        table_number(&table, session_number(listener, "open_connections"));
        table_cell(&table, joined(session, json_object_get(listener, "projects")), TERMINAL_PLAIN);
    }
    table_write(&table, &session->out, &session->context->out);
}

static void listeners(struct session *session)
{
    if (!session_call(session, "GET", "/v1/listeners", NULL))
        return;
    if (session->context->json)
        session_print_document(session);
    else
        lists_write_listeners(session);
}

int listeners_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, listeners, NULL);
}

/* What needs no more than asking */

static void ask(struct session *session)
{
    const char *target = session->data;

    if (session_call(session, "POST", target, "{}") && session->context->json &&
        session->response.size > 0)
        session_print_document(session);
}

int reopen_logs_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, ask, (void *)(uintptr_t) "/v1/logs/reopen");
}

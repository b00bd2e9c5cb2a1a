/* SPDX-License-Identifier: Apache-2.0 */
/* ps: what runs. Of the project here; of all where there is none here, or with --all-projects. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/daemon/lists.h"
#include "cli/deploy/request.h"
#include "cli/deploy/when.h"
#include "cli/instances/scope.h"
#include "cli/table.h"

enum {
    ID_SHOWN = 12
};

static const char *text_of(const struct value *map, const char *key)
{
    const char *text = value_get_text(map, key);

    return text != NULL ? text : "";
}

static int64_t number_of(const struct value *map, const char *key)
{
    const struct value *number = value_get(map, key);

    return value_is(number, VALUE_INTEGER) ? number->integer : 0;
}

/* "running (healthy)", "exited (1)". */
static const char *state_of(struct session *session, const struct scope_instance *one)
{
    const char *state = session_escaped(session, one->state);
    const char *health = session_escaped(session, text_of(one->all, "health"));

    if (text_equal(state, "exited"))
        return arena_printf(&session->arena, "exited (%" PRId64 ")",
                            number_of(one->all, "exit_code"));
    if (*health != '\0' && !text_equal(health, "none"))
        return arena_printf(&session->arena, "%s (%s)", state, health);
    return state;
}

static enum terminal_style state_style(const struct scope_instance *one)
{
    const char *health = text_of(one->all, "health");

    if (text_equal(one->state, "running") && text_equal(health, "unhealthy"))
        return TERMINAL_RED;
    if (text_equal(one->state, "running"))
        return text_equal(health, "starting") ? TERMINAL_YELLOW : TERMINAL_GREEN;
    if (text_equal(one->state, "restarting"))
        return TERMINAL_RED;
    if (text_equal(one->state, "exited") && number_of(one->all, "exit_code") != 0)
        return TERMINAL_RED;
    return TERMINAL_DIM;
}

/* What the edge makes of it: "serving", or "standby: no answer yet". */
static const char *edge_of(struct session *session, const struct scope_instance *one)
{
    const char *role = text_of(one->all, "edge");
    const char *state = text_of(one->all, "target_state");
    const char *reason = text_of(one->all, "target_reason");

    if (*role == '\0' || text_equal(role, "none"))
        return "-";
    if (*state == '\0' || text_equal(state, "healthy") || text_equal(state, "passed"))
        return session_escaped(session, role);
    return session_escaped(session, arena_printf(&session->arena, "%s, %s%s%s", role, state,
                                                 *reason != '\0' ? ": " : "", reason));
}

static const char *ports_of(struct session *session, const struct scope_instance *one)
{
    const struct value *ports = value_get(one->all, "ports");
    const char *published = text_of(one->all, "published");
    const char *text = published;

    for (uint32_t i = 0; i < value_list_count(ports); i++) {
        const struct value *port = ports->list.items[i];
        const char *shown = value_is(port, VALUE_MAP) ? text_of(port, "address")
                                                      : value_scalar_text(&session->arena, port);

        if (shown != NULL && *shown != '\0')
            text = arena_printf(&session->arena, "%s%s%s", text, *text != '\0' ? ", " : "", shown);
    }
    return *text != '\0' ? session_escaped(session, text) : "-";
}

static void add_row(struct session *session, struct table *table, const struct scope_instance *one,
                    bool has_project)
{
    int64_t revision = number_of(one->all, "revision");

    if (has_project)
        table_cell(table, session_escaped(session, one->project), TERMINAL_PLAIN);
    table_cell(table, session_escaped(session, one->name), TERMINAL_PLAIN);
    table_cell(table,
               arena_strndup(&session->arena, session_escaped(session, one->id),
                             strnlen(session_escaped(session, one->id), ID_SHOWN)),
               TERMINAL_DIM);
    table_cell(table, one->is_oneoff ? "(run)" : session_escaped(session, one->service),
               TERMINAL_PLAIN);
    table_cell(table, state_of(session, one), state_style(one));
    table_cell(table, edge_of(session, one), TERMINAL_PLAIN);
    table_cell(table, revision > 0 ? arena_printf(&session->arena, "%" PRId64, revision) : "-",
               TERMINAL_PLAIN);
    table_cell(table, when_ago(session, value_get(one->all, "started")), TERMINAL_PLAIN);
    table_cell(table, ports_of(session, one), TERMINAL_PLAIN);
    table_cell(table, session_escaped(session, text_of(one->all, "image")), TERMINAL_PLAIN);
}

static bool is_shown(const struct session *session, const struct scope_instance *one)
{
    return cli_flag(session->arguments, OPTION_PS_ALL) || text_equal(one->state, "running") ||
           text_equal(one->state, "restarting");
}

static void write_table(struct session *session, const struct scope_match *match, bool has_project)
{
    static const char *const headings[] = {"NAME", "ID", "SERVICE", "STATE", "TRAFFIC"};
    struct table table;

    table_init(&table, &session->arena);
    if (has_project)
        table_column(&table, "PROJECT", TABLE_LEFT);
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
        table_column(&table, headings[i], TABLE_LEFT);
    table_column(&table, "REV", TABLE_RIGHT);
    table_column(&table, "UP", TABLE_RIGHT);
    table_column(&table, "PORTS", TABLE_LEFT);
    table_column(&table, "IMAGE", TABLE_CUT);
    for (size_t i = 0; i < match->count; i++)
        if (is_shown(session, match->items[i]))
            add_row(session, &table, match->items[i], has_project);
    table_write(&table, &session->out, &session->context->out);
}

static void write_json(struct session *session, const struct scope_match *match)
{
    struct value *map = request_map(session);
    struct value *list = value_new(&session->arena, VALUE_LIST, (struct mark){0});

    for (size_t i = 0; i < match->count; i++)
        if (is_shown(session, match->items[i]))
            value_list_append(&session->arena, list,
                              value_copy(&session->arena, match->items[i]->all));
    request_set(session, map, "instances", list);
    strbuf_append_string(&session->out, request_text(session, map));
    strbuf_append_char(&session->out, '\n');
}

static void ps(struct session *session)
{
    const struct cli_values *words = cli_operands(session->arguments);
    struct scope_match match;
    struct scope scope;
    bool is_everything;

    if (!scope_load(session, &scope))
        return;
    is_everything = words->count == 0 &&
                    (scope.project == NULL || cli_flag(session->arguments, OPTION_PS_ALL_PROJECTS));
    if (is_everything) {
        match = (struct scope_match){
            .items = arena_new_array(&session->arena, const struct scope_instance *, scope.count),
            .count = scope.count};
        for (size_t i = 0; i < scope.count; i++)
            match.items[i] = &scope.instances[i];
    } else if (!scope_find_all(session, &scope, words, &match)) {
        return;
    }
    if (session->context->json) {
        write_json(session, &match);
    } else if (cli_flag(session->arguments, OPTION_PS_QUIET)) {
        for (size_t i = 0; i < match.count; i++)
            if (is_shown(session, match.items[i]))
                strbuf_printf(&session->out, "%s\n", session_escaped(session, match.items[i]->id));
    } else if (cli_flag(session->arguments, OPTION_PS_NAMES)) {
        for (size_t i = 0; i < match.count; i++)
            if (is_shown(session, match.items[i]))
                strbuf_printf(&session->out, "%s\n",
                              session_escaped(session, match.items[i]->name));
    } else {
        write_table(session, &match, is_everything);
    }
}

int ps_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, ps, NULL);
}

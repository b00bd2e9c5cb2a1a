/* SPDX-License-Identifier: Apache-2.0 */
/* "slipway audit": who changed something, and who was not allowed to. */
#include <inttypes.h>

#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/daemon/session.h"
#include "cli/deploy/request.h"
#include "cli/table.h"

enum {
    ENTRIES_MAX = 10000,
    STATUS_REFUSED = 400,
    SECOND_CHARACTERS = 19 /* 2026-11-21T13:44:11 */
};

/* What was asked for in a few words, and otherwise as it came. */
static const char *subject_of(struct session *session, const json_t *entry)
{
    const char *detail = session_text(session, entry, "detail");
    const char *path = session_text(session, entry, "path");
    const char *request =
        arena_printf(&session->arena, "%s %s", session_text(session, entry, "method"), path);

    /* Its path has a number that says nothing to people; the detail is what they would type. */
    if (*detail != '\0' && text_starts_with(path, "/v1/targets/"))
        return arena_printf(&session->arena, "target %s", detail);
    return *detail != '\0' ? arena_printf(&session->arena, "%s (%s)", request, detail) : request;
}

/* It has none while it is under way, or where the daemon ended meanwhile. */
static void add_status(struct session *session, struct table *table, const json_t *entry)
{
    uint64_t status = session_number(entry, "status");

    if (status == 0)
        table_cell(table, "-", TERMINAL_DIM);
    else
        table_cell(table, arena_printf(&session->arena, "%" PRIu64, status),
                   status >= STATUS_REFUSED ? TERMINAL_RED : TERMINAL_PLAIN);
}

static void add_entry(struct session *session, struct table *table, const json_t *entry)
{
    table_cell(table,
               arena_printf(&session->arena, "%.*s", (int)SECOND_CHARACTERS,
                            session_text(session, entry, "time")),
               TERMINAL_PLAIN);
    table_cell(table, session_text(session, entry, "name"), TERMINAL_PLAIN);
    table_cell(table, session_text(session, entry, "role"), TERMINAL_PLAIN);
    table_cell(table, session_text(session, entry, "via"), TERMINAL_PLAIN);
    add_status(session, table, entry);
    table_cell(table, subject_of(session, entry), TERMINAL_PLAIN);
}

static void audit(struct session *session)
{
    const json_t *entries;
    struct table table;
    uint64_t number;

    if (!request_number(session, OPTION_AUDIT_NUMBER, ENTRIES_MAX, &number) ||
        !session_call(session, "GET",
                      arena_printf(&session->arena, "/v1/audit?limit=%" PRIu64, number), NULL))
        return;
    if (session->context->json) {
        session_print_document(session);
        return;
    }
    entries = json_object_get(session->document, "entries");
    table_init(&table, &session->arena);
    table_column(&table, "TIME", TABLE_LEFT);
    table_column(&table, "NAME", TABLE_LEFT);
    table_column(&table, "ROLE", TABLE_LEFT);
    table_column(&table, "VIA", TABLE_LEFT);
    table_column(&table, "STATUS", TABLE_RIGHT);
    table_column(&table, "REQUEST", TABLE_CUT);
    for (size_t i = 0; i < json_array_size(entries); i++)
        add_entry(session, &table, json_array_get(entries, i));
    table_write(&table, &session->out, &session->context->out);
}

int audit_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, audit, NULL);
}

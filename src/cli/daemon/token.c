/* SPDX-License-Identifier: Apache-2.0 */
/* "slipway token create", "list" and "revoke ID...": who may use the dashboard, and until when. */
#include "cli/daemon/token.h"

#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/daemon/daemon.h"
#include "cli/daemon/lists.h"
#include "cli/deploy/request.h"
#include "cli/deploy/when.h"
#include "cli/table.h"
#include "os/os.h"
#include "spec/scalar/duration.h"

enum {
    NAME_CHARACTERS_MAX = 64,
    LIFETIME_MIN_S = 60,
    LIFETIME_MAX_S = 366 * 24 * 3600
};

/* Asking for one */

/* In characters: bytes that go on with one do not count. */
static const char *cut_name(struct session *session, const char *name)
{
    size_t characters = 0, length = 0;

    for (; name[length] != '\0'; length++) {
        if (((unsigned char)name[length] & 0xc0) != 0x80 && characters++ == NAME_CHARACTERS_MAX)
            break;
    }
    return arena_strndup(&session->arena, name, length);
}

bool token_read_lifetime(struct session *session, enum option_id expires, uint64_t *ret_s)
{
    const char *text = cli_value(session->arguments, expires);
    const char *message;
    int64_t duration_ns;

    if (duration_parse(&session->arena, text, strlen(text), &duration_ns, &message) &&
        duration_ns >= 0) {
        *ret_s = (uint64_t)duration_ns / TIME_SECOND;
        if (*ret_s >= LIFETIME_MIN_S && *ret_s <= LIFETIME_MAX_S)
            return true;
    }
    request_misused(session, "--%s must be a duration from 1m to 366d, such as 12h, not '%s'",
                    option_table[expires].name, session_escaped(session, text));
    return false;
}

bool token_ask_for(struct session *session, const char *name, const char *role, uint64_t lifetime_s)
{
    struct value *body = request_map(session);

    request_set_text(session, body, "role", role);
    request_set_text(session, body, "name", cut_name(session, name));
    request_set_number(session, body, "expires_s", (int64_t)lifetime_s);
    return session_call(session, "POST", "/v1/tokens", request_text(session, body));
}

static void create(struct session *session)
{
    const char *name = cli_value(session->arguments, OPTION_TOKEN_NAME);
    const char *role = cli_value(session->arguments, OPTION_TOKEN_ROLE);
    uint64_t lifetime_s;

    if (role == NULL) {
        request_misused(session, "say what it may do: --role viewer, operator or admin");
        return;
    }
    if (!token_read_lifetime(session, OPTION_TOKEN_EXPIRES, &lifetime_s) ||
        !token_ask_for(session, name != NULL ? name : request_author(session), role, lifetime_s))
        return;
    if (session->context->json)
        session_print_document(session);
    else
        strbuf_printf(&session->out, "%s\n", session_text(session, session->document, "token"));
}

/* Listing */

/* Whether it was revoked is a time, or only said. */
static const char *state_of(const struct value *token, uint64_t now_ns)
{
    const struct value *revoked = value_get(token, "revoked");
    uint64_t expires_ns = when_of(value_get(token, "expires"));

    if (value_is(revoked, VALUE_BOOL) ? revoked->boolean
                                      : revoked != NULL && !value_is(revoked, VALUE_NULL))
        return "revoked";
    return expires_ns != 0 && expires_ns <= now_ns ? "expired" : "good";
}

static const char *text_of(struct session *session, const struct value *token, const char *key)
{
    const char *text = value_get_text(token, key);

    return text != NULL ? session_escaped(session, text) : "";
}

/* To the nearest of the unit that is shown: what was made for 12h has 12h left, not 11h. */
static uint64_t nearest(uint64_t left_ns)
{
    uint64_t seconds = (left_ns + TIME_SECOND / 2) / TIME_SECOND;

    if (seconds >= 48 * 3600)
        return seconds + 12 * 3600;
    if (seconds >= 120 * 60)
        return seconds + 30 * 60;
    return seconds >= 120 ? seconds + 30 : seconds;
}

/* "in 29d", "3d ago" */
static const char *expiry_of(struct session *session, const struct value *token, uint64_t now_ns)
{
    uint64_t expires_ns = when_of(value_get(token, "expires"));
    bool is_past = expires_ns <= now_ns;
    uint64_t seconds =
        is_past ? time_subtract(now_ns, expires_ns) / TIME_SECOND : nearest(expires_ns - now_ns);

    if (expires_ns == 0)
        return "-";
    return arena_printf(&session->arena, is_past ? "%s ago" : "in %s",
                        lists_age(&session->arena, seconds));
}

static void add_token(struct session *session, struct table *table, const struct value *token,
                      uint64_t now_ns)
{
    const char *state = state_of(token, now_ns);

    table_cell(table, text_of(session, token, "id"), TERMINAL_PLAIN);
    table_cell(table, text_of(session, token, "role"), TERMINAL_PLAIN);
    table_cell(table, state, text_equal(state, "good") ? TERMINAL_GREEN : TERMINAL_DIM);
    table_cell(table, when_ago(session, value_get(token, "created")), TERMINAL_PLAIN);
    table_cell(table, expiry_of(session, token, now_ns), TERMINAL_PLAIN);
    table_cell(table, text_of(session, token, "name"), TERMINAL_PLAIN);
}

static void list(struct session *session)
{
    uint64_t now_ns = os_real_time_ns();
    const struct value *tokens;
    struct table table;

    if (!session_call(session, "GET", "/v1/tokens", NULL))
        return;
    if (session->context->json) {
        session_print_document(session);
        return;
    }
    tokens = value_get(request_value(session, session->document), "tokens");
    table_init(&table, &session->arena);
    table_column(&table, "ID", TABLE_LEFT);
    table_column(&table, "ROLE", TABLE_LEFT);
    table_column(&table, "STATE", TABLE_LEFT);
    table_column(&table, "AGE", TABLE_RIGHT);
    table_column(&table, "EXPIRES", TABLE_LEFT);
    table_column(&table, "NAME", TABLE_CUT);
    for (uint32_t i = 0; i < value_list_count(tokens); i++)
        add_token(session, &table, tokens->list.items[i], now_ns);
    table_write(&table, &session->out, &session->context->out);
}

/* Revoking */

static void revoke_all(struct session *session)
{
    const struct cli_values *words = cli_operands(session->arguments);

    for (size_t i = 1; i < words->count; i++) {
        if (!session_call(session, "DELETE", request_path(session, "tokens", words->items[i], NULL),
                          NULL))
            return;
        if (session->context->json)
            session_print_document(session);
        else
            strbuf_printf(&session->out, "%s revoked\n", session_escaped(session, words->items[i]));
    }
}

/* The command */

static bool is_given(const struct session *session, enum option_id option)
{
    return cli_source(session->arguments, option) != CLI_SOURCE_NONE;
}

static void run(struct session *session)
{
    const struct cli_values *words = cli_operands(session->arguments);
    const char *action = words->items[0];
    bool creates = text_equal(action, "create");

    if (!creates && (is_given(session, OPTION_TOKEN_ROLE) || is_given(session, OPTION_TOKEN_NAME) ||
                     is_given(session, OPTION_TOKEN_EXPIRES)))
        request_misused(session, "--role, --name and --expires are for create");
    else if (text_equal(action, "revoke") && words->count < 2)
        request_misused(session, "say which: revoke ID; 'slipway token list' shows them");
    else if (text_equal(action, "revoke"))
        revoke_all(session);
    else if (words->count > 1)
        request_misused(session, "unexpected argument '%s'",
                        session_escaped(session, words->items[1]));
    else if (creates)
        create(session);
    else
        list(session);
}

int token_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, run, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* "slipway dashboard": has the daemon listen for browsers, and prints where, with a token. */
#include <string.h>

#include "cli/daemon/daemon.h"
#include "cli/daemon/session.h"
#include "cli/daemon/token.h"
#include "cli/deploy/request.h"

#define DEFAULT_ADDRESS "127.0.0.1:7070"

enum {
    STATUS_TAKEN = 409
};

/* It listens there, and the answer says where exactly. */
static const char *open_at(struct session *session, const char *address)
{
    struct value *body = request_map(session);

    request_set_text(session, body, "address", address);
    if (session_call(session, "PUT", "/v1/dashboard", request_text(session, body)))
        return session_text(session, session->document, "address");
    if (session->response.status == STATUS_TAKEN)
        cli_complain(session->context, "name another one with --address");
    return NULL;
}

/* Where it listens already, or now does; NULL where it cannot, which has been said. */
static const char *find_address(struct session *session)
{
    const char *wanted = cli_value(session->arguments, OPTION_DASHBOARD_ADDRESS);
    const char *address;

    if (wanted != NULL)
        return open_at(session, wanted);
    if (!session_call(session, "GET", "/v1/dashboard", NULL))
        return NULL;
    address = session_text(session, session->document, "address");
    return *address != '\0' ? address : open_at(session, DEFAULT_ADDRESS);
}

/* Who came by ssh has no browser here. */
static void tell_of_tunnel(struct session *session, const char *address)
{
    const char *connection = cli_environment(session->context->environment, "SSH_CONNECTION");
    const char *port = strrchr(address, ':');

    if (connection == NULL || *connection == '\0' || port == NULL)
        return;
    cli_complain(session->context,
                 "from your own machine, first: ssh -L %s:%s MACHINE\nThen open the address there.",
                 port + 1, address);
}

static void open_it(struct session *session)
{
    const char *role = cli_value(session->arguments, OPTION_DASHBOARD_ROLE);
    const char *address, *url;
    uint64_t lifetime_s;
    struct value *answer;

    if (!token_read_lifetime(session, OPTION_DASHBOARD_EXPIRES, &lifetime_s))
        return;
    address = find_address(session);
    if (address == NULL ||
        !token_ask_for(session,
                       arena_printf(&session->arena, "dashboard of %s", request_author(session)),
                       role, lifetime_s))
        return;
    url = arena_printf(&session->arena, "http://%s/#token=%s", address,
                       session_text(session, session->document, "token"));
    if (!session->context->json) {
        strbuf_printf(&session->out, "%s\n", url);
        tell_of_tunnel(session, address);
        return;
    }
    answer = request_map(session);
    request_set_text(session, answer, "url", url);
    request_set_text(session, answer, "address", address);
    request_set(session, answer, "token", request_value(session, session->document));
    strbuf_printf(&session->out, "%s\n", request_text(session, answer));
}

static void close_it(struct session *session)
{
    static const enum option_id others[] = {OPTION_DASHBOARD_ADDRESS, OPTION_DASHBOARD_ROLE,
                                            OPTION_DASHBOARD_EXPIRES};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (cli_source(session->arguments, others[i]) != CLI_SOURCE_NONE) {
            request_misused(session, "--off goes without --%s", option_table[others[i]].name);
            return;
        }
    if (!session_call(session, "DELETE", "/v1/dashboard", NULL))
        return;
    if (session->context->json)
        session_print_document(session);
    else
        strbuf_append_string(&session->out, "the dashboard is closed\n");
}

static void run(struct session *session)
{
    if (cli_flag(session->arguments, OPTION_DASHBOARD_OFF))
        close_it(session);
    else
        open_it(session);
}

int dashboard_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, run, NULL);
}

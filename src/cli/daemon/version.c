/* SPDX-License-Identifier: Apache-2.0 */
/* "slipway version": of the program, and of the daemon where one answers. */
#include "base/error.h"
#include "cli/daemon/daemon.h"
#include "cli/daemon/session.h"

static void versions(struct session *session)
{
    const char *daemon = NULL;

    if (http_call(session->folders.socket_path, "GET", "/v1/version", NULL, &session->response,
                  NULL) == 0) {
        session->document = json_loadb(session->response.body, session->response.size, 0, NULL);
        daemon = session_text(session, session->document, "version");
    }
    if (session->context->json && daemon != NULL)
        strbuf_printf(&session->out,
                      "{\"name\": \"slipway\", \"version\": \"" SLIPWAY_VERSION
                      "\", \"daemon\": \"%s\"}\n",
                      daemon);
    else if (daemon != NULL)
        strbuf_printf(&session->out, "slipway " SLIPWAY_VERSION "\ndaemon  %s\n", daemon);
    else
        strbuf_append_string(&session->out, session->context->json
                                                ? "{\"name\": \"slipway\", \"version\": "
                                                  "\"" SLIPWAY_VERSION "\"}\n"
                                                : "slipway " SLIPWAY_VERSION "\n");
}

int versions_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, versions, NULL);
}

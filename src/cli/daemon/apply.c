/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon/apply.h"

#include <inttypes.h>
#include <string.h>

#include "cli/daemon/daemon.h"
#include "http/target.h"
#include "model/value.h"

/* Nothing is passed over in silence: what is in the file and does not happen is said. */
static void note_services(struct session *session)
{
    const struct value *services = value_get(session->spec.root, "services");
    const char *names = "";

    for (uint32_t i = 0; i < value_map_count(services); i++)
        names = arena_printf(&session->arena, "%s%s%s", names, i > 0 ? ", " : "",
                             services->map.entries[i].key);
    if (*names != '\0' && !session->context->json)
        cli_complain(session->context, "services are not run yet, so they have no targets: %s",
                     names);
}

bool apply_load(struct session *session)
{
    const struct value *extension;

    if (!session_load_project(session))
        return false;
    extension = value_get(session->spec.root, "x-slipway");
    if (value_map_count(value_get(extension, "listeners")) == 0) {
        session_fail(session, "there is nothing to serve: the project has no listeners\nThey stand "
                              "below x-slipway: see 'man x-slipway'.");
        return false;
    }
    return true;
}

/* "/v1/projects/NAME"; arena memory. */
static const char *project_target(struct session *session, const char *name)
{
    strbuf_reset(&session->text);
    strbuf_append_string(&session->text, "/v1/projects/");
    http_encode(&session->text, name);
    return arena_strdup(&session->arena, strbuf_text(&session->text));
}

static void print_changes(struct session *session, const char *name)
{
    const json_t *changes = json_object_get(session->document, "changes");
    const char *shown = session_escaped(session, name);

    if (session->context->json) {
        session_print_document(session);
        return;
    }
    if (json_array_size(changes) == 0)
        strbuf_printf(&session->out, "%s: nothing has changed\n", shown);
    for (size_t i = 0; i < json_array_size(changes); i++) {
        const char *line = json_string_value(json_array_get(changes, i));

        strbuf_printf(&session->out, "%s: %s\n", shown,
                      session_escaped(session, line != NULL ? line : "?"));
    }
    if (session_number(session->document, "more_changes") > 0)
        strbuf_printf(&session->out, "%s: and %" PRIu64 " more changes\n", shown,
                      session_number(session->document, "more_changes"));
}

bool apply_send(struct session *session)
{
    const char *name = session->spec.name;

    note_services(session);
    if (!session_call(session, "PUT", project_target(session, name), session_project_json(session)))
        return false;
    print_changes(session, name);
    return true;
}

/* apply: for the daemon's own use, of which one runs. */

static void apply(struct session *session)
{
    if (apply_load(session))
        (void)apply_send(session);
}

int apply_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, apply, NULL);
}

/* down */

static void take_down(struct session *session)
{
    const char *name = NULL;

    if (cli_source(session->arguments, OPTION_PROJECT_NAME) == CLI_SOURCE_COMMAND_LINE)
        name = cli_value(session->arguments, OPTION_PROJECT_NAME);
    else if (session_load_project(session))
        name = session->spec.name;
    if (name != NULL && session_call(session, "DELETE", project_target(session, name), NULL))
        print_changes(session, name);
}

int down_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, take_down, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan shows what up would do; apply does exactly what a plan says, or nothing. A plan's file holds
 * the spec and the plan, so that the files of the project may have changed meanwhile:
 *
 *     {"slipway": "plan", "version": 1, "project", "spec": TEXT, "options", "plan"}
 *
 * The spec is text within, as it was sent, because a $ is doubled in it alone.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/build.h"
#include "cli/deploy/follow.h"
#include "cli/deploy/progress.h"
#include "cli/deploy/request.h"
#include "cli/deploy/resolved.h"
#include "cli/deploy/up.h"
#include "cli/table.h"
#include "os/file.h"

enum {
    PLAN_BYTES_MAX = 256 << 20,
    PLAN_MODE = 0600, /* secrets are in it */
    PLAN_VERSION = 1,
    STATUS_CHANGES = 2 /* of --detailed-exitcode */
};

static const char *text_of(const struct value *map, const char *key)
{
    const char *text = value_get_text(map, key);

    return text != NULL ? text : "";
}

/* Showing */

static const char *subject_of(struct session *session, const struct value *step)
{
    const char *instance = text_of(step, "instance"), *service = text_of(step, "service");
    const struct value *number = value_get(step, "number");

    if (*service == '\0' && *instance == '\0')
        return ""; /* it is about all */
    return progress_subject(
        &session->arena, session->spec.name, session_escaped(session, service),
        session_escaped(session, text_of(step, "name")), session_escaped(session, instance),
        value_is(number, VALUE_INTEGER) && number->integer > 0 ? (uint64_t)number->integer : 0);
}

static enum terminal_style step_style(const char *kind)
{
    if (text_equal(kind, "start") || text_equal(kind, "restart"))
        return TERMINAL_GREEN;
    if (text_equal(kind, "stop") || text_equal(kind, "remove"))
        return TERMINAL_RED;
    return TERMINAL_PLAIN;
}

static void write_steps(struct session *session, const struct value *steps)
{
    struct table table;

    table_init(&table, &session->arena);
    table_column(&table, "WAVE", TABLE_RIGHT);
    table_column(&table, "STEP", TABLE_LEFT);
    table_column(&table, "ON", TABLE_LEFT);
    table_column(&table, "REASON", TABLE_CUT);
    for (uint32_t i = 0; i < value_list_count(steps); i++) {
        const struct value *step = steps->list.items[i];
        const struct value *wave = value_get(step, "wave");
        const char *kind = text_of(step, "step");

        table_number(&table, value_is(wave, VALUE_INTEGER) ? (uint64_t)wave->integer + 1 : 0);
        table_cell(&table, session_escaped(session, kind), step_style(kind));
        table_cell(&table, subject_of(session, step), TERMINAL_PLAIN);
        table_cell(&table, session_escaped(session, text_of(step, "reason")), TERMINAL_PLAIN);
    }
    table_write(&table, &session->out, &session->context->out);
}

static void show(struct session *session, const struct value *plan)
{
    const struct value *steps = value_get(plan, "steps");
    const char *project = session_escaped(session, session->spec.name);

    if (session->context->json) {
        strbuf_append_string(&session->out, request_text(session, plan));
        strbuf_append_char(&session->out, '\n');
        return;
    }
    if (value_list_count(steps) == 0) {
        strbuf_printf(&session->out, "%s: there is nothing to do\n", project);
        return;
    }
    write_steps(session, steps);
    strbuf_printf(&session->out, "%s: %u steps\n", project, value_list_count(steps));
}

static bool write_file(struct session *session, const char *path, const char *spec,
                       struct value *options, struct value *plan)
{
    struct value *map = request_map(session);
    const char *text;

    request_set_text(session, map, "slipway", "plan");
    request_set_number(session, map, "version", PLAN_VERSION);
    request_set_text(session, map, "project", session->spec.name);
    request_set_text(session, map, "spec", spec);
    request_set(session, map, "options", options);
    request_set(session, map, "plan", plan);
    text = arena_printf(&session->arena, "%s\n", request_text(session, map));
    if (os_write_file(path, text, strlen(text), PLAN_MODE, &session->error) == 0)
        return true;
    session_fail(session, "%s", session->error->message);
    session->error = error_free(session->error);
    return false;
}

/* plan */

static void plan(struct session *session)
{
    const struct cli_arguments *arguments = session->arguments;
    const char *path = cli_value(arguments, OPTION_PLAN_OUTPUT);
    struct value *options, *answer;
    const char *spec;

    if (!up_load(session) || (options = up_options(session)) == NULL)
        return;
    spec = resolved_json(session);
    if (!session_call(session, "POST",
                      request_path(session, "projects", session->spec.name, "plan", NULL),
                      request_deploy(session, "up", NULL, spec, options)))
        return;
    answer = request_value(session, session->document);
    if (path != NULL && !write_file(session, path, spec, options, answer))
        return;
    show(session, answer);
    if (cli_flag(arguments, OPTION_PLAN_DETAILED_EXITCODE) &&
        value_list_count(value_get(answer, "steps")) > 0) {
        session->status = cli_print(session->context, &session->out);
        if (session->status == CLI_EXIT_DONE)
            session->status = STATUS_CHANGES;
    }
}

int plan_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, plan, NULL);
}

/* apply */

static const struct value *read_plan(struct session *session, const char *path)
{
    const struct value *map, *version;
    json_t *document;
    size_t size;
    char *data;

    if (os_read_file(path, PLAN_BYTES_MAX, &data, &size, &session->error) < 0) {
        session_fail(session, "%s", session->error->message);
        session->error = error_free(session->error);
        return NULL;
    }
    document = json_loadb(data, size, 0, NULL);
    free(data);
    json_decref(session->document);
    session->document = document;
    map = request_value(session, document);
    version = value_get(map, "version");
    if (!text_equal(value_get_text(map, "slipway"), "plan") ||
        value_get_text(map, "project") == NULL || value_get_text(map, "spec") == NULL) {
        session_fail(session, "%s is no plan; make one with 'slipway plan -o %s'", path, path);
        return NULL;
    }
    if (!value_is(version, VALUE_INTEGER) || version->integer != PLAN_VERSION) {
        session_fail(session, "%s was written by another version of slipway; make it anew", path);
        return NULL;
    }
    return map;
}

static void apply(struct session *session)
{
    const char *path = cli_operands(session->arguments)->items[0];
    const struct value *map = read_plan(session, path);
    struct value *options;
    const char *project;
    uint64_t deploy;

    if (map == NULL)
        return;
    project = value_get_text(map, "project");
    options = value_is(value_get(map, "options"), VALUE_MAP)
                  ? value_copy(&session->arena, value_get(map, "options"))
                  : request_map(session);
    if (value_get(map, "plan") != NULL)
        request_set_text(session, options, "plan", request_text(session, value_get(map, "plan")));
    if (cli_source(session->arguments, OPTION_APPLY_LOCK) != CLI_SOURCE_NONE)
        request_set_text(session, options, "lock",
                         cli_value(session->arguments, OPTION_APPLY_LOCK));
    if (request_post_deploy(session, project,
                            request_deploy(session, "up",
                                           arena_printf(&session->arena, "apply %s", path),
                                           value_get_text(map, "spec"), options),
                            &deploy))
        (void)follow_deploy(session, project, deploy, 0);
}

int apply_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, apply, NULL);
}

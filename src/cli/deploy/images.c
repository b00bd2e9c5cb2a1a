/* SPDX-License-Identifier: Apache-2.0 */
/* images, rmi, pull and prune: what lies on the machine's disk. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/confirm.h"
#include "cli/deploy/request.h"
#include "cli/deploy/resolved.h"
#include "cli/deploy/tell.h"
#include "cli/deploy/when.h"
#include "cli/table.h"

enum {
    ID_SHOWN = 12
};

/* images */

static const char *size_text(struct session *session, const struct value *size)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double number = value_is(size, VALUE_INTEGER) && size->integer > 0 ? (double)size->integer : 0;
    size_t unit = 0;

    for (; number >= 1000 && unit < 4; unit++)
        number /= 1000;
    return arena_printf(&session->arena, unit > 0 && number < 100 ? "%.1f %s" : "%.0f %s", number,
                        units[unit]);
}

/* Without "sha256:". */
static const char *short_id(struct session *session, const char *id)
{
    const char *colon = strchr(id, ':');

    id = session_escaped(session, colon != NULL ? colon + 1 : id);
    return arena_strndup(&session->arena, id, strnlen(id, ID_SHOWN));
}

static void add_image(struct session *session, struct table *table, const struct value *image,
                      const char *name)
{
    const char *id = value_get_text(image, "id");
    const struct value *used = value_get(image, "used");
    const struct value *size = value_get(image, "size");

    if (size == NULL)
        size = value_get(image, "size_bytes");
    table_cell(table, session_escaped(session, name), TERMINAL_PLAIN);
    table_cell(table, short_id(session, id != NULL ? id : ""), TERMINAL_DIM);
    table_cell(table, when_ago(session, value_get(image, "created")), TERMINAL_PLAIN);
    table_cell(table, size_text(session, size), TERMINAL_PLAIN);
    table_cell(table, value_is(used, VALUE_BOOL) && used->boolean ? "yes" : "-", TERMINAL_PLAIN);
}

static void images(struct session *session)
{
    const struct value *list;
    struct table table;

    if (!session_call(session, "GET", "/v1/images", NULL))
        return;
    if (session->context->json) {
        session_print_document(session);
        return;
    }
    list = value_get(request_value(session, session->document), "images");
    table_init(&table, &session->arena);
    table_column(&table, "IMAGE", TABLE_CUT);
    table_column(&table, "ID", TABLE_LEFT);
    table_column(&table, "AGE", TABLE_RIGHT);
    table_column(&table, "SIZE", TABLE_RIGHT);
    table_column(&table, "USED", TABLE_LEFT);
    for (uint32_t i = 0; i < value_list_count(list); i++) {
        const struct value *names = value_get(list->list.items[i], "names");

        for (uint32_t j = 0; j < value_list_count(names); j++)
            if (names->list.items[j]->kind == VALUE_STRING)
                add_image(session, &table, list->list.items[i], names->list.items[j]->string.text);
        if (value_list_count(names) == 0)
            add_image(session, &table, list->list.items[i], "(no name)");
    }
    table_write(&table, &session->out, &session->context->out);
}

int images_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, images, NULL);
}

/* rmi */

static void rmi(struct session *session)
{
    const struct cli_values *words = cli_operands(session->arguments);

    for (size_t i = 0; i < words->count; i++) {
        const char *path = request_path(session, "images", words->items[i], NULL);

        path = request_query(session, path, "force",
                             cli_flag(session->arguments, OPTION_RMI_FORCE) ? "1" : NULL);
        if (!session_call(session, "DELETE", path, NULL))
            return;
        if (!session->context->json)
            strbuf_printf(&session->out, "%s removed\n", session_escaped(session, words->items[i]));
    }
}

int rmi_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, rmi, NULL);
}

/* pull */

static bool is_image(const struct session *session, const char *word)
{
    return value_get(value_get(session->spec.root, "services"), word) == NULL;
}

static bool pull_image(struct session *session, const char *reference)
{
    struct value *map = request_map(session);

    request_set_text(session, map, "reference", reference);
    return tell_stream(session, "POST", "/v1/images/pull", request_text(session, map), NULL);
}

static void pull_project(struct session *session, const struct cli_values *names)
{
    struct value *map = request_map(session);
    struct value *services;
    const char *path, *body;

    if (!resolved_load(session) || !resolved_services(session, names, false, &services))
        return;
    if (services != NULL)
        request_set(session, map, "services", services);
    path = request_path(session, "projects", session->spec.name, "pull", NULL);
    body = request_text(session, map);
    body = arena_printf(&session->arena, "%.*s%s\"spec\":%s}", (int)strlen(body) - 1, body,
                        value_map_count(map) > 0 ? "," : "", resolved_json(session));
    (void)tell_stream(session, "POST", path, body, NULL);
}

/* A word that is no service here is an image. */
static void pull(struct session *session)
{
    const struct cli_values *words = cli_operands(session->arguments);

    if (words->count > 0) {
        (void)session_find_project(session);
        if (is_image(session, words->items[0])) {
            for (size_t i = 0; i < words->count; i++)
                if (!pull_image(session, words->items[i]))
                    return;
            return;
        }
        spec_deinit(&session->spec);
        spec_init(&session->spec, &session->arena);
    }
    pull_project(session, words);
}

int pull_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, pull, NULL);
}

/* prune */

static void prune(struct session *session)
{
    bool is_everything = cli_flag(session->arguments, OPTION_PRUNE_ALL);
    struct value *map = request_map(session);
    const char *project = NULL;
    json_int_t bytes = 0;

    if (!is_everything && !request_project(session, &project))
        return;
    if (is_everything)
        request_set(session, map, "project",
                    value_new(&session->arena, VALUE_NULL, (struct mark){0}));
    else
        request_set_text(session, map, "project", project);
    if (!tell_stream(session, "POST", "/v1/prune", request_text(session, map), &bytes) ||
        session->context->json)
        return;
    strbuf_printf(&session->out, "%s given back\n",
                  size_text(session, value_new_integer(&session->arena, bytes, (struct mark){0})));
}

int prune_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, prune, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that change what runs, other than up: each is a deploy, which is sent and followed.
 * What one instance alone is told goes to it directly.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/confirm.h"
#include "cli/deploy/follow.h"
#include "cli/deploy/request.h"
#include "cli/deploy/resolved.h"
#include "cli/deploy/scale.h"
#include "cli/instances/scope.h"

enum {
    /* An instance has its grace, and several are stopped one after another. */
    INSTANCE_TIMEOUT_MS = 15 * 60 * 1000,
    /* docs/api.md: what a down removes, besides instances and networks */
    REMOVE_VOLUMES = 1,
    REMOVE_IMAGES = 2
};

/* Sends a deploy without a spec, and follows it. */
static bool change(struct session *session, const char *project, const char *kind,
                   struct value *options, unsigned int flags)
{
    uint64_t deploy;

    return request_post_deploy(session, project, request_deploy(session, kind, NULL, NULL, options),
                               &deploy) &&
           follow_deploy(session, project, deploy, flags);
}

static void set_lock(struct session *session, struct value *options, enum option_id option)
{
    if (cli_source(session->arguments, option) != CLI_SOURCE_NONE)
        request_set_text(session, options, "lock", cli_value(session->arguments, option));
}

/* down and destroy */

/* The name; flags say whether the project is known to have no services. */
static const char *project_to_end(struct session *session, unsigned int *ret_flags)
{
    *ret_flags = 0;
    if (cli_source(session->arguments, OPTION_PROJECT_NAME) == CLI_SOURCE_COMMAND_LINE)
        return cli_value(session->arguments, OPTION_PROJECT_NAME);
    if (!session_load_project(session))
        return NULL;
    if (!resolved_has_services(session))
        *ret_flags = FOLLOW_SHORT;
    return session->spec.name;
}

static struct value *removal(struct session *session, bool with_volumes, bool with_images)
{
    struct value *options = request_map(session);

    request_set_number(session, options, "remove",
                       (with_volumes ? REMOVE_VOLUMES : 0) | (with_images ? REMOVE_IMAGES : 0));
    return options;
}

static void down(struct session *session)
{
    unsigned int flags;
    const char *project = project_to_end(session, &flags);
    struct value *options;

    if (project == NULL)
        return;
    options = removal(session, cli_flag(session->arguments, OPTION_DOWN_VOLUMES),
                      cli_source(session->arguments, OPTION_DOWN_RMI) != CLI_SOURCE_NONE);
    set_lock(session, options, OPTION_DOWN_LOCK);
    (void)change(session, project, "down", options, flags);
}

int down_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, down, NULL);
}

static void destroy(struct session *session)
{
    unsigned int flags;
    const char *project = project_to_end(session, &flags);

    if (project == NULL)
        return;
    if (!confirm(session, cli_flag(session->arguments, OPTION_DESTROY_YES), project,
                 "This stops %s, and removes its volumes with their data, its images and its "
                 "revisions.",
                 project))
        return;
    if (change(session, project, "down", removal(session, true, true), flags) &&
        session_call(session, "DELETE", request_path(session, "projects", project, NULL), NULL) &&
        !session->context->json)
        strbuf_printf(&session->out, "%s: destroyed\n", session_escaped(session, project));
}

int destroy_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, destroy, NULL);
}

/* deploy, scale, rollback: a new revision from one that is kept */

static void deploy(struct session *session)
{
    const char *service = cli_operands(session->arguments)->items[0];
    const char *image = cli_value(session->arguments, OPTION_DEPLOY_IMAGE);
    struct value *options = request_map(session), *images = request_map(session);
    const char *project;

    if (image == NULL) {
        request_misused(session, "deploy needs an image: slipway deploy %s --image REF",
                        session_escaped(session, service));
        return;
    }
    if (!request_project(session, &project))
        return;
    request_set_text(session, images, service, image);
    request_set(session, options, "images", images);
    set_lock(session, options, OPTION_DEPLOY_LOCK);
    (void)change(session, project, "image", options, 0);
}

int deploy_image_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, deploy, NULL);
}

static void scale(struct session *session)
{
    struct value *options = request_map(session), *map;
    const char *project;

    if (!scale_read(session, cli_operands(session->arguments), 0, &map) ||
        !request_project(session, &project))
        return;
    request_set(session, options, "scale", map);
    (void)change(session, project, "scale", options, 0);
}

int scale_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, scale, NULL);
}

/* 0 where none is given; false for what is none. */
static bool read_revision(struct session *session, uint64_t *ret_number)
{
    const struct cli_values *words = cli_operands(session->arguments);
    char *end;

    *ret_number = 0;
    if (words->count == 0)
        return true;
    if (words->items[0][0] >= '0' && words->items[0][0] <= '9') {
        *ret_number = strtoull(words->items[0], &end, 10);
        if (*end == '\0' && *ret_number > 0 && *ret_number <= UINT32_MAX)
            return true;
    }
    request_misused(session, "'%s' is no number of a revision; 'slipway revisions' lists them",
                    session_escaped(session, words->items[0]));
    return false;
}

static uint64_t number_of(const struct value *map, const char *key)
{
    const struct value *number = value_get(map, key);

    return value_is(number, VALUE_INTEGER) && number->integer > 0 ? (uint64_t)number->integer : 0;
}

/* The one that served before the one that serves: what its deploy began from. */
static bool find_previous(struct session *session, const char *project, uint64_t *ret_number)
{
    const struct value *deploys;
    uint64_t serving = 0;

    if (!session_call(session, "GET", request_path(session, "projects", project, "deploys", NULL),
                      NULL))
        return false;
    deploys = value_get(request_value(session, session->document), "deploys");
    for (uint32_t i = 0; i < value_list_count(deploys); i++) {
        const struct value *one = deploys->list.items[i];
        uint64_t from = number_of(one, "from"), to = number_of(one, "to");

        if (!text_equal(value_get_text(one, "state"), "done") || to == 0)
            continue;
        serving = serving > 0 ? serving : to;
        if (to == serving && from > 0 && from != to) {
            *ret_number = from;
            return true;
        }
        if (to != serving) {
            *ret_number = to;
            return true;
        }
    }
    session_fail(session,
                 "no revision of %s served before; 'slipway revisions' lists what there is",
                 project);
    return false;
}

static void rollback(struct session *session)
{
    struct value *map = request_map(session), *options = request_map(session);
    const char *project;
    uint64_t revision, id;

    if (!read_revision(session, &revision) || !request_project(session, &project) ||
        (revision == 0 && !find_previous(session, project, &revision)))
        return;
    set_lock(session, options, OPTION_ROLLBACK_LOCK);
    request_set_text(session, map, "kind", "rollback");
    request_set_text(session, map, "author", request_author(session));
    request_set_text(session, map, "note", cli_value(session->arguments, OPTION_ROLLBACK_NOTE));
    request_set_number(session, map, "revision", (int64_t)revision);
    request_set(session, map, "options", options);
    if (request_post_deploy(session, project, request_text(session, map), &id))
        (void)follow_deploy(session, project, id, 0);
}

int rollback_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, rollback, NULL);
}

/* start, stop, restart, rm: of services by a deploy, of single instances directly */

struct order {
    const char *kind;     /* of the deploy */
    const char *action;   /* of an instance */
    enum option_id force; /* OPTION_COUNT: it has none */
};

static const struct order start_order = {"start", "start", OPTION_COUNT};
static const struct order stop_order = {"stop", "stop", OPTION_COUNT};
static const struct order restart_order = {"restart", "restart", OPTION_COUNT};
static const struct order rm_order = {"rm", "remove", OPTION_RM_FORCE};

static void tell_done(struct session *session, const struct scope_instance *instance,
                      const char *what)
{
    struct value *map;

    if (session->context->json) {
        map = request_map(session);
        request_set_text(session, map, "instance", instance->name);
        request_set_text(session, map, "id", instance->id);
        request_set_text(session, map, "done", what);
        strbuf_append_string(&session->out, request_text(session, map));
        strbuf_append_char(&session->out, '\n');
    } else {
        strbuf_printf(&session->out, "%s\n", session_escaped(session, instance->name));
    }
}

/* A replica goes out of rotation first. */
static bool order_replica(struct session *session, const struct order *order,
                          const struct scope_instance *instance, bool stops_first)
{
    struct value *options = request_map(session);
    struct value *ids = value_new(&session->arena, VALUE_LIST, (struct mark){0});

    value_list_append(
        &session->arena, ids,
        value_new_string(&session->arena, instance->id, strlen(instance->id), (struct mark){0}));
    request_set(session, options, "instances", ids);
    if (stops_first && !change(session, instance->project, stop_order.kind, options, 0))
        return false;
    return change(session, instance->project, order->kind, options, 0);
}

static bool order_instance(struct session *session, const struct order *order,
                           const struct scope_instance *instance)
{
    bool is_forced = order->force != OPTION_COUNT && cli_flag(session->arguments, order->force);
    bool is_up =
        text_equal(instance->state, "running") || text_equal(instance->state, "restarting");
    struct value *body = request_map(session);

    if (order == &rm_order && is_up && !is_forced) {
        session_fail(session, "%s is running; stop it first, or use rm -f", instance->name);
        return false;
    }
    if (!instance->is_oneoff)
        return order_replica(session, order, instance, is_up && is_forced);
    if (order == &rm_order) {
        request_set_flag(session, body, "force", is_forced);
        request_set_flag(session, body, "volumes", cli_flag(session->arguments, OPTION_RM_VOLUMES));
    }
    if (!session_call_within(session, "POST", scope_path(session, instance, order->action),
                             request_text(session, body), INSTANCE_TIMEOUT_MS))
        return false;
    tell_done(session, instance, order->action);
    return true;
}

/* Services that are forced out are stopped first, which holds: nothing brings them back but start.
 */
static bool order_services(struct session *session, const struct order *order, const char *project,
                           struct value *services)
{
    struct value *options = request_map(session);
    bool is_forced = order->force != OPTION_COUNT && cli_flag(session->arguments, order->force);

    if (services != NULL)
        request_set(session, options, "services", services);
    if (is_forced && !change(session, project, stop_order.kind, options, 0))
        return false;
    return change(session, project, order->kind, options, 0);
}

/* All words are looked up before anything is done. */
static void give_order(struct session *session)
{
    const struct order *order = session->data;
    const struct cli_values *words = cli_operands(session->arguments);
    struct value *services = value_new(&session->arena, VALUE_LIST, (struct mark){0});
    struct scope_match *matches =
        arena_new_array(&session->arena, struct scope_match, words->count);
    struct scope scope;

    if (!scope_load(session, &scope))
        return;
    for (size_t i = 0; i < words->count; i++) {
        if (!scope_find(session, &scope, words->items[i], &matches[i]))
            return;
        if (matches[i].is_service)
            value_list_append(&session->arena, services,
                              value_new_string(&session->arena, words->items[i],
                                               strlen(words->items[i]), (struct mark){0}));
    }
    if (words->count == 0 && scope.project == NULL) {
        session_fail(session, "there is no project here; name a service, an instance or a project");
        return;
    }
    for (size_t i = 0; i < words->count; i++)
        if (!matches[i].is_service && !order_instance(session, order, matches[i].items[0]))
            return;
    if (words->count == 0)
        (void)order_services(session, order, scope.project, NULL);
    else if (value_list_count(services) > 0)
        (void)order_services(session, order, scope.project, services);
}

int start_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, give_order, (void *)(uintptr_t)&start_order);
}

int stop_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, give_order, (void *)(uintptr_t)&stop_order);
}

int restart_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, give_order, (void *)(uintptr_t)&restart_order);
}

int rm_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, give_order, (void *)(uintptr_t)&rm_order);
}

/* kill */

static void kill_them(struct session *session)
{
    struct scope scope;
    struct scope_match match;
    struct value *map = request_map(session);

    request_set_text(session, map, "signal", cli_value(session->arguments, OPTION_KILL_SIGNAL));
    if (!scope_load(session, &scope) ||
        !scope_find_all(session, &scope, cli_operands(session->arguments), &match))
        return;
    for (size_t i = 0; i < match.count; i++) {
        if (!text_equal(match.items[i]->state, "running"))
            continue;
        if (!session_call(session, "POST", scope_path(session, match.items[i], "kill"),
                          request_text(session, map)))
            return;
        tell_done(session, match.items[i], "kill");
    }
}

int kill_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, kill_them, NULL);
}

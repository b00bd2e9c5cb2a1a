/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: an instance besides the replicas, of a service here or of an image. It is made first; one
 * that we talk to is started by attaching to it, so that nothing of its output is lost.
 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/request.h"
#include "cli/deploy/resolved.h"
#include "cli/instances/conversation.h"
#include "cli/instances/scope.h"
#include "cli/instances/talk_options.h"
#include "os/os.h"
#include "os/path.h"

/* What runs outside of every project's files still belongs to one. */
#define PROJECT_OF_IMAGES "default"

enum {
    CREATE_TIMEOUT_MS = 30 * 60 * 1000, /* an image may have to be pulled */
    REMOVAL_LOOK_MS = 20,
    REMOVAL_LOOKS_MAX = 500
};

static struct value *words_of(struct session *session, enum option_id option)
{
    return request_list(session, cli_values(session->arguments, option), 0);
}

/* A word that names a service here is that; any other is an image. */
static bool is_service(struct session *session, const char *word)
{
    return value_get(value_get(session->spec.root, "services"), word) != NULL;
}

/* "./data:/data" counts from here. */
static struct value *volumes_of(struct session *session)
{
    const struct cli_values *words = cli_values(session->arguments, OPTION_RUN_VOLUME);
    struct value *list = value_new(&session->arena, VALUE_LIST, (struct mark){0});

    for (size_t i = 0; i < words->count; i++) {
        const char *text = words->items[i];
        size_t length = strcspn(text, ":");
        const char *source = arena_strndup(&session->arena, text, length);

        if (text_starts_with(text, "./") || text_starts_with(text, "../") ||
            text_equal(source, ".") || text_equal(source, ".."))
            text = arena_printf(&session->arena, "%s%s",
                                path_absolute(&session->arena, session->current_directory, source),
                                text + length);
        value_list_append(&session->arena, list,
                          value_new_string(&session->arena, text, strlen(text), (struct mark){0}));
    }
    return list;
}

static void set_lists(struct session *session, struct value *map)
{
    static const struct {
        const char *key;
        enum option_id option;
    } lists[] = {
        {"ports", OPTION_RUN_PUBLISH},
        {"labels", OPTION_RUN_LABEL},
    };

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (cli_values(session->arguments, lists[i].option)->count > 0)
            request_set(session, map, lists[i].key, words_of(session, lists[i].option));
    if (cli_values(session->arguments, OPTION_RUN_VOLUME)->count > 0)
        request_set(session, map, "volumes", volumes_of(session));
}

static struct value *body_of(struct session *session, bool is_of_service)
{
    const struct cli_arguments *arguments = session->arguments;
    const struct cli_values *words = cli_operands(arguments);
    struct value *map = request_map(session);

    request_set_text(session, map, is_of_service ? "service" : "image", words->items[0]);
    request_set_text(session, map, "name", cli_value(arguments, OPTION_RUN_NAME));
    if (words->count > 1)
        request_set(session, map, "command", request_list(session, words, 1));
    request_set(session, map, "environment",
                talk_environment(session, cli_values(arguments, OPTION_RUN_ENVIRONMENT)));
    set_lists(session, map);
    request_set_flag(session, map, "service_ports", cli_flag(arguments, OPTION_RUN_SERVICE_PORTS));
    request_set_text(session, map, "network", cli_value(arguments, OPTION_RUN_NETWORK));
    request_set_text(session, map, "entrypoint", cli_value(arguments, OPTION_RUN_ENTRYPOINT));
    request_set_text(session, map, "user", cli_value(arguments, OPTION_RUN_USER));
    request_set_text(session, map, "working_directory", cli_value(arguments, OPTION_RUN_WORKDIR));
    request_set_text(session, map, "pull", cli_value(arguments, OPTION_RUN_PULL));
    request_set_flag(session, map, "remove", cli_flag(arguments, OPTION_RUN_REMOVE));
    request_set_flag(session, map, "detach", cli_flag(arguments, OPTION_RUN_DETACH));
    return map;
}

static bool read_conversation(struct session *session, bool is_of_service, struct conversation *ret)
{
    const struct cli_arguments *arguments = session->arguments;
    const struct talk_flags flags = {
        .is_interactive = cli_flag(arguments, OPTION_RUN_INTERACTIVE),
        .has_terminal = cli_flag(arguments, OPTION_RUN_TTY),
        .has_no_terminal = cli_flag(arguments, OPTION_RUN_NO_TTY),
    };

    if (cli_flag(arguments, OPTION_RUN_DETACH)) {
        *ret = (struct conversation){.has_terminal = flags.has_terminal,
                                     .has_input = flags.is_interactive};
        return true;
    }
    return talk_options_read(session, &flags, is_of_service, ret);
}

/* Whether a revision of the project serves, from which a service can be run. */
static bool is_served(struct session *session, const char *project)
{
    struct http_response response = {0};
    bool is_found = false;
    const json_t *list;
    json_t *document;

    if (http_call(session->folders.socket_path, "GET",
                  request_path(session, "projects", project, "revisions", NULL), NULL, &response,
                  NULL) < 0)
        return false;
    document = json_loadb(response.body, response.size, 0, NULL);
    list = json_object_get(document, "revisions");
    for (size_t i = 0; i < json_array_size(list); i++)
        is_found = is_found || json_is_true(json_object_get(json_array_get(list, i), "serving"));
    json_decref(document);
    http_response_deinit(&response);
    return is_found;
}

/* As what serves has the service; before anything does, as the files have it. NULL after saying
 * what is wrong with them. */
static const char *text_of_body(struct session *session, const char *project,
                                const struct value *map, bool is_of_service)
{
    const char *text = request_text(session, map);

    if (!is_of_service || is_served(session, project))
        return text;
    spec_deinit(&session->spec);
    spec_init(&session->spec, &session->arena);
    session->refuses_unsupported = true;
    if (!resolved_load(session))
        return NULL;
    return arena_printf(&session->arena, "%.*s,\"spec\":%s}", (int)strlen(text) - 1, text,
                        resolved_json(session));
}

/* Attaches to what was made, and talks until it ends. */
static void attach(struct session *session, const char *project, const char *id,
                   struct conversation *conversation)
{
    struct value *map = request_map(session);

    talk_set_options(session, map, conversation);
    if (!conversation->has_terminal)
        conversation->kill_path =
            request_path(session, "projects", project, "instances", id, "kill", NULL);
    conversation_run(session, conversation,
                     request_path(session, "projects", project, "instances", id, "attach", NULL),
                     request_text(session, map));
}

/* As of other programs of this kind, nothing is left of it when the command has ended. */
static void wait_until_removed(struct session *session, const char *project, const char *id)
{
    const char *path = request_path(session, "projects", project, "instances", id, "stats", NULL);

    for (unsigned int i = 0; i < REMOVAL_LOOKS_MAX; i++) {
        struct http_response response = {0};
        bool is_gone =
            http_call(session->folders.socket_path, "GET", path, NULL, &response, NULL) < 0 ||
            response.status == 404;

        http_response_deinit(&response);
        if (is_gone)
            return;
        (void)os->poll(NULL, 0, REMOVAL_LOOK_MS);
    }
}

static void run(struct session *session)
{
    const char *name = cli_operands(session->arguments)->items[0];
    const char *project = session_find_project(session);
    struct conversation conversation;
    bool is_of_service = is_service(session, name);
    const char *id, *body;
    struct value *map;

    session->status_of_failure = CONVERSATION_REFUSED;
    if (project == NULL)
        project = PROJECT_OF_IMAGES;
    if (!read_conversation(session, is_of_service, &conversation))
        return;
    map = body_of(session, is_of_service);
    talk_set_options(session, map, &conversation);
    /* Waiting to be attached to, also where nothing is to be typed: its output is ours. */
    request_set_flag(session, map, "attach", !cli_flag(session->arguments, OPTION_RUN_DETACH));
    body = text_of_body(session, project, map, is_of_service);
    if (body == NULL ||
        !session_call_within(session, "POST",
                             request_path(session, "projects", project, "run", NULL), body,
                             CREATE_TIMEOUT_MS))
        return;
    id = session_text(session, session->document, "id");
    if (!cli_flag(session->arguments, OPTION_RUN_DETACH)) {
        attach(session, project, id, &conversation);
        if (cli_flag(session->arguments, OPTION_RUN_REMOVE))
            wait_until_removed(session, project, id);
    } else if (session->context->json) {
        session_print_document(session);
    } else {
        strbuf_printf(&session->out, "%s\n", id);
    }
}

int run_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, run, NULL);
}

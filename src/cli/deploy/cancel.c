/* SPDX-License-Identifier: Apache-2.0 */
/* cancel: asks for the end of a deploy, and waits for it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/request.h"
#include "os/file.h"

/* The oldest of those that have not ended: it is under way, and the others wait for it. */
static bool find_first(struct session *session, const char *project, uint64_t *ret_id)
{
    const char *path = request_path(session, "projects", project, "deploys", NULL);
    const json_t *deploys;
    size_t count;

    if (!session_call(session, "GET", request_query(session, path, "unfinished", "1"), NULL))
        return false;
    deploys = json_object_get(session->document, "deploys");
    count = json_array_size(deploys);
    if (count == 0) {
        session_fail(session, "no deploy of %s is under way", session_escaped(session, project));
        return false;
    }
    *ret_id = session_number(json_array_get(deploys, count - 1), "deploy");
    return true;
}

static bool find_deploy(struct session *session, const char *project, uint64_t *ret_id)
{
    const struct cli_values *words = cli_operands(session->arguments);
    char *end;

    if (words->count == 0)
        return find_first(session, project, ret_id);
    if (words->items[0][0] >= '0' && words->items[0][0] <= '9') {
        *ret_id = strtoull(words->items[0], &end, 10);
        if (*end == '\0' && *ret_id > 0 && *ret_id <= INT64_MAX)
            return true;
    }
    request_misused(session,
                    "'%s' is no number of a deploy; 'slipway events --no-follow' names them",
                    session_escaped(session, words->items[0]));
    return false;
}

static void tell_waiting(struct session *session, const char *project, uint64_t id)
{
    const char *text = arena_printf(
        &session->arena, "%s: deploy %" PRIu64 " is cancelled; waiting for its end ...\n",
        session_escaped(session, project), id);

    (void)os_write_all(session->context->streams.out, text, strlen(text));
}

/* Until its last event, or until nobody is there any more that would tell of it. */
static bool wait_for_end(struct session *session, const char *project, uint64_t id)
{
    const char *path = request_path(session, "events", NULL);
    const struct http_content none = {.fd = -1};
    const json_t *event;
    struct feed *feed;
    int r;

    path = request_query(session, path, "project", project);
    path = request_query(session, path, "deploy", arena_printf(&session->arena, "%" PRIu64, id));
    feed = feed_open(session, "GET", request_query(session, path, "follow", "1"), &none);
    if (feed == NULL)
        return false;
    do
        r = feed_next(session, feed, UINT64_MAX, &event);
    while (r == 1 || r == -EINTR);
    feed_close(session, feed);
    if (r < 0)
        session_fail_call(session, r);
    return r == 0;
}

static void tell_end(struct session *session, const char *project, uint64_t id)
{
    const char *state = session_text(session, session->document, "state");

    if (session->context->json)
        session_print_document(session);
    if (text_equal(state, "done"))
        session_fail(session, "deploy %" PRIu64 " was done before it could be cancelled", id);
    else if (!text_equal(state, "failed"))
        session_fail(session, "deploy %" PRIu64 " is cancelled, and not undone yet (%s)", id,
                     state);
    else if (!session->context->json)
        strbuf_printf(&session->out, "%s: deploy %" PRIu64 " has ended: %s\n",
                      session_escaped(session, project), id,
                      session_text(session, session->document, "message"));
}

static void cancel(struct session *session)
{
    struct value *map = request_map(session);
    const char *project, *number, *path;
    uint64_t id;

    if (!request_project(session, &project) || !find_deploy(session, project, &id))
        return;
    number = arena_printf(&session->arena, "%" PRIu64, id);
    path = request_path(session, "projects", project, "deploys", number, "cancel", NULL);
    request_set_text(session, map, "author", request_author(session));
    /* The second time is as the first. */
    if (!session_call_surely(session, "POST", path, request_text(session, map)))
        return;
    if (!text_equal(session_text(session, session->document, "state"), "failed")) {
        if (!session->context->json)
            tell_waiting(session, project, id);
        if (!wait_for_end(session, project, id) ||
            !session_call(session, "GET", request_path(session, "deploys", number, NULL), NULL))
            return;
    }
    tell_end(session, project, id);
}

int cancel_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, cancel, NULL);
}

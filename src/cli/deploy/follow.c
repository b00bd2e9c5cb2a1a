/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A deploy belongs to the daemon: whoever follows it may leave, and where control is started anew
 * meanwhile the deploy goes on and so does this, behind the last event that was seen.
 */
#include "cli/deploy/follow.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/deploy/interrupt.h"
#include "cli/deploy/live.h"
#include "cli/deploy/progress.h"
#include "cli/deploy/request.h"
#include "os/file.h"
#include "os/os.h"

#define REDRAW_NS (TIME_SECOND / 10)

enum {
    TICK_MS = 1000,
    RETRY_MS = 100,
    RETRIES_MAX = 150, /* of a daemon that is being started anew */
    INTERRUPTED = 130, /* as shells have it */
    LINES_BYTES_MAX = 64 << 20
};

struct follow {
    struct session *session;
    struct progress progress;
    struct strbuf staying;
    struct strbuf drawn;
    struct live live;
    uint64_t sequence; /* of the last event */
    const char *project;
    uint64_t deploy;
    struct value *changes; /* for programs, where there are no services */
    bool is_dirty;         /* there is something new to draw */
};

/* Showing */

static void print(struct follow *follow, const struct strbuf *text)
{
    if (text->length > 0)
        (void)os_write_all(follow->session->context->streams.out, strbuf_text(text), text->length);
}

/* At most so often, however fast events come; what stays waits with it. */
static void show(struct follow *follow, bool is_end)
{
    uint64_t now_ns = os_monotonic_time_ns();
    struct terminal terminal = follow->session->context->out;
    size_t rows;

    if (!follow->progress.is_live) {
        print(follow, &follow->staying);
        strbuf_reset(&follow->staying);
        return;
    }
    if (!is_end && time_subtract(now_ns, follow->live.drawn_ns) < REDRAW_NS)
        return;
    strbuf_reset(&follow->drawn);
    live_size(&follow->live, &terminal.width, &rows);
    if (!is_end)
        progress_write(&follow->progress, &follow->drawn, &terminal, rows, now_ns);
    live_draw(&follow->live, &follow->staying, &follow->drawn, now_ns);
    strbuf_reset(&follow->staying);
    follow->is_dirty = false;
}

/* One document at the end where there are no services, else each event as it came. */
static void show_json(struct follow *follow, const json_t *event)
{
    struct session *session = follow->session;
    const char *type = json_string_value(json_object_get(event, "type"));
    const char *text = json_string_value(json_object_get(event, "text"));
    char *line;

    if (follow->changes != NULL) {
        if (text_equal(type, "change") && text != NULL)
            value_list_append(
                &session->arena, follow->changes,
                value_new_string(&session->arena, text, strlen(text), (struct mark){0}));
        return;
    }
    line = json_dumps(event, JSON_COMPACT);
    if (line != NULL) {
        strbuf_append_string(&follow->staying, line);
        strbuf_append_char(&follow->staying, '\n');
    }
    free(line);
}

static void end_json(struct follow *follow)
{
    struct session *session = follow->session;
    struct value *map;

    if (follow->changes == NULL || !follow->progress.is_done)
        return;
    map = request_map(session);
    request_set_text(session, map, "project", follow->project);
    request_set_number(session, map, "revision", (int64_t)follow->progress.revision);
    request_set(session, map, "changes", follow->changes);
    strbuf_append_string(&follow->staying, request_text(session, map));
    strbuf_append_char(&follow->staying, '\n');
}

static void take(struct follow *follow, const json_t *event)
{
    struct session *session = follow->session;
    uint64_t now_ns = os_monotonic_time_ns();
    struct strbuf *lines = session->context->json ? &follow->drawn : &follow->staying;

    if (session_number(event, "sequence") > 0)
        follow->sequence = session_number(event, "sequence");
    progress_take(&follow->progress, event, now_ns, lines, &session->context->out);
    if (follow->progress.is_ended)
        progress_write_recap(&follow->progress, event, lines, &session->context->out, now_ns);
    if (session->context->json) {
        strbuf_reset(&follow->drawn);
        show_json(follow, event);
        if (follow->progress.is_ended)
            end_json(follow);
    }
}

/* Following */

static int open_events(struct follow *follow, struct feed **ret_feed)
{
    struct session *session = follow->session;
    const char *path = request_path(session, "events", NULL);
    const struct http_content none = {.fd = -1};

    path = request_query(session, path, "project", follow->project);
    path = request_query(session, path, "deploy",
                         arena_printf(&session->arena, "%" PRIu64, follow->deploy));
    path = request_query(session, path, "after",
                         arena_printf(&session->arena, "%" PRIu64, follow->sequence));
    path = request_query(session, path, "follow", "1");
    return feed_try(session, "GET", path, &none, ret_feed);
}

/* Until the result, or the end of this connection: 0 or -errno. */
static int read_events(struct follow *follow, struct feed *feed)
{
    struct session *session = follow->session;

    while (!follow->progress.is_ended) {
        const json_t *event;
        uint64_t wait_ms = follow->is_dirty ? REDRAW_NS / TIME_MILLISECOND : TICK_MS;
        int r = feed_next(session, feed, wait_ms, &event);

        if (interrupt_has_come())
            return -EINTR;
        if (r == 0)
            return error_set(&session->error, ECONNRESET,
                             "the daemon does not tell what came of deploy %" PRIu64
                             "; see 'slipway events'",
                             follow->deploy);
        if (r < 0 && r != -ETIMEDOUT && r != -EINTR)
            return r;
        if (r == 1) {
            take(follow, event);
            follow->is_dirty = true;
        }
        if (!session->context->json) {
            progress_tell_waiting(&follow->progress, os_monotonic_time_ns(), &follow->staying);
            progress_tell_slow(&follow->progress, os_monotonic_time_ns(), &follow->staying);
        }
        show(follow, false);
    }
    return 0;
}

static bool may_come_back(int r)
{
    return r == -ECONNRESET || r == -ECONNREFUSED || r == -ENOENT || r == -EPIPE;
}

static int run(struct follow *follow)
{
    unsigned int retries = 0;

    for (;;) {
        struct feed *feed = NULL;
        uint64_t before = follow->sequence;
        int r = open_events(follow, &feed);

        if (r == 0)
            r = read_events(follow, feed);
        if (feed != NULL)
            feed_close(follow->session, feed);
        retries = follow->sequence > before ? 0 : retries + 1;
        if (r == 0 || interrupt_has_come() || !may_come_back(r))
            return r;
        if (retries > RETRIES_MAX)
            return r;
        (void)os->poll(NULL, 0, RETRY_MS);
    }
}

/* The end */

static void tell_interruption(struct follow *follow)
{
    cli_complain(follow->session->context,
                 "no longer followed; the deploy goes on (deploy %" PRIu64
                 " of %s)\n'slipway events' shows what it does, 'slipway cancel %" PRIu64
                 "' ends and undoes it.",
                 follow->deploy, session_escaped(follow->session, follow->project), follow->deploy);
    follow->session->status = INTERRUPTED;
}

static void conclude(struct follow *follow, int r)
{
    struct session *session = follow->session;

    show(follow, true);
    if (interrupt_has_come() && !follow->progress.is_ended)
        tell_interruption(follow);
    else if (r < 0)
        session_fail_call(session, r);
    else if (!follow->progress.is_done)
        session_fail(session, "%s", strbuf_text(&follow->progress.reason));
}

struct invocation {
    struct follow *follow;
    int result;
};

static void invoke(void *context)
{
    struct invocation *invocation = context;

    invocation->result = run(invocation->follow);
    conclude(invocation->follow, invocation->result);
}

static bool can_draw(const struct session *session, unsigned int flags)
{
    const char *term = cli_environment(session->context->environment, "TERM");

    return session->context->out.is_terminal && !session->context->json &&
           (flags & (FOLLOW_PLAIN | FOLLOW_SHORT)) == 0 && term != NULL &&
           !text_equal(term, "dumb");
}

static void follow_init(struct follow *follow, struct session *session, const char *project,
                        uint64_t deploy, unsigned int flags)
{
    *follow = (struct follow){.session = session, .project = project, .deploy = deploy};
    progress_init(&follow->progress, &session->arena, &session->text, project,
                  os_monotonic_time_ns());
    strbuf_init(&follow->staying, LINES_BYTES_MAX);
    strbuf_init(&follow->drawn, LINES_BYTES_MAX);
    live_init(&follow->live, session->context->streams.out);
    follow->progress.is_short = (flags & FOLLOW_SHORT) != 0;
    follow->progress.is_live = can_draw(session, flags);
    if (follow->progress.is_short && session->context->json)
        follow->changes = value_new(&session->arena, VALUE_LIST, (struct mark){0});
}

bool follow_deploy(struct session *session, const char *project, uint64_t deploy,
                   unsigned int flags)
{
    struct follow follow;
    struct invocation invocation = {.follow = &follow};
    bool is_done;
    int r;

    follow_init(&follow, session, project, deploy, flags);
    if ((flags & FOLLOW_TO_THE_END) == 0)
        interrupt_catch();
    /* What the arena does not hold must be given back, wherever memory runs out. */
    r = arena_protect(&session->arena, invoke, &invocation);
    if ((flags & FOLLOW_TO_THE_END) == 0)
        interrupt_release();
    is_done = r == 0 && follow.progress.is_done && invocation.result == 0;
    strbuf_deinit(&follow.staying);
    strbuf_deinit(&follow.drawn);
    progress_deinit(&follow.progress);
    if (r < 0)
        arena_fail(&session->arena, r);
    return is_done;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/deploy/tell.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/live.h"
#include "cli/deploy/progress.h"
#include "cli/deploy/request.h"
#include "os/file.h"
#include "os/os.h"

#define REDRAW_NS (TIME_SECOND / 10)

enum {
    OUTPUT_BYTES_MAX = 8 << 20,
    LINE_BYTES_MAX = 4096,
    ID_SHOWN = 12,
    TIME_SHOWN = 19 /* up to the seconds */
};

/* What is being done */

struct told {
    struct session *session;
    struct strbuf out;
    struct strbuf drawn;
    struct live live;
    bool is_live;
    json_int_t bytes;
};

static void print(struct told *told)
{
    (void)os_write_all(told->session->context->streams.out, strbuf_text(&told->out),
                       told->out.length);
    strbuf_reset(&told->out);
}

static void append_text(struct strbuf *out, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\r\n");

        text_escape(out, text, length);
        text += length;
        text += strspn(text, "\r\n");
        strbuf_append_char(out, *text != '\0' ? ' ' : '\n');
    }
}

/* How far something is, in one line that is drawn over; where there is no terminal it is left out.
 */
static void draw_progress(struct told *told, const char *text, json_int_t done, json_int_t total)
{
    uint64_t now_ns = os_monotonic_time_ns();
    size_t columns, rows;

    if (!told->is_live || time_subtract(now_ns, told->live.drawn_ns) < REDRAW_NS)
        return;
    live_size(&told->live, &columns, &rows);
    strbuf_reset(&told->drawn);
    text_escape(&told->drawn, text, strcspn(text, "\r\n"));
    if (total > 0)
        strbuf_printf(&told->drawn, "  %" PRId64 "%%", (int64_t)(done * 100 / total));
    if (told->drawn.length >= columns)
        told->drawn.length = columns - 1;
    strbuf_append_char(&told->drawn, '\n');
    live_draw(&told->live, &told->out, &told->drawn, now_ns);
    strbuf_reset(&told->out);
}

static void clear_progress(struct told *told)
{
    strbuf_reset(&told->drawn);
    if (told->is_live)
        live_draw(&told->live, &told->out, &told->drawn, 0);
    else
        print(told);
    strbuf_reset(&told->out);
}

static void tell_one(struct told *told, const json_t *object)
{
    const char *text = json_string_value(json_object_get(object, "text"));
    json_int_t total = json_integer_value(json_object_get(object, "total"));

    if (told->session->context->json) {
        char *line = json_dumps(object, JSON_COMPACT);

        strbuf_append_string(&told->out, line != NULL ? line : "");
        strbuf_append_char(&told->out, '\n');
        free(line);
        print(told);
    } else if (text != NULL &&
               text_equal(json_string_value(json_object_get(object, "type")), "progress")) {
        draw_progress(told, text, json_integer_value(json_object_get(object, "done")), total);
    } else if (text != NULL) {
        append_text(&told->out, text);
        clear_progress(told);
    }
}

/* True at a good result. */
static bool read_all(struct told *told, struct feed *feed)
{
    struct session *session = told->session;
    const json_t *object;
    int r;

    while ((r = feed_next(session, feed, UINT64_MAX, &object)) != 0) {
        const char *error;

        if (r == -EINTR)
            continue;
        if (r < 0) {
            clear_progress(told);
            session_fail_call(session, r);
            return false;
        }
        tell_one(told, object);
        error = json_string_value(json_object_get(object, "error"));
        if (error != NULL ||
            text_equal(json_string_value(json_object_get(object, "state")), "failed")) {
            const char *message = json_string_value(json_object_get(object, "message"));

            clear_progress(told);
            session_fail(session, "%s",
                         error != NULL     ? error
                         : message != NULL ? message
                                           : "it failed");
            return false;
        }
        if (text_equal(json_string_value(json_object_get(object, "type")), "result"))
            told->bytes = json_integer_value(json_object_get(object, "bytes"));
    }
    clear_progress(told);
    return true;
}

bool tell_stream(struct session *session, const char *method, const char *path, const char *body,
                 json_int_t *ret_bytes)
{
    const struct http_content content = http_content_json(body);
    struct feed *feed = feed_open(session, method, path, &content);
    struct told told = {.session = session};
    bool is_done;

    if (feed == NULL)
        return false;
    /* Nothing below takes memory from the arena, so that nothing jumps. */
    strbuf_init(&told.out, OUTPUT_BYTES_MAX);
    strbuf_init(&told.drawn, LINE_BYTES_MAX);
    live_init(&told.live, session->context->streams.out);
    told.is_live = session->context->out.is_terminal && session->context->out.colour &&
                   !session->context->json;
    is_done = read_all(&told, feed);
    strbuf_deinit(&told.out);
    strbuf_deinit(&told.drawn);
    if (ret_bytes != NULL)
        *ret_bytes = told.bytes;
    return is_done;
}

/* Events */

static void append_member(struct strbuf *out, const json_t *event, const char *key,
                          const char *before)
{
    const json_t *value = json_object_get(event, key);
    const char *text = json_string_value(value);

    if (text != NULL && *text != '\0') {
        strbuf_append_string(out, before);
        text_escape(out, text, strlen(text));
    } else if (json_is_integer(value) && json_integer_value(value) > 0) {
        strbuf_printf(out, "%s%" JSON_INTEGER_FORMAT, before, json_integer_value(value));
    }
}

static void append_time(struct strbuf *out, const json_t *event)
{
    const char *time = json_string_value(json_object_get(event, "time"));

    if (time == NULL)
        return;
    text_escape(out, time, strnlen(time, TIME_SHOWN));
    strbuf_append_char(out, ' ');
}

static const char *text_of(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));

    return text != NULL ? text : "";
}

/* As progress_subject(), without memory: this may go on for months. */
static void append_subject(struct strbuf *out, const json_t *event)
{
    const char *project = text_of(event, "project"), *service = text_of(event, "service");
    const char *name = text_of(event, "name"), *instance = text_of(event, "instance");
    uint64_t number = session_number(event, "number");
    size_t length = strlen(project);

    if (length > 0 && text_starts_with(name, project) && name[length] == '-')
        name += length + 1;
    if (*name == '\0')
        name = service;
    if (*name == '\0' && *instance == '\0')
        return;
    strbuf_append_char(out, ' ');
    text_escape(out, name, strlen(name));
    if (name == service && number > 0)
        strbuf_printf(out, "-%" PRIu64, number);
    else if (name == service && *instance != '\0') {
        strbuf_append_string(out, *service != '\0' ? " (" : "(");
        text_escape(out, instance, strnlen(instance, ID_SHOWN));
        strbuf_append_char(out, ')');
    }
}

/* On its way into traffic an instance is a target of a group that only the checks know. */
static bool is_inner(const json_t *event)
{
    const char *text = json_string_value(json_object_get(event, "text"));

    return text_equal(json_string_value(json_object_get(event, "type")), "change") &&
           text != NULL && strstr(text, "@next") != NULL;
}

/* 2026-11-21T13:44:11 shop deploy 7: step start api-1: done */
void tell_event(struct session *session, const json_t *event, struct strbuf *out)
{
    static const struct {
        const char *key;
        const char *before;
    } members[] = {
        {"what", ": "},
        {"state", ": "},
        {"to", " to revision "},
        {"author", " by "},
        {"revision", ", revision "},
        {"text", ": "},
        {"message", ": "},
    };

    if (session->context->json) {
        char *line = json_dumps(event, JSON_COMPACT);

        strbuf_append_string(out, line != NULL ? line : "");
        strbuf_append_char(out, '\n');
        free(line);
        return;
    }
    if (is_inner(event))
        return;
    append_time(out, event);
    append_member(out, event, "project", "");
    append_member(out, event, "deploy", " deploy ");
    append_member(out, event, "type", " ");
    append_member(out, event, "kind", " ");
    append_member(out, event, "step", " ");
    append_subject(out, event);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        append_member(out, event, members[i].key, members[i].before);
    strbuf_append_char(out, '\n');
}

static void events(struct session *session)
{
    bool follows = !cli_flag(session->arguments, OPTION_EVENTS_NO_FOLLOW);
    const struct http_content none = {.fd = -1};
    const char *path = "/v1/events";
    const json_t *event;
    struct feed *feed;
    int r;

    if (!cli_flag(session->arguments, OPTION_EVENTS_ALL))
        path = request_query(session, path, "project", session_find_project(session));
    path = request_query(session, path, "follow", follows ? "1" : NULL);
    feed = feed_open(session, "GET", path, &none);
    while (feed != NULL && (r = feed_next(session, feed, UINT64_MAX, &event)) != 0) {
        if (r == -EINTR)
            continue;
        if (r < 0) {
            session_fail_call(session, r);
            return;
        }
        strbuf_reset(&session->out);
        tell_event(session, event, &session->out);
        if (os_write_all(session->context->streams.out, strbuf_text(&session->out),
                         session->out.length) < 0) {
            session->status = CLI_EXIT_FAILED;
            return;
        }
    }
    strbuf_reset(&session->out);
}

int events_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, events, NULL);
}

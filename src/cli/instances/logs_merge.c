/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One feed for each instance, of which the next line is kept. While all of them have one, or have
 * ended, the earliest is printed. Lines that come in live are printed when nothing earlier has come
 * for a moment, so that one quiet instance does not keep the others back. The daemon's events tell
 * when there are other instances to follow.
 *
 * This may go on for months: sources are given back when their instance is gone, and nothing that
 * is done again and again takes memory of the arena.
 */
#include "cli/instances/logs_merge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/deploy/request.h"
#include "cli/deploy/when.h"
#include "cli/instances/logs_line.h"
#include "http/target.h"
#include "os/file.h"
#include "os/os.h"

enum {
    OUTPUT_BYTES_MAX = 8 << 20,
    FLUSH_BYTES = 64 << 10,
    LINE_BYTES_KEPT = 4 << 20
};

/* How far apart what is printed together may be when it comes in live. */
#define LOGS_SETTLE_MS 50

struct log_source {
    char *project, *id;
    char *name; /* shown */
    enum terminal_style style;
    struct feed *feed; /* NULL: it has ended */
    bool is_listed;    /* the daemon still knows the instance */
    bool has_line;
    uint64_t unix_ns;
    struct strbuf line; /* as it is printed, without prefix */
};

struct logs {
    struct session *session;
    const struct logs_options *options;
    const char *project; /* of which later instances are followed; NULL: of none */
    const struct cli_values *services;
    struct log_source **sources;
    size_t count, capacity, colour;
    struct feed *events; /* of the daemon, where new instances are followed too; NULL */
    bool is_stale;       /* there may be new ones */
    size_t width;        /* of names */
    struct strbuf out;
    struct pollfd *polls;
    bool has_failed;
};

static const enum terminal_style styles[] = {TERMINAL_CYAN, TERMINAL_YELLOW, TERMINAL_GREEN,
                                             TERMINAL_BOLD, TERMINAL_RED};

/* Printing */

static int flush(struct logs *logs)
{
    int r = 0;

    if (logs->out.length > 0)
        r = os_write_all(logs->session->context->streams.out, strbuf_text(&logs->out),
                         logs->out.length);
    strbuf_reset(&logs->out);
    return r;
}

static void write_prefix(struct logs *logs, const struct log_source *source)
{
    const struct terminal *terminal = &logs->session->context->out;

    if (logs->session->context->json || !logs->options->has_prefix)
        return;
    strbuf_printf(&logs->out, "%s%-*s |%s ", terminal_style(terminal, source->style),
                  (int)logs->width, source->name, terminal_style(terminal, TERMINAL_PLAIN));
}

static int print_line(struct logs *logs, struct log_source *source)
{
    write_prefix(logs, source);
    strbuf_append(&logs->out, strbuf_text(&source->line), source->line.length);
    strbuf_append_char(&logs->out, '\n');
    source->has_line = false;
    return logs->out.length >= FLUSH_BYTES ? flush(logs) : 0;
}

/* Reading */

static void keep_line(struct logs *logs, struct log_source *source, const json_t *object)
{
    const struct logs_style style = {
        .is_json = logs->session->context->json,
        .has_type = logs->options->has_type,
        .has_times = logs->options->has_times,
        .is_terminal = logs->session->context->out.is_terminal,
    };
    const char *time = json_string_value(json_object_get(object, "time"));

    source->unix_ns = time != NULL ? when_parse(time) : 0;
    source->has_line = true;
    strbuf_reset(&source->line);
    logs_line_write(&source->line, &style, source->name, object);
}

static void end_source(struct logs *logs, struct log_source *source)
{
    feed_close(logs->session, source->feed);
    source->feed = NULL;
}

/* What can be had within that time. */
static void read_source(struct logs *logs, struct log_source *source, uint64_t timeout_ms)
{
    const json_t *object;
    int r;

    if (source->has_line || source->feed == NULL)
        return;
    r = feed_next(logs->session, source->feed, timeout_ms, &object);
    if (r == 1) {
        keep_line(logs, source, object);
    } else if (r == 0) {
        end_source(logs, source);
    } else if (r != -ETIMEDOUT && r != -EINTR) {
        if (!logs->options->is_beside)
            cli_complain(logs->session->context, "%s: %s", source->name,
                         logs->session->error->message);
        logs->has_failed = true;
        end_source(logs, source);
    }
}

static struct log_source *earliest(struct logs *logs)
{
    struct log_source *best = NULL;

    for (size_t i = 0; i < logs->count; i++)
        if (logs->sources[i]->has_line &&
            (best == NULL || logs->sources[i]->unix_ns < best->unix_ns))
            best = logs->sources[i];
    return best;
}

/* Waits until one of those without a line has something; false when none came in time. */
static bool wait_for_any(struct logs *logs, int timeout_ms)
{
    nfds_t count = 0;

    for (size_t i = 0; i < logs->count; i++) {
        const struct log_source *source = logs->sources[i];

        if (source->feed == NULL || source->has_line)
            continue;
        if (feed_may_have_line(source->feed))
            return true;
        logs->polls[count++] = (struct pollfd){.fd = feed_fd(source->feed), .events = POLLIN};
    }
    if (logs->events != NULL && feed_may_have_line(logs->events))
        return true;
    if (logs->events != NULL)
        logs->polls[count++] = (struct pollfd){.fd = feed_fd(logs->events), .events = POLLIN};
    return count > 0 && os->poll(logs->polls, count, timeout_ms) > 0;
}

static bool is_complete(const struct logs *logs)
{
    for (size_t i = 0; i < logs->count; i++)
        if (logs->sources[i]->feed != NULL && !logs->sources[i]->has_line)
            return false;
    return true;
}

static bool has_any(const struct logs *logs)
{
    if (logs->events != NULL)
        return true;
    for (size_t i = 0; i < logs->count; i++)
        if (logs->sources[i]->feed != NULL || logs->sources[i]->has_line)
            return true;
    return false;
}

/* Sources */

/* "api-2", not "shop-api-2": the project is known. */
static const char *short_name(const char *project, const char *name, bool is_oneoff)
{
    size_t length = strlen(project);

    if (!is_oneoff && text_starts_with(name, project) &&
        (name[length] == '-' || name[length] == '_') && name[length + 1] != '\0')
        name += length + 1;
    return name;
}

static char *keep_text(struct logs *logs, const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        arena_fail(&logs->session->arena, -ENOMEM);
    return copy;
}

static char *keep_escaped(struct logs *logs, const char *text)
{
    struct strbuf *buffer = &logs->session->text;

    strbuf_reset(buffer);
    text_escape(buffer, text, strlen(text));
    return keep_text(logs, strbuf_text(buffer));
}

static void free_source(struct log_source *source)
{
    strbuf_deinit(&source->line);
    free(source->project);
    free(source->id);
    free(source->name);
    free(source);
}

static void make_room(struct logs *logs)
{
    struct arena *arena = &logs->session->arena;
    size_t capacity = logs->capacity > 0 ? logs->capacity * 2 : 16;

    if (logs->count < logs->capacity)
        return;
    logs->sources = arena_grow(arena, logs->sources, logs->capacity * sizeof(*logs->sources),
                               capacity * sizeof(*logs->sources));
    /* One more, for the events. */
    logs->polls = arena_new_array(arena, struct pollfd, capacity + 1);
    logs->capacity = capacity;
}

static struct log_source *add_source(struct logs *logs, const char *project, const char *id,
                                     const char *name, bool is_oneoff)
{
    struct log_source *source;

    make_room(logs);
    source = calloc(1, sizeof(*source));
    if (source == NULL)
        arena_fail(&logs->session->arena, -ENOMEM);
    strbuf_init(&source->line, LINE_BYTES_KEPT);
    logs->sources[logs->count++] = source; /* from here on it is given back at the end */
    source->project = keep_text(logs, project);
    source->id = keep_text(logs, id);
    source->name = keep_escaped(logs, short_name(project, name, is_oneoff));
    source->style = styles[logs->colour++ % (sizeof(styles) / sizeof(styles[0]))];
    source->is_listed = true;
    if (strlen(source->name) > logs->width)
        logs->width = strlen(source->name);
    return source;
}

static struct log_source *find_source(struct logs *logs, const char *id)
{
    for (size_t i = 0; i < logs->count; i++)
        if (strcmp(logs->sources[i]->id, id) == 0)
            return logs->sources[i];
    return NULL;
}

/* Of which nothing is left to print, and nothing will come. */
static void drop_gone_ones(struct logs *logs)
{
    size_t kept = 0;

    for (size_t i = 0; i < logs->count; i++) {
        struct log_source *source = logs->sources[i];

        if (source->is_listed || source->feed != NULL || source->has_line)
            logs->sources[kept++] = source;
        else
            free_source(source);
    }
    logs->count = kept;
}

/* Opening */

static void add_time(struct strbuf *out, const char *name, uint64_t unix_ns)
{
    char text[WHEN_BYTES];

    if (unix_ns > 0)
        strbuf_printf(out, "&%s=%s", name, when_write(text, unix_ns));
}

static const char *target_of(struct logs *logs, const struct log_source *source, const char *tail,
                             uint64_t since_unix_ns)
{
    struct strbuf *out = &logs->session->text;

    strbuf_reset(out);
    strbuf_append_string(out, "/v1/projects/");
    http_encode(out, source->project);
    strbuf_append_string(out, "/instances/");
    http_encode(out, source->id);
    strbuf_append_string(out, "/logs?stdout=1&stderr=1");
    if (logs->options->follows)
        strbuf_append_string(out, "&follow=1");
    if (tail != NULL)
        strbuf_printf(out, "&tail=%s", tail);
    add_time(out, "since", since_unix_ns);
    add_time(out, "until", logs->options->until_unix_ns);
    return strbuf_text(out);
}

/* One that has gone meanwhile is no failure. */
static void open_late_source(struct logs *logs, struct log_source *source, uint64_t since_unix_ns)
{
    const struct http_content none = {.fd = -1};

    if (feed_try(logs->session, "GET", target_of(logs, source, NULL, since_unix_ns), &none,
                 &source->feed) < 0)
        source->feed = NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

static void look_at(struct logs *logs, const json_t *one, bool with_ended)
{
    struct log_source *source = find_source(logs, text_of(one, "id"));
    bool is_running = strcmp(text_of(one, "state"), "running") == 0;

    if (source != NULL)
        source->is_listed = true;
    if (strcmp(text_of(one, "project"), logs->project) != 0 || (!is_running && !with_ended))
        return;
    if (source == NULL && (logs->services == NULL || logs->services->count == 0 ||
                           request_names_word(logs->services, text_of(one, "service"))))
        open_late_source(logs,
                         add_source(logs, logs->project, text_of(one, "id"), text_of(one, "name"),
                                    json_is_true(json_object_get(one, "oneoff"))),
                         logs->options->since_unix_ns);
    else if (source != NULL && source->feed == NULL && !source->has_line)
        open_late_source(logs, source, source->unix_ns + 1);
}

/* Those that were made since, from their beginning; and those that run again, from where they
 * ended. */
static void follow_new_ones(struct logs *logs, bool with_ended)
{
    const struct http_content none = {.fd = -1};
    const json_t *answer, *list;
    struct feed *feed;

    if (logs->project == NULL ||
        feed_try(logs->session, "GET", "/v1/instances?all=1", &none, &feed) < 0)
        return;
    if (feed_next(logs->session, feed, HTTP_CALL_TIMEOUT_MS, &answer) == 1) {
        list = json_object_get(answer, "instances");
        for (size_t i = 0; i < logs->count; i++)
            logs->sources[i]->is_listed = false;
        for (size_t i = 0; i < json_array_size(list); i++)
            look_at(logs, json_array_get(list, i), with_ended);
        drop_gone_ones(logs);
    }
    feed_close(logs->session, feed);
}

/* Without them, only what there is now is followed. */
static void open_events(struct logs *logs)
{
    struct session *session = logs->session;
    const struct http_content none = {.fd = -1};
    const char *path = request_query(session, "/v1/events", "project", logs->project);

    if (logs->project == NULL ||
        feed_try(session, "GET", request_query(session, path, "follow", "1"), &none,
                 &logs->events) < 0)
        logs->events = NULL;
}

static bool open_all(struct logs *logs, const struct scope_match *match)
{
    const struct http_content none = {.fd = -1};

    if (logs->options->follows)
        open_events(logs);
    if (match == NULL) {
        follow_new_ones(logs, true);
        return true;
    }
    for (size_t i = 0; i < match->count; i++) {
        const struct scope_instance *one = match->items[i];
        struct log_source *source =
            add_source(logs, one->project, one->id, one->name, one->is_oneoff);

        source->feed = feed_open(
            logs->session, "GET",
            target_of(logs, source, logs->options->tail, logs->options->since_unix_ns), &none);
        if (source->feed == NULL)
            return false;
    }
    return true;
}

/* Events */

/* One was started, or came back; or one has gone. */
static bool is_of_other_ones(const json_t *event)
{
    const char *type = text_of(event, "type");
    const char *step = text_of(event, "step");

    return strcmp(type, "instance") == 0 ||
           (strcmp(type, "step") == 0 && strcmp(text_of(event, "state"), "done") == 0 &&
            (strcmp(step, "start") == 0 || strcmp(step, "restart") == 0 ||
             strcmp(step, "remove") == 0));
}

/* What is stopped while nobody follows that deploy: at the end of all. */
static void tell_stop(struct logs *logs, const json_t *event)
{
    const struct log_source *source = find_source(logs, text_of(event, "instance"));

    if (source == NULL || !logs->options->is_beside || logs->session->context->json ||
        strcmp(text_of(event, "step"), "stop") != 0 ||
        strcmp(text_of(event, "state"), "begun") != 0)
        return;
    strbuf_printf(&logs->out, "%s: stop %s ...\n", logs->project, source->name);
}

/* What has happened: then there may be others to follow. */
static void read_events(struct logs *logs)
{
    const json_t *event;
    int r;

    while (logs->events != NULL &&
           (r = feed_next(logs->session, logs->events, 0, &event)) != -ETIMEDOUT) {
        if (r == 1 && is_of_other_ones(event))
            logs->is_stale = true;
        if (r == 1)
            tell_stop(logs, event);
        if (r == 1 || r == -EINTR)
            continue;
        feed_close(logs->session, logs->events);
        logs->events = NULL;
    }
}

/* Merging */

static void read_all(struct logs *logs)
{
    for (size_t i = 0; i < logs->count; i++)
        read_source(logs, logs->sources[i], 0);
    read_events(logs);
    if (logs->is_stale)
        follow_new_ones(logs, false);
    logs->is_stale = false;
}

static int merge(struct logs *logs)
{
    int r = 0;

    while (r == 0 && has_any(logs)) {
        struct log_source *next = earliest(logs);
        bool is_settled = false;

        if (!is_complete(logs) || next == NULL) {
            if (next == NULL)
                r = flush(logs);
            is_settled = !wait_for_any(logs, next != NULL ? LOGS_SETTLE_MS : -1);
            if (!is_settled)
                read_all(logs);
            next = earliest(logs);
        }
        if (r == 0 && next != NULL && (is_settled || is_complete(logs)))
            r = print_line(logs, next);
    }
    return r == 0 ? flush(logs) : r;
}

struct invocation {
    struct logs *logs;
    const struct scope_match *match;
    int result;
};

static void invoke(void *context)
{
    struct invocation *invocation = context;

    make_room(invocation->logs); /* for the events, also where nothing runs yet */
    if (open_all(invocation->logs, invocation->match))
        invocation->result = merge(invocation->logs);
    else
        invocation->logs->has_failed = true;
}

void logs_merge(struct session *session, const char *project, const struct scope_match *match,
                const struct cli_values *services, const struct logs_options *options)
{
    struct logs logs = {
        .session = session, .options = options, .project = project, .services = services};
    struct invocation invocation = {.logs = &logs, .match = match};
    int r;

    strbuf_init(&logs.out, OUTPUT_BYTES_MAX);
    r = arena_protect(&session->arena, invoke, &invocation);
    for (size_t i = 0; i < logs.count; i++)
        free_source(logs.sources[i]);
    strbuf_deinit(&logs.out);
    if (r < 0)
        arena_fail(&session->arena, r);
    if (invocation.result < 0 && invocation.result != -EPIPE)
        session_fail(session, "cannot write the output: %s", error_text(-invocation.result));
    else if (invocation.result < 0 || logs.has_failed)
        session->status = CLI_EXIT_FAILED;
}

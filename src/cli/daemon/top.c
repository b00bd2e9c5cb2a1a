/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slipway top: asks the daemon for what it has counted, once an interval, and shows the difference.
 *
 *     open -> ask -> wait an interval -> ask -> show -> wait ...
 *
 * Two samples are kept, each in memory of its own; a third arena holds what is drawn. All three are
 * emptied in turn, so that it can run for days. Where the daemon goes away, the terminal is given
 * back and then it is said.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/time.h"
#include "cli/daemon/daemon.h"
#include "cli/daemon/session.h"
#include "cli/daemon/top_sample.h"
#include "cli/daemon/top_screen.h"
#include "cli/daemon/top_view.h"
#include "os/file.h"
#include "os/os.h"
#include "spec/scalar/duration.h"

#define INTERVAL_MIN_NS (100 * TIME_MILLISECOND)
#define INTERVAL_MAX_NS TIME_HOUR

enum {
    SAMPLE_BYTES_MAX = 256 << 20,
    COUNT_MAX = 1000000000
};

struct top {
    struct session *session;
    uint64_t interval_ns;
    uint64_t count; /* of intervals; 0: without end */
    bool is_live;
    struct arena arenas[2];
    struct sample samples[2];
    size_t newest;
    struct arena drawing;
};

/* Asking */

struct reading {
    struct arena *arena;
    const json_t *document;
    struct sample *sample;
};

static void read_sample(void *context)
{
    struct reading *reading = context;

    sample_read(reading->arena, reading->document, reading->sample);
}

/* 0, or -errno with the session's error, which is told later: the screen is in the way. */
static int ask(struct top *top)
{
    struct session *session = top->session;
    size_t next = 1 - top->newest;
    struct reading reading = {.arena = &top->arenas[next], .sample = &top->samples[next]};
    json_t *document;
    int r;

    http_response_deinit(&session->response);
    session->response = (struct http_response){0};
    r = http_call(session->folders.socket_path, "GET", "/v1/statistics", NULL, &session->response,
                  &session->error);
    if (r < 0)
        return r;
    document = json_loadb(session->response.body, session->response.size, 0, NULL);
    if (document == NULL || session->response.status != 200) {
        json_decref(document);
        return error_set(&session->error, EPROTO, "the daemon answered with status %u",
                         session->response.status);
    }
    arena_deinit(&top->arenas[next]);
    arena_init(&top->arenas[next], SAMPLE_BYTES_MAX);
    reading.document = document;
    r = arena_protect(&top->arenas[next], read_sample, &reading);
    json_decref(document);
    if (r < 0)
        return error_set(&session->error, -r, "the daemon's answer is too large");
    top->newest = next;
    return 0;
}

/* Showing */

static void write_title(struct top *top, const struct sample_rates *rates, size_t count)
{
    double requests = 0, failures = 0;

    for (size_t i = 0; i < count; i++)
        if (rates[i].item->kind == SAMPLE_LISTENER) {
            requests += rates[i].requests;
            failures += rates[i].failures;
        }
    strbuf_printf(&top->session->out, "slipway top: %s requests/s, %s failures/s; q ends\n\n",
                  top_view_rate(&top->drawing, requests), top_view_rate(&top->drawing, failures));
}

static void draw(void *context)
{
    struct top *top = context;
    struct session *session = top->session;
    const struct sample *before = &top->samples[1 - top->newest];
    const struct sample *after = &top->samples[top->newest];
    struct sample_rates *rates = sample_compare(&top->drawing, before, after);
    struct terminal terminal = session->context->out;
    size_t rows = SIZE_MAX;

    if (session->context->json) {
        top_view_write_json(&top->drawing, &session->out, rates, after->count,
                            time_subtract(after->time_ns, before->time_ns));
        return;
    }
    if (top->is_live) {
        screen_size(&terminal.width, &rows);
        write_title(top, rates, after->count);
        rows = rows > 2 ? rows - 2 : 0;
    }
    top_view_write(&top->drawing, &session->out, &terminal, rates, after->count, rows);
}

/* 0 or -errno. */
static int show(struct top *top)
{
    struct session *session = top->session;
    int r;

    strbuf_reset(&session->out);
    arena_deinit(&top->drawing);
    arena_init(&top->drawing, SAMPLE_BYTES_MAX);
    r = arena_protect(&top->drawing, draw, top);
    if (r == 0)
        r = strbuf_failure(&session->out);
    if (r == 0 && top->is_live)
        screen_draw(&session->out);
    else if (r == 0)
        r = os_write_all(session->context->streams.out, strbuf_text(&session->out),
                         session->out.length);
    strbuf_reset(&session->out);
    return r < 0 ? error_set(&session->error, -r, "cannot show it: %s", error_text(-r)) : 0;
}

/* The loops */

static enum screen_event wait_for(struct top *top, uint64_t until_ns)
{
    uint64_t now_ns;

    if (top->is_live)
        return screen_wait(until_ns);
    while ((now_ns = os_monotonic_time_ns()) < until_ns)
        (void)os->poll(NULL, 0, time_to_timeout_ms(until_ns - now_ns));
    return SCREEN_TIME_IS_OVER;
}

static int run_intervals(struct top *top)
{
    uint64_t next_ns = os_monotonic_time_ns();
    uint64_t shown = 0;
    int r = 0;

    while (r == 0) {
        enum screen_event event;

        next_ns = time_add(next_ns, top->interval_ns);
        while ((event = wait_for(top, next_ns)) == SCREEN_REDRAW && r == 0)
            r = shown > 0 ? show(top) : 0;
        if (event == SCREEN_QUIT || r < 0)
            return r;
        r = ask(top);
        if (r == 0)
            r = show(top);
        if (++shown == top->count)
            return r;
    }
    return r;
}

static void run_top(struct top *top)
{
    struct session *session = top->session;
    int r;

    r = ask(top); /* before the screen is taken: perhaps there is nobody */
    if (r == 0 && top->is_live) {
        r = screen_open(session->context->streams.in, session->context->streams.out);
        if (r < 0) {
            session_fail(session, "cannot use the terminal: %s", error_text(-r));
            return;
        }
    }
    if (r == 0)
        r = run_intervals(top);
    if (top->is_live)
        screen_close();
    if (r < 0 && r != -EPIPE)
        session_fail(session, "%s", session->error->message);
    else if (r < 0)
        session->status = CLI_EXIT_FAILED;
    session->error = error_free(session->error);
}

/* The command line */

static void wrong_usage(struct session *session, const char *message)
{
    cli_complain(session->context, "%s\nSee 'slipway top --help'.", message);
    session->status = CLI_EXIT_USAGE;
}

static void read_options(struct session *session, struct top *top)
{
    const char *count = cli_value(session->arguments, OPTION_TOP_COUNT);
    const char *interval = cli_value(session->arguments, OPTION_TOP_INTERVAL);
    const char *message;
    int64_t interval_ns;
    char *end;

    top->is_live = session->context->out.is_terminal && !session->context->json;
    if (cli_flag(session->arguments, OPTION_TOP_ONCE) || !top->is_live) {
        top->is_live = false;
        top->count = 1;
    }
    if (count != NULL) {
        top->count = strtoull(count, &end, 10);
        top->is_live = false;
        if (count[0] < '0' || count[0] > '9' || *end != '\0' || top->count == 0 ||
            top->count > COUNT_MAX)
            wrong_usage(session, "--count must be a number of intervals");
    }
    if (!duration_parse(&session->arena, interval, strlen(interval), &interval_ns, &message) ||
        interval_ns < (int64_t)INTERVAL_MIN_NS || interval_ns > (int64_t)INTERVAL_MAX_NS)
        wrong_usage(session, "--interval must be a duration from 100ms to 1h");
    else
        top->interval_ns = (uint64_t)interval_ns;
}

static void run(struct session *session)
{
    struct top *top = session->data;

    top->session = session;
    read_options(session, top);
    if (session->status == CLI_EXIT_DONE)
        run_top(top);
}

int top_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    struct top top = {0};
    int status;

    arena_init(&top.drawing, SAMPLE_BYTES_MAX);
    arena_init(&top.arenas[0], SAMPLE_BYTES_MAX);
    arena_init(&top.arenas[1], SAMPLE_BYTES_MAX);
    status = session_run(arguments, context, run, &top);
    arena_deinit(&top.drawing);
    arena_deinit(&top.arenas[0]);
    arena_deinit(&top.arenas[1]);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats: what instances use. A share of the CPU is the difference of two looks, so the first table
 * comes after one interval. On a terminal it is drawn anew, as top is.
 */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/daemon/daemon.h"
#include "cli/daemon/top_screen.h"
#include "cli/daemon/top_view.h"
#include "cli/deploy/request.h"
#include "cli/instances/scope.h"
#include "cli/table.h"
#include "os/os.h"

#define INTERVAL_NS TIME_SECOND

enum {
    LOOK_BYTES_MAX = 64 << 20
};

struct figures {
    bool is_known;
    uint64_t taken_ns;
    uint64_t cpu_ns, memory, memory_limit, received, sent, read, written, processes;
};

struct look {
    struct figures before, now;
};

struct stats {
    struct session *session;
    struct scope_match match;
    struct look *looks;
    struct arena drawing;
    bool is_live;
};

static struct figures read_figures(const json_t *document)
{
    return (struct figures){
        .is_known = true,
        .taken_ns = os_monotonic_time_ns(),
        .cpu_ns = session_number(document, "cpu_ns"),
        .memory = session_number(document, "memory_bytes"),
        .memory_limit = session_number(document, "memory_limit_bytes"),
        .received = session_number(document, "received_bytes"),
        .sent = session_number(document, "sent_bytes"),
        .read = session_number(document, "read_bytes"),
        .written = session_number(document, "written_bytes"),
        .processes = session_number(document, "processes"),
    };
}

/* One that has ended meanwhile has no figures; the daemon's absence ends the whole. */
static bool look(struct stats *stats)
{
    struct session *session = stats->session;

    for (size_t i = 0; i < stats->match.count; i++) {
        struct look *one = &stats->looks[i];
        struct http_response response = {0};
        int r = http_call(session->folders.socket_path, "GET",
                          scope_path(session, stats->match.items[i], "stats"), NULL, &response,
                          &session->error);
        json_t *document;

        if (r < 0)
            return false;
        document = json_loadb(response.body, response.size, 0, NULL);
        one->before = one->now;
        one->now = response.status == 200 ? read_figures(document) : (struct figures){0};
        json_decref(document);
        http_response_deinit(&response);
    }
    return true;
}

static const char *share(struct arena *arena, const struct look *look)
{
    uint64_t passed_ns = time_subtract(look->now.taken_ns, look->before.taken_ns);

    if (!look->before.is_known || !look->now.is_known || passed_ns == 0)
        return "-";
    return arena_printf(arena, "%.1f%%",
                        100.0 * (double)time_subtract(look->now.cpu_ns, look->before.cpu_ns) /
                            (double)passed_ns);
}

static const char *memory(struct arena *arena, const struct figures *figures)
{
    const char *used = top_view_bytes(arena, (double)figures->memory);

    if (figures->memory_limit == 0)
        return used;
    return arena_printf(arena, "%s / %s", used,
                        top_view_bytes(arena, (double)figures->memory_limit));
}

static void add_row(struct stats *stats, struct table *table, size_t i)
{
    const struct look *one = &stats->looks[i];
    struct arena *arena = &stats->drawing;

    table_cell(table, stats->match.items[i]->name, TERMINAL_PLAIN);
    if (!one->now.is_known) {
        for (int column = 0; column < 7; column++)
            table_cell(table, "-", TERMINAL_DIM);
        return;
    }
    table_cell(table, share(arena, one), TERMINAL_PLAIN);
    table_cell(table, memory(arena, &one->now), TERMINAL_PLAIN);
    table_cell(table, top_view_bytes(arena, (double)one->now.received), TERMINAL_PLAIN);
    table_cell(table, top_view_bytes(arena, (double)one->now.sent), TERMINAL_PLAIN);
    table_cell(table, top_view_bytes(arena, (double)one->now.read), TERMINAL_PLAIN);
    table_cell(table, top_view_bytes(arena, (double)one->now.written), TERMINAL_PLAIN);
    table_cell(table, arena_printf(arena, "%" PRIu64, one->now.processes), TERMINAL_PLAIN);
}

static void draw(void *context)
{
    static const char *const headings[] = {"CPU",  "MEMORY",  "RECEIVED", "SENT",
                                           "READ", "WRITTEN", "PROCESSES"};
    struct stats *stats = context;
    struct terminal terminal = stats->session->context->out;
    size_t rows = SIZE_MAX;
    struct table table;

    if (stats->is_live)
        screen_size(&terminal.width, &rows);
    table_init(&table, &stats->drawing);
    table_column(&table, "NAME", TABLE_CUT);
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
        table_column(&table, headings[i], TABLE_RIGHT);
    for (size_t i = 0; i < stats->match.count; i++)
        add_row(stats, &table, i);
    table_write_rows(&table, &stats->session->out, &terminal, 0,
                     rows > 2 && rows != SIZE_MAX ? rows - 2 : rows);
}

static void write_json(struct stats *stats)
{
    struct session *session = stats->session;
    struct value *root = request_map(session);
    struct value *list = value_new(&session->arena, VALUE_LIST, (struct mark){0});

    for (size_t i = 0; i < stats->match.count; i++) {
        const struct figures *now = &stats->looks[i].now;
        struct value *map = request_map(session);

        request_set_text(session, map, "name", stats->match.items[i]->name);
        request_set_text(session, map, "id", stats->match.items[i]->id);
        request_set_number(session, map, "cpu_ns", (int64_t)now->cpu_ns);
        request_set_number(session, map, "memory_bytes", (int64_t)now->memory);
        request_set_number(session, map, "memory_limit_bytes", (int64_t)now->memory_limit);
        request_set_number(session, map, "received_bytes", (int64_t)now->received);
        request_set_number(session, map, "sent_bytes", (int64_t)now->sent);
        request_set_number(session, map, "read_bytes", (int64_t)now->read);
        request_set_number(session, map, "written_bytes", (int64_t)now->written);
        request_set_number(session, map, "processes", (int64_t)now->processes);
        value_list_append(&session->arena, list, map);
    }
    request_set(session, root, "instances", list);
    strbuf_append_string(&session->out, request_text(session, root));
    strbuf_append_char(&session->out, '\n');
}

static int show(struct stats *stats)
{
    int r;

    strbuf_reset(&stats->session->out);
    arena_deinit(&stats->drawing);
    arena_init(&stats->drawing, LOOK_BYTES_MAX);
    r = arena_protect(&stats->drawing, draw, stats);
    if (r == 0 && stats->is_live) {
        screen_draw(&stats->session->out);
        strbuf_reset(&stats->session->out);
    }
    return r;
}

static bool wait_interval(struct stats *stats, uint64_t until_ns)
{
    if (!stats->is_live) {
        (void)os->poll(NULL, 0, time_to_timeout_ms(INTERVAL_NS));
        return true;
    }
    for (;;) {
        enum screen_event event = screen_wait(until_ns);

        if (event == SCREEN_REDRAW)
            (void)show(stats);
        else
            return event == SCREEN_TIME_IS_OVER;
    }
}

static void watch(struct stats *stats)
{
    struct session *session = stats->session;
    bool is_fine = look(stats);

    if (is_fine && stats->is_live)
        (void)screen_open(session->context->streams.in, session->context->streams.out);
    while (is_fine) {
        if (!session->context->json &&
            !wait_interval(stats, time_add(os_monotonic_time_ns(), INTERVAL_NS)))
            break;
        is_fine = session->context->json || look(stats);
        if (is_fine && session->context->json)
            write_json(stats);
        else if (is_fine && show(stats) < 0)
            break;
        if (!stats->is_live)
            break;
    }
    if (stats->is_live)
        screen_close();
    if (!is_fine) {
        session_fail(session, "%s", session->error->message);
        session->error = error_free(session->error);
    }
}

static void stats(struct session *session)
{
    struct stats *stats = session->data;
    const struct cli_values *words = cli_operands(session->arguments);
    size_t count = 0;
    struct scope scope;

    stats->session = session;
    stats->is_live = session->context->out.is_terminal && !session->context->json &&
                     !cli_flag(session->arguments, OPTION_STATS_NO_STREAM);
    if (!scope_load(session, &scope) || !scope_find_all(session, &scope, words, &stats->match))
        return;
    for (size_t i = 0; i < stats->match.count; i++)
        if (text_equal(stats->match.items[i]->state, "running"))
            stats->match.items[count++] = stats->match.items[i];
    stats->match.count = count;
    stats->looks = arena_new_array(&session->arena, struct look, count);
    for (size_t i = 0; i < count; i++) {
        struct scope_instance *shown = arena_new(&session->arena, struct scope_instance);

        *shown = *stats->match.items[i];
        shown->name = session_escaped(session, shown->name);
        stats->match.items[i] = shown;
    }
    watch(stats);
}

int stats_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    struct stats stats_of_this = {0};
    int status;

    arena_init(&stats_of_this.drawing, LOOK_BYTES_MAX);
    status = session_run(arguments, context, stats, &stats_of_this);
    arena_deinit(&stats_of_this.drawing);
    return status;
}

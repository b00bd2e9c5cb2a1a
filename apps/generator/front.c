/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service `front`: the web page, and the same as JSON.
 *
 *     GET  /            the newest draw, and the history
 *     GET  /draws/17    an earlier draw
 *     POST /draw        draws, and leads to the page of that draw
 *     GET  /style.css
 *     POST /api/draw    draws: {"id": 17, "integer": 42, ...}
 *     GET  /api/history {"draws": [...]}, the newest first
 *
 * Each of these is found under BASE_PATH, too, and links begin with it: so that it works behind
 * a router that hands on /generator/... as it is, as well as behind one that cuts the prefix off.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/server.h"
#include "draw.h"
#include "history.h"
#include "page.h"
#include "services.h"
#include "value.h"

/* A draw keeps a thread waiting for other services, without work for a CPU. */
#define THREADS_DEFAULT 16
/* That many are kept free of draws, where there are more: whatever the other services do, /healthz
 * and the pages answer. */
#define THREADS_FREE  2
#define LOCATION_SIZE 128

struct front {
    const char *base;
    long shown_count;
    atomic_long draws_free; /* how many more may begin now */
    struct services services;
    struct history history;
};

/* An answer that is being written. */
struct text {
    FILE *stream;
    char *data;
    size_t size;
};

static bool text_open(struct text *text, struct server_answer *answer)
{
    *text = (struct text){0};
    text->stream = open_memstream(&text->data, &text->size);
    if (text->stream == NULL)
        server_answer_error(answer, 503, "out of memory");
    return text->stream != NULL;
}

/* r is what writing it came to. */
static void text_answer(struct text *text, struct server_answer *answer, unsigned status,
                        const char *type, int r)
{
    if (fclose(text->stream) == 0 && r == 0) {
        server_answer_header(answer, "Cache-Control", "no-store");
        server_answer_header(answer, "X-Content-Type-Options", "nosniff");
        server_answer_bytes(answer, status, type, text->data, text->size);
    } else {
        server_answer_error(answer, 503, "out of memory");
    }
    free(text->data);
}

static void page_answer(struct text *text, struct server_answer *answer, unsigned status)
{
    server_answer_header(answer, "Content-Security-Policy", PAGE_POLICY);
    server_answer_header(answer, "Referrer-Policy", "no-referrer");
    text_answer(text, answer, status, "text/html; charset=utf-8", 0);
}

static void fail_page(const struct front *front, struct server_answer *answer, unsigned status,
                      const char *title, const char *reason)
{
    struct text text;

    if (!text_open(&text, answer))
        return;
    page_write_failure(text.stream, front->base, title, reason);
    page_answer(&text, answer, status);
}

static void fail_history(const struct front *front, struct server_answer *answer)
{
    fail_page(front, answer, 503, "The history is not there",
              "The database does not answer. Please try again in a moment.");
}

static void show(struct front *front, struct server_answer *answer, const struct draw *chosen)
{
    struct draws draws;
    struct text text;
    const struct draw *shown = chosen;

    if (history_list(&front->history, front->shown_count, &draws) < 0) {
        fail_history(front, answer);
        return;
    }
    if (shown == NULL && draws.count > 0)
        shown = &draws.items[0];
    if (text_open(&text, answer)) {
        page_write(text.stream, front->base, shown, &draws);
        page_answer(&text, answer, 200);
    }
    draws_deinit(&draws);
}

static void get_page(const struct server_request *request, struct server_answer *answer)
{
    show(request->context, answer, NULL);
}

static void get_draw(const struct server_request *request, struct server_answer *answer)
{
    struct front *front = request->context;
    struct draw draw;
    int r = history_find(&front->history, request->parameters[0], &draw);

    if (r == -ENOENT) {
        fail_page(front, answer, 404, "No such draw",
                  "There is no such draw, or it is too old to be kept.");
        return;
    }
    if (r < 0) {
        fail_history(front, answer);
        return;
    }
    show(front, answer, &draw);
    draw_deinit(&draw);
}

/* 0, or the status to answer. */
static unsigned ask_services(struct front *front, struct draw *ret_draw,
                             char reason[SERVICES_REASON_SIZE])
{
    unsigned status = 503;

    if (atomic_fetch_sub(&front->draws_free, 1) > 0)
        status = services_draw(&front->services, ret_draw, reason);
    else
        (void)snprintf(reason, SERVICES_REASON_SIZE,
                       "busy: as many draws as can be made at once are on their way");
    atomic_fetch_add(&front->draws_free, 1);
    return status;
}

/* Draws, and keeps it. 0, or the status to answer, and the reason is logged, too. */
static unsigned make_draw(struct front *front, struct draw *ret_draw, struct server_answer *answer,
                          char reason[SERVICES_REASON_SIZE])
{
    struct draw draw;
    unsigned status = ask_services(front, &draw, reason);

    if (status == 503)
        server_answer_header(answer, "Retry-After", "1");
    if (status != 0) {
        log_warning("%s", reason);
        return status;
    }
    if (history_add(&front->history, &draw) < 0) {
        draw_deinit(&draw);
        (void)snprintf(reason, SERVICES_REASON_SIZE,
                       "the draw could not be kept: the database does not answer");
        return 503;
    }
    *ret_draw = draw;
    return 0;
}

static void post_draw(const struct server_request *request, struct server_answer *answer)
{
    struct front *front = request->context;
    char reason[SERVICES_REASON_SIZE];
    char location[LOCATION_SIZE];
    struct draw draw;
    unsigned status = make_draw(front, &draw, answer, reason);

    if (status != 0) {
        fail_page(front, answer, status, "No draw this time", reason);
        return;
    }
    (void)snprintf(location, sizeof(location), "%s/draws/%" PRId64, front->base, draw.id);
    server_answer_header(answer, "Location", location);
    server_answer_empty(answer, 303);
    draw_deinit(&draw);
}

static void post_api_draw(const struct server_request *request, struct server_answer *answer)
{
    struct front *front = request->context;
    char reason[SERVICES_REASON_SIZE];
    struct draw draw;
    struct text text;
    unsigned status = make_draw(front, &draw, answer, reason);

    if (status != 0) {
        server_answer_error(answer, status, "%s", reason);
        return;
    }
    if (text_open(&text, answer)) {
        int r = draw_write_json(text.stream, &draw);

        (void)fputc('\n', text.stream);
        text_answer(&text, answer, 201, "application/json", r);
    }
    draw_deinit(&draw);
}

static void get_api_history(const struct server_request *request, struct server_answer *answer)
{
    struct front *front = request->context;
    struct draws draws;
    struct text text;
    int r = 0;

    if (history_list(&front->history, front->shown_count, &draws) < 0) {
        server_answer_error(answer, 503, "the database does not answer");
        return;
    }
    if (text_open(&text, answer)) {
        (void)fputs("{\"draws\": [", text.stream);
        for (size_t i = 0; i < draws.count && r == 0; i++) {
            (void)fputs(i == 0 ? "" : ", ", text.stream);
            r = draw_write_json(text.stream, &draws.items[i]);
        }
        (void)fputs("]}\n", text.stream);
        text_answer(&text, answer, 200, "application/json", r);
    }
    draws_deinit(&draws);
}

static void get_style(const struct server_request *request, struct server_answer *answer)
{
    (void)request;
    server_answer_header(answer, "X-Content-Type-Options", "nosniff");
    server_answer_bytes(answer, 200, "text/css; charset=utf-8", page_style,
                        (size_t)(page_style_end - page_style));
}

static const struct server_route routes[] = {
    {"GET", "/", get_page},
    {"GET", "/draws/{draw}", get_draw},
    {"POST", "/draw", post_draw},
    {"GET", "/style.css", get_style},
    {"POST", "/api/draw", post_api_draw},
    {"GET", "/api/history", get_api_history},
    {"GET", "/healthz", value_healthz},
};

#define ROUTE_COUNT (sizeof(routes) / sizeof(routes[0]))

/* All routes as they are, then under the base, then the base alone. Returns how many. */
static size_t lay_routes(struct config *config, const char *base,
                         struct server_route ret_routes[2 * ROUTE_COUNT + 1])
{
    size_t count = 0;

    for (size_t i = 0; i < ROUTE_COUNT; i++)
        ret_routes[count++] = routes[i];
    if (*base == '\0')
        return count;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        ret_routes[count] = routes[i];
        ret_routes[count++].pattern = config_keep(config, "%s%s", base, routes[i].pattern);
    }
    ret_routes[count++] = (struct server_route){"GET", base, get_page};
    return count;
}

/* BASE_PATH without a slash at its end: "" or "/generator". */
static const char *read_base(struct config *config)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.~";
    const char *text = config_text(config, "BASE_PATH", "/");
    size_t length = strlen(text);

    if (*text != '/' || strspn(text, allowed) != length || strstr(text, "//") != NULL ||
        length > LOCATION_SIZE / 2)
        config_problem(config, "BASE_PATH", "\"%s\" is not a path such as /generator", text);
    if (length > 0 && text[length - 1] == '/')
        length--;
    return config_keep(config, "%.*s", (int)length, text);
}

int main(void)
{
    struct server_route all_routes[2 * ROUTE_COUNT + 1];
    struct front front;
    struct server_options options = {.routes = all_routes, .context = &front};
    struct config *config;
    const char *url;
    bool is_good;

    log_init("front");
    server_block_signals();
    config = config_load(".env");
    front.base = read_base(config);
    front.shown_count = config_number(config, "HISTORY_SHOWN", 20, 1, 1000);
    services_configure(&front.services, config);
    url = history_configure(&front.history, config);
    server_configure(&options, config);
    if (config_text(config, "THREADS", NULL) == NULL)
        options.threads = THREADS_DEFAULT;
    atomic_init(&front.draws_free,
                options.threads > THREADS_FREE ? options.threads - THREADS_FREE : 1);
    options.route_count = lay_routes(config, front.base, all_routes);
    is_good = config_check(config) && history_open(&front.history, url) == 0;
    if (is_good) {
        is_good = server_run(&options) == 0;
        history_close(&front.history);
    }
    config_free(config);
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

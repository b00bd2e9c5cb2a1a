/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/events.h"

#include <errno.h>
#include <inttypes.h>

#include "base/error.h"
#include "base/time.h"
#include "engine/call_priv.h"
#include "engine/fields_priv.h"

#define EVENT_LIMIT ((size_t)4 << 20)

static const struct field event_fields[] = {
    FIELD(TEXT, struct engine_event, type, "Type"),
    FIELD(TEXT, struct engine_event, action, "Action"),
    FIELD(TEXT, struct engine_event, id, "Actor.ID"),
    FIELD(PAIRS, struct engine_event, attributes, "Actor.Attributes"),
    FIELD(UNSIGNED, struct engine_event, unix_ns, "timeNano"),
    FIELDS_END,
};

static void take_event(struct arena *arena, const json_t *object, void *context)
{
    struct engine_event *event = context;

    fields_read(arena, event_fields, object, event);
    if (event->unix_ns == 0)
        event->unix_ns = field_time(json_object_get(object, "time"));
}

static int give(const struct engine_event_options *options, json_t *object, struct error **reterr)
{
    struct engine_event event = {0};
    struct arena arena;
    int r;

    arena_init(&arena, EVENT_LIMIT);
    r = call_take(&arena, object, take_event, &event, reterr);
    if (r == 0 && event.type[0] != '\0')
        r = options->sink(options->context, &event);
    arena_deinit(&arena);
    return r;
}

static void add_time(struct call *call, const char *name, uint64_t unix_ns)
{
    char text[40];

    (void)snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, unix_ns / TIME_SECOND,
                   unix_ns % TIME_SECOND);
    if (unix_ns > 0)
        call_add(call, name, text);
}

int engine_follow_events(const struct engine *engine, const struct engine_event_options *options,
                         struct error **reterr)
{
    _cleanup_call_ struct call call;
    _cleanup_http_exchange_ struct http_exchange *exchange = NULL;
    _cleanup_lines_ struct lines lines;
    json_t *object = NULL;
    int r;

    lines_init(&lines, NULL);
    call_init(&call, "GET", "/events", NULL, "");
    call_add_filters(&call, options->filters);
    add_time(&call, "since", options->since_unix_ns);
    add_time(&call, "until", options->until_unix_ns);
    r = call_open(engine, &call, &exchange, reterr);
    if (r < 0)
        return r;
    if (options->began != NULL)
        options->began(options->context);
    lines.exchange = exchange;
    while ((r = lines_next(&lines, &object, reterr)) > 0) {
        r = give(options, object, reterr);
        if (r != 0)
            return r;
    }
    if (r == 0 && options->until_unix_ns == 0)
        return error_set(reterr, ECONNRESET,
                         "the Docker Engine has ended the stream of its events");
    return r;
}

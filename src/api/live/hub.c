/* SPDX-License-Identifier: Apache-2.0 */
#include "api/live/hub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/projects.h"
#include "control/access.h"
#include "control/keepers.h"
#include "os/heap.h"
#include "os/os.h"

#define TICK_NS       TIME_SECOND
#define COMMENT_NS    (10 * TIME_SECOND)
#define WORDS_MAX     ((size_t)64 << 10)
#define TEXT_KEPT_MAX ((size_t)256 << 10)

static struct hub *hub_of_viewer(struct sampler_viewer *viewer)
{
    return list_entry(viewer, struct hub, viewer);
}

/* Streams */

static void forget_all(struct hub *hub)
{
    loop_timer_cancel(&hub->timer);
    meter_deinit(&hub->meter);
    strbuf_deinit(&hub->text);
    strbuf_deinit(&hub->words);
    strbuf_init(&hub->text, HUB_TEXT_MAX);
    strbuf_init(&hub->words, WORDS_MAX);
    hub->names = names_unref(hub->names);
    hub->usage = frame_unref(hub->usage);
}

static void stream_gone(struct live_stream *stream)
{
    struct hub *hub = stream->owner;

    (void)live_stream_free(stream);
    if (--hub->count > 0)
        return;
    forget_all(hub);
    gatherer_rest(hub->gatherer);
    sampler_hurry(hub->control->sampler, false);
    os_trim_heap();
}

static void put_to_all(struct hub *hub, struct frame *frame)
{
    struct live_stream *stream;

    list_for_each_safe (stream, &hub->streams, link) {
        if (!stream->is_welcome)
            continue;
        live_stream_put(stream, frame, stream->count == 0);
        live_stream_run(stream);
    }
}

static void tell_all(struct hub *hub, const char *event, const struct strbuf *text)
{
    struct frame *frame = frame_new(event, 0, strbuf_text(text), text->length);

    /* Without memory for it nobody would know what is missing: they begin anew. */
    put_to_all(hub, frame);
    (void)frame_unref(frame);
}

/* The edge */

static void tell_targets(struct hub *hub)
{
    struct frame *frame = hub_paint_targets(hub);

    put_to_all(hub, frame);
    (void)frame_unref(frame);
}

static bool is_for(const struct live_stream *stream, bool shows_values)
{
    return stream->is_welcome && stream->sees_values == shows_values;
}

static bool is_anybody_for(const struct hub *hub, bool shows_values)
{
    const struct live_stream *stream;

    list_for_each (stream, &hub->streams, link) {
        if (is_for(stream, shows_values))
            return true;
    }
    return false;
}

/* To those whose role sees as much, in one frame for all of them. */
static void paint_for(struct hub *hub, bool shows_values)
{
    struct live_stream *stream;
    struct frame *frame;

    if (!is_anybody_for(hub, shows_values))
        return;
    frame = hub_paint_edge(hub, shows_values);
    list_for_each_safe (stream, &hub->streams, link) {
        if (!is_for(stream, shows_values))
            continue;
        live_stream_put(stream, frame, stream->count == 0);
        live_stream_run(stream);
    }
    (void)frame_unref(frame);
}

static uint64_t names_digest(const struct hub *hub)
{
    return hub->names != NULL ? hub->names->digest : 0;
}

static void show_edge(struct hub *hub)
{
    hub->shown_generation = control_generation(hub->control);
    hub->shown_names = names_digest(hub);
    paint_for(hub, true);
    paint_for(hub, false);
}

/* Each second */

static void tell_world(struct hub *hub)
{
    struct publication *publication = hub->control->publication;
    json_t *list = projects_served(hub->control);
    char *served = list != NULL ? json_dumps(list, JSON_COMPACT) : NULL;

    json_decref(list);
    gatherer_set_world(hub->gatherer, publication != NULL ? publication_ref(publication) : NULL,
                       served);
}

static void comment(struct hub *hub, uint64_t now_ns)
{
    struct frame *frame;

    if (now_ns < time_add(hub->commented_ns, COMMENT_NS))
        return;
    hub->commented_ns = now_ns;
    frame = frame_new_comment();
    put_to_all(hub, frame);
    (void)frame_unref(frame);
}

static void tick(struct loop_timer *timer)
{
    struct hub *hub = list_entry(timer, struct hub, timer);
    uint64_t now_ns = os_monotonic_time_ns();
    bool is_new = hub->shown_generation != control_generation(hub->control) ||
                  hub->shown_names != names_digest(hub);

    loop_timer_set_after(&hub->control->loop, timer, TICK_NS);
    tell_world(hub);
    if (meter_take(&hub->meter, hub->control, now_ns, &hub->text) < 0)
        return; /* the next time has it */
    if (hub->text.length > 0)
        tell_all(hub, "rates", &hub->text);
    if (is_new)
        show_edge(hub);
    else if (hub->meter.has_changes)
        tell_targets(hub);
    if (hub->text.capacity > TEXT_KEPT_MAX)
        strbuf_deinit(&hub->text);
    comment(hub, now_ns);
}

/* What the threads say */

static struct live_stream *find_stream(struct hub *hub, uint64_t id)
{
    struct live_stream *stream;

    list_for_each (stream, &hub->streams, link) {
        if (stream->id == id)
            return stream;
    }
    return NULL;
}

static void put_all(struct live_stream *stream, const struct delivery *delivery, bool is_beginning)
{
    for (size_t i = 0; i < delivery->count; i++)
        live_stream_put(stream, delivery->frames[i], is_beginning);
    if (delivery->is_broken)
        live_stream_put(stream, NULL, is_beginning);
}

static bool is_first(const struct hub *hub)
{
    const struct live_stream *stream;

    list_for_each (stream, &hub->streams, link) {
        if (stream->is_welcome)
            return false;
    }
    return true;
}

static void welcome(struct hub *hub, struct live_stream *stream, const struct delivery *delivery)
{
    struct frame *edge = hub_paint_edge(hub, stream->sees_values);

    if (is_first(hub)) {
        hub->shown_generation = control_generation(hub->control);
        hub->shown_names = names_digest(hub);
    }
    stream->is_welcome = true;
    put_all(stream, delivery, true);
    live_stream_put(stream, edge, true);
    if (hub->usage != NULL)
        live_stream_put(stream, hub->usage, true);
    (void)frame_unref(edge);
    live_stream_run(stream);
}

static void hear_delivery(struct hub *hub, struct delivery *delivery)
{
    struct live_stream *stream;

    if (delivery->names != NULL && hub->count > 0) {
        (void)names_unref(hub->names);
        hub->names = take_ptr(delivery->names);
    }
    if (delivery->is_usage && delivery->count > 0 && hub->count > 0) {
        (void)frame_unref(hub->usage);
        hub->usage = frame_ref(delivery->frames[0]);
    }
    if (delivery->stream != 0) {
        stream = find_stream(hub, delivery->stream);
        if (stream != NULL)
            welcome(hub, stream, delivery);
        return;
    }
    list_for_each_safe (stream, &hub->streams, link) {
        if (!stream->is_welcome)
            continue;
        /* Who has read everything may get more at once than may wait for one who has not. */
        put_all(stream, delivery, stream->count == 0);
        live_stream_run(stream);
    }
}

static void delivered(struct loop_message *message)
{
    struct delivery *delivery = list_entry(message, struct delivery, message);

    hear_delivery(delivery->context, delivery);
    (void)delivery_free(delivery);
}

static void used(struct sampler_viewer *viewer, const struct sampler_usage *items, size_t count)
{
    struct hub *hub = hub_of_viewer(viewer);
    struct delivery *delivery = delivery_new(delivered, hub);

    if (delivery == NULL)
        return;
    hub_write_usage(delivery, items, count);
    delivery->is_usage = true;
    loop_post(&hub->control->loop, &delivery->message);
}

/* The whole */

static void stop(struct sampler_viewer *viewer)
{
    struct hub *hub = hub_of_viewer(viewer);

    loop_timer_cancel(&hub->timer);
    gatherer_stop(hub->gatherer);
}

static bool has_stopped(struct sampler_viewer *viewer)
{
    return gatherer_has_stopped(hub_of_viewer(viewer)->gatherer);
}

static void hub_free(struct sampler_viewer *viewer)
{
    struct hub *hub = hub_of_viewer(viewer);
    struct live_stream *stream;

    hub->gatherer = gatherer_free(hub->gatherer);
    list_for_each_safe (stream, &hub->streams, link)
        (void)live_stream_forget(stream);
    forget_all(hub);
    free(hub);
}

static struct hub *hub_new(struct control *control)
{
    const struct gatherer_options options = {
        .control = control, .loop = &control->loop, .deliver = delivered};
    struct gatherer_options complete = options;
    struct hub *hub = calloc(1, sizeof(*hub));

    if (hub == NULL)
        return NULL;
    complete.context = hub;
    hub->gatherer = gatherer_new(&complete);
    if (hub->gatherer == NULL) {
        free(hub);
        return NULL;
    }
    hub->viewer = (struct sampler_viewer){used, stop, has_stopped, hub_free};
    hub->control = control;
    list_init(&hub->streams);
    loop_timer_init(&hub->timer, tick);
    strbuf_init(&hub->text, HUB_TEXT_MAX);
    strbuf_init(&hub->words, WORDS_MAX);
    sampler_set_viewer(control->sampler, &hub->viewer);
    return hub;
}

struct hub *hub_of(struct control *control)
{
    struct sampler_viewer *viewer;

    if (control->sampler == NULL || control->keepers == NULL || control->is_stopping)
        return NULL;
    viewer = sampler_viewer_of(control->sampler);
    return viewer != NULL ? hub_of_viewer(viewer) : hub_new(control);
}

static void begin(struct hub *hub)
{
    struct control *control = hub->control;
    uint64_t now_ns = os_monotonic_time_ns();

    hub->commented_ns = now_ns;
    hub->shown_generation = control_generation(control);
    hub->shown_names = 0;
    (void)meter_take(&hub->meter, control, now_ns, &hub->text);
    loop_timer_set_after(&control->loop, &hub->timer, TICK_NS);
    sampler_hurry(control->sampler, true);
}

int hub_open(struct hub *hub, struct http_request *request, uint64_t after, const char *session)
{
    const struct access *access = access_of(request);
    struct frame *frame;
    struct live_stream *stream;

    if (hub->count >= LIVE_STREAMS_MAX)
        return -EBUSY;
    if (hub->count == 0)
        tell_world(hub);
    if (gatherer_open(hub->gatherer, hub->last_id + 1, after) < 0)
        return -ENOMEM;
    stream = live_stream_new(&hub->control->loop, request);
    if (stream == NULL) {
        if (hub->count == 0)
            gatherer_rest(hub->gatherer);
        return -ENOMEM; /* the gatherer's answer finds nobody */
    }
    stream->owner = hub;
    stream->gone = stream_gone;
    stream->id = ++hub->last_id;
    stream->sees_values = access != NULL && access->role >= ACCESS_OPERATOR;
    list_append(&hub->streams, &stream->link);
    if (hub->count++ == 0)
        begin(hub);
    frame = frame_new("session", 0, session, strlen(session));
    live_stream_put(stream, frame, true);
    (void)frame_unref(frame);
    live_stream_run(stream);
    return 0;
}

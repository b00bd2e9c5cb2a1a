/* SPDX-License-Identifier: Apache-2.0 */
/* What the edge is, and what instances use, as it is told. */
#include <inttypes.h>
#include <string.h>

#include "api/json.h"
#include "api/live/hub.h"
#include "api/live/picture.h"
#include "base/time.h"
#include "model/value_json.h"
#include "os/os.h"

#define MEMORY_MAX ((size_t)128 << 20)

/* The edge */

struct painting {
    struct hub *hub;
    struct arena arena;
    bool is_whole, shows_values;
};

static void put_json(struct hub *hub, const struct value *value)
{
    static const struct json_style compact = {.compact = true};

    strbuf_reset(&hub->text);
    value_write_json(&hub->text, value, &compact);
}

static struct value *changed_targets(struct painting *painting, uint64_t now_ns)
{
    struct hub *hub = painting->hub;
    struct arena *arena = &painting->arena;
    struct value *map = json_new_map(arena);
    struct value *list = json_new_list(arena), *gone = json_new_list(arena);

    for (size_t i = 0; i < hub->meter.count; i++) {
        const struct meter_item *item = &hub->meter.items[i];

        if (item->kind != STATE_KIND_TARGET)
            continue;
        if (item->has_gone)
            json_append_text(arena, gone, arena_printf(arena, "%016" PRIx64, item->id));
        else if (item->has_changed && !item->is_leaving)
            value_list_append(
                arena, list,
                picture_target(arena, hub->control, hub->names, item->group, item->number, now_ns));
    }
    json_put(arena, map, "targets", list);
    json_put(arena, map, "gone", gone);
    return map;
}

static void paint(void *context)
{
    struct painting *painting = context;
    struct hub *hub = painting->hub;
    uint64_t now_ns = os_monotonic_time_ns();

    put_json(hub, painting->is_whole ? picture_edge(&painting->arena, hub->control, hub->names,
                                                    now_ns, painting->shows_values, &hub->words)
                                     : changed_targets(painting, now_ns));
}

static struct frame *paint_frame(struct hub *hub, bool is_whole, bool shows_values)
{
    struct painting painting = {.hub = hub, .is_whole = is_whole, .shows_values = shows_values};
    struct frame *frame = NULL;
    int r;

    arena_init(&painting.arena, MEMORY_MAX);
    r = arena_protect(&painting.arena, paint, &painting);
    if (r == 0 && strbuf_failure(&hub->text) == 0)
        frame =
            frame_new(is_whole ? "edge" : "targets", 0, strbuf_text(&hub->text), hub->text.length);
    arena_deinit(&painting.arena);
    return frame;
}

struct frame *hub_paint_edge(struct hub *hub, bool shows_values)
{
    return paint_frame(hub, true, shows_values);
}

struct frame *hub_paint_targets(struct hub *hub)
{
    return paint_frame(hub, false, false);
}

/* Usage */

/* As runtimes make them; what else a hostile one says has no place in the text. */
static bool is_plain(const char *id)
{
    return id[strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.")] ==
           '\0';
}

void hub_write_usage(struct delivery *delivery, const struct sampler_usage *items, size_t count)
{
    _cleanup_strbuf_ struct strbuf text;
    bool is_first = true;

    strbuf_init(&text, HUB_TEXT_MAX);
    strbuf_printf(&text, "{\"time\":%" PRIu64 ",\"items\":{", os_real_time_ns() / TIME_MILLISECOND);
    for (size_t i = 0; i < count; i++) {
        if (!is_plain(items[i].id))
            continue;
        strbuf_printf(&text, "%s\"%s\":[%.2f,%" PRIu64 ",%" PRIu64 "]", is_first ? "" : ",",
                      items[i].id, items[i].cpu_percent, items[i].memory_bytes,
                      items[i].memory_limit_bytes);
        is_first = false;
    }
    strbuf_append_string(&text, "}}");
    if (!is_first && strbuf_failure(&text) == 0)
        delivery_add(delivery, frame_new("usage", 0, strbuf_text(&text), text.length));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Events, as they are told to those who follow. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "api/events.h"
#include "api/live/gatherer_priv.h"
#include "os/os.h"

#define PAGE       200
#define MISSED_MAX 1000

struct page {
    struct gatherer *gatherer;
    struct delivery *delivery;
    struct arena arena;
    struct strbuf line;
    uint64_t after, until; /* the last one; those behind it, up to this one */
    uint32_t count;
    bool notes; /* projects that something was told of */
    int result;
};

static void put_event(struct page *page, const struct store_event *event)
{
    struct known_project *project;

    if (events_write(&page->line, event->sequence, event->unix_ns, event->project, event->deploy,
                     event->text) < 0) {
        delivery_add(page->delivery, NULL);
        return;
    }
    delivery_add(page->delivery, frame_new("event", event->sequence, strbuf_text(&page->line),
                                           page->line.length - 1));
    project = page->notes ? gatherer_find(page->gatherer, event->project, false) : NULL;
    if (project != NULL)
        project->is_stale = true;
}

static void put_page(void *context)
{
    struct page *page = context;
    struct store_event *events;

    page->count = 0;
    page->result = store_list_events(page->gatherer->store, &page->arena, NULL, 0, page->after,
                                     PAGE, &events, &page->count, NULL);
    for (uint32_t i = 0; page->result == 0 && i < page->count; i++) {
        if (events[i].sequence > page->until) {
            page->count = 0;
            return;
        }
        put_event(page, &events[i]);
        page->after = events[i].sequence;
    }
}

static void put_stored(struct page *page)
{
    int r;

    strbuf_init(&page->line, GATHERER_TEXT_MAX);
    do {
        arena_init(&page->arena, GATHERER_MEMORY_MAX);
        r = arena_protect(&page->arena, put_page, page);
        arena_deinit(&page->arena);
    } while (r == 0 && page->result == 0 && page->count == PAGE);
    strbuf_deinit(&page->line);
}

static void put_passing(struct gatherer *gatherer, struct delivery *delivery)
{
    struct followers *followers = &gatherer->keepers->followers;
    _cleanup_strbuf_ struct strbuf line;
    struct passing passing;

    strbuf_init(&line, GATHERER_TEXT_MAX);
    while (followers_next(followers, gatherer->passed, NULL, 0, &passing)) {
        gatherer->passed = passing.number;
        if (events_write(&line, 0, os_real_time_ns(), passing.project, passing.deploy,
                         passing.text) == 0)
            delivery_add(delivery, frame_new("progress", 0, strbuf_text(&line), line.length - 1));
        passing_deinit(&passing);
    }
}

void gatherer_tell_events(struct gatherer *gatherer, struct delivery *delivery)
{
    struct page page = {.gatherer = gatherer,
                        .delivery = delivery,
                        .after = gatherer->after,
                        .until = UINT64_MAX,
                        .notes = true};

    put_passing(gatherer, delivery);
    put_stored(&page);
    gatherer->after = page.after;
}

void gatherer_tell_missed(struct gatherer *gatherer, uint64_t after, struct delivery *delivery)
{
    struct page page = {
        .gatherer = gatherer, .delivery = delivery, .after = after, .until = gatherer->after};
    char text[64];

    if (after <= gatherer->after && gatherer->after - after <= MISSED_MAX) {
        put_stored(&page);
        return;
    }
    (void)snprintf(text, sizeof(text), "{\"after\":%" PRIu64 "}", gatherer->after);
    delivery_add(delivery, frame_new("missed", gatherer->after, text, strlen(text)));
}

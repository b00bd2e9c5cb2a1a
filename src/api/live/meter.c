/* SPDX-License-Identifier: Apache-2.0 */
#include "api/live/meter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "control/control.h"
#include "os/os.h"

void meter_deinit(struct meter *meter)
{
    free(meter->items);
    *meter = (struct meter){0};
}

/* The item of before. They mostly come in the same order, so the place after the last one found is
 * tried first. */
static void take_over(const struct meter *before, size_t *cursor, struct meter_item *item)
{
    uint32_t group = item->group, number = item->number;
    bool is_leaving = item->is_leaving;

    for (size_t i = 0; i < before->count; i++) {
        size_t place = (*cursor + i) % before->count;

        if (before->items[place].id != item->id)
            continue;
        *item = before->items[place];
        item->group = group;
        item->number = number;
        item->is_leaving = is_leaving;
        *cursor = place + 1;
        return;
    }
}

static void add(struct meter *meter, const struct meter *before, size_t *cursor,
                struct meter_item item)
{
    item.was_zero = true;
    take_over(before, cursor, &item);
    meter->items[meter->count++] = item;
}

static size_t count_all(const struct control *control, const struct merged *merged)
{
    size_t count =
        merged->config.listener_count + merged->config.group_count + control->leaving.count;

    for (uint32_t i = 0; i < merged->config.group_count; i++)
        count += merged->config.groups[i].target_count;
    return count;
}

static int list_anew(struct meter *meter, const struct control *control)
{
    const struct merged *merged = control_merged(control);
    struct meter new = {.generation = control_generation(control), .taken_ns = meter->taken_ns};
    size_t cursor = 0;

    new.items = calloc(count_all(control, merged) + 1, sizeof(*new.items));
    if (new.items == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < merged->config.listener_count; i++)
        add(&new, meter, &cursor,
            (struct meter_item){.id = merged->config.listeners[i].id, .kind = STATE_KIND_LISTENER});
    for (uint32_t i = 0; i < merged->config.group_count; i++) {
        const struct route_group *group = &merged->config.groups[i];

        add(&new, meter, &cursor, (struct meter_item){.id = group->id, .kind = STATE_KIND_GROUP});
        for (uint32_t j = 0; j < group->target_count; j++)
            add(&new, meter, &cursor,
                (struct meter_item){.id = group->targets[j].id,
                                    .kind = STATE_KIND_TARGET,
                                    .group = i,
                                    .number = j});
    }
    for (unsigned int i = 0; i < control->leaving.count; i++)
        add(&new, meter, &cursor,
            (struct meter_item){.id = control->leaving.targets[i]->id,
                                .kind = STATE_KIND_TARGET,
                                .is_leaving = true});
    free(meter->items);
    *meter = new;
    return 0;
}

/* States */

static void look_at_target(struct meter *meter, struct meter_item *item,
                           const struct control *control, const struct counts *counts,
                           uint64_t now_ns)
{
    const struct merged *merged = control_merged(control);
    bool was_shown = item->is_shown;
    struct target_state state;

    item->has_gone = false;
    item->has_changed = false;
    if (item->is_leaving) {
        item->is_shown = counts->active > 0;
        item->has_gone = was_shown && !item->is_shown;
        meter->has_changes = meter->has_changes || item->has_gone;
        return;
    }
    state = target_state_read(&control->state, &merged->groups[item->group],
                              &merged->config.groups[item->group].targets[item->number], now_ns);
    item->has_changed = item->state != state.kind || item->reason != state.reason ||
                        item->weight != state.weight || !item->is_shown;
    item->is_shown = true;
    item->state = state.kind;
    item->reason = state.reason;
    item->weight = state.weight;
    meter->has_changes = meter->has_changes || item->has_changed;
}

/* Rates */

static void put_rates(struct strbuf *text, struct meter_item *item, const struct counts *counts,
                      uint64_t since_ns)
{
    bool is_zero = (counts->requests | counts->errors | counts->received_bytes |
                    counts->sent_bytes | counts->active | counts->open_connections) == 0;

    if (since_ns == 0 || (is_zero && item->was_zero))
        return;
    item->was_zero = is_zero;
    strbuf_printf(text,
                  "%s\"%016" PRIx64 "\":[%.1f,%.1f,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                  ",%" PRIu64 ",%.0f,%.0f]",
                  text->data[text->length - 1] == '{' ? "" : ",", item->id,
                  counts_rate(counts->requests, since_ns), counts_rate(counts->errors, since_ns),
                  counts->p50_us, counts->p95_us, counts->p99_us, counts->active,
                  counts->open_connections, counts_rate(counts->received_bytes, since_ns),
                  counts_rate(counts->sent_bytes, since_ns));
}

int meter_take(struct meter *meter, const struct control *control, uint64_t now_ns,
               struct strbuf *text)
{
    uint64_t since_ns = meter->taken_ns != 0 ? time_subtract(now_ns, meter->taken_ns) : 0;

    if (meter->items == NULL || meter->generation != control_generation(control)) {
        int r = list_anew(meter, control);

        if (r < 0)
            return r;
    }
    meter->has_changes = false;
    strbuf_reset(text);
    strbuf_printf(text, "{\"time\":%" PRIu64 ",\"items\":{", os_real_time_ns() / TIME_MILLISECOND);
    if (strbuf_failure(text) < 0)
        return strbuf_failure(text);
    for (size_t i = 0; i < meter->count; i++) {
        struct meter_item *item = &meter->items[i];
        uint32_t slot = state_find(&control->state, item->id);
        struct state_sum sum = {0};
        struct counts counts;

        if (slot != UINT32_MAX)
            state_sum(&control->state, slot, &sum);
        counts_take(&item->base, item->kind, &sum, &counts);
        put_rates(text, item, &counts, since_ns);
        if (item->kind == STATE_KIND_TARGET)
            look_at_target(meter, item, control, &counts, now_ns);
    }
    strbuf_append_string(text, "}}");
    meter->taken_ns = now_ns;
    if (since_ns == 0)
        strbuf_reset(text);
    return strbuf_failure(text);
}

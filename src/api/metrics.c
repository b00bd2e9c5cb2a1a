/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that is counted, in the text format of Prometheus: first all is read and added up,
 * then one family of metrics after another is written, as the format wants it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_priv.h"
#include "api/metrics_table.h"
#include "api/target_state.h"
#include "base/text.h"
#include "os/os.h"

/* Buckets end at powers of two of a microsecond, from 64 us to 67 s: there the buckets of
 * base/histogram.h end too, so that counts are exact. */
#define BOUNDARY_FIRST 6
#define BOUNDARY_COUNT 21

enum item_kind {
    ITEM_LISTENER,
    ITEM_GROUP,
    ITEM_TARGET,
    ITEM_KIND_COUNT,
};

static const char *const kind_names[] = {"listener", "group", "target"};

/* A listener, group or target with what was counted there. */
struct item {
    char *labels; /* in braces, but for the last one; ends with the page */
    struct state_counters counters;
    uint64_t buckets[BOUNDARY_COUNT]; /* cumulated */
    uint64_t count;
    struct target_state state;
    uint32_t target_states[TARGET_STATE_COUNT]; /* of a group */
};

struct items {
    struct item *items;
    size_t count;
};

struct page {
    const struct control *control;
    struct strbuf text;
    struct items kinds[ITEM_KIND_COUNT];
};

/* Labels */

static void append_label_value(struct strbuf *buffer, const char *text)
{
    size_t size = strlen(text);

    while (size > 0) {
        uint32_t character;
        size_t length = text_utf8_decode(text, size, &character);

        if (length == 0) {
            strbuf_append_string(buffer, "\xef\xbf\xbd");
            length = 1;
        } else if (*text == '\n') {
            strbuf_append_string(buffer, "\\n");
        } else {
            if (*text == '"' || *text == '\\')
                strbuf_append_char(buffer, '\\');
            strbuf_append(buffer, text, length);
        }
        text += length;
        size -= length;
    }
}

/* Pairs of names and values, up to a NULL. */
static char *make_labels(const char *const *pairs)
{
    struct strbuf buffer;

    strbuf_init(&buffer, 65536);
    for (; *pairs != NULL; pairs += 2) {
        strbuf_printf(&buffer, "%s%s=\"", buffer.length > 0 ? "," : "", pairs[0]);
        append_label_value(&buffer, pairs[1] != NULL ? pairs[1] : "");
        strbuf_append_char(&buffer, '"');
    }
    if (strbuf_failure(&buffer) < 0)
        strbuf_deinit(&buffer);
    return buffer.data;
}

/* Reading */

static int read_item(struct item *item, const struct control *control, uint64_t id,
                     const char *const *labels)
{
    uint32_t slot = state_find(&control->state, id);
    struct state_sum sum = {0};
    uint64_t total = 0;
    unsigned int bucket = 0;

    item->labels = make_labels(labels);
    if (item->labels == NULL)
        return -ENOMEM;
    if (slot != UINT32_MAX)
        state_sum(&control->state, slot, &sum);
    item->counters = sum.counters;
    for (unsigned int i = 0; i < BOUNDARY_COUNT; i++) {
        for (; bucket < histogram_bucket(UINT64_C(1) << (BOUNDARY_FIRST + i)); bucket++)
            total += sum.latency[bucket];
        item->buckets[i] = total;
    }
    for (; bucket < HISTOGRAM_BUCKET_COUNT; bucket++)
        total += sum.latency[bucket];
    item->count = total;
    return 0;
}

static int read_listeners(struct page *page, const struct merged *merged)
{
    struct items *items = &page->kinds[ITEM_LISTENER];

    items->items = calloc(merged->config.listener_count + 1, sizeof(*items->items));
    if (items->items == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < merged->config.listener_count; i++) {
        const struct route_listener *listener = &merged->config.listeners[i];
        const char *labels[] = {"listener", listener->name, "address", listener->address, NULL};

        if (read_item(&items->items[items->count++], page->control, listener->id, labels) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int read_targets(struct page *page, const struct merged_group *origin,
                        const struct route_group *group, struct item *group_item, uint64_t now_ns)
{
    struct items *items = &page->kinds[ITEM_TARGET];

    for (uint32_t i = 0; i < group->target_count; i++) {
        const struct route_target *target = &group->targets[i];
        struct item *item = &items->items[items->count++];
        const char *labels[] = {"project", origin->project, "group", group->name,
                                "target",  target->text,    NULL};

        if (read_item(item, page->control, target->id, labels) < 0)
            return -ENOMEM;
        item->state = target_state_read(&page->control->state, origin, target, now_ns);
        group_item->target_states[item->state.kind]++;
    }
    return 0;
}

static int read_groups(struct page *page, const struct merged *merged)
{
    struct items *items = &page->kinds[ITEM_GROUP];
    uint64_t now_ns = os_monotonic_time_ns();
    size_t targets = 0;

    for (uint32_t i = 0; i < merged->config.group_count; i++)
        targets += merged->config.groups[i].target_count;
    items->items = calloc(merged->config.group_count + 1, sizeof(*items->items));
    page->kinds[ITEM_TARGET].items = calloc(targets + 1, sizeof(*items->items));
    if (items->items == NULL || page->kinds[ITEM_TARGET].items == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < merged->config.group_count; i++) {
        const struct route_group *group = &merged->config.groups[i];
        const char *labels[] = {"project", merged->groups[i].project, "group", group->name, NULL};
        struct item *item = &items->items[items->count++];

        if (read_item(item, page->control, group->id, labels) < 0 ||
            read_targets(page, &merged->groups[i], group, item, now_ns) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Writing */

static void begin_family(struct page *page, enum item_kind kind, const char *suffix,
                         const char *type, const char *help)
{
    strbuf_printf(&page->text, "# HELP slipway_%s_%s %s\n# TYPE slipway_%s_%s %s\n",
                  kind_names[kind], suffix, help, kind_names[kind], suffix, type);
}

/* One number of each item: the member at that offset. */
static void write_family(struct page *page, enum item_kind kind, const char *suffix,
                         const char *type, size_t offset, const char *help)
{
    const struct items *items = &page->kinds[kind];

    begin_family(page, kind, suffix, type, help);
    for (size_t i = 0; i < items->count; i++) {
        const struct item *item = &items->items[i];
        uint64_t number;

        memcpy(&number, (const char *)&item->counters + offset, sizeof(number));
        strbuf_printf(&page->text, "slipway_%s_%s{%s} %" PRIu64 "\n", kind_names[kind], suffix,
                      item->labels, number);
    }
}

static void write_classes(struct page *page, enum item_kind kind, const char *suffix, size_t offset,
                          const char *help)
{
    static const char *const classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const struct items *items = &page->kinds[kind];

    begin_family(page, kind, suffix, "counter", help);
    for (size_t i = 0; i < items->count; i++) {
        const struct item *item = &items->items[i];
        uint64_t numbers[6];

        memcpy(numbers, (const char *)&item->counters + offset, sizeof(numbers));
        for (int j = 0; j < 6; j++)
            strbuf_printf(&page->text, "slipway_%s_%s{%s,class=\"%s\"} %" PRIu64 "\n",
                          kind_names[kind], suffix, item->labels, classes[j], numbers[j]);
    }
}

static void write_histograms(struct page *page, enum item_kind kind, const char *suffix,
                             const char *help)
{
    const struct items *items = &page->kinds[kind];

    begin_family(page, kind, suffix, "histogram", help);
    for (size_t i = 0; i < items->count; i++) {
        const struct item *item = &items->items[i];
        const char *name = kind_names[kind];

        for (unsigned int j = 0; j < BOUNDARY_COUNT; j++)
            strbuf_printf(&page->text, "slipway_%s_%s_bucket{%s,le=\"%.6f\"} %" PRIu64 "\n", name,
                          suffix, item->labels, (double)(UINT64_C(1) << (BOUNDARY_FIRST + j)) / 1e6,
                          item->buckets[j]);
        strbuf_printf(&page->text, "slipway_%s_%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name,
                      suffix, item->labels, item->count);
        strbuf_printf(&page->text, "slipway_%s_%s_sum{%s} %.6f\n", name, suffix, item->labels,
                      (double)item->counters.latency_sum_us / 1e6);
        strbuf_printf(&page->text, "slipway_%s_%s_count{%s} %" PRIu64 "\n", name, suffix,
                      item->labels, item->count);
    }
}

static void write_counters(struct page *page)
{
    static const char *const COUNTER = "counter", *const GAUGE = "gauge";

#define X(kind, suffix, type, member, help)                                                        \
    write_family(page, ITEM_##kind, suffix, type, offsetof(struct state_counters, member), help);
    METRICS_OF_COUNTERS(X)
#undef X
#define X(kind, suffix, member, help)                                                              \
    write_classes(page, ITEM_##kind, suffix, offsetof(struct state_counters, member), help);
    METRICS_OF_CLASSES(X)
#undef X
#define X(kind, suffix, help) write_histograms(page, ITEM_##kind, suffix, help);
    METRICS_OF_HISTOGRAMS(X)
#undef X
}

static void write_states(struct page *page)
{
    const struct items *groups = &page->kinds[ITEM_GROUP];
    const struct items *targets = &page->kinds[ITEM_TARGET];

    begin_family(page, ITEM_GROUP, "targets", "gauge", "Targets of the group by their state");
    for (size_t i = 0; i < groups->count; i++) {
        for (unsigned int j = 0; j < TARGET_STATE_COUNT; j++)
            strbuf_printf(&page->text, "slipway_group_targets{%s,state=\"%s\"} %" PRIu32 "\n",
                          groups->items[i].labels, target_state_name(j),
                          groups->items[i].target_states[j]);
    }
    begin_family(page, ITEM_TARGET, "state", "gauge", "1 for the state that the target is in");
    for (size_t i = 0; i < targets->count; i++)
        strbuf_printf(&page->text, "slipway_target_state{%s,state=\"%s\",reason=\"%s\"} 1\n",
                      targets->items[i].labels, target_state_name(targets->items[i].state.kind),
                      target_state_reason_name(targets->items[i].state.reason));
    begin_family(page, ITEM_TARGET, "weight", "gauge", "The weight that counts");
    for (size_t i = 0; i < targets->count; i++)
        strbuf_printf(&page->text, "slipway_target_weight{%s} %" PRIu32 "\n",
                      targets->items[i].labels, targets->items[i].state.weight);
}

/* The node, and the threads of edges */

static void write_number(struct page *page, const char *name, const char *type, const char *help,
                         uint64_t number)
{
    strbuf_printf(&page->text,
                  "# HELP slipway_%s %s\n# TYPE slipway_%s %s\nslipway_%s %" PRIu64 "\n", name,
                  help, name, type, name, number);
}

static uint64_t lane_pid(const struct state_lane *lane)
{
    return atomic_load_explicit(&lane->pid, memory_order_relaxed);
}

static void write_lanes(struct page *page)
{
    const struct state *state = &page->control->state;
    uint32_t count = STATE_BANK_COUNT * state->threads_max;
    uint32_t threads = state->threads_max;
    uint64_t now_ns = os_monotonic_time_ns();

    strbuf_append_string(&page->text,
                         "# HELP slipway_edge_turn_age_seconds Since the thread last came round\n"
                         "# TYPE slipway_edge_turn_age_seconds gauge\n");
    for (uint32_t i = 0; i < count; i++) {
        const struct state_lane *lane = &state->lanes[i];
        uint64_t turn_ns = atomic_load_explicit(&lane->turn_ns, memory_order_relaxed);

        if (lane_pid(lane) != 0)
            strbuf_printf(
                &page->text,
                "slipway_edge_turn_age_seconds{pid=\"%" PRIu64 "\",thread=\"%" PRIu32 "\"} %.3f\n",
                lane_pid(lane), i % threads, (double)time_subtract(now_ns, turn_ns) / 1e9);
    }
    strbuf_append_string(&page->text,
                         "# HELP slipway_edge_buffers_bytes Memory of the thread's pools\n"
                         "# TYPE slipway_edge_buffers_bytes gauge\n");
    for (uint32_t i = 0; i < count; i++) {
        const struct state_lane *lane = &state->lanes[i];

        if (lane_pid(lane) != 0)
            strbuf_printf(&page->text,
                          "slipway_edge_buffers_bytes{pid=\"%" PRIu64 "\",thread=\"%" PRIu32
                          "\"} %" PRIu64 "\n",
                          lane_pid(lane), i % threads,
                          __atomic_load_n(&lane->buffers_bytes, __ATOMIC_RELAXED));
    }
}

static void write_node(struct page *page)
{
    const struct control *control = page->control;
    const struct state *state = &control->state;
    uint64_t dropped = 0;

    for (uint32_t i = 0; i < STATE_BANK_COUNT * state->threads_max; i++)
        dropped += __atomic_load_n(&state->lanes[i].log_dropped, __ATOMIC_RELAXED);
    strbuf_append_string(&page->text, "# HELP slipway_info What runs here\n"
                                      "# TYPE slipway_info gauge\n"
                                      "slipway_info{version=\"" SLIPWAY_VERSION "\"} 1\n");
    write_number(page, "ready", "gauge", "1 when requests are served as configured",
                 control_trouble(control) == NULL);
    write_number(page, "config_generation", "gauge", "Goes up with each change that was taken",
                 control_generation(control));
    write_number(page, "projects", "gauge", "Projects that are served",
                 control->publication != NULL ? control->publication->project_count : 0);
    write_number(page, "projects_left_out", "gauge", "Projects that cannot be served",
                 control->left_out_count);
    write_number(page, "access_log_dropped_lines_total", "counter",
                 "Lines of access logs that found no room", dropped);
}

static void page_deinit(struct page *page)
{
    for (int i = 0; i < ITEM_KIND_COUNT; i++) {
        for (size_t j = 0; j < page->kinds[i].count; j++)
            free(page->kinds[i].items[j].labels);
        free(page->kinds[i].items);
    }
    strbuf_deinit(&page->text);
}

void api_metrics(struct api_call *call)
{
    const struct merged *merged = control_merged(call->control);
    struct page page = {.control = call->control};
    int r;

    strbuf_init(&page.text, API_ANSWER_MAX);
    r = read_listeners(&page, merged);
    if (r == 0)
        r = read_groups(&page, merged);
    if (r == 0) {
        write_node(&page);
        write_lanes(&page);
        write_counters(&page);
        write_states(&page);
        r = strbuf_failure(&page.text);
    }
    if (r < 0)
        http_respond_error(call->request, 503, "there is no memory for the metrics");
    else
        http_respond(call->request, 200, "text/plain; version=0.0.4; charset=utf-8",
                     strbuf_text(&page.text), page.text.length);
    page_deinit(&page);
}

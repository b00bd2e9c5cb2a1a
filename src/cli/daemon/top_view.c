/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon/top_view.h"

#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "cli/table.h"
#include "model/value_json.h"

/* Figures */

const char *top_view_rate(struct arena *arena, double rate)
{
    if (rate > 0 && rate < 99.95)
        return arena_printf(arena, "%.1f", rate);
    return arena_printf(arena, "%.0f", rate);
}

const char *top_view_latency(struct arena *arena, uint64_t latency_us)
{
    if (latency_us == 0)
        return "-";
    if (latency_us < 1000)
        return arena_printf(arena, "%" PRIu64 "us", latency_us);
    if (latency_us < 100000)
        return arena_printf(arena, "%.1fms", (double)latency_us / 1e3);
    if (latency_us < 1000000)
        return arena_printf(arena, "%.0fms", (double)latency_us / 1e3);
    return arena_printf(arena, "%.2fs", (double)latency_us / 1e6);
}

const char *top_view_bytes(struct arena *arena, double bytes)
{
    static const char units[] = " kMGTP";
    size_t unit = 0;

    for (; bytes >= 999.5 && unit + 2 < sizeof(units); unit++)
        bytes /= 1024;
    if (unit == 0)
        return arena_printf(arena, "%.0f", bytes);
    return arena_printf(arena, bytes < 9.95 ? "%.1f%c" : "%.0f%c", bytes, units[unit]);
}

/* Tables */

/* A target is below the group of its name and project. */
static bool is_of_group(const struct sample_item *target, const struct sample_item *group)
{
    return target->kind == SAMPLE_TARGET && strcmp(target->group, group->name) == 0 &&
           strcmp(target->project, group->project) == 0;
}

static bool have_several_projects(const struct sample_rates *rates, size_t count)
{
    const char *first = NULL;

    for (size_t i = 0; i < count; i++) {
        if (rates[i].item->kind != SAMPLE_GROUP)
            continue;
        if (first != NULL && strcmp(first, rates[i].item->project) != 0)
            return true;
        first = rates[i].item->project;
    }
    return false;
}

static void add_row(struct table *table, const char *name, const struct sample_rates *rates)
{
    const struct sample_item *item = rates->item;
    struct arena *arena = table->arena;
    enum terminal_style bad = rates->failures > 0 ? TERMINAL_RED : TERMINAL_PLAIN;

    table_cell(table, name, item->kind == SAMPLE_GROUP ? TERMINAL_BOLD : TERMINAL_PLAIN);
    table_cell(table, top_view_rate(arena, rates->requests), TERMINAL_PLAIN);
    table_cell(table, top_view_rate(arena, rates->failures), bad);
    table_number(table, item->active);
    table_cell(table, top_view_latency(arena, rates->p50_us), TERMINAL_PLAIN);
    table_cell(table, top_view_latency(arena, rates->p90_us), TERMINAL_PLAIN);
    table_cell(table, top_view_latency(arena, rates->p99_us), TERMINAL_PLAIN);
    table_cell(table, top_view_bytes(arena, rates->received_bytes), TERMINAL_PLAIN);
    table_cell(table, top_view_bytes(arena, rates->sent_bytes), TERMINAL_PLAIN);
}

static void fill_groups(struct table *table, const struct sample_rates *rates, size_t count)
{
    static const char *const numbers[] = {"REQ/S", "FAIL/S", "ACTIVE", "P50",
                                          "P90",   "P99",    "IN/S",   "OUT/S"};
    bool with_project = have_several_projects(rates, count);

    table_column(table, "GROUP AND TARGET", TABLE_CUT);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        table_column(table, numbers[i], TABLE_RIGHT);
    for (size_t i = 0; i < count; i++) {
        const struct sample_item *group = rates[i].item;

        if (group->kind != SAMPLE_GROUP)
            continue;
        add_row(table,
                with_project ? arena_printf(table->arena, "%s/%s", group->project, group->name)
                             : group->name,
                &rates[i]);
        for (size_t j = i + 1; j < count; j++)
            if (is_of_group(rates[j].item, group))
                add_row(table, arena_printf(table->arena, "  %s", rates[j].item->name), &rates[j]);
    }
}

static void fill_listeners(struct table *table, const struct sample_rates *rates, size_t count)
{
    static const char *const numbers[] = {"CONNECTIONS", "NEW/S", "REJECTED/S", "REQ/S",
                                          "FAIL/S",      "IN/S",  "OUT/S"};

    table_column(table, "LISTENER", TABLE_CUT);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        table_column(table, numbers[i], TABLE_RIGHT);
    for (size_t i = 0; i < count; i++) {
        const struct sample_item *item = rates[i].item;

        if (item->kind != SAMPLE_LISTENER)
            continue;
        table_cell(table, item->name, TERMINAL_BOLD);
        table_number(table, item->open_connections);
        table_cell(table, top_view_rate(table->arena, rates[i].connections), TERMINAL_PLAIN);
        table_cell(table, top_view_rate(table->arena, rates[i].rejected),
                   rates[i].rejected > 0 ? TERMINAL_YELLOW : TERMINAL_PLAIN);
        table_cell(table, top_view_rate(table->arena, rates[i].requests), TERMINAL_PLAIN);
        table_cell(table, top_view_rate(table->arena, rates[i].failures),
                   rates[i].failures > 0 ? TERMINAL_RED : TERMINAL_PLAIN);
        table_cell(table, top_view_bytes(table->arena, rates[i].received_bytes), TERMINAL_PLAIN);
        table_cell(table, top_view_bytes(table->arena, rates[i].sent_bytes), TERMINAL_PLAIN);
    }
}

/* Returns how many rows are left. */
static size_t write_part(const struct table *table, struct strbuf *out,
                         const struct terminal *terminal, size_t rows)
{
    size_t lines = table_row_count(table);

    if (lines == 0 || rows < 3)
        return rows;
    if (lines + 1 <= rows) {
        table_write(table, out, terminal);
        return rows - lines - 1;
    }
    table_write_rows(table, out, terminal, 0, rows - 2);
    strbuf_printf(out, "and %zu more\n", lines - (rows - 2));
    return 0;
}

void top_view_write(struct arena *arena, struct strbuf *out, const struct terminal *terminal,
                    const struct sample_rates *rates, size_t count, size_t rows)
{
    struct table listeners, groups;

    table_init(&listeners, arena);
    fill_listeners(&listeners, rates, count);
    table_init(&groups, arena);
    fill_groups(&groups, rates, count);
    rows = write_part(&listeners, out, terminal, rows);
    if (rows > 0 && table_row_count(&listeners) > 0 && table_row_count(&groups) > 0) {
        strbuf_append_char(out, '\n');
        rows--;
    }
    (void)write_part(&groups, out, terminal, rows);
}

/* JSON */

static struct value *text_value(struct arena *arena, const char *text)
{
    return value_new_string(arena, text, strlen(text), (struct mark){0});
}

static void set_number(struct arena *arena, struct value *map, const char *key, double number)
{
    value_set(arena, map, key, value_new_real(arena, number, (struct mark){0}));
}

static void set_count(struct arena *arena, struct value *map, const char *key, uint64_t count)
{
    value_set(arena, map, key, value_new_integer(arena, (int64_t)count, (struct mark){0}));
}

static struct value *item_value(struct arena *arena, const struct sample_rates *rates)
{
    const struct sample_item *item = rates->item;
    struct value *map = value_new(arena, VALUE_MAP, (struct mark){0});

    if (item->kind == SAMPLE_LISTENER) {
        value_set(arena, map, "address", text_value(arena, item->name));
    } else {
        value_set(arena, map, "project", text_value(arena, item->project));
        value_set(arena, map, "group",
                  text_value(arena, item->kind == SAMPLE_GROUP ? item->name : item->group));
    }
    if (item->kind == SAMPLE_TARGET)
        value_set(arena, map, "target", text_value(arena, item->name));
    set_number(arena, map, "requests", rates->requests);
    set_number(arena, map, "failures", rates->failures);
    set_number(arena, map, "connections", rates->connections);
    set_number(arena, map, "rejected", rates->rejected);
    set_number(arena, map, "received_bytes", rates->received_bytes);
    set_number(arena, map, "sent_bytes", rates->sent_bytes);
    set_count(arena, map, "active", item->active);
    set_count(arena, map, "open_connections", item->open_connections);
    set_count(arena, map, "p50_us", rates->p50_us);
    set_count(arena, map, "p90_us", rates->p90_us);
    set_count(arena, map, "p99_us", rates->p99_us);
    return map;
}

void top_view_write_json(struct arena *arena, struct strbuf *out, const struct sample_rates *rates,
                         size_t count, uint64_t interval_ns)
{
    static const char *const keys[] = {"listeners", "groups", "targets"};
    struct json_style compact = {.compact = true};
    struct value *root = value_new(arena, VALUE_MAP, (struct mark){0});
    struct value *lists[3];

    set_number(arena, root, "seconds", (double)interval_ns / (double)TIME_SECOND);
    for (size_t i = 0; i < 3; i++) {
        lists[i] = value_new(arena, VALUE_LIST, (struct mark){0});
        value_set(arena, root, keys[i], lists[i]);
    }
    for (size_t i = 0; i < count; i++)
        value_list_append(arena, lists[rates[i].item->kind], item_value(arena, &rates[i]));
    value_write_json(out, root, &compact);
    strbuf_append_char(out, '\n');
}

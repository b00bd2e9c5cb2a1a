/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/report.h"

#include <string.h>

#include "base/text.h"
#include "model/value_json.h"
#include "spec/diagnostics.h"
#include "spec/shape.h"

struct walk {
    struct arena *arena;
    enum runtime_kind runtime;
    struct report *report; /* NULL: what is refused goes to the diagnostics instead */
    struct diagnostics *diagnostics;
};

/* Where something stands in the files. */
struct spot {
    struct mark mark;
    uint32_t length;
};

static struct spot spot_of_entry(const struct value_entry *entry)
{
    return (struct spot){entry->mark, entry->key_length};
}

static struct spot spot_of_value(const struct value *value)
{
    return (struct spot){value->mark, shape_span(value)};
}

static const char *hint_of(enum runtime_kind runtime)
{
    if (runtime == RUNTIME_PROCESS)
        return "remove it, or run the service in a container";
    return runtime == RUNTIME_SWARM ? "remove it, or use the docker runtime" : "remove it";
}

static void refuse(struct walk *walk, const struct place *place, struct spot spot, const char *note)
{
    diagnostics_error(walk->diagnostics, spot.mark, spot.length, place, hint_of(walk->runtime),
                      "the %s runtime does not support it: %s", runtime_kind_name(walk->runtime),
                      note);
}

static void add(struct walk *walk, const struct place *place, struct spot spot,
                enum schema_support support, const char *note)
{
    struct report *report = walk->report;

    if (report == NULL) {
        if (support == SUPPORT_REFUSED)
            refuse(walk, place, spot, note);
        return;
    }
    if (report->count == report->capacity) {
        uint32_t capacity = report->capacity == 0 ? 32 : report->capacity * 2;

        report->lines =
            arena_grow(walk->arena, report->lines, report->capacity * sizeof(*report->lines),
                       capacity * sizeof(*report->lines));
        report->capacity = capacity;
    }
    report->lines[report->count++] = (struct report_line){
        .path = place_text(walk->arena, place),
        .support = support,
        .note = note,
    };
    report->totals[support]++;
}

/* What depends on the value and not on the key alone. */
static void add_port(struct walk *walk, const struct value *port, const struct place *place)
{
    bool host = value_is_text(value_get(port, "mode"), "host");
    bool tcp =
        value_get(port, "protocol") == NULL || value_is_text(value_get(port, "protocol"), "tcp");

    if (!host && tcp)
        return;
    if (walk->runtime == RUNTIME_PROCESS)
        add(walk, place, spot_of_value(port), SUPPORT_REFUSED,
            "the edge listens on TCP; a native process may listen "
            "on the machine's address itself");
    else
        add(walk, place, spot_of_value(port), SUPPORT_HONOURED,
            host ? "mode: host is published by the engine directly, for one replica"
                 : "not TCP: published by the engine directly, for one replica");
}

static void add_mount(struct walk *walk, const struct value *mount, const struct place *place)
{
    const char *type = value_get_text(mount, "type");

    if (type == NULL || walk->runtime == RUNTIME_PROCESS)
        return;
    if (strcmp(type, "npipe") == 0)
        add(walk, place, spot_of_value(mount), SUPPORT_REFUSED, "exists on Windows only");
    else if (strcmp(type, "cluster") == 0 && walk->runtime == RUNTIME_DOCKER)
        add(walk, place, spot_of_value(mount), SUPPORT_REFUSED, "a notion of swarm alone");
    else if (strcmp(type, "image") == 0 && walk->runtime == RUNTIME_SWARM)
        add(walk, place, spot_of_value(mount), SUPPORT_REFUSED, "swarm services do not take it");
}

static void add_values(struct walk *walk, const char *key, const struct value *list,
                       const struct place *place)
{
    if (list->kind != VALUE_LIST)
        return;
    for (uint32_t i = 0; i < list->list.count; i++) {
        struct place here = {.parent = place, .index = i};

        if (strcmp(key, "ports") == 0)
            add_port(walk, list->list.items[i], &here);
        else if (strcmp(key, "volumes") == 0)
            add_mount(walk, list->list.items[i], &here);
    }
}

static const char *note_of(const struct schema_key *key, enum schema_support support)
{
    if (support == SUPPORT_HONOURED)
        return NULL;
    return support == SUPPORT_EMULATED ? key->emulated : key->refused;
}

static enum schema_support support_of(struct walk *walk, const struct schema_key *key,
                                      const struct value *value)
{
    if (walk->runtime == RUNTIME_SWARM && strcmp(key->name, "network_mode") == 0 &&
        (value_is_text(value, "host") || value_is_text(value, "none")))
        return SUPPORT_EMULATED;
    return key->support[walk->runtime];
}

/* What asks for nothing is in nobody's way. */
static bool asks_for_nothing(const struct value *value)
{
    return value->kind == VALUE_NULL || (value->kind == VALUE_BOOL && !value->boolean) ||
           (value->kind == VALUE_LIST && value->list.count == 0) ||
           (value->kind == VALUE_MAP && value->map.count == 0);
}

/* Keys below one that is not refused, where they differ from it. */
static void walk_inner(struct walk *walk, const struct value *value, const struct schema *schema,
                       const struct place *place)
{
    if (schema == NULL || schema == &schema_anything)
        return;
    for (uint32_t i = 0; value->kind == VALUE_LIST && i < value->list.count; i++)
        walk_inner(walk, value->list.items[i], schema->items,
                   &(struct place){.parent = place, .index = i});
    for (uint32_t i = 0; value->kind == VALUE_MAP && i < value->map.count; i++) {
        const struct value_entry *entry = &value->map.entries[i];
        const struct schema_key *key = schema_find(schema, entry->key);
        struct place here = {.parent = place, .key = entry->key};

        if (walk->report == NULL && asks_for_nothing(entry->value))
            continue;
        if (key != NULL && key->support[walk->runtime] != SUPPORT_HONOURED) {
            add(walk, &here, spot_of_entry(entry), key->support[walk->runtime],
                note_of(key, key->support[walk->runtime]));
            if (key->support[walk->runtime] == SUPPORT_REFUSED)
                continue;
        }
        walk_inner(walk, entry->value, schema_of_entry(schema, entry->key), &here);
    }
}

static void walk_service(struct walk *walk, const struct value_entry *service)
{
    struct place services = {.key = "services"};
    struct place place = {.parent = &services, .key = service->key};

    for (uint32_t i = 0; service->value->kind == VALUE_MAP && i < service->value->map.count; i++) {
        const struct value_entry *entry = &service->value->map.entries[i];
        const struct schema_key *key = schema_find(&schema_service, entry->key);
        struct place here = {.parent = &place, .key = entry->key};
        enum schema_support support;

        if (walk->report == NULL && asks_for_nothing(entry->value))
            continue;
        if (key == NULL) {
            add(walk, &here, spot_of_entry(entry), SUPPORT_HONOURED,
                "an extension: kept with the revision");
            continue;
        }
        support = support_of(walk, key, entry->value);
        add(walk, &here, spot_of_entry(entry), support, note_of(key, support));
        if (support == SUPPORT_REFUSED)
            continue;
        add_values(walk, entry->key, entry->value, &here);
        walk_inner(walk, entry->value, key->schema, &here);
    }
}

void report_make(struct arena *arena, const struct value *root, enum runtime_kind runtime,
                 struct report *ret_report)
{
    struct walk walk = {.arena = arena, .runtime = runtime, .report = ret_report};

    *ret_report = (struct report){0};
    for (uint32_t i = 0; i < root->map.count; i++) {
        const struct value_entry *entry = &root->map.entries[i];
        const struct schema_key *key = schema_find(&schema_compose_file, entry->key);
        struct place here = {.key = entry->key};

        if (strcmp(entry->key, "services") == 0) {
            for (uint32_t j = 0; value_is(entry->value, VALUE_MAP) && j < entry->value->map.count;
                 j++)
                walk_service(&walk, &entry->value->map.entries[j]);
            continue;
        }
        if (key == NULL)
            add(&walk, &here, spot_of_entry(entry), SUPPORT_HONOURED,
                "an extension: kept with the revision");
        else
            add(&walk, &here, spot_of_entry(entry), key->support[runtime],
                note_of(key, key->support[runtime]));
    }
}

static enum runtime_kind runtime_of(const struct value *service)
{
    const struct value *name = value_get(value_get(service, "x-slipway"), "runtime");

    for (enum runtime_kind kind = RUNTIME_DOCKER; kind < RUNTIME_COUNT; kind++)
        if (value_is_text(name, runtime_kind_name(kind)))
            return kind;
    return RUNTIME_DOCKER;
}

void report_refuse(struct arena *arena, const struct value *root, struct diagnostics *diagnostics)
{
    const struct value *services = value_get(root, "services");

    for (uint32_t i = 0; i < value_map_count(services); i++) {
        struct walk walk = {
            .arena = arena,
            .runtime = runtime_of(services->map.entries[i].value),
            .diagnostics = diagnostics,
        };

        walk_service(&walk, &services->map.entries[i]);
    }
}

void report_print(const struct report *report, enum runtime_kind runtime, struct strbuf *out,
                  const char *const styles[4])
{
    size_t width = 0;

    for (uint32_t i = 0; i < report->count; i++)
        if (strlen(report->lines[i].path) > width)
            width = strlen(report->lines[i].path);
    if (width > 60)
        width = 60;
    for (uint32_t i = 0; i < report->count; i++) {
        const struct report_line *line = &report->lines[i];
        size_t length = strlen(line->path);

        text_escape(out, line->path, length);
        strbuf_append_repeat(out, ' ', length < width ? width - length + 2 : 2);
        strbuf_printf(out, "%s%s%s", styles[line->support], schema_support_name(line->support),
                      styles[3]);
        if (line->note != NULL)
            strbuf_printf(out, "%*s%s", line->support == SUPPORT_REFUSED ? 3 : 2, "", line->note);
        strbuf_append_char(out, '\n');
    }
    strbuf_printf(out, "%s: %u honoured, %u emulated, %u refused\n", runtime_kind_name(runtime),
                  report->totals[SUPPORT_HONOURED], report->totals[SUPPORT_EMULATED],
                  report->totals[SUPPORT_REFUSED]);
}

static struct value *text_value(struct arena *arena, const char *text)
{
    return value_new_string(arena, text, strlen(text), (struct mark){0});
}

void report_print_json(struct arena *arena, const struct report *report, enum runtime_kind runtime,
                       struct strbuf *out)
{
    struct mark none = {0};
    struct value *top = value_new(arena, VALUE_MAP, none);
    struct value *keys = value_new(arena, VALUE_LIST, none);
    struct json_style style = {0};

    value_set(arena, top, "runtime", text_value(arena, runtime_kind_name(runtime)));
    value_set(arena, top, "keys", keys);
    for (uint32_t i = 0; i < report->count; i++) {
        struct value *line = value_new(arena, VALUE_MAP, none);

        value_set(arena, line, "path", text_value(arena, report->lines[i].path));
        value_set(arena, line, "support",
                  text_value(arena, schema_support_name(report->lines[i].support)));
        if (report->lines[i].note != NULL)
            value_set(arena, line, "note", text_value(arena, report->lines[i].note));
        value_list_append(arena, keys, line);
    }
    for (int i = 0; i < 3; i++)
        value_set(arena, top, schema_support_name((enum schema_support)i),
                  value_new_integer(arena, report->totals[i], none));
    value_write_json(out, top, &style);
    strbuf_append_char(out, '\n');
}

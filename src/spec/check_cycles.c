/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services that wait for each other would wait for ever. The graph of depends_on and what implies
 * it is walked once, without recursion: a service is on the way (OPEN) until all that it needs is
 * DONE, and meeting one that is OPEN closes a circle.
 */
#include "spec/load.h"

#include <string.h>

#include "spec/dependencies.h"

enum state {
    STATE_NEW,
    STATE_OPEN,
    STATE_DONE,
};

struct vertex {
    const struct value_entry *service;
    uint32_t *needs; /* numbers of vertices */
    uint32_t need_count;
    uint32_t next; /* the need to look at next */
    enum state state;
    uint32_t position; /* on the way, while open */
};

struct graph {
    struct load *load;
    const struct value *services;
    struct vertex *vertices;
};

struct collector {
    const struct value *services;
    struct vertex *vertex; /* whose needs are counted, or written when needs is there */
};

static void add_need(void *context, const struct dependency *dependency)
{
    struct collector *collector = context;
    const struct value_entry *entry =
        value_map_find(collector->services, dependency->name, strlen(dependency->name));

    if (entry == NULL)
        return;
    if (collector->vertex->needs != NULL)
        collector->vertex->needs[collector->vertex->need_count] =
            (uint32_t)(entry - collector->services->map.entries);
    collector->vertex->need_count++;
}

static void find_needs(struct graph *graph, struct vertex *vertex)
{
    struct collector collector = {.services = graph->services, .vertex = vertex};
    struct arena *arena = graph->load->arena;

    dependencies_visit(arena, vertex->service->value, add_need, &collector);
    vertex->needs = arena_new_array(arena, uint32_t, vertex->need_count);
    vertex->need_count = 0;
    dependencies_visit(arena, vertex->service->value, add_need, &collector);
}

static void report(struct graph *graph, const uint32_t *way, uint32_t length, uint32_t closing)
{
    const struct value_entry *first = graph->vertices[closing].service;
    struct place services = {.key = "services"};
    struct place service = {.parent = &services, .key = first->key};
    struct place place = {.parent = &service, .key = "depends_on"};
    const char *text = first->key;
    uint32_t from = graph->vertices[closing].position + 1;

    /* Only the names of a reasonable circle are listed. */
    for (uint32_t i = from; i < length && i < from + 20; i++)
        text = arena_printf(graph->load->arena, "%s -> %s", text,
                            graph->vertices[way[i]].service->key);
    text = arena_printf(graph->load->arena, "%s -> %s", text, first->key);
    diagnostics_error(graph->load->diagnostics, first->mark, first->key_length, &place, NULL,
                      "services wait for each other in a circle: %s", text);
}

static void walk(struct graph *graph, uint32_t start, uint32_t *way)
{
    uint32_t length = 0;

    way[length++] = start;
    graph->vertices[start].state = STATE_OPEN;
    while (length > 0) {
        struct vertex *vertex = &graph->vertices[way[length - 1]];
        uint32_t need;

        if (vertex->next == vertex->need_count) {
            vertex->state = STATE_DONE;
            length--;
            continue;
        }
        need = vertex->needs[vertex->next++];
        if (graph->vertices[need].state == STATE_OPEN)
            report(graph, way, length, need);
        if (graph->vertices[need].state != STATE_NEW)
            continue;
        graph->vertices[need].state = STATE_OPEN;
        graph->vertices[need].position = length;
        way[length++] = need;
    }
}

void check_cycles(struct load *load, const struct value *services)
{
    struct graph graph = {.load = load, .services = services};
    uint32_t *way;

    if (!value_is(services, VALUE_MAP) || services->map.count == 0)
        return;
    graph.vertices = arena_new_array(load->arena, struct vertex, services->map.count);
    way = arena_new_array(load->arena, uint32_t, services->map.count);
    for (uint32_t i = 0; i < services->map.count; i++) {
        graph.vertices[i].service = &services->map.entries[i];
        if (complete_is_active(load, services->map.entries[i].value))
            find_needs(&graph, &graph.vertices[i]);
    }
    for (uint32_t i = 0; i < services->map.count; i++)
        if (graph.vertices[i].state == STATE_NEW)
            walk(&graph, i, way);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/source.h"

#include <string.h>

void sources_init(struct sources *sources, struct arena *arena)
{
    *sources = (struct sources){.arena = arena};
}

uint32_t sources_add(struct sources *sources, const char *name, const char *text, size_t size)
{
    if (sources->count == sources->capacity) {
        uint32_t capacity = sources->capacity == 0 ? 8 : sources->capacity * 2;

        sources->items =
            arena_grow(sources->arena, sources->items, sources->capacity * sizeof(struct source),
                       capacity * sizeof(struct source));
        sources->capacity = capacity;
    }
    sources->items[sources->count] = (struct source){
        .name = arena_strdup(sources->arena, name),
        .text = text,
        .size = size,
    };
    return sources->count++;
}

const char *sources_name(const struct sources *sources, uint32_t number)
{
    return number < sources->count ? sources->items[number].name : "";
}

static void find_lines(struct sources *sources, struct source *source)
{
    uint32_t count = 1;
    uint32_t line = 0;

    for (size_t at = 0; at < source->size; at++)
        count += source->text[at] == '\n';
    source->line_starts = arena_new_array(sources->arena, uint32_t, count);
    source->line_starts[line++] = 0;
    for (size_t at = 0; at < source->size; at++)
        if (source->text[at] == '\n')
            source->line_starts[line++] = (uint32_t)at + 1;
    source->line_count = count;
}

const char *sources_line(struct sources *sources, struct mark mark, size_t *ret_length)
{
    struct source *source;
    const char *start;
    const char *end;

    if (mark.line == 0 || mark.source >= sources->count)
        return NULL;
    source = &sources->items[mark.source];
    if (source->line_starts == NULL)
        find_lines(sources, source);
    if (mark.line > source->line_count)
        return NULL;
    start = source->text + source->line_starts[mark.line - 1];
    end = memchr(start, '\n', source->size - (size_t)(start - source->text));
    if (end == NULL)
        end = source->text + source->size;
    if (end > start && end[-1] == '\r')
        end--;
    *ret_length = (size_t)(end - start);
    return start;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts that a load has read, numbered, so that a mark can be shown with its file and its line.
 * Everything lives in the arena of the load.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/value.h"

struct source {
    const char *name; /* as the user would write it: a path, or "standard input" */
    const char *text;
    size_t size;
    uint32_t *line_starts; /* found when first asked for */
    uint32_t line_count;
};

struct sources {
    struct arena *arena;
    struct source *items;
    uint32_t count;
    uint32_t capacity;
};

void sources_init(struct sources *sources, struct arena *arena);

/* The number under which marks name the source. text must live as long as the arena. */
uint32_t sources_add(struct sources *sources, const char *name, const char *text, size_t size);

const char *sources_name(const struct sources *sources, uint32_t number);

/* The line without its end, not ended by NUL; NULL where there is none. */
const char *sources_line(struct sources *sources, struct mark mark, size_t *ret_length);

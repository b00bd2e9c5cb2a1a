/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML text to a tree, with marks. libyaml finds the events; anchors, aliases, merge keys, tags,
 * repeated keys and the types of plain scalars are dealt with here, as the reference implementation
 * does. Depth and the expansion of aliases are capped, so that a small file cannot become a large
 * tree.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/value.h"
#include "spec/diagnostics.h"

enum {
    READER_DEPTH_MAX = 100,
    READER_ALIAS_NODES_MAX = 1000000
};

struct documents {
    struct value **items; /* empty documents are left out */
    uint32_t count;
};

/*
 * Holds what libyaml allocates while a text is read. It is kept by the owner of the arena's
 * recovery point, who calls reader_deinit() there: an allocation that fails leaves reader_read() by
 * that way.
 */
struct reader_library {
    void *parser; /* yaml_parser_t, NULL when idle */
    void *event;  /* yaml_event_t, NULL when idle */
};

void reader_deinit(struct reader_library *library);

/* What is wrong with the text is added to diagnostics; false when it could not be read to its end,
 * or when keys were repeated. library must be zeroed before the first use. */
bool reader_read(struct reader_library *library, struct arena *arena,
                 struct diagnostics *diagnostics, uint32_t source, struct documents *ret_documents);

/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the check of an image share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "route/snapshot.h"

/* How far the records of each section have found their owners. */
struct check {
    const struct snapshot *snapshot;
    uint32_t claimed[SNAPSHOT_SECTION_COUNT];
};

static inline uint32_t check_section_count(const struct check *check, enum snapshot_section_id id)
{
    return check->snapshot->header->sections[id].count;
}

/* A span begins where the one of the owner before ended, and ends within its section. */
static inline bool check_claim(struct check *check, enum snapshot_section_id id,
                               struct snapshot_span span)
{
    if (span.first != check->claimed[id] ||
        span.count > check_section_count(check, id) - check->claimed[id])
        return false;
    check->claimed[id] += span.count;
    return true;
}

static inline bool check_text(const struct check *check, struct snapshot_text text)
{
    uint32_t size = check_section_count(check, SNAPSHOT_TEXTS);

    if (text.length == 0)
        return text.offset == 0;
    return text.offset < size && text.length < size - text.offset &&
           check->snapshot->texts[text.offset + text.length] == '\0';
}

/* snapshot_check.c: the configured part, and then the index over it. */
bool check_config(struct check *check);

/* snapshot_check_index.c */
bool check_index(struct check *check);

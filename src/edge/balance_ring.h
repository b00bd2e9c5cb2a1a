/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of points for consistent hashing: each member has points by its weight at places that its
 * id alone decides, and a key belongs to the member of the first point behind it. How many points a
 * weight gets depends on all that are configured, not on who is there at the moment, so that a
 * member that goes leaves the points of the others where they are.
 *
 * Owned by one thread; only making it allocates.
 */
#pragma once

#include <stdint.h>

struct balance_ring {
    uint64_t *points; /* place << 32 | member, ascending */
    uint32_t count;
    uint32_t capacity;
};

/* How many points the heaviest of so many members gets. */
uint32_t balance_ring_points(uint32_t configured_count);

void balance_ring_deinit(struct balance_ring *ring);

/* Room for so many points, and none of them yet. 0 or -ENOMEM. */
int balance_ring_begin(struct balance_ring *ring, uint64_t capacity);
void balance_ring_add(struct balance_ring *ring, uint32_t member, uint64_t id,
                      uint32_t point_count);
void balance_ring_finish(struct balance_ring *ring);

/* The position of the first point behind the key; those after it follow, and after the last comes
 * the first. There must be one. */
uint32_t balance_ring_find(const struct balance_ring *ring, uint64_t key_hash);

static inline uint32_t balance_ring_member(const struct balance_ring *ring, uint32_t position)
{
    return (uint32_t)ring->points[position];
}

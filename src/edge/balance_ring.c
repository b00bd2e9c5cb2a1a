/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/balance_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BALANCE_RING_POINTS_MAX = 256, /* of one member */
    BALANCE_RING_POINTS_MIN = 8,
    BALANCE_RING_SIZE = 32768, /* of the ring, as far as the least number allows */
};

/* Bijective, so that different ids stay different. */
static uint64_t balance_ring_mix(uint64_t value)
{
    value ^= value >> 30;
    value *= UINT64_C(0xbf58476d1ce4e5b9);
    value ^= value >> 27;
    value *= UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

/* A power of two, so that it changes seldom when targets are configured. */
uint32_t balance_ring_points(uint32_t configured_count)
{
    uint32_t points = BALANCE_RING_POINTS_MAX;

    while (points > BALANCE_RING_POINTS_MIN &&
           (uint64_t)points * configured_count > BALANCE_RING_SIZE)
        points /= 2;
    return points;
}

void balance_ring_deinit(struct balance_ring *ring)
{
    free(ring->points);
    *ring = (struct balance_ring){0};
}

int balance_ring_begin(struct balance_ring *ring, uint64_t capacity)
{
    uint64_t *points;

    ring->count = 0;
    if (capacity <= ring->capacity)
        return 0;
    if (capacity > UINT32_MAX / 2)
        return -ENOMEM;
    /* The second half is for sorting. */
    points = calloc(capacity * 2, sizeof(*points));
    if (points == NULL)
        return -ENOMEM;
    free(ring->points);
    ring->points = points;
    ring->capacity = (uint32_t)capacity;
    return 0;
}

void balance_ring_add(struct balance_ring *ring, uint32_t member, uint64_t id, uint32_t point_count)
{
    uint64_t place = balance_ring_mix(id + UINT64_C(0x9e3779b97f4a7c15));

    for (uint32_t i = 0; i < point_count && ring->count < ring->capacity; i++) {
        place = balance_ring_mix(place + UINT64_C(0x9e3779b97f4a7c15));
        ring->points[ring->count++] = place >> 32 << 32 | member;
    }
}

/* By place, byte after byte; members of one place stay in the order in which they came. */
void balance_ring_finish(struct balance_ring *ring)
{
    uint64_t *from = ring->points;
    uint64_t *to = ring->points + ring->capacity;

    for (unsigned int shift = 32; shift < 64; shift += 8) {
        uint32_t starts[256] = {0};
        uint32_t start = 0;
        uint64_t *swapped;

        for (uint32_t i = 0; i < ring->count; i++)
            starts[from[i] >> shift & 0xff]++;
        for (unsigned int i = 0; i < 256; i++) {
            uint32_t count = starts[i];

            starts[i] = start;
            start += count;
        }
        for (uint32_t i = 0; i < ring->count; i++)
            to[starts[from[i] >> shift & 0xff]++] = from[i];
        swapped = from;
        from = to;
        to = swapped;
    }
    /* Four rounds: the points are where they began. */
}

uint32_t balance_ring_find(const struct balance_ring *ring, uint64_t key_hash)
{
    uint64_t key = balance_ring_mix(key_hash) >> 32 << 32;
    uint32_t low = 0;
    uint32_t high = ring->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (ring->points[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ring->count ? low : 0;
}

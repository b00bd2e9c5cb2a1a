/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ring_init(struct ring *ring, size_t size)
{
    *ring = (struct ring){.size = size};
    ring->samples = calloc(RING_LENGTH, size);
    return ring->samples == NULL ? -ENOMEM : 0;
}

void ring_deinit(struct ring *ring)
{
    free(ring->samples);
    ring->samples = NULL;
}

static bool is_known(const struct ring *ring, uint64_t step)
{
    unsigned int place = (unsigned int)(step % RING_LENGTH);

    return (ring->known[place / 8] >> (place % 8) & 1) != 0;
}

static void set_known(struct ring *ring, uint64_t step, bool known)
{
    unsigned int place = (unsigned int)(step % RING_LENGTH);
    unsigned char bit = (unsigned char)(1u << (place % 8));

    ring->known[place / 8] =
        (unsigned char)(known ? ring->known[place / 8] | bit : ring->known[place / 8] & ~bit);
}

/* Steps that were left out are unknown, not what they were a round ago. */
static void move_to(struct ring *ring, uint64_t end)
{
    if (ring->end == 0 || end - ring->end >= RING_LENGTH)
        memset(ring->known, 0, sizeof(ring->known));
    else
        for (uint64_t step = ring->end; step < end; step++)
            set_known(ring, step, false);
    ring->end = end;
}

void *ring_put(struct ring *ring, uint64_t step)
{
    unsigned char *place = ring->samples + step % RING_LENGTH * ring->size;

    if (step >= UINT64_MAX - RING_LENGTH || step + RING_LENGTH < ring->end)
        return NULL;
    if (step >= ring->end)
        move_to(ring, step + 1);
    if (!is_known(ring, step))
        memset(place, 0, ring->size);
    set_known(ring, step, true);
    return place;
}

const void *ring_get(const struct ring *ring, uint64_t step)
{
    if (step >= ring->end || step + RING_LENGTH < ring->end || !is_known(ring, step))
        return NULL;
    return ring->samples + step % RING_LENGTH * ring->size;
}

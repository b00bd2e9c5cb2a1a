/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last samples of something, one for each step of time, in memory of a fixed size. Steps are
 * numbered (see history.h); a step without a sample is unknown. Who has a ring owns it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_LENGTH 720

struct ring {
    uint64_t end; /* the step behind the newest one that has a sample; 0: there is none */
    size_t size;  /* of a sample */
    unsigned char *samples;
    unsigned char known[RING_LENGTH / 8];
};

/* The memory of a ring, all of it. */
static inline size_t ring_bytes(size_t size)
{
    return sizeof(struct ring) + size * RING_LENGTH;
}

int ring_init(struct ring *ring, size_t size);
void ring_deinit(struct ring *ring);

/* The place of the step's sample, zeroed where it had none; NULL where it is too old. */
void *ring_put(struct ring *ring, uint64_t step);

/* NULL where it is unknown. */
const void *ring_get(const struct ring *ring, uint64_t step);

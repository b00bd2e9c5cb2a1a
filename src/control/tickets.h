/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of TLS session tickets: one that makes tickets and the one before it, which is still
 * accepted. They are random, kept in a file that nobody else can read, so that sessions survive
 * restarts, and replaced every twelve hours.
 */
#pragma once

#include <stdint.h>

#include "base/time.h"
#include "ipc/bundle.h"

#define TICKETS_LIFE_NS (12 * TIME_HOUR)

struct error;

struct tickets {
    struct bundle_ticket_keys keys;
    uint64_t made_unix_ns; /* the current one */
};

/* From the folder, or new ones where there are none, or none that could be used any more. What is
 * wrong with the file costs the tickets that are out, and no more; new keys are kept. */
int tickets_load(const char *folder, uint64_t unix_ns, struct tickets *ret_tickets,
                 struct error **reterr);

/* Replaces what has had its time, and keeps the result: 1 where anything was replaced, else 0. */
int tickets_rotate(const char *folder, uint64_t unix_ns, struct tickets *tickets,
                   struct error **reterr);

/* How long the current key has left. */
uint64_t tickets_left_ns(const struct tickets *tickets, uint64_t unix_ns);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Health checks of all targets, on the edge's main loop. A target is checked at once when it is new
 * and then in its group's interval, more or less a twentieth of it so that checks spread; no more
 * than 256 checks are under way at a time, and others wait their turn.
 *
 * A deploy waits for new targets, so one that has not passed yet is checked every 500 ms, or in the
 * interval where that is shorter. It is UNHEALTHY only after so many failures and as much time as
 * so many take at others; from then on it is checked after a fifth of the interval, twice that, and
 * so on until the whole, and a pass is followed by the next check after 500 ms again.
 *
 *               one passes                 so many failures in a row
 *   INITIAL ----------------> HEALTHY ------------------------------> UNHEALTHY
 *      |                         ^                                        |
 *      |                         +----------------------------------------+
 *      |                           so many passes in a row                ^
 *      +------------------------------------------------------------------+
 *        so many failures in a row
 *
 *   UNCHECKED: the group has no checks
 *
 * What is known is in the state file, by the target's id. A new edge takes over what the one before
 * knew, and a change of the configuration what is known of targets that stay. A target is new that
 * was not configured in between, or whose address has become another; so is one that has no address
 * yet, which is UNHEALTHY until it has. Checks that begin to exist find their targets healthy. A
 * target that goes to another group takes along what is known of it.
 *
 * A target enters slow start when it becomes healthy, where its group has that; but not when no
 * target of the group could take requests when it came: somebody has to take all of them. The same
 * holds when it comes from another group.
 *
 * The prober belongs to the main thread. It owns neither snapshot nor targets, and uses what it was
 * given last until it is given another or freed.
 */
#pragma once

#include <stdint.h>

#include "edge/group.h"
#include "loop/loop.h"

struct prober;

#define PROBER_RUNNING_MAX 256

/* changed is called on the loop after a target's health has changed, group_changed() included, for
 * those who wait for a target; it may be NULL, and must not call the prober. 0 or -ENOMEM. */
int prober_new(struct loop *loop, void (*changed)(void *context, struct group *group),
               void *context, struct prober **ret_prober);

/* Cancels all checks; nothing is called any more. */
struct prober *prober_free(struct prober *prober);

/* The groups of a generation, whose views may go when others have been given, or none: then nothing
 * is checked any more. To be called before threads get the generation: a slot may still say what
 * was true before its target was taken out. -ENOMEM: some are not checked; try again. */
int prober_update(struct prober *prober, const struct snapshot *snapshot,
                  const struct group_view *views, uint32_t count);

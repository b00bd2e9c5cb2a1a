/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ejection: a target whose requests fail again and again is left out for a while, whatever its
 * health checks say. As many failures in a row as are configured (connections that fail or are
 * reset, time-outs, answers of 500 and above) eject it for the configured time, times how often
 * that happened of late: at most 10 times that time, and 5 minutes or one such time, whichever is
 * longer. Each such time that passes while it is in takes one off the count.
 *
 * Never more than the configured share of a group is out, but at least one may be; and nobody is
 * ejected where no other target could take its requests.
 *
 * What is known is in the state file, so that a new edge goes on with it. From any thread: the rare
 * decision is behind the group's lock, all else is atomic.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge/group.h"

/* How a request to the target ended. True where that ejected it; it is logged, the caller counts
 * it. Costs a load where nothing fails. */
bool outlier_record(const struct group_view *view, struct target *target, bool failed,
                    uint64_t now_ns);

/* Lets in whose time is over, which enters slow start then where the group has one. Called about
 * every second by the main thread for each view of the current configuration; before_ns is when it
 * was called the last time. */
void outlier_expire(const struct group_view *view, uint64_t before_ns, uint64_t now_ns);

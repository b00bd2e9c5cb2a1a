/* SPDX-License-Identifier: Apache-2.0 */
/* The rate and concurrency limits of listeners and rules, as they bear on one request. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "route/snapshot.h"

struct exchange;

/* Whether all limits of the span let it pass; false with the seconds after which it may try again.
 * What is counted while it lasts is given back by exchange_limits_release(). */
bool exchange_limits_pass(struct exchange *exchange, struct snapshot_span limits,
                          uint64_t *ret_retry_after_s);
void exchange_limits_release(struct exchange *exchange);

/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of matching share. */
#pragma once

#include "route/match.h"

/* Whether the text fits the pattern of that number, or any of them. */
bool match_pattern(const struct snapshot *snapshot, uint32_t number, struct route_text text,
                   bool fold);
bool match_patterns(const struct snapshot *snapshot, struct snapshot_span patterns,
                    struct route_text text, bool fold);

/* All conditions but those of host and path. */
bool match_others(const struct snapshot *snapshot, const struct snapshot_conditions *when,
                  const struct route_request *request);

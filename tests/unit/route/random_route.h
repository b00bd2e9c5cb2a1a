/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random configs and requests, made of few and short pieces, so that patterns overlap, keys collide
 * and requests match all the time; and a matcher that reads the config itself and shares no code
 * with the one under test. For the property test and the fuzz target.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "route/match.h"

/* Choices come from the data while there is some, then from the state; a state of 0 gives zeros. */
struct random_source {
    const uint8_t *data;
    size_t size;
    uint64_t state;
};

uint32_t random_below(struct random_source *source, uint32_t limit);

/* All in the arena. */
const struct route_config *random_config(struct random_source *source, struct arena *arena,
                                         uint32_t rules_max);

struct random_request {
    struct route_request request;
    struct route_header_array headers;
};
struct random_request *random_request(struct random_source *source, struct arena *arena);

/* The position of the rule that the request belongs to; the number of rules for the default. */
uint32_t reference_match(const struct route_listener *listener,
                         const struct route_request *request);

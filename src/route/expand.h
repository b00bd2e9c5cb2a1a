/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates. In the location of a redirect and in a rewrite, #{protocol}, #{host}, #{port}, #{path}
 * and #{query} stand for what was asked for: the path without the / that it begins with, the query
 * without its ?. "/#{path}" begins with one slash even if the path began with several: a location
 * that begins with two names another host. A ? before a #{query} that ends the location goes away
 * when there is no query. All that is written was checked when the snapshot was built or comes from
 * the request as it is, so that it is as safe in a head as the request was.
 */
#pragma once

#include <stddef.h>

#include "route/match.h"

struct expand_values {
    struct route_text protocol;
    struct route_text host;
    struct route_text port;
    struct route_text path;
    struct route_text query;
};

/* The Location of a redirect. 0, or -ENOBUFS when it is longer than the buffer. Adds no NUL. */
int expand_location(const struct snapshot *snapshot, const struct snapshot_action *action,
                    const struct expand_values *values, char *buffer, size_t size,
                    size_t *ret_length);

/* The path towards the target. 1 when it was written to the buffer, 0 when the path stays as it is,
 * -ENOBUFS when it is longer than the buffer. Adds no NUL. */
int expand_path(const struct snapshot *snapshot, const struct snapshot_rewrite *rewrite,
                const struct expand_values *values, char *buffer, size_t size, size_t *ret_length);

/* SPDX-License-Identifier: Apache-2.0 */
/* Paths against the patterns of routes, and percent-decoding. Pure functions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum server_match {
    SERVER_MATCH_NO,
    SERVER_MATCH_YES,
    SERVER_MATCH_BAD, /* it would match, but a {place} has bad encoding */
};

/*
 * `path` is percent-encoded. Each {place} of the pattern sets the next of `ret_parameters` (room
 * for SERVER_PARAMETERS_MAX), decoded into `buffer`, which holds at least as much as the path.
 */
enum server_match server_path_match(const char *pattern, const char *path, char *buffer,
                                    const char **ret_parameters);

/* Decodes to a text with a NUL behind. False: a bad escape, a NUL, or not UTF-8. */
bool server_path_decode(const char *from, size_t length, char *to);

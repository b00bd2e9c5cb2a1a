/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every head, for the fuzz targets of both kinds. */
#pragma once

#include <stddef.h>

#include "wire/http1.h"

void http1_require(bool holds, const char *what);

/* Parses at every scan level, whole, in pieces and, where it is short, byte by byte; all must say
 * the same. Gives that, and the head. Every piece stands in a block of its own size. */
enum http1_result http1_check_pieces(const struct http1_parser *fresh, const char *data,
                                     size_t size, struct http1_parser *ret_parser);

/* What an accepted head promises; data is its buffer. */
void http1_check_head(const struct http1_head *head, const char *data, size_t size);

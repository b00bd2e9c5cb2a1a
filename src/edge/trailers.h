/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields behind a chunked answer, for clients that asked for them with "TE: trailers" and get the
 * answer in chunks. Others do not get any, and those of requests end here.
 *
 * The codec of chunks has checked them, and knows where they are; they are kept until they are
 * whole and then written anew. Fields that belong into a head stay behind: what frames or routes a
 * message, says who may have it or what is in it, and what rules set or remove in heads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct exchange;

bool trailers_are_wanted(const struct exchange *exchange);

/* Bytes of the section of trailers, the empty line included, in the order in which they come. 0 or
 * -ENOMEM. The memory goes with the exchange. */
int trailers_keep(struct exchange *exchange, const char *data, size_t length);

/* The last chunk with what was kept. The text is in the thread's scratch memory behind the place
 * for heads. */
size_t trailers_write(struct exchange *exchange, const char **ret_text);

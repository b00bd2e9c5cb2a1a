/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request tells its target about the client: X-Forwarded-For, -Proto, -Port, -Host and
 * X-Request-Id. What a peer says there counts only where the listener trusts its network; from
 * anybody else it is discarded and written anew.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "route/match.h"

#include "wire/http1_write.h"

struct exchange;

#define FORWARDED_ID_SIZE 32

/* Whether a field of the request that speaks for the client goes on as it came. */
bool forwarded_is_passed(const struct exchange *exchange, const struct http1_field *field);

void forwarded_write(struct exchange *exchange, struct http1_writer *writer);

/* In hexadecimal digits, without NUL. */
void forwarded_format_id(const uint64_t id[2], char text[FORWARDED_ID_SIZE]);

/* The same as forwarded_client(), as an address. */
void forwarded_client_peer(const struct exchange *exchange, struct route_peer *ret_peer);

/* The client as far as it can be believed: the rightmost address in X-Forwarded-For that is not
 * trusted, or the peer. Points into the head or the client. */
void forwarded_client(const struct exchange *exchange, const char **ret_text, size_t *ret_length);

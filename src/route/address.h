/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and networks from text, and whether an address lies in a network. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "route/config.h"

/* "10.0.0.0/8", "2001:db8::/32", or an address alone, which is its own network. 0 or -EINVAL. */
int address_parse_network(const char *text, struct route_network *ret);

/* "10.0.0.7:80", "[2001:db8::1]:80", "[fe80::1%2]:80" or "unix:/run/x.sock". The path points into
 * the text. -EINVAL for all else, host names too: those have to be resolved first. */
int address_parse_target(const char *text, struct route_address *ret);

/* An IPv4 address that came mapped into IPv6 (::ffff:10.0.0.1, as sockets for both give it) becomes
 * a plain one. */
void address_unmap(enum route_family *family, uint8_t bytes[16]);

enum {
    ADDRESS_TEXT_MAX = 128 /* with the NUL */
};

/* The one way to write an address: "10.0.0.7:80", "[fe80::1%2]:80", "unix:/run/x.sock"; "" where
 * the family is NONE. */
void address_format(const struct route_address *address, char ret_text[ADDRESS_TEXT_MAX]);

/* The one way to write what to listen on: ":443", "127.0.0.1:80", "[::1]:80". -EINVAL for all
 * else. */
int address_normalize_listener(const char *text, char ret_text[ADDRESS_TEXT_MAX]);

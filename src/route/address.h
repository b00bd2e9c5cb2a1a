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

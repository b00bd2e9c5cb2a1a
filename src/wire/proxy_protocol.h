/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PROXY protocol, versions 1 (a line of text) and 2 (binary): a header in front of a connection
 * that says whom it is made for. Only as trustworthy as who sends it. One strict mode: what is in
 * doubt is refused, as soon as it is.
 *
 * Version 1 is one line of at most 107 bytes with its CRLF; fields are separated by single spaces,
 * numbers have no leading zeros. In version 2, addresses must be there whole, what follows them is
 * a row of whole TLVs, a checksum among them must be right, and all of it is not longer than
 * PROXY_PROTOCOL_SIZE_MAX. Families that are no streams are refused.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PROXY_PROTOCOL_SIZE_MAX 4096

enum proxy_protocol_result {
    PROXY_PROTOCOL_MORE,
    PROXY_PROTOCOL_DONE,
    PROXY_PROTOCOL_REFUSED,
};

enum proxy_protocol_family {
    /* The connection's own ends count: UNKNOWN, or LOCAL, such as a health check. */
    PROXY_PROTOCOL_NONE,
    PROXY_PROTOCOL_IPV4,
    PROXY_PROTOCOL_IPV6,
    PROXY_PROTOCOL_UNIX, /* whose paths are not read */
};

struct proxy_protocol_address {
    uint8_t bytes[16]; /* network order; IPv4 uses the first four */
    uint16_t port;
};

struct proxy_protocol {
    enum proxy_protocol_family family;
    struct proxy_protocol_address source;
    struct proxy_protocol_address destination;
    size_t length; /* of the header: what follows is the connection's own */
};

/* data[0] is the first byte of the connection. Called again with the same bytes and more behind
 * them for as long as there is MORE to come; keeps nothing. Writes only when it is DONE. */
enum proxy_protocol_result proxy_protocol_parse(const char *data, size_t size,
                                                struct proxy_protocol *ret);

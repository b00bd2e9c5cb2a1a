/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rule of a listener a request belongs to: the first one whose conditions hold, found without
 * trying those before it. The index leads to the few rules whose host and path fit; those are tried
 * in full, in order. Takes no memory. Reads the request only during the call.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "route/snapshot.h"

struct route_text {
    const char *data; /* may be NULL where the length is 0 */
    size_t length;
};

struct route_peer {
    enum route_family family; /* of anything but IPv4 and IPv6 no network is the source */
    uint8_t bytes[16];        /* network order; IPv4 uses the first four */
};

struct route_header {
    struct route_text name;
    struct route_text value;
};

/* What of a request the conditions look at. Nothing is decoded: percent signs are compared as sent.
 * For a listener of protocol tcp only the peer counts. */
struct route_request {
    struct route_text method;
    struct route_text host;  /* without the port */
    struct route_text path;  /* without the query */
    struct route_text query; /* without the ? */
    struct route_peer peer;
    /* Gives the header field of that position, counted from 0, and false behind the last. NULL when
     * there are none. Asked only for rules with header conditions. */
    bool (*header)(const void *context, size_t position, struct route_header *ret);
    const void *header_context;
};

/* For a request whose header fields stand in an array. */
struct route_header_array {
    const struct route_header *items;
    size_t count;
};
bool route_header_from_array(const void *array, size_t position, struct route_header *ret);

/* Never NULL: where no rule matches it is the default, the last one of the listener. */
const struct snapshot_rule *route_match(const struct snapshot *snapshot, uint32_t listener,
                                        const struct route_request *request);

/* The same by trying one rule after the other: what route_match() must equal, for tests. */
const struct snapshot_rule *route_match_linear(const struct snapshot *snapshot, uint32_t listener,
                                               const struct route_request *request);

/* For sources and for trusted networks. */
bool route_networks_have(const struct snapshot *snapshot, const struct snapshot_networks *networks,
                         const struct route_peer *peer);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short syntax of a published port: [HOST_IP:][PUBLISHED[-END]:]TARGET[-END][/PROTOCOL]. One
 * text may stand for many ports. Everything returned is owned by the arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct port {
    const char *host_ip;  /* as written, without brackets; "" for any */
    const char *protocol; /* "tcp", "udp" or "sctp" */
    uint32_t target;
    char published[12]; /* "8080"; "8080-8090" to choose from; "" for any */
};

struct port_list {
    struct port *items;
    size_t count;
};

/* The ports come in the order of the reference implementation: that of their targets as text, so
 * that 10 stands before 9. At most 65536, from "0-65535". */
bool port_parse(struct arena *arena, const char *text, size_t length, struct port_list *ret_ports,
                const char **ret_message);

/* The short syntax of one port; reads back to the same port. */
const char *port_print(struct arena *arena, const struct port *port)
    __attribute__((returns_nonnull));

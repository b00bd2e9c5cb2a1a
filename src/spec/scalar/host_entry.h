/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An item of extra_hosts: HOST=ADDRESS[,ADDRESS...] or HOST:ADDRESS[,ADDRESS...]. Addresses are not
 * checked, since "host-gateway" is one; brackets around them are dropped. Everything returned is
 * owned by the arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct host_entry {
    const char *host;
    const char **addresses;
    size_t address_count;
};

bool host_entry_parse(struct arena *arena, const char *text, size_t length,
                      struct host_entry *ret_entry, const char **ret_message);

/* For the form with a map, where host and addresses stand by themselves. */
bool host_entry_check_host(struct arena *arena, const char *host, size_t length,
                           const char **ret_message);
const char *host_entry_address(struct arena *arena, const char *text, size_t length)
    __attribute__((returns_nonnull));

/* HOST=ADDRESS. The reference prints one such item for each address, sorted. */
const char *host_entry_print(struct arena *arena, const char *host, const char *address)
    __attribute__((returns_nonnull));

/* SPDX-License-Identifier: Apache-2.0 */
/* Host names to addresses, as the machine does it: /etc/hosts, DNS and so on. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct os_found {
    int family; /* AF_INET or AF_INET6 */
    uint8_t bytes[16];
    uint32_t scope_id;
};

/* May take as long as it likes. Up to capacity addresses, each once; how many, or -errno: -ENOENT
 * where the name has none, -EAGAIN where that is not known for the moment. */
int os_lookup_host(const char *name, struct os_found *found, size_t capacity);

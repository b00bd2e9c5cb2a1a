/* SPDX-License-Identifier: Apache-2.0 */
/* How far a TCP connection has come. */
#pragma once

#include <stdint.h>

/* Bytes that the peer's system has confirmed since the connection was made. Returns 0 or -errno. */
int os_acknowledged_bytes(int fd, uint64_t *ret_bytes);

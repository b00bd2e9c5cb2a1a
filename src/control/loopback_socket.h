/* SPDX-License-Identifier: Apache-2.0 */
/* Ports that are open to this machine only: for metrics, and for the dashboard. */
#pragma once

#include <stdbool.h>

struct error;

/* "127.0.0.1:9100" or "[::1]:9100". A listening socket, or -errno; what it is for, as in
 * "metrics.address: ", stands before the message. */
int loopback_socket_open(const char *what, const char *address, struct error **reterr);

/* Whether it is bound to that address. */
bool loopback_socket_is_at(int fd, const char *address);

/* SPDX-License-Identifier: Apache-2.0 */
/* The port for metrics, which is open to this machine only. */
#pragma once

struct error;

/* "127.0.0.1:9100" or "[::1]:9100". A listening socket, or -errno. */
int metrics_socket_open(const char *address, struct error **reterr);

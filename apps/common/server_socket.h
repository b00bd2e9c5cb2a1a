/* SPDX-License-Identifier: Apache-2.0 */
/* The socket that the server listens on. */
#pragma once

#include <stdbool.h>

/* Whether whoever started the process handed it a listening socket (LISTEN_FDS, LISTEN_PID). */
bool server_socket_is_given(void);

/* That one, or a new one at host and port. -errno, logged. The caller owns it. */
int server_socket_open(const char *host, long port);

/* Logs the address. */
void server_socket_announce(int fd);

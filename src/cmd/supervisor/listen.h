/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets. */
#pragma once

#include <sys/types.h>

struct error;

/* "10.0.0.1:80", "[::1]:80", or ":80" for IPv4 and IPv6 together, and IPv4 alone where a machine
 * has no IPv6. Returns a descriptor or -errno; the message begins with the address. */
int listen_on(const char *text, struct error **reterr);

/* Whether that could be done now. Nobody can connect in between. */
int listen_try(const char *text, struct error **reterr);

/* A local socket under that path, which nobody else may be using: one left behind there is
 * replaced. */
int listen_on_path(const char *path, int type, mode_t mode, struct error **reterr);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notification protocol of service managers (sd_notify(3)): datagrams of lines to the socket
 * that $NOTIFY_SOCKET names, with descriptors for the manager to keep.
 */
#pragma once

#include <stdbool.h>

/* Whether a service manager listens. */
bool os_notify_is_wanted(void);

/* Lines such as "READY=1\nSTATUS=Serves"; fd is -1 for none. Waits for a second at most. Returns 0,
 * also where nobody wants to know, or -errno. */
int os_notify(const char *lines, int fd);

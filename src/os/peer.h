/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end of a unix socket, as the system knows it. */
#pragma once

#include <sys/types.h>

struct os_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

/* As it was when the connection was made. Returns 0 or -errno. */
int os_peer_credentials(int fd, struct os_peer *ret_peer);

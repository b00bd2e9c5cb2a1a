/* SPDX-License-Identifier: Apache-2.0 */
#include "os/peer.h"

#include <errno.h>

#include "os/os.h"

int os_peer_credentials(int fd, struct os_peer *ret_peer)
{
    struct ucred credentials;
    socklen_t size = sizeof(credentials);

    if (os->getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return -errno;
    if (size != sizeof(credentials))
        return -EINVAL;
    ret_peer->pid = credentials.pid;
    ret_peer->uid = credentials.uid;
    ret_peer->gid = credentials.gid;
    return 0;
}

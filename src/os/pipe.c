/* SPDX-License-Identifier: Apache-2.0 */
#include "os/pipe.h"

#include <errno.h>
#include <fcntl.h>

int os_set_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? -errno : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "os/nonblocking.h"

#include <errno.h>
#include <fcntl.h>

int os_set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0)
        return -errno;
    if ((flags & O_NONBLOCK) == 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    return 0;
}

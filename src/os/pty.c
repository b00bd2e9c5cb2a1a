/* SPDX-License-Identifier: Apache-2.0 */
#include "os/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "os/os.h"

int os_open_pty(int *ret_master, int *ret_slave)
{
    _cleanup_os_close_ int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    char name[64];
    int slave;

    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
        return -errno;
    if (ptsname_r(master, name, sizeof(name)) != 0)
        return -errno;
    slave = os_open(name, O_RDWR | O_NOCTTY, 0);
    if (slave < 0)
        return slave;
    *ret_master = take_fd(&master);
    *ret_slave = slave;
    return 0;
}

int os_resize_pty(int master, uint16_t rows, uint16_t columns)
{
    struct winsize size = {.ws_row = rows, .ws_col = columns};

    return ioctl(master, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

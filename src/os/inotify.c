/* SPDX-License-Identifier: Apache-2.0 */
#include "os/inotify.h"

#include <errno.h>
#include <sys/inotify.h>

#include "os/os.h"

int os_inotify(void)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    return fd < 0 ? -errno : fd;
}

int os_inotify_add(int fd, const char *path)
{
    int number = inotify_add_watch(
        fd, path, IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_MODIFY | IN_ONLYDIR);

    return number < 0 ? -errno : number;
}

int os_inotify_clear(int fd)
{
    char data[4096];
    int total = 0;

    for (;;) {
        ssize_t length = os_read(fd, data, sizeof(data));

        if (length == -EAGAIN || length == 0)
            return total;
        if (length < 0)
            return (int)length;
        total += (int)length;
    }
}

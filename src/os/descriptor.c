/* SPDX-License-Identifier: Apache-2.0 */
#include "os/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>

#include "os/os.h"

int os_duplicate(int fd, int lowest)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, lowest);

    return copy < 0 ? -errno : copy;
}

int os_keep_on_exec(int fd, bool is_kept)
{
    return fcntl(fd, F_SETFD, is_kept ? 0 : FD_CLOEXEC) < 0 ? -errno : 0;
}

bool os_is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

int os_seals(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);

    return seals < 0 ? 0 : seals;
}

int os_socket_type(int fd)
{
    int type = 0;
    socklen_t size = sizeof(type);

    return os->getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ? -errno : type;
}

int os_raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -errno;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}

int os_lock_file(int fd)
{
    int r;

    do
        r = flock(fd, LOCK_EX | LOCK_NB);
    while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : 0;
}

bool os_is_locked(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

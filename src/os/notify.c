/* SPDX-License-Identifier: Apache-2.0 */
#include "os/notify.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include "os/os.h"
#include "os/socket.h"

static const char *notify_path(void)
{
    const char *path = os_environment("NOTIFY_SOCKET");

    return path != NULL && (path[0] == '/' || path[0] == '@') && path[1] != '\0' ? path : NULL;
}

bool os_notify_is_wanted(void)
{
    return notify_path() != NULL;
}

static int notify_send(int socket, const struct sockaddr_un *address, socklen_t address_size,
                       const char *lines, int fd)
{
    union {
        struct cmsghdr first;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = (void *)lines, .iov_len = strlen(lines)};
    struct msghdr message = {
        .msg_name = (void *)address,
        .msg_namelen = address_size,
        .msg_iov = &part,
        .msg_iovlen = 1,
    };
    ssize_t length;

    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof(control.space);
        control.first.cmsg_level = SOL_SOCKET;
        control.first.cmsg_type = SCM_RIGHTS;
        control.first.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.first), &fd, sizeof(fd));
    }
    length = os_send_message(socket, &message);
    return length < 0 ? (int)length : 0;
}

int os_notify(const char *lines, int fd)
{
    const struct timeval timeout = {.tv_sec = 1};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = notify_path();
    size_t length;
    int socket;
    int r;

    if (path == NULL)
        return 0;
    length = strlen(path);
    if (length >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    socket = os->socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0)
        return -errno;
    /* It waits, as the manager keeps only so many datagrams; but not for one that hangs. */
    (void)os->setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    r = notify_send(
        socket, &address,
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '/' ? 1 : 0)),
        lines, fd);
    (void)os_close(socket);
    return r;
}

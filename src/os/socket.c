/* SPDX-License-Identifier: Apache-2.0 */
#include "os/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>

#include "os/os.h"

int os_stream_socket(int family)
{
    int fd = os->socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    return fd < 0 ? -errno : fd;
}

int os_socket_pair(int type, int ret_fds[2])
{
    int fds[2];

    if (os->socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
        return -errno;
    ret_fds[0] = fds[0];
    ret_fds[1] = fds[1];
    return 0;
}

int os_bind(int fd, const union os_address *address, socklen_t size)
{
    return os->bind(fd, &address->any, size) < 0 ? -errno : 0;
}

int os_listen(int fd, int backlog)
{
    return os->listen(fd, backlog) < 0 ? -errno : 0;
}

int os_accept(int fd, union os_address *ret_peer, socklen_t *ret_size)
{
    int connection;

    do {
        if (ret_size != NULL)
            *ret_size = sizeof(*ret_peer);
        connection = os->accept4(fd, ret_peer == NULL ? NULL : &ret_peer->any, ret_size,
                                 SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (connection < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EPROTO));
    return connection < 0 ? -errno : connection;
}

int os_connect(int fd, const union os_address *address, socklen_t size)
{
    if (os->connect(fd, &address->any, size) == 0)
        return 0;
    return errno == EINTR ? -EINPROGRESS : -errno;
}

int os_socket_error(int fd)
{
    int code = 0;
    socklen_t size = sizeof(code);

    if (os->getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0)
        return -errno;
    return -code;
}

int os_shutdown(int fd, int how)
{
    return os->shutdown(fd, how) < 0 ? -errno : 0;
}

int os_local_address(int fd, union os_address *ret_address, socklen_t *ret_size)
{
    *ret_size = sizeof(*ret_address);
    return os->getsockname(fd, &ret_address->any, ret_size) < 0 ? -errno : 0;
}

ssize_t os_receive(int fd, void *data, size_t size)
{
    ssize_t length;

    do
        length = os->recv(fd, data, size, 0);
    while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

ssize_t os_send(int fd, const void *data, size_t size, bool more)
{
    ssize_t length;

    do
        length = os->send(fd, data, size, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

ssize_t os_send_vector(int fd, const struct iovec *parts, size_t count, bool more)
{
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = count};
    ssize_t length;

    do
        length = os->sendmsg(fd, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

ssize_t os_receive_message(int fd, struct msghdr *message)
{
    ssize_t length;

    do
        length = os->recvmsg(fd, message, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

ssize_t os_send_message(int fd, const struct msghdr *message)
{
    ssize_t length;

    do
        length = os->sendmsg(fd, message, MSG_NOSIGNAL);
    while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

ssize_t os_splice(int from, int to, size_t size, bool more)
{
    ssize_t length;

    do
        length = os->splice(from, to, size,
                            SPLICE_F_NONBLOCK | SPLICE_F_MOVE | (more ? SPLICE_F_MORE : 0));
    while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

int os_pipe(int ret_fds[2])
{
    int fds[2];

    if (os->pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    ret_fds[0] = fds[0];
    ret_fds[1] = fds[1];
    return 0;
}

int os_socket_option(int fd, int level, int option, int value)
{
    return os->setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

int os_socket_no_delay(int fd)
{
    return os_socket_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

int os_socket_keep_alive(int fd, unsigned int idle_s, unsigned int interval_s, unsigned int count)
{
    int r = os_socket_option(fd, SOL_SOCKET, SO_KEEPALIVE, idle_s != 0);

    if (r < 0 || idle_s == 0)
        return r;
    r = os_socket_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)idle_s);
    if (r == 0)
        r = os_socket_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, (int)interval_s);
    if (r == 0)
        r = os_socket_option(fd, IPPROTO_TCP, TCP_KEEPCNT, (int)count);
    return r;
}

int os_socket_reset_on_close(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    return os->setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0 ? -errno : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets. All that are made here are closed on exec and do not block. Functions return -errno;
 * -EAGAIN where they would have to wait. Writing to a peer that has gone never raises a signal.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>

#define OS_BACKLOG 4096

union os_address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    struct sockaddr_un local;
};

/* AF_INET, AF_INET6 or AF_UNIX; a stream. */
int os_stream_socket(int family);
/* SOCK_SEQPACKET or SOCK_STREAM between two processes. */
int os_socket_pair(int type, int ret_fds[2]);

int os_bind(int fd, const union os_address *address, socklen_t size);
int os_listen(int fd, int backlog);
/* The peer's address may be NULL. A connection that was gone before it was taken is passed over. */
int os_accept(int fd, union os_address *ret_peer, socklen_t *ret_size);
/* 0, -EINPROGRESS or what is wrong; a full backlog of a local socket is -EAGAIN. */
int os_connect(int fd, const union os_address *address, socklen_t size);
/* What became of a connect that was in progress: 0 or -errno. */
int os_socket_error(int fd);
int os_shutdown(int fd, int how);
int os_local_address(int fd, union os_address *ret_address, socklen_t *ret_size);

ssize_t os_receive(int fd, void *data, size_t size);
ssize_t os_send(int fd, const void *data, size_t size, bool more);
ssize_t os_send_vector(int fd, const struct iovec *parts, size_t count, bool more);
/* As recvmsg() and sendmsg(); received descriptors are closed on exec. */
ssize_t os_receive_message(int fd, struct msghdr *message);
ssize_t os_send_message(int fd, const struct msghdr *message);

/* One of the two is a pipe. */
ssize_t os_splice(int from, int to, size_t size, bool more);
int os_pipe(int ret_fds[2]);

int os_socket_option(int fd, int level, int option, int value);
/* Small writes go out at once. */
int os_socket_no_delay(int fd);
/* Probes after that much silence, that often; 0 turns them off. */
int os_socket_keep_alive(int fd, unsigned int idle_s, unsigned int interval_s, unsigned int count);
/* A reset instead of an orderly end when it is closed. */
int os_socket_reset_on_close(int fd);

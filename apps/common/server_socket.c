/* SPDX-License-Identifier: Apache-2.0 */
#include "common/server_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

#define GIVEN_FD 3
#define BACKLOG  1024

bool server_socket_is_given(void)
{
    const char *count = getenv("LISTEN_FDS");
    const char *pid = getenv("LISTEN_PID");

    if (count == NULL || strtol(count, NULL, 10) < 1)
        return false;
    /* The variables are inherited; LISTEN_PID says for whom they are meant. */
    return pid == NULL || strtol(pid, NULL, 10) == (long)getpid();
}

static int take_given(void)
{
    int is_listening = 0;
    socklen_t size = sizeof(is_listening);
    int flags = fcntl(GIVEN_FD, F_GETFL);

    if (flags < 0 || getsockopt(GIVEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) < 0 ||
        !is_listening) {
        log_error("LISTEN_FDS: file descriptor %d is not a listening socket", GIVEN_FD);
        return -EBADF;
    }
    (void)fcntl(GIVEN_FD, F_SETFD, FD_CLOEXEC);
    (void)fcntl(GIVEN_FD, F_SETFL, flags | O_NONBLOCK);
    return GIVEN_FD;
}

static int open_at(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    int r = 0;

    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    r = -errno;
    (void)close(fd);
    return r;
}

int server_socket_open(const char *host, long port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *addresses = NULL;
    char service[16];
    int fd = -EADDRNOTAVAIL;
    int r = 0;

    if (server_socket_is_given())
        return take_given();
    (void)snprintf(service, sizeof(service), "%ld", port);
    r = getaddrinfo(host, service, &hints, &addresses);
    if (r != 0) {
        log_error("HOST: cannot listen on %s: %s", host, gai_strerror(r));
        return -EADDRNOTAVAIL;
    }
    for (const struct addrinfo *each = addresses; each != NULL && fd < 0; each = each->ai_next)
        fd = open_at(each);
    freeaddrinfo(addresses);
    if (fd < 0)
        log_error("PORT: cannot listen on %s port %ld: %s", host, port, strerror(-fd));
    return fd;
}

void server_socket_announce(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof(address);
    char host[64] = "?";
    char port[16] = "?";

    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
        (address.ss_family == AF_INET || address.ss_family == AF_INET6))
        (void)getnameinfo((struct sockaddr *)&address, size, host, sizeof(host), port, sizeof(port),
                          NI_NUMERICHOST | NI_NUMERICSERV);
    log_info("listening on %s port %s", host, port);
}

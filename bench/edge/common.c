/* SPDX-License-Identifier: Apache-2.0 */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

noreturn void die(const char *format, ...)
{
    va_list arguments;

    (void)fprintf(stderr, "%s: ", program_invocation_short_name);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

uint64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

uint64_t number_parse(const char *what, const char *text, uint64_t least, uint64_t most)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < least || value > most)
        die("%s: \"%s\" is no number from %llu to %llu", what, text, (unsigned long long)least,
            (unsigned long long)most);
    return value;
}

static struct address unix_address(const char *path)
{
    struct address address = {0};
    struct sockaddr_un *name = (struct sockaddr_un *)&address.storage;
    size_t length = strlen(path);

    if (length == 0 || length >= sizeof(name->sun_path))
        die("\"%s\" is no path for a socket", path);
    name->sun_family = AF_UNIX;
    memcpy(name->sun_path, path, length + 1);
    address.size = (socklen_t)sizeof(*name);
    return address;
}

struct address address_parse(const char *text)
{
    struct address address = {0};
    struct sockaddr_in *name = (struct sockaddr_in *)&address.storage;
    const char *colon = strrchr(text, ':');
    char host[INET_ADDRSTRLEN];

    if (strncmp(text, "unix:", 5) == 0)
        return unix_address(text + 5);
    if (colon == NULL || (size_t)(colon - text) >= sizeof(host))
        die("\"%s\" is no address", text);
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    name->sin_family = AF_INET;
    name->sin_port = htons((uint16_t)number_parse("port", colon + 1, 1, 65535));
    if (inet_pton(AF_INET, host, &name->sin_addr) != 1)
        die("\"%s\" is no IPv4 address", host);
    address.size = (socklen_t)sizeof(*name);
    return address;
}

int address_listen(const char *text)
{
    struct address address = address_parse(text);
    int family = address.storage.ss_family;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int yes = 1;

    if (fd < 0)
        die("socket: %s", strerrordesc_np(errno));
    if (family == AF_UNIX)
        (void)unlink(((struct sockaddr_un *)&address.storage)->sun_path);
    else
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(fd, (struct sockaddr *)&address.storage, address.size) < 0 || listen(fd, 4096) < 0)
        die("%s: %s", text, strerrordesc_np(errno));
    /* A proxy may have a user of its own. */
    if (family == AF_UNIX && chmod(((struct sockaddr_un *)&address.storage)->sun_path, 0666) < 0)
        die("%s: %s", text, strerrordesc_np(errno));
    return fd;
}

int address_connect(const struct address *address)
{
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int yes = 1;

    if (fd < 0)
        return -1;
    if (address->storage.ss_family == AF_INET)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (connect(fd, (const struct sockaddr *)&address->storage, address->size) < 0 &&
        errno != EINPROGRESS) {
        int reason = errno;

        (void)close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

static void add(int poll_fd, int fd, void *data, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = data};

    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll_ctl: %s", strerrordesc_np(errno));
}

void poll_add(int poll_fd, int fd, void *data)
{
    add(poll_fd, fd, data, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

void poll_add_readable(int poll_fd, int fd, void *data)
{
    add(poll_fd, fd, data, EPOLLIN);
}

void program_init(void)
{
    struct rlimit limit;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_TIMERSLACK, 1000ul);
    (void)signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

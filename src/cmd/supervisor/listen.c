/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/supervisor/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "os/folder.h"
#include "os/os.h"
#include "os/socket.h"
#include "route/address.h"

static const char *listen_complaint(int code)
{
    switch (code) {
    case EADDRINUSE:
        return "the address is in use ('ss -ltnp' shows by whom)";
    case EADDRNOTAVAIL:
        return "this machine does not have the address";
    case EACCES:
        return "no permission to use the port: take one from 1024 on, or run as root or with "
               "CAP_NET_BIND_SERVICE";
    case EMFILE:
    case ENFILE:
        return "there are too many open files";
    default:
        return error_text(code);
    }
}

static socklen_t listen_fill(const struct route_address *from, union os_address *to)
{
    *to = (union os_address){0};
    if (from->family == ROUTE_FAMILY_IPV4) {
        to->ipv4.sin_family = AF_INET;
        to->ipv4.sin_port = htons(from->port);
        memcpy(&to->ipv4.sin_addr, from->bytes, 4);
        return sizeof(to->ipv4);
    }
    to->ipv6.sin6_family = AF_INET6;
    to->ipv6.sin6_port = htons(from->port);
    to->ipv6.sin6_scope_id = from->scope_id;
    memcpy(&to->ipv6.sin6_addr, from->bytes, 16);
    return sizeof(to->ipv6);
}

/* What it takes depends on is_dual only for IPv6: without it, one socket for 0.0.0.0:80 and another
 * for [::]:80 can be open side by side. */
static int listen_on_address(const struct route_address *address, bool is_dual, bool is_trial)
{
    union os_address name;
    socklen_t size = listen_fill(address, &name);
    _cleanup_os_close_ int fd = os_stream_socket(name.any.sa_family);
    int r;

    if (fd < 0)
        return fd;
    r = os_socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (r == 0 && name.any.sa_family == AF_INET6)
        r = os_socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, is_dual ? 0 : 1);
    if (r == 0)
        r = os_bind(fd, &name, size);
    if (r == 0 && !is_trial)
        r = os_listen(fd, OS_BACKLOG);
    return r < 0 ? r : take_fd(&fd);
}

static bool listen_is_without_ipv6(int r)
{
    return r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL || r == -EPROTONOSUPPORT || r == -ENOPROTOOPT;
}

static int listen_on_all(const char *text, bool is_trial)
{
    struct route_address address = {0};
    char full[32];
    int fd;

    if (snprintf(full, sizeof(full), "[::]%s", text) >= (int)sizeof(full) ||
        address_parse_target(full, &address) < 0)
        return -EINVAL;
    fd = listen_on_address(&address, true, is_trial);
    if (!listen_is_without_ipv6(fd))
        return fd;
    address = (struct route_address){.family = ROUTE_FAMILY_IPV4, .port = address.port};
    return listen_on_address(&address, false, is_trial);
}

static int listen_on_text(const char *text, bool is_trial, struct error **reterr)
{
    struct route_address address = {0};
    int fd;

    if (text[0] == ':')
        fd = listen_on_all(text, is_trial);
    else if (address_parse_target(text, &address) < 0 || address.family == ROUTE_FAMILY_UNIX)
        fd = -EINVAL;
    else
        fd = listen_on_address(&address, false, is_trial);
    if (fd < 0)
        return error_set(reterr, -fd, "%s: %s", text, listen_complaint(-fd));
    return fd;
}

int listen_on(const char *text, struct error **reterr)
{
    return listen_on_text(text, false, reterr);
}

int listen_try(const char *text, struct error **reterr)
{
    int fd = listen_on_text(text, true, reterr);

    if (fd < 0)
        return fd;
    (void)os_close(fd);
    return 0;
}

int listen_on_path(const char *path, int type, mode_t mode, struct error **reterr)
{
    union os_address name = {.local = {.sun_family = AF_UNIX}};
    size_t length = strlen(path);
    _cleanup_os_close_ int fd = -1;
    int r;

    if (length >= sizeof(name.local.sun_path))
        return error_set(reterr, ENAMETOOLONG, "%s: the path is too long for a socket: %zu at most",
                         path, sizeof(name.local.sun_path) - 1);
    memcpy(name.local.sun_path, path, length);
    fd = os->socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    r = fd < 0 ? -errno : 0;
    if (r == 0 && os->unlink(path) < 0 && errno != ENOENT)
        r = -errno;
    /* The file has the mode of the descriptor, less what the umask takes, from its first moment on:
     * there is no time in which more people could connect. */
    if (r == 0 && os->fchmod(fd, mode) < 0)
        r = -errno;
    if (r == 0)
        r = os_bind(fd, &name, (socklen_t)sizeof(name.local));
    if (r == 0)
        r = os_change_mode(path, mode);
    if (r == 0)
        r = os_listen(fd, OS_BACKLOG);
    if (r < 0)
        return error_set(reterr, -r, "%s: cannot listen there: %s", path,
                         r == -EISDIR ? "a folder is in the way; remove it" : error_text(-r));
    return take_fd(&fd);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "control/loopback_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "os/os.h"
#include "os/socket.h"
#include "route/address.h"

#define BACKLOG 64

/* How large it is; 0 where it is no loopback address. */
static socklen_t to_socket_address(const struct route_address *from, union os_address *to)
{
    static const uint8_t ipv6_loopback[16] = {[15] = 1};

    memset(to, 0, sizeof(*to));
    if (from->family == ROUTE_FAMILY_IPV4 && from->bytes[0] == 127) {
        to->ipv4.sin_family = AF_INET;
        to->ipv4.sin_port = htons(from->port);
        memcpy(&to->ipv4.sin_addr, from->bytes, 4);
        return sizeof(to->ipv4);
    }
    if (from->family == ROUTE_FAMILY_IPV6 && memcmp(from->bytes, ipv6_loopback, 16) == 0) {
        to->ipv6.sin6_family = AF_INET6;
        to->ipv6.sin6_port = htons(from->port);
        memcpy(&to->ipv6.sin6_addr, from->bytes, 16);
        return sizeof(to->ipv6);
    }
    return 0;
}

/* Whether it would be one with another port. */
static bool is_port_wrong(const char *address)
{
    const char *colon = strrchr(address, ':');
    struct route_address parsed = {0};
    union os_address socket_address;
    char text[ADDRESS_TEXT_MAX];

    if (colon == NULL || colon - address >= (ptrdiff_t)sizeof(text) - 2)
        return false;
    (void)snprintf(text, sizeof(text), "%.*s:1", (int)(colon - address), address);
    return address_parse_target(text, &parsed) == 0 &&
           to_socket_address(&parsed, &socket_address) > 0;
}

bool loopback_socket_is_at(int fd, const char *address)
{
    struct route_address parsed = {0};
    union os_address wanted;
    union os_address is = {0};
    socklen_t size = sizeof(is);

    if (address_parse_target(address, &parsed) < 0 || to_socket_address(&parsed, &wanted) == 0 ||
        os_local_address(fd, &is, &size) < 0 || is.any.sa_family != wanted.any.sa_family)
        return false;
    if (is.any.sa_family == AF_INET)
        return is.ipv4.sin_port == wanted.ipv4.sin_port &&
               is.ipv4.sin_addr.s_addr == wanted.ipv4.sin_addr.s_addr;
    return is.ipv6.sin6_port == wanted.ipv6.sin6_port &&
           memcmp(&is.ipv6.sin6_addr, &wanted.ipv6.sin6_addr, sizeof(is.ipv6.sin6_addr)) == 0;
}

int loopback_socket_open(const char *what, const char *address, struct error **reterr)
{
    struct route_address parsed = {0};
    union os_address socket_address;
    _cleanup_os_close_ int fd = -1;
    socklen_t size = 0;
    int r;

    if (address_parse_target(address, &parsed) == 0)
        size = to_socket_address(&parsed, &socket_address);
    if (size == 0 && is_port_wrong(address))
        return error_set(reterr, EINVAL, "%s%s: the port must be 1 to 65535", what, address);
    if (size == 0)
        return error_set(reterr, EINVAL, "%s%s is no address of this machine alone", what, address);
    fd = os_stream_socket(socket_address.any.sa_family);
    r = fd < 0 ? fd : os_socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (r == 0)
        r = os_bind(fd, &socket_address, size);
    if (r == 0)
        r = os_listen(fd, BACKLOG);
    if (r < 0)
        return error_set(reterr, -r, "%s%s: %s", what, address,
                         r == -EADDRINUSE ? "the address is in use" : error_text(-r));
    return take_fd(&fd);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "control/metrics_socket.h"

#include <errno.h>
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

int metrics_socket_open(const char *address, struct error **reterr)
{
    struct route_address parsed = {0};
    union os_address socket_address;
    _cleanup_os_close_ int fd = -1;
    socklen_t size = 0;
    int r;

    if (address_parse_target(address, &parsed) == 0)
        size = to_socket_address(&parsed, &socket_address);
    if (size == 0)
        return error_set(reterr, EINVAL, "metrics.address: %s is no address of this machine alone",
                         address);
    fd = os_stream_socket(socket_address.any.sa_family);
    r = fd < 0 ? fd : os_socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (r == 0)
        r = os_bind(fd, &socket_address, size);
    if (r == 0)
        r = os_listen(fd, BACKLOG);
    if (r < 0)
        return error_set(reterr, -r, "metrics.address: %s: %s", address,
                         r == -EADDRINUSE ? "the address is in use" : error_text(-r));
    return take_fd(&fd);
}

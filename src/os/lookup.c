/* SPDX-License-Identifier: Apache-2.0 */
#include "os/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static int lookup_error(int code)
{
    switch (code) {
    case EAI_NONAME:
    case EAI_NODATA:
        return -ENOENT;
    case EAI_AGAIN:
        return -EAGAIN;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_SYSTEM:
        return errno > 0 ? -errno : -EIO;
    default:
        return -EIO;
    }
}

static int take(const struct sockaddr *address, struct os_found *ret_found)
{
    struct os_found found = {.family = address->sa_family};

    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *ipv4 = (const void *)address;

        memcpy(found.bytes, &ipv4->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *ipv6 = (const void *)address;

        memcpy(found.bytes, &ipv6->sin6_addr, 16);
        found.scope_id = ipv6->sin6_scope_id;
    } else {
        return -EAFNOSUPPORT;
    }
    *ret_found = found;
    return 0;
}

int os_lookup_host(const char *name, struct os_found *found, size_t capacity)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *list = NULL;
    size_t count = 0;
    int r = getaddrinfo(name, NULL, &hints, &list);

    /* A machine that has nothing but loopback addresses still finds what they are called. */
    if (r == EAI_NONAME || r == EAI_ADDRFAMILY) {
        const struct addrinfo all = {.ai_socktype = SOCK_STREAM};

        r = getaddrinfo(name, NULL, &all, &list);
    }
    if (r != 0)
        return lookup_error(r);
    for (struct addrinfo *item = list; item != NULL && count < capacity; item = item->ai_next) {
        size_t i = 0;

        if (take(item->ai_addr, &found[count]) < 0)
            continue;
        while (i < count && memcmp(&found[i], &found[count], sizeof(*found)) != 0)
            i++;
        if (i == count)
            count++;
    }
    freeaddrinfo(list);
    return count > 0 ? (int)count : -ENOENT;
}

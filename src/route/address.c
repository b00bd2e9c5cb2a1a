/* SPDX-License-Identifier: Apache-2.0 */
#include "route/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void address_unmap(enum route_family *family, uint8_t bytes[16])
{
    if (*family != ROUTE_FAMILY_IPV6 || memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) != 0)
        return;
    *family = ROUTE_FAMILY_IPV4;
    memmove(bytes, bytes + sizeof(mapped_prefix), 4);
    memset(bytes + 4, 0, 12);
}

/* Digits only, without a zero in front. */
static bool parse_number(const char *text, uint32_t limit, uint32_t *ret)
{
    uint32_t number = 0;

    if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        number = number * 10 + (uint32_t)(*text - '0');
        if (number > limit)
            return false;
    }
    *ret = number;
    return true;
}

static enum route_family parse_ip(const char *text, uint8_t bytes[16])
{
    memset(bytes, 0, 16);
    if (inet_pton(AF_INET, text, bytes) == 1)
        return ROUTE_FAMILY_IPV4;
    if (inet_pton(AF_INET6, text, bytes) == 1)
        return ROUTE_FAMILY_IPV6;
    return ROUTE_FAMILY_NONE;
}

/* Copies a part of a text to where it ends in NUL; false where it is too long for an address. */
static bool copy_part(const char *text, size_t length, char ret_part[INET6_ADDRSTRLEN])
{
    if (length >= INET6_ADDRSTRLEN)
        return false;
    memcpy(ret_part, text, length);
    ret_part[length] = '\0';
    return true;
}

int address_parse_network(const char *text, struct route_network *ret)
{
    size_t length = strcspn(text, "/");
    char part[INET6_ADDRSTRLEN];
    struct route_network network = {0};
    uint32_t bits_max;
    uint32_t bits;

    if (!copy_part(text, length, part))
        return -EINVAL;
    network.family = parse_ip(part, network.bytes);
    if (network.family == ROUTE_FAMILY_NONE)
        return -EINVAL;
    bits_max = network.family == ROUTE_FAMILY_IPV4 ? 32 : 128;
    bits = bits_max;
    if (text[length] == '/' && !parse_number(text + length + 1, bits_max, &bits))
        return -EINVAL;
    network.prefix_bits = (uint8_t)bits;
    *ret = network;
    return 0;
}

static int parse_unix(const char *path, struct route_address *ret)
{
    if (path[0] != '/' || strlen(path) > ROUTE_UNIX_PATH_BYTES_MAX)
        return -EINVAL;
    *ret = (struct route_address){.family = ROUTE_FAMILY_UNIX, .path = path};
    return 0;
}

int address_parse_target(const char *text, struct route_address *ret)
{
    bool bracketed = text[0] == '[';
    const char *host = bracketed ? text + 1 : text;
    size_t length = strcspn(host, bracketed ? "]" : ":");
    const char *rest = host + length;
    struct route_address address = {0};
    char part[INET6_ADDRSTRLEN];
    uint32_t port;
    char *scope;

    if (strncmp(text, "unix:", 5) == 0)
        return parse_unix(text + 5, ret);
    if (bracketed && *rest == ']')
        rest++;
    if (*rest != ':' || !parse_number(rest + 1, UINT16_MAX, &port) || port == 0 ||
        !copy_part(host, length, part))
        return -EINVAL;
    scope = strchr(part, '%');
    if (scope != NULL) {
        *scope = '\0';
        if (!bracketed || !parse_number(scope + 1, INT32_MAX, &address.scope_id))
            return -EINVAL;
    }
    address.family = parse_ip(part, address.bytes);
    if (address.family != (bracketed ? ROUTE_FAMILY_IPV6 : ROUTE_FAMILY_IPV4))
        return -EINVAL;
    address.port = (uint16_t)port;
    *ret = address;
    return 0;
}

void address_format(const struct route_address *address, char ret_text[ADDRESS_TEXT_MAX])
{
    char ip[INET6_ADDRSTRLEN] = "";
    char scope[16] = "";

    if (address->family == ROUTE_FAMILY_IPV4) {
        (void)inet_ntop(AF_INET, address->bytes, ip, sizeof(ip));
        (void)snprintf(ret_text, ADDRESS_TEXT_MAX, "%s:%u", ip, address->port);
    } else if (address->family == ROUTE_FAMILY_IPV6) {
        (void)inet_ntop(AF_INET6, address->bytes, ip, sizeof(ip));
        if (address->scope_id != 0)
            (void)snprintf(scope, sizeof(scope), "%%%u", address->scope_id);
        (void)snprintf(ret_text, ADDRESS_TEXT_MAX, "[%s%s]:%u", ip, scope, address->port);
    } else if (address->family == ROUTE_FAMILY_UNIX) {
        (void)snprintf(ret_text, ADDRESS_TEXT_MAX, "unix:%s", address->path);
    } else {
        ret_text[0] = '\0';
    }
}

int address_normalize_listener(const char *text, char ret_text[ADDRESS_TEXT_MAX])
{
    struct route_address address;
    uint32_t port;

    if (text[0] == ':') {
        if (!parse_number(text + 1, UINT16_MAX, &port) || port == 0)
            return -EINVAL;
        (void)snprintf(ret_text, ADDRESS_TEXT_MAX, ":%u", port);
        return 0;
    }
    if (address_parse_target(text, &address) < 0 || address.family == ROUTE_FAMILY_UNIX)
        return -EINVAL;
    address_format(&address, ret_text);
    return 0;
}

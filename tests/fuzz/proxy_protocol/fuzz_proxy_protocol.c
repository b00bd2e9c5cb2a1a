/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads hostile PROXY headers. Beyond not crashing: what is said does not depend on how the bytes
 * were cut or on what follows the header; a refusal stays; nothing is written unless it is done;
 * and what was read, written anew in either version, is read back the same.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/proxy_protocol.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* In a block of just the size, so that the sanitizer sees a read past the end. */
static enum proxy_protocol_result parse(const void *data, size_t size, struct proxy_protocol *ret)
{
    char *copy = malloc(size > 0 ? size : 1);
    enum proxy_protocol_result result;

    require(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    memset(ret, 0x5a, sizeof(*ret));
    result = proxy_protocol_parse(copy, size, ret);
    free(copy);
    if (result != PROXY_PROTOCOL_DONE) {
        for (size_t i = 0; i < sizeof(*ret); i++)
            require(((const uint8_t *)ret)[i] == 0x5a);
    }
    return result;
}

static void require_same(const struct proxy_protocol *a, const struct proxy_protocol *b)
{
    require(a->family == b->family && a->source.port == b->source.port &&
            a->destination.port == b->destination.port &&
            memcmp(a->source.bytes, b->source.bytes, 16) == 0 &&
            memcmp(a->destination.bytes, b->destination.bytes, 16) == 0);
}

static void check_text(const struct proxy_protocol *header)
{
    bool is_ipv4 = header->family == PROXY_PROTOCOL_IPV4;
    int family = is_ipv4 ? AF_INET : AF_INET6;
    char source[INET6_ADDRSTRLEN];
    char destination[INET6_ADDRSTRLEN];
    char line[128];
    struct proxy_protocol again;
    int length;

    require(inet_ntop(family, header->source.bytes, source, sizeof(source)) != NULL);
    require(inet_ntop(family, header->destination.bytes, destination, sizeof(destination)) != NULL);
    length = snprintf(line, sizeof(line), "PROXY %s %s %s %u %u\r\n", is_ipv4 ? "TCP4" : "TCP6",
                      source, destination, header->source.port, header->destination.port);
    require(length > 0 && length <= 107);
    require(parse(line, (size_t)length, &again) == PROXY_PROTOCOL_DONE);
    require(again.length == (size_t)length);
    require_same(header, &again);
}

static void check_binary(const struct proxy_protocol *header)
{
    bool is_ipv4 = header->family == PROXY_PROTOCOL_IPV4;
    size_t size = is_ipv4 ? 4 : 16;
    uint8_t data[16 + 36] = "\r\n\r\n\0\r\nQUIT\n\x21";
    uint8_t *ports = data + 16 + 2 * size;
    struct proxy_protocol again;

    data[13] = is_ipv4 ? 0x11 : 0x21;
    data[15] = (uint8_t)(2 * size + 4);
    memcpy(data + 16, header->source.bytes, size);
    memcpy(data + 16 + size, header->destination.bytes, size);
    ports[0] = (uint8_t)(header->source.port >> 8);
    ports[1] = (uint8_t)header->source.port;
    ports[2] = (uint8_t)(header->destination.port >> 8);
    ports[3] = (uint8_t)header->destination.port;
    require(parse(data, 16 + 2 * size + 4, &again) == PROXY_PROTOCOL_DONE);
    require_same(header, &again);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct proxy_protocol whole;
    struct proxy_protocol part;
    enum proxy_protocol_result result = parse(data, size, &whole);
    size_t step = size > 512 ? size / 256 : 1;
    bool was_refused = false;

    require(result != PROXY_PROTOCOL_MORE || size < PROXY_PROTOCOL_SIZE_MAX);
    for (size_t i = 0; i <= size; i += step) {
        enum proxy_protocol_result now = parse(data, i, &part);

        require(!was_refused || now == PROXY_PROTOCOL_REFUSED);
        was_refused = now == PROXY_PROTOCOL_REFUSED;
        require(!was_refused || result == PROXY_PROTOCOL_REFUSED);
        if (result == PROXY_PROTOCOL_DONE)
            require((now == PROXY_PROTOCOL_DONE) == (i >= whole.length));
        if (now == PROXY_PROTOCOL_DONE)
            require_same(&whole, &part);
    }
    if (result != PROXY_PROTOCOL_DONE)
        return 0;
    require(whole.length <= size && whole.length <= PROXY_PROTOCOL_SIZE_MAX);
    if (whole.family == PROXY_PROTOCOL_IPV4 || whole.family == PROXY_PROTOCOL_IPV6) {
        check_text(&whole);
        check_binary(&whole);
    }
    return 0;
}

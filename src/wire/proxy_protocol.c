/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/proxy_protocol.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

/*
 * Version 1
 */

enum {
    PROXY_LINE_MAX = 107,
    PROXY_ADDRESS_TEXT_MAX = 39,
    PROXY_PREFIX_SIZE = 6,
};

static const char proxy_prefix[] = "PROXY ";

struct proxy_text {
    const char *data;
    size_t length;
};

/* Takes what stands before the next space, or all of the rest. */
static struct proxy_text proxy_next_word(struct proxy_text *rest)
{
    const char *space = rest->length > 0 ? memchr(rest->data, ' ', rest->length) : NULL;
    struct proxy_text word = *rest;

    if (space == NULL) {
        *rest = (struct proxy_text){rest->data + rest->length, 0};
        return word;
    }
    word.length = (size_t)(space - rest->data);
    rest->data += word.length + 1;
    rest->length -= word.length + 1;
    return word;
}

static bool proxy_is_word(struct proxy_text word, const char *wanted)
{
    return word.length == strlen(wanted) && memcmp(word.data, wanted, word.length) == 0;
}

static bool proxy_take_address(struct proxy_text *rest, enum proxy_protocol_family family,
                               struct proxy_protocol_address *address)
{
    struct proxy_text word = proxy_next_word(rest);
    char text[PROXY_ADDRESS_TEXT_MAX + 1];

    if (word.length > PROXY_ADDRESS_TEXT_MAX)
        return false;
    memcpy(text, word.data, word.length);
    text[word.length] = '\0';
    return inet_pton(family == PROXY_PROTOCOL_IPV4 ? AF_INET : AF_INET6, text, address->bytes) == 1;
}

static bool proxy_take_port(struct proxy_text *rest, struct proxy_protocol_address *address)
{
    struct proxy_text word = proxy_next_word(rest);
    uint32_t port = 0;

    if (word.length == 0 || word.length > 5 || (word.length > 1 && word.data[0] == '0'))
        return false;
    for (size_t i = 0; i < word.length; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
        port = port * 10 + (uint32_t)(word.data[i] - '0');
    }
    address->port = (uint16_t)port;
    return port <= UINT16_MAX;
}

/* A whole line, without its prefix and its end. */
static bool proxy_take_line(struct proxy_text rest, struct proxy_protocol *header)
{
    bool ends_in_space = rest.length > 0 && rest.data[rest.length - 1] == ' ';
    struct proxy_text protocol = proxy_next_word(&rest);

    if (proxy_is_word(protocol, "UNKNOWN"))
        return true; /* whatever follows */
    if (proxy_is_word(protocol, "TCP4"))
        header->family = PROXY_PROTOCOL_IPV4;
    else if (proxy_is_word(protocol, "TCP6"))
        header->family = PROXY_PROTOCOL_IPV6;
    else
        return false;
    return proxy_take_address(&rest, header->family, &header->source) &&
           proxy_take_address(&rest, header->family, &header->destination) &&
           proxy_take_port(&rest, &header->source) &&
           proxy_take_port(&rest, &header->destination) && rest.length == 0 && !ends_in_space;
}

static enum proxy_protocol_result proxy_parse_text(const char *data, size_t size,
                                                   struct proxy_protocol *ret)
{
    struct proxy_protocol header = {.family = PROXY_PROTOCOL_NONE};
    size_t prefix_size = size < PROXY_PREFIX_SIZE ? size : PROXY_PREFIX_SIZE;
    size_t end = PROXY_PREFIX_SIZE;

    if (memcmp(data, proxy_prefix, prefix_size) != 0)
        return PROXY_PROTOCOL_REFUSED;
    while (end < size && data[end] >= ' ' && data[end] <= '~')
        end++;
    /* The end of the line is its last two bytes. */
    if (end > PROXY_LINE_MAX - 2)
        return PROXY_PROTOCOL_REFUSED;
    if (end >= size)
        return PROXY_PROTOCOL_MORE;
    if (data[end] != '\r' || (end + 1 < size && data[end + 1] != '\n') ||
        !proxy_take_line((struct proxy_text){data + PROXY_PREFIX_SIZE, end - PROXY_PREFIX_SIZE},
                         &header))
        return PROXY_PROTOCOL_REFUSED;
    if (end + 1 == size)
        return PROXY_PROTOCOL_MORE;
    header.length = end + 2;
    *ret = header;
    return PROXY_PROTOCOL_DONE;
}

/*
 * Version 2
 */

enum {
    PROXY_SIGNATURE_SIZE = 12,
    PROXY_HEAD_SIZE = 16,
    PROXY_TLV_HEAD_SIZE = 3,
    PROXY_TLV_CHECKSUM = 3,
    PROXY_CHECKSUM_SIZE = 4,
};

static const char proxy_signature[] = "\r\n\r\n\0\r\nQUIT\n";

/* What the 14th byte says: the family and the way of transport. */
static const struct {
    uint8_t code;
    uint8_t family; /* enum proxy_protocol_family */
    uint8_t size;   /* of all addresses */
} proxy_families[] = {
    {0x00, PROXY_PROTOCOL_NONE, 0},
    {0x11, PROXY_PROTOCOL_IPV4, 12},
    {0x21, PROXY_PROTOCOL_IPV6, 36},
    {0x31, PROXY_PROTOCOL_UNIX, 216},
};

enum {
    PROXY_FAMILY_COUNT = sizeof(proxy_families) / sizeof(proxy_families[0])
};

static uint16_t proxy_get_16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t proxy_crc32c_byte(uint32_t crc, uint8_t byte)
{
    crc ^= byte;
    for (unsigned int i = 0; i < 8; i++)
        crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
    return crc;
}

/* Over the whole header, with zeros in place of the checksum itself. */
static bool proxy_checksum_is_right(const uint8_t *data, size_t length, size_t position)
{
    uint32_t wanted =
        (uint32_t)proxy_get_16(data + position) << 16 | proxy_get_16(data + position + 2);
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < length; i++) {
        bool is_checksum = i >= position && i < position + PROXY_CHECKSUM_SIZE;

        crc = proxy_crc32c_byte(crc, is_checksum ? 0 : data[i]);
    }
    return ~crc == wanted;
}

static bool proxy_check_tlvs(const uint8_t *data, size_t length, size_t position)
{
    bool has_checksum = false;

    while (position < length) {
        uint8_t type = data[position];
        size_t size;

        if (length - position < PROXY_TLV_HEAD_SIZE)
            return false;
        size = proxy_get_16(data + position + 1);
        position += PROXY_TLV_HEAD_SIZE;
        if (size > length - position)
            return false;
        if (type == PROXY_TLV_CHECKSUM) {
            if (has_checksum || size != PROXY_CHECKSUM_SIZE ||
                !proxy_checksum_is_right(data, length, position))
                return false;
            has_checksum = true;
        }
        position += size;
    }
    return true;
}

static void proxy_get_addresses(const uint8_t *bytes, struct proxy_protocol *header)
{
    size_t size = header->family == PROXY_PROTOCOL_IPV4 ? 4 : 16;

    if (header->family != PROXY_PROTOCOL_IPV4 && header->family != PROXY_PROTOCOL_IPV6)
        return;
    memcpy(header->source.bytes, bytes, size);
    memcpy(header->destination.bytes, bytes + size, size);
    header->source.port = proxy_get_16(bytes + 2 * size);
    header->destination.port = proxy_get_16(bytes + 2 * size + 2);
}

/* The position in proxy_families; PROXY_FAMILY_COUNT where it is none of them. */
static size_t proxy_find_family(uint8_t code)
{
    size_t i = 0;

    while (i < PROXY_FAMILY_COUNT && proxy_families[i].code != code)
        i++;
    return i;
}

/* The first 16 bytes, as far as they are there. */
static bool proxy_check_head(const uint8_t *data, size_t size)
{
    size_t signature_size = size < PROXY_SIGNATURE_SIZE ? size : PROXY_SIGNATURE_SIZE;

    if (memcmp(data, proxy_signature, signature_size) != 0)
        return false;
    if (size > 12 && data[12] != 0x20 && data[12] != 0x21)
        return false;
    if (size > 13 && data[12] == 0x21 && proxy_find_family(data[13]) == PROXY_FAMILY_COUNT)
        return false;
    return size < PROXY_HEAD_SIZE ||
           proxy_get_16(data + 14) <= PROXY_PROTOCOL_SIZE_MAX - PROXY_HEAD_SIZE;
}

static enum proxy_protocol_result proxy_parse_binary(const uint8_t *data, size_t size,
                                                     struct proxy_protocol *ret)
{
    struct proxy_protocol header = {.family = PROXY_PROTOCOL_NONE};
    size_t address_size = 0;

    if (!proxy_check_head(data, size))
        return PROXY_PROTOCOL_REFUSED;
    if (size < PROXY_HEAD_SIZE)
        return PROXY_PROTOCOL_MORE;
    header.length = (size_t)PROXY_HEAD_SIZE + proxy_get_16(data + 14);
    if (data[12] == 0x21) {
        size_t family = proxy_find_family(data[13]);

        header.family = proxy_families[family].family;
        address_size = proxy_families[family].size;
        if (header.length < PROXY_HEAD_SIZE + address_size)
            return PROXY_PROTOCOL_REFUSED;
    }
    if (size < header.length)
        return PROXY_PROTOCOL_MORE;
    /* LOCAL says nothing, and what it has is skipped, as is what follows an unknown family. */
    if (header.family != PROXY_PROTOCOL_NONE &&
        !proxy_check_tlvs(data, header.length, PROXY_HEAD_SIZE + address_size))
        return PROXY_PROTOCOL_REFUSED;
    proxy_get_addresses(data + PROXY_HEAD_SIZE, &header);
    *ret = header;
    return PROXY_PROTOCOL_DONE;
}

enum proxy_protocol_result proxy_protocol_parse(const char *data, size_t size,
                                                struct proxy_protocol *ret)
{
    if (size == 0)
        return PROXY_PROTOCOL_MORE;
    if (data[0] == proxy_signature[0])
        return proxy_parse_binary((const uint8_t *)data, size, ret);
    return proxy_parse_text(data, size, ret);
}

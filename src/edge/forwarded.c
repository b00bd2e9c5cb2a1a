/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/forwarded.h"

#include <string.h>

#include "edge/exchange.h"
#include "edge/listener.h"
#include "route/address.h"

static bool forwarded_is_trusted(const struct exchange *exchange)
{
    const struct snapshot_networks *trusted = &exchange->listener->trusted;

    if (trusted->ipv4.count == 0 && trusted->ipv6.count == 0)
        return false;
    return route_networks_have(&exchange->held->generation->snapshot, trusted,
                               &exchange->client->peer);
}

bool forwarded_is_passed(const struct exchange *exchange, const struct http1_field *field)
{
    if (exchange->listener->forwarded == ROUTE_FORWARDED_REMOVE || !forwarded_is_trusted(exchange))
        return false;
    /* This one is written with the peer behind it. */
    return field->id != HTTP1_FIELD_X_FORWARDED_FOR ||
           exchange->listener->forwarded == ROUTE_FORWARDED_PRESERVE;
}

static void forwarded_write_peer(struct exchange *exchange, struct http1_writer *writer)
{
    const struct client *client = exchange->client;
    bool with_port = exchange->listener->forwarded_port != 0 && client->peer_port != 0;
    bool is_ipv6 = client->peer.family == ROUTE_FAMILY_IPV6;

    if (with_port && is_ipv6)
        http1_write_bytes(writer, "[", 1);
    http1_write_bytes(writer, client->peer_text, client->peer_text_length);
    if (with_port && is_ipv6)
        http1_write_bytes(writer, "]", 1);
    if (with_port) {
        http1_write_bytes(writer, ":", 1);
        http1_write_decimal(writer, client->peer_port);
    }
}

static void forwarded_write_for(struct exchange *exchange, struct http1_writer *writer,
                                bool is_trusted)
{
    const struct http1_head *head = &exchange->request.head;
    const char *data = exchange_head_data(exchange);
    bool is_first = true;

    http1_write_bytes(writer, "X-Forwarded-For: ", 17);
    if (is_trusted && (head->present & UINT64_C(1) << HTTP1_FIELD_X_FORWARDED_FOR) != 0) {
        for (uint32_t i = 0; i < head->field_count; i++) {
            const struct http1_field *field = &head->fields[i];

            if (field->id != HTTP1_FIELD_X_FORWARDED_FOR || field->value.length == 0)
                continue;
            if (!is_first)
                http1_write_bytes(writer, ", ", 2);
            http1_write_bytes(writer, data + field->value.offset, field->value.length);
            is_first = false;
        }
    }
    if (!is_first)
        http1_write_bytes(writer, ", ", 2);
    forwarded_write_peer(exchange, writer);
    http1_write_bytes(writer, "\r\n", 2);
}

static bool forwarded_has(const struct exchange *exchange, enum http1_field_id id, bool is_trusted)
{
    return is_trusted && (exchange->request.head.present & UINT64_C(1) << id) != 0;
}

void forwarded_format_id(const uint64_t id[2], char text[FORWARDED_ID_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < FORWARDED_ID_SIZE; i++)
        text[i] = digits[id[i / 16] >> (i % 16 * 4) & 15];
}

static void forwarded_write_request_id(struct exchange *exchange, struct http1_writer *writer)
{
    char id[FORWARDED_ID_SIZE];

    forwarded_format_id(exchange->request_id, id);
    http1_write_field(writer, "X-Request-Id", 12, id, sizeof(id));
}

void forwarded_write(struct exchange *exchange, struct http1_writer *writer)
{
    const struct snapshot_listener *listener = exchange->listener;
    const struct http1_head *head = &exchange->request.head;
    bool is_trusted = forwarded_is_trusted(exchange);

    if ((head->present & UINT64_C(1) << HTTP1_FIELD_X_REQUEST_ID) == 0) {
        if (exchange->request_id[0] == 0) {
            exchange->request_id[0] = worker_random(exchange->worker) | 1;
            exchange->request_id[1] = worker_random(exchange->worker);
        }
        forwarded_write_request_id(exchange, writer);
    }
    if (listener->forwarded == ROUTE_FORWARDED_REMOVE ||
        (listener->forwarded == ROUTE_FORWARDED_PRESERVE && is_trusted))
        return;
    forwarded_write_for(exchange, writer, is_trusted);
    if (!forwarded_has(exchange, HTTP1_FIELD_X_FORWARDED_PROTO, is_trusted)) {
        if (listener->protocol == ROUTE_PROTOCOL_HTTPS)
            HTTP1_WRITE_FIELD(writer, "X-Forwarded-Proto", "https");
        else
            HTTP1_WRITE_FIELD(writer, "X-Forwarded-Proto", "http");
    }
    if (!forwarded_has(exchange, HTTP1_FIELD_X_FORWARDED_PORT, is_trusted))
        http1_write_number_field(writer, "X-Forwarded-Port", 16, exchange->client->listener->port);
}

/* The client that can be believed */

static bool forwarded_parse_address(const char *text, size_t length, struct route_peer *ret)
{
    char copy[64];
    struct route_network network;

    if (length > 2 && text[0] == '[') {
        const char *end = memchr(text, ']', length);

        if (end == NULL)
            return false;
        text++;
        length = (size_t)(end - text);
    }
    if (length == 0 || length >= sizeof(copy) || memchr(text, '/', length) != NULL)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (strchr(copy, ':') != NULL && strchr(copy, '.') != NULL &&
        strchr(copy, ':') == strrchr(copy, ':'))
        *strchr(copy, ':') = '\0';
    if (address_parse_network(copy, &network) < 0)
        return false;
    ret->family = network.family;
    memcpy(ret->bytes, network.bytes, sizeof(ret->bytes));
    return true;
}

/* Looks from the right; true when one that is not trusted was found, or nothing sensible stands
 * further to the left. */
static bool forwarded_scan(const struct exchange *exchange, const char *text, size_t length,
                           const char **ret_text, size_t *ret_length)
{
    const struct snapshot *snapshot = &exchange->held->generation->snapshot;

    while (length > 0) {
        size_t begin;
        size_t end;
        struct route_peer peer;

        while (length > 0 &&
               (text[length - 1] == ' ' || text[length - 1] == ',' || text[length - 1] == '\t'))
            length--;
        end = length;
        while (length > 0 && text[length - 1] != ',')
            length--;
        begin = length;
        while (begin < end && (text[begin] == ' ' || text[begin] == '\t'))
            begin++;
        if (begin == end)
            continue;
        if (!forwarded_parse_address(text + begin, end - begin, &peer))
            return true;
        *ret_text = text + begin;
        *ret_length = end - begin;
        if (!route_networks_have(snapshot, &exchange->listener->trusted, &peer))
            return true;
    }
    return false;
}

void forwarded_client(const struct exchange *exchange, const char **ret_text, size_t *ret_length)
{
    const struct http1_head *head = &exchange->request.head;

    *ret_text = exchange->client->peer_text;
    *ret_length = exchange->client->peer_text_length;
    if (exchange->is_tcp || exchange->listener == NULL || !forwarded_is_trusted(exchange))
        return;
    for (uint32_t i = head->field_count; i > 0; i--) {
        const struct http1_field *field = &head->fields[i - 1];

        if (field->id == HTTP1_FIELD_X_FORWARDED_FOR &&
            forwarded_scan(exchange, exchange_head_data(exchange) + field->value.offset,
                           field->value.length, ret_text, ret_length))
            return;
    }
}

void forwarded_client_peer(const struct exchange *exchange, struct route_peer *ret_peer)
{
    const char *text;
    size_t length;

    forwarded_client(exchange, &text, &length);
    if (text == exchange->client->peer_text || !forwarded_parse_address(text, length, ret_peer))
        *ret_peer = exchange->client->peer;
}

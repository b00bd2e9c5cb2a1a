/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/scalar/port.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec/scalar/complaint.h"
#include "spec/scalar/number.h"
#include "spec/scalar/span.h"

#define PORT_NUMBER_MAX 65535

struct port_range {
    uint32_t first;
    uint32_t last;
};

static const char *const port_protocols[] = {"tcp", "udp", "sctp"};

/* Cuts at the last colon. Without one, *before is empty and *after the whole span. */
static bool port_cut_last(struct span span, struct span *before, struct span *after)
{
    const char *found = span.length > 0 ? memrchr(span.text, ':', span.length) : NULL;
    size_t position = found != NULL ? (size_t)(found - span.text) : 0;

    *before = span_make(span.text, position);
    *after = found != NULL ? span_from(span, position + 1) : span;
    return found != NULL;
}

static bool port_read_number(struct span span, uint32_t *ret_number)
{
    int64_t number;

    if (!number_parse_integer(span.text, span.length, &number) || number < 0 ||
        number > PORT_NUMBER_MAX)
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static bool port_read_range(struct span span, struct port_range *ret_range)
{
    struct port_range range;
    struct span first, last;
    bool has_last = span_cut(span, '-', &first, &last);

    if (!port_read_number(first, &range.first))
        return false;
    range.last = range.first;
    if (has_last && !port_read_number(last, &range.last))
        return false;
    if (range.last < range.first)
        return false;
    *ret_range = range;
    return true;
}

static const char *port_read_protocol(struct span span)
{
    if (span.length == 0)
        return port_protocols[0];
    for (size_t i = 0; i < sizeof(port_protocols) / sizeof(port_protocols[0]); i++) {
        if (span_is_ignoring_case(span, port_protocols[i]))
            return port_protocols[i];
    }
    return NULL;
}

/* An address, in brackets or not; nothing is an address too: any. */
static bool port_read_host_ip(struct span *address)
{
    unsigned char binary[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN];

    if (address->length >= 2 && address->text[0] == '[' &&
        address->text[address->length - 1] == ']')
        *address = span_make(address->text + 1, address->length - 2);
    if (address->length == 0)
        return true;
    if (address->length >= sizeof(text) || memchr(address->text, '\0', address->length) != NULL)
        return false;
    memcpy(text, address->text, address->length);
    text[address->length] = '\0';
    return inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
}

/* Sorts a port as its decimal text sorts: left-aligned digits, the shorter text first. */
static uint32_t port_text_rank(uint32_t number)
{
    uint32_t digits = 1;

    for (uint32_t rest = number; rest >= 10; rest /= 10)
        digits++;
    for (uint32_t i = digits; i < 5; i++)
        number *= 10;
    return number * 8 + digits;
}

static int port_compare(const void *a, const void *b)
{
    uint32_t rank_a = port_text_rank(((const struct port *)a)->target);
    uint32_t rank_b = port_text_rank(((const struct port *)b)->target);

    return (rank_a > rank_b) - (rank_a < rank_b);
}

static void port_write_published(struct port *port, uint32_t first, uint32_t last)
{
    if (first == last)
        (void)snprintf(port->published, sizeof(port->published), "%u", first & 0xffff);
    else
        (void)snprintf(port->published, sizeof(port->published), "%u-%u", first & 0xffff,
                       last & 0xffff);
}

/* published is NULL for any. A range of published ports for one target stays a range. */
static struct port_list port_expand(struct arena *arena, struct port model,
                                    struct port_range target, const struct port_range *published)
{
    struct port_list ports = {.count = target.last - target.first + 1};

    ports.items = arena_new_array(arena, struct port, ports.count);
    for (uint32_t i = 0; i < ports.count; i++) {
        ports.items[i] = model;
        ports.items[i].target = target.first + i;
        if (published != NULL && ports.count == 1)
            port_write_published(&ports.items[i], published->first, published->last);
        else if (published != NULL)
            port_write_published(&ports.items[i], published->first + i, published->first + i);
    }
    if (ports.count > 1)
        qsort(ports.items, ports.count, sizeof(ports.items[0]), port_compare);
    return ports;
}

struct port_sections {
    struct span host_ip;
    struct span published;
    struct span target;
    struct span protocol;
};

static struct port_sections port_cut(struct span span)
{
    struct port_sections sections = {.host_ip = span_make(span.text, 0)};
    struct span rest;

    (void)port_cut_last(span, &rest, &sections.target);
    if (port_cut_last(rest, &rest, &sections.published))
        sections.host_ip = rest;
    (void)span_cut(sections.target, '/', &sections.target, &sections.protocol);
    return sections;
}

bool port_parse(struct arena *arena, const char *text, size_t length, struct port_list *ret_ports,
                const char **ret_message)
{
    struct port_sections sections = port_cut(span_make(text, length));
    struct port_range target, published;
    struct port model = {.protocol = port_read_protocol(sections.protocol)};
    bool has_published = sections.published.length > 0;
    const char *reason =
        "expected [HOST_IP:][PUBLISHED[-END]:]TARGET[-END][/PROTOCOL], ports up to 65535";

    if (!port_read_range(sections.target, &target) ||
        (has_published && !port_read_range(sections.published, &published)))
        goto refuse;
    reason = "expected tcp, udp or sctp as the protocol";
    if (model.protocol == NULL)
        goto refuse;
    reason = "expected an IP address before the published port";
    if (!port_read_host_ip(&sections.host_ip))
        goto refuse;
    reason = "expected as many published ports as target ports, or a single target port";
    if (has_published && target.first != target.last &&
        target.last - target.first != published.last - published.first)
        goto refuse;

    model.host_ip = arena_strndup(arena, sections.host_ip.text, sections.host_ip.length);
    *ret_ports = port_expand(arena, model, target, has_published ? &published : NULL);
    return true;

refuse:
    *ret_message = complaint_new(arena, text, length, "port", reason);
    return false;
}

const char *port_print(struct arena *arena, const struct port *port)
{
    bool is_ipv6 = strchr(port->host_ip, ':') != NULL;

    if (port->host_ip[0] != '\0')
        return arena_printf(arena, "%s%s%s:%s:%u/%s", is_ipv6 ? "[" : "", port->host_ip,
                            is_ipv6 ? "]" : "", port->published, port->target, port->protocol);
    return arena_printf(arena, "%s%s%u/%s", port->published, port->published[0] != '\0' ? ":" : "",
                        port->target, port->protocol);
}

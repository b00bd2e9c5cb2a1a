/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of a service: those that are published, and those that are exposed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/desired_priv.h"

enum {
    RANGE_MAX = 1000 /* ports of one line in expose */
};

static bool read_port(const char **text, uint16_t *ret)
{
    char *end;
    unsigned long port;

    if (**text < '0' || **text > '9')
        return false;
    port = strtoul(*text, &end, 10);
    if (port > UINT16_MAX)
        return false;
    *text = end;
    *ret = (uint16_t)port;
    return true;
}

/* "8000", "8000-8010". */
static bool read_range(const char **text, uint16_t *ret_first, uint16_t *ret_last)
{
    uint16_t first, last;

    if (!read_port(text, &first))
        return false;
    last = first;
    if (**text == '-') {
        (*text)++;
        if (!read_port(text, &last))
            return false;
    }
    if (last < first)
        return false;
    *ret_first = first;
    *ret_last = last;
    return true;
}

static uint16_t find_free_port(const struct desired_resolution *resolution, uint16_t target)
{
    for (uint32_t i = 0; resolution != NULL && i < resolution->free_port_count; i++)
        if (resolution->free_ports[i].target == target)
            return resolution->free_ports[i].published;
    return 0;
}

static int read_published(const struct desired_reader *reader, const struct value *map,
                          const struct desired_resolution *resolution, struct desired_port *ret)
{
    const char *published = NULL, *mode = NULL, *protocol = NULL, *application = NULL;
    uint32_t target = 0;

    *ret = (struct desired_port){.is_published = true, .host_ip = ""};
    if (desired_read_number(reader, map, "target", UINT16_MAX, &target) < 0 ||
        desired_read_text(reader, map, "published", &published) < 0 ||
        desired_read_text(reader, map, "mode", &mode) < 0 ||
        desired_read_text(reader, map, "protocol", &protocol) < 0 ||
        desired_read_text(reader, map, "host_ip", &ret->host_ip) < 0 ||
        desired_read_text(reader, map, "app_protocol", &application) < 0)
        return -EINVAL;
    if (target == 0)
        return desired_refuse(reader, "ports", "a target from 1 to 65535");
    ret->target = (uint16_t)target;
    ret->is_udp = protocol != NULL && strcmp(protocol, "udp") == 0;
    ret->is_host_mode = ret->is_udp || (mode != NULL && strcmp(mode, "host") == 0);
    ret->is_http = application != NULL && strncmp(application, "http", 4) == 0;
    if (published != NULL && *published != '\0' &&
        (!read_range(&published, &ret->published_first, &ret->published_last) ||
         *published != '\0'))
        return desired_refuse(reader, "ports.published", "a port or a range of ports");
    if (ret->published_first == 0 && !ret->is_host_mode)
        ret->published_first = ret->published_last = find_free_port(resolution, ret->target);
    return 0;
}

/* "9000", "9000-9002/udp", 9000. */
static int read_exposed(const struct desired_reader *reader, const struct value *value,
                        uint16_t *ret_first, uint16_t *ret_last, bool *ret_is_udp)
{
    const char *text = value_scalar_text(reader->arena, value);

    if (text == NULL || !read_range(&text, ret_first, ret_last) || *ret_first == 0 ||
        *ret_last - *ret_first >= RANGE_MAX)
        return desired_refuse(reader, "expose", "ports such as 8000, 8000-8002 or 53/udp");
    *ret_is_udp = strcmp(text, "/udp") == 0;
    if (*text != '\0' && !*ret_is_udp && strcmp(text, "/tcp") != 0)
        return desired_refuse(reader, "expose", "ports such as 8000, 8000-8002 or 53/udp");
    return 0;
}

static bool has_target(const struct desired_port *ports, uint32_t count, uint16_t target,
                       bool is_udp)
{
    for (uint32_t i = 0; i < count; i++)
        if (ports[i].target == target && ports[i].is_udp == is_udp)
            return true;
    return false;
}

int desired_read_ports(const struct desired_reader *reader,
                       const struct desired_resolution *resolution, struct desired_service *service)
{
    const struct value *published = value_get(service->spec, "ports");
    const struct value *exposed = value_get(service->spec, "expose");
    uint32_t count = value_list_count(published), capacity;
    struct desired_port *ports;

    capacity = count + value_list_count(exposed);
    ports = arena_new_array(reader->arena, struct desired_port, capacity);
    for (uint32_t i = 0; i < count; i++)
        if (read_published(reader, published->list.items[i], resolution, &ports[i]) < 0)
            return -EINVAL;
    for (uint32_t i = 0; i < value_list_count(exposed); i++) {
        uint16_t first = 0, last = 0;
        bool is_udp = false;

        if (read_exposed(reader, exposed->list.items[i], &first, &last, &is_udp) != 0)
            return -EINVAL;
        for (uint32_t target = first; target <= last; target++) {
            if (has_target(ports, count, (uint16_t)target, is_udp))
                continue;
            if (count == capacity) {
                ports = arena_grow(reader->arena, ports, capacity * sizeof(*ports),
                                   (capacity + RANGE_MAX) * sizeof(*ports));
                capacity += RANGE_MAX;
            }
            ports[count++] =
                (struct desired_port){.target = (uint16_t)target, .is_udp = is_udp, .host_ip = ""};
        }
    }
    service->ports = ports;
    service->port_count = count;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* ports and expose. The edge listens for what is published over TCP; the engine publishes the rest,
 * and all of it for a one-off that asks for that. */
#include "runtime/docker/container/container_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runtime/docker/container/units.h"

#define PORT_MAX 65535

/* A list that may become long. */
struct exposed {
    const char **items; /* ends in NULL */
    uint32_t count;
    uint32_t capacity;
};

static void expose(struct making *making, struct exposed *exposed, const char *port)
{
    uint32_t capacity = exposed->capacity * 2 + 8;

    if (exposed->count + 1 >= exposed->capacity) {
        exposed->items = arena_grow(making->arena, exposed->items,
                                    exposed->capacity * sizeof(char *), capacity * sizeof(char *));
        exposed->capacity = capacity;
    }
    exposed->items[exposed->count++] = port;
    exposed->items[exposed->count] = NULL;
}

static bool parse_port(const char *text, char **end, unsigned int *ret)
{
    unsigned long number;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    number = strtoul(text, end, 10);
    *ret = (unsigned int)number;
    return errno == 0 && number >= 1 && number <= PORT_MAX;
}

/* "3000", "3000-3005", "53/udp". */
static int expose_range(struct making *making, struct exposed *exposed, const char *text,
                        struct error **reterr)
{
    const char *protocol = "tcp";
    unsigned int first;
    unsigned int last;
    char *end;

    if (!parse_port(text, &end, &first))
        return error_set(reterr, EINVAL, "expose: \"%s\" is no port", text);
    last = first;
    if (*end == '-' && !parse_port(end + 1, &end, &last))
        return error_set(reterr, EINVAL, "expose: \"%s\" is no range of ports", text);
    if (*end == '/')
        protocol = end + 1;
    else if (*end != '\0')
        return error_set(reterr, EINVAL, "expose: \"%s\" is no port", text);
    for (unsigned int port = first; port <= last; port++)
        expose(making, exposed, arena_printf(making->arena, "%u/%s", port, protocol));
    return 0;
}

static bool is_for_engine(const struct making *making, const struct value *item,
                          const char *protocol)
{
    if (making->options->is_oneoff)
        return making->options->publishes_ports;
    return strcmp(protocol, "tcp") != 0 || value_is_text(value_get(item, "mode"), "host");
}

bool container_publishes(const struct making *making)
{
    const struct value *ports = value_get(making->service, "ports");

    for (uint32_t i = 0; i < value_list_count(ports); i++) {
        const char *protocol = value_get_text(ports->list.items[i], "protocol");

        if (is_for_engine(making, ports->list.items[i], protocol != NULL ? protocol : "tcp"))
            return true;
    }
    return false;
}

static int add_port(struct making *making, struct exposed *exposed, const struct value *item,
                    struct engine_port_binding *binding, bool *ret_is_bound, struct error **reterr)
{
    const char *protocol = value_get_text(item, "protocol");
    const char *host_ip = value_get_text(item, "host_ip");
    const struct value *published = value_get(item, "published");
    int64_t target;

    if (!unit_integer(value_get(item, "target"), &target) || target < 1 || target > PORT_MAX)
        return error_set(reterr, EINVAL, "ports: an entry has no target");
    if (protocol == NULL || *protocol == '\0')
        protocol = "tcp";
    binding->port = arena_printf(making->arena, "%u/%s", (unsigned int)target, protocol);
    binding->host_ip = host_ip != NULL ? host_ip : "";
    binding->host_port = published != NULL ? value_scalar_text(making->arena, published) : NULL;
    if (binding->host_port == NULL)
        binding->host_port = "";
    expose(making, exposed, binding->port);
    *ret_is_bound = is_for_engine(making, item, protocol);
    return 0;
}

int container_set_ports(struct making *making, struct error **reterr)
{
    const struct value *ports = value_get(making->service, "ports");
    const char *const *texts = texts_of(making->arena, value_get(making->service, "expose"));
    struct exposed exposed = {0};
    uint32_t count = value_list_count(ports);
    struct engine_port_binding *bindings =
        arena_new_array(making->arena, struct engine_port_binding, count + 1);
    uint32_t used = 0;
    int r;

    for (uint32_t i = 0; i < count; i++) {
        bool is_bound = false;

        r = add_port(making, &exposed, ports->list.items[i], &bindings[used], &is_bound, reterr);
        if (r < 0)
            return r;
        used += is_bound;
    }
    for (uint32_t i = 0; texts != NULL && texts[i] != NULL; i++) {
        r = expose_range(making, &exposed, texts[i], reterr);
        if (r < 0)
            return r;
    }
    making->config->exposed_ports = exposed.items;
    making->config->port_bindings = bindings;
    making->config->port_binding_count = used;
    return 0;
}

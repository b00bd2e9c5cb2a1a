/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of instances: below those that the system gives to outgoing connections, so that none of
 * these can sit on one while its instance starts again. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "os/file.h"
#include "os/listing.h"
#include "os/os.h"
#include "os/socket.h"
#include "runtime/process/process_priv.h"
#include "shim/protocol.h"

#define PORT_FIRST       20000
#define PORT_COUNT_MIN   1000
#define PORT_END_DEFAULT 32768
#define TRIES_MAX        2000

struct taken {
    uint8_t bits[65536 / 8];
};

static void take(struct taken *taken, unsigned long port)
{
    if (port < 65536)
        taken->bits[port / 8] |= (uint8_t)(1 << port % 8);
}

static void take_instance(struct taken *taken, const char *project_folder, const char *id)
{
    _cleanup_records_ struct records records = {0};
    _cleanup_free_ char *path = NULL;
    const char *value = NULL;

    if (asprintf(&path, "%s/%s/" SHIM_ORDERS_FILE, project_folder, id) < 0) {
        path = NULL;
        return;
    }
    if (records_read(path, SHIM_ORDERS_MAX, &records, NULL) < 0)
        return;
    while ((value = records_next(&records, "x-port", value)) != NULL) {
        const char *colon = strchr(value, ':');

        if (colon != NULL)
            take(taken, strtoul(colon + 1, NULL, 10));
    }
}

static int take_project(struct process_runtime *runtime, struct taken *taken, const char *project,
                        struct error **reterr)
{
    _cleanup_free_ char *folder = process_project_folder(runtime, project);
    struct os_listing listing;
    int r;

    if (folder == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    r = os_list_folder(folder, PROCESS_INSTANCES_MAX, &listing, reterr);
    if (r < 0)
        return r;
    for (size_t i = 0; i < listing.count; i++)
        take_instance(taken, folder, listing.names[i]);
    os_listing_deinit(&listing);
    return 0;
}

static int find_taken(struct process_runtime *runtime, struct taken *taken, struct error **reterr)
{
    _cleanup_free_ char *folder = NULL;
    struct os_listing projects;
    int r;

    if (asprintf(&folder, "%s/instances", runtime->folder) < 0) {
        folder = NULL;
        return error_set(reterr, ENOMEM, "out of memory");
    }
    r = os_list_folder(folder, PROCESS_INSTANCES_MAX, &projects, reterr);
    if (r < 0)
        return r;
    for (size_t i = 0; i < projects.count && r == 0; i++)
        r = take_project(runtime, taken, projects.names[i], reterr);
    os_listing_deinit(&projects);
    return r;
}

/* What the project's own listeners are to have, which they may not listen on yet. */
static void take_listeners(struct taken *taken, const struct desired *desired)
{
    const struct value *listeners = value_get(value_get(desired->root, "x-slipway"), "listeners");

    for (uint32_t i = 0; i < value_map_count(listeners); i++) {
        const char *address = value_get_text(listeners->map.entries[i].value, "address");
        const char *colon = address != NULL ? strrchr(address, ':') : NULL;

        if (colon != NULL)
            take(taken, strtoul(colon + 1, NULL, 10));
    }
    for (uint32_t i = 0; i < desired->service_count; i++) {
        const struct desired_service *service = &desired->services[i];

        for (uint32_t j = 0; j < service->port_count; j++)
            for (uint32_t port = service->ports[j].published_first;
                 port != 0 && port <= service->ports[j].published_last; port++)
                take(taken, port);
    }
}

static unsigned int last_port(void)
{
    _cleanup_free_ char *text = NULL;
    unsigned long end = PORT_END_DEFAULT;

    if (os_read_file("/proc/sys/net/ipv4/ip_local_port_range", 64, &text, NULL, NULL) == 0)
        end = strtoul(text, NULL, 10);
    return end < PORT_FIRST + PORT_COUNT_MIN || end > 65536 ? PORT_END_DEFAULT : (unsigned int)end;
}

static bool is_free(int type, uint16_t port)
{
    union os_address address = {.ipv4 = {.sin_family = AF_INET,
                                         .sin_port = htons(port),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    _cleanup_os_close_ int fd = os->socket(AF_INET, type | SOCK_CLOEXEC, 0);

    return fd >= 0 && os_bind(fd, &address, sizeof(address.ipv4)) == 0;
}

static int choose(struct taken *taken, uint16_t *ret, struct error **reterr)
{
    unsigned int count = last_port() - PORT_FIRST;
    uint32_t start = 0;

    (void)os_random(&start, sizeof(start));
    for (unsigned int i = 0; i < count && i < TRIES_MAX; i++) {
        uint16_t port = (uint16_t)(PORT_FIRST + (start + i) % count);

        if ((taken->bits[port / 8] >> port % 8 & 1) != 0)
            continue;
        if (!is_free(SOCK_STREAM, port) || !is_free(SOCK_DGRAM, port))
            continue;
        take(taken, port);
        *ret = port;
        return 0;
    }
    return error_set(reterr, EADDRINUSE, "there is no free port on 127.0.0.1 from %u to %u",
                     PORT_FIRST, PORT_FIRST + count - 1);
}

static int choose_all(struct taken *taken, const struct desired_service *service, uint16_t *targets,
                      uint16_t *ports, uint32_t *ret_count, struct error **reterr)
{
    uint32_t count = 0;
    int r = 0;

    for (uint32_t i = 0; i < service->port_count && r == 0; i++) {
        uint16_t target = service->ports[i].target;
        bool is_known = false;

        for (uint32_t known = 0; known < count; known++)
            is_known |= targets[known] == target;
        if (is_known)
            continue;
        if (count == PROCESS_PORTS_MAX)
            return error_set(reterr, E2BIG, "service \"%s\" has more than %d ports", service->name,
                             PROCESS_PORTS_MAX);
        targets[count] = target;
        ports[count] = service->ports[i].published_first;
        /* One that is published by the process itself is its own. */
        if (!service->ports[i].is_host_mode || ports[count] == 0)
            r = choose(taken, &ports[count], reterr);
        count++;
    }
    if (r == 0)
        *ret_count = count;
    return r;
}

int ports_choose(struct process_runtime *runtime, const struct runtime_instance_options *options,
                 uint16_t *targets, uint16_t *ports, uint32_t *ret_count, struct error **reterr)
{
    struct taken *taken = calloc(1, sizeof(*taken));
    int r;

    if (taken == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    take_listeners(taken, options->desired);
    r = find_taken(runtime, taken, reterr);
    if (r == 0)
        r = choose_all(taken, options->service, targets, ports, ret_count, reterr);
    free(taken);
    return r;
}

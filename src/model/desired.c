/* SPDX-License-Identifier: Apache-2.0 */
#include "model/desired.h"

#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "model/desired_priv.h"

#define STOP_GRACE_NS (10 * TIME_SECOND)
#define MONITOR_NS    (5 * TIME_SECOND)

enum {
    REPLICAS_MAX = 1000,
    SHARED_KEYS = 3
};

/* Dependencies */

static int read_condition(const struct desired_reader *reader, const char *text,
                          enum dependency_condition *ret)
{
    static const char *const names[] = {"service_started", "service_healthy",
                                        "service_completed_successfully"};

    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            *ret = (enum dependency_condition)i;
            return 0;
        }
    return desired_refuse(reader, "depends_on.condition",
                          "service_started, service_healthy or service_completed_successfully");
}

/* `network_mode: service:NAME` and the like: what shares a part of another one ends with it. */
static uint32_t add_shared(const struct desired_reader *reader,
                           const struct desired_service *service,
                           struct desired_dependency *dependencies, uint32_t count)
{
    static const char *const keys[] = {"network_mode", "ipc", "pid"};

    for (size_t i = 0; i < SHARED_KEYS; i++) {
        const char *text = value_get_text(service->spec, keys[i]);
        const char *name;
        uint32_t j = 0;

        if (text == NULL || strncmp(text, "service:", 8) != 0)
            continue;
        name = arena_strdup(reader->arena, text + 8);
        while (j < count && strcmp(dependencies[j].service, name) != 0)
            j++;
        if (j == count)
            dependencies[count++] = (struct desired_dependency){.service = name};
        dependencies[j].is_required = dependencies[j].restarts = true;
    }
    return count;
}

static int read_dependencies(const struct desired_reader *reader, struct desired_service *service)
{
    const struct value *map = value_get(service->spec, "depends_on");
    uint32_t count = value_map_count(map);
    struct desired_dependency *dependencies =
        arena_new_array(reader->arena, struct desired_dependency, count + SHARED_KEYS);

    for (uint32_t i = 0; i < count; i++) {
        const struct value_entry *entry = &map->map.entries[i];
        const char *condition = "service_started";

        dependencies[i] = (struct desired_dependency){.service = entry->key, .is_required = true};
        if (desired_read_text(reader, entry->value, "condition", &condition) < 0 ||
            read_condition(reader, condition, &dependencies[i].condition) < 0 ||
            desired_read_flag(reader, entry->value, "required", &dependencies[i].is_required) < 0 ||
            desired_read_flag(reader, entry->value, "restart", &dependencies[i].restarts) < 0)
            return -EINVAL;
    }
    service->dependencies = dependencies;
    service->dependency_count = add_shared(reader, service, dependencies, count);
    return 0;
}

/* Updates */

static int read_update(const struct desired_reader *reader, const struct value *map,
                       struct desired_update *ret)
{
    const char *order = NULL, *failure = NULL;

    *ret = (struct desired_update){
        .is_explicit = value_map_count(map) > 0,
        .parallelism = 1,
        .monitor_ns = MONITOR_NS,
        .order = UPDATE_START_FIRST,
        .on_failure = UPDATE_FAILURE_ROLLBACK,
    };
    if (desired_read_number(reader, map, "parallelism", REPLICAS_MAX, &ret->parallelism) < 0 ||
        desired_read_duration(reader, map, "delay", &ret->delay_ns) < 0 ||
        desired_read_duration(reader, map, "monitor", &ret->monitor_ns) < 0 ||
        desired_read_real(reader, map, "max_failure_ratio", &ret->max_failure_ratio) < 0 ||
        desired_read_text(reader, map, "order", &order) < 0 ||
        desired_read_text(reader, map, "failure_action", &failure) < 0)
        return -EINVAL;
    if (order != NULL && strcmp(order, "stop-first") == 0)
        ret->order = UPDATE_STOP_FIRST;
    if (failure != NULL && strcmp(failure, "continue") == 0)
        ret->on_failure = UPDATE_FAILURE_CONTINUE;
    else if (failure != NULL && strcmp(failure, "pause") == 0)
        ret->on_failure = UPDATE_FAILURE_PAUSE;
    return 0;
}

/* Whether old and new may run beside each other */

static bool is_true(const struct value *value)
{
    return value_is(value, VALUE_BOOL) && value->boolean;
}

static const char *find_shared_mount(struct arena *arena, const struct value *volumes)
{
    for (uint32_t i = 0; i < value_list_count(volumes); i++) {
        const struct value *mount = volumes->list.items[i];
        const char *type = value_get_text(mount, "type");
        const char *source = value_get_text(mount, "source");

        if (source == NULL || *source == '\0' || type == NULL ||
            is_true(value_get(mount, "read_only")))
            continue;
        if (strcmp(type, "volume") == 0)
            return arena_printf(arena, "it writes the volume \"%s\"", source);
        if (strcmp(type, "bind") == 0)
            return arena_printf(arena, "it writes the folder \"%s\"", source);
    }
    return NULL;
}

static const char *find_shared_port(struct arena *arena, const struct desired_service *service)
{
    for (uint32_t i = 0; i < service->port_count; i++) {
        const struct desired_port *port = &service->ports[i];

        if (port->is_published && port->is_host_mode && port->published_first != 0)
            return arena_printf(arena, "port %u is published by the engine itself",
                                port->published_first);
    }
    return NULL;
}

static const char *text_of(const struct value *value)
{
    return value_is(value, VALUE_STRING) ? value->string.text : NULL;
}

static bool has_mount_at(const struct value *list, const char *target)
{
    for (uint32_t i = 0; i < value_list_count(list); i++) {
        const char *text = value_is(list->list.items[i], VALUE_MAP)
                               ? value_get_text(list->list.items[i], "target")
                               : text_of(list->list.items[i]);
        size_t length = text != NULL ? strcspn(text, ":") : 0;

        if (strlen(target) == length && length > 0 && strncmp(text, target, length) == 0)
            return true;
    }
    return false;
}

/* What is written there passes on to the successor, once this one has stopped. */
static const char *find_declared(struct arena *arena, const struct value *spec,
                                 const struct desired_resolution *resolution)
{
    for (uint32_t i = 0; resolution != NULL && i < resolution->volume_count; i++)
        if (!has_mount_at(value_get(spec, "volumes"), resolution->volumes[i]) &&
            !has_mount_at(value_get(spec, "tmpfs"), resolution->volumes[i]))
            return arena_printf(arena, "its image has a volume at %s", resolution->volumes[i]);
    return NULL;
}

static void decide_overlap(struct arena *arena, const struct desired_resolution *resolution,
                           struct desired_service *service)
{
    const struct value *spec = service->spec;
    const char *why = NULL;

    if (!is_true(value_get(value_get(spec, "x-slipway"), "overlap"))) {
        why = find_shared_mount(arena, value_get(spec, "volumes"));
        if (why == NULL)
            why = find_declared(arena, spec, resolution);
        if (why == NULL)
            why = find_shared_port(arena, service);
        if (why == NULL && value_get_text(spec, "container_name") != NULL)
            why = arena_printf(arena, "container_name: %s", value_get_text(spec, "container_name"));
        if (why == NULL && value_is_text(value_get(spec, "network_mode"), "host") &&
            service->runtime != DESIRED_PROCESS)
            why = "network_mode: host";
    }
    service->is_exclusive = why != NULL;
    if (why == NULL && service->update.order == UPDATE_STOP_FIRST)
        why = "order: stop-first";
    service->can_overlap = why == NULL;
    service->why_overlap = why != NULL ? why : "";
}

/* Services */

static int read_runtime(const struct desired_reader *reader, const struct value *extension,
                        enum desired_runtime *ret)
{
    const char *runtime = "docker";

    if (desired_read_text(reader, extension, "runtime", &runtime) < 0)
        return -EINVAL;
    if (strcmp(runtime, "docker") == 0)
        *ret = DESIRED_DOCKER;
    else if (strcmp(runtime, "process") == 0)
        *ret = DESIRED_PROCESS;
    else if (strcmp(runtime, "swarm") == 0)
        *ret = DESIRED_SWARM;
    else
        return desired_refuse(reader, "x-slipway.runtime", "docker, process or swarm");
    return 0;
}

static int read_replicas(const struct desired_reader *reader, struct desired_service *service)
{
    const struct value *deploy = value_get(service->spec, "deploy");
    const char *mode = value_get_text(deploy, "mode");

    service->replicas = 1;
    service->is_job = mode != NULL && strstr(mode, "-job") != NULL;
    if (desired_read_number(reader, service->spec, "scale", REPLICAS_MAX, &service->replicas) < 0)
        return -EINVAL;
    return desired_read_number(reader, deploy, "replicas", REPLICAS_MAX, &service->replicas);
}

static void read_healthcheck(struct desired_service *service)
{
    const struct value *map = value_get(service->spec, "healthcheck");
    const struct value *test = value_get(map, "test");

    service->has_healthcheck = value_list_count(test) > 0 &&
                               !value_is_text(test->list.items[0], "NONE") &&
                               !is_true(value_get(map, "disable"));
}

/* Where nothing is said, what has no port and no healthcheck may be there to do one thing and end,
 * as Compose has it. */
static void read_restart(struct desired_service *service)
{
    const struct value *policy = value_get(value_get(service->spec, "deploy"), "restart_policy");
    const char *restart = value_get_text(service->spec, "restart");

    if (restart == NULL)
        restart = value_get_text(policy, "condition");
    if (restart == NULL)
        service->may_finish =
            policy == NULL && service->port_count == 0 && !service->has_healthcheck;
    else
        service->may_finish = strcmp(restart, "no") == 0 || strcmp(restart, "none") == 0 ||
                              strncmp(restart, "on-failure", 10) == 0;
}

static int read_service(const struct desired_reader *reader, const struct value_entry *entry,
                        const struct desired_resolution *resolution, struct desired_service *ret)
{
    const struct value *deploy = value_get(entry->value, "deploy");

    if (!value_is(entry->value, VALUE_MAP))
        return error_set(reader->reterr, EINVAL, "%s: expected a map", reader->place);
    *ret = (struct desired_service){
        .name = entry->key,
        .spec = entry->value,
        .image = "",
        .content = resolution != NULL && resolution->content != NULL ? resolution->content : "",
        .stop_grace_ns = STOP_GRACE_NS,
        .stop_signal = "SIGTERM",
        .loopback_address = "",
    };
    if (read_runtime(reader, value_get(entry->value, "x-slipway"), &ret->runtime) < 0 ||
        desired_read_text(reader, entry->value, "image", &ret->image) < 0 ||
        desired_read_text(reader, entry->value, "stop_signal", &ret->stop_signal) < 0 ||
        desired_read_duration(reader, entry->value, "stop_grace_period", &ret->stop_grace_ns) < 0 ||
        read_replicas(reader, ret) < 0 || read_dependencies(reader, ret) < 0 ||
        desired_read_ports(reader, resolution, ret) < 0 ||
        read_update(reader, value_get(deploy, "update_config"), &ret->update) < 0 ||
        read_update(reader, value_get(deploy, "rollback_config"), &ret->rollback) < 0)
        return -EINVAL;
    if (ret->runtime == DESIRED_PROCESS && resolution != NULL &&
        resolution->loopback_address != NULL)
        ret->loopback_address = resolution->loopback_address;
    read_healthcheck(ret);
    read_restart(ret);
    decide_overlap(reader->arena, resolution, ret);
    return 0;
}

/* Order */

struct order {
    struct desired_service *from; /* as they stand in the file */
    struct desired_service *to;
    uint8_t *marks; /* 1: being placed, 2: placed */
    uint32_t count;
    uint32_t placed;
    struct error **reterr;
};

static uint32_t position_of(const struct order *order, const char *name)
{
    uint32_t i = 0;

    while (i < order->count && strcmp(order->from[i].name, name) != 0)
        i++;
    return i;
}

/* Recurs as deep as dependencies do. */
static int place(struct order *order, uint32_t i)
{
    const struct desired_service *service = &order->from[i];

    if (order->marks[i] == 2)
        return 0;
    if (order->marks[i] == 1)
        return error_set(order->reterr, EINVAL,
                         "services.%s.depends_on: the services wait for each other in a circle",
                         service->name);
    order->marks[i] = 1;
    for (uint32_t j = 0; j < service->dependency_count; j++) {
        const struct desired_dependency *dependency = &service->dependencies[j];
        uint32_t other = position_of(order, dependency->service);
        int r;

        if (other == order->count) {
            if (!dependency->is_required)
                continue;
            return error_set(order->reterr, EINVAL,
                             "services.%s.depends_on: there is no service \"%s\"", service->name,
                             dependency->service);
        }
        r = place(order, other);
        if (r < 0)
            return r;
    }
    order->marks[i] = 2;
    order->to[order->placed++] = *service;
    return 0;
}

static int order_services(struct arena *arena, struct desired *desired, struct error **reterr)
{
    struct order order = {
        .from = desired->services,
        .to = arena_new_array(arena, struct desired_service, desired->service_count),
        .marks = arena_new_array(arena, uint8_t, desired->service_count),
        .count = desired->service_count,
        .reterr = reterr,
    };

    /* Who is a job is known only when all that wait for it have been looked at. */
    for (uint32_t i = 0; i < order.count; i++)
        for (uint32_t j = 0; j < order.from[i].dependency_count; j++) {
            uint32_t other = position_of(&order, order.from[i].dependencies[j].service);

            if (other == order.count)
                continue;
            if (order.from[i].dependencies[j].condition == DEPENDENCY_COMPLETED)
                order.from[other].is_job = true;
            /* Who is to be healthy has to be there. */
            if (order.from[i].dependencies[j].condition == DEPENDENCY_HEALTHY &&
                value_get(order.from[other].spec, "restart") == NULL)
                order.from[other].may_finish = false;
        }
    for (uint32_t i = 0; i < order.count; i++) {
        int r = place(&order, i);

        if (r < 0)
            return r;
    }
    desired->services = order.to;
    return 0;
}

static const struct desired_resolution *find_resolution(const struct desired_resolution *list,
                                                        uint32_t count, const char *service)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(list[i].service, service) == 0)
            return &list[i];
    return NULL;
}

int desired_make(struct arena *arena, const struct value *root, const char *project,
                 uint32_t revision, const struct desired_resolution *resolutions,
                 uint32_t resolution_count, struct desired *ret, struct error **reterr)
{
    struct desired_reader reader = {.arena = arena, .root = root, .reterr = reterr};
    const struct value *services = value_get(root, "services");
    uint32_t count = value_map_count(services);
    struct desired made = {
        .project = arena_strdup(arena, project),
        .revision = revision,
        .root = root,
        .services = arena_new_array(arena, struct desired_service, count),
        .service_count = count,
    };
    int r = desired_read_deploy(&reader, &made.deploy);

    for (uint32_t i = 0; i < count && r == 0; i++) {
        const struct value_entry *entry = &services->map.entries[i];

        reader.place = arena_printf(arena, "services.%s", entry->key);
        r = read_service(&reader, entry, find_resolution(resolutions, resolution_count, entry->key),
                         &made.services[i]);
    }
    if (r == 0)
        r = order_services(arena, &made, reterr);
    if (r < 0)
        return r;
    for (uint32_t i = 0; i < count; i++)
        made.services[i].config_hash = desired_hash_service(arena, root, &made.services[i]);
    *ret = made;
    return 0;
}

const struct desired_service *desired_find(const struct desired *desired, const char *service)
{
    for (uint32_t i = 0; i < desired->service_count; i++)
        if (strcmp(desired->services[i].name, service) == 0)
            return &desired->services[i];
    return NULL;
}

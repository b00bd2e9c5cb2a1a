/* SPDX-License-Identifier: Apache-2.0 */
/* What containers there are. */
#include "engine/container.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/call_priv.h"
#include "engine/endpoint_priv.h"

#define MOUNT(kind, member, key) FIELD(kind, struct engine_container_mount, member, key)

static const struct field mount_fields[] = {
    MOUNT(TEXT, type, "Type"),
    MOUNT(TEXT, name, "Name"),
    MOUNT(TEXT, source, "Source"),
    MOUNT(TEXT, target, "Destination"),
    MOUNT(TEXT, driver, "Driver"),
    MOUNT(YES, is_writable, "RW"),
    FIELDS_END,
};

#define CONTAINER(kind, member, key) FIELD(kind, struct engine_container, member, key)

static const struct field container_fields[] = {
    CONTAINER(TEXT, id, "Id"),
    CONTAINER(TEXT, name, "Name"),
    CONTAINER(TEXT, image_id, "Image"),
    CONTAINER(TEXT, image, "Config.Image"),
    CONTAINER(NUMBER, pid, "State.Pid"),
    CONTAINER(NUMBER, exit_code, "State.ExitCode"),
    CONTAINER(YES, was_killed_for_memory, "State.OOMKilled"),
    CONTAINER(TEXT, error, "State.Error"),
    CONTAINER(NUMBER, restart_count, "RestartCount"),
    CONTAINER(TIME, created_unix_ns, "Created"),
    CONTAINER(TIME, started_unix_ns, "State.StartedAt"),
    CONTAINER(TIME, finished_unix_ns, "State.FinishedAt"),
    CONTAINER(PAIRS, labels, "Config.Labels"),
    CONTAINER(TEXTS, command, "Config.Cmd"),
    CONTAINER(TEXTS, entrypoint, "Config.Entrypoint"),
    CONTAINER(TEXTS, environment, "Config.Env"),
    CONTAINER(TEXTS, health_test, "Config.Healthcheck.Test"),
    CONTAINER(YES, has_terminal, "Config.Tty"),
    CONTAINER(YES, has_input, "Config.OpenStdin"),
    CONTAINER(YES, removes_itself, "HostConfig.AutoRemove"),
    CONTAINER(TEXT, user, "Config.User"),
    CONTAINER(TEXT, hostname, "Config.Hostname"),
    CONTAINER(TEXT, working_directory, "Config.WorkingDir"),
    CONTAINER(TEXT, stop_signal, "Config.StopSignal"),
    CONTAINER(TEXT, restart_policy, "HostConfig.RestartPolicy.Name"),
    CONTAINER(TEXT, log_driver, "HostConfig.LogConfig.Type"),
    CONTAINER(TEXT, network_mode, "HostConfig.NetworkMode"),
    CONTAINER(NUMBER, memory_limit_bytes, "HostConfig.Memory"),
    FIELD_ITEMS(KEYED, struct engine_container, endpoints, endpoint_count,
                "NetworkSettings.Networks", struct engine_endpoint, endpoint_fields),
    FIELD_ITEMS(LIST, struct engine_container, mounts, mount_count, "Mounts",
                struct engine_container_mount, mount_fields),
    FIELDS_END,
};

#define SUMMARY(kind, member, key) FIELD(kind, struct engine_container_summary, member, key)

static const struct field summary_fields[] = {
    SUMMARY(TEXT, id, "Id"),
    SUMMARY(TEXT, image_id, "ImageID"),
    SUMMARY(TEXT, image, "Image"),
    SUMMARY(TEXT, status, "Status"),
    SUMMARY(TIME, created_unix_ns, "Created"),
    SUMMARY(PAIRS, labels, "Labels"),
    SUMMARY(TEXT, network_mode, "HostConfig.NetworkMode"),
    FIELD_ITEMS(KEYED, struct engine_container_summary, endpoints, endpoint_count,
                "NetworkSettings.Networks", struct engine_endpoint, endpoint_fields),
    FIELD_ITEMS(LIST, struct engine_container_summary, mounts, mount_count, "Mounts",
                struct engine_container_mount, mount_fields),
    FIELDS_END,
};

static enum engine_container_state state_of(const json_t *text)
{
    static const char *const names[] = {
        [ENGINE_CONTAINER_CREATED] = "created",   [ENGINE_CONTAINER_RUNNING] = "running",
        [ENGINE_CONTAINER_PAUSED] = "paused",     [ENGINE_CONTAINER_RESTARTING] = "restarting",
        [ENGINE_CONTAINER_REMOVING] = "removing", [ENGINE_CONTAINER_EXITED] = "exited",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (text_equal(json_string_value(text), names[i]))
            return (enum engine_container_state)i;
    }
    return ENGINE_CONTAINER_DEAD;
}

static enum engine_health health_of(const char *text)
{
    if (text_equal(text, "starting"))
        return ENGINE_HEALTH_STARTING;
    if (text_equal(text, "healthy"))
        return ENGINE_HEALTH_HEALTHY;
    return text_equal(text, "unhealthy") ? ENGINE_HEALTH_UNHEALTHY : ENGINE_HEALTH_NONE;
}

static const char *without_slash(const char *name)
{
    return name[0] == '/' ? name + 1 : name;
}

/* What the engine puts in beside the aliases that were asked for, up to 1.44. */
static void drop_short_ids(const struct engine_endpoint *endpoints, uint32_t count, const char *id)
{
    for (uint32_t i = 0; i < count; i++) {
        const char **aliases = (const char **)(uintptr_t)endpoints[i].aliases;
        size_t kept = 0;

        for (size_t k = 0; aliases[k] != NULL; k++) {
            if (strlen(aliases[k]) != 12 || !text_starts_with(id, aliases[k]))
                aliases[kept++] = aliases[k];
        }
        aliases[kept] = NULL;
    }
}

static uint16_t port_of(int64_t number)
{
    return number > 0 && number <= UINT16_MAX ? (uint16_t)number : 0;
}

/* "80/tcp" */
static struct engine_container_port port_of_key(struct arena *arena, const char *key)
{
    char *end;
    long number = strtol(key, &end, 10);

    return (struct engine_container_port){
        .port = port_of(number),
        .protocol = arena_strdup(arena, *end == '/' ? end + 1 : "tcp"),
        .host_ip = "",
    };
}

/* {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "90/tcp": null} */
static const struct engine_container_port *read_ports(struct arena *arena, const json_t *map,
                                                      uint32_t *ret_count)
{
    struct engine_container_port *ports;
    size_t capacity = 0;
    uint32_t count = 0;
    const char *key;
    json_t *list;

    json_object_foreach((json_t *)(uintptr_t)map, key, list) capacity += json_array_size(list) + 1;
    ports = arena_new_array(arena, struct engine_container_port, capacity);
    json_object_foreach((json_t *)(uintptr_t)map, key, list)
    {
        struct engine_container_port port = port_of_key(arena, key);

        if (json_array_size(list) == 0)
            ports[count++] = port;
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *place = json_array_get(list, i);
            const char *number = json_string_value(json_object_get(place, "HostPort"));

            port.host_ip = field_text(arena, json_object_get(place, "HostIp"));
            port.host_port = number != NULL ? port_of(strtol(number, NULL, 10)) : 0;
            ports[count++] = port;
        }
    }
    *ret_count = count;
    return ports;
}

static void take_container(struct arena *arena, const json_t *object, void *context)
{
    struct engine_container *container = context;
    const json_t *checks = field_find(object, "State.Health.Log");
    const json_t *last = json_array_get(checks, json_array_size(checks) - 1); /* or NULL */

    fields_read(arena, container_fields, object, container);
    container->name = without_slash(container->name);
    container->state = state_of(field_find(object, "State.Status"));
    container->health = health_of(json_string_value(field_find(object, "State.Health.Status")));
    container->health_output = field_text(arena, json_object_get(last, "Output"));
    drop_short_ids(container->endpoints, container->endpoint_count, container->id);
    container->ports =
        read_ports(arena, field_find(object, "NetworkSettings.Ports"), &container->port_count);
}

int engine_inspect_container(const struct engine *engine, struct arena *arena, const char *id,
                             struct engine_container *ret, struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct engine_container container = {0};
    json_t *object = NULL;
    int r;

    call_init(&call, "GET", "/containers/", id, "/json");
    r = call_json(engine, &call, &object, reterr);
    if (r == 0)
        r = call_take(arena, object, take_container, &container, reterr);
    if (r == 0 && container.id[0] == '\0')
        r = error_set(reterr, EPROTO, "the Docker Engine says nothing about the container");
    if (r == 0)
        *ret = container;
    return r;
}

struct text {
    const char *source;
    const char *copy;
};

static void take_text(struct arena *arena, const json_t *object, void *context)
{
    struct text *text = context;

    (void)object;
    text->copy = arena_strdup(arena, text->source);
}

int engine_inspect_container_text(const struct engine *engine, struct arena *arena, const char *id,
                                  const char **ret_json, struct error **reterr)
{
    _cleanup_call_ struct call call;
    _cleanup_free_ char *dump = NULL;
    struct text text = {0};
    json_t *object = NULL;
    int r;

    call_init(&call, "GET", "/containers/", id, "/json");
    r = call_json(engine, &call, &object, reterr);
    if (r < 0)
        return r;
    dump = json_dumps(object, JSON_COMPACT);
    text.source = dump != NULL ? dump : "";
    r = call_take(arena, object, take_text, &text, reterr);
    if (r == 0)
        *ret_json = text.copy;
    return r;
}

static const struct engine_container_port *read_listed_ports(struct arena *arena,
                                                             const json_t *list,
                                                             uint32_t *ret_count)
{
    struct engine_container_port *ports =
        arena_new_array(arena, struct engine_container_port, json_array_size(list));
    uint32_t count = 0;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *port = json_array_get(list, i);

        ports[count++] = (struct engine_container_port){
            .port = port_of(field_number(json_object_get(port, "PrivatePort"))),
            .protocol = field_text(arena, json_object_get(port, "Type")),
            .host_ip = field_text(arena, json_object_get(port, "IP")),
            .host_port = port_of(field_number(json_object_get(port, "PublicPort"))),
        };
    }
    *ret_count = count;
    return ports;
}

struct summaries {
    struct engine_container_summary *items;
    uint32_t count;
};

/* Links give a container names of the form "/other/alias" beside its own. */
static const char *name_of(struct arena *arena, const json_t *names)
{
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = without_slash(field_text(arena, json_array_get(names, i)));

        if (name[0] != '\0' && strchr(name, '/') == NULL)
            return name;
    }
    return "";
}

static void take_summaries(struct arena *arena, const json_t *list, void *context)
{
    struct summaries *summaries = context;

    summaries->items =
        arena_new_array(arena, struct engine_container_summary, json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        struct engine_container_summary *summary = &summaries->items[summaries->count];

        fields_read(arena, summary_fields, object, summary);
        if (summary->id[0] == '\0')
            continue;
        summary->name = name_of(arena, json_object_get(object, "Names"));
        summary->state = state_of(json_object_get(object, "State"));
        drop_short_ids(summary->endpoints, summary->endpoint_count, summary->id);
        summary->ports =
            read_listed_ports(arena, json_object_get(object, "Ports"), &summary->port_count);
        summaries->count++;
    }
}

int engine_list_containers(const struct engine *engine, struct arena *arena, bool is_all,
                           struct engine_pairs filters, struct engine_container_summary **ret,
                           uint32_t *ret_count, struct error **reterr)
{
    _cleanup_call_ struct call call;
    struct summaries summaries = {0};
    json_t *object = NULL;
    int r;

    call_init(&call, "GET", "/containers/json", NULL, "");
    if (is_all)
        call_add(&call, "all", "1");
    call_add_filters(&call, filters);
    r = call_json(engine, &call, &object, reterr);
    if (r == 0)
        r = call_take(arena, object, take_summaries, &summaries, reterr);
    if (r == 0) {
        *ret = summaries.items;
        *ret_count = summaries.count;
    }
    return r;
}

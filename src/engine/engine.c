/* SPDX-License-Identifier: Apache-2.0 */
/* Where the engine is, and which version is spoken with it. */
#include "engine/engine.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/call_priv.h"
#include "engine/fields_priv.h"
#include "os/os.h"

#define USUAL_SOCKET "/var/run/docker.sock"

struct engine_place {
    char *path;
    atomic_uint version; /* 0: not agreed on */
};

static bool is_socket(const char *path)
{
    struct stat stat;

    return os->stat(path, &stat) == 0 && S_ISSOCK(stat.st_mode);
}

/* The caller frees it; NULL when memory is out. */
static char *usual_path(void)
{
    const char *folder = os_environment("XDG_RUNTIME_DIR");
    _cleanup_free_ char *path = NULL;

    if (folder == NULL || folder[0] != '/' || is_socket(USUAL_SOCKET))
        return strdup(USUAL_SOCKET);
    if (asprintf(&path, "%s/docker.sock", folder) < 0) {
        path = NULL;
        return NULL;
    }
    return is_socket(path) ? take_ptr(path) : strdup(USUAL_SOCKET);
}

int engine_place_new(const char *socket_path, struct engine_place **ret, struct error **reterr)
{
    const char *host = os_environment("DOCKER_HOST");
    struct engine_place *place;

    if (socket_path == NULL && host != NULL && host[0] != '\0') {
        if (!text_starts_with(host, "unix://") || host[7] != '/')
            return error_set(
                reterr, EINVAL,
                "DOCKER_HOST is \"%s\": only a local socket will do, such as unix://%s", host,
                USUAL_SOCKET);
        socket_path = host + strlen("unix://");
    }
    place = calloc(1, sizeof(*place));
    if (place != NULL)
        place->path = socket_path != NULL ? strdup(socket_path) : usual_path();
    if (place == NULL || place->path == NULL) {
        (void)engine_place_free(place);
        return error_set(reterr, ENOMEM, "out of memory");
    }
    *ret = place;
    return 0;
}

struct engine_place *engine_place_free(struct engine_place *place)
{
    if (place != NULL)
        free(place->path);
    free(place);
    return NULL;
}

void engine_place_freep(struct engine_place **place)
{
    *place = engine_place_free(*place);
}

const char *engine_place_path(const struct engine_place *place)
{
    return place->path;
}

unsigned int engine_version(const struct engine *engine)
{
    return atomic_load_explicit(&engine->place->version, memory_order_relaxed);
}

void engine_forget_version(const struct engine *engine)
{
    atomic_store_explicit(&engine->place->version, 0, memory_order_relaxed);
}

/* The 43 of "1.43"; 0 for what is no version 1. */
static unsigned int version_of(const char *text, size_t length)
{
    unsigned int version = 0;

    if (length < 3 || length > 6 || memcmp(text, "1.", 2) != 0)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        version = version * 10 + (unsigned int)(text[i] - '0');
    }
    return version;
}

static int ask(const struct engine *engine, const char *target, struct http_exchange **ret,
               struct error **reterr)
{
    struct http_exchange_request request = {
        .method = "GET",
        .target = target,
        .body_fd = -1,
        .server = "the Docker Engine",
        .cancel_fd = engine->cancel_fd,
    };
    bool is_connected;
    int r = http_exchange_open(engine->place->path, &request, ENGINE_TIMEOUT_MS, ret, &is_connected,
                               reterr);

    return r < 0 && !is_connected ? call_explain_connect(engine, r, reterr) : r;
}

/* An engine that is newer than all that is known here may have given up what is. */
static int check_minimum(const struct engine *engine, struct error **reterr)
{
    _cleanup_http_exchange_ struct http_exchange *exchange = NULL;
    _cleanup_free_ char *text = NULL;
    _cleanup_json_ json_t *object = NULL;
    const char *minimum;
    size_t size;
    int r = ask(engine, "/version", &exchange, reterr);

    if (r == 0)
        r = http_exchange_read_all(exchange, ENGINE_ANSWER_MAX, ENGINE_TIMEOUT_MS, &text, &size,
                                   reterr);
    if (r == 0)
        r = call_parse(text, size, &object, reterr);
    if (r < 0)
        return r;
    minimum = json_string_value(json_object_get(object, "MinAPIVersion"));
    if (minimum != NULL && version_of(minimum, strlen(minimum)) > ENGINE_VERSION_MAX)
        return error_set(reterr, EPROTONOSUPPORT,
                         "the Docker Engine at %s speaks version %s of its API and later ones, "
                         "Slipway 1.%d at most: update Slipway",
                         engine->place->path, minimum, ENGINE_VERSION_MAX);
    return 0;
}

int engine_negotiate(const struct engine *engine, struct error **reterr)
{
    return engine_version(engine) != 0 ? 0 : engine_ping(engine, reterr);
}

int engine_ping(const struct engine *engine, struct error **reterr)
{
    _cleanup_http_exchange_ struct http_exchange *exchange = NULL;
    unsigned int version;
    const char *text;
    size_t length;
    int r = ask(engine, "/_ping", &exchange, reterr);

    if (r < 0)
        return r;
    text = http_exchange_field(exchange, "api-version", &length);
    version = version_of(text, length);
    if (length == 0)
        return error_set(reterr, EPROTO, "what answers at %s is no Docker Engine",
                         engine->place->path);
    if (version < ENGINE_VERSION_MIN)
        return error_set(reterr, EPROTONOSUPPORT,
                         "the Docker Engine at %s speaks version %.*s of its API; Slipway needs "
                         "1.%d, which Docker 20.10 and later have: update Docker",
                         engine->place->path, (int)(length < 20 ? length : 20), text,
                         ENGINE_VERSION_MIN);
    if (version > ENGINE_VERSION_MAX) {
        r = check_minimum(engine, reterr);
        if (r < 0)
            return r;
        version = ENGINE_VERSION_MAX;
    }
    atomic_store_explicit(&engine->place->version, version, memory_order_relaxed);
    return 0;
}

const char *engine_pairs_find(struct engine_pairs pairs, const char *name)
{
    for (uint32_t i = 0; i < pairs.count; i++) {
        if (strcmp(pairs.items[i].name, name) == 0)
            return pairs.items[i].value;
    }
    return NULL;
}

#define FIELD_OF(kind, member, key) FIELD(kind, struct engine_information, member, key)

static const struct field information_fields[] = {
    FIELD_OF(TEXT, server_version, "ServerVersion"),
    FIELD_OF(TEXT, operating_system, "OperatingSystem"),
    FIELD_OF(TEXT, kernel_version, "KernelVersion"),
    FIELD_OF(TEXT, platform_os, "OSType"),
    FIELD_OF(TEXT, architecture, "Architecture"),
    FIELD_OF(TEXT, storage_driver, "Driver"),
    FIELD_OF(TEXT, data_folder, "DockerRootDir"),
    FIELD_OF(TEXT, cgroup_driver, "CgroupDriver"),
    FIELD_OF(TEXT, cgroup_version, "CgroupVersion"),
    FIELD_OF(TEXT, logging_driver, "LoggingDriver"),
    FIELD_OF(TEXT, swarm_state, "Swarm.LocalNodeState"),
    FIELD_OF(NUMBER, cpu_count, "NCPU"),
    FIELD_OF(NUMBER, memory_bytes, "MemTotal"),
    FIELD_OF(YES, has_memory_limit, "MemoryLimit"),
    FIELD_OF(YES, has_swap_limit, "SwapLimit"),
    FIELD_OF(YES, has_cpu_quota, "CpuCfsQuota"),
    FIELD_OF(YES, has_cpuset, "CPUSet"),
    FIELD_OF(YES, has_pids_limit, "PidsLimit"),
    FIELD_OF(TEXTS, warnings, "Warnings"),
    FIELDS_END,
};

/* The engine names the machine as uname does. */
static const char *architecture_of(const char *machine)
{
    static const struct engine_pair table[] = {
        {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"armv7l", "arm"},
        {"armv6l", "arm"},   {"i686", "386"},      {"i386", "386"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(machine, table[i].name) == 0)
            return table[i].value;
    }
    return machine;
}

static void take_information(struct arena *arena, const json_t *object, void *context)
{
    struct engine_information *information = context;

    fields_read(arena, information_fields, object, information);
    information->architecture = architecture_of(information->architecture);
}

int engine_get_information(const struct engine *engine, struct arena *arena,
                           struct engine_information *ret, struct error **reterr)
{
    _cleanup_call_ struct call call;
    json_t *object = NULL;
    int r;

    call_init(&call, "GET", "/info", NULL, "");
    r = call_json(engine, &call, &object, reterr);
    return r < 0 ? r : call_take(arena, object, take_information, ret, reterr);
}

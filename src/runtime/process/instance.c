/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "os/descriptor.h"
#include "os/file.h"
#include "os/os.h"
#include "runtime/process/process_priv.h"
#include "shim/protocol.h"

#define KILLED_EXIT_CODE 137

void instance_deinit(struct instance *instance)
{
    free(instance->folder);
    records_deinit(&instance->orders);
    *instance = (struct instance){0};
}

/* Names */

bool process_is_id(const char *text)
{
    return strlen(text) == PROCESS_ID_LENGTH && text[strspn(text, "0123456789abcdef")] == '\0';
}

/* What may be a part of a path without leading elsewhere. */
bool process_is_name(const char *text)
{
    return text[0] != '\0' && text[0] != '.' && strchr(text, '/') == NULL && strlen(text) < 200;
}

char *process_project_folder(const struct process_runtime *runtime, const char *project)
{
    char *path;

    return asprintf(&path, "%s/instances/%s", runtime->folder, project) < 0 ? NULL : path;
}

/* Status */

static bool parse_word(const char *value, size_t length, const char *const *words, int *ret)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (strlen(words[i]) == length && strncmp(words[i], value, length) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static bool parse_number(const char *value, size_t length, uint64_t maximum, uint64_t *ret)
{
    uint64_t number = 0;

    if (length == 0 || length > 19)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (value[i] < '0' || value[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(value[i] - '0');
    }
    *ret = number;
    return number <= maximum;
}

static bool parse_line(const char *line, size_t length, struct process_status *status)
{
    static const char *const states[] = {"created", "running", "restarting", "exited", NULL};
    static const char *const healths[] = {"none", "starting", "healthy", "unhealthy", NULL};
    const char *space = memchr(line, ' ', length);
    size_t key_length, value_length;
    const char *value;
    uint64_t number = 0;
    int word = 0;

    if (space == NULL)
        return length == 3 && strncmp(line, "end", 3) == 0;
    value = space + 1;
    key_length = (size_t)(space - line);
    value_length = length - key_length - 1;
#define IS(name) (key_length == strlen(name) && strncmp(line, name, key_length) == 0)
    if (IS("note"))
        return true;
    if (IS("state")) {
        if (!parse_word(value, value_length, states, &word))
            return false;
        status->state = (enum instance_state)word;
        return true;
    }
    if (IS("health")) {
        if (!parse_word(value, value_length, healths, &word))
            return false;
        status->health = (enum instance_health)word;
        return true;
    }
    if (!parse_number(value, value_length, INT64_MAX, &number))
        return false;
    if (IS("started"))
        status->started_unix_ns = number;
    else if (IS("finished"))
        status->finished_unix_ns = number;
    else if (number > INT32_MAX)
        return IS("dropped");
    else if (IS("shim"))
        status->shim_pid = (int)number;
    else if (IS("pid"))
        status->pid = (int)number;
    else if (IS("exit_code"))
        status->exit_code = (int)number;
    else if (IS("restarts"))
        status->restarts = (uint32_t)number;
#undef IS
    return true;
}

bool instance_parse_status(const char *text, struct process_status *ret)
{
    struct process_status status = {.state = INSTANCE_CREATED};

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        if (text[length] != '\n' || !parse_line(text, length, &status))
            return false;
        if (length == 3 && strncmp(text, "end", 3) == 0) {
            if (status.state == INSTANCE_CREATED)
                return false; /* then there would be no such file */
            *ret = status;
            return true;
        }
        text += length + 1;
    }
    return false;
}

/* The folder */

bool instance_has_shim(const struct instance *instance)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_os_close_ int fd = -1;

    if (asprintf(&path, "%s/" SHIM_LOCK_FILE, instance->folder) < 0) {
        path = NULL;
        return false;
    }
    fd = os_open(path, O_RDWR | O_NOFOLLOW, 0);
    return fd >= 0 && os_is_locked(fd);
}

static bool read_status(struct instance *instance)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *text = NULL;
    struct stat status;

    if (asprintf(&path, "%s/" SHIM_STATUS_FILE, instance->folder) < 0) {
        path = NULL;
        return false;
    }
    if (os->lstat(path, &status) < 0)
        return errno != ENOENT;
    if (os_read_file(path, SHIM_STATUS_MAX, &text, NULL, NULL) < 0)
        text = NULL;
    /* What cannot be read was written by nobody we know: the instance has run, and ended. */
    if (text == NULL || !instance_parse_status(text, &instance->status))
        instance->status =
            (struct process_status){.state = INSTANCE_EXITED, .exit_code = KILLED_EXIT_CODE};
    return true;
}

static void write_end(struct instance *instance)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *text = NULL;
    const struct process_status *status = &instance->status;

    if (asprintf(&path, "%s/" SHIM_STATUS_FILE, instance->folder) < 0)
        path = NULL;
    if (asprintf(&text,
                 "state exited\nhealth none\nexit_code %d\nrestarts %" PRIu32 "\nstarted %" PRIu64
                 "\nfinished %" PRIu64 "\nnote its shim was killed\nend\n",
                 status->exit_code, status->restarts, status->started_unix_ns,
                 status->finished_unix_ns) < 0)
        text = NULL;
    if (path != NULL && text != NULL)
        (void)os_write_file_atomically(path, text, strlen(text), 0600, NULL);
}

/* Its shim was killed, or the machine went down. */
static void clear_away(struct instance *instance)
{
    leftovers_kill(instance);
    instance->status.state = INSTANCE_EXITED;
    instance->status.health = INSTANCE_HEALTH_NONE;
    instance->status.exit_code = KILLED_EXIT_CODE;
    instance->status.finished_unix_ns = os_real_time_ns();
    instance->status.pid = 0;
    write_end(instance);
}

/* The status is read after the lock was seen: a shim that goes writes it before it lets go. */
static void take_status(struct instance *instance)
{
    bool has_shim = instance_has_shim(instance);

    (void)read_status(instance);
    if (instance->status.state != INSTANCE_RUNNING && instance->status.state != INSTANCE_RESTARTING)
        return;
    if (!has_shim && !instance_has_shim(instance))
        clear_away(instance);
}

static int find_folder(struct process_runtime *runtime, const char *project, const char *id,
                       char **ret, struct error **reterr)
{
    _cleanup_free_ char *parent = NULL;
    struct stat status;

    if (!process_is_name(project) || !process_is_id(id))
        return error_set(reterr, ENOENT, "there is no instance \"%.80s\"", id);
    parent = process_project_folder(runtime, project);
    if (parent == NULL || asprintf(ret, "%s/%s", parent, id) < 0) {
        *ret = NULL;
        return error_set(reterr, ENOMEM, "out of memory");
    }
    if (os->lstat(*ret, &status) < 0 || !S_ISDIR(status.st_mode))
        return error_set(reterr, ENOENT, "there is no instance \"%s\"", id);
    return 0;
}

int instance_load(struct process_runtime *runtime, const char *project, const char *id,
                  struct instance *ret, struct error **reterr)
{
    _cleanup_instance_ struct instance instance = {0};
    _cleanup_free_ char *path = NULL;
    int r = find_folder(runtime, project, id, &instance.folder, reterr);

    if (r < 0)
        return r;
    (void)snprintf(instance.id, sizeof(instance.id), "%s", id);
    if (asprintf(&path, "%s/" SHIM_ORDERS_FILE, instance.folder) < 0) {
        path = NULL;
        return error_set(reterr, ENOMEM, "out of memory");
    }
    r = records_read(path, SHIM_ORDERS_MAX, &instance.orders, reterr);
    if (r < 0)
        return r;
    take_status(&instance);
    *ret = instance;
    instance = (struct instance){0};
    return 0;
}

/* For plan and deploy */

static void describe_ports(struct arena *arena, const struct records *orders,
                           struct observed_instance *ret)
{
    struct observed_port *ports = arena_new_array(arena, struct observed_port, PROCESS_PORTS_MAX);
    const char *value = NULL;
    uint32_t count = 0;

    while (count < PROCESS_PORTS_MAX && (value = records_next(orders, "x-port", value)) != NULL) {
        char *end;
        unsigned long target = strtoul(value, &end, 10);
        unsigned long port = *end == ':' ? strtoul(end + 1, NULL, 10) : 0;

        if (target == 0 || target > UINT16_MAX || port == 0 || port > UINT16_MAX)
            continue;
        ports[count++] = (struct observed_port){
            .port = (uint16_t)target, .address = arena_printf(arena, "127.0.0.1:%lu", port)};
    }
    ret->ports = ports;
    ret->port_count = count;
}

void process_describe(struct arena *arena, const struct instance *instance,
                      struct observed_instance *ret)
{
    const struct records *orders = &instance->orders;
    const struct process_status *status = &instance->status;

    *ret = (struct observed_instance){
        .id = arena_strdup(arena, instance->id),
        .name = arena_strdup(arena, records_get(orders, "x-name")),
        .service = arena_strdup(arena, records_get(orders, "x-service")),
        .runtime = DESIRED_PROCESS,
        .config_hash = arena_strdup(arena, records_get(orders, "x-config")),
        .content = arena_strdup(arena, records_get(orders, "x-content")),
        .revision = (uint32_t)records_get_number(orders, "x-revision"),
        .number = (uint32_t)records_get_number(orders, "x-number"),
        .state = status->state,
        .health = status->state == INSTANCE_RUNNING ? status->health : INSTANCE_HEALTH_NONE,
        .exit_code = status->exit_code,
        .restarts = status->restarts,
        .created_unix_ns = records_get_number(orders, "x-created"),
        .started_unix_ns = status->started_unix_ns,
        .finished_unix_ns = status->finished_unix_ns,
        .is_oneoff = records_get_number(orders, "x-oneoff") != 0,
        .has_joined = true,
        .published = "",
    };
    describe_ports(arena, orders, ret);
}

struct description {
    struct arena *arena;
    const struct instance *instance;
    struct observed_instance *ret;
};

static void describe(void *context)
{
    struct description *description = context;

    process_describe(description->arena, description->instance, description->ret);
}

int process_describe_safely(struct arena *arena, const struct instance *instance,
                            struct observed_instance *ret, struct error **reterr)
{
    struct description description = {arena, instance, ret};
    int r = arena_protect(arena, describe, &description);

    return r < 0 ? error_set(reterr, -r, "%s", error_text(-r)) : 0;
}

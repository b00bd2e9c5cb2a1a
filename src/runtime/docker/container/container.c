/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that the engine takes as they are, by a table, and what says whose the container is. */
#include "runtime/docker/container/container_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "os/os.h"
#include "runtime/docker/container/hooks.h"
#include "runtime/docker/container/units.h"
#include "runtime/docker/names.h"

enum key_kind {
    KEY_TEXT,
    KEY_YES,
    KEY_CHOICE,
    KEY_NUMBER,
    KEY_POINTED,
    KEY_TEXTS,
    KEY_PAIRS,
};

struct key {
    const char *name;
    enum key_kind kind;
    size_t offset; /* of the member in struct engine_container_config */
};

#define KEY(name_, kind_, member_)                                                                 \
    {                                                                                              \
        .name = (name_), .kind = (kind_),                                                          \
        .offset = offsetof(struct engine_container_config, member_)                                \
    }

static const struct key keys[] = {
    KEY("annotations", KEY_PAIRS, annotations),
    KEY("cap_add", KEY_TEXTS, added_capabilities),
    KEY("cap_drop", KEY_TEXTS, dropped_capabilities),
    KEY("cgroup", KEY_TEXT, cgroup_namespace),
    KEY("cgroup_parent", KEY_TEXT, cgroup_parent),
    KEY("command", KEY_TEXTS, command),
    KEY("cpu_period", KEY_NUMBER, cpu_period_us),
    KEY("cpu_quota", KEY_NUMBER, cpu_quota_us),
    KEY("cpu_rt_period", KEY_NUMBER, cpu_realtime_period_us),
    KEY("cpu_rt_runtime", KEY_NUMBER, cpu_realtime_runtime_us),
    KEY("cpu_shares", KEY_NUMBER, cpu_shares),
    KEY("cpuset", KEY_TEXT, cpuset),
    KEY("device_cgroup_rules", KEY_TEXTS, device_cgroup_rules),
    KEY("dns", KEY_TEXTS, dns_servers),
    KEY("dns_opt", KEY_TEXTS, dns_options),
    KEY("dns_search", KEY_TEXTS, dns_search),
    KEY("domainname", KEY_TEXT, domain_name),
    KEY("entrypoint", KEY_TEXTS, entrypoint),
    KEY("group_add", KEY_TEXTS, added_groups),
    KEY("hostname", KEY_TEXT, hostname),
    KEY("init", KEY_CHOICE, has_init),
    KEY("mac_address", KEY_TEXT, mac_address),
    KEY("mem_limit", KEY_NUMBER, memory_bytes),
    KEY("mem_reservation", KEY_NUMBER, memory_reservation_bytes),
    KEY("mem_swappiness", KEY_POINTED, memory_swappiness),
    KEY("memswap_limit", KEY_NUMBER, memory_and_swap_bytes),
    KEY("oom_kill_disable", KEY_YES, has_no_oom_kill),
    KEY("oom_score_adj", KEY_NUMBER, oom_score_adjustment),
    KEY("pids_limit", KEY_NUMBER, pids_limit),
    KEY("privileged", KEY_YES, is_privileged),
    KEY("read_only", KEY_YES, has_read_only_root),
    KEY("runtime", KEY_TEXT, runtime),
    KEY("shm_size", KEY_NUMBER, shared_memory_bytes),
    KEY("stdin_open", KEY_YES, has_input),
    KEY("stop_signal", KEY_TEXT, stop_signal),
    KEY("storage_opt", KEY_PAIRS, storage_options),
    KEY("sysctls", KEY_PAIRS, sysctls),
    KEY("tty", KEY_YES, has_terminal),
    KEY("user", KEY_TEXT, user),
    KEY("userns_mode", KEY_TEXT, user_namespace),
    KEY("uts", KEY_TEXT, uts_mode),
    KEY("working_dir", KEY_TEXT, working_directory),
};

static bool set_number(struct making *making, const struct key *key, const struct value *value,
                       void *member)
{
    int64_t number;
    int64_t *kept;

    if (!unit_integer(value, &number))
        return false;
    if (key->kind == KEY_NUMBER) {
        *(int64_t *)member = number;
        return true;
    }
    kept = arena_new(making->arena, int64_t);
    *kept = number;
    *(const int64_t **)member = kept;
    return true;
}

/* False where the value is none for the key. */
static bool set_key(struct making *making, const struct key *key, const struct value *value)
{
    void *member = (char *)making->config + key->offset;
    bool boolean;

    switch (key->kind) {
    case KEY_TEXT:
        *(const char **)member = value_scalar_text(making->arena, value);
        return *(const char **)member != NULL;
    case KEY_YES:
        return unit_boolean(value, member);
    case KEY_CHOICE:
        if (!unit_boolean(value, &boolean))
            return false;
        *(enum engine_choice *)member = boolean ? ENGINE_YES : ENGINE_NO;
        return true;
    case KEY_NUMBER:
    case KEY_POINTED:
        return set_number(making, key, value, member);
    case KEY_TEXTS:
        *(const char *const **)member = texts_of(making->arena, value);
        return value->kind == VALUE_LIST;
    case KEY_PAIRS:
        *(struct engine_pairs *)member = pairs_of(making->arena, value);
        return value->kind == VALUE_MAP;
    }
    return false;
}

/* An empty list means that there is none, whatever the image says. */
static void keep_empty_entrypoint(struct engine_container_config *config)
{
    static const char *const none[] = {"", NULL};

    if (config->entrypoint != NULL && config->entrypoint[0] == NULL)
        config->entrypoint = none;
}

int container_set_keys(struct making *making, struct error **reterr)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const struct value *value = value_get(making->service, keys[i].name);

        if (value == NULL || value->kind == VALUE_NULL)
            continue;
        if (!set_key(making, &keys[i], value))
            return error_set(reterr, EINVAL, "%s: a %s cannot stand there", keys[i].name,
                             value_kind_name((enum value_kind)value->kind));
    }
    keep_empty_entrypoint(making->config);
    return 0;
}

/* Whose it is */

static void set_labels(struct making *making)
{
    const struct desired_service *service = making->options->service;
    struct engine_pairs labels = pairs_of(making->arena, value_get(making->service, "labels"));
    struct arena *arena = making->arena;
    const char *hooks = hooks_write(arena, making->service);

    pairs_add(arena, &labels, LABEL_PROJECT, making->options->desired->project);
    pairs_add(arena, &labels, LABEL_SERVICE, service->name);
    pairs_add(arena, &labels, LABEL_NUMBER, arena_printf(arena, "%u", making->options->number));
    pairs_add(arena, &labels, LABEL_ONEOFF, making->options->is_oneoff ? "True" : "False");
    pairs_add(arena, &labels, LABEL_COMPOSE_HASH, service->config_hash);
    pairs_add(arena, &labels, LABEL_REVISION,
              arena_printf(arena, "%u", making->options->desired->revision));
    pairs_add(arena, &labels, LABEL_CONFIG, service->config_hash);
    pairs_add(arena, &labels, LABEL_CONTENT, service->content);
    if (*hooks != '\0' && !making->options->is_oneoff)
        pairs_add(arena, &labels, LABEL_HOOKS, hooks);
    if (*making->aliases != '\0')
        pairs_add(arena, &labels, LABEL_ALIASES, making->aliases);
    making->config->labels = labels;
}

/* A name without a value takes away what the image sets. */
static void set_environment(struct making *making)
{
    const struct value *map = value_get(making->service, "environment");
    uint32_t count = value_map_count(map);
    const char **texts = arena_new_array(making->arena, const char *, count + 1);

    for (uint32_t i = 0; i < count; i++) {
        const struct value_entry *entry = &map->map.entries[i];
        const char *text = value_scalar_text(making->arena, entry->value);

        texts[i] =
            text == NULL ? entry->key : arena_printf(making->arena, "%s=%s", entry->key, text);
    }
    if (count > 0)
        making->config->environment = texts;
}

void container_set_identity(struct making *making)
{
    const struct runtime_instance_options *options = making->options;
    struct engine_container_config *config = making->config;

    making->container->name = name_of_instance(making->arena, options);
    making->container->platform = value_get_text(making->service, "platform");
    config->image =
        *options->service->content != '\0' ? options->service->content : options->service->image;
    set_environment(making);
    set_labels(making);
    if (options->command != NULL)
        config->command = texts_of(making->arena, options->command);
    if (!options->is_oneoff)
        return;
    config->has_terminal = options->has_terminal;
    config->has_input = options->has_input;
    config->input_ends_once = options->has_input;
    config->attaches_input = options->has_input;
    config->attaches_output = options->has_input || options->has_terminal;
    config->attaches_errors = config->attaches_output;
}

/* What the parts share */

/* The newest that runs, or the newest. */
static const struct observed_instance *find_instance(const struct making *making,
                                                     const char *service)
{
    const struct observed *observed = making->input->observed;
    const struct observed_instance *best = NULL;

    for (uint32_t i = 0; observed != NULL && i < observed->count; i++) {
        const struct observed_instance *one = &observed->instances[i];
        bool runs = one->state == INSTANCE_RUNNING;
        bool best_runs = best != NULL && best->state == INSTANCE_RUNNING;

        if (one->is_oneoff || strcmp(one->service, service) != 0)
            continue;
        if (best == NULL || (runs && !best_runs) ||
            (runs == best_runs && one->revision > best->revision))
            best = one;
    }
    return best;
}

int container_refer(const struct making *making, const char *key, const char *text,
                    const char *prefix, const char **ret, struct error **reterr)
{
    const struct observed_instance *instance;

    if (!text_starts_with(text, "service:")) {
        *ret = text;
        return 0;
    }
    instance = find_instance(making, text + strlen("service:"));
    if (instance == NULL)
        return error_set(reterr, ENOENT, "%s: the service \"%s\" has no container yet", key,
                         text + strlen("service:"));
    *ret = arena_printf(making->arena, "%s%s", prefix, instance->id);
    return 0;
}

static int read_into(const char *path, char *data, size_t size, size_t *ret_size)
{
    _cleanup_os_close_ int fd = os_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    size_t used = 0;

    if (fd < 0)
        return fd;
    while (used < size) {
        ssize_t r = os_read(fd, data + used, size - used);

        if (r < 0)
            return (int)r;
        if (r == 0)
            break;
        used += (size_t)r;
    }
    *ret_size = used;
    return 0;
}

int container_read_file(const struct making *making, const char *path, const char **ret_data,
                        size_t *ret_size, struct error **reterr)
{
    struct stat status;
    char *data;
    int r;

    if (*path != '/')
        return error_set(reterr, EINVAL, "the path \"%s\" must be absolute", path);
    if (os->stat(path, &status) < 0)
        return error_set(reterr, errno, "cannot read %s: %s", path, error_text(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(reterr, EINVAL, "%s is no file", path);
    if ((uintmax_t)status.st_size > CONTAINER_FILE_MAX)
        return error_set(reterr, EFBIG, "%s is larger than %zu MiB", path,
                         CONTAINER_FILE_MAX >> 20);
    data = arena_alloc(making->arena, (size_t)status.st_size + 1);
    r = read_into(path, data, (size_t)status.st_size, ret_size);
    if (r < 0)
        return error_set(reterr, -r, "cannot read %s: %s", path, error_text(-r));
    *ret_data = data;
    return 0;
}

int container_translate(struct arena *arena, const struct container_input *input,
                        struct container *ret, struct error **reterr)
{
    static int (*const parts[])(struct making * making, struct error * *reterr) = {
        container_set_keys,   container_set_life,  container_set_limits,   container_set_security,
        container_set_mounts, container_set_files, container_set_networks, container_set_ports,
    };
    struct container *container = arena_new(arena, struct container);
    struct making making = {
        .arena = arena,
        .input = input,
        .options = input->options,
        .root = input->options->desired->root,
        .service = input->options->service->spec,
        .container = container,
        .config = &container->config,
        .aliases = "",
    };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (parts[i](&making, reterr) < 0)
            return error_prefix(reterr, "service \"%s\"", input->options->service->name);
    container_set_identity(&making);
    *ret = *container;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A runtime in memory: what it runs goes on while control is dead. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "sim.h"

#define UNIX_NS (UINT64_C(1700000000) * SIM_S)

struct sim_runtime {
    struct runtime runtime;
    enum desired_runtime kind;
};

static struct sim_runtime runtimes[] = {
    {{&sim_runtime_class}, DESIRED_DOCKER},
    {{&sim_runtime_class}, DESIRED_PROCESS},
    {{&sim_runtime_class}, DESIRED_SWARM},
};

struct runtime *sim_runtime(enum desired_runtime kind)
{
    return &runtimes[kind].runtime;
}

static enum desired_runtime kind_of(struct runtime *runtime)
{
    return ((struct sim_runtime *)runtime)->kind;
}

struct sim_instance *sim_find(const char *id)
{
    for (uint32_t i = 0; i < SIM_INSTANCES; i++)
        if (sim.instances[i].is_there && strcmp(sim.instances[i].id, id) == 0)
            return &sim.instances[i];
    return NULL;
}

struct sim_instance *sim_find_port(uint32_t port)
{
    for (uint32_t i = 0; i < SIM_INSTANCES; i++)
        if (sim.instances[i].is_there && sim.instances[i].port == port)
            return &sim.instances[i];
    return NULL;
}

bool sim_is_ready(const struct sim_instance *instance)
{
    return instance->state == INSTANCE_RUNNING && instance->ready_ns > 0 &&
           sim.now_ns >= instance->ready_ns;
}

static int is_up(struct error **reterr)
{
    if (sim.now_ns < sim.engine_back_ns)
        return error_set(reterr, ECONNREFUSED, "the engine does not answer");
    return 0;
}

/* Ours, or it is none of our business. */
static struct sim_instance *own(const char *project, const char *id, const char *what)
{
    struct sim_instance *instance = sim_find(id);

    if (instance != NULL && strcmp(instance->project, PROJECT) != 0)
        sim_broken(7, "%s: %s of project %s", what, instance->name, instance->project);
    if (strcmp(project, PROJECT) != 0)
        sim_broken(7, "%s: in project %s", what, project);
    return instance;
}

/* Life */

static void begin_life(struct sim_instance *instance)
{
    instance->state = INSTANCE_RUNNING;
    instance->started_ns = sim.now_ns;
    instance->finished_ns = 0;
    instance->port = ++sim.next_port;
    instance->ready_ns = sim.now_ns + (100 + sim_random(2000)) * SIM_MS;
    instance->dies_ns = instance->back_ns = 0;
    if (instance->behaviour == SIM_SLOW)
        instance->ready_ns += (5 + sim_random(20)) * SIM_S;
    if (instance->behaviour == SIM_CRASH)
        instance->dies_ns = sim.now_ns + (50 + sim_random(800)) * SIM_MS;
    if (instance->behaviour == SIM_CRASH || instance->behaviour == SIM_SICK)
        instance->ready_ns = 0;
    if (instance->behaviour == SIM_FLAP)
        instance->dies_ns = instance->ready_ns + (1 + sim_random(8)) * SIM_S;
    if (instance->is_job && instance->behaviour != SIM_CRASH)
        instance->dies_ns = sim.now_ns + (100 + sim_random(5000)) * SIM_MS;
}

static void end_life(struct sim_instance *instance)
{
    bool is_done = instance->is_job && instance->behaviour != SIM_CRASH &&
                   instance->disturbed_ns < instance->started_ns;

    instance->exit_code = is_done ? 0 : 1;
    if (!is_done)
        sim.disturbed_ns = sim.now_ns;
    instance->finished_ns = sim.now_ns;
    instance->dies_ns = 0;
    instance->state = INSTANCE_EXITED;
    if (!is_done && instance->restarts_itself) {
        instance->state = INSTANCE_RESTARTING;
        instance->back_ns = sim.now_ns + SIM_S;
    }
    sim_trace("%s ends with status %d", instance->name, instance->exit_code);
}

void sim_tick_instances(void)
{
    for (uint32_t i = 0; i < SIM_INSTANCES; i++) {
        struct sim_instance *instance = &sim.instances[i];

        if (!instance->is_there)
            continue;
        if (instance->state == INSTANCE_RUNNING && instance->dies_ns > 0 &&
            sim.now_ns >= instance->dies_ns)
            end_life(instance);
        if (instance->state == INSTANCE_RESTARTING && instance->back_ns > 0 &&
            sim.now_ns >= instance->back_ns) {
            instance->restarts++;
            begin_life(instance);
        }
        if (sim_is_ready(instance))
            instance->was_ready = true;
    }
}

/* The class */

static int check(struct runtime *runtime, struct error **reterr)
{
    (void)runtime;
    return is_up(reterr);
}

static int observe(struct runtime *runtime, struct arena *arena, const char *project,
                   struct observed *ret, struct error **reterr)
{
    struct observed_instance *list =
        arena_new_array(arena, struct observed_instance, SIM_INSTANCES);
    uint32_t count = 0;
    int r = is_up(reterr);

    if (r < 0)
        return r;
    for (uint32_t i = 0; i < SIM_INSTANCES; i++) {
        const struct sim_instance *instance = &sim.instances[i];
        struct observed_port *port;

        if (!instance->is_there || instance->runtime != kind_of(runtime) ||
            strcmp(instance->project, project) != 0)
            continue;
        port = arena_new(arena, struct observed_port);
        *port =
            (struct observed_port){8000, arena_printf(arena, "10.0.%u.%u:8000",
                                                      instance->port / 250, instance->port % 250)};
        list[count++] = (struct observed_instance){
            .id = arena_strdup(arena, instance->id),
            .name = arena_strdup(arena, instance->name),
            .service = arena_strdup(arena, instance->service),
            .runtime = instance->runtime,
            .config_hash = arena_strdup(arena, instance->hash),
            .content = arena_strdup(arena, instance->content),
            .revision = instance->revision,
            .number = instance->number,
            .state = instance->state,
            .health = !instance->has_healthcheck || instance->state != INSTANCE_RUNNING
                          ? INSTANCE_HEALTH_NONE
                      : sim_is_ready(instance)                         ? INSTANCE_HEALTH_HEALTHY
                      : sim.now_ns > instance->started_ns + 30 * SIM_S ? INSTANCE_HEALTH_UNHEALTHY
                                                                       : INSTANCE_HEALTH_STARTING,
            .exit_code = instance->exit_code,
            .restarts = instance->restarts,
            .created_unix_ns = UNIX_NS + instance->created_ns,
            .started_unix_ns = instance->started_ns > 0 ? UNIX_NS + instance->started_ns : 0,
            .finished_unix_ns = instance->finished_ns > 0 ? UNIX_NS + instance->finished_ns : 0,
            .is_oneoff = instance->is_oneoff,
            .has_joined = instance->is_joined,
            .ports = port,
            .port_count = instance->state == INSTANCE_RUNNING ? 1 : 0,
            .published = "",
        };
    }
    *ret = (struct observed){list, count};
    return 0;
}

static int resolve(struct runtime *runtime, struct arena *arena, const struct desired *desired,
                   const struct desired_service *service, bool force_pull,
                   struct runtime_flow *flow, const char **ret_content, struct error **reterr)
{
    (void)runtime;
    (void)desired;
    (void)force_pull;
    (void)flow;
    sim_advance(sim_random(300) * SIM_MS);
    sim_may_die("resolving");
    if (sim_goes_wrong(sim.create_permille / 4))
        return error_set(reterr, EHOSTUNREACH, "pulling %s: no route to the registry",
                         service->image);
    *ret_content = arena_printf(arena, "sha256:%s", value_get_text(service->spec, "hostname"));
    return 0;
}

static int retain(struct runtime *runtime, const char *project, uint32_t revision,
                  const char *service, const char *content, struct error **reterr)
{
    (void)runtime;
    (void)project;
    (void)service;
    (void)content;
    (void)reterr;
    if (revision < SIM_REVISIONS)
        sim.retained[revision] = true;
    return 0;
}

static int release(struct runtime *runtime, const char *project, uint32_t revision,
                   struct error **reterr)
{
    (void)runtime;
    (void)project;
    (void)reterr;
    if (revision < SIM_REVISIONS)
        sim.retained[revision] = false;
    return 0;
}

static bool has_name(char names[][SIM_TEXT], uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void add_names(char names[][SIM_TEXT], uint32_t *count, const struct value *map)
{
    for (uint32_t i = 0; i < value_map_count(map); i++) {
        char name[SIM_TEXT];

        (void)snprintf(name, sizeof(name), PROJECT "_%s", map->map.entries[i].key);
        if (!has_name(names, *count, name))
            (void)snprintf(names[(*count)++], SIM_TEXT, "%s", name);
    }
}

static int prepare(struct runtime *runtime, const struct desired *desired,
                   struct runtime_flow *flow, struct error **reterr)
{
    int r = is_up(reterr);

    (void)runtime;
    (void)flow;
    if (r < 0)
        return r;
    add_names(sim.networks, &sim.network_count, value_get(desired->root, "networks"));
    add_names(sim.volumes, &sim.volume_count, value_get(desired->root, "volumes"));
    sim_may_die("preparing");
    return 0;
}

static void keep_names(char names[][SIM_TEXT], uint32_t *count, const struct value *map,
                       bool are_volumes)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < *count; i++) {
        bool is_ours = strncmp(names[i], PROJECT "_", strlen(PROJECT) + 1) == 0;

        if (!is_ours || (map != NULL && value_get(map, names[i] + strlen(PROJECT) + 1) != NULL)) {
            memmove(names[kept++], names[i], SIM_TEXT);
            continue;
        }
        if (are_volumes && !sim.may_remove_volumes)
            sim_broken(7, "the volume %s goes, with its data", names[i]);
    }
    *count = kept;
}

static int clean(struct runtime *runtime, const char *project, const struct desired *desired,
                 unsigned int flags, struct runtime_flow *flow, struct error **reterr)
{
    int r = is_up(reterr);

    (void)runtime;
    (void)flow;
    if (strcmp(project, PROJECT) != 0)
        sim_broken(7, "project %s is cleaned", project);
    if (r < 0)
        return r;
    keep_names(sim.networks, &sim.network_count,
               desired != NULL ? value_get(desired->root, "networks") : NULL, false);
    if ((flags & RUNTIME_REMOVE_VOLUMES) != 0)
        keep_names(sim.volumes, &sim.volume_count,
                   desired != NULL ? value_get(desired->root, "volumes") : NULL, true);
    sim_may_die("cleaning");
    return 0;
}

static struct sim_instance *add_instance(void)
{
    for (uint32_t i = 0; i < SIM_INSTANCES; i++)
        if (!sim.instances[i].is_there) {
            sim.instances[i] = (struct sim_instance){.is_there = true, .created_ns = sim.now_ns};
            (void)snprintf(sim.instances[i].id, sizeof(sim.instances[i].id), "id%05u",
                           ++sim.next_id);
            return &sim.instances[i];
        }
    sim_broken(5, "instances are made without end");
}

static int create(struct runtime *runtime, struct arena *arena,
                  const struct runtime_instance_options *options, struct observed_instance *ret,
                  struct error **reterr)
{
    const struct desired_service *service = options->service;
    const struct sim_service *wanted =
        sim_service_of(options->desired->revision, options->service->name);
    struct sim_instance *instance;
    int r = is_up(reterr);

    sim_advance(sim_random(50) * SIM_MS);
    if (r < 0)
        return r;
    if (sim_goes_wrong(sim.create_permille)) {
        sim.disturbed_ns = sim.now_ns;
        return error_set(reterr, ENOSPC, "no space is left on the device");
    }
    for (uint32_t i = 0; i < SIM_INSTANCES; i++)
        if (sim.instances[i].is_there && strcmp(sim.instances[i].project, PROJECT) == 0 &&
            strcmp(sim.instances[i].service, service->name) == 0 &&
            sim.instances[i].number == options->number && !sim.instances[i].is_oneoff)
            return error_set(reterr, EEXIST, "there is a %s-%u already", service->name,
                             options->number);
    instance = add_instance();
    (void)snprintf(instance->name, sizeof(instance->name), PROJECT "-%s-%u", service->name,
                   options->number);
    (void)snprintf(instance->service, sizeof(instance->service), "%s", service->name);
    (void)snprintf(instance->project, sizeof(instance->project), "%s", options->desired->project);
    (void)snprintf(instance->hash, sizeof(instance->hash), "%s", service->config_hash);
    (void)snprintf(instance->content, sizeof(instance->content), "%s", service->content);
    instance->number = options->number;
    instance->revision = options->desired->revision;
    instance->runtime = kind_of(runtime);
    instance->state = INSTANCE_CREATED;
    instance->has_healthcheck = service->has_healthcheck;
    instance->image = wanted->image;
    instance->variant = wanted->variant;
    instance->behaviour = wanted->behaviour;
    instance->is_exclusive = wanted->is_exclusive;
    instance->is_job = wanted->is_job;
    instance->restarts_itself = wanted->restarts && !wanted->is_job;
    sim_trace("%s (%s) is created for revision %u: image %u, variant %u, behaviour %d",
              instance->name, instance->id, instance->revision, instance->image, instance->variant,
              (int)instance->behaviour);
    *ret = (struct observed_instance){.id = arena_strdup(arena, instance->id)};
    sim_may_die("creating");
    return 0;
}

static int start(struct runtime *runtime, const char *project, const char *id,
                 struct error **reterr)
{
    struct sim_instance *instance = own(project, id, "start");
    int r = is_up(reterr);

    (void)runtime;
    if (r < 0)
        return r;
    if (instance == NULL)
        return error_set(reterr, ENOENT, "there is no instance %s", id);
    if (sim_goes_wrong(sim.start_permille)) {
        sim.disturbed_ns = sim.now_ns;
        return error_set(reterr, EIO, "it does not start: mounts denied");
    }
    sim_advance(sim_random(200) * SIM_MS);
    instance = sim_find(id);
    if (instance == NULL)
        return error_set(reterr, ENOENT, "there is no instance %s", id);
    if (instance->state == INSTANCE_RUNNING)
        return 0;
    sim_check_start(instance);
    instance->was_ready = false;
    instance->restarts = 0;
    begin_life(instance);
    sim_trace("%s starts", instance->name);
    sim_may_die("starting");
    return 0;
}

static int stop(struct runtime *runtime, const char *project, const char *id, uint64_t grace_ns,
                struct error **reterr)
{
    struct sim_instance *instance = own(project, id, "stop");
    int r = is_up(reterr);

    (void)runtime;
    (void)grace_ns;
    if (r < 0)
        return r;
    if (instance == NULL)
        return 0;
    if (instance->state == INSTANCE_RUNNING)
        sim_check_stop(instance);
    if (instance->state == INSTANCE_RUNNING || instance->state == INSTANCE_RESTARTING) {
        instance->state = INSTANCE_EXITED;
        instance->exit_code = 143;
        instance->finished_ns = sim.now_ns;
        instance->back_ns = instance->dies_ns = 0;
        sim_trace("%s is stopped", instance->name);
    }
    sim_may_die("stopping");
    sim_advance(sim_random(400) * SIM_MS);
    return 0;
}

static int take_away(struct runtime *runtime, const char *project, const char *id,
                     bool with_volumes, struct error **reterr)
{
    struct sim_instance *instance = own(project, id, "remove");
    int r = is_up(reterr);

    (void)runtime;
    if (r < 0)
        return r;
    if (instance == NULL)
        return 0;
    if (with_volumes)
        sim_broken(7, "the volumes of %s go with it", instance->name);
    if (instance->is_oneoff && !sim.is_down)
        sim_broken(7, "%s goes, which somebody runs", instance->name);
    if (instance->state == INSTANCE_RUNNING)
        sim_check_stop(instance);
    sim_trace("%s (%s) is removed", instance->name, instance->id);
    instance->is_there = false;
    sim_may_die("removing");
    return 0;
}

static int join(struct runtime *runtime, const char *project, const char *id,
                const struct desired_service *service, struct error **reterr)
{
    struct sim_instance *instance = own(project, id, "join");
    int r = is_up(reterr);

    (void)runtime;
    (void)service;
    if (r < 0)
        return r;
    if (instance != NULL)
        instance->is_joined = true;
    return 0;
}

static int leave(struct runtime *runtime, const char *project, const char *id,
                 const struct desired_service *service, struct error **reterr)
{
    struct sim_instance *instance = own(project, id, "leave");
    int r = is_up(reterr);

    (void)runtime;
    (void)service;
    if (r < 0)
        return r;
    if (instance != NULL)
        instance->is_joined = false;
    return 0;
}

static int logs(struct runtime *runtime, const char *project, const char *id,
                const struct runtime_log_options *options, runtime_log_sink *sink, void *context,
                struct error **reterr)
{
    struct sim_instance *instance = own(project, id, "logs");
    static const char line[] = "panic: something is wrong";

    (void)runtime;
    (void)options;
    if (instance == NULL)
        return error_set(reterr, ENOENT, "there is no instance %s", id);
    return sink(context, true, UNIX_NS + sim.now_ns, line, strlen(line));
}

const struct runtime_class sim_runtime_class = {
    .name = "sim",
    .check = check,
    .observe = observe,
    .resolve = resolve,
    .retain = retain,
    .release = release,
    .prepare = prepare,
    .clean = clean,
    .create = create,
    .start = start,
    .stop = stop,
    .remove = take_away,
    .join = join,
    .leave = leave,
    .logs = logs,
};

/* Of another project, with the same names in it; and one that somebody runs in this one. */
void sim_make_foreign(void)
{
    for (uint32_t i = 0; i < 3; i++) {
        struct sim_instance *instance = add_instance();

        (void)snprintf(instance->project, sizeof(instance->project), "%s",
                       i < 2 ? "other" : PROJECT);
        (void)snprintf(instance->service, sizeof(instance->service), "%c", 'a' + (int)i % 2);
        (void)snprintf(instance->name, sizeof(instance->name), "%s-%s-1", instance->project,
                       instance->service);
        instance->number = 1;
        instance->is_oneoff = i == 2;
        instance->runtime = DESIRED_DOCKER;
        begin_life(instance);
    }
    (void)snprintf(sim.networks[sim.network_count++], SIM_TEXT, "other_default");
    (void)snprintf(sim.volumes[sim.volume_count++], SIM_TEXT, "other_data");
}

/* What another tool made of this project before us, with its volume. */
void sim_make_adopted(void)
{
    uint32_t count = 1 + (uint32_t)sim_random(2);

    for (uint32_t i = 0; i < count; i++) {
        struct sim_instance *instance = add_instance();

        (void)snprintf(instance->project, sizeof(instance->project), PROJECT);
        (void)snprintf(instance->service, sizeof(instance->service), "a");
        (void)snprintf(instance->name, sizeof(instance->name), PROJECT "-a-%u", i + 1);
        instance->number = i + 1;
        instance->runtime = DESIRED_DOCKER;
        instance->is_adopted = true;
        begin_life(instance);
    }
    (void)snprintf(sim.volumes[sim.volume_count++], SIM_TEXT, PROJECT "_data");
    (void)snprintf(sim.networks[sim.network_count++], SIM_TEXT, PROJECT "_default");
    sim.adopted = count;
}

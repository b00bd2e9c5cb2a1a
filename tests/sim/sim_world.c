/* SPDX-License-Identifier: Apache-2.0 */
/* The clock, and what deploys call. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "deploy/json.h"
#include "sim.h"

#define TICK_NS (sim.is_calm ? 500 * SIM_MS : 100 * SIM_MS)

/* By hand: somebody kills or removes an instance. */
static void meddle(void)
{
    struct sim_instance *instance = &sim.instances[sim_random(SIM_INSTANCES)];

    if (!instance->is_there || strcmp(instance->project, PROJECT) != 0 || instance->is_oneoff ||
        !sim_goes_wrong(sim.hand_permille))
        return;
    sim.disturbed_ns = instance->disturbed_ns = sim.now_ns;
    if (sim_chance(500)) {
        sim_trace("somebody removes %s", instance->name);
        instance->is_there = false;
    } else if (instance->state == INSTANCE_RUNNING) {
        sim_trace("somebody kills %s", instance->name);
        instance->dies_ns = sim.now_ns;
    }
}

static void restart_engine(void)
{
    if (!sim_goes_wrong(sim.engine_permille))
        return;
    sim_trace("the engine restarts");
    sim.disturbed_ns = sim.now_ns;
    sim.engine_back_ns = sim.now_ns + sim_random(3000) * SIM_MS;
    for (uint32_t i = 0; i < SIM_INSTANCES; i++) {
        struct sim_instance *instance = &sim.instances[i];

        if (instance->is_there && instance->runtime == DESIRED_DOCKER &&
            instance->state == INSTANCE_RUNNING && !instance->is_job) {
            instance->disturbed_ns = sim.now_ns;
            instance->state = INSTANCE_RESTARTING;
            instance->exit_code = 137;
            instance->back_ns = sim.engine_back_ns;
        }
    }
}

void sim_advance(uint64_t duration_ns)
{
    uint64_t end_ns = sim.now_ns + duration_ns;

    while (sim.now_ns < end_ns) {
        sim.now_ns += end_ns - sim.now_ns < TICK_NS ? end_ns - sim.now_ns : TICK_NS;
        meddle();
        restart_engine();
        sim_tick_instances();
        sim_tick_edge();
    }
}

static struct runtime *world_runtime(struct world *world, enum desired_runtime kind,
                                     struct error **reterr)
{
    (void)world;
    (void)reterr;
    return sim_runtime(kind);
}

static int world_publish(struct world *world, const char *project, const char *document,
                         char **ret_changes, struct error **reterr)
{
    int r;

    (void)world;
    if (strcmp(project, PROJECT) != 0)
        sim_broken(7, "project %s is published", project);
    sim_advance(sim_random(20) * SIM_MS);
    sim_may_call_off();
    sim_may_die("before publishing");
    if (sim_goes_wrong(sim.refuse_permille)) {
        sim.disturbed_ns = sim.now_ns;
        return error_set(reterr, EADDRINUSE, "the edge cannot listen on :80: in use");
    }
    r = sim_edge_publish(document, reterr);
    /* Going back from what the edge refuses, capacity comes before unity. */
    if (r < 0)
        sim.disturbed_ns = sim.now_ns;
    if (r == 0 && ret_changes != NULL)
        *ret_changes = strdup("~ something");
    if (r == 0) {
        sim_may_die("publishing");
        sim_advance(sim_random(20) * SIM_MS);
    }
    return r;
}

static int world_unpublish(struct world *world, const char *project, char **ret_changes,
                           struct error **reterr)
{
    (void)world;
    if (ret_changes != NULL)
        *ret_changes = NULL;
    (void)reterr;
    if (strcmp(project, PROJECT) != 0)
        sim_broken(7, "project %s is taken off the edge", project);
    sim_edge_unpublish();
    return 0;
}

static int world_target(struct world *world, const char *project, const char *instance,
                        struct world_target *ret)
{
    (void)world;
    (void)project;
    sim_edge_target(instance, ret);
    return 0;
}

static int world_sum(struct world *world, const char *project, const char *const *instances,
                     uint32_t count, bool is_recent, struct world_target *ret)
{
    (void)world;
    (void)project;
    (void)is_recent;
    *ret = (struct world_target){0};
    for (uint32_t i = 0; i < count; i++) {
        struct world_target one = {0};

        sim_edge_target(instances[i], &one);
        ret->requests += one.requests;
        ret->errors += one.errors;
        if (one.latency_p95_us > ret->latency_p95_us)
            ret->latency_p95_us = one.latency_p95_us;
    }
    return 0;
}

static void world_mark(struct world *world, const char *project)
{
    (void)world;
    (void)project;
}

static uint64_t world_monotonic_ns(struct world *world)
{
    (void)world;
    return sim.now_ns;
}

static uint64_t world_unix_ns(struct world *world)
{
    (void)world;
    return UINT64_C(1700000000) * SIM_S + sim.now_ns;
}

static int world_wait(struct world *world, uint64_t until_ns)
{
    (void)world;
    if (until_ns > sim.now_ns) {
        uint64_t wait_ns = until_ns - sim.now_ns;

        /* An event comes somewhere in between, or is lost. */
        if (!sim.loses_events && sim_chance(300))
            wait_ns = sim_random(wait_ns) + 1;
        sim_advance(wait_ns);
    }
    sim_may_call_off();
    sim_may_die("waiting");
    return sim.is_deploying && sim.disk_full_ns == 0 && sim_goes_wrong(sim.cancel_permille)
               ? -ECANCELED
               : 0;
}

struct reading {
    struct arena arena;
    const char *text;
    struct value *value;
};

static void read_event(void *context)
{
    struct reading *reading = context;

    (void)json_read(&reading->arena, reading->text, false, &reading->value, NULL);
}

static void world_tell(struct world *world, const char *project, uint64_t deploy, const char *text)
{
    struct reading reading = {.text = text};
    struct value *event;

    (void)world;
    (void)project;
    (void)deploy;
    if (sim.traces && strstr(text, "\"plan\"") == NULL)
        sim_trace("   tells %s", text);
    arena_init(&reading.arena, (size_t)16 << 20);
    (void)arena_protect(&reading.arena, read_event, &reading);
    event = reading.value;
    if (event != NULL && strcmp(json_text(event, "type"), "result") == 0) {
        sim.has_result = true;
        sim.result_failed = strcmp(json_text(event, "state"), "failed") == 0;
        (void)snprintf(sim.result_message, sizeof(sim.result_message), "%s",
                       json_text(event, "message"));
        sim.result_log = value_list_count(value_get(event, "log"));
        if (*json_text(event, "instance") == '\0')
            sim.result_log = UINT32_MAX; /* none is due */
    }
    arena_deinit(&reading.arena);
}

static int world_free_port(struct world *world, const char *host_ip, uint16_t *ret_port)
{
    (void)world;
    (void)host_ip;
    *ret_port = (uint16_t)(30000 + sim_random(1000));
    return 0;
}

const struct world_ops sim_world_ops = {
    .runtime = world_runtime,
    .publish = world_publish,
    .unpublish = world_unpublish,
    .target = world_target,
    .sum = world_sum,
    .mark = world_mark,
    .monotonic_ns = world_monotonic_ns,
    .unix_ns = world_unix_ns,
    .wait = world_wait,
    .tell = world_tell,
    .free_port = world_free_port,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* An edge in memory: it takes documents, checks targets and sends them requests. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "deploy/json.h"
#include "sim.h"

#define STANDBY "@next"

struct sim_instance *sim_edge_instance(const struct sim_target *target)
{
    unsigned int a = 0, b = 0;

    if (sscanf(target->address, "10.0.%u.%u:", &a, &b) != 2)
        return NULL;
    return sim_find_port(a * 250 + b);
}

static struct sim_target *find_target(const char *group, const char *key)
{
    for (uint32_t i = 0; i < SIM_TARGETS; i++)
        if (sim.targets[i].is_there && strcmp(sim.targets[i].group, group) == 0 &&
            strcmp(sim.targets[i].key, key) == 0)
            return &sim.targets[i];
    return NULL;
}

static struct sim_target *add_target(const char *group, const char *key)
{
    for (uint32_t i = 0; i < SIM_TARGETS; i++)
        if (!sim.targets[i].is_there) {
            sim.targets[i] = (struct sim_target){.is_there = true};
            (void)snprintf(sim.targets[i].group, sizeof(sim.targets[i].group), "%s", group);
            (void)snprintf(sim.targets[i].key, sizeof(sim.targets[i].key), "%s", key);
            return &sim.targets[i];
        }
    sim_broken(5, "targets are made without end");
}

/* Taking a document */

static void take_target(const char *group, bool is_standby, bool has_check,
                        const struct value *value)
{
    const char *key = json_text(value, "instance");
    struct sim_target *target = find_target(group, key);

    if (target == NULL)
        target = add_target(group, key);
    target->is_serving |= !is_standby;
    target->is_standby |= is_standby;
    /* Once it has passed, it stays so until a check fails. */
    target->has_check = has_check;
    if (!has_check)
        target->has_passed = true;
    target->weight = (uint32_t)json_number(value, "weight");
    target->removed_ns = 0;
    (void)snprintf(target->address, sizeof(target->address), "%s", json_text(value, "address"));
}

static void take_group(const char *name, const struct value *value)
{
    const struct value *targets = value_get(value, "targets");
    size_t length = strlen(name);
    bool is_standby = length > 5 && strcmp(name + length - 5, STANDBY) == 0;
    char group[64];

    (void)snprintf(group, sizeof(group), "%.*s", (int)(is_standby ? length - 5 : length), name);
    for (uint32_t i = 0; i < value_list_count(targets); i++)
        take_target(group, is_standby, value_get(value, "health") != NULL, targets->list.items[i]);
    if (is_standby)
        return;
    (void)snprintf(sim.groups[sim.group_count].name, sizeof(sim.groups[0].name), "%s", group);
    sim.groups[sim.group_count].is_held = value_get(value, "hold") != NULL;
    sim.groups[sim.group_count++].is_reachable = false;
}

static void take_listener(const struct value *value)
{
    const char *group = json_text(value_get(value, "default"), "forward");

    for (uint32_t i = 0; i < sim.group_count; i++)
        if (strcmp(sim.groups[i].name, group) == 0) {
            sim.groups[i].is_reachable = true;
            return;
        }
    sim_broken(1, "a listener leads to the group %s, which is not there", group);
}

static void forget(void)
{
    for (uint32_t i = 0; i < SIM_TARGETS; i++) {
        struct sim_target *target = &sim.targets[i];

        if (target->is_there && !target->is_serving && !target->is_standby &&
            target->removed_ns == 0)
            target->removed_ns = sim.now_ns + 1;
        if (target->is_there && target->removed_ns > 0 && target->active == 0)
            target->is_there = false;
    }
}

struct taking {
    struct arena arena;
    const char *text;
    struct value *value;
};

static void read_document(void *context)
{
    struct taking *taking = context;

    (void)json_read(&taking->arena, taking->text, true, &taking->value, NULL);
}

static bool is_refused(const char *document)
{
    char port[32];

    (void)snprintf(port, sizeof(port), ":%u\"", 9000 + sim.refused_revision);
    return sim.refused_revision > 0 && strstr(document, port) != NULL;
}

int sim_edge_publish(const char *document, struct error **reterr)
{
    struct taking taking = {.text = document};
    const struct value *extension, *groups, *listeners;

    if (is_refused(document))
        return error_set(reterr, EADDRINUSE, "the edge cannot listen on :%u: in use",
                         9000 + sim.refused_revision);
    arena_init(&taking.arena, (size_t)64 << 20);
    (void)arena_protect(&taking.arena, read_document, &taking);
    extension = value_get(taking.value, "x-slipway");
    groups = value_get(extension, "target_groups");
    listeners = value_get(extension, "listeners");
    if (taking.value == NULL)
        sim_broken(1, "what is published is no JSON: %s", document);
    for (uint32_t i = 0; i < SIM_TARGETS; i++)
        sim.targets[i].is_serving = sim.targets[i].is_standby = false;
    sim.group_count = 0;
    sim.is_published = true;
    for (uint32_t i = 0; i < value_map_count(groups); i++)
        take_group(groups->map.entries[i].key, groups->map.entries[i].value);
    sim.listener_count = value_map_count(listeners);
    for (uint32_t i = 0; i < sim.listener_count; i++)
        take_listener(listeners->map.entries[i].value);
    arena_deinit(&taking.arena);
    forget();
    if (sim.traces)
        for (uint32_t i = 0; i < SIM_TARGETS; i++) {
            const struct sim_target *target = &sim.targets[i];
            const struct sim_instance *instance = sim_edge_instance(target);

            if (target->is_there && target->removed_ns == 0)
                sim_trace("   edge: %s %s -> %s%s%s", target->group, target->key,
                          instance != NULL ? instance->name : "(gone)",
                          target->is_serving ? " serving" : "",
                          target->is_standby ? " standby" : "");
        }
    sim_check_document();
    return 0;
}

void sim_edge_unpublish(void)
{
    for (uint32_t i = 0; i < SIM_TARGETS; i++)
        sim.targets[i].is_serving = sim.targets[i].is_standby = false;
    sim.group_count = sim.listener_count = 0;
    sim.is_published = false;
    forget();
    sim_trace("   edge: nothing is published any more");
}

/* What is asked of it */

void sim_edge_target(const char *key, struct world_target *ret)
{
    *ret = (struct world_target){.has_passed = true, .reason = ""};
    for (uint32_t i = 0; i < SIM_TARGETS; i++) {
        const struct sim_target *target = &sim.targets[i];

        if (!target->is_there || strcmp(target->key, key) != 0)
            continue;
        ret->is_known = true;
        ret->has_passed &= target->has_passed;
        ret->is_failing |= target->is_failing;
        ret->active += target->active;
        ret->requests += target->requests;
        ret->errors += target->errors;
        ret->latency_p95_us = 2000;
        if (!target->has_passed)
            ret->reason = "it answers its checks with an error";
    }
    ret->has_passed &= ret->is_known;
}

bool sim_edge_has(const struct sim_instance *instance, bool *ret_busy, uint64_t *ret_removed_ns)
{
    bool is_target = false;

    *ret_busy = false;
    *ret_removed_ns = 0;
    for (uint32_t i = 0; i < SIM_TARGETS; i++) {
        const struct sim_target *target = &sim.targets[i];

        if (!target->is_there || sim_edge_instance(target) != instance)
            continue;
        is_target |= target->is_serving || target->is_standby;
        if (target->active == 0)
            continue;
        *ret_busy = true;
        if (target->removed_ns > *ret_removed_ns)
            *ret_removed_ns = target->removed_ns;
    }
    return is_target;
}

bool sim_edge_holds(const char *service)
{
    for (uint32_t i = 0; i < sim.group_count; i++)
        if (strcmp(sim.groups[i].name, service) == 0)
            return sim.groups[i].is_held;
    return false;
}

uint32_t sim_edge_count_serving(const char *service)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < SIM_TARGETS; i++) {
        const struct sim_target *target = &sim.targets[i];
        const struct sim_instance *instance = sim_edge_instance(target);

        if (target->is_there && target->is_serving && instance != NULL &&
            strcmp(target->group, service) == 0 && sim_is_ready(instance))
            count++;
    }
    return count;
}

/* Going on */

static void check_targets(void)
{
    for (uint32_t i = 0; i < SIM_TARGETS; i++) {
        struct sim_target *target = &sim.targets[i];
        struct sim_instance *instance;

        if (!target->is_there || !target->has_check || target->removed_ns > 0)
            continue;
        instance = sim_edge_instance(target);
        if (instance != NULL && sim_is_ready(instance)) {
            target->has_passed = true;
            target->failures = 0;
            target->is_failing = false;
        } else if (++target->failures >= 4 && target->has_passed) {
            target->is_failing = true;
        }
    }
}

static struct sim_target *choose(const char *group)
{
    struct sim_target *found[SIM_TARGETS];
    uint32_t count = 0;

    /* Those that fail their checks get requests where there are no others; new ones do not. */
    for (uint32_t i = 0; i < SIM_TARGETS; i++)
        if (sim.targets[i].is_there && sim.targets[i].is_serving && sim.targets[i].has_passed &&
            !sim.targets[i].is_failing && strcmp(sim.targets[i].group, group) == 0)
            found[count++] = &sim.targets[i];
    for (uint32_t i = 0; count == 0 && i < SIM_TARGETS; i++)
        if (sim.targets[i].is_there && sim.targets[i].is_serving && sim.targets[i].has_passed &&
            strcmp(sim.targets[i].group, group) == 0)
            found[count++] = &sim.targets[i];
    return count > 0 ? found[sim_random(count)] : NULL;
}

static void send_request(const char *group)
{
    struct sim_target *target = choose(group);
    struct sim_instance *instance = target != NULL ? sim_edge_instance(target) : NULL;
    uint64_t duration_ns = sim_random(80) * SIM_MS;

    sim.requests_sent++;
    if (instance == NULL || instance->state != INSTANCE_RUNNING) {
        sim.requests_lost++;
        return;
    }
    if (!instance->was_ready)
        sim_broken(1, "a request goes to %s (%s), which has not passed since it was started",
                   instance->name, instance->id);
    target->requests++;
    target->errors += instance->behaviour == SIM_BAD && sim_chance(500);
    if (sim_chance(sim.slow_permille))
        duration_ns = sim_random(60000) * SIM_MS;
    if (sim.request_count == SIM_REQUESTS)
        return;
    target->active++;
    sim.requests[sim.request_count++] =
        (struct sim_request){target, sim.now_ns + duration_ns, instance->port};
}

static void end_requests(void)
{
    for (uint32_t i = 0; i < sim.request_count;) {
        struct sim_request *request = &sim.requests[i];
        const struct sim_instance *instance = sim_find_port(request->port);

        if (sim.now_ns < request->end_ns && instance != NULL &&
            instance->state == INSTANCE_RUNNING) {
            i++;
            continue;
        }
        request->target->active--;
        *request = sim.requests[--sim.request_count];
    }
    forget();
}

void sim_tick_edge(void)
{
    check_targets();
    end_requests();
    for (uint32_t i = 0; i < sim.group_count; i++)
        if (sim.groups[i].is_reachable && sim_chance(600))
            send_request(sim.groups[i].name);
}

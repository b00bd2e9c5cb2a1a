/* SPDX-License-Identifier: Apache-2.0 */
/* The seven rules of the deploy contract, as checks at events and at rest. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "sim.h"

const struct sim_service *sim_service_of(uint32_t revision, const char *name)
{
    for (int i = 0; revision < SIM_REVISIONS && i < SIM_SERVICES; i++) {
        const struct sim_service *service = &sim.specs[revision].services[i];

        if (service->is_there && strcmp(service->name, name) == 0)
            return service;
    }
    return NULL;
}

static bool is_ours(const struct sim_instance *instance)
{
    return instance->is_there && strcmp(instance->project, PROJECT) == 0 && !instance->is_oneoff;
}

static bool is_same(const struct sim_instance *instance, const struct sim_service *service)
{
    return service != NULL && instance->image == service->image &&
           instance->variant == service->variant;
}

/* Rule 3: what cannot overlap does not. */
void sim_check_start(struct sim_instance *instance)
{
    for (uint32_t i = 0; i < SIM_INSTANCES; i++) {
        const struct sim_instance *other = &sim.instances[i];

        if (is_ours(other) && other != instance && other->state == INSTANCE_RUNNING &&
            strcmp(other->service, instance->service) == 0 &&
            strcmp(other->hash, instance->hash) != 0 &&
            (other->is_exclusive || instance->is_exclusive))
            sim_broken(3, "%s starts beside %s, with which it cannot overlap", instance->name,
                       other->name);
    }
}

/* Rules 2 and 3: who gets a signal. */
void sim_check_stop(struct sim_instance *instance)
{
    uint64_t removed_ns;
    bool is_busy;

    if (sim_edge_has(instance, &is_busy, &removed_ns))
        sim_broken(2, "%s is stopped while it is a target", instance->name);
    if (is_busy &&
        sim.now_ns - removed_ns + 200 * SIM_MS < sim.specs[instance->revision].drain_s * SIM_S)
        sim_broken(2, "%s is stopped while it has requests, and its drain is not over",
                   instance->name);
}

static bool is_changed(uint32_t from, const struct sim_service *service)
{
    const struct sim_service *before = sim_service_of(from, service->name);

    return before == NULL || before->image != service->image ||
           before->variant != service->variant || sim.is_forced;
}

/* Whether the service goes through the switch, in this deploy. */
static bool is_switched(const struct sim_service *service)
{
    return service->is_there && service->replicas > 0 && !service->is_job &&
           !service->is_exclusive && !service->rolls && service->has_port &&
           sim_service_of(sim.from, service->name) != NULL &&
           sim_service_of(sim.from, service->name)->replicas > 0 &&
           !sim_service_of(sim.from, service->name)->is_exclusive &&
           !sim_service_of(sim.from, service->name)->rolls && is_changed(sim.from, service) &&
           !sim.was_stopped[service->name[0] - 'a'];
}

/* Of a service, what serves that was made for one side of the deploy or the other. */
static void count_sides(const struct sim_service *service, uint32_t *old, uint32_t *new_ones)
{
    *old = *new_ones = 0;
    for (uint32_t i = 0; i < SIM_TARGETS; i++) {
        const struct sim_target *target = &sim.targets[i];
        const struct sim_instance *instance = sim_edge_instance(target);

        if (!target->is_there || !target->is_serving || instance == NULL ||
            strcmp(instance->service, service->name) != 0)
            continue;
        if (instance->revision == sim.to)
            (*new_ones)++;
        else
            (*old)++;
    }
}

/* Rule 3: one snapshot brings all groups over at once. */
static void check_sides(void)
{
    const struct sim_service *old_one = NULL, *new_one = NULL;

    for (int i = 0; i < SIM_SERVICES; i++) {
        const struct sim_service *service = &sim.specs[sim.to].services[i];
        uint32_t old, new_ones;

        if (!is_switched(service))
            continue;
        count_sides(service, &old, &new_ones);
        if (old > 0 && new_ones > 0)
            sim_broken(3, "instances of %s from before and after the switch serve together",
                       service->name);
        if (old > 0)
            old_one = service;
        if (new_ones > 0)
            new_one = service;
    }
    if (old_one != NULL && new_one != NULL)
        sim_broken(3, "%s serves from before the switch, %s from after it", old_one->name,
                   new_one->name);
}

/* Rule 3: no capacity is given away; nothing has gone wrong with the instances themselves. */
static void check_capacity(void)
{
    for (int i = 0; i < SIM_SERVICES; i++) {
        const struct sim_service *service = &sim.specs[sim.to].services[i];
        const struct sim_service *before = sim_service_of(sim.from, service->name);
        uint32_t count, least;

        if (!service->is_there || before == NULL || service->is_exclusive || before->is_exclusive ||
            !service->has_port || !before->has_port || service->is_job || !service->is_published ||
            !before->is_published || sim.was_stopped[i])
            continue;
        count = sim_edge_count_serving(service->name);
        least = before->replicas < service->replicas ? before->replicas : service->replicas;
        if (service->rolls && service->stops_first)
            least = least > service->parallelism ? least - service->parallelism : 0;
        if (count < least)
            sim_broken(3, "%u of %s serve, where %u should", count, service->name, least);
    }
}

void sim_check_document(void)
{
    for (uint32_t i = 0; i < SIM_TARGETS; i++) {
        const struct sim_target *target = &sim.targets[i];
        const struct sim_instance *instance = sim_edge_instance(target);

        if (target->is_there && target->is_serving && instance != NULL &&
            instance->state == INSTANCE_RUNNING && !instance->was_ready)
            sim_broken(1, "%s comes into rotation before it has passed", instance->name);
        if (target->is_there && instance != NULL && strcmp(instance->project, PROJECT) != 0)
            sim_broken(7, "%s is a target", instance->name);
    }
    if (!sim.is_deploying || sim.from == 0 || sim.to == 0 || sim.is_stopping)
        return;
    /* What has died may come back before the others are brought over: somebody needs it. */
    if (!sim.specs[sim.to].has_canary && sim.disturbed_ns == 0)
        check_sides();
    /* Instances that die, or fail for a moment, are another matter. */
    if (sim.disturbed_ns == 0 && !sim.is_restarting)
        check_capacity();
}

/* Rules 4 and 6: how a deploy ended. */

static bool is_doomed(const struct sim_spec *spec, uint32_t from)
{
    for (int i = 0; i < SIM_SERVICES; i++) {
        const struct sim_service *service = &spec->services[i];

        if (service->is_there && service->replicas > 0 && is_changed(from, service) &&
            !sim.is_stopped[i] &&
            (service->behaviour == SIM_CRASH ||
             (service->behaviour == SIM_SICK && !service->is_job &&
              (service->has_port || service->has_healthcheck))))
            return true;
    }
    return false;
}

/* Rule 4: when a deploy has failed, nothing of its revision is left. */
static void check_undone(void)
{
    for (uint32_t i = 0; i < SIM_INSTANCES; i++) {
        const struct sim_instance *instance = &sim.instances[i];

        if (is_ours(instance) && instance->revision == sim.to &&
            !is_same(instance, sim_service_of(sim.from, instance->service)))
            sim_broken(4, "%s is left of revision %u, which has failed", instance->name, sim.to);
    }
}

void sim_check_end(int result)
{
    if (result < 0 && sim.from != sim.to && sim.to > sim.from &&
        strstr(sim.result_message, "undoing it does not succeed") == NULL)
        check_undone();
    if (!sim.has_result)
        sim_broken(6, "the deploy has ended without a result");
    if (result == 0 && sim.result_failed)
        sim_broken(6, "the result says failed, the deploy done");
    if (result < 0 && !sim.result_failed)
        sim_broken(6, "the deploy has failed, the result says done");
    if (result < 0 && sim.result_message[0] == '\0')
        sim_broken(6, "what failed is not said");
    if (result < 0 && sim.result_log == 0)
        sim_broken(6, "the log of what failed is not told: %s", sim.result_message);
    if (result == 0 && sim.to > 0 && !sim.is_stopping && !sim.is_restarting &&
        is_doomed(&sim.specs[sim.to], sim.from))
        sim_broken(6, "revision %u cannot have passed, and is said to be done", sim.to);
}

/* Rule 4: who was told that it is cancelled finds it undone, whatever happened in between. */
void sim_check_called_off(int result)
{
    if (result == 0 && sim.to > 0 && !sim.is_stopping)
        sim_broken(4, "revision %u serves, and its deploy was cancelled", sim.to);
}

/* Rules 4, 5 and 7: what is there when all is quiet. */

static void check_service(const struct sim_service *service, bool is_stopped)
{
    uint32_t running = 0, others = 0, done = 0;

    for (uint32_t i = 0; i < SIM_INSTANCES; i++) {
        const struct sim_instance *instance = &sim.instances[i];

        if (!is_ours(instance) || strcmp(instance->service, service->name) != 0)
            continue;
        if (!is_same(instance, service))
            sim_broken(sim.has_result && sim.result_failed ? 4 : 5,
                       "%s is of image %u, variant %u; revision %u has image %u, variant %u",
                       instance->name, instance->image, instance->variant, sim.serving,
                       service->image, service->variant);
        if (instance->state == INSTANCE_RUNNING)
            running++;
        else if (service->is_job)
            done++;
        else
            others++;
    }
    if (service->is_job)
        return;
    if (is_stopped ? running != 0 : running != service->replicas || others != 0)
        sim_broken(5, "%s: %u run and %u do not, where %u should run", service->name, running,
                   others, is_stopped ? 0 : service->replicas);
    if (!is_stopped && service->has_port && service->is_published &&
        sim_edge_count_serving(service->name) != service->replicas)
        sim_broken(5, "%s: %u serve, where %u should", service->name,
                   sim_edge_count_serving(service->name), service->replicas);
}

static void check_foreign(void)
{
    uint32_t count = 0, networks = 0, volumes = 0;

    for (uint32_t i = 0; i < SIM_INSTANCES; i++)
        if (sim.instances[i].is_there && strcmp(sim.instances[i].project, PROJECT) != 0)
            count += sim.instances[i].state == INSTANCE_RUNNING;
    for (uint32_t i = 0; i < sim.network_count; i++)
        networks += strcmp(sim.networks[i], "other_default") == 0;
    for (uint32_t i = 0; i < sim.volume_count; i++)
        volumes += strcmp(sim.volumes[i], "other_data") == 0;
    if (count != 2 || networks != 1 || volumes != 1)
        sim_broken(7, "of another project %u instances, %u networks and %u volumes are left", count,
                   networks, volumes);
}

static void check_nothing(void)
{
    uint32_t adopted = 0;

    for (uint32_t i = 0; i < SIM_INSTANCES; i++) {
        const struct sim_instance *instance = &sim.instances[i];

        if (is_ours(instance) && !instance->is_adopted)
            sim_broken(5, "%s is left where nothing should be", instance->name);
        adopted +=
            instance->is_there && instance->is_adopted && instance->state == INSTANCE_RUNNING;
    }
    /* A first deploy that fails leaves what another tool made as it was. */
    if (sim.adopted > 0 && strcmp(sim.kind, "up") == 0) {
        if (adopted != sim.adopted)
            sim_broken(4, "of %u instances of before %u run", sim.adopted, adopted);
        return;
    }
    if (sim.is_published && sim.listener_count > 0)
        sim_broken(5, "listeners are left where nothing should be");
    if (sim.network_count != 1)
        sim_broken(5, "%u networks are left", sim.network_count - 1);
}

void sim_check_rest(void)
{
    const struct sim_spec *spec = &sim.specs[sim.serving];
    uint32_t wanted = 0;

    check_foreign();
    if (sim.serving == 0) {
        check_nothing();
        return;
    }
    sim.adopted = 0;
    for (int i = 0; i < SIM_SERVICES; i++)
        if (spec->services[i].is_there)
            check_service(&spec->services[i], sim.is_stopped[i]);
    for (uint32_t i = 0; i < SIM_INSTANCES; i++)
        if (is_ours(&sim.instances[i]) &&
            sim_service_of(sim.serving, sim.instances[i].service) == NULL)
            sim_broken(sim.result_failed ? 4 : 5, "%s is left, whose service is gone",
                       sim.instances[i].name);
    for (int i = 0; i < SIM_SERVICES; i++)
        wanted += spec->services[i].is_there ? spec->services[i].replicas : 0;
    if (sim.network_count > 2 || (sim.network_count < 2 && wanted > 0))
        sim_broken(5, "there are %u networks of the project, where there is one in the file",
                   sim.network_count - 1);
    for (uint32_t i = 0; i < sim.group_count; i++)
        if (sim.groups[i].is_held)
            sim_broken(5, "requests of %s are held for ever", sim.groups[i].name);
}

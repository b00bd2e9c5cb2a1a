/* SPDX-License-Identifier: Apache-2.0 */
/* Switching: what is new comes into rotation with its listeners, all at once or by shares. */
#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "deploy/deploy_priv.h"

#define RECENT_NS   (30 * TIME_SECOND)
#define PATIENCE_NS (5 * TIME_SECOND)
#define PAUSE_NS    (200 * TIME_MILLISECOND)

/* Going back, something of the service is there to serve in the place of what does. */
static bool has_successor(struct deploy *deploy, const struct desired_service *service)
{
    const char *reason;

    if (service == NULL || !deploy->is_undo)
        return true;
    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];
        enum rotation_role role = deploy_role_of(deploy, instance);

        if (deploy_is_current(deploy, service, instance) &&
            (role == ROTATION_SERVING ||
             (role == ROTATION_STANDBY &&
              deploy_judge(deploy, service, instance, &reason) == VERDICT_PASSED)))
            return true;
    }
    return false;
}

/* As many as are wanted serve or may, without this one: it is one too many, and goes. */
static bool is_surplus(struct deploy *deploy, const struct desired_service *service,
                       const struct observed_instance *besides)
{
    const char *reason;
    uint32_t count = 0;

    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];
        enum rotation_role role = deploy_role_of(deploy, instance);

        if (instance != besides && deploy_is_current(deploy, service, instance) &&
            (role == ROTATION_SERVING || role == ROTATION_STANDBY))
            count += deploy_judge(deploy, service, instance, &reason) == VERDICT_PASSED;
    }
    return count >= service->replicas;
}

/* Both kinds serve, or what is new takes the place of what was. */
static int bring_in(struct deploy *deploy, uint32_t new_weight, struct error **reterr)
{
    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];
        const struct desired_service *service = desired_find(deploy->goal, instance->service);
        struct rotation_entry *entry = rotation_find(&deploy->rotation, instance->id);
        const char *reason;
        int r;

        if (entry == NULL || entry->role == ROTATION_DRAINING)
            continue;
        if (service == NULL || !deploy_is_current(deploy, service, instance)) {
            if (entry->role == ROTATION_SERVING && new_weight < 100)
                entry->weight = 100 - new_weight;
            else if (entry->role == ROTATION_SERVING && has_successor(deploy, service))
                (void)deploy_enter(deploy, instance, ROTATION_STANDBY);
            continue;
        }
        /* Whatever it was when it was waited for. */
        if (deploy_judge(deploy, service, instance, &reason) != VERDICT_PASSED &&
            entry->role == ROTATION_STANDBY) {
            if (deploy->is_undo || is_surplus(deploy, service, instance))
                continue;
            return deploy_fail(deploy, instance, service->name, ECHILD,
                               "%s: %s, so it cannot serve", instance->name, reason);
        }
        if (entry->role == ROTATION_STANDBY) {
            r = deploy_set_joined(deploy, service, instance, true, reterr);
            if (r < 0)
                return r;
            entry->weight = new_weight;
            (void)deploy_enter(deploy, instance, ROTATION_SERVING);
        }
        /* Those without an older kind beside them get it all, whatever their share says. */
        entry->weight = new_weight;
    }
    return 0;
}

struct kept_rotation {
    struct rotation rotation;
    struct rotation_entry *entries;
};

static void keep_rotation(struct deploy *deploy, struct kept_rotation *kept)
{
    const struct rotation *rotation = &deploy->rotation;

    kept->rotation = *rotation;
    kept->entries = arena_new_array(deploy->arena, struct rotation_entry, rotation->count);
    if (rotation->count > 0)
        memcpy(kept->entries, rotation->entries, rotation->count * sizeof(*kept->entries));
}

/* What the edge has refused is as if it had never been asked for. */
static void bring_back(struct deploy *deploy, const struct kept_rotation *kept)
{
    struct error *error = NULL;

    deploy->rotation = kept->rotation;
    if (kept->rotation.count > 0)
        memcpy(deploy->rotation.entries, kept->entries,
               kept->rotation.count * sizeof(*kept->entries));
    if (deploy_publish(deploy, false, &error) < 0)
        deploy_note(deploy, "the edge did not take back the earlier configuration: %s",
                    error->message);
    (void)error_free(error);
}

/* Something that published ports itself has only just ended, so the ports may not be free yet. */
static bool has_just_ended(const struct deploy *deploy)
{
    uint64_t now_ns = deploy->world->ops->unix_ns(deploy->world);

    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];

        if (instance->state == INSTANCE_EXITED &&
            (*instance->config_hash == '\0' ||
             (instance->published != NULL && *instance->published != '\0')) &&
            time_subtract(now_ns, instance->finished_unix_ns) < RECENT_NS)
            return true;
    }
    return false;
}

static int publish_patiently(struct deploy *deploy, struct error **reterr)
{
    uint64_t end_ns = time_add(deploy->world->ops->monotonic_ns(deploy->world), PATIENCE_NS);

    for (;;) {
        int r = deploy_publish(deploy, false, reterr);

        if (r == 0 || r == -ECANCELED || r == -ENOSPC || !has_just_ended(deploy) ||
            deploy->world->ops->monotonic_ns(deploy->world) >= end_ns)
            return r;
        *reterr = error_free(*reterr);
        r = deploy_wait(deploy, PAUSE_NS);
        if (r < 0)
            return r;
    }
}

int deploy_do_switch(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct rotation *rotation = &deploy->rotation;
    struct kept_rotation kept;
    struct error *error = NULL;
    int r = deploy_look(deploy, &error);

    (void)steps;
    (void)count;
    if (r < 0)
        return deploy_fail_error(deploy, NULL, "", &error);
    keep_rotation(deploy, &kept);
    r = bring_in(deploy, 100, &error);
    if (r == 0) {
        rotation->standby = deploy->other != NULL ? deploy->other->revision : 0;
        rotation->base = deploy->goal->revision;
        rotation->switched_unix_ns = deploy->world->ops->unix_ns(deploy->world);
        rotation->held = NULL;
        rotation->held_count = 0;
        r = publish_patiently(deploy, &error);
    }
    if (r < 0) {
        r = error != NULL ? deploy_fail_error(deploy, NULL, "", &error) : r;
        if (r != -ECANCELED)
            bring_back(deploy, &kept);
        return r;
    }
    deploy->changed++;
    return 0;
}

int deploy_do_canary(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct kept_rotation kept;
    struct error *error = NULL;
    int r = deploy_look(deploy, &error);

    (void)count;
    if (r < 0)
        return deploy_fail_error(deploy, NULL, "", &error);
    keep_rotation(deploy, &kept);
    r = bring_in(deploy, steps[0]->percent, &error);
    if (r == 0)
        r = deploy_publish(deploy, false, &error);
    if (r == 0)
        return deploy_do_bake(deploy, steps, count);
    r = error != NULL ? deploy_fail_error(deploy, NULL, "", &error) : r;
    if (r != -ECANCELED)
        bring_back(deploy, &kept);
    return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving rotation: names first, then the edge; what is in flight may end. */
#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "deploy/deploy_priv.h"

static void drop_finished(struct deploy *deploy, uint32_t *ret_left, uint64_t *ret_wait_ns)
{
    struct world *world = deploy->world;
    uint64_t now_ns = world->ops->unix_ns(world);

    *ret_left = 0;
    *ret_wait_ns = TIME_SECOND;
    for (uint32_t i = 0; i < deploy->rotation.count;) {
        const struct rotation_entry *entry = &deploy->rotation.entries[i];
        uint64_t end_ns = time_add(entry->since_unix_ns, deploy_drain_ns(deploy, entry->service));
        struct world_target target = {0};

        if (entry->role != ROTATION_DRAINING) {
            i++;
            continue;
        }
        if (now_ns >= end_ns ||
            (world->ops->target(world, deploy->project, entry->target, &target) == 0 &&
             target.active == 0)) {
            deploy_drop(deploy, entry->instance);
            continue;
        }
        if (end_ns - now_ns < *ret_wait_ns)
            *ret_wait_ns = end_ns - now_ns;
        (*ret_left)++;
        i++;
    }
}

static int begin_draining(struct deploy *deploy, const struct step *step)
{
    const struct observed_instance *instance = observed_find(&deploy->observed, step->instance);
    struct rotation_entry *entry = rotation_find(&deploy->rotation, step->instance);
    const struct desired_service *service;
    struct error *error = NULL;

    if (entry == NULL || entry->role == ROTATION_DRAINING)
        return 0;
    service = instance != NULL ? deploy_service_of(deploy, instance) : NULL;
    if (service != NULL && instance->state == INSTANCE_RUNNING && entry->role == ROTATION_SERVING &&
        deploy_set_joined(deploy, service, instance, false, &error) < 0) {
        /* Its name may still lead there for others of the project; that is no reason to keep it. */
        deploy_note(deploy, "%s does not leave its name: %s", instance->name,
                    error != NULL ? error->message : "");
        (void)error_free(error);
    }
    deploy->changed++;
    entry->role = ROTATION_DRAINING;
    entry->since_unix_ns = deploy->world->ops->unix_ns(deploy->world);
    return 0;
}

int deploy_do_retire(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct error *error = NULL;
    uint32_t left;
    uint64_t wait_ns;
    int r = deploy_look(deploy, &error);

    for (uint32_t i = 0; i < count && r == 0; i++)
        r = begin_draining(deploy, steps[i]);
    if (r == 0)
        r = deploy_publish(deploy, false, &error);
    while (r == 0) {
        drop_finished(deploy, &left, &wait_ns);
        if (left == 0 || deploy->is_heal)
            break;
        r = deploy_wait(deploy, wait_ns);
        if (r == 0)
            r = deploy_heed_cancel(deploy, NULL, "", "");
        if (r < 0)
            return r;
    }
    if (r == 0)
        r = deploy_write_rotation(deploy, &error);
    return r < 0 ? deploy_fail_error(deploy, NULL, steps[0]->service, &error) : 0;
}

int deploy_do_hold(struct deploy *deploy, const struct step *const *steps, uint32_t count)
{
    struct error *error = NULL;
    int r;

    for (uint32_t i = 0; i < count; i++)
        deploy_hold(deploy, steps[i]->service, true);
    deploy->rotation.hold_ns = deploy->goal->deploy.hold_ns;
    r = deploy_publish(deploy, false, &error);
    return r < 0 ? deploy_fail_error(deploy, NULL, steps[0]->service, &error) : 0;
}

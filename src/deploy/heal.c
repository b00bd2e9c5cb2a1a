/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Self-healing is the same loop as a deploy, looked through once: what died leaves the rotation and
 * is started again, what fails for good is replaced, what is missing is made. Nothing is waited
 * for; what has not passed yet, or still drains, is looked at again next time.
 *
 * A service that needs healing again and again is left alone for longer each time.
 */
#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "deploy/deploy_priv.h"
#include "deploy/json.h"

#define PATIENCE_NS     (60 * TIME_SECOND) /* something that failed so long does not recover */
#define SOON_NS         (1 * TIME_SECOND)
#define IDLE_NS         (10 * TIME_SECOND)
#define BACK_OFF_MAX_NS (5 * TIME_MINUTE)
#define FORGET_NS       (10 * TIME_MINUTE)

struct healing {
    struct deploy *deploy;
    struct value *attempts; /* by service */
    struct value *restarts; /* by instance */
    const char **blocked;   /* services of which something has to be waited for */
    uint32_t blocked_count;
    const char **failed; /* instances to be replaced */
    uint32_t failed_count;
    uint64_t now_ns;  /* unix */
    uint64_t next_ns; /* from now */
};

static bool is_in(const char *const *list, uint32_t count, const char *text)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

static void look_again_in(struct healing *healing, uint64_t duration_ns)
{
    if (duration_ns < healing->next_ns)
        healing->next_ns = duration_ns;
}

static void block(struct healing *healing, const char *service)
{
    look_again_in(healing, SOON_NS);
    if (!is_in(healing->blocked, healing->blocked_count, service))
        healing->blocked[healing->blocked_count++] = service;
}

/* Back-off */

static uint64_t wait_of(const struct healing *healing, const char *service)
{
    return time_subtract(json_number(value_get(healing->attempts, service), "next"),
                         healing->now_ns);
}

static void note_attempt(struct healing *healing, const char *service)
{
    struct arena *arena = healing->deploy->arena;
    const struct value *before = value_get(healing->attempts, service);
    uint64_t count = json_number(before, "attempts") + 1;
    uint64_t wait_ns = TIME_SECOND << (count < 10 ? count : 10);
    struct value *now = json_map(arena);

    /* What held for long begins anew. */
    if (before != NULL && healing->now_ns > json_number(before, "next") + FORGET_NS) {
        count = 1;
        wait_ns = TIME_SECOND;
    }
    json_set_number(arena, now, "attempts", count);
    json_set_number(arena, now, "next",
                    healing->now_ns + (wait_ns < BACK_OFF_MAX_NS ? wait_ns : BACK_OFF_MAX_NS));
    (void)value_set(arena, healing->attempts, service, now);
}

/* Looking */

static bool is_failing(struct deploy *deploy, const struct rotation_entry *entry,
                       const struct observed_instance *instance)
{
    struct world_target target = {0};

    if (instance->health == INSTANCE_HEALTH_UNHEALTHY)
        return true;
    if (!deploy_is_target(deploy, entry) ||
        deploy->world->ops->target(deploy->world, deploy->project, entry->target, &target) < 0 ||
        !target.is_known)
        return false;
    return target.is_failing || (entry->role == ROTATION_STANDBY && !target.has_passed);
}

/* One at a time for each service, and only once it may be tried again. */
static void note_failing(struct healing *healing, struct rotation_entry *entry,
                         const struct observed_instance *instance)
{
    struct deploy *deploy = healing->deploy;

    if (!is_failing(deploy, entry, instance)) {
        entry->failing_since_unix_ns = 0;
        return;
    }
    look_again_in(healing, SOON_NS);
    if (entry->failing_since_unix_ns == 0) {
        entry->failing_since_unix_ns = healing->now_ns;
        deploy_tell_instance(deploy, instance, "unhealthy", "it fails its checks");
    }
    if (healing->now_ns - entry->failing_since_unix_ns < PATIENCE_NS ||
        wait_of(healing, entry->service) > 0)
        return;
    for (uint32_t i = 0; i < healing->failed_count; i++) {
        const struct rotation_entry *other = rotation_find(&deploy->rotation, healing->failed[i]);

        if (other != NULL && strcmp(other->service, entry->service) == 0)
            return;
    }
    deploy_tell_instance(deploy, instance, "replaced", "it has failed its checks for a minute");
    healing->failed[healing->failed_count++] = entry->instance;
}

/* Of the healing, by instance: how often it was started again, in the lives before this one. Each
 * life has a count of its own, of what its runtime did by itself. */
static void note_restart(struct healing *healing, const struct observed_instance *instance)
{
    struct arena *arena = healing->deploy->arena;
    uint64_t before = json_number(healing->restarts, instance->id);

    json_set_number(arena, healing->restarts, arena_strdup(arena, instance->id),
                    before + instance->restarts + 1);
}

/* Those of what is there. */
static struct value *copy_restarts(struct deploy *deploy)
{
    const struct value *before = value_get(deploy->healing, DEPLOY_RESTARTS);
    struct value *copy = json_map(deploy->arena);

    for (uint32_t i = 0; i < value_map_count(before); i++) {
        const char *id = before->map.entries[i].key;

        if (observed_find(&deploy->observed, id) != NULL)
            json_set_number(deploy->arena, copy, id, json_number(before, id));
    }
    return copy;
}

static void look_at_rotation(struct healing *healing)
{
    struct deploy *deploy = healing->deploy;

    for (uint32_t i = 0; i < deploy->rotation.count;) {
        struct rotation_entry *entry = &deploy->rotation.entries[i];
        const struct observed_instance *instance =
            observed_find(&deploy->observed, entry->instance);

        entry->weight = 100; /* of a canary that was given up */
        if (instance != NULL && instance->state == INSTANCE_RUNNING) {
            if (entry->role != ROTATION_DRAINING)
                note_failing(healing, entry, instance);
            i++;
            continue;
        }
        /* It has to pass again when it is back. */
        if (instance != NULL && entry->role == ROTATION_SERVING)
            deploy_tell_instance(
                deploy, instance, "died",
                arena_printf(deploy->looks, "it %s", deploy_end_text(deploy, instance)));
        deploy_drop(deploy, entry->instance);
    }
}

/* Held while it was replaced, by something that was killed before it could end that. */
static void release(struct deploy *deploy)
{
    for (uint32_t i = 0; i < deploy->rotation.held_count;) {
        const char *service = deploy->rotation.held[i];
        bool is_over = desired_find(deploy->goal, service) == NULL ||
                       is_in(deploy->stopped, deploy->stopped_count, service);

        for (uint32_t j = 0; j < deploy->rotation.count && !is_over; j++)
            is_over = deploy->rotation.entries[j].role == ROTATION_SERVING &&
                      strcmp(deploy->rotation.entries[j].service, service) == 0;
        if (is_over)
            deploy_hold(deploy, service, false);
        else
            i++;
    }
}

static int stand_by_all(struct deploy *deploy, struct error **reterr)
{
    for (uint32_t i = 0; i < deploy->goal->service_count; i++)
        if (!is_in(deploy->stopped, deploy->stopped_count, deploy->goal->services[i].name))
            (void)deploy_stand_by(deploy, deploy->goal->services[i].name);
    return deploy_publish(deploy, false, reterr);
}

/* Doing */

static void await(struct healing *healing, const char *name)
{
    struct deploy *deploy = healing->deploy;
    const struct desired_service *service = desired_find(deploy->goal, name);

    if (deploy_admit(deploy, service) < 0)
        block(healing, name);
    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const struct observed_instance *instance = &deploy->observed.instances[i];
        const struct rotation_entry *entry = rotation_find(&deploy->rotation, instance->id);

        if (deploy_is_current(deploy, service, instance) && !plan_has_finished(service, instance) &&
            !is_in(healing->failed, healing->failed_count, instance->id) &&
            (entry == NULL || entry->role != ROTATION_SERVING))
            block(healing, name);
    }
}

static bool is_put_off(struct healing *healing, const struct step *step)
{
    uint64_t wait_ns = wait_of(healing, step->service);

    if ((step->kind != STEP_START && step->kind != STEP_RESTART) || wait_ns == 0)
        return false;
    look_again_in(healing, wait_ns);
    block(healing, step->service);
    return true;
}

static void tell_started(struct healing *healing, const struct step *step)
{
    struct deploy *deploy = healing->deploy;
    const struct observed_instance *instance = observed_find(&deploy->observed, step->instance);
    struct observed_instance made = {.service = step->service, .id = ""};

    if (step->kind == STEP_RESTART && instance != NULL) {
        note_restart(healing, instance);
        deploy_tell_instance(deploy, instance, "started", "it was started again");
        return;
    }
    made.name = deploy_step_name(deploy, step);
    deploy_tell_instance(deploy, &made, "started", "it was made and started");
}

static void do_step(struct healing *healing, const struct step *step)
{
    struct deploy *deploy = healing->deploy;
    int r = 0;

    if (is_in(healing->blocked, healing->blocked_count, step->service) || is_put_off(healing, step))
        return;
    switch (step->kind) {
    case STEP_PREPARE:
        r = deploy_do_prepare(deploy, &step, 1);
        break;
    case STEP_START:
    case STEP_RESTART:
        note_attempt(healing, step->service);
        r = deploy_do_calls(deploy, &step, 1);
        if (r == 0) {
            tell_started(healing, step);
            block(healing, step->service); /* until it has passed */
        }
        break;
    case STEP_STOP:
    case STEP_REMOVE:
        r = deploy_do_calls(deploy, &step, 1);
        break;
    case STEP_AWAIT:
        await(healing, step->service);
        break;
    case STEP_HOLD:
        r = deploy_do_hold(deploy, &step, 1);
        break;
    case STEP_RETIRE:
        r = deploy_do_retire(deploy, &step, 1);
        if (rotation_find(&deploy->rotation, step->instance) != NULL)
            block(healing, step->service);
        break;
    default:
        break;
    }
    if (r < 0) {
        block(healing, step->service);
        deploy_note(deploy, "%s",
                    deploy->failure.message != NULL ? deploy->failure.message : error_text(-r));
        deploy->failure = (struct deploy_failure){0};
    }
}

static int heal_by_plan(struct healing *healing, struct error **reterr)
{
    struct deploy *deploy = healing->deploy;
    struct plan_input input = {
        .desired = deploy->goal,
        .observed = &deploy->observed,
        .rotation = &deploy->rotation,
        .stopped_services = deploy->stopped,
        .stopped_count = deploy->stopped_count,
        .failed = healing->failed,
        .failed_count = healing->failed_count,
        .is_heal = true,
    };
    struct plan plan;
    int r;

    plan_make(deploy->arena, &input, &plan);
    for (uint32_t i = 0; i < plan.count; i++) {
        plan.steps[i].service = arena_strdup(deploy->arena, plan.steps[i].service);
        plan.steps[i].instance = arena_strdup(deploy->arena, plan.steps[i].instance);
    }
    healing->blocked = arena_new_array(deploy->arena, const char *, plan.count);
    for (uint32_t i = 0; i < plan.count; i++) {
        r = deploy_look(deploy, reterr);
        if (r < 0)
            return r;
        do_step(healing, &plan.steps[i]);
    }
    if (plan.count > 0)
        look_again_in(healing, SOON_NS);
    (void)value_set(deploy->arena, healing->attempts, DEPLOY_RESTARTS, healing->restarts);
    deploy->healing = healing->attempts;
    return deploy_publish(deploy, false, reterr);
}

static int heal(struct deploy *deploy, void *context, struct error **reterr)
{
    struct world *world = deploy->world;
    struct healing healing = {.deploy = deploy, .next_ns = IDLE_NS};
    struct store_project project;
    uint64_t *ret_next_ns = context;
    int r = store_get_project(deploy->store, deploy->arena, deploy->project, &project, reterr);

    if (r == -ENOENT || (r == 0 && (project.serving == 0 || project.is_down))) {
        *ret_next_ns = TIME_FOREVER;
        *reterr = error_free(*reterr);
        return 0;
    }
    if (r == 0)
        r = deploy_load_revision(deploy, project.serving, &deploy->goal, reterr);
    if (r < 0)
        return r;
    deploy->is_heal = true;
    deploy_note_kinds(deploy, deploy->goal);
    r = deploy_look(deploy, reterr);
    if (r < 0)
        return r;
    healing.now_ns = world->ops->unix_ns(world);
    healing.failed = arena_new_array(deploy->arena, const char *, deploy->rotation.count);
    healing.attempts = deploy->healing != NULL ? value_copy(deploy->arena, deploy->healing)
                                               : json_map(deploy->arena);
    healing.restarts = copy_restarts(deploy);
    deploy->rotation.base = project.serving;
    deploy->rotation.standby = 0;
    look_at_rotation(&healing);
    release(deploy);
    r = stand_by_all(deploy, reterr);
    if (r == 0)
        r = heal_by_plan(&healing, reterr);
    *ret_next_ns = time_add(world->ops->monotonic_ns(world), healing.next_ns);
    return r;
}

int deploy_heal(struct world *world, struct store *store, const char *project,
                uint64_t *ret_next_ns, struct error **reterr)
{
    *ret_next_ns = time_add(world->ops->monotonic_ns(world), IDLE_NS);
    return deploy_begin(world, store, project, 0, heal, ret_next_ns, reterr);
}

/* What was published before goes to the edge again; where instances are is known without asking. */
static int restore(struct deploy *deploy, void *context, struct error **reterr)
{
    (void)context;
    if (deploy->rotation.base == 0 && deploy->rotation.count == 0)
        return 0;
    return deploy_publish(deploy, true, reterr);
}

int deploy_restore(struct world *world, struct store *store, const char *project,
                   struct error **reterr)
{
    return deploy_begin(world, store, project, 0, restore, NULL, reterr);
}

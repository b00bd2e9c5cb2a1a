/* SPDX-License-Identifier: Apache-2.0 */
/* One service: what is there of it, and the steps of its way. */
#include <stdlib.h>
#include <string.h>

#include "plan/plan_priv.h"

static bool is_named(const char *const *names, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void append(struct plan_maker *maker, struct plan_instances *list,
                   struct observed_instance *instance)
{
    if (list->items == NULL)
        list->items = arena_new_array(maker->arena, struct observed_instance *,
                                      maker->input->observed->count);
    list->items[list->count++] = instance;
}

bool plan_is_held(const char *const *stopped, uint32_t count,
                  const struct observed_instance *instance)
{
    for (uint32_t i = 0; i < count; i++)
        if (stopped[i][0] == PLAN_HELD_MARK[0] && strcmp(stopped[i] + 1, instance->id) == 0)
            return true;
    return false;
}

bool plan_is_current(const struct desired *desired, const struct desired_service *service,
                     const struct observed_instance *instance, bool force)
{
    return !instance->is_oneoff && strcmp(instance->service, service->name) == 0 &&
           strcmp(instance->config_hash, service->config_hash) == 0 &&
           (!force || instance->revision == desired->revision);
}

bool plan_has_finished(const struct desired_service *service,
                       const struct observed_instance *instance)
{
    return (service->is_job || service->may_finish) && instance->state == INSTANCE_EXITED &&
           instance->exit_code == 0;
}

/* Something that it needs, and that takes it along, was made for a later revision than it was. */
static bool is_taken_along(const struct plan_maker *maker, const struct desired_service *service,
                           const struct observed_instance *instance)
{
    const struct observed *observed = maker->input->observed;

    for (uint32_t i = 0; i < service->dependency_count && !maker->input->is_heal; i++) {
        const struct desired_dependency *dependency = &service->dependencies[i];
        const struct desired_service *needed =
            desired_find(maker->input->desired, dependency->service);

        if (!dependency->restarts || needed == NULL || needed->is_job)
            continue;
        for (uint32_t j = 0; j < observed->count; j++)
            if (plan_is_current(maker->input->desired, needed, &observed->instances[j], false) &&
                observed->instances[j].revision > instance->revision)
                return true;
        for (uint32_t j = 0; j < maker->service_count; j++)
            if (maker->services[j].service == needed && maker->services[j].replaced.count > 0 &&
                maker->services[j].current.count == 0 &&
                instance->revision < maker->input->desired->revision)
                return true;
    }
    return false;
}

static bool counts(const struct plan_maker *maker, const struct desired_service *service,
                   const struct observed_instance *instance)
{
    const struct plan_input *input = maker->input;

    if (is_named(input->failed, input->failed_count, instance->id))
        return false;
    /* A job that has failed runs again, as another instance. */
    if (service->is_job && instance->state == INSTANCE_EXITED && instance->exit_code != 0)
        return false;
    /* Also where it is the same: what the failed revision made is what goes. */
    if (input->is_undo && input->earlier != NULL &&
        input->earlier->revision != input->desired->revision &&
        instance->revision == input->earlier->revision)
        return false;
    return plan_is_current(input->desired, service, instance,
                           input->force_recreate && !input->is_undo) &&
           !is_taken_along(maker, service, instance);
}

/* Those that serve, then those that run, then those made for this revision, then by number. */
static uint32_t rank(const struct plan_maker *maker, const struct observed_instance *instance)
{
    uint32_t rank = 0;

    if (plan_role(maker, instance) != ROTATION_SERVING)
        rank += 4;
    if (instance->state != INSTANCE_RUNNING)
        rank += 2;
    if (instance->revision != maker->input->desired->revision)
        rank += 1;
    return rank;
}

static void sort(const struct plan_maker *maker, struct plan_instances *list)
{
    for (uint32_t i = 1; i < list->count; i++) {
        struct observed_instance *item = list->items[i];
        uint32_t mine = rank(maker, item), j = i;

        while (j > 0 && (rank(maker, list->items[j - 1]) > mine ||
                         (rank(maker, list->items[j - 1]) == mine &&
                          list->items[j - 1]->number > item->number))) {
            list->items[j] = list->items[j - 1];
            j--;
        }
        list->items[j] = item;
    }
}

static bool has_running(const struct plan_maker *maker, const struct plan_instances *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (plan_runs(list->items[i]) || plan_role(maker, list->items[i]) != ROTATION_NONE)
            return true;
    return false;
}

/* What cannot overlap does not, whichever side says so. */
static const char *why_exclusive(const struct plan_maker *maker, const struct plan_service *service)
{
    const struct desired *earlier = maker->input->earlier;
    const struct desired_service *before =
        earlier != NULL ? desired_find(earlier, service->service->name) : NULL;

    if (service->service->is_exclusive)
        return service->service->why_overlap;
    for (uint32_t i = 0; before != NULL && before->is_exclusive && i < service->replaced.count; i++)
        if (strcmp(service->replaced.items[i]->config_hash, before->config_hash) == 0)
            return before->why_overlap;
    return "";
}

static enum plan_way choose_way(const struct plan_maker *maker, const struct plan_service *service)
{
    const struct desired_service *wanted = service->service;
    bool stops_first = wanted->update.is_explicit && wanted->update.order == UPDATE_STOP_FIRST;

    if (*service->why != '\0')
        return WAY_FIRST;
    if (!has_running(maker, &service->replaced))
        return WAY_BESIDE;
    if (wanted->is_job)
        return WAY_BESIDE;
    /* What comes back comes back at once, unless somebody said how. */
    if (maker->input->is_undo)
        return wanted->rollback.is_explicit || stops_first ? WAY_ROLL : WAY_BESIDE;
    return wanted->update.is_explicit && !maker->input->is_heal ? WAY_ROLL : WAY_BESIDE;
}

void plan_gather(struct plan_maker *maker, struct plan_service *service)
{
    const struct plan_input *input = maker->input;
    const struct observed *observed = input->observed;
    const char *name = service->service->name;

    service->wanted = is_named(input->stopped_services, input->stopped_count, name)
                          ? 0
                          : service->service->replicas;
    service->numbers = arena_new_array(maker->arena, uint32_t, observed->count + service->wanted);
    for (uint32_t i = 0; i < observed->count; i++) {
        struct observed_instance *instance = &observed->instances[i];

        if (instance->is_oneoff || strcmp(instance->service, name) != 0)
            continue;
        service->numbers[service->number_count++] = instance->number;
        /* What was stopped by name stays where it is, and nothing takes its place. */
        if (!plan_runs(instance) &&
            plan_is_held(input->stopped_services, input->stopped_count, instance)) {
            service->wanted -= service->wanted > 0 ? 1 : 0;
            continue;
        }
        if (counts(maker, service->service, instance))
            append(maker, &service->current, instance);
        else if (!input->is_heal || *instance->config_hash != '\0')
            append(maker, &service->replaced, instance);
    }
    sort(maker, &service->current);
    while (service->current.count > service->wanted)
        append(maker, &service->surplus, service->current.items[--service->current.count]);
    service->why = why_exclusive(maker, service);
    service->way = choose_way(maker, service);
}

/* Steps */

static uint32_t take_number(struct plan_service *service)
{
    for (uint32_t number = 1;; number++) {
        uint32_t i = 0;

        while (i < service->number_count && service->numbers[i] != number)
            i++;
        if (i == service->number_count) {
            service->numbers[service->number_count++] = number;
            return number;
        }
    }
}

bool plan_bring_up(struct plan_maker *maker, struct plan_service *service, uint32_t position,
                   uint32_t key, const char *reason)
{
    const char *name = service->service->name;
    const struct observed_instance *instance;

    if (position >= service->current.count) {
        maker->starts_any = true;
        plan_add(maker, key,
                 &(struct step){.kind = STEP_START,
                                .service = name,
                                .number = take_number(service),
                                .reason = reason});
        return true;
    }
    instance = service->current.items[position];
    if (plan_runs(instance) || plan_has_finished(service->service, instance))
        return false;
    plan_add(maker, key,
             &(struct step){.kind = STEP_RESTART,
                            .service = name,
                            .instance = instance->id,
                            .number = instance->number,
                            .reason = instance->state == INSTANCE_CREATED ? "it was never started"
                                                                          : "it has stopped"});
    return true;
}

void plan_let_go(struct plan_maker *maker, const struct observed_instance *instance,
                 uint32_t retire_key, uint32_t stop_key, const char *reason)
{
    struct step step = {.kind = STEP_RETIRE,
                        .service = instance->service,
                        .instance = instance->id,
                        .number = instance->number,
                        .reason = reason};

    if (plan_role(maker, instance) != ROTATION_NONE)
        plan_add(maker, retire_key, &step);
    step.kind = STEP_STOP;
    if (plan_runs(instance))
        plan_add(maker, stop_key, &step);
}

static void remove_instances(struct plan_maker *maker, const struct plan_service *service,
                             const struct plan_instances *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        plan_add(maker, KEY_REMOVE,
                 &(struct step){.kind = STEP_REMOVE,
                                .service = list->items[i]->service,
                                .instance = list->items[i]->id,
                                .number = list->items[i]->number,
                                .reason = plan_reason_to_go(maker, service, list->items[i])});
}

/* Something of the service has to pass, or has passed and is not in rotation yet. */
static bool has_waiting(const struct plan_maker *maker, const struct plan_service *service)
{
    for (uint32_t i = 0; i < service->current.count; i++) {
        const struct observed_instance *instance = service->current.items[i];

        if (plan_has_finished(service->service, instance))
            continue;
        if (service->service->is_job || plan_role(maker, instance) != ROTATION_SERVING)
            return true;
    }
    return false;
}

static void add_await(struct plan_maker *maker, const struct plan_service *service)
{
    bool is_soon = service->is_waited_for || service->way != WAY_BESIDE ||
                   service->service->is_job || maker->input->is_heal;

    plan_add(maker, is_soon ? plan_level_key(service, SUB_AWAIT) : KEY_AWAIT,
             &(struct step){.kind = STEP_AWAIT,
                            .service = service->service->name,
                            .reason = service->service->is_job ? "until the job has ended well"
                                                               : "until all have passed"});
}

static void add_hold(struct plan_maker *maker, const struct plan_service *service)
{
    const struct rotation *rotation = maker->input->rotation;

    if (service->service->port_count == 0 ||
        is_named(rotation->held, rotation->held_count, service->service->name))
        return;
    plan_add(maker, plan_level_key(service, SUB_HOLD),
             &(struct step){
                 .kind = STEP_HOLD, .service = service->service->name, .reason = service->why});
}

/* Beside the old ones, or after all of them have stopped. */
static void add_at_once(struct plan_maker *maker, struct plan_service *service)
{
    const char *reason = plan_reason_to_start(maker, service);
    bool is_first = service->way == WAY_FIRST;
    bool waits;

    if (is_first && has_running(maker, &service->replaced)) {
        add_hold(maker, service);
        for (uint32_t i = 0; i < service->replaced.count; i++)
            plan_let_go(maker, service->replaced.items[i], plan_level_key(service, SUB_RETIRE),
                        plan_level_key(service, SUB_STOP), service->why);
    }
    waits = has_waiting(maker, service);
    for (uint32_t i = 0; i < service->wanted; i++)
        if (plan_bring_up(maker, service, i, plan_level_key(service, SUB_START), reason))
            waits = true;
    if (!waits)
        return;
    add_await(maker, service);
    if (service->service->is_job)
        return;
    if (is_first || maker->input->is_heal)
        plan_add(maker, plan_level_key(service, SUB_ADMIT),
                 &(struct step){.kind = STEP_ADMIT,
                                .service = service->service->name,
                                .reason = is_first ? service->why : "it is back"});
    else
        maker->wants_switch = true;
}

void plan_steps_of_service(struct plan_maker *maker, struct plan_service *service)
{
    bool is_job_to_skip =
        service->service->is_job && (maker->input->is_heal || maker->input->is_undo);
    bool is_stopped = service->wanted == 0 && service->service->replicas > 0;

    if (service->way == WAY_ROLL && service->wanted > 0)
        plan_roll(maker, service);
    else if (!is_job_to_skip)
        add_at_once(maker, service);

    /* What is left of the old ones, when the new ones serve. */
    for (uint32_t i = 0; i < service->replaced.count; i++) {
        const struct observed_instance *instance = service->replaced.items[i];

        if (service->wanted > 0 && service->way != WAY_BESIDE)
            continue;
        if (*instance->config_hash == '\0' && *instance->published != '\0')
            plan_let_go(maker, instance, KEY_MAKE_WAY, KEY_MAKE_WAY + 1,
                        "the edge needs the port that it publishes");
        else
            plan_let_go(maker, instance, KEY_RETIRE, KEY_STOP,
                        plan_reason_to_go(maker, service, instance));
    }
    for (uint32_t i = 0; i < service->surplus.count; i++)
        plan_let_go(maker, service->surplus.items[i], KEY_RETIRE, KEY_STOP,
                    is_stopped ? "the service is stopped" : "fewer are wanted");
    remove_instances(maker, service, &service->replaced);
    if (!is_stopped)
        remove_instances(maker, service, &service->surplus);
}

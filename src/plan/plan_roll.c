/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rolling, as update_config says: batch by batch, so that at no moment more than the parallelism
 * are missing (stop first) or too many (start first). How many have been replaced already is seen
 * in what serves, so a plan made in the middle goes on there.
 */
#include "plan/plan_priv.h"

struct roll {
    struct plan_maker *maker;
    struct plan_service *service;
    const struct desired_update *update;
    uint32_t batch;
    uint32_t gone; /* of the replaced ones, those that have their steps */
};

static uint32_t key_of(const struct roll *roll, uint32_t sub)
{
    return plan_level_key(roll->service, KEY_ROLL + roll->batch * KEY_BATCH + sub);
}

/* So many of the old ones stay; the others go, with these keys. */
static void let_go_until(struct roll *roll, uint32_t left, uint32_t retire, uint32_t stop,
                         const char *reason)
{
    while (roll->service->replaced.count - roll->gone > left)
        plan_let_go(roll->maker, roll->service->replaced.items[roll->gone++], key_of(roll, retire),
                    key_of(roll, stop), reason);
}

/* Those that do not serve go first: they are no capacity. */
static void put_idle_first(struct plan_maker *maker, struct plan_instances *list)
{
    uint32_t idle = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        struct observed_instance *item = list->items[i];

        if (plan_role(maker, item) == ROTATION_SERVING && plan_runs(item))
            continue;
        list->items[i] = list->items[idle];
        list->items[idle++] = item;
    }
}

static uint32_t count_serving(const struct plan_maker *maker, const struct plan_instances *list)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->count; i++)
        if (plan_role(maker, list->items[i]) == ROTATION_SERVING && plan_runs(list->items[i]))
            count++;
    return count;
}

static void roll_batch(struct roll *roll, uint32_t first, uint32_t end)
{
    struct plan_service *service = roll->service;
    const char *name = service->service->name;
    const char *reason = plan_reason_to_start(roll->maker, service);
    uint32_t wanted = service->wanted;

    if (roll->update->order == UPDATE_STOP_FIRST)
        let_go_until(roll, wanted - end, SUB_RETIRE, SUB_STOP, "order: stop-first");
    for (uint32_t i = first; i < end; i++)
        (void)plan_bring_up(roll->maker, service, i, key_of(roll, SUB_START), reason);
    plan_add(
        roll->maker, key_of(roll, SUB_AWAIT),
        &(struct step){.kind = STEP_AWAIT, .service = name, .reason = "until all have passed"});
    plan_add(roll->maker, key_of(roll, SUB_ADMIT),
             &(struct step){.kind = STEP_ADMIT, .service = name, .reason = "update_config"});
    if (roll->update->monitor_ns > 0 || roll->update->delay_ns > 0)
        plan_add(roll->maker, key_of(roll, SUB_MONITOR),
                 &(struct step){.kind = STEP_BAKE,
                                .service = name,
                                .reason = "update_config: monitor and delay"});
    let_go_until(roll, wanted - end, SUB_RETIRE_AFTER, SUB_STOP_AFTER, "it is replaced");
    roll->batch++;
}

void plan_roll(struct plan_maker *maker, struct plan_service *service)
{
    const struct desired_service *wanted = service->service;
    struct roll roll = {
        .maker = maker,
        .service = service,
        .update = maker->input->is_undo && wanted->rollback.is_explicit ? &wanted->rollback
                                                                        : &wanted->update,
    };
    uint32_t done = count_serving(maker, &service->current);
    uint32_t step = roll.update->parallelism > 0 ? roll.update->parallelism : service->wanted;

    put_idle_first(maker, &service->replaced);
    /* After a crash, what has been replaced may still be there. */
    let_go_until(&roll, service->wanted - done, SUB_HOLD, SUB_RETIRE, "it is replaced");
    roll.batch = 1;
    while (done < service->wanted) {
        uint32_t end = done + step < service->wanted ? done + step : service->wanted;

        roll_batch(&roll, done, end);
        done = end;
    }
}

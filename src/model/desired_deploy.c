/* SPDX-License-Identifier: Apache-2.0 */
/* x-slipway.deploy: how the project is deployed. */
#include <errno.h>

#include "base/time.h"
#include "model/desired_priv.h"

/* When not given; src/spec/schema_slipway.c tells users the same. */
#define DEADLINE_NS    (5 * TIME_MINUTE)
#define HOLD_NS        (30 * TIME_SECOND)
#define ERROR_POINTS   1.0
#define LATENCY_FACTOR 2.0
#define SAMPLES        50

enum {
    CANARY_STEPS_MAX = 100,
    SAMPLES_MAX = 1000000000
};

static int read_canary(struct desired_reader *reader, const struct value *list,
                       struct desired_deploy *ret)
{
    uint32_t count = value_list_count(list);
    struct desired_canary_step *steps;

    if (list != NULL && list->kind != VALUE_NULL && list->kind != VALUE_LIST)
        return desired_refuse(reader, "canary", "a list");
    if (count > CANARY_STEPS_MAX)
        return desired_refuse(reader, "canary", "100 steps at most");
    steps = arena_new_array(reader->arena, struct desired_canary_step, count);
    reader->place = "x-slipway.deploy.canary";
    for (uint32_t i = 0; i < count; i++) {
        const struct value *item = list->list.items[i];

        if (desired_read_number(reader, item, "percent", 99, &steps[i].percent) < 0 ||
            desired_read_duration(reader, item, "for", &steps[i].duration_ns) < 0)
            return -EINVAL;
        if (steps[i].percent == 0 || (i > 0 && steps[i].percent <= steps[i - 1].percent))
            return desired_refuse(reader, "percent", "steps that grow, from 1 to 99");
    }
    ret->canary = steps;
    ret->canary_count = count;
    return 0;
}

int desired_read_deploy(struct desired_reader *reader, struct desired_deploy *ret)
{
    const struct value *map = value_get(value_get(reader->root, "x-slipway"), "deploy");
    const struct value *thresholds = value_get(map, "thresholds");

    *ret = (struct desired_deploy){
        .deadline_ns = DEADLINE_NS,
        .hold_ns = HOLD_NS,
        .thresholds = {ERROR_POINTS, LATENCY_FACTOR, SAMPLES},
    };
    reader->place = "x-slipway.deploy";
    if (desired_read_duration(reader, map, "deadline", &ret->deadline_ns) < 0 ||
        desired_read_duration(reader, map, "hold", &ret->hold_ns) < 0 ||
        desired_read_duration(reader, map, "bake", &ret->bake_ns) < 0)
        return -EINVAL;
    reader->place = "x-slipway.deploy.thresholds";
    if (desired_read_real(reader, thresholds, "errors", &ret->thresholds.error_points) < 0 ||
        desired_read_real(reader, thresholds, "latency", &ret->thresholds.latency_factor) < 0 ||
        desired_read_number(reader, thresholds, "samples", SAMPLES_MAX, &ret->thresholds.samples) <
            0)
        return -EINVAL;
    reader->place = "x-slipway.deploy";
    return read_canary(reader, value_get(map, "canary"), ret);
}

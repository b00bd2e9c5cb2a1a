/* SPDX-License-Identifier: Apache-2.0 */
/* Events: what a deploy says to whoever follows it, one JSON object each. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "deploy/deploy_priv.h"
#include "deploy/json.h"

void deploy_tell(struct deploy *deploy, struct value *event, const char *type)
{
    struct world *world = deploy->world;

    json_set_text(deploy->arena, event, "type", type);
    world->ops->tell(world, deploy->project, deploy->record.id, json_write(deploy->arena, event));
}

void deploy_note(struct deploy *deploy, const char *format, ...)
{
    struct value *event = json_map(deploy->arena);
    va_list arguments;

    va_start(arguments, format);
    json_set_text(deploy->arena, event, "text", arena_vprintf(deploy->arena, format, arguments));
    va_end(arguments);
    deploy_tell(deploy, event, "note");
}

const char *deploy_step_name(const struct deploy *deploy, const struct step *step)
{
    const struct observed_instance *instance =
        *step->instance != '\0' ? observed_find(&deploy->observed, step->instance) : NULL;

    if (instance != NULL && *instance->name != '\0')
        return instance->name;
    if (*step->service == '\0' || step->number == 0)
        return "";
    return arena_printf(deploy->arena, "%s-%s-%u", deploy->project, step->service, step->number);
}

struct value *deploy_step_value(const struct deploy *deploy, const struct step *step)
{
    struct arena *arena = deploy->arena;
    struct value *map = json_map(arena);

    json_set_text(arena, map, "step", step_kind_name(step->kind));
    json_set_text(arena, map, "service", step->service);
    json_set_text(arena, map, "instance", step->instance);
    json_set_text(arena, map, "name", deploy_step_name(deploy, step));
    json_set_number(arena, map, "number", step->number);
    if (step->percent > 0)
        json_set_number(arena, map, "percent", step->percent);
    json_set_number(arena, map, "wave", step->wave);
    json_set_text(arena, map, "reason", step->reason);
    return map;
}

void deploy_tell_plan(struct deploy *deploy, const struct plan *plan)
{
    struct value *event = json_map(deploy->arena), *steps = json_list(deploy->arena);

    for (uint32_t i = 0; i < plan->count; i++) {
        struct value *step = deploy_step_value(deploy, &plan->steps[i]);

        json_set_number(deploy->arena, step, "id", deploy->step_number + i + 1);
        value_list_append(deploy->arena, steps, step);
    }
    (void)value_set(deploy->arena, event, "steps", steps);
    deploy_tell(deploy, event, "plan");
}

void deploy_tell_step(struct deploy *deploy, const struct step *step, uint32_t number,
                      const char *state, const char *message, uint64_t duration_ns)
{
    struct value *event = json_map(deploy->arena);

    json_set_number(deploy->arena, event, "id", number);
    json_set_text(deploy->arena, event, "step", step_kind_name(step->kind));
    json_set_text(deploy->arena, event, "service", step->service);
    json_set_text(deploy->arena, event, "instance", step->instance);
    json_set_text(deploy->arena, event, "name", deploy_step_name(deploy, step));
    if (step->number > 0)
        json_set_number(deploy->arena, event, "number", step->number);
    json_set_text(deploy->arena, event, "state", state);
    json_set_text(deploy->arena, event, "message", message);
    json_set_number(deploy->arena, event, "duration_ms", duration_ns / TIME_MILLISECOND);
    deploy_tell(deploy, event, "step");
}

void deploy_tell_instance(struct deploy *deploy, const struct observed_instance *instance,
                          const char *what, const char *text)
{
    struct value *event = json_map(deploy->arena);

    json_set_text(deploy->arena, event, "service", instance->service);
    json_set_text(deploy->arena, event, "instance", instance->id);
    json_set_text(deploy->arena, event, "name", instance->name);
    json_set_text(deploy->arena, event, "what", what);
    json_set_text(deploy->arena, event, "text", text);
    deploy_tell(deploy, event, "instance");
}

void deploy_tell_result(struct deploy *deploy, bool is_done, uint32_t serving)
{
    const struct deploy_failure *failure = &deploy->failure;
    struct value *event = json_map(deploy->arena), *log = json_list(deploy->arena);

    json_set_text(deploy->arena, event, "state", is_done ? "done" : "failed");
    json_set_number(deploy->arena, event, "revision", serving);
    json_set_number(deploy->arena, event, "ok", deploy->ok);
    json_set_number(deploy->arena, event, "changed", deploy->changed);
    json_set_number(deploy->arena, event, "failed", deploy->failed);
    json_set_text(deploy->arena, event, "message",
                  failure->message != NULL ? failure->message : "");
    json_set_text(deploy->arena, event, "service",
                  failure->service != NULL ? failure->service : "");
    json_set_text(deploy->arena, event, "instance",
                  failure->instance != NULL ? failure->instance : "");
    json_set_text(deploy->arena, event, "name", failure->name != NULL ? failure->name : "");
    for (uint32_t i = 0; i < failure->log_count; i++)
        json_add_text(deploy->arena, log, failure->log[i]);
    (void)value_set(deploy->arena, event, "log", log);
    deploy_tell(deploy, event, "result");
}

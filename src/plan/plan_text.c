/* SPDX-License-Identifier: Apache-2.0 */
/* What steps are called, and why they are taken: for people. */
#include <string.h>

#include "base/strbuf.h"
#include "plan/plan_priv.h"

const char *step_kind_name(enum step_kind kind)
{
    static const char *const names[] = {"resolve", "build",  "prepare", "start",  "restart",
                                        "await",   "hold",   "retire",  "stop",   "admit",
                                        "switch",  "canary", "bake",    "remove", "clean"};

    return names[kind];
}

static bool is_failed(const struct plan_input *input, const char *id)
{
    for (uint32_t i = 0; i < input->failed_count; i++)
        if (strcmp(input->failed[i], id) == 0)
            return true;
    return false;
}

static const struct desired_service *earlier_of(const struct plan_input *input, const char *name)
{
    return input->earlier != NULL ? desired_find(input->earlier, name) : NULL;
}

const char *plan_reason_to_start(const struct plan_maker *maker, const struct plan_service *service)
{
    const struct plan_input *input = maker->input;
    const struct desired_service *earlier = earlier_of(input, service->service->name);

    for (uint32_t i = 0; i < service->replaced.count; i++)
        if (is_failed(input, service->replaced.items[i]->id))
            return "an instance fails for good";
    if (input->is_heal)
        return "one is missing";
    for (uint32_t i = 0; i < service->replaced.count; i++)
        if (*service->replaced.items[i]->config_hash == '\0')
            return "another tool made the one that is there";
    if (service->service->is_job)
        return "a job of this configuration has not run";
    if (input->is_undo)
        return "the earlier revision comes back";
    if (input->force_recreate)
        return "all are made anew";
    if (earlier == NULL || service->replaced.count == 0)
        return service->current.count > 0 ? "more are wanted" : "there is none";
    if (strcmp(earlier->image, service->service->image) != 0)
        return "another image is wanted";
    if (strcmp(earlier->content, service->service->content) != 0)
        return service->service->runtime == DESIRED_PROCESS ? "the program has changed"
                                                            : "the image has changed";
    if (strcmp(earlier->config_hash, service->service->config_hash) != 0)
        return "its configuration has changed";
    return "what it needs is replaced";
}

const char *plan_reason_to_go(const struct plan_maker *maker, const struct plan_service *service,
                              const struct observed_instance *instance)
{
    const struct plan_input *input = maker->input;

    if (is_failed(input, instance->id))
        return "it fails for good";
    if (service == NULL || service->service == NULL)
        return "the service is wanted no more";
    for (uint32_t i = 0; i < service->surplus.count; i++)
        if (service->surplus.items[i] == instance)
            return "fewer are wanted";
    return input->is_undo ? "its revision has failed" : "it is replaced";
}

void step_describe(const struct step *step, const char *project, struct strbuf *out)
{
    strbuf_append_string(out, step_kind_name(step->kind));
    if (*step->service != '\0')
        strbuf_printf(out, " %s-%s", project, step->service);
    if (step->number > 0)
        strbuf_printf(out, "-%u", step->number);
    if (step->percent > 0)
        strbuf_printf(out, " %u %%", step->percent);
    if (*step->reason != '\0')
        strbuf_printf(out, " (%s)", step->reason);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "deploy/json.h"

#define INSTANCES_MAX 1000

static struct arena arena;
static struct observed_instance instances[INSTANCES_MAX];
static struct rotation_entry entries[INSTANCES_MAX];
static struct observed observed = {instances, 0};
struct rotation plan_rotation;
struct plan_input plan_input;

int plan_start(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)64 << 20);
    observed.count = 0;
    plan_rotation = (struct rotation){.entries = entries};
    plan_input = (struct plan_input){0};
    return 0;
}

int plan_stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

struct call {
    uint32_t revision;
    const char *text;
    struct desired *desired;
    const struct desired *earlier;
    const char *lines;
};

static void desire(void *context)
{
    struct call *call = context;
    struct desired_resolution *resolutions;
    struct error *error = NULL;
    const struct value *services;
    struct value *root;
    char *text = arena_strdup(&arena, call->text);

    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    if (json_read(&arena, text, true, &root, &error) < 0)
        fail_msg("%s", error->message);
    services = value_get(root, "services");
    resolutions = arena_new_array(&arena, struct desired_resolution, value_map_count(services));
    for (uint32_t i = 0; i < value_map_count(services); i++) {
        const char *content = value_get_text(services->map.entries[i].value, "x-content");

        resolutions[i].service = services->map.entries[i].key;
        resolutions[i].content = content != NULL ? content : "c1";
    }
    call->desired = arena_new(&arena, struct desired);
    if (desired_make(&arena, root, "shop", call->revision, resolutions, value_map_count(services),
                     call->desired, &error) < 0)
        fail_msg("%s", error->message);
}

const struct desired *plan_desire(uint32_t revision, const char *text)
{
    struct call call = {.revision = revision, .text = text};

    assert_int_equal(arena_protect(&arena, desire, &call), 0);
    return call.desired;
}

struct observed_instance *plan_run(const struct desired *desired, const char *service,
                                   uint32_t number, enum rotation_role role)
{
    struct observed_instance *instance = &instances[observed.count++];
    static char ids[INSTANCES_MAX][64];
    char *id = ids[observed.count - 1];

    (void)snprintf(id, sizeof(ids[0]), "%s-%u", service, number);
    *instance = (struct observed_instance){
        .id = id,
        .name = id,
        .service = service,
        .config_hash = desired != NULL ? desired_find(desired, service)->config_hash : "",
        .content = "",
        .revision = desired != NULL ? desired->revision : 0,
        .number = number,
        .state = INSTANCE_RUNNING,
        .published = "",
    };
    if (role != ROTATION_NONE)
        entries[plan_rotation.count++] = (struct rotation_entry){
            .instance = id, .target = id, .service = service, .role = role, .weight = 100};
    return instance;
}

static void make(void *context)
{
    struct call *call = context;
    struct strbuf out;
    struct plan plan;

    plan_input.desired = call->desired;
    plan_input.earlier = call->earlier;
    plan_input.observed = &observed;
    plan_input.rotation = &plan_rotation;
    if (plan_rotation.base == 0 && call->earlier != NULL)
        plan_rotation.base = call->earlier->revision;
    plan_make(&arena, &plan_input, &plan);
    strbuf_init(&out, 1 << 20);
    for (uint32_t i = 0; i < plan.count; i++) {
        const struct step *step = &plan.steps[i];

        if (i > 0)
            strbuf_append_string(&out, step->wave != plan.steps[i - 1].wave ? "; " : ", ");
        strbuf_append_string(&out, step_kind_name(step->kind));
        if (*step->service != '\0')
            strbuf_printf(&out, " %s", step->service);
        if (step->number > 0)
            strbuf_printf(&out, "-%u", step->number);
        if (step->percent > 0)
            strbuf_printf(&out, " %u", step->percent);
    }
    call->lines = arena_strdup(&arena, strbuf_text(&out));
    strbuf_deinit(&out);
}

const char *plan_of(const struct desired *desired, const struct desired *earlier)
{
    struct call call = {.desired = (struct desired *)desired, .earlier = earlier};

    assert_int_equal(arena_protect(&arena, make, &call), 0);
    return call.lines;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>

#include "base/error.h"
#include "deploy/deploy.h"
#include "deploy/json.h"
#include "runtime/runtime.h"

const char *deploy_options_to_json(struct arena *arena, const struct deploy_options *options)
{
    struct value *map = json_map(arena), *services = json_list(arena);
    struct value *instances = json_list(arena);

    json_set_flag(arena, map, "force_recreate", options->force_recreate);
    json_set_flag(arena, map, "force_pull", options->force_pull);
    json_set_flag(arena, map, "renew", options->renew);
    json_set_flag(arena, map, "no_wait", options->no_wait);
    json_set_number(arena, map, "remove", options->remove);
    if (options->plan != NULL)
        json_set_text(arena, map, "plan", options->plan);
    for (uint32_t i = 0; i < options->service_count; i++)
        json_add_text(arena, services, options->services[i]);
    if (options->services != NULL)
        (void)value_set(arena, map, "services", services);
    for (uint32_t i = 0; i < options->instance_count; i++)
        json_add_text(arena, instances, options->instances[i]);
    if (options->instances != NULL)
        (void)value_set(arena, map, "instances", instances);
    return json_write(arena, map);
}

/* A list of "volumes" and "images", or the number that it is kept as. */
static int read_remove(struct deploy_options *options, const struct value *map,
                       struct error **reterr)
{
    const struct value *list = value_get(map, "remove");

    options->remove = (unsigned int)json_number(map, "remove");
    for (uint32_t i = 0; i < value_list_count(list); i++) {
        if (value_is_text(list->list.items[i], "volumes"))
            options->remove |= RUNTIME_REMOVE_VOLUMES;
        else if (value_is_text(list->list.items[i], "images"))
            options->remove |= RUNTIME_REMOVE_IMAGES;
        else
            return error_set(reterr, EINVAL,
                             "options.remove is a list of \"volumes\" and \"images\"");
    }
    return 0;
}

/* The plan is an object, or its text. */
static const char *read_plan(struct arena *arena, const struct value *map)
{
    struct value *plan = value_get(map, "plan");

    return value_is(plan, VALUE_MAP) ? json_write(arena, plan) : value_get_text(map, "plan");
}

int deploy_options_from_json(struct arena *arena, const char *text, struct deploy_options *ret,
                             struct error **reterr)
{
    struct deploy_options options = {0};
    struct value *map;
    int r;

    if (text == NULL || *text == '\0') {
        *ret = options;
        return 0;
    }
    r = json_read(arena, text, false, &map, reterr);
    if (r < 0)
        return r;
    options.force_recreate = json_flag(map, "force_recreate");
    options.force_pull = json_flag(map, "force_pull");
    options.renew = json_flag(map, "renew");
    options.no_wait = json_flag(map, "no_wait");
    options.plan = read_plan(arena, map);
    options.services = json_texts(arena, map, "services", &options.service_count);
    if (options.service_count == 0)
        options.services = NULL;
    options.instances = json_texts(arena, map, "instances", &options.instance_count);
    if (options.instance_count == 0)
        options.instances = NULL;
    r = read_remove(&options, map, reterr);
    if (r == 0)
        *ret = options;
    return r;
}

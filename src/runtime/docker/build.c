/* SPDX-License-Identifier: Apache-2.0 */
/* Building a service's image from a context that comes as a tar file. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/credentials.h"
#include "engine/image.h"
#include "os/os.h"
#include "runtime/docker/container/texts.h"
#include "runtime/docker/container/units.h"
#include "runtime/docker/docker_priv.h"
#include "runtime/docker/names.h"

static int write_output(void *context, const char *data, size_t size)
{
    struct runtime_flow *flow = context;

    if (flow != NULL && flow->output != NULL)
        flow->output(flow, data, size);
    return 0;
}

static bool is_true(const struct value *map, const char *key)
{
    bool boolean = false;

    return unit_boolean(value_get(map, key), &boolean) && boolean;
}

/* An argument without a value is only declared. */
static struct engine_pairs arguments_of(struct arena *arena, const struct value *map)
{
    uint32_t count = value_map_count(map);
    struct engine_pair *pairs = arena_new_array(arena, struct engine_pair, count + 1);

    for (uint32_t i = 0; i < count; i++)
        pairs[i] = (struct engine_pair){map->map.entries[i].key,
                                        value_scalar_text(arena, map->map.entries[i].value)};
    return (struct engine_pairs){pairs, count};
}

static int fill_limits(struct call *call, const struct value *map, struct engine_build *build)
{
    uint32_t count = value_map_count(map);
    struct engine_limit *limits = arena_new_array(call->arena, struct engine_limit, count + 1);

    for (uint32_t i = 0; i < count; i++) {
        const struct value *value = map->map.entries[i].value;
        const struct value *soft = value->kind == VALUE_MAP ? value_get(value, "soft") : value;
        const struct value *hard = value->kind == VALUE_MAP ? value_get(value, "hard") : value;

        limits[i].name = map->map.entries[i].key;
        if (!unit_integer(soft, &limits[i].soft) || !unit_integer(hard, &limits[i].hard))
            return error_set(call->reterr, EINVAL, "build.ulimits.%s: expected a number",
                             limits[i].name);
    }
    build->limits = limits;
    build->limit_count = count;
    return 0;
}

static const char *const *hosts_of(struct arena *arena, const struct value *list)
{
    const char *const *texts = texts_of(arena, list);
    const char *const *hosts = NULL;

    for (uint32_t i = 0; texts != NULL && texts[i] != NULL; i++) {
        char *text = arena_strdup(arena, texts[i]);
        size_t length = strcspn(text, "=:");

        if (text[length] == '=')
            text[length] = ':';
        hosts = texts_with(arena, hosts, text);
    }
    return hosts;
}

static int fill_build(struct call *call, const struct desired *desired,
                      const struct desired_service *service, struct engine_build *build)
{
    const struct value *map = value_get(service->spec, "build");
    const char *image = value_get_text(service->spec, "image");
    const char *const *tags = texts_of(call->arena, value_get(map, "tags"));
    const char *const *names;

    if (image == NULL)
        image = name_of_built_image(call->arena, desired->project, service->name);
    names = texts_with(call->arena, NULL, image);
    for (uint32_t i = 0; tags != NULL && tags[i] != NULL; i++)
        names = texts_with(call->arena, names, tags[i]);
    build->names = names;
    build->dockerfile = value_get_text(map, "dockerfile");
    if (value_get_text(map, "dockerfile_inline") != NULL)
        build->dockerfile = NULL; /* whoever packs the context puts it in as Dockerfile */
    build->arguments = arguments_of(call->arena, value_get(map, "args"));
    build->labels = pairs_of(call->arena, value_get(map, "labels"));
    build->target = value_get_text(map, "target");
    build->cache_from = texts_of(call->arena, value_get(map, "cache_from"));
    build->network = value_get_text(map, "network");
    build->platform = value_get_text(service->spec, "platform");
    build->extra_hosts = hosts_of(call->arena, value_get(map, "extra_hosts"));
    build->pulls = is_true(map, "pull");
    build->has_no_cache = build->has_no_cache || is_true(map, "no_cache");
    pairs_add(call->arena, &build->labels, LABEL_BUILT, desired->project);
    if (value_get(map, "shm_size") != NULL &&
        !unit_integer(value_get(map, "shm_size"), &build->shared_memory_bytes))
        return error_set(call->reterr, EINVAL, "build.shm_size: expected a size");
    return fill_limits(call, value_get(map, "ulimits"), build);
}

int docker_build(struct runtime *runtime, struct arena *arena, const struct desired *desired,
                 const struct desired_service *service, int context_fd, bool no_cache,
                 struct runtime_flow *flow, const char **ret_content, struct error **reterr)
{
    struct call call = docker_call_in(runtime, arena, flow_cancel_fd(flow), reterr);
    char *credentials = NULL;
    struct engine_build build = {
        .context_fd = context_fd,
        .has_no_cache = no_cache,
        .output = write_output,
        .context = flow,
    };
    int r = fill_build(&call, desired, service, &build);

    if (r == 0)
        r = engine_find_all_credentials(NULL, call.engine.cancel_fd, &credentials, reterr);
    build.all_credentials = credentials;
    if (r == 0)
        r = engine_build_image(&call.engine, arena, &build, ret_content, reterr);
    free(credentials);
    if (r < 0)
        return error_prefix(reterr, "building \"%s\"", service->name);
    return 0;
}

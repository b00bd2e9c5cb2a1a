/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From config to image: groups first, as rules point at them; then each listener with its rules;
 * then the index over all rules; at last the sections are put together.
 */
#include <errno.h>

#include "route/build/build_priv.h"

static int build_all(struct build *build, struct error **reterr)
{
    const struct route_config *config = build->config;
    int r = 0;

    (void)build_text(build, NULL, 0);
    (void)build_add(build, SNAPSHOT_GROUPS, config->group_count);
    for (uint32_t i = 0; r >= 0 && i < config->group_count; i++)
        r = build_group(build, i, reterr);

    build_index_start(build);
    (void)build_add(build, SNAPSHOT_LISTENERS, config->listener_count);
    for (uint32_t i = 0; r >= 0 && i < config->listener_count; i++)
        r = build_listener(build, i, reterr);
    if (r >= 0)
        build_index_finish(build);
    return r;
}

int snapshot_build(struct arena *arena, const struct route_config *config, void **ret_image,
                   size_t *ret_size, struct error **reterr)
{
    struct build build = {.arena = arena, .config = config};

    if (build_all(&build, reterr) < 0)
        return -EINVAL;
    build_image(&build, ret_image, ret_size);
    return 0;
}

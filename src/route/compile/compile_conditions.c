/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule asks of a request. */
#include <errno.h>

#include "route/compile/compile_priv.h"

static int refuse_empty(const struct compile *compile, const struct compile_place *place,
                        const char *key)
{
    return compile_refuse(compile, &(struct compile_place){.parent = place, .key = key},
                          "the list is empty, so nothing would match");
}

static int compile_values(const struct compile *compile, const struct compile_place *place,
                          const struct value *when, const char *key, struct route_texts *ret)
{
    int r = compile_texts(compile, place, when, key, ret);

    if (r == 0 && value_is(value_get(when, key), VALUE_LIST) && ret->count == 0)
        return refuse_empty(compile, place, key);
    return r;
}

/* A map of names to patterns. */
static int compile_named(const struct compile *compile, const struct compile_place *place,
                         const struct value *when, const char *key,
                         const struct route_named_patterns **ret, uint32_t *ret_count)
{
    const struct value *map = value_get(when, key);
    const struct compile_place here = {.parent = place, .key = key};
    struct route_named_patterns *named;

    if (map == NULL || map->kind == VALUE_NULL)
        return 0;
    if (map->kind != VALUE_MAP)
        return compile_refuse(compile, &here, "expected a map, found %s",
                              value_kind_name(map->kind));
    if (map->map.count == 0)
        return 0;
    named = arena_new_array(compile->arena, struct route_named_patterns, map->map.count);
    for (uint32_t i = 0; i < map->map.count; i++) {
        named[i].name = arena_strdup(compile->arena, map->map.entries[i].key);
        if (compile_values(compile, &here, map, named[i].name, &named[i].patterns) < 0)
            return -EINVAL;
        if (named[i].patterns.count == 0)
            return refuse_empty(compile, &here, named[i].name);
    }
    *ret = named;
    *ret_count = map->map.count;
    return 0;
}

int compile_conditions(struct compile *compile, const struct compile_place *place,
                       const struct value *when, struct route_conditions *ret)
{
    static const char *const keys[] = {"host", "path", "method", "header", "query", "source", NULL};
    int r = compile_check_keys(compile, place, when, keys);

    if (r == 0)
        r = compile_values(compile, place, when, "host", &ret->hosts);
    if (r == 0)
        r = compile_values(compile, place, when, "path", &ret->paths);
    if (r == 0)
        r = compile_values(compile, place, when, "method", &ret->methods);
    if (r == 0)
        r = compile_named(compile, place, when, "header", &ret->headers, &ret->header_count);
    if (r == 0)
        r = compile_named(compile, place, when, "query", &ret->queries, &ret->query_count);
    if (r == 0)
        r = compile_networks(compile, place, when, "source", &ret->sources);
    if (r == 0 && value_is(value_get(when, "source"), VALUE_LIST) && ret->sources.count == 0)
        r = refuse_empty(compile, place, "source");
    return r;
}

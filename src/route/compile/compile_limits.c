/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests may pass. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "route/compile/compile_priv.h"
#include "route/identity.h"

enum {
    COUNT_MAX = 1000000
};

/* "10/s": as many as that in a second, minute, hour or day. */
static int compile_rate(const struct compile *compile, const struct compile_place *place,
                        const struct value *map, struct route_rate_limit *ret)
{
    static const char units[] = "smhd";
    static const uint32_t periods_ms[] = {1000, 60 * 1000, 3600 * 1000, 24 * 3600 * 1000};
    const struct compile_place here = {.parent = place, .key = "rate"};
    const char *text = NULL, *unit;
    int r = compile_text(compile, place, map, "rate", &text);
    unsigned long requests;
    char *end;

    if (r < 0 || text == NULL)
        return r;
    requests = strtoul(text, &end, 10);
    unit = end[0] == '/' && end[1] != '\0' && end[2] == '\0' ? strchr(units, end[1]) : NULL;
    if (text[0] < '0' || text[0] > '9' || requests == 0 || requests > COUNT_MAX || unit == NULL)
        return compile_refuse(compile, &here, "expected a rate such as 10/s or 600/m, found \"%s\"",
                              text);
    ret->requests = (uint32_t)requests;
    ret->period_ms = periods_ms[unit - units];
    return 0;
}

/* What is contradictory in it. */
static int check_limit(const struct compile *compile, const struct compile_place *place,
                       const struct value *map, const struct route_rate_limit *limit)
{
    bool by_name = limit->by == ROUTE_LIMIT_BY_HEADER || limit->by == ROUTE_LIMIT_BY_COOKIE;

    if (by_name && limit->name == NULL)
        return compile_refuse(compile, place, "the name of the header or cookie is missing");
    if (!by_name && limit->name != NULL)
        return compile_refuse(compile, place, "only headers and cookies have a name");
    if (limit->requests == 0 && limit->concurrent == 0)
        return compile_refuse(compile, place, "rate or concurrent must be given");
    if (limit->requests == 0 && value_get(map, "burst") != NULL)
        return compile_refuse(compile, place, "burst goes with rate");
    return 0;
}

static int compile_limit(const struct compile *compile, const struct compile_place *place,
                         const struct value *map, struct route_rate_limit *ret)
{
    static const char *const keys[] = {"by", "name", "rate", "burst", "concurrent", NULL};
    static const char *const choices[] = {"source", "rule", "header", "cookie", NULL};
    uint32_t by = ROUTE_LIMIT_BY_SOURCE;
    int r = compile_check_keys(compile, place, map, keys);

    if (r == 0)
        r = compile_choice(compile, place, map, "by", choices, &by);
    ret->by = by;
    if (r == 0)
        r = compile_text(compile, place, map, "name", &ret->name);
    if (r == 0)
        r = compile_rate(compile, place, map, ret);
    if (r == 0)
        r = compile_number(compile, place, map, "burst", 1, COUNT_MAX, &ret->burst);
    if (r == 0)
        r = compile_number(compile, place, map, "concurrent", 1, COUNT_MAX, &ret->concurrent);
    return r == 0 ? check_limit(compile, place, map, ret) : r;
}

int compile_rate_limits(struct compile *compile, const struct compile_place *place,
                        const struct value *limits, const char *listener, const char *project,
                        const char *rule, struct route_rate_limits *ret)
{
    uint32_t count = value_list_count(limits);
    struct route_rate_limit *items;

    if (compile_check_list(compile, place, limits) < 0)
        return -EINVAL;
    if (count == 0)
        return 0;
    items = arena_new_array(compile->arena, struct route_rate_limit, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct compile_place here = {.parent = place, .index = i};

        items[i].id = identity_of_limit(listener, project, rule, i);
        if (compile_limit(compile, &here, limits->list.items[i], &items[i]) < 0)
            return -EINVAL;
    }
    *ret = (struct route_rate_limits){items, count};
    return 0;
}

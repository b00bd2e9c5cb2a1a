/* SPDX-License-Identifier: Apache-2.0 */
/* Target groups and their fixed targets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hashmap.h"
#include "route/address.h"
#include "route/compile/compile_priv.h"
#include "route/identity.h"

#define STICKY_COOKIE "SLIPWAY"

/* When not given; what is 0 in config.h and is not there is in config.h. */
enum {
    DRAIN_MS = 30000,
    RETRY_PERCENT = 20,
    RETRY_ATTEMPTS = 2,
    EJECTION_FAILURES = 5,
    COUNT_MAX = 1000000
};

/* Targets */

/* An address, or a name that is looked up later: NAME:PORT. */
static int compile_address(const struct compile *compile, const struct compile_place *place,
                           const char *text, struct route_target *ret)
{
    size_t length = strcspn(text, ":");
    char *end;

    ret->text = text;
    if (address_parse_target(text, &ret->address) == 0)
        return 0;
    if (text[0] != '[' && strncmp(text, "unix:", 5) != 0 && length > 0 && text[length] == ':') {
        unsigned long port = strtoul(text + length + 1, &end, 10);

        if (text[length + 1] >= '1' && text[length + 1] <= '9' && *end == '\0' &&
            port <= UINT16_MAX) {
            ret->address =
                (struct route_address){.family = ROUTE_FAMILY_NONE, .port = (uint16_t)port};
            return 0;
        }
    }
    return compile_refuse(compile, place,
                          "expected HOST:PORT, [IPV6]:PORT or unix:/PATH of at most %d bytes, "
                          "found \"%s\"",
                          ROUTE_UNIX_PATH_BYTES_MAX, text);
}

/* Its id is that of the instance, and goes with it from group to group, and to another address. */
static int compile_instance(const struct compile *compile, const struct compile_place *place,
                            const char *group, const char *canonical, struct route_target *ret)
{
    char port[8];

    if (ret->address.family == ROUTE_FAMILY_NONE)
        return compile_refuse(compile, place, "the target of an instance has an address, no name");
    (void)snprintf(port, sizeof(port), "%u", ret->address.port);
    ret->id = identity_of_instance(compile->project, group, ret->instance,
                                   ret->address.family == ROUTE_FAMILY_UNIX ? canonical : port);
    return 0;
}

static int compile_target(const struct compile *compile, const struct compile_place *place,
                          const struct value *value, const char *group, struct route_target *ret)
{
    static const char *const keys[] = {"address", "weight", "instance", NULL};
    char canonical[ADDRESS_TEXT_MAX];
    const char *text = NULL;

    *ret = (struct route_target){.weight = 1};
    if (value_is(value, VALUE_STRING))
        text = arena_strdup(compile->arena, value->string.text);
    else if (compile_check_keys(compile, place, value, keys) < 0 ||
             compile_text(compile, place, value, "address", &text) < 0 ||
             compile_number(compile, place, value, "weight", 0, ROUTE_WEIGHT_MAX, &ret->weight) <
                 0 ||
             compile_text(compile, place, value, "instance", &ret->instance) < 0)
        return -EINVAL;
    if (text == NULL)
        return compile_refuse(compile, place, "the key \"address\" is missing");
    if (compile_address(compile, place, text, ret) < 0)
        return -EINVAL;
    address_format(&ret->address, canonical);
    if (ret->instance != NULL)
        return compile_instance(compile, place, group, canonical, ret);
    ret->id = identity_of_target(compile->project, group, canonical[0] != '\0' ? canonical : text);
    return 0;
}

static int compile_targets(const struct compile *compile, const struct compile_place *place,
                           const struct value *list, struct route_group *ret)
{
    uint32_t count = value_list_count(list);
    struct route_target *targets;
    struct hashmap seen;

    if (compile_check_list(compile, place, list) < 0)
        return -EINVAL;
    if (count == 0)
        return 0;
    hashmap_init(&seen, compile->arena);
    targets = arena_new_array(compile->arena, struct route_target, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct compile_place here = {.parent = place, .index = i};
        const char *id = (const char *)&targets[i].id;

        if (compile_target(compile, &here, list->list.items[i], ret->name, &targets[i]) < 0)
            return -EINVAL;
        if (hashmap_has(&seen, id, sizeof(targets[i].id)))
            return compile_refuse(compile, &here, "%s stands in this list already",
                                  targets[i].text);
        hashmap_put(&seen, id, sizeof(targets[i].id), NULL);
    }
    ret->targets = targets;
    ret->target_count = count;
    return 0;
}

/* Health */

static bool read_status(const char **text, uint16_t *ret)
{
    char *end;
    unsigned long status = strtoul(*text, &end, 10);

    if (**text < '0' || **text > '9' || status < 200 || status > 499)
        return false;
    *text = end;
    *ret = (uint16_t)status;
    return true;
}

/* "200", "200,204", "200-299". */
static int compile_statuses(const struct compile *compile, const struct compile_place *place,
                            const char *text, struct route_health *ret)
{
    struct route_status_range *ranges =
        arena_new_array(compile->arena, struct route_status_range, strlen(text) / 4 + 1);
    const char *at = text;
    uint32_t count = 0;
    bool fine;

    do {
        struct route_status_range *range = &ranges[count++];

        fine = read_status(&at, &range->first);
        range->last = range->first;
        if (fine && *at == '-') {
            at++;
            fine = read_status(&at, &range->last) && range->last >= range->first;
        }
    } while (fine && *at == ',' && *++at != '\0');
    if (!fine || *at != '\0' || at[-1] == ',')
        return compile_refuse(compile, place, "\"%s\" is no list of statuses", text);
    ret->statuses = ranges;
    ret->status_count = count;
    return 0;
}

static int compile_health(const struct compile *compile, const struct compile_place *place,
                          const struct value *map, struct route_health *ret)
{
    static const char *const http_keys[] = {"protocol", "path",      "interval", "timeout",
                                            "healthy",  "unhealthy", "status",   NULL};
    static const char *const tcp_keys[] = {"protocol", "interval",  "timeout",
                                           "healthy",  "unhealthy", NULL};
    static const char *const protocols[] = {"http", "tcp", NULL};
    const struct compile_place status_place = {.parent = place, .key = "status"};
    const char *statuses = NULL;
    uint32_t protocol = 0;

    if (map == NULL || map->kind == VALUE_NULL)
        return 0;
    if (compile_choice(compile, place, map, "protocol", protocols, &protocol) < 0 ||
        compile_check_keys(compile, place, map, protocol == 0 ? http_keys : tcp_keys) < 0 ||
        compile_text(compile, place, map, "path", &ret->path) < 0 ||
        compile_milliseconds(compile, place, map, "interval", &ret->interval_ms) < 0 ||
        compile_milliseconds(compile, place, map, "timeout", &ret->timeout_ms) < 0 ||
        compile_number(compile, place, map, "healthy", 1, 10, &ret->healthy) < 0 ||
        compile_number(compile, place, map, "unhealthy", 1, 10, &ret->unhealthy) < 0 ||
        compile_text(compile, place, map, "status", &statuses) < 0)
        return -EINVAL;
    ret->protocol = protocol == 0 ? ROUTE_HEALTH_HTTP : ROUTE_HEALTH_TCP;
    return statuses != NULL ? compile_statuses(compile, &status_place, statuses, ret) : 0;
}

/* Who gets it */

static int compile_hash(const struct compile *compile, const struct compile_place *place,
                        const struct value *map, struct route_group *ret)
{
    static const char *const keys[] = {"by", "name", NULL};
    static const char *const choices[] = {"source", "header", "cookie", NULL};
    uint32_t by = ROUTE_HASH_BY_SOURCE;

    if (compile_check_keys(compile, place, map, keys) < 0 ||
        compile_choice(compile, place, map, "by", choices, &by) < 0 ||
        compile_text(compile, place, map, "name", &ret->hash_name) < 0)
        return -EINVAL;
    ret->hash_by = by;
    if (map != NULL && ret->algorithm != ROUTE_ALGORITHM_HASH)
        return compile_refuse(compile, place, "it goes with algorithm: hash");
    if ((by != ROUTE_HASH_BY_SOURCE) != (ret->hash_name != NULL))
        return compile_refuse(compile, place, "headers and cookies have a name, the source none");
    return 0;
}

static int compile_stickiness(const struct compile *compile, const struct compile_place *place,
                              const struct value *map, struct route_group *ret)
{
    static const char *const keys[] = {"by", "cookie", "ttl", NULL};
    static const char *const choices[] = {"balancer", "application", NULL};
    uint32_t by = 0;

    if (map == NULL || map->kind == VALUE_NULL)
        return 0;
    if (compile_check_keys(compile, place, map, keys) < 0 ||
        compile_choice(compile, place, map, "by", choices, &by) < 0 ||
        compile_text(compile, place, map, "cookie", &ret->sticky_name) < 0 ||
        compile_seconds(compile, place, map, "ttl", &ret->sticky_ttl_s) < 0)
        return -EINVAL;
    ret->stickiness = by == 0 ? ROUTE_STICKINESS_OWN_COOKIE : ROUTE_STICKINESS_APPLICATION_COOKIE;
    if (ret->sticky_name == NULL && by != 0)
        return compile_refuse(compile, place, "the name of the application's cookie is missing");
    if (ret->sticky_name == NULL)
        ret->sticky_name = STICKY_COOKIE;
    return 0;
}

/* When things go wrong */

static int compile_ejection(const struct compile *compile, const struct compile_place *place,
                            const struct value *map, struct route_ejection *ret)
{
    static const char *const keys[] = {"failures", "for", "max_percent", NULL};

    if (map == NULL || map->kind == VALUE_NULL)
        return 0;
    ret->failures = EJECTION_FAILURES;
    if (compile_check_keys(compile, place, map, keys) < 0 ||
        compile_number(compile, place, map, "failures", 1, 1000, &ret->failures) < 0 ||
        compile_milliseconds(compile, place, map, "for", &ret->duration_ms) < 0)
        return -EINVAL;
    return compile_number(compile, place, map, "max_percent", 1, 100, &ret->percent_max);
}

static int compile_retries(const struct compile *compile, const struct compile_place *place,
                           const struct value *map, struct route_group *ret)
{
    static const char *const keys[] = {"percent", "attempts", NULL};

    if (compile_check_keys(compile, place, map, keys) < 0 ||
        compile_number(compile, place, map, "percent", 0, 100, &ret->retry_percent) < 0)
        return -EINVAL;
    return compile_number(compile, place, map, "attempts", 0, 5, &ret->retries_max);
}

static int compile_bounds(const struct compile *compile, const struct compile_place *place,
                          const struct value *value, struct route_group *ret)
{
    static const char *const limit_keys[] = {"connections", "pending", NULL};
    static const char *const timeout_keys[] = {"connect", "response", NULL};
    const struct compile_place limits_place = {.parent = place, .key = "limits"};
    const struct compile_place timeouts_place = {.parent = place, .key = "timeouts"};
    const struct value *limits = value_get(value, "limits");
    const struct value *timeouts = value_get(value, "timeouts");
    int r = compile_check_keys(compile, &limits_place, limits, limit_keys);

    if (r == 0)
        r = compile_number(compile, &limits_place, limits, "connections", 1, COUNT_MAX,
                           &ret->connections_max);
    if (r == 0)
        r = compile_number(compile, &limits_place, limits, "pending", 1, COUNT_MAX,
                           &ret->pending_max);
    if (r == 0)
        r = compile_check_keys(compile, &timeouts_place, timeouts, timeout_keys);
    if (r == 0)
        r = compile_milliseconds(compile, &timeouts_place, timeouts, "connect",
                                 &ret->connect_timeout_ms);
    if (r == 0)
        r = compile_milliseconds(compile, &timeouts_place, timeouts, "response",
                                 &ret->response_timeout_ms);
    return r;
}

/* Groups */

static struct route_group *add_group(struct compile *compile, const char *name)
{
    struct route_group *group;

    if (compile->group_count == compile->group_capacity) {
        uint32_t capacity = compile->group_capacity > 0 ? compile->group_capacity * 2 : 16;

        compile->groups =
            arena_grow(compile->arena, compile->groups, compile->group_capacity * sizeof(*group),
                       capacity * sizeof(*group));
        compile->group_capacity = capacity;
    }
    group = &compile->groups[compile->group_count++];
    *group = (struct route_group){
        .id = identity_of_group(compile->project, name),
        .name = arena_strdup(compile->arena, name),
        .drain_ms = DRAIN_MS,
        .retry_percent = RETRY_PERCENT,
        .retries_max = RETRY_ATTEMPTS,
    };
    hashmap_put(&compile->group_numbers, name, strlen(name),
                (void *)(uintptr_t)compile->group_count);
    return group;
}

static int compile_group(struct compile *compile, const struct compile_place *place,
                         const struct value *value, struct route_group *ret)
{
    static const char *const keys[] = {"service",    "port",   "targets",    "algorithm", "hash",
                                       "stickiness", "health", "slow_start", "drain",     "retries",
                                       "ejection",   "limits", "timeouts",   "hold",      NULL};
    static const char *const algorithms[] = {"round_robin", "least_outstanding", "weighted_random",
                                             "hash", NULL};
#define HERE(name)                                                                                 \
    (&(struct compile_place){.parent = place, .key = (name)}), value_get(value, (name))
    uint32_t algorithm = ROUTE_ALGORITHM_ROUND_ROBIN;
    int r = compile_check_keys(compile, place, value, keys);

    if (r == 0 && (value_get(value, "service") == NULL) == (value_get(value, "targets") == NULL))
        r = compile_refuse(compile, place, "either service or targets must be given");
    if (r == 0)
        r = compile_choice(compile, place, value, "algorithm", algorithms, &algorithm);
    ret->algorithm = algorithm;
    if (r == 0)
        r = compile_targets(compile, HERE("targets"), ret);
    if (r == 0)
        r = compile_hash(compile, HERE("hash"), ret);
    if (r == 0)
        r = compile_stickiness(compile, HERE("stickiness"), ret);
    if (r == 0)
        r = compile_health(compile, HERE("health"), &ret->health);
    if (r == 0)
        r = compile_milliseconds(compile, place, value, "slow_start", &ret->slow_start_ms);
    if (r == 0)
        r = compile_milliseconds(compile, place, value, "drain", &ret->drain_ms);
    if (r == 0)
        r = compile_milliseconds(compile, place, value, "hold", &ret->hold_ms);
    if (r == 0)
        r = compile_retries(compile, HERE("retries"), ret);
    if (r == 0)
        r = compile_ejection(compile, HERE("ejection"), &ret->ejection);
    if (r == 0)
        r = compile_bounds(compile, place, value, ret);
    return r;
#undef HERE
}

int compile_groups(struct compile *compile, const struct compile_place *place,
                   const struct value *groups)
{
    for (uint32_t i = 0; i < value_map_count(groups); i++) {
        const struct value_entry *entry = &groups->map.entries[i];
        const struct compile_place here = {.parent = place, .key = entry->key};

        if (compile_group(compile, &here, entry->value, add_group(compile, entry->key)) < 0)
            return -EINVAL;
    }
    return 0;
}

/* Of "SERVICE" or "SERVICE:PORT". */
static bool is_service(const struct compile *compile, const char *name)
{
    const char *colon = strrchr(name, ':');
    size_t length = colon != NULL ? (size_t)(colon - name) : strlen(name);

    return value_is(compile->services, VALUE_MAP) &&
           value_map_find(compile->services, name, length) != NULL;
}

int compile_find_group(struct compile *compile, const struct compile_place *place, const char *name,
                       uint32_t *ret)
{
    uintptr_t number = (uintptr_t)hashmap_get(&compile->group_numbers, name, strlen(name));

    if (number == 0) {
        if (!is_service(compile, name))
            return compile_refuse(compile, place, "there is no target group and no service \"%s\"",
                                  name);
        (void)add_group(compile, name);
        number = compile->group_count;
    }
    *ret = (uint32_t)number - 1;
    return 0;
}

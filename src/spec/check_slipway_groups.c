/* SPDX-License-Identifier: Apache-2.0 */
/* Target groups: that they exist, have one origin, and that what they say goes together. */
#include "spec/check_slipway_priv.h"

#include <inttypes.h>
#include <string.h>

#include "spec/scalar/duration.h"

/* As the table of health says. */
#define INTERVAL_DEFAULT_NS INT64_C(5000000000)

static void refuse(const struct check *check, struct mark mark, uint32_t span,
                   const struct place *place, const char *hint, const char *message)
{
    diagnostics_error(check->load->diagnostics, mark, span, place, hint, "%s", message);
}

/* The number of a port that a service lists, in ports or expose, as text; NULL for what is none. */
static const char *port_text(struct arena *arena, const struct value *port)
{
    if (value_is(port, VALUE_MAP))
        port = value_get(port, "target");
    if (value_is(port, VALUE_INTEGER))
        return arena_printf(arena, "%" PRId64, port->integer);
    if (value_is(port, VALUE_STRING))
        return arena_strndup(arena, port->string.text, strcspn(port->string.text, "/"));
    return NULL;
}

/* Once for all rules: which ports each service lists, as "SERVICE:PORT". */
void check_note_ports(struct check *check)
{
    static const char *const keys[] = {"ports", "expose"};
    struct arena *arena = check->load->arena;

    for (uint32_t i = 0; i < value_map_count(check->services); i++) {
        const struct value_entry *service = &check->services->map.entries[i];

        for (size_t j = 0; j < 2; j++) {
            const struct value *list = value_get(service->value, keys[j]);

            for (uint32_t k = 0; k < value_list_count(list); k++) {
                const char *port = port_text(arena, list->list.items[k]);
                const char *key =
                    arena_printf(arena, "%s:%s", service->key, port != NULL ? port : "");

                hashmap_put(&check->ports, key, strlen(key), NULL);
            }
        }
    }
}

static uint32_t count_ports(const struct value *service)
{
    return value_list_count(value_get(service, "ports")) +
           value_list_count(value_get(service, "expose"));
}

/* The service of a group that needs no definition: SERVICE, or SERVICE:PORT; NULL where there is
 * none. A service that lists no ports may have any, since images expose ports of their own. */
static const struct value *implicit_service(const struct check *check, const char *name)
{
    const char *colon = strrchr(name, ':');
    const struct value_entry *service;

    if (!value_is(check->services, VALUE_MAP))
        return NULL;
    if (colon == NULL)
        return value_get(check->services, name);
    service = value_map_find(check->services, name, (size_t)(colon - name));
    if (service == NULL || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return NULL;
    if (count_ports(service->value) > 0 && !hashmap_has(&check->ports, name, strlen(name)))
        return NULL;
    return service->value;
}

static void require_active(const struct check *check, const struct value *service, const char *name,
                           struct mark mark, uint32_t span, const struct place *place)
{
    if (!complete_is_active(check->load, service))
        refuse(check, mark, span, place, "enable its profile with --profile",
               arena_printf(check->load->arena,
                            "service \"%s\" is in a profile that is not enabled", name));
}

static const char *nearest_group(const struct check *check, const char *name)
{
    const char *nearest;

    if (!diagnostics_wants(check->load->diagnostics, SEVERITY_ERROR))
        return NULL;
    nearest = load_nearest_key(check->groups, name);

    if (nearest == NULL)
        nearest = load_nearest_key(check->services, name);
    if (nearest != NULL)
        return arena_printf(check->load->arena, "did you mean \"%s\"?", nearest);
    return "define it below \"target_groups:\", or name a service";
}

void check_group_exists(const struct check *check, const char *name, struct mark mark,
                        uint32_t span, const struct place *place)
{
    const struct value *service = implicit_service(check, name);

    if (value_is(check->groups, VALUE_MAP) &&
        value_map_find(check->groups, name, strlen(name)) != NULL)
        return;
    if (service == NULL) {
        refuse(check, mark, span, place, nearest_group(check, name),
               arena_printf(check->load->arena, "there is no target group and no service \"%s\"",
                            name));
        return;
    }
    require_active(check, service, name, mark, span, place);
    if (strchr(name, ':') == NULL && count_ports(service) > 1)
        refuse(check, mark, span, place, arena_printf(check->load->arena, "write %s:PORT", name),
               arena_printf(check->load->arena, "service \"%s\" has more than one port", name));
}

static int64_t duration_of(const struct check *check, const struct value *value, int64_t fallback)
{
    const char *message;
    int64_t nanoseconds;

    if (!value_is(value, VALUE_STRING) ||
        !duration_parse(check->load->arena, value->string.text, value->string.length, &nanoseconds,
                        &message))
        return fallback;
    return nanoseconds;
}

static void check_health(const struct check *check, const struct value *health,
                         const struct place *place)
{
    static const char *const http_only[] = {"path", "status"};
    struct place here = {.parent = place, .key = "health"};
    const struct value *timeout = value_get(health, "timeout");
    const struct value *interval = value_get(health, "interval");

    for (size_t i = 0; i < 2; i++) {
        const struct value *value = value_get(health, http_only[i]);

        if (value != NULL && value_is_text(value_get(health, "protocol"), "tcp"))
            refuse(check, value->mark, shape_span(value), &here,
                   "remove it, or write protocol: http",
                   arena_printf(check->load->arena, "a tcp check has no %s", http_only[i]));
    }
    if (timeout != NULL &&
        duration_of(check, timeout, 0) > duration_of(check, interval, INTERVAL_DEFAULT_NS))
        refuse(check, timeout->mark, shape_span(timeout), &here,
               "shorten it, or give a longer interval",
               "the timeout is longer than the interval between two checks");
}

/* The name of a header or cookie is there where it is needed, and only there. */
static void check_named(const struct check *check, const struct value *map, const char *key,
                        const char *needed_by, const struct place *place)
{
    const char *by = value_get_text(map, "by");
    const struct value *name = value_get(map, key);
    bool is_needed = by != NULL && strstr(needed_by, by) != NULL;

    if (is_needed && name == NULL)
        check_refuse(check, map, place, NULL,
                     arena_printf(check->load->arena, "by: %s needs a %s", by, key));
}

static void check_choice_of_targets(const struct check *check, const struct value *group,
                                    const struct place *place)
{
    const struct value *hash = value_get(group, "hash");
    const struct value *name = value_get(hash, "name");
    const char *by = value_get_text(hash, "by");
    struct place hash_place = {.parent = place, .key = "hash"};

    check_named(check, hash, "name", "header cookie", &hash_place);
    if (name != NULL && (by == NULL || strcmp(by, "source") == 0))
        check_refuse(check, name, &hash_place, "write by: header or by: cookie",
                     "the source has no name");
    if (hash != NULL && !value_is_text(value_get(group, "algorithm"), "hash"))
        check_refuse(check, hash, &hash_place, "write algorithm: hash",
                     "hash goes with the algorithm hash");
    check_named(check, value_get(group, "stickiness"), "cookie", "application",
                &(struct place){.parent = place, .key = "stickiness"});
}

void check_group(const struct check *check, const struct value_entry *entry,
                 const struct place *place)
{
    const struct value *service = value_get(entry->value, "service");
    const struct value *targets = value_get(entry->value, "targets");
    const struct value *port = value_get(entry->value, "port");
    struct place here = {.parent = place, .key = "service"};
    const struct value *named;

    if (service != NULL && targets != NULL)
        refuse(check, entry->mark, entry->key_length, place, "keep one of them",
               "service and targets exclude each other");
    else if (service == NULL && targets == NULL)
        refuse(check, entry->mark, entry->key_length, place, NULL,
               "either service or targets must be given");
    if (targets != NULL && port != NULL && service == NULL)
        refuse(check, port->mark, shape_span(port), place, "write it behind each target",
               "port goes with service");
    check_health(check, value_get(entry->value, "health"), place);
    check_choice_of_targets(check, entry->value, place);
    if (!value_is(service, VALUE_STRING))
        return;
    named = value_get(check->services, service->string.text);
    if (named == NULL)
        refuse(check, service->mark, shape_span(service), &here,
               nearest_group(check, service->string.text),
               arena_printf(check->load->arena, "service \"%s\" is not defined",
                            service->string.text));
    else if (port == NULL && count_ports(named) > 1)
        refuse(check, service->mark, shape_span(service), &here, "say which with port:",
               arena_printf(check->load->arena, "service \"%s\" has more than one port",
                            service->string.text));
    if (named != NULL)
        require_active(check, named, service->string.text, service->mark, shape_span(service),
                       &here);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tables of x-slipway cannot say: that a rule does exactly one thing, that groups exist
 * and have one origin, that certificates are there where they are needed.
 */
#include "spec/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "spec/scalar/duration.h"
#include "spec/shape.h"

enum {
    WEIGHTS_MAX = 5
};

/* As the table of health says. */
#define INTERVAL_DEFAULT_NS INT64_C(5000000000)

struct check {
    struct load *load;
    struct hashmap ports; /* "SERVICE:PORT" */
    const struct value *services;
    const struct value *groups;
};

static void refuse(const struct check *check, struct mark mark, uint32_t span,
                   const struct place *place, const char *hint, const char *message)
{
    diagnostics_error(check->load->diagnostics, mark, span, place, hint, "%s", message);
}

/* Target groups */

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
static void note_ports(struct check *check)
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

static void require_group(const struct check *check, const char *name, struct mark mark,
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

static void check_group(const struct check *check, const struct value_entry *entry,
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

/* Actions */

static bool is_placeholder(const char *name, size_t length)
{
    static const char *const known[] = {"protocol", "host", "port", "path", "query"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strlen(known[i]) == length && strncmp(known[i], name, length) == 0)
            return true;
    return false;
}

static void check_redirect(const struct check *check, const struct value *redirect,
                           const struct place *place)
{
    const struct value *location = value_get(redirect, "location");
    const struct value *status = value_get(redirect, "status");
    struct place here = {.parent = place, .key = "redirect"};

    if (value_is(location, VALUE_STRING)) {
        const char *text = location->string.text;

        if (strcmp(text, "#{protocol}://#{host}:#{port}/#{path}?#{query}") == 0 ||
            strcmp(text, "#{protocol}://#{host}/#{path}?#{query}") == 0)
            refuse(check, location->mark, shape_span(location), &here, NULL,
                   "the redirect leads back to itself: it must change something");
        for (text = strstr(text, "#{"); text != NULL; text = strstr(text + 2, "#{")) {
            size_t length = strcspn(text, "}");

            if (!is_placeholder(text + 2, length - 2))
                refuse(check, location->mark, shape_span(location), &here,
                       "write #{protocol}, #{host}, #{port}, #{path} or #{query}",
                       arena_printf(check->load->arena, "%.*s} stands for nothing", (int)length,
                                    text));
        }
    }
    if (value_is(status, VALUE_INTEGER) &&
        (status->integer == 304 || status->integer == 305 || status->integer == 306))
        refuse(check, status->mark, shape_span(status), &here, NULL,
               "expected 301, 302, 303, 307 or 308");
}

static void check_weights(const struct check *check, const struct value *weights,
                          const struct place *place)
{
    struct place here = {.parent = place, .key = "weights"};
    int64_t total = 0;

    for (uint32_t i = 0; i < value_map_count(weights); i++) {
        const struct value_entry *entry = &weights->map.entries[i];

        require_group(check, entry->key, entry->mark, entry->key_length, &here);
        total += value_is(entry->value, VALUE_INTEGER) ? entry->value->integer : 1;
    }
    if (value_map_count(weights) > WEIGHTS_MAX)
        refuse(check, weights->mark, 1, &here, NULL, "more than 5 target groups share the traffic");
    if (weights != NULL && total == 0)
        refuse(check, weights->mark, 1, &here, "give one of them a weight of 1 or more",
               "all weights are 0, so nothing would be forwarded");
}

/* An action is the part of a rule that does something. */
static void check_action(const struct check *check, const struct value *action, bool is_tcp,
                         const struct place *place)
{
    static const char *const kinds[] = {"forward", "weights", "redirect", "respond"};
    const struct value *forward = value_get(action, "forward");
    uint32_t found = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        found += value_get(action, kinds[i]) != NULL;
    if (found != 1)
        refuse(check, action->mark, 1, place, found > 1 ? "keep one of them" : NULL,
               found > 1 ? "forward, weights, redirect and respond exclude each other"
                         : "one of forward, weights, redirect and respond must be given");
    if (value_is(forward, VALUE_STRING))
        require_group(check, forward->string.text, forward->mark, shape_span(forward),
                      &(struct place){.parent = place, .key = "forward"});
    check_weights(check, value_get(action, "weights"), place);
    check_redirect(check, value_get(action, "redirect"), place);
    if (is_tcp && found == 1 &&
        (value_get(action, "redirect") != NULL || value_get(action, "respond") != NULL))
        refuse(check, action->mark, 1, place, "use forward or weights",
               "a tcp listener cannot answer in HTTP");
}

/* Listeners */

static void check_rules(const struct check *check, const struct value *rules, bool is_tcp,
                        const struct place *place)
{
    for (uint32_t i = 0; i < value_list_count(rules); i++) {
        const struct value *rule = rules->list.items[i];
        struct place here = {.parent = place, .index = i};

        if (rule->kind != VALUE_MAP)
            continue;
        check_action(check, rule, is_tcp, &here);
        if (is_tcp && value_get(rule, "when") != NULL) {
            const struct value *when = value_get(rule, "when");

            for (uint32_t j = 0; j < value_map_count(when); j++)
                if (strcmp(when->map.entries[j].key, "source") != 0)
                    refuse(check, when->map.entries[j].mark, when->map.entries[j].key_length, &here,
                           "only source can be told apart in TCP",
                           arena_printf(check->load->arena,
                                        "a tcp listener does not see the %s of a request",
                                        when->map.entries[j].key));
        }
    }
}

static void check_certificates(const struct check *check, const struct value_entry *listener,
                               const char *protocol, const struct place *place)
{
    const struct value *certificates = value_get(listener->value, "certificates");
    bool needed = strcmp(protocol, "https") == 0;
    bool possible = needed || strcmp(protocol, "tls") == 0;

    if (needed && value_list_count(certificates) == 0)
        refuse(check, listener->mark, listener->key_length, place,
               "add certificates: [{cert: FILE, key: FILE}]",
               "an https listener needs a certificate");
    if (!possible && certificates != NULL)
        refuse(
            check, certificates->mark, 1, place, "write protocol: https",
            arena_printf(check->load->arena, "a listener for %s uses no certificates", protocol));
}

static void check_listener(const struct check *check, const struct value_entry *entry,
                           struct hashmap *addresses, const struct place *place)
{
    const struct value *address = value_get(entry->value, "address");
    const char *protocol = value_get_text(entry->value, "protocol");
    const struct value *fallback = value_get(entry->value, "default");
    struct place rules = {.parent = place, .key = "rules"};
    bool is_tcp;
    const char *other;

    protocol = protocol != NULL ? protocol : "http";
    is_tcp = strcmp(protocol, "tcp") == 0 || strcmp(protocol, "tls") == 0;
    check_certificates(check, entry, protocol, place);
    if (value_is(address, VALUE_STRING)) {
        other = hashmap_put(addresses, address->string.text, address->string.length,
                            (void *)entry->key);
        if (other != NULL)
            refuse(check, address->mark, shape_span(address), place,
                   "put the rules of both into one listener",
                   arena_printf(check->load->arena, "listener \"%s\" has the address %s too", other,
                                address->string.text));
    }
    check_rules(check, value_get(entry->value, "rules"), is_tcp, &rules);
    if (value_is(fallback, VALUE_MAP))
        check_action(check, fallback, is_tcp, &(struct place){.parent = place, .key = "default"});
    if (is_tcp && fallback == NULL && value_list_count(value_get(entry->value, "rules")) == 0)
        refuse(check, entry->mark, entry->key_length, place, "add default: {forward: GROUP}",
               "a tcp listener has nowhere to forward to");
}

/* Services */

static void check_service(const struct check *check, const struct value_entry *service)
{
    const struct value *extension = value_get(service->value, "x-slipway");
    const char *runtime = value_get_text(extension, "runtime");
    static const char *const native_only[] = {"listen", "artifact"};
    struct place services = {.key = "services"};
    struct place here = {.parent = &services, .key = service->key};
    struct place place = {.parent = &here, .key = "x-slipway"};

    if (!value_is(extension, VALUE_MAP) || (runtime != NULL && strcmp(runtime, "process") == 0))
        return;
    for (size_t i = 0; i < 2; i++) {
        const struct value *value = value_get(extension, native_only[i]);

        if (value != NULL)
            refuse(check, value->mark, shape_span(value), &place, "write runtime: process",
                   arena_printf(check->load->arena, "%s goes with the process runtime",
                                native_only[i]));
    }
}

void check_slipway(struct load *load, const struct value *root)
{
    const struct value *extension = value_get(root, "x-slipway");
    const struct value *listeners = value_get(extension, "listeners");
    struct check check = {
        .load = load,
        .services = value_get(root, "services"),
        .groups = value_get(extension, "target_groups"),
    };
    struct place top = {.key = "x-slipway"};
    struct place listener_place = {.parent = &top, .key = "listeners"};
    struct place group_place = {.parent = &top, .key = "target_groups"};
    struct hashmap addresses;

    if (!value_is(extension, VALUE_MAP) && !value_is(check.services, VALUE_MAP))
        return;
    hashmap_init(&addresses, load->arena);
    hashmap_init(&check.ports, load->arena);
    if (value_is(extension, VALUE_MAP))
        note_ports(&check);
    for (uint32_t i = 0; i < value_map_count(listeners); i++)
        if (listeners->map.entries[i].value->kind == VALUE_MAP)
            check_listener(
                &check, &listeners->map.entries[i], &addresses,
                &(struct place){.parent = &listener_place, .key = listeners->map.entries[i].key});
    for (uint32_t i = 0; i < value_map_count(check.groups); i++)
        if (check.groups->map.entries[i].value->kind == VALUE_MAP)
            check_group(
                &check, &check.groups->map.entries[i],
                &(struct place){.parent = &group_place, .key = check.groups->map.entries[i].key});
    for (uint32_t i = 0; i < value_map_count(check.services); i++)
        check_service(&check, &check.services->map.entries[i]);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners, but for what stands in their rules. */
#include <errno.h>
#include <string.h>

#include "route/address.h"
#include "route/compile/compile_priv.h"
#include "route/identity.h"

enum {
    CONNECTIONS_MAX = 10000000,
    BODY_RATE = 240, /* bytes a second, when not given */
    PROBE_IDLE_S = 60
};

/* Certificates */

static int compile_certificates(struct compile *compile, const struct compile_place *place,
                                const struct value *list, struct route_listener *ret)
{
    static const char *const keys[] = {"cert", "key", NULL};
    uint32_t count = value_list_count(list);
    struct route_certificate *certificates;

    if (value_is(list, VALUE_STRING))
        return compile_refuse(compile, place, "\"%s\" is not supported yet", list->string.text);
    if (compile_check_list(compile, place, list) < 0)
        return -EINVAL;
    if ((ret->protocol == ROUTE_PROTOCOL_HTTPS) != (count > 0))
        return compile_refuse(compile, place, "certificates and https go together");
    certificates = arena_new_array(compile->arena, struct route_certificate, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct compile_place here = {.parent = place, .index = i};
        const struct value *item = list->list.items[i];

        if (compile_check_keys(compile, &here, item, keys) < 0 ||
            compile_text(compile, &here, item, "cert", &certificates[i].certificate) < 0 ||
            compile_text(compile, &here, item, "key", &certificates[i].key) < 0)
            return -EINVAL;
        if (certificates[i].certificate == NULL || certificates[i].key == NULL)
            return compile_refuse(compile, &here, "cert and key must be given");
    }
    ret->certificates = count > 0 ? certificates : NULL;
    ret->certificate_count = count;
    return 0;
}

/* Limits and time-outs */

static int compile_timeouts(struct compile *compile, const struct compile_place *place,
                            const struct value *map, bool is_tcp, struct route_limits *ret)
{
    static const char *const http_keys[] = {"header",    "idle",   "keep_alive",
                                            "handshake", "tunnel", NULL};
    static const char *const tcp_keys[] = {"idle", NULL};
    int r = compile_check_keys(compile, place, map, is_tcp ? tcp_keys : http_keys);

    if (r == 0)
        r = compile_milliseconds(compile, place, map, "header", &ret->header_timeout_ms);
    if (r == 0)
        r = compile_milliseconds(compile, place, map, "idle", &ret->idle_timeout_ms);
    if (r == 0)
        r = compile_milliseconds(compile, place, map, "keep_alive", &ret->keep_alive_timeout_ms);
    if (r == 0)
        r = compile_milliseconds(compile, place, map, "handshake", &ret->handshake_timeout_ms);
    if (r == 0)
        r = compile_milliseconds(compile, place, map, "tunnel", &ret->tunnel_timeout_ms);
    return r;
}

static int compile_limits(struct compile *compile, const struct compile_place *place,
                          const struct value *map, const struct compile_listener *listener,
                          struct route_listener *ret)
{
    static const char *const http_keys[] = {
        "connections", "connections_per_source", "body", "body_rate", "requests", NULL};
    static const char *const tcp_keys[] = {"connections", "connections_per_source", NULL};
    const struct compile_place requests = {.parent = place, .key = "requests"};
    struct route_limits *limits = &ret->limits;
    uint64_t rate = listener->is_tcp ? 0 : BODY_RATE;
    int r = compile_check_keys(compile, place, map, listener->is_tcp ? tcp_keys : http_keys);

    if (r == 0)
        r = compile_number(compile, place, map, "connections", 1, CONNECTIONS_MAX,
                           &limits->connections_max);
    if (r == 0)
        r = compile_number(compile, place, map, "connections_per_source", 1, CONNECTIONS_MAX,
                           &limits->connections_per_source_max);
    if (r == 0)
        r = compile_bytes(compile, place, map, "body", INT64_MAX, &limits->body_bytes_max);
    if (r == 0)
        r = compile_bytes(compile, place, map, "body_rate", 1 << 30, &rate);
    if (r == 0)
        r = compile_rate_limits(compile, &requests, value_get(map, "requests"), listener->address,
                                "", "", &ret->rate_limits);
    limits->body_rate_min = (uint32_t)rate;
    return r;
}

/* The rest */

static int compile_forwarded(struct compile *compile, const struct compile_place *place,
                             const struct value *map, struct route_listener *ret)
{
    static const char *const keys[] = {"mode", "port", NULL};
    static const char *const modes[] = {"append", "preserve", "remove", NULL};
    uint32_t mode = ROUTE_FORWARDED_APPEND;
    int r = compile_check_keys(compile, place, map, keys);

    if (r == 0)
        r = compile_choice(compile, place, map, "mode", modes, &mode);
    if (r == 0)
        r = compile_flag(compile, place, map, "port", &ret->forwarded_port);
    ret->forwarded = mode;
    return r;
}

static int compile_access_log(struct compile *compile, const struct compile_place *place,
                              const struct value *map, struct route_access_log *ret)
{
    static const char *const keys[] = {"path", "format", NULL};
    static const char *const formats[] = {"json", "fields", NULL};
    uint32_t format = ROUTE_LOG_JSON;
    int r = compile_check_keys(compile, place, map, keys);

    if (r == 0)
        r = compile_text(compile, place, map, "path", &ret->path);
    if (r == 0)
        r = compile_choice(compile, place, map, "format", formats, &format);
    if (r == 0 && map != NULL && (ret->path == NULL || ret->path[0] != '/'))
        r = compile_refuse(compile, place, "an absolute path must be given");
    ret->format = format;
    return r;
}

static int compile_probes(struct compile *compile, const struct compile_place *place,
                          const struct value *map, bool is_tcp, struct route_probes *ret)
{
    static const char *const keys[] = {"idle", "interval", "count", NULL};
    int r = compile_check_keys(compile, place, map, keys);

    if (r == 0 && map != NULL && !is_tcp)
        return compile_refuse(compile, place, "they go with protocol: tcp");
    ret->idle_s = is_tcp ? PROBE_IDLE_S : 0;
    if (r == 0)
        r = compile_seconds(compile, place, map, "idle", &ret->idle_s);
    if (r == 0)
        r = compile_seconds(compile, place, map, "interval", &ret->interval_s);
    if (r == 0)
        r = compile_number(compile, place, map, "count", 1, 127, &ret->count);
    return r;
}

static int compile_settings(struct compile *compile, const struct compile_place *place,
                            const struct value *value, const struct compile_listener *listener,
                            struct route_listener *ret)
{
#define HERE(name)                                                                                 \
    (&(struct compile_place){.parent = place, .key = (name)}), value_get(value, (name))
    int r = compile_certificates(compile, HERE("certificates"), ret);

    if (r == 0)
        r = compile_networks(compile, place, value, "trusted", &ret->trusted);
    if (r == 0)
        r = compile_flag(compile, place, value, "proxy_protocol", &ret->proxy_protocol);
    if (r == 0 && ret->proxy_protocol && ret->trusted.count == 0)
        r = compile_refuse(compile, place, "nobody is trusted to send PROXY headers");
    if (r == 0)
        r = compile_forwarded(compile, HERE("forwarded"), ret);
    if (r == 0)
        r = compile_timeouts(compile, HERE("timeouts"), listener->is_tcp, &ret->limits);
    if (r == 0)
        r = compile_limits(compile, HERE("limits"), listener, ret);
    if (r == 0)
        r = compile_access_log(compile, HERE("access_log"), &ret->access_log);
    if (r == 0)
        r = compile_probes(compile, HERE("keep_alive_probes"), listener->is_tcp, &ret->probes);
    return r;
#undef HERE
}

static int compile_rules(struct compile *compile, const struct compile_place *place,
                         const struct value *list, const struct compile_listener *listener,
                         struct route_listener *ret)
{
    uint32_t count = value_list_count(list);
    struct route_rule *rules;

    if (compile_check_list(compile, place, list) < 0)
        return -EINVAL;
    if (count == 0)
        return 0;
    rules = arena_new_array(compile->arena, struct route_rule, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct compile_place here = {.parent = place, .index = i};

        if (compile_rule(compile, &here, listener, list->list.items[i], i, &rules[i]) < 0)
            return -EINVAL;
    }
    ret->rules = rules;
    ret->rule_count = count;
    return 0;
}

static int compile_default(struct compile *compile, const struct compile_place *place,
                           const struct value *value, const struct compile_listener *listener,
                           struct route_listener *ret)
{
    static const char *const http_keys[] = {"forward", "weights",    "redirect",
                                            "respond", "stickiness", NULL};
    static const char *const tcp_keys[] = {"forward", "weights", NULL};

    if (value == NULL || value->kind == VALUE_NULL) {
        if (listener->is_tcp && ret->rule_count == 0)
            return compile_refuse(compile, place, "a tcp listener has nowhere to forward to");
        return 0;
    }
    if (compile_check_keys(compile, place, value, listener->is_tcp ? tcp_keys : http_keys) < 0)
        return -EINVAL;
    return compile_action(compile, place, value, &ret->default_action);
}

static int compile_address(struct compile *compile, const struct compile_place *place,
                           const struct value *value, const char **ret)
{
    const struct compile_place here = {.parent = place, .key = "address"};
    char text[ADDRESS_TEXT_MAX];
    const char *written = NULL;

    if (compile_text(compile, place, value, "address", &written) < 0)
        return -EINVAL;
    if (written == NULL)
        return compile_refuse(compile, place, "the key \"address\" is missing");
    if (address_normalize_listener(written, text) < 0)
        return compile_refuse(compile, &here, "\"%s\" is not an address to listen on", written);
    *ret = arena_strdup(compile->arena, text);
    return 0;
}

int compile_listener(struct compile *compile, const struct compile_place *place,
                     const struct value *value, const char *name, struct route_listener *ret)
{
    static const char *const keys[] = {
        "address",  "protocol", "certificates", "trusted",           "proxy_protocol", "forwarded",
        "timeouts", "limits",   "access_log",   "keep_alive_probes", "rules",          "default",
        NULL};
    static const char *const protocols[] = {"http", "https", "tcp", NULL};
    const struct compile_place rules = {.parent = place, .key = "rules"};
    const struct compile_place fallback = {.parent = place, .key = "default"};
    struct compile_listener listener = {0};
    uint32_t protocol = ROUTE_PROTOCOL_HTTP;
    int r = compile_check_keys(compile, place, value, keys);

    if (r == 0 && value_is_text(value_get(value, "protocol"), "tls"))
        r = compile_refuse(compile, place, "protocol: tls is not supported yet");
    if (r == 0)
        r = compile_address(compile, place, value, &listener.address);
    if (r == 0)
        r = compile_choice(compile, place, value, "protocol", protocols, &protocol);
    if (r < 0)
        return r;
    listener.is_tcp = protocol == ROUTE_PROTOCOL_TCP;
    *ret = (struct route_listener){.id = identity_of_listener(listener.address),
                                   .name = arena_strdup(compile->arena, name),
                                   .address = listener.address,
                                   .protocol = protocol};
    r = compile_settings(compile, place, value, &listener, ret);
    if (r == 0)
        r = compile_rules(compile, &rules, value_get(value, "rules"), &listener, ret);
    if (r == 0)
        r = compile_default(compile, &fallback, value_get(value, "default"), &listener, ret);
    return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners: that no two have one address, and that what they say goes with their protocol. */
#include "spec/check_slipway_priv.h"

#include <string.h>

static void refuse(const struct check *check, struct mark mark, uint32_t span,
                   const struct place *place, const char *hint, const char *message)
{
    diagnostics_error(check->load->diagnostics, mark, span, place, hint, "%s", message);
}

static void check_certificates(const struct check *check, const struct value_entry *listener,
                               const char *protocol, const struct place *place)
{
    const struct value *certificates = value_get(listener->value, "certificates");
    bool needed = strcmp(protocol, "https") == 0;

    if (value_is(certificates, VALUE_STRING)) {
        check_refuse(check, certificates, place, "name files: [{cert: FILE, key: FILE}]",
                     arena_printf(check->load->arena, "certificates: %s is not supported yet",
                                  certificates->string.text));
        return;
    }
    if (needed && value_list_count(certificates) == 0)
        refuse(check, listener->mark, listener->key_length, place,
               "add certificates: [{cert: FILE, key: FILE}]",
               "an https listener needs a certificate");
    if (!needed && certificates != NULL)
        refuse(
            check, certificates->mark, 1, place, "write protocol: https",
            arena_printf(check->load->arena, "a listener for %s uses no certificates", protocol));
}

/* What goes with the protocol, and with what else is said. */
static void check_settings(const struct check *check, const struct value *listener,
                           const char *protocol, const struct place *place)
{
    static const char *const of_http[] = {"forwarded", NULL};
    static const char *const http_timeouts[] = {"header", "keep_alive", "tunnel", NULL};
    static const char *const http_limits[] = {"body", "body_rate", "requests", NULL};
    static const char *const of_tcp[] = {"keep_alive_probes", NULL};
    static const char *const tls_timeouts[] = {"handshake", NULL};
    const struct value *timeouts = value_get(listener, "timeouts");
    const struct value *limits = value_get(listener, "limits");
    const struct value *proxied = value_get(listener, "proxy_protocol");
    struct place timeouts_place = {.parent = place, .key = "timeouts"};
    struct place limits_place = {.parent = place, .key = "limits"};

    if (strcmp(protocol, "tcp") == 0) {
        check_refuse_keys(check, listener, of_http, "a tcp listener", NULL, place);
        check_refuse_keys(check, timeouts, http_timeouts, "a tcp listener", NULL, &timeouts_place);
        check_refuse_keys(check, limits, http_limits, "a tcp listener", NULL, &limits_place);
    } else {
        check_refuse_keys(check, listener, of_tcp, "a listener for HTTP",
                          "its time-outs find out whether the other side is gone", place);
    }
    if (strcmp(protocol, "https") != 0)
        check_refuse_keys(check, timeouts, tls_timeouts, "a listener without TLS", NULL,
                          &timeouts_place);
    if (value_is(proxied, VALUE_BOOL) && proxied->boolean &&
        value_list_count(value_get(listener, "trusted")) == 0)
        check_refuse(check, proxied, place, "add trusted: [NETWORK] with the balancer in front",
                     "nobody is trusted to send PROXY headers");
    check_rate_limits(check, value_get(limits, "requests"),
                      &(struct place){.parent = &limits_place, .key = "requests"});
}

void check_listener(const struct check *check, const struct value_entry *entry,
                    struct hashmap *addresses, const struct place *place)
{
    const struct value *address = value_get(entry->value, "address");
    const char *protocol = value_get_text(entry->value, "protocol");
    const struct value *fallback = value_get(entry->value, "default");
    struct place rules = {.parent = place, .key = "rules"};
    bool is_tcp;
    const char *other;

    protocol = protocol != NULL ? protocol : "http";
    is_tcp = strcmp(protocol, "tcp") == 0;
    if (strcmp(protocol, "tls") == 0) {
        check_refuse(check, value_get(entry->value, "protocol"), place,
                     "use https, or tcp to pass TLS on as it is",
                     "protocol: tls is not supported yet");
        return;
    }
    check_certificates(check, entry, protocol, place);
    check_settings(check, entry->value, protocol, place);
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
        check_default_action(check, fallback, is_tcp,
                             &(struct place){.parent = place, .key = "default"});
    if (is_tcp && fallback == NULL && value_list_count(value_get(entry->value, "rules")) == 0)
        refuse(check, entry->mark, entry->key_length, place, "add default: {forward: GROUP}",
               "a tcp listener has nowhere to forward to");
}

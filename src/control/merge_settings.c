/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of a listener that several projects share. A setting that a project leaves at what 0
 * stands for counts as not said.
 */
#include <errno.h>
#include <string.h>

#include "control/merge_priv.h"

static bool texts_equal(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static int disagree(const struct merge_part *a, const struct merge_part *b, const char *what,
                    struct error **reterr)
{
    return error_set(reterr, EEXIST, "projects \"%s\" and \"%s\" disagree about %s",
                     a->project->name, b->project->name, what);
}

/* Numbers: what they are called, and where they are. */
#define LISTENER_NUMBERS(X)                                                                        \
    X("timeouts.idle", limits.idle_timeout_ms)                                                     \
    X("timeouts.header", limits.header_timeout_ms)                                                 \
    X("timeouts.keep_alive", limits.keep_alive_timeout_ms)                                         \
    X("timeouts.handshake", limits.handshake_timeout_ms)                                           \
    X("timeouts.tunnel", limits.tunnel_timeout_ms)                                                 \
    X("limits.body", limits.body_bytes_max)                                                        \
    X("limits.body_rate", limits.body_rate_min)                                                    \
    X("limits.connections", limits.connections_max)                                                \
    X("limits.connections_per_source", limits.connections_per_source_max)                          \
    X("keep_alive_probes.idle", probes.idle_s)                                                     \
    X("keep_alive_probes.interval", probes.interval_s)                                             \
    X("keep_alive_probes.count", probes.count)

/* Whether what differs is said by one of them only: the part that says it. */
#define MERGE_NUMBER(what, member)                                                                 \
    for (size_t i = 0, by = 0; i < count; i++) {                                                   \
        if (parts[i].listener->member == 0)                                                        \
            continue;                                                                              \
        if (into->member != 0 && into->member != parts[i].listener->member)                        \
            return disagree(&parts[by], &parts[i], what, reterr);                                  \
        into->member = parts[i].listener->member;                                                  \
        by = i;                                                                                    \
    }

static int merge_numbers(struct route_listener *into, const struct merge_part *parts, size_t count,
                         struct error **reterr)
{
    LISTENER_NUMBERS(MERGE_NUMBER)
    return 0;
}

static bool networks_equal(struct route_networks a, struct route_networks b)
{
    if (a.count != b.count)
        return false;
    for (uint32_t i = 0; i < a.count; i++) {
        if (a.items[i].family != b.items[i].family ||
            a.items[i].prefix_bits != b.items[i].prefix_bits ||
            memcmp(a.items[i].bytes, b.items[i].bytes, sizeof(a.items[i].bytes)) != 0)
            return false;
    }
    return true;
}

static bool rate_limits_equal(struct route_rate_limits a, struct route_rate_limits b)
{
    if (a.count != b.count)
        return false;
    for (uint32_t i = 0; i < a.count; i++) {
        const struct route_rate_limit *one = &a.items[i], *other = &b.items[i];

        if (one->by != other->by || !texts_equal(one->name, other->name) ||
            one->requests != other->requests || one->period_ms != other->period_ms ||
            one->burst != other->burst || one->concurrent != other->concurrent)
            return false;
    }
    return true;
}

/* What is no number. `by` are the parts that said each of them so far. */
static int merge_others(struct route_listener *into, const struct merge_part *parts, size_t count,
                        struct error **reterr)
{
    const struct merge_part *trusted_by = parts, *limits_by = parts, *log_by = parts,
                            *forwarded_by = parts;

    for (size_t i = 1; i < count; i++) {
        const struct route_listener *listener = parts[i].listener;

        if (listener->protocol != into->protocol)
            return disagree(parts, &parts[i], "the protocol", reterr);
        if (listener->proxy_protocol != into->proxy_protocol)
            return disagree(parts, &parts[i], "proxy_protocol", reterr);
        if (listener->trusted.count > 0) {
            if (into->trusted.count > 0 && !networks_equal(into->trusted, listener->trusted))
                return disagree(trusted_by, &parts[i], "trusted", reterr);
            into->trusted = listener->trusted;
            trusted_by = &parts[i];
        }
        if (listener->rate_limits.count > 0) {
            if (into->rate_limits.count > 0 &&
                !rate_limits_equal(into->rate_limits, listener->rate_limits))
                return disagree(limits_by, &parts[i], "limits.requests", reterr);
            into->rate_limits = listener->rate_limits;
            limits_by = &parts[i];
        }
        if (!texts_equal(listener->access_log.path, NULL)) {
            if (!texts_equal(into->access_log.path, NULL) &&
                (!texts_equal(into->access_log.path, listener->access_log.path) ||
                 into->access_log.format != listener->access_log.format))
                return disagree(log_by, &parts[i], "access_log", reterr);
            into->access_log = listener->access_log;
            log_by = &parts[i];
        }
        if (listener->forwarded != ROUTE_FORWARDED_APPEND || listener->forwarded_port) {
            if ((into->forwarded != ROUTE_FORWARDED_APPEND || into->forwarded_port) &&
                (into->forwarded != listener->forwarded ||
                 into->forwarded_port != listener->forwarded_port))
                return disagree(forwarded_by, &parts[i], "forwarded", reterr);
            into->forwarded = listener->forwarded;
            into->forwarded_port = listener->forwarded_port;
            forwarded_by = &parts[i];
        }
    }
    return 0;
}

/* Each pair of files once. into has room for all. */
static void merge_certificates(struct route_listener *into, const struct merge_part *parts,
                               size_t count)
{
    struct route_certificate *all = (struct route_certificate *)into->certificates;
    uint32_t used = 0;

    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < parts[i].listener->certificate_count; j++) {
            const struct route_certificate *one = &parts[i].listener->certificates[j];
            uint32_t k = 0;

            while (k < used && (!texts_equal(all[k].certificate, one->certificate) ||
                                !texts_equal(all[k].key, one->key)))
                k++;
            if (k == used)
                all[used++] = *one;
        }
    }
    into->certificate_count = used;
    if (used == 0)
        into->certificates = NULL;
}

int merge_settings(struct route_listener *into, const struct merge_part *parts, size_t count,
                   struct error **reterr)
{
    int r = merge_numbers(into, parts, count, reterr);

    if (r == 0)
        r = merge_others(into, parts, count, reterr);
    if (r == 0)
        merge_certificates(into, parts, count);
    return r;
}

bool merge_actions_equal(const struct route_action *a, const struct route_action *b)
{
    return a->kind == b->kind && a->kind != ROUTE_ACTION_FORWARD && a->status == b->status &&
           texts_equal(a->location, b->location) && texts_equal(a->content_type, b->content_type) &&
           a->body_length == b->body_length &&
           (a->body_length == 0 || memcmp(a->body, b->body, a->body_length) == 0);
}

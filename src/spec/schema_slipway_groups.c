/* SPDX-License-Identifier: Apache-2.0 */
/* x-slipway: target groups. */
#include "spec/schema_slipway.h"

#include "spec/checks.h"

/* Target groups */

COUNT(port_number, 1, 65535, "a port from 1 to 65535", NULL);
static const struct schema target_address = {
    .accepts = ACCEPT_STRING,
    .check = check_target_address,
    .expected = "HOST:PORT, [IPV6]:PORT or unix:/PATH",
};
static const struct schema_key target_keys[] = {
    NEED("address", target_address,
         "HOST:PORT, [IPV6]:PORT or unix:/PATH. A name is looked up again as it changes."),
    NOTE("weight", slipway_weight, "Its share beside the other targets; 0 takes no new requests."),
    INTERNAL("instance", type_string, "Of a runtime: what the target's id comes of."),
    END_OF_KEYS,
};
static const struct schema target = {
    .accepts = ACCEPT_STRING | ACCEPT_MAP,
    .form = FORM_TARGET,
    .keys = target_keys,
    .check = check_target_address,
    .expected = "HOST:PORT, [IPV6]:PORT, unix:/PATH, or a map with address",
};
static const struct schema targets = {
    .accepts = ACCEPT_LIST,
    .items = &target,
    .identity = IDENTITY_ADDRESS,
};

static const char *const algorithm_choices[] = {"round_robin", "least_outstanding",
                                                "weighted_random", "hash", NULL};
CHOICE(algorithm, algorithm_choices, "round_robin");

static const char *const health_choices[] = {"http", "tcp", NULL};
CHOICE(health_protocol, health_choices, "http");
static const struct schema health_path = {
    .accepts = ACCEPT_STRING,
    .check = check_url_path,
    .expected = "a path beginning with /",
    .default_text = "/",
};
DURATION(health_interval, 1 * SECOND_NS, 300 * SECOND_NS, "1s to 5m", "5s");
DURATION(health_timeout, SECOND_NS / 10, 120 * SECOND_NS, "100ms to 2m", "2s");
COUNT(health_count, 1, 10, "a count from 1 to 10", "2");
static const struct schema health_status = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_TEXT,
    .check = check_status_list,
    .expected = "statuses from 200 to 499: one, a list such as 200,204, or a range such as 200-299",
    .default_text = "200-299",
};
static const struct schema_key health_keys[] = {
    NOTE("protocol", health_protocol, "How to ask."),
    NOTE("path", health_path, "What to ask for, over http."),
    NOTE("interval", health_interval,
         "Time between two checks. Shorter than the usual 30s because checks come from the machine "
         "itself and a deploy waits for them. A new target that has not passed yet is asked every "
         "500ms, or in the interval where that is shorter; once it is found unhealthy, less and "
         "less often until the interval is reached."),
    NOTE("timeout", health_timeout,
         "An answer that takes longer counts as none; not above the interval."),
    NOTE("healthy", health_count,
         "Passed checks in a row that bring a target back. A new target needs one."),
    NOTE("unhealthy", health_count, "Failed checks in a row that take a target out."),
    NOTE("status", health_status, "Which statuses pass."),
    LATER("port", "Another port to ask at; that of the target until then."),
    END_OF_KEYS,
};
static const struct schema health = {.accepts = ACCEPT_MAP, .keys = health_keys};

DURATION(slow_start, 0, 900 * SECOND_NS, "0s to 15m", "0s");
DURATION(drain, 0, HOUR_NS, "0s to 1h", "30s");
DURATION(hold, 0, HOUR_NS, "0s to 1h", "0s");

/* Who gets it again */

static const char *const hash_choices[] = {"source", "header", "cookie", NULL};
CHOICE(hash_by, hash_choices, "source");
static const struct schema hash_name = {
    .accepts = ACCEPT_STRING,
    .check = check_header_name,
    .expected = "the name of a header or cookie",
};
static const struct schema_key hash_keys[] = {
    NOTE("by", hash_by, "The client's address, or the value of a header or cookie."),
    NOTE("name", hash_name, "Of the header or cookie. Requests without it take turns."),
    END_OF_KEYS,
};
static const struct schema hash = {.accepts = ACCEPT_MAP, .keys = hash_keys};

static const char *const sticky_choices[] = {"balancer", "application", NULL};
CHOICE(sticky_by, sticky_choices, "balancer");
static const struct schema sticky_cookie = {
    .accepts = ACCEPT_STRING,
    .check = check_header_name,
    .expected = "the name of a cookie",
    .default_text = "SLIPWAY",
};
DURATION(sticky_ttl, 1 * SECOND_NS, 7 * DAY_NS, "1s to 7 days (168h)", "24h");
static const struct schema_key sticky_keys[] = {
    NOTE("by", sticky_by,
         "balancer: the edge sets a cookie of its own. application: the edge follows a cookie that "
         "the application sets."),
    NOTE("cookie", sticky_cookie,
         "The name of the cookie; must be given where it is the application's."),
    NOTE("ttl", sticky_ttl, "For how long."),
    END_OF_KEYS,
};
static const struct schema stickiness = {.accepts = ACCEPT_MAP, .keys = sticky_keys};

/* When things go wrong */

COUNT(retry_percent, 0, 100, "a percentage from 0 to 100", "20");
COUNT(retry_attempts, 0, 5, "a count from 0 to 5", "2");
static const struct schema_key retry_keys[] = {
    NOTE("percent", retry_percent,
         "Retries to requests at most, so that retries cannot bury a group that fails."),
    NOTE("attempts", retry_attempts, "Retries of one request; 0 for none."),
    END_OF_KEYS,
};
static const struct schema retries = {.accepts = ACCEPT_MAP, .keys = retry_keys};

COUNT(ejection_failures, 1, 1000, "a count from 1 to 1000", "5");
DURATION(ejection_for, 1 * SECOND_NS, HOUR_NS, "1s to 1h", "30s");
COUNT(ejection_percent, 1, 100, "a percentage from 1 to 100", "50");
static const struct schema_key ejection_keys[] = {
    NOTE("failures", ejection_failures,
         "Failures in a row that take a target out: answers of 5xx, refused and broken "
         "connections, time-outs."),
    NOTE("for", ejection_for, "For how long at first; longer each time that it happens again."),
    NOTE("max_percent", ejection_percent,
         "How much of the group may be out at once for this; one target always may."),
    END_OF_KEYS,
};
static const struct schema ejection = {.accepts = ACCEPT_MAP, .keys = ejection_keys};

COUNT(group_connections, 1, 1000000, "a count from 1 to 1000000", NULL);
COUNT(group_pending, 1, 1000000, "a count from 1 to 1000000", NULL);
static const struct schema_key group_limit_keys[] = {
    NOTE("connections", group_connections, "Connections to one target; no limit when not given."),
    NOTE("pending", group_pending,
         "Requests that may wait for a connection, or for a target with hold; more get 503. No "
         "limit for connections when not given."),
    END_OF_KEYS,
};
static const struct schema group_limits = {.accepts = ACCEPT_MAP, .keys = group_limit_keys};

DURATION(connect_timeout, SECOND_NS / 10, 300 * SECOND_NS, "100ms to 5m", "10s");
DURATION(response_timeout, SECOND_NS / 10, HOUR_NS, "100ms to 1h", "60s");
static const struct schema_key group_timeout_keys[] = {
    NOTE("connect", connect_timeout, "Until a connection to a target stands."),
    NOTE("response", response_timeout, "Until the answer begins."),
    LATER("tls", "Until a target has finished its TLS handshake."),
    END_OF_KEYS,
};
static const struct schema group_timeouts = {.accepts = ACCEPT_MAP, .keys = group_timeout_keys};

static const struct schema_key group_keys[] = {
    NOTE("service", type_string, "The service whose replicas are the targets."),
    NOTE("port", port_number,
         "The port of the replicas; may be left out where the service has one."),
    NOTE("targets", targets, "Fixed targets, instead of a service."),
    NOTE("algorithm", algorithm, "Who gets the next request."),
    NOTE("hash", hash, "With the algorithm hash: what decides; the same goes to the same target."),
    NOTE("stickiness", stickiness,
         "A client that was sent to a target goes there again; off when not given."),
    NOTE("health", health,
         "How targets are checked. Without it they are not, and count as healthy."),
    NOTE("slow_start", slow_start,
         "For that long a new target's share grows from nothing to its full one."),
    NOTE(
        "drain", drain,
        "How long a leaving target may finish what it began. Shorter than the usual 300s because a "
        "deploy waits for it."),
    NOTE("hold", hold,
         "While the group has no target that may get requests (it has none, or they are new, taken "
         "out by an operator or of weight 0), requests and tcp connections wait for one that long, "
         "in their order, then get 503 or are closed. limits.pending says how many may wait; "
         "10000 when not given. Targets that fail their checks get requests where there are no "
         "others, so nothing waits for these."),
    NOTE(
        "retries", retries,
        "A request that no target has answered, and that is safe to repeat, is tried elsewhere. On "
        "when not given, so that a target that has just gone fails nobody's request."),
    NOTE("ejection", ejection,
         "Takes out targets that fail, before health checks do; off when not given."),
    NOTE("limits", group_limits, "How much the targets get at once."),
    NOTE("timeouts", group_timeouts, "How long targets may take."),
    LATER("protocol", "What is spoken to the targets; http until then."),
    LATER("tls", "TLS to the targets."),
    END_OF_KEYS,
};
static const struct schema group = {.accepts = ACCEPT_MAP, .keys = group_keys};
const struct schema slipway_groups = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_ANY,
    .values = &group,
};

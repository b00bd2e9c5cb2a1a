/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x-slipway: what Slipway adds to Compose. The reference page is made from these tables, so each
 * key says what it is for, what it is when not given, and, where that differs from what users of
 * application load balancers are used to, why.
 */
#include "spec/schema_types.h"

#include <stddef.h>

#include "spec/checks.h"

#define SECOND_NS                          INT64_C(1000000000)
#define NOTE(name_, type_, documentation_) KEY(name_, type_, 0, H, H, H, NULL, documentation_)
#define NEED(name_, type_, documentation_)                                                         \
    KEY(name_, type_, KEY_REQUIRED, H, H, H, NULL, documentation_)

/* Certificates */

static const struct schema certificate_path = {.accepts = ACCEPT_STRING, .path = PATH_FILE};
static const struct schema_key certificate_keys[] = {
    NEED("cert", certificate_path, "PEM file with the certificate and its chain."),
    NEED("key", certificate_path, "PEM file with the private key."),
    END_OF_KEYS,
};
static const struct schema certificate = {.accepts = ACCEPT_MAP, .keys = certificate_keys};
static const struct schema certificates = {.accepts = ACCEPT_LIST, .items = &certificate};

/* Conditions */

static const struct schema host_pattern = {
    .accepts = ACCEPT_STRING,
    .check = check_host_pattern,
    .expected = "a host name, in which * stands for any text and ? for one character",
};
static const struct schema hosts = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &host_pattern,
    .expected = "a host name or a list of them",
};
static const struct schema path_pattern = {
    .accepts = ACCEPT_STRING,
    .check = check_url_path,
    .expected = "a path beginning with /, in which * stands for any text and ? for one character",
};
static const struct schema paths = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &path_pattern,
    .expected = "a path or a list of them",
};
static const struct schema method = {
    .accepts = ACCEPT_STRING,
    .check = check_http_method,
    .expected = "a method such as GET, in capitals",
};
static const struct schema methods = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &method,
    .expected = "a method or a list of them",
};
static const struct schema patterns = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &type_string,
    .expected = "a pattern or a list of them",
};
static const struct schema named_patterns = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_ANY,
    .values = &patterns,
    .expected = "a map of names to patterns",
};
static const struct schema network = {
    .accepts = ACCEPT_STRING,
    .check = check_cidr,
    .expected = "a network such as 10.0.0.0/8, or an address",
};
static const struct schema networks = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &network,
    .expected = "a network or a list of them",
};
static const struct schema_key when_keys[] = {
    NOTE("host", hosts,
         "Host names, without regard to case. *.example.com does not match example.com."),
    NOTE("path", paths, "Paths, without the query, case-sensitive."),
    NOTE("method", methods, "Request methods, compared exactly."),
    NOTE("header", named_patterns,
         "Header names to patterns of their value; both without regard to case."),
    NOTE("query", named_patterns,
         "Query parameters to patterns of their value, without regard to case."),
    NOTE("source", networks, "Networks of the connection's peer; never of X-Forwarded-For."),
    END_OF_KEYS,
};
static const struct schema when = {.accepts = ACCEPT_MAP, .keys = when_keys};

/* Actions */

static const struct schema weight = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_INTEGER,
    .bounded = true,
    .minimum = 0,
    .maximum = 999,
    .expected = "a weight from 0 to 999",
    .default_text = "1",
};
static const struct schema weights = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_ANY,
    .values = &weight,
    .expected = "a map of target groups to weights",
};
static const struct schema redirect_status = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_INTEGER,
    .bounded = true,
    .minimum = 301,
    .maximum = 308,
    .expected = "301, 302, 303, 307 or 308",
    .default_text = "302",
};
static const struct schema_key redirect_keys[] = {
    NEED("location", type_string,
         "Where to: #{protocol}, #{host}, #{port}, #{path} and #{query} stand for what was asked "
         "for."),
    NOTE("status", redirect_status, "The status of the answer."),
    END_OF_KEYS,
};
static const struct schema redirect = {.accepts = ACCEPT_MAP, .keys = redirect_keys};

static const struct schema respond_status = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_INTEGER,
    .bounded = true,
    .minimum = 200,
    .maximum = 599,
    .expected = "a status from 200 to 599",
    .default_text = "200",
};
static const struct schema_key respond_keys[] = {
    NOTE("status", respond_status, "The status of the answer."),
    NOTE("body", type_string, "The body of the answer."),
    NOTE("content_type", type_string, "Its Content-Type; text/plain when not given."),
    END_OF_KEYS,
};
static const struct schema respond = {.accepts = ACCEPT_MAP, .keys = respond_keys};

static const struct schema_key default_keys[] = {
    NOTE("forward", type_string, "A target group or a service."),
    NOTE("weights", weights, "Several target groups with their shares, up to 5."),
    NOTE("redirect", redirect, "An answer that sends the client elsewhere."),
    NOTE("respond", respond, "An answer of the edge's own."),
    END_OF_KEYS,
};
static const struct schema default_action = {.accepts = ACCEPT_MAP, .keys = default_keys};

static const struct schema_key rule_keys[] = {
    NOTE("name", type_string, "Names the rule in logs and metrics, and in files that override it."),
    NOTE("when", when,
         "All conditions must hold; of several values in one, any. Without it, always."),
    NOTE("forward", type_string, "A target group or a service."),
    NOTE("weights", weights, "Several target groups with their shares, up to 5."),
    NOTE("redirect", redirect, "An answer that sends the client elsewhere."),
    NOTE("respond", respond, "An answer of the edge's own."),
    END_OF_KEYS,
};
static const struct schema rule = {.accepts = ACCEPT_MAP, .keys = rule_keys};
static const struct schema rules = {
    .accepts = ACCEPT_LIST,
    .items = &rule,
    .identity = IDENTITY_NAME,
};

/* Listeners */

static const struct schema listen_address = {
    .accepts = ACCEPT_STRING,
    .check = check_listen_address,
    .expected = "an address with a port, such as :443, 127.0.0.1:8080 or [::1]:80",
};
static const char *const protocol_choices[] = {"http", "https", "tcp", "tls", NULL};
static const struct schema listener_protocol = {
    .accepts = ACCEPT_STRING,
    .choices = protocol_choices,
    .default_text = "http",
};
static const struct schema_key listener_keys[] = {
    NEED("address", listen_address,
         "Where to listen. Listeners belong to the machine: projects that "
         "name the same address share it, and their rules are merged by host."),
    NOTE("protocol", listener_protocol, "What is spoken there."),
    NOTE("certificates", certificates,
         "For https and tls: chosen by the name that the client asks for; the first one is the "
         "default."),
    NOTE("trusted", networks, "Networks whose X-Forwarded-* and PROXY headers count."),
    NOTE("rules", rules, "Tried in order; the first that matches decides."),
    NOTE("default", default_action, "What happens where no rule matches; 404 when not given."),
    END_OF_KEYS,
};
static const struct schema listener = {.accepts = ACCEPT_MAP, .keys = listener_keys};
static const struct schema listeners = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_IDENTIFIER,
    .values = &listener,
};

/* Target groups */

static const struct schema port_number = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_INTEGER,
    .bounded = true,
    .minimum = 1,
    .maximum = 65535,
    .expected = "a port from 1 to 65535",
};
static const struct schema target_address = {
    .accepts = ACCEPT_STRING,
    .check = check_target_address,
    .expected = "HOST:PORT, [IPV6]:PORT or unix:/PATH",
};
static const struct schema_key target_keys[] = {
    NEED("address", target_address,
         "HOST:PORT, [IPV6]:PORT or unix:/PATH. A name is looked up again as it changes."),
    NOTE("weight", weight, "Its share beside the other targets; 0 takes no new requests."),
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
static const struct schema algorithm = {
    .accepts = ACCEPT_STRING,
    .choices = algorithm_choices,
    .default_text = "round_robin",
};

static const char *const health_choices[] = {"http", "tcp", NULL};
static const struct schema health_protocol = {
    .accepts = ACCEPT_STRING,
    .choices = health_choices,
    .default_text = "http",
};
static const struct schema health_path = {
    .accepts = ACCEPT_STRING,
    .check = check_url_path,
    .expected = "a path beginning with /",
    .default_text = "/",
};
static const struct schema health_interval = {
    .accepts = ACCEPT_STRING,
    .scalar = SCALAR_DURATION,
    .bounded = true,
    .minimum = 1 * SECOND_NS,
    .maximum = 300 * SECOND_NS,
    .expected = "a duration from 1s to 5m",
    .default_text = "5s",
};
static const struct schema health_timeout = {
    .accepts = ACCEPT_STRING,
    .scalar = SCALAR_DURATION,
    .bounded = true,
    .minimum = SECOND_NS / 10,
    .maximum = 120 * SECOND_NS,
    .expected = "a duration from 100ms to 2m",
    .default_text = "2s",
};
static const struct schema health_count = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_INTEGER,
    .bounded = true,
    .minimum = 1,
    .maximum = 10,
    .expected = "a count from 1 to 10",
    .default_text = "2",
};
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
         "itself and a deploy waits for them."),
    NOTE("timeout", health_timeout,
         "An answer that takes longer counts as none; not above the interval."),
    NOTE("healthy", health_count,
         "Passed checks in a row that bring a target back. A new target needs one."),
    NOTE("unhealthy", health_count, "Failed checks in a row that take a target out."),
    NOTE("status", health_status, "Which statuses pass."),
    END_OF_KEYS,
};
static const struct schema health = {.accepts = ACCEPT_MAP, .keys = health_keys};

static const struct schema slow_start = {
    .accepts = ACCEPT_STRING,
    .scalar = SCALAR_DURATION,
    .bounded = true,
    .minimum = 0,
    .maximum = 900 * SECOND_NS,
    .expected = "a duration from 0s to 15m",
    .default_text = "0s",
};
static const struct schema drain = {
    .accepts = ACCEPT_STRING,
    .scalar = SCALAR_DURATION,
    .bounded = true,
    .minimum = 0,
    .maximum = 3600 * SECOND_NS,
    .expected = "a duration from 0s to 1h",
    .default_text = "30s",
};

static const struct schema_key group_keys[] = {
    NOTE("service", type_string, "The service whose replicas are the targets."),
    NOTE("port", port_number,
         "The port of the replicas; may be left out where the service has one."),
    NOTE("targets", targets, "Fixed targets, instead of a service."),
    NOTE("algorithm", algorithm, "Who gets the next request."),
    NOTE("health", health, "How targets are checked."),
    NOTE("slow_start", slow_start,
         "For that long a new target's share grows from nothing to its full one."),
    NOTE(
        "drain", drain,
        "How long a leaving target may finish what it began. Shorter than the usual 300s because a "
        "deploy waits for it."),
    END_OF_KEYS,
};
static const struct schema group = {.accepts = ACCEPT_MAP, .keys = group_keys};
static const struct schema groups = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_ANY,
    .values = &group,
};

static const struct schema_key slipway_keys[] = {
    NOTE("listeners", listeners,
         "Addresses that the edge listens on, with the rules that route there."),
    NOTE("target_groups", groups,
         "Where rules forward to. Every service with one port has a group under its name without "
         "being listed; one with several has SERVICE:PORT."),
    END_OF_KEYS,
};
const struct schema schema_slipway = {.accepts = ACCEPT_MAP, .keys = slipway_keys};

/* In a service */

static const char *const runtime_choices[] = {"docker", "swarm", "process", NULL};
static const struct schema runtime = {
    .accepts = ACCEPT_STRING,
    .choices = runtime_choices,
    .default_text = "docker",
};
static const char *const listen_choices[] = {"port", "activated", NULL};
static const struct schema listen = {
    .accepts = ACCEPT_STRING,
    .choices = listen_choices,
    .default_text = "port",
};
static const struct schema artifact = {.accepts = ACCEPT_STRING, .path = PATH_FILE};

static const struct schema_key slipway_service_keys[] = {
    NOTE("runtime", runtime,
         "What runs the service. process runs its command natively, without an engine."),
    NOTE("listen", listen,
         "With the process runtime: port gives the process PORT in its environment, activated "
         "hands it "
         "a listening socket by the LISTEN_FDS convention."),
    NOTE("artifact", artifact,
         "With the process runtime: the file or folder that is kept by content, so that a rollback "
         "runs the old bytes; the executable when not given."),
    END_OF_KEYS,
};
const struct schema schema_slipway_service = {.accepts = ACCEPT_MAP, .keys = slipway_service_keys};

/* SPDX-License-Identifier: Apache-2.0 */
/* x-slipway: listeners, but for their rules. */
#include "spec/schema_slipway.h"

#include "spec/checks.h"

/* Certificates */

static const struct schema certificate_path = {.accepts = ACCEPT_STRING, .path = PATH_FILE};
static const struct schema_key certificate_keys[] = {
    NEED("cert", certificate_path, "PEM file with the certificate and its chain."),
    NEED("key", certificate_path, "PEM file with the private key."),
    END_OF_KEYS,
};
static const struct schema certificate = {.accepts = ACCEPT_MAP, .keys = certificate_keys};
static const char *const certificates_choices[] = {"auto", "local", NULL};
static const struct schema certificates = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .choices = certificates_choices,
    .items = &certificate,
    .expected = "a list of certificates with cert and key",
};

/* Listeners */

static const struct schema listen_address = {
    .accepts = ACCEPT_STRING,
    .check = check_listen_address,
    .expected = "an address with a port, such as :443, 127.0.0.1:8080 or [::1]:80",
};
static const char *const protocol_choices[] = {"http", "https", "tcp", "tls", NULL};
static const struct schema proxy_protocol = {
    .accepts = ACCEPT_BOOL | ACCEPT_STRING,
    .scalar = SCALAR_BOOL,
    .expected = "true or false",
    .default_text = "false",
};
CHOICE(listener_protocol, protocol_choices, "http");

static const char *const forwarded_choices[] = {"append", "preserve", "remove", NULL};
CHOICE(forwarded_mode, forwarded_choices, "append");
static const struct schema forwarded_port = {
    .accepts = ACCEPT_BOOL | ACCEPT_STRING,
    .scalar = SCALAR_BOOL,
    .expected = "true or false",
    .default_text = "false",
};
static const struct schema_key forwarded_keys[] = {
    NOTE("mode", forwarded_mode,
         "append: the client's address is added to X-Forwarded-For. preserve: what a trusted peer "
         "sent stays as it is. remove: the target gets none."),
    NOTE("port", forwarded_port, "Whether the address stands there with its port."),
    END_OF_KEYS,
};
static const struct schema forwarded = {.accepts = ACCEPT_MAP, .keys = forwarded_keys};

DURATION(header_timeout, 1 * SECOND_NS, 300 * SECOND_NS, "1s to 5m", "10s");
DURATION(idle_timeout, 1 * SECOND_NS, DAY_NS, "1s to 24h", "60s");
DURATION(keep_alive_timeout, 1 * SECOND_NS, 7 * DAY_NS, "1s to 7 days (168h)", "75s");
DURATION(handshake_timeout, 1 * SECOND_NS, 60 * SECOND_NS, "1s to 1m", "10s");
DURATION(tunnel_timeout, 1 * SECOND_NS, 7 * DAY_NS, "1s to 7 days (168h)", "1h");
static const struct schema_key timeout_keys[] = {
    NOTE("header", header_timeout,
         "For a whole request head, however slowly its bytes come; then 408."),
    NOTE(
        "idle", idle_timeout,
        "While nothing moves in the middle of a request or answer. For tcp: while nothing moves at "
        "all, and 1h when not given, as streams rest longer than requests do."),
    NOTE("keep_alive", keep_alive_timeout,
         "Between two requests on a connection. Shorter than the usual 3600s because each such "
         "connection takes memory, and clients make new ones by themselves."),
    NOTE("handshake", handshake_timeout, "For the TLS handshake, of https."),
    NOTE("tunnel", tunnel_timeout,
         "While nothing moves on a connection that was upgraded, such as a WebSocket. The usual "
         "balancer takes its 60s there too, which cuts off quiet ones."),
    END_OF_KEYS,
};
static const struct schema timeouts = {.accepts = ACCEPT_MAP, .keys = timeout_keys};

COUNT(listener_connections, 1, 10000000, "a count from 1 to 10000000", NULL);
COUNT(source_connections, 1, 1000000, "a count from 1 to 1000000", NULL);
static const struct schema body_bytes = {
    .accepts = ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_STRING,
    .scalar = SCALAR_BYTES,
    .bounded = true,
    .minimum = 0,
    .maximum = INT64_MAX,
    .expected = "a size such as 10m or 1.5g; 0 for no limit",
};
static const struct schema body_rate = {
    .accepts = ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_STRING,
    .scalar = SCALAR_BYTES,
    .bounded = true,
    .minimum = 0,
    .maximum = 1 << 30,
    .expected = "bytes a second, such as 240 or 1k; 0 for no least rate",
    .default_text = "240",
};
static const struct schema_key listener_limit_keys[] = {
    NOTE("connections", listener_connections,
         "Connections at once; further ones are closed. No limit when not given."),
    NOTE("connections_per_source", source_connections,
         "Of one client address (of IPv6, one /64); further ones are closed. No limit when not "
         "given."),
    NOTE("body", body_bytes, "The largest request body; more get 413. No limit when not given."),
    NOTE("body_rate", body_rate,
         "The least bytes a second of a body in either direction, so that slow clients hold "
         "nothing up; slower ones are cut off."),
    NOTE("requests", slipway_limits, "How many requests the listener lets pass; all must agree."),
    END_OF_KEYS,
};
static const struct schema listener_limits = {.accepts = ACCEPT_MAP, .keys = listener_limit_keys};

static const struct schema log_path = {.accepts = ACCEPT_STRING, .path = PATH_FILE};
static const char *const log_choices[] = {"json", "fields", NULL};
CHOICE(log_format, log_choices, "json");
static const struct schema_key log_keys[] = {
    NEED("path", log_path,
         "The file; lines are added at its end. Several listeners may name the same."),
    NOTE("format", log_format,
         "json: an object a line. fields: the usual fields in the usual order, with blanks "
         "between."),
    END_OF_KEYS,
};
static const struct schema access_log = {.accepts = ACCEPT_MAP, .keys = log_keys};

DURATION(probe_idle, 0, 2 * HOUR_NS, "0s to 2h", "60s");
DURATION(probe_interval, 1 * SECOND_NS, 3600 * SECOND_NS, "1s to 1h", "10s");
COUNT(probe_count, 1, 100, "a count from 1 to 100", "6");
static const struct schema_key probe_keys[] = {
    NOTE("idle", probe_idle, "After how long a rest the first is sent; 0s for never."),
    NOTE("interval", probe_interval, "Between two that are not answered."),
    NOTE("count", probe_count, "How many unanswered ones end the connection."),
    END_OF_KEYS,
};
static const struct schema keep_alive_probes = {.accepts = ACCEPT_MAP, .keys = probe_keys};

static const struct schema_key listener_keys[] = {
    NEED("address", listen_address,
         "Where to listen. Listeners belong to the machine: projects that "
         "name the same address share it, and their rules are merged by host."),
    NOTE("protocol", listener_protocol, "What is spoken there; tls is not supported yet."),
    NOTE("certificates", certificates,
         "For https and tls: chosen by the name that the client asks for; the first one is the "
         "default."),
    NOTE("trusted", slipway_networks, "Networks whose X-Forwarded-* and PROXY headers count."),
    NOTE("proxy_protocol", proxy_protocol,
         "Each connection from a trusted network begins with a PROXY header, version 1 or 2, that "
         "names the client. One without it is closed."),
    NOTE("forwarded", forwarded, "What is done to the X-Forwarded-* headers."),
    NOTE("timeouts", timeouts, "How long clients may take."),
    NOTE("limits", listener_limits, "How much clients get."),
    NOTE("access_log", access_log, "A line for each request; none is written when not given."),
    NOTE("keep_alive_probes", keep_alive_probes,
         "With tcp: probes of the system on resting connections, which find out that the other "
         "side is gone."),
    NOTE("rules", slipway_rules, "Tried in order; the first that matches decides."),
    NOTE("default", slipway_default_action,
         "What happens where no rule matches; 404 when not given."),
    LATER("http2", "HTTP/2."),
    LATER("http3", "HTTP/3."),
    LATER("client_certificates", "Certificates that clients must show."),
    LATER("security_policy", "Which versions and ciphers of TLS are taken."),
    END_OF_KEYS,
};
static const struct schema listener = {.accepts = ACCEPT_MAP, .keys = listener_keys};
const struct schema slipway_listeners = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_IDENTIFIER,
    .values = &listener,
};

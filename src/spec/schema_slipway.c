/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x-slipway: what Slipway adds to Compose. The reference page is made from these tables and those
 * beside them (schema_slipway_*.c), so each key says what it is for, what it is when not given,
 * and, where that differs from what users of application load balancers are used to, why.
 */
#include "spec/schema_slipway.h"

#include "spec/checks.h"

static const struct schema metrics_address = {
    .accepts = ACCEPT_STRING,
    .check = check_loopback_address,
    .expected = "a loopback address with a port, such as 127.0.0.1:9100",
};
static const struct schema_key metrics_keys[] = {
    NEED("address", metrics_address, "Where /metrics and /ready answer; on loopback only."),
    END_OF_KEYS,
};
static const struct schema metrics = {.accepts = ACCEPT_MAP, .keys = metrics_keys};

static const struct schema_key slipway_keys[] = {
    NOTE("listeners", slipway_listeners,
         "Addresses that the edge listens on, with the rules that route there."),
    NOTE("target_groups", slipway_groups,
         "Where rules forward to. Every service with one port has a group under its name without "
         "being listed; one with several has SERVICE:PORT."),
    NOTE("metrics", metrics,
         "Metrics for Prometheus beside those on the control socket; for the whole machine."),
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

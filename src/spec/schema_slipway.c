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

/* How a project is deployed; src/model/desired_deploy.c has the same defaults. */

DURATION(deploy_deadline, SECOND_NS, DAY_NS, "1s to 24h", "5m");
DURATION(deploy_hold, 0, HOUR_NS, "0s to 1h", "30s");
DURATION(deploy_bake, 0, DAY_NS, "0s to 24h", "0s");
DURATION(canary_for, 0, DAY_NS, "0s to 24h", NULL);
COUNT(canary_percent, 1, 99, "a percentage from 1 to 99", NULL);
COUNT(threshold_samples, 1, 1000000000, "a count from 1 to 1000000000", "50");

static const struct schema_key canary_keys[] = {
    NEED("percent", canary_percent,
         "The share of the requests that goes to what is new; more in each step."),
    NEED("for", canary_for, "How long the step lasts."),
    END_OF_KEYS,
};
static const struct schema canary_step = {.accepts = ACCEPT_MAP, .keys = canary_keys};
static const struct schema canary = {.accepts = ACCEPT_LIST, .items = &canary_step};

static const struct schema_key threshold_keys[] = {
    NOTE("errors", type_number,
         "By how many percentage points the share of errors (5xx, and connections that failed) may "
         "be above that of the revision before; 1 when not given."),
    NOTE("latency", type_number,
         "How many times that of the revision before the 95th percentile of the latency may be; 2 "
         "when not given."),
    NOTE("samples", threshold_samples,
         "With fewer requests to what is new nothing is compared; with fewer to what was before, "
         "that counts as without errors, and its latency is not compared."),
    END_OF_KEYS,
};
static const struct schema thresholds = {.accepts = ACCEPT_MAP, .keys = threshold_keys};

static const struct schema_key deploy_keys[] = {
    NOTE("deadline", deploy_deadline,
         "Until then everything new must have passed its checks, or the deploy is undone."),
    NOTE("hold", deploy_hold,
         "How long the edge keeps requests for a service whose old and new instances cannot run at "
         "the same time, while it is replaced; then they get 503."),
    NOTE("canary", canary, "Shares of the traffic for what is new, before it gets all of it."),
    NOTE("bake", deploy_bake,
         "How long the old instances wait after the switch, while errors and latency are compared "
         "with those of the revision before. When they are worse, the deploy is undone."),
    NOTE("thresholds", thresholds, "What worse means, in canary steps and the bake."),
    END_OF_KEYS,
};
static const struct schema deploy = {.accepts = ACCEPT_MAP, .keys = deploy_keys};

static const struct schema_key slipway_keys[] = {
    NOTE("listeners", slipway_listeners,
         "Addresses that the edge listens on, with the rules that route there."),
    NOTE("target_groups", slipway_groups,
         "Where rules forward to. Every service with one port has a group under its name without "
         "being listed; one with several has SERVICE:PORT."),
    NOTE("deploy", deploy, "How the project is deployed."),
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
    NOTE("overlap", type_boolean,
         "true: old and new instances may run at the same time although both write the same volume "
         "or bind mount. Only where the program is made for that."),
    END_OF_KEYS,
};
const struct schema schema_slipway_service = {.accepts = ACCEPT_MAP, .keys = slipway_service_keys};

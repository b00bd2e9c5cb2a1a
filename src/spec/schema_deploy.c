/* SPDX-License-Identifier: Apache-2.0 */
/* services.*.build, services.*.deploy and services.*.develop. */
#include "spec/schema_types.h"

#include <stddef.h>

static const char in_buildkit[] =
    "needs BuildKit's own protocol, which the Engine API alone does not offer";

static const struct schema build_args = {
    .accepts = ACCEPT_LIST | ACCEPT_MAP,
    .form = FORM_MAPPING_NULL,
    .names = NAMES_ANY,
    .values =
        &(const struct schema){
            .accepts = ACCEPT_STRING | ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_BOOL | ACCEPT_NULL,
            .scalar = SCALAR_TEXT,
            .expected = "a string, a number, true, false or nothing",
        },
    .items = &type_string,
    .expected = "a map, or a list of NAME=VALUE",
};

static const struct schema build_contexts = {
    .accepts = ACCEPT_LIST | ACCEPT_MAP,
    .form = FORM_MAPPING,
    .names = NAMES_ANY,
    .values =
        &(const struct schema){
            .accepts = ACCEPT_STRING | ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_BOOL | ACCEPT_NULL,
            .scalar = SCALAR_TEXT,
            .path = PATH_CONTEXT,
            .expected = "a path or a URL",
        },
    .items = &type_string,
    .expected = "a map of names to folders or URLs, or a list of NAME=FOLDER",
};

static const struct schema build_context = {.accepts = ACCEPT_STRING, .path = PATH_CONTEXT};

static const struct schema build_ssh = {
    .accepts = ACCEPT_LIST | ACCEPT_MAP,
    .form = FORM_SSH,
    .names = NAMES_ANY,
    .values =
        &(const struct schema){
            .accepts = ACCEPT_STRING | ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_BOOL | ACCEPT_NULL,
            .scalar = SCALAR_TEXT,
            .expected = "a path or nothing",
        },
    .items = &type_string,
    .unique = true,
    .path = PATH_SSH,
    .sorted = true,
    .identity = IDENTITY_TEXT,
    .expected = "a list of default or ID=PATH",
};

static const struct schema string_or_bool = {
    .accepts = ACCEPT_STRING | ACCEPT_BOOL,
    .scalar = SCALAR_STRING_OR_BOOL,
    .expected = "true, false or a string",
};

static const struct schema build_tags = {
    .accepts = ACCEPT_LIST,
    .items = &type_string,
    .identity = IDENTITY_TEXT,
};

static const struct schema_key build_keys[] = {
    PLAIN_KEY("context", build_context),
    PLAIN_KEY("dockerfile", type_string),
    PLAIN_KEY("dockerfile_inline", type_string),
    KEY("entitlements", type_strings, 0, R, R, R, in_buildkit, NULL),
    PLAIN_KEY("args", build_args),
    KEY("provenance", string_or_bool, 0, R, R, R, in_buildkit, NULL),
    KEY("sbom", string_or_bool, 0, R, R, R, in_buildkit, NULL),
    KEY("ssh", build_ssh, 0, R, R, R, in_buildkit, NULL),
    PLAIN_KEY("labels", type_mapping),
    PLAIN_KEY("cache_from", type_strings),
    KEY("cache_to", type_strings, 0, R, R, R, in_buildkit, NULL),
    PLAIN_KEY("no_cache", type_boolean),
    KEY("additional_contexts", build_contexts, 0, R, R, R, in_buildkit, NULL),
    PLAIN_KEY("pull", type_boolean),
    PLAIN_KEY("extra_hosts", type_extra_hosts),
    KEY("isolation", type_string, 0, R, R, R, "exists on Windows only", NULL),
    PLAIN_KEY("network", type_string),
    PLAIN_KEY("target", type_string),
    KEY("secrets", type_file_references, 0, R, R, R, in_buildkit, NULL),
    PLAIN_KEY("shm_size", type_bytes),
    PLAIN_KEY("tags", build_tags),
    PLAIN_KEY("ulimits", type_ulimits),
    KEY_BOTH("platforms", type_strings, E, E, R, "one platform is built: that of the machine",
             "a native service is not built"),
    KEY("privileged", type_boolean, 0, R, R, R, in_buildkit, NULL),
    END_OF_KEYS,
};

const struct schema type_build = {
    .accepts = ACCEPT_STRING | ACCEPT_MAP,
    .form = FORM_BUILD,
    .keys = build_keys,
    .extensible = true,
    .expected = "the path of a folder, or a map",
};

static const char *const order_choices[] = {"start-first", "stop-first", NULL};
static const struct schema order = {.accepts = ACCEPT_STRING, .choices = order_choices};

static const struct schema_key update_keys[] = {
    PLAIN_KEY("parallelism", type_integer),
    PLAIN_KEY("delay", type_duration),
    KEY("failure_action", type_string, 0, E, E, E,
        "`pause` undoes the whole revision, as `rollback` does, which is the default", NULL),
    PLAIN_KEY("monitor", type_duration),
    KEY("max_failure_ratio", type_number, 0, E, E, E,
        "is taken as 0: one that fails is enough, unless `failure_action` is `continue`", NULL),
    PLAIN_KEY("order", order),
    END_OF_KEYS,
};

static const struct schema update_config = {
    .accepts = ACCEPT_MAP,
    .keys = update_keys,
    .extensible = true,
};

static const struct schema_key limit_keys[] = {
    PLAIN_KEY("cpus", type_number),
    PLAIN_KEY("memory", type_bytes_text),
    PLAIN_KEY("pids", type_integer),
    END_OF_KEYS,
};

static const struct schema limits = {
    .accepts = ACCEPT_MAP,
    .keys = limit_keys,
    .extensible = true,
};

static const struct schema_key discrete_keys[] = {
    PLAIN_KEY("kind", type_string),
    PLAIN_KEY("value", type_whole_number),
    END_OF_KEYS,
};

static const struct schema discrete = {
    .accepts = ACCEPT_MAP,
    .keys = discrete_keys,
    .extensible = true,
};

static const struct schema_key generic_resource_keys[] = {
    PLAIN_KEY("discrete_resource_spec", discrete),
    END_OF_KEYS,
};

static const struct schema generic_resource = {
    .accepts = ACCEPT_MAP,
    .keys = generic_resource_keys,
    .extensible = true,
};

static const struct schema generic_resources = {
    .accepts = ACCEPT_LIST,
    .items = &generic_resource,
};

static const struct schema_key reservation_keys[] = {
    KEY("cpus", type_number, 0, E, H, E, "one machine: nothing to place by it", NULL),
    PLAIN_KEY("memory", type_bytes_text),
    KEY("generic_resources", generic_resources, 0, R, H, R, "a notion of swarm alone", NULL),
    KEY("devices", type_device_requests, 0, H, R, R,
        "only the engine on one machine hands out devices", NULL),
    END_OF_KEYS,
};

static const struct schema reservations = {
    .accepts = ACCEPT_MAP,
    .keys = reservation_keys,
    .extensible = true,
};

static const struct schema_key resource_keys[] = {
    PLAIN_KEY("limits", limits),
    PLAIN_KEY("reservations", reservations),
    END_OF_KEYS,
};

static const struct schema resources = {
    .accepts = ACCEPT_MAP,
    .keys = resource_keys,
    .extensible = true,
};

static const struct schema_key restart_keys[] = {
    PLAIN_KEY("condition", type_string),
    PLAIN_KEY("delay", type_duration),
    PLAIN_KEY("max_attempts", type_integer),
    PLAIN_KEY("window", type_duration),
    END_OF_KEYS,
};

static const struct schema restart_policy = {
    .accepts = ACCEPT_MAP,
    .keys = restart_keys,
    .extensible = true,
};

static const struct schema_key preference_keys[] = {
    PLAIN_KEY("spread", type_string),
    END_OF_KEYS,
};

static const struct schema preference = {
    .accepts = ACCEPT_MAP,
    .keys = preference_keys,
    .extensible = true,
};

static const struct schema preferences = {.accepts = ACCEPT_LIST, .items = &preference};

static const struct schema_key placement_keys[] = {
    PLAIN_KEY("constraints", type_strings),
    PLAIN_KEY("preferences", preferences),
    PLAIN_KEY("max_replicas_per_node", type_integer),
    END_OF_KEYS,
};

static const struct schema placement = {
    .accepts = ACCEPT_MAP,
    .keys = placement_keys,
    .extensible = true,
};

static const struct schema_key deploy_keys[] = {
    KEY("mode", type_string, 0, E, H, E, "one machine: global means one replica", NULL),
    KEY("replicas", type_integer, 0, E, H, E, "Slipway runs and balances the replicas", NULL),
    KEY("labels", type_mapping, 0, E, H, E, "kept with the service; containers have its labels",
        NULL),
    KEY("update_config", update_config, 0, E, E, E, "Slipway carries out the roll-out", NULL),
    KEY("rollback_config", update_config, 0, E, E, E, "Slipway carries out the rollback", NULL),
    KEY("resources", resources, 0, H, H, E, "by control groups, where the machine allows them",
        NULL),
    KEY("restart_policy", restart_policy, 0, E, H, E, "translated to the runtime's own policy",
        NULL),
    KEY("placement", placement, 0, E, H, E, "one machine: there is one place", NULL),
    KEY("endpoint_mode", type_string, 0, E, E, E, "the edge balances; names resolve to replicas",
        NULL),
    END_OF_KEYS,
};

const struct schema type_deploy = {
    .accepts = ACCEPT_NULL | ACCEPT_MAP,
    .keys = deploy_keys,
    .extensible = true,
};

static const char *const action_choices[] = {"rebuild",      "sync",      "restart",
                                             "sync+restart", "sync+exec", NULL};
static const struct schema watch_action = {.accepts = ACCEPT_STRING, .choices = action_choices};
static const struct schema watch_path = {.accepts = ACCEPT_STRING, .path = PATH_FILE};

static const struct schema_key watch_keys[] = {
    KEY("path", watch_path, KEY_REQUIRED, H, H, H, NULL, NULL),
    KEY("action", watch_action, KEY_REQUIRED, H, H, H, NULL, NULL),
    PLAIN_KEY("target", type_string),
    PLAIN_KEY("exec", type_hook),
    PLAIN_KEY("include", type_string_or_list),
    PLAIN_KEY("ignore", type_string_or_list),
    PLAIN_KEY("initial_sync", type_strict_boolean),
    END_OF_KEYS,
};

static const struct schema watch_rule = {
    .accepts = ACCEPT_MAP,
    .keys = watch_keys,
    .extensible = true,
};

static const struct schema watch = {.accepts = ACCEPT_LIST, .items = &watch_rule};

static const struct schema_key develop_keys[] = {
    PLAIN_KEY("watch", watch),
    END_OF_KEYS,
};

const struct schema type_develop = {
    .accepts = ACCEPT_NULL | ACCEPT_MAP,
    .keys = develop_keys,
    .extensible = true,
};

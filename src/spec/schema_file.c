/* SPDX-License-Identifier: Apache-2.0 */
/* The top of a Compose file, and its networks, volumes, secrets, configs, models and includes. */
#include "spec/schema_types.h"

#include <stddef.h>

static const char no_container[] = "native services share the machine's network and files";

static const struct schema_key external_keys[] = {
    KEY("name", type_string, KEY_DEPRECATED, H, H, H, NULL, NULL),
    END_OF_KEYS,
};

/* external: {name: x} takes nothing else; in secrets and configs the specification is open. */
static const struct schema external = {
    .accepts = ACCEPT_BOOL | ACCEPT_STRING | ACCEPT_MAP,
    .scalar = SCALAR_BOOL,
    .keys = external_keys,
    .extensible = true,
    .expected = "true or false",
};
static const struct schema external_file = {
    .accepts = ACCEPT_BOOL | ACCEPT_STRING | ACCEPT_MAP,
    .scalar = SCALAR_BOOL,
    .keys = external_keys,
    .names = NAMES_ANY,
    .values = &schema_anything,
    .expected = "true or false",
};

static const struct schema addresses = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_ANY,
    .values = &type_string,
};

static const struct schema_key subnet_keys[] = {
    PLAIN_KEY("subnet", type_string),
    PLAIN_KEY("gateway", type_string),
    PLAIN_KEY("ip_range", type_string),
    PLAIN_KEY("aux_addresses", addresses),
    END_OF_KEYS,
};
static const struct schema subnet = {
    .accepts = ACCEPT_MAP,
    .keys = subnet_keys,
    .extensible = true,
};
static const struct schema subnets = {
    .accepts = ACCEPT_LIST,
    .items = &subnet,
    .merge = MERGE_SUBNETS,
};

static const struct schema_key ipam_keys[] = {
    PLAIN_KEY("driver", type_string),
    PLAIN_KEY("config", subnets),
    PLAIN_KEY("options", addresses),
    END_OF_KEYS,
};
static const struct schema ipam = {.accepts = ACCEPT_MAP, .keys = ipam_keys, .extensible = true};

static const struct schema_key network_keys[] = {
    PLAIN_KEY("name", type_string),
    PLAIN_KEY("driver", type_string),
    PLAIN_KEY("driver_opts", type_options),
    PLAIN_KEY("ipam", ipam),
    PLAIN_KEY("external", external),
    PLAIN_KEY("internal", type_boolean),
    PLAIN_KEY("attachable", type_boolean),
    PLAIN_KEY("labels", type_mapping),
    PLAIN_KEY("enable_ipv4", type_boolean),
    PLAIN_KEY("enable_ipv6", type_boolean),
    END_OF_KEYS,
};
static const struct schema network = {
    .accepts = ACCEPT_MAP | ACCEPT_NULL,
    .form = FORM_RESOURCE,
    .keys = network_keys,
    .extensible = true,
};
static const struct schema networks = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_IDENTIFIER,
    .values = &network,
};

static const struct schema_key volume_keys[] = {
    PLAIN_KEY("name", type_string),         PLAIN_KEY("driver", type_string),
    PLAIN_KEY("driver_opts", type_options), PLAIN_KEY("external", external),
    PLAIN_KEY("labels", type_mapping),      END_OF_KEYS,
};
static const struct schema volume = {
    .accepts = ACCEPT_MAP | ACCEPT_NULL,
    .form = FORM_RESOURCE,
    .path = PATH_VOLUME,
    .keys = volume_keys,
    .extensible = true,
};
static const struct schema volumes = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_IDENTIFIER,
    .values = &volume,
};

static const struct schema file_path = {.accepts = ACCEPT_STRING, .path = PATH_FILE};

static const struct schema_key secret_keys[] = {
    PLAIN_KEY("name", type_string),
    PLAIN_KEY("file", file_path),
    PLAIN_KEY("environment", type_string),
    KEY("content", type_string, KEY_SECRET | KEY_INTERNAL, H, H, H, NULL, NULL),
    PLAIN_KEY("external", external_file),
    PLAIN_KEY("labels", type_mapping),
    PLAIN_KEY("driver", type_string),
    PLAIN_KEY("driver_opts", type_options),
    PLAIN_KEY("template_driver", type_string),
    END_OF_KEYS,
};
static const struct schema secret = {
    .accepts = ACCEPT_MAP,
    .form = FORM_RESOURCE,
    .keys = secret_keys,
    .extensible = true,
};
static const struct schema secrets = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_IDENTIFIER,
    .values = &secret,
};

static const struct schema_key config_keys[] = {
    PLAIN_KEY("name", type_string),
    PLAIN_KEY("file", file_path),
    PLAIN_KEY("environment", type_string),
    KEY("content", type_string, KEY_SECRET, H, H, H, NULL, NULL),
    PLAIN_KEY("external", external_file),
    PLAIN_KEY("labels", type_mapping),
    PLAIN_KEY("template_driver", type_string),
    END_OF_KEYS,
};
static const struct schema config = {
    .accepts = ACCEPT_MAP,
    .form = FORM_RESOURCE,
    .keys = config_keys,
    .extensible = true,
};
static const struct schema configs = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_IDENTIFIER,
    .values = &config,
};

static const struct schema_key model_keys[] = {
    PLAIN_KEY("name", type_string),
    KEY("model", type_string, KEY_REQUIRED, H, H, H, NULL, NULL),
    PLAIN_KEY("context_size", type_strict_integer),
    PLAIN_KEY("runtime_flags", type_strings),
    END_OF_KEYS,
};
static const struct schema model = {
    .accepts = ACCEPT_MAP,
    .keys = model_keys,
    .extensible = true,
};
static const struct schema models = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_IDENTIFIER,
    .values = &model,
};

static const struct schema include_paths = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &type_string,
    .unique = true,
    .expected = "a path or a list of paths",
};
static const struct schema_key include_keys[] = {
    PLAIN_KEY("path", include_paths),
    PLAIN_KEY("env_file", include_paths),
    PLAIN_KEY("project_directory", type_string),
    END_OF_KEYS,
};
static const struct schema include = {
    .accepts = ACCEPT_STRING | ACCEPT_MAP,
    .form = FORM_INCLUDE,
    .keys = include_keys,
    .expected = "a path, or a map with path",
};
static const struct schema includes = {.accepts = ACCEPT_LIST | ACCEPT_NULL, .items = &include};

static const struct schema services = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_IDENTIFIER,
    .values = &schema_service,
};

static const struct schema_key file_keys[] = {
    KEY("version", type_string, KEY_DEPRECATED, H, H, H, NULL, NULL),
    PLAIN_KEY("name", type_string),
    PLAIN_KEY("include", includes),
    PLAIN_KEY("services", services),
    KEY("networks", networks, 0, H, H, E, no_container, NULL),
    KEY("volumes", volumes, 0, H, H, R, no_container, NULL),
    KEY("secrets", secrets, 0, E, H, E, "written as read-only files", NULL),
    KEY("configs", configs, 0, E, H, E, "written as read-only files", NULL),
    KEY("models", models, 0, R, R, R, "needs a model runner", NULL),
    KEY("x-slipway", schema_slipway, KEY_EXTENSION, H, H, H, NULL, NULL),
    END_OF_KEYS,
};

const struct schema schema_compose_file = {
    .accepts = ACCEPT_MAP,
    .keys = file_keys,
    .extensible = true,
};

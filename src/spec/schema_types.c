/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/schema_types.h"

#include <stddef.h>

const struct schema schema_anything = {
    .accepts = ACCEPT_ANY, .names = NAMES_ANY, .extensible = true};

const struct schema type_string = {.accepts = ACCEPT_STRING};

const struct schema type_text = {
    .accepts = ACCEPT_STRING | ACCEPT_INTEGER | ACCEPT_REAL,
    .scalar = SCALAR_TEXT,
};

const struct schema type_boolean = {
    .accepts = ACCEPT_BOOL | ACCEPT_STRING,
    .scalar = SCALAR_BOOL,
    .expected = "true or false",
};

const struct schema type_strict_boolean = {
    .accepts = ACCEPT_BOOL,
    .scalar = SCALAR_BOOL,
    .expected = "true or false",
};

const struct schema type_integer = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_INTEGER,
    .expected = "an integer",
};

const struct schema type_strict_integer = {.accepts = ACCEPT_INTEGER, .scalar = SCALAR_INTEGER};

const struct schema type_number = {
    .accepts = ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_STRING,
    .scalar = SCALAR_REAL,
    .expected = "a number",
};

const struct schema type_whole_number = {
    .accepts = ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_STRING,
    .scalar = SCALAR_INTEGER,
    .expected = "a whole number",
};

const struct schema type_duration = {
    .accepts = ACCEPT_STRING,
    .scalar = SCALAR_DURATION,
    .expected = "a duration such as 30s or 1m30s",
};

const struct schema type_bytes = {
    .accepts = ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_STRING,
    .scalar = SCALAR_BYTES,
    .expected = "a size such as 512m or 1.5gb",
};

const struct schema type_bytes_text = {
    .accepts = ACCEPT_STRING,
    .scalar = SCALAR_BYTES,
    .expected = "a size in text such as 512m or 1.5gb",
};

const struct schema type_strings = {.accepts = ACCEPT_LIST, .items = &type_string};

const struct schema type_unique_strings = {
    .accepts = ACCEPT_LIST,
    .items = &type_string,
    .unique = true,
};

const struct schema type_string_or_list = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &type_string,
    .unique = true,
    .identity = IDENTITY_TEXT,
    .expected = "a string or a list of strings",
};

static const struct schema mapping_value = {
    .accepts = ACCEPT_STRING | ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_BOOL | ACCEPT_NULL,
    .scalar = SCALAR_TEXT,
    .expected = "a string, a number, true, false or nothing",
};

const struct schema type_mapping = {
    .accepts = ACCEPT_LIST | ACCEPT_MAP,
    .form = FORM_MAPPING,
    .names = NAMES_ANY,
    .values = &mapping_value,
    .items = &type_string,
    .expected = "a map, or a list of NAME=VALUE",
};

const struct schema type_mapping_null = {
    .accepts = ACCEPT_LIST | ACCEPT_MAP,
    .form = FORM_MAPPING_NULL,
    .names = NAMES_ANY,
    .values = &mapping_value,
    .items = &type_string,
    .expected = "a map, or a list of NAME=VALUE",
};

const struct schema type_options = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_ANY,
    .values = &type_text,
};

const struct schema type_command = {
    .accepts = ACCEPT_NULL | ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_SHELL,
    .merge = MERGE_REPLACE,
    .items = &type_string,
    .expected = "a string or a list of strings",
};

static const struct schema host_addresses = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .items = &type_string,
    .expected = "an address or a list of addresses",
};

const struct schema type_extra_hosts = {
    .accepts = ACCEPT_LIST | ACCEPT_MAP,
    .form = FORM_HOSTS,
    .names = NAMES_ANY,
    .values = &host_addresses,
    .items = &type_string,
    .unique = true,
    .sorted = true,
    .expected = "a map of names to addresses, or a list of NAME=ADDRESS",
};

static const struct schema_key ulimit_keys[] = {
    KEY("soft", type_integer, KEY_REQUIRED, H, H, H, NULL, NULL),
    KEY("hard", type_integer, KEY_REQUIRED, H, H, H, NULL, NULL),
    END_OF_KEYS,
};

static const struct schema ulimit = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING | ACCEPT_MAP,
    .scalar = SCALAR_INTEGER,
    .merge = MERGE_ULIMIT,
    .keys = ulimit_keys,
    .extensible = true,
    .expected = "a number, or a map with soft and hard",
};

const struct schema type_ulimits = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_ANY,
    .values = &ulimit,
};

static const struct schema file_mode = {
    .accepts = ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_STRING,
    .scalar = SCALAR_FILE_MODE,
    .expected = "a file mode in octal such as \"0440\"",
};

static const struct schema_key file_reference_keys[] = {
    PLAIN_KEY("source", type_string), PLAIN_KEY("target", type_string),
    PLAIN_KEY("uid", type_string),    PLAIN_KEY("gid", type_string),
    PLAIN_KEY("mode", file_mode),     END_OF_KEYS,
};

static const struct schema file_reference = {
    .accepts = ACCEPT_STRING | ACCEPT_MAP,
    .form = FORM_FILE_REFERENCE,
    .keys = file_reference_keys,
    .extensible = true,
    .expected = "a name, or a map with source and target",
};

const struct schema type_file_references = {
    .accepts = ACCEPT_LIST,
    .items = &file_reference,
    .identity = IDENTITY_TARGET,
    .identity_prefix = "/",
};

const struct schema type_secret_references = {
    .accepts = ACCEPT_LIST,
    .items = &file_reference,
    .identity = IDENTITY_TARGET,
    .identity_prefix = "/run/secrets/",
};

static const struct schema_key hook_keys[] = {
    KEY("command", type_command, KEY_REQUIRED, H, H, H, NULL, NULL),
    PLAIN_KEY("user", type_string),
    PLAIN_KEY("privileged", type_boolean),
    PLAIN_KEY("working_dir", type_string),
    PLAIN_KEY("environment", type_mapping_null),
    END_OF_KEYS,
};

const struct schema type_hook = {
    .accepts = ACCEPT_MAP,
    .keys = hook_keys,
    .extensible = true,
};

const struct schema type_hooks = {.accepts = ACCEPT_LIST, .items = &type_hook};

static const struct schema device_count = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_DEVICE_COUNT,
    .expected = "a number, or all",
};

static const struct schema_key device_request_keys[] = {
    KEY("capabilities", type_unique_strings, KEY_REQUIRED, H, R, R, NULL, NULL),
    PLAIN_KEY("count", device_count),
    PLAIN_KEY("device_ids", type_unique_strings),
    PLAIN_KEY("driver", type_string),
    PLAIN_KEY("options", type_mapping),
    END_OF_KEYS,
};

static const struct schema device_request = {
    .accepts = ACCEPT_MAP,
    .keys = device_request_keys,
    .extensible = true,
};

const struct schema type_device_requests = {.accepts = ACCEPT_LIST, .items = &device_request};

static const struct schema_key gpu_keys[] = {
    PLAIN_KEY("capabilities", type_unique_strings),
    PLAIN_KEY("count", device_count),
    PLAIN_KEY("device_ids", type_unique_strings),
    PLAIN_KEY("driver", type_string),
    PLAIN_KEY("options", type_mapping),
    END_OF_KEYS,
};

static const struct schema gpu = {
    .accepts = ACCEPT_MAP,
    .keys = gpu_keys,
    .names = NAMES_ANY,
    .values = &schema_anything,
    .extensible = true,
};

static const char *const gpus_choices[] = {"all", NULL};

const struct schema type_gpus = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_GPUS,
    .choices = gpus_choices,
    .items = &gpu,
    .expected = "all, or a list of device requests",
};

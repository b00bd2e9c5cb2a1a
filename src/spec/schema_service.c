/* SPDX-License-Identifier: Apache-2.0 */
/* services.*: in the order in which the canonical form prints the keys. */
#include "spec/schema_types.h"

#include <stddef.h>

#include "spec/checks.h"

static const char no_container[] = "a native process has no container";
static const char no_swarm[] = "swarm services do not take it";
static const char one_engine[] = "only a container of the docker runtime has it";
static const char windows_only[] = "exists on Windows only";
static const char by_edge[] = "the edge listens and balances over the replicas";
static const char at_load[] = "resolved when the file is read";
static const char in_order[] = "Slipway starts and stops in this order";
static const char by_cgroup[] = "by a control group, where the machine allows it";

static const struct schema blkio_rate = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_BYTES,
    .expected = "a number, or a size such as 12mb",
};
static const struct schema_key blkio_limit_keys[] = {
    PLAIN_KEY("path", type_string),
    PLAIN_KEY("rate", blkio_rate),
    END_OF_KEYS,
};
static const struct schema blkio_limit = {.accepts = ACCEPT_MAP, .keys = blkio_limit_keys};
static const struct schema blkio_limits = {.accepts = ACCEPT_LIST, .items = &blkio_limit};

static const struct schema_key blkio_weight_keys[] = {
    PLAIN_KEY("path", type_string),
    PLAIN_KEY("weight", type_integer),
    END_OF_KEYS,
};
static const struct schema blkio_weight = {.accepts = ACCEPT_MAP, .keys = blkio_weight_keys};
static const struct schema blkio_weights = {.accepts = ACCEPT_LIST, .items = &blkio_weight};

static const struct schema_key blkio_keys[] = {
    PLAIN_KEY("weight", type_integer),
    PLAIN_KEY("weight_device", blkio_weights),
    PLAIN_KEY("device_read_bps", blkio_limits),
    PLAIN_KEY("device_read_iops", blkio_limits),
    PLAIN_KEY("device_write_bps", blkio_limits),
    PLAIN_KEY("device_write_iops", blkio_limits),
    END_OF_KEYS,
};
static const struct schema blkio_config = {.accepts = ACCEPT_MAP, .keys = blkio_keys};

static const struct schema capabilities = {
    .accepts = ACCEPT_LIST,
    .items = &type_string,
    .unique = true,
    .identity = IDENTITY_TEXT,
};

static const char *const cgroup_choices[] = {"host", "private", NULL};
static const struct schema cgroup = {.accepts = ACCEPT_STRING, .choices = cgroup_choices};

static const struct schema container_name = {
    .accepts = ACCEPT_STRING,
    .check = check_container_name,
    .expected = "a name of letters, digits, '_', '.' and '-', beginning with a letter or a digit",
};

static const struct schema cpu_count = {
    .accepts = ACCEPT_STRING | ACCEPT_INTEGER,
    .scalar = SCALAR_INTEGER,
    .bounded = true,
    .minimum = 0,
    .maximum = INT64_MAX,
    .expected = "an integer of 0 or more",
};

static const struct schema cpu_percent = {
    .accepts = ACCEPT_STRING | ACCEPT_INTEGER,
    .scalar = SCALAR_REAL,
    .bounded = true,
    .minimum = 0,
    .maximum = 100,
    .expected = "a percentage from 0 to 100",
};

static const struct schema oom_score_adj = {
    .accepts = ACCEPT_STRING | ACCEPT_INTEGER,
    .scalar = SCALAR_INTEGER,
    .bounded = true,
    .minimum = -1000,
    .maximum = 1000,
    .expected = "an integer from -1000 to 1000",
};

static const struct schema_key credential_keys[] = {
    PLAIN_KEY("config", type_string),
    PLAIN_KEY("file", type_string),
    PLAIN_KEY("registry", type_string),
    END_OF_KEYS,
};
static const struct schema credential_spec = {
    .accepts = ACCEPT_MAP,
    .keys = credential_keys,
    .extensible = true,
};

static const char *const condition_choices[] = {"service_started", "service_healthy",
                                                "service_completed_successfully", NULL};
static const struct schema condition = {.accepts = ACCEPT_STRING, .choices = condition_choices};

static const struct schema_key dependency_keys[] = {
    KEY("condition", condition, KEY_REQUIRED, H, H, H, NULL, NULL),
    PLAIN_KEY("restart", type_boolean),
    PLAIN_KEY("required", type_strict_boolean),
    END_OF_KEYS,
};
static const struct schema dependency = {
    .accepts = ACCEPT_MAP,
    .keys = dependency_keys,
    .extensible = true,
};
static const struct schema dependencies = {
    .accepts = ACCEPT_LIST | ACCEPT_MAP,
    .form = FORM_DEPENDENCIES,
    .names = NAMES_IDENTIFIER,
    .values = &dependency,
    .items = &type_string,
    .unique = true,
    .expected = "a list of services, or a map of services to conditions",
};

static const struct schema_key device_keys[] = {
    KEY("source", type_string, KEY_REQUIRED, H, R, R, NULL, NULL),
    PLAIN_KEY("target", type_string),
    PLAIN_KEY("permissions", type_string),
    END_OF_KEYS,
};
static const struct schema device = {
    .accepts = ACCEPT_STRING | ACCEPT_MAP,
    .form = FORM_DEVICE,
    .keys = device_keys,
    .extensible = true,
    .expected = "SOURCE[:TARGET[:PERMISSIONS]], or a map with source",
};
static const struct schema devices = {
    .accepts = ACCEPT_LIST,
    .items = &device,
    .identity = IDENTITY_TARGET,
    .identity_prefix = "",
};

static const struct schema device_rules = {
    .accepts = ACCEPT_LIST,
    .items = &type_string,
    .unique = true,
};

static const char *const env_file_formats[] = {"raw", NULL};
static const struct schema env_file_format = {.accepts = ACCEPT_STRING,
                                              .choices = env_file_formats};
static const struct schema env_file_path = {.accepts = ACCEPT_STRING, .path = PATH_FILE};
static const struct schema dns = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &type_string,
    .unique = true,
    .drops_empty = true,
    .identity = IDENTITY_TEXT,
    .expected = "an address or a list of addresses",
};

static const struct schema_key env_file_keys[] = {
    KEY("path", env_file_path, KEY_REQUIRED, H, H, H, NULL, NULL),
    PLAIN_KEY("required", type_boolean),
    PLAIN_KEY("format", env_file_format),
    END_OF_KEYS,
};
static const struct schema env_file = {
    .accepts = ACCEPT_STRING | ACCEPT_MAP,
    .form = FORM_ENV_FILE,
    .keys = env_file_keys,
    .expected = "a path, or a map with path",
};
static const struct schema env_files = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &env_file,
    .identity = IDENTITY_PATH,
    .expected = "a path or a list of paths",
};

static const struct schema label_path = {.accepts = ACCEPT_STRING, .path = PATH_FILE};
static const struct schema label_files = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_LIST,
    .items = &label_path,
    .expected = "a path or a list of paths",
};

static const struct schema expose = {
    .accepts = ACCEPT_LIST,
    .items = &type_text,
    .unique = true,
    .identity = IDENTITY_TEXT,
};

static const struct schema extends_file = {.accepts = ACCEPT_STRING};
static const struct schema_key extends_keys[] = {
    KEY("service", type_string, KEY_REQUIRED, H, H, H, NULL, NULL),
    PLAIN_KEY("file", extends_file),
    END_OF_KEYS,
};
static const struct schema extends = {
    .accepts = ACCEPT_STRING | ACCEPT_MAP,
    .form = FORM_EXTENDS,
    .keys = extends_keys,
    .expected = "the name of a service, or a map with service and file",
};

static const struct schema option_scalar = {
    .accepts = ACCEPT_STRING | ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_BOOL,
    .scalar = SCALAR_TEXT,
};
static const struct schema option_list = {
    .accepts = ACCEPT_STRING | ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_BOOL | ACCEPT_LIST,
    .scalar = SCALAR_TEXT,
    .items = &option_scalar,
    .expected = "a string, a number, true, false or a list of them",
};
static const struct schema provider_options = {
    .accepts = ACCEPT_MAP,
    .form = FORM_OPTION_LISTS,
    .names = NAMES_ANY,
    .values = &option_list,
};
static const struct schema_key provider_keys[] = {
    KEY("type", type_string, KEY_REQUIRED, R, R, R, NULL, NULL),
    PLAIN_KEY("options", provider_options),
    END_OF_KEYS,
};
static const struct schema provider = {
    .accepts = ACCEPT_MAP,
    .keys = provider_keys,
    .extensible = true,
};

static const struct schema group_add = {
    .accepts = ACCEPT_LIST,
    .items = &type_text,
    .unique = true,
};

static const struct schema health_test = {
    .accepts = ACCEPT_STRING | ACCEPT_LIST,
    .form = FORM_HEALTH_TEST,
    .merge = MERGE_REPLACE,
    .items = &type_string,
    .expected = "a command, or a list beginning with CMD, CMD-SHELL or NONE",
};
static const struct schema_key healthcheck_keys[] = {
    PLAIN_KEY("test", health_test),           PLAIN_KEY("timeout", type_duration),
    PLAIN_KEY("interval", type_duration),     PLAIN_KEY("retries", type_whole_number),
    PLAIN_KEY("start_period", type_duration), PLAIN_KEY("start_interval", type_duration),
    PLAIN_KEY("disable", type_boolean),       END_OF_KEYS,
};
static const struct schema healthcheck = {
    .accepts = ACCEPT_MAP,
    .keys = healthcheck_keys,
    .extensible = true,
};

static const struct schema log_option = {
    .accepts = ACCEPT_STRING | ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_NULL,
    .scalar = SCALAR_TEXT,
    .expected = "a string, a number or nothing",
};
static const struct schema log_options = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_ANY,
    .values = &log_option,
};
static const struct schema_key logging_keys[] = {
    PLAIN_KEY("driver", type_string),
    PLAIN_KEY("options", log_options),
    END_OF_KEYS,
};
static const struct schema logging = {
    .accepts = ACCEPT_MAP,
    .merge = MERGE_LOGGING,
    .keys = logging_keys,
    .extensible = true,
};

static const struct schema_key service_model_keys[] = {
    PLAIN_KEY("endpoint_var", type_string),
    PLAIN_KEY("model_var", type_string),
    END_OF_KEYS,
};
static const struct schema service_model = {
    .accepts = ACCEPT_MAP,
    .keys = service_model_keys,
    .extensible = true,
};
static const struct schema service_models = {
    .accepts = ACCEPT_LIST | ACCEPT_MAP,
    .form = FORM_NAMES,
    .names = NAMES_IDENTIFIER,
    .values = &service_model,
    .items = &type_string,
    .unique = true,
    .expected = "a list of models, or a map",
};

static const struct schema aliases = {
    .accepts = ACCEPT_LIST,
    .items = &type_string,
    .unique = true,
    .identity = IDENTITY_TEXT,
};
static const struct schema_key attachment_keys[] = {
    PLAIN_KEY("priority", type_whole_number),
    PLAIN_KEY("gw_priority", type_whole_number),
    PLAIN_KEY("aliases", aliases),
    PLAIN_KEY("interface_name", type_string),
    PLAIN_KEY("ipv4_address", type_string),
    PLAIN_KEY("ipv6_address", type_string),
    PLAIN_KEY("link_local_ips", aliases),
    PLAIN_KEY("mac_address", type_string),
    PLAIN_KEY("driver_opts", type_options),
    END_OF_KEYS,
};
static const struct schema attachment = {
    .accepts = ACCEPT_MAP | ACCEPT_NULL,
    .keys = attachment_keys,
    .extensible = true,
};
static const struct schema attachments = {
    .accepts = ACCEPT_LIST | ACCEPT_MAP,
    .form = FORM_NAMES,
    .names = NAMES_IDENTIFIER,
    .values = &attachment,
    .items = &type_string,
    .unique = true,
    .expected = "a list of networks, or a map",
};

static const struct schema nullable_string = {.accepts = ACCEPT_STRING | ACCEPT_NULL};

static const struct schema published_port = {
    .accepts = ACCEPT_STRING | ACCEPT_INTEGER,
    .scalar = SCALAR_TEXT,
};
static const struct schema host_ip = {
    .accepts = ACCEPT_STRING,
    .check = check_ip_address,
    .expected = "an IP address",
};
static const struct schema_key port_keys[] = {
    PLAIN_KEY("name", type_string),
    PLAIN_KEY("mode", type_string),
    PLAIN_KEY("host_ip", host_ip),
    KEY("target", type_integer, KEY_REQUIRED, H, H, H, NULL, NULL),
    PLAIN_KEY("published", published_port),
    PLAIN_KEY("protocol", type_string),
    PLAIN_KEY("app_protocol", type_string),
    END_OF_KEYS,
};
static const struct schema port = {
    .accepts = ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_STRING | ACCEPT_MAP,
    .form = FORM_PORT,
    .keys = port_keys,
    .extensible = true,
    .expected = "[HOST_IP:][PUBLISHED:]TARGET[/PROTOCOL], or a map with target",
};
static const struct schema ports = {
    .accepts = ACCEPT_LIST,
    .items = &port,
    .unique = true,
    .identity = IDENTITY_PORT,
};

static const struct schema profile_name = {
    .accepts = ACCEPT_STRING,
};
static const struct schema profiles = {
    .accepts = ACCEPT_LIST,
    .items = &profile_name,
    .unique = true,
    .identity = IDENTITY_TEXT,
};

static const struct schema pull_policy = {
    .accepts = ACCEPT_STRING,
    .check = check_pull_policy,
    .expected = "always, never, build, missing, if_not_present, refresh, daily, weekly or "
                "every_DURATION such as every_12h",
};

static const struct schema security_opt = {
    .accepts = ACCEPT_LIST,
    .items = &type_string,
    .unique = true,
};

static const struct schema storage_opt = {
    .accepts = ACCEPT_MAP,
    .names = NAMES_ANY,
    .values = &(const struct schema){.accepts = ACCEPT_ANY, .scalar = SCALAR_TEXT},
};

static const char *const mount_type_choices[] = {"bind",  "volume", "tmpfs", "cluster",
                                                 "npipe", "image",  NULL};
static const struct schema mount_type = {.accepts = ACCEPT_STRING, .choices = mount_type_choices};
static const char *const recursive_choices[] = {"enabled", "disabled", "writable", "readonly",
                                                NULL};
static const struct schema recursive = {.accepts = ACCEPT_STRING, .choices = recursive_choices};
static const char *const selinux_choices[] = {"z", "Z", NULL};
static const struct schema selinux = {.accepts = ACCEPT_STRING, .choices = selinux_choices};

static const struct schema_key mount_bind_keys[] = {
    PLAIN_KEY("selinux", selinux),
    PLAIN_KEY("propagation", type_string),
    PLAIN_KEY("create_host_path", type_boolean),
    PLAIN_KEY("recursive", recursive),
    END_OF_KEYS,
};
static const struct schema mount_bind = {
    .accepts = ACCEPT_MAP,
    .keys = mount_bind_keys,
    .extensible = true,
};
static const struct schema_key mount_volume_keys[] = {
    PLAIN_KEY("labels", type_mapping),
    PLAIN_KEY("nocopy", type_boolean),
    PLAIN_KEY("subpath", type_string),
    END_OF_KEYS,
};
static const struct schema mount_volume = {
    .accepts = ACCEPT_MAP,
    .keys = mount_volume_keys,
    .extensible = true,
};
static const struct schema tmpfs_size = {
    .accepts = ACCEPT_INTEGER | ACCEPT_STRING,
    .scalar = SCALAR_BYTES,
    .bounded = true,
    .minimum = 0,
    .maximum = INT64_MAX,
    .expected = "a size such as 64m",
};
static const struct schema_key mount_tmpfs_keys[] = {
    PLAIN_KEY("size", tmpfs_size),
    PLAIN_KEY("mode", type_whole_number),
    END_OF_KEYS,
};
static const struct schema mount_tmpfs = {
    .accepts = ACCEPT_MAP,
    .keys = mount_tmpfs_keys,
    .extensible = true,
};
static const struct schema_key mount_image_keys[] = {
    PLAIN_KEY("subpath", type_string),
    END_OF_KEYS,
};
static const struct schema mount_image = {
    .accepts = ACCEPT_MAP,
    .keys = mount_image_keys,
    .extensible = true,
};
static const struct schema_key mount_keys[] = {
    KEY("type", mount_type, KEY_REQUIRED, H, H, R, NULL, NULL),
    PLAIN_KEY("source", type_string),
    PLAIN_KEY("target", type_string),
    PLAIN_KEY("read_only", type_boolean),
    PLAIN_KEY("consistency", type_string),
    PLAIN_KEY("bind", mount_bind),
    PLAIN_KEY("volume", mount_volume),
    PLAIN_KEY("tmpfs", mount_tmpfs),
    PLAIN_KEY("image", mount_image),
    END_OF_KEYS,
};
static const struct schema mount = {
    .accepts = ACCEPT_STRING | ACCEPT_MAP,
    .form = FORM_MOUNT,
    .path = PATH_MOUNT,
    .keys = mount_keys,
    .extensible = true,
    .expected = "[SOURCE:]TARGET[:OPTIONS], or a map with type and target",
};
static const struct schema mounts = {
    .accepts = ACCEPT_LIST,
    .items = &mount,
    .unique = true,
    .identity = IDENTITY_TARGET,
    .identity_prefix = "",
};

static const struct schema_key service_keys[] = {
    KEY("profiles", profiles, 0, H, H, H, NULL, NULL),
    KEY("annotations", type_mapping, 0, H, R, R, one_engine, NULL),
    KEY("attach", type_boolean, 0, E, E, E, "says what `logs` follows; nothing at run time", NULL),
    KEY_BOTH("build", type_build, H, E, R, "images are built before the deploy",
             "a native service runs its command"),
    KEY("develop", type_develop, 0, E, E, E, "kept; development tools act on it, a deploy does not",
        NULL),
    KEY("blkio_config", blkio_config, 0, H, R, R, one_engine, NULL),
    KEY("cap_add", capabilities, 0, H, H, R, "a native process is not given more rights", NULL),
    KEY("cap_drop", capabilities, 0, H, H, H, NULL, NULL),
    KEY("cgroup_parent", type_string, 0, H, R, R, one_engine, NULL),
    KEY("cgroup", cgroup, 0, H, R, R, one_engine, NULL),
    KEY("cpu_count", cpu_count, 0, R, R, R, windows_only, NULL),
    KEY("cpu_percent", cpu_percent, 0, R, R, R, windows_only, NULL),
    KEY_BOTH("cpu_period", type_whole_number, H, R, E, by_cgroup, no_swarm),
    KEY_BOTH("cpu_quota", type_whole_number, H, R, E, by_cgroup, no_swarm),
    KEY("cpu_rt_period", type_whole_number, 0, H, R, R, one_engine, NULL),
    KEY("cpu_rt_runtime", type_whole_number, 0, H, R, R, one_engine, NULL),
    KEY("cpus", type_number, 0, H, E, E, "as deploy.resources.limits.cpus", NULL),
    KEY_BOTH("cpuset", type_string, H, R, E, by_cgroup, no_swarm),
    KEY_BOTH("cpu_shares", type_whole_number, H, R, E, by_cgroup, no_swarm),
    KEY("command", type_command, 0, H, H, H, NULL, NULL),
    KEY("configs", type_file_references, 0, E, H, E, "written as read-only files", NULL),
    KEY("container_name", container_name, 0, H, R, R, "replicas need names of their own", NULL),
    KEY("credential_spec", credential_spec, 0, R, R, R, windows_only, NULL),
    KEY("depends_on", dependencies, 0, E, E, E, in_order, NULL),
    KEY("deploy", type_deploy, 0, H, H, H, NULL, NULL),
    KEY("device_cgroup_rules", device_rules, 0, H, R, R, one_engine, NULL),
    KEY("devices", devices, 0, H, R, R, one_engine, NULL),
    KEY("dns", dns, 0, H, H, R, no_container, NULL),
    KEY("dns_opt", capabilities, 0, H, H, R, no_container, NULL),
    KEY("dns_search", type_string_or_list, 0, H, H, R, no_container, NULL),
    KEY("domainname", type_string, 0, H, R, R, one_engine, NULL),
    KEY("entrypoint", type_command, 0, H, H, H, NULL, NULL),
    KEY("provider", provider, 0, R, R, R, "runs a program of the client's machine", NULL),
    KEY("environment", type_mapping_null, 0, H, H, H, NULL, NULL),
    KEY("env_file", env_files, 0, E, E, E, at_load, NULL),
    KEY("expose", expose, 0, H, E, E, "the port is reachable under the service's name", NULL),
    KEY("extends", extends, 0, E, E, E, at_load, NULL),
    KEY("external_links", capabilities, 0, H, R, R, one_engine, NULL),
    KEY("extra_hosts", type_extra_hosts, 0, H, H, E, "by a private /etc/hosts", NULL),
    KEY("group_add", group_add, 0, H, H, H, NULL, NULL),
    KEY("gpus", type_gpus, 0, H, R, R, one_engine, NULL),
    KEY("hostname", type_string, 0, H, H, R, no_container, NULL),
    KEY("healthcheck", healthcheck, 0, H, H, E, "run by Slipway beside the process", NULL),
    KEY("image", type_string, 0, H, H, R, "a native service runs its command", NULL),
    KEY("init", type_boolean, 0, H, H, E, "the shim reaps what the process leaves behind", NULL),
    KEY("ipc", type_string, 0, H, R, R, one_engine, NULL),
    KEY("isolation", type_string, 0, R, R, R, windows_only, NULL),
    KEY("labels", type_mapping, 0, H, H, E, "kept with the service and shown", NULL),
    KEY("label_file", label_files, 0, E, E, E, at_load, NULL),
    KEY("links", capabilities, 0, E, E, E, "as an alias on a shared network, and an order", NULL),
    KEY("logging", logging, 0, H, H, E, "output goes to bounded, rotated files", NULL),
    KEY("mem_limit", type_bytes, 0, H, E, E, "as deploy.resources.limits.memory", NULL),
    KEY("mem_reservation", type_bytes, 0, H, E, E, "as deploy.resources.reservations.memory", NULL),
    KEY("memswap_limit", type_bytes, 0, H, R, R, one_engine, NULL),
    KEY("mem_swappiness", type_bytes, 0, H, R, R, one_engine, NULL),
    KEY("mac_address", type_string, 0, H, R, R, one_engine, NULL),
    KEY("models", service_models, 0, R, R, R, "needs a model runner", NULL),
    KEY_BOTH("network_mode", type_string, H, R, R, "as the network of that name",
             "swarm services attach to networks, native ones use the machine's"),
    KEY("networks", attachments, 0, H, H, E, "native services share the machine's network", NULL),
    KEY("oom_kill_disable", type_boolean, 0, H, R, R, one_engine, NULL),
    KEY("oom_score_adj", oom_score_adj, 0, H, R, H, no_swarm, NULL),
    KEY("pid", nullable_string, 0, H, R, R, one_engine, NULL),
    KEY("pids_limit", type_whole_number, 0, H, E, E, "as deploy.resources.limits.pids", NULL),
    KEY_BOTH("platform", type_string, H, E, R, "as a placement by platform",
             "a native process runs on this machine"),
    KEY("ports", ports, 0, E, E, E, by_edge, NULL),
    KEY("privileged", type_boolean, 0, H, R, R, one_engine, NULL),
    KEY_BOTH("pull_policy", pull_policy, E, E, R, "Slipway pulls before the deploy",
             "a native service has no image"),
    KEY_BOTH("pull_refresh_after", type_string, E, E, R, "Slipway pulls before the deploy",
             "a native service has no image"),
    KEY("read_only", type_boolean, 0, H, H, R, no_container, NULL),
    KEY("restart", type_string, 0, H, E, E, "translated to the runtime's own policy", NULL),
    KEY("runtime", type_string, 0, H, R, R, one_engine, NULL),
    KEY("scale", type_integer, 0, E, H, E, "Slipway runs and balances the replicas", NULL),
    KEY("secrets", type_secret_references, 0, E, H, E, "written as read-only files", NULL),
    KEY("security_opt", security_opt, 0, H, R, R, one_engine, NULL),
    KEY_BOTH("shm_size", type_bytes, H, E, R, "as a tmpfs on /dev/shm", no_container),
    KEY("stdin_open", type_boolean, 0, H, H, R, no_container, NULL),
    KEY("stop_grace_period", type_duration, 0, H, H, H, NULL, NULL),
    KEY("stop_signal", type_string, 0, H, H, H, NULL, NULL),
    KEY("storage_opt", storage_opt, 0, H, R, R, one_engine, NULL),
    KEY("sysctls", type_mapping, 0, H, H, R, no_container, NULL),
    KEY_BOTH("tmpfs", type_string_or_list, H, E, R, "as tmpfs mounts", no_container),
    KEY("tty", type_boolean, 0, H, H, R, no_container, NULL),
    KEY("ulimits", type_ulimits, 0, H, H, H, NULL, NULL),
    KEY("use_api_socket", type_strict_boolean, 0, R, R, R,
        "hands the engine, and so the machine, to the service", NULL),
    KEY("user", type_string, 0, H, H, H, NULL, NULL),
    KEY("userns_mode", type_string, 0, H, R, R, one_engine, NULL),
    KEY("uts", type_string, 0, H, R, R, one_engine, NULL),
    KEY("volumes", mounts, 0, H, H, R, "a native process sees the machine's own files", NULL),
    KEY("volumes_from", security_opt, 0, H, R, R, one_engine, NULL),
    KEY("working_dir", type_string, 0, H, H, H, NULL, NULL),
    KEY_BOTH("post_start", type_hooks, E, R, E, "run by Slipway after the start", no_swarm),
    KEY_BOTH("pre_stop", type_hooks, E, R, E, "run by Slipway before the stop", no_swarm),
    KEY("x-slipway", schema_slipway_service, KEY_EXTENSION, H, H, H, NULL, NULL),
    END_OF_KEYS,
};

const struct schema schema_service = {
    .accepts = ACCEPT_MAP,
    .keys = service_keys,
    .extensible = true,
};

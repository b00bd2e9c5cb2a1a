/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process/orders_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "os/os.h"
#include "shim/protocol.h"

#define LOG_BYTES_DEFAULT ((uint64_t)10 << 20)
#define LOG_FILES_DEFAULT 3

/* Command */

static int add_words(struct orders_writer *writer, const struct value *list)
{
    static const char *const shell[] = {"/bin/sh", "-c"};

    if (value_is(list, VALUE_STRING)) {
        for (size_t i = 0; i < 2; i++)
            writer->arguments[writer->argument_count++] = shell[i];
        writer->arguments[writer->argument_count++] = list->string.text;
        return 0;
    }
    for (uint32_t i = 0; i < value_list_count(list); i++) {
        if (writer->argument_count + 4 > ORDERS_ARGUMENTS_MAX ||
            !value_is(list->list.items[i], VALUE_STRING))
            return error_set(writer->reterr, E2BIG,
                             "service \"%s\": its command has too many words",
                             writer->service->name);
        writer->arguments[writer->argument_count++] = list->list.items[i]->string.text;
    }
    return 0;
}

int orders_read_command(struct orders_writer *writer)
{
    const struct value *spec = writer->service->spec;
    const struct value *command = writer->options->command;
    int r = add_words(writer, value_get(spec, "entrypoint"));

    if (r == 0)
        r = add_words(writer, command != NULL ? command : value_get(spec, "command"));
    if (r == 0 && (writer->argument_count == 0 || writer->arguments[0][0] == '\0'))
        r = error_set(writer->reterr, EINVAL,
                      "service \"%s\": a native process needs a command; set command",
                      writer->service->name);
    return r;
}

/* Who it runs as */

int orders_find_user(struct orders_writer *writer, const char *text, struct os_user *ret)
{
    const char *service = writer->service->name;
    struct os_user user;
    char name[256];
    char *group;
    int r;

    (void)snprintf(name, sizeof(name), "%s", text);
    group = strchr(name, ':');
    if (group != NULL)
        *group++ = '\0';
    r = os_find_user(name, &user);
    if (r < 0)
        return error_set(writer->reterr, -r, "service \"%s\": user \"%s\": %s", service, name,
                         r == -ENOENT ? "this machine has no such user" : error_text(-r));
    if (group != NULL && group[0] != '\0') {
        r = os_find_group(group, &user.gid);
        if (r < 0)
            return error_set(writer->reterr, -r, "service \"%s\": group \"%s\": %s", service, group,
                             r == -ENOENT ? "this machine has no such group" : error_text(-r));
        user.group_count = 0;
    }
    if (!writer->runtime->is_root && user.uid != geteuid())
        return error_set(writer->reterr, EPERM,
                         "service \"%s\": only root can run it as user \"%s\"; run slipway as "
                         "root, or take \"user\" out",
                         service, name);
    *ret = user;
    return 0;
}

void orders_add_user(struct orders_writer *writer, const struct os_user *user)
{
    if (!writer->runtime->is_root)
        return;
    records_add_number(&writer->out, "uid", user->uid);
    records_add_number(&writer->out, "gid", user->gid);
    for (size_t i = 0; i < user->group_count; i++)
        records_add_number(&writer->out, "group", user->groups[i]);
}

static int find_user(struct orders_writer *writer)
{
    const char *text = value_get_text(writer->service->spec, "user");
    const struct value *groups = value_get(writer->service->spec, "group_add");
    char own[24];
    int r;

    (void)snprintf(own, sizeof(own), "%u", (unsigned int)geteuid());
    r = orders_find_user(writer, text != NULL && text[0] != '\0' ? text : own, &writer->user);
    writer->has_user = r == 0 && (text != NULL || value_list_count(groups) > 0);
    for (uint32_t i = 0; i < value_list_count(groups) && r == 0; i++) {
        const char *name =
            value_is(groups->list.items[i], VALUE_STRING) ? groups->list.items[i]->string.text : "";

        if (!writer->runtime->is_root)
            return error_set(writer->reterr, EPERM,
                             "service \"%s\": only root can add groups; take \"group_add\" out",
                             writer->service->name);
        if (writer->user.group_count == OS_USER_GROUPS_MAX ||
            os_find_group(name, &writer->user.groups[writer->user.group_count]) < 0)
            return error_set(writer->reterr, ENOENT,
                             "service \"%s\": this machine has no group \"%s\"",
                             writer->service->name, name);
        writer->user.group_count++;
    }
    return r;
}

/* Rights and limits */

static const struct resource {
    const char *name;
    int number;
} resources[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
};

static int write_limit(struct orders_writer *writer, const char *name, const struct value *value)
{
    bool is_map = value_is(value, VALUE_MAP);
    int64_t soft = is_map ? spec_integer(value, "soft", 0)
                          : (value_is(value, VALUE_INTEGER) ? value->integer : 0);
    int64_t hard = is_map ? spec_integer(value, "hard", soft) : soft;
    char text[96];

    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
        if (!text_equal(resources[i].name, name))
            continue;
        (void)snprintf(text, sizeof(text), "%d:%" PRIu64 ":%" PRIu64, resources[i].number,
                       soft < 0 ? (uint64_t)RLIM_INFINITY : (uint64_t)soft,
                       hard < 0 ? (uint64_t)RLIM_INFINITY : (uint64_t)hard);
        records_add(&writer->out, "limit", text);
        return 0;
    }
    return error_set(writer->reterr, EINVAL, "service \"%s\": there is no ulimit \"%s\"",
                     writer->service->name, name);
}

static const char *const capability_names[] = {
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
};

static int write_capabilities(struct orders_writer *writer)
{
    const struct value *list = value_get(writer->service->spec, "cap_drop");
    uint64_t dropped = 0;

    for (uint32_t i = 0; i < value_list_count(list); i++) {
        const struct value *item = list->list.items[i];
        const char *name = value_is(item, VALUE_STRING) ? item->string.text : "";
        uint64_t bits = 0;

        if (strncasecmp(name, "CAP_", 4) == 0)
            name += 4;
        if (strcasecmp(name, "ALL") == 0)
            bits = UINT64_MAX;
        for (size_t k = 0; k < sizeof(capability_names) / sizeof(capability_names[0]); k++) {
            if (strcasecmp(name, capability_names[k]) == 0)
                bits = UINT64_C(1) << k;
        }
        if (bits == 0)
            return error_set(writer->reterr, EINVAL,
                             "service \"%s\": cap_drop: there is no capability \"%s\"",
                             writer->service->name, name);
        dropped |= bits;
    }
    if (dropped != 0)
        records_add_number(&writer->out, "drop", dropped);
    return 0;
}

static int write_limits(struct orders_writer *writer)
{
    const struct value *spec = writer->service->spec;
    const struct value *limits = value_get(spec, "ulimits");
    int r = 0;

    for (uint32_t i = 0; i < value_map_count(limits) && r == 0; i++)
        r = write_limit(writer, limits->map.entries[i].key, limits->map.entries[i].value);
    if (value_get(spec, "oom_score_adj") != NULL) {
        char text[24];

        (void)snprintf(text, sizeof(text), "%" PRIi64, spec_integer(spec, "oom_score_adj", 0));
        records_add(&writer->out, "oom", text);
    }
    return r == 0 ? write_capabilities(writer) : r;
}

/* Life */

static void write_restart(struct orders_writer *writer)
{
    const struct value *spec = writer->service->spec;
    const struct value *policy = value_get(value_get(spec, "deploy"), "restart_policy");
    const char *restart = value_get_text(spec, "restart");
    const char *condition = value_get_text(policy, "condition");
    const char *name = "no";
    int64_t maximum = 0;

    if (policy != NULL) {
        name = text_equal(condition, "none")         ? "no"
               : text_equal(condition, "on-failure") ? "on-failure"
                                                     : "always";
        maximum = spec_integer(policy, "max_attempts", 0);
        records_add_number(&writer->out, "restart_delay", spec_duration_ns(policy, "delay", 0));
        records_add_number(&writer->out, "restart_window", spec_duration_ns(policy, "window", 0));
    } else if (restart != NULL && text_starts_with(restart, "on-failure")) {
        name = "on-failure";
        if (restart[strlen(name)] == ':')
            maximum = strtol(restart + strlen(name) + 1, NULL, 10);
    } else if (text_equal(restart, "always") || text_equal(restart, "unless-stopped")) {
        name = "always";
    }
    if (writer->options->is_oneoff || writer->service->is_job)
        name = policy == NULL && text_equal(name, "always") ? "no" : name;
    records_add(&writer->out, "restart", writer->options->is_oneoff ? "no" : name);
    if (maximum > 0)
        records_add_number(&writer->out, "restart_max", (uint64_t)maximum);
}

static int write_stop(struct orders_writer *writer)
{
    const char *name = writer->service->stop_signal;
    int signal = name != NULL && name[0] != '\0' ? spec_signal(name) : SIGTERM;

    if (signal == 0)
        return error_set(writer->reterr, EINVAL, "service \"%s\": there is no signal \"%s\"",
                         writer->service->name, name);
    records_add_number(&writer->out, "stop_signal", (uint64_t)signal);
    records_add_number(&writer->out, "stop_grace",
                       writer->service->stop_grace_ns < (uint64_t)INT64_MAX
                           ? writer->service->stop_grace_ns
                           : (uint64_t)INT64_MAX);
    return 0;
}

static void write_log(struct orders_writer *writer)
{
    const struct value *options = value_get(value_get(writer->service->spec, "logging"), "options");
    uint64_t bytes = spec_bytes(value_get(options, "max-size"));
    int64_t files = spec_integer(options, "max-file", LOG_FILES_DEFAULT);

    if (bytes == 0)
        bytes = LOG_BYTES_DEFAULT;
    records_add_number(&writer->out, "log_bytes", bytes < 4096 ? 4096 : bytes);
    if (files < 1 || files > SHIM_LOG_FILE_MAX)
        files = files < 1 ? 1 : SHIM_LOG_FILE_MAX;
    records_add_number(&writer->out, "log_files", (uint64_t)files);
}

static void write_ports(struct orders_writer *writer)
{
    const struct value *slipway = value_get(writer->service->spec, "x-slipway");
    bool is_activated = value_is_text(value_get(slipway, "listen"), "activated");

    for (uint32_t i = 0; i < writer->port_count; i++) {
        char text[24];

        (void)snprintf(text, sizeof(text), "%u:%u", writer->targets[i], writer->ports[i]);
        records_add(&writer->out, "x-port", text);
        if (is_activated)
            records_add_number(&writer->out, "listen", writer->ports[i]);
    }
}

/* For ourselves, when we find it again */
static void write_identity(struct orders_writer *writer)
{
    const struct runtime_instance_options *options = writer->options;
    const struct desired_service *service = writer->service;
    char name[512];

    (void)snprintf(name, sizeof(name), "%s-%s-%" PRIu32, writer->project, service->name,
                   options->number);
    records_add(&writer->out, "x-name", options->name != NULL ? options->name : name);
    records_add(&writer->out, "x-project", writer->project);
    records_add(&writer->out, "x-service", service->name);
    records_add(&writer->out, "x-config", service->config_hash != NULL ? service->config_hash : "");
    records_add(&writer->out, "x-content",
                service->content != NULL && service->content[0] != '\0' ? service->content
                                                                        : writer->artifact.content);
    records_add_number(&writer->out, "x-revision", options->desired->revision);
    records_add_number(&writer->out, "x-number", options->number);
    records_add_number(&writer->out, "x-oneoff", options->is_oneoff);
    records_add_number(&writer->out, "x-interactive", options->has_input || options->has_terminal);
    records_add_number(&writer->out, "x-created", os_real_time_ns());
}

int orders_write(struct orders_writer *writer)
{
    int r = find_user(writer);

    records_add(&writer->out, "version", "1");
    write_identity(writer);
    write_ports(writer);
    write_restart(writer);
    write_log(writer);
    if (r == 0)
        r = write_stop(writer);
    if (r == 0)
        r = write_limits(writer);
    if (r == 0)
        cgroup_plan(writer->service, writer->id, &writer->out);
    if (r == 0)
        r = orders_write_files(writer);
    return r == 0 ? orders_write_programs(writer) : r;
}

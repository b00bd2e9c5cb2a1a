/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups, where the machine lets us: "slipway/ID" at the top of the hierarchy, outside of
 * any service's own, so that a service manager that ends our service ends no instance; and
 * "slipway/shims" for those who look after them. Version 2 has one hierarchy; version 1 one for
 * each controller, and only those are used that a limit needs, and the one (or two) in which a
 * service manager keeps its services. Elsewhere the limits are left out, and the instance's log
 * says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "os/file.h"
#include "os/os.h"
#include "os/tree.h"
#include "runtime/process/process_priv.h"

#define ROOT      "/sys/fs/cgroup"
#define SHIMS     "slipway/shims"
#define PERIOD_US 100000

struct limits {
    uint64_t memory_bytes;
    double cpus;
    int64_t pids;
    int64_t cpu_shares;
    const char *cpuset;
};

static struct limits read_limits(const struct value *spec)
{
    const struct value *deploy = value_get(value_get(spec, "deploy"), "resources");
    const struct value *limits = value_get(deploy, "limits");
    struct limits found = {
        .memory_bytes = spec_bytes(value_get(limits, "memory")),
        .cpus = spec_real(value_get(limits, "cpus")),
        .pids = spec_integer(limits, "pids", 0),
        .cpu_shares = spec_integer(spec, "cpu_shares", 0),
        .cpuset = value_get_text(spec, "cpuset"),
    };
    int64_t quota = spec_integer(spec, "cpu_quota", 0);

    if (found.memory_bytes == 0)
        found.memory_bytes = spec_bytes(value_get(spec, "mem_limit"));
    if (found.cpus <= 0)
        found.cpus = spec_real(value_get(spec, "cpus"));
    if (found.cpus <= 0 && quota > 0)
        found.cpus = (double)quota / (double)spec_integer(spec, "cpu_period", PERIOD_US);
    if (found.pids <= 0)
        found.pids = spec_integer(spec, "pids_limit", 0);
    return found;
}

static bool exists(const char *path)
{
    struct stat status;

    return os->stat(path, &status) == 0;
}

static int write_value(const char *path, const char *value)
{
    _cleanup_os_close_ int fd = os_open(path, O_WRONLY, 0);
    ssize_t length;

    if (fd < 0)
        return fd;
    length = os_write(fd, value, strlen(value));
    return length < 0 ? (int)length : 0;
}

static int make_group(const char *path)
{
    char parent[256];
    int r;

    if ((size_t)snprintf(parent, sizeof(parent), "%s", path) >= sizeof(parent))
        return -ENAMETOOLONG;
    *strrchr(parent, '/') = '\0';
    r = os_make_folder(parent, 0755);
    if (r < 0 && r != -EEXIST)
        return r;
    r = os_make_folder(path, 0755);
    return r == -EEXIST ? 0 : r;
}

/* Planning */

struct plan {
    struct strbuf *orders;
    const char *id;
    char group[160];
    bool is_used;
};

static void plan_set(struct plan *plan, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void plan_set(struct plan *plan, const char *file, const char *format, ...)
{
    char record[512];
    char value[256];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(value, sizeof(value), format, arguments);
    va_end(arguments);
    (void)snprintf(record, sizeof(record), "%s/%s %s", plan->group, file, value);
    records_add(plan->orders, "x-set", record);
}

static bool plan_group(struct plan *plan, const char *controller)
{
    bool is_top = controller[0] == '\0';
    char probe[128];

    (void)snprintf(probe, sizeof(probe), ROOT "%s%s/cgroup.procs", is_top ? "" : "/", controller);
    if (!exists(probe))
        return false;
    (void)snprintf(plan->group, sizeof(plan->group), ROOT "%s%s/slipway/%s", is_top ? "" : "/",
                   controller, plan->id);
    if (make_group(plan->group) < 0)
        return false;
    (void)os_remove_folder(plan->group);
    records_add(plan->orders, "cgroup", plan->group);
    plan->is_used = true;
    return true;
}

static void note(struct plan *plan, const char *what)
{
    char text[128];

    (void)snprintf(text, sizeof(text),
                   "the limit of %s does not hold: this machine offers no "
                   "control group for it",
                   what);
    records_add(plan->orders, "note", text);
}

static void plan_version_2(struct plan *plan, const struct limits *limits)
{
    if (!plan_group(plan, "")) {
        if (limits->memory_bytes > 0 || limits->cpus > 0 || limits->pids > 0)
            note(plan, "resources");
        return;
    }
    if (limits->memory_bytes > 0)
        plan_set(plan, "memory.max", "%" PRIu64, limits->memory_bytes);
    if (limits->cpus > 0)
        plan_set(plan, "cpu.max", "%.0f %d", limits->cpus * PERIOD_US, PERIOD_US);
    if (limits->pids > 0)
        plan_set(plan, "pids.max", "%" PRIi64, limits->pids);
    if (limits->cpu_shares > 1)
        plan_set(plan, "cpu.weight", "%" PRIi64, 1 + (limits->cpu_shares - 2) * 9999 / 262142);
    if (limits->cpuset != NULL)
        plan_set(plan, "cpuset.cpus", "%.200s", limits->cpuset);
}

static bool plan_controller(struct plan *plan, const char *controller, const char *what)
{
    if (plan_group(plan, controller))
        return true;
    note(plan, what);
    return false;
}

static void plan_version_1(struct plan *plan, const struct limits *limits)
{
    bool wants_cpu = limits->cpus > 0 || limits->cpu_shares > 1;

    if (limits->memory_bytes > 0 && plan_controller(plan, "memory", "memory"))
        plan_set(plan, "memory.limit_in_bytes", "%" PRIu64, limits->memory_bytes);
    if (wants_cpu && plan_controller(plan, "cpu", "cpus")) {
        if (limits->cpus > 0) {
            plan_set(plan, "cpu.cfs_period_us", "%d", PERIOD_US);
            plan_set(plan, "cpu.cfs_quota_us", "%.0f", limits->cpus * PERIOD_US);
        }
        if (limits->cpu_shares > 1)
            plan_set(plan, "cpu.shares", "%" PRIi64, limits->cpu_shares);
    }
    if (limits->pids > 0 && plan_controller(plan, "pids", "pids"))
        plan_set(plan, "pids.max", "%" PRIi64, limits->pids);
    if (limits->cpuset != NULL && plan_controller(plan, "cpuset", "cpuset")) {
        plan_set(plan, "cpuset.mems", "0");
        plan_set(plan, "cpuset.cpus", "%.200s", limits->cpuset);
    }
}

/* Below these a service manager finds what is its services'. */
static const char *const trees[] = {ROOT, ROOT "/unified", ROOT "/systemd"};

static void plan_homes(struct strbuf *orders)
{
    for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
        char path[128];

        (void)snprintf(path, sizeof(path), "%s/cgroup.procs", trees[i]);
        if (!exists(path))
            continue;
        (void)snprintf(path, sizeof(path), "%s/" SHIMS, trees[i]);
        if (make_group(path) == 0)
            records_add(orders, "home", path);
    }
}

void cgroup_plan(const struct desired_service *service, const char *id, struct strbuf *orders)
{
    struct plan plan = {.orders = orders, .id = id};
    struct limits limits = read_limits(service->spec);

    plan_homes(orders);
    if (limits.memory_bytes > 0)
        records_add_number(orders, "x-memory_limit", limits.memory_bytes);
    if (exists(ROOT "/cgroup.controllers"))
        plan_version_2(&plan, &limits);
    else
        plan_version_1(&plan, &limits);
}

/* Making */

/* Version 2 hands a controller down only where the group above says so. */
static void hand_down(void)
{
    static const char *const controllers[] = {"+memory", "+cpu", "+pids", "+cpuset", "+io"};

    if (!exists(ROOT "/cgroup.controllers"))
        return;
    for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
        (void)write_value(ROOT "/cgroup.subtree_control", controllers[i]);
        (void)write_value(ROOT "/slipway/cgroup.subtree_control", controllers[i]);
    }
}

/* A group of version 1 begins without any CPU and memory to be on. */
static void prepare_cpuset(void)
{
    _cleanup_free_ char *text = NULL;

    if (os_read_file(ROOT "/cpuset/cpuset.cpus", 4096, &text, NULL, NULL) < 0)
        return;
    (void)write_value(ROOT "/cpuset/slipway/cpuset.mems", "0");
    (void)write_value(ROOT "/cpuset/slipway/cpuset.cpus", text);
}

static int set(const char *record, struct error **reterr)
{
    char path[512];
    char *space;
    int r;

    (void)snprintf(path, sizeof(path), "%s", record);
    space = strchr(path, ' ');
    if (space == NULL)
        return error_set(reterr, EBADMSG, "the orders are damaged");
    *space = '\0';
    r = write_value(path, space + 1);
    if (r < 0)
        return error_set(reterr, -r, "cannot set the limit %s to \"%s\": %s", path, space + 1,
                         error_text(-r));
    return 0;
}

int cgroup_make(const struct instance *instance, struct error **reterr)
{
    const char *value = NULL;
    int r = 0;

    /* They may be of another start of the machine. Without them it works, too. */
    while ((value = records_next(&instance->orders, "home", value)) != NULL)
        (void)make_group(value);
    while ((value = records_next(&instance->orders, "cgroup", value)) != NULL) {
        r = make_group(value);
        if (r < 0)
            return error_set(reterr, -r, "cannot make the control group %s: %s", value,
                             error_text(-r));
        if (strncmp(value, ROOT "/cpuset/", strlen(ROOT "/cpuset/")) == 0)
            prepare_cpuset();
        else
            hand_down();
    }
    value = NULL;
    while (r == 0 && (value = records_next(&instance->orders, "x-set", value)) != NULL)
        r = set(value, reterr);
    return r;
}

void cgroup_remove(const struct instance *instance)
{
    const char *value = NULL;

    while ((value = records_next(&instance->orders, "cgroup", value)) != NULL)
        (void)os_remove_folder(value);
}

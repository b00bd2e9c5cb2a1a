/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes of an instance whose shim was killed: they carry SLIPWAY_INSTANCE=ID in the environment
 * they were started with, or are in its control groups. Its main process dies with the shim by
 * itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "base/text.h"
#include "os/file.h"
#include "os/listing.h"
#include "os/os.h"
#include "runtime/process/process_priv.h"

#define ENVIRONMENT_MAX ((size_t)4 << 20)
#define PROCESSES_MAX   ((size_t)1 << 20)
#define ROUNDS_MAX      64
#define END_TIMEOUT_MS  5000

static bool has_marker(const char *pid, const char *marker)
{
    _cleanup_free_ char *data = NULL;
    char path[64];
    size_t size = 0;
    _cleanup_os_close_ int fd = -1;

    (void)snprintf(path, sizeof(path), "/proc/%.20s/environ", pid);
    fd = os_open(path, O_RDONLY, 0);
    if (fd < 0 || os_read_fd(fd, path, ENVIRONMENT_MAX, &data, &size, NULL) < 0)
        return false;
    for (const char *variable = data; variable < data + size; variable += strlen(variable) + 1) {
        if (text_equal(variable, marker))
            return true;
    }
    return false;
}

/* By a descriptor, so that the number cannot have passed to another between the look and the
 * signal. Waits for the end. */
static bool end_process(const char *pid_text, const char *marker)
{
    pid_t pid = (pid_t)strtol(pid_text, NULL, 10);
    _cleanup_os_close_ int fd = pid > 1 ? os_pidfd_open(pid) : -1;
    struct pollfd ended = {.fd = fd, .events = POLLIN};

    if (fd < 0 || (marker != NULL && !has_marker(pid_text, marker)))
        return false;
    if (os_pidfd_signal(fd, SIGKILL) < 0)
        return false;
    (void)os->poll(&ended, 1, END_TIMEOUT_MS);
    return true;
}

static bool end_marked(const char *marker)
{
    struct os_listing listing;
    bool is_any = false;

    if (os_list_folder("/proc", PROCESSES_MAX, &listing, NULL) < 0)
        return false;
    for (size_t i = 0; i < listing.count; i++) {
        const char *name = listing.names[i];

        if (name[strspn(name, "0123456789")] == '\0' && has_marker(name, marker))
            is_any |= end_process(name, marker);
    }
    os_listing_deinit(&listing);
    return is_any;
}

static bool end_group(const char *group)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *text = NULL;
    bool is_any = false;

    if (asprintf(&path, "%s/cgroup.procs", group) < 0) {
        path = NULL;
        return false;
    }
    if (os_read_file(path, ENVIRONMENT_MAX, &text, NULL, NULL) < 0)
        return false;
    for (char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        char *next = line + length + (line[length] == '\n');

        line[length] = '\0';
        is_any |= end_process(line, NULL);
        line = next;
    }
    return is_any;
}

void leftovers_kill(const struct instance *instance)
{
    char marker[64];

    (void)snprintf(marker, sizeof(marker), "SLIPWAY_INSTANCE=%s", instance->id);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        const char *group = NULL;
        bool is_any = end_marked(marker);

        while ((group = records_next(&instance->orders, "cgroup", group)) != NULL)
            is_any |= text_ends_with(group, instance->id) && end_group(group);
        if (!is_any)
            return;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "shim/groups.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "shim/line.h"

static int join(const char *group)
{
    char path[PATH_MAX];
    struct line line = line_in(path, sizeof(path));
    int fd, r = 0;

    line_add(&line, group);
    line_add(&line, "/cgroup.procs");
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (write(fd, "0", 1) < 0) /* whoever writes it */
        r = -errno;
    (void)close(fd);
    return r;
}

int groups_join(const char *const *groups, size_t count, const char **ret_group)
{
    for (size_t i = 0; i < count; i++) {
        int r = join(groups[i]);

        if (r < 0) {
            *ret_group = groups[i];
            return r;
        }
    }
    return 0;
}
